"""The past put together again: at any instant the very rows that were there, down to the hash of their count."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, product
from random import Random
from typing import Any

import pytest
from agosto import close
from cast import Cast, book, make_cast, pay, spend
from conftest import Banco
from importar import Bring
from planilha_v4 import gasto, pagamento
from sqlalchemy import Integer, column, select, table, text
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.acerto import Tipo
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import CONTAGENS, Contagem, split_acertos
from estudio.domain.errors import Refusal
from estudio.domain.historico import Filtro
from estudio.domain.passado import Marco, Mudanca, Passado, Registro, Sentido, compare
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services import passado_consulta
from estudio.services.acerto_service import (
    delete_acerto,
    edit_acerto,
    register_acerto,
    register_recebido,
    undo_delete_acerto,
)
from estudio.services.contagem_service import count_in_sql
from estudio.services.desfazer_service import (
    undo_delete_gasto,
    undo_delete_pagamento,
    undo_delete_sessao,
    undo_edit_pagamento,
)
from estudio.services.extrato_service import reopen_extrato
from estudio.services.gasto_service import delete_gasto, edit_gasto
from estudio.services.pagamento_service import delete_pagamento, edit_pagamento, reverse_pagamento
from estudio.services.passado_consulta import (
    begin_passado,
    count_passado,
    page_mudancas,
    page_registros,
    sum_passado,
    sum_registros,
)
from estudio.services.passado_especies import ESPECIES
from estudio.services.sessao_service import delete_sessao, edit_sessao, unlink_sessao

SETEMBRO, OUTUBRO = Competencia(2025, 9), Competencia(2025, 10)
TABELAS = ("pagamentos", "comissoes", "sessoes", "gastos", "acertos")


class Vida:
    """A studio that lives at random: enters, edits, moves to the other month, deletes and undoes."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.cast, self.random = cast, Random(seed)
        self.apagados: list[tuple[str, int]] = []

    def live(self, deeds: int) -> None:
        for _ in range(deeds):
            deed = self.random.choice(
                (self._pay, self._pay, self._edit, self._delete, self._undo, self._spend, self._book, self._settle)
            )
            try:
                with db.transaction() as session:
                    deed(session)
            except Refusal:
                continue

    def _day(self) -> date:
        return date(2025, self.random.choice((9, 9, 10)), self.random.randint(1, 28))

    def _value(self) -> str:
        return f"{self.random.randint(100, 90000) / Decimal(100):.2f}"

    def _pick(self, session: Session, tabela: str) -> int:
        query = select(column("id", Integer)).select_from(table(tabela, schema="estudio")).order_by(column("id"))
        ids = list(session.scalars(query))
        if not ids:
            raise Refusal("Nada ainda.")
        return self.random.choice(ids)

    def _pay(self, session: Session) -> None:
        cliente = self.random.choice((None, self.cast.dora))
        sessoes = [book(session, self.cast, data=self._day(), cliente=cliente)] if self.random.random() < 0.5 else []
        artista = self.random.choice((self.cast.ana, self.cast.bia))
        percentual = self.random.choice((0, 4000, 3333))
        forma = self.random.choice(("pix", "dinheiro"))
        if sessoes:
            artista = self.cast.bia
        pay(
            session,
            self.cast,
            self._value(),
            data=self._day(),
            artista=artista,
            cliente=cliente,
            percentual=percentual,
            forma=forma,
            sessoes=sessoes,
            observacoes=self.random.choice((None, "fiado", "ok")),
        )

    def _spend(self, session: Session) -> None:
        spend(session, self.cast, self._value(), data=self._day(), categoria=self.random.choice((None, "aluguel")))

    def _book(self, session: Session) -> None:
        book(session, self.cast, self._value(), data=self._day())

    def _settle(self, session: Session) -> None:
        quem = self.cast.quem_ana
        if self.random.random() < 0.4:
            register_recebido(session, self._pick(session, "pagamentos"), quem=quem)
            return
        tipo, forma, motivo = self.random.choice(((Tipo.REPASSE, "pix", None), (Tipo.BONUS, None, "Natal")))
        register_acerto(
            session,
            quem=quem,
            data=self._day(),
            artista_id=self.cast.bia.id,
            tipo=tipo,
            valor=Decimal(self._value()),
            forma=forma,
            motivo=motivo,
        )

    def _edit(self, session: Session) -> None:
        quem, kind = self.cast.quem_ana, self.random.randint(0, 4)
        if kind == 0:
            change: dict[str, Any] = self.random.choice(
                (
                    {"data": self._day()},
                    {"valor": Decimal(self._value())},
                    {"percentual": 2500},
                    {"forma": "credito"},
                    {"observacoes": "mudou"},
                    {"artista_id": self.cast.ana.id},
                )
            )
            edit_pagamento(session, self._pick(session, "pagamentos"), quem=quem, **change)
        elif kind == 1:
            edit_gasto(
                session, self._pick(session, "gastos"), quem=quem, data=self._day(), valor=Decimal(self._value())
            )
        elif kind == 2:
            edit_sessao(session, self._pick(session, "sessoes"), quem=quem, data=self._day())
        elif kind == 3:
            edit_acerto(
                session, self._pick(session, "acertos"), quem=quem, data=self._day(), valor=Decimal(self._value())
            )
        else:
            pago = self._pick(session, "pagamentos")
            reverse_pagamento(session, pago, quem=quem, data=self._day(), valor=Decimal("1.00"))

    def _delete(self, session: Session) -> None:
        quem, kind = self.cast.quem_ana, self.random.randint(0, 4)
        if kind == 0:
            id_ = self._pick(session, "pagamentos")
            delete_pagamento(session, id_, quem=quem)
            self.apagados.append(("pagamento", id_))
        elif kind == 1:
            id_ = self._pick(session, "gastos")
            delete_gasto(session, id_, quem=quem)
            self.apagados.append(("gasto", id_))
        elif kind == 2:
            id_ = self._pick(session, "sessoes")
            delete_sessao(session, id_, quem=quem)
            self.apagados.append(("sessao", id_))
        elif kind == 3:
            id_ = self._pick(session, "acertos")
            delete_acerto(session, id_, quem=quem)
            self.apagados.append(("acerto", id_))
        else:
            unlink_sessao(session, self._pick(session, "sessoes"), quem=quem)

    def _undo(self, session: Session) -> None:
        if self.random.random() < 0.4 or not self.apagados:
            undo_edit_pagamento(session, self._pick(session, "pagamentos"), quem=self.cast.quem_ana)
            return
        tipo, id_ = self.apagados.pop(self.random.randrange(len(self.apagados)))
        undo: dict[str, Callable[..., Any]] = {
            "pagamento": undo_delete_pagamento,
            "gasto": undo_delete_gasto,
            "sessao": undo_delete_sessao,
            "acerto": undo_delete_acerto,
        }
        undo[tipo](session, id_, quem=self.cast.quem_ana)


def look(competencia: Competencia) -> tuple[datetime, str, dict[str, list[dict[str, Any]]]]:
    """The truth now, by other ways than those that are tested: PostgreSQL's own count, and the rows of the tables."""
    with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
        rows = {
            tabela: [
                dict(row._mapping)
                for row in session.execute(
                    select(text("*"))
                    .select_from(table(tabela, schema="estudio"))
                    .where(text(condition))
                    .order_by(column("id")),
                    {
                        "mes": competencia.first_day,
                        "fim": competencia.next_first_day,
                    },
                )
            ]
            for tabela, condition in {
                "pagamentos": "mes = :mes",
                "comissoes": "mes = :mes",
                "gastos": "mes = :mes",
                "acertos": "mes = :mes",
                "sessoes": "payment_mes = :mes or (payment_id is null and data >= :mes and data < :fim)",
            }.items()
        }
        conteudo = count_in_sql(db.raw(session), competencia).conteudo_sha256
        return session.execute(text("select clock_timestamp()")).scalar_one(), conteudo, rows


Registros = dict[str, list[Registro]]


def gather(session: Session, passado: Passado) -> Registros:
    """Every page of every kind, each kind in order of day and id."""
    begin_passado(session)
    found: Registros = {}
    for tipo in [especie.tipo for especie in ESPECIES]:
        pagina = page_registros(session, passado, tipo)
        linhas = list(pagina.linhas)
        while pagina.proxima is not None:
            pagina = page_registros(session, passado, tipo, depois_de=pagina.proxima)
            assert pagina.linhas, "a page that was said to be there"
            linhas += pagina.linhas
        assert linhas == sorted(linhas, key=lambda each: each.cursor, reverse=True)
        assert sum_registros(session, passado, tipo) == sum(each.valor for each in linhas)
        found[tipo] = sorted(linhas, key=lambda each: (each.dia, each.id))
    return found


def count(session: Session, mes: Competencia, em: datetime | None = None) -> Contagem:
    begin_passado(session)
    return count_passado(session, Passado(Filtro.of_month(mes), em))


def flatten(registros: Registros) -> dict[str, list[dict[str, Any]]]:
    """The same rows as `look` gives, with the columns that a Registro holds."""
    tabelas = {"pagamento": "pagamentos", "comissao": "comissoes", "gasto": "gastos", "acerto": "acertos"}
    found: dict[str, list[dict[str, Any]]] = {tabela: [] for tabela in TABELAS}
    for registro in chain.from_iterable(registros.values()):
        row = {"id": registro.id, "valor_centavos": registro.valor, **registro.campos, **registro.notas}
        found[tabelas.get(registro.tipo, "sessoes")].append(row)
    return {tabela: sorted(rows, key=lambda row: row["id"]) for tabela, rows in found.items()}


def ensure_same(registros: Registros, rows: dict[str, list[dict[str, Any]]]) -> None:
    told = flatten(registros)
    for tabela in TABELAS:
        assert [row["id"] for row in told[tabela]] == [row["id"] for row in rows[tabela]], tabela
        for ours, theirs in zip(told[tabela], rows[tabela], strict=True):
            assert ours == {name: theirs[name] for name in ours}, tabela


def compare_all(antes: Registros, depois: Registros, *, notas: bool) -> list[Mudanca]:
    """What changed, found by holding all rows of both against each other: the oracle of the statement that does it."""
    mudancas = []
    for tipo in antes:
        lados = [{each.id: each for each in registros[tipo]} for registros in (antes, depois)]
        found = [
            compare(lados[0].get(id_), lados[1].get(id_), notas=notas) for id_ in lados[0].keys() | lados[1].keys()
        ]
        deste = [each for each in found if each.campos or each.sentido != Sentido.MUDOU]
        mudancas += sorted(deste, key=lambda each: each.registro.cursor, reverse=True)
    return mudancas


def page_all(session: Session, antes: Passado, depois: Passado, *, notas: bool) -> list[Mudanca]:
    """Every page of the changes; each says the same counts, and they are those of all pages together."""
    pagina = page_mudancas(session, antes, depois, notas=notas)
    found, contagens = list(pagina.linhas), pagina.contagens
    while pagina.proxima is not None:
        pagina = page_mudancas(session, antes, depois, notas=notas, depois_de=Marco.parse(str(pagina.proxima)))
        assert pagina.linhas, "a page that was said to be there"
        assert pagina.contagens == contagens
        found += pagina.linhas
    assert Counter(each.sentido for each in found) == Counter(contagens)
    return found


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few rows are several pages."""
    monkeypatch.setattr(passado_consulta, "POR_PAGINA", 3)
    monkeypatch.setattr(passado_consulta, "MUDANCAS_POR_PAGINA", 4)


@pytest.mark.parametrize("seed", range(3))
def test_at_any_instant_it_gives_what_was_there(banco: Banco, seed: int) -> None:
    del banco
    with db.transaction() as session:
        vida = Vida(make_cast(session), seed)
    olhares = []
    for _ in range(12):
        vida.live(9)
        olhares += [(mes, *look(mes)) for mes in (SETEMBRO, OUTUBRO)]
    assert any(rows["pagamentos"] for _, _, _, rows in olhares)
    with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
        for mes, em, conteudo, rows in olhares:
            assert count(session, mes, em).conteudo_sha256 == conteudo
            ensure_same(gather(session, Passado(Filtro.of_month(mes), em)), rows)
        for mes in (SETEMBRO, OUTUBRO):
            assert count(session, mes) == count_in_sql(db.raw(session), mes)
            assert sum_passado(session, Passado(Filtro.of_month(mes))) == count_in_sql(db.raw(session), mes).totais


@pytest.mark.parametrize("seed", range(20, 22))
def test_a_version_of_before_gives_the_hash_of_its_seal(banco: Banco, seed: int) -> None:
    del banco
    with db.transaction() as session:
        vida = Vida(make_cast(session), seed)
    vida.live(60)
    for _ in range(3):
        close(SETEMBRO)
        reopen_extrato(SETEMBRO, quem=LINHA_DE_COMANDO, motivo="faltou lançar")
        vida.live(25)
    close(SETEMBRO)
    with db.transaction(read_only=True) as session:
        selos = session.execute(
            text("select em, conteudo_sha256 from estudio.selos where tipo = 'fechamento' order by seq")
        ).all()
        assert len(selos) == 4
        assert len({selo.conteudo_sha256 for selo in selos}) > 2
        for selo in selos:
            assert count(session, SETEMBRO, datetime.fromisoformat(selo.em)).conteudo_sha256 == selo.conteudo_sha256


def test_half_of_a_transaction_is_never_shown(banco: Banco) -> None:
    del banco
    with db.transaction() as session:
        cast = make_cast(session)
    with db.transaction() as session:
        pay(session, cast, "100.00", data=date(2025, 9, 5))
        no_meio = session.execute(text("select clock_timestamp()")).scalar_one()
        pay(session, cast, "50.00", data=date(2025, 9, 6))
    with db.transaction(read_only=True) as session:
        assert not any(gather(session, Passado(Filtro.of_month(SETEMBRO), no_meio)).values())
        depois = session.execute(text("select clock_timestamp()")).scalar_one()
        assert len(gather(session, Passado(Filtro.of_month(SETEMBRO), depois))["pagamento"]) == 2


def test_what_is_written_with_sql_and_follows_by_itself_is_taken_back_too(banco: Banco) -> None:
    del banco
    with db.transaction() as session:
        cast = make_cast(session)
        sessao = book(session, cast, data=date(2025, 9, 4), cliente=cast.dora)
        pay(session, cast, "100.00", data=date(2025, 9, 5), cliente=cast.dora, sessoes=[sessao])
        spend(session, cast, "30.00", data=date(2025, 9, 5))
    olhares = [(mes, *look(mes)) for mes in (SETEMBRO, OUTUBRO)]
    for statement in (
        "update estudio.pagamentos set data = '2025-10-03'",
        "update estudio.comissoes set valor_centavos = 1",
        "delete from estudio.gastos",
        "delete from estudio.pagamentos",
    ):
        with db.transaction() as session:
            session.execute(text(statement))
        olhares += [(mes, *look(mes)) for mes in (SETEMBRO, OUTUBRO)]
    with db.transaction(read_only=True) as session:
        for mes, em, conteudo, rows in olhares:
            assert count(session, mes, em).conteudo_sha256 == conteudo
            ensure_same(gather(session, Passado(Filtro.of_month(mes), em)), rows)


def test_before_an_import_nothing_of_it_was_there(bring: Bring) -> None:
    antes = look(SETEMBRO)
    bring([pagamento(1, "2025-09-10", "150.00"), gasto(2, "2025-09-11", "40.00")])
    depois = look(SETEMBRO)
    assert antes[1] != depois[1]
    with db.transaction(read_only=True) as session:
        for em, conteudo, rows in (antes, depois):
            assert count(session, SETEMBRO, em).conteudo_sha256 == conteudo
            ensure_same(gather(session, Passado(Filtro.of_month(SETEMBRO), em)), rows)


@pytest.mark.parametrize("seed", [40, 41])
def test_an_artista_has_their_rows_of_the_month_and_a_day_has_its_own(banco: Banco, seed: int) -> None:
    del banco
    with db.transaction() as session:
        cast = make_cast(session)
    vida = Vida(cast, seed)
    vida.live(60)
    em = look(SETEMBRO)[0]
    vida.live(40)
    with db.transaction(read_only=True) as session:
        todos, dela, do_dia = (
            gather(session, Passado(filtro, em))
            for filtro in (
                Filtro.of_month(SETEMBRO),
                Filtro.of_month(SETEMBRO, artista_id=cast.bia.id),
                Filtro.of_day(date(2025, 9, 7)),
            )
        )
    assert dela["gasto"] == []
    for tipo in ("pagamento", "comissao", "pendencia"):
        assert dela[tipo] == [each for each in todos[tipo] if each.campos["artista_id"] == cast.bia.id]
    for tipo, registros in todos.items():
        assert do_dia[tipo] == [each for each in registros if each.dia == date(2025, 9, 7)]


@pytest.mark.usefixtures("banco", "small_pages")
@pytest.mark.parametrize("seed", range(60, 62))
@pytest.mark.parametrize("notas", [True, False])
def test_what_changed_is_what_a_look_at_every_row_finds(seed: int, notas: bool) -> None:
    with db.transaction() as session:
        cast = make_cast(session)
    vida = Vida(cast, seed)
    instantes: list[datetime | None] = []
    for _ in range(3):
        vida.live(25)
        instantes.append(look(SETEMBRO)[0])
    vida.live(25)
    instantes.append(None)
    pares = [(antes, depois) for antes in instantes[:3] for depois in instantes[1:]]
    filtros = (
        Filtro.of_month(SETEMBRO),
        Filtro.of_month(SETEMBRO, artista_id=cast.bia.id),
        Filtro.of_day(date(2025, 9, 7)),
    )
    quantas = 0
    with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
        for filtro, (antes, depois) in product(filtros, pares):
            lados = [Passado(filtro, em) for em in (antes, depois)]
            registros = [gather(session, lado) for lado in lados]
            found = page_all(session, *lados, notas=notas)
            assert found == compare_all(*registros, notas=notas)
            quantas += len(found)
            for lado, linhas in zip(lados, registros, strict=True):
                ensure_totals(sum_passado(session, lado), linhas)
    assert quantas > 100


def ensure_totals(totais: list[Any], registros: Registros) -> None:
    """What the rows come to, added up here one by one: the sums of the sealed form, in all and by artista and code."""
    somas = [sum(each.valor for each in registros[tipo]) for tipo in ("pagamento", "comissao", "gasto")]
    assert totais[:3] == somas
    assert totais[CONTAGENS] == [len(registros[tipo]) for tipo in ("pagamento", "sessao", "comissao", "gasto")]
    for id_, receita, comissao in totais[3]:
        assert receita == sum(each.valor for each in registros["pagamento"] if each.campos["artista_id"] == id_)
        assert comissao == sum(each.valor for each in registros["comissao"] if each.campos["artista_id"] == id_)
    for lugar, tipo, campo in ((4, "pagamento", "forma"), (5, "gasto", "forma"), (6, "gasto", "categoria")):
        for codigo, total in totais[lugar]:
            assert total == sum(each.valor for each in registros[tipo] if (each.campos[campo] or "outros") == codigo)
        assert sum(total for _, total in totais[lugar]) == somas[0 if tipo == "pagamento" else 2]
    assert split_acertos(totais)[0] == len(registros["acerto"])


def test_what_was_settled_since_went_from_one_kind_to_another(banco: Banco) -> None:
    del banco
    with db.transaction() as session:
        cast = make_cast(session)
        sessao = book(session, cast, data=date(2025, 9, 4))
    em = look(SETEMBRO)[0]
    with db.transaction() as session:
        pay(session, cast, "300.00", data=date(2025, 9, 5), percentual=0, sessoes=[sessao])
    with db.transaction(read_only=True) as session:
        entao, agora = (Passado(Filtro.of_month(SETEMBRO), at) for at in (em, None))
        mudancas = page_all(session, entao, agora, notas=True)
    found = [(mudanca.registro.tipo, mudanca.sentido) for mudanca in mudancas]
    assert found == [
        ("pagamento", Sentido.ENTROU),
        ("sessao", Sentido.ENTROU),
        ("pendencia", Sentido.SAIU),
    ]
