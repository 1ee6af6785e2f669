"""A month closed in the browser: checked, closed by a press, watched, reopened for a reason, compared, sealed."""

import re
import threading
import time
from collections.abc import Callable, Generator
from typing import NoReturn

import pytest
from cast import DIA, Cast, pay, shut, spend
from conftest import Banco
from flask import Flask
from sqlalchemy import text
from web.conftest import ENDERECO, Browser, hidden_fields, read

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.domain.extrato import get_estado, get_extrato
from estudio.services.cadeia_service import publish_heads
from estudio.services.execucao_service import open_execucao
from estudio.services.extrato_service import reopen_extrato

OUTUBRO = Competencia(2026, 10)
MES = f"/extratos/{OUTUBRO.slug}"


@pytest.fixture
def outubro(cast: Cast) -> Cast:
    """October 2026, over and ready: 350,00 received, 80,00 spent."""
    with db.transaction() as session:
        pay(session, cast, "200.00", data=DIA)
        pay(session, cast, "150.00", data=DIA, artista=cast.ana)
        spend(session, cast, "80.00", data=DIA)
    return cast


def press(browser: Browser, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
    """Send the form of a page; the status and where it leads."""
    response = browser.post(path, fields, seen="/conta")
    return response.status_code, response.location or ""


def wait_until_over(browser: Browser) -> str:
    """The page of the attempt when there is nothing more to watch."""
    deadline = time.monotonic() + 60
    while "data-fim" not in (page := browser.get(f"{MES}/fechamento").get_data(as_text=True)):
        assert time.monotonic() < deadline, page
        time.sleep(0.05)
    return page


def press_fechar(browser: Browser) -> tuple[int, str]:
    """Press *Fechar* as Conferir shows it; where there is no such button, as if there were one."""
    page = browser.get(f"{MES}/conferencia").get_data(as_text=True)
    return press(browser, f"{MES}/fechamento", {"visto": page.rpartition("<code>")[2][:64]})


def close(browser: Browser) -> str:
    """Press *Fechar*, and wait for what becomes of it."""
    assert press_fechar(browser)[0] == 303
    return wait_until_over(browser)


def find_volta(page: str) -> str:
    """Where a form of the page leads back to."""
    return page.partition("<main")[2].partition('name="volta" value="')[2].partition('"')[0]


def find_numero() -> int:
    """The number of the newest attempt."""
    with db.transaction(read_only=True) as session:
        return int(session.scalars(text("select max(id) from estudio.execucoes")).one())


def read_estado() -> str:
    with db.transaction(read_only=True) as session:
        return get_estado(session, OUTUBRO)


@pytest.mark.usefixtures("outubro")
def test_a_ready_month_is_closed_by_a_press_with_a_proven_backup_in_the_name_of_who_pressed(
    log_in: Callable[[str], Browser],
) -> None:
    browser = log_in("dono")
    assert f'href="{MES}/conferencia"' in browser.get("/").get_data(as_text=True)
    page = browser.get(f"{MES}/conferencia").get_data(as_text=True)
    assert "Fechar outubro de 2026" in page
    assert "R$ 350,00" in page
    assert press_fechar(browser) == (303, f"{MES}/fechamento?execucao={find_numero()}")
    over = wait_until_over(browser)
    assert "Fechamento: fechado" in over
    assert "por Ana" in over
    shown = browser.get(MES).get_data(as_text=True)
    assert "provado antes de fechar" in shown
    assert "Fechamento: fechado" in shown
    with db.transaction(read_only=True) as session:
        extrato = get_extrato(session, OUTUBRO)
        assert extrato.totais[0] == 35_000
        autor = session.scalar(text("select nome from estudio.usuarios where id = :id"), {"id": extrato.fechado_por})
        assert autor == "Ana"
        counted = session.execute(
            text("select registros, detalhe from estudio.execucao_passos where etapa = 'contagem'")
        ).one()
    # Two payments, Bia's commission and a gasto: a batch of each kind.
    assert (counted.registros, counted.detalhe) == (4, "3")
    assert f'href="{MES}/conferencia"' not in browser.get("/").get_data(as_text=True)


@pytest.mark.usefixtures("outubro")
def test_closing_what_is_closed_says_so_and_makes_no_second_version(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    close(browser)
    assert press_fechar(browser) == (303, MES)
    assert "já está fechado" in browser.get(MES).get_data(as_text=True)
    with db.transaction(read_only=True) as session:
        assert get_extrato(session, OUTUBRO).versao == 1


@pytest.mark.usefixtures("app")
def test_what_stands_in_the_way_is_told_with_a_link_that_comes_back(
    log_in: Callable[[str], Browser], outubro: Cast, banco: Banco
) -> None:
    with banco.connect_as_superuser() as behind:
        # As an import of version 4 can leave it: nobody decided.
        behind.execute("set session_replication_role = replica")
        behind.execute("delete from comissoes where pagamento_id = 1")
        behind.execute("update pagamentos set percentual = null where id = 1")
    browser = log_in("dono")
    page = browser.get(f"{MES}/conferencia").get_data(as_text=True)
    assert "Impede:" in read(browser.get(f"{MES}/conferencia"))
    assert "Fechar outubro de 2026" not in page
    edit = f"/pagamentos/1/edit?volta={MES}/conferencia"
    assert f'href="{edit}"' in page
    press_fechar(browser)
    assert "recusado, nada mudou" in wait_until_over(browser)
    assert read_estado() == "aberta"
    form = browser.get(edit).get_data(as_text=True)
    fields = hidden_fields(form) | {
        "dia": DIA.isoformat(),
        "artista_id": str(outubro.bia.id),
        "valor": "200,00",
        "forma": "pix",
        "percentual": "40",
        "versao": form.partition('name="versao"')[2].partition('value="')[2].partition('"')[0],
    }
    fields["volta"] = find_volta(form)
    # A mistake in between does not lose the way, with scripts or without.
    wrong = browser.send("/pagamentos/1", fields | {"valor": "abc"}, headers={"Referer": ENDERECO + edit})
    assert wrong.status_code == 422
    assert find_volta(wrong.get_data(as_text=True)) == fields["volta"]
    saved = browser.send("/pagamentos/1", fields, headers={"Referer": f"{ENDERECO}/pagamentos/1"})
    assert (saved.status_code, saved.location) == (303, f"{MES}/conferencia"), read(saved)
    assert "Impede:" not in read(browser.get(f"{MES}/conferencia"))


@pytest.mark.usefixtures("outubro")
def test_a_form_comes_back_only_to_a_page_of_the_studio(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    fields = hidden_fields(browser.get("/gastos").get_data(as_text=True))
    fields |= {"dia": DIA.isoformat(), "valor": "1", "descricao": "x", "forma": "pix", "categoria": "material"}
    for volta in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        sent = browser.send("/gastos", fields | {"volta": volta}, headers={"Referer": f"{ENDERECO}/gastos"})
        assert sent.status_code == 303, read(sent)
        assert "evil" not in sent.location


@pytest.mark.usefixtures("outubro")
def test_a_month_that_is_not_over_or_has_nothing_is_told_so(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    assert "Não há pagamento nem gasto" in read(browser.get("/extratos/2026-08/conferencia"))
    assert "ainda não terminou" in read(browser.get("/extratos/2099-01/conferencia"))
    assert browser.get("/extratos/2026-13/conferencia").status_code == 422


@pytest.mark.usefixtures("outubro")
def test_a_second_press_joins_the_attempt_that_runs(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("dono")
    with open_execucao("fechamento", OUTUBRO, quem=cast.quem_ana) as running:
        running.step("backup")
        assert press_fechar(browser) == (303, f"{MES}/fechamento?execucao={running.id}")
        page = browser.get(f"{MES}/fechamento?execucao={running.id}").get_data(as_text=True)
        assert "Fechamento: fazendo o backup" in page
        assert "<progress" in page
        # Another month cannot be closed meanwhile, and says why.
        other = browser.post("/extratos/2026-09/fechamento", {"visto": "0" * 64}, seen="/conta")
        assert other.status_code == 422
        assert "em andamento" in read(other)
        running.finish("recusado", codigo="teste", mensagem="Chega.")
    assert "Chega." in wait_until_over(browser)


@pytest.mark.usefixtures("outubro")
def test_an_attempt_whose_process_is_gone_is_not_called_running(
    log_in: Callable[[str], Browser], banco: Banco, cast: Cast
) -> None:
    with banco.connect_as_superuser() as behind:
        behind.execute(
            "insert into execucoes (run_id, acao, mes, origem, quem, maquina, pid, etapa)"
            " values (gen_random_uuid(), 'fechamento', %s, 'web', %s, 'x', 1, 'backup')",
            [OUTUBRO.first_day, cast.quem_ana.usuario_id],
        )
    browser = log_in("dono")
    page = read(browser.get(f"{MES}/fechamento"))
    assert "parou sem dizer como terminou" in page
    assert "fazendo o backup" in page
    close(browser)
    assert read_estado() == "fechada"


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Generator[threading.Event, None, None]:
    """Closings stop before they publish what they sealed, until the event is set: the world outside is slow."""
    go = threading.Event()

    def slow() -> None:
        go.wait(30)
        publish_heads()

    monkeypatch.setattr("estudio.services.fechamento_service.publish_heads", slow)
    yield go
    go.set()


@pytest.mark.usefixtures("outubro")
def test_the_progress_comes_as_a_stream_of_events_until_it_is_over(
    log_in: Callable[[str], Browser], held: threading.Event
) -> None:
    browser = log_in("dono")
    press_fechar(browser)
    response = browser.get(f"{MES}/andamento", headers={"Accept": "text/event-stream"}, buffered=False)
    assert response.content_type == "text/event-stream"
    assert response.headers["X-Accel-Buffering"] == "no"
    events = response.iter_encoded()
    told = next(events).decode()
    assert told.startswith("data: ")
    assert "<progress" in told
    held.set()
    rest = b"".join(events).decode()
    assert "data-fim" in rest
    response.close()


@pytest.mark.usefixtures("outubro")
def test_streams_are_few_and_whoever_finds_none_free_asks_for_the_piece(
    log_in: Callable[[str], Browser], held: threading.Event
) -> None:
    browser = log_in("dono")
    press_fechar(browser)
    fluxo = {"Accept": "text/event-stream"}
    open_ones = [browser.get(f"{MES}/andamento", headers=fluxo, buffered=False) for _ in range(3)]
    streams = [each.iter_encoded() for each in open_ones]
    assert all(next(stream).startswith(b"data: ") for stream in streams[:2])
    # Whoever was looked after while there was a place, and came too late to it.
    assert list(streams[2]) == []
    assert browser.get(f"{MES}/andamento", headers=fluxo).status_code == 204
    piece = browser.get(f"{MES}/andamento", headers={"X-Olhada": "1"})
    assert "<progress" in piece.get_data(as_text=True)
    for each in open_ones:
        each.close()
    again = browser.get(f"{MES}/andamento", headers=fluxo, buffered=False)
    assert again.status_code == 200
    again.close()
    held.set()


@pytest.mark.usefixtures("outubro")
def test_a_stream_that_never_begins_keeps_no_place(
    app: Flask, log_in: Callable[[str], Browser], held: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = log_in("dono")
    press_fechar(browser)
    fluxo = {"Accept": "text/event-stream"}

    def fail(_response: object) -> NoReturn:
        raise RuntimeError("a hook after the view")

    with monkeypatch.context() as broken:
        broken.setitem(app.after_request_funcs, "andamentos", [fail])
        broken.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
        broken.setattr(app, "testing", False)
        for _ in range(3):
            assert browser.get(f"{MES}/andamento", headers=fluxo, buffered=False).status_code == 500
    # Gone before the first event.
    for _ in range(3):
        browser.get(f"{MES}/andamento", headers=fluxo, buffered=False).close()
    open_ones = [browser.get(f"{MES}/andamento", headers=fluxo, buffered=False) for _ in range(2)]
    for each in open_ones:
        assert next(each.iter_encoded()).startswith(b"data: ")
        each.close()
    held.set()


@pytest.mark.usefixtures("outubro")
def test_a_closed_month_is_reopened_for_a_reason_closed_again_and_compared(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    browser = log_in("dono")
    # An open month is neither opened nor sealed: its page says where it stands.
    for deed in ("reabertura", "selagem"):
        assert browser.get(f"{MES}/{deed}").headers["Location"] == f"{MES}/conferencia"
    close(browser)
    for short in ("", "  ", "ok"):
        refused = browser.post(f"{MES}/reabertura", {"motivo": short}, seen="/conta")
        assert refused.status_code == 422
        assert 'id="motivo-erro"' in refused.get_data(as_text=True), short
    assert read_estado() == "fechada"
    sent = {"motivo": "Pagamento de 28 <lançado> depois"}
    assert press(browser, f"{MES}/reabertura", sent) == (303, f"{MES}/conferencia")
    assert read_estado() == "aberta"
    # Sent twice it is one deed.
    assert press(browser, f"{MES}/reabertura", sent) == (303, f"{MES}/conferencia")
    with db.transaction() as session:
        pay(session, cast, "50.00", data=DIA)
    close(browser)
    page = browser.get(MES).get_data(as_text=True)
    assert "Pagamento de 28 &lt;lançado&gt; depois" in page
    compared = read(browser.get(f"{MES}/versoes?de=1&para=2"))
    assert "R$ 350,00 R$ 400,00 R$ 50,00" in compared
    assert re.search(r"15/10/2026 · Pagamentos 2 → 3 linhas 2 3 R\$ 50,00", compared), compared
    assert read(browser.get(f"{MES}/versoes")) == compared
    assert "mesmo conteúdo" in read(browser.get(f"{MES}/versoes?de=2&para=2"))
    for wrong in ("?de=x", "?de=9", "?de=-1"):
        assert browser.get(f"{MES}/versoes{wrong}").status_code == 404, wrong


@pytest.mark.usefixtures("outubro")
def test_closing_reopening_and_closing_again_unchanged_leaves_the_same_content(
    log_in: Callable[[str], Browser],
) -> None:
    browser = log_in("dono")
    for _ in range(2):
        close(browser)
        press(browser, f"{MES}/reabertura", {"motivo": "de novo"})
    with db.transaction(read_only=True) as session:
        found = session.execute(text("select versao, conteudo_sha256 from estudio.extratos order by versao")).all()
    assert [versao for versao, _ in found] == [1, 2]
    assert found[0].conteudo_sha256 == found[1].conteudo_sha256


@pytest.mark.usefixtures("outubro")
def test_an_older_month_is_not_reopened_before_the_newer_ones(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "10.00", data=DIA.replace(month=9))
    for mes in ("2026-09", "2026-10"):
        with db.transaction() as session:
            shut(session, mes)
    browser = log_in("dono")
    refused = browser.post("/extratos/2026-09/reabertura", {"motivo": "faltou um"}, seen="/conta")
    assert refused.status_code == 422
    assert "Outubro/2026" in refused.get_data(as_text=True), read(refused)
    assert 'value="faltou um"' in refused.get_data(as_text=True)


@pytest.mark.usefixtures("outubro")
def test_a_month_is_sealed_by_typing_its_name_and_never_opens_again(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("dono")
    close(browser)
    for typed in ("", "outubro", "2026-09"):
        assert press(browser, f"{MES}/selagem", {"confirmacao": typed})[0] == 422, typed
    assert read_estado() == "fechada"
    assert press(browser, f"{MES}/selagem", {"confirmacao": " Outubro  de 2026"}) == (303, MES)
    assert read_estado() == "selada"
    assert press(browser, f"{MES}/selagem", {"confirmacao": "2026-10"}) == (303, MES)
    page = browser.get(MES).get_data(as_text=True)
    assert f"{MES}/reabertura" not in page
    refused = browser.post(f"{MES}/reabertura", {"motivo": "x"}, seen="/conta")
    assert refused.status_code == 409
    assert read_estado() == "selada"


@pytest.mark.usefixtures("outubro")
def test_the_contador_checks_and_reads_and_closes_nothing(log_in: Callable[[str], Browser]) -> None:
    browser = log_in("contador")
    page = browser.get(f"{MES}/conferencia").get_data(as_text=True)
    assert "R$ 350,00" in page
    assert "Fechar outubro de 2026" not in page
    fields = {"motivo": "x", "confirmacao": "2026-10", "visto": "0" * 64}
    for path in ("fechamento", "reabertura", "selagem"):
        assert press(browser, f"{MES}/{path}", fields)[0] == 403, path
    assert read_estado() == "aberta"


@pytest.mark.usefixtures("outubro")
def test_a_closed_month_is_checked_too_and_says_that_it_is_closed(log_in: Callable[[str], Browser]) -> None:
    with db.transaction() as session:
        shut(session, OUTUBRO.slug)
    response = log_in("dono").get(f"{MES}/conferencia")
    page = read(response)
    assert "O mês já está fechado." in page
    assert "R$ 350,00" in page
    assert f'href="{MES}/reabertura"' in response.get_data(as_text=True)
    assert "/reabertura" not in log_in("contador").get(f"{MES}/conferencia").get_data(as_text=True)


@pytest.mark.usefixtures("outubro")
def test_what_was_entered_after_conferir_is_not_closed_unseen(log_in: Callable[[str], Browser], cast: Cast) -> None:
    browser = log_in("dono")
    seen = browser.get(f"{MES}/conferencia").get_data(as_text=True)
    fields = {"visto": hidden_fields(seen)["visto"]}
    with db.transaction() as session:
        pay(session, cast, "70.00", data=DIA)
    assert press(browser, f"{MES}/fechamento", fields)[0] == 303
    over = wait_until_over(browser)
    assert "recusado, nada mudou" in over
    assert "Outubro/2026 mudou depois que você conferiu" in over
    assert read_estado() == "aberta"
    with db.transaction(read_only=True) as session:
        assert session.scalar(text("select count(*) from estudio.extratos")) == 0
        assert session.scalar(text("select count(*) from estudio.avisos where tipo <> 'entrada_nova'")) == 0
    # What happened is found again from where one looks next, and from Início.
    link = f'href="{MES}/fechamento?execucao={find_numero()}"'
    assert link in browser.get(f"{MES}/conferencia").get_data(as_text=True)
    assert f'href="{MES}/fechamento"' in browser.get("/").get_data(as_text=True)
    assert "fechado" in close(browser)
    assert "Ver o que houve" not in browser.get("/").get_data(as_text=True)
    for nonsense in ({}, {"visto": ""}, {"visto": "x" * 64}, {"visto": "0" * 10_000}):
        assert press(browser, f"{MES}/fechamento", nonsense)[0] == 400, nonsense


@pytest.mark.usefixtures("outubro")
def test_an_empty_month_is_opened_again_from_where_one_looks_for_it(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    with db.transaction() as session:
        pay(session, cast, "10.00", data=DIA.replace(month=8))
    for mes in ("2026-08", "2026-10"):
        with db.transaction() as session:
            shut(session, mes)
    reopen_extrato(OUTUBRO, quem=cast.quem_ana, motivo="faltou um")
    browser = log_in("dono")
    assert browser.get("/extratos/2026-09").location == "/extratos/2026-09/conferencia"
    page = browser.get("/extratos/2026-09/conferencia").get_data(as_text=True)
    assert "Ver linha por linha" not in page
    assert 'href="/extratos/2026-09/reabertura"' in page
    assert "ficou vazio" in read(browser.get("/extratos/2026-09/reabertura"))
    sent = press(browser, "/extratos/2026-09/reabertura", {"motivo": "faltou um"})
    assert sent == (303, "/extratos/2026-09/conferencia")
    with db.transaction() as session:
        pay(session, cast, "20.00", data=DIA.replace(month=9))


@pytest.mark.usefixtures("outubro")
def test_the_versions_and_attempts_of_a_month_that_was_reopened_are_found_from_conferir(
    log_in: Callable[[str], Browser], cast: Cast
) -> None:
    browser = log_in("dono")
    close(browser)
    press(browser, f"{MES}/reabertura", {"motivo": "faltou um"})
    page = browser.get(f"{MES}/conferencia").get_data(as_text=True)
    assert f'href="{MES}?versao=1"' in page
    assert "Reabertura: reaberto" in page
    with open_execucao("fechamento", OUTUBRO, quem=cast.quem_ana) as running:
        assert "Fechamento: em andamento" in browser.get(f"{MES}/conferencia").get_data(as_text=True)
        running.finish("recusado", codigo="teste", mensagem="Chega.")


@pytest.mark.usefixtures("outubro")
def test_the_contador_is_shown_no_door_that_is_shut(log_in: Callable[[str], Browser], cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "30.00", data=DIA, cliente=None)
    for papel, offered in (("dono", True), ("contador", False)):
        page = log_in(papel).get(f"{MES}/conferencia").get_data(as_text=True)
        assert "sem cliente" in page
        assert ("/pagamentos/" in page.partition("<main")[2]) is offered, papel
