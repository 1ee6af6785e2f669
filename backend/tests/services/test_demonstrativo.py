"""Statements: the lines give the sealed row, the link is a key, what was said stays said."""

from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import count
from typing import Any

import pytest
from cast import Cast, book, make_artista, make_cast, make_cliente, pay, shut
from conftest import Banco
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moldes import Copiar
from psycopg import errors as pg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import clock, db
from estudio.domain.acerto import COM_MOTIVO, EM_DINHEIRO, Tipo
from estudio.domain.artista import Artista
from estudio.domain.competencia import Competencia
from estudio.domain.demonstrativo import LINK_VALE, MAIS_CONTESTACOES, Andamento, Palavra, TipoDeResposta
from estudio.domain.errors import (
    DadosInvalidos,
    DemonstrativoSubstituido,
    DemonstrativoVencido,
    IntegrityBroken,
    JaExiste,
    NaoEncontrado,
    NaoFechado,
    SemPermissao,
    TextoInvalido,
)
from estudio.domain.extrato import get_extrato
from estudio.domain.titular import TEXTO_ELIMINADO, Decisao
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.acerto_consulta import find_conta
from estudio.services.acerto_service import register_acerto
from estudio.services.artista_service import edit_artista
from estudio.services.citacao_service import decide_citacao, list_citacoes
from estudio.services.cliente_service import edit_cliente
from estudio.services.demonstrativo_consulta import (
    list_contestados,
    list_demonstrativos,
    list_ditas,
    list_meses_do_artista,
)
from estudio.services.demonstrativo_leitura import list_artistas_do_mes, read_demonstrativo
from estudio.services.demonstrativo_service import (
    answer_by_link,
    answer_demonstrativo,
    delete_link,
    open_entrega,
    renew_link,
    resolve_contestacao,
)
from estudio.services.eliminacao_service import erase_titular
from estudio.services.extrato_service import reopen_extrato
from estudio.services.pagamento_service import reverse_pagamento

MES, DIA = Competencia(2025, 9), date(2025, 9, 10)
DE_ACORDO = Palavra(TipoDeResposta.DE_ACORDO)


def contest(texto: str = "A base é 300,00.", ref: str | None = None) -> Palavra:
    return Palavra(TipoDeResposta.CONTESTACAO, ref, texto)


def _fill(_: Banco) -> Cast:
    with db.transaction() as session:
        return make_cast(session)


@pytest.fixture
def cast(copiar: Copiar[Cast]) -> Cast:
    return copiar(_fill)[1]


@pytest.fixture
def fechado(cast: Cast) -> Cast:
    """September 2025 closed: Bia got 250,00 at 40 % and gave 50,00 back, Ana 150,00; Dora sat with Bia."""
    with db.transaction() as session:
        sessao = book(session, cast, "250.00", data=DIA, cliente=cast.dora)
        pago = pay(session, cast, "250.00", data=DIA, cliente=cast.dora, sessoes=[sessao])
        reverse_pagamento(session, pago.id, quem=cast.quem_caio, data=DIA, valor=Decimal("50.00"))
        pay(session, cast, "150.00", data=DIA, artista=cast.ana)
    with db.transaction() as session:
        shut(session, MES.slug)
    return cast


def link(cast: Cast) -> str:
    with db.transaction() as session:
        return renew_link(session, MES, cast.bia.id, quem=cast.quem_ana)


def say(chave: str, palavra: Palavra) -> None:
    with db.transaction() as session:
        answer_by_link(session, chave, palavra)


def close_again(cast: Cast, valor: str = "80.00") -> None:
    reopen_extrato(MES, motivo="faltou um pagamento", quem=LINHA_DE_COMANDO)
    with db.transaction() as session:
        pay(session, cast, valor, data=DIA)
    with db.transaction() as session:
        shut(session, MES.slug)


def stand(cast: Cast) -> Andamento:
    with db.transaction(read_only=True) as session:
        _, listed = list_demonstrativos(session, MES, quem=cast.quem_ana)
        return next(each.andamento for each in listed if each.artista_id == cast.bia.id)


def test_it_says_every_line_with_its_base_share_and_comissao(fechado: Cast) -> None:
    with db.transaction(read_only=True) as session:
        folha = read_demonstrativo(session, MES, fechado.bia.id, quem=fechado.quem_edu)
    told = [(linha.cliente, linha.valor, linha.percentual, linha.comissao) for linha in folha.pagamentos]
    assert told == [
        ("Dora", Decimal("250.00"), 4000, Decimal("100.00")),
        ("Dora", Decimal("-50.00"), 4000, Decimal("-20.00")),
    ]
    assert (folha.receita, folha.comissao, folha.estornos) == (Decimal("200.00"), Decimal("80.00"), Decimal("-50.00"))
    assert (folha.recebido, folha.comissao_antes) == (Decimal("250.00"), Decimal("100.00"))
    assert [(s.cliente, s.valor, s.pago_em) for s in folha.sessoes] == [("Dora", Decimal("250.00"), DIA)]
    assert folha.pagamentos[1].estorno_de == folha.pagamentos[0].id


def test_what_was_paid_and_what_is_owed_is_the_artistas_account(cast: Cast) -> None:
    antes = DIA - timedelta(days=31)
    with db.transaction() as session:
        pay(session, cast, "100.00", data=antes)
        settle(session, cast, antes, Tipo.REPASSE, "25.00")
        pay(session, cast, "250.00", data=DIA)
        settle(session, cast, DIA, Tipo.REPASSE, "60.00")
        settle(session, cast, DIA, Tipo.ALUGUEL, "30.00")
        settle(session, cast, DIA, Tipo.BONUS, "12.50")
        settle(session, cast, DIA, Tipo.REPASSE, "999.00", artista=cast.ana)
    for mes in ("2025-08", MES.slug):
        with db.transaction() as session:
            shut(session, mes)
    chave = link(cast)
    with db.transaction(read_only=True) as session:
        conta = open_entrega(session, chave).folha.conta
        whole = find_conta(session, cast.bia.id, ate=MES)
        month = whole.find_mes(MES)
        assert month is not None
        assert conta.saldo_anterior == Decimal("15.00")
        assert (
            (conta.pago, conta.outros)
            == (Decimal("60.00"), Decimal("-17.50"))
            == (month.pago, month.devido - month.comissoes)
        )
        assert conta.saldo == Decimal("37.50") == month.saldo == whole.saldo
        assert [(a.tipo, a.valor, a.motivo) for a in conta.acertos] == [
            (Tipo.REPASSE, Decimal("-60.00"), None),
            (Tipo.ALUGUEL, Decimal("-30.00"), None),
            (Tipo.BONUS, Decimal("12.50"), None),
        ]
    say(chave, contest(ref=conta.acertos[0].ref))
    with pytest.raises(DadosInvalidos):
        say(chave, contest(ref="acerto-5"))
    reopen_extrato(MES, motivo="faltou um repasse", quem=LINHA_DE_COMANDO)
    with db.transaction() as session:
        settle(session, cast, DIA, Tipo.REPASSE, "10.00")
    with db.transaction() as session:
        shut(session, MES.slug)
    with db.transaction(read_only=True) as session:
        assert open_entrega(session, chave).folha.conta.saldo == Decimal("37.50")
        newest = read_demonstrativo(session, MES, cast.bia.id, quem=cast.quem_bia)
        assert newest.conta.saldo == Decimal("27.50")


def settle(session: Session, cast: Cast, data: date, tipo: Tipo, valor: str, artista: Artista | None = None) -> None:
    register_acerto(
        session,
        quem=cast.quem_ana,
        data=data,
        artista_id=(artista or cast.bia).id,
        tipo=tipo,
        valor=Decimal(valor),
        forma="pix" if tipo in EM_DINHEIRO else None,
        motivo="combinado" if tipo in COM_MOTIVO else None,
    )


def test_names_are_those_of_the_day_it_was_sealed(fechado: Cast) -> None:
    chave = link(fechado)
    with db.transaction() as session:
        edit_artista(session, fechado.bia.id, quem=fechado.quem_ana, nome="Beatriz Nova")
        edit_cliente(session, fechado.dora.id, quem=fechado.quem_caio, nome="Doralice")
    with db.transaction(read_only=True) as session:
        folha = open_entrega(session, chave).folha
        assert (folha.artista, folha.pagamentos[0].cliente) == ("Bia", "Dora")


def test_a_link_says_of_a_cliente_no_more_than_it_has_to(cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "10.00", data=DIA, cliente=make_cliente(session, "Zuleica Prado Nunes"))
        pay(session, cast, "10.00", data=DIA)
    with db.transaction() as session:
        shut(session, MES.slug)
    chave = link(cast)
    with db.transaction(read_only=True) as session:
        names = [linha.cliente for linha in open_entrega(session, chave).folha.pagamentos]
        assert names == ["Zuleica N.", "Não informado"]
        whole = read_demonstrativo(session, MES, cast.bia.id, quem=cast.quem_ana)
        assert whole.pagamentos[0].cliente == "Zuleica Prado Nunes"


def test_an_artista_reads_their_own_and_the_desk_none(fechado: Cast) -> None:
    with db.transaction(read_only=True) as session:
        assert read_demonstrativo(session, MES, fechado.bia.id, quem=fechado.quem_bia).artista == "Bia"
        with pytest.raises(NaoEncontrado):
            read_demonstrativo(session, MES, fechado.ana.id, quem=fechado.quem_bia)
        with pytest.raises(SemPermissao):
            read_demonstrativo(session, MES, fechado.bia.id, quem=fechado.quem_caio)
        _, listed = list_demonstrativos(session, MES, quem=fechado.quem_bia)
        assert [each.artista_id for each in listed] == [fechado.bia.id]
        with pytest.raises(SemPermissao):
            list_demonstrativos(session, MES, quem=fechado.quem_caio)
        with pytest.raises(NaoEncontrado):
            list_meses_do_artista(session, fechado.ana.id, quem=fechado.quem_bia)
        with pytest.raises(SemPermissao):
            list_contestados(session, quem=fechado.quem_bia)


def test_an_open_month_has_none_and_who_did_not_work_has_none(fechado: Cast) -> None:
    with db.transaction() as session:
        cora = make_artista(session, "Cora")
    with db.transaction() as session:
        with pytest.raises(NaoFechado):
            renew_link(session, Competencia(2025, 10), fechado.bia.id, quem=fechado.quem_ana)
        with pytest.raises(NaoEncontrado):
            renew_link(session, MES, cora.id, quem=fechado.quem_ana)
        with pytest.raises(SemPermissao):
            renew_link(session, MES, fechado.bia.id, quem=fechado.quem_edu)


def test_a_new_link_ends_the_old_one_and_an_old_one_ends_by_itself(
    fechado: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = link(fechado), link(fechado)
    with db.transaction(read_only=True) as session:
        assert open_entrega(session, second).folha.artista == "Bia"
        for chave in (first, "", "x", "a" * 43, "\ud800", second[:-1]):
            with pytest.raises(DemonstrativoVencido):
                open_entrega(session, chave)
    later = clock.now() + LINK_VALE + timedelta(seconds=1)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: later)
        with db.transaction(read_only=True) as session, pytest.raises(DemonstrativoVencido):
            open_entrega(session, second)
        with pytest.raises(DemonstrativoVencido):
            say(second, DE_ACORDO)
    with db.transaction() as session:
        delete_link(session, MES, fechado.bia.id, quem=fechado.quem_ana)
        delete_link(session, MES, fechado.bia.id, quem=fechado.quem_ana)
    with db.transaction(read_only=True) as session, pytest.raises(DemonstrativoVencido):
        open_entrega(session, second)


def test_the_key_is_kept_nowhere(fechado: Cast, banco: Banco) -> None:
    chave = link(fechado)
    say(chave, contest())
    with banco.connect_as_superuser() as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'estudio'").fetchall()
        for (table,) in tables:
            query = sql.SQL("select count(*) from estudio.{} t where strpos(t::text, %s) > 0")
            assert connection.execute(query.format(sql.Identifier(table)), [chave]).fetchone() == (0,), table
        trail = "select count(*) from auditoria where tabela = 'demonstrativo_links' and depois ? 'chave_sha256'"
        assert connection.execute(trail).fetchone() == (0,)


def test_answers_follow_each_other_and_the_last_word_counts(fechado: Cast) -> None:
    assert stand(fechado) == Andamento.SEM_LINK
    chave = link(fechado)
    assert stand(fechado) == Andamento.ENVIADO
    say(chave, contest(ref="pagamento-1"))
    assert stand(fechado) == Andamento.CONTESTADO
    with db.transaction(read_only=True) as session:
        (waits,) = list_contestados(session, quem=fechado.quem_edu)
        assert (waits.mes, waits.artista, waits.versao) == (MES, "Bia", 1)
        kept = open_entrega(session, chave).folha.demonstrativo_id
        assert kept is not None
        (dita,) = list_ditas(session, kept)
    with db.transaction() as session:
        resolve_contestacao(
            session, MES, fechado.bia.id, dita.id, quem=fechado.quem_ana, texto="Certo: muda em outubro."
        )
    assert stand(fechado) == Andamento.RESOLVIDO
    with db.transaction() as session, pytest.raises(JaExiste):
        resolve_contestacao(session, MES, fechado.bia.id, dita.id, quem=fechado.quem_ana, texto="Outra vez.")
    say(chave, DE_ACORDO)
    say(chave, DE_ACORDO)
    assert stand(fechado) == Andamento.DE_ACORDO
    with db.transaction(read_only=True) as session:
        said = open_entrega(session, chave).ditas
        assert [(d.tipo, d.ref, d.via, d.resolucao) for d in said] == [
            ("contestacao", "pagamento-1", "link", "Certo: muda em outubro."),
            ("de_acordo", None, "link", None),
        ]
        assert list_contestados(session, quem=fechado.quem_ana) == []
        (month,) = list_meses_do_artista(session, fechado.bia.id, quem=fechado.quem_bia)
        assert (month.andamento, month.comissao) == (Andamento.DE_ACORDO, Decimal("80.00"))
        trail = session.execute(
            text("select quem, origem, depois from auditoria where tabela = 'demonstrativo_respostas' order by id")
        ).all()
    assert [(row.quem, row.origem) for row in trail] == [
        (None, "link"),
        (fechado.quem_ana.usuario_id, "teste"),
        (None, "link"),
    ]
    assert all("texto" not in row.depois for row in trail)


def test_whoever_agrees_after_all_waits_for_nothing(fechado: Cast) -> None:
    chave = link(fechado)
    say(chave, contest())
    say(chave, contest())
    with db.transaction(read_only=True) as session:
        assert len(list_contestados(session, quem=fechado.quem_ana)) == 1
    say(chave, DE_ACORDO)
    with db.transaction(read_only=True) as session:
        assert list_contestados(session, quem=fechado.quem_ana) == []
    say(chave, contest())
    with db.transaction(read_only=True) as session:
        assert len(list_contestados(session, quem=fechado.quem_ana)) == 1
    assert stand(fechado) == Andamento.CONTESTADO


def test_who_is_logged_in_answers_for_themselves_alone(fechado: Cast) -> None:
    with db.transaction() as session:
        for quem in (fechado.quem_ana, fechado.quem_edu, fechado.quem_caio, LINHA_DE_COMANDO):
            with pytest.raises(SemPermissao):
                answer_demonstrativo(session, MES, fechado.bia.id, DE_ACORDO, quem=quem, versao=1)
        with pytest.raises(NaoEncontrado):
            answer_demonstrativo(session, MES, fechado.ana.id, DE_ACORDO, quem=fechado.quem_bia, versao=1)
        answer_demonstrativo(session, MES, fechado.bia.id, DE_ACORDO, quem=fechado.quem_bia, versao=1)
        # Ana owns the studio and tattoos.
        answer_demonstrativo(session, MES, fechado.ana.id, DE_ACORDO, quem=fechado.quem_ana, versao=1)
    assert stand(fechado) == Andamento.DE_ACORDO


def test_a_contest_is_of_a_line_of_this_statement_and_has_words(fechado: Cast) -> None:
    chave = link(fechado)
    for palavra, refusal in (
        (contest(ref="pagamento-3"), DadosInvalidos),
        (contest(ref="sessao-999"), DadosInvalidos),
        (contest(ref="gasto-1"), DadosInvalidos),
        (contest(ref="pagamento-"), DadosInvalidos),
        (contest(""), TextoInvalido),
        (contest("   \n"), TextoInvalido),
        (contest("x" * 2001), TextoInvalido),
        (contest("a\x00b"), TextoInvalido),
    ):
        with pytest.raises(refusal):
            say(chave, palavra)
    say(chave, contest("x" * 2000, ref="sessao-1"))
    for _ in range(MAIS_CONTESTACOES - 1):
        say(chave, contest())
    with pytest.raises(DadosInvalidos, match="demais"):
        say(chave, contest())


def test_a_version_that_is_replaced_is_shown_as_it_was_and_answered_no_more(fechado: Cast) -> None:
    chave = link(fechado)
    say(chave, DE_ACORDO)
    reopen_extrato(MES, motivo="faltou um pagamento", quem=LINHA_DE_COMANDO)
    with db.transaction(read_only=True) as session:
        assert open_entrega(session, chave).mais_nova == 0
    with db.transaction() as session:
        pay(session, fechado, "80.00", data=DIA)
    with db.transaction() as session:
        shut(session, MES.slug)
    with db.transaction(read_only=True) as session:
        entrega = open_entrega(session, chave)
        assert (entrega.mais_nova, entrega.folha.extrato.versao, entrega.folha.comissao) == (2, 1, Decimal("80.00"))
        newest = read_demonstrativo(session, MES, fechado.bia.id, quem=fechado.quem_ana)
        assert (newest.extrato.versao, newest.comissao) == (2, Decimal("112.00"))
        with pytest.raises(NaoEncontrado):
            # Nobody was handed Ana's, and its rows are in its backup alone.
            read_demonstrativo(session, MES, fechado.ana.id, 1, quem=fechado.quem_ana)
    for palavra in (DE_ACORDO, contest()):
        with pytest.raises(DemonstrativoSubstituido):
            say(chave, palavra)
    assert stand(fechado) == Andamento.SEM_LINK
    with db.transaction() as session, pytest.raises(DemonstrativoSubstituido):
        answer_demonstrativo(session, MES, fechado.bia.id, DE_ACORDO, quem=fechado.quem_bia, versao=1)


def test_a_contest_is_resolved_after_the_month_was_closed_again(fechado: Cast) -> None:
    say(link(fechado), contest())
    close_again(fechado)
    with db.transaction(read_only=True) as session:
        assert len(list_contestados(session, quem=fechado.quem_ana)) == 1
    with db.transaction() as session:
        with pytest.raises(NaoEncontrado):
            resolve_contestacao(
                session, Competencia(2025, 8), fechado.bia.id, 1, quem=fechado.quem_ana, texto="Pronto."
            )
        with pytest.raises(SemPermissao):
            resolve_contestacao(session, MES, fechado.bia.id, 1, quem=fechado.quem_edu, texto="Pronto.")
        resolve_contestacao(session, MES, fechado.bia.id, 1, quem=fechado.quem_ana, texto="Está na versão 2.")
    with db.transaction(read_only=True) as session:
        assert list_contestados(session, quem=fechado.quem_ana) == []


def test_what_was_said_and_handed_over_does_not_change(fechado: Cast, banco: Banco) -> None:
    say(link(fechado), contest())
    with banco.connect() as app, banco.connect_as_superuser() as superuser:
        for statement in (
            "update demonstrativo_respostas set texto = 'outra coisa'",
            "delete from demonstrativo_respostas",
            "truncate demonstrativo_respostas",
            "update demonstrativos set linhas = '{}'",
            "delete from demonstrativos",
        ):
            with pytest.raises(pg.InsufficientPrivilege):
                app.execute(statement.encode())
        for statement in (
            "update demonstrativo_respostas set texto = 'outra coisa'",
            "update demonstrativo_respostas set texto = texto_eliminado(), em = now()",
            "delete from demonstrativo_respostas",
            "truncate demonstrativo_respostas",
            "update demonstrativos set criado_em = now()",
            "delete from demonstrativo_links; delete from demonstrativos",
        ):
            with pytest.raises(pg.DatabaseError) as refused:
                superuser.execute(statement.encode())
            assert refused.value.sqlstate == "P0F02", statement


def test_the_database_takes_no_statement_that_is_not_the_sealed_row(fechado: Cast, banco: Banco) -> None:
    statement = "insert into demonstrativos (extrato_id, artista_id, linhas) select id, %s, %s from extratos"
    row = '{"pagamentos": [[1, "2025-09-10", 20000, "pix", %s, 1, null, 4000, %s]], "sessoes": []}'
    with banco.connect() as connection:
        acerto = (row % (2, 8000))[:-1] + ', "acertos": [[1, "2025-09-10", -1, "repasse", "pix", null]]}'
        for linhas in ('{"pagamentos": [], "sessoes": []}', "{}", row % (2, 8001), row % (1, 8000), acerto):
            with pytest.raises(pg.CheckViolation) as refused:
                connection.execute(statement, [fechado.bia.id, linhas])
            assert refused.value.diag.constraint_name == "demonstrativos_soma"
        connection.execute(statement, [fechado.bia.id, row % (2, 8000)])
    close_again(fechado)
    with banco.connect() as connection, pytest.raises(pg.CheckViolation) as refused:
        connection.execute(statement + " where versao = 1", [fechado.ana.id, row % (1, 0)])
    assert refused.value.diag.constraint_name == "demonstrativos_vigente"


def test_the_database_takes_answers_of_a_version_that_stands_alone(fechado: Cast, banco: Banco) -> None:
    say(link(fechado), contest())
    close_again(fechado)
    insert = """insert into demonstrativo_respostas (demonstrativo_id, tipo, texto, responde_a, via)
                values (1, %s, %s, %s, 'conta')"""
    with banco.connect() as connection:
        for values, rule in (
            (("de_acordo", None, None), "demonstrativo_respostas_vigente"),
            (("contestacao", "x", None), "demonstrativo_respostas_vigente"),
            (("resolucao", "x", 99), "demonstrativo_respostas_responde_a_contestacao"),
        ):
            with pytest.raises(pg.CheckViolation) as refused:
                connection.execute(insert, values)
            assert refused.value.diag.constraint_name == rule
        connection.execute(insert, ("resolucao", "x", 1))
        with pytest.raises(pg.UniqueViolation):
            connection.execute(insert, ("resolucao", "x", 1))


def test_rows_that_do_not_give_the_seal_are_shown_to_nobody(fechado: Cast, banco: Banco) -> None:
    with banco.connect_as_superuser() as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("alter table comissoes disable trigger all")
        connection.execute("update comissoes set valor_centavos = valor_centavos + 1 where artista_id = 2")
    with db.transaction(read_only=True) as session, pytest.raises(IntegrityBroken):
        read_demonstrativo(session, MES, fechado.bia.id, quem=fechado.quem_ana)


def test_who_is_erased_goes_from_what_was_said(fechado: Cast) -> None:
    chave = link(fechado)
    say(chave, contest("Foi a prima que pagou.", ref="pagamento-1"))
    say(chave, contest("A DORA pagou 300,00."))
    say(chave, contest("Falta a diária da Dora.", ref="sessao-1"))
    say(chave, contest("Falta a sessão do dia 12, a da Isadora."))
    with db.transaction() as session:
        resolve_contestacao(session, MES, fechado.bia.id, 1, quem=fechado.quem_ana, texto="A prima confirmou.")
        erase_titular(session, fechado.dora.id, quem=fechado.quem_ana, motivo="pedido", confirmacao="Dora")
    with db.transaction(read_only=True) as session:
        entrega = open_entrega(session, chave)
        gone = "Este texto foi apagado com os dados do cliente."
        assert [dita.texto for dita in entrega.ditas] == [
            "Foi a prima que pagou.",
            "A DORA pagou 300,00.",
            gone,
            "Falta a sessão do dia 12, a da Isadora.",
        ]
        # Somebody else's word about money: but for her own line with her name, the dono says.
        listed = {each.texto for each in list_citacoes(session, fechado.dora.id, quem=fechado.quem_ana)}
        assert listed == {"Foi a prima que pagou.", "A DORA pagou 300,00.", "A prima confirmou."}
        assert entrega.folha.pagamentos[0].cliente == f"Cliente eliminado {fechado.dora.id}"
        assert (entrega.folha.comissao, stand(fechado)) == (Decimal("80.00"), Andamento.CONTESTADO)


def test_whole_names_go_from_answers_and_whatever_may_be_somebody_else_is_listed(cast: Cast) -> None:
    """It is the other side's evidence: no short form, first name or shared name takes any of it away by itself."""
    with db.transaction() as session:
        isaura = make_cliente(session, "Isaura de Lima Méndes")
        edit_cliente(session, isaura.id, quem=cast.quem_caio, nome="Isaura Pontes")
        pay(session, cast, "250.00", data=DIA, cliente=isaura)
    with db.transaction() as session:
        shut(session, MES.slug)
    chave = link(cast)
    certos = ("Quem pagou: isaura  pontes.", "isaura de lima MENDES")
    ask = ("Falta a Isaura P.", "a ISAURA m", "a Isaura e a Bia dividiram", "Isaura Pontes Rocha", "Foi a Isaura.")
    stay = ("A Isaurinha, e não a da semana.", "Pontes e Mendes")
    for texto in (*certos, *ask, *stay):
        say(chave, contest(texto))
    with db.transaction() as session:
        erase_titular(session, isaura.id, quem=cast.quem_ana, motivo="pedido", confirmacao="Isaura Pontes")
    with db.transaction(read_only=True) as session:
        said = [dita.texto for dita in open_entrega(session, chave).ditas]
        listed = {each.texto: each for each in list_citacoes(session, isaura.id, quem=cast.quem_ana)}
    assert said == [TEXTO_ELIMINADO, TEXTO_ELIMINADO, *ask, *stay]
    assert set(listed) == set(ask)
    foi = listed["Foi a Isaura."]
    assert foi.caminho == f"/extratos/{MES.slug}/demonstrativos/{cast.bia.id}"
    with db.transaction() as session:
        decide_citacao(session, isaura.id, foi.id, decisao=Decisao.APAGADA, quem=cast.quem_ana)
        assert open_entrega(session, chave).ditas[6].texto == TEXTO_ELIMINADO


linhas = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(1, 9_999_99),
        st.sampled_from([None, 1, 1050, 3333, 4000, 6667, 10000]),
        st.integers(1, 28),
        st.integers(0, 3),
        st.booleans(),
        st.sampled_from([None, *sorted(set(Tipo) - {Tipo.RECEBIDO})]),
    ),
    min_size=1,
    max_size=12,
)
"""Whose, centavos, share, day, in how many parts some of it goes back, a sessão, an acerto."""

MESES = count(2005 * 12)
"""A month is closed by itself, so each example has its own."""


@given(entries=linhas)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_add_up_to_the_artistas_row_and_rows_to_the_totals(cast: Cast, entries: list[Any]) -> None:
    number = next(MESES)
    mes, zero = Competencia(number // 12, number % 12 + 1), Decimal("0.00")
    artistas = [cast.ana, cast.bia]
    with db.transaction() as session:
        artistas += [make_artista(session, "Cora"), make_artista(session, "Davi")]
        for entry in entries:
            enter(session, cast, artistas[entry[0]], mes, entry)
    with db.transaction() as session:
        shut(session, mes.slug)
    with db.transaction(read_only=True) as session:
        extrato = get_extrato(session, mes)
        found = list_artistas_do_mes(session, extrato)
        folhas = [read_demonstrativo(session, mes, id_, quem=cast.quem_ana) for id_ in found.nomes]
        assert {folha.artista_id for folha in folhas} == {artistas[entry[0]].id for entry in entries}
        for folha in folhas:
            receita, comissao = found.sums_of(folha.artista_id)
            assert sum((linha.valor for linha in folha.pagamentos), zero) == folha.receita == receita
            assert sum((linha.comissao for linha in folha.pagamentos), zero) == folha.comissao == comissao
            assert folha.recebido + folha.estornos == receita
            assert folha.comissao_antes + folha.comissao_dos_estornos == comissao
            conta = find_conta(session, folha.artista_id, ate=mes)
            assert folha.conta.saldo == conta.saldo
            assert all(linha.valor < 0 for linha in folha.pagamentos if linha.estorno_de)
        assert sum((folha.receita for folha in folhas), zero) == Decimal(extrato.totais[0]).scaleb(-2)
        assert sum((folha.comissao for folha in folhas), zero) == Decimal(extrato.totais[1]).scaleb(-2)
        assert sum(len(folha.pagamentos) for folha in folhas) == extrato.totais[7][0]
        assert sum(len(folha.sessoes) for folha in folhas) == extrato.totais[7][1]


def enter(session: Session, cast: Cast, artista: Artista, mes: Competencia, entry: Any) -> None:
    _, centavos, percentual, dia, parts, sits, acerto = entry
    valor, data = Decimal(centavos).scaleb(-2), date(mes.ano, mes.mes, dia)
    sat = [book(session, cast, "10.00", data=data, artista=artista)] if sits else []
    pago = pay(session, cast, str(valor), data=data, artista=artista, percentual=percentual, sessoes=sat)
    if acerto is not None:
        settle(session, cast, data, Tipo(acerto), str(valor), artista)
    part = (valor / (parts + 1)).quantize(Decimal("0.01"), ROUND_DOWN)
    for _ in range(parts if part else 0):
        reverse_pagamento(session, pago.id, quem=cast.quem_caio, data=data, valor=part)
