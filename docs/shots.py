"""`make shots`: every page of the sample studio as a picture, on the phone and on the desk, light and dark.

Makes the sample in a folder that goes with it, serves it, and has Debian's Chromium look at each page; last it walks
through the end of a month, as the browser tests do, for the manual's pictures. What stands in docs/screens/ afterwards
is what there is now: pictures of pages that are gone are deleted.
"""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal
from urllib.error import URLError

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from estudio.services.demo_textos import SENHA, USUARIOS

sys.path.insert(0, str(Path(__file__).parents[1] / "backend" / "tests"))

from browser import mes_inteiro

FOLDER: Final = Path(__file__).parent / "screens"

SIZES: Final = {"celular": (390, 844), "mesa": (1440, 900)}
THEMES: Final[dict[str, Literal["light", "dark"]]] = {"claro": "light", "escuro": "dark"}

COLOURS: Final = 64
"""Of a picture: pages are flat, and nobody sees the difference but in bytes."""

PAGES: Final[dict[str, tuple[str, str]]] = {
    "entrar": ("", "/entrar"),
    "recuperar": ("", "/recuperar"),
    "inicio-dono": ("dono", "/"),
    "inicio-recepcao": ("recepcao", "/"),
    "inicio-artista": ("artista", "/"),
    "inicio-contador": ("contador", "/"),
    "agenda-dia": ("dono", "/agenda"),
    "agenda-semana": ("dono", "/agenda?visao=semana"),
    "agenda-artista": ("artista", "/agenda"),
    "calendarios": ("dono", "/agenda/calendarios"),
    "clientes": ("recepcao", "/clientes"),
    "cliente": ("recepcao", "/clientes/{cliente}"),
    "cliente-novo": ("recepcao", "/clientes/new"),
    "cliente-corrigir": ("recepcao", "/clientes/{cliente}/edit"),
    "cliente-juntar": ("recepcao", "/clientes/{cliente}/fusao?q=a"),
    "cliente-dados": ("dono", "/clientes/{cliente}/titular"),
    "artistas": ("dono", "/artistas"),
    "artista": ("dono", "/artistas/1"),
    "artista-novo": ("dono", "/artistas/new"),
    "artista-corrigir": ("dono", "/artistas/1/edit"),
    "sessoes": ("dono", "/sessoes"),
    "sessoes-artista": ("artista", "/sessoes"),
    "sessao-nova": ("recepcao", "/sessoes/new"),
    "sessao": ("recepcao", "/sessoes/{sessao}/edit"),
    "pagamentos": ("dono", "/pagamentos"),
    "pagamento-novo": ("dono", "/pagamentos/new"),
    "pagamento-avulso": ("recepcao", "/pagamentos/new?avulsa=1"),
    "pagamento": ("dono", "/pagamentos/{pagamento}/edit"),
    "estorno": ("dono", "/pagamentos/{pagamento}/estorno"),
    "gastos": ("dono", "/gastos"),
    "gasto": ("dono", "/gastos/{gasto}/edit"),
    "acertos": ("dono", "/acertos"),
    "acerto-conta": ("dono", "/acertos/artistas/{conta}"),
    "acerto-novo": ("dono", "/acertos/new?artista={conta}"),
    "recorrentes": ("dono", "/gastos/recorrentes"),
    "recorrente-novo": ("dono", "/gastos/recorrentes/new?gasto={gasto}"),
    "recorrente": ("dono", "/gastos/recorrentes/{recorrente}/edit"),
    "lancamento": ("dono", "/gastos/recorrentes/{recorrente}/lancamento"),
    "estoque": ("recepcao", "/estoque"),
    "estoque-ordem": ("recepcao", "/estoque?ordem=1"),
    "item": ("recepcao", "/estoque/{item}/movimentos"),
    "item-novo": ("recepcao", "/estoque/new"),
    "item-corrigir": ("recepcao", "/estoque/{item}/edit"),
    "historico": ("dono", "/historico"),
    "historico-artista": ("artista", "/historico"),
    "historico-secao": ("dono", "/historico/pagamentos"),
    "por-que": ("dono", "/historico/numeros/receita_liquida"),
    "passado": ("dono", "/historico/{aberto}/passado"),
    "extratos": ("dono", "/extratos"),
    "extrato": ("dono", "/extratos/{fechado}"),
    "mes-aberto": ("dono", "/extratos/{aberto}"),
    "selar": ("dono", "/extratos/{fechado}/selagem"),
    "extrato-secao": ("dono", "/extratos/{fechado}/pagamentos"),
    "demonstrativos": ("dono", "/extratos/{fechado}/demonstrativos"),
    "demonstrativo": ("dono", "/extratos/{fechado}/demonstrativos/1"),
    "relatorios": ("dono", "/relatorios"),
    "calculadora": ("artista", "/calculadora?valor=1.234,56&percentual=33,33"),
    "busca": ("dono", "/busca?q=prado"),
    "ajustes": ("dono", "/ajustes"),
    "formas": ("dono", "/ajustes/formas"),
    "forma": ("dono", "/ajustes/formas/pix/edit"),
    "categorias": ("dono", "/ajustes/categorias"),
    "usuarios": ("dono", "/usuarios"),
    "usuario-novo": ("dono", "/usuarios/new"),
    "usuario": ("dono", "/usuarios/2/edit"),
    "importacoes": ("dono", "/importacoes"),
    "funcionamento": ("dono", "/funcionamento"),
    "avisos": ("dono", "/avisos"),
    "conta": ("dono", "/conta"),
    "senha": ("dono", "/conta/senha"),
    "pin": ("dono", "/conta/pin"),
    "segundo-fator": ("dono", "/conta/segundo-fator"),
    "segundo-fator-novo": ("dono", "/conta/segundo-fator/new"),
    "chaves": ("dono", "/conta/chaves"),
    "fichas": ("dono", "/conta/fichas"),
    "ficha-nova": ("dono", "/conta/fichas/new"),
    "prova": ("dono", "/conta/prova"),
    "trocar": ("dono", "/trocar"),
    "api": ("dono", "/api/v1/docs"),
    "erro": ("dono", "/nada"),
}
"""Name of the picture → who looks (nobody yet: ""), and at what; `{…}` is found on the pages themselves."""

FOUND: Final = {
    "pagamento": ("/pagamentos", "a[href^='/pagamentos/'][href*='/edit']", 2),
    "aberto": ("/historico", "a[href*='/passado']", 2),
    "fechado": ("/extratos", "tr:has-text('fechado') a[href^='/extratos/']", 2),
    "cliente": ("/clientes", "main a[href^='/clientes/']:not([href*='new'])", 2),
    "sessao": ("/sessoes", "a[href^='/sessoes/'][href*='/edit']", 2),
    "gasto": ("/gastos", "a[href^='/gastos/'][href*='/edit']", 2),
    "recorrente": ("/gastos", "a[href^='/gastos/recorrentes/'][href*='/lancamento']", 3),
    "conta": ("/acertos", "tr:has-text('Téo') a[href^='/acertos/artistas/']", 3),
    "item": ("/estoque", "a[href^='/estoque/'][href*='/movimentos']", 2),
}
"""What stands for `{…}`: the page, the first link on it, and which part of its address."""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="estudio-shots-") as folder:
        # As root the server runs as a user of its own, who must get through.
        Path(folder).chmod(0o711)
        with serve(Path(folder) / "exemplo") as url, sync_playwright() as playwright:
            chromium = shutil.which("chromium")
            if chromium is None:
                sys.exit("Chromium is missing: apt install chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            taken = take_all(browser, url) | take_month_end(browser, url)
            browser.close()
    for path in FOLDER.glob("*.png"):
        if path.name not in taken:
            path.unlink()
    print(f"{len(taken)} pictures in {FOLDER}")
    return 0


@contextmanager
def serve(folder: Path) -> Generator[str, None, None]:
    """The sample studio, served as `make demo` serves it; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = os.environ | {"ESTUDIO_DATA_DIR": str(folder)}
    words = [sys.executable, "-m", "estudio", "demo", "--serve", "--port", str(port)]
    with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/entrar", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(90)


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except URLError:
            time.sleep(0.5)
    sys.exit("The sample studio could not be served.")


def take_all(browser: Browser, url: str) -> set[str]:
    """Take every picture; the names of the files."""
    FOLDER.mkdir(exist_ok=True)
    taken = set()
    found: dict[str, str] = {}
    for size in SIZES:
        for theme in THEMES:
            pages: dict[str, Page] = {}
            for name, (papel, path) in PAGES.items():
                if papel not in pages:
                    pages[papel] = open_page(browser, url, size, theme, papel)
                if papel == "dono":
                    found = found or find_parts(pages[papel])
                pages[papel].goto(path.format(**found))
                pages[papel].wait_for_load_state("networkidle")
                file = f"{name}-{size}-{theme}.png"
                keep(pages[papel].screenshot(), FOLDER / file)
                taken.add(file)
            for page in pages.values():
                page.context.close()
    return taken


def take_month_end(browser: Browser, url: str) -> set[str]:
    """Close the newest finished month, hand it out, correct it and close it again; the names of the files."""
    taken = set()

    def look(name: str, page: Page) -> None:
        assert page.viewport_size is not None, "every page here is opened with a size"
        width = (page.viewport_size["width"], page.viewport_size["height"])
        file = f"{name}-{next(size for size, of in SIZES.items() if of == width)}-claro.png"
        keep(page.screenshot(), FOLDER / file)
        taken.add(file)

    dono, artista = open_page(browser, url, "mesa", "claro", "dono"), open_page(browser, url, "celular", "claro", "")
    mes = mes_inteiro.close_month(dono, look)
    mes_inteiro.show_documents(dono, mes, look)
    mes_inteiro.agree(artista, mes_inteiro.send_link(dono, mes, look), look)
    mes_inteiro.reopen(dono, mes, look)
    mes_inteiro.register_late(dono, mes, "317,00")
    mes_inteiro.close_month(dono)
    mes_inteiro.compare(dono, mes, "317,00", look)
    for page in (dono, artista):
        page.context.close()
    return taken


def open_page(browser: Browser, url: str, size: str, theme: str, papel: str) -> Page:
    """A page in a browser of its own, of that size and theme; logged in, unless the papel is ""."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme=THEMES[theme],
        locale="pt-BR",
        reduced_motion="reduce",
    )
    page = context.new_page()
    if papel:
        log_in(page, papel)
    return page


def log_in(page: Page, papel: str) -> None:
    email = next(email for _, email, of, _ in USUARIOS if of == papel)
    page.goto("/entrar")
    page.fill("#email", email)
    page.fill("#senha", SENHA)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")


def find_parts(page: Page) -> dict[str, str]:
    """The numbers and months that addresses need, read where a person would press."""
    parts = {}
    for name, (path, link, place) in FOUND.items():
        page.goto(path)
        href = page.locator(link).first.get_attribute("href")
        assert href is not None, f"no {link} on {path}"
        parts[name] = href.partition("?")[0].split("/")[place]
    return parts


def keep(png: bytes, path: Path) -> None:
    """Write the picture in few colours; one that shows the same as before is left alone, so that git sees no change."""
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    if path.exists() and Image.open(path).convert("RGB").tobytes() == picture.convert("RGB").tobytes():
        return
    picture.save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
