"""Every page that is read, and every list of the API, as the dono of a studio of ten years asks for it: the server's
time, without the network.

The whole of a request is measured: who is logged in, the deed, its transaction, the template, the headers.
"""

import re
import time
from collections.abc import Sequence
from decimal import Decimal

from escala import Escala
from fechamento import BASE
from flask import Flask
from flask.testing import FlaskClient
from livro import MES, load_month, settle
from medidas import Grupo, percentile
from psycopg import sql
from servidor import Servidor
from sqlalchemy import select

from estudio import clock, config, db
from estudio.app import create_app
from estudio.domain.acerto import Tipo
from estudio.domain.competencia import Competencia
from estudio.domain.ficha import Escopo
from estudio.domain.usuario import LINHA_DE_COMANDO, Papel, Usuario
from estudio.services.acerto_service import register_acerto
from estudio.services.estoque_service import register_item
from estudio.services.ficha_service import create_ficha
from estudio.services.recorrente_service import register_recorrente
from estudio.services.usuario_service import create_usuario
from estudio.web.api.rotas import PREFIXO
from estudio.web.api.rotas import ROTAS as ROTAS_DA_API
from estudio.web.rotas import ABERTA, ROTAS

EMAIL = "dona@estudio.example"
SENHA = "violeta mastiga granito"

PARTES = {
    "mes": MES.previous.slug,
    "secao": "pagamentos",
    "numero": "receita_liquida",
    # Of a forma and of a categoria alike.
    "codigo": "outros",
}
"""What stands for the parts of an address that are no number of a thing; those are the newest thing's."""

PERGUNTAS = (
    "/busca?q=joana",
    "/busca?q=15/09",
    "/busca?q=450,00",
    f"/historico?mes={MES.slug}",
    f"/historico?mes={MES.slug}&artista=1&q=ombro",
    "/busca?q=ninguem",
    "/busca?q=joana+ombro",
    "/clientes?q=mari",
    "/sugestoes/clientes?q=joa",
    f"/agenda?dia={MES.first_day}&visao=semana",
    f"/pagamentos?mes={MES.slug}",
    f"/gastos?mes={MES.slug}",
    f"/sessoes?de={MES.first_day}&ate={MES.next_first_day}",
)
"""Pages whose cost hangs on what is asked."""

AO_LADO = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}
"""As a browser asks that comes from another of these pages: compressing is part of the server's time."""

ITENS = 40

_NEWEST = sql.SQL("select max(id) from {}")

TABELA = {
    "pagamento_id": "pagamentos",
    "cliente_id": "clientes",
    "artista_id": "artistas",
    "gasto_id": "gastos",
    "sessao_id": "sessoes",
    "item_id": "itens",
    "recorrente_id": "recorrentes",
    "acerto_id": "acertos",
    "usuario_id": "usuarios",
}


def measure_telas(servidor: Servidor, escala: Escala) -> Grupo:
    """Ask for every page, some hundred times each: milliseconds from the request to its last byte."""
    grupo = Grupo("screens", f"Every page of a studio of {escala.months} months, {escala.per_month} payments in each")
    servidor.create_database("medido", template=BASE)
    hoje = Competencia.of(clock.today())
    with servidor.connect("medido") as connection:
        for mes in (MES, hoje):
            load_month(connection, mes, escala.per_month)
        settle(connection)
    # Seals that other parts published are of another chain, and no month of this one would be checked beside them.
    config.override(backup_dir=config.get_settings().backup_dir / "telas")
    app = create_app()
    client = _log_in(app)
    chave = _equip()
    parts = PARTES | _find_newest(servidor)
    slowest: dict[int, list[float]] = {50: [], 99: []}
    for path in [*_list_paths(app, parts), *PERGUNTAS]:
        headers = {"Authorization": f"Bearer {chave}"} if path.startswith(PREFIXO) else AO_LADO
        _ask(client, path, headers, 5)
        runs = [_ask(client, path, headers, escala.views) for _ in range(escala.runs)]
        for percent, medians in slowest.items():
            medida = grupo.add(path, f"p{percent}", "ms", [percentile(run, percent) for run in runs])
            medians.append(medida.median)
    grupo.aim("p50 of the slowest page", max(slowest[50]), 30, "ms")
    grupo.aim("p99 of the slowest page", max(slowest[99]), 100, "ms")
    db.reset()
    servidor.drop_database("medido")
    return grupo


def _log_in(app: Flask) -> FlaskClient:
    with db.transaction() as session:
        create_usuario(session, quem=LINHA_DE_COMANDO, nome="Dona", email=EMAIL, papel=Papel.DONO, senha=SENHA)
    client = app.test_client()
    page = client.get("/entrar", base_url="http://localhost").get_data(as_text=True)
    fields = dict(re.findall(r'name="(csrf_token|chave)"[^>]*value="([^"]*)"', page))
    answer = client.post("/entrar", data=fields | {"email": EMAIL, "senha": SENHA}, base_url="http://localhost")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client


def _equip() -> str:
    """What the books have none of: a shelf, a gasto of every month, acertos; and the key of a program."""
    with db.transaction() as session:
        dona = session.scalars(select(Usuario).where(Usuario.email == EMAIL)).one().as_quem("bench")
        for numero in range(ITENS):
            register_item(session, quem=dona, nome=f"Agulhas nº {numero}", quantidade=numero)
        for dia in range(1, 29):
            register_acerto(
                session,
                quem=dona,
                data=MES.first_day.replace(day=dia),
                artista_id=1,
                tipo=Tipo.VALE,
                valor=Decimal("50.00"),
                forma="pix",
            )
        register_recorrente(
            session,
            quem=dona,
            descricao="Aluguel",
            valor=Decimal("1800.00"),
            forma="pix",
            categoria="aluguel",
            dia=5,
            desde=Competencia.of(clock.today()).first_day,
        )
        return create_ficha(session, quem=dona, nome="planilha", escopos=list(Escopo))[1]


def _find_newest(servidor: Servidor) -> dict[str, str]:
    with servidor.connect("medido") as connection:
        newest = {
            part: connection.execute(_NEWEST.format(sql.Identifier("estudio", table))).fetchone()
            for part, table in TABELA.items()
        }
    return {part: str(row[0]) for part, row in newest.items() if row}


def _list_paths(app: Flask, parts: dict[str, str]) -> Sequence[str]:
    """The address of every page behind a door that is read; one whose parts are not known is not measured."""
    doors = {**ROTAS, **{endpoint: rota.papeis for endpoint, rota in ROTAS_DA_API.items()}}
    paths = []
    for rule in app.url_map.iter_rules():
        door = doors.get(rule.endpoint, frozenset())
        if (
            "GET" in (rule.methods or ())
            and door is not ABERTA
            and Papel.DONO in door
            and rule.arguments <= parts.keys()
        ):
            paths.append(re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", lambda found: parts[found[1]], rule.rule))
    return sorted(paths)


def _ask(client: FlaskClient, path: str, headers: dict[str, str], times: int) -> list[float]:
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        answer = client.get(path, base_url="http://localhost", headers=headers)
        answer.get_data()
        spent.append((time.perf_counter() - started) * 1000)
        assert answer.status_code in (200, 303), f"{path}: {answer.status_code} {answer.get_data(as_text=True)[-600:]}"
    return spent
