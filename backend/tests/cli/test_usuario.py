"""`estudio usuario`: who logs in; a password is typed at a terminal or comes on stdin, never among the arguments."""

import json
import os
import pty
import subprocess
import sys
from typing import Any

import pytest
from cast import make_artista
from click.testing import CliRunner, Result
from conftest import Banco
from pyotp import TOTP

from estudio import clock, db
from estudio.cli import main
from estudio.domain.senha import is_senha
from estudio.domain.usuario import Papel, Quem
from estudio.services.fator_service import enable_fator, lend_segredo_novo, read_segredo_emprestado

SENHA = "agulha na vitrola velha"
OUTRA = "lagoa verde mordida"
ANA = ("--nome", "Ana Lima", "--email", "ana@exemplo.com", "--papel", "dono")


def run(*words: str, given: str | bytes = SENHA) -> Result:
    return CliRunner().invoke(main, ["usuario", *words], input=given)


def run_json(*words: str, code: int = 0, given: str = SENHA) -> dict[str, Any]:
    result = run(*words, "--json", given=given)
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def create(*words: str, code: int = 0, senha: str = SENHA) -> dict[str, Any]:
    return run_json("create", *words, "--senha-stdin", code=code, given=senha)


def kept(banco: Banco, email: str) -> str:
    with banco.connect() as connection:
        row = connection.execute("select senha_hash from estudio.usuarios where email = %s", [email]).fetchone()
    assert row is not None
    return str(row[0])


def test_a_user_is_made_with_argon2id_and_seen_in_the_list(banco: Banco) -> None:
    made = create(*ANA)
    assert (made["papel"], made["ativo"], made["tem_senha"]) == ("dono", True, True)
    assert "senha_hash" not in made
    assert kept(banco, "ana@exemplo.com").startswith("$argon2id$")
    assert is_senha(SENHA, kept(banco, "ana@exemplo.com"))
    assert [u["email"] for u in run_json("list")["usuarios"]] == ["ana@exemplo.com"]
    assert "Ana Lima" in run("list").stdout


def test_the_end_of_the_line_is_no_part_of_the_password_and_its_blanks_are(banco: Banco) -> None:
    create(*ANA, senha=f"  {SENHA} \r\nsegunda linha\n")
    assert is_senha(f"  {SENHA} ", kept(banco, "ana@exemplo.com"))


@pytest.mark.usefixtures("banco")
@pytest.mark.parametrize(
    ("senha", "motivo"), [("curta", "curta"), ("", "curta"), ("senha1234567", "comum"), ("Ana.Lima.2026", "comum")]
)
def test_a_weak_password_is_refused_with_what_to_do(senha: str, motivo: str) -> None:
    refused = create(*ANA, code=1, senha=senha)
    assert (refused["codigo"], refused["detalhes"]["motivo"]) == ("senha_invalida", motivo)
    assert run_json("list")["usuarios"] == []


@pytest.mark.usefixtures("banco")
def test_bytes_that_are_no_text_are_refused() -> None:
    told = run("create", *ANA, "--senha-stdin", given=b"\xff\xfe senha em outra codificacao\n")
    assert told.exit_code == 1
    assert "UTF-8" in told.stderr


@pytest.mark.usefixtures("banco")
@pytest.mark.parametrize(
    "email", ["ana", "ana@", "@exemplo.com", "ana@exemplo", "a na@exemplo.com", "a@b.c\n@d.e", "x" * 300]
)
def test_what_is_no_address_is_refused(email: str) -> None:
    assert create("--nome", "Ana", "--email", email, "--papel", "dono", code=1)["detalhes"]["campo"] == "email"


@pytest.mark.usefixtures("banco")
def test_an_address_is_one_whatever_its_case() -> None:
    create(*ANA)
    assert (
        create("--nome", "Outra", "--email", "ANA@Exemplo.com", "--papel", "recepcao", code=1)["codigo"] == "ja_existe"
    )


@pytest.mark.usefixtures("banco")
def test_an_artista_logs_in_as_the_one_who_is_named() -> None:
    with db.transaction() as session:
        bia = make_artista(session, "Bia D'Ávila").id
        twins = [make_artista(session, "Téo").id for _ in range(2)]
    bia_user = ("--nome", "Bia", "--email", "bia@exemplo.com", "--papel", "artista")
    assert create(*bia_user, code=1)["detalhes"]["motivo"] == "artista"
    assert create(*bia_user, "--artista", "Ninguém", code=1)["codigo"] == "nao_encontrado"
    ambiguous = create(*bia_user, "--artista", "téo", code=2)
    assert all(f"nº {id_}" in ambiguous["mensagem"] for id_ in twins)
    assert create(*bia_user, "--artista", "bia d'avila")["artista_id"] == bia
    teo = ("--nome", "Téo", "--email", "teo@exemplo.com", "--papel", "artista", "--artista", str(twins[1]))
    assert create(*teo)["artista_id"] == twins[1]


def test_a_new_password_is_remembered_by_the_trail_without_its_hash(banco: Banco) -> None:
    create(*ANA)
    run_json("passwd", "Ana@exemplo.com", "--senha-stdin", given=OUTRA)
    assert is_senha(OUTRA, kept(banco, "ana@exemplo.com"))
    with banco.connect() as connection:
        rows = connection.execute(
            "select motivo, origem, antes::text || depois::text from estudio.auditoria where acao = 'update'"
        ).fetchall()
    assert [(row[0], row[1]) for row in rows] == [("Senha trocada", "cli")]
    assert "argon2" not in rows[0][2]


@pytest.mark.usefixtures("banco")
def test_the_only_dono_is_found_without_an_address_and_two_are_asked_apart() -> None:
    assert run_json("passwd", "--ultimo-dono", "--senha-stdin", code=1)["codigo"] == "nao_encontrado"
    create(*ANA)
    assert run_json("passwd", "--ultimo-dono", "--senha-stdin", given=OUTRA)["email"] == "ana@exemplo.com"
    create("--nome", "Rui", "--email", "rui@exemplo.com", "--papel", "dono", senha=OUTRA)
    assert run_json("passwd", "--ultimo-dono", "--senha-stdin", code=1)["detalhes"]["motivo"] == "varios_donos"
    assert run_json("passwd", code=2)["codigo"] == "uso"
    assert run_json("passwd", "ana@exemplo.com", "--ultimo-dono", code=2)["codigo"] == "uso"
    assert run_json("passwd", "ninguem@exemplo.com", "--senha-stdin", code=1)["codigo"] == "nao_encontrado"


@pytest.mark.usefixtures("banco")
def test_the_last_active_dono_is_neither_demoted_nor_sent_away() -> None:
    create(*ANA)
    assert run_json("edit", "ana@exemplo.com", "--papel", "recepcao", code=1)["codigo"] == "ultimo_dono"
    assert run_json("edit", "ana@exemplo.com", "--inativo", code=1)["codigo"] == "ultimo_dono"
    create("--nome", "Rui", "--email", "rui@exemplo.com", "--papel", "dono", senha=OUTRA)
    assert run_json("edit", "ana@exemplo.com", "--papel", "recepcao", "--nome", "Ana L.")["papel"] == "recepcao"
    assert run_json("edit", "rui@exemplo.com", "--inativo", code=1)["codigo"] == "ultimo_dono"
    assert run_json("edit", "ana@exemplo.com", "--inativo")["ativo"] is False


def test_a_password_is_not_read_from_a_pipe_unless_told(banco: Banco) -> None:
    told = run("create", *ANA)
    assert told.exit_code == 2
    assert "--senha-stdin" in told.stderr
    assert banco.name


def type_at_terminal(*lines: str) -> tuple[int, str]:
    """The program at a terminal of its own; each line is typed when it is asked for."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "estudio", "usuario", "passwd", "ana@exemplo.com"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    said = b""
    asked = 0
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other end is closed: Linux says so by an error
            break
        if not part:
            break
        said += part
        while asked < len(lines) and said.count(b": ") > asked:
            os.write(ours, lines[asked].encode() + b"\n")
            asked += 1
    os.close(ours)
    return process.wait(timeout=30), said.decode()


def test_at_a_terminal_it_is_typed_twice_and_never_shown(banco: Banco) -> None:
    create(*ANA)
    code, said = type_at_terminal(OUTRA, OUTRA)
    assert code == 0, said
    assert "tem uma senha nova" in said
    assert OUTRA not in said
    assert is_senha(OUTRA, kept(banco, "ana@exemplo.com"))


def test_two_that_differ_change_nothing(banco: Banco) -> None:
    create(*ANA)
    code, said = type_at_terminal(OUTRA, f"{OUTRA}!")
    assert code == 1
    assert "não são iguais" in said
    assert is_senha(SENHA, kept(banco, "ana@exemplo.com"))


def test_whoever_lost_the_phone_is_helped_at_the_host(banco: Banco) -> None:
    id_ = create(*ANA)["id"]
    with db.transaction() as session:
        emprestado = lend_segredo_novo(id_)
        codigo = TOTP(read_segredo_emprestado(id_, emprestado)).at(clock.now())
        enable_fator(session, quem=Quem(id_, Papel.DONO, "web"), emprestado=emprestado, codigo=codigo, chave="x")
    assert run_json("reset-2fa", code=2)["codigo"] == "uso"
    assert run_json("reset-2fa", "ana@exemplo.com", "--ultimo-dono", code=2)["codigo"] == "uso"
    assert run_json("reset-2fa", "ninguem@exemplo.com", code=1)["codigo"] == "nao_encontrado"
    assert run_json("reset-2fa", "--ultimo-dono")["email"] == "ana@exemplo.com"
    assert run_json("reset-2fa", "ana@exemplo.com")["id"] == id_
    with banco.connect() as connection:
        left = connection.execute(
            """select (select count(*) from estudio.segundos_fatores),
                      (select count(*) from estudio.codigos_de_recuperacao),
                      (select count(distinct ato) from estudio.auditoria
                       where origem = 'cli' and motivo like 'Segundo fator retirado%')"""
        ).fetchone()
    assert left == (0, 0, 1)
