"""The month's pack from the Extrato's page: for the dono and the contador, of the version that stands, kept nowhere."""

import io
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
from cast import Cast, pay, shut
from web.conftest import Browser

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.documento_service import ensure_documentos
from estudio.services.extrato_service import reopen_extrato

SETEMBRO = date(2025, 9, 10)
PACOTE = "/extratos/2025-09/pacote"
LINK = f'href="{PACOTE}"'


@pytest.fixture
def fechado(cast: Cast) -> Cast:
    """September 2025, closed with one payment."""
    with db.transaction() as session:
        pay(session, cast, "200.00", data=SETEMBRO, artista=cast.bia)
    close()
    return cast


def close() -> None:
    with db.transaction() as session:
        shut(session, "2025-09")
    ensure_documentos(Competencia(2025, 9), quem=LINHA_DE_COMANDO)


@pytest.mark.usefixtures("fechado")
@pytest.mark.parametrize("papel", ["dono", "contador"])
def test_the_page_leads_to_a_zip(log_in: Callable[[str], Browser], papel: str) -> None:
    browser = log_in(papel)
    assert LINK in browser.get("/extratos/2025-09").get_data(as_text=True)
    response = browser.get(PACOTE)
    payload = response.get_data()
    assert (response.status_code, response.mimetype) == (200, "application/zip")
    assert response.headers["Content-Disposition"] == 'attachment; filename="extrato_2025_09_v1.zip"'
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Length"] == str(len(payload))
    assert "extrato_2025_09.xlsx" in zipfile.ZipFile(io.BytesIO(payload)).namelist()
    assert browser.get(PACOTE).get_data() == payload


@pytest.mark.usefixtures("fechado")
@pytest.mark.parametrize("papel", ["recepcao", "artista"])
def test_it_is_for_nobody_else(log_in: Callable[[str], Browser], papel: str) -> None:
    assert log_in(papel).get(PACOTE).status_code == 403


def test_a_version_that_was_replaced_has_no_pack_and_the_next_one_is_named_by_its_number(
    log_in: Callable[[str], Browser], fechado: Cast
) -> None:
    browser = log_in("dono")
    reopen_extrato(Competencia(2025, 9), motivo="faltou um pagamento", quem=LINHA_DE_COMANDO)
    assert browser.get(PACOTE).status_code == 404
    with db.transaction() as session:
        pay(session, fechado, "80.00", data=SETEMBRO, artista=fechado.bia)
    close()
    assert LINK not in browser.get("/extratos/2025-09?versao=1").get_data(as_text=True)
    assert browser.get(PACOTE).headers["Content-Disposition"].endswith('extrato_2025_09_v2.zip"')


@pytest.mark.usefixtures("fechado")
@pytest.mark.parametrize(("mes", "status"), [("2025-10", 404), ("2025-08", 404), ("2025-9", 422), ("setembro", 422)])
def test_what_is_no_closed_month_is_said(log_in: Callable[[str], Browser], mes: str, status: int) -> None:
    assert log_in("dono").get(f"/extratos/{mes}/pacote").status_code == status
