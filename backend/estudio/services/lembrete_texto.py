"""A reminder as a letter, in the studio's Portuguese: hours, first names and where to go; no amount and no telephone.

Who looks over a shoulder learns that Dora comes at two. The subject names nobody.
"""

from datetime import date
from typing import Final

from babel.dates import format_date

from estudio.domain.agenda import LinhaDaAgenda
from estudio.domain.lembrete import Lembrete, Pendencia
from estudio.domain.usuario import Papel

MOSTRADAS: Final = 12
"""Lines of one kind; of the rest it is said how many they are."""

POR_PENDENCIA: Final = 5
"""Rows to which a pendência leads."""

_FRASES: Final = {
    "comissao_indefinida": ("1 pagamento está sem comissão decidida", "{n} pagamentos estão sem comissão decidida"),
    "comissao_errada": ("1 comissão não é a do percentual", "{n} comissões não são as dos percentuais"),
    "vinculo_quebrado": ("a comissão de 1 pagamento não confere", "as comissões de {n} pagamentos não conferem"),
    "mes_anterior_aberto": ("um mês anterior ainda está aberto", "meses anteriores ainda estão abertos"),
}


_DELE: Final = "Dos últimos dias, sem dizer como foi: marque se aconteceu, se foi cancelada ou se a pessoa faltou."
_DE_TODOS: Final = "Dos últimos dias, sem pagamento: receba, ou marque que foi cancelada ou que a pessoa faltou."


def write_assunto(lembrete: Lembrete, *, estudio: str) -> str:
    """The studio's name, and how much there is of each."""
    parts = []
    if lembrete.sessoes:
        parts.append(f"{_name_dia(lembrete)}, {_count(len(lembrete.sessoes), 'sessão', 'sessões')}")
    if lembrete.esquecidas:
        parts.append(_count(len(lembrete.esquecidas), "sessão por resolver", "sessões por resolver"))
    if lembrete.pendencias and lembrete.mes is not None:
        parts.append(f"{lembrete.mes.label} ainda não pode fechar")
    return f"{estudio}: {'; '.join(parts)}"


def write_texto(lembrete: Lembrete, *, nome: str, papel: str, origem: str) -> str:
    """The letter. `origem` is where the pages are; empty: nobody said, and there are no links."""
    blocks = [
        f"Olá, {_shorten(nome)}.",
        *_write_sessoes(lembrete, papel, origem),
        *_write_esquecidas(lembrete, papel, origem),
    ]
    if lembrete.pendencias and lembrete.mes is not None:
        lines = [f"{lembrete.mes.label} ainda não pode fechar:"]
        for pendencia in lembrete.pendencias:
            lines += _write_pendencia(pendencia, lembrete.mes.slug, papel, origem)
        blocks.append("\n".join(lines))
    link = f": {origem}/conta" if origem else "."
    blocks.append(
        "Um lembrete por dia, e só quando há o que ver. Para não receber mais, desmarque Lembretes por e-mail em Minha "
        f"conta{link}"
    )
    return "\n\n".join(blocks) + "\n"


def _write_sessoes(lembrete: Lembrete, papel: str, origem: str) -> list[str]:
    if not lembrete.sessoes:
        return []
    quantas = _count(len(lembrete.sessoes), "sessão", "sessões")
    name = _name_dia(lembrete)
    lines = [f"{name[0].upper()}{name[1:]}, {_write_dia(lembrete.dia)}: {quantas}"]
    lines += [f"  {_write_hora(x)}  {_write_quem(x, papel)}" for x in lembrete.sessoes[:MOSTRADAS]]
    lines += _write_resto(len(lembrete.sessoes))
    if origem:
        lines.append(f"  {origem}/agenda?dia={lembrete.dia.isoformat()}")
    return ["\n".join(lines)]


def _write_esquecidas(lembrete: Lembrete, papel: str, origem: str) -> list[str]:
    if not lembrete.esquecidas:
        return []
    lines = [_DELE if papel == Papel.ARTISTA else _DE_TODOS]
    for linha in lembrete.esquecidas[:MOSTRADAS]:
        lines.append(f"  {linha.data:%d/%m}  {_write_hora(linha)}  {_write_quem(linha, papel)}")
        if origem:
            lines.append(f"    {origem}/sessoes/{linha.id}/edit")
    return ["\n".join([*lines, *_write_resto(len(lembrete.esquecidas))])]


def _write_pendencia(pendencia: Pendencia, mes: str, papel: str, origem: str) -> list[str]:
    one, many = _FRASES[pendencia.codigo]
    lines = [f"  {one if pendencia.quantidade == 1 else many.format(n=pendencia.quantidade)}"]
    if not origem:
        return lines
    if papel == Papel.RECEPCAO:
        # The conferência is not hers to see; the payments are.
        shown = [] if pendencia.codigo == "mes_anterior_aberto" else pendencia.ids[:POR_PENDENCIA]
        return lines + [f"    {origem}/pagamentos/{id_}/edit" for id_ in shown]
    return [*lines, f"    {origem}/extratos/{mes}/conferencia"]


def _write_quem(linha: LinhaDaAgenda, papel: str) -> str:
    return _first(linha) if papel == Papel.ARTISTA else f"{_first(linha)}, com {linha.artista}"


def _first(linha: LinhaDaAgenda) -> str:
    return _shorten(linha.cliente) if linha.cliente_id is not None else "sem cliente"


def _shorten(nome: str) -> str:
    return nome.split(maxsplit=1)[0]


def _write_hora(linha: LinhaDaAgenda) -> str:
    return f"{linha.hora:%H:%M}" if linha.hora is not None else "sem hora"


def _write_dia(dia: date) -> str:
    return format_date(dia, "EEEE, dd/MM", locale="pt_BR")


def _name_dia(lembrete: Lembrete) -> str:
    return "hoje" if lembrete.dia == lembrete.hoje else "amanhã"


def _write_resto(quantas: int) -> list[str]:
    return [f"  e mais {quantas - MOSTRADAS}"] if quantas > MOSTRADAS else []


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
