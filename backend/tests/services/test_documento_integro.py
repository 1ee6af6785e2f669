"""What the program makes is whole, whatever the month holds: verificar.py, which writes all of it anew, says so."""

import random
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from cast import Cast, book, make_artista, make_cast, make_cliente, pay, shut, spend
from conftest import Banco
from services.test_acerto import settle
from services.test_documento_pacote import DIA, SETEMBRO, STEM, close, make
from sqlalchemy import text

from estudio import db
from estudio.domain.acerto import Tipo
from estudio.domain.titular import Motivo
from estudio.services import documento_pdf
from estudio.services import documento_verificar as verificar
from estudio.services.acerto_service import register_recebido
from estudio.services.eliminacao_service import erase_titular
from estudio.services.extrato_service import reopen_extrato
from estudio.services.pagamento_service import reverse_pagamento

SINAIS = "aZ09 \t\n\r\x01\x0b\x1f\x7f\x85\u00a0\u2028\u202e\ufeff\ufffe\uffff&<>\"';=+@-_x0D4é🐙\u0301\u05d0"
"""What some writer or reader takes for something else."""


@pytest.fixture
def cast(banco: Banco) -> Cast:
    del banco
    with db.transaction() as session:
        return make_cast(session)


def one_payment(cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "0.01", data=DIA, artista=cast.ana)


def only_gastos(cast: Cast) -> None:
    """None with a categoria, and one of the largest amount."""
    with db.transaction() as session:
        spend(session, cast, "9999999.99", data=DIA, descricao="d" * 20_000)
        spend(session, cast, "0.01", data=date(2025, 9, 30), descricao="🐙" * 10_000)


def below_zero(cast: Cast) -> None:
    with db.transaction() as session:
        pago = pay(session, cast, "500.00", data=date(2025, 8, 9))
        reverse_pagamento(session, pago.id, quem=cast.quem_caio, data=DIA, valor=Decimal("500.00"), forma="pix")
    with db.transaction() as session:
        shut(session, "2025-08")


def only_acertos(cast: Cast) -> None:
    with db.transaction() as session:
        settle(session, cast, Tipo.VALE, "10.00", data=DIA, motivo=None)
        settle(session, cast, Tipo.BONUS, "10.00", data=DIA, motivo=" motivo ")


def kept_by_the_artista(cast: Cast) -> None:
    """A pagamento that she kept, given back in part."""
    with db.transaction() as session:
        pago = pay(session, cast, "500.00", data=DIA)
        register_recebido(session, pago.id, quem=cast.quem_ana)
        reverse_pagamento(session, pago.id, quem=cast.quem_caio, data=DIA, valor=Decimal("100.00"), forma="pix")


def any_text(cast: Cast) -> None:
    """Names and descriptions of signs at random, with a seed."""
    chance = random.Random(11)
    with db.transaction() as session:
        for number in range(1, 60):
            texto = "".join(chance.choice(SINAIS) for _ in range(chance.randint(1, 30)))
            spend(session, cast, f"{number}.15", data=DIA, descricao=f"{texto}{number}")
            nome = f"{number}{texto}".replace("\n", " ")
            cliente, artista = make_cliente(session, nome), make_artista(session, nome, percentual=number)
            sessao = book(session, cast, "9.95", data=DIA.replace(day=1), artista=artista, cliente=cliente)
            pay(session, cast, f"{number}.95", data=DIA, artista=artista, cliente=cliente, sessoes=[sessao])
            settle(session, cast, Tipo.DESCONTO, "1.00", data=DIA, motivo=f"motivo {texto}", artista_id=artista.id)


MESES = [one_payment, only_gastos, below_zero, only_acertos, kept_by_the_artista, any_text]


@pytest.mark.parametrize("month", MESES, ids=lambda month: month.__name__)
def test_a_month_of_any_kind_is_whole(cast: Cast, month: Callable[[Cast], None], tmp_path: Path) -> None:
    month(cast)
    close()
    assert verify(make(cast), tmp_path).startswith("2025-09, versão 1, ")


def test_a_second_version_without_somebody_is_whole(cast: Cast, tmp_path: Path) -> None:
    with db.transaction() as session:
        pay(session, cast, "500.00", data=DIA, cliente=make_cliente(session, "Ludmila Ferraz"))
    close()
    reopen_extrato(SETEMBRO, motivo="faltou um", quem=cast.quem_ana)
    with db.transaction() as session:
        pay(session, cast, "1.00", data=DIA)
        cliente_id = session.scalars(text("select id from estudio.clientes where nome = 'Ludmila Ferraz'")).one()
    close()
    assert verify(make(cast), tmp_path).startswith("2025-09, versão 2, ")
    with db.transaction() as session:
        erase_titular(session, cliente_id, quem=cast.quem_ana, motivo=Motivo.PEDIDO, confirmacao="Ludmila Ferraz")
    assert verify(make(cast), tmp_path).startswith("2025-09, versão 2, ")


def test_what_lies_beside_says_whether_the_paper_has_the_lines(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_payment(cast)
    close()
    assert "com todas as linhas em anexo" in read_leia(make(cast), tmp_path)
    reopen_extrato(SETEMBRO, motivo="outra vez", quem=cast.quem_ana)
    monkeypatch.setattr(documento_pdf, "LINHAS_NO_ANEXO", 0)
    monkeypatch.setattr(verificar, "NO_ANEXO", 0)
    close()
    payload = make(cast)
    assert "as linhas, que são muitas para papel, não estão nele" in read_leia(payload, tmp_path)
    verify(payload, tmp_path)


def verify(payload: bytes, folder: Path) -> str:
    path = folder / "pacote.zip"
    path.write_bytes(payload)
    wrong, told = verificar.verify(path)
    assert wrong == []
    return told


def read_leia(payload: bytes, folder: Path) -> str:
    (folder / "pacote.zip").write_bytes(payload)
    with zipfile.ZipFile(folder / "pacote.zip") as archive:
        assert f"{STEM}.pdf" in archive.namelist()
        return archive.read("LEIA-ME.txt").decode()
