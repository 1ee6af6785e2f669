"""The whole of the month-end, once through: what the owner does, what the artista answers, what the pack proves."""

from collections.abc import Callable
from pathlib import Path

from browser.mes_inteiro import (
    agree,
    change_a_digit,
    close_month,
    compare,
    register_late,
    reopen,
    send_link,
    take_pack,
    verify,
)
from playwright.sync_api import Page, expect

VALOR = "317,00"


def test_a_month_is_closed_handed_out_corrected_and_closed_again(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    dono = open_page("mesa", papel="dono")
    mes = close_month(dono)
    assert mes == "2025-04"

    pack = take_pack(dono, mes, tmp_path)
    told = verify(pack)
    assert (told.returncode, told.stdout.split(":")[0]) == (0, "íntegro"), told.stdout + told.stderr
    pdf = next(pack.rglob("*.pdf")).read_bytes()

    change_a_digit(pack, "*.csv", b"380,00", b"330,00")
    told = verify(pack)
    assert (told.returncode, told.stdout.splitlines()[0]) == (1, "NÃO ESTÁ ÍNTEGRO"), told.stdout + told.stderr
    assert "extrato_2025_04.csv: linha 2" in told.stdout

    agree(open_page("celular"), send_link(dono, mes))
    dono.goto(f"/extratos/{mes}")
    expect(dono.get_by_role("region", name="Demonstrativos")).to_contain_text("De acordo")

    reopen(dono, mes)
    register_late(dono, mes, VALOR)
    assert close_month(dono) == mes
    compare(dono, mes, VALOR)

    # The first version is still there, and its paper is the same to the byte.
    dono.goto(f"/extratos/{mes}?versao=1")
    expect(dono.locator("main")).to_contain_text("não vale mais")
    response = dono.request.get(f"/extratos/{mes}/vias/pdf?versao=1")
    assert response.body() == pdf
