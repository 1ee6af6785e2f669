"""Who was erased, kept beside the backups: a restored studio forgets them again before anybody logs in.

`eliminacoes.log` holds numbers and instants, no name. A number alone does not say who it was: in a studio that went
back in time it is given to somebody else, who was entered at another instant.
"""

import fcntl
import json
import os
from pathlib import Path
from typing import Any, Final, TypeAlias

import structlog
from psycopg.types.json import Jsonb

from estudio import db
from estudio.config import get_settings
from estudio.services.backup_disco import disk_refusals
from estudio.services.contagem_service import Connection

log = structlog.get_logger(__name__)

ARQUIVO: Final = "eliminacoes.log"

Eliminacao: TypeAlias = dict[str, Any]


def publish_eliminacoes() -> None:
    """Append every erasure that the file does not hold yet. Raises DiscoRecusou."""
    path = get_registro_path()
    with db.translated(), db.connect() as connection:
        told = [row[0] for row in connection.execute(_TOLD).fetchall()]
    if not told:
        return
    with disk_refusals(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            whole = file.read()
            # Half a line is what a crash left; it is among those that are missing.
            file.truncate(whole.rfind(b"\n") + 1)
            known = {_key(line) for line in _parse(whole)}
            lines = [json.dumps(line, ensure_ascii=False) + "\n" for line in told if _key(line) not in known]
            file.write("".join(lines).encode())
            os.fsync(file)


def get_registro_path() -> Path:
    return get_settings().backup_dir / ARQUIVO


def read_eliminacoes() -> list[Eliminacao]:
    """What the file holds, of whatever studio; empty when there is none. Raises DiscoRecusou."""
    path = get_registro_path()
    with disk_refusals(path, verb="ler"):
        return _parse(path.read_bytes()) if path.exists() else []


def reapply_eliminacoes(connection: Connection) -> int:
    """Erase again, in a database that came from a copy, whoever was erased since; returns how many entries.

    As the owner's role. A copy of before there were erasures is migrated first.
    """
    row = connection.execute(
        """select to_regprocedure('estudio.reaplicar_eliminacoes(jsonb)') is not null,
                  (select estudio_id::text from estudio.identidade)"""
    ).fetchone()
    assert row is not None, "a SELECT of scalars always has its row"
    has_function, estudio_id = row
    own = [line for line in read_eliminacoes() if line["estudio_id"] == estudio_id]
    if not has_function or not own:
        return 0
    done = connection.execute("select estudio.reaplicar_eliminacoes(%s)", [Jsonb(own)]).fetchone()
    assert done is not None, "a function without rows of its own gives one"
    log.info("eliminacoes_reaplicadas", quantas=done[0])
    return int(done[0])


def _parse(payload: bytes) -> list[Eliminacao]:
    """Whole lines only, and only ours: the file lies in a folder that people look into."""
    found = []
    for line in payload.split(b"\n")[:-1]:
        try:
            said = json.loads(line)
        except ValueError:
            log.error("eliminacoes_log_alterado", arquivo=ARQUIVO)
            continue
        if isinstance(said, dict) and said.keys() >= {"estudio_id", "cliente_id", "criado_em", "em", "motivo"}:
            found.append(said)
    return found


def _key(line: Eliminacao) -> tuple[object, ...]:
    return line["estudio_id"], line["cliente_id"], line["criado_em"]


_TOLD: Final = """
    select jsonb_build_object('estudio_id', i.estudio_id, 'cliente_id', t.cliente_id, 'titular_id', t.titular_id,
                              'criado_em', estudio.instante(c.criado_em), 'em', estudio.instante(t.em),
                              'motivo', t.motivo)
    from estudio.titulares_eliminados t join estudio.clientes c on c.id = t.cliente_id, estudio.identidade i
    order by t.em, t.cliente_id"""
