"""Who the people of a file are here: found by the exact key of their name, made where there is nobody of that name.

Never guessed: where several have the name, the line is refused and asks. Who was identified once stays that person for
everything that comes from the same place later, whoever is registered under the name meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, LiteralString, NamedTuple

from estudio.db import Connection
from estudio.domain.nomes import normalise_nome
from estudio.services.import_registros import Notas, Pessoa
from estudio.services.import_situacao import Situacao

PLURAL: Final = {"artista": "artistas", "cliente": "clientes"}

_BY_NAME: Final[dict[str, LiteralString]] = {
    "artista": "select nome_busca, id from estudio.artistas where nome_busca = any(%s)",
    # A client that was merged is who it was merged into.
    "cliente": """
        with recursive achados as (
            select nome_busca, id, fundido_em from estudio.clientes where nome_busca = any(%s)
            union
            select a.nome_busca, c.id, c.fundido_em from achados a join estudio.clientes c on c.id = a.fundido_em)
        select distinct nome_busca, id from achados where fundido_em is null""",
}
_BY_ID: Final[dict[str, LiteralString]] = {
    "artista": "select id, id from estudio.artistas where id = any(%s)",
    "cliente": """
        with recursive achados as (
            select id as pedido, id, fundido_em from estudio.clientes where id = any(%s)
            union
            select a.pedido, c.id, c.fundido_em from achados a join estudio.clientes c on c.id = a.fundido_em)
        select pedido, id from achados where fundido_em is null""",
}


class NovaPessoa(NamedTuple):
    """Somebody who is not here yet; `id` only where a backup of this studio brings them back."""

    tipo: str
    nome: str
    nome_busca: str
    id: int | None


@dataclass
class Pessoas:
    """Who is who. A reference is an id here, or -1, -2, … for the first, second, … of `novas`."""

    novas: list[NovaPessoa] = field(default_factory=list)
    vistas: list[tuple[str, str, int]] = field(default_factory=list)
    """(tipo, chave, reference) of those whom this origin names for the first time."""
    _references: dict[tuple[str, str], int] = field(default_factory=dict)
    _chaves: dict[Pessoa, str] = field(default_factory=dict)

    def find(self, tipo: str, pessoa: Pessoa) -> int | None:
        """None for somebody whose line was refused."""
        return self._references.get((tipo, self._chave(pessoa)))

    def get(self, tipo: str, pessoa: Pessoa) -> int:
        return self._references[tipo, self._chave(pessoa)]

    def resolve(
        self,
        connection: Connection,
        tipo: str,
        named: Iterable[tuple[int, Pessoa]],
        *,
        situacao: Situacao,
        recusas: Notas,
    ) -> None:
        """Find or plan everybody named by these lines; who cannot be told is refused where first named."""
        todos: dict[str, tuple[int, Pessoa]] = {}
        for linha, pessoa in named:
            todos.setdefault(self._chave(pessoa), (linha, pessoa))
        if situacao.is_propria:
            self._resolve_own(connection, tipo, todos)
            return
        known = {chave: situacao.pessoas[tipo, chave] for chave in todos if (tipo, chave) in situacao.pessoas}
        alive = _find_alive(connection, tipo, known.values())
        for chave, id_ in known.items():
            if id_ in alive:
                self._references[tipo, chave] = alive[id_]
        rest = {chave: found for chave, found in todos.items() if (tipo, chave) not in self._references}
        self._resolve_by_name(connection, tipo, rest, situacao=situacao, recusas=recusas)

    def _chave(self, pessoa: Pessoa) -> str:
        if pessoa not in self._chaves:
            self._chaves[pessoa] = pessoa.chave
        return self._chaves[pessoa]

    def _resolve_own(self, connection: Connection, tipo: str, todos: dict[str, tuple[int, Pessoa]]) -> None:
        ids = [pessoa.id for _, pessoa in todos.values() if pessoa.id is not None]
        alive = _find_alive(connection, tipo, ids)
        for chave, (_, pessoa) in todos.items():
            assert pessoa.id is not None, "a backup names everybody by id"
            if pessoa.id in alive:
                # Also where it was merged since: the rows of a month keep whom they name.
                self._references[tipo, chave] = pessoa.id
            else:
                self._plan(tipo, chave, pessoa, id_=pessoa.id)

    def _resolve_by_name(
        self,
        connection: Connection,
        tipo: str,
        rest: dict[str, tuple[int, Pessoa]],
        *,
        situacao: Situacao,
        recusas: Notas,
    ) -> None:
        by_name: dict[str, list[str]] = {}
        for chave, (_, pessoa) in rest.items():
            by_name.setdefault(normalise_nome(pessoa.nome), []).append(chave)
        # Where the file has ids: whom it calls by another one is somebody else, whatever the name.
        taken = {id_ for (kind, chave), id_ in situacao.pessoas.items() if kind == tipo and chave.isdigit()}
        candidates: dict[str, list[int]] = {}
        for nome_busca, id_ in connection.execute(_BY_NAME[tipo], [list(by_name)]):
            if id_ not in taken:
                candidates.setdefault(nome_busca, []).append(id_)
        for nome_busca, chaves in by_name.items():
            here = candidates.get(nome_busca, [])
            for chave in chaves:
                linha, pessoa = rest[chave]
                if not here:
                    self._plan(tipo, chave, pessoa)
                elif len(here) == 1 and len(chaves) == 1:
                    self._references[tipo, chave] = here[0]
                    self.vistas.append((tipo, chave, here[0]))
                else:
                    recusas.add(linha, _explain_several(tipo, pessoa, len(chaves), here), codigo="pessoa_ambigua")

    def _plan(self, tipo: str, chave: str, pessoa: Pessoa, *, id_: int | None = None) -> None:
        # A name of blanks alone can come from a backup; its key is not empty either.
        self.novas.append(NovaPessoa(tipo, pessoa.nome, normalise_nome(pessoa.nome) or "-", id_))
        self._references[tipo, chave] = -len(self.novas)
        self.vistas.append((tipo, chave, -len(self.novas)))


def _find_alive(connection: Connection, tipo: str, ids: Iterable[int]) -> dict[int, int]:
    """id → who that is now, of those who are still here."""
    return dict(connection.execute(_BY_ID[tipo], [list(ids)]).fetchall())


def _explain_several(tipo: str, pessoa: Pessoa, in_file: int, here: list[int]) -> str:
    numbers = ", ".join(str(id_) for id_ in sorted(here)[:5])
    if in_file > 1:
        return (
            f"o arquivo tem {in_file} {PLURAL[tipo]} com o nome {pessoa.nome[:60]} e aqui já há quem se chame assim "
            f"(nº {numbers}): não dá para saber quem é quem. Mude o nome do {tipo} daqui e importe de novo."
        )
    return (
        f"há {len(here)} {PLURAL[tipo]} com o nome {pessoa.nome[:60]} (nº {numbers}): não dá para saber qual deles é. "
        "Deixe os nomes diferentes (ou una os cadastros) e importe de novo."
    )
