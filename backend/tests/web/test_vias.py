"""The documents of a month on the Extrato's page: each by itself, of each version; made when they are missing."""

import hashlib
import re
from collections.abc import Callable
from datetime import date

import pytest
from cast import Cast, pay, shut
from web.conftest import Browser, read

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services import documento_typst, fechamento_tarefa
from estudio.services.documento_service import ensure_documentos
from estudio.services.extrato_service import reopen_extrato

SETEMBRO = Competencia(2025, 9)
PAGINA = "/extratos/2025-09"
VIAS = f"{PAGINA}/vias"

TIPOS = {
    "pdf": ("application/pdf", b"%PDF-1.7"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
    "csv": ("text/csv; charset=utf-8", b"\xef\xbb\xbftipo;"),
    "json": ("application/json", b"{\n"),
}


@pytest.fixture
def fechado(cast: Cast) -> Cast:
    """September 2025, closed with one payment; nobody has made its documents."""
    with db.transaction() as session:
        pay(session, cast, "200.00", data=date(2025, 9, 10), artista=cast.bia)
    close()
    return cast


def close() -> None:
    with db.transaction() as session:
        shut(session, "2025-09")


@pytest.mark.usefixtures("fechado")
def test_what_is_missing_is_said_made_by_a_press_and_then_offered(log_in: Callable[[str], Browser]) -> None:
    dono = log_in("dono")
    assert "Os documentos deste mês ainda não foram gerados. O mês está fechado do mesmo jeito." in read(
        dono.get(PAGINA)
    )
    assert dono.get(f"{VIAS}/pdf").status_code == 409
    assert dono.get(f"{PAGINA}/pacote").status_code == 409
    response = dono.post(VIAS, seen=PAGINA)
    assert (response.status_code, response.location) == (303, PAGINA)
    page = dono.get(PAGINA)
    assert "Os documentos estão prontos." in read(page)
    assert "Gerar agora" not in read(page)
    assert re.findall(r'href="(/extratos/2025-09/vias/\w+)\?versao=1"', page.get_data(as_text=True)) == [
        f"{VIAS}/{tipo}" for tipo in TIPOS
    ]
    again = dono.send(VIAS, {"csrf_token": _token(dono)})
    assert again.status_code == 303


def _token(browser: Browser) -> str:
    found = re.search(r'name="csrf_token" value="([^"]*)"', browser.get("/conta").get_data(as_text=True))
    assert found is not None
    return found[1]


@pytest.mark.usefixtures("fechado")
@pytest.mark.parametrize("papel", ["dono", "contador"])
def test_each_is_handed_out_as_it_was_kept(log_in: Callable[[str], Browser], papel: str) -> None:
    ensure_documentos(SETEMBRO, quem=LINHA_DE_COMANDO)
    browser = log_in(papel)
    page = browser.get(PAGINA).get_data(as_text=True)
    for tipo, (mimetype, beginning) in TIPOS.items():
        response = browser.get(f"{VIAS}/{tipo}")
        payload = response.get_data()
        assert (response.status_code, response.content_type, payload.startswith(beginning)) == (200, mimetype, True)
        assert response.headers["Content-Disposition"] == f'attachment; filename="extrato_2025_09.{tipo}"'
        assert response.headers["Content-Length"] == str(len(payload))
        assert response.headers["Cache-Control"] == "no-store"
        assert f'title="{hashlib.sha256(payload).hexdigest()}"' in page


@pytest.mark.usefixtures("fechado")
@pytest.mark.parametrize("papel", ["recepcao", "artista"])
def test_they_are_for_nobody_else(log_in: Callable[[str], Browser], papel: str) -> None:
    ensure_documentos(SETEMBRO, quem=LINHA_DE_COMANDO)
    assert log_in(papel).get(f"{VIAS}/pdf").status_code == 403


@pytest.mark.usefixtures("fechado")
def test_the_contador_reads_and_makes_none(log_in: Callable[[str], Browser]) -> None:
    contador = log_in("contador")
    page = read(contador.get(PAGINA))
    assert "ainda não foram gerados" in page
    assert "Gerar agora" not in page
    assert contador.send(VIAS, {"csrf_token": _token(contador)}).status_code == 403


def test_the_documents_of_a_version_that_was_replaced_stay(log_in: Callable[[str], Browser], fechado: Cast) -> None:
    ensure_documentos(SETEMBRO, quem=LINHA_DE_COMANDO)
    browser = log_in("dono")
    first = browser.get(f"{VIAS}/pdf").get_data()
    reopen_extrato(SETEMBRO, motivo="faltou um pagamento", quem=LINHA_DE_COMANDO)
    assert browser.get(f"{VIAS}/pdf").status_code == 404
    assert f"{VIAS}/pdf?versao=1" in browser.get(f"{PAGINA}?versao=1").get_data(as_text=True)
    with db.transaction() as session:
        pay(session, fechado, "80.00", data=date(2025, 9, 10), artista=fechado.bia)
    close()
    ensure_documentos(SETEMBRO, quem=LINHA_DE_COMANDO)
    assert browser.get(f"{VIAS}/pdf?versao=1").get_data() == first
    assert browser.get(f"{VIAS}/pdf").get_data() == browser.get(f"{VIAS}/pdf?versao=2").get_data() != first


@pytest.mark.usefixtures("fechado")
def test_why_they_were_not_made_is_said_on_the_page(
    log_in: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    dono = log_in("dono")
    monkeypatch.setattr(documento_typst, "PRAZO_S", 0.001)
    assert dono.post(VIAS, seen=PAGINA).status_code == 503
    told = read(dono.get(PAGINA))
    assert "Os documentos não foram gerados: O documento não foi gerado: demorou mais de" in told
    assert "O mês está fechado do mesmo jeito. Gerar agora os documentos de setembro de 2025" in told
    # What was whole is offered already.
    assert dono.get(f"{VIAS}/xlsx").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [("2025-09/vias/exe", 404), ("2025-09/vias/pdf?versao=9", 404), ("2025-09/vias/pdf?versao=x", 404),
     ("2025-08/vias/pdf", 404), ("setembro/vias/pdf", 422)],
)  # fmt: skip
@pytest.mark.usefixtures("fechado")
def test_what_is_no_document_is_said(log_in: Callable[[str], Browser], path: str, status: int) -> None:
    assert log_in("dono").get(f"/extratos/{path}").status_code == status


def test_closing_by_the_page_makes_them_too(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "200.00", data=date(2025, 9, 10), artista=cast.bia)
    dono = log_in("dono")
    assert dono.post(f"{PAGINA}/fechamento", seen=f"{PAGINA}/conferencia").status_code == 303
    fechamento_tarefa.settle()
    assert dono.get(f"{VIAS}/pdf").get_data().startswith(b"%PDF")
