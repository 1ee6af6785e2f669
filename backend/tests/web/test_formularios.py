"""Every form that the pages send × what nobody should write in it: refused beside its field, and nothing is saved."""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from cast import Cast, book, make_artista, make_cliente, pay, shut, spend
from conftest import Banco
from flask import Flask
from planilha_v4 import SETEMBRO, pagamento, render_v4
from psycopg import sql
from services.test_acerto import settle
from services.test_recorrente import repeat
from web.conftest import Browser, hidden_fields
from web.passeio import list_rules
from web.pedidos import DE_FORA, ESTRANHO, FECHAM, LONGO, NUL, PEDIDOS, SALAS, Pedido
from web.test_rotas import address
from werkzeug.test import TestResponse

from estudio import clock, config, db
from estudio.domain.acerto import Tipo
from estudio.domain.codigos import Categoria
from estudio.domain.competencia import Competencia
from estudio.services.citacao_service import list_citacoes
from estudio.services.eliminacao_service import erase_titular
from estudio.services.estoque_service import register_item
from estudio.services.ficha_service import create_ficha
from estudio.services.import_envio import read_envio, register_envio
from estudio.services.import_service import import_leitura
from estudio.services.usuario_service import create_usuario

ESQUECIVEIS = ("tentativas", "idempotencia", "desafios", "provas", "acessos", "execucoes", "execucao_passos")
"""Tables in which a request that is refused may leave its mark: of the door, of an attempt, and not of the books."""

CHAVES = ("", "curta", "a" * 201, "a" * 8 + "\0", ESTRANHO, LONGO)


@pytest.fixture
def coisas(app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A thing of each kind to send forms about, and how each is called in the table."""
    del app
    # Somebody to send alerts to; nothing in these tests sends any.
    monkeypatch.setenv("ALERT_ADDRESSES", "ana@estudio.example")
    config.reset()
    hoje = clock.today()
    with db.transaction() as session:
        made: dict[str, Any] = {
            "bia": cast.bia,
            "dora": cast.dora,
            "cora": make_artista(session, "Cora"),
            "cliente": make_cliente(session, "Nina Rosa"),
            "esquecida": make_cliente(session, "Nina"),
            "eliminada": make_cliente(session, "Otília Reis"),
            "pagamento": pay(session, cast, "500.00", data=hoje),
            "avulso": pay(session, cast, "77.00", data=hoje),
            "sessao": book(session, cast, "500.00", data=hoje),
            "marcada": book(session, cast, "300.00", data=hoje),
            "gasto": spend(session, cast, "50.00", data=hoje),
            "acerto": settle(session, cast, Tipo.VALE, data=hoje),
            "recorrente": repeat(session, cast, desde=hoje.replace(day=1)),
            "item": register_item(session, quem=cast.quem_caio, nome="Agulhas", quantidade=9),
            "outro_item": register_item(session, quem=cast.quem_caio, nome="Luvas", quantidade=9),
        }
        made["outra"] = create_usuario(
            session, quem=cast.quem_ana, nome="Rita", email="rita@estudio.example", papel="recepcao", senha=None
        )
        made["ficha"] = create_ficha(session, quem=cast.quem_ana, nome="x", escopos=["leitura"])[0]
        spend(session, cast, "3.00", data=hoje, descricao="Café da Otília")
        erase_titular(session, made["eliminada"].id, quem=cast.quem_ana, motivo="pedido", confirmacao="Otília Reis")
        made["citacao"] = list_citacoes(session, made["eliminada"].id, quem=cast.quem_ana)[0]
        material = session.get_one(Categoria, "material").rotulo
        numbers = {name: str(thing.id) for name, thing in made.items()}
    with db.transaction() as session:
        pay(session, cast, "10.00", data=hoje.replace(year=hoje.year - 1, day=1))
        feita = import_leitura(
            session, read_envio(register_envio(BytesIO(render_v4(SETEMBRO)), "a.csv")), quem=cast.quem_ana
        )
    envio = register_envio(BytesIO(render_v4([pagamento(900, hoje.isoformat(), "9.00")])), "b.csv")
    return numbers | {
        "hoje": hoje.isoformat(),
        "mes": Competencia.of(hoje).slug,
        "material": material,
        "envio": envio.chave,
        "sha256": read_envio(envio).sha256,
        "descartado": register_envio(BytesIO(render_v4(SETEMBRO)), "c.csv").chave,
        "importacao": str(feita.importacao_id),
    }


class Retrato:
    """Looks at every row of every table that a refused request must leave alone."""

    def __init__(self, banco: Banco) -> None:
        self.connection = banco.connect_as_superuser()
        tables = self.connection.execute("select tablename from pg_tables where schemaname = 'estudio'").fetchall()
        each = [
            sql.SQL("(select md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) from {} t)").format(
                sql.Identifier("estudio", name)
            )
            for (name,) in sorted(tables)
            if name not in ESQUECIVEIS
        ]
        self.query = sql.SQL("select {}").format(sql.SQL(", ").join(each))

    def take(self) -> object:
        return self.connection.execute(self.query).fetchone()


@pytest.fixture
def retrato(app: Flask, banco: Banco) -> Iterator[Retrato]:
    del app
    seen = Retrato(banco)
    yield seen
    seen.connection.close()


def fill_in(pedido: Pedido, coisas: dict[str, str], page: str, vez: int) -> tuple[str, dict[str, str]]:
    """The path, and the right contents of a form as it stands on its page."""
    versao = re.search(r'name="versao"[^>]*value="(\d+)"', page)
    words = coisas | {
        "vez": f"{vez:04}",
        "hora": f"{2 * vez % 24:02}:15",
        "versao": versao[1] if versao else "",
    }
    given = {name: campo.bom.replace("{{vez}}", words["vez"]) for name, campo in pedido.campos.items()}
    for word, value in words.items():
        given = {name: text.replace(f"{{{word}}}", value) for name, text in given.items()}
    return pedido.caminho.format_map(words), given


def list_bad(pedido: Pedido, good: dict[str, str]) -> Iterator[tuple[str | None, str, dict[str, str]]]:
    """What is sent: the field that is wrong in it (None: all of them), what is in that one, and the whole."""
    yield None, "", {}
    yield None, "", dict.fromkeys(good, "")
    yield None, LONGO, dict.fromkeys(good, LONGO)
    yield None, NUL, dict.fromkeys(good, NUL)
    if any(ESTRANHO in campo.ruins for campo in pedido.campos.values()):
        # Where there is nothing but names, that is one.
        yield None, ESTRANHO, dict.fromkeys(good, ESTRANHO)
    for name, campo in pedido.campos.items():
        for ruim in campo.ruins:
            yield name, ruim, good | {name: ruim}


def find_wrong(pedido: Pedido, response: TestResponse, name: str | None, sent: dict[str, str]) -> str | None:
    """What is not as it should be in an answer to a bad form."""
    if not 400 <= response.status_code < 500:
        return f"answered {response.status_code}"
    if pedido.botao or name is None:
        return None
    page = response.get_data(as_text=True)
    if 'class="resumo"' not in page:
        return f"{response.status_code} without the summary"
    # Who chose what is not there did not choose it from the page.
    if not pedido.campos[name].oculto and response.status_code != 404 and f'id="{name}-erro"' not in page:
        return f"{response.status_code} without a word beside the field"
    text = unescape(page)
    for each, typed in sent.items():
        if pedido.campos[each].oculto or each == "senha" or not typed.strip() or "\0" in typed:
            continue
        # A browser would not show again what is not in a list.
        if each in ("sessao_id", "escopos") or (
            each == name and "<select" in page and f'id="{name}" name="{name}"' in page
        ):
            continue
        if typed not in text:
            return f"{response.status_code} lost what was typed in {each}"
    return None


def walk(pedido: Pedido, browser: Browser, coisas: dict[str, str], retrato: Retrato, vez: int) -> list[str]:
    """Send a form in every wrong way, then in the right one."""
    seen = browser.get(pedido.visto.format_map(coisas)).get_data(as_text=True)
    token = {"csrf_token": hidden_fields(seen)["csrf_token"]}
    path, good = fill_in(pedido, coisas, seen, vez)
    wrong, before = [], retrato.take()

    def new() -> dict[str, str]:
        return token | {"chave": uuid.uuid4().hex}

    for name, ruim, sent in list_bad(pedido, good) if pedido.campos else ():
        response = browser.send(path, new() | sent)
        if response.status_code == 303 and name is None and not is_required(pedido):
            before = retrato.take()
            continue
        if found := find_wrong(pedido, response, name, sent):
            wrong.append(f"{path} {name}={ruim[:30]!r}: {found}")
        if (after := retrato.take()) != before:
            wrong.append(f"{path} {name}={ruim[:30]!r}: saved")
            before = after
    for chave in CHAVES:
        status = browser.send(path, token | {"chave": chave} | good).status_code
        if status not in (400, 422):
            wrong.append(f"{path} chave={chave[:30]!r}: answered {status}")
    if (status := browser.send(path, {"chave": uuid.uuid4().hex} | good).status_code) != 403:
        wrong.append(f"{path} without token: answered {status}")
    if retrato.take() != before:
        wrong.append(f"{path} saved without key or token")
    _, good = fill_in(pedido, coisas, browser.get(pedido.visto.format_map(coisas)).get_data(as_text=True), vez)
    response = browser.send(path, new() | good)
    if response.status_code != pedido.sucesso:
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.get_data(as_text=True).partition("<main")[2]))
        wrong.append(f"{path} right: answered {response.status_code} {text[:300]}")
    return wrong


def is_required(pedido: Pedido) -> bool:
    """Whether a form that is left empty is wrong."""
    return any("" in campo.ruins for campo in pedido.campos.values())


def test_every_form_is_in_the_table(app: Flask) -> None:
    writes = {rule.endpoint for rule in list_rules(app) if "POST" in (rule.methods or ())}
    assert writes == set(PEDIDOS) | set(DE_FORA)


@pytest.mark.parametrize("sala", SALAS)
def test_nothing_wrong_is_saved_and_everything_right_is(
    coisas: dict[str, str], log_in: Callable[[str], Browser], retrato: Retrato, sala: str
) -> None:
    browser, wrong = log_in("dono"), []
    for vez, pedido in enumerate(SALAS[sala].values()):
        wrong += walk(pedido, browser, coisas, retrato, vez)
    assert not wrong, "\n".join(wrong)


def test_the_door_breaks_at_nothing(
    app: Flask, coisas: dict[str, str], log_in: Callable[[str], Browser], retrato: Retrato, browser: Browser
) -> None:
    del coisas
    rules = {rule.endpoint: rule for rule in list_rules(app) if "POST" in (rule.methods or ())}
    inside, wrong, before = log_in("dono"), [], retrato.take()
    for endpoint, names in DE_FORA.items():
        path = address(rules[endpoint])
        for visitor, seen in ((browser, "/entrar"), (inside, "/conta")):
            if endpoint == "acessos.destroy":
                continue
            page = visitor.get(seen).get_data(as_text=True)
            token = {"csrf_token": hidden_fields(page)["csrf_token"]}
            for typed in ("", " ", LONGO, NUL, ESTRANHO, "-1", str(2**63), "//evil.example", "\ufffd"):
                for sent in (dict.fromkeys(names, typed), *({name: typed} for name in names)):
                    response = visitor.send(path, token | {"chave": uuid.uuid4().hex} | sent)
                    if response.status_code >= 500 or "evil" in (response.location or ""):
                        wrong.append(f"{path} {sent!r:.60}: {response.status_code} {response.location}")
                    if retrato.take() != before:
                        wrong.append(f"{path} {sent!r:.60}: saved")
                        before = retrato.take()
    assert not wrong, "\n".join(wrong)


def test_a_closed_month_says_so_in_every_form_that_moves_money(
    cast: Cast, log_in: Callable[[str], Browser], retrato: Retrato
) -> None:
    hoje, antes = clock.today(), date(2026, 9, 10)
    with db.transaction() as session:
        paga = book(session, cast, "500.00", data=antes)
        fechado = pay(session, cast, "500.00", data=antes, sessoes=[paga])
        gasto_fechado = spend(session, cast, "50.00", data=antes)
        acerto_fechado = settle(session, cast, Tipo.VALE, data=antes)
        ids = {
            "aberto": pay(session, cast, "400.00", data=hoje).id,
            "gasto": spend(session, cast, "60.00", data=hoje).id,
            "acerto": settle(session, cast, Tipo.VALE, data=hoje).id,
            "sessao": book(session, cast, "500.00", data=hoje).id,
            "recorrente": repeat(session, cast, desde=hoje.replace(day=1)).id,
        }
        numbers = {name: str(id_) for name, id_ in ids.items()} | {"hoje": hoje.isoformat()}
        numbers |= {"paga": str(paga.id), "fechado": str(fechado.id), "gasto_fechado": str(gasto_fechado.id)}
        numbers["acerto_fechado"] = str(acerto_fechado.id)
    with db.transaction() as session:
        shut(session, "2026-09")
    browser, before, wrong = log_in("dono"), retrato.take(), []
    common = {"dia": antes.isoformat(), "artista_id": str(cast.bia.id), "valor": "77,70", "forma": "credito"}
    common |= {"descricao": "Coisa <nova>", "observacoes": "Nota <nova>", "mes": Competencia.of(hoje).slug}
    for name, (path, page, extra) in FECHAM.items():
        seen = browser.get(page.format_map(numbers) or "/conta").get_data(as_text=True)
        versao = re.search(r'name="versao"[^>]*value="(\d+)"', seen)
        fields = common | {key: value.format_map(numbers) for key, value in extra.items()}
        fields |= hidden_fields(seen) | ({"versao": versao[1]} if versao else {}) | {"chave": uuid.uuid4().hex}
        response = browser.send(path.format_map(numbers), fields)
        text = unescape(response.get_data(as_text=True))
        if response.status_code != 409 or "Setembro/2026 está fechado." not in text:
            wrong.append(f"{name}: answered {response.status_code}")
        if page and ('class="resumo"' not in text or 'value="77,70"' not in text):
            wrong.append(f"{name}: lost what was typed")
        if retrato.take() != before:
            wrong.append(f"{name}: saved")
            before = retrato.take()
    assert not wrong, "\n".join(wrong)
