"""Who acts: the person who logs in, the papel that decides what they may do, and the `Quem` that deeds are told.

What each papel may do is asked here (`ensure_*`) and held by the services; a page only hides what would be refused.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import FetchedValue
from sqlalchemy.orm import Mapped, mapped_column

from estudio.domain.colunas import Base, Chave, Instante, Versao
from estudio.domain.errors import DadosInvalidos, NaoEncontrado, SemPermissao


class Papel(StrEnum):
    DONO = "dono"
    RECEPCAO = "recepcao"
    ARTISTA = "artista"
    CONTADOR = "contador"


_CHAMADO = {
    Papel.DONO: "o dono",
    Papel.RECEPCAO: "a recepção",
    Papel.ARTISTA: "o artista",
    Papel.CONTADOR: "o contador",
}


class Usuario(Base):
    """A person who logs in. The last active dono cannot leave (the database holds it)."""

    __tablename__ = "usuarios"

    id: Mapped[Chave]
    nome: Mapped[str]
    email: Mapped[str]
    papel: Mapped[str]
    artista_id: Mapped[int | None]
    ativo: Mapped[bool] = mapped_column(server_default=FetchedValue())
    senha_hash: Mapped[str | None]
    lembretes: Mapped[bool] = mapped_column(server_default=FetchedValue())
    """Whether she wants a letter on evenings on which there is something to know."""
    criado_em: Mapped[Instante]
    versao: Mapped[Versao]

    def ensure_ativo(self) -> None:
        """Raises DadosInvalidos for who was deactivated: she is let in again before anything else."""
        if not self.ativo:
            raise DadosInvalidos("Esta pessoa está inativa. Reative o acesso dela antes.", motivo="inativo")

    def as_quem(self, origem: str) -> "Quem":
        """The person as the deeds are told of them; `origem` is the door they came through (web, cli…)."""
        assert self.ativo, "who was deactivated does not act"
        return Quem(self.id, self.papel, origem, artista_id=self.artista_id)


@dataclass(frozen=True, slots=True)
class Quem:
    """Who does a deed; `usuario_id` None is the machine itself: the schedule, or a person at its command line."""

    usuario_id: int | None
    papel: str
    origem: str
    artista_id: int | None = None

    def __post_init__(self) -> None:
        assert self.papel in set(Papel), f"there is no papel {self.papel!r}"
        assert self.papel != Papel.ARTISTA or self.artista_id is not None, "whoever logs in as artista is one"

    def ensure_papel(self, *papeis: Papel) -> None:
        """Raises SemPermissao unless the person has one of these papéis."""
        if self.papel not in papeis:
            who = " ou ".join(_CHAMADO[papel] for papel in papeis)
            raise SemPermissao(f"Só {who} pode fazer isso. Peça a quem tem esse acesso.", papel=self.papel)

    def ensure_dono(self) -> None:
        self.ensure_papel(Papel.DONO)

    def ensure_registra(self) -> None:
        """Payments, clients and stock are the desk's work."""
        self.ensure_papel(Papel.DONO, Papel.RECEPCAO)

    def ensure_ve_resultado(self) -> None:
        """What the studio spends and keeps is for its dono and its contador."""
        self.ensure_papel(Papel.DONO, Papel.CONTADOR)

    def ensure_e_de(self, artista_id: int, coisa: str, numero: int) -> None:
        """An artista meets what is another's as if it did not exist. Raises NaoEncontrado, for the others nothing."""
        if self.papel == Papel.ARTISTA and self.artista_id != artista_id:
            raise NaoEncontrado(coisa=coisa, id=numero)


LINHA_DE_COMANDO: Final = Quem(None, Papel.DONO, "cli")
"""Whoever sits at the studio's own computer, and the schedule: nobody logs in there, and all doors are open."""

SOZINHO: Final = Quem(None, Papel.DONO, "rotina")
"""What the studio does by itself, at the hour of its schedule; nobody logs in there."""
