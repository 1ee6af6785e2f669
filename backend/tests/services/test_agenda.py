"""The agenda: an hour is one sessão's, booking by name, what each may see and take back, days laid out."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from cast import DIA, Cast, book, make_cast, make_cliente, pay
from conftest import Banco
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.agenda import ABRE, DURACAO, FECHA, find_vaga, lay_out, place_hora
from estudio.domain.artista import Artista
from estudio.domain.cliente import Cliente
from estudio.domain.errors import (
    AlteradoDepois,
    ClienteAmbiguo,
    DadosInvalidos,
    HorarioOcupado,
    NaoEncontrado,
    SemPermissao,
    SessaoJaPaga,
)
from estudio.domain.historico import Filtro
from estudio.domain.sessao import NAO_ACONTECE, Sessao
from estudio.domain.usuario import Quem
from estudio.services.agenda_service import book_sessao, count_marcadas, find_sessao_visivel, list_agenda, list_marcadas
from estudio.services.desfazer_service import undo_delete_sessao, undo_edit_sessao, undo_register_sessao
from estudio.services.historico_service import get_historico
from estudio.services.horario_service import find_proxima_vaga
from estudio.services.sessao_service import cancel_sessao, delete_sessao, edit_sessao, finish_sessao

DE_DIA = Filtro.of_day(DIA)


def mark(
    session: Session, cast: Cast, hora: str, minutos: int | None = None, *, quem: Quem | None = None, **campos: Any
) -> Sessao:
    """A booking at an hour, with Bia and for Dora unless others are named: `mark(session, cast, "14:00")`."""
    given: dict[str, Any] = {
        "nome": "Dora",
        "data": DIA,
        "artista_id": cast.bia.id,
        "hora": time.fromisoformat(hora),
        "duracao": minutos,
        "valor": Decimal("300.00"),
        "observacoes": None,
    }
    return book_sessao(session, quem=quem or cast.quem_caio, **given | campos)


def test_a_sessao_is_booked_by_name_for_two_hours_unless_said_otherwise(session: Session) -> None:
    cast = make_cast(session)
    sessao = mark(session, cast, "14:00")
    assert (sessao.cliente_id, sessao.duracao, sessao.status) == (cast.dora.id, DURACAO, "agendada")
    nova = mark(session, cast, "16:00", 30, nome="Nina Rosa")
    assert session.get_one(Cliente, nova.cliente_id).nome == "Nina Rosa"
    assert mark(session, cast, "17:00", nome=None).cliente_id is None


@pytest.mark.parametrize(
    ("hora", "minutos"), [("14:00", 120), ("13:00", 61), ("15:59", 5), ("12:00", 600), ("14:30", 30)]
)
def test_an_artista_is_in_one_place_at_a_time(session: Session, hora: str, minutos: int) -> None:
    cast = make_cast(session)
    mark(session, cast, "14:00")
    with pytest.raises(HorarioOcupado, match="Bia já tem uma sessão das 14:00 às 16:00 neste dia"):
        mark(session, cast, hora, minutos)
    # Another artista's hour, and another day's, are others.
    mark(session, cast, hora, minutos, artista_id=cast.ana.id)
    mark(session, cast, hora, minutos, data=DIA + timedelta(days=2))


def test_one_begins_when_the_other_ends_and_what_is_cancelled_takes_no_place(session: Session) -> None:
    cast = make_cast(session)
    sessao = mark(session, cast, "14:00")
    mark(session, cast, "16:00")
    mark(session, cast, "12:00")
    for status in NAO_ACONTECE:
        edit_sessao(session, sessao.id, quem=cast.quem_caio, status=status)
        outra = mark(session, cast, "14:00")
        with pytest.raises(HorarioOcupado):
            edit_sessao(session, sessao.id, quem=cast.quem_caio, status="confirmada")
        session.refresh(sessao)
        undo_register_sessao(session, outra.id, quem=cast.quem_caio)
    edit_sessao(session, sessao.id, quem=cast.quem_caio, status="confirmada")


def test_the_night_belongs_to_the_day_before(session: Session) -> None:
    cast = make_cast(session)
    mark(session, cast, "23:00", 240)
    with pytest.raises(HorarioOcupado, match="das 23:00 às 03:00"):
        mark(session, cast, "01:30", 60)
    # The same hour of the same calendar day, but of the evening before.
    mark(session, cast, "01:30", 60, data=DIA - timedelta(days=1))
    assert place_hora(DIA, time(1, 30)) == datetime(2026, 10, 16, 1, 30)
    # What runs beyond the turn is in the way of the next day's first.
    mark(session, cast, "03:00", 120)
    with pytest.raises(HorarioOcupado):
        mark(session, cast, "04:30", 30, data=DIA + timedelta(days=1))


def test_what_has_no_hour_is_in_nobodys_way(session: Session) -> None:
    """As version 4 kept them: any number a day, whatever was booked twice there."""
    cast = make_cast(session)
    for _ in range(3):
        assert book(session, cast).horario is None
    sessao = mark(session, cast, "14:00")
    edit_sessao(session, sessao.id, quem=cast.quem_caio, hora=None)
    assert (sessao.hora, sessao.duracao) == (None, None)
    mark(session, cast, "14:00")


@pytest.mark.parametrize("minutos", [0, 4, 1441, -60])
def test_an_impossible_length_is_refused(session: Session, minutos: int) -> None:
    cast = make_cast(session)
    with pytest.raises(DadosInvalidos, match="durar"):
        mark(session, cast, "14:00", minutos)
    with pytest.raises(DadosInvalidos, match="hora e minuto"):
        mark(session, cast, "14:00:30")


def test_the_database_holds_it_too_and_its_name_becomes_the_sentence(banco: Banco) -> None:
    with db.transaction() as session:
        cast = make_cast(session)
        sessao = mark(session, cast, "14:00")
        outra = mark(session, cast, "16:00")
    with (
        pytest.raises(HorarioOcupado, match="O artista já tem uma sessão das 14:00 às 16:00 neste dia"),
        db.transaction() as session,
    ):
        session.execute(text("update estudio.sessoes set hora = '15:00' where id = :id"), {"id": outra.id})
    assert sessao.id != outra.id
    with banco.connect() as connection:
        assert connection.execute("select count(*) from estudio.sessoes where hora is not null").fetchone() == (2,)


def test_a_move_and_a_cancellation_are_taken_back(session: Session) -> None:
    cast = make_cast(session)
    sessao = mark(session, cast, "14:00", quem=cast.quem_bia)
    edit_sessao(session, sessao.id, quem=cast.quem_bia, data=date(2026, 10, 20), hora=time(10), duracao=60)
    session.expire(sessao)
    undo_edit_sessao(session, sessao.id, quem=cast.quem_bia, versao=sessao.versao)
    assert (sessao.data, sessao.hora, sessao.duracao) == (DIA, time(14), DURACAO)
    cancel_sessao(session, sessao.id, quem=cast.quem_bia)
    session.expire(sessao)
    with pytest.raises(AlteradoDepois):
        undo_edit_sessao(session, sessao.id, quem=cast.quem_bia, versao=sessao.versao - 1)
    outra = mark(session, cast, "15:00")
    with pytest.raises(HorarioOcupado):
        undo_edit_sessao(session, sessao.id, quem=cast.quem_bia)
    session.refresh(sessao)
    undo_register_sessao(session, outra.id, quem=cast.quem_caio)
    assert undo_edit_sessao(session, sessao.id, quem=cast.quem_bia).status == "agendada"


def test_what_is_deleted_comes_back_with_its_hour_if_that_is_still_free(session: Session) -> None:
    cast = make_cast(session)
    sessao = mark(session, cast, "14:00")
    delete_sessao(session, sessao.id, quem=cast.quem_ana)
    back = undo_delete_sessao(session, sessao.id, quem=cast.quem_ana)
    assert (back.hora, back.duracao) == (time(14), DURACAO)


def test_a_booking_is_taken_back_by_who_made_it_while_nobody_touched_it(session: Session) -> None:
    cast = make_cast(session)
    sessao = mark(session, cast, "14:00")
    with pytest.raises(SemPermissao, match="Quem marcou foi outra pessoa"):
        undo_register_sessao(session, sessao.id, quem=cast.quem_bia)
    paga = mark(session, cast, "10:00")
    pay(session, cast, "300.00", sessoes=[paga])
    with pytest.raises(SessaoJaPaga):
        undo_register_sessao(session, paga.id, quem=cast.quem_ana)
    finish_sessao(session, sessao.id, quem=cast.quem_caio)
    with pytest.raises(AlteradoDepois):
        undo_register_sessao(session, sessao.id, quem=cast.quem_caio)
    outra = mark(session, cast, "18:00")
    undo_register_sessao(session, outra.id, quem=cast.quem_ana)
    assert session.scalars(select(Sessao.id).where(Sessao.hora == time(18))).all() == []


def test_an_artista_books_moves_and_sees_own_ones_and_no_phone(session: Session) -> None:
    cast = make_cast(session)
    make_cliente(session, "DORA", telefone="(11) 95555-0000")
    with pytest.raises(ClienteAmbiguo) as ambiguo:
        mark(session, cast, "14:00", quem=cast.quem_bia)
    assert "Dora" in str(ambiguo.value.details)
    assert "95555" not in str(ambiguo.value.details)
    own = mark(session, cast, "14:00", quem=cast.quem_bia, nome="Nina")
    others = mark(session, cast, "14:00", artista_id=cast.ana.id, nome=None)
    assert [linha.id for linha in list_agenda(session, DE_DIA, quem=cast.quem_bia)] == [own.id]
    assert [linha.id for linha in list_marcadas(session, DE_DIA, quem=cast.quem_bia).linhas] == [own.id]
    assert count_marcadas(session, DE_DIA, quem=cast.quem_bia).quantidade == 1
    with pytest.raises(NaoEncontrado):
        list_agenda(session, Filtro.of_day(DIA, artista_id=cast.ana.id), quem=cast.quem_bia)
    with pytest.raises(NaoEncontrado):
        find_sessao_visivel(session, others.id, quem=cast.quem_bia)
    with pytest.raises(NaoEncontrado):
        mark(session, cast, "18:00", artista_id=cast.ana.id, quem=cast.quem_bia)
    for deed in (undo_edit_sessao, undo_register_sessao):
        with pytest.raises(NaoEncontrado):
            deed(session, others.id, quem=cast.quem_bia)
    asks: tuple[Callable[..., object], ...] = (list_agenda, list_marcadas, count_marcadas)
    for ask in asks:
        with pytest.raises(SemPermissao):
            ask(session, DE_DIA, quem=cast.quem_edu)
    with pytest.raises(SemPermissao):
        mark(session, cast, "20:00", quem=cast.quem_edu)


def test_the_list_pages_by_key_and_sums_what_it_shows(session: Session) -> None:
    cast = make_cast(session)
    filtro = Filtro(inicio=date(2026, 10, 1), fim=date(2026, 11, 1))
    sessoes = [book(session, cast, f"{n}.00", data=date(2026, 10, 1 + n % 7)) for n in range(1, 12)]
    pay(session, cast, "1.00", sessoes=sessoes[:3], data=date(2026, 11, 3))
    seen, cursor = list[int](), None
    while True:
        pagina = list_marcadas(session, filtro, quem=cast.quem_caio, depois_de=cursor, limite=4)
        seen += [linha.id for linha in pagina.linhas]
        cursor = pagina.proxima
        if cursor is None:
            break
    assert sorted(seen) == [sessao.id for sessao in sessoes]
    assert len(set(seen)) == 11
    assert count_marcadas(session, filtro, quem=cast.quem_caio) == (11, Decimal("66.00"))
    assert count_marcadas(session, filtro, quem=cast.quem_caio, paga=True) == (3, Decimal("6.00"))
    assert len(list_marcadas(session, filtro, quem=cast.quem_caio, paga=False).linhas) == 8


def test_the_status_moves_nothing_in_the_historico(session: Session) -> None:
    cast = make_cast(session)
    paga, solta = mark(session, cast, "14:00"), mark(session, cast, "16:00")
    pay(session, cast, "300.00", sessoes=[paga])
    for status in ("cancelada", "faltou", "realizada", "confirmada", "agendada"):
        for sessao in (paga, solta):
            edit_sessao(session, sessao.id, quem=cast.quem_caio, status=status)
        historico = get_historico(session, Filtro(inicio=DIA.replace(day=1), fim=date(2026, 11, 1)), quem=cast.quem_ana)
        assert [linha.id for linha in historico.sessoes.linhas] == [paga.id]
        assert [linha.id for linha in historico.pendencias.linhas] == [solta.id]


def test_a_day_is_laid_out_in_quarters_with_what_is_free_between(session: Session) -> None:
    cast = make_cast(session)
    mark(session, cast, "10:30", 45)
    mark(session, cast, "11:20", 5)
    mark(session, cast, "11:25", 5)
    mark(session, cast, "22:00", 90)
    cancel_sessao(session, mark(session, cast, "15:00").id, quem=cast.quem_caio)
    book(session, cast, artista=cast.ana)
    folha = lay_out(DIA, [(cast.bia.id, "Bia")], list_agenda(session, DE_DIA, quem=cast.quem_caio))
    bia, ana = folha.colunas
    # No gap and no overlap, from the first line to the last.
    assert bia.trechos[0].de == folha.horas[0].de == (ABRE.hour - 4) * 4
    assert bia.trechos[-1].ate == folha.horas[-1].ate == (24 - 4) * 4
    assert all(one.ate == other.de for one, other in zip(bia.trechos, bia.trechos[1:], strict=False))
    assert [x.hora.isoformat("minutes") for x in bia.trechos if x.sessao] == ["10:30", "11:20", "11:25", "22:00"]
    assert [x.hora for x in bia.trechos if x.oferece][:3] == [time(9), time(10), time(12)]
    assert (len(bia.canceladas), len(ana.sem_hora), ana.nome) == (1, 1, "Ana")


def test_the_night_is_at_the_end_of_its_day(session: Session) -> None:
    cast = make_cast(session)
    mark(session, cast, "01:30", 240)
    folha = lay_out(DIA, [], list_agenda(session, DE_DIA, quem=cast.quem_caio))
    assert (folha.colunas[0].trechos[-1].hora, folha.horas[-1].ate) == (time(1, 30), 96)


def test_the_next_gap_is_found_between_what_is_booked(session: Session) -> None:
    cast = make_cast(session)
    dia = clock.today() + timedelta(days=3)

    def next_gap(artista: Artista) -> time | None:
        found = find_proxima_vaga(session, artista.id, dia)
        return None if found is None else found[1]

    assert next_gap(cast.bia) == ABRE
    mark(session, cast, "09:00", 120, data=dia)
    mark(session, cast, "12:30", 120, data=dia)
    assert next_gap(cast.bia) == time(14, 30)
    assert next_gap(cast.ana) == ABRE
    mark(session, cast, "14:30", 600, data=dia)
    assert next_gap(cast.bia) is None
    assert find_vaga(datetime.combine(dia, time(15, 1)), dia, []) == time(15, 30)
    assert find_vaga(datetime.combine(dia, FECHA), dia, []) is None
