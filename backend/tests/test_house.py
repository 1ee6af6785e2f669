"""The rules of the house that a machine can keep: arrows, walls, words, doors to the outside."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BACKEND = ROOT / "backend"
FILES = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()
    if (ROOT / name).is_file()
]  # fmt: skip
PYTHON = [path for path in FILES if path.suffix == ".py"]
PRODUCT = [path for path in PYTHON if "tests" not in path.parts]
PROGRAM = [path for path in PRODUCT if path.is_relative_to(BACKEND / "estudio")]

MODULE_WALL, FUNCTION_WALL, TEST_WALL = 300, 70, 600
# docs/decisions/0004-one-file-of-refusals.md, docs/decisions/0022-the-months-pack.md
BEYOND_THE_WALL = {"backend/estudio/domain/errors.py", "backend/estudio/services/documento_verificar.py"}

# Everything may use these, and they use nothing but each other.
PURE = {"estudio", "estudio.domain.errors", "estudio.domain.competencia", "estudio.domain.dinheiro"}
# What each room may look at, besides itself, the pure ones and the plumbing beside config.py.
ARROWS: dict[str, set[str]] = {
    "plumbing": set(),
    "domain": set(),
    "services": {"domain"},
    "cli": {"services", "domain"},
    "web": {"services", "domain"},
    "migrations": set(),
    "app": {"domain", "web"},
}
# Elsewhere what is caught is noted and goes on to the caller; these alone end the way of any error.
EDGES = {"backend/estudio/cli/exits.py", "backend/estudio/web/errors.py", "backend/estudio/services/rotinas.py"}

BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
# Each meaning has one verb; this is what the others are called here.
SYNONYMS = {
    "add": "register or create", "insert": "register or create", "make": "create",
    "compute": "calculate", "fetch": "get_, find_ or list_", "load": "get_, find_ or list_",
    "remove": "delete", "destroy": "delete", "update": "edit", "retrieve": "get_ or find_",
    "save": "register or record", "store": "record",
    "handle": "what it does", "manage": "what it does", "do": "what it does", "perform": "what it does",
    "lookup": "find_", "revert": "reverse or undo", "cleanup": "prune",
}  # fmt: skip
NOQA_BUDGET = 5


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_of(path: Path) -> str:
    parts = path.relative_to(BACKEND).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    """Name every module that a file imports, at whatever depth; for `from a import b` a.b where that is a module."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if is_module(whole) else str(node.module)


def is_module(name: str) -> bool:
    file = BACKEND / name.replace(".", "/")
    return file.with_suffix(".py").exists() or (file / "__init__.py").exists()


def room_of(module: str) -> str:
    parts = module.split(".")
    if len(parts) > 1 and parts[1] in ARROWS:
        return parts[1]
    return "plumbing"


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def calls_of(path: Path) -> Iterator[tuple[int, str]]:
    yield from ((node.lineno, ast.unparse(node.func)) for node in ast.walk(parse(path)) if isinstance(node, ast.Call))


def test_arrows_between_rooms_are_kept() -> None:
    wrong = []
    for path in PROGRAM:
        module = module_of(path)
        if module == "estudio.__main__":
            continue
        room = room_of(module)
        for target in imports_of(path):
            if not target.startswith("estudio") or target in PURE:
                continue
            if module in PURE or (room_of(target) not in {room, "plumbing"} | ARROWS[room]):
                wrong.append(f"{module} → {target}")
    assert wrong == []


def test_scripts_know_the_command_line_only() -> None:
    scripts = [path for path in PRODUCT if path.is_relative_to(BACKEND / "scripts")]
    named = {target for path in scripts for target in imports_of(path) if target.startswith("estudio")}
    assert named <= {"estudio.cli"}


def test_the_domain_knows_neither_the_web_nor_the_command_line() -> None:
    libraries = {"flask", "flask_babel", "wtforms", "click", "rich", "alembic"}
    wrong = [
        f"{name_of(path)}: {target}"
        for path in PROGRAM
        for target in imports_of(path)
        if room_of(module_of(path)) in {"domain", "services"} and target.split(".")[0] in libraries
    ]
    assert wrong == []


def test_only_the_command_line_and_the_tests_know_the_whole_of_the_pages() -> None:
    """By its name alone: the server loads it in processes of its own."""
    named = {
        name_of(path) for path in PROGRAM for target in imports_of(path) if target.split(".")[:2] == ["estudio", "app"]
    }
    assert named == set()


def test_a_page_opens_no_transaction_of_its_own() -> None:
    wrong = [
        f"{name_of(path)}: {target}"
        for path in PROGRAM
        for target in imports_of(path)
        if room_of(module_of(path)) == "web"
        and path.name != "transactions.py"
        and target.startswith(("estudio.db", "psycopg"))
    ]
    assert wrong == []


def test_the_api_knows_no_page_and_pages_do_not_know_the_api() -> None:
    """docs/decisions/0020-the-api.md: what both have in common is below them, or the request's own."""
    api = "estudio.web.api"
    shared = {f"estudio.web.{name}" for name in ("access", "cookies", "language", "problemas", "rotas", "transactions")}
    wrong = []
    for path in PROGRAM:
        module, targets = module_of(path), set(imports_of(path))
        if module.startswith(api):
            wrong += [f"{module} → {t}" for t in targets if t.startswith(("estudio.web.", "wtforms"))
                      and not t.startswith(api) and t not in shared]  # fmt: skip
        elif module not in ("estudio.app", "estudio.web.documentos"):
            wrong += [f"{module} → {t}" for t in targets if t.startswith(api)]
    assert wrong == []


def test_templates_mark_no_text_as_safe() -> None:
    """What people typed is text everywhere: no filter and no class lets it be anything else."""
    unsafe = re.compile(r"\|\s*safe\b|autoescape\s+false|\bMarkup\(|render_template_string")
    web = BACKEND / "estudio" / "web"
    found = [name_of(path) for path in FILES if path.is_relative_to(web) and path.suffix in {".py", ".html"}
             and unsafe.search(path.read_text(encoding="utf-8"))]  # fmt: skip
    assert found == []


def test_templates_and_scripts_stay_short() -> None:
    walls = {".html": 130, ".js": 100}
    sizes = {name_of(path): path.read_text(encoding="utf-8").count("\n") for path in FILES if path.suffix in walls}
    assert {name: size for name, size in sizes.items() if size > walls[Path(name).suffix]} == {}


def test_the_pure_ones_know_no_library() -> None:
    wrong = [
        f"{name_of(path)}: {target}"
        for path in PROGRAM
        if module_of(path) in PURE
        for target in imports_of(path)
        if target.split(".")[0] not in sys.stdlib_module_names | {"estudio"}
    ]
    assert wrong == []


def test_a_frozen_migration_knows_no_model() -> None:
    versions = BACKEND / "estudio" / "migrations" / "versions"
    named = {target for path in PROGRAM if path.is_relative_to(versions) for target in imports_of(path)}
    assert {target for target in named if room_of(target) != "migrations" and target.startswith("estudio")} == set()


def test_modules_stay_within_their_walls() -> None:
    sizes = {name_of(path): path.read_text(encoding="utf-8").count("\n") for path in PYTHON}
    too_long = {
        name: size
        for name, size in sizes.items()
        if size > (TEST_WALL if "/tests/" in name else MODULE_WALL) and name not in BEYOND_THE_WALL
    }
    assert too_long == {}


def test_functions_stay_within_their_walls() -> None:
    too_long = [
        f"{name_of(path)}:{node.lineno} {node.name} {size}"
        for path in PRODUCT
        for node in functions_of(path)
        if (size := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_WALL
    ]
    assert too_long == []


def test_every_module_says_what_belongs_there() -> None:
    assert [name_of(path) for path in PYTHON if not ast.get_docstring(parse(path))] == []


def test_no_module_is_a_drawer() -> None:
    assert [name_of(path) for path in PYTHON if set(re.split(r"[_.]", path.name)) & BANNED_NAMES] == []


def test_public_functions_use_the_verb_of_the_house() -> None:
    wrong = [
        f"{name_of(path)}:{node.lineno} {node.name} (here: {SYNONYMS[verb]})"
        for path in PROGRAM
        for node in parse(path).body
        if isinstance(node, ast.FunctionDef)
        and (verb := node.name.split("_")[0]) in SYNONYMS
        and room_of(module_of(path)) in {"domain", "services"}
    ]
    assert wrong == []


def test_no_boolean_is_passed_without_its_name() -> None:
    # The contract of version 4 stands as it was.
    contract = {"generate_extrato_with_atomic_transaction"}
    wrong = [
        f"{name_of(path)}:{node.lineno} {node.name}({argument.arg})"
        for path in PRODUCT
        for node in functions_of(path)
        for argument in node.args.posonlyargs + node.args.args
        if argument.annotation is not None
        and ast.unparse(argument.annotation).startswith("bool")
        and node.name not in contract
    ]
    assert wrong == []


def test_no_money_goes_through_a_float() -> None:
    used = [f"{name_of(path)}:{line}" for path in PROGRAM for line, call in calls_of(path) if call == "float"]
    assert used == []


def test_only_the_edges_catch_everything() -> None:
    wrong = []
    for path in PRODUCT:
        for node in ast.walk(parse(path)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = "BaseException" if node.type is None else ast.unparse(node.type)
            last = node.body[-1]
            goes_on = isinstance(last, ast.Raise) and last.exc is None
            if re.search(r"\b(Base)?Exception\b", caught) and not goes_on and name_of(path) not in EDGES:
                wrong.append(f"{name_of(path)}:{node.lineno}")
    assert wrong == []


def test_one_module_reads_the_environment() -> None:
    wrong = [
        name_of(path)
        for path in PROGRAM
        if re.search(r"\bos\.(environ|getenv|putenv)\b|\bfrom os import .*environ", path.read_text(encoding="utf-8"))
    ]
    assert wrong in ([], ["backend/estudio/config.py"])


def test_one_module_looks_at_the_clock() -> None:
    clocks = re.compile(r"\b(datetime\.(now|today|utcnow)|date\.today|time\.(time|time_ns|localtime|gmtime))\b")
    wrong = [name_of(path) for path in PROGRAM if clocks.search(path.read_text(encoding="utf-8"))]
    assert wrong == ["backend/estudio/clock.py"]


def test_statements_are_in_order_of_something() -> None:
    """A LIMIT without an order gives other rows tomorrow."""
    wrong = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in PROGRAM
        for node in functions_of(path)
        if ".limit(" in (words := ast.unparse(node)) and ".order_by(" not in words
    ]
    assert wrong == []


def test_exceptions_from_the_rules_name_the_rule_and_are_few() -> None:
    # Letters in brackets, so that this file is none of them.
    mark = re.compile(r"#\s*(?:no[q]a|type:\s*ignor[e])(.*)")
    found = [(name_of(path), match[1]) for path in PYTHON for match in mark.finditer(path.read_text(encoding="utf-8"))]
    assert len(found) <= NOQA_BUDGET, found
    assert [entry for entry in found if not re.match(r"(: [A-Z]+\d+|\[[a-z-]+\])", entry[1])] == []


def test_no_word_puts_something_off() -> None:
    words = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b|(?i:\bphase \d|\blegac[y]\b|\bfor no[w]\b)")
    found = [
        f"{name_of(path)}:{number}"
        for path in FILES
        if path.suffix in {".py", ".sql", ".sh", ".md", ".toml", ".yaml", ".mako", ".css", ".js", ".html"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if words.search(line)
    ]
    assert found == []


def test_nothing_names_a_registry_or_a_path_of_one_machine() -> None:
    # Letters in brackets, so that this file is none of them.
    foreign = re.compile(
        r"py[p]i\.org|python[h]osted|(?<!no-emit)-ind[e]x-url|find-[l]inks|(?<![\w.])/(?:wo[r]k|hom[e]/\w+|op[t]/[a-z])"
    )
    found = []
    for path in FILES:
        if path.suffix in {".png", ".pdf", ".xlsx", ".gz"}:
            continue
        found += [f"{name_of(path)}: {match[0]}" for match in foreign.finditer(path.read_bytes().decode("latin-1"))]
    assert found == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_versions_and_hashes_and_nothing_else(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    shapes = re.compile(
        r"[a-z0-9-]+(\[[a-z, ]+\])?==[\w.]+( ; [\w .'=!<>()]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?| +# .*"
    )
    assert [line for line in lines if not shapes.fullmatch(line)] == []
    assert "://" not in "\n".join(lines)


def test_what_runs_is_pinned_the_same_for_who_works_on_it() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z].*==[\w.]+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))

    assert pins("requirements.txt") < pins("requirements-dev.txt")


def test_the_changelog_begins_with_the_first_invariant() -> None:
    first = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()[0]
    assert first == (
        "*Sessions in Histórico are derived by payment_id; the session status field is irrelevant for display.*"
    )


IMPORTER = """
import importlib, pkgutil, sys
did = []
DEEDS = {"socket.connect", "socket.bind", "subprocess.Popen", "os.fork", "_thread.start_new_thread", "os.mkdir"}
def watch(event, arguments):
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
    if writes and "__pycache__" not in str(arguments[0]) or event in DEEDS:
        did.append((event, repr(arguments)[:80]))
# Its import starts a program to learn how wide a number is.
import croniter
# Its import binds a socket to learn whether this machine speaks IPv6.
import requests
import estudio
sys.addaudithook(watch)
names = [found.name for found in pkgutil.walk_packages(estudio.__path__, "estudio.")]
for name in names:
    if not name.endswith("__main__") and not name.startswith("estudio.migrations."):
        importlib.import_module(name)
print(did)
"""


def test_importing_a_module_does_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-c", IMPORTER], capture_output=True, text=True, timeout=120, check=False, cwd=ROOT
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "[]\n", "")
