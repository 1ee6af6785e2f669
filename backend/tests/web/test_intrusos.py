"""Ways in that were tried from within: each once led further than its person may go."""

from collections.abc import Callable
from datetime import timedelta

import time_machine
from cast import Cast
from web.conftest import EMAILS, SENHA, Browser, hidden_fields
from web.test_segundo_fator import answer, code, enable
from web.test_trocar import join, set_pin, switch

from estudio import clock

FATOR = "/conta/segundo-fator"


def test_whoever_knows_the_password_does_not_guess_the_factor_away(log_in: Callable[[str], Browser]) -> None:
    """The right password forgave the wrong code beside it, a million of which are soon tried."""
    here = log_in("dono")
    segredo, _paper = enable(here)
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
