"""Ways in that were tried from within: each once led further than its person may go."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cast import DIA, Cast, book, make_cliente, pay
from conftest import Banco
from flask import Flask
from sqlalchemy import text
from web.api.conftest import Programa, give_ficha, told
from web.conftest import EMAILS, SENHA, Browser, hidden_fields
from web.test_segundo_fator import answer, code, enable
from web.test_trocar import join, set_pin, switch

from estudio import clock, db
from estudio.services import tentativa_service

FATOR = "/conta/segundo-fator"


def test_whoever_knows_the_password_does_not_guess_the_factor_away(log_in: Callable[[str], Browser]) -> None:
    """The right password forgave the wrong code beside it, a million of which are soon tried."""
    here = log_in("dono")
    segredo, _paper = enable(here)
    with time_machine.travel(clock.now(), tick=False):
        seen = [
            here.post(f"{FATOR}/desligamento", {"senha": SENHA, "codigo": f"{n:06}"}, seen=FATOR).status_code
            for n in range(8)
        ]
        assert seen == [422] * 5 + [429] * 3
        right = {"senha": SENHA, "codigo": code(segredo)}
        assert here.post(f"{FATOR}/desligamento", right, seen=FATOR).headers["Retry-After"]
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        right = {"senha": SENHA, "codigo": code(segredo)}
        assert here.post(f"{FATOR}/desligamento", right, seen=FATOR).status_code == 303


def log_in_anew(browser: Browser, segredo: str) -> Browser:
    browser.login(EMAILS["dono"])
    assert answer(browser, code(segredo)) == 303
    return browser


def test_a_pin_and_a_password_together_are_no_second_factor(log_in: Callable[[str], Browser], cast: Cast) -> None:
    """Both are seen over a shoulder; new codes, or a passkey, would have let in for good whoever saw them."""
    desk = log_in("dono")
    segredo, _paper = enable(desk)
    assert set_pin(desk) == 303
    join(desk, "recepcao")
    assert switch(desk, cast.quem_ana.usuario_id) == 303
    asked = desk.post(f"{FATOR}/codigos", {"prova_senha": SENHA}, seen=FATOR)
    assert asked.status_code == 422
    assert "entrou pelo PIN" in asked.get_data(as_text=True)
    fields = hidden_fields(desk.get("/conta/chaves").get_data(as_text=True))
    assert desk.send("/conta/chaves/desafio", fields).status_code == 403
    assert desk.post("/conta/prova", {"prova_senha": SENHA}, seen="/conta/prova").status_code == 422
    assert desk.get("/usuarios/new").status_code == 303
    off = desk.post(f"{FATOR}/desligamento", {"senha": SENHA, "codigo": code(segredo)}, seen=FATOR)
    assert off.status_code == 422
    # By the door, with both, everything is as before.
    desk.send("/sair", hidden_fields(desk.get("/").get_data(as_text=True)))
    log_in_anew(desk, segredo)
    assert desk.post(f"{FATOR}/codigos", seen=FATOR).status_code == 200


def test_without_a_second_factor_the_password_still_proves_who_came_by_pin(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    desk = log_in("dono")
    assert set_pin(desk) == 303
    join(desk, "recepcao")
    assert switch(desk, cast.quem_ana.usuario_id) == 303
    assert desk.post("/conta/prova", {"prova_senha": SENHA}, seen="/conta/prova").status_code == 303
    assert desk.get("/usuarios/new").status_code == 200


def test_pins_that_count_for_nobody_are_not_looked_at_without_end(
    log_in: Callable[[str], Browser], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look takes a tenth of a second and much memory: two at a time would keep everybody else at the door."""
    monkeypatch.setitem(tentativa_service._LIVRES, "pin", 3)
    desk = log_in("recepcao")
    page = hidden_fields(desk.get("/trocar").get_data(as_text=True))
    nobody = page | {"pin": "4071", "pessoa": str(cast.quem_edu.usuario_id)}
    with time_machine.travel(clock.now(), tick=False):
        seen = [desk.send("/trocar", nobody) for _ in range(5)]
    assert [response.status_code for response in seen] == [422] * 3 + [429] * 2
    assert seen[-1].headers["Retry-After"]
    # Whose PIN counts here is kept waiting by none of it.
    assert set_pin(desk) == 303
    join(desk, "artista")
    assert switch(desk, cast.quem_caio.usuario_id) == 303


# --- others' clients --------------------------------------------------------------------------------------------------


def test_an_artista_learns_nobodys_name_by_booking_for_one_number_after_the_other(app: Flask, cast: Cast) -> None:
    bia = Programa(app.test_client(use_cookies=False), give_ficha(cast, "artista"))
    with db.transaction() as session:
        outra = make_cliente(session, "Zuleica Particular")
        pay(session, cast, "100.00", artista=cast.ana, cliente=outra)
        mine = book(session, cast, cliente=cast.dora)
    new = {"data": DIA.isoformat(), "artista_id": cast.bia.id, "valor": "0.00"}
    nobody = told(bia.post("/sessoes", new | {"cliente_id": 99_999}), 404, "nao_encontrado")
    for response in (
        bia.post("/sessoes", new | {"cliente_id": outra.id}),
        bia.patch(f"/sessoes/{mine.id}", {"cliente_id": outra.id, "versao": mine.versao}),
    ):
        refused = told(response, 404, "nao_encontrado")
        assert refused["detail"] == nobody["detail"].replace("99999", str(outra.id))
    for known in (cast.dora.id, None):
        told(bia.post("/sessoes", new | {"cliente_id": known}), 201)
    desk = Programa(app.test_client(use_cookies=False), give_ficha(cast, "recepcao"))
    told(desk.post("/sessoes", new | {"cliente_id": outra.id}), 201)


# --- what is left of who was erased -----------------------------------------------------------------------------------


def find_in_answers(banco: Banco) -> list[str]:
    with banco.connect_as_superuser() as superuser:
        rows = superuser.execute("select rota, resultado::text from estudio.idempotencia").fetchall()
    return [f"{rota} {resultado}" for rota, resultado in rows if re.search("Zuleica|98765|alergia|combinou", resultado)]


def test_who_was_erased_is_in_no_answer_that_a_program_got(
    app: Flask, log_in: Callable[[str], Browser], cast: Cast, banco: Banco
) -> None:
    """Under the key with which it would be told again, for a month, and in every backup of that month."""
    desk = Programa(app.test_client(use_cookies=False), give_ficha(cast, "recepcao"))

    def ask(path: str, corpo: dict[str, Any]) -> dict[str, Any]:
        return told(desk.post(path, corpo, headers={"Idempotency-Key": f"chave de {path}"}), 201)

    nome = 'Zuleica "Zu" Ação'
    new = {"nome": nome, "telefone": "(11) 98765-4321", "observacoes": "alergia a níquel"}
    cliente_id = ask("/clientes", new)["id"]
    booked = {"data": DIA.isoformat(), "artista_id": cast.bia.id, "valor": "90.00", "observacoes": "combinou desconto"}
    sessao_id = ask("/sessoes", booked)["id"]
    ask("/pagamentos", booked | {"forma": "pix", "cliente_id": cliente_id})
    # Whose it is was said only afterwards.
    told(desk.patch(f"/sessoes/{sessao_id}", {"cliente_id": cliente_id, "versao": 1}), 200)
    told(desk.post("/clientes", {"nome": "Dora Outra"}, headers={"Idempotency-Key": "chave de Dora"}), 201)
    assert len(find_in_answers(banco)) == 3
    pagina = f"/clientes/{cliente_id}/titular"
    fields = {"motivo": "pedido", "confirmacao": nome}
    assert log_in("dono").post(f"{pagina}/eliminacao", fields, seen=pagina).status_code == 303
    assert find_in_answers(banco) == []
    with db.transaction(read_only=True) as session:
        kept = set(session.scalars(text("select chave from estudio.idempotencia where usuario_id = 3")))
    assert kept == {"chave de Dora"}
