"""A day of the studio, and what the log says of it: codes and counts, never who somebody is or what opens a door."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
import structlog
from carteiro import Carteiro
from cast import Cast
from flask import Flask
from web.api.conftest import V1
from web.conftest import EMAILS, ENDERECO, SENHA, Browser, find_link, hidden_fields
from web.test_calendarios import make_link
from web.test_segundo_fator import code, enable
from web.test_trocar import PIN, join, set_pin, switch

from estudio import config, logs

SEGREDOS = ("Zuleica", "98765", "zu@exemplo", "alergia", "sigilo")
NOVA = "candeia moita ribeiro"


@pytest.fixture
def log_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Path, None, None]:
    monkeypatch.setenv("LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("LOG_TO_FILE", "true")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    config.reset()
    logs.start()
    logs.configure()
    yield tmp_path / "logs" / logs.FILE_NAME
    logs._replace_handlers()
    structlog.reset_defaults()
    config.reset()


def test_the_log_of_a_day_names_nobody_and_opens_nothing(
    app: Flask, log_file: Path, log_in: Callable[[str], Browser], cast: Cast, carteiro: Carteiro
) -> None:
    known: list[str] = [SENHA, NOVA, PIN, *EMAILS.values(), *SEGREDOS]
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
    written = log_file.read_text(encoding="utf-8")
    for evento in (
        "entrada_recusada",
        "entrada_por_pin",
        "pin_recusado",
        "ficha_recusada",
        "carta_enviada",
        "link_usado",
    ):
        assert f'"{evento}"' in written
    assert [secret for secret in known if secret in written] == []
    cookies = [nobody.cookie("sessao"), desk.cookie("sessao"), dono.cookie("aparelho")]
    assert not any(cookie and cookie.partition(".")[0] in written for cookie in cookies)
