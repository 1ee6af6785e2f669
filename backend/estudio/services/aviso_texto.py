"""What an aviso says, in the studio's Portuguese: codes, months and counts. No name, no amount, nobody's address.

One that people read on a locked phone tells a stranger nothing but that a studio's month closed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from estudio import clock
from estudio.domain.aviso import (
    ALARME,
    ENTRADA_NOVA,
    FECHAMENTO_FALHOU,
    FECHAMENTO_NAO_ACONTECEU,
    FECHAMENTO_PREVISTO,
    FECHAMENTO_RECUSADO,
    TESTE,
)
from estudio.domain.competencia import Competencia
from estudio.domain.errors import DadosInvalidos

MAIOR_CORPO: Final = 600
"""Characters: what a person reads at a glance. SMS are cut shorter on their way."""

Dados = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Texto:
    """`titulo` is enough to know what it is about; `pagina` is where it is seen, within the studio's pages."""

    titulo: str
    corpo: str
    urgente: bool = False
    pagina: str = ""


def write_texto(tipo: str, dados: Dados) -> Texto:
    """What of this kind and with these data is said. One of a kind that nobody knows is told by its kind."""
    write = TEXTOS.get(tipo)
    return write(dados) if write is not None else Texto(f"Aviso: {tipo}", "Veja o registro do estúdio.")


def _label(dados: Dados) -> str:
    try:
        return Competencia.parse(str(dados.get("mes"))).label
    except DadosInvalidos:
        return "Um mês"


def _of_extrato(verbo: str) -> Callable[[Dados], Texto]:
    def write(dados: Dados) -> Texto:
        titulo = f"{_label(dados)} {verbo}"
        corpo = f"{titulo}: versão {dados.get('versao')}, selo {str(dados.get('selo'))[:16]}."
        return Texto(titulo, corpo, pagina=f"/extratos/{dados.get('mes')}")

    return write


def _previsto(dados: Dados) -> Texto:
    when = clock.to_local(datetime.fromisoformat(str(dados["em"])))
    return Texto(
        f"{_label(dados)} fecha em {when:%d/%m}",
        f"{_label(dados)} fecha sozinho em {when:%d/%m/%Y às %H:%M}. Lance antes o que falta.",
        pagina=f"/extratos/{dados['mes']}/conferencia",
    )


def _recusado(dados: Dados) -> Texto:
    return Texto(
        f"{_label(dados)} não fechou: recusado",
        f"O fechamento de {_label(dados)} foi recusado ({dados.get('codigo')}). Nada foi alterado. Veja o que falta na "
        "conferência do mês; ele é tentado de novo.",
        pagina=f"/extratos/{dados.get('mes')}/conferencia",
    )


def _nao_aconteceu(dados: Dados) -> Texto:
    return Texto(
        f"{_label(dados)} não foi fechado",
        f"{_label(dados)} terminou, a hora de fechar passou, e o mês continua aberto. Veja o que o impede na "
        "conferência do mês, e se `estudio run` está ligado.",
        urgente=True,
        pagina=f"/extratos/{dados.get('mes')}/conferencia",
    )


def _falhou(dados: Dados) -> Texto:
    return Texto(
        f"{_label(dados)} não fechou: falhou",
        f"O fechamento de {_label(dados)} parou no meio ({dados.get('codigo')}). Nada foi alterado. Rode `estudio "
        "doctor` e veja o registro.",
        urgente=True,
    )


ROTINAS: Final = {
    "anuncio": "anúncio do fechamento",
    "documentos": "documentos do mês",
    "backup": "backup dos meses abertos",
    "copia_completa": "cópia do estúdio inteiro",
    "copias_fora": "cópias fora daqui",
    "ensaio": "ensaio de restauração",
    "limpeza": "limpeza de backups antigos",
    "lembretes": "lembretes do dia",
    "avisos": "entrega dos avisos",
    "vigia": "exame de hora em hora",
    "exame": "exame diário",
    "sinal": "sinal de vida",
}
_DE_BACKUP: Final = frozenset({"backup", "copia_completa", "copias_fora", "ensaio"})


def _rotina(dados: Dados, *, falhou: bool) -> Texto:
    nome, codigo = str(dados.get("rotina")), str(dados.get("codigo") or "sem código")
    quem = ROTINAS.get(nome, nome)
    damaged = codigo == "ensaio_falhou" or codigo.startswith("backup_")
    return Texto(
        f"Não deu certo: {quem}",
        f"O estúdio tentou e não conseguiu fazer: {quem} ({codigo}). Ele tenta de novo sozinho; `estudio rotinas` diz "
        "o que aconteceu e quando é a próxima vez.",
        urgente=nome in _DE_BACKUP and (falhou or damaged),
    )


def _alarme(dados: Dados) -> Texto:
    codigo = str(dados.get("codigo"))
    titulo = ALARMES.get(codigo) or f"A conferência {codigo} do estúdio falhou"
    said = str(dados.get("mensagem") or "Rode `estudio doctor`: ele diz o que foi visto e o que fazer.")
    return Texto(titulo, said, urgente=dados.get("situacao") != "aviso", pagina="/avisos")


ALARMES: Final[Mapping[str, str]] = {
    "backup_recente": "Há lançamentos sem backup",
    "copia_completa": "Falta a cópia do estúdio inteiro",
    "copias_fora": "As cópias de fora não estão em dia",
    "backup_ensaiado": "O ensaio de restauração não está em dia",
    "backups_selados": "Um backup que prova um mês fechado se perdeu",
    "espaco_dados": "Pouco espaço no disco dos dados",
    "espaco_backups": "Pouco espaço no disco dos backups",
    "espaco_registro": "Pouco espaço no disco do registro",
    "rotina_presa": "Uma tarefa do estúdio não termina",
    "cadeia": "A corrente dos selos não confere",
}
"""Code of a check → what is said of it; another one is named by its code."""


def _entrada(dados: Dados) -> Texto:
    when = clock.to_local(datetime.fromisoformat(str(dados["em"])))
    return Texto(
        "Entrada em um navegador novo",
        f"O usuário nº {dados.get('usuario')} ({dados.get('papel')}) entrou em {when:%d/%m/%Y às %H:%M} por um "
        f"navegador que o estúdio não conhecia ({dados.get('navegador')}). Se não foi essa pessoa, troque a "
        "senha dela e encerre os seus navegadores.",
        urgente=True,
        pagina="/usuarios",
    )


def _teste(_: Dados) -> Texto:
    return Texto("Teste dos avisos do estúdio", "Se você lê isto, os avisos chegam a este endereço.", urgente=True)


TEXTOS: Final[Mapping[str, Callable[[Dados], Texto]]] = {
    "extrato_fechado": _of_extrato("fechado"),
    "extrato_reaberto": _of_extrato("reaberto"),
    "extrato_selado": _of_extrato("selado"),
    FECHAMENTO_PREVISTO: _previsto,
    FECHAMENTO_RECUSADO: _recusado,
    FECHAMENTO_FALHOU: _falhou,
    FECHAMENTO_NAO_ACONTECEU: _nao_aconteceu,
    "rotina_recusada": lambda dados: _rotina(dados, falhou=False),
    "rotina_falhou": lambda dados: _rotina(dados, falhou=True),
    ALARME: _alarme,
    ENTRADA_NOVA: _entrada,
    TESTE: _teste,
}
