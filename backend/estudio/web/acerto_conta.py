"""The page of one account: one press that settles what is owed, the acertos that a filter shows, and every month."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Self

from flask import render_template, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from estudio import clock
from estudio.domain.acerto import Tipo
from estudio.domain.codigos import list_formas
from estudio.domain.competencia import PRIMEIRO_ANO, Competencia
from estudio.domain.errors import DadosInvalidos
from estudio.domain.historico import Cursor, Filtro
from estudio.domain.usuario import Papel, Quem
from estudio.services.acerto_consulta import FIM, Conta, find_ultima_forma, read_conta
from estudio.services.acerto_lista import list_acertos, sum_acertos
from estudio.web.acerto_form import NOMES, name_tipo
from estudio.web.transactions import looking

TODOS: Final = "todos"
"""Of all months, as an address asks for them."""


@dataclass(frozen=True, slots=True)
class RecorteDaConta:
    """Which of its acertos are shown: of a month, of a year or of all months; of one kind or of each.

    A month alone (`competencia`) is shown with the saldo that it began and ended with.
    """

    filtro: Filtro
    periodo: str
    competencia: Competencia | None
    depois_de: Cursor | None

    @classmethod
    def parse(cls, args: MultiDict[str, str], conta: Conta) -> Self:
        """Read `mes`, `tipo` and `depois`; without a month, the newest that has anything.

        Raises DadosInvalidos, CompetenciaInvalida.
        """
        ultimo = conta.meses[-1].competencia.slug if conta.meses else TODOS
        periodo, depois = args.get("mes") or ultimo, args.get("depois")
        inicio, fim, competencia = _parse_periodo(periodo)
        filtro = Filtro(inicio=inicio, fim=fim, artista_id=conta.artista_id, tipo=_parse_tipo(args.get("tipo")))
        return cls(filtro, periodo, competencia, Cursor.parse(depois) if depois else None)

    @property
    def parametros(self) -> dict[str, str]:
        """What an address says to ask for the same again."""
        tipo = {"tipo": self.filtro.tipo.value} if self.filtro.tipo is not None else {}
        return {"mes": self.periodo, **tipo}


@dataclass(frozen=True, slots=True)
class Quitacao:
    """The one press that settles an account: what it hands over, to whom, and how, is said on its button."""

    tipo: Tipo
    valor: Decimal
    forma: str
    rotulo: str
    sem_forma: str
    """What says that nobody knows any more how it was handed over."""

    @classmethod
    def find(cls, session: Session, conta: Conta) -> "Quitacao | None":
        """None where nothing is owed, or nobody ever said how money is handed over here."""
        formas = {forma.codigo: forma.rotulo for forma in list_formas(session)}
        forma = find_ultima_forma(session)
        if conta.saldo == 0 or not formas:
            return None
        codigo = forma if forma in formas else next(iter(formas))
        tipo = Tipo.REPASSE if conta.saldo > 0 else Tipo.DEVOLUCAO
        return cls(tipo, abs(conta.saldo), codigo, formas[codigo], "outros" if "outros" in formas else codigo)


def show_conta(artista_id: int, quem: Quem) -> str:
    """Raises NaoEncontrado for an artista who asks for another's."""
    with looking() as session:
        conta = read_conta(session, artista_id, ate=FIM, quem=quem)
        recorte = RecorteDaConta.parse(request.args, conta)
        soma = sum_acertos(session, recorte.filtro, quem=quem)
        pagina = list_acertos(session, recorte.filtro, quem=quem, depois_de=recorte.depois_de)
        quitacao = Quitacao.find(session, conta) if quem.papel == Papel.DONO else None
    mes = conta.find_mes(recorte.competencia) if recorte.competencia else None
    return render_template(
        "acertos/show.html",
        conta=conta,
        recorte=recorte,
        mes=mes,
        anterior=mes.saldo - mes.mudanca if mes else Decimal("0.00"),
        soma=soma,
        pagina=pagina,
        anos=sorted({str(each.competencia.ano) for each in conta.meses}, reverse=True),
        quitacao=quitacao,
        hoje=clock.today(),
        nomes=NOMES,
        nomeia=name_tipo,
    )


def _parse_periodo(text: str) -> tuple[date, date, Competencia | None]:
    if text == TODOS:
        return Competencia(PRIMEIRO_ANO, 1).first_day, FIM.next_first_day, None
    if re.fullmatch(r"20[0-9]{2}", text, re.ASCII):
        return Competencia(int(text), 1).first_day, Competencia(int(text), 12).next_first_day, None
    competencia = Competencia.parse(text)
    return competencia.first_day, competencia.next_first_day, competencia


def _parse_tipo(text: str | None) -> Tipo | None:
    if not text:
        return None
    if text not in set(Tipo):
        raise DadosInvalidos("Esse tipo de acerto não existe. Escolha um da lista.", motivo="tipo")
    return Tipo(text)
