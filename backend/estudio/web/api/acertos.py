"""Acertos for programs: listed with their sum, registered, corrected, deleted and undone; also what an artista kept."""

from datetime import date
from typing import Self

from flask_babel import lazy_gettext as _l
from pydantic import Field
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.acerto import Acerto, Tipo, get_acerto
from estudio.domain.usuario import Quem
from estudio.services.acerto_lista import VEEM, list_acertos, sum_acertos
from estudio.services.acerto_service import (
    delete_acerto,
    edit_acerto,
    register_acerto,
    register_recebido,
    undo_delete_acerto,
    undo_edit_acerto,
)
from estudio.web.api.linhas import POR_PAGINA, LinhaDeAcerto, Pessoa, Quando
from estudio.web.api.pagamentos import Ato, Desfeita
from estudio.web.api.salas import Sala
from estudio.web.api.tipos import (
    NADA,
    Codigo,
    Corpo,
    Dia,
    Id,
    IdEscrito,
    Instante,
    Limite,
    Lugar,
    Mudanca,
    Nome,
    Proxima,
    Quantia,
    Resposta,
    Saldo,
    Valor,
)  # fmt: skip
from estudio.web.rotas import DONO, VEEM_CONTAS

acertos = Sala("acertos", "/acertos", _l("Acertos"))
desfeitas = Sala("desfeitas_de_acerto", "/acertos/<id:acerto_id>/desfeita", _l("Desfazer"))
recebidos = Sala("recebidos", "/pagamentos/<id:pagamento_id>/recebido", _l("Acertos"))


class ConsultaDeAcertos(Quando):
    artista: IdEscrito | None = None
    tipo: Tipo | None = None
    forma: Codigo | None = None
    depois: Lugar | None = None
    limite: Limite = POR_PAGINA


class NovoAcerto(Corpo):
    """`valor` has no sign: the kind has one. `saldo_visto` is what it settles, refused when it is no longer that."""

    data: Dia | None = None
    artista_id: Id
    tipo: Tipo = Field(strict=False)
    valor: Valor
    forma: Codigo | None = None
    motivo: Nome | None = None
    saldo_visto: Saldo | None = None


class MudancaDeAcerto(Mudanca):
    data: Dia = NADA
    tipo: Tipo = Field(default=NADA, strict=False)
    valor: Valor = NADA
    forma: Codigo | None = None
    motivo: Nome | None = None


class UmAcerto(Resposta):
    """`valor` is signed as the artista sees it: what it does to what the studio owes."""

    id: int
    data: date
    competencia: str
    artista: Pessoa
    tipo: str
    valor: Quantia
    forma: str | None
    motivo: str | None
    pagamento_id: int | None
    criado_em: Instante
    versao: int

    @classmethod
    def of(cls, acerto: Acerto) -> Self:
        return cls(
            id=acerto.id,
            data=acerto.data,
            competencia=acerto.competencia.slug,
            artista=Pessoa(id=acerto.artista_id, nome=acerto.artista.nome),
            tipo=acerto.tipo,
            valor=acerto.valor,
            forma=acerto.forma,
            motivo=acerto.motivo,
            pagamento_id=acerto.pagamento_id,
            criado_em=acerto.criado_em,
            versao=acerto.versao,
        )


class PaginaDeAcertos(Resposta):
    itens: list[LinhaDeAcerto]
    soma: Quantia
    proxima: Proxima


@acertos.get("", VEEM_CONTAS, _l("Os acertos de um mês ou dia, com a soma"))
def index(session: Session, quem: Quem, consulta: ConsultaDeAcertos) -> PaginaDeAcertos:
    filtro = consulta.of_periodo(quem, artista_id=consulta.artista, tipo=consulta.tipo, forma=consulta.forma)
    pagina = list_acertos(session, filtro, quem=quem, depois_de=consulta.depois, limite=consulta.limite)
    return PaginaDeAcertos(
        itens=[LinhaDeAcerto.of(linha) for linha in pagina.linhas],
        soma=sum_acertos(session, filtro, quem=quem).total,
        proxima=pagina.proxima,
    )


@acertos.get("/<id:acerto_id>", VEEM_CONTAS, _l("Um acerto"))
def show(session: Session, quem: Quem, acerto_id: int) -> UmAcerto:
    quem.ensure_papel(*VEEM)
    acerto = get_acerto(session, acerto_id)
    quem.ensure_e_de(acerto.artista_id, "o acerto", acerto_id)
    return UmAcerto.of(acerto)


@acertos.post("", DONO, _l("Registrar um acerto; o sinal vem do tipo"))
def create(session: Session, quem: Quem, corpo: NovoAcerto) -> UmAcerto:
    campos = corpo.model_dump() | {"data": corpo.data or clock.today()}
    return _tell(session, register_acerto(session, quem=quem, **campos))


@acertos.patch("/<id:acerto_id>", DONO, _l("Corrigir um acerto"))
def update(session: Session, quem: Quem, acerto_id: int, corpo: MudancaDeAcerto, versao: int) -> UmAcerto:
    return _tell(session, edit_acerto(session, acerto_id, quem=quem, versao=versao, **corpo.campos))


@acertos.delete("/<id:acerto_id>", DONO, _l("Apagar um acerto de um mês aberto"))
def destroy(session: Session, quem: Quem, acerto_id: int) -> None:
    delete_acerto(session, acerto_id, quem=quem)


@desfeitas.post("", DONO, _l("Desfazer a última edição, ou trazer de volta um acerto apagado"), status=200)
def create_desfeita(session: Session, quem: Quem, acerto_id: int, corpo: Desfeita) -> UmAcerto:
    corpo.ensure_alcanca()
    if corpo.ato == Ato.EDICAO:
        return _tell(session, undo_edit_acerto(session, acerto_id, quem=quem, versao=corpo.versao))
    return _tell(session, undo_delete_acerto(session, acerto_id, quem=quem))


@recebidos.post("", DONO, _l("Dizer que o artista ficou com o dinheiro de um pagamento"))
def create_recebido(session: Session, quem: Quem, pagamento_id: int) -> UmAcerto:
    return _tell(session, register_recebido(session, pagamento_id, quem=quem))


def _tell(session: Session, acerto: Acerto) -> UmAcerto:
    """The acerto as it is now: names follow their ids, and the database wrote its version."""
    session.flush()
    session.expire(acerto)
    return UmAcerto.of(acerto)
