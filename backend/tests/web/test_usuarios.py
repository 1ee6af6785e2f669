"""Usuários as the dono keeps them: made by a password or by a link, changed, let out and in again, logged out."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from carteiro import Carteiro
from cast import Cast
from conftest import Banco
from flask import Flask
from sqlalchemy import event
from web.conftest import EMAILS, SENHA, Browser, find_link

from estudio import clock, db

NOVA = "granito violeta mastiga"

NINA = {"nome": "Nina", "email": "nina@estudio.example", "papel": "recepcao", "artista_id": ""}


@pytest.fixture
def dono(log_in: Callable[[str], Browser]) -> Browser:
    return log_in("dono")


def make(browser: Browser, **fields: str) -> str:
    """Send the form, and read the page after it."""
    response = browser.post("/usuarios", NINA | fields, seen="/usuarios/new")
    assert response.status_code == 303, response.get_data(as_text=True)
    return browser.get(response.location).get_data(as_text=True)


def find_main(page: str) -> str:
    return page.partition("<main")[2]


def versao(browser: Browser, usuario_id: int | None) -> str:
    page = browser.get(f"/usuarios/{usuario_id}/edit").get_data(as_text=True)
    return str(re.findall(r'name="versao"[^>]*value="(\d+)"', page)[0])


def change(browser: Browser, usuario_id: int | None, **fields: str) -> int:
    path = f"/usuarios/{usuario_id}"
    sent = {"versao": versao(browser, usuario_id)} | fields
    return browser.post(path, sent, seen=f"{path}/edit").status_code


def test_the_list_shows_everybody_and_how_they_stand(
    dono: Browser, log_in: Callable[[str], Browser], cast: Cast
) -> None:
    log_in("recepcao")
    dono.post(f"/usuarios/{cast.quem_edu.usuario_id}/desativacao", seen="/usuarios")
    page = dono.get("/usuarios").get_data(as_text=True).partition("<table")[2]
    for words in ("Ana", "Bia", "Caio", "Edu", "dentro em 1 navegador", "fora", "inativo", EMAILS["artista"]):
        assert words in page
    assert page.index("Edu") > page.index("Caio")


def test_with_a_password_a_person_logs_in_at_once(dono: Browser, browser: Browser, carteiro: Carteiro) -> None:
    page = make(dono, senha=NOVA)
    assert "/senha/" not in page
    assert "Nina entra com nina@estudio.example." in page
    assert browser.login("nina@estudio.example", NOVA).status_code == 303
    assert carteiro.cartas.empty()


def test_without_one_she_chooses_hers_by_a_link_that_is_shown_once(
    dono: Browser, browser: Browser, banco: Banco
) -> None:
    page = make(dono)
    link = find_link(page)
    assert "Vale 72 horas" in page
    assert "por e-mail" not in page
    again = dono.get("/usuarios/5/edit").get_data(as_text=True)
    assert "/senha/" not in again
    assert "sem senha ainda" in again
    assert browser.login("nina@estudio.example", "").status_code == 422
    shown = browser.get(link).get_data(as_text=True)
    assert "Olá, Nina" in shown
    assert browser.post(link, {"senha": "nina nina nina", "outra_vez": "nina nina nina"}, seen=link).status_code == 422
    assert browser.post(link, {"senha": NOVA, "outra_vez": SENHA}, seen=link).status_code == 422
    assert browser.post(link, {"senha": NOVA, "outra_vez": NOVA}, seen=link).status_code == 303
    assert browser.login("nina@estudio.example", NOVA).status_code == 303
    chave = link.rpartition("/")[2]
    with banco.connect_as_superuser() as superuser:
        kept = superuser.execute(
            "select (select string_agg(t::text, '') from auditoria t)"
            " || (select string_agg(resultado::text, '') from idempotencia)"
        ).fetchone()
    assert kept is not None
    assert chave not in kept[0]


def test_the_link_goes_by_e_mail_too_where_there_is_one(dono: Browser, browser: Browser, carteiro: Carteiro) -> None:
    page = make(dono)
    para, carta = carteiro.receive()
    assert para == "nina@estudio.example"
    assert find_link(carta.get_content()) == find_link(page)
    assert "Ana preparou um acesso" in carta.get_content()
    assert "Também foi por e-mail, para nina@estudio.example." in page
    with time_machine.travel(clock.now() + timedelta(hours=71)):
        assert browser.get(find_link(page)).status_code == 200
    with time_machine.travel(clock.now() + timedelta(hours=73)):
        assert browser.get(find_link(page)).status_code == 404


def test_a_form_that_is_sent_twice_makes_one_person_and_one_letter(dono: Browser, carteiro: Carteiro) -> None:
    seen = dono.get("/usuarios/new").get_data(as_text=True)
    fields = NINA | dict(re.findall(r'<input[^>]*name="(csrf_token|chave)"[^>]*value="([^"]*)"', seen))
    assert [dono.send("/usuarios", fields).location for _ in range(2)] == ["/usuarios/5/edit"] * 2
    carteiro.receive()
    # Beside the name on the phone, in a column of its own on the desk.
    assert dono.get("/usuarios").get_data(as_text=True).partition("<table")[2].count("nina@estudio.example") == 2
    assert carteiro.cartas.empty()


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"nome": ""}, "nome"),
        ({"nome": "x" * 201}, "nome"),
        ({"email": "isto não é"}, "email"),
        ({"email": "a@" + "b" * 260 + ".example"}, "email"),
        ({"email": "ANA@estudio.example"}, "email"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "email"),
        ({"papel": ""}, "papel"),
        ({"papel": "rei"}, "papel"),
        ({"papel": "artista"}, "artista_id"),
        ({"artista_id": "x"}, "artista_id"),
        ({"artista_id": "999"}, None),
        ({"senha": "curta"}, None),
        ({"senha": "nina estudio 2026"}, None),
    ],
)
def test_what_is_wrong_comes_back_beside_its_field_and_nothing_is_kept(
    dono: Browser, banco: Banco, carteiro: Carteiro, fields: dict[str, str], beside: str | None
) -> None:
    response = dono.post("/usuarios", NINA | fields, seen="/usuarios/new")
    page = response.get_data(as_text=True)
    assert 400 <= response.status_code < 500
    assert 'class="resumo"' in page
    if beside is not None:
        assert f'id="{beside}-erro"' in page
    if "email" not in fields:
        assert 'value="nina@estudio.example"' in page
    with banco.connect() as connection:
        assert connection.execute("select count(*) from usuarios").fetchone() == (4,)
        assert connection.execute("select count(*) from links").fetchone() == (0,)
    assert carteiro.cartas.empty()


def test_a_change_is_kept_and_taken_back_by_a_press(
    dono: Browser, log_in: Callable[[str], Browser], cast: Cast
) -> None:
    caios = log_in("recepcao")
    caio = cast.quem_caio.usuario_id
    fields = {"nome": "Caio Lins", "email": "lins@estudio.example", "papel": "recepcao", "artista_id": ""}
    assert change(dono, caio, **fields) == 303
    # Another name is no reason to log anybody out.
    assert caios.get("/").status_code == 200
    page = dono.get("/usuarios").get_data(as_text=True)
    assert "Caio Lins" in page
    undo = page.partition('class="recado"')[2].partition("</form>")[0]
    sent = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', undo))
    assert dono.send(f"/usuarios/{caio}", sent).status_code == 303
    page = dono.get("/usuarios").get_data(as_text=True)
    assert EMAILS["recepcao"] in page
    assert "Lins" not in page.partition("<table")[2]


def test_another_papel_or_artista_ends_the_browsers(
    dono: Browser, log_in: Callable[[str], Browser], cast: Cast
) -> None:
    caios = log_in("recepcao")
    fields = {"nome": "Caio", "email": EMAILS["recepcao"], "papel": "contador", "artista_id": ""}
    assert change(dono, cast.quem_caio.usuario_id, **fields) == 303
    assert caios.get("/").status_code == 303


def test_what_another_dono_changed_meanwhile_is_not_overwritten(dono: Browser, cast: Cast) -> None:
    caio = cast.quem_caio.usuario_id
    fields = {"nome": "Outro", "email": EMAILS["recepcao"], "papel": "recepcao", "artista_id": ""}
    old = versao(dono, caio)
    assert change(dono, caio, **fields) == 303
    assert change(dono, caio, **fields | {"nome": "Terceiro", "versao": old}) == 409


def test_the_last_dono_stays(dono: Browser, cast: Cast) -> None:
    ana = cast.quem_ana.usuario_id
    response = dono.post(f"/usuarios/{ana}/desativacao", seen=f"/usuarios/{ana}/edit")
    assert response.status_code == 422
    assert "último dono ativo" in response.get_data(as_text=True)
    fields = {"nome": "Ana", "email": EMAILS["dono"], "papel": "contador", "artista_id": ""}
    assert change(dono, ana, **fields) == 422
    assert dono.get("/usuarios").status_code == 200


def test_who_is_let_out_is_out_at_once_and_in_again_by_a_press(
    dono: Browser, log_in: Callable[[str], Browser], app: Flask, cast: Cast
) -> None:
    caios, caio = log_in("recepcao"), cast.quem_caio.usuario_id
    assert dono.post(f"/usuarios/{caio}/desativacao", seen=f"/usuarios/{caio}/edit").status_code == 303
    assert "Desfazer" in dono.get("/usuarios").get_data(as_text=True)
    assert caios.get("/").status_code == 303
    another = Browser(app.test_client())
    assert another.login(EMAILS["recepcao"]).status_code == 422
    assert dono.post(f"/usuarios/{caio}/convite", seen=f"/usuarios/{caio}/edit").status_code == 422
    assert dono.post(f"/usuarios/{caio}/reativacao", seen=f"/usuarios/{caio}/edit").status_code == 303
    assert another.login(EMAILS["recepcao"]).status_code == 303


def test_a_link_for_somebody_who_has_a_password_gives_her_another(dono: Browser, browser: Browser, cast: Cast) -> None:
    caio = cast.quem_caio.usuario_id
    response = dono.post(f"/usuarios/{caio}/convite", seen=f"/usuarios/{caio}/edit")
    link = find_link(dono.get(response.location).get_data(as_text=True))
    assert browser.login(EMAILS["recepcao"]).status_code == 303
    assert browser.post(link, {"senha": NOVA, "outra_vez": NOVA}, seen=link).status_code == 303
    assert browser.get("/").status_code == 303
    assert browser.login(EMAILS["recepcao"], NOVA).status_code == 303


def test_the_dono_ends_one_browser_of_a_person_or_all(
    dono: Browser, log_in: Callable[[str], Browser], cast: Cast
) -> None:
    first, second, third = (log_in("recepcao") for _ in range(3))
    others = log_in("artista")
    path = f"/usuarios/{cast.quem_caio.usuario_id}"
    page = dono.get(f"{path}/edit").get_data(as_text=True)
    newest = re.findall(r'name="acesso_id" value="(\d+)"', page)[0]
    assert dono.post(f"{path}/encerramento", {"acesso_id": newest}, seen=f"{path}/edit").status_code == 303
    assert [b.get("/").status_code for b in (first, second, third)] == [200, 200, 303]
    # Twice is no error.
    assert dono.post(f"{path}/encerramento", {"acesso_id": newest}, seen=f"{path}/edit").status_code == 303
    assert dono.post(f"{path}/encerramento", seen=f"{path}/edit").status_code == 303
    assert [b.get("/").status_code for b in (first, second, others)] == [303, 303, 200]
    assert dono.post("/usuarios/999/encerramento", seen="/usuarios").status_code == 404


def test_what_people_are_called_is_text_everywhere(dono: Browser, carteiro: Carteiro) -> None:
    page = make(dono, nome='<b>"Zé"</b> & Cia')
    assert "<b>" not in find_main(page)
    assert "<b>" not in find_main(dono.get("/usuarios").get_data(as_text=True))
    carteiro.receive()


def test_the_list_takes_as_many_statements_for_forty_people_as_for_four(dono: Browser) -> None:
    def count() -> int:
        said: list[str] = []

        def note(*args: object) -> None:
            said.append(str(args[2]))

        event.listen(db.get_engine(), "before_cursor_execute", note)
        dono.get("/usuarios")
        event.remove(db.get_engine(), "before_cursor_execute", note)
        return len(said)

    few = count()
    with db.transaction() as session:
        session.connection().exec_driver_sql(
            "insert into usuarios (nome, email, papel) select 'P' || n, 'p' || n || '@estudio.example', 'recepcao'"
            " from generate_series(1, 36) n"
        )
    assert count() == few <= 6
