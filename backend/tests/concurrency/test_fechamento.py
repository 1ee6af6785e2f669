"""Several processes that close one month at the same moment, and a payment that is edited meanwhile."""

import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from agosto import AGOSTO, close, ensure_whole, enter_agosto, wait_until
from cast import Cast
from conftest import Banco
from sqlalchemy import select
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.errors import CompetenciaFechada, Ocupado
from estudio.domain.extrato import get_extrato
from estudio.domain.pagamento import Pagamento
from estudio.services.pagamento_service import edit_pagamento

OITO = Path(__file__).with_name("oito.py")
CLOSE = ("extrato", "close", "--year", "2025", "--month", "8", "--json")

RECUSAS = {"em_andamento", "ja_fechado", "ocupado"}


class Oito:
    """Eight processes of `estudio extrato close`, each with what it answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.process = subprocess.Popen(
            [sys.executable, str(OITO), "8", str(folder), *CLOSE],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
        )  # fmt: skip

    def count_answers(self) -> int:
        return sum(path.stat().st_size > 0 for path in self.folder.iterdir())

    def wait(self) -> dict[int, tuple[int, dict[str, Any]]]:
        """By pid: the exit code and the document."""
        output, errors = self.process.communicate(timeout=120)
        assert self.process.returncode == 0, errors
        documents = [json.loads((self.folder / f"{n}.json").read_text(encoding="utf-8")) for n in range(8)]
        return {pid: (code, found) for (pid, code), found in zip(json.loads(output), documents, strict=True)}


def edit_first(session: Session, cast: Cast) -> None:
    """200,00 with 60,00 of comissão become 210,00 with 63,00."""
    pagamento = session.scalars(select(Pagamento).where(Pagamento.data == date(2025, 8, 5))).one()
    edit_pagamento(session, pagamento.id, quem=cast.quem_caio, valor=Decimal("210.00"))


def is_taken(banco: Banco, *, granted: bool) -> bool:
    """Whether some closing holds the month for itself, or waits for it."""
    with banco.connect_as_superuser() as connection:
        row = connection.execute(
            """select count(*) from pg_locks where locktype = 'advisory' and classid = 7 and mode = 'ExclusiveLock'
               and granted = %s and database = (select oid from pg_database where datname = current_database())""",
            [granted],
        ).fetchone()
    return bool(row and row[0])


def ensure_closed_once(banco: Banco, answers: dict[int, tuple[int, dict[str, Any]]]) -> None:
    """One of them closed the month; the others were refused, or told of the version that stands."""
    done = {pid: document for pid, (code, document) in answers.items() if code == 0}
    refused = [document for code, document in answers.values() if code == 1]
    assert len(done) + len(refused) == 8, answers
    assert {document["codigo"] for document in refused} <= RECUSAS
    assert {(document["desfecho"], document["versao"]) for document in done.values()} == {("fechado", 1)}
    assert len({document["selo_sha256"] for document in done.values()}) == 1
    with banco.connect() as connection:
        closed = connection.execute("select pid from estudio.execucoes where desfecho = 'fechado'").fetchall()
        assert len(closed) == 1
        assert closed[0][0] in done
        assert connection.execute("select count(*) from estudio.execucoes where desfecho is null").fetchone() == (0,)
        assert connection.execute("select count(*) from estudio.extratos").fetchone() == (1,)
        assert connection.execute("select count(*) from estudio.selos").fetchone() == (1,)
    ensure_whole()


def read_sealed() -> tuple[int, int]:
    """Receita and comissões, in centavos."""
    with db.transaction(read_only=True) as session:
        receita, comissoes, *_ = get_extrato(session, AGOSTO).totais
    return receita, comissoes


def test_scenario_21_eight_close_at_once_one_does_and_an_edit_under_way_is_sealed(banco: Banco, tmp_path: Path) -> None:
    """The closing waits for the edit, and the edit for the other seven: each of them comes while one is running."""
    cast = enter_agosto()
    with db.transaction() as session:
        edit_first(session, cast)
        session.flush()
        oito = Oito(tmp_path / "oito")
        wait_until(lambda: oito.count_answers() == 7 and is_taken(banco, granted=False))
    answers = oito.wait()
    assert sorted(code for code, _ in answers.values()) == [0, 1, 1, 1, 1, 1, 1, 1]
    ensure_closed_once(banco, answers)
    assert read_sealed() == (36_000, 6_300)


def test_scenario_21_eight_close_at_once_and_an_edit_that_comes_later_is_refused(banco: Banco, tmp_path: Path) -> None:
    cast = enter_agosto()
    oito = Oito(tmp_path / "oito")
    wait_until(lambda: is_taken(banco, granted=True) or oito.process.poll() is not None)
    with pytest.raises(CompetenciaFechada):
        _insist(cast)
    ensure_closed_once(banco, oito.wait())
    assert read_sealed() == (35_000, 6_000)
    # And whoever comes after that is answered with it.
    assert close(AGOSTO).versao == 1


def _insist(cast: Cast) -> None:
    """Edit; where the closing takes longer than the edit waits, once more."""
    for _ in range(10):
        try:
            with db.transaction() as session:
                edit_first(session, cast)
        except Ocupado:
            continue
        return
