"""From a file that was read to a plan: what is new, what is here already, and everything that stands in the way."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, LiteralString

from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.db import Connection
from estudio.domain.competencia import Competencia
from estudio.domain.errors import CompetenciaFechada, DadosInvalidos
from estudio.domain.nomes import normalise_nome
from estudio.services.import_codigos import Codigos
from estudio.services.import_comparacao import compare_with_here
from estudio.services.import_pessoas import PLURAL
from estudio.services.import_plano import Plano
from estudio.services.import_registros import TIPOS, Leitura, Pessoa, Rotulo
from estudio.services.import_situacao import get_situacao
from estudio.services.import_vinculos import link_comissoes, link_estornos, link_recebidos, link_sessoes

_EVENTOS: Final[dict[str, LiteralString]] = {
    "pagamento": "select google_event_id, id from estudio.pagamentos where google_event_id = any(%s)",
    "sessao": "select google_event_id, id from estudio.sessoes where google_event_id = any(%s)",
}


def build_plano(session: Session, leitura: Leitura) -> Plano:
    """Everything that an import of this file would do, and everything that forbids it. Writes nothing."""
    connection = db.raw(session)
    plano = Plano(
        leitura,
        get_situacao(connection, leitura),
        Codigos.load(connection, "formas"),
        Codigos.load(connection, "categorias"),
    )
    plano.recusas.extend(leitura.recusas)
    plano.avisos.extend(leitura.avisos)
    _sort_out_existing(plano)
    _drop_comissoes_of_nothing(plano)
    _resolve_codigos(plano)
    for tipo in PLURAL:
        plano.pessoas.resolve(
            connection, tipo, _list_named(plano, tipo), situacao=plano.situacao, recusas=plano.recusas
        )
    _resolve_criadores(connection, plano)
    link_sessoes(plano)
    link_comissoes(plano)
    link_estornos(plano)
    link_recebidos(plano)
    _ensure_new_eventos(connection, plano)
    _ensure_meses_abertos(plano)
    _tell_future(plano)
    return plano


def _sort_out_existing(plano: Plano) -> None:
    here: list[tuple[str, Any, Any]] = []
    for tipo in TIPOS:
        create = plano.to_create(tipo)
        for record in plano.leitura.of(tipo):
            row = plano.situacao.find(tipo, record.id)
            if row is not None:
                here.append((tipo, record, row))
            elif plano.situacao.was_deleted(tipo, record.id):
                what = f"{tipo} {record.id} já foi importado, e apagado aqui depois: não volta."
                plano.avisos.add(record.linha, what, codigo="apagado_aqui")
            else:
                create[record.id] = record
                continue
            plano.existentes[tipo] += 1
    # Only now is it known which payments come back: a sessão may be waiting for one.
    for tipo, record, row in here:
        compare_with_here(plano, tipo, record, row)


def _drop_comissoes_of_nothing(plano: Plano) -> None:
    """A comissão of 0 % is a decision, which the payment keeps; there is no row for it."""
    for externo, comissao in list(plano.comissoes.items()):
        if comissao.percentual > 0:
            continue
        del plano.comissoes[externo]
        if comissao.valor == 0:
            plano.avisos.add(comissao.linha, f"a comissão {externo} é de 0 %: o pagamento entra sem comissão.")
        else:
            plano.recusas.add(
                comissao.linha, f"a comissão {externo} tem valor e 0 %. Escreva a porcentagem que foi combinada."
            )


def _resolve_codigos(plano: Plano) -> None:
    for linha, codigos, rotulo in _list_rotulos(plano):
        before = len(codigos.novos)
        try:
            codigos.get(rotulo)
        except DadosInvalidos as invalid:
            plano.recusas.add(linha, invalid.message, codigo=codigos.lista)
            continue
        if len(codigos.novos) > before:
            what = (
                f"“{rotulo.rotulo}” não está na lista de {codigos.lista}: entra nela fora de uso, para que os totais "
                "continuem contando por ela."
            )
            plano.avisos.add(linha, what, codigo=f"{codigos.lista}_novas")


def _list_rotulos(plano: Plano) -> Iterator[tuple[int, Codigos, Rotulo]]:
    for pagamento in plano.pagamentos.values():
        yield pagamento.linha, plano.formas, pagamento.forma
    for gasto in plano.gastos.values():
        yield gasto.linha, plano.formas, gasto.forma
        if gasto.categoria is not None:
            yield gasto.linha, plano.categorias, gasto.categoria
    for acerto in plano.acertos.values():
        if acerto.forma is not None:
            yield acerto.linha, plano.formas, acerto.forma


def _list_named(plano: Plano, tipo: str) -> Iterator[tuple[int, Pessoa]]:
    for kind in TIPOS:
        for record in plano.to_create(kind).values():
            pessoa = getattr(record, tipo, None)
            if pessoa is not None:
                yield record.linha, pessoa


def _resolve_criadores(connection: Connection, plano: Plano) -> None:
    rows = connection.execute("select id, nome from estudio.usuarios").fetchall()
    by_id = {id_: id_ for id_, _ in rows}
    by_name: dict[str, list[int]] = {}
    for id_, nome in rows:
        by_name.setdefault(normalise_nome(nome), []).append(id_)
    unknown: set[Pessoa] = set()
    for linha, pessoa in _list_named(plano, "criador"):
        if pessoa in plano.criadores or pessoa in unknown:
            continue
        if plano.situacao.is_propria:
            found = [by_id[pessoa.id]] if pessoa.id in by_id else []
        else:
            found = by_name.get(normalise_nome(pessoa.nome), [])
        if len(found) == 1:
            plano.criadores[pessoa] = found[0]
        else:
            unknown.add(pessoa)
            what = (
                f"{pessoa.nome[:60]}, que lançou, não tem usuário com esse nome aqui: o registro fica sem quem lançou."
            )
            plano.avisos.add(linha, what, codigo="sem_usuario")


def _ensure_new_eventos(connection: Connection, plano: Plano) -> None:
    """An event of the agenda is paid once, and has one sessão."""
    for tipo, query in _EVENTOS.items():
        records = [r for r in plano.to_create(tipo).values() if r.google_event_id is not None]
        here = dict(connection.execute(query, [[r.google_event_id for r in records]]).fetchall())
        lines: dict[str, int] = {}
        for record in records:
            evento = record.google_event_id
            if evento in here or evento in lines:
                where = f"aqui, no nº {here[evento]}" if evento in here else f"na linha {lines[evento]}"
                what = f"o evento da agenda {evento[:40]} já está em outro registro ({where}). Apague um dos dois."
                plano.recusas.add(record.linha, what, codigo="evento_repetido")
            lines.setdefault(evento, record.linha)


def _ensure_meses_abertos(plano: Plano) -> None:
    lines: dict[date, list[int]] = {}
    for linha, mes in _list_meses(plano):
        if plano.situacao.estados.get(mes) != "aberta":
            lines.setdefault(mes, []).append(linha)
    for mes, found in sorted(lines.items()):
        refusal = CompetenciaFechada(Competencia.of(mes), clock.today(), estado=plano.situacao.estados[mes])
        rest = f" (e mais {len(found) - 1} linhas deste mês)" if len(found) > 1 else ""
        plano.recusas.add(min(found), refusal.message + rest, codigo=refusal.codigo)


def _tell_future(plano: Plano) -> None:
    """Money that has not come yet is a year mistyped, more often than not."""
    today = clock.today()
    for records in (plano.pagamentos.values(), plano.gastos.values(), plano.acertos.values()):
        for record in records:
            if record.data > today:
                what = f"a data {record.data:%d/%m/%Y} ainda não chegou. Confira o ano."
                plano.avisos.add(record.linha, what, codigo="data_futura")


def _list_meses(plano: Plano) -> Iterator[tuple[int, date]]:
    """The months that would be written to, with the line that does."""
    for pagamento in plano.pagamentos.values():
        yield pagamento.linha, pagamento.data.replace(day=1)
    for gasto in plano.gastos.values():
        yield gasto.linha, gasto.data.replace(day=1)
    for acerto in plano.acertos.values():
        yield acerto.linha, acerto.data.replace(day=1)
    for comissao in plano.comissoes.values():
        mes = plano.find_mes(comissao.pagamento_id)
        if mes is not None:
            yield comissao.linha, mes
    for externo, target in plano.pagas_por.items():
        mes = plano.find_mes(target)
        assert mes is not None, "only a payment that is known settles a sessão"
        yield plano.sessoes[externo].linha, mes
