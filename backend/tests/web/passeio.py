"""What the walks go through: a studio with something in every room, and the address of every page that is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from io import BytesIO
from typing import Final

from cast import Cast, make_cliente, shut
from flask import Flask
from planilha_v4 import gasto, pagamento, render_v4, sessao
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from estudio import clock, db
from estudio.domain.acerto import Tipo
from estudio.domain.competencia import Competencia
from estudio.domain.demonstrativo import MAIOR_TEXTO, Palavra, TipoDeResposta
from estudio.services.acerto_service import register_acerto, register_recebido
from estudio.services.artista_service import edit_artista, register_artista
from estudio.services.calendario_service import renew_calendario
from estudio.services.cliente_service import edit_cliente, register_cliente
from estudio.services.codigo_service import Lista, register_codigo
from estudio.services.demonstrativo_guarda import ensure_papeis
from estudio.services.demonstrativo_service import answer_by_link, renew_link
from estudio.services.estoque_service import deactivate_item, move_item, register_item
from estudio.services.ficha_service import create_ficha
from estudio.services.fusao_service import merge_clientes
from estudio.services.gasto_service import register_gasto
from estudio.services.identidade_service import edit_identidade
from estudio.services.import_envio import read_envio, register_envio
from estudio.services.import_service import import_leitura
from estudio.services.pagamento_service import register_pagamento, reverse_pagamento
from estudio.services.recorrente_service import register_recorrente
from estudio.services.sessao_service import register_sessao
from estudio.services.usuario_service import create_usuario, edit_own_conta
from estudio.web.rotas import API, ROTAS

FECHADO: Final = "2026-09"

MAIS_CHEIO: Final = "2026-10"

EM_SETEMBRO: Final = date(2026, 9, 10)

EM_OUTUBRO: Final = date(2026, 10, 10)

IMPORTADO: Final = "2026-11-04"

CONSULTAS: Final[dict[str, tuple[str, ...]]] = {
    "acertos.index": ("", f"?mes={FECHADO}"),
    "acertos.new": ("", "?artista=2"),
    "acertos.show": ("", f"?mes={FECHADO}", "?mes=2000-01", "?mes=todos", "?mes=2026&tipo=vale"),
    "agendas.index": ("", "?visao=semana", "?artista=2"),
    "artistas.index": ("", "?todos=1"),
    "buscas.index": ("", "?q=a", "?q=R$ 1", "?q=1"),
    "calculadoras.index": ("", "?valor=1.234,56&percentual=33,33", "?valor=abc&percentual="),
    "clientes.index": ("", "?q=1", "?q=a", "?depois=1"),
    "clientes.new": ("", "?q=1"),
    "demonstrativos.show": ("", "?versao=1", "?linha=pagamento-1", "?depois=pagamento-1&sessoes=sessao-1"),
    "entregas.show": ("", "?linha=pagamento-1", "?depois=pagamento-1&sessoes=sessao-1"),
    "extratos.show": ("", "?versao=1"),
    "vias.show": ("", "?versao=1"),
    "versoes.index": ("", "?de=1&para=1"),
    "fusoes.new": ("", "?q=a", "?q=1"),
    "gastos.index": ("", f"?mes={IMPORTADO[:7]}", "?categoria=material"),
    "historico.index": ("", "?artista=2", "?q=a", f"?mes={IMPORTADO[:7]}"),
    "itens.index": ("", "?todos=1", "?ordem=1"),
    "funcionamento.index": ("", "?meses=todos"),
    "novidades.show": ("", "?de=funcionamento"),
    "avisos.index": ("", "?antes=3"),
    "movimentos.index": ("", "?antes=3"),
    "passados.index": ("", f"?em={IMPORTADO}T12:00"),
    "passados.show": (f"?em={IMPORTADO}T12:00",),
    "pagamentos.index": ("", "?q=1", f"?mes={IMPORTADO[:7]}"),
    "pagamentos.new": ("", "?avulsa=1", "?sessao=2"),
    "previas.show": ("", "?valor=100&artista_id=2"),
    "relatorios.index": ("", "?ano=2026"),
    "recorrentes.new": ("", "?gasto=1"),
    "sessoes.index": ("", "?paga=nao", "?q=1"),
    "sessoes.new": ("", "?artista=2"),
    "sugestoes.index": ("?q=1", "?q=a", "?q=img"),
}
"""What is asked of a page besides its address; where a page is not named here, nothing is."""


@dataclass(frozen=True, slots=True)
class Estudio:
    """What stands for the variable parts of an address."""

    envio: str
    calendario: str
    ficha: str
    entrega: str = "inventado"

    def list_addresses(self, rule: Rule) -> list[str]:
        """Every address of one rule: one for each section, number or thing that it can be about."""
        partes: dict[str, Sequence[str]] = {
            "secao": ("pagamentos", "comissoes", "sessoes", "gastos"),
            "numero": ("receita_total", "despesas_total", "saldo", "receita_liquida", "comissoes_total"),
            "mes": (FECHADO,),
            "codigo": ("pix",) if rule.endpoint.startswith("formas.") else ("material",),
            "nome": ("estudio.css",),
            "cor": ("1f3a5f",),
            "sha256": ("0" * 64,),
            "segredo": (self.entrega,),
            "chave": (self.calendario if rule.endpoint.startswith("calendarios.") else self.envio,),
        }
        paths = [rule.rule]
        for name in sorted(rule.arguments):
            values = partes.get(name, ("1", "2"))
            paths = [
                path.replace(f"<id:{name}>", value).replace(f"<{name}>", value) for path in paths for value in values
            ]
        return [path + query for path in paths for query in CONSULTAS.get(rule.endpoint, ("",))]


def list_pages(app: Flask) -> list[Rule]:
    """The rules of the pages that are read."""
    return [rule for rule in list_rules(app) if "GET" in (rule.methods or ())]


def list_rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint in ROTAS]


def list_api_reads(app: Flask) -> list[Rule]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(API)]
    return [rule for rule in rules if "GET" in (rule.methods or ())]


def fill(cast: Cast, textos: Sequence[str], vezes: int) -> Estudio:
    """Through the services, `vezes` of each thing in each room; names and notes are the `textos` by turns."""
    with db.transaction() as session:
        for vez in range(vezes):
            _fill_room(session, cast, textos[vez % len(textos)], vez, EM_SETEMBRO)
        edit_identidade(session, quem=cast.quem_ana, nome=textos[0][:200])
        for quem in (cast.quem_ana, cast.quem_bia, cast.quem_caio, cast.quem_edu):
            edit_own_conta(session, quem=quem, nome=textos[1 % len(textos)][:200], lembretes=True)
        _ficha, chave = create_ficha(session, quem=cast.quem_ana, nome=textos[0][:100], escopos=["leitura"])
        calendario = renew_calendario(session, cast.bia.id, quem=cast.quem_ana)
    with db.transaction() as session:
        leitura = read_envio(register_envio(BytesIO(_render(textos, 1)), "antes.csv"))
        import_leitura(session, leitura, quem=cast.quem_ana)
    with db.transaction() as session:
        shut(session, FECHADO)
    entrega = _contest(cast, FECHADO, textos[0])
    envio = register_envio(BytesIO(_render([*textos, "novo"], 1000)), f"{textos[-1][:20]}.csv")
    return Estudio(envio.chave, calendario, chave, entrega)


def grow(cast: Cast, textos: Sequence[str], vezes: range) -> None:
    """More of each thing in each room; October, in which there was nothing, has them all and is closed."""
    with db.transaction() as session:
        for vez in vezes:
            _fill_room(session, cast, textos[vez % len(textos)], vez, EM_OUTUBRO)
    with db.transaction() as session:
        shut(session, MAIS_CHEIO)
    _contest(cast, MAIS_CHEIO, textos[0])


def _contest(cast: Cast, mes: str, texto: str) -> str:
    """Bia is handed her statement, and contests it; returns the key."""
    with db.transaction() as session:
        entrega = renew_link(session, Competencia.parse(mes), cast.bia.id, quem=cast.quem_ana)
        answer_by_link(session, entrega, Palavra(TipoDeResposta.CONTESTACAO, None, texto[:MAIOR_TEXTO]))
    ensure_papeis(Competencia.parse(mes), quem=cast.quem_ana)
    return entrega


def _render(textos: Sequence[str], primeiro: int) -> bytes:
    """A file with the texts in every column that holds one."""
    rows = []
    for number, texto in enumerate(textos, primeiro):
        # Two of one name are refused: which of them it is nobody could say.
        nome = f"{texto[:9_000]} {primeiro}"
        pessoas = {"cliente_name": nome, "artista_name": nome, "observacoes": texto}
        rows.append(pagamento(number, IMPORTADO, f"{number}.50", **pessoas))
        rows.append(sessao(number, IMPORTADO, f"{number}.50", **pessoas))
        rows.append(gasto(number, IMPORTADO, f"{number}.25", descricao=texto, categoria=texto[:60]))
    return render_v4(rows)


def _fill_room(session: Session, cast: Cast, texto: str, vez: int, antes: date) -> None:
    hoje, desk, dono = clock.today(), cast.quem_caio, cast.quem_ana
    if vez == 0:
        # Who is there from the beginning is called so too.
        edit_artista(session, cast.bia.id, quem=dono, nome=texto)
        edit_cliente(session, cast.dora.id, quem=desk, nome=texto, observacoes=texto)
    cliente = register_cliente(session, quem=desk, nome=texto, telefone=f"(11) 9{vez:04}-0000", observacoes=texto)
    merge_clientes(session, make_cliente(session, texto).id, quem=desk, em=cliente.id)
    artista = register_artista(session, quem=dono, nome=texto, percentual=3333)
    item = register_item(session, quem=desk, nome=texto[:200], quantidade=9, observacoes=texto)
    move_item(session, item.id, quem=desk, delta=-1, motivo=texto[:2000])
    move_item(session, 1, quem=desk, delta=1, motivo=texto[:2000])
    deactivate_item(session, register_item(session, quem=desk, nome=texto[:200]).id, quem=desk)
    rotulo = f"{vez} {texto}"[:60] if vez else texto[:60]
    forma = register_codigo(session, Lista.FORMAS, quem=dono, rotulo=rotulo).codigo
    categoria = register_codigo(session, Lista.CATEGORIAS, quem=dono, rotulo=rotulo).codigo
    for data, valor in ((hoje, f"{100 + vez}.00"), (antes, f"{200 + vez}.00")):
        for quem_tatua in (cast.bia, artista):
            marcada = register_sessao(
                session,
                quem=desk,
                data=data,
                artista_id=quem_tatua.id,
                valor=Decimal(valor),
                cliente_id=cliente.id,
                observacoes=texto,
                hora=time(vez % 24, 30 * (vez // 24 % 2)) if vez < 48 else None,
                duracao=15 if vez < 48 else None,
            )
            pago = register_pagamento(
                session,
                quem=desk,
                data=data,
                artista_id=quem_tatua.id,
                valor=Decimal(valor),
                forma=forma,
                cliente_id=cliente.id,
                sessoes=[marcada.id],
                observacoes=texto,
            )
        reverse_pagamento(session, pago.id, quem=desk, data=hoje, valor=Decimal("1.00"), observacoes=texto)
        if data == hoje:
            register_recebido(session, pago.id, quem=dono)
        for tipo in (Tipo.VALE, Tipo.BONUS):
            register_acerto(
                session,
                quem=dono,
                data=data,
                artista_id=cast.bia.id,
                tipo=tipo,
                valor=Decimal(valor),
                forma=forma,
                motivo=texto[:2000],
            )
        register_gasto(
            session, quem=dono, data=data, valor=Decimal(valor), descricao=texto, forma=forma, categoria=categoria
        )
    register_sessao(
        session,
        quem=desk,
        data=hoje,
        artista_id=cast.bia.id,
        valor=Decimal("80.00"),
        cliente_id=cliente.id,
        observacoes=texto,
    )
    register_recorrente(
        session,
        quem=dono,
        descricao=texto,
        valor=Decimal("10.00"),
        forma=forma,
        categoria=categoria,
        dia=31,
        desde=hoje.replace(day=1),
    )
    create_usuario(session, quem=dono, nome=texto[:200], email=f"p{vez}@estudio.example", papel="recepcao", senha=None)
