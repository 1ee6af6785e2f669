"""The doctor looks at the months, the chain of seals and the backups."""

from datetime import timedelta

import pytest
import time_machine
from cast import book, pay, shut, spend
from doctor_studio import Case, Studio, copy_studio, list_trouble
from moldes import Copiar

from estudio import clock, config, db
from estudio.domain.documento import DocumentoFalha
from estudio.domain.extrato import get_extrato
from estudio.services import backup_ferramentas, doctor_backups
from estudio.services.backup_service import create_backup, get_backup
from estudio.services.cadeia_service import get_heads_path
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction, reopen_extrato


@pytest.fixture
def studio(copiar: Copiar[Studio]) -> Studio:
    return copy_studio(copiar)


def lose_a_month(s: Studio) -> None:
    with s.behind_the_guard("competencias") as c:
        c.execute("delete from competencias where mes = '2091-05-01'")


def change_a_sealed_row(s: Studio) -> None:
    with s.behind_the_guard("pagamentos", "comissoes") as c:
        c.execute("update pagamentos set forma = 'debito' where id = %s", [s.sealed])
        c.execute('update auditoria set depois = depois || \'{"forma": "debito"}\' where false')


def add_to_a_sealed_month(s: Studio) -> None:
    with s.behind_the_guard("gastos") as c:
        c.execute(
            "insert into gastos (data, valor_centavos, descricao, forma) values (%s, 700, 'por fora', 'pix')",
            [s.newer.first_day],
        )


def write_into_an_empty_month(s: Studio) -> None:
    with s.behind_the_guard("gastos") as c:
        c.execute(
            "insert into gastos (data, valor_centavos, descricao, forma) values (%s, 700, 'por fora', 'pix')",
            [s.older.previous.first_day],
        )


def open_a_month_below(s: Studio) -> None:
    with s.behind_the_guard("competencias") as c:
        c.execute("update competencias set estado = 'aberta' where mes = %s", [s.older.previous.first_day])


def fail_to_make_documents(s: Studio) -> None:
    with db.transaction(read_only=True) as session:
        extrato_id = get_extrato(session, s.newer).id
    with db.transaction() as session:
        session.add(DocumentoFalha(extrato_id=extrato_id, codigo="disco", mensagem="o disco está cheio"))


def forge_a_link(s: Studio) -> None:
    with s.behind_the_guard("selos") as c:
        c.execute("update selos set quem = 1 where seq = 2")


def publish_another_head(s: Studio) -> None:
    with get_heads_path().open("a", encoding="utf-8") as file:
        file.write(f'{{"seq": 3, "mes": "{s.running.slug}", "selo_sha256": "{"f" * 64}"}}\n')


def garble_the_heads(s: Studio) -> None:
    get_heads_path().write_text("lixo\nmais lixo\n", encoding="utf-8")
    assert s.sealed


def forget_the_heads(s: Studio) -> None:
    get_heads_path().unlink()
    assert s.sealed


def leave_a_run_behind(s: Studio) -> None:
    s.execute(
        """insert into execucoes (run_id, acao, mes, origem, maquina, pid)
           values (gen_random_uuid(), 'fechamento', %s, 'cli', 'ateliê', 1)""",
        s.running.first_day,
    )


def let_a_run_fail(s: Studio) -> None:
    s.execute(
        """insert into execucoes (run_id, acao, mes, origem, maquina, pid, etapa, desfecho, terminada_em)
           values (gen_random_uuid(), 'fechamento', %s, 'cli', 'ateliê', 1, 'contagem', 'falhou', now())""",
        s.running.first_day,
    )


def close_without_backup(s: Studio) -> None:
    reopen_extrato(s.newer, quem=s.cast.quem_ana, motivo="fechar sem prova")
    with db.transaction() as session:
        shut(session, s.newer.slug)


def lose_a_sealed_backup(s: Studio) -> None:
    get_backup(s.newer).caminho.unlink()


def flip_a_bit_of_a_sealed_backup(s: Studio) -> None:
    path = get_backup(s.newer).caminho
    payload = bytearray(path.read_bytes())
    payload[len(payload) // 2] ^= 1
    path.write_bytes(payload)


def damage_a_backup_that_no_extrato_names(s: Studio) -> None:
    made = create_backup(s.running)
    made.caminho.with_suffix(".json").write_text("{}", encoding="utf-8")


def find_a_backup_damaged(s: Studio) -> None:
    made = create_backup(s.running).manifesto.csv
    s.execute("update backups set resultado = 'backup_alterado' where arquivo = %s", made.arquivo)


def never_drill(s: Studio) -> None:
    s.execute("update backups set ensaiado_em = null, resultado = null")


def drill_long_ago(s: Studio) -> None:
    s.execute("update backups set ensaiado_em = %s", clock.now() - timedelta(days=200))


def fail_a_drill(s: Studio) -> None:
    s.execute("update backups set resultado = 'ensaio: ensaio_falhou' where mes = %s", s.newer.first_day)
    s.execute("update backups set ensaiado_em = null where mes <> %s", s.newer.first_day)


def never_dump(s: Studio) -> None:
    s.execute("update backups set apagado_em = now() where tipo = 'completo'")


def dump_long_ago(s: Studio) -> None:
    s.execute("update backups set criado_em = %s where tipo = 'completo'", clock.now() - timedelta(days=10))


def dump_while_the_clock_was_ahead(s: Studio) -> None:
    s.execute("update backups set criado_em = now() + interval '40 days' where tipo = 'completo'")


def drill_while_the_clock_was_ahead(s: Studio) -> None:
    s.execute("update backups set ensaiado_em = now() + interval '40 days'")


CASES = [
    Case("competencias", "falha", "Faltam 1 ", lose_a_month, frozenset({"cadeia"})),
    Case("cadeia", "quebra", "extrato", change_a_sealed_row, frozenset({"auditoria"})),
    Case(
        "conservacao", "quebra", "gastos: 1 linha e R$ 7,00", add_to_a_sealed_month, frozenset({"auditoria", "cadeia"})
    ),
    Case(
        "vazia_com_dados",
        "quebra",
        "ficou vazio",
        write_into_an_empty_month,
        frozenset({"auditoria", "conservacao", "cadeia"}),
    ),
    Case("meses_em_ordem", "quebra", "Aberto antes", open_a_month_below, frozenset({"cadeia"})),
    Case("cadeia", "quebra", "elo 2", forge_a_link),
    Case("cadeia", "quebra", "selos.log", publish_another_head),
    Case("selos_publicados", "falha", "foi alterado", garble_the_heads, frozenset({"cadeia"})),
    Case("selos_publicados", "aviso", "não tem os últimos selos", forget_the_heads),
    Case("execucoes_orfas", "aviso", "estudio extrato list", leave_a_run_behind),
    Case("execucoes_falhas", "aviso", "etapa contagem", let_a_run_fail),
    Case("documentos", "aviso", "estudio extrato documents", fail_to_make_documents),
    Case("extratos_sem_backup", "aviso", "1 extrato", close_without_backup, frozenset({"selos_publicados"})),
    Case("backups_selados", "quebra", "não serve mais", lose_a_sealed_backup),
    Case("backups_selados", "quebra", "não serve mais", flip_a_bit_of_a_sealed_backup),
    Case("backups_inteiros", "aviso", "1 backup", damage_a_backup_that_no_extrato_names),
    Case("backups_inteiros", "aviso", "1 backup", find_a_backup_damaged),
    Case("backup_ensaiado", "aviso", "--drill", never_drill),
    Case("backup_ensaiado", "aviso", "O último ensaio foi em", drill_long_ago),
    Case("backup_ensaiado", "aviso", "O último ensaio foi em", drill_while_the_clock_was_ahead),
    Case("backup_ensaiado", "falha", "falhou", fail_a_drill),
    Case("copia_completa", "aviso", "Não há cópia completa", never_dump),
    Case("copia_completa", "aviso", "é de", dump_long_ago),
    Case("copia_completa", "aviso", "de data certa", dump_while_the_clock_was_ahead),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_wrong_with_months_seals_and_backups_is_named(studio: Studio, case: Case) -> None:
    case.ensure_named(studio)


def test_a_finished_month_that_is_open_past_its_hour_is_late(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    reopen_extrato(studio.newer, quem=studio.cast.quem_ana, motivo="conferir de novo")
    # Who reopened it is at it until the schedule comes again.
    assert "fechamento_atrasado" not in list_trouble()
    with time_machine.travel(clock.now() + timedelta(days=32)):
        late = list_trouble()["fechamento_atrasado"]
        assert late.situacao == "falha"
        assert f"Fechamento atrasado: {studio.newer.label}" in late.mensagem
        assert f"--year {studio.newer.ano} --month {studio.newer.mes}" in late.mensagem
    monkeypatch.setenv("ENABLE_MONTHLY_EXTRATO_JOB", "false")
    config.reset()
    with time_machine.travel(clock.now() + timedelta(days=12)):
        assert list_trouble()["fechamento_atrasado"].situacao == "aviso"
    generate_extrato_with_atomic_transaction(studio.newer.mes, studio.newer.ano)
    assert "fechamento_atrasado" not in list_trouble()


def test_what_keeps_a_finished_month_from_closing_is_said_before(studio: Studio) -> None:
    reopen_extrato(studio.newer, quem=studio.cast.quem_ana, motivo="lançar o que faltou")
    with db.transaction() as session:
        made = pay(session, studio.cast, "10.00", data=studio.newer.first_day, percentual=0)
    studio.execute("update pagamentos set percentual = null where id = %s", made.id)
    found = list_trouble()["pronto_para_fechar"]
    assert found.situacao == "aviso"
    assert f"nº {made.id}" in found.mensagem


def test_what_was_entered_since_the_last_backup_is_missed_after_a_week(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.transaction() as session:
        spend(session, studio.cast, "5.00", data=clock.today())
    assert "backup_recente" not in list_trouble()
    monkeypatch.setattr(doctor_backups, "OLD", timedelta(0))
    assert list_trouble()["backup_recente"].situacao == "aviso"
    studio.execute("update backups set criado_em = now() + interval '40 days' where tipo = 'completo'")
    assert "backup_recente" in list_trouble(), "what a clock that was ahead made saves nobody knows what"
    studio.execute("update backups set apagado_em = now()")
    found = list_trouble()["backup_recente"]
    assert (found.situacao, "nenhum backup foi feito" in found.mensagem) == ("falha", True)


def test_a_backup_of_another_month_saves_nothing_of_this_one(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    studio.execute("delete from backups where tipo = 'completo'")
    monkeypatch.setattr(doctor_backups, "OLD", timedelta(0))
    create_backup(studio.older)
    found = doctor_backups.check_backup_recente()
    assert found[0] == "aviso"
    assert "nenhum backup do mês" in found[1]
    create_backup(studio.running)
    assert doctor_backups.check_backup_recente()[0] == "ok"
    # Booked, and paid by nobody: that is in no month, and the full copy's to save.
    with db.transaction() as session:
        book(session, studio.cast, data=clock.today())
    assert doctor_backups.check_backup_recente()[0] == "ok"
    with db.transaction() as session:
        spend(session, studio.cast, "5.00", data=clock.today())
    assert doctor_backups.check_backup_recente()[0] == "aviso"


def test_a_pg_dump_that_is_older_than_the_server_is_named(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ferramentas" not in list_trouble()
    old = studio.banco.server.bin_dir / "pg_dump"
    monkeypatch.setattr(backup_ferramentas, "_list_places", lambda _name: iter([old]))
    monkeypatch.setattr(backup_ferramentas, "_read_major", lambda path: backup_ferramentas.Programa(path, 14))
    found = list_trouble()["ferramentas"]
    assert (found.situacao, "Instale o cliente do PostgreSQL" in found.mensagem) == ("falha", True)
