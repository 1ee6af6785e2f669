"""Gastos for programs: listed with their sum, registered, corrected, deleted and undone."""

from datetime import date
from typing import Self

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from estudio import clock
from estudio.domain.gasto import Gasto, get_gasto
from estudio.domain.usuario import Papel, Quem
from estudio.services.desfazer_service import undo_delete_gasto, undo_edit_gasto
from estudio.services.gasto_service import delete_gasto, edit_gasto, register_gasto
from estudio.services.historico_service import Numero, explain
from estudio.web.api.linhas import LinhaDeGasto, PaginaDeGastos, PeriodoPaginado
from estudio.web.api.pagamentos import Ato, Desfeita
from estudio.web.api.salas import Sala
from estudio.web.api.tipos import NADA, Codigo, Corpo, Dia, Instante, Mudanca, Nome, Quantia, Resposta, Valor
from estudio.web.rotas import DONO

VEEM = DONO | {Papel.CONTADOR}

gastos = Sala("gastos", "/gastos", _l("Gastos"))
desfeitas = Sala("desfeitas_de_gasto", "/gastos/<id:gasto_id>/desfeita", _l("Desfazer"))


class ConsultaDeGastos(PeriodoPaginado):
    categoria: Codigo | None = None


class NovoGasto(Corpo):
    data: Dia | None = None
    valor: Valor
    descricao: Nome
    forma: Codigo
    categoria: Codigo | None = None


class MudancaDeGasto(Mudanca):
    data: Dia = NADA
    valor: Valor = NADA
    descricao: Nome = NADA
    forma: Codigo = NADA
    categoria: Codigo | None = None


class UmGasto(Resposta):
    id: int
    data: date
    competencia: str
    valor: Quantia
    descricao: str
    categoria: str | None
    forma: str
    criado_em: Instante
    versao: int

    @classmethod
    def of(cls, gasto: Gasto) -> Self:
        return cls(
            id=gasto.id,
            data=gasto.data,
            competencia=f"{gasto.data:%Y-%m}",
            valor=gasto.valor,
            descricao=gasto.descricao,
            categoria=gasto.categoria,
            forma=gasto.forma,
            criado_em=gasto.criado_em,
            versao=gasto.versao,
        )


@gastos.get("", VEEM, _l("Os gastos de um mês ou dia, com a soma"))
def index(session: Session, quem: Quem, consulta: ConsultaDeGastos) -> PaginaDeGastos:
    filtro = consulta.narrow(quem, categoria=consulta.categoria)
    despesas = explain(session, filtro, Numero.DESPESAS, quem=quem, depois_de=consulta.depois, limite=consulta.limite)
    pagina = despesas.parcelas[0].pagina
    return PaginaDeGastos(
        itens=[LinhaDeGasto.of(linha) for linha in pagina.linhas], soma=despesas.total, proxima=pagina.proxima
    )


@gastos.get("/<id:gasto_id>", VEEM, _l("Um gasto"))
def show(session: Session, quem: Quem, gasto_id: int) -> UmGasto:
    quem.ensure_ve_resultado()
    return UmGasto.of(get_gasto(session, gasto_id))


@gastos.post("", DONO, _l("Registrar um gasto"))
def create(session: Session, quem: Quem, corpo: NovoGasto) -> UmGasto:
    campos = corpo.model_dump() | {"data": corpo.data or clock.today()}
    return _tell(session, register_gasto(session, quem=quem, **campos))


@gastos.patch("/<id:gasto_id>", DONO, _l("Corrigir um gasto"))
def update(session: Session, quem: Quem, gasto_id: int, corpo: MudancaDeGasto, versao: int) -> UmGasto:
    return _tell(session, edit_gasto(session, gasto_id, quem=quem, versao=versao, **corpo.campos))


@gastos.delete("/<id:gasto_id>", DONO, _l("Apagar um gasto de um mês aberto"))
def destroy(session: Session, quem: Quem, gasto_id: int) -> None:
    delete_gasto(session, gasto_id, quem=quem)


@desfeitas.post("", DONO, _l("Desfazer a última edição, ou trazer de volta um gasto apagado"), status=200)
def create_desfeita(session: Session, quem: Quem, gasto_id: int, corpo: Desfeita) -> UmGasto:
    corpo.ensure_alcanca()
    if corpo.ato == Ato.EDICAO:
        return _tell(session, undo_edit_gasto(session, gasto_id, quem=quem, versao=corpo.versao))
    return _tell(session, undo_delete_gasto(session, gasto_id, quem=quem))


def _tell(session: Session, gasto: Gasto) -> UmGasto:
    session.flush()
    session.refresh(gasto)
    return UmGasto.of(gasto)
