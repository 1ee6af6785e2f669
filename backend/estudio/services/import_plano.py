"""What an import would do: the preview that a person reads, and the orders that `import_escrita` carries out.

Nothing here writes. A plan with refusals is never carried out: all or nothing.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import from_centavos
from estudio.services.import_codigos import Codigos
from estudio.services.import_pessoas import PLURAL, Pessoas
from estudio.services.import_registros import (
    TIPOS,
    AcertoLido,
    ComissaoLida,
    GastoLido,
    Leitura,
    Nota,
    Notas,
    PagamentoLido,
    Pessoa,
    SessaoLida,
)
from estudio.services.import_situacao import Situacao


class Resumo(NamedTuple):
    """How many records of a kind would be created in a month, and their sum in centavos."""

    mes: date
    tipo: str
    quantidade: int
    soma: int


class Ajuste(NamedTuple):
    """A payment brought earlier as 0 %, whose comissão comes only now."""

    pagamento_id: int
    antes: int
    depois: int


@dataclass
class Plano:
    """`pagamentos` … `acertos` are the records to create; what is already here is only counted, in `existentes`."""

    leitura: Leitura
    situacao: Situacao
    formas: Codigos
    categorias: Codigos
    pessoas: Pessoas = field(default_factory=Pessoas)
    pagamentos: dict[int, PagamentoLido] = field(default_factory=dict)
    sessoes: dict[int, SessaoLida] = field(default_factory=dict)
    comissoes: dict[int, ComissaoLida] = field(default_factory=dict)
    gastos: dict[int, GastoLido] = field(default_factory=dict)
    acertos: dict[int, AcertoLido] = field(default_factory=dict)
    existentes: dict[str, int] = field(default_factory=dict)
    criadores: dict[Pessoa, int] = field(default_factory=dict)
    """Who entered a record and has a login here, by the same name."""
    percentuais: dict[int, int] = field(default_factory=dict)
    """Payment's id in the file → the share that its comissões decided (version 4 kept it nowhere else)."""
    pagas_por: dict[int, int] = field(default_factory=dict)
    """Sessão to create → the payment that settles it, both by their ids in the file."""
    vinculos: list[tuple[int, int]] = field(default_factory=list)
    """(sessão that is here already, by its id here; payment to create, by its id in the file)."""
    ajustes: list[Ajuste] = field(default_factory=list)
    pendentes: list[tuple[int, int]] = field(default_factory=list)
    """(sessão, payment) by their ids in the file: linked there, but one of the two was never brought."""
    recusas: Notas = field(default_factory=Notas)
    avisos: Notas = field(default_factory=Notas)

    def __post_init__(self) -> None:
        self.existentes = dict.fromkeys(self.leitura.tipos, 0)

    def to_create(self, tipo: str) -> dict[int, Any]:
        """The records of a kind that are not here yet, by their id in the file."""
        by_tipo: dict[str, dict[int, Any]] = {
            "pagamento": self.pagamentos, "sessao": self.sessoes, "comissao": self.comissoes, "gasto": self.gastos,
            "acerto": self.acertos,
        }  # fmt: skip
        return by_tipo[tipo]

    @property
    def is_empty(self) -> bool:
        """There is nothing to write: everything is here already."""
        return not (self.ajustes or any(self.to_create(tipo) for tipo in TIPOS))

    def find_mes(self, pagamento: int) -> date | None:
        """The month of a payment, by its id in the file; None when it is neither there nor here."""
        found = self.pagamentos.get(pagamento) or self.situacao.find("pagamento", pagamento)
        return None if found is None else found.data.replace(day=1)

    def list_resumos(self) -> list[Resumo]:
        """Per month and kind, in order. A comissão and a paid sessão are of the month of their payment."""
        sums: dict[tuple[date, str], list[int]] = {}
        for tipo in TIPOS:
            for record in self.to_create(tipo).values():
                total = sums.setdefault((self._find_mes_of(tipo, record), tipo), [0, 0])
                total[0] += 1
                total[1] += record.valor
        order = {tipo: number for number, tipo in enumerate(TIPOS)}
        return [Resumo(mes, tipo, *sums[mes, tipo]) for mes, tipo in sorted(sums, key=lambda k: (k[0], order[k[1]]))]

    def list_novas(self, tipo: str) -> list[str]:
        """The names of the people of a kind who would be registered, in order of appearance."""
        return [nova.nome for nova in self.pessoas.novas if nova.tipo == tipo]

    def as_json(self) -> dict[str, Any]:
        return {
            "arquivo": self.leitura.arquivo,
            "sha256": self.leitura.sha256,
            "origem": self.leitura.origem,
            "criados": {tipo: len(self.to_create(tipo)) for tipo in self.leitura.tipos},
            "por_mes": [
                {
                    "mes": Competencia.of(resumo.mes).slug,
                    "tipo": resumo.tipo,
                    "quantidade": resumo.quantidade,
                    "soma": from_centavos(resumo.soma),
                }
                for resumo in self.list_resumos()
            ],
            "pessoas_novas": {PLURAL[tipo]: self.list_novas(tipo) for tipo in PLURAL},
            "formas_novas": list(self.formas.novos.values()),
            "categorias_novas": list(self.categorias.novos.values()),
            "existentes": self.existentes,
            "sessoes_vinculadas": len(self.vinculos),
            "recusas": self.recusas.as_json(),
            "recusas_total": self.recusas.quantidade,
            "avisos": self.avisos.as_json(),
            "avisos_total": self.avisos.quantidade,
        }

    def first_refusal(self) -> Nota:
        return self.recusas.in_order()[0]

    def _find_mes_of(self, tipo: str, record: Any) -> date:
        pagamento = {"comissao": getattr(record, "pagamento_id", None), "sessao": self.pagas_por.get(record.id)}.get(
            tipo
        )
        found = None if pagamento is None else self.find_mes(pagamento)
        if found is not None:
            return found
        # A comissão without its payment is refused elsewhere; here it only needs a place.
        return record.data.replace(day=1) if hasattr(record, "data") else date(2000, 1, 1)
