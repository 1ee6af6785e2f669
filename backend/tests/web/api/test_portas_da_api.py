"""The API's door: what a ficha is worth, when it ends, who is kept waiting, and that every refusal is a problem."""

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from cast import Cast
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, InternalError
from web.api.conftest import V1, Programa, give_ficha, told
from web.conftest import ENDERECO, find_quem

from estudio import clock, db
from estudio.domain.errors import BancoIndisponivel, DadosInvalidos, NaoEncontrado, OutcomeUnknown, RegistroPermanente
from estudio.domain.ficha import PREFIXO, Ficha
from estudio.domain.usuario import Papel
from estudio.services.ficha_service import FICHAS_POR_PESSOA, create_ficha, list_fichas, revoke_ficha
from estudio.services.usuario_service import change_senha, edit_usuario

Show = Callable[..., Programa]


def find_ficha() -> Ficha:
    with db.transaction(read_only=True) as session:
        return session.scalars(select(Ficha)).one()


def test_a_ficha_says_whose_it_is_and_is_kept_as_a_digest_alone(show: Show, cast: Cast) -> None:
    artista = show("artista")
    me = told(artista.get("/me"), 200)
    assert (me["nome"], me["papel"], me["artista_id"]) == ("Bia", "artista", cast.bia.id)
    assert (me["ficha"], me["escopos"]) == ("teste", ["leitura", "registro"])
    assert artista.chave is not None
    assert artista.chave.startswith(PREFIXO)
    with db.transaction(read_only=True) as session:
        everything = session.scalar(text("select json_agg(f)::text from fichas f"))
        trail = session.scalar(text("select json_agg(a)::text from auditoria a where tabela = 'fichas'"))
    assert artista.chave not in str(everything)
    assert "chave_sha256" not in str(trail)
    assert '"acao":"insert"' in str(trail).replace(" ", "")


def test_what_a_program_does_is_in_the_trail_as_its_persons(show: Show, cast: Cast) -> None:
    made = told(show("recepcao").post("/clientes", {"nome": "Nova"}), 201)
    with db.transaction(read_only=True) as session:
        query = text("select quem, origem from auditoria where tabela = 'clientes' and registro_id = :id")
        assert session.execute(query, {"id": made["id"]}).one() == (cast.quem_caio.usuario_id, "api")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer errada", "Basic {}", "{}", "bearer {}x", "Bearer {} x", "Token {}"]
)
def test_what_is_no_ficha_opens_nothing(app: Flask, cast: Cast, header: str) -> None:
    sent = {"Authorization": header.format(give_ficha(cast, "dono"))}
    client = app.test_client(use_cookies=False)
    told(client.get(V1 + "/me", headers=sent, base_url=ENDERECO), 401, "ficha_invalida")


def test_the_word_bearer_is_read_in_any_case_and_a_ficha_in_the_address_never(app: Flask, cast: Cast) -> None:
    chave = give_ficha(cast, "dono")
    client = app.test_client(use_cookies=False)
    told(client.get(V1 + "/me", headers={"Authorization": f"BEARER {chave}"}, base_url=ENDERECO), 200)
    for name in ("access_token", "token", "ficha", "Authorization"):
        told(client.get(f"{V1}/me?{name}={chave}", base_url=ENDERECO), 401)


def test_a_ficha_ends_on_its_day(show: Show) -> None:
    dono = show("dono")
    with time_machine.travel(clock.now() + timedelta(days=89), tick=False):
        told(dono.get("/me"), 200)
    with time_machine.travel(clock.now() + timedelta(days=90, minutes=1), tick=False):
        told(dono.get("/me"), 401)


@pytest.mark.parametrize("mudanca", ["papel", "ativo", "artista_id", "senha"])
def test_a_ficha_ends_when_its_person_may_do_something_else(show: Show, cast: Cast, mudanca: str) -> None:
    artista = show("artista")
    told(artista.get("/me"), 200)
    usuario_id = cast.quem_bia.usuario_id
    assert usuario_id is not None
    with db.transaction() as session:
        match mudanca:
            case "papel":
                edit_usuario(session, usuario_id, quem=cast.quem_ana, papel=Papel.RECEPCAO)
            case "ativo":
                edit_usuario(session, usuario_id, quem=cast.quem_ana, ativo=False)
            case "artista_id":
                edit_usuario(session, usuario_id, quem=cast.quem_ana, artista_id=cast.ana.id)
            case _:
                change_senha(session, usuario_id, quem=cast.quem_ana, senha="outra mastiga granito")
    told(artista.get("/me"), 401)
    with db.transaction(read_only=True) as session:
        assert session.scalars(select(Ficha)).all() == []


def test_a_name_that_changes_ends_no_ficha(show: Show, cast: Cast) -> None:
    artista = show("artista")
    with db.transaction() as session:
        edit_usuario(session, cast.quem_bia.usuario_id or 0, quem=cast.quem_ana, nome="Bia Braga")
    assert told(artista.get("/me"), 200)["nome"] == "Bia Braga"


def test_the_day_of_the_last_use_is_noted_once_a_day(show: Show) -> None:
    dono = show("dono")
    assert find_ficha().usada_em is None
    for day in (date(2026, 11, 20), date(2026, 11, 21)):
        with time_machine.travel(f"{day}T12:00:00Z", tick=False):
            told(dono.get("/me"), 200)
            assert find_ficha().usada_em == day


def test_many_wrong_ones_wait_and_a_right_one_from_the_same_place_does_not(app: Flask, show: Show) -> None:
    dono = show("dono")
    wrong = Programa(app.test_client(use_cookies=False), "estudio_errada")
    statuses = [wrong.get("/me").status_code for _ in range(32)]
    assert statuses == [401] * 30 + [429] * 2
    response = wrong.get("/me")
    told(response, 429, "muitas_tentativas")
    assert int(response.headers["Retry-After"]) >= 1
    told(dono.get("/me"), 200)
    # Whoever shows nothing guesses nothing.
    told(Programa(app.test_client(use_cookies=False), None).get("/me"), 401)


# --- who may give which ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("papel", "escopos"),
    [
        ("contador", ["registro"]),
        ("artista", ["exclusao"]),
        ("recepcao", ["leitura", "exclusao"]),
        ("dono", []),
        ("dono", ["tudo"]),
    ],
)
def test_nobody_gives_more_than_they_have(cast: Cast, papel: str, escopos: list[str]) -> None:
    with pytest.raises(DadosInvalidos), db.transaction() as session:
        create_ficha(session, quem=find_quem(cast, papel), nome="x", escopos=escopos)


@pytest.mark.parametrize("dias", [0, -1, 367])
def test_a_ficha_lasts_a_year_at_most(cast: Cast, dias: int) -> None:
    with pytest.raises(DadosInvalidos, match="validade"), db.transaction() as session:
        create_ficha(session, quem=cast.quem_ana, nome="x", escopos=["leitura"], dias=dias)


def test_nobody_has_more_than_some_and_another_has_theirs(cast: Cast) -> None:
    with db.transaction() as session:
        for number in range(FICHAS_POR_PESSOA):
            create_ficha(session, quem=cast.quem_ana, nome=f"{number}", escopos=["leitura"])
    with pytest.raises(DadosInvalidos, match="Revogue uma"), db.transaction() as session:
        create_ficha(session, quem=cast.quem_ana, nome="mais uma", escopos=["leitura"])
    with db.transaction() as session:
        theirs, _chave = create_ficha(session, quem=cast.quem_edu, nome="x", escopos=["leitura"])
        assert len(list_fichas(session, quem=cast.quem_edu)) == 1
    with pytest.raises(NaoEncontrado), db.transaction() as session:
        revoke_ficha(session, theirs.id, quem=cast.quem_ana)


@pytest.mark.parametrize(
    "change",
    [
        "update fichas set escopos = '{leitura,registro,exclusao}'", "update fichas set usuario_id = 1",
        "update fichas set expira_em = expira_em + interval '1 day'", "update fichas set nome = 'outro'",
        "update fichas set chave_sha256 = repeat('a', 64)",
    ],
)  # fmt: skip
def test_the_database_lets_nothing_of_it_be_changed(cast: Cast, change: str) -> None:
    give_ficha(cast, "contador")
    with pytest.raises(RegistroPermanente), db.transaction() as session:
        session.execute(text(change))


@pytest.mark.parametrize(
    ("escopos", "expira"), [("{}", "1 day"), ("{tudo}", "1 day"), ("{leitura}", "368 days"), ("{leitura}", "-1 day")]
)
def test_the_database_takes_no_ficha_that_could_not_be(cast: Cast, escopos: str, expira: str) -> None:
    made = text(
        "insert into fichas (usuario_id, nome, chave_sha256, escopos, expira_em)"
        " values (:quem, 'x', repeat('a', 64), cast(:escopos as text[]), now() + cast(:expira as interval))"
    )
    given = {"quem": cast.quem_ana.usuario_id, "escopos": escopos, "expira": expira}
    with pytest.raises((DadosInvalidos, IntegrityError, InternalError)), db.transaction() as session:
        session.execute(made, given)


# --- what is no request ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b"1", b"null", b'"x"', b"\xff", b'{"valor": NaN}', b'{"valor": Infinity}', b'{"a": 1, "a": 2}',
        b'{"valor": ' + b"9" * 5_000 + b"}", b"[" * 100_000, b'{"a":' * 50_000, "\ufeff{}".encode(),
    ],
)  # fmt: skip
def test_a_body_that_is_no_object_is_refused(show: Show, body: bytes) -> None:
    response = show("dono").ask("POST", "/pagamentos", data=body, content_type="application/json")
    told(response, 400, "json_invalido")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_body_of_another_kind_is_refused(show: Show, content_type: str) -> None:
    response = show("dono").ask("POST", "/clientes", data=b'{"nome": "X"}', content_type=content_type)
    told(response, 415, "http_415")


def test_a_body_that_is_too_large_is_refused(show: Show) -> None:
    body = json.dumps({"nome": "x" * 1024 * 1024}).encode()
    told(show("dono").ask("POST", "/clientes", data=body, content_type="application/json"), 413, "http_413")


def test_an_address_or_a_method_that_does_not_exist_is_a_problem_too(show: Show) -> None:
    dono = show("dono")
    told(dono.get("/nada"), 404, "http_404")
    told(dono.get("/pagamentos/x"), 404, "http_404")
    told(dono.get("/pagamentos/99999999999999999999"), 404, "http_404")
    told(dono.get("/historico/numeros/nada"), 404, "http_404")
    told(dono.get("/extratos/2026-13"), 422, "competencia_invalida")
    told(dono.get("/extratos/2026-10"), 404, "nao_encontrado")
    response = dono.delete("/pagamentos")
    told(response, 405, "http_405")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_what_an_address_does_not_take_is_refused(show: Show) -> None:
    dono = show("dono")
    assert told(dono.get("/me?x=1"), 422, "pedido_invalido")["campo"] == "x"
    assert told(dono.delete("/pagamentos/1?x=1"), 422)["campo"] == "x"
    assert told(dono.post("/sessoes/1/cancelamento", {"x": 1}), 422)["campo"] == "x"
    assert told(dono.post("/clientes", {"\ud800": 1}), 422)["campo"] == "corpo"


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (BancoIndisponivel("10.0.0.5/segredo não respondeu.", onde="segredo"), 503, "Tente de novo em um minuto"),
        (OutcomeUnknown(), 503, "Confira na lista antes de enviar de novo"),
        (RuntimeError("senha=segredo"), 500, "O programa falhou"),
    ],
)
def test_what_breaks_tells_nothing_of_the_inside(
    show: Show, monkeypatch: pytest.MonkeyPatch, raised: Exception, status: int, said: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    dono = show("dono")
    monkeypatch.setattr("estudio.web.api.salas._call", fail)
    response = dono.get("/formas")
    problem = told(response, status)
    assert said in problem["detail"]
    assert "segredo" not in response.get_data(as_text=True)
    assert problem["detalhes"] == {}


def test_the_sentences_are_in_the_language_that_is_asked_for(show: Show) -> None:
    headers = {"Accept-Language": "en"}
    problem = told(show("dono").post("/pagamentos", {"valor": 1}, headers=headers), 422)
    assert "this field is missing." in {erro["mensagem"] for erro in problem["erros"]}
