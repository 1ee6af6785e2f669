"""The month-end as its owner lives it: close, take the pack, send a link, be told "de acordo", correct, close again.

One walk for the test, which runs it on a studio of a month, and for `make shots`, which takes the manual's pictures of
it on the sample studio.
"""

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

Look = Callable[[str, Page], None]
"""Called with the name of a station of the walk, on the page that a person sees there."""


def look_nowhere(_name: str, _page: Page) -> None:
    """For who only walks."""


def close_month(dono: Page, look: Look = look_nowhere) -> str:
    """From Início to closed in two taps; returns the month as addresses have it."""
    dono.goto("/")
    dono.get_by_role("link", name=re.compile("^Conferir ")).click()
    mes = dono.url.split("/extratos/")[1].split("/")[0]
    look("fechar-1-conferir", dono)
    dono.get_by_role("button", name=re.compile("^Fechar ")).click()
    expect(dono.locator("#andamento")).to_be_visible()
    expect(dono.locator("#andamento")).to_contain_text("Fechamento: fechado", timeout=120_000)
    look("fechar-2-fechado", dono)
    dono.get_by_role("link", name="Abrir o Extrato").click()
    expect(dono.get_by_role("heading", level=1)).to_contain_text("Extrato de ")
    return mes


def show_documents(dono: Page, mes: str, look: Look = look_nowhere) -> Locator:
    """The link to the pack, where the Extrato keeps what is to be handed out."""
    dono.goto(f"/extratos/{mes}")
    link = dono.get_by_role("link", name=re.compile("pacote", re.IGNORECASE)).first
    link.evaluate("e => e.closest('section').scrollIntoView({block: 'center'})")
    look("fechar-3-documentos", dono)
    return link


def take_pack(dono: Page, mes: str, folder: Path) -> Path:
    """The pack as the browser downloads it, unpacked into a new folder of the one given."""
    link = show_documents(dono, mes)
    with dono.expect_download() as download:
        link.click()
    packed = folder / download.value.suggested_filename
    download.value.save_as(packed)
    unpacked = folder / packed.stem
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(unpacked)
    return unpacked


def verify(unpacked: Path) -> "subprocess.CompletedProcess[str]":
    """`python verificar.py` as the accountant runs it: in the folder, with nothing of ours in reach."""
    script = next(unpacked.rglob("verificar.py"))
    return subprocess.run(
        [sys.executable, "-I", script.name], cwd=script.parent, capture_output=True, text=True, timeout=120, check=False
    )


def change_a_digit(unpacked: Path, name: str, of: bytes, to: bytes) -> None:
    """One byte of one file, as somebody would who wants to owe less."""
    assert len(of) == len(to)
    path = next(unpacked.rglob(name))
    told = path.read_bytes()
    assert of in told
    path.write_bytes(told.replace(of, to, 1))


def send_link(dono: Page, mes: str, look: Look = look_nowhere) -> str:
    """An artista's statement and a link to it, ready to be sent."""
    dono.goto(f"/extratos/{mes}/demonstrativos")
    dono.locator(f"main a[href*='/extratos/{mes}/demonstrativos/']").last.click()
    dono.get_by_role("button", name=re.compile("(Criar|Trocar) o link de ")).first.click()
    link = dono.locator("#link-do-demonstrativo")
    expect(link).to_be_visible()
    link.scroll_into_view_if_needed()
    look("fechar-4-link", dono)
    return link.input_value()


def agree(artista: Page, link: str, look: Look = look_nowhere) -> None:
    """The artista, on a phone and without logging in."""
    artista.goto(link)
    look("fechar-5-artista", artista)
    artista.get_by_role("button", name=re.compile("^De acordo com R\\$ ")).click()
    expect(artista.locator(".recado")).to_have_text("Anotado: você está de acordo.")


def reopen(dono: Page, mes: str, look: Look = look_nowhere) -> None:
    dono.goto(f"/extratos/{mes}")
    dono.get_by_role("link", name=re.compile("^Reabrir ")).first.click()
    dono.locator("#motivo").fill("Pagamento do dia 28 lançado depois.")
    look("fechar-6-reabrir", dono)
    dono.get_by_role("button", name=re.compile("^Reabrir ")).click()
    expect(dono.locator("main")).to_contain_text(re.compile("reabert", re.IGNORECASE))


def register_late(dono: Page, mes: str, valor: str) -> None:
    """A payment of the month's 28th, found afterwards."""
    dono.goto("/pagamentos/new?avulsa=1")
    dono.locator("#dia").fill(f"{mes}-28")
    dono.locator("#artista_id").select_option(str(dono.locator("#artista_id option").last.get_attribute("value")))
    dono.locator("#valor").fill(valor)
    dono.locator("#forma").select_option("pix")
    dono.get_by_role("button", name="Registrar pagamento").click()
    expect(dono.locator(".recado")).to_contain_text(valor)


def compare(dono: Page, mes: str, valor: str, look: Look = look_nowhere) -> None:
    """What the second version has that the first had not."""
    dono.goto(f"/extratos/{mes}")
    dono.locator(f"main a[href*='/extratos/{mes}/versoes']").first.click()
    expect(dono.locator("main")).to_contain_text("Da versão 1 para a versão 2")
    expect(dono.get_by_role("region", name="Linha por linha")).to_contain_text(f"R$ {valor}")
    look("fechar-7-versoes", dono)
