"""A month of the past in the words of the Histórico: its sections, its totals, and why each number is what it is."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from estudio.domain.cliente import NAO_INFORMADO, Cliente
from estudio.domain.codigos import OUTROS
from estudio.domain.dinheiro import from_centavos
from estudio.domain.historico import (
    Cursor,
    Explicacao,
    Historico,
    LinhaComissao,
    LinhaGasto,
    LinhaPagamento,
    LinhaSessao,
    Pagina,
    Parcela,
    Totais,
)
from estudio.domain.passado import Passado, Registro
from estudio.services.extrato_consulta import AS_THEY_STAND
from estudio.services.extrato_leitura import Nomes, describe_totais
from estudio.services.historico_service import Numero, list_partes
from estudio.services.passado_consulta import TODAS, page_registros, sum_registros
from estudio.services.passado_especies import TIPOS_PARA_TODOS

Linha = TypeVar("Linha")

TIPOS_DAS_SECOES: Final[Mapping[str, str]] = {
    "pagamentos": "pagamento",
    "comissoes": "comissao",
    "sessoes": "sessao",
    "gastos": "gasto",
    "pendencias": "pendencia",
}

_DAS_PARCELAS: Final = {"Pagamentos": "pagamento", "Comissões": "comissao", "Gastos": "gasto"}

_RESULTADO: Final = (
    "despesas_total",
    "saldo",
    "receita_liquida",
    "gastos_por_forma_pagamento",
    "gastos_por_categoria",
)


def list_nomes_de_hoje(session: Session, registros: Iterable[Registro]) -> dict[tuple[str, str], str]:
    """What those whom some rows name are called now: of the clientes only these."""
    nomes = {(tipo, chave): nome for tipo, chave, nome in session.execute(text(AS_THEY_STAND))}
    clientes = select(Cliente.id, Cliente.nome).where(Cliente.id.in_(sorted(list_clientes(registros))))
    return nomes | {("cliente", str(row.id)): row.nome for row in session.execute(clientes)}


def list_clientes(registros: Iterable[Registro]) -> set[int]:
    """The clientes that some rows name, a comissão by its pagamento."""
    ids = {each.campos.get("cliente_id") or each.contexto.get("cliente_id") for each in registros}
    return {id_ for id_ in ids if id_ is not None}


def write_linhas(pagina: Pagina[Registro], nomes: Nomes) -> Pagina[Any]:
    """A page as the rows of its section."""
    return Pagina([_WRITE[each.tipo](each, nomes) for each in pagina.linhas], pagina.proxima)


def page_secoes(session: Session, passado: Passado, *, resultado: bool) -> dict[str, Pagina[Registro]]:
    """The first page of every section; without `resultado` not of what the studio spends."""
    return {
        secao: page_registros(session, passado, tipo)
        for secao, tipo in TIPOS_DAS_SECOES.items()
        if resultado or tipo in TIPOS_PARA_TODOS
    }


def write_historico(
    passado: Passado, paginas: Mapping[str, Pagina[Registro]], totais: list[Any], *, nomes: Nomes, resultado: bool
) -> Historico:
    """All sections of `page_secoes`, and the totals; without `resultado` not what the studio spends."""
    secoes = {secao: write_linhas(pagina, nomes) for secao, pagina in paginas.items()}
    return Historico(
        filtro=passado.filtro,
        pagamentos=secoes["pagamentos"],
        comissoes=secoes["comissoes"],
        sessoes=secoes["sessoes"],
        gastos=secoes.get("gastos"),
        totais=write_totais(totais, nomes, resultado=resultado),
        pendencias=secoes["pendencias"],
    )


def write_totais(selados: list[Any], nomes: Nomes, *, resultado: bool) -> Totais:
    """Totals in their sealed form, for who sees what the studio spends and keeps or for who does not."""
    totais = describe_totais(selados, nomes)
    if not resultado:
        for key in _RESULTADO:
            del totais[key]
        del totais["contagens"]["gastos"]
    return totais


def explain(
    session: Session,
    passado: Passado,
    numero: Numero,
    chave: str | None,
    nomes: Callable[[Sequence[Registro]], Nomes],
    depois_de: Cursor | None,
) -> Explicacao:
    """Why was it this number? As `historico_service.explain` tells of now; `nomes` is asked for the rows shown."""
    de_um = _narrow_to(numero, chave)
    partes = [(nome, sinal, _DAS_PARCELAS[nome]) for nome, sinal in list_partes(numero)]
    paginas = [page_registros(session, passado, tipo, depois_de=depois_de, de_um=de_um) for _, _, tipo in partes]
    called = nomes([each for pagina in paginas for each in pagina.linhas])
    parcelas = [
        Parcela(
            nome,
            sinal,
            from_centavos(sum_registros(session, passado, tipo, de_um)),
            write_linhas(pagina, called),
        )
        for (nome, sinal, tipo), pagina in zip(partes, paginas, strict=True)
    ]
    total = sum((parcela.sinal * parcela.total for parcela in parcelas), Decimal("0.00"))
    return Explicacao(numero, total, parcelas)


def _narrow_to(numero: Numero, chave: str | None) -> tuple[str, Any]:
    """The rows of the artista, day, forma or categoria that a number is about, as `page_registros` takes it."""
    if chave is None:
        return TODAS, None
    match numero:
        case Numero.ARTISTA_RECEITA | Numero.ARTISTA_COMISSAO:
            return "l.artista_id = :de_um", int(chave)
        case Numero.DIA_RECEITA:
            return "l.dia = :de_um", date.fromisoformat(chave)
        case Numero.GASTOS_CATEGORIA:
            return f"coalesce(l.categoria, '{OUTROS}') = :de_um", chave
        case _:
            return "l.forma = :de_um", chave


def name_cliente(cliente_id: int | None, nomes: Nomes) -> str:
    return NAO_INFORMADO if cliente_id is None else nomes.get(("cliente", str(cliente_id)), f"Cliente {cliente_id}")


def name_artista(artista_id: int, nomes: Nomes) -> str:
    return nomes.get(("artista", str(artista_id)), f"Artista {artista_id}")


def _write_pagamento(each: Registro, nomes: Nomes) -> LinhaPagamento:
    campos = each.campos
    return LinhaPagamento(
        each.id,
        each.dia,
        campos["cliente_id"],
        name_cliente(campos["cliente_id"], nomes),
        campos["artista_id"],
        name_artista(campos["artista_id"], nomes),
        from_centavos(each.valor),
        campos["forma"],
        nomes.get(("forma", campos["forma"]), campos["forma"]),
        campos["percentual"],
        campos["estorno_de"],
    )


def _write_comissao(each: Registro, nomes: Nomes) -> LinhaComissao:
    campos, do_pagamento = each.campos, each.contexto
    return LinhaComissao(
        each.id,
        each.dia,
        campos["pagamento_id"],
        campos["artista_id"],
        name_artista(campos["artista_id"], nomes),
        do_pagamento["cliente_id"],
        name_cliente(do_pagamento["cliente_id"], nomes),
        from_centavos(do_pagamento["pagamento_valor"]),
        campos["percentual"],
        from_centavos(each.valor),
    )


def _write_sessao(each: Registro, nomes: Nomes) -> LinhaSessao:
    campos = each.campos
    pago = "payment_id" in campos
    return LinhaSessao(
        each.id,
        campos["data"] if pago else each.dia,
        each.dia if pago else None,
        campos.get("payment_id"),
        campos["cliente_id"],
        name_cliente(campos["cliente_id"], nomes),
        campos["artista_id"],
        name_artista(campos["artista_id"], nomes),
        from_centavos(each.valor),
        each.notas["status"],
    )


def _write_gasto(each: Registro, nomes: Nomes) -> LinhaGasto:
    forma, categoria = each.campos["forma"], each.campos["categoria"] or OUTROS
    return LinhaGasto(
        each.id,
        each.dia,
        from_centavos(each.valor),
        each.notas["descricao"],
        categoria,
        nomes.get(("categoria", categoria), categoria),
        forma,
        nomes.get(("forma", forma), forma),
        None,
    )


_WRITE: Final[Mapping[str, Callable[[Registro, Nomes], Any]]] = {
    "pagamento": _write_pagamento,
    "comissao": _write_comissao,
    "sessao": _write_sessao,
    "pendencia": _write_sessao,
    "gasto": _write_gasto,
}
