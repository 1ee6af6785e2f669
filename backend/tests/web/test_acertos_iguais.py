"""The acertos of one month, read back from everything that tells them: they agree to the centavo.

Account, accounts, statement (page and PDF), Extrato, API, CSV and JSON; lines, sums of kinds and what is owed.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any, NamedTuple

import pytest
from cast import Cast, pay, shut
from pypdf import PdfReader
from services.test_acerto import COMO, settle
from web.api.conftest import Programa, give_ficha, told
from web.conftest import Browser
from web.test_numeros_iguais import centavos

from estudio import db
from estudio.app import create_app
from estudio.domain.acerto import DEVOLVIDO, ROTULOS, Tipo
from estudio.domain.competencia import Competencia
from estudio.services.acerto_service import register_recebido
from estudio.services.documento_service import ensure_documentos
from estudio.services.pagamento_service import reverse_pagamento

SETEMBRO = Competencia(2025, 9)
MES = SETEMBRO.slug


class Acertos(NamedTuple):
    """In centavos, as the artistas see them: each line by its number, each kind of each artista, what was owed."""

    linhas: dict[int, int]
    por_tipo: dict[tuple[int, str], int]
    saldos: dict[int, int]


def fill(cast: Cast) -> None:
    """Every kind, of two artistas, more than a page; an August and an October around it that count in the saldo."""
    with db.transaction() as session:
        for mes in (8, 9, 10):
            pay(session, cast, f"{mes}33.33", data=date(2025, mes, 5))
            pay(session, cast, f"{mes}01.99", data=date(2025, mes, 6), artista=cast.ana, percentual=3333)
            for artista in (cast.bia, cast.ana):
                for number, tipo in enumerate(COMO, 1):
                    settle(
                        session,
                        cast,
                        tipo,
                        f"{mes * number}.{mes:02d}",
                        data=date(2025, mes, 20),
                        artista_id=artista.id,
                    )
        for number in range(1, 61):
            settle(session, cast, Tipo.VALE, f"0.{number:02d}", data=date(2025, 9, 1 + number % 30))
        pago = pay(session, cast, "500.01", data=date(2025, 9, 7))
        estorno = reverse_pagamento(
            session, pago.id, quem=cast.quem_caio, data=date(2025, 9, 8), valor=Decimal("123.45"), forma="pix"
        )
        for kept in (pago.id, estorno.id):
            register_recebido(session, kept, quem=cast.quem_ana)


def test_everything_that_tells_the_acertos_of_a_month_tells_the_same(
    cast: Cast, log_in: Callable[[str], Browser]
) -> None:
    fill(cast)
    for mes in ("2025-08", MES):
        with db.transaction() as session:
            shut(session, mes)
    ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    browser, ids = log_in("contador"), (cast.ana.id, cast.bia.id)
    programa = Programa(create_app().test_client(), give_ficha(cast, "contador"))
    doc = read_json(browser.get(f"/extratos/{MES}/vias/json").get_data())
    api = read_api(programa, ids)
    # The whole of it, from the studio's own formula: nothing below is told without this.
    assert len(doc.linhas) == 2 * len(COMO) + 60 + 2
    assert sum(doc.por_tipo.values()) == sum(doc.linhas.values()) != 0
    assert set(api.saldos) == set(ids)
    for quem, lido in {
        "CSV": read_csv(browser.get(f"/extratos/{MES}/vias/csv").get_data()),
        "API": api,
        "conta": read_contas(browser, ids),
        "demonstrativo": read_demonstrativos(browser, ids),
        "PDF do demonstrativo": read_papeis(browser, ids),
    }.items():
        assert lido.por_tipo == doc.por_tipo, quem
        # The paper of a statement has no numbers of rows, and a sheet of a month no saldo.
        assert lido.linhas == ({} if quem == "PDF do demonstrativo" else doc.linhas), quem
        assert lido.saldos == ({} if quem == "CSV" else api.saldos), quem
    extrato = unescape(browser.get(f"/extratos/{MES}").get_data(as_text=True))
    assert re.search(rf"Acertos[^<:]*: {len(doc.linhas)}<", extrato)
    ensure_same_at_the_end(browser, programa, ids)


def ensure_same_at_the_end(browser: Browser, programa: Programa, ids: tuple[int, ...]) -> None:
    """What is owed with everything entered: list and account, page and API."""
    page = browser.get(f"/acertos?mes={MES}").get_data(as_text=True)
    shown = {
        int(id_): centavos(text)
        for id_, text in re.findall(r'<a class="numero[^"]*" href="/acertos/artistas/(\d+)">([^<]*)', page)
    }
    listed = told(programa.get(f"/contas?mes={MES}"), 200)["itens"]
    contas = {id_: told(programa.get(f"/contas/{id_}"), 200) for id_ in ids}
    assert shown == {each["artista"]["id"]: centavos(each["saldo"]) for each in listed}
    assert shown == {id_: centavos(conta["saldo"]) for id_, conta in contas.items()}
    for each in listed:
        conta = contas[each["artista"]["id"]]
        (mes,) = [mes for mes in conta["meses"] if mes["competencia"] == MES]
        assert [each["devido_no_mes"], each["pago_no_mes"]] == [mes["devido"], mes["pago"]]
        assert [each["devido"], each["pago"]] == [conta["devido"], conta["pago"]]
        conta_page = browser.get(f"/acertos/artistas/{each['artista']['id']}").get_data(as_text=True)
        foot = re.search(r"<tfoot>(.*?)</tfoot>", conta_page, re.DOTALL)
        assert foot
        assert [centavos(text) for text in re.findall(r"<span[^>]*>([^<]*)</span>", foot[1])] == [
            centavos(conta["comissoes"]),
            centavos(conta["devido"]) - centavos(conta["comissoes"]),
            centavos(conta["pago"]),
            centavos(conta["saldo"]),
        ]


def read_json(payload: bytes) -> Acertos:
    doc = json.loads(payload, parse_float=pytest.fail)
    somas: Counter[tuple[int, str]] = Counter()
    for _kind, _id, _dia, artista, tipo, valor, *_ in doc["linhas"]["acerto"]:
        somas[artista, tipo] += valor
    totais = {(each["artista_id"], each["tipo"]): centavos(each["total"]) for each in doc["totais"]["acertos"]}
    assert totais == somas
    return Acertos({line[1]: line[5] for line in doc["linhas"]["acerto"]}, totais, {})


def read_csv(payload: bytes) -> Acertos:
    rows = csv.DictReader(io.StringIO(payload.decode("utf-8-sig"), newline=""), delimiter=";", strict=True)
    acertos = [row for row in rows if row["tipo"] == "acerto"]
    somas: Counter[tuple[int, str]] = Counter()
    for row in acertos:
        somas[int(row["artista_id"]), find_tipo(row["categoria"])] += centavos(row["valor"])
    return Acertos({int(row["id"]): centavos(row["valor"]) for row in acertos}, dict(somas), {})


def read_api(programa: Programa, ids: tuple[int, ...]) -> Acertos:
    """The sealed totals, the lines of the month, the lists and the accounts."""
    selado = told(programa.get(f"/extratos/{MES}"), 200)["totais"]["acertos"]
    por_tipo = {(each["artista_id"], each["tipo"]): centavos(each["total"]) for each in selado}
    linhas = {each["id"]: centavos(each["valor"]) for each in _page(programa, f"/extratos/{MES}/linhas/acertos?")}
    assert linhas == {each["id"]: centavos(each["valor"]) for each in _page(programa, f"/acertos?mes={MES}&")}
    saldos = {}
    for id_ in ids:
        (mes,) = [m for m in told(programa.get(f"/contas/{id_}"), 200)["meses"] if m["competencia"] == MES]
        saldos[id_] = centavos(mes["saldo"])
        assert {(id_, each["tipo"]): centavos(each["total"]) for each in mes["acertos"]} == {
            key: total for key, total in por_tipo.items() if key[0] == id_
        }
        assert centavos(told(programa.get(f"/contas/{id_}?ate={MES}"), 200)["saldo"]) == saldos[id_]
        for tipo in Tipo:
            soma = told(programa.get(f"/acertos?mes={MES}&artista={id_}&tipo={tipo.value}"), 200)["soma"]
            assert centavos(soma) == por_tipo.get((id_, tipo.value), 0)
    return Acertos(linhas, por_tipo, saldos)


def read_contas(browser: Browser, ids: tuple[int, ...]) -> Acertos:
    """The page of each account, month in view, all its pages."""
    read = Acertos({}, {}, {})
    for id_ in ids:
        for page in _walk(browser, f"/acertos/artistas/{id_}?mes={MES}"):
            mes = page.partition('id="s-mes"')[2].partition("</section>")[0]
            for tipo, text in re.findall(r"tipo=([a-z]+)#s-lista\">([^<]*)", mes):
                read.por_tipo[id_, tipo] = centavos(text)
            read.saldos[id_] = find_soma(mes)
            lista = page.partition('id="s-lista"')[2]
            assert find_soma(lista) == sum(total for (whose, _), total in read.por_tipo.items() if whose == id_)
            rows = re.findall(r'data-linha="acerto-(\d+)".*?<td class="valor"><span[^>]*>([^<]*)', lista, re.DOTALL)
            read.linhas.update({int(linha): centavos(text) for linha, text in rows})
    return read


def read_demonstrativos(browser: Browser, ids: tuple[int, ...]) -> Acertos:
    linhas: dict[int, int] = {}
    somas: Counter[tuple[int, str]] = Counter()
    saldos = {}
    for id_ in ids:
        page = browser.get(f"/extratos/{MES}/demonstrativos/{id_}").get_data(as_text=True)
        conta = page.partition('id="d-conta"')[2].partition("</section>")[0]
        for linha, nome, text in re.findall(
            r'<div id="acerto-(\d+)"><dt>\s*([^<]*?)\s*<.*?<dd><span[^>]*>([^<]*)', conta, re.DOTALL
        ):
            linhas[int(linha)] = centavos(text)
            somas[id_, find_tipo(unescape(nome))] += centavos(text)
        saldos[id_] = find_soma(conta)
    return Acertos(linhas, dict(somas), saldos)


def read_papeis(browser: Browser, ids: tuple[int, ...]) -> Acertos:
    """As a program reads it aloud; no numbers of rows on it."""
    somas: Counter[tuple[int, str]] = Counter()
    saldos = {}
    for id_ in ids:
        pdf = browser.get(f"/extratos/{MES}/demonstrativos/{id_}/pdf").get_data()
        text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))
        names = "|".join(map(re.escape, (*ROTULOS.values(), DEVOLVIDO)))
        money = r"([-−]?R\$ [\d.]+,\d\d)"
        for nome, valor in re.findall(rf"({names}) · \d\d/09/2025[^$]*? {money}", text):
            somas[id_, find_tipo(nome)] += centavos(valor)
        ((_, saldo),) = re.findall(rf"(ao estúdio|ao artista) no fim do mês {money}", text)
        saldos[id_] = centavos(saldo)
    return Acertos({}, dict(somas), saldos)


def find_tipo(nome: str) -> str:
    """The code of a kind, by what it is called on paper; what was given back is a recebido too."""
    return {DEVOLVIDO: Tipo.RECEBIDO.value, **{label: tipo.value for tipo, label in ROTULOS.items()}}[nome]


def find_soma(part: str) -> int:
    (text,) = re.findall(r'<div class="soma"><dt>[^<]*</dt><dd><span[^>]*>([^<]*)', part)
    return centavos(text)


def _page(programa: Programa, path: str) -> Iterator[dict[str, Any]]:
    depois = ""
    while True:
        page = told(programa.get(f"{path}limite=7{depois}"), 200)
        yield from page["itens"]
        if page["proxima"] is None:
            return
        depois = f"&depois={page['proxima']}"


def _walk(browser: Browser, path: str) -> Iterator[str]:
    while True:
        page = browser.get(path).get_data(as_text=True)
        yield page
        following = re.search(r'href="([^"]*depois=[^"]*)"', page)
        if following is None:
            return
        path = unescape(following[1])
