"""The search for a client among fifty thousand, as people type it."""

import random
import time
from collections.abc import Callable

from escala import Escala
from livro import SEED, load_people
from medidas import Grupo, percentile
from servidor import Servidor

from estudio import db
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.cliente_service import search_clientes


def measure_search(servidor: Servidor, escala: Escala) -> Grupo:
    """Look for clients by what a person has typed so far: milliseconds of the deed, its transaction included."""
    grupo = Grupo("search", f"Looking for a client among {escala.clientes_searched:,}".replace(",", " "))
    servidor.create_database("medido")
    with servidor.connect("medido") as connection:
        load_people(connection, escala.clientes_searched)
        names = [row[0] for row in connection.execute("select nome from estudio.clientes order by id").fetchall()]
    chance = random.Random(SEED)
    typed: dict[str, Callable[[str], str]] = {
        "two letters": lambda nome: nome[:2],
        "three letters": lambda nome: nome[:3],
        "first name": lambda nome: nome.split()[0],
        "parts of two names": lambda nome: f"{nome.split()[0][:4]} {nome.split()[-1][:3]}",
        "whole name": str.upper,
        "end of a phone": lambda _: f"{chance.randrange(escala.clientes_searched):06d}",
        "area code": lambda _: "5511",
        "nobody": lambda nome: f"{nome[:3]}xyz",
    }
    for what, shorten in typed.items():
        texts = [shorten(nome) for nome in chance.choices(names, k=escala.searches)]
        _search(texts[:5])
        runs = [_search(texts) for _ in range(escala.runs)]
        for percent in (50, 99):
            grupo.add(what, f"p{percent}", "ms", [percentile(run, percent) for run in runs])
    slowest = max(m.median for m in grupo.medidas if m.onde == "p99")
    grupo.aim("p99 of the slowest kind", slowest, 100, "ms")
    servidor.drop_database("medido")
    return grupo


def _search(texts: list[str]) -> list[float]:
    spent = []
    for text in texts:
        started = time.perf_counter()
        with db.transaction(read_only=True) as session:
            search_clientes(session, text, quem=LINHA_DE_COMANDO)
        spent.append((time.perf_counter() - started) * 1000)
    return spent
