"""Whether all is in order: what is not, the gravest and most urgent first, each with what to do about it.

The sentences are the catalogue's as well (`web/translations`): the page says them in its language.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from estudio.config import get_settings
from estudio.domain.aviso import FECHAMENTO_NAO_ACONTECEU
from estudio.domain.rotina import Desfecho
from estudio.services.alarme_service import VISTO_HA
from estudio.services.doctor_rotinas import PRESA

FRASES: Final = {
    "ninguem": "Ninguém faz as tarefas do estúdio agora. Ligue estudio run no computador do estúdio.",
    "atrasado": "%(mes)s terminou e continua aberto, depois da hora de fechar. Confira o que falta e feche.",
    "espera": "%(mes)s terminou e espera que você o feche.",
    "disco_cheio": "Disco quase cheio (%(pasta)s). Libere espaço, ou nada mais é gravado.",
    "disco_pouco": "Pouco espaço no disco (%(pasta)s). Libere espaço antes que acabe.",
    "rotina": "Não deu certo: %(rotina)s. %(mensagem)s",
    "presa": "Há horas sem terminar: %(rotina)s. Veja se os discos e a rede respondem, e reinicie estudio run.",
    "tentativa": "A última tentativa de fechar %(mes)s não deu certo, e nada mudou no mês. Veja o que houve.",
    "avisos": "Avisos que não chegaram a ninguém: %(num)s. Confira os endereços.",
    "sem_exame": "O estúdio não foi examinado nas últimas horas. Rode estudio doctor, ou ligue estudio run.",
}

DE_AGORA: Final = frozenset({"espaco_dados", "espaco_backups", "espaco_registro", "rotina_presa"})
"""Alarms of what is looked at here at this very moment."""


class Grau(StrEnum):
    EM_ORDEM = "em_ordem"
    ATENCAO = "atencao"
    FALHA = "falha"


@dataclass(frozen=True, slots=True)
class Achado:
    """`frase` has blanks for `valores`; a month among these is a Competencia. Of an alarm it is the doctor's own."""

    codigo: str
    grau: Grau
    frase: str
    valores: dict[str, Any] = field(default_factory=dict)
    mes: str | None = None
    """The month that it is about, where there is a page to go to."""

    @property
    def mensagem(self) -> str:
        said = {name: getattr(value, "label", value) for name, value in self.valores.items()}
        return self.frase % said if said else self.frase


def judge(described: dict[str, Any]) -> list[Achado]:
    """What is not in order of what `describe_funcionamento` tells: the first is what to do first."""
    found = [
        *_judge_alarmes(described, "quebra", Grau.FALHA),
        *_judge_trabalho(described),
        *_judge_mes(described),
        *_judge_discos(described),
        *_judge_alarmes(described, "falha", Grau.FALHA),
        *_judge_rotinas(described),
        *_judge_alarmes(described, "aviso", Grau.ATENCAO),
        *_judge_exame(described),
    ]
    return sorted(found, key=lambda achado: achado.grau is not Grau.FALHA)


def find_grau(achados: list[Achado]) -> Grau:
    return achados[0].grau if achados else Grau.EM_ORDEM


def _say(codigo: str, grau: Grau, *, pagina_do_mes: str | None = None, **valores: object) -> Achado:
    return Achado(codigo, grau, FRASES[codigo], valores, pagina_do_mes)


def _judge_alarmes(described: dict[str, Any], situacao: str, grau: Grau) -> list[Achado]:
    return [
        Achado(f"alarme_{alarme['codigo']}", grau, alarme["mensagem"])
        for alarme in described["alarmes"]
        if alarme["situacao"] == situacao
        and alarme["codigo"] not in DE_AGORA
        and not alarme["codigo"].startswith(FECHAMENTO_NAO_ACONTECEU)
    ]


def _judge_trabalho(described: dict[str, Any]) -> list[Achado]:
    settings = get_settings()
    wanted = settings.enable_monthly_extrato_job or settings.enable_backup_jobs
    if described["trabalhadores"] or not wanted or described["vazio"]:
        return []
    waits = any(rotina["devidas"] for rotina in described["rotinas"])
    return [_say("ninguem", Grau.FALHA if waits else Grau.ATENCAO)]


def _judge_mes(described: dict[str, Any]) -> list[Achado]:
    late, waiting = described["atrasado"], described["espera"]
    by_itself = get_settings().enable_monthly_extrato_job
    if late is not None and by_itself:
        return [_say("atrasado", Grau.FALHA, pagina_do_mes=late.slug, mes=late)]
    if waiting is None:
        return []
    found = []
    last = next((cada for cada in described["execucoes"] if cada["acao"] == "fechamento"), None)
    if last is not None and last["mes"] == waiting.slug and last["desfecho"] in ("falhou", "interrompido"):
        found.append(_say("tentativa", Grau.ATENCAO, pagina_do_mes=waiting.slug, mes=waiting))
    # Where people close the months none was missed by the program, however long it waits.
    if not by_itself:
        found.append(_say("espera", Grau.ATENCAO, pagina_do_mes=waiting.slug, mes=waiting))
    return found


def _judge_discos(described: dict[str, Any]) -> list[Achado]:
    graus = {"cheio": Grau.FALHA, "pouco": Grau.ATENCAO}
    return [
        _say(f"disco_{disco['situacao']}", graus[disco["situacao"]], pasta=disco["pasta"])
        for disco in described["discos"]
        if disco["situacao"] in graus
    ]


def _judge_rotinas(described: dict[str, Any]) -> list[Achado]:
    """What does not end, and what went badly the last time and is still to be done."""
    running = {nome for cada in described["trabalham"] if cada["vivo"] for nome in cada["fazendo"]}
    graus = {Desfecho.FALHOU: Grau.FALHA, Desfecho.RECUSADA: Grau.ATENCAO}
    found = []
    for rotina in described["rotinas"]:
        last = rotina["ultima"]
        if last and rotina["rotina"] in running and described["agora"] - last["iniciada_em"] > PRESA:
            found.append(_say("presa", Grau.FALHA, rotina=rotina["titulo"]))
            continue
        grau = graus.get(last["desfecho"]) if last else None
        if grau is not None and rotina["devidas"]:
            said = _say("rotina", grau, rotina=rotina["titulo"], mensagem=last["mensagem"] or "")
            found.append(said)
    return found


def _judge_exame(described: dict[str, Any]) -> list[Achado]:
    found = []
    unheard = sum(aviso.estado == "falhou" for aviso in described["avisos"])
    if unheard:
        found.append(_say("avisos", Grau.ATENCAO, num=unheard))
    looked = described["examinado_em"]
    if not described["vazio"] and (looked is None or abs(described["agora"] - looked) > VISTO_HA):
        found.append(_say("sem_exame", Grau.ATENCAO))
    return found
