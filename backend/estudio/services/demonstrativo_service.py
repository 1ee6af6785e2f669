"""An artista's statement handed over, agreed to, contested, and what the studio says to that.

A link is its own key, as that of a calendar is: whoever holds it reads one statement and answers it, and does nothing
else. It says nothing of whose it is, works for a month, and a new one takes its place.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.acesso import create_chave, digest_chave
from estudio.domain.artista import Artista
from estudio.domain.competencia import Competencia
from estudio.domain.demonstrativo import (
    LINK_VALE,
    MAIOR_TEXTO,
    MAIS_CONTESTACOES,
    Andamento,
    Demonstrativo,
    DemonstrativoLink,
    Dita,
    Folha,
    Palavra,
    Resposta,
    TipoDeResposta,
    Via,
    judge_andamento,
)
from estudio.domain.errors import (
    DadosInvalidos,
    DemonstrativoSubstituido,
    DemonstrativoVencido,
    JaExiste,
    NaoEncontrado,
    NaoFechado,
    SemPermissao,
)
from estudio.domain.extrato import Extrato, find_vigente, get_extrato
from estudio.domain.nomes import validate_nome
from estudio.domain.usuario import Papel, Quem
from estudio.services.auditoria_service import act_as
from estudio.services.demonstrativo_consulta import find_mais_nova, list_ditas
from estudio.services.demonstrativo_leitura import hide_sobrenomes, read_folha, read_linhas

ORIGEM_DO_LINK: Final = "link"
"""The door of whoever comes by one: the artista whom the statement is of, without logging in."""


@dataclass(frozen=True, slots=True)
class Entrega:
    """What the holder of a link is shown. `mais_nova` is the version that stands instead of this, 0 for none yet."""

    folha: Folha
    expira_em: datetime
    ditas: list[Dita]
    mais_nova: int | None


def renew_link(session: Session, competencia: Competencia, artista_id: int, *, quem: Quem) -> str:
    """Hand the version that stands to its artista: the key of a link, which is kept nowhere. The link before it ends.

    Raises NaoFechado, NaoEncontrado, IntegrityBroken.
    """
    quem.ensure_dono()
    act_as(session, quem, motivo="Link do demonstrativo")
    extrato = find_vigente(session, competencia)
    if extrato is None:
        raise NaoFechado(mes=competencia.label)
    kept = _keep(session, extrato, artista_id)
    agora, chave = clock.now(), create_chave()
    ended = (DemonstrativoLink.demonstrativo_id == kept.id) | (DemonstrativoLink.expira_em <= agora)
    session.execute(delete(DemonstrativoLink).where(ended))
    session.add(
        DemonstrativoLink(demonstrativo_id=kept.id, chave_sha256=digest_chave(chave), expira_em=agora + LINK_VALE)
    )
    session.flush()
    return chave


def delete_link(session: Session, competencia: Competencia, artista_id: int, *, quem: Quem) -> None:
    """End every link to an artista's statement of this month, of whichever version. Twice is no error."""
    quem.ensure_dono()
    act_as(session, quem, motivo="Link do demonstrativo")
    get_extrato(session, competencia)
    of_month = select(Demonstrativo.id).join(Extrato, Extrato.id == Demonstrativo.extrato_id)
    of_month = of_month.where(Extrato.mes == competencia.first_day, Demonstrativo.artista_id == artista_id)
    session.execute(delete(DemonstrativoLink).where(DemonstrativoLink.demonstrativo_id.in_(of_month)))


def open_entrega(session: Session, chave: str) -> Entrega:
    """What a key opens; nothing is written. Raises DemonstrativoVencido, the same for whatever is wrong with it."""
    kept, extrato, expira_em = _find_by_chave(session, chave)
    folha = hide_sobrenomes(read_folha(session, extrato, kept.artista_id))
    return Entrega(folha, expira_em, list_ditas(session, kept.id), find_mais_nova(session, extrato))


def answer_by_link(session: Session, chave: str, palavra: Palavra) -> None:
    """What the holder of a link says. Raises DemonstrativoVencido, DemonstrativoSubstituido, DadosInvalidos."""
    kept, extrato, _expira_em = _find_by_chave(session, chave)
    quem = Quem(None, Papel.ARTISTA, ORIGEM_DO_LINK, artista_id=kept.artista_id)
    act_as(session, quem, motivo="Resposta ao demonstrativo")
    _answer(session, kept, extrato, palavra, via=Via.LINK, por=None)


def answer_demonstrativo(
    session: Session, competencia: Competencia, artista_id: int, palavra: Palavra, *, quem: Quem, versao: int
) -> None:
    """What an artista who is logged in says to the version that was shown. Nobody answers for another: SemPermissao.

    Raises NaoFechado, NaoEncontrado, DemonstrativoSubstituido, DadosInvalidos.
    """
    quem.ensure_e_de(artista_id, "o artista", artista_id)
    if quem.artista_id != artista_id or quem.usuario_id is None:
        raise SemPermissao("Só o próprio artista responde ao demonstrativo. Envie o link a ele.", papel=quem.papel)
    act_as(session, quem, motivo="Resposta ao demonstrativo")
    extrato = get_extrato(session, competencia, versao)
    if extrato.estado != "vigente":
        raise DemonstrativoSubstituido
    kept = _keep(session, extrato, artista_id)
    _answer(session, kept, extrato, palavra, via=Via.CONTA, por=quem.usuario_id)


def resolve_contestacao(
    session: Session, competencia: Competencia, resposta_id: int, *, quem: Quem, texto: str
) -> Resposta:
    """The studio's sentence to a contest, once. Raises NaoEncontrado, JaExiste, TextoInvalido."""
    quem.ensure_dono()
    act_as(session, quem, motivo="Contestação resolvida")
    query = (
        select(Resposta)
        .join(Demonstrativo, Demonstrativo.id == Resposta.demonstrativo_id)
        .join(Extrato, Extrato.id == Demonstrativo.extrato_id)
        .where(
            Resposta.id == resposta_id,
            Resposta.tipo == TipoDeResposta.CONTESTACAO,
            Extrato.mes == competencia.first_day,
        )
    )
    contest = session.scalars(query).one_or_none()
    if contest is None:
        raise NaoEncontrado(coisa="a contestação", id=resposta_id)
    if session.scalar(select(Resposta.id).where(Resposta.responde_a == resposta_id)) is not None:
        raise JaExiste("Esta contestação já foi respondida.")
    resolved = Resposta(
        demonstrativo_id=contest.demonstrativo_id,
        tipo=TipoDeResposta.RESOLUCAO,
        texto=_read_texto(texto),
        responde_a=resposta_id,
        via=Via.CONTA,
        quem=quem.usuario_id,
    )
    session.add(resolved)
    session.flush()
    return resolved


def _find_by_chave(session: Session, chave: str) -> tuple[Demonstrativo, Extrato, datetime]:
    # Looked for by its digest: how long that takes tells of the digest, from which no key is found.
    digest = digest_chave(chave)
    query = (
        select(Demonstrativo, Extrato, DemonstrativoLink)
        .join(DemonstrativoLink, DemonstrativoLink.demonstrativo_id == Demonstrativo.id)
        .join(Extrato, Extrato.id == Demonstrativo.extrato_id)
        .where(DemonstrativoLink.chave_sha256 == digest, DemonstrativoLink.expira_em > clock.now())
    )
    found = session.execute(query).one_or_none()
    if found is None or not hmac.compare_digest(found.DemonstrativoLink.chave_sha256, digest):
        raise DemonstrativoVencido
    return found.Demonstrativo, found.Extrato, found.DemonstrativoLink.expira_em


def _keep(session: Session, extrato: Extrato, artista_id: int) -> Demonstrativo:
    """The version as the artista is shown it from here on. Two at once keep one."""
    _hold(session, artista_id)
    folha = read_folha(session, extrato, artista_id)
    if folha.demonstrativo_id is not None:
        return session.get_one(Demonstrativo, folha.demonstrativo_id)
    linhas = dict(read_linhas(session, extrato.competencia, artista_id))
    kept = Demonstrativo(extrato_id=extrato.id, artista_id=artista_id, linhas=linhas)
    session.add(kept)
    session.flush()
    return kept


def _hold(session: Session, artista_id: int) -> None:
    """One after the other; without standing in the way of payments, which only point at the artista."""
    session.get(Artista, artista_id, with_for_update={"key_share": True}, populate_existing=True)


def _answer(
    session: Session, kept: Demonstrativo, extrato: Extrato, palavra: Palavra, *, via: Via, por: int | None
) -> None:
    if extrato.estado != "vigente":
        raise DemonstrativoSubstituido
    _hold(session, kept.artista_id)
    said = list_ditas(session, kept.id)
    answer: dict[str, Any] = {"demonstrativo_id": kept.id, "tipo": palavra.tipo, "via": via, "quem": por}
    if palavra.tipo == TipoDeResposta.CONTESTACAO:
        answer |= _read_contestacao(read_folha(session, extrato, kept.artista_id), said, palavra)
    elif judge_andamento(said, has_link=False) == Andamento.DE_ACORDO:
        # Whoever agrees twice has agreed.
        return
    session.add(Resposta(**answer))
    session.flush()


def _read_contestacao(folha: Folha, said: Sequence[Dita], palavra: Palavra) -> dict[str, Any]:
    """About one line, or about none: what is missing has no line."""
    if palavra.ref and folha.find_linha(palavra.ref) is None:
        raise DadosInvalidos("Esta linha não é deste demonstrativo. Escolha outra.", campo="linha", motivo="linha")
    if sum(dita.tipo == TipoDeResposta.CONTESTACAO for dita in said) >= MAIS_CONTESTACOES:
        raise DadosInvalidos(
            "Este demonstrativo já tem contestações demais. Fale com o estúdio.", motivo="contestacoes"
        )
    tipo, _, numero = (palavra.ref or "").partition("-")
    return {
        "linha_tipo": tipo or None,
        "linha_id": int(numero) if numero else None,
        "texto": _read_texto(palavra.texto or ""),
    }


def _read_texto(texto: str) -> str:
    return validate_nome(texto, "Motivo", maximo=MAIOR_TEXTO)
