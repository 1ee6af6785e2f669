"""The calendario: an artista's agenda as other programs read it, by a link that is its own key."""

from sqlalchemy.orm import Mapped

from estudio.domain.colunas import Base, Chave, Instante

PASSADO, FUTURO = 60, 400
"""How many days back and ahead a calendar tells of."""


class Calendario(Base):
    """One for each artista at most; a new link is a new row, and the old link is worth nothing."""

    __tablename__ = "calendarios"

    id: Mapped[Chave]
    artista_id: Mapped[int]
    chave_sha256: Mapped[str]
    criado_em: Mapped[Instante]
