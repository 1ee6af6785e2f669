"""Usuários: made, edited, given a new password. The last active dono stays one: somebody must be able to close a "
"month."""

import re
from typing import Final, TypedDict, Unpack

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from estudio.domain.acesso import fold_email
from estudio.domain.artista import Artista, get_artista
from estudio.domain.errors import AlteradoDepois, DadosInvalidos, JaExiste, NaoEncontrado, TextoInvalido, UltimoDono
from estudio.domain.nomes import validate_nome
from estudio.domain.senha import ensure_senha, hash_senha
from estudio.domain.usuario import Papel, Quem, Usuario
from estudio.services.auditoria_service import act_as
from estudio.services.tentativa_service import forget_conta

LIMITE_NOME = 200
LIMITE_EMAIL = 254

# One part, an at sign, a host with a dot, nothing blank: whether mail arrives there only mail can tell.
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")


class CamposDoUsuario(TypedDict, total=False):
    """What an edit may change; what is not named stays as it is. Not the password: `change_senha`."""

    nome: str
    email: str
    papel: str
    artista_id: int | None
    ativo: bool


def create_usuario(
    session: Session, *, quem: Quem, nome: str, email: str, papel: str, senha: str | None, artista_id: int | None = None
) -> Usuario:
    """Make a user who can log in; without `senha` by a link first (`link_service`). Raises JaExiste for an e-mail in
    use, SenhaInvalida and refusals of what was entered."""
    quem.ensure_dono()
    act_as(session, quem)
    usuario = Usuario()
    campos: CamposDoUsuario = {"nome": nome, "email": email, "papel": papel, "artista_id": artista_id}
    with session.no_autoflush:
        _assign(session, usuario, campos)
        usuario.senha_hash = None if senha is None else _hash_accepted(session, usuario, senha)
    session.add(usuario)
    session.flush()
    return usuario


def edit_usuario(
    session: Session, usuario_id: int, *, quem: Quem, versao: int | None = None, **campos: Unpack[CamposDoUsuario]
) -> Usuario:
    """Change a user, also what they may do and whether they may log in at all. `versao` is the one that was seen.
    Raises UltimoDono, AlteradoDepois."""
    quem.ensure_dono()
    act_as(session, quem)
    usuario = _lock(session, usuario_id)
    if versao is not None and versao != usuario.versao:
        raise AlteradoDepois
    was_dono = _is_active_dono(usuario)
    with session.no_autoflush:
        _assign(session, usuario, campos)
        # The database asks again under a lock of its own: two donos could take leave at the same moment.
        if was_dono and not _is_active_dono(usuario) and not _has_other_dono(session, usuario):
            raise UltimoDono
    session.flush()
    return usuario


def edit_own_conta(session: Session, *, quem: Quem, nome: str, lembretes: bool) -> Usuario:
    """Everybody says for themselves what they are called, and whether they are reminded; the rest is the dono's."""
    assert quem.usuario_id is not None, "who changes her own name is logged in"
    act_as(session, quem)
    usuario = _lock(session, quem.usuario_id)
    with session.no_autoflush:
        _assign(session, usuario, {"nome": nome})
    usuario.lembretes = lembretes
    session.flush()
    return usuario


def change_senha(session: Session, usuario_id: int, *, quem: Quem, senha: str) -> Usuario:
    """Give a user a new password: their own, or the dono's doing. Raises SenhaInvalida."""
    if quem.usuario_id != usuario_id:
        quem.ensure_dono()
    # The trail holds no hash: without a word of its own this event would show no change.
    act_as(session, quem, motivo="Senha trocada")
    usuario = _lock(session, usuario_id)
    usuario.senha_hash = _hash_accepted(session, usuario, senha)
    forget_conta(session, usuario.email)
    session.flush()
    return usuario


def get_usuario(session: Session, usuario_id: int) -> Usuario:
    """Raises NaoEncontrado."""
    found = session.get(Usuario, usuario_id)
    if found is None:
        raise NaoEncontrado(coisa="o usuário", id=usuario_id)
    return found


def get_usuario_by_email(session: Session, email: str) -> Usuario:
    """Whoever logs in with this address, whatever its case. Raises NaoEncontrado."""
    found = session.scalars(select(Usuario).where(func.lower(Usuario.email) == func.lower(email.strip()))).one_or_none()
    if found is None:
        raise NaoEncontrado(f"Não há usuário com o e-mail {email}. Veja `estudio usuario list`.", email=email)
    return found


def find_who_may_enter(session: Session, email: str) -> Usuario | None:
    """Whoever logs in with this address and has not been let out, for the doors; None is nobody."""
    query = select(Usuario).where(func.lower(Usuario.email) == fold_email(email), Usuario.ativo)
    return session.scalars(query).one_or_none()


def get_ultimo_dono(session: Session) -> Usuario:
    """The one active dono, for whoever is locked out and does not remember the address. Refused when there are more."""
    donos = [usuario for usuario in list_usuarios(session) if _is_active_dono(usuario)]
    if not donos:
        raise NaoEncontrado("Não há dono ativo. Crie um com `estudio usuario create --papel dono`.")
    if len(donos) > 1:
        raise DadosInvalidos(
            f"Há {len(donos)} donos ativos. Diga o e-mail de quem muda a senha.", motivo="varios_donos"
        )
    return donos[0]


def list_usuarios(session: Session) -> list[Usuario]:
    """Everybody, those who may log in first, in order of name."""
    return list(session.scalars(select(Usuario).order_by(Usuario.ativo.desc(), Usuario.nome, Usuario.id)))


def _assign(session: Session, usuario: Usuario, campos: CamposDoUsuario) -> None:
    if "nome" in campos:
        usuario.nome = validate_nome(campos["nome"], maximo=LIMITE_NOME)
    if "email" in campos:
        usuario.email = _ensure_email_livre(session, usuario, campos["email"])
    if "papel" in campos:
        if campos["papel"] not in set(Papel):
            raise DadosInvalidos(
                sentence="O papel precisa ser um destes: {papeis}.",
                papeis=", ".join(Papel),
                motivo="papel",
                campo="papel",
            )
        usuario.papel = campos["papel"]
    if "artista_id" in campos:
        usuario.artista_id = None if campos["artista_id"] is None else _get_artista_id(session, campos["artista_id"])
    if "ativo" in campos:
        usuario.ativo = campos["ativo"]
    if usuario.papel == Papel.ARTISTA and usuario.artista_id is None:
        raise DadosInvalidos(
            "Quem entra como artista precisa estar ligado a um artista.", motivo="artista", campo="artista_id"
        )


def _ensure_email_livre(session: Session, usuario: Usuario, email: str) -> str:
    email = email.strip()
    if len(email) > LIMITE_EMAIL or not _EMAIL.fullmatch(email) or not email.isprintable():
        raise TextoInvalido(
            sentence="O e-mail {email} não é um endereço. Escreva assim: nome@exemplo.com.",
            email=repr(email[:80]),
            motivo="formato",
            campo="email",
        )
    same = exists().where(func.lower(Usuario.email) == func.lower(email), Usuario.id != (usuario.id or 0))
    if session.scalar(select(same)):
        raise JaExiste("Já existe um usuário com esse e-mail.", campo="email")
    return email


def _get_artista_id(session: Session, artista_id: int) -> int:
    artista: Artista = get_artista(session, artista_id)
    return artista.id


def _hash_accepted(session: Session, usuario: Usuario, senha: str) -> str:
    studio = session.scalar(text("select nome from estudio.identidade"))
    ensure_senha(senha, pessoais=(usuario.nome, usuario.email, str(studio)))
    return hash_senha(senha)


def _is_active_dono(usuario: Usuario) -> bool:
    return usuario.papel == Papel.DONO and usuario.ativo


def _has_other_dono(session: Session, usuario: Usuario) -> bool:
    other = exists().where(Usuario.papel == Papel.DONO, Usuario.ativo, Usuario.id != usuario.id)
    return bool(session.scalar(select(other)))


def _lock(session: Session, usuario_id: int) -> Usuario:
    found = session.get(Usuario, usuario_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NaoEncontrado(coisa="o usuário", id=usuario_id)
    return found
