"""Acertos in the month's pack: sheet, CSV and JSON say the same, verificar.py counts them, and names a changed one."""

import json
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from cast import Cast, make_cast, pay
from conftest import Banco
from moldes import Copiar, Moldes
from pypdf import PdfReader
from services.test_acerto import COMO, settle
from services.test_documento_pacote import DIA, HOSTIS, STEM, close, make, read_csv, read_xlsx, unpack
from services.test_documento_verificar import forge, sign, write_doc

from estudio import db
from estudio.domain.acerto import DEVOLVIDO, ROTULOS, Tipo, name_acerto
from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import format_dinheiro, from_centavos
from estudio.services.acerto_service import register_recebido
from estudio.services.demonstrativo_leitura import read_demonstrativo
from estudio.services.demonstrativo_papel import write_demonstrativo
from estudio.services.documento_verificar import ACERTOS
from estudio.services.documento_verificar import name_acerto as write_name
from estudio.services.pagamento_service import reverse_pagamento


def _fill(_: Banco) -> Cast:
    with db.transaction() as session:
        cast = make_cast(session)
        kept = pay(session, cast, "500.00", data=DIA)
        register_recebido(session, kept.id, quem=cast.quem_ana)
        for number, (tipo, texto) in enumerate(zip(COMO, HOSTIS, strict=False), 1):
            settle(session, cast, tipo, f"{number}0.15", data=DIA, motivo=texto)
    close()
    return cast


@pytest.fixture
def cast(copiar: Copiar[Cast]) -> Cast:
    """A closed September with an acerto of each kind, under hostile words."""
    return copiar(_fill)[1]


def run(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "verificar.py")],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def _pack(banco: Banco) -> dict[str, bytes]:
    return unpack(make(_fill(banco)))


@pytest.fixture
def pasta(moldes: Moldes, tmp_path: Path) -> Path:
    for name, payload in moldes.get(_pack).feito.items():
        (tmp_path / name).write_bytes(payload)
    return tmp_path


def test_the_files_say_the_same(cast: Cast) -> None:
    files = unpack(make(cast))
    doc, rows = json.loads(files[f"{STEM}.json"]), read_csv(files[f"{STEM}.csv"])
    assert (doc["formato"], len(doc["linhas"]["acerto"]), len(doc["motivos"])) == ("pacote/2", 8, 7)
    in_csv = sorted(Decimal(row["valor"].replace(",", ".")) for row in rows if row["tipo"] == "acerto")
    in_json = sorted(Decimal(line[5]).scaleb(-2) for line in doc["linhas"]["acerto"])
    sheet = read_xlsx(files[f"{STEM}.xlsx"])["Acertos"]
    in_xlsx = sorted(Decimal(cells[-1].text) for cells in sheet[1:-1])
    assert in_csv == in_json == in_xlsx
    total = sum(Decimal(each["total"]) for each in doc["totais"]["acertos"])
    assert total == sum(in_csv) == Decimal(sheet[-1][-1].text)
    assert sheet[-1][-1].formula
    assert "receita_total" in doc["totais"]
    assert doc["totais"]["receita_total"] == "500.00"


def test_the_labels_that_travel_are_the_labels_of_the_program() -> None:
    assert {tipo.value: rotulo for tipo, rotulo in ROTULOS.items()} == ACERTOS
    assert set(ROTULOS) == set(Tipo)
    for tipo, centavos in product(Tipo, (-1, 1)):
        assert name_acerto(tipo, centavos) == write_name(tipo.value, centavos)


def test_what_an_artista_gave_back_is_not_called_received(banco: Banco, tmp_path: Path) -> None:
    """The recebido of an estorno: by its sign, on every paper and in the sums of the month."""
    del banco
    with db.transaction() as session:
        cast = make_cast(session)
        paid = pay(session, cast, "500.00", data=DIA)
        back = reverse_pagamento(session, paid.id, quem=cast.quem_caio, data=DIA, valor=Decimal("200.00"))
        register_recebido(session, back.id, quem=cast.quem_ana)
    close()
    files = unpack(make(cast))
    for name, payload in files.items():
        (tmp_path / name).write_bytes(payload)
    assert run(tmp_path)[0] == 0
    (row,) = [row for row in read_csv(files[f"{STEM}.csv"]) if row["tipo"] == "acerto"]
    assert (row["categoria"], row["valor"]) == (DEVOLVIDO, "200,00")
    sheets = read_xlsx(files[f"{STEM}.xlsx"])
    assert sheets["Acertos"][1][4].text == DEVOLVIDO
    assert f"Acertos: Bia, {DEVOLVIDO}" in [cells[0].text for cells in sheets["Totais"]]
    with db.transaction(read_only=True) as session:
        folha = read_demonstrativo(session, Competencia.of(DIA), cast.bia.id, quem=cast.quem_bia)
    for pdf in (files[f"{STEM}.pdf"], write_demonstrativo(folha)):
        paper = " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())
        assert "Devolvido ao cliente" in paper
        assert "Recebido pelo artista" not in paper


def test_the_pack_is_whole(pasta: Path) -> None:
    code, told = run(pasta)
    assert (code, told.splitlines()[0]) == (0, "íntegro: 2025-09, versão 1, 10 linhas")


def test_the_paper_has_every_acerto_and_their_sum(cast: Cast) -> None:
    files = unpack(make(cast))
    linhas = json.loads(files[f"{STEM}.json"])["linhas"]["acerto"]
    paper = " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(files[f"{STEM}.pdf"])).pages).split())
    behind = paper.rpartition(" Acertos ")[2]
    for rotulo in ROTULOS.values():
        assert rotulo in behind
    for valor in [line[5] for line in linhas] + [sum(line[5] for line in linhas)]:
        assert format_dinheiro(from_centavos(valor)).replace("R$ ", "").replace("-", "−") in behind
    assert "8 acertos" in paper


NA_PLANILHA = (
    ("sheet7.xml", "<v>-10.15</v>", "<v>-10.16</v>", "folha Acertos, célula K3"),
    ("sheet7.xml", "Repasse", "Vale", "folha Acertos, célula E3"),
    ("sheet8.xml", "SUMIFS(", "SUM(", "folha Contas por Artista, célula D2"),
    ("sheet8.xml", "<v>0.15</v>", "<v>0.16</v>", "folha Contas por Artista, célula"),
    ("sheet9.xml", "SUMIFS(", "SUM(", "folha Totais, célula B"),
)


@pytest.mark.parametrize(("folha", "antes", "depois", "dito"), NA_PLANILHA)
def test_a_changed_cell_is_named(pasta: Path, folha: str, antes: str, depois: str, dito: str) -> None:
    forge(pasta, f"xl/worksheets/{folha}", antes, depois)
    code, told = run(pasta)
    assert (code, dito in told) == (1, True), told


MUDANCAS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "centavo": (lambda doc: doc["linhas"]["acerto"][1].__setitem__(5, -1016), "2025-09-10, acerto"),
    "artista": (lambda doc: doc["linhas"]["acerto"][1].__setitem__(3, 1), "2025-09-10, acerto"),
    "tipo": (lambda doc: doc["linhas"]["acerto"][1].__setitem__(4, "vale"), "2025-09-10, acerto"),
    "forma": (lambda doc: doc["linhas"]["acerto"][1].__setitem__(6, None), "2025-09-10, acerto"),
    "pagamento": (lambda doc: doc["linhas"]["acerto"][0].__setitem__(7, None), "2025-09-10, acerto"),
    "pagamento que não há": (lambda doc: doc["linhas"]["acerto"][0].__setitem__(7, 99), "não está no mês"),
    "linha a menos": (lambda doc: doc["linhas"]["acerto"].pop(), "2025-09-10, acerto"),
    "nenhuma": (lambda doc: doc["linhas"].pop("acerto"), "outro formato"),
    "total": (lambda doc: doc["totais"]["acertos"][0].__setitem__("total", "1.00"), "totais, acertos"),
    "motivo": (lambda doc: doc["motivos"].__setitem__("2", "outro"), "não diz o mesmo que o JSON"),
}


@pytest.mark.parametrize("nome", MUDANCAS)
def test_what_was_changed_is_named(pasta: Path, nome: str) -> None:
    mudar, dito = MUDANCAS[nome]
    path = pasta / f"{STEM}.json"
    doc = json.loads(path.read_text(encoding="utf-8"))
    mudar(doc)
    write_doc(path, doc)
    sign(pasta)
    code, told = run(pasta)
    assert (code, dito in told) == (1, True), told


def test_a_month_without_has_no_trace_of_them(banco: Banco) -> None:
    del banco
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "500.00", data=DIA)
    close()
    payload = make(cast)
    files = unpack(payload)
    doc = json.loads(files[f"{STEM}.json"])
    assert doc["formato"] == "pacote/1"
    assert set(doc["linhas"]) == {"pagamento", "comissao", "sessao", "gasto"}
    assert "motivos" not in doc
    assert "acertos" not in doc["totais"] | doc["totais"]["contagens"]
    assert "Acertos" not in read_xlsx(files[f"{STEM}.xlsx"])
