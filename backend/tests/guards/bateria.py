"""The whole battery against one database: what test_battery.py shows and the mutants are measured by."""

from collections.abc import Iterator

from guards.ataques import Ataque, Relatorio, run_bateria, run_controle
from guards.ataques_livros import Alvo, build_alvo, list_ataques
from guards.ataques_permanentes import (
    list_ataques_permanentes,
    list_ataques_por_tras,
    list_disfarces,
    list_gatilhos_hostis,
    list_permanentes_por_tras,
    list_pessoas_por_tras,
)
from guards.ataques_transicoes import fill_meses_dificeis, list_mentiras, list_proibidas
from guards.ataques_valores import list_valores
from guards.catalogo import Catalogo, read_catalogo
from guards.palco import ABERTA, FECHADA, SEGUINTE, SELADA, VAZIA, Connection, Enderecos, Livros, fill_livros


def list_contra_meses(alvos: list[Alvo], *, disfarcados: int) -> Iterator[Ataque]:
    """Against the months of the stage that are closed, each in its way; the first few behind every disguise."""
    for numero, alvo in enumerate(alvos):
        yield from list_ataques(alvo)
        yield from list_ataques_por_tras(alvo)
        yield from list_gatilhos_hostis(alvo)
        if numero < disfarcados:
            yield from list_disfarces(alvo)


def list_todos(connection: Connection, livros: Livros, *, disfarcados: int = 3) -> list[Ataque]:
    """Every attack, in the order in which a weakness is found soonest."""
    catalogo = read_catalogo(connection)
    alvos = [
        build_alvo(connection, catalogo, livros, mes, ABERTA, nome)
        for mes, nome in ((FECHADA, "fechada"), (SELADA, "selada"), (VAZIA, "vazia"))
    ]
    return [
        *list_mentiras(connection, livros),
        *list_permanentes_por_tras(),
        *list_proibidas(catalogo),
        *list_ataques_permanentes(catalogo),
        *list_valores(build_alvo_aberto(connection, catalogo, livros)),
        *list_pessoas_por_tras(build_alvo_aberto(connection, catalogo, livros)),
        *list_contra_meses(alvos, disfarcados=disfarcados),
    ]


def build_alvo_aberto(connection: Connection, catalogo: Catalogo, livros: Livros) -> Alvo:
    return build_alvo(connection, catalogo, livros, ABERTA, SEGUINTE, "aberta")


def attack(enderecos: Enderecos, *, fail_fast: bool = False, familia: str | None = None) -> Relatorio:
    """Fill the stage and try the battery on it, or one family; where one finding is enough, with fewer disguises."""
    livros = fill_livros(enderecos)
    with enderecos.connect() as app:
        fill_meses_dificeis(app, livros)
    with enderecos.connect("super") as connection:
        ataques = list_todos(connection, livros, disfarcados=1 if fail_fast else 3)
        ataques = [a for a in ataques if familia in (None, a.familia)]
    return run_bateria(enderecos, livros, ataques, fail_fast=fail_fast)


def attack_aberto(enderecos: Enderecos) -> tuple[int, list[str]]:
    """The same statements against an open month, where they pass: an attack that fails everywhere proves nothing."""
    livros = fill_livros(enderecos)
    with enderecos.connect("super") as connection:
        catalogo = read_catalogo(connection)
        alvo = build_alvo_aberto(connection, catalogo, livros)
    return run_controle(enderecos, [*list_ataques(alvo), *list_disfarces(alvo)])
