"""Another's ids on every route that takes one: as if they did not exist, and nothing of the other's is seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

import pytest
from cast import Cast, book, make_cliente, pay, shut, spend
from conftest import Banco
from flask import Flask
from sqlalchemy import text
from web.api.conftest import give_ficha
from web.conftest import EMAILS, ENDERECO, Browser, find_quem
from web.passeio import CONSULTAS, Estudio, list_api_reads, list_pages, list_rules
from web.test_formularios import Retrato
from werkzeug.test import TestResponse

from estudio import clock, db
from estudio.domain.acerto import Tipo
from estudio.domain.usuario import Papel
from estudio.services.acerto_service import register_acerto
from estudio.services.calendario_service import renew_calendario
from estudio.services.estoque_service import register_item
from estudio.services.ficha_service import create_ficha
from estudio.services.pagamento_service import reverse_pagamento
from estudio.services.sessao_service import delete_sessao, edit_sessao
from estudio.web.rotas import ABERTA, ROTAS

ALHEIOS: Final = ("Zuleica", "777,77", "777.77", "654,32", "654.32", "123,45", "123.45", "segredo alheio", "90000-7777")
"""How what is Ana's is called, what it cost, and what was noted of it."""

SEM_DONO: Final = frozenset(
    {
        # Sections, numbers, colours, files: the address names no row of anybody's.
        "historico.show",
        "numeros.show",
        "arquivos.show",
        "cores.show",
        "logotipos.show",
        # The secret link is the key.
        "primeiro_acesso.new",
        "primeiro_acesso.create",
        "redefinicoes.edit",
        "redefinicoes.update",
        "calendarios.show",
        "entregas.show",
        "entrega_papeis.show",
        # A month, in which an artista finds their own line alone: the walk over every page looks.
        "demonstrativos.index",
    }
)

PERTO: Final = (
    "?artista={ana}",
    "?q=Zuleica",
    "?chave={ana}",
    "?depois={amanha}.999999.0",
    "?pagamentos={amanha}.999999.0",
    "?sessao={sessao}",
    "?dia={hoje}&artista={ana}",
    "?visao=semana&artista={ana}",
    "?q=654,32",
    "?q=777,77",
    "?cliente={cliente}",
    "?gasto={gasto}",
    "?antes=999999",
)
"""What an artista may write after an address, to get at what is another's."""


@dataclass(frozen=True, slots=True)
class Caso:
    caminho: str
    campos: Mapping[str, str]


def caso(caminho: str, **campos: str) -> Caso:
    return Caso(caminho, campos)


SESSAO: Final = {
    "dia": "{hoje}",
    "hora": "23:00",
    "duracao": "60",
    "cliente": "Zuleica",
    "valor": "1,00",
    "observacoes": "",
    "versao": "{versao}",
}

DE_ARTISTA: Final[dict[str, tuple[Caso, ...]]] = {
    "sessoes.edit": (caso("/sessoes/{sessao}/edit"), caso("/sessoes/{paga}/edit")),
    "sessoes.update": (
        caso("/sessoes/{sessao}", **SESSAO),
        caso("/sessoes/{sessao}", **SESSAO, artista_id="{bia}"),
        caso("/sessoes/{paga}", **SESSAO),
    ),
    "sessoes_desfeitas.create": (
        caso("/sessoes/{sessao}/desfeita", ato="marcacao"),
        caso("/sessoes/{sessao}/desfeita", ato="edicao", versao="{versao}"),
        caso("/sessoes/{apagada}/desfeita", ato="exclusao"),
    ),
    "situacoes.create": (
        caso("/sessoes/{sessao}/situacao", status="cancelada"),
        caso("/sessoes/{sessao}/situacao", status="cancelada", versao="{versao}"),
        caso("/sessoes/{paga}/situacao", status="realizada"),
    ),
    "calendarios.create": (caso("/agenda/calendarios/{ana}"),),
    "calendarios.destroy": (caso("/agenda/calendarios/{ana}/exclusao"),),
    "acertos.show": (caso("/acertos/artistas/{ana}"), caso("/acertos/artistas/{ana}?mes=2026-11")),
    "demonstrativos.show": (caso("/extratos/{mes}/demonstrativos/{ana}"),),
    "demonstrativo_papeis.show": (caso("/extratos/{mes}/demonstrativos/{ana}/pdf"),),
    "demonstrativo_respostas.create": (
        caso("/extratos/{mes}/demonstrativos/{ana}/respostas", tipo="de_acordo", versao="1"),
        caso("/extratos/{mes}/demonstrativos/{ana}/respostas", tipo="contestacao", versao="1", texto="x"),
    ),
    "fichas.destroy": (caso("/conta/fichas/{ficha}/exclusao"),),
    "chaves.destroy": (caso("/conta/chaves/{chave_de_acesso}/remocao"),),
}
"""Every route that lets an artista in and takes the number of a thing, with things that are Ana's."""


@pytest.fixture
def alheio(app: Flask, cast: Cast) -> dict[str, str]:
    """Rows of Ana's in every table, of whom Bia must not learn; and one of Bia's own of each kind."""
    del app
    hoje = clock.today()
    with db.transaction() as session:
        zuleica = make_cliente(session, "Zuleica", telefone="(11) 90000-7777")
        paga = book(session, cast, "777.77", data=hoje, artista=cast.ana, cliente=zuleica)
        pago = pay(
            session, cast, "777.77", data=hoje, artista=cast.ana, cliente=zuleica, sessoes=[paga], percentual=5000,
            observacoes="segredo alheio",
        )  # fmt: skip
        reverse_pagamento(session, pago.id, quem=cast.quem_caio, data=hoje, valor=Decimal("123.45"))
        sessao = book(session, cast, "654.32", data=hoje, artista=cast.ana, cliente=zuleica)
        apagada = book(session, cast, "654.32", data=hoje, artista=cast.ana, cliente=zuleica)
        antes = pay(
            session, cast, "777.77", data=hoje.replace(year=hoje.year - 1, day=1), artista=cast.ana, cliente=zuleica
        )
        session.flush()
        gasto = spend(session, cast, "123.45", data=hoje, descricao="segredo alheio")
        register_acerto(
            session,
            quem=cast.quem_ana,
            data=hoje,
            artista_id=cast.ana.id,
            tipo=Tipo.BONUS,
            valor=Decimal("654.32"),
            motivo="segredo alheio",
        )
        register_item(session, quem=cast.quem_caio, nome="segredo alheio", quantidade=9)
        renew_calendario(session, cast.ana.id, quem=cast.quem_ana)
        ficha, _chave = create_ficha(session, quem=cast.quem_ana, nome="segredo alheio", escopos=["leitura"])
        chave = session.execute(
            text(
                "insert into chaves_de_acesso (usuario_id, nome, credencial, chave_publica, contador)"
                " values (:ana, 'segredo alheio', repeat('a', 20), decode(repeat('00', 20), 'hex'), 0) returning id"
            ),
            {"ana": cast.quem_ana.usuario_id},
        ).scalar_one()
        pay(session, cast, "10.00", data=hoje, sessoes=[book(session, cast, "10.00", data=hoje)])
    with db.transaction() as session:
        edit_sessao(session, sessao.id, quem=cast.quem_caio, observacoes="segredo alheio")
        delete_sessao(session, apagada.id, quem=cast.quem_ana)
    with db.transaction() as session:
        shut(session, antes.competencia.slug)
    return {
        "ana": str(cast.ana.id),
        "bia": str(cast.bia.id),
        "hoje": hoje.isoformat(),
        "amanha": (hoje + timedelta(days=1)).isoformat(),
        "sessao": str(sessao.id),
        "paga": str(paga.id),
        "apagada": str(apagada.id),
        "cliente": str(zuleica.id),
        "gasto": str(gasto.id),
        "ficha": str(ficha.id),
        "chave_de_acesso": str(chave),
        "versao": "2",
        "mes": antes.competencia.slug,
    }


def find_seen(page: str, *, given: str = "") -> list[str]:
    """What is Ana's on a page; what was asked for in the address the page may say again."""
    return [word for word in ALHEIOS if word in page and word not in given]


def read(response: TestResponse) -> str:
    return response.get_data().decode("utf-8", "replace")


def test_every_route_that_takes_a_number_is_tried(app: Flask) -> None:
    takes = {
        rule.endpoint
        for rule in list_rules(app)
        if rule.arguments and (ROTAS[rule.endpoint] is ABERTA or Papel.ARTISTA in (ROTAS[rule.endpoint] or ()))
    }
    assert takes == set(DE_ARTISTA) | SEM_DONO


def test_anothers_id_is_nobodys_for_an_artista(
    app: Flask, alheio: dict[str, str], log_in: Callable[[str], Browser], banco: Banco
) -> None:
    methods = {rule.endpoint: rule.methods or set() for rule in list_rules(app)}
    browser, retrato, wrong = log_in("artista"), Retrato(banco), []
    before = retrato.take()
    for endpoint, casos in DE_ARTISTA.items():
        for each in casos:
            path = each.caminho.format_map(alheio)
            fields = {name: value.format_map(alheio) for name, value in each.campos.items()}
            response = browser.get(path) if "GET" in methods[endpoint] else browser.post(path, fields, seen="/conta")
            if response.status_code not in (403, 404):
                wrong.append(f"{path} {fields}: answered {response.status_code}")
            if seen := find_seen(read(response)):
                wrong.append(f"{path} shows {seen}")
            if retrato.take() != before:
                wrong.append(f"{path} {fields}: saved")
                before = retrato.take()
    retrato.connection.close()
    assert not wrong, "\n".join(wrong)


def test_an_artista_books_for_nobody_else_and_gives_nothing_away(
    alheio: dict[str, str], cast: Cast, log_in: Callable[[str], Browser]
) -> None:
    with db.transaction() as session:
        minha = book(session, cast, "20.00", data=clock.today())
    browser = log_in("artista")
    fields = {name: value.format_map(alheio) for name, value in SESSAO.items()} | {"artista_id": alheio["ana"]}
    browser.post("/sessoes", fields | {"cliente": ""}, seen="/sessoes/new")
    browser.post(f"/sessoes/{minha.id}", fields | {"versao": "1", "cliente": ""}, seen=f"/sessoes/{minha.id}/edit")
    with db.transaction(read_only=True) as session:
        query = text("select artista_id from sessoes where hora is not null or id = :minha")
        assert set(session.scalars(query, {"minha": minha.id})) == {cast.bia.id}


def test_nothing_of_anothers_is_on_any_page_of_an_artista(
    app: Flask, alheio: dict[str, str], cast: Cast, log_in: Callable[[str], Browser]
) -> None:
    browser, dono, wrong, seen_by_dono = log_in("artista"), log_in("dono"), [], 0
    client = app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {give_ficha(cast, 'artista')}"}
    estudio = Estudio("x" * 32, "inventado", "")
    for rule in (*list_pages(app), *list_api_reads(app)):
        paths = {path.partition("?")[0] for path in estudio.list_addresses(rule)}
        if rule.arguments & {"sessao_id", "cliente_id", "pagamento_id", "gasto_id", "artista_id"}:
            whole = {name.removesuffix("_id"): value for name, value in alheio.items()}
            path = rule.rule
            for name in rule.arguments:
                path = path.replace(f"<id:{name}>", whole.get("ana" if name == "artista_id" else name[:-3], "1"))
            paths.add(path)
        for path in (base + query.format_map(alheio) for base in paths for query in ("", *PERTO)):
            if path.startswith("/api/"):
                response = client.get(path, base_url=ENDERECO, headers=headers)
            else:
                response = browser.get(path)
                seen_by_dono += "?" not in path and bool(find_seen(read(dono.get(path))))
            if seen := find_seen(read(response), given=path):
                wrong.append(f"{path} shows {seen}")
            # A month that is late is told by a 503, which is no fault of that page.
            if response.status_code >= 500 and not path.startswith("/health/extrato"):
                wrong.append(f"{path}: {response.status_code}")
    assert not wrong, "\n".join(wrong)
    assert seen_by_dono > 15


@pytest.mark.parametrize("papel", EMAILS)
def test_whoever_it_is_ends_only_what_is_their_own(
    cast: Cast, log_in: Callable[[str], Browser], banco: Banco, papel: str
) -> None:
    """Fichas, keys and browsers are a person's: not even the dono takes another's away at the page of their own."""
    outro = "recepcao" if papel != "recepcao" else "dono"
    with db.transaction() as session:
        ficha, _chave = create_ficha(session, quem=find_quem(cast, outro), nome="segredo alheio", escopos=["leitura"])
    log_in(outro)
    browser = log_in(papel)
    with db.transaction(read_only=True) as session:
        query = text("select id from acessos where usuario_id = :outro")
        (acesso,) = session.scalars(query, {"outro": find_quem(cast, outro).usuario_id})
    assert browser.post(f"/conta/fichas/{ficha.id}/exclusao", seen="/conta").status_code == 404
    browser.post("/conta/navegadores/encerramento", {"acesso_id": str(acesso)}, seen="/conta")
    with banco.connect() as connection:
        assert connection.execute("select count(*) from fichas").fetchone() == (1,)
        assert connection.execute("select count(*) from acessos where id = %s", [acesso]).fetchone() == (1,)
    for path in ("/conta", "/conta/fichas", "/conta/chaves"):
        assert "segredo alheio" not in browser.get(path).get_data(as_text=True)


def test_the_desk_takes_back_no_booking_of_anothers(cast: Cast, log_in: Callable[[str], Browser]) -> None:
    with db.transaction() as session:
        de_bia = book(session, cast, data=clock.today())
        session.execute(
            text("update sessoes set criado_por = :bia where id = :id"),
            {"bia": cast.quem_bia.usuario_id, "id": de_bia.id},
        )
    browser = log_in("recepcao")
    response = browser.post(f"/sessoes/{de_bia.id}/desfeita", {"ato": "marcacao"}, seen="/")
    assert response.status_code == 403


@pytest.mark.parametrize("papel", ["recepcao", "contador"])
def test_what_is_not_of_the_day_is_not_the_desks_and_people_are_not_the_accountants(
    alheio: dict[str, str], log_in: Callable[[str], Browser], papel: str
) -> None:
    browser, ano = log_in(papel), int(alheio["hoje"][:4]) - 1
    mes = f"{ano}-{alheio['hoje'][5:7]}"
    closed = [f"/extratos/{mes}", f"/extratos/{mes}/pagamentos", f"/historico?mes={mes}"]
    own = {"recepcao": closed[:2], "contador": [f"/clientes/{alheio['cliente']}", f"/sessoes/{alheio['sessao']}/edit"]}
    for path in own[papel]:
        response = browser.get(path)
        assert response.status_code == 403, path
        assert find_seen(read(response)) == []


def test_the_table_of_queries_is_about_pages_that_are_there(app: Flask) -> None:
    assert set(CONSULTAS) <= {rule.endpoint for rule in list_pages(app)}
