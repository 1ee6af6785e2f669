"""A worker for the tests, in a process of its own, which works rotinas that leave marks instead of the studio's.

python trabalho.py FOLDER QUANTAS    `lote`: so many things to do, each a line in FOLDER/feitas
python trabalho.py FOLDER devagar    `devagar`: begins a line in FOLDER/comecos, waits for FOLDER/solte
python trabalho.py FOLDER presas     a `devagar` in the place of each rotina of copies and of looks, and a `lote`
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
from estudio.services import rotina_avisos, rotina_copias, rotinas, trabalhador
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


def make_devagar(folder: Path, nome: str = "devagar", trava: str = "devagar") -> Rotina:
    def find(session: Session, _: datetime) -> list[str]:
        return list_undone(session, nome, [""])

    def work(_: str) -> str:
        mark(folder / "comecos", "inicio")
        while not (folder / "solte").exists():
            time.sleep(0.02)
        with db.transaction(read_only=True) as session:
            session.execute(text("select 1"))
        mark(folder / "feitas", "fim")
        return "feito"

    return Rotina(nome, "Devagar", find, work, trava, prioridade=1)


def make_presas(folder: Path) -> list[Rotina]:
    """One in the place of each rotina of copies and of looks, with its own trava."""
    own = [*rotina_copias.list_rotinas(), *(each for each in rotina_avisos.list_rotinas() if each.trava == "vigia")]
    return [make_devagar(folder, each.nome, str(each.trava)) for each in own]


def main(folder: Path, what: str) -> None:
    logs.start()
    logs.configure()
    if what == "presas":
        vars(trabalhador).update(ESPERA_S=3, PRESAS_S=3)
        found = (*make_presas(folder), make_lote(folder, 3))
    else:
        found = (make_devagar(folder) if what == "devagar" else make_lote(folder, int(what)),)
    vars(rotinas)["MODULOS"] = (SimpleNamespace(list_rotinas=lambda: found),)
    Trabalhador(ronda_s=1).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
