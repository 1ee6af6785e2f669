"""The kinds of rows of a month, and the statements that put them together as they stood at an instant.

A row that was touched since is what the first of those events found there (`antes`); one that was not is as it is now.
What one transaction wrote came about at once, with its last event: nobody ever saw half of an import. A new kind of row
is one entry of ESPECIES.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple

from estudio import sql


@dataclass(frozen=True, eq=False)
class Especie:
    """How one kind is read. SQL speaks of its row as `r`, and of the row it hangs on as `p`.

    `periodo` says whether a row is of the month; `campos` are the sealed columns.
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
    selo: Sequence[str] = ()
    """What its sealed line is made of, in the order of `contagem_linhas`; none: in no total, and in no seal."""
    grupo: tuple[str, str, str] = ("null", "null", "null")
    """By which artista, forma and other code it is summed."""
    de_artista: str | None = "r.artista_id = :artista"
    """What is one artista's own; None: no row of this kind is any artista's."""
    so_resultado: bool = False
    """Only for who sees what the studio spends and keeps."""

    @property
    def colunas(self) -> dict[str, str]:
        """The columns beside id, day and amount: what they are called, and what they are."""
        return {**self.campos, **self.notas, **{f"do_{nome}": coluna for nome, coluna in self.contexto.items()}}


def _columns(*nomes: str) -> dict[str, str]:
    return {nome: f"r.{nome}" for nome in nomes}


_PAGAMENTO: Final = Especie(
    "pagamento",
    "pagamentos",
    periodo="r.mes = :mes",
    dia="r.data",
    campos=_columns("forma", "artista_id", "cliente_id", "percentual", "estorno_de"),
    notas=_columns("observacoes"),
    selo=("id", "dia", "valor", "forma", "artista_id", "cliente_id", "percentual", "estorno_de"),
    grupo=("l.artista_id", "l.forma", "null"),
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
        selo=("id", "pagamento_id", "dia", "artista_id", "percentual", "valor"),
        grupo=("l.artista_id", "null", "null"),
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
        selo=("id", "payment_id", "data", "artista_id", "cliente_id", "valor"),
        de_artista="p.artista_id = :artista",
    ),
    Especie(
        "gasto",
        "gastos",
        periodo="r.mes = :mes",
        dia="r.data",
        campos=_columns("forma", "categoria"),
        notas=_columns("descricao"),
        selo=("id", "dia", "valor", "forma", "categoria"),
        grupo=("null", "l.forma", "coalesce(l.categoria, 'outros')"),
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
        selo=("id", "dia", "artista_id", "tipo", "valor", "forma", "pagamento_id"),
        grupo=("l.artista_id", "null", "l.tipo"),
        so_resultado=True,
    ),
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

_DEPOIS_DE: Final = "(l.dia, l.lugar, l.filho) < (:ate_dia, :ate_lugar, :ate_filho)"


class Olhar(NamedTuple):
    """What of a question changes its statement: whether it is of now, and of one artista."""

    agora: bool
    de_artista: bool


@cache
def write_pagina(especie: Especie, olhar: Olhar, de_um: str, *, continua: bool) -> str:
    """The statement that reads a page of one kind. Columns: id, day, amount, `colunas`."""
    return _fill(
        "passado_pagina",
        registros=", ".join(_write_registros([especie], "entao", agora=olhar.agora)),
        colunas=", ".join(f"l.{nome}" for nome in _name_columns(especie)),
        linhas=_write_linhas(especie, "entao", olhar),
        de_um=de_um,
        depois_de=_DEPOIS_DE if continua else "true",
    )


@cache
def write_soma(especie: Especie, olhar: Olhar, de_um: str) -> str:
    """The statement that sums one kind."""
    return _fill(
        "passado_soma",
        registros=", ".join(_write_registros([especie], "entao", agora=olhar.agora)),
        linhas=_write_linhas(especie, "entao", olhar),
        de_um=de_um,
    )


@cache
def write_contagem(olhar: Olhar, tipos: frozenset[str], *, dias: bool) -> str:
    """The statement that counts what is sealed of some kinds: their groups and, with `dias`, the digest of each day."""
    contadas = [especie for especie in ESPECIES if especie.tipo in tipos and especie.selo]
    lidas = _write_registros(contadas, "entao", agora=olhar.agora) + [
        _fill(
            "passado_contados",
            tipo=especie.tipo,
            artista=especie.grupo[0],
            forma=especie.grupo[1],
            codigo=especie.grupo[2],
            selada=_write_selada(especie) if dias else "null::text",
            linhas=_write_linhas(especie, "entao", olhar),
        )
        for especie in contadas
    ]
    partes = ("passado_grupos", "passado_dias") if dias else ("passado_grupos",)
    selects = [_fill(parte, tipo=especie.tipo) for especie in contadas for parte in partes]
    return f"with {', '.join(lidas)}\n" + "\nunion all\n".join(selects)


@cache
def write_mudancas(especie: Especie, antes: Olhar, depois: Olhar, *, notas: bool, continua: bool) -> str:
    """The statement that compares one kind. Columns: how many of each sense, those of a row before, and after."""
    nomes = _name_columns(especie)
    comparado = ["dia", "valor", *especie.campos, *(especie.notas if notas else ())]
    return _fill(
        "passado_mudancas",
        registros=", ".join(
            [
                *_write_registros([especie], "antes", agora=antes.agora),
                *_write_registros([especie], "depois", agora=depois.agora),
            ]
        ),
        antes=_write_linhas(especie, "antes", antes),
        depois=_write_linhas(especie, "depois", depois),
        colunas=", ".join(f"{lado}.{nome} as {lado}_{nome}" for lado in "ad" for nome in nomes),
        nomes=", ".join(f"l.{lado}_{nome}" for lado in "ad" for nome in nomes),
        comparado_a=", ".join(f"a.{nome}" for nome in comparado),
        comparado_d=", ".join(f"d.{nome}" for nome in comparado),
        depois_de=_DEPOIS_DE if continua else "true",
    )


def write_passos(*, de_artista: bool, resultado: bool) -> str:
    """The statement that finds the changes before and after an instant."""
    de_quem = (" and :artista in (e.antes ->> 'artista_id', e.depois ->> 'artista_id')" if de_artista else "") + (
        "" if resultado else f" and e.tabela not in ({_SO_RESULTADO})"
    )
    return _fill("passado_passos", do_mes=_fill("passado_do_mes", evento="e"), de_quem=de_quem)


def _name_columns(especie: Especie) -> list[str]:
    return ["id", "dia", "valor", *especie.colunas]


def _write_selada(especie: Especie) -> str:
    """The canonical line: `json_build_array(…)::text` is what jsonb prints, in half the time."""
    return f"json_build_array('{especie.tipo}/1', {', '.join(f'l.{nome}' for nome in especie.selo)})::text"


def _write_linhas(especie: Especie, lado: str, olhar: Olhar) -> str:
    return _fill(
        "passado_linhas",
        nome=f"{lado}_{especie.tipo}",
        dia=especie.dia,
        colunas=", ".join(f"{coluna} as {nome}" for nome, coluna in especie.colunas.items()),
        lugar="r.id" if especie.pai is None else "p.id",
        filho="0::bigint" if especie.pai is None else "r.id",
        pai="" if especie.pai is None else f"join {lado}_pagamento_registros p on p.id = r.{especie.pai}",
        de_quem=f"and {especie.de_artista}" if olhar.de_artista else "",
    )


def _write_registros(especies: Sequence[Especie], lado: str, *, agora: bool) -> list[str]:
    """What ends in `<lado>_<tipo>_registros` for each of them and what it hangs on: its rows as they stood."""
    lidas = list(especies)
    if any(especie.pai is not None for especie in lidas) and _PAGAMENTO not in lidas:
        lidas.append(_PAGAMENTO)
    return [
        _fill(
            "passado_agora" if agora else "passado_entao",
            nome=f"{lado}_{especie.tipo}",
            em=f"em_{lado}",
            tabela=especie.tabela,
            periodo=especie.periodo,
            do_mes=_fill("passado_do_mes", evento="e"),
            do_mes_s=_fill("passado_do_mes", evento="s"),
        )
        for especie in lidas
    ]


def _fill(name: str, **parts: str) -> str:
    """A statement of the folder `sql` with its parts, all of them written in this module: nothing that anybody asks."""
    lines = [line for line in sql.load(name).splitlines() if not line.startswith("--")]
    return "\n".join(lines).format(**parts)
