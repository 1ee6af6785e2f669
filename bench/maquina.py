"""A new machine, measured: from a copy of ten years to a studio that is back, by the script that a person would run."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from escala import Escala
from fechamento import BASE, forget_backups
from medidas import Grupo, format_size, repeat
from servidor import Servidor

from estudio.config import Settings
from estudio.embedded import ensure_stopped
from estudio.services.backup_completo import create_full_backup

ROOT = Path(__file__).resolve().parent.parent
SCRIPT, PROGRAM = ROOT / "deploy" / "maquina_nova.sh", ROOT / "backend"


def measure_machine(servidor: Servidor, escala: Escala) -> Grupo:
    """A server that does not exist yet, the tables, the copy, the chain and the doctor; the program is installed."""
    where = f"{format_size(escala.months * escala.per_month)} payments"
    grupo = Grupo("machine", "A new machine becomes the studio of a copy")
    servidor.use_database(BASE)
    forget_backups(servidor)
    started = time.perf_counter()
    copy = create_full_backup().caminho
    grupo.add("making the copy", where, "s", [time.perf_counter() - started])
    grupo.add("size of the copy", where, "MB", [copy.stat().st_size / 1e6])
    found = repeat(escala.runs, lambda: _restore_once(servidor, copy))
    seconds = grupo.add("from no server to a studio that is restored, verified and examined", where, "s", found["s"])
    grupo.aim(f"a new machine with {where}", seconds.median, 600, "s")
    forget_backups(servidor)
    return grupo


def _restore_once(servidor: Servidor, copy: Path) -> dict[str, float]:
    folder = servidor.folder / "maquina"
    folder.mkdir(mode=0o711)
    clean = {key: value for key, value in os.environ.items() if key.lower() not in Settings.model_fields}
    # The folder of backups is the one that was brought along.
    clean |= {"ESTUDIO_DATA_DIR": str(folder / "dados"), "BACKUP_DIR": str(servidor.backup_dir)}
    clean |= {"LOG_DIR": str(folder / "logs"), "PYTHON": sys.executable, "PYTHONPATH": str(PROGRAM)}
    started = time.perf_counter()
    done = subprocess.run([SCRIPT, copy], env=clean, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    # 1: the doctor wants something of a person. (These books were made by SQL, and nobody may log in.)
    assert done.returncode in (0, 1), done.stderr
    ensure_stopped(folder / "dados")
    shutil.rmtree(folder)
    return {"s": seconds}
