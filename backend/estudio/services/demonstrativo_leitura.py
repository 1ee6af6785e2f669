"""Reading the statement of one artista in a version of a month: its rows, under sealed names, and what they add up to.

The rows of a version that stands are in the books, where no path changes them; those of one that was replaced are what
its artista was handed (`demonstrativos`). Either way they give the artista's row of the Extrato, or nobody sees them.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from estudio.domain.acerto import Acerto, Tipo
from estudio.domain.cliente import NAO_INFORMADO
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import split_acertos
from estudio.domain.demonstrativo import Conta, Demonstrativo, Folha, LinhaDeAcerto, LinhaDeSessao, LinhaPaga
from estudio.domain.dinheiro import from_centavos, to_centavos
from estudio.domain.errors import IntegrityBroken, NaoEncontrado
from estudio.domain.extrato import Extrato, ExtratoNome, get_extrato
from estudio.domain.usuario import Papel, Quem
from estudio.services.calendario_service import shorten_nome

_SEM_NOME: Final = re.compile("Cliente (eliminado )?[0-9]+").fullmatch

Linhas = Mapping[str, Any]
"""What is kept: pagamentos [id, dia, centavos, forma, artista_id, cliente_id, estorno_de, percentual, comissão] by day
and id (the comissão 0 where there is none), sessoes [id, data, centavos, pagamento_id, pago em, cliente_id],
acertos [id, data, centavos, tipo, forma, pagamento_id], and saldo_anterior: centavos owed when the month began."""

_PAGAMENTOS: Final = text(
    """select p.id, p.data::text, p.valor_centavos, p.forma, p.artista_id, p.cliente_id, p.estorno_de, k.percentual,
              coalesce(k.valor_centavos, 0)
       from estudio.pagamentos p
       left join estudio.comissoes k on k.pagamento_id = p.id and k.mes = :inicio and k.artista_id = :artista
       where p.data >= :inicio and p.data < :fim and (p.artista_id = :artista or k.id is not null)
       order by p.data, p.id"""
)
_SESSOES: Final = text(
    """select s.id, s.data::text, s.valor_centavos, s.payment_id, p.data::text, s.cliente_id
       from estudio.sessoes s join estudio.pagamentos p on p.id = s.payment_id
       where s.payment_mes = :inicio and s.artista_id = :artista order by s.data, s.id"""
)
_ACERTOS: Final = text(
    """select c.id, c.data::text, c.valor_centavos, c.tipo, c.forma, c.pagamento_id from estudio.acertos c
       where c.artista_id = :artista and c.data >= :inicio and c.data < :fim order by c.data, c.id"""
)
_SALDO: Final = text(
    """select coalesce((select sum(valor_centavos) from estudio.comissoes
                        where artista_id = :artista and mes < :inicio), 0)
            + coalesce((select sum(valor_centavos) from estudio.acertos
                        where artista_id = :artista and data < :inicio), 0)"""
)


class Artistas(NamedTuple):
    """Who has a statement in a version, by the name of that day; and the sealed sums of each."""

    nomes: dict[int, str]
    somas: dict[int, tuple[Decimal, Decimal]]

    def sums_of(self, artista_id: int) -> tuple[Decimal, Decimal]:
        """Receita and comissão as sealed; of who only sat without being paid, nothing."""
        return self.somas.get(artista_id, (Decimal("0.00"), Decimal("0.00")))


def ensure_le(quem: Quem, artista_id: int) -> None:
    """The dono and the contador read everybody's, an artista their own. Raises SemPermissao, NaoEncontrado."""
    quem.ensure_papel(Papel.DONO, Papel.CONTADOR, Papel.ARTISTA)
    quem.ensure_e_de(artista_id, "o artista", artista_id)


def list_artistas_do_mes(session: Session, extrato: Extrato) -> Artistas:
    """Everybody who was paid, or sat, in the month."""
    query = select(ExtratoNome.chave, ExtratoNome.nome)
    query = query.where(ExtratoNome.extrato_id == extrato.id, ExtratoNome.tipo == "artista")
    nomes = {int(chave): nome for chave, nome in session.execute(query.order_by(ExtratoNome.nome, ExtratoNome.chave))}
    somas = {
        int(id_): (from_centavos(receita), from_centavos(comissao)) for id_, receita, comissao in extrato.totais[3]
    }
    return Artistas(nomes, somas)


def read_demonstrativo(
    session: Session, competencia: Competencia, artista_id: int, versao: int | None = None, *, quem: Quem
) -> Folha:
    """The statement in one version (the newest when none is named).

    Raises NaoFechado, NaoEncontrado, IntegrityBroken.
    """
    ensure_le(quem, artista_id)
    return read_folha(session, get_extrato(session, competencia, versao), artista_id)


def read_folha(session: Session, extrato: Extrato, artista_id: int) -> Folha:
    """The same for whoever may read it already: the holder of its link."""
    artistas = list_artistas_do_mes(session, extrato)
    if artista_id not in artistas.nomes:
        raise NaoEncontrado(coisa="o demonstrativo do artista", id=artista_id)
    query = select(Demonstrativo).where(Demonstrativo.extrato_id == extrato.id, Demonstrativo.artista_id == artista_id)
    kept = session.scalars(query).one_or_none()
    if kept is not None:
        linhas: Linhas = kept.linhas
    elif extrato.estado == "vigente":
        linhas = read_linhas(session, extrato.competencia, artista_id)
    else:
        raise NaoEncontrado(coisa="o demonstrativo do artista", id=artista_id)
    return _tell(session, extrato, artista_id, artistas, linhas=linhas, kept=None if kept is None else kept.id)


def read_linhas(session: Session, competencia: Competencia, artista_id: int) -> Linhas:
    """The rows of the books, as they are kept."""
    asked = {"inicio": competencia.first_day, "fim": competencia.next_first_day, "artista": artista_id}
    return {
        "pagamentos": [list(row) for row in session.execute(_PAGAMENTOS, asked)],
        "sessoes": [list(row) for row in session.execute(_SESSOES, asked)],
        "acertos": [list(row) for row in session.execute(_ACERTOS, asked)],
        "saldo_anterior": int(session.execute(_SALDO, asked).scalar_one()),
    }


def hide_sobrenomes(folha: Folha) -> Folha:
    """Of each cliente the first name and an initial: what leaves the studio says no more of them than it has to."""
    return replace(
        folha,
        pagamentos=[linha._replace(cliente=_hide(linha.cliente)) for linha in folha.pagamentos],
        sessoes=[linha._replace(cliente=_hide(linha.cliente)) for linha in folha.sessoes],
    )


def _hide(nome: str) -> str:
    return nome if nome == NAO_INFORMADO or _SEM_NOME(nome) else shorten_nome(nome)


def _tell(
    session: Session, extrato: Extrato, artista_id: int, artistas: Artistas, *, linhas: Linhas, kept: int | None
) -> Folha:
    nomes = _list_nomes(session, extrato, linhas)
    pagamentos = [_tell_pagamento(row, artista_id, nomes) for row in linhas["pagamentos"]]
    receita, comissao = artistas.sums_of(artista_id)
    conta = Conta(from_centavos(linhas["saldo_anterior"]), comissao, _tell_acertos(session, extrato, linhas, nomes))
    folha = Folha(
        extrato=extrato,
        artista_id=artista_id,
        artista=artistas.nomes[artista_id],
        pagamentos=pagamentos,
        sessoes=[_tell_sessao(row, nomes) for row in linhas["sessoes"]],
        receita=receita,
        comissao=comissao,
        conta=conta,
        demonstrativo_id=kept,
    )
    _ensure_selada(folha)
    return folha


def _ensure_selada(folha: Folha) -> None:
    """The lines give what was sealed of this artista, or there is no statement. Raises IntegrityBroken."""
    somada = sum((linha.valor for linha in folha.pagamentos if linha.propria), Decimal("0.00"))
    devida = sum((linha.comissao for linha in folha.pagamentos), Decimal("0.00"))
    acertos: dict[str, int] = defaultdict(int)
    for acerto in folha.conta.acertos:
        acertos[acerto.tipo] += to_centavos(acerto.valor)
    selados = {tipo: int(soma) for id_, tipo, soma in split_acertos(folha.extrato.totais)[1] if id_ == folha.artista_id}
    if (somada, devida, dict(acertos)) != (folha.receita, folha.comissao, selados):
        raise IntegrityBroken(
            f"As linhas do demonstrativo de {folha.extrato.competencia.label} não dão o que foi selado. Rode "
            "`estudio extrato verify`: ele diz o que difere.",
            artista=folha.artista_id,
        )


def _tell_acertos(
    session: Session, extrato: Extrato, linhas: Linhas, nomes: Mapping[tuple[str, str], str]
) -> list[LinhaDeAcerto]:
    ids = [row[0] for row in linhas["acertos"]]
    motivos: dict[int, str | None] = {}
    if ids and extrato.estado == "vigente":
        motivos = dict(session.execute(select(Acerto.id, Acerto.motivo).where(Acerto.id.in_(ids))).all())
    return [
        LinhaDeAcerto(
            id=id_,
            data=date.fromisoformat(data),
            tipo=Tipo(tipo),
            valor=from_centavos(centavos),
            forma=None if forma is None else nomes.get(("forma", forma), forma),
            pagamento_id=pagamento_id,
            motivo=motivos.get(id_),
        )
        for id_, data, centavos, tipo, forma, pagamento_id in linhas["acertos"]
    ]


def _list_nomes(session: Session, extrato: Extrato, linhas: Linhas) -> dict[tuple[str, str], str]:
    """Of the clientes, who are hundreds in a month, only those of the rows."""
    ids = {str(row[5]) for kind in ("pagamentos", "sessoes") for row in linhas[kind] if row[5] is not None}
    wanted = or_(ExtratoNome.tipo == "forma", (ExtratoNome.tipo == "cliente") & ExtratoNome.chave.in_(sorted(ids)))
    query = select(ExtratoNome.tipo, ExtratoNome.chave, ExtratoNome.nome)
    rows = session.execute(query.where(ExtratoNome.extrato_id == extrato.id, wanted))
    return {(tipo, chave): nome for tipo, chave, nome in rows}


def _tell_pagamento(row: list[Any], artista_id: int, nomes: Mapping[tuple[str, str], str]) -> LinhaPaga:
    id_, dia, centavos, forma, de_quem, cliente_id, estorno_de, percentual, comissao = row
    return LinhaPaga(
        id=id_,
        dia=date.fromisoformat(dia),
        cliente=_name_cliente(cliente_id, nomes),
        forma=nomes.get(("forma", forma), forma),
        valor=from_centavos(centavos),
        percentual=percentual,
        comissao=from_centavos(comissao),
        estorno_de=estorno_de,
        propria=de_quem == artista_id,
    )


def _tell_sessao(row: list[Any], nomes: Mapping[tuple[str, str], str]) -> LinhaDeSessao:
    id_, data, centavos, pagamento_id, pago_em, cliente_id = row
    return LinhaDeSessao(
        id=id_,
        data=date.fromisoformat(data),
        pago_em=date.fromisoformat(pago_em),
        pagamento_id=pagamento_id,
        cliente=_name_cliente(cliente_id, nomes),
        valor=from_centavos(centavos),
    )


def _name_cliente(cliente_id: int | None, nomes: Mapping[tuple[str, str], str]) -> str:
    """The sealed name; of what was sealed without one its number, never the name of today."""
    return NAO_INFORMADO if cliente_id is None else nomes.get(("cliente", str(cliente_id)), f"Cliente {cliente_id}")
