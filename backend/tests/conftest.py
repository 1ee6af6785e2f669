"""What every test gets: an environment of its own, and databases cloned from one migrated template on a real server."""

import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from motores import keep_engines
from servers import (
    KINDS,
    RunFolder,
    TestServer,
    copy_server,
    create_database,
    drop_database,
    exclusive,
    find_disk,
    find_memory,
    make_server,
)
from sqlalchemy.orm import Session

from estudio import config, db, schema
from estudio.services import fechamento_tarefa

pytest_plugins = ["figures", "moldes"]

RUN_FOLDERS = pytest.StashKey[list[RunFolder]]()
DISK_PATH = pytest.StashKey[Path]()
MEMORY_PATH = pytest.StashKey[Path]()

PAGES = (Path(__file__).parent / "browser", Path(__file__).parent / "web")
WALKS = {"test_rotas.py", "test_rotas_da_api.py"}
"""Tests that walk every route: they ask the server whatever the pages ask it."""

PROGRAMS = (Path(__file__).parent / "cli", Path(__file__).parent / "scripts")
"""Tests that start the program as a process, for what a command says and returns."""

TOOLS = {"test_backup.py", "test_db.py", "test_update.py"}
"""Of those, the ones whose commands work with the tools and the databases of the server's own version."""

TEMPLATE = "molde"

REVISOES = [f"{number:04d}" for number in range(1, 19)]
"""Every revision of the tables, in their order."""

# A test that reaches for a database without asking for one learns it at once, and finds no server of anybody's.
NOWHERE = "postgresql://estudio_app:nenhuma@127.0.0.1:1/nenhum"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--servidor",
        choices=KINDS,
        default="embutido",
        help="embutido: the wheel's PostgreSQL on a socket; tcp15: Debian's PostgreSQL 15 over TCP",
    )


def pytest_configure(config: pytest.Config) -> None:
    workerinput = getattr(config, "workerinput", None)
    if workerinput is None:
        config.stash[RUN_FOLDERS] = [RunFolder.make(find_disk()), RunFolder.make(find_memory())]
        disk, memory = (folder.path for folder in config.stash[RUN_FOLDERS])
    else:
        disk, memory = Path(workerinput["disk_path"]), Path(workerinput["memory_path"])
    config.stash[DISK_PATH], config.stash[MEMORY_PATH] = disk, memory


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    # The wheel's server is the same, whichever server the other tests use.
    if collection_path.name == "test_embedded.py" and config.getoption("--servidor") != "embutido":
        return True
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks no server, the pages and the commands run with the first kind alone: what they ask of a server, the
    services' tests ask as well. But each route is asked of both, and what the server's version matters to."""
    if config.getoption("servidor") == KINDS[0]:
        return
    left_out = [item for item in items if _runs_once(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _runs_once(item: pytest.Item) -> bool:
    if item.path.name in WALKS:
        return False
    if any(folder in item.path.parents for folder in (*PAGES, *PROGRAMS)):
        return item.path.name not in TOOLS
    return "server_kind" not in getattr(item, "fixturenames", ())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["disk_path"] = str(node.config.stash[DISK_PATH])
    node.workerinput["memory_path"] = str(node.config.stash[MEMORY_PATH])


def pytest_unconfigure(config: pytest.Config) -> None:
    for folder in config.stash.get(RUN_FOLDERS, []):
        folder.remove()


@dataclass(frozen=True)
class Banco:
    """A migrated database of one test, and the addresses of its three logins."""

    server: TestServer
    name: str

    @property
    def app_url(self) -> str:
        return self.server.app_url(self.name)

    @property
    def owner_url(self) -> str:
        return self.server.owner_url(self.name)

    @property
    def superuser_url(self) -> str:
        return self.server.superuser_url(self.name)

    def connect(self) -> psycopg.Connection[Any]:
        """A connection of the app's role, autocommit; the test closes it."""
        return psycopg.connect(self.app_url, autocommit=True)

    def connect_as_superuser(self) -> psycopg.Connection[Any]:
        """A superuser's connection, autocommit: to look behind the guards, and to cheat."""
        return psycopg.connect(self.superuser_url, autocommit=True, options="-c search_path=estudio,pg_temp")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[None, None, None]:
    """No setting of the machine, no `.env` of a folder, and nothing kept beyond the test."""
    clear_environment(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)
    keep_engines(monkeypatch)
    config.reset()
    yield
    db.reset()
    config.reset()


def clear_environment(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The settings as a fresh studio has them, everything it keeps below `folder`, and no database."""
    for name in config.Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATABASE_URL", NOWHERE)
    monkeypatch.setenv("DATABASE_OWNER_URL", NOWHERE)
    monkeypatch.setenv("ESTUDIO_DATA_DIR", str(folder / "dados"))
    monkeypatch.setenv("BACKUP_DIR", str(folder / "backups"))
    monkeypatch.setenv("LOG_DIR", str(folder / "logs"))


def use_database(monkeypatch: pytest.MonkeyPatch, server: TestServer, name: str) -> None:
    """From here on the program's settings name this database."""
    monkeypatch.setenv("DATABASE_URL", server.app_url(name))
    monkeypatch.setenv("DATABASE_OWNER_URL", server.owner_url(name))
    config.reset()
    db.reset()


@pytest.fixture(scope="session")
def server_kind(request: pytest.FixtureRequest) -> str:
    """embutido or tcp15."""
    return str(request.config.getoption("--servidor"))


@pytest.fixture(scope="session")
def run_path(request: pytest.FixtureRequest) -> Path:
    """The folder of this run, the same for all its processes; another account can pass through it."""
    return request.config.stash[DISK_PATH]


@pytest.fixture(scope="session")
def memory_path(request: pytest.FixtureRequest) -> Path:
    """Like `run_path`, in memory where there is room: for what need not survive the machine."""
    return request.config.stash[MEMORY_PATH]


@pytest.fixture(scope="session")
def server(memory_path: Path, server_kind: str) -> Generator[TestServer, None, None]:
    """The server of the run, quick and not durable, with the migrated template; the first process to ask makes both."""
    shared = make_server(server_kind, memory_path / "comum")
    with exclusive(memory_path / "comum.lock"):
        shared.start()
        with shared.connect() as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", [TEMPLATE]).fetchone()
        if found is None:
            _migrate(shared, TEMPLATE, memory_path)
    yield shared
    shared.stop()


def _migrate(server: TestServer, name: str, folder: Path) -> None:
    create_database(server, name)
    with pytest.MonkeyPatch.context() as monkeypatch:
        clear_environment(monkeypatch, folder)
        use_database(monkeypatch, server, name)
        schema.migrate()
        db.reset()
    config.reset()


@dataclass
class Lugar:
    """Where the database of one test is made, by `banco` or by `copiar`, whichever it asks for first."""

    banco: Banco
    made: bool = False

    def make(self, template: str) -> None:
        """In the place of the one that was there, if there was one."""
        if self.made:
            db.reset()
            drop_database(self.banco.server, self.banco.name)
        self.made = True
        create_database(self.banco.server, self.banco.name, template=template)


@pytest.fixture
def lugar(server: TestServer) -> Generator[Lugar, None, None]:
    """Nothing is there yet; nothing is there after the test."""
    place = Lugar(Banco(server, f"t_{uuid.uuid4().hex[:16]}"))
    yield place
    # What a page began may still be publishing a seal; its connection is not to be left behind.
    fechamento_tarefa.settle()
    db.reset()
    drop_database(server, place.banco.name)


@pytest.fixture
def banco(lugar: Lugar, monkeypatch: pytest.MonkeyPatch) -> Banco:
    """A fresh migrated database, which the settings name; with `copiar`, the one that it made."""
    if not lugar.made:
        lugar.make(TEMPLATE)
        use_database(monkeypatch, lugar.banco.server, lugar.banco.name)
    return lugar.banco


@pytest.fixture
def empty_database(server: TestServer, monkeypatch: pytest.MonkeyPatch) -> Generator[Banco, None, None]:
    """A database that was never migrated, which the settings name."""
    name = f"v_{uuid.uuid4().hex[:16]}"
    create_database(server, name)
    use_database(monkeypatch, server, name)
    yield Banco(server, name)
    db.reset()
    drop_database(server, name)


@pytest.fixture(scope="session")
def _common_database(server: TestServer) -> Generator[Banco, None, None]:
    name = f"c_{uuid.uuid4().hex[:16]}"
    create_database(server, name, template=TEMPLATE)
    yield Banco(server, name)
    drop_database(server, name)


@pytest.fixture
def session(_common_database: Banco, monkeypatch: pytest.MonkeyPatch) -> Generator[Session, None, None]:
    """A session whose transaction is rolled back: for tests that commit nothing, a third of `banco`'s time.

    The settings name the database that it is in, which the tests of one process share: commit nothing there.
    """
    use_database(monkeypatch, _common_database.server, _common_database.name)
    with Session(bind=db.get_engine(), expire_on_commit=False) as opened:
        yield opened
        opened.rollback()
    db.reset()


@pytest.fixture(scope="session")
def _durable_mould(run_path: Path, server_kind: str) -> TestServer:
    mould = make_server(server_kind, run_path / "duravel", durable=True)
    with exclusive(run_path / "duravel.lock"):
        if not mould.cluster.exists():
            mould.start()
            _migrate(mould, "estudio", run_path)
            mould.stop()
    return mould


@pytest.fixture
def make_own_server(
    _durable_mould: TestServer, run_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[Callable[[], TestServer], None, None]:
    """Makes servers of one's own: started, durable, with a migrated `estudio`; the settings name the last."""
    made: list[TestServer] = []

    def make() -> TestServer:
        own = copy_server(_durable_mould, run_path / f"proprio-{uuid.uuid4().hex[:12]}", durable=True)
        own.start()
        made.append(own)
        use_database(monkeypatch, own, "estudio")
        return own

    yield make
    db.reset()
    for own in made:
        own.stop()


@pytest.fixture
def servidor_proprio(make_own_server: Callable[[], TestServer]) -> TestServer:
    """A server of one's own, durable: `kill()` it at any moment and `restart()` it."""
    return make_own_server()
