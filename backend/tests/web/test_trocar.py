"""Several people at one browser: who may take it over by a PIN, for how long, after how many errors, and who never."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from cast import Cast
from conftest import Banco
from flask import Flask
from itsdangerous import TimestampSigner
from web.conftest import EMAILS, SENHA, Browser

from estudio import clock, db
from estudio.domain.conta import ensure_pin
from estudio.domain.errors import PinInvalido, PinRecusado
from estudio.services.acesso_service import find_usuario
from estudio.services.turno_service import switch_in_own_transactions
from estudio.services.usuario_service import change_senha, edit_usuario

PIN = "4071"
ERRADO = "9350"


def set_pin(browser: Browser, pin: str = PIN, atual: str = SENHA) -> int:
    fields = {"atual": atual, "pin": pin, "outra_vez": pin}
    return browser.post("/conta/pin", fields, seen="/conta/pin").status_code


def switch(browser: Browser, usuario_id: int | None, pin: str = PIN) -> int:
    return browser.post("/trocar", {"pin": pin, "pessoa": str(usuario_id)}, seen="/trocar").status_code


def join(browser: Browser, papel: str) -> None:
    """Another person gives her password in a browser in which somebody is logged in."""
    fields = {"email": EMAILS[papel], "senha": SENHA}
    assert browser.post("/entrar", fields, seen="/entrar?outra=1").status_code == 303


def who(browser: Browser) -> str:
    """The name in the header."""
    page = browser.get("/").get_data(as_text=True)
    return page.partition('<span class="nome">')[2].partition("<")[0]


@pytest.fixture
def desk(log_in: Callable[[str], Browser]) -> Browser:
    """Caio has logged in and set a PIN, and then Bia has: the browser is hers."""
    browser = log_in("recepcao")
    assert set_pin(browser) == 303
    join(browser, "artista")
    return browser


def test_a_pin_takes_the_browser_over_and_back(desk: Browser, cast: Cast) -> None:
    assert who(desk) == "Bia"
    assert set_pin(desk, "80351") == 303
    page = desk.get("/trocar").get_data(as_text=True)
    assert ">Caio</button>" in page
    assert ">Bia</button>" not in page
    bias = desk.cookie("sessao")
    assert switch(desk, cast.quem_caio.usuario_id) == 303
    assert who(desk) == "Caio"
    assert 'href="/trocar">Trocar pessoa</a>' in desk.get("/").get_data(as_text=True)
    assert switch(desk, cast.quem_bia.usuario_id, "80351") == 303
    assert who(desk) == "Bia"
    # A copy of what the browser held before is worth nothing.
    assert desk.cookie("sessao") != bias
    desk.client.set_cookie("sessao", bias or "", domain="localhost")
    assert desk.get("/").status_code == 303


def test_a_wrong_pin_and_nobodys_are_told_the_same(desk: Browser, cast: Cast) -> None:
    told = set()
    for usuario_id, pin in (
        (cast.quem_caio.usuario_id, ERRADO),
        (cast.quem_ana.usuario_id, PIN),
        (999, PIN),
    ):
        page = desk.post("/trocar", {"pin": pin, "pessoa": str(usuario_id)}, seen="/trocar")
        told.add((page.status_code, page.get_data(as_text=True).partition('class="resumo"')[2].partition("</div>")[0]))
    assert len(told) == 1
    assert next(iter(told))[0] == 422
    assert "O PIN não confere" in next(iter(told))[1]
    assert who(desk) == "Bia"


def test_nobodys_pin_is_looked_at_as_long_as_somebodys(
    desk: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def look(_: str, kept: str) -> bool:
        looked.append(kept)
        return False

    monkeypatch.setattr("estudio.services.turno_service.is_senha", look)
    for usuario_id in (cast.quem_caio.usuario_id, cast.quem_ana.usuario_id, 999):
        switch(desk, usuario_id)
    assert len(looked) == 3
    assert {kept.rsplit("$", 2)[0] for kept in looked} == {"$argon2id$v=19$m=65536,t=3,p=2"}


def test_after_five_wrong_pins_only_the_password_works(desk: Browser, cast: Cast) -> None:
    caio = cast.quem_caio.usuario_id
    assert [switch(desk, caio, ERRADO) for _ in range(5)] == [422] * 5
    assert switch(desk, caio) == 422
    assert ">Caio</button>" not in desk.get("/trocar").get_data(as_text=True)
    assert who(desk) == "Bia"
    join(desk, "recepcao")
    assert set_pin(desk, "80351") == 303
    join(desk, "artista")
    assert switch(desk, caio, "80351") == 303


def test_a_right_pin_forgives_no_wrong_one(desk: Browser, cast: Cast) -> None:
    """Else who sits beside guesses four times, waits for the person, and guesses four times more."""
    caio, bia = cast.quem_caio.usuario_id, cast.quem_bia.usuario_id
    set_pin(desk, "80351")
    for _ in range(2):
        assert [switch(desk, caio, ERRADO) for _ in range(2)] == [422, 422]
        assert switch(desk, caio) == 303
        assert switch(desk, bia, "80351") == 303
    assert switch(desk, caio, ERRADO) == 422
    assert switch(desk, caio) == 422


def test_many_guesses_at_one_moment_are_counted_one_by_one(desk: Browser, cast: Cast) -> None:
    aparelho = (desk.cookie("aparelho") or "").split(".")[0]
    outcomes: list[bool] = []

    def guess() -> None:
        try:
            switch_in_own_transactions(
                aparelho=aparelho, usuario_id=cast.quem_caio.usuario_id or 0, pin=ERRADO, navegador="x", origem="web"
            )
        except PinRecusado:
            outcomes.append(False)

    threads = [threading.Thread(target=guess) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [False] * 9
    with db.transaction(read_only=True) as session:
        assert session.connection().exec_driver_sql("select max(falhas) from turnos").scalar() == 5


@pytest.mark.parametrize("way", ["tempo", "sair", "senha", "papel", "inativo", "apagado", "encerrado"])
def test_a_pin_is_worth_nothing(desk: Browser, cast: Cast, log_in: Callable[[str], Browser], way: str) -> None:
    caio = cast.quem_caio.usuario_id or 0
    later = timedelta(0)
    match way:
        case "tempo":
            later = timedelta(hours=12, seconds=1)
        case "sair":
            assert switch(desk, caio) == 303
            assert desk.post("/sair", seen="/").status_code == 303
        case "apagado":
            assert log_in("recepcao").post("/conta/pin/exclusao", seen="/conta").status_code == 303
        case "encerrado":
            dono = log_in("dono")
            assert dono.post(f"/usuarios/{caio}/encerramento", seen=f"/usuarios/{caio}/edit").status_code == 303
        case _:
            with db.transaction() as session:
                if way == "senha":
                    change_senha(session, caio, quem=cast.quem_ana, senha=SENHA + " mais")
                elif way == "papel":
                    edit_usuario(session, caio, quem=cast.quem_ana, papel="contador")
                else:
                    edit_usuario(session, caio, quem=cast.quem_ana, ativo=False)
    with time_machine.travel(clock.now() + later):
        assert ">Caio</button>" not in desk.get("/trocar").get_data(as_text=True)
        assert switch(desk, caio) == 422


def test_what_a_pin_opened_ends_twelve_hours_after_the_password(desk: Browser, cast: Cast) -> None:
    now = clock.now()
    with time_machine.travel(now + timedelta(hours=11, minutes=50)):
        assert switch(desk, cast.quem_caio.usuario_id) == 303
        assert who(desk) == "Caio"
    with time_machine.travel(now + timedelta(hours=12, minutes=1)):
        assert desk.get("/").status_code == 303


def test_in_another_browser_a_pin_is_worth_nothing(
    desk: Browser, log_in: Callable[[str], Browser], app: Flask, cast: Cast
) -> None:
    others, nobodys = log_in("contador"), Browser(app.test_client())
    for browser in (others, nobodys):
        assert switch(browser, cast.quem_caio.usuario_id) == 422
    # A name that somebody signed otherwise is none.
    nobodys.client.set_cookie("aparelho", desk.cookie("aparelho") or "" + "x", domain="localhost")
    forged = (desk.cookie("aparelho") or "").split(".")
    nobodys.client.set_cookie("aparelho", ".".join([*forged[:-1], "forjada"]), domain="localhost")
    assert switch(nobodys, cast.quem_caio.usuario_id) == 422


def test_a_dono_has_a_pin_only_if_she_set_one_and_the_trail_tells_it_from_a_password(
    log_in: Callable[[str], Browser], cast: Cast, banco: Banco
) -> None:
    browser = log_in("dono")
    join(browser, "recepcao")
    assert switch(browser, cast.quem_ana.usuario_id) == 422
    join(browser, "dono")
    set_pin(browser)
    join(browser, "recepcao")
    assert switch(browser, cast.quem_ana.usuario_id) == 303
    assert who(browser) == "Ana"
    with banco.connect_as_superuser() as superuser:
        row = superuser.execute(
            "select quem = %s, origem, motivo, depois ->> 'por_pin' from auditoria"
            " where tabela = 'acessos' and acao = 'insert' order by id desc limit 1",
            [cast.quem_ana.usuario_id],
        ).fetchone()
        secrets = superuser.execute(
            "select count(*) from auditoria where coalesce(depois, antes) ? 'senha_hash' or tabela = 'turnos'"
        ).fetchone()
        pins = superuser.execute("select acao from auditoria where tabela = 'pins'").fetchall()
    assert row == (True, "web", "Entrou pelo PIN", "true")
    assert secrets == (0,)
    assert pins == [("insert",)]


def test_a_pin_is_set_by_the_password_alone(log_in: Callable[[str], Browser], banco: Banco) -> None:
    browser = log_in("recepcao")
    response = browser.post(
        "/conta/pin", {"atual": "outra senha qualquer", "pin": PIN, "outra_vez": PIN}, seen="/conta/pin"
    )
    assert response.status_code == 422
    assert 'id="atual-erro"' in response.get_data(as_text=True)
    assert set_pin(browser, "1234") == 422
    assert (
        browser.post("/conta/pin", {"atual": SENHA, "pin": PIN, "outra_vez": "4072"}, seen="/conta/pin").status_code
        == 422
    )
    with banco.connect() as connection:
        assert connection.execute("select count(*) from pins").fetchone() == (0,)
    assert set_pin(browser) == 303
    with banco.connect() as connection:
        kept = connection.execute("select senha_hash from pins").fetchone()
    assert kept is not None
    assert kept[0].startswith("$argon2id$")


@pytest.mark.parametrize(
    "pin",
    [
        "", "123", "1234", "4321", "0000", "7777777", "1212", "456456", "90123", "123456789", "12a4",
        "\uff11\uff12\uff14\uff17", " 4071", "4071\n", "-471",
    ],
)  # fmt: skip
def test_a_pin_that_everybody_tries_first_is_refused(pin: str) -> None:
    with pytest.raises(PinInvalido):
        ensure_pin(pin)


@pytest.mark.parametrize("pin", ["4071", "80351", "19840612", "1123"])
def test_other_digits_are_a_pin(pin: str) -> None:
    ensure_pin(pin)


def test_who_logged_out_is_no_longer_offered_and_the_browser_still_knows_her(desk: Browser, cast: Cast) -> None:
    assert desk.post("/sair", seen="/").status_code == 303
    page = desk.get("/trocar").get_data(as_text=True)
    # Bia left; Caio did not, and takes the browser over although nobody is logged in.
    assert ">Caio</button>" in page
    assert switch(desk, cast.quem_caio.usuario_id) == 303
    assert "Trocar pessoa</a></li>" in desk.get("/").get_data(as_text=True)


def test_somebody_elses_errors_in_a_shared_browser_are_not_forgiven_by_ones_own_password(
    desk: Browser, cast: Cast
) -> None:
    """The counter of a known browser is one person's: a colleague does not reset it by logging in."""
    with time_machine.travel(clock.now(), tick=False):
        codes = []
        for _ in range(3):
            for _ in range(4):
                fields = {"email": EMAILS["recepcao"], "senha": "mastiga granito azul"}
                codes.append(desk.post("/entrar", fields, seen="/entrar?outra=1").status_code)
            join(desk, "artista")
    assert codes == [422] * 10 + [429] * 2
    assert cast.quem_caio.usuario_id is not None


def test_a_browser_of_one_account_is_read_as_before(app: Flask, log_in: Callable[[str], Browser]) -> None:
    """The cookie of the versions before: a name and one account, without a moment."""
    browser = log_in("recepcao")
    nome, conta, *_ = (browser.cookie("aparelho") or "").split(".")
    signer = TimestampSigner(app.secret_key or "", salt="estudio-aparelho")
    old = signer.sign(f"{nome}.{conta.partition('-')[0]}").decode()
    browser.client.set_cookie("aparelho", old, domain="localhost")
    join(browser, "artista")
    assert (browser.cookie("aparelho") or "").startswith(f"{nome}.{conta.partition('-')[0]}-0.")


def test_the_acesso_of_a_pin_belongs_to_its_person(desk: Browser, cast: Cast) -> None:
    switch(desk, cast.quem_caio.usuario_id)
    chave = (desk.cookie("sessao") or "").rsplit(".", 2)[0]
    with db.transaction(read_only=True) as session:
        found = find_usuario(session, chave)
    assert found is not None
    assert found.id == cast.quem_caio.usuario_id


def test_what_a_pin_opened_is_asked_for_the_password_before_peoples_access(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    browser = log_in("dono")
    set_pin(browser)
    join(browser, "recepcao")
    assert switch(browser, cast.quem_ana.usuario_id) == 303
    assert browser.get("/usuarios").status_code == 200
    response = browser.get("/usuarios/new")
    assert (response.status_code, response.location.partition("?")[0]) == (303, "/conta/prova")
    caio = cast.quem_caio.usuario_id
    asked = browser.post(f"/usuarios/{caio}/desativacao", seen="/usuarios")
    assert asked.status_code == 403
    assert 'name="prova_senha"' in asked.get_data(as_text=True)
    assert "inativo" not in browser.get("/usuarios").get_data(as_text=True)
    done = browser.post(f"/usuarios/{caio}/desativacao", {"prova_senha": SENHA}, seen="/usuarios")
    assert done.status_code == 303
    assert "inativo" in browser.get("/usuarios").get_data(as_text=True)
