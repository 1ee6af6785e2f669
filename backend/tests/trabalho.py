"""A worker for the tests, in a process of its own, which works rotinas that leave marks instead of the studio's.

python trabalho.py FOLDER QUANTAS    `lote`: so many things to do, each a line in FOLDER/feitas
python trabalho.py FOLDER devagar    `devagar`: begins a line in FOLDER/comecos, waits for FOLDER/solte
"""

import os
import sys
import time
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import db, logs
from estudio.domain.rotina import Rotina
from estudio.services import rotinas
from estudio.services.trabalhador import Trabalhador


def list_undone(session: Session, rotina: str, alvos: list[str]) -> list[str]:
    done = session.scalars(
        text("select alvo from estudio.rodadas where rotina = :rotina and desfecho = 'feita'"), {"rotina": rotina}
    )
    return sorted(set(alvos) - set(done))


def mark(path: Path, word: str) -> None:
    with path.open("a") as file:
        file.write(f"{word} {os.getpid()}\n")


def make_lote(folder: Path, quantas: int) -> Rotina:
    alvos = [f"{number:03d}" for number in range(quantas)]

    def find(session: Session, _: datetime) -> list[str]:
        return list_undone(session, "lote", alvos)

    def work(alvo: str) -> str:
        mark(folder / "feitas", alvo)
        time.sleep(0.02)
        return alvo

    return Rotina("lote", "Lote", find, work, None)


def make_devagar(folder: Path) -> Rotina:
    def find(session: Session, _: datetime) -> list[str]:
        return list_undone(session, "devagar", [""])

    def work(_: str) -> str:
        mark(folder / "comecos", "inicio")
        while not (folder / "solte").exists():
            time.sleep(0.02)
        with db.transaction(read_only=True) as session:
            session.execute(text("select 1"))
        mark(folder / "feitas", "fim")
        return "feito"

    return Rotina("devagar", "Devagar", find, work, "devagar")


def main(folder: Path, what: str) -> None:
    logs.start()
    logs.configure()
    rotina = make_devagar(folder) if what == "devagar" else make_lote(folder, int(what))
    vars(rotinas)["MODULOS"] = (SimpleNamespace(list_rotinas=lambda: (rotina,)),)
    Trabalhador(ronda_s=1).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
