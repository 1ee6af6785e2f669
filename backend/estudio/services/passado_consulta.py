"""What is asked of a month as it stood: a page of its rows, what they come to, and how it differs from another instant.

PostgreSQL puts the rows together, counts and compares them; what is held here is a page, however large the month is.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio.domain.contagem import Contagem, Dia
from estudio.domain.contagem_trecho import Somas
from estudio.domain.historico import Cursor, Pagina
from estudio.domain.passado import Marco, Mudanca, Mudancas, Passado, Registro, Sentido, compare
from estudio.services.historico_service import POR_PAGINA
from estudio.services.passado_especies import (
    ESPECIES,
    TIPOS,
    Especie,
    Olhar,
    write_contagem,
    write_mudancas,
    write_pagina,
    write_soma,
)

TODAS: Final = "true"
"""No row left out."""

MUDANCAS_POR_PAGINA: Final = 100

_ESPECIES: Final = {especie.tipo: especie for especie in ESPECIES}
_ORDEM: Final = [especie.tipo for especie in ESPECIES]


def begin_passado(session: Session) -> None:
    """Say to this transaction, before the first question, how what is asked here is planned."""
    # A plan that fits every instant fits none: it reads the trail once for each row. And what was just brought in is
    # not known to the planner yet: a nested loop over it takes minutes.
    session.execute(
        text(
            "select set_config('plan_cache_mode', 'force_custom_plan', true),"
            " set_config('enable_nestloop', 'off', true)"
        )
    )


def page_registros(
    session: Session,
    passado: Passado,
    tipo: str,
    *,
    depois_de: Cursor | None = None,
    de_um: tuple[str, Any] = (TODAS, None),
) -> Pagina[Registro]:
    """Some rows of one kind, newest first, as the Histórico cuts its pages.

    `de_um`: a condition on the rows `l` that this program wrote, and the value of its `:de_um`.
    """
    especie = _ESPECIES[tipo]
    if not _is_read(especie, passado):
        return Pagina([])
    query = write_pagina(especie, _look(passado), de_um[0], continua=depois_de is not None)
    given = {**_give(passado), **_give_lugar(depois_de), "de_um": de_um[1], "limite": POR_PAGINA + 1}
    found = [_make(especie, row) for row in _execute(session, query, given)]
    return Pagina(found[:POR_PAGINA], found[POR_PAGINA - 1].cursor if len(found) > POR_PAGINA else None)


def sum_registros(session: Session, passado: Passado, tipo: str, de_um: tuple[str, Any] = (TODAS, None)) -> int:
    """What the same rows come to on all their pages, in centavos."""
    especie = _ESPECIES[tipo]
    if not _is_read(especie, passado):
        return 0
    query = write_soma(especie, _look(passado), de_um[0])
    total: int = _execute(session, query, {**_give(passado), "de_um": de_um[1]})[0][0]
    return total


def sum_passado(session: Session, passado: Passado, tipos: frozenset[str] = TIPOS) -> list[Any]:
    """The totals that a closing would have made of the rows of these kinds, in their sealed form."""
    query = write_contagem(_look(passado), _narrow(tipos, passado), dias=False)
    return _sum(_execute(session, query, _give(passado))).as_totais()


def count_passado(session: Session, passado: Passado) -> Contagem:
    """The count that a closing would have made of all the rows."""
    rows = _execute(session, write_contagem(_look(passado), TIPOS, dias=True), _give(passado))
    dias = [
        Dia(row.dia.isoformat(), row.tipo, row.quantos, row.total, row.sha256) for row in rows if row.dia is not None
    ]
    por_dia = sorted(dias, key=lambda dia: (dia.dia, dia.tipo))
    return Contagem(passado.competencia, por_dia, _sum(row for row in rows if row.dia is None).as_totais())


def page_mudancas(
    session: Session,
    antes: Passado,
    depois: Passado,
    *,
    notas: bool,
    tipos: frozenset[str] = TIPOS,
    depois_de: Marco | None = None,
) -> Mudancas:
    """The rows that came in, went out or changed from one instant to another: how many, and a page of them.

    `notas`: also in what is not sealed. One statement a kind.
    """
    contagens = dict.fromkeys(Sentido, 0)
    linhas: list[Mudanca] = []
    for especie in ESPECIES:
        if especie.tipo not in _narrow(tipos, antes):
            continue
        lugar = depois_de.lugar if depois_de is not None and depois_de.tipo == especie.tipo else None
        passou = depois_de is not None and _ORDEM.index(especie.tipo) < _ORDEM.index(depois_de.tipo)
        query = write_mudancas(especie, _look(antes), _look(depois), notas=notas, continua=lugar is not None)
        given = {**_give(antes, "antes"), **_give(depois, "depois"), **_give_lugar(lugar)}
        limite = 0 if passou else MUDANCAS_POR_PAGINA + 1 - len(linhas)
        rows = _execute(session, query, {**given, "limite": limite})
        for sentido, quantos in zip(Sentido, rows[0][:3], strict=True):
            contagens[sentido] += quantos
        found = (_make_mudanca(especie, row[3:], notas=notas) for row in rows)
        linhas += [mudanca for mudanca in found if mudanca is not None]
    pagina = linhas[:MUDANCAS_POR_PAGINA]
    last = pagina[-1].registro if len(linhas) > len(pagina) else None
    return Mudancas(contagens, pagina, None if last is None else Marco(last.tipo, last.cursor))


def _execute(session: Session, query: str, given: dict[str, Any]) -> Sequence[Any]:
    return session.execute(text(query), given).all()


def _narrow(tipos: frozenset[str], passado: Passado) -> frozenset[str]:
    return frozenset(tipo for tipo in tipos if _is_read(_ESPECIES[tipo], passado))


def _is_read(especie: Especie, passado: Passado) -> bool:
    return passado.filtro.artista_id is None or especie.de_artista is not None


def _look(passado: Passado) -> Olhar:
    return Olhar(passado.em is None, passado.filtro.artista_id is not None)


def _give(passado: Passado, lado: str = "entao") -> dict[str, Any]:
    filtro, mes = passado.filtro, passado.competencia.first_day
    return {
        "mes": mes,
        "chave": mes.isoformat(),
        "inicio": filtro.inicio,
        "fim": filtro.fim,
        "artista": filtro.artista_id,
        f"em_{lado}": passado.em,
    }


def _give_lugar(depois_de: Cursor | None) -> dict[str, Any]:
    return {} if depois_de is None else dict(zip(("ate_dia", "ate_lugar", "ate_filho"), depois_de, strict=True))


def _sum(rows: Iterable[Any]) -> Somas:
    somas = Somas()
    for row in rows:
        somas.quantos[row.tipo] += row.quantos
        match row.tipo:
            case "pagamento":
                somas.receita[row.artista] += row.total
                somas.formas[row.forma] += row.total
            case "comissao":
                somas.comissao[row.artista] += row.total
            case "gasto":
                somas.gastos_formas[row.forma] += row.total
                somas.gastos_categorias[row.codigo] += row.total
            case "acerto":
                somas.acertos[row.artista, row.codigo] += row.total
    return somas


def _make_mudanca(especie: Especie, row: Sequence[Any], *, notas: bool) -> Mudanca | None:
    """None for a row that only tells how many there are: of this kind, the page has none."""
    meio = len(row) // 2
    antes, depois = (_make(especie, lado) if lado[0] is not None else None for lado in (row[:meio], row[meio:]))
    return None if antes is depois is None else compare(antes, depois, notas=notas)


def _make(especie: Especie, row: Sequence[Any]) -> Registro:
    campos, notas, contexto = (tuple(lado) for lado in (especie.campos, especie.notas, especie.contexto))
    fim_dos_campos, fim_das_notas = 3 + len(campos), 3 + len(campos) + len(notas)
    return Registro(
        especie.tipo,
        row[0],
        row[1],
        row[2],
        dict(zip(campos, row[3:fim_dos_campos], strict=True)),
        dict(zip(notas, row[fim_dos_campos:fim_das_notas], strict=True)),
        dict(zip(contexto, row[fim_das_notas:], strict=True)),
    )
