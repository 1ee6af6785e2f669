"""Scenario 33, walked: what people call things is text on every page, in every file and in every answer of the API."""

import csv
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Final

import pytest
from cast import Cast
from flask import Flask
from markupsafe import escape
from web.api.conftest import give_ficha
from web.conftest import EMAILS, ENDERECO, Browser
from web.passeio import Estudio, fill, list_api_reads, list_pages

IMG: Final = "<img src=x onerror=alert(1)>"

LONGO: Final = IMG + "ã" * (10_000 - len(IMG))

TEXTOS: Final = (
    IMG,
    '"><script>alert(1)</script>',
    "=1+1",
    "\U0001f480\U0001f3f4\u200d☠️ Zoë \U0001f9ff",
    "\u202eevil\u202c \u200fשלום",
    LONGO,
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}",
    '@SUM(1)\t"; DROP',
    "-2+3\r\nBEGIN:VEVENT",
)
"""What a client, an artista, an item, a gasto, a forma, a categoria and the studio itself are called here."""

NOSSAS: Final = ("/logotipos/", "data:image/svg+xml;")
"""Pictures that are the studio's: its logo, and the one that a phone reads the second factor from."""

PERIGOSOS: Final = ("=", "+", "-", "@", "\t", "\r")


MOSTRAM: Final = {"dono": 40, "recepcao": 15, "artista": 5, "contador": 8}
"""On at least so many pages something is called so."""


class Olhar(HTMLParser):
    """Reads a page as a browser does, and notes what would run or load what is not the studio's."""

    def __init__(self) -> None:
        super().__init__()
        self.alheios: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.startswith("on") or (name in ("src", "href", "action") and "script:" in (value or "")):
                self.alheios.append(f"<{tag} {name}={value!r:.40}>")
            if tag == "img" and name == "src" and not (value or "").startswith(NOSSAS):
                self.alheios.append(f"<{tag} {name}={value!r:.40}>")
        if tag == "script" and not any(name == "src" for name, _ in attrs):
            self.alheios.append("<script>")


def find_alien(page: str) -> list[str]:
    olhar = Olhar()
    olhar.feed(page)
    return olhar.alheios


@pytest.fixture
def estudio(app: Flask, cast: Cast) -> Estudio:
    """A studio in which everything is called something that is not meant kindly."""
    del app
    return fill(cast, TEXTOS, len(TEXTOS))


def test_the_look_sees_what_would_run() -> None:
    for seen in (IMG, TEXTOS[1], "<a href='javascript:x'>", "<p onclick=x>"):
        assert find_alien(f"<p>{seen}</p>")
    assert find_alien('<img src="/logotipos/0.png"><script src="/arquivos/x.js"></script>') == []


def test_every_page_shows_text_as_text(app: Flask, estudio: Estudio, log_in: Callable[[str], Browser]) -> None:
    wrong, shown = [], Counter[str]()
    for papel in EMAILS:
        browser = log_in(papel)
        for path in (path for rule in list_pages(app) for path in estudio.list_addresses(rule)):
            response = browser.get(path)
            # A month that is late is told by a 503, which is no fault of that page.
            if response.status_code >= 500 and not path.startswith("/health/extrato"):
                wrong.append(f"{papel} {response.status_code} {path}")
            if response.mimetype != "text/html":
                continue
            page = response.get_data(as_text=True)
            shown[papel] += response.status_code == 200 and escape(IMG) in page
            wrong += [f"{papel} {path} {alien}" for alien in find_alien(page)]
    assert wrong == []
    # They would all be right if the texts were nowhere.
    assert all(shown[papel] > least for papel, least in MOSTRAM.items()), shown


def test_the_dossie_is_harmless_in_a_spreadsheet(estudio: Estudio, log_in: Callable[[str], Browser]) -> None:
    del estudio
    browser = log_in("dono")
    cells = 0
    for cliente_id in range(1, 2 * len(TEXTOS)):
        response = browser.get(f"/clientes/{cliente_id}/dossie")
        if response.status_code != 200:
            continue
        archive = zipfile.ZipFile(io.BytesIO(response.get_data()))
        assert archive.testzip() is None
        for name in archive.namelist():
            assert re.fullmatch(r"[\w.-]+", name)
            text = archive.read(name).decode("utf-8-sig")
            if name.endswith(".json"):
                json.loads(text)
            if not name.endswith(".csv"):
                continue
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True):
                cells += len(row)
                wrong = [cell for cell in row if cell.startswith(PERIGOSOS) and not is_numero(cell)]
                assert wrong == [], name
    assert cells > 100


def is_numero(cell: str) -> bool:
    return re.fullmatch(r"-?[\d.]+(,\d+)?", cell) is not None


def test_the_calendar_holds_events_and_no_more_of_them(estudio: Estudio, browser: Browser) -> None:
    response = browser.get(f"/agenda/ics/{estudio.calendario}.ics")
    body = response.get_data()
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)
    unfolded = body.replace(b"\r\n ", b"").split(b"\r\n")
    assert unfolded.count(b"BEGIN:VEVENT") == unfolded.count(b"END:VEVENT") > 5
    names = {line.partition(b":")[0].partition(b";")[0] for line in unfolded if line}
    assert all(re.fullmatch(rb"[A-Z-]+", name) for name in names), names


def test_the_api_tells_every_text_as_it_is_kept(app: Flask, estudio: Estudio, cast: Cast) -> None:
    client, told = app.test_client(use_cookies=False), ""
    headers = {"Authorization": f"Bearer {give_ficha(cast, 'dono')}"}
    for rule in list_api_reads(app):
        for path in estudio.list_addresses(rule):
            response = client.get(path, base_url=ENDERECO, headers=headers)
            assert response.status_code in (200, 404, 422), path
            assert response.content_type.startswith("application/"), path
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            told += json.dumps(json.loads(response.get_data(as_text=True)), ensure_ascii=False)
    for texto in TEXTOS:
        assert json.dumps(texto, ensure_ascii=False)[1:-1] in told, texto[:40]
