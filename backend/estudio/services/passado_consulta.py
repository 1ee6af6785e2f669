"""The rows of a month as they stood at an instant: those of now, with what the audit trail saw since taken back.

A row that was touched since is what the first of those events found there (`antes`); one that was not is as it is now.
What one transaction wrote came about at once, with its last event: nobody ever saw half of an import. A new kind of row
is one entry of ESPECIES.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import sql
from estudio.domain.competencia import Competencia
from estudio.domain.historico import Filtro
from estudio.domain.passado import Passado, Registro


@dataclass(frozen=True, eq=False)
class Especie:
    """How one kind is read. SQL speaks of its row as `r`, and of the row it hangs on as `p`.

    `periodo` says whether a row is of the month; `campos` are the sealed columns in the order of `contagem.Linha`.
    """

    tipo: str
    tabela: str
    periodo: str
    dia: str
    campos: Mapping[str, str]
    notas: Mapping[str, str] = field(default_factory=dict)
    contexto: Mapping[str, str] = field(default_factory=dict)
    pai: str | None = None
    """The column that names the pagamento it hangs on."""
    de_artista: str | None = "r.artista_id = :artista"
    """What is one artista's own; None: no row of this kind is any artista's."""
    so_resultado: bool = False
    """Only for who sees what the studio spends and keeps."""


def _columns(*nomes: str) -> dict[str, str]:
    return {nome: f"r.{nome}" for nome in nomes}


_PAGAMENTO: Final = Especie(
    "pagamento",
    "pagamentos",
    periodo="r.mes = :mes",
    dia="r.data",
    campos=_columns("forma", "artista_id", "cliente_id", "percentual", "estorno_de"),
    notas=_columns("observacoes"),
)

ESPECIES: Final = (
    _PAGAMENTO,
    Especie(
        "comissao",
        "comissoes",
        periodo="r.mes = :mes",
        pai="pagamento_id",
        dia="p.data",
        campos=_columns("pagamento_id", "artista_id", "percentual"),
        notas=_columns("observacoes"),
        contexto={"pai": "p.id", "pagamento_valor": "p.valor_centavos", "cliente_id": "p.cliente_id"},
    ),
    Especie(
        "sessao",
        "sessoes",
        periodo="r.payment_mes = :mes",
        pai="payment_id",
        dia="p.data",
        campos=_columns("payment_id", "data", "artista_id", "cliente_id"),
        notas=_columns("status", "observacoes"),
        contexto={"pai": "p.id"},
        de_artista="p.artista_id = :artista",
    ),
    Especie(
        "gasto",
        "gastos",
        periodo="r.mes = :mes",
        dia="r.data",
        campos=_columns("forma", "categoria"),
        notas=_columns("descricao"),
        de_artista=None,
        so_resultado=True,
    ),
    Especie(
        "acerto",
        "acertos",
        periodo="r.mes = :mes",
        dia="r.data",
        campos=_columns("artista_id", "tipo", "forma", "pagamento_id"),
        notas=_columns("motivo"),
        so_resultado=True,
    ),
    # In no total, and in no seal.
    Especie(
        "pendencia",
        "sessoes",
        periodo="r.payment_id is null and r.data >= :mes and r.data < cast(:mes as date) + interval '1 month'",
        dia="r.data",
        campos=_columns("artista_id", "cliente_id"),
        notas=_columns("status", "observacoes"),
    ),
)


TIPOS: Final = frozenset(especie.tipo for especie in ESPECIES)

TIPOS_PARA_TODOS: Final = frozenset(especie.tipo for especie in ESPECIES if not especie.so_resultado)

_SO_RESULTADO: Final = ", ".join(sorted({f"'{especie.tabela}'" for especie in ESPECIES if especie.so_resultado}))


def read_passado(
    session: Session, filtro: Filtro, em: datetime | None = None, *, tipos: frozenset[str] = TIPOS
) -> Passado:
    """The rows of `filtro`, which lies in one month, of its days and its artista, at `em` (None: now).

    One statement a kind.
    """
    if em is not None:
        # A plan that fits every instant fits none: it reads the trail once for each row.
        session.execute(text("select set_config('plan_cache_mode', 'force_custom_plan', true)"))
    registros = {
        especie.tipo: _read_especie(session, especie, filtro, em)
        for especie in ESPECIES
        if especie.tipo in tipos and (filtro.artista_id is None or especie.de_artista is not None)
    }
    return Passado(Competencia.of(filtro.inicio), em, registros)


def _read_especie(session: Session, especie: Especie, filtro: Filtro, em: datetime | None) -> list[Registro]:
    query = write_select(especie, de_artista=filtro.artista_id is not None, agora=em is None)
    mes = Competencia.of(filtro.inicio).first_day
    given: dict[str, Any] = {"mes": mes, "inicio": filtro.inicio, "fim": filtro.fim}
    if em is not None:
        given |= {"em": em, "chave": mes.isoformat()}
    if filtro.artista_id is not None:
        given["artista"] = filtro.artista_id
    campos, notas, contexto = (tuple(lado) for lado in (especie.campos, especie.notas, especie.contexto))
    fim_dos_campos, fim_das_notas = 3 + len(campos), 3 + len(campos) + len(notas)
    return [
        Registro(
            especie.tipo,
            row[0],
            row[1],
            row[2],
            dict(zip(campos, row[3:fim_dos_campos], strict=True)),
            dict(zip(notas, row[fim_dos_campos:fim_das_notas], strict=True)),
            dict(zip(contexto, row[fim_das_notas:], strict=True)),
        )
        for row in session.execute(text(query), given)
    ]


@cache
def write_select(especie: Especie, *, de_artista: bool, agora: bool) -> str:
    """The statement that reads one kind, in order of day and id."""
    registros = [_write_registros(especie, "r", agora=agora)]
    if especie.pai is not None:
        registros.append(_write_registros(_PAGAMENTO, "p", agora=agora))
    columns = {**especie.campos, **especie.notas, **{f"do_{k}": v for k, v in especie.contexto.items()}}
    return _fill(
        "passado_linhas",
        registros=", ".join(registros),
        dia=especie.dia,
        colunas=", ".join(f"{column} as {nome}" for nome, column in columns.items()),
        pai="" if especie.pai is None else f"join p_registros p on p.id = r.{especie.pai}",
        de_quem=f"and {especie.de_artista}" if de_artista else "",
    )


def write_passos(*, de_artista: bool, resultado: bool) -> str:
    """The statement that finds the changes before and after an instant."""
    de_quem = (" and :artista in (e.antes ->> 'artista_id', e.depois ->> 'artista_id')" if de_artista else "") + (
        "" if resultado else f" and e.tabela not in ({_SO_RESULTADO})"
    )
    return _fill("passado_passos", do_mes=_fill("passado_do_mes", evento="e"), de_quem=de_quem)


def _write_registros(especie: Especie, nome: str, *, agora: bool) -> str:
    """What ends in `<nome>_registros`: the rows of the table as they stood."""
    return _fill(
        "passado_agora" if agora else "passado_entao",
        nome=nome,
        tabela=especie.tabela,
        periodo=especie.periodo,
        do_mes=_fill("passado_do_mes", evento="e"),
        do_mes_s=_fill("passado_do_mes", evento="s"),
    )


def _fill(name: str, **parts: str) -> str:
    """A statement of the folder `sql` with its parts, all of them written in this module: nothing that anybody asks."""
    lines = [line for line in sql.load(name).splitlines() if not line.startswith("--")]
    return "\n".join(lines).format(**parts)
