"""A person's data as pages: the dono downloads them, and erases them by writing the name; the desk sees neither."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from cast import Cast, pay
from web.conftest import Browser, hidden_fields, read
from werkzeug.test import TestResponse

from estudio import config, db
from estudio.domain.cliente import Cliente
from estudio.domain.competencia import Competencia
from estudio.services.backup_service import create_backup, get_backup
from estudio.services.eliminacao_registro import read_eliminacoes

OUTUBRO = Competencia(2026, 10)


@pytest.fixture
def pagina(cast: Cast) -> str:
    """Where Dora's data are; a payment of hers is in a backup."""
    with db.transaction() as session:
        pay(session, cast, "120.00", data=date(2026, 10, 2), cliente=cast.dora, observacoes="segredo dela")
    create_backup(OUTUBRO)
    return f"/clientes/{cast.dora.id}/titular"


def erase(browser: Browser, pagina: str, **fields: str) -> TestResponse:
    typed = {"motivo": "pedido", "confirmacao": "dora"} | fields
    return browser.post(f"{pagina}/eliminacao", typed, seen=pagina)


def test_the_dono_erases_by_writing_the_name_and_is_told_what_became_of_the_files(
    log_in: Callable[[str], Browser], cast: Cast, pagina: str
) -> None:
    browser = log_in("dono")
    assert pagina in browser.get(f"/clientes/{cast.dora.id}").get_data(as_text=True)
    assert "A própria pessoa pediu" in read(browser.get(pagina))
    response = erase(browser, pagina)
    assert (response.status_code, response.location) == (303, pagina)
    words = read(browser.get(pagina))
    assert "Eliminado: dos livros" in words
    assert "Backups de mês reescritos: 1." in words
    assert "A própria pessoa pediu" in words
    assert "Por Ana" in words
    sheet = get_backup(OUTUBRO).caminho.read_text(encoding="utf-8-sig")
    assert "Dora" not in sheet
    assert "segredo dela" not in sheet
    assert [line["cliente_id"] for line in read_eliminacoes()] == [cast.dora.id]
    for path in (f"/clientes/{cast.dora.id}", "/historico?mes=2026-10", "/pagamentos?mes=2026-10"):
        page = browser.get(path)
        assert f"Cliente eliminado {cast.dora.id}" in read(page)
        assert "R$ 120,00" in read(page)
        assert "Dora" not in read(page)
    english = browser.get("/pagamentos?mes=2026-10", headers={"Accept-Language": "en"})
    assert f"Erased client {cast.dora.id}" in read(english)
    assert f"/clientes/{cast.dora.id}/edit" not in browser.get(f"/clientes/{cast.dora.id}").get_data(as_text=True)
    assert "0 cadastrados" in read(browser.get("/clientes"))
    again = browser.post(f"{pagina}/backups", seen=pagina)
    assert again.status_code == 303
    assert "Backups de mês reescritos: 0." in read(browser.get(pagina))


def test_a_disk_that_refuses_is_told_and_the_person_is_gone_all_the_same(
    log_in: Callable[[str], Browser], cast: Cast, pagina: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    browser = log_in("dono")
    (tmp_path / "nada").write_text("")
    with monkeypatch.context() as away:
        away.setenv("BACKUP_DIR", str(tmp_path / "nada"))
        config.reset()
        assert erase(browser, pagina).status_code == 303
        assert "ainda guardam a pessoa: Não deu para" in read(browser.get(pagina))
    config.reset()
    with db.transaction(read_only=True) as session:
        assert session.get_one(Cliente, cast.dora.id).nome != "Dora"
    assert "Dora" in get_backup(OUTUBRO).caminho.read_text(encoding="utf-8-sig")
    browser.post(f"{pagina}/backups", seen=pagina)
    assert "Backups de mês reescritos: 1." in read(browser.get(pagina))
    assert "Dora" not in get_backup(OUTUBRO).caminho.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"confirmacao": ""}, "Preencha este campo."),
        ({"confirmacao": "Doralice"}, "escreva o nome como ele está: Dora"),
        ({"motivo": ""}, "Escolha um da lista."),
        ({"motivo": "outro"}, "Escolha um dos motivos da lista."),
    ],
)
def test_what_is_not_meant_erases_nobody(
    log_in: Callable[[str], Browser], cast: Cast, pagina: str, fields: dict[str, str], sentence: str
) -> None:
    response = erase(log_in("dono"), pagina, **fields)
    name = next(iter(fields))
    assert response.status_code == 422
    assert sentence in response.get_data(as_text=True).partition(f'id="{name}-erro"')[2].partition("</p>")[0]
    with db.transaction(read_only=True) as session:
        assert session.get_one(Cliente, cast.dora.id).nome == "Dora"


@pytest.mark.parametrize("papel", ["recepcao", "artista", "contador"])
def test_nobody_but_the_dono_sees_or_presses_it(
    log_in: Callable[[str], Browser], cast: Cast, pagina: str, papel: str
) -> None:
    browser = log_in(papel)
    assert browser.get(pagina).status_code == 403
    token = hidden_fields(browser.get("/").get_data(as_text=True))
    for action in ("eliminacao", "backups"):
        asked = token | {"motivo": "pedido", "confirmacao": "Dora", "chave": "chave-inventada"}
        assert browser.send(f"{pagina}/{action}", asked).status_code == 403
    with db.transaction(read_only=True) as session:
        assert session.get_one(Cliente, cast.dora.id).nome == "Dora"


def test_an_old_form_of_who_was_erased_is_refused(log_in: Callable[[str], Browser], cast: Cast, pagina: str) -> None:
    browser, path = log_in("dono"), f"/clientes/{cast.dora.id}"
    old = browser.get(f"{path}/edit").get_data(as_text=True)
    erase(browser, pagina)
    given = hidden_fields(old) | {"nome": "Dora", "telefone": "", "email": "", "observacoes": "", "versao": "1"}
    response = browser.send(path, given)
    assert response.status_code == 422
    assert "foi eliminado em" in read(response)
    assert erase(browser, pagina).status_code == 422
