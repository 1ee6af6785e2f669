"""Closing a month: what is sealed, what is refused, what stays as it was."""

import json
import resource
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from agosto import (
    AGOSTO,
    OUTUBRO,
    SETEMBRO,
    add_payment,
    cheat,
    close,
    count_rows,
    ensure_whole,
    enter_agosto,
    execucoes,
    state,
)
from backup_mes import create_many
from cast import book, make_cast, pay, spend
from conftest import Banco
from psycopg import sql
from sqlalchemy import select
from structlog.testing import capture_logs

from estudio import clock, config, db
from estudio.domain.competencia import Competencia
from estudio.domain.errors import (
    CompetenciaFechada,
    DiscoRecusou,
    IntegrityBroken,
    MesesPosterioresFechados,
    NaoPronto,
    Refusal,
    SemDados,
    SemPermissao,
)
from estudio.domain.extrato import find_vigente, get_extrato
from estudio.domain.pagamento import Pagamento
from estudio.domain.usuario import LINHA_DE_COMANDO, Quem
from estudio.services import backup_service, contagem_service, fechamento_service
from estudio.services.cadeia_service import publish_heads, read_heads, verify_cadeia
from estudio.services.execucao_etapas import Andamento
from estudio.services.extrato_consulta import compare_versions, describe_extrato, preview_extrato
from estudio.services.extrato_service import (
    reopen_extrato,
    verify_backup_before_transfer,
)
from estudio.services.gasto_service import register_gasto
from estudio.services.pagamento_service import edit_pagamento, reverse_pagamento


@pytest.mark.usefixtures("banco")
class TestClosing:
    def test_scenario_17_a_month_is_sealed_with_its_totals_and_its_rows_stay(self) -> None:
        enter_agosto()
        before = count_rows()
        extrato = close(AGOSTO)
        with db.transaction(read_only=True) as session:
            described = describe_extrato(session, session.merge(extrato))
        assert described["totais"]["receita_total"] == "350.00"
        assert described["totais"]["comissoes_total"] == "60.00"
        assert described["totais"]["despesas_total"] == "50.00"
        assert described["contagens"] == {"pagamentos": 2, "sessoes": 2, "comissoes": 1, "gastos": 1}
        assert [(a["artista"], a["receita"], a["comissao"]) for a in described["totais"]["por_artista"]] == [
            ("Ana", "150.00", "0.00"),
            ("Bia", "200.00", "60.00"),
        ]
        assert described["backup_sha256"] == described["conteudo_sha256"]
        assert state(AGOSTO) == "fechada"
        assert count_rows() == before
        assert [(e["desfecho"], e["etapa"]) for e in execucoes()] == [("fechado", "leitura")]
        ensure_whole(cabeca=described["selo_sha256"][:16])

    def test_scenario_18_closing_september_touches_no_row_of_october(self, banco: Banco) -> None:
        cast = enter_agosto()
        add_payment(cast, "10.00", date(2025, 9, 30))
        add_payment(cast, "20.00", date(2025, 10, 1))
        close(AGOSTO)
        query = "select p::text, p.xmin::text from estudio.pagamentos p where data >= '2025-10-01'"
        with banco.connect() as connection:
            before = connection.execute(query).fetchall()
        extrato = close(SETEMBRO)
        with banco.connect() as connection:
            assert connection.execute(query).fetchall() == before
        assert extrato.totais[0] == 1000
        assert state(OUTUBRO) == "aberta"
        add_payment(cast, "5.00", date(2025, 10, 2))

    def test_scenario_19_a_second_closing_answers_with_what_stands_and_writes_nothing(self, banco: Banco) -> None:
        enter_agosto()
        first = close(AGOSTO)
        before = _list_everything(banco)
        again = close(AGOSTO)
        assert (again.id, again.versao, again.selo.selo_sha256) == (first.id, 1, first.selo.selo_sha256)
        assert _list_everything(banco) == before

    def test_scenario_19_a_late_payment_makes_version_two_and_version_one_stays_as_it_was(
        self, banco: Banco, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cast = enter_agosto()
        close(AGOSTO)
        query = "select to_jsonb(x) - 'estado' from extratos x where versao = 1"
        with banco.connect_as_superuser() as connection:
            sealed = connection.execute(query).fetchone()
        reopen_extrato(AGOSTO, quem=LINHA_DE_COMANDO, motivo="pagamento esquecido")
        add_payment(cast, "80.00", date(2025, 8, 31))
        monkeypatch.setenv("FORCE_GENERATION_ALLOWED", "true")
        config.reset()
        second = close(AGOSTO, force=True)
        assert second.versao == 2
        assert second.totais[0] == 35_000 + 8_000
        with banco.connect_as_superuser() as connection:
            assert connection.execute(query).fetchone() == sealed
            assert connection.execute("select estado from extratos order by versao").fetchall() == [
                ("substituido",),
                ("vigente",),
            ]
        with db.transaction(read_only=True) as session:
            comparison = compare_versions(session, AGOSTO, 1, 2)
        assert comparison["mesmo_conteudo"] is False
        assert [a["artista"] for a in comparison["por_artista"]] == ["Bia"]
        assert comparison["por_artista"][0]["receita"]["diferenca"] == "80.00"
        assert [(d["dia"], d["diferenca_centavos"]) for d in comparison["por_dia"]] == [("2025-08-31", 8000)]
        ensure_whole()

    def test_scenario_2_a_month_without_data_is_not_closed(self) -> None:
        with pytest.raises(SemDados):
            close(AGOSTO)
        assert state(AGOSTO) == "aberta"
        assert [(e["desfecho"], e["codigo"]) for e in execucoes()] == [("sem_dados", "sem_dados")]

    def test_empty_months_before_a_closed_one_are_shut_and_reopened_with_a_reason(self) -> None:
        cast = enter_agosto()
        close(AGOSTO)
        assert state(Competencia(2025, 7)) == "vazia"
        with pytest.raises(CompetenciaFechada):
            add_payment(cast, "1.00", date(2025, 7, 1))
        with pytest.raises(MesesPosterioresFechados):
            reopen_extrato(Competencia(2025, 7), quem=LINHA_DE_COMANDO, motivo="chegou um recibo")
        reopen_extrato(AGOSTO, quem=LINHA_DE_COMANDO, motivo="chegou um recibo")
        reopen_extrato(Competencia(2025, 7), quem=LINHA_DE_COMANDO, motivo="chegou um recibo")
        add_payment(cast, "1.00", date(2025, 7, 1))
        close(Competencia(2025, 7))
        close(AGOSTO)
        ensure_whole()

    def test_after_closing_every_way_to_change_the_month_is_refused(self) -> None:
        cast = enter_agosto()
        close(AGOSTO)
        with pytest.raises(
            CompetenciaFechada, match=r"Agosto/2025 está fechado. Lance um ajuste em .* ou peça ao dono"
        ):
            add_payment(cast, "1.00", date(2025, 8, 5))
        with pytest.raises(CompetenciaFechada), db.transaction() as session:
            register_gasto(
                session, quem=cast.quem_ana, data=date(2025, 8, 5), valor=Decimal(1), descricao="x", forma="pix",
                categoria=None,
            )  # fmt: skip

    def test_an_artist_or_the_desk_closes_nothing(self) -> None:
        cast = enter_agosto()
        for quem in (cast.quem_bia, cast.quem_caio, cast.quem_edu):
            with pytest.raises(SemPermissao):
                close(AGOSTO, quem=quem)
        assert state(AGOSTO) == "aberta"
        assert close(AGOSTO, quem=cast.quem_ana).fechado_por == cast.quem_ana.usuario_id

    def test_a_closing_without_backup_is_loud_and_says_so(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Scenario 23: EXTRATO_REQUIRE_BACKUP=false and a backup folder that cannot be written."""
        enter_agosto()
        blocked = tmp_path / "arquivo"
        blocked.write_text("não é uma pasta")
        monkeypatch.setenv("BACKUP_DIR", str(blocked))
        config.reset()
        with pytest.raises(DiscoRecusou):
            close(AGOSTO)
        assert state(AGOSTO) == "aberta"
        monkeypatch.setenv("EXTRATO_REQUIRE_BACKUP", "false")
        config.reset()
        with capture_logs() as logs:
            extrato = close(AGOSTO)
        assert extrato.backup is None
        assert extrato.selo.backup_sha256 is None
        assert "fechando_sem_backup_provado" in [e["event"] for e in logs if e["log_level"] == "warning"]


@pytest.mark.usefixtures("banco")
class TestReadiness:
    def test_the_current_month_and_the_future_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        monkeypatch.setattr(clock, "today", lambda: date(2025, 8, 31))
        with pytest.raises(
            NaoPronto, match=r"ainda não terminou. Ele pode ser fechado a partir de 01/09/2025 às 04:00"
        ):
            close(AGOSTO)
        monkeypatch.setattr(clock, "today", lambda: date(2025, 9, 1))
        assert close(AGOSTO).versao == 1

    def test_a_month_that_is_over_nowhere_is_refused_whatever_the_caller_says(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with db.transaction() as session:
            cast = make_cast(session)
            pay(session, cast, "10.00", data=clock.today(), percentual=0)
        this_month = Competencia.of(clock.today())
        monkeypatch.setattr(clock, "today", lambda: date(2099, 1, 1))
        with pytest.raises(NaoPronto) as refusal:
            close(this_month)
        assert refusal.value.codigo == "mes_nao_terminou"
        assert state(this_month) == "aberta"

    def test_an_earlier_month_with_data_comes_first(self) -> None:
        cast = enter_agosto()
        add_payment(cast, "10.00", date(2025, 9, 1))
        with pytest.raises(NaoPronto, match=r"Agosto/2025\. Feche do mais antigo") as refusal:
            close(SETEMBRO)
        assert refusal.value.codigo == "mes_anterior_aberto"
        assert execucoes()[0]["codigo"] == "mes_anterior_aberto"

    def test_a_payment_whose_share_nobody_decided_blocks_and_is_named(self, banco: Banco) -> None:
        enter_agosto()
        with banco.connect_as_superuser() as connection:
            connection.execute("update pagamentos set percentual = null where valor_centavos = 15000")
        with pytest.raises(NaoPronto, match=r"1 pagamento de R\$ 150,00 está sem comissão decidida \(nº \d+\)"):
            close(AGOSTO)

    def test_a_share_without_its_comissao_is_a_broken_link(self, banco: Banco) -> None:
        enter_agosto()
        with banco.connect_as_superuser() as connection:
            connection.execute("delete from comissoes")
        with pytest.raises(NaoPronto) as refusal:
            close(AGOSTO)
        assert refusal.value.codigo == "vinculo_quebrado"

    def test_a_comissao_that_is_not_its_share_blocks_until_it_is_made_again(self, banco: Banco) -> None:
        cast = enter_agosto()
        with banco.connect() as connection:
            connection.execute("update pagamentos set valor_centavos = 30000 where valor_centavos = 20000")
        with pytest.raises(NaoPronto, match=r"A comissão de 1 pagamento, de R\$ 60,00, não é .* \(nº \d+\)") as refusal:
            close(AGOSTO)
        assert refusal.value.codigo == "comissao_errada"
        with db.transaction() as session:
            pagamento = session.scalars(select(Pagamento).where(Pagamento.percentual == 3000)).one()
            edit_pagamento(session, pagamento.id, quem=cast.quem_ana, percentual=3000)
        assert close(AGOSTO).contagem.totais[1] == 9_000

    def test_estornos_down_to_the_last_centavo_close(self) -> None:
        """Of 20 estornos of a centavo each the last one takes back seven: that is right, and more than itself."""
        cast = enter_agosto()
        with db.transaction() as session:
            pagamento = pay(session, cast, "0.20", data=date(2025, 8, 6), percentual=3500)
            for _ in range(20):
                reverse_pagamento(
                    session, pagamento.id, quem=cast.quem_ana, data=date(2025, 8, 7), valor=Decimal("0.01")
                )
        # What was given back to the last centavo took its whole comissão along: the month's is August's own.
        assert close(AGOSTO).totais[1] == 6_000

    def test_warnings_are_told_and_block_nothing(self) -> None:
        cast = enter_agosto()
        with db.transaction() as session:
            pay(session, cast, "150.00", data=date(2025, 8, 20), artista=cast.ana, percentual=0, forma="dinheiro")
            book(session, cast, "999.00", data=date(2025, 8, 30), cliente=cast.dora)
            spend(session, cast, "7.00", data=date(2025, 7, 1), descricao="Aluguel", categoria="aluguel")
        close(Competencia(2025, 7))
        with db.transaction(read_only=True) as session:
            previa = preview_extrato(session, AGOSTO, hoje=clock.today())
        assert {a.codigo for a in previa.achados} == {
            "pagamentos_sem_cliente",
            "possiveis_duplicados",
            "sessoes_sem_pagamento",
            "gastos_habituais_ausentes",
        }
        assert previa.pronto
        assert close(AGOSTO).contagem == previa.contagem


@pytest.mark.usefixtures("banco")
class TestBackupInTheClosing:
    def test_scenario_23_an_old_backup_is_not_accepted_and_a_fresh_one_is_made(self) -> None:
        cast = enter_agosto()
        close(AGOSTO)
        reopen_extrato(AGOSTO, quem=LINHA_DE_COMANDO, motivo="vinte pagamentos")
        for _ in range(20):
            add_payment(cast, "1.00", date(2025, 8, 15))
        assert verify_backup_before_transfer(2025, 8) is False
        assert close(AGOSTO).totais[0] == 35_000 + 2_000
        assert verify_backup_before_transfer(2025, 8) is True

    def test_a_write_between_backup_and_lock_makes_one_more_backup_under_the_lock(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cast = enter_agosto()
        original = backup_service.verify_guardado
        proofs: list[Any] = []

        def prove_and_write(*args: Any, **kwargs: Any) -> Any:
            proof = original(*args, **kwargs)
            if not proofs:
                add_payment(cast, "80.00", date(2025, 8, 15))
            proofs.append(proof)
            return proof

        monkeypatch.setattr(fechamento_service, "verify_guardado", prove_and_write)
        extrato = close(AGOSTO)
        assert extrato.totais[0] == 43_000
        assert len(proofs) == 2
        assert extrato.selo.backup_sha256 == extrato.conteudo_sha256

    def test_an_edit_that_keeps_the_totals_makes_the_backup_stale_as_well(
        self, banco: Banco, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enter_agosto()
        original = backup_service.verify_guardado
        edits = iter([True])

        def prove_and_edit(*args: Any, **kwargs: Any) -> Any:
            proof = original(*args, **kwargs)
            if next(edits, False):
                with banco.connect() as connection:
                    connection.execute("update estudio.pagamentos set data = data + 1 where valor_centavos = 15000")
            return proof

        monkeypatch.setattr(fechamento_service, "verify_guardado", prove_and_edit)
        extrato = close(AGOSTO)
        assert ["2025-08-21", "pagamento", 1, 15000] in [d[:4] for d in extrato.por_dia]
        ensure_whole()

    def test_a_damaged_backup_is_kept_as_evidence_and_a_new_one_is_made(self, tmp_path: Path) -> None:
        enter_agosto()
        close(AGOSTO)
        reopen_extrato(AGOSTO, quem=LINHA_DE_COMANDO, motivo="conferir o backup")
        folder = config.get_settings().backup_dir / "2025_08"
        (sheet,) = folder.glob("backup_2025_08.*.csv")
        damaged = sheet.read_bytes().replace(b"200,00", b"900,00", 1)
        sheet.chmod(0o600)
        sheet.write_bytes(damaged)
        assert verify_backup_before_transfer(2025, 8) is False
        assert close(AGOSTO).versao == 2
        assert verify_backup_before_transfer(2025, 8) is True
        assert damaged in [file.read_bytes() for file in folder.iterdir()]

    def test_without_a_required_proof_verification_is_true_and_loud(self, monkeypatch: pytest.MonkeyPatch) -> None:
        enter_agosto()
        assert verify_backup_before_transfer(2025, 8) is False
        monkeypatch.setenv("EXTRATO_REQUIRE_BACKUP", "false")
        config.reset()
        with capture_logs() as logs:
            assert verify_backup_before_transfer(2025, 8) is True
        assert [e["log_level"] for e in logs] == ["warning"]


@pytest.mark.usefixtures("banco")
class TestSameness:
    @pytest.mark.parametrize(("size", "batches"), [("1", 713), ("7", 103), ("100", 9), ("100000", 4)])
    def test_the_size_of_the_batches_changes_no_byte_of_what_is_sealed(
        self, banco: Banco, size: str, batches: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with banco.connect() as connection:
            create_many(connection, 250, month=AGOSTO)
        with db.transaction(read_only=True) as session:
            expected = preview_extrato(session, AGOSTO, hoje=clock.today()).contagem
        assert expected.totais[7] == [250, 200, 238, 25]
        monkeypatch.setenv("BATCH_SIZE", size)
        config.reset()
        seen: list[Andamento] = []
        extrato = close(AGOSTO, watch=seen.append)
        counted = [step.lote for step in seen if step.etapa == "contagem" and step.lote]
        assert counted == list(range(1, batches + 1))
        assert extrato.contagem == expected
        assert extrato.conteudo_sha256 == expected.conteudo_sha256

    def test_locale_and_zone_of_the_server_change_no_byte(self, banco: Banco) -> None:
        enter_agosto()
        with db.connect() as connection:
            plain = contagem_service.count_in_sql(connection, AGOSTO)
        with banco.connect() as connection:
            for setting, value in (("TimeZone", "Pacific/Kiritimati"), ("DateStyle", "SQL, DMY"), ("lc_numeric", "C")):
                connection.execute("select set_config(%s, %s, false)", [setting, value])
            connection.execute("set search_path = estudio")
            assert contagem_service.count_in_sql(connection, AGOSTO) == plain


def test_the_head_of_the_chain_is_published_beside_the_backups(banco: Banco) -> None:
    enter_agosto()
    extrato = close(AGOSTO)
    heads = (config.get_settings().backup_dir / "selos.log").read_text().splitlines()
    assert [json.loads(line)["selo_sha256"] for line in heads] == [extrato.selo.selo_sha256]
    cheat(
        banco,
        "delete from extrato_nomes; delete from extratos; delete from selos;"
        "update competencias set estado = 'aberta' where mes = '2025-08-01'",
    )
    with db.transaction(read_only=True) as session:
        found = [str(d) for d in verify_cadeia(session)]
    assert found == ["selos.log, elo 1 (2025-08): foi publicado e não está na cadeia"]


def test_names_as_they_stood_are_kept_beside_the_seal(banco: Banco) -> None:
    """Fault 30: master data renamed after closing."""
    enter_agosto()
    close(AGOSTO)
    with banco.connect() as connection:
        connection.execute("update estudio.artistas set nome = 'Beatriz' where nome = 'Bia'")
        connection.execute("update estudio.formas set rotulo = 'PIX!' where codigo = 'pix'")
    with db.transaction(read_only=True) as session:
        described = describe_extrato(session, get_extrato(session, AGOSTO))
    assert [a["artista"] for a in described["totais"]["por_artista"]] == ["Ana", "Bia"]
    assert [f["forma"] for f in described["totais"]["por_forma_pagamento"]] == ["Dinheiro", "Pix"]
    ensure_whole()


@pytest.mark.usefixtures("banco")
def test_nothing_stands_for_an_open_month() -> None:
    with db.transaction(read_only=True) as session:
        assert find_vigente(session, AGOSTO) is None
        with pytest.raises(Refusal):
            get_extrato(session, AGOSTO)


def test_who_acts_is_in_the_audit_and_in_the_outbox(banco: Banco) -> None:
    cast = enter_agosto()
    close(AGOSTO, quem=Quem(cast.quem_ana.usuario_id, "dono", "web"))
    reopen_extrato(AGOSTO, quem=cast.quem_ana, motivo="faltou um recibo")
    with banco.connect() as connection:
        trail = connection.execute(
            "select acao, quem, origem, motivo from estudio.auditoria where tabela = 'competencias' order by id"
        ).fetchall()
        outbox = connection.execute("select tipo, estado from estudio.avisos order by id").fetchall()
    ana = cast.quem_ana.usuario_id
    assert trail == [("fechado", ana, "web", None), ("reaberto", ana, "teste", "faltou um recibo")]
    assert outbox == [("extrato_fechado", "pendente"), ("extrato_reaberto", "pendente")]


def test_backup_proof_is_refused_when_the_rows_say_something_else(banco: Banco) -> None:
    enter_agosto()
    close(AGOSTO)
    cheat(banco, "update pagamentos set valor_centavos = 15001 where valor_centavos = 15000")
    with capture_logs() as logs:
        assert verify_backup_before_transfer(2025, 8) is False
    assert "os registros mudaram depois dele (dia 2025-08-20, pagamento)" in logs[-1]["motivo"]
    with db.transaction(read_only=True) as session:
        found = [str(d) for d in verify_cadeia(session)]
    assert found == [
        "extrato Agosto/2025: dia 2025-08-20, pagamento: diferença de 1 centavos (agora, selado: [15001, 15000])"
    ]


def test_no_month_is_closed_upon_a_broken_chain(banco: Banco) -> None:
    cast = enter_agosto()
    close(AGOSTO)
    add_payment(cast, "10.00", date(2025, 9, 1))
    cheat(banco, "update selos set em = '2025-09-01T00:00:00.000000Z'")
    with pytest.raises(IntegrityBroken, match="os dados do elo não dão o seu selo"):
        close(SETEMBRO)
    assert state(SETEMBRO) == "aberta"
    assert execucoes()[0]["codigo"] == "prontidao"


def test_a_line_of_the_published_heads_that_a_crash_cut_is_written_again() -> None:
    heads = config.get_settings().backup_dir / "selos.log"
    heads.parent.mkdir(parents=True)
    heads.write_text('{"seq": 1, "tipo": "fecha')
    assert read_heads(heads) == []


@pytest.mark.usefixtures("banco")
def test_a_full_disk_leaves_no_half_of_a_published_head(monkeypatch: pytest.MonkeyPatch) -> None:
    enter_agosto()
    heads = config.get_settings().backup_dir / "selos.log"
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def publish_on_a_full_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        try:
            publish_heads()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))

    monkeypatch.setattr(fechamento_service, "publish_heads", publish_on_a_full_disk)
    with capture_logs() as logs:
        assert close(AGOSTO).versao == 1
    assert [e["event"] for e in logs if e["log_level"] == "warning"] == ["selos_log_nao_gravado"]
    assert read_heads(heads) == []
    assert close(AGOSTO).versao == 1
    assert [head["seq"] for head in read_heads(heads)] == [1]


@pytest.mark.usefixtures("banco")
def test_a_torn_line_spoils_no_later_one() -> None:
    cast = enter_agosto()
    close(AGOSTO)
    heads = config.get_settings().backup_dir / "selos.log"
    heads.write_text(heads.read_text()[:40])
    add_payment(cast, "10.00", date(2025, 9, 1))
    close(SETEMBRO)
    assert [head["seq"] for head in read_heads(heads)] == [1, 2]
    ensure_whole()


def _list_everything(banco: Banco) -> list[Any]:
    """Every row with the transaction that wrote it, and every file of the backups."""
    with banco.connect_as_superuser() as connection:
        names = connection.execute("select tablename from pg_tables where schemaname = 'estudio'")
        query = sql.SQL("select md5(string_agg(t.xmin::text || t::text, ',' order by t::text)) from {} t")
        tables = {
            name: connection.execute(query.format(sql.Identifier("estudio", name))).fetchone()
            for (name,) in names.fetchall()
        }
    files = sorted(config.get_settings().backup_dir.rglob("*"))
    return [tables, [(file, file.stat().st_mtime_ns) for file in files]]
