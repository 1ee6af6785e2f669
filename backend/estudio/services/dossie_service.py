"""Everything about one person, gathered for them (LGPD, art. 18): what is known, what they paid, what was done."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.artista import Artista
from estudio.domain.auditoria import Evento
from estudio.domain.cliente import Cliente
from estudio.domain.codigos import Forma
from estudio.domain.competencia import Competencia
from estudio.domain.extrato import Extrato, ExtratoNome
from estudio.domain.pagamento import Pagamento
from estudio.domain.sessao import Sessao
from estudio.domain.usuario import Quem, Usuario
from estudio.services.cliente_historia import find_atual
from estudio.services.fusao_service import list_familia

Linha = dict[str, Any]

_COM_CLIENTE: Final = ("pagamentos", "sessoes")


@dataclass(frozen=True)
class Dossie:
    """Each list in order, its rows with the same keys; money as Decimal, days as date."""

    cliente: Cliente
    feito_em: datetime
    cadastros: list[Linha]
    """The person's entry, and those that were united with it."""
    pagamentos: list[Linha]
    sessoes: list[Linha]
    meses_fechados: list[Linha]
    """The sealed months in which the name stands beside the seal."""
    eventos: list[Linha]
    """The audit trail about them, with what each row was before and after."""


def collect_dossie(session: Session, cliente_id: int, *, quem: Quem) -> Dossie:
    """All of one person. Raises NaoEncontrado."""
    quem.ensure_dono()
    cliente = find_atual(session, cliente_id, quem=quem)
    familia = list_familia(session, cliente.id)
    pagamentos = _list_pagamentos(session, familia)
    sessoes = _list_sessoes(session, familia)
    return Dossie(
        cliente=cliente,
        feito_em=clock.now(),
        cadastros=_list_cadastros(session, familia),
        pagamentos=pagamentos,
        sessoes=sessoes,
        meses_fechados=_list_meses(session, familia),
        eventos=_list_eventos(
            session, familia, [linha["id"] for linha in pagamentos], [linha["id"] for linha in sessoes]
        ),
    )


def _list_cadastros(session: Session, familia: Collection[int]) -> list[Linha]:
    return [
        {
            "id": cliente.id,
            "nome": cliente.nome,
            "telefone": cliente.telefone,
            "email": cliente.email,
            "observacoes": cliente.observacoes,
            "unido_a": cliente.fundido_em,
            "cadastrado_em": cliente.criado_em,
        }
        for cliente in session.scalars(select(Cliente).where(Cliente.id.in_(familia)).order_by(Cliente.id))
    ]


def _list_pagamentos(session: Session, familia: Collection[int]) -> list[Linha]:
    query = (
        select(
            Pagamento.id.label("id"),
            Pagamento.data.label("data"),
            Pagamento.valor.label("valor"),
            Forma.rotulo.label("forma"),
            Artista.nome.label("artista"),
            Pagamento.estorno_de.label("estorno_de"),
            Pagamento.observacoes.label("observacoes"),
            Pagamento.cliente_id.label("cadastro"),
        )
        .join(Artista, Artista.id == Pagamento.artista_id)
        .join(Forma, Forma.codigo == Pagamento.forma)
        .where(Pagamento.cliente_id.in_(familia))
        .order_by(Pagamento.data, Pagamento.id)
    )
    return [dict(row) for row in session.execute(query).mappings()]


def _list_sessoes(session: Session, familia: Collection[int]) -> list[Linha]:
    query = (
        select(
            Sessao.id.label("id"),
            Sessao.data.label("data"),
            Sessao.valor.label("valor"),
            Artista.nome.label("artista"),
            Sessao.status.label("status"),
            Sessao.payment_id.label("pagamento"),
            Sessao.observacoes.label("observacoes"),
            Sessao.cliente_id.label("cadastro"),
        )
        .join(Artista, Artista.id == Sessao.artista_id)
        .where(Sessao.cliente_id.in_(familia))
        .order_by(Sessao.data, Sessao.id)
    )
    return [dict(row) for row in session.execute(query).mappings()]


def _list_meses(session: Session, familia: Collection[int]) -> list[Linha]:
    query = (
        select(Extrato.mes, Extrato.versao, Extrato.estado, ExtratoNome.chave, ExtratoNome.nome)
        .join(ExtratoNome, ExtratoNome.extrato_id == Extrato.id)
        .where(ExtratoNome.tipo == "cliente", ExtratoNome.chave.in_([str(id_) for id_ in familia]))
        .order_by(Extrato.mes, Extrato.versao, ExtratoNome.chave)
    )
    return [
        {
            "mes": Competencia.of(mes).slug,
            "versao": versao,
            "estado": estado,
            "cadastro": int(chave),
            "nome": nome,
        }
        for mes, versao, estado, chave, nome in session.execute(query)
    ]


def _list_eventos(
    session: Session, familia: Collection[int], pagamentos: Collection[int], sessoes: Collection[int]
) -> list[Linha]:
    query = (
        select(Evento, Usuario.nome)
        .outerjoin(Usuario, Usuario.id == Evento.quem)
        .where(is_about(familia, pagamentos, sessoes))
        .order_by(Evento.id)
    )
    return [
        {
            "id": evento.id,
            "em": evento.em,
            "quem": nome,
            "origem": evento.origem,
            "acao": evento.acao,
            "tabela": evento.tabela,
            "registro": evento.registro_id,
            "campos": ", ".join(evento.campos),
            "motivo": evento.motivo,
            "antes": evento.antes,
            "depois": evento.depois,
        }
        for evento, nome in session.execute(query)
    ]


def is_about(familia: Collection[int], pagamentos: Collection[int], sessoes: Collection[int]) -> ColumnElement[bool]:
    """Events of the person's entry, of their rows, and of rows that were theirs once (deleted, or given to another)."""
    codes = [str(id_) for id_ in familia]
    return or_(
        and_(Evento.tabela == "clientes", Evento.registro_id.in_(familia)),
        and_(Evento.tabela == "pagamentos", Evento.registro_id.in_(pagamentos)),
        and_(Evento.tabela == "sessoes", Evento.registro_id.in_(sessoes)),
        and_(
            Evento.tabela.in_(_COM_CLIENTE),
            or_(Evento.antes["cliente_id"].astext.in_(codes), Evento.depois["cliente_id"].astext.in_(codes)),
        ),
    )
