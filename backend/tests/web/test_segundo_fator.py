"""The second factor: switched on with a code that was seen, asked for at the door, and good once."""

import html
import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
import time_machine
from cast import Cast
from conftest import Banco
from flask import Flask
from psycopg.errors import CheckViolation
from sqlalchemy import text
from web.conftest import EMAILS, SENHA, Browser, hidden_fields

from estudio import clock, config, db
from estudio.domain.segredo import NAME
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.secret_file import ensure_secret
from estudio.services.backup_retorno import SETTLE_CODIGOS
from estudio.services.doctor_cadastros import check_codigos_do_celular
from estudio.services.fator_service import reset_fatores
from estudio.services.usuario_service import change_senha

DONO = EMAILS["dono"]

Ligado = tuple[str, list[str]]
"""The secret of the app, and the codes of the paper."""


def read(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    assert found is not None, pattern
    return html.unescape(found[1])


def code(segredo: str, *, passos: int = 0) -> str:
    return pyotp.TOTP(segredo).at(clock.now(), counter_offset=passos)


def see_qr(browser: Browser) -> tuple[str, dict[str, str]]:
    """The secret that a QR code shows, and what its form sends along."""
    page = browser.get("/conta/segundo-fator/new").get_data(as_text=True)
    segredo = read(page, r'class="segredo">([A-Z2-7 ]+)<').replace(" ", "")
    return segredo, hidden_fields(page) | {"emprestado": read(page, r'name="emprestado"[^>]*value="([^"]+)"')}


def enable(browser: Browser) -> Ligado:
    segredo, fields = see_qr(browser)
    response = browser.send("/conta/segundo-fator", fields | {"senha": SENHA, "codigo": code(segredo, passos=-1)})
    page = response.get_data(as_text=True)
    assert response.status_code == 200, page
    return segredo, re.findall(r"<li><code>([a-z2-9-]+)</code>", page)


@pytest.fixture
def ligado(log_in: Callable[[str], Browser]) -> Ligado:
    """The dono's factor, its code of the half minute before used up."""
    return enable(log_in("dono"))


@pytest.fixture
def half_way(browser: Browser, ligado: Ligado) -> Browser:
    """A browser in which the dono's password was right, and nothing else was said."""
    assert ligado
    response = browser.login(DONO)
    assert (response.status_code, response.location) == (303, "/entrar/codigo")
    return browser


def answer(browser: Browser, codigo: str) -> int:
    return browser.post("/entrar/codigo", {"codigo": codigo}, seen="/entrar/codigo").status_code


def is_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


def test_after_the_password_a_code_of_the_phone_lets_in(half_way: Browser, ligado: Ligado) -> None:
    assert not is_in(half_way)
    assert half_way.cookie("sessao") is None
    typed = code(ligado[0])
    assert answer(half_way, f" {typed[:3]} {typed[3:]} ") == 303
    assert is_in(half_way)


def test_where_one_wanted_to_go_is_not_forgotten_on_the_way(browser: Browser, ligado: Ligado) -> None:
    response = browser.post("/entrar", {"email": DONO, "senha": SENHA, "volta": "/historico"}, seen="/entrar")
    assert response.location == "/entrar/codigo?volta=/historico"
    response = browser.post("/entrar/codigo", {"codigo": code(ligado[0]), "volta": "/historico"}, seen="/entrar/codigo")
    assert response.location == "/historico"


def test_half_way_in_opens_no_page_and_takes_no_other_key(half_way: Browser) -> None:
    etapa = half_way.cookie("etapa")
    assert etapa is not None
    half_way.client.set_cookie("sessao", etapa, domain="localhost")
    assert not is_in(half_way)
    assert half_way.get("/conta/segundo-fator").status_code == 303


@pytest.mark.parametrize("wrong", ["000000", "", "abcdef", "9" * 40, "x" * 41, "١٢٣٤٥٦"])
def test_a_wrong_code_is_said_beside_its_field(half_way: Browser, wrong: str) -> None:
    response = half_way.post("/entrar/codigo", {"codigo": wrong}, seen="/entrar/codigo")
    assert response.status_code == 422
    assert 'href="#codigo"' in response.get_data(as_text=True)
    assert not is_in(half_way)


def test_a_code_is_good_once(half_way: Browser, ligado: Ligado, app: Flask) -> None:
    used = code(ligado[0])
    assert answer(half_way, used) == 303
    other = Browser(app.test_client())
    other.login(DONO)
    assert answer(other, used) == 422
    # Nor is the one that was seen when it was switched on, nor any before.
    assert answer(other, code(ligado[0], passos=-1)) == 422
    assert answer(other, code(ligado[0], passos=1)) == 303


def test_of_two_that_say_the_same_code_at_one_moment_one_is_let_in(app: Flask, ligado: Ligado) -> None:
    browsers = [Browser(app.test_client()) for _ in range(2)]
    for browser in browsers:
        browser.login(DONO)
    forms = [hidden_fields(b.get("/entrar/codigo").get_data(as_text=True)) for b in browsers]
    typed, said, barrier = code(ligado[0]), list[int](), threading.Barrier(2)

    def say(browser: Browser, fields: dict[str, str]) -> None:
        barrier.wait()
        said.append(browser.send("/entrar/codigo", fields | {"codigo": typed}).status_code)

    threads = [threading.Thread(target=say, args=pair) for pair in zip(browsers, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [303, 422]


def test_of_two_that_say_the_same_line_of_the_paper_one_is_let_in(app: Flask, ligado: Ligado) -> None:
    browsers = [Browser(app.test_client()) for _ in range(2)]
    for browser in browsers:
        browser.login(DONO)
    assert sorted(answer(browser, ligado[1][0]) for browser in browsers) == [303, 422]


def test_the_database_itself_takes_no_step_back(ligado: Ligado, banco: Banco) -> None:
    assert ligado
    with banco.connect() as connection, pytest.raises(CheckViolation, match="já foi usado"):
        connection.execute("update estudio.segundos_fatores set ultimo_passo = ultimo_passo")


@pytest.mark.parametrize("typed", [str, str.upper, lambda c: c.replace("-", ""), lambda c: f" {c.replace('-', ' ')} "])
def test_a_code_of_the_paper_lets_in_once_however_it_is_typed(
    half_way: Browser, ligado: Ligado, typed: Callable[[str], str]
) -> None:
    assert len(set(ligado[1])) == 10
    assert all(len(line.replace("-", "")) == 16 for line in ligado[1])
    assert answer(half_way, typed(ligado[1][3])) == 303
    page = half_way.get("/conta/segundo-fator").get_data(as_text=True)
    assert "Restam 9 códigos" in page


def test_the_paper_of_another_opens_nothing(half_way: Browser, log_in: Callable[[str], Browser]) -> None:
    other = enable(log_in("recepcao"))
    assert answer(half_way, other[1][0]) == 422
    assert answer(half_way, code(other[0])) == 422


def test_the_step_is_over_after_ten_minutes(half_way: Browser, ligado: Ligado) -> None:
    fields = hidden_fields(half_way.get("/entrar/codigo").get_data(as_text=True))
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        response = half_way.send("/entrar/codigo", fields | {"codigo": code(ligado[0])})
        assert (response.status_code, response.location) == (303, "/entrar")
        assert half_way.get("/entrar/codigo").location == "/entrar"


def test_a_new_password_ends_what_was_half_done(half_way: Browser, ligado: Ligado, cast: Cast) -> None:
    with db.transaction() as session:
        change_senha(session, cast.quem_ana.usuario_id or 0, quem=cast.quem_ana, senha="granito violeta mastiga")
    assert half_way.client.post("/entrar/codigo", base_url="http://localhost").status_code == 403
    half_way.get("/entrar")
    page = half_way.get("/entrar").get_data(as_text=True)
    response = half_way.send("/entrar/codigo", hidden_fields(page) | {"codigo": code(ligado[0])})
    assert response.location == "/entrar"
    assert not is_in(half_way)


def test_guesses_are_counted_also_by_who_knows_the_password(app: Flask, ligado: Ligado) -> None:
    guesser, seen = Browser(app.test_client()), list[int]()
    for number in range(12):
        response = guesser.login(DONO)
        seen.append(response.status_code)
        if response.location == "/entrar/codigo":
            seen.append(answer(guesser, f"{number:06}"))
    assert seen[:4] == [303, 422, 303, 422]
    assert seen[-1] == 429
    # The right one has to wait as well.
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert guesser.login(DONO).location == "/entrar/codigo"
        assert ligado


@pytest.mark.parametrize(
    ("senha", "passos", "campo"), [("não é esta senha", 0, "senha"), (SENHA, 7, "codigo"), (SENHA, -3, "codigo")]
)
def test_it_is_not_switched_on_without_the_password_and_a_code_that_was_seen(
    log_in: Callable[[str], Browser], senha: str, passos: int, campo: str
) -> None:
    browser = log_in("dono")
    segredo, fields = see_qr(browser)
    response = browser.send("/conta/segundo-fator", fields | {"senha": senha, "codigo": code(segredo, passos=passos)})
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert f'href="#{campo}"' in page
    # The same drawing again: who scanned it need not scan another.
    assert read(page, r'class="segredo">([A-Z2-7 ]+)<').replace(" ", "") == segredo
    assert "Desligado" in browser.get("/conta/segundo-fator").get_data(as_text=True)


def test_a_drawing_that_is_old_or_anothers_is_not_confirmed(log_in: Callable[[str], Browser]) -> None:
    browser, other = log_in("dono"), log_in("recepcao")
    segredo, fields = see_qr(browser)
    stolen = hidden_fields(other.get("/conta/segundo-fator/new").get_data(as_text=True))
    stolen |= {"emprestado": fields["emprestado"], "senha": SENHA, "codigo": code(segredo)}
    assert "Esta página venceu" in other.send("/conta/segundo-fator", stolen).get_data(as_text=True)
    for broken in ("", "x", fields["emprestado"][:-4] + "AAAA"):
        sent = fields | {"emprestado": broken, "senha": SENHA, "codigo": code(segredo)}
        response = browser.send("/conta/segundo-fator", sent)
        assert response.status_code == 422
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        browser.login(DONO)
        fields |= hidden_fields(browser.get("/").get_data(as_text=True))
        response = browser.send("/conta/segundo-fator", fields | {"senha": SENHA, "codigo": code(segredo)})
        assert "Esta página venceu" in response.get_data(as_text=True)


def test_what_is_kept_of_it_opens_nothing_by_itself(ligado: Ligado, banco: Banco) -> None:
    segredo, paper = ligado
    with banco.connect_as_superuser() as superuser:
        kept = str(superuser.execute("select * from segundos_fatores").fetchall())
        kept += str(superuser.execute("select * from codigos_de_recuperacao").fetchall())
        trail = superuser.execute(
            "select acao, tabela, antes, depois, motivo from auditoria where tabela ~ 'fator|codigos'"
        ).fetchall()
    assert len(trail) == 11
    assert all(row[4] == "Segundo fator ligado" for row in trail)
    for secret in (segredo, *paper, *(line.replace("-", "") for line in paper)):
        assert secret not in kept
        assert secret not in str(trail)
    assert "segredo" not in str(trail)
    path = config.get_settings().estudio_data_dir / NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text(encoding="ascii") not in kept


def test_a_secret_is_its_persons_and_not_a_rows(log_in: Callable[[str], Browser], app: Flask, banco: Banco) -> None:
    """Who writes into the database puts their own app in the place of the dono's: it opens nothing."""
    enable(log_in("dono"))
    mine = enable(log_in("recepcao"))
    with banco.connect_as_superuser() as superuser:
        superuser.execute(
            """update segundos_fatores f set segredo = m.segredo, ultimo_passo = f.ultimo_passo + 1
               from segundos_fatores m join usuarios u on u.id = m.usuario_id and u.papel = 'recepcao'
               where f.usuario_id = (select id from usuarios where papel = 'dono')"""
        )
    browser = Browser(app.test_client())
    browser.login(DONO)
    response = browser.post("/entrar/codigo", {"codigo": code(mine[0], passos=1)}, seen="/entrar/codigo")
    assert response.status_code == 422
    assert "não pode ser conferido neste computador" in response.get_data(as_text=True)


def test_without_the_key_of_the_folder_the_paper_still_lets_in(half_way: Browser, ligado: Ligado) -> None:
    (config.get_settings().estudio_data_dir / NAME).unlink()
    response = half_way.post("/entrar/codigo", {"codigo": code(ligado[0])}, seen="/entrar/codigo")
    assert "não pode ser conferido neste computador" in response.get_data(as_text=True)
    assert answer(half_way, ligado[1][0]) == 303


def test_switching_it_on_ends_the_other_browsers(log_in: Callable[[str], Browser]) -> None:
    here, elsewhere, others = log_in("dono"), log_in("dono"), log_in("recepcao")
    enable(here)
    assert is_in(here)
    assert not is_in(elsewhere)
    assert is_in(others)
    # Twice is refused, and the paper of the first time stays good.
    segredo, fields = see_qr(here)
    response = here.send("/conta/segundo-fator", fields | {"senha": SENHA, "codigo": code(segredo)})
    assert "já está ligado" in response.get_data(as_text=True)


def test_it_is_switched_off_by_password_and_code(log_in: Callable[[str], Browser], browser: Browser) -> None:
    here = log_in("dono")
    segredo, paper = enable(here)
    seen = "/conta/segundo-fator"
    off = f"{seen}/desligamento"
    assert here.post(off, {"senha": SENHA, "codigo": "000000"}, seen=seen).status_code == 422
    assert here.post(off, {"senha": "outra senha qualquer", "codigo": code(segredo)}, seen=seen).status_code == 422
    assert here.post(off, {"senha": SENHA}, seen=seen).status_code == 422
    assert "Ligado desde" in here.get(seen).get_data(as_text=True)
    assert here.post(off, {"senha": SENHA, "codigo": code(segredo)}, seen=seen).status_code == 303
    assert "está desligado" in here.get(seen).get_data(as_text=True)
    assert browser.login(DONO).location == "/"
    response = here.post(off, {"senha": SENHA, "codigo": paper[0]}, seen=seen)
    assert "Ligue-o antes" in response.get_data(as_text=True)


def test_new_paper_makes_the_old_one_worthless(log_in: Callable[[str], Browser], app: Flask) -> None:
    here = log_in("dono")
    _, old = enable(here)
    page = here.post("/conta/segundo-fator/codigos", seen="/conta/segundo-fator").get_data(as_text=True)
    new = re.findall(r"<li><code>([a-z2-9-]+)</code>", page)
    assert len(new) == 10
    assert not set(new) & set(old)
    other = Browser(app.test_client())
    other.login(DONO)
    assert answer(other, old[0]) == 422
    assert answer(other, new[0]) == 303


def test_the_host_takes_it_away_and_every_browser_with_it(
    log_in: Callable[[str], Browser], browser: Browser, cast: Cast, banco: Banco
) -> None:
    here = log_in("dono")
    enable(here)
    browser.login(DONO)
    with db.transaction() as session:
        reset_fatores(session, cast.quem_ana.usuario_id or 0, quem=LINHA_DE_COMANDO)
    assert not is_in(here)
    assert browser.get("/entrar/codigo").location == "/entrar"
    assert browser.login(DONO).location == "/"
    with banco.connect_as_superuser() as superuser:
        told = superuser.execute(
            "select count(*) from auditoria where acao = 'delete' and motivo like 'Segundo fator retirado%'"
            " and origem = 'cli' and tabela in ('segundos_fatores', 'codigos_de_recuperacao', 'acessos')"
        ).fetchone()
    assert told == (12,)


def test_what_was_used_since_a_copy_stays_used(ligado: Ligado, banco: Banco, app: Flask) -> None:
    """What a restore does to the tables, as their owner."""
    with banco.connect_as_superuser() as superuser:
        for statement in SETTLE_CODIGOS:
            superuser.execute(statement)
        assert superuser.execute("select count(*) from codigos_de_recuperacao").fetchone() == (0,)
    browser = Browser(app.test_client())
    browser.login(DONO)
    assert answer(browser, code(ligado[0])) == 422
    assert answer(browser, code(ligado[0], passos=1)) == 422
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        assert answer(browser, code(ligado[0])) == 303


@pytest.mark.usefixtures("half_way")
def test_the_step_that_nobody_finished_is_swept_away(app: Flask) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        Browser(app.test_client()).login(DONO)
        with db.transaction(read_only=True) as session:
            assert session.scalar(text("select count(*) from estudio.etapas")) == 1


def test_a_pin_does_not_go_round_a_factor_that_was_enabled_since(
    log_in: Callable[[str], Browser], banco: Banco
) -> None:
    """At a browser where the password alone was given before."""
    log_in("recepcao")
    browser = log_in("recepcao")
    with banco.connect() as connection:
        assert connection.execute("select count(*) from turnos").fetchone() == (2,)
        enable(browser)
        assert connection.execute("select count(*) from turnos").fetchone() == (0,)


@pytest.mark.usefixtures("ligado")
def test_a_machine_without_the_key_says_who_is_locked_out() -> None:
    assert check_codigos_do_celular()[0] == "ok"
    key = config.get_settings().estudio_data_dir / NAME
    key.unlink()
    situacao, said = check_codigos_do_celular()
    assert (situacao, "1 pessoa não entra" in said, key.exists()) == ("aviso", True, False)
    ensure_secret(NAME, chamada="outra")
    assert check_codigos_do_celular()[0] == "aviso"
