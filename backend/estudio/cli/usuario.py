"""`estudio usuario`: who logs in, made and given a new password at the host's own command line.

A password is typed at the terminal, twice, or comes on standard input; never among the arguments, which every user of
the machine can read.
"""

import getpass
import sys

import click
from sqlalchemy.orm import Session

from estudio import db
from estudio.cli.commands import Group
from estudio.cli.output import Output, pass_output
from estudio.domain.errors import NaoEncontrado, SenhaInvalida, UsageRefusal
from estudio.domain.nomes import normalise_nome
from estudio.domain.usuario import LINHA_DE_COMANDO, Papel, Usuario
from estudio.services.artista_service import list_artistas
from estudio.services.fator_service import reset_fatores
from estudio.services.usuario_service import (
    change_senha,
    create_usuario,
    edit_usuario,
    get_ultimo_dono,
    get_usuario_by_email,
    list_usuarios,
)

MAX_STDIN = 4096

senha_option = click.option("--senha-stdin", is_flag=True, help="Lê a senha da entrada padrão (uma linha).")
papel_type = click.Choice([str(papel) for papel in Papel])


@click.group(cls=Group)
def usuario() -> None:
    """Cria usuários e troca senhas."""


@usuario.command()
@click.option("--nome", required=True, metavar="NOME", help="Como a pessoa se chama.")
@click.option("--email", required=True, metavar="E-MAIL", help="Com que ela entra.")
@click.option("--papel", required=True, type=papel_type, help="O que ela pode fazer.")
@click.option("--artista", metavar="NOME|Nº", help="Que artista ela é (obrigatório no papel artista).")
@senha_option
@pass_output
def create(output: Output, *, nome: str, email: str, papel: str, artista: str | None, senha_stdin: bool) -> None:
    """Cria um usuário. A senha é pedida no terminal, duas vezes."""
    senha = _read_senha(from_stdin=senha_stdin)
    with db.transaction() as session:
        artista_id = None if artista is None else _find_artista_id(session, artista)
        made = create_usuario(
            session, quem=LINHA_DE_COMANDO, nome=nome, email=email, papel=papel, senha=senha, artista_id=artista_id
        )
        output.result(_describe(made))
    output.success(f"{made.nome} entra com {made.email} como {made.papel}.")


@usuario.command()
@click.argument("email", required=False)
@click.option("--ultimo-dono", is_flag=True, help="O único dono ativo, quando ninguém lembra o e-mail.")
@senha_option
@pass_output
def passwd(output: Output, *, email: str | None, ultimo_dono: bool, senha_stdin: bool) -> None:
    """Troca a senha de um usuário. Quem está no computador do estúdio pode trocar a de qualquer um; fica
    na auditoria."""
    if (email is None) != ultimo_dono:
        raise UsageRefusal("Diga o e-mail de quem vai mudar a senha, ou --ultimo-dono; um dos dois.")
    with db.transaction(read_only=True) as session:
        found = get_ultimo_dono(session) if email is None else get_usuario_by_email(session, email)
        output.say(f"Nova senha de {found.nome} ({found.email}, {found.papel}).")
    senha = _read_senha(from_stdin=senha_stdin)
    with db.transaction() as session:
        changed = change_senha(session, found.id, quem=LINHA_DE_COMANDO, senha=senha)
        output.result(_describe(changed))
    output.success(f"{changed.nome} tem uma senha nova.")


@usuario.command("reset-2fa")
@click.argument("email", required=False)
@click.option("--ultimo-dono", is_flag=True, help="O único dono ativo, quando ninguém lembra o e-mail.")
@pass_output
def reset_2fa(output: Output, *, email: str | None, ultimo_dono: bool) -> None:
    """Retira o segundo fator e as chaves de acesso de quem perdeu o celular. Encerra os navegadores da pessoa;
    fica na auditoria."""
    if (email is None) != ultimo_dono:
        raise UsageRefusal("Diga o e-mail de quem perdeu o celular, ou --ultimo-dono; um dos dois.")
    with db.transaction() as session:
        found = get_ultimo_dono(session) if email is None else get_usuario_by_email(session, email)
        reset_fatores(session, found.id, quem=LINHA_DE_COMANDO)
        output.result(_describe(found))
    output.success(f"{found.nome} entra só com a senha até ligar de novo o código do celular.")


@usuario.command()
@click.argument("email")
@click.option("--nome", metavar="NOME", help="Um novo nome.")
@click.option("--papel", type=papel_type, help="O que a pessoa pode fazer.")
@click.option("--artista", metavar="NOME|Nº", help="Que artista ela é.")
@click.option("--ativo/--inativo", default=None, help="Se pode entrar. O último dono ativo não sai.")
@pass_output
def edit(
    output: Output, *, email: str, nome: str | None, papel: str | None, artista: str | None, ativo: bool | None
) -> None:
    """Muda o nome, o papel, ou se a pessoa ainda pode entrar."""
    with db.transaction() as session:
        found = get_usuario_by_email(session, email)
        artista_id = found.artista_id if artista is None else _find_artista_id(session, artista)
        changed = edit_usuario(
            session,
            found.id,
            quem=LINHA_DE_COMANDO,
            nome=found.nome if nome is None else nome,
            papel=found.papel if papel is None else papel,
            artista_id=artista_id,
            ativo=found.ativo if ativo is None else ativo,
        )
        output.result(_describe(changed))
    output.success(f"{changed.nome}: {changed.papel}, {'ativo' if changed.ativo else 'inativo'}.")


@usuario.command("list")
@pass_output
def list_(output: Output) -> None:
    """Lista quem entra no sistema."""
    with db.transaction(read_only=True) as session:
        everybody = [_describe(found) for found in list_usuarios(session)]
    output.result({"usuarios": everybody})
    columns = ("Nome", "E-mail", "Papel", "Ativo", "Senha")
    output.table(
        "Usuários", columns, [(u["nome"], u["email"], u["papel"], u["ativo"], u["tem_senha"]) for u in everybody]
    )


def _read_senha(*, from_stdin: bool) -> str:
    if from_stdin:
        return _read_line()
    if not sys.stdin.isatty():
        raise UsageRefusal("A senha se digita num terminal. Num script, mande-a pela entrada padrão com --senha-stdin.")
    senha = getpass.getpass("Senha (pelo menos 12 caracteres, não aparece): ")
    if getpass.getpass("A mesma senha outra vez: ") != senha:
        raise SenhaInvalida("As duas senhas não são iguais. Nada foi mudado; tente de novo.", motivo="diferentes")
    return senha


def _read_line() -> str:
    """The first line, without its end and otherwise as it is: a blank before or after may be meant."""
    line = sys.stdin.buffer.readline(MAX_STDIN)
    try:
        return line.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise SenhaInvalida("A senha na entrada padrão não está em UTF-8.", motivo="caractere") from error


def _find_artista_id(session: Session, given: str) -> int:
    """An artista by number or by name. Two of one name are told by their numbers."""
    named = [a for a in list_artistas(session) if str(a.id) == given or normalise_nome(a.nome) == normalise_nome(given)]
    if len(named) > 1:
        numbers = ", ".join(f"{a.nome} nº {a.id}" for a in named)
        raise UsageRefusal(f"Há mais de um artista com esse nome: {numbers}. Diga o número.")
    if not named:
        raise NaoEncontrado(coisa="o artista", id=given)
    return named[0].id


def _describe(found: Usuario) -> dict[str, object]:
    return {
        "id": found.id,
        "nome": found.nome,
        "email": found.email,
        "papel": found.papel,
        "artista_id": found.artista_id,
        "ativo": found.ativo,
        "tem_senha": found.senha_hash is not None,
    }
