"""What the docs say exists: links, commands, options, settings."""

import re
import subprocess
import unicodedata
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import click
import pytest

from estudio.cli import ENTRIES, main
from estudio.config import Settings
from estudio.domain.aviso import ALARME
from estudio.services.alarme_service import TAMBEM_O_AVISO
from estudio.services.aviso_texto import ALARMES, ROTINAS, TEXTOS, write_texto
from estudio.services.rotinas import list_rotinas

ROOT = Path(__file__).resolve().parents[2]
FILES = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT, capture_output=True, text=True, check=True,
).stdout.splitlines()  # fmt: skip
DOCS = sorted(ROOT / name for name in FILES if name.endswith(".md"))
NAMES = [str(path.relative_to(ROOT)) for path in DOCS]

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"(?:^\$ ?|^|`)estudio ((?:[a-z][a-z0-9-]* ?)+)((?:[^`\n#]*)?)", re.MULTILINE)


def test_there_are_docs() -> None:
    assert {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/manual.md"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    path = ROOT / name
    broken = []
    for link in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        file, _, anchor = unquote(link).partition("#")
        target = (path.parent / file).resolve() if file else path
        if re.match(r"[a-z]+:", link) or not target.exists() or (anchor and anchor not in slugs(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_that_is_named_exists(name: str) -> None:
    wrong = []
    for words, rest in COMMAND.findall((ROOT / name).read_text(encoding="utf-8")):
        command = find_command(words.split())
        known = {o for param in command.params for o in (*param.opts, *param.secondary_opts)} if command else set()
        options = set(re.findall(r"(?<![\w-])--[a-z-]+", rest))
        if command is None or not options <= known | {"--help"}:
            wrong.append(f"estudio {words}{rest}")
    assert wrong == []


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in ENTRIES if f"`estudio {name}`" not in text] == []


def test_every_setting_is_explained_in_operacao_as_in_the_code() -> None:
    text = (ROOT / "docs" / "operacao.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    assert [(name, why) for name, _, why in rows] == [
        (name.upper(), field.description) for name, field in Settings.model_fields.items()
    ]


def test_every_aviso_is_explained_in_operacao_by_its_title_and_nothing_else_is() -> None:
    text = (ROOT / "docs" / "operacao.md").read_text(encoding="utf-8")
    section = text.partition("### O que cada aviso quer dizer")[2].partition("\n#")[0]
    said = re.findall(r"^\| (.+?) \| .+? \| (.+?) \| .+ \|$", section, re.MULTILINE)[1:]
    assert [(titulo, urgente[:3].strip()) for titulo, urgente in said] == _list_avisos()
    # Each thing that may go badly has words; a closing has avisos of its own.
    assert {rotina.nome for rotina in list_rotinas()} <= set(ROTINAS) | {"fechamento"}


def _list_avisos() -> list[tuple[str, str]]:
    """Title and urgency ("sim", "não", "se" this or that) of all that can be told, in the order of the code."""
    dados = {"mes": "2025-08", "em": "2025-09-01T05:00:00-03:00"}
    found: list[tuple[str, set[bool]]] = []
    for tipo in TEXTOS:
        if tipo == "rotina_falhou":
            continue
        if tipo == "rotina_recusada":
            for nome in ROTINAS:
                both = [write_texto(each, {"rotina": nome}) for each in ("rotina_recusada", "rotina_falhou")]
                found.append((both[0].titulo, {texto.urgente for texto in both}))
        elif tipo == ALARME:
            for codigo in (*ALARMES, "*código*"):
                graus = ("aviso", "falha") if codigo in TAMBEM_O_AVISO else ("falha",)
                all_ = [write_texto(ALARME, {"codigo": codigo, "situacao": grau}) for grau in graus]
                found.append((all_[0].titulo, {texto.urgente for texto in all_}))
        else:
            texto = write_texto(tipo, dados)
            titulo = texto.titulo.replace("Agosto/2025", "*mês*").replace("01/09", "*dia*")
            found.append((titulo, {texto.urgente}))
    return [(titulo, "se" if len(urgente) == 2 else "sim" if True in urgente else "não") for titulo, urgente in found]


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        (name, target)
        for name in NAMES
        for target in re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert sorted((name, target) for name, target in named if target not in targets) == []


def test_every_path_in_code_marks_is_in_the_repository() -> None:
    # Of the files that git knows: what a run has left on this machine is not there in a fresh clone.
    paths = set(FILES) | {str(parent) for file in FILES for parent in PurePosixPath(file).parents}
    missing = [
        f"{name}: {path}"
        for name in NAMES
        for path in re.findall(r"`((?:backend|docs|bench|\.ci)/[\w./-]+)`", (ROOT / name).read_text(encoding="utf-8"))
        if path.rstrip("/") not in paths
    ]
    assert missing == []


def find_command(words: list[str]) -> click.Command | None:
    """Follow the words as far as they are commands; a group is a command too, what is no command is none."""
    context = click.Context(main)
    command: click.Command | None = main
    for word in words:
        if not isinstance(command, click.Group):
            break
        command = command.get_command(context, word)
    return command


def slugs(path: Path) -> set[str]:
    """Name the headings as forges do: lower case, marks dropped, spaces to hyphens."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {
        "".join(
            "-" if character == " " else character
            for character in unicodedata.normalize("NFC", heading.lower().strip())
            if character.isalnum() or character in " -_"
        )
        for heading in headings
    }
