"""The dossiê: everything about one person in a zip, for the dono to hand over; harmless in a spreadsheet."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from cast import Cast, book, make_cliente, pay, shut
from web.conftest import Browser

from estudio import db
from estudio.domain.pagamento import Pagamento
from estudio.services.cliente_service import edit_cliente
from estudio.services.fusao_service import merge_clientes
from estudio.services.pagamento_service import delete_pagamento, reverse_pagamento

HOSTIL = '=HYPERLINK("http://evil.example")'


def fill(cast: Cast) -> int:
    """Dora with a merged entry, a closed month, an estorno and a payment that was deleted; returns the merged one."""
    with db.transaction() as session:
        outra = make_cliente(session, HOSTIL, telefone="+55 11 3333-4444")
        sessao = book(session, cast, "300.00", data=date(2026, 9, 9), cliente=outra)
        pago = pay(session, cast, "300.00", data=date(2026, 9, 10), cliente=outra, sessoes=[sessao], observacoes="-1+1")
        merge_clientes(session, outra.id, quem=cast.quem_caio, em=cast.dora.id)
        edit_cliente(session, cast.dora.id, quem=cast.quem_caio, observacoes='Alergia; "látex"\nsegunda linha')
    with db.transaction() as session:
        shut(session, "2026-09")
    with db.transaction() as session:
        reverse_pagamento(
            session, pago.id, quem=cast.quem_caio, data=date(2026, 11, 5), valor=Decimal("100.00"), forma="pix"
        )
        errado = pay(session, cast, "77.77", data=date(2026, 11, 5), cliente=cast.dora)
        pay(session, cast, "999.00", data=date(2026, 11, 5), observacoes="de outra pessoa")
        delete_pagamento(session, session.get_one(Pagamento, errado.id).id, quem=cast.quem_ana)
    return outra.id


def open_zip(browser: Browser, cliente_id: int) -> zipfile.ZipFile:
    response = browser.get(f"/clientes/{cliente_id}/dossie")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Disposition"].startswith(f'attachment; filename="cliente_{cliente_id}_')
    return zipfile.ZipFile(io.BytesIO(response.get_data()))


def read_sheet(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    payload = archive.read(name)
    assert payload.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(payload.decode("utf-8-sig"), newline=""), delimiter=";", strict=True))


def test_the_zip_holds_all_about_one_person_and_of_nobody_else(log_in: Callable[[str], Browser], cast: Cast) -> None:
    outra = fill(cast)
    archive = open_zip(log_in("dono"), cast.dora.id)
    assert archive.namelist() == [
        "LEIA-ME.txt",
        "dados.json",
        "cadastros.csv",
        "pagamentos.csv",
        "sessoes.csv",
        "meses_fechados.csv",
        "eventos.csv",
    ]
    pagamentos = read_sheet(archive, "pagamentos.csv")
    assert [(row["data"], row["valor"]) for row in pagamentos] == [("10/09/2026", "300,00"), ("05/11/2026", "-100,00")]
    assert [row["pagamento"] for row in read_sheet(archive, "sessoes.csv")] == [pagamentos[0]["id"]]
    (mes,) = read_sheet(archive, "meses_fechados.csv")
    assert (mes["mes"], mes["versao"], mes["cadastro"]) == ("2026-09", "1", str(outra))
    eventos = read_sheet(archive, "eventos.csv")
    assert {"clientes", "pagamentos", "sessoes"} == {row["tabela"] for row in eventos}
    assert "delete" in {row["acao"] for row in eventos}
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert "de outra pessoa" not in everything
    assert "999" not in everything.replace("99999", "")


def test_the_json_says_money_in_reais_and_days_in_iso(log_in: Callable[[str], Browser], cast: Cast) -> None:
    outra = fill(cast)
    payload = json.loads(open_zip(log_in("dono"), cast.dora.id).read("dados.json"))
    assert [cadastro["id"] for cadastro in payload["cadastros"]] == [cast.dora.id, outra]
    assert payload["cadastros"][0]["observacoes"] == 'Alergia; "látex"\nsegunda linha'
    assert [(p["data"], p["valor"]) for p in payload["pagamentos"]] == [
        ("2026-09-10", "300.00"),
        ("2026-11-05", "-100.00"),
    ]
    gone = [evento for evento in payload["eventos"] if evento["acao"] == "delete"]
    assert [evento["antes"]["valor"] for evento in gone] == ["77.77"]


def test_what_a_spreadsheet_would_run_is_neutralised(log_in: Callable[[str], Browser], cast: Cast) -> None:
    fill(cast)
    archive = open_zip(log_in("dono"), cast.dora.id)
    cadastros = read_sheet(archive, "cadastros.csv")
    assert cadastros[1]["nome"] == "'" + HOSTIL
    assert cadastros[1]["telefone"] == "'+55 11 3333-4444"
    assert cadastros[0]["observacoes"] == 'Alergia; "látex"\nsegunda linha'
    assert read_sheet(archive, "pagamentos.csv")[0]["observacoes"] == "'-1+1"


def test_a_merged_entry_leads_to_the_same_person_and_the_desk_gets_none(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    outra = fill(cast)
    browser = log_in("dono")
    assert (
        f'filename="cliente_{cast.dora.id}_' in browser.get(f"/clientes/{outra}/dossie").headers["Content-Disposition"]
    )
    assert browser.get("/clientes/999/dossie").status_code == 404
    assert log_in("recepcao").get(f"/clientes/{cast.dora.id}/dossie").status_code == 403
