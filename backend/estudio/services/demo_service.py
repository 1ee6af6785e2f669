"""The sample studio: its script done deed by deed, as people would have done it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.acerto import EM_DINHEIRO, SINAL
from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import from_centavos
from estudio.domain.usuario import Papel, Quem
from estudio.services.acerto_consulta import find_saldo
from estudio.services.acerto_service import register_acerto, register_recebido
from estudio.services.artista_service import register_artista
from estudio.services.cliente_service import register_cliente
from estudio.services.demo_acertos import AcertoPlanejado, list_acertos
from estudio.services.demo_roteiro import (
    EstornoPlanejado,
    GastoPlanejado,
    MovimentoPlanejado,
    PagamentoPlanejado,
    Roteiro,
    SessaoPlanejada,
)
from estudio.services.demo_textos import ARTISTAS, ESTUDIO, ITENS, RECORRENTES, SENHA, USUARIOS
from estudio.services.estoque_service import move_item, register_item
from estudio.services.gasto_service import register_gasto
from estudio.services.pagamento_service import register_pagamento, reverse_pagamento
from estudio.services.recorrente_service import register_recorrente
from estudio.services.sessao_service import register_sessao
from estudio.services.usuario_service import create_usuario

HOST = Quem(None, "dono", "demo")

Watch = Callable[[Competencia, int, int], None]
"""Which month is being entered, how many deeds of how many are done."""

Planejado = (
    SessaoPlanejada | PagamentoPlanejado | EstornoPlanejado | GastoPlanejado | MovimentoPlanejado | AcertoPlanejado
)


@dataclass
class Elenco:
    """Who and what the script speaks of by number, as they are in the database."""

    dono: Quem = HOST
    recepcao: Quem = HOST
    artistas: list[int] = field(default_factory=list)
    clientes: list[int] = field(default_factory=list)
    itens: list[int] = field(default_factory=list)
    sessoes: dict[int, int] = field(default_factory=dict)
    pagamentos: dict[int, int] = field(default_factory=dict)


def register_roteiro(roteiro: Roteiro, *, watch: Watch) -> Elenco:
    """Do all deeds of a script, each month in a transaction, each kind by the service that pages use."""
    elenco = Elenco()
    with db.transaction() as session:
        _register_cast(session, elenco, roteiro)
    deeds = _list_deeds(roteiro)
    done = 0
    # The agenda of the coming days may reach into the next month.
    for month in [*roteiro.meses, roteiro.meses[-1].next]:
        with db.transaction() as session:
            while done < len(deeds) and month.contains(deeds[done].data):
                _enter(session, elenco, deeds[done])
                done += 1
                if done % 20 == 0:
                    watch(month, done, len(deeds))
    assert done == len(deeds), "a deed of the script lies outside of its months"
    with db.transaction() as session:
        _register_recorrentes(session, elenco, roteiro.meses[-1])
    return elenco


def _register_cast(session: Session, elenco: Elenco, roteiro: Roteiro) -> None:
    session.execute(text("update estudio.identidade set nome = :nome"), {"nome": ESTUDIO})
    for nome, percentual in ARTISTAS:
        elenco.artistas.append(register_artista(session, quem=HOST, nome=nome, percentual=percentual).id)
    for nome, email, papel, artista in USUARIOS:
        usuario = create_usuario(
            session,
            quem=HOST,
            nome=nome,
            email=email,
            papel=papel,
            senha=SENHA,
            artista_id=None if artista is None else elenco.artistas[artista],
        )
        if papel == Papel.DONO:
            elenco.dono = usuario.as_quem("demo")
        if papel == Papel.RECEPCAO:
            elenco.recepcao = usuario.as_quem("demo")
    for number, nome in enumerate(roteiro.clientes):
        telefone = f"(11) 90000-{number:04d}" if number % 3 else None
        elenco.clientes.append(register_cliente(session, quem=elenco.recepcao, nome=nome, telefone=telefone).id)
    for nome, quantidade, minimo in ITENS:
        item = register_item(session, quem=elenco.recepcao, nome=nome, quantidade=quantidade, minimo=minimo)
        elenco.itens.append(item.id)


def _register_recorrentes(session: Session, elenco: Elenco, month: Competencia) -> None:
    for dia, descricao, categoria, forma, centavos, later in RECORRENTES:
        register_recorrente(
            session,
            quem=elenco.dono,
            descricao=descricao,
            valor=from_centavos(centavos),
            forma=forma,
            categoria=categoria,
            dia=dia,
            desde=(month.next if later else month).first_day,
        )


def _list_deeds(roteiro: Roteiro) -> list[Planejado]:
    """All of the script in the order of its days; on one day sittings come first, then payments, then the rest."""
    deeds: list[Planejado] = [
        *roteiro.sessoes, *roteiro.pagamentos, *roteiro.estornos, *roteiro.gastos, *roteiro.movimentos,
        *list_acertos(roteiro),
    ]  # fmt: skip
    return sorted(deeds, key=lambda planned: planned.data)


def _enter(session: Session, elenco: Elenco, planned: Planejado) -> None:
    match planned:
        case SessaoPlanejada():
            _register_sessao(session, elenco, planned)
        case PagamentoPlanejado():
            _register_pagamento(session, elenco, planned)
        case EstornoPlanejado():
            reverse_pagamento(
                session,
                elenco.pagamentos[planned.pagamento],
                quem=elenco.dono,
                data=planned.data,
                valor=planned.valor,
                observacoes="Desistência; valor devolvido",
            )
        case GastoPlanejado():
            register_gasto(
                session,
                quem=elenco.dono,
                data=planned.data,
                valor=planned.valor,
                descricao=planned.descricao,
                forma=planned.forma,
                categoria=planned.categoria,
            )
        case AcertoPlanejado():
            _register_acerto(session, elenco, planned)
        case MovimentoPlanejado():
            item = elenco.itens[planned.item]
            move_item(session, item, quem=elenco.recepcao, delta=planned.delta, motivo=planned.motivo)


def _register_acerto(session: Session, elenco: Elenco, planned: AcertoPlanejado) -> None:
    """What is owed that day is paid; where nothing is, or it is the other who owes, nothing happens."""
    if planned.pagamento is not None:
        register_recebido(session, elenco.pagamentos[planned.pagamento], quem=elenco.dono)
        return
    artista_id = elenco.artistas[planned.artista]
    saldo = find_saldo(session, artista_id)
    valor = -SINAL[planned.tipo] * saldo if planned.valor is None else planned.valor
    if valor > 0:
        register_acerto(
            session,
            quem=elenco.dono,
            data=planned.data,
            artista_id=artista_id,
            tipo=planned.tipo,
            valor=valor,
            forma="pix" if planned.tipo in EM_DINHEIRO else None,
            motivo=planned.motivo,
        )


def _register_sessao(session: Session, elenco: Elenco, planned: SessaoPlanejada) -> None:
    sessao = register_sessao(
        session,
        quem=elenco.recepcao,
        data=planned.data,
        artista_id=elenco.artistas[planned.artista],
        valor=planned.valor,
        cliente_id=None if planned.cliente is None else elenco.clientes[planned.cliente],
        status=planned.status,
        observacoes=planned.observacoes,
        hora=planned.hora,
    )
    elenco.sessoes[planned.numero] = sessao.id


def _register_pagamento(session: Session, elenco: Elenco, planned: PagamentoPlanejado) -> None:
    pagamento = register_pagamento(
        session,
        quem=elenco.recepcao,
        data=planned.data,
        artista_id=elenco.artistas[planned.artista],
        valor=planned.valor,
        forma=planned.forma,
        cliente_id=None if planned.cliente is None else elenco.clientes[planned.cliente],
        sessoes=[elenco.sessoes[number] for number in planned.sessoes],
        percentual=planned.percentual,
        observacoes=planned.observacoes,
    )
    elenco.pagamentos[planned.numero] = pagamento.id
