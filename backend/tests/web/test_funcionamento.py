"""Funcionamento: what is not in order is said in words, the most urgent first; few statements however much was run."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from agosto import AGOSTO, close, enter_agosto
from cast import Cast, pay
from sqlalchemy import text
from web.conftest import Browser, record_statements

from estudio import clock, config, db
from estudio.domain.rotina import Desfecho
from estudio.domain.usuario import LINHA_DE_COMANDO, Quem
from estudio.services.backup_registro import record_drill
from estudio.services.funcionamento_consulta import describe_funcionamento
from estudio.services.rodada_service import finish_rodada, open_rodada
from estudio.services.rotinas import get_rotina, work_rotina

PAGE = "/funcionamento"


RODADAS = """
    insert into estudio.rodadas (rotina, alvo, run_id, maquina, pid, iniciada_em, terminada_em, desfecho)
    select (array['vigia', 'backup', 'documentos'])[1 + n % 3],
           case n % 3 when 2 then to_char(date '2020-01-01' + n, 'YYYY-MM') else '' end,
           gen_random_uuid(), 'x', 1, now() - n * interval '1 hour', now(), 'feita'
    from generate_series(:quantas, 1, -1) n"""
EXECUCOES = """
    insert into estudio.execucoes (run_id, acao, mes, origem, maquina, pid, etapa, desfecho, terminada_em)
    select gen_random_uuid(), 'fechamento', date '2024-01-01', 'cli', 'x', 1, 'selo', 'falhou', now()
    from generate_series(1, :quantas)"""


def work(nome: str, desfecho: Desfecho = Desfecho.FEITA, mensagem: str | None = None) -> None:
    number = open_rodada(get_rotina(nome), "", run_id=uuid4(), tarefa_id=None)
    finish_rodada(number, desfecho, codigo="disco" if mensagem else None, mensagem=mensagem)


def look(browser: Browser, lingua: str = "pt-BR") -> str:
    answer = browser.get(PAGE, headers={"Accept-Language": lingua})
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def read_state(page: str) -> str:
    return page.partition('id="v-estado"')[2].partition("</section>")[0]


def enter(cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "100.00", data=clock.today(), percentual=0)


def take_worker() -> None:
    """A worker gave a sign a moment ago."""
    with db.connect() as connection:
        connection.execute("select tarefas.procrastinate_register_worker_v1()")


def describe(quem: Quem) -> dict[str, Any]:
    with db.transaction(read_only=True) as session:
        return describe_funcionamento(session, clock.now(), quem=quem)


@pytest.mark.usefixtures("banco")
def test_a_studio_on_its_first_day_is_in_order_although_nobody_works() -> None:
    assert describe(LINHA_DE_COMANDO)["achados"] == []


def test_what_is_most_urgent_comes_first_in_words_of_the_language(
    log_in: Callable[[str], Browser], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FULL_BACKUP_SCHEDULE", "* * * * *")
    config.reset()
    enter(cast)
    dono = log_in("dono")
    state = read_state(look(dono))
    # Something is due, and nobody is there.
    assert state.index("Falha") < state.index("Ninguém faz as tarefas do estúdio agora.")
    assert "O estúdio não foi examinado" in state
    take_worker()
    work("vigia")
    assert "Em ordem" in read_state(look(dono))
    work("copia_completa", Desfecho.FALHOU, "O disco encheu.")
    state = read_state(look(dono))
    assert "Não deu certo: Cópia do estúdio inteiro. O disco encheu." in state
    with db.transaction() as session:
        pay(session, cast, "100.00", data=AGOSTO.first_day, percentual=0)
    page = look(dono)
    state = read_state(page)
    assert state.index("Agosto de 2025 terminou e continua aberto") < state.index("Não deu certo")
    assert 'href="/extratos/2025-08/conferencia"' in state
    page = look(dono, "en")
    assert '<span class="detalhe" lang="pt-BR">O disco encheu.</span>' in page
    assert "is in Portuguese, as it was sent." in page
    english = read_state(page)
    assert "August 2025 is over and still open" in english
    assert "It did not succeed: Copy of the whole studio." in english
    # Where people close the months, the program missed none: the sample studio is such a one.
    work("copia_completa")
    monkeypatch.setenv("ENABLE_MONTHLY_EXTRATO_JOB", "false")
    config.reset()
    state = read_state(look(dono))
    assert "Agosto de 2025 terminou e espera que você o feche." in state
    assert "Atenção" in state
    assert "Falha" not in state


@pytest.mark.usefixtures("banco")
def test_each_month_says_how_well_it_is_kept_and_each_closing_its_stages() -> None:
    quem = enter_agosto().quem_ana
    assert [(row["mes"], row["situacao"]) for row in describe(quem)["guardados"]] == [("2025-08", "sem_backup")]
    extrato = close(AGOSTO)
    assert extrato.backup is not None
    described = describe(quem)
    assert [(row["mes"], row["situacao"]) for row in described["guardados"]] == [("2025-08", "nao_ensaiado")]
    conta = described["sucesso"]["90_dias"]
    assert (conta["tentativas"], conta["fechadas"], conta["certas_milesimos"]) == (1, 1, 1000)
    (execucao,) = described["execucoes"]
    etapas = [passo.etapa for passo in described["passos"][execucao["id"]]]
    assert {"backup", "contagem", "selo"} <= set(etapas)
    for resultado, said in (("ensaio: igual", "provado"), ("ensaio: diferente", "danificado")):
        record_drill(extrato.backup["arquivo"], extrato.backup["sha256"], resultado=resultado)
        assert describe(quem)["guardados"][0]["situacao"] == said


@pytest.mark.usefixtures("banco")
def test_what_a_clock_that_was_ahead_made_hides_nothing_newer() -> None:
    quem = enter_agosto().quem_ana
    with db.transaction() as session:
        session.execute(
            text(
                """insert into estudio.backups (tipo, mes, arquivo, bytes, sha256, criado_em, resultado)
                   select tipo, mes, tipo || arquivo, 1, repeat('a', 64), now() + days * interval '1 day', resultado
                   from (values ('completo', null::date), ('mes', '2025-08-01')) t (tipo, mes),
                        (values (' adiante', 40, 'backup_alterado'), (' de hoje', 0, null)) a (arquivo, days,
                                                                                                 resultado)"""
            )
        )
    described = describe(quem)
    assert (described["copia"]["situacao"], described["guardados"][0]["situacao"]) == ("nao_lido", "nao_lido")


def test_the_statements_do_not_grow_with_what_was_run(log_in: Callable[[str], Browser], cast: Cast) -> None:
    def run(quantas: int) -> None:
        with db.transaction() as session:
            session.execute(text(RODADAS), {"quantas": quantas})
            session.execute(text(EXECUCOES), {"quantas": quantas // 10})

    dono = log_in("dono")
    enter(cast)
    run(60)
    look(dono)
    record = record_statements()
    look(dono)
    before = len(record)
    assert before <= 50
    run(2000)
    del record[:]
    page = look(dono)
    assert len(record) == before
    assert page.count("Fechamento: falhou") == 5


def test_the_mark_changes_when_something_is_done_and_is_the_donos(log_in: Callable[[str], Browser], cast: Cast) -> None:
    enter(cast)
    dono = log_in("dono")

    def ask() -> str:
        answer = dono.get("/novidades?de=funcionamento").json
        assert answer is not None
        return str(answer["marca"])

    before = ask()
    work("vigia")
    assert ask() != before
    assert f'data-marca="{ask()}"' in look(dono)
    assert 'data-novidades="/novidades?de=funcionamento"' in look(dono)
    assert log_in("contador").get("/novidades?de=funcionamento").status_code == 403


@pytest.mark.usefixtures("banco")
def test_the_command_line_tells_the_same_and_fails_where_something_failed() -> None:
    def ask() -> tuple[int, dict[str, Any]]:
        told = subprocess.run(
            [sys.executable, "-m", "estudio", "status", "--json"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return told.returncode, json.loads(told.stdout)

    enter_agosto()
    code, document = ask()
    assert (code, document["estado"]) == (1, "falha")
    assert document["achados"][0]["codigo"] == "ninguem"
    assert document["achados"][1]["mes"] == "2025-08"
    close(AGOSTO)
    take_worker()
    work_rotina("vigia", "")
    code, document = ask()
    # What asks for attention fails nothing.
    assert (code, document["estado"]) == (0, "atencao")
    assert "alarme_copia_completa" in {achado["codigo"] for achado in document["achados"]}
    assert document["guardados"][0]["situacao"] == "nao_ensaiado"
    assert {disco["nome"] for disco in document["discos"]} == {"dados", "backups", "registro"}
