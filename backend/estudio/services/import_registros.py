"""What is read from a file before the database is asked anything: typed records, and what was wrong on the way.

Money is integer centavos, percentages are hundredths; `linha` is the line of the file, counted from 1. An `id` is the
one that the record has where the file was written.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple

from estudio.domain.nomes import normalise_nome

VERSAO_4: Final = "v4"
"""The origin of version 4's files, and of spreadsheets with its columns."""

DA_VERSAO_4: Final = ("pagamento", "sessao", "comissao", "gasto")
TIPOS: Final = (*DA_VERSAO_4, "acerto")
"""What a file may hold; acertos only our own backups do."""

GUARDADAS: Final = 1_000
"""Of the notes of one kind the first ones are kept, the rest only counted: a file may have a fault in every line."""


class Pessoa(NamedTuple):
    """Somebody as the file names them: by a name alone (version 4), or by an id of where the file was written."""

    id: int | None
    nome: str

    @property
    def chave(self) -> str:
        """Who it is in the file's origin. A name becomes its digest: none stays behind in a table of keys."""
        if self.id is not None:
            return str(self.id)
        return "nome:" + hashlib.sha256(normalise_nome(self.nome).encode()).hexdigest()


class Rotulo(NamedTuple):
    """A forma or a categoria: its code, where the file has one, and its words."""

    codigo: str | None
    rotulo: str


class PagamentoLido(NamedTuple):
    """`percentual` None: the file does not say (version 4), or nobody had decided yet (a backup)."""

    linha: int
    id: int
    data: date
    valor: int
    forma: Rotulo
    artista: Pessoa
    cliente: Pessoa | None
    percentual: int | None
    observacoes: str | None
    sessao_id: int | None
    estorno_de: int | None
    google_event_id: str | None
    criador: Pessoa | None
    criado_em: datetime | None


class SessaoLida(NamedTuple):
    linha: int
    id: int
    data: date
    valor: int
    artista: Pessoa
    cliente: Pessoa | None
    status: str
    observacoes: str | None
    payment_id: int | None
    google_event_id: str | None
    criador: Pessoa | None
    criado_em: datetime | None


class ComissaoLida(NamedTuple):
    """`artista` None: the file does not say, and it is the payment's."""

    linha: int
    id: int
    pagamento_id: int
    artista: Pessoa | None
    percentual: int
    valor: int
    observacoes: str | None
    criado_em: datetime | None


class GastoLido(NamedTuple):
    linha: int
    id: int
    data: date
    valor: int
    descricao: str
    forma: Rotulo
    categoria: Rotulo | None
    criador: Pessoa | None
    criado_em: datetime | None


class AcertoLido(NamedTuple):
    """`tipo` is its kind, and `valor` has its sign."""

    linha: int
    id: int
    data: date
    valor: int
    artista: Pessoa
    tipo: str
    forma: Rotulo | None
    motivo: str | None
    pagamento_id: int | None
    criador: Pessoa | None
    criado_em: datetime | None


Registro = PagamentoLido | SessaoLida | ComissaoLida | GastoLido | AcertoLido


class Nota(NamedTuple):
    """Something to tell about a line; `codigo` is a word for programs."""

    linha: int
    codigo: str
    motivo: str


@dataclass
class Notas:
    """The first notes of one kind, and how many there were."""

    guardadas: list[Nota] = field(default_factory=list)
    quantidade: int = 0

    def add(self, linha: int, motivo: str, *, codigo: str = "linha") -> None:
        self.quantidade += 1
        if len(self.guardadas) < GUARDADAS:
            self.guardadas.append(Nota(linha, codigo, motivo))

    def extend(self, other: "Notas") -> None:
        for nota in other.guardadas:
            self.add(nota.linha, nota.motivo, codigo=nota.codigo)
        self.quantidade += other.quantidade - len(other.guardadas)

    def __bool__(self) -> bool:
        return self.quantidade > 0

    def in_order(self) -> list[Nota]:
        return sorted(self.guardadas)

    def as_json(self) -> list[dict[str, object]]:
        return [nota._asdict() for nota in self.in_order()]


@dataclass
class Leitura:
    """One file, read whole. What could not be read is in `recusas`, and its id (where it had one) in `ilegiveis`."""

    arquivo: str
    origem: str = VERSAO_4
    sha256: str = ""
    pagamentos: list[PagamentoLido] = field(default_factory=list)
    sessoes: list[SessaoLida] = field(default_factory=list)
    comissoes: list[ComissaoLida] = field(default_factory=list)
    gastos: list[GastoLido] = field(default_factory=list)
    acertos: list[AcertoLido] = field(default_factory=list)
    recusas: Notas = field(default_factory=Notas)
    avisos: Notas = field(default_factory=Notas)
    ilegiveis: set[tuple[str, int]] = field(default_factory=set)

    @property
    def tipos(self) -> tuple[str, ...]:
        """What a file of this origin may hold."""
        return DA_VERSAO_4 if self.is_versao_4 else TIPOS

    @property
    def is_versao_4(self) -> bool:
        return self.origem == VERSAO_4

    @property
    def estudio_id(self) -> str | None:
        """The studio whose backup it is."""
        return None if self.is_versao_4 else self.origem.removeprefix("backup:")

    def of(self, tipo: str) -> Sequence[Registro]:
        """The records of a kind, in the order of the file."""
        by_tipo: dict[str, Sequence[Registro]] = {
            "pagamento": self.pagamentos, "sessao": self.sessoes, "comissao": self.comissoes, "gasto": self.gastos,
            "acerto": self.acertos,
        }  # fmt: skip
        return by_tipo[tipo]

    @property
    def meses(self) -> set[date]:
        """The first days of the months that the file's dates lie in."""
        dated = (self.pagamentos, self.sessoes, self.gastos, self.acertos)
        return {r.data.replace(day=1) for rows in dated for r in rows}
