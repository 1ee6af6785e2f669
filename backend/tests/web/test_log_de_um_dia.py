"""A day of the studio, and what the log says of it: codes and counts, never who somebody is or what opens a door."""

import os
import re
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from carteiro import Carteiro
from cast import Cast, pay, spend
from click.testing import CliRunner
from discos import mount
from flask import Flask
from planilha_v4 import SETEMBRO, VAZIAS, render_v4, save
from sqlalchemy import select
from web.api.conftest import V1
from web.conftest import EMAILS, ENDERECO, SENHA, Browser, find_link, hidden_fields
from web.test_calendarios import make_link
from web.test_segundo_fator import code, enable
from web.test_trocar import PIN, join, set_pin, switch

from estudio import clock, config, db, logs
from estudio.cli import main
from estudio.domain.cliente import Cliente
from estudio.domain.rotina import Desfecho
from estudio.log_files import Parte
from estudio.services import rotina_copias
from estudio.services.doctor_discos import check_pasta_registro
from estudio.services.rotinas import work_rotina

CPF = "123.456.789-09"
SEGREDOS = ("Zuleica", "98765", "zu@exemplo", "alergia", "sigilo", CPF)
NOVA = "candeia moita ribeiro"


@pytest.fixture
def log_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Path, None, None]:
    """As the server's process begins."""
    monkeypatch.setenv("LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("LOG_TO_FILE", "true")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    config.reset()
    logs.start(Parte.PAGINAS)
    logs.configure()
    yield tmp_path / "logs"
    logs._replace_handlers()
    structlog.reset_defaults()
    config.reset()


def work_the_night(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A month with notes is closed and copied by the worker, and a job falls over what it read."""
    with db.transaction() as session:
        zuleica = session.scalars(select(Cliente).where(Cliente.nome == "Zuleica")).one()
        pay(session, cast, "200.00", cliente=zuleica, observacoes=f"alergia, CPF {CPF}")
        spend(session, cast, "20.00", descricao="pomada para a Zuleica, sigilo")
    assert work_rotina("fechamento", "2026-10") == Desfecho.FEITA
    with db.transaction() as session:
        pay(session, cast, "20.00", data=clock.today(), cliente=zuleica, observacoes="sigilo")
    assert work_rotina("backup", "") == Desfecho.FEITA

    def fail(_: str) -> str:
        # Lines of the program are in a trace, as they are written there.
        typed = f"Zuleica {CPF} (11) 98765-4321"
        try:
            return {"": ""}[typed]
        except KeyError:
            return str(int(typed))

    whole = rotina_copias.list_rotinas()
    broken = replace(next(rotina for rotina in whole if rotina.nome == "copia_completa"), work=fail)
    monkeypatch.setattr(rotina_copias, "list_rotinas", lambda: (broken,))
    assert work_rotina("copia_completa", "") == Desfecho.FALHOU


def type_commands(tmp_path: Path) -> None:
    """At the host: an import of rows with a person in each field, a person erased, what is mistyped."""
    personal = {
        "data": f"{clock.today().replace(day=1)}",
        "cliente_name": "Zuleica",
        "observacoes": f"alergia {CPF} zu@exemplo.com (11) 98765-4321",
    }
    sheet = save(tmp_path / "planilha.csv", render_v4([row | personal for row in SETEMBRO], extra=VAZIAS))
    with db.transaction(read_only=True) as session:
        numero = str(session.scalars(select(Cliente.id).where(Cliente.nome == "Zuleica")).one())
    for saida, words in (
        (0, ("import", str(sheet))),
        (1, ("cliente", "erase", numero, "--motivo", "pedido", "--confirmo", "Zuleica sigilo")),
        (0, ("cliente", "erase", numero, "--motivo", "pedido", "--confirmo", "Zuleica")),
        (2, ("cliente", "export", "Zuleica", "--to", CPF)),
        (0, ("extrato", "list")),
    ):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == saida, done.output


def test_the_log_of_a_day_names_nobody_and_opens_nothing(
    app: Flask,
    log_dir: Path,
    log_in: Callable[[str], Browser],
    cast: Cast,
    carteiro: Carteiro,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    known: list[str] = [SENHA, NOVA, *EMAILS.values(), *SEGREDOS]
    # Whoever is not let in, by each door.
    nobody = Browser(app.test_client())
    assert nobody.login("zu@exemplo.com", "sigilo de outra pessoa").status_code == 422
    assert nobody.login(EMAILS["dono"], "sigilo de outra pessoa").status_code == 422
    for path in ("/senha/sigilo-no-link", "/agenda/ics/sigilo.ics", "/primeiro-acesso/sigilo", "/busca?q=sigilo"):
        nobody.get(path)
    bearer = {"Authorization": "Bearer estudio_sigilo"}
    assert nobody.client.get(f"{V1}/me?sigilo=1", base_url=ENDERECO, headers=bearer).status_code == 401
    # The desk: who a client is, and what is wrong with what was typed.
    desk = log_in("recepcao")
    fields = {"nome": "Zuleica", "telefone": "(11) 98765-4321", "email": "zu@exemplo.com", "observacoes": "alergia"}
    assert desk.post("/clientes", fields, seen="/clientes/new").status_code == 303
    assert desk.post("/clientes", fields | {"email": "zu@exemplo"}, seen="/clientes/new").status_code == 422
    assert desk.get("/busca?q=Zuleica").status_code == 200
    assert desk.get("/sugestoes/clientes?q=Zuleica").status_code == 200
    assert set_pin(desk) == 303
    join(desk, "artista")
    assert switch(desk, cast.quem_caio.usuario_id, "0918") == 422
    assert switch(desk, cast.quem_caio.usuario_id) == 303
    # The dono: links, fichas, codes.
    dono = log_in("dono")
    known.append(make_link(dono, cast).rpartition("/")[2].partition(".")[0])
    assert dono.post("/recuperar", {"email": EMAILS["artista"]}, seen="/recuperar").status_code == 303
    link = find_link(carteiro.receive()[1].get_content())
    known.append(link.rpartition("/")[2])
    assert nobody.post(link, {"senha": NOVA, "outra_vez": NOVA}, seen=link).status_code == 303
    fields = hidden_fields(dono.get("/conta/fichas/new").get_data(as_text=True))
    page = dono.send("/conta/fichas", fields | {"nome": "sigilo", "escopos": "leitura", "dias": "90"})
    known.append(page.get_data(as_text=True).partition("estudio_")[2][:40])
    segredo, paper = enable(dono)
    known += [segredo, *paper]
    nobody.login(EMAILS["dono"])
    said = [code(segredo, passos=9), code(segredo)]
    for codigo in said:
        nobody.post("/entrar/codigo", {"codigo": codigo}, seen="/entrar/codigo")
    work_the_night(cast, monkeypatch)
    type_commands(tmp_path)
    files = {path.name: path.read_text(encoding="utf-8") for path in log_dir.iterdir()}
    assert files.keys() == {parte.arquivo for parte in Parte}
    written = "".join(files.values())
    for evento in (
        "entrada_recusada",
        "entrada_por_pin",
        "pin_recusado",
        "ficha_recusada",
        "carta_enviada",
        "link_usado",
        "desfecho",
        "backup_verificado",
        "rotina_falhou",
        "importado",
    ):
        assert f'"{evento}"' in written
    assert [secret for secret in known if secret in written] == []
    # Four figures stand in many a digest; as a word of their own they would be the PIN.
    assert not re.search(rf"(?<![\w-]){PIN}(?![\w-])", written)
    cookies = [nobody.cookie("sessao"), desk.cookie("sessao"), dono.cookie("aparelho")]
    assert not any(cookie and cookie.partition(".")[0] in written for cookie in cookies)


def test_scenario_35_with_the_disk_of_the_log_full_pages_and_jobs_go_on(
    app: Flask, log_dir: Path, cast: Cast, capfd: pytest.CaptureFixture[str]
) -> None:
    with db.transaction() as session:
        pay(session, cast, "200.00")
    with mount(log_dir, "size=64k"):
        room = os.statvfs(log_dir)
        (log_dir / "lastro").write_bytes(b"x" * (room.f_bavail * room.f_frsize))
        desk = Browser(app.test_client())
        assert desk.login(EMAILS["recepcao"], "sigilo de outra pessoa").status_code == 422
        assert desk.login(EMAILS["recepcao"]).status_code == 303
        assert desk.post("/clientes", {"nome": "Rui"}, seen="/clientes/new").status_code == 303
        assert work_rotina("fechamento", "2026-10") == Desfecho.FEITA
        assert capfd.readouterr().err.count("não pôde ser escrito") == 1
        situacao, words = check_pasta_registro()
        assert (situacao, str(log_dir) in words) == ("falha", True)
        logs._replace_handlers()
    assert list(log_dir.iterdir()) == []
