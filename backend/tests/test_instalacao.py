"""What installs the program (compose.yaml, Dockerfile, deploy/*.service) agrees with the program, and is locked.

No container is built or started here: there is no Docker. What can be held without one is.
"""

import ast
import configparser
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from ferramentas import find_tool
from ouvintes import serving
from test_docs import FILES, find_command

from estudio import __version__, config
from estudio.app import create_app
from estudio.config import Settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
UNITS = sorted(DEPLOY.glob("*.service"))
OURS = ("atualizacao", "web", "worker")
NAME = {"TRUSTED_HOSTS": "estudio.exemplo.com"}
SETTINGS = {name.upper() for name in Settings.model_fields}
HARDENED = {
    "NoNewPrivileges": "true",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "true",
    "PrivateTmp": "true",
    "RestrictNamespaces": "true",
    "SystemCallFilter": "@system-service",
    "UMask": "0077",
}


def read_compose(**variables: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if key not in SETTINGS | {"ESTUDIO_VERSAO"}}
    command = [find_tool("docker-compose"), "--file", str(ROOT / "compose.yaml"), "--project-directory", str(ROOT)]
    return subprocess.run(
        [*command, "config"], env=clean | variables, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """As written, with what is shared between them put in."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    return found


# --- compose.yaml ---------------------------------------------------------------------------------------------------


def test_compose_itself_understands_it_and_needs_a_name_for_the_studio() -> None:
    told = read_compose(**NAME)
    assert told.returncode == 0, told.stderr
    understood = yaml.safe_load(told.stdout)
    assert set(understood["services"]) == {"banco", *OURS}
    assert understood["services"]["web"]["environment"]["TRUSTED_HOSTS"] == "estudio.exemplo.com"
    missing = read_compose()
    assert missing.returncode != 0
    assert "TRUSTED_HOSTS" in missing.stderr


@pytest.mark.parametrize("name", OURS)
def test_its_commands_and_settings_are_the_programs(services: dict[str, Any], name: str) -> None:
    service = services[name]
    words = service["command"]
    command = find_command(words)
    assert command is not None
    assert command.name == words[0]
    options = {option for param in command.params for option in param.opts}
    assert {word for word in words if word.startswith("--")} <= options
    assert set(service["environment"]) <= SETTINGS
    assert {secret.upper() for secret in service["secrets"]} <= SETTINGS
    assert service["image"] == f"estudio:${{ESTUDIO_VERSAO:-{__version__}}}"


@pytest.mark.parametrize("name", ["banco", *OURS])
def test_nobody_is_root_nothing_is_writable_and_no_port_leaves_this_machine(
    services: dict[str, Any], name: str
) -> None:
    service = services[name]
    user, group = service["user"].split(":")
    assert int(user) > 0 < int(group)
    assert service["read_only"] is True
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert not service.get("privileged")
    assert service.get("network_mode") is None
    # Neither the host's folders nor its Docker.
    assert all(re.fullmatch(r"[a-z]+:/[a-z/]+", volume) for volume in service["volumes"])


def test_the_database_is_reached_by_the_program_alone(services: dict[str, Any]) -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    assert compose["networks"]["livros"] == {"internal": True}
    assert services["banco"]["networks"] == ["livros"]
    assert "ports" not in services["banco"]


def test_each_is_looked_after_and_begins_after_what_it_needs(services: dict[str, Any]) -> None:
    assert services["atualizacao"]["depends_on"] == {"banco": {"condition": "service_healthy"}}
    for name in ("web", "worker"):
        assert services[name]["depends_on"] == {"atualizacao": {"condition": "service_completed_successfully"}}
        assert services[name]["healthcheck"]["test"][0] == "CMD"
    # Where logins are trusted, as within that image, pg_isready leaves a session behind: an update would refuse.
    assert "--dbname=postgres" in services["banco"]["healthcheck"]["test"]
    words = services["worker"]["healthcheck"]["test"][1:]
    assert words[0] == "estudio"
    command = find_command(words[1:])
    assert command is not None
    assert command.name == words[-1]


def test_no_password_is_written_in_it(services: dict[str, Any]) -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    for service in services.values():
        for name, value in service["environment"].items():
            assert not re.search("PASSWORD|SECRET|TOKEN|URL", name) or (
                name.endswith("_FILE") and value.startswith("/run/secrets/")
            )
        assert set(service["secrets"]) <= set(compose["secrets"])
    assert {secret["file"] for secret in compose["secrets"].values()} == {
        f"./segredos/{name}" for name in compose["secrets"]
    }
    assert subprocess.run(["git", "check-ignore", "-q", "segredos/x"], cwd=ROOT, check=False).returncode == 0


def test_its_folders_are_those_that_the_image_has(services: dict[str, Any]) -> None:
    folders = dict(re.findall(r"\b(ESTUDIO_DATA_DIR|BACKUP_DIR|LOG_DIR)=(\S+)", DOCKERFILE))
    assert len(folders) == 3
    for name in OURS:
        assert {volume.partition(":")[2] for volume in services[name]["volumes"]} == set(folders.values())
        assert services[name]["user"] == re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)[-1]
    made = re.search(r"install -d -o (\d+) -g (\d+) -m 0700 (.+)$", DOCKERFILE, re.MULTILINE)
    assert made is not None
    assert f"{made[1]}:{made[2]}" == services["web"]["user"]
    assert set(made[3].split()) == set(folders.values())


# --- health ---------------------------------------------------------------------------------------------------------


def list_looks(services: dict[str, Any]) -> dict[str, list[str]]:
    found = re.search(r"^HEALTHCHECK .*?CMD (\[.*?\])$", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return {"Dockerfile": ast.literal_eval(found[1]), "compose.yaml": services["web"]["healthcheck"]["test"][1:]}


def test_what_is_looked_at_are_pages_of_ours(services: dict[str, Any]) -> None:
    rules = {rule.rule for rule in create_app().url_map.iter_rules()}
    asked = {re.findall(r"127\.0\.0\.1:8000(/[a-z]+)", " ".join(words))[0] for words in list_looks(services).values()}
    assert asked == {"/health", "/ready"} <= rules
    assert "--port" in services["web"]["command"]
    assert services["web"]["command"][-1] == "8000"


@contextmanager
def answering(status: int) -> Generator[int, None, None]:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    with serving(server, "resposta"):
        yield server.server_port


@pytest.mark.parametrize("where", ["Dockerfile", "compose.yaml"])
@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False)])
def test_a_look_tells_well_from_ill(services: dict[str, Any], where: str, status: int, *, well: bool) -> None:
    words = list_looks(services)[where]
    with answering(status) as port:
        words = [sys.executable, *(word.replace("127.0.0.1:8000", f"127.0.0.1:{port}") for word in words[1:])]
        assert (subprocess.run(words, capture_output=True, timeout=30, check=False).returncode == 0) is well


# --- Dockerfile -----------------------------------------------------------------------------------------------------


def test_the_dockerfile_is_as_its_linter_wants_it() -> None:
    told = subprocess.run(
        [find_tool("hadolint"), "--format", "json", str(ROOT / "Dockerfile")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert json.loads(told.stdout) == [], told.stdout


def test_the_linter_would_find_a_fault(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN cd /tmp && sudo pip install flask\n")
    told = subprocess.run(
        [find_tool("hadolint"), str(tmp_path / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert told.returncode != 0
    assert {"DL3006", "DL3004"} <= set(re.findall(r"DL\d{4}", told.stdout))


def test_each_package_is_checked_by_its_hash_and_nothing_runs_as_root() -> None:
    installs = re.findall(r"pip install ([^\n]+)", DOCKERFILE)
    assert len(installs) == 2
    for words in installs:
        assert "--require-hashes -r requirements.txt" in words or words.endswith("--no-deps --no-build-isolation .")
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert set(images) == {"python:3.12-slim-bookworm"}
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^(USER|ENTRYPOINT|CMD) ", last, re.MULTILINE) == ["USER", "ENTRYPOINT", "CMD"]
    # No index and no registry: whoever builds says where packages and images come from.
    assert re.findall(r"https?://(?!127\.0\.0\.1)", DOCKERFILE) == []


def test_what_the_image_installs_is_whole(tmp_path: Path) -> None:
    """Pages, styles, SQL and words: what is not named in package-data would be missing in the image alone."""
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    for name in " ".join(copied).split():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*wheel, "--wheel-dir", str(tmp_path / "rodas"), str(tmp_path)], check=True, timeout=200)
    (built,) = (tmp_path / "rodas").glob("*.whl")
    inside = set(zipfile.ZipFile(built).namelist())
    tracked = {name.removeprefix("backend/") for name in FILES if name.startswith("backend/estudio/")}
    assert sorted(name for name in tracked - inside if (ROOT / "backend" / name).exists()) == []
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    assert all(f"!{name}\n" in allowed for name in " ".join(copied).split())


# --- secrets --------------------------------------------------------------------------------------------------------


def test_the_secrets_are_made_once_and_are_what_the_program_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, services: dict[str, Any]
) -> None:
    folder = tmp_path / "segredos"
    script = ["sh", str(DEPLOY / "segredos.sh"), str(folder)]
    assert subprocess.run(script, capture_output=True, timeout=60, check=False).returncode == 0
    assert folder.stat().st_mode & 0o777 == 0o700
    made = {path.name: path.read_text(encoding="ascii") for path in folder.iterdir()}
    assert set(made) == {secret for service in services.values() for secret in service["secrets"]}
    assert len({made["senha_do_banco"], made["metrics_token"]}) == 2
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    config.reset()
    settings = config.get_settings()
    assert re.fullmatch(r"postgresql://estudio_app:[0-9a-f]{48}@banco:5432/estudio", settings.database_url)
    assert settings.database_owner_url == f"postgresql://postgres:{made['senha_do_banco']}@banco:5432/estudio"
    assert settings.metrics_token == made["metrics_token"]
    again = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
    assert again.returncode == 1
    assert "nada foi mudado" in again.stderr
    assert {path.name: path.read_text(encoding="ascii") for path in folder.iterdir()} == made


# --- systemd --------------------------------------------------------------------------------------------------------


class Unit(configparser.ConfigParser):
    """As systemd reads one: names with their capitals, nothing put in, nothing said twice."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def read_unit(path: Path) -> Unit:
    parser = Unit(interpolation=None, comment_prefixes=("#",), delimiters=("=",), strict=True)
    parser.read(path, encoding="utf-8")
    return parser


def test_there_is_one_for_all_and_one_for_each_half() -> None:
    assert [path.name for path in UNITS] == ["estudio-web.service", "estudio-worker.service", "estudio.service"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_a_command_of_ours_locked_in(path: Path) -> None:
    service = read_unit(path)["Service"]
    program, *words = service["ExecStart"].split()
    assert program == f"{service['WorkingDirectory']}/.venv/bin/estudio"
    command = find_command(words)
    assert command is not None
    assert command.name == words[-1]
    assert {name: service[name] for name in HARDENED} == HARDENED
    assert service["User"] == "estudio"
    named = dict(part.split("=") for part in service["Environment"].split())
    assert set(named) <= SETTINGS
    # What is written lies where systemd makes it writable.
    assert named["ESTUDIO_DATA_DIR"] == f"/var/lib/{service['StateDirectory']}"
    assert named["LOG_DIR"] == f"/var/log/{service['LogsDirectory']}"
    # The command of a person at that machine means the same studio.
    script = (DEPLOY / "estudio.sh").read_text(encoding="utf-8")
    assert f"\ncd {service['WorkingDirectory']} || exit 2\n{service['Environment']} exec .venv/bin/estudio " in script
    assert f"runuser -u {service['User']} --" in script


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_itself_understands_it_and_finds_it_closed(path: Path, tmp_path: Path) -> None:
    analyze = find_tool("systemd-analyze")
    unit = tmp_path / path.name
    # The program is not installed here, and it must be somewhere.
    text = path.read_text(encoding="utf-8").replace("/srv/estudio/.venv/bin/estudio", "/bin/true")
    unit.write_text(text, encoding="utf-8")
    told = subprocess.run([analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    assert [line for line in told.stderr.splitlines() if path.name in line] == [], told.stderr
    assert told.returncode == 0, told.stderr
    security = [analyze, "security", "--offline=true", "--threshold=20", "--no-pager", str(unit)]
    told = subprocess.run(security, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout[-600:]


def test_systemd_would_find_a_fault(tmp_path: Path) -> None:
    unit = tmp_path / "errada.service"
    unit.write_text("[Service]\nExecStart=/bin/true\nProtectSistem=strict\n")
    told = subprocess.run(
        [find_tool("systemd-analyze"), "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert "ProtectSistem" in told.stderr
