"""Two languages, whole: a sentence without its translation, or with another's blanks, fails here."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from cast import Cast, pay
from web.conftest import Browser

from estudio import db
from estudio.domain import errors
from estudio.services import funcionamento_estado, prontidao_service
from estudio.services.execucao_etapas import ETAPAS
from estudio.services.imagem_service import FRASES
from estudio.services.rotinas import list_rotinas
from estudio.web.language import CATALOGOS

WEB = CATALOGOS.parent
ROOT = WEB.parent

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext.babel_extract")]
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}

BLANK = re.compile(r"%\((\w+)\)[sd]")


def extract() -> set[str | tuple[str, ...]]:
    found = set()
    for _, _, message, _, _ in extract_from_dir(str(WEB), METHODS, keywords=KEYWORDS):
        found.add(tuple(message) if isinstance(message, (list, tuple)) else message)
    return found | list_sentences()


def list_sentences() -> set[str | tuple[str, ...]]:
    """What refusals say to a person at a page: those that name no command, setting or file."""
    for_the_host = re.compile(r"`|--|[A-Z]{4,}|\{(arquivo|caminho|ferramenta)\}|backup|importação")
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.EstudioError)]
    said = {kind.sentence for kind in kinds if kind.sentence and not for_the_host.search(kind.sentence)}
    # It names a command, and a person at a page reads it all the same.
    findings = {sentence for pair in prontidao_service.FRASES.values() for sentence in pair}
    said |= {errors.ConviteVencido.sentence, *list_ocasionais(), *FRASES.values(), *findings, *ETAPAS.values()}
    return {*said, *funcionamento_estado.FRASES.values(), *(rotina.titulo for rotina in list_rotinas())}


HOSTS = ("backup", "batch", "cadeia", "contagem", "demo_", "desfecho", "doctor", "execucao", "extrato", "fechamento",
         "import", "migracao", "prontidao", "transicao")  # fmt: skip
"""Services whose refusals are for who closes months and moves files: those have the host's words in them."""


def list_ocasionais() -> set[str]:
    """What is said of an occasion, in the rooms that pages come to: the first words of a refusal where it is raised."""
    names = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
    said = set()
    for path in (*(ROOT / "domain").glob("*.py"), *(ROOT / "services").glob("*.py"), *WEB.rglob("*.py")):
        if path.name.startswith(HOSTS):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                words = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "sentence")]
                said |= {w.value for word in words for w in find_literals(word) if isinstance(w.value, str) and w.value}
    return {words for words in said if "`" not in words}


def find_literals(node: ast.expr) -> list[ast.Constant]:
    """A sentence that is written there, or either of two; one that is put together is no sentence of the catalogue."""
    if isinstance(node, ast.IfExp):
        return [*find_literals(node.body), *find_literals(node.orelse)]
    return [node] if isinstance(node, ast.Constant) else []


def as_tuple(text: object) -> tuple[str, ...]:
    """A sentence, or its forms for one and for many."""
    return tuple(map(str, text)) if isinstance(text, (tuple, list)) else (str(text or ""),)


def read_catalogo() -> Catalog:
    with Path(CATALOGOS / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def test_every_sentence_of_the_pages_is_in_the_catalogue_and_no_other() -> None:
    kept = {message.id for message in read_catalogo() if message.id}
    assert extract() - kept == set(), "missing"
    assert kept - extract() == set(), "no longer said"


def test_every_translation_is_there_and_has_the_same_blanks() -> None:
    wrong = []
    for message in read_catalogo():
        ids, strings = as_tuple(message.id), as_tuple(message.string)
        same = all(set(BLANK.findall(s)) == set(BLANK.findall(ids[-1])) for s in strings)
        if message.id and (message.fuzzy or not all(strings) or not same):
            wrong.append(message.id)
    assert wrong == []


def test_no_template_says_anything_outside_of_the_catalogue() -> None:
    """Whatever letters stand between two marks are for a person to read, and go through gettext."""
    said = []
    for path in sorted((WEB / "templates").rglob("*.html")):
        plain = re.sub(
            r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        plain = re.sub(r"<code>.*?</code>|<!doctype html>", "", plain)
        for text in re.findall(r">([^<>]*)<", plain):
            if re.search(r"[A-Za-zÀ-ÿ]", text):
                said.append(f"{path.name}: {text.strip()}")
        said += [
            f"{path.name}: {value}"
            for value in re.findall(r'(?:aria-label|title|placeholder|alt)="([^"{]*[A-Za-z][^"]*)"', plain)
        ]
    assert said == []


@pytest.mark.parametrize(
    ("accept", "lang", "title"),
    [
        ("pt-BR,pt;q=0.9", "pt-BR", "Entrar"),
        ("en-US,en", "en", "Log in"),
        ("de", "pt-BR", "Entrar"),
        ("", "pt-BR", "Entrar"),
    ],
)
def test_the_language_is_the_browsers(browser: Browser, accept: str, lang: str, title: str) -> None:
    page = browser.get("/entrar", headers={"Accept-Language": accept}).get_data(as_text=True)
    assert f'<html lang="{lang}"' in page
    assert f"<h1>{title}</h1>" in page


def test_what_was_chosen_stays_and_comes_back_to_the_page(browser: Browser) -> None:
    response = browser.post("/preferencias", {"lingua": "en", "volta": "/entrar"}, seen="/entrar")
    assert response.location == "/entrar"
    response = browser.post("/preferencias", {"tema": "escuro", "volta": "/entrar"}, seen="/entrar")
    page = browser.get("/entrar").get_data(as_text=True)
    assert '<html lang="en" data-bs-theme="dark">' in page
    assert 'name="tema" value="escuro" aria-pressed="true"' in page


def test_what_is_not_offered_is_not_kept(browser: Browser) -> None:
    response = browser.post("/preferencias", {"lingua": "xx", "tema": "<b>", "volta": "//evil.example"}, seen="/entrar")
    assert response.location == "/"
    assert not any("lingua=" in c or "tema=" in c for c in response.headers.getlist("Set-Cookie"))
    browser.client.set_cookie("lingua", "xx", domain="localhost")
    assert '<html lang="pt-BR">' in browser.get("/entrar").get_data(as_text=True)


def test_money_days_and_months_are_written_as_the_language_writes_them(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    with db.transaction() as session:
        pay(session, cast, "1234.50", percentual=3333)
    browser = log_in("dono")
    path = "/historico?mes=2026-10"
    pt, en = (
        browser.get(path, headers={"Accept-Language": lingua}).get_data(as_text=True) for lingua in ("pt-BR", "en")
    )
    for words in ("R$ 1.234,50", "15/10/2026", "outubro de 2026", "33,33%"):
        assert words in pt
    for words in ("R$1,234.50", "Oct 15, 2026", "October 2026", "33.33%"):
        assert words in en
