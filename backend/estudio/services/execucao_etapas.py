"""What those who watch an Execução are told: its stages, and where it stands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

ETAPAS: Final[dict[str, str]] = {
    "inicio": "começando",
    "prontidao": "conferindo o mês",
    "backup": "fazendo o backup",
    "verificacao": "lendo o backup de volta",
    "trava": "esperando quem está lançando",
    "contagem": "contando",
    "selo": "contando outra vez e selando",
    "commit": "gravando",
    "leitura": "lendo o que foi gravado",
    "reabertura": "reabrindo",
    "selagem": "selando",
}
"""Stage → what is going on, as a person is told it."""


@dataclass(frozen=True, slots=True)
class Andamento:
    """What a person watching sees: the attempt (its Execução), the stage, and in a count the batch and the rows."""

    execucao_id: int
    etapa: str
    lote: int = 0
    lotes: int | None = None
    registros: int = 0
    registros_total: int | None = None


Watcher = Callable[[Andamento], None]


def name_etapa(etapa: str) -> str:
    """What goes on in a stage, in Portuguese; one that nobody named is called as it is."""
    return ETAPAS.get(etapa, etapa)
