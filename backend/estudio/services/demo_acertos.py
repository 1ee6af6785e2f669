"""What the sample studio settles with its artistas: paid out month after month, advances, a chair that is let, a bonus.

Drawn by a chance of its own, so that everything else in the script is what it was without.
"""

import random
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from estudio.domain.acerto import Tipo
from estudio.domain.competencia import Competencia
from estudio.services.demo_roteiro import SEMENTE, Roteiro
from estudio.services.demo_textos import ARTISTAS

CADEIRA: Final = Decimal("150.00")


@dataclass
class AcertoPlanejado:
    """One row of an account. `valor` None is all that is owed that day; `pagamento` is whose money the artista kept."""

    data: date
    artista: int
    tipo: Tipo
    valor: Decimal | None = None
    motivo: str | None = None
    pagamento: int | None = None


def list_acertos(roteiro: Roteiro) -> list[AcertoPlanejado]:
    """Of all months of a script, none of them after its last day."""
    chance = random.Random(SEMENTE + 1)
    planned: list[AcertoPlanejado] = []
    for number, month in enumerate(roteiro.meses):
        planned += _draw_month(month, chance, first=number == 0)
    # Once in a while an artista is paid in cash at the chair, and keeps it.
    estornados = {estorno.pagamento for estorno in roteiro.estornos}
    planned += [
        AcertoPlanejado(p.data, p.artista, Tipo.RECEBIDO, pagamento=p.numero)
        for p in roteiro.pagamentos
        if ARTISTAS[p.artista][1] and p.forma == "dinheiro" and chance.random() < 0.06 and p.numero not in estornados
    ]
    return [each for each in planned if each.data <= roteiro.hoje]


def _draw_month(month: Competencia, chance: random.Random, *, first: bool) -> list[AcertoPlanejado]:
    day = month.first_day.replace
    drawn = []
    for artista, (_, share) in enumerate(ARTISTAS):
        if share:
            if not first:
                drawn.append(AcertoPlanejado(day(day=5), artista, Tipo.REPASSE))
            if chance.random() < 0.4:
                vale = Decimal(chance.choice((150, 200, 300)))
                drawn.append(AcertoPlanejado(day(day=chance.randint(14, 22)), artista, Tipo.VALE, vale))
            if month.mes == 12:
                drawn.append(AcertoPlanejado(day(day=20), artista, Tipo.BONUS, Decimal(250), "Natal"))
        elif artista:
            # The owner has a chair of her own; who is learning rents one by the month, and pays it.
            drawn.append(AcertoPlanejado(day(day=1), artista, Tipo.ALUGUEL, CADEIRA))
            drawn.append(AcertoPlanejado(day(day=10), artista, Tipo.DEVOLUCAO))
    return drawn
