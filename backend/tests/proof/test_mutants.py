"""Each protection taken away in turn: some proof notices. What none notices is a hole."""

from collections import Counter

import pytest
from figures import Show
from guards.fabrica import Morte, kill
from proof.mutantes import list_mutantes_do_guarda
from proof.mutantes_transicoes import list_mutantes_das_transicoes
from servers import TestServer

MUTANTES = {m.nome: m for m in [*list_mutantes_do_guarda(), *list_mutantes_das_transicoes()]}

# So that the processes of a run share them.
PARTES = 10

# One of each kind, in every run of the tests: the proofs still bite.
SEMPRE = (
    "o guarda não tranca a linha do mês",
    "o guarda é um predicado",
    "update confere só para onde vai",
    "a transição não toma o mês",
    "pagamento selado sem cliente_id",
    "comissão errada: outra fórmula",
    "direito: update em competencias",
)


def test_every_mutant_has_a_name_of_its_own() -> None:
    assert len(MUTANTES) == len([*list_mutantes_do_guarda(), *list_mutantes_das_transicoes()]) >= 40


@pytest.mark.parametrize("nome", SEMPRE)
def test_a_mutant_is_noticed(server: TestServer, nome: str) -> None:
    assert kill(server, MUTANTES[nome]) is not None


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("parte", range(PARTES))
def test_every_mutant_is_noticed(server: TestServer, parte: int, show_figures: Show) -> None:
    mortes = {nome: kill(server, MUTANTES[nome]) for nome in list(MUTANTES)[parte::PARTES]}
    provas = Counter(morte.prova if morte else "VIVO" for morte in mortes.values())
    lines = [f"  {nome:<52} {_tell(morte)}" for nome, morte in mortes.items()]
    show_figures("\n".join([f"{len(mortes)} mutantes: {dict(provas)}", *lines]))
    assert [nome for nome, morte in mortes.items() if morte is None] == []


def _tell(morte: Morte | None) -> str:
    if morte is None:
        return "VIVO: nenhuma prova o notou"
    found = " ".join(morte.achado.split())
    return f"{morte.prova:<16} {found[:90]}"
