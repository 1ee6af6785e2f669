"""An import is taken back whole, or not at all: never with work that somebody did upon it since."""

import threading
from datetime import date
from pathlib import Path

import psycopg
import pytest
from cast import make_cast, make_cliente
from conftest import Banco
from importar import DONO, Bring, ask, count_rows, run_sql, set_estado
from planilha_v4 import SETEMBRO, Row, comissao, gasto, pagamento, render_v4, save, sessao

from estudio import db
from estudio.domain.errors import CompetenciaFechada, EmAndamento, ImportacaoPresa, NaoEncontrado, SemPermissao
from estudio.domain.usuario import Quem
from estudio.services.import_service import Desfeita, import_leitura, list_importacoes, read_arquivo, undo_import

ROWS = [*SETEMBRO, comissao(1, 4, "30.0", "135.0", artista_name="Pedro Artista"), gasto(1, "2025-10-01", "80.0")]


def undo(importacao_id: int, quem: Quem = DONO) -> Desfeita:
    return db.run(lambda session: undo_import(session, importacao_id, quem=quem))


def bring_number(bring: Bring, rows: list[Row]) -> int:
    """The number of the import."""
    number = bring(rows).importacao_id
    assert number is not None
    return number


def test_everything_goes_and_may_come_again(banco: Banco, bring: Bring) -> None:
    number = bring_number(bring, ROWS)
    assert count_rows(banco) == (3, 1, 3, 1, 3, 2, 13)
    done = undo(number)
    assert done.removidos == {
        "acerto": 0,
        "comissao": 1,
        "sessao": 3,
        "pagamento": 3,
        "gasto": 1,
        "clientes": 3,
        "artistas": 2,
    }
    assert (done.pessoas_que_ficam, done.is_repetida) == (0, False)
    assert count_rows(banco) == (0, 0, 0, 0, 0, 0, 0)
    assert bring_number(bring, ROWS) == number + 1
    assert count_rows(banco) == (3, 1, 3, 1, 3, 2, 13)


def test_it_is_in_the_audit_with_what_the_rows_were(banco: Banco, bring: Bring) -> None:
    number = bring_number(bring, ROWS)
    undo(number)
    assert ask(
        banco,
        """select count(*), min(motivo), sum((antes ->> 'valor_centavos')::bigint) from estudio.auditoria
           where acao = 'delete' and tabela = 'pagamentos'""",
    ) == [(3, f"importação {number} desfeita", 105000)]


def test_twice_says_so_and_does_nothing(banco: Banco, bring: Bring) -> None:
    number = bring_number(bring, ROWS)
    first = undo(number)
    before = ask(banco, "select count(*) from estudio.auditoria")
    again = undo(number)
    assert (again.is_repetida, again.desfeita_em) == (True, first.desfeita_em)
    assert ask(banco, "select count(*) from estudio.auditoria") == before


def test_an_import_that_never_was_is_not_found(banco: Banco) -> None:
    del banco
    with pytest.raises(NaoEncontrado, match="Não encontramos a importação 7"):
        undo(7)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            "update estudio.pagamentos set observacoes = 'x' where id = 2",
            r"o pagamento nº 2 \(15/09/2025, R\$ 320,00\) foi alterado depois de importado",
        ),
        (
            "update estudio.sessoes set status = 'faltou' where id = 3",
            r"a sessão nº 3 \(25/09/2025, R\$ 280,00\) foi alterada",
        ),
        ("update estudio.gastos set forma = 'pix'", r"o gasto nº 1 \(01/10/2025, R\$ 80,00\) foi alterado"),
        ("update estudio.comissoes set observacoes = 'x'", r"a comissão nº 1 \(05/09/2025, R\$ 135,00\) foi alterada"),
        ("update estudio.pagamentos set data = '2025-10-05' where id = 1", "o pagamento nº 1 .* foi alterado"),
        (
            """insert into estudio.pagamentos (data, valor_centavos, forma, artista_id, percentual, estorno_de)
               values ('2025-11-01', -100, 'pix', 1, 0, 1)""",
            r"o estorno nº 4 depende do pagamento nº 1 \(05/09/2025, R\$ 450,00\)",
        ),
        (
            """insert into estudio.comissoes (pagamento_id, mes, artista_id, percentual, valor_centavos)
               values (2, '2025-09-01', 1, 100, 320)""",
            "a comissão nº 2 depende do pagamento nº 2",
        ),
        (
            """insert into estudio.sessoes (data, artista_id, valor_centavos, payment_id, payment_mes)
               values ('2025-09-01', 1, 100, 3, '2025-09-01')""",
            "a sessão nº 4 depende do pagamento nº 3",
        ),
    ],
)
def test_work_that_was_done_upon_it_is_named_and_nothing_goes(
    banco: Banco, bring: Bring, change: str, says: str
) -> None:
    number = bring_number(bring, ROWS)
    run_sql(banco, change)
    before = count_rows(banco)
    with pytest.raises(ImportacaoPresa, match=says):
        undo(number)
    assert count_rows(banco) == before
    assert ask(banco, "select desfeita_em from estudio.importacoes") == [(None,)]


def test_a_long_list_of_changes_is_cut_and_counted(banco: Banco, bring: Bring) -> None:
    number = bring_number(bring, [pagamento(n, "2025-09-01", "10.0") for n in range(1, 31)])
    run_sql(banco, "update estudio.pagamentos set observacoes = 'x'")
    with pytest.raises(ImportacaoPresa, match="; e mais 20") as refused:
        undo(number)
    assert refused.value.details["total"] == 30


@pytest.mark.parametrize("mes", ["2025-09-01", "2025-10-01"])
def test_a_closed_month_in_it_stands_in_the_way(banco: Banco, bring: Bring, mes: str) -> None:
    number = bring_number(bring, ROWS)
    set_estado(banco, mes)
    before = count_rows(banco)
    with pytest.raises(CompetenciaFechada, match="está fechado"):
        undo(number)
    assert count_rows(banco) == before


def test_people_whom_somebody_used_or_edited_stay(banco: Banco, bring: Bring) -> None:
    number = bring_number(bring, ROWS)
    run_sql(banco, "update estudio.clientes set telefone = '11 90000-0000' where nome = 'Ana Cliente'")
    run_sql(
        banco,
        """insert into estudio.sessoes (data, artista_id, valor_centavos, cliente_id)
           select '2025-11-01', a.id, 100, c.id from estudio.artistas a, estudio.clientes c
           where a.nome = 'Maria Artista' and c.nome = 'Carla Cliente'""",
    )
    done = undo(number)
    assert (done.removidos["clientes"], done.removidos["artistas"], done.pessoas_que_ficam) == (1, 1, 3)
    assert ask(banco, "select nome from estudio.clientes order by id") == [("Ana Cliente",), ("Carla Cliente",)]


def test_people_who_were_here_before_are_not_touched(banco: Banco, bring: Bring) -> None:
    with db.transaction() as session:
        make_cliente(session, "Ana Cliente")
    undo(bring_number(bring, ROWS))
    assert ask(banco, "select nome from estudio.clientes") == [("Ana Cliente",)]


def test_later_files_go_first_and_earlier_ones_after_them(banco: Banco, bring: Bring) -> None:
    agosto = bring_number(bring, [sessao(1, "2025-08-30", "100.0"), pagamento(9, "2025-08-30", "70.0")])
    setembro = bring_number(bring, [pagamento(10, "2025-09-02", "100.0", sessao_id="1"), comissao(7, 9, "10.0", "7.0")])
    with pytest.raises(ImportacaoPresa, match="a comissão nº 1 depende do pagamento nº 1"):
        undo(agosto)
    undo(setembro)
    assert ask(banco, "select payment_id, versao from estudio.sessoes") == [(None, 3)]
    assert ask(banco, "select percentual from estudio.pagamentos") == [(0,)]
    undo(agosto)
    assert count_rows(banco) == (0, 0, 0, 0, 0, 0, 0)


def test_a_link_that_an_undone_file_made_is_made_again_by_its_return(banco: Banco, bring: Bring) -> None:
    bring([sessao(1, "2025-08-30", "100.0", payment_id="10")])
    rows = [pagamento(10, "2025-09-02", "100.0")]
    undo(bring_number(bring, rows))
    bring(rows)
    assert ask(banco, "select payment_mes from estudio.sessoes") == [(date(2025, 9, 1),)]


def test_a_person_who_freed_a_linked_session_has_worked_on_it(banco: Banco, bring: Bring) -> None:
    agosto = bring_number(bring, [sessao(1, "2025-08-30", "100.0")])
    bring([pagamento(10, "2025-09-02", "100.0", sessao_id="1")])
    run_sql(banco, "update estudio.sessoes set payment_id = null, payment_mes = null")
    with pytest.raises(ImportacaoPresa, match=r"a sessão nº 1 .* foi alterada"):
        undo(agosto)


def test_only_the_owner_undoes(banco: Banco, bring: Bring) -> None:
    del banco
    number = bring_number(bring, ROWS)
    with db.transaction() as session:
        cast = make_cast(session)
    with pytest.raises(SemPermissao):
        undo(number, cast.quem_caio)
    undo(number, cast.quem_ana)
    with db.transaction() as session:
        [importacao] = list_importacoes(session)
    assert (importacao.is_desfeita, importacao.desfeita_por) == (True, cast.quem_ana.usuario_id)


def test_while_a_month_is_being_closed_nothing_is_undone(banco: Banco, bring: Bring) -> None:
    number = bring_number(bring, ROWS)
    with psycopg.connect(banco.app_url) as closing:
        closing.execute("select estudio.travar_competencia('2025-09-01')")
        with pytest.raises(EmAndamento):
            undo(number)
    undo(number)
    assert count_rows(banco) == (0, 0, 0, 0, 0, 0, 0)


def test_an_import_waits_for_the_closing_of_its_month(banco: Banco, bring: Bring) -> None:
    brought: list[int] = []
    with psycopg.connect(banco.app_url) as closing:
        closing.execute("select estudio.travar_competencia('2025-09-01')")
        importing = threading.Thread(target=lambda: brought.append(bring_number(bring, ROWS)))
        importing.start()
        importing.join(0.5)
        assert importing.is_alive()
        closing.rollback()
    importing.join(30)
    assert brought == [1]


def test_one_file_twice_at_once_comes_in_once(banco: Banco, tmp_path: Path) -> None:
    leitura = read_arquivo(save(tmp_path / "backup.csv", render_v4(ROWS)))
    numbers: list[int | None] = []

    def bring_at_once() -> None:
        numbers.append(db.run(lambda session: import_leitura(session, leitura, quem=DONO)).importacao_id)

    threads = [threading.Thread(target=bring_at_once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(numbers, key=str) == [1, None, None, None]
    assert count_rows(banco) == (3, 1, 3, 1, 3, 2, 13)
