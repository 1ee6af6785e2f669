"""Importações as pages: a file is sent, looked at line by line, brought in by one press, taken back by another."""

import hashlib
import os
import re
import stat
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cast import shut
from conftest import Banco
from importar import count_everything, count_rows, set_estado
from planilha_v4 import SETEMBRO, gasto, pagamento, render_pt_br, render_v4
from sqlalchemy import select
from web.conftest import EMAILS, ENDERECO, Browser, hidden_fields, read
from web.test_pagamentos import form_of, press
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from estudio import clock, db
from estudio.config import get_settings
from estudio.domain.errors import EnvioVencido
from estudio.domain.importacao import Importacao
from estudio.services.import_envio import GUARDADOS, LIMITE, clean_nome, get_envio, prune_envios, register_envio

LISTA = "/importacoes"
ENVIA = f"{LISTA}/envios"

pytestmark = pytest.mark.usefixtures("cast")


def send(browser: Browser, content: bytes, nome: str = "backup_2025_09.csv", **fields: Any) -> TestResponse:
    hidden = hidden_fields(browser.get(LISTA).get_data(as_text=True)) | fields
    return post_file(browser, ENVIA, hidden | {"arquivo": FileStorage(BytesIO(content), nome)})


def post_file(browser: Browser, path: str, fields: dict[str, Any]) -> TestResponse:
    """As a browser does; the test client itself would leave its temporary file open."""
    boundary, body = encode_multipart(fields)
    kind = f"multipart/form-data; boundary={boundary}"
    return browser.client.post(path, data=body, base_url=ENDERECO, content_type=kind)


def list_kept() -> list[Path]:
    folder = get_settings().estudio_data_dir / "envios"
    return sorted(folder.glob("*")) if folder.is_dir() else []


def look(browser: Browser, content: bytes) -> str:
    """Send a file and go on to what it would do."""
    return browser.get(send(browser, content).location).get_data(as_text=True)


def list_made() -> list[Importacao]:
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Importacao).order_by(Importacao.id)))


def test_a_file_is_sent_looked_at_brought_in_and_taken_back(log_in: Callable[[str], Browser], banco: Banco) -> None:
    browser = log_in("dono")
    assert f'href="{LISTA}"' in browser.get("/ajustes").get_data(as_text=True)
    assert "Nenhuma importação ainda." in read(browser.get(LISTA))
    before = count_rows(banco)
    sent = send(browser, render_v4(SETEMBRO))
    assert sent.status_code == 303
    response = browser.get(sent.location)
    words, page = read(response), response.get_data(as_text=True)
    assert "backup_2025_09.csv" in words
    assert "setembro de 2025 Pagamentos 3 R$ 1.050,00" in words
    assert count_rows(banco) == before
    done = press(browser, page, LISTA)
    assert done.status_code == 303
    assert count_rows(banco)[0] == before[0] + 3
    assert [made.arquivo for made in list_made()] == ["backup_2025_09.csv"]
    listed = browser.get(done.location)
    # It is needed no longer.
    assert list_kept() == []
    assert browser.get(sent.location).status_code == 404
    assert f"Importação {list_made()[0].id}: {len(SETEMBRO)} registros entraram." in read(listed)
    # Twice is once, by the same press and by the same file.
    assert press(browser, page, LISTA).status_code == 303
    again = look(browser, render_v4(SETEMBRO))
    assert "Tudo o que está no arquivo já estava aqui." in again
    assert form_of(again, LISTA) == ""
    undo = f"{LISTA}/{list_made()[0].id}/exclusao"
    page = listed.get_data(as_text=True)
    undone = [press(browser, page, undo) for _ in range(2)]
    assert "o que ela trouxe saiu." in read(browser.get(undone[0].location))
    assert count_rows(banco) == before
    assert len(list_made()) == 1
    words = read(browser.get(LISTA))
    assert "desfeita" in words


def test_a_spreadsheet_of_a_person_comes_in_as_well(log_in: Callable[[str], Browser], banco: Banco) -> None:
    browser = log_in("dono")
    page = look(browser, render_pt_br([gasto(1, "2026-10-05", "1234.50", descricao="<img src=x onerror=alert(1)>")]))
    assert "Importar 1 registro<" in page
    assert "R$ 1.234,50" in page
    press(browser, page, LISTA)
    assert count_rows(banco)[3] == 1
    page = browser.get("/gastos?mes=2026-10").get_data(as_text=True)
    assert "<img" not in page
    assert "&lt;img" in page


def test_what_is_refused_is_listed_with_its_line_and_nothing_comes_in(
    log_in: Callable[[str], Browser], banco: Banco
) -> None:
    rows = [pagamento(1, "2026-10-05", "100.00"), pagamento(2, "2026-13-05", "50.00"), gasto(3, "2026-10-05", "abc")]
    browser = log_in("dono")
    before = count_everything(banco)
    response = browser.get(send(browser, render_v4(rows), nome="<b>x</b>.csv").location)
    words, page = read(response), response.get_data(as_text=True)
    assert "2 linhas são recusadas, então nada entra." in words
    assert re.search(r"Linha Motivo 3 .*2026-13-05.* 4 ", words)
    assert form_of(page, LISTA) == ""
    assert "<b>x" not in page
    # Whoever presses a button that is not there is refused too, on the same page.
    envio = re.findall(r'action="/importacoes/envios/([0-9a-f]{32})/exclusao"', page)[0]
    sha256 = hashlib.sha256(render_v4(rows)).hexdigest()
    fields = {"envio": envio, "sha256": sha256, "chave": "inventada-1"} | hidden_fields(page)
    forced = browser.send(LISTA, fields)
    assert forced.status_code == 422
    assert "Veja o que é recusado agora." in read(forced)
    assert count_everything(banco)[:1] == before[:1]
    thrown = press(browser, page, f"{ENVIA}/{envio}/exclusao")
    assert "Descartado:" in read(browser.get(thrown.location))
    assert list_kept() == []


@pytest.mark.parametrize(
    ("content", "nome", "sentence"),
    [
        (b"", "vazio.csv", "está vazio"),
        (b"MZ\x90\x00\x03\x00\x00\x00" * 50, "planilha.csv", "byte nulo"),
        (b"\x7fELF\x02\x01\x01\x00" * 50, "planilha.csv", "byte nulo"),
        (b"PK\x03\x04" + b"x" * 100, "planilha.csv", "planilha do Excel"),
        (b"\x1f\x8b\x08" + b"x" * 100, "bomba.csv", "compactado"),
        ("type,id\r\nSessão".encode("latin-1"), "latin.csv", "não é UTF-8"),
        ("type,id".encode("utf-16"), "utf16.csv", "UTF-16"),
        (b"x" * (2 << 20), "linha.csv", "sem quebra de linha"),
        (b"nome;idade\r\nAna;30\r\n", "outra.csv", "outra.csv não foi importado"),
        (b"type,id,data,valor\r\n", "cabecalho.csv", "cabecalho.csv não foi importado"),
        (b"a" * (LIMITE + 1), "grande.csv", "tem mais de 20 MB"),
    ],
)
def test_what_is_no_sheet_is_refused_on_the_same_page_and_not_kept(
    log_in: Callable[[str], Browser], banco: Banco, content: bytes, nome: str, sentence: str
) -> None:
    browser = log_in("dono")
    before = count_everything(banco)
    response = send(browser, content, nome=nome)
    words = read(response)
    assert response.status_code == 422
    assert "Nada foi gravado. Confira:" in words
    assert sentence in words
    assert 'enctype="multipart/form-data"' in response.get_data(as_text=True)
    assert list_kept() == []
    assert count_everything(banco) == before


def test_fifty_megabytes_are_refused_before_they_are_read(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    response = send(browser, b"a" * (50 << 20))
    assert response.status_code == 413
    assert "O arquivo passa de 20 MB." in read(response)
    assert 'href="#arquivo"' in response.get_data(as_text=True)
    assert list_kept() == []
    # Elsewhere a form is a form.
    fields = {"arquivo": FileStorage(BytesIO(b"a" * (2 << 20)), "x.csv")}
    assert post_file(browser, "/gastos", fields).status_code == 413


@pytest.mark.parametrize("papel", [papel for papel in EMAILS if papel != "dono"])
def test_nobody_else_sends_anything_large_or_at_all(log_in: Callable[[str], Browser], papel: str) -> None:
    browser = log_in(papel)
    seen = hidden_fields(browser.get("/").get_data(as_text=True))
    for size, status in ((10, 403), (2 << 20, 413)):
        fields = seen | {"chave": "qualquer-uma", "arquivo": FileStorage(BytesIO(b"a" * size), "x.csv")}
        response = post_file(browser, ENVIA, fields)
        assert response.status_code == status
        assert "Trazer um arquivo" not in read(response)
    assert browser.get(LISTA).status_code == 403
    assert list_kept() == []


def test_whoever_is_not_logged_in_sends_nothing_large(browser: Browser) -> None:
    fields = {"arquivo": FileStorage(BytesIO(b"a" * (2 << 20)), "x.csv")}
    response = post_file(browser, ENVIA, fields)
    assert response.status_code == 413
    assert "Trazer um arquivo" not in read(response)


def test_without_a_file_there_is_nothing_to_look_at(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    hidden = hidden_fields(browser.get(LISTA).get_data(as_text=True))
    assert "Escolha um arquivo." in read(browser.send(ENVIA, hidden))
    assert browser.send(ENVIA, hidden | {"arquivo": "texto"}).status_code == 422
    assert send(browser, b"x", nome="").status_code == 422
    assert list_kept() == []


def test_sent_twice_it_comes_in_once(log_in: Callable[[str], Browser], banco: Banco) -> None:
    browser = log_in("dono")
    pages = [look(browser, render_v4(SETEMBRO)) for _ in range(2)]
    assert [press(browser, page, LISTA).status_code for page in pages] == [303, 303]
    assert count_rows(banco)[0] == 3
    assert len(list_made()) == 1
    assert list_kept() == []


def test_what_is_imported_are_the_bytes_that_were_shown(log_in: Callable[[str], Browser], banco: Banco) -> None:
    browser = log_in("dono")
    page = look(browser, render_v4(SETEMBRO))
    path = next(path for path in list_kept() if path.suffix == ".csv")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    before = count_rows(banco)
    path.write_bytes(render_v4([pagamento(9, "2026-10-05", "9999.00")]))
    changed = press(browser, page, LISTA)
    assert changed.status_code == 409
    assert "O arquivo não é mais o que foi mostrado." in read(changed)
    assert count_rows(banco) == before
    for wrong in ("0" * 32, "../chave_das_paginas", "x" * 32, "a\x00b"):
        fields = {"envio": wrong, "sha256": "0" * 64, "chave": "inventada-1"} | hidden_fields(page)
        assert browser.send(LISTA, fields).status_code == 404
    for wrong in ("0" * 32, "..%2Fchave_das_paginas", "chave_das_paginas"):
        assert browser.get(f"{ENVIA}/{wrong}").status_code == 404


def test_an_import_is_not_undone_once_its_month_is_closed(log_in: Callable[[str], Browser], banco: Banco) -> None:
    browser = log_in("dono")
    done = press(browser, look(browser, render_v4(SETEMBRO)), LISTA)
    page = browser.get(done.location).get_data(as_text=True)
    set_estado(banco, "2025-09-01")
    before = count_rows(banco)
    refused = press(browser, page, f"{LISTA}/{list_made()[0].id}/exclusao")
    assert refused.status_code == 409
    assert "Setembro/2025 está fechado." in read(refused)
    assert count_rows(banco) == before


def test_into_a_closed_month_nothing_comes(log_in: Callable[[str], Browser]) -> None:
    with db.transaction() as session:
        session.connection().exec_driver_sql(
            "insert into gastos (data, valor_centavos, descricao, forma) values ('2025-09-01', 1, 'x', 'pix')"
        )
    with db.transaction() as session:
        shut(session, "2025-09")
    page = look(log_in("dono"), render_v4(SETEMBRO))
    assert "Setembro/2025 está fechado." in page
    assert form_of(page, LISTA) == ""


def test_files_are_kept_for_a_day_and_only_so_many(app: object) -> None:
    assert app is not None
    for number in range(GUARDADOS + 3):
        register_envio(BytesIO(render_v4(SETEMBRO)), f"{number}.csv")
    kept = list_kept()
    assert len(kept) == 2 * GUARDADOS
    old = (clock.now() - timedelta(days=1, minutes=1)).timestamp()
    for path in kept[:4]:
        os.utime(path, (old, old))
    with pytest.raises(EnvioVencido):
        get_envio(kept[0].stem)
    assert prune_envios() == 4
    assert len(list_kept()) == 2 * GUARDADOS - 4


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("C:\\Dados\\backup.csv", "backup.csv"),
        ("../../etc/passwd", "passwd"),
        ("a\nb\x00.csv", "ab.csv"),
        ("", "arquivo"),
        ("/", "arquivo"),
        ("x" * 500, "x" * 200),
    ],
)
def test_a_name_is_a_name_and_no_path(sent: str, kept: str) -> None:
    assert clean_nome(sent) == kept
