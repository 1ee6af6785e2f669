"""How statements stand with their artistas: of one month, of one artista, and what waits for the dono's look.

Each is a statement or two, however many artistas, months and answers there are.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, select
from sqlalchemy.orm import Session, aliased

from estudio import clock
from estudio.domain.competencia import Competencia
from estudio.domain.demonstrativo import (
    Andamento,
    Demonstrativo,
    DemonstrativoLink,
    Dita,
    Resposta,
    TipoDeResposta,
    judge_andamento,
)
from estudio.domain.dinheiro import from_centavos
from estudio.domain.extrato import Extrato, ExtratoNome, get_extrato
from estudio.domain.usuario import Papel, Quem, Usuario
from estudio.services.demonstrativo_leitura import list_artistas_do_mes

MAIS_CONTESTADOS: Final = 5
"""That Início names; the months have all of them."""

MAIS_MESES: Final = 24


class DoMes(NamedTuple):
    """An artista's line in the list of a month's statements."""

    artista_id: int
    artista: str
    receita: Decimal
    comissao: Decimal
    andamento: Andamento
    link_ate: datetime | None
    em: datetime | None
    """When the last word was said."""


class DoArtista(NamedTuple):
    """A month in the list of an artista's statements."""

    mes: Competencia
    versao: int
    comissao: Decimal
    andamento: Andamento


class Contestado(NamedTuple):
    """A statement with contests that have no sentence, and no agreement after them; `em` is the oldest of these."""

    mes: Competencia
    versao: int
    artista_id: int
    artista: str
    em: datetime


def list_demonstrativos(session: Session, competencia: Competencia, *, quem: Quem) -> tuple[Extrato, list[DoMes]]:
    """The newest version, and everybody who has a statement in it; an artista alone. Raises NaoFechado."""
    quem.ensure_papel(Papel.DONO, Papel.CONTADOR, Papel.ARTISTA)
    extrato = get_extrato(session, competencia)
    artistas = list_artistas_do_mes(session, extrato)
    kept = _list_kept(session, Demonstrativo.extrato_id == extrato.id)
    ditas = _list_ditas(session, {kept_id for kept_id, _ in kept.values()})
    listed = []
    for artista_id, nome in artistas.nomes.items():
        if quem.papel == Papel.ARTISTA and artista_id != quem.artista_id:
            continue
        kept_id, link_ate = kept.get((extrato.id, artista_id), (None, None))
        said = ditas.get(kept_id or 0, [])
        andamento = judge_andamento(said, has_link=link_ate is not None)
        receita, comissao = artistas.sums_of(artista_id)
        listed.append(DoMes(artista_id, nome, receita, comissao, andamento, link_ate, said[-1].em if said else None))
    return extrato, listed


def list_meses_do_artista(session: Session, artista_id: int, *, quem: Quem) -> list[DoArtista]:
    """The closed months in which an artista has a statement, newest first, each in the version that stands."""
    quem.ensure_papel(Papel.DONO, Papel.CONTADOR, Papel.ARTISTA)
    quem.ensure_e_de(artista_id, "o artista", artista_id)
    named = exists().where(
        ExtratoNome.extrato_id == Extrato.id, ExtratoNome.tipo == "artista", ExtratoNome.chave == str(artista_id)
    )
    query = select(Extrato.id, Extrato.mes, Extrato.versao, Extrato.totais[3])
    query = query.where(Extrato.estado == "vigente", named).order_by(Extrato.mes.desc()).limit(MAIS_MESES)
    months = session.execute(query).all()
    kept = _list_kept(session, Demonstrativo.artista_id == artista_id)
    ditas = _list_ditas(session, {kept_id for kept_id, _ in kept.values()})
    listed = []
    for extrato_id, mes, versao, somas in months:
        kept_id, link_ate = kept.get((extrato_id, artista_id), (None, None))
        comissao = sum(int(soma[2]) for soma in somas if int(soma[0]) == artista_id)
        andamento = judge_andamento(ditas.get(kept_id or 0, []), has_link=link_ate is not None)
        listed.append(DoArtista(Competencia.of(mes), versao, from_centavos(comissao), andamento))
    return listed


def list_contestados(session: Session, *, quem: Quem) -> list[Contestado]:
    """What waits for an answer, the oldest first: of whichever version, so that a new one hides none."""
    quem.ensure_ve_resultado()
    answer, agreed = aliased(Resposta), aliased(Resposta)
    settled = exists().where(
        agreed.demonstrativo_id == Resposta.demonstrativo_id,
        agreed.id > Resposta.id,
        agreed.tipo == TipoDeResposta.DE_ACORDO,
    )
    who = (Extrato.mes, Extrato.versao, Demonstrativo.artista_id, ExtratoNome.nome)
    query = (
        select(*who, func.min(Resposta.em))
        .join(Demonstrativo, Demonstrativo.id == Resposta.demonstrativo_id)
        .join(Extrato, Extrato.id == Demonstrativo.extrato_id)
        .outerjoin(ExtratoNome, _is_nome_do_artista())
        .where(
            Resposta.tipo == TipoDeResposta.CONTESTACAO,
            ~exists().where(answer.responde_a == Resposta.id),
            ~settled,
        )
        .group_by(*who)
        .order_by(func.min(Resposta.id))
        .limit(MAIS_CONTESTADOS)
    )
    return [
        Contestado(Competencia.of(mes), versao, artista_id, nome or f"Artista {artista_id}", em)
        for mes, versao, artista_id, nome, em in session.execute(query)
    ]


def list_ditas(session: Session, demonstrativo_id: int) -> list[Dita]:
    """What was said to one statement, in its order."""
    return _list_ditas(session, [demonstrativo_id]).get(demonstrativo_id, [])


def find_link_ate(session: Session, demonstrativo_id: int | None) -> datetime | None:
    """Until when the link of a statement works; None when there is none."""
    query = select(DemonstrativoLink.expira_em).where(
        DemonstrativoLink.demonstrativo_id == demonstrativo_id, DemonstrativoLink.expira_em > clock.now()
    )
    return session.scalars(query).one_or_none()


def find_mais_nova(session: Session, extrato: Extrato) -> int | None:
    """The version that stands instead of this one; 0 while the month is open again, None when this one stands."""
    if extrato.estado == "vigente":
        return None
    query = select(Extrato.versao).where(Extrato.mes == extrato.mes, Extrato.estado == "vigente")
    return session.scalar(query) or 0


def _is_nome_do_artista() -> ColumnElement[bool]:
    return and_(
        ExtratoNome.extrato_id == Extrato.id,
        ExtratoNome.tipo == "artista",
        ExtratoNome.chave == cast(Demonstrativo.artista_id, Text),
    )


def _list_kept(session: Session, which: ColumnElement[bool]) -> dict[tuple[int, int], tuple[int, datetime | None]]:
    """Extrato and artista → the number of what was handed over, and until when its link works."""
    query = (
        select(Demonstrativo.extrato_id, Demonstrativo.artista_id, Demonstrativo.id, DemonstrativoLink.expira_em)
        .outerjoin(
            DemonstrativoLink,
            and_(DemonstrativoLink.demonstrativo_id == Demonstrativo.id, DemonstrativoLink.expira_em > clock.now()),
        )
        .where(which)
    )
    return {(extrato_id, artista_id): (id_, ate) for extrato_id, artista_id, id_, ate in session.execute(query)}


def _list_ditas(session: Session, ids: Collection[int]) -> dict[int, list[Dita]]:
    if not ids:
        return {}
    answer = aliased(Resposta)
    columns: list[Any] = [Resposta, answer.texto, answer.em, Usuario.nome]
    query = (
        select(*columns)
        .outerjoin(answer, answer.responde_a == Resposta.id)
        .outerjoin(Usuario, Usuario.id == Resposta.quem)
        .where(Resposta.demonstrativo_id.in_(ids), Resposta.tipo != TipoDeResposta.RESOLUCAO)
        .order_by(Resposta.id)
    )
    found: dict[int, list[Dita]] = defaultdict(list)
    for said, resolucao, resolvida_em, por in session.execute(query):
        ref = f"{said.linha_tipo}-{said.linha_id}" if said.linha_tipo else None
        found[said.demonstrativo_id].append(
            Dita(said.id, said.tipo, ref, said.texto, said.via, por, said.em, resolucao, resolvida_em)
        )
    return found
