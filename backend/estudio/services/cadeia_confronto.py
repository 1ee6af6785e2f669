"""The chain told month by month, and the tables held against it: states, extratos, empty months.

The chain alone knows that a month was closed and not reopened; tables that agree with each other may both lie.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from sqlalchemy import Boolean, func, literal_column, select, text
from sqlalchemy.orm import Session, defer

from estudio.domain.competencia import Competencia
from estudio.domain.extrato import Extrato, MesContabil, Selo

MONTHS = 1200
"""From 2000-01 to 2099-12: made once, and never one less."""


@dataclass(frozen=True, slots=True)
class Divergencia:
    """One thing that is not as it was sealed: where, and what differs."""

    onde: str
    o_que: str

    def __str__(self) -> str:
        return f"{self.onde}: {self.o_que}"


def verify_states(session: Session, links: list[Selo]) -> Iterator[Divergencia]:
    """Each month is as its last link left it, with one extrato that stands or none; none is open below a closed one."""
    last = {link.mes: link.tipo for link in links}
    standing = select(func.count()).where(Extrato.mes == MesContabil.mes, Extrato.estado == "vigente").scalar_subquery()
    rows = session.execute(select(MesContabil.mes, MesContabil.estado, standing).order_by(MesContabil.mes)).all()
    if len(rows) != MONTHS:
        yield Divergencia("competências", f"são {len(rows)} meses, e não {MONTHS}")
    closed = max((mes for mes, estado, _ in rows if estado in ("fechada", "selada")), default=None)
    for mes, estado, count in rows:
        where = Competencia.of(mes).label
        if (estado in ("fechada", "selada")) != (count == 1):
            yield Divergencia(where, f"está {estado} com {count} extratos vigentes")
        told = _STATES.get(last.get(mes), ("o que não se conhece",))
        if estado not in told:
            yield Divergencia(where, f"está {estado}, e a cadeia diz {told[0]}")
        if estado == "aberta" and closed and mes < closed:
            yield Divergencia(where, "está aberta abaixo de um mês fechado")
    for mes in session.scalars(text(_ROWS_IN_EMPTY_MONTHS)):
        yield Divergencia(Competencia.of(mes).label, "foi fechado vazio, e tem lançamentos")


# What a month may be after its last link. An open month without rows is shut with the next that closes, without a link.
_STATES: dict[str | None, tuple[str, ...]] = {
    "fechamento": ("fechada",),
    "selagem": ("selada",),
    "reabertura": ("aberta", "vazia"),
    None: ("aberta", "vazia"),
}

_ROWS_IN_EMPTY_MONTHS = """
    select c.mes from estudio.competencias c where c.estado = 'vazia'
      and (exists (select from estudio.pagamentos p where p.data >= c.mes and p.data < c.mes + interval '1 month')
           or exists (select from estudio.gastos g where g.data >= c.mes and g.data < c.mes + interval '1 month')
           or exists (select from estudio.acertos a where a.data >= c.mes and a.data < c.mes + interval '1 month'))
    order by c.mes"""


# `Contagem.conteudo_sha256`, by what PostgreSQL itself brings and none of our functions. A closing asks it of every
# month that is closed: in Python ten years of them would take a tenth of a second.
_ADDS_UP = literal_column(
    """pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
           pg_catalog.jsonb_build_array('conteudo/1', pg_catalog.to_char(extratos.mes, 'YYYY-MM'), extratos.por_dia,
                                        extratos.totais)::text, 'UTF8')), 'hex') = extratos.conteudo_sha256""",
    Boolean(),
)


def verify_extratos(session: Session, links: list[Selo]) -> Iterator[Divergencia]:
    """Each closing of the chain has its extrato: it says the same, adds up, and stands where nothing came after it."""
    closings = {link.seq: link for link in links if link.tipo == "fechamento"}
    standing = {link.mes: link.versao if link.tipo != "reabertura" else None for link in links}
    query = select(Extrato, _ADDS_UP).order_by(Extrato.mes, Extrato.versao)
    for extrato, adds_up in session.execute(query.options(defer(Extrato.por_dia), defer(Extrato.totais))):
        where = f"extrato {extrato.competencia.label} versão {extrato.versao}"
        link = closings.pop(extrato.seq, None)
        if not adds_up:
            yield Divergencia(where, "os totais e os dias não dão o conteúdo selado")
        if link is None or _tell(extrato) != _tell_link(link):
            yield Divergencia(where, f"não é o que o elo {extrato.seq} selou")
        if (extrato.estado == "vigente") != (standing.get(extrato.mes) == extrato.versao):
            yield Divergencia(where, f"está {extrato.estado}, e a cadeia diz outra coisa")
    for link in closings.values():
        yield Divergencia(f"elo {link.seq} (fechamento de {Competencia.of(link.mes).label})", "o seu extrato falta")


def _tell(extrato: Extrato) -> tuple[object, ...]:
    """What an extrato repeats of its link."""
    backup = (extrato.backup or {}).get("conteudo_sha256")
    fechado_em = f"{extrato.fechado_em.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    told = (extrato.mes, extrato.versao, extrato.conteudo_sha256, backup)
    return (*told, fechado_em, extrato.fechado_por, extrato.run_id)


def _tell_link(link: Selo) -> tuple[object, ...]:
    return (link.mes, link.versao, link.conteudo_sha256, link.backup_sha256, link.em, link.quem, link.run_id)
