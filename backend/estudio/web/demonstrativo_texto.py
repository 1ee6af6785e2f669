"""How statements are said: why a comissão is what it is, which line is meant, what is written beside a link."""

from datetime import datetime
from urllib.parse import quote

from babel.numbers import format_decimal

from estudio.domain.competencia import Competencia
from estudio.domain.demonstrativo import LinhaDaFolha, LinhaDeAcerto, LinhaPaga
from estudio.web.acerto_form import name_tipo
from estudio.web.filters import (
    format_cliente,
    format_dia,
    format_dia_local,
    format_dinheiro,
    format_mes,
    format_percentual,
)
from estudio.web.language import gettext as _
from estudio.web.language import select_lingua
from estudio.web.sessao_texto import CONVERSA


def explain_comissao(linha: LinhaPaga) -> str:
    """Por que esse valor?: the product, and its rounding where there was one."""
    if linha.percentual is None:
        return _("Este pagamento não tem comissão.")
    conta = write_conta(linha)
    if not linha.e_produto:
        return _(
            "O estorno que completa a devolução do pagamento %(numero)s leva o que restava da comissão dele, e não "
            "%(conta)s.",
            numero=linha.estorno_de or linha.id,
            conta=conta,
        )
    if linha.exata is None:
        return f"{conta} = {format_dinheiro(linha.comissao)}"
    sinal = "-" if linha.exata < 0 else ""
    exata = f"{sinal}R$ {format_decimal(abs(linha.exata), '#,##0.00####', locale=select_lingua())}"
    return _(
        "%(conta)s = %(exata)s, arredondado para %(comissao)s. Meio centavo sobe.",
        conta=conta,
        exata=exata,
        comissao=format_dinheiro(linha.comissao),
    )


def write_conta(linha: LinhaPaga) -> str:
    """Base and share; the base alone where there is no share."""
    valor = format_dinheiro(linha.valor)
    return valor if linha.percentual is None else f"{valor} × {format_percentual(linha.percentual)}"


def describe_linha(linha: LinhaDaFolha) -> str:
    """A line as a list and an answer name it."""
    if isinstance(linha, LinhaDeAcerto):
        return f"{name_tipo(linha.tipo, linha.valor)} · {format_dia(linha.data)} · {format_dinheiro(linha.valor)}"
    nome = format_cliente(linha.cliente)
    valor = format_dinheiro(linha.valor)
    if isinstance(linha, LinhaPaga):
        return _("Pagamento de %(dia)s · %(cliente)s · %(valor)s", dia=format_dia(linha.dia), cliente=nome, valor=valor)
    return _("Sessão de %(dia)s · %(cliente)s · %(valor)s", dia=format_dia(linha.data), cliente=nome, valor=valor)


def write_conversa(competencia: Competencia, link: str, ate: datetime, telefone: str | None) -> str:
    """The address of a conversation with the text ready to be sent: month, link and day, and nobody's name or money."""
    recado = _(
        "Demonstrativo de %(mes)s: %(link)s (vale até %(dia)s). Abra, confira e responda na própria página.",
        mes=format_mes(competencia),
        link=link,
        dia=format_dia_local(ate),
    )
    return f"{CONVERSA}{telefone or ''}?text={quote(recado, safe='')}"
