"""A person's data as pages: the dono downloads them, and erases them by writing the name; the desk sees neither."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from cast import Cast, book, make_cliente, pay, spend
from services.test_acerto import settle
from services.test_recorrente import repeat
from sqlalchemy import text
from web.conftest import Browser, hidden_fields, read
from werkzeug.test import TestResponse

from estudio import config, db
from estudio.domain.acerto import Tipo
from estudio.domain.cliente import Cliente
from estudio.domain.competencia import Competencia
from estudio.domain.gasto import Gasto
from estudio.services.backup_service import create_backup, get_backup
from estudio.services.cliente_service import edit_cliente
from estudio.services.eliminacao_registro import read_eliminacoes
from estudio.services.estoque_service import move_item, register_item
from estudio.services.gasto_service import delete_gasto

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


def speak_of_dora(cast: Cast) -> None:
    """Her first name in every kind of text that there is, and in one row that is gone."""
    with db.transaction() as session:
        spend(session, cast, "10.00", descricao="Café da Dora <b>")
        gone = spend(session, cast, "11.00", descricao="Bolo da Dora")
        settle(session, cast, Tipo.VALE, motivo="Dora pagou direto")
        repeat(session, cast, descricao="Vaga da Dora")
        item = register_item(session, quem=cast.quem_caio, nome="Luvas", quantidade=9, observacoes="menos as da Dora")
        move_item(session, item.id, quem=cast.quem_caio, delta=-1, motivo="para a Dora")
        nina = make_cliente(session, "Nina")
        edit_cliente(session, nina.id, quem=cast.quem_caio, observacoes="irmã da Dora")
        sessao = book(session, cast, "80.00", cliente=nina)
        pago = pay(session, cast, "80.00", cliente=nina, sessoes=[sessao], observacoes="com a Dora")
        for change in (
            "update estudio.comissoes set observacoes = 'Dora' where pagamento_id = :pago",
            "update estudio.sessoes set observacoes = 'depois da Dora' where payment_id = :pago",
        ):
            session.execute(text(change), {"pago": pago.id})
        delete_gasto(session, gone.id, quem=cast.quem_ana)


def test_texts_that_may_name_them_are_read_where_they_stand_and_decided(
    log_in: Callable[[str], Browser], cast: Cast, pagina: str
) -> None:
    speak_of_dora(cast)
    browser = log_in("dono")
    erase(browser, pagina)
    page = browser.get(pagina).get_data(as_text=True)
    assert "Textos que podem citar a pessoa, para você decidir embaixo: 10." in page
    assert "Café da Dora &lt;b&gt;" in page
    listed = re.findall(r'<li id="citacao-(\d+)">(.*?)</li>', page, re.DOTALL)
    links = [re.search(r'href="(/[^"]+)"', words) for _, words in listed]
    assert len(listed) == 10
    assert sum(link is None for link in links) == 1
    for link in links:
        if link is not None:
            assert browser.get(link[1]).status_code == 200, link[1]
    for numero, words in listed:
        ato = "" if "Vaga da Dora" in words else "/exclusao"
        response = browser.post(f"{pagina}/citacoes/{numero}{ato}", seen=pagina)
        assert response.status_code == 303
        assert response.location.partition("#")[0] == pagina
    words = read(browser.get(pagina))
    assert "O texto foi apagado, também da auditoria." in words
    assert "Textos que podem citar a pessoa" not in words
    with db.transaction(read_only=True) as session:
        said = session.execute(
            text(
                """select descricao from estudio.gastos union select observacoes from estudio.sessoes
                   union select motivo from estudio.acertos union select observacoes from estudio.clientes
                   union select observacoes from estudio.comissoes union select observacoes from estudio.itens
                   union select motivo from estudio.movimentos union select observacoes from estudio.pagamentos"""
            )
        ).scalars()
        assert not any("Dora" in (each or "") for each in said)
        assert session.execute(text("select descricao from estudio.recorrentes")).scalar_one() == "Vaga da Dora"


def test_nobody_but_the_dono_decides_of_texts_and_only_of_that_person(
    log_in: Callable[[str], Browser], cast: Cast, pagina: str
) -> None:
    with db.transaction() as session:
        gasto = spend(session, cast, "10.00", descricao="Café da Dora").id
        outra = make_cliente(session, "Nina").id
    browser = log_in("dono")
    erase(browser, pagina)
    found = re.search(r'id="citacao-(\d+)"', browser.get(pagina).get_data(as_text=True))
    assert found
    citacao = f"citacoes/{found[1]}/exclusao"
    assert browser.post(f"/clientes/{outra}/titular/{citacao}", seen=pagina).status_code == 404
    desk = log_in("recepcao")
    token = hidden_fields(desk.get("/").get_data(as_text=True)) | {"chave": "chave-inventada"}
    assert desk.send(f"{pagina}/{citacao}", token).status_code == 403
    with db.transaction(read_only=True) as session:
        assert session.get_one(Gasto, gasto).descricao == "Café da Dora"


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
