"""What programs ask that watch: alive, able to work, month closed and proven, and the metrics in Prometheus' form."""

import re
from collections.abc import Generator
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from cast import DIA, Cast, pay, shut
from conftest import Banco
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from estudio import clock, config, db
from estudio.domain.competencia import Competencia
from estudio.services.backup_service import create_backup, verify_guardado
from estudio.services.doctor_laudo import Situacao
from estudio.services.doctor_meses import check_fechamento_atrasado
from estudio.services.execucao_service import open_execucao
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction, reopen_extrato
from estudio.services.mes_devido import find_deadline

OUTUBRO = Competencia.of(DIA)
LONGE = {"REMOTE_ADDR": "203.0.113.9"}
VIGIADAS = ("/metrics", "/health/extrato")


@pytest.fixture
def vigia(app: Flask) -> Generator[FlaskClient, None, None]:
    """A program on this machine that watches; it has no cookie."""
    with app.test_client() as client:
        yield client


def read_metrics(client: FlaskClient) -> dict[tuple[str, ...], Decimal]:
    """Name and the values of its labels → value."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {
        (sample.name, *sample.labels.values()): Decimal(str(sample.value))
        for family in families
        for sample in family.samples
    }


def read_saude(client: FlaskClient) -> tuple[int, dict[str, object]]:
    answer = client.get("/health/extrato")
    assert answer.json is not None
    return answer.status_code, answer.json


@pytest.mark.usefixtures("cast")
def test_whoever_comes_hears_that_it_lives_and_whether_it_can_work(vigia: FlaskClient) -> None:
    assert vigia.get("/ready").json == {"situacao": "pronto", "banco": True, "faltam": []}
    for path, said in (
        ("/health", {"situacao": "vivo"}),
        ("/ready", {"situacao": "pronto"}),
    ):
        answer = vigia.get(path, environ_base=LONGE)
        assert (answer.status_code, answer.json) == (200, said)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers


def test_it_lives_and_cannot_work_where_tables_are_missing(vigia: FlaskClient, banco: Banco) -> None:
    with banco.connect_as_superuser() as behind:
        behind.execute("update estudio.alembic_version set version_num = '0015'")
    answer = vigia.get("/ready")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["faltam"][0].startswith("0016")
    assert vigia.get("/health").status_code == 200


def test_it_lives_and_cannot_work_without_its_database(vigia: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://estudio_app@127.0.0.1:1/nenhum")
    config.reset()
    db.reset()
    answer = vigia.get("/ready")
    assert (answer.status_code, answer.json) == (503, {"situacao": "despreparado", "banco": False, "faltam": []})
    assert vigia.get("/health").status_code == 200


@pytest.mark.usefixtures("cast")
def test_what_tells_months_is_for_this_machine_or_for_who_knows_the_token(
    vigia: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in VIGIADAS:
        assert vigia.get(path).status_code == 200
        assert vigia.get(path, environ_base=LONGE).status_code == 404
        # What a proxy brings from far away comes over loopback too: it tells of itself, or hands on the studio's name.
        for told in ("X-Forwarded-For", "X-Forwarded-Proto", "Via", "CF-Connecting-IP"):
            assert vigia.get(path, headers={told: "203.0.113.9"}).status_code == 404
        vigia.application.config["TRUSTED_HOSTS"].append("estudio.example")
        assert vigia.get(path, base_url="https://estudio.example").status_code == 404
        assert vigia.get(path, base_url="http://127.0.0.1:8000").status_code == 200
    monkeypatch.setenv("METRICS_TOKEN", "palavra-de-passe-do-prometheus")
    config.reset()
    right = {"Authorization": "Bearer palavra-de-passe-do-prometheus"}
    for path in VIGIADAS:
        assert vigia.get(path, environ_base=LONGE, headers=right).status_code == 200
        assert vigia.get(path).status_code == 404
        for wrong in ("Bearer ", "Bearer palavra", "Basic palavra-de-passe-do-prometheus", "Bearer ação"):
            assert (
                vigia.get(path, headers={"Authorization": wrong.encode("utf-8").decode("latin-1")}).status_code == 404
            )


def test_a_month_that_is_late_is_told_and_so_is_one_that_was_closed_without_proof(
    vigia: FlaskClient, cast: Cast
) -> None:
    with db.transaction() as session:
        pay(session, cast, "100.00", data=DIA)
    with db.transaction(read_only=True) as session:
        deadline = find_deadline(session, OUTUBRO)
    with time_machine.travel(deadline - timedelta(minutes=1), tick=False):
        status, said = read_saude(vigia)
        assert (status, said["situacao"], said["espera"], said["ultimo_fechado"]) == (200, "ok", "2026-10", None)
    with time_machine.travel(deadline + timedelta(minutes=1), tick=False):
        status, said = read_saude(vigia)
        assert (status, said["situacao"], said["atrasado"]) == (503, "atrasado", True)
        assert read_metrics(vigia)["estudio_closing_late",] == 1
    with db.transaction() as session:
        shut(session, OUTUBRO.slug)
    status, said = read_saude(vigia)
    assert (status, said["situacao"], said["com_backup"]) == (503, "sem_prova", False)
    assert read_metrics(vigia)["estudio_last_month_proven",] == 0


def test_a_month_that_was_reopened_to_be_corrected_is_not_late_before_the_schedule_comes_again(
    vigia: FlaskClient, cast: Cast
) -> None:
    with db.transaction() as session:
        pay(session, cast, "100.00", data=date(2026, 8, 3))
    generate_extrato_with_atomic_transaction(8, 2026, quem=cast.quem_ana)
    reopen_extrato(Competencia(2026, 8), quem=cast.quem_ana, motivo="lançar o que faltou")
    assert read_saude(vigia)[1]["situacao"] == "ok"
    situacao, said = check_fechamento_atrasado()
    assert situacao == Situacao.OK, said


def test_a_schedule_that_never_comes_is_late_at_once(
    vigia: FlaskClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.transaction() as session:
        pay(session, cast, "100.00", data=DIA)
    monkeypatch.setenv("CRON_SCHEDULE", "0 5 30 2 *")
    config.reset()
    assert read_saude(vigia)[1]["situacao"] == "atrasado"


def test_what_was_done_is_counted_and_its_instants_told(vigia: FlaskClient, cast: Cast) -> None:
    before = read_metrics(vigia)
    assert ("estudio_last_closing_timestamp_seconds",) not in before
    assert before["estudio_chain_links",] == 0
    with db.transaction() as session:
        pay(session, cast, "100.00", data=DIA)
    begun = int(clock.now().timestamp())
    generate_extrato_with_atomic_transaction(OUTUBRO.mes, OUTUBRO.ano, quem=cast.quem_ana)
    status, said = read_saude(vigia)
    assert (status, said["ultimo_fechado"], said["com_backup"]) == (200, "2026-10", True)
    assert said["provado_em"]
    found = read_metrics(vigia)
    assert found["estudio_transitions_total", "fechamento", "fechado"] == 1
    assert found["estudio_chain_links",] == 1
    assert found["estudio_alerts_pending",] == 1
    assert found["estudio_months", "fechada"] == 1
    assert found["estudio_months_since_last_closed",] == (clock.today().year - 2026) * 12 + clock.today().month - 10
    assert found["estudio_last_closing_timestamp_seconds",] >= begun
    assert found["estudio_last_month_backup_verified_timestamp_seconds",] >= begun
    assert 0 < found["estudio_last_closing_duration_seconds",] < 600
    assert found["estudio_transitions_running",] == 0
    for pasta in ("dados", "backups", "registro"):
        assert 0 < found["estudio_disk_free_bytes", pasta] <= found["estudio_disk_size_bytes", pasta]
    with open_execucao("reabertura", OUTUBRO, quem=cast.quem_ana) as running:
        assert read_metrics(vigia)["estudio_transitions_running",] == 1
        running.finish("recusado", codigo="teste", mensagem="Chega.")
    assert read_metrics(vigia)["estudio_transitions_total", "reabertura", "recusado"] == 1


def test_nobodys_name_and_no_amount_is_among_the_metrics(vigia: FlaskClient, cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "7654.32", data=DIA, observacoes="confidencia da cliente")
    verify_guardado(create_backup(OUTUBRO))
    said = vigia.get("/metrics").get_data(as_text=True)
    # Seconds have any digits.
    said = re.sub(r"(?m)^estudio_http_request_duration_seconds_sum.*$", "", said)
    for private in (cast.bia.nome, cast.dora.nome, "confidencia", "7654", "765432", "ana@"):
        assert private not in said


def test_requests_are_counted_by_the_pattern_of_their_address(vigia: FlaskClient, cast: Cast) -> None:
    name = "estudio_http_request_duration_seconds_count"
    ficha, estranho = (name, "3xx", "GET", "/clientes/<id:cliente_id>"), (name, "4xx", "outra", "outra")
    before = read_metrics(vigia)
    for number in (cast.bia.id, 987_654):
        assert vigia.get(f"/clientes/{number}?q=confidencia").status_code == 303
    for path in ("/confidencia", "/wp-login.php"):
        vigia.open(path, method="ESPIA")
    found = read_metrics(vigia)
    assert found[ficha] - before.get(ficha, 0) == 2
    assert found[estranho] - before.get(estranho, 0) == 2
    # The first look, counted when it was over.
    assert found[name, "2xx", "GET", "/metrics"] >= 1
    addresses = {words[3] for words in found if words[0] == name}
    assert not [each for each in addresses if re.search(r"[0-9]{4}|confidencia|wp-", each)]
