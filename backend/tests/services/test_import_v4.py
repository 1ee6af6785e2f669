"""Version 4's files in the books: previewed, all of it or nothing, once; and what stands in the way."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cast import make_cast
from conftest import Banco
from importar import (
    DONO,
    Bring,
    ask,
    count_everything,
    get_totals,
    list_notices,
    list_refusals,
    set_estado,
)
from planilha_v4 import SETEMBRO, VAZIAS, Row, comissao, gasto, pagamento, render_pt_br, render_v4, save, sessao

from estudio import db
from estudio.domain.errors import ImportacaoRecusada, SemPermissao
from estudio.services.import_service import Plano, import_leitura, preview_leitura, read_arquivo


@pytest.fixture
def preview(banco: Banco, tmp_path: Path) -> Callable[[list[Row]], Plano]:
    del banco

    def preview(rows: list[Row]) -> Plano:
        leitura = read_arquivo(save(tmp_path / "previa.csv", render_v4(rows)))
        with db.transaction(read_only=True) as session:
            return preview_leitura(session, leitura)

    return preview


def test_the_sample_of_version_4_gives_three_payments_and_three_sessions(banco: Banco, tmp_path: Path) -> None:
    leitura = read_arquivo(save(tmp_path / "backup_2025_09.csv", render_v4(SETEMBRO, extra=VAZIAS)))
    with db.transaction() as session:
        done = import_leitura(session, leitura, quem=DONO)
    receita, comissoes, despesas, artistas, formas, _, _, contagens = get_totals(banco)
    assert (receita, comissoes, despesas) == (105000, 0, 0)
    assert contagens == [3, 3, 0, 0]
    assert sorted(valor for _, valor, _ in artistas) == [32000, 73000]
    assert formas == [["cartao", 32000], ["dinheiro", 28000], ["pix", 45000]]
    # Nothing to decide is left: a payment without a comissão row was decided as 0 %.
    assert ask(banco, "select distinct percentual from estudio.pagamentos") == [(0,)]
    assert ask(banco, "select codigo from estudio.prontidao('2025-09-01', '2026-11-24') where bloqueia") == []
    assert done.plano.list_novas("artista") == ["Pedro Artista", "Maria Artista"]
    assert done.plano.list_novas("cliente") == ["Ana Cliente", "João Cliente", "Carla Cliente"]
    assert ask(banco, "select distinct criado_em = '2025-10-22T18:08:37.048776+00:00' from estudio.pagamentos") == [
        (True,)
    ]


def test_its_twin_from_a_spreadsheet_gives_the_same_and_is_the_same_import(
    banco: Banco, tmp_path: Path, bring: Bring
) -> None:
    twin = read_arquivo(save(tmp_path / "planilha.csv", render_pt_br(SETEMBRO)))
    with db.transaction() as session:
        assert import_leitura(session, twin, quem=DONO).importacao_id == 1
    assert get_totals(banco)[0] == 105000
    assert bring(SETEMBRO).importacao_id is None


def test_the_preview_tells_all_and_writes_nothing(
    banco: Banco, bring: Bring, preview: Callable[[list[Row]], Plano]
) -> None:
    bring(SETEMBRO[:1])
    before = count_everything(banco)
    plano = preview([*SETEMBRO, gasto(1, "2025-10-02", "80.0"), pagamento(9, "2025-13-01", "1.0")])
    assert count_everything(banco) == before
    assert [(str(r.mes), r.tipo, r.quantidade, r.soma) for r in plano.list_resumos()] == [
        ("2025-09-01", "pagamento", 2, 60000),
        ("2025-09-01", "sessao", 3, 105000),
        ("2025-10-01", "gasto", 1, 8000),
    ]
    assert plano.existentes == {"pagamento": 1, "sessao": 0, "comissao": 0, "gasto": 0}
    assert plano.list_novas("cliente") == ["João Cliente", "Carla Cliente"]
    assert [(nota.linha, nota.codigo) for nota in plano.recusas.in_order()] == [(9, "linha")]


def test_twice_is_once(banco: Banco, bring: Bring) -> None:
    rows = [*SETEMBRO, comissao(1, 4, "30.0", "135.0", artista_name="Pedro Artista"), gasto(1, "2025-09-30", "80.0")]
    assert bring(rows).importacao_id == 1
    before = count_everything(banco)
    again = bring(rows)
    assert again.importacao_id is None
    assert again.plano.existentes == {"pagamento": 3, "sessao": 3, "comissao": 1, "gasto": 1}
    assert count_everything(banco) == before


def test_two_equal_payments_with_two_ids_are_two_payments(banco: Banco, bring: Bring) -> None:
    bring([pagamento(1, "2025-09-01", "100.0"), pagamento(2, "2025-09-01", "100.0")])
    assert get_totals(banco)[0] == 20000


@pytest.mark.parametrize("broken", [0, 3, 6])
def test_a_broken_line_anywhere_and_nothing_comes_in(banco: Banco, tmp_path: Path, broken: int) -> None:
    before = count_everything(banco)
    lines = render_v4(SETEMBRO).split(b"\r\n")
    lines.insert(1 + broken, b"lixo")
    leitura = read_arquivo(save(tmp_path / "backup.csv", b"\r\n".join(lines)))
    with (
        pytest.raises(ImportacaoRecusada, match=rf"linha {2 + broken}: tem 1 células") as refused,
        db.transaction() as session,
    ):
        import_leitura(session, leitura, quem=DONO)
    assert refused.value.codigo == "importacao_recusada"
    assert count_everything(banco) == before


def test_a_failure_in_the_middle_of_the_writing_leaves_nothing(banco: Banco, bring: Bring) -> None:
    before = count_everything(banco)
    with banco.connect_as_superuser() as connection:
        connection.execute("alter table estudio.gastos add constraint cheio check (valor_centavos <> 777)")
    with pytest.raises(Exception, match="cheio"):
        bring([*SETEMBRO, gasto(1, "2025-09-30", "7.77")])
    assert count_everything(banco) == before


@pytest.mark.parametrize(
    ("estado", "says"), [("fechada", "está fechado"), ("selada", "está selado"), ("vazia", "sem movimento")]
)
def test_a_month_that_is_not_open_is_named_with_what_to_do(banco: Banco, bring: Bring, estado: str, says: str) -> None:
    set_estado(banco, "2025-09-01", estado)
    before = count_everything(banco)
    with pytest.raises(
        ImportacaoRecusada, match=rf"linha 2: Setembro/2025 .*{says}.*Lance um ajuste em .*mais 5 linhas"
    ) as refused:
        bring([*SETEMBRO, gasto(1, "2025-10-01", "5.0")])
    assert list_refusals(refused) == [(2, "competencia_fechada")]
    assert count_everything(banco) == before


def test_a_closed_month_that_is_here_already_is_no_obstacle(banco: Banco, bring: Bring) -> None:
    bring(SETEMBRO)
    set_estado(banco, "2025-09-01")
    assert bring(SETEMBRO).importacao_id is None
    assert bring([*SETEMBRO, gasto(1, "2025-10-01", "5.0")]).importacao_id == 2


def test_a_late_commission_and_a_late_link_respect_the_closed_month(banco: Banco, bring: Bring) -> None:
    bring([pagamento(1, "2025-09-01", "200.0")])
    set_estado(banco, "2025-09-01")
    for rows in ([comissao(7, 1, "30.0", "60.0")], [sessao(1, "2025-10-01", "10.0", payment_id="1")]):
        with pytest.raises(ImportacaoRecusada, match="Setembro/2025 está fechado"):
            bring(rows)


def test_an_agenda_event_is_in_the_books_once(banco: Banco, bring: Bring) -> None:
    bring(
        [
            pagamento(1, "2025-09-01", "10.0", google_event_id="e1"),
            sessao(1, "2025-09-01", "10.0", google_event_id="e1"),
        ]
    )
    with pytest.raises(ImportacaoRecusada, match="evento da agenda e1 já está em outro registro") as refused:
        bring([
            pagamento(2, "2025-09-01", "10.0", google_event_id="e1"),
            sessao(2, "2025-09-01", "10.0", google_event_id="e2"),
            sessao(3, "2025-09-01", "10.0", google_event_id="e2"),
        ])  # fmt: skip
    assert list_refusals(refused) == [(2, "evento_repetido"), (4, "evento_repetido")]
    assert ask(banco, "select count(*) from estudio.pagamentos") == [(1,)]


def test_one_number_for_two_records_is_refused_with_both_values(bring: Bring) -> None:
    bring([pagamento(1, "2025-09-01", "10.0")])
    with pytest.raises(ImportacaoRecusada, match=r"valor: R\$ 20,00 no arquivo e R\$ 10,00 aqui"):
        bring([pagamento(1, "2025-09-01", "20.0")])


def test_what_was_edited_or_deleted_here_stays_so(banco: Banco, bring: Bring) -> None:
    bring([pagamento(1, "2025-09-01", "10.0"), pagamento(2, "2025-09-01", "30.0")])
    with banco.connect() as connection:
        connection.execute("update estudio.pagamentos set valor_centavos = 1500 where id = 1")
        connection.execute("delete from estudio.pagamentos where id = 2")
    done = bring([pagamento(1, "2025-09-01", "10.0"), pagamento(2, "2025-09-01", "30.0")])
    assert done.importacao_id is None
    assert list_notices(done) == [(2, "editado_aqui"), (3, "apagado_aqui")]
    assert get_totals(banco)[0] == 1500
    with pytest.raises(ImportacaoRecusada, match="o pagamento 2 foi apagado aqui depois de importado"):
        bring([comissao(7, 2, "30.0", "9.0")])


def test_money_of_a_day_that_is_to_come_is_noticed(bring: Bring) -> None:
    done = bring([pagamento(1, "2052-09-01", "10.0"), sessao(1, "2052-09-01", "10.0"), gasto(1, "2025-09-01", "1.0")])
    assert list_notices(done) == [(2, "data_futura")]


def test_only_the_owner_imports(banco: Banco, tmp_path: Path) -> None:
    leitura = read_arquivo(save(tmp_path / "backup.csv", render_v4(SETEMBRO)))
    with db.transaction() as session:
        cast = make_cast(session)
    for quem in (cast.quem_caio, cast.quem_bia, cast.quem_edu):
        with pytest.raises(SemPermissao), db.transaction() as session:
            import_leitura(session, leitura, quem=quem)
    with db.transaction() as session:
        import_leitura(session, leitura, quem=cast.quem_ana)
    assert ask(banco, "select feita_por from estudio.importacoes") == [(cast.quem_ana.usuario_id,)]
    assert ask(banco, "select distinct quem, origem from estudio.auditoria where tabela = 'pagamentos'") == [
        (cast.quem_ana.usuario_id, "teste")
    ]


def test_twelve_months_in_one_file_come_in_together_or_not_at_all(banco: Banco, bring: Bring) -> None:
    rows = [pagamento(n, f"2024-{n:02d}-15", "100.0") for n in range(1, 13)]
    set_estado(banco, "2024-07-01")
    with pytest.raises(ImportacaoRecusada, match="Julho/2024"):
        bring(rows)
    assert ask(banco, "select count(*) from estudio.pagamentos") == [(0,)]
    set_estado(banco, "2024-07-01", "aberta")
    bring(rows)
    assert ask(banco, "select count(*), count(distinct mes) from estudio.pagamentos") == [(12, 12)]
