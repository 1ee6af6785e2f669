"""Usuários: who logs in, as the dono keeps them: made (with a password or by a link), changed, let out and in again."""

from flask import Blueprint, render_template, request, session, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from estudio.domain.usuario import Usuario
from estudio.services.artista_service import list_artistas
from estudio.services.conta_service import count_navegadores, list_navegadores
from estudio.services.link_service import create_convite_de
from estudio.services.usuario_service import create_usuario, edit_usuario, get_usuario, list_usuarios
from estudio.web.access import get_current, get_quem
from estudio.web.cartas import locate_link, send_convite
from estudio.web.forms import Desfazer, Feito, Formulario, press, submit
from estudio.web.language import gettext as _
from estudio.web.transactions import reading
from estudio.web.usuario_form import PAPEIS, EdicaoDeUsuarioForm, NovoUsuarioForm

usuarios = Blueprint("usuarios", __name__, url_prefix="/usuarios")

LINK = "link"
"""Where the dono's own browser keeps a new link until the next page has shown it; the database has its digest alone."""


@usuarios.get("")
def index() -> str:
    quem = get_quem()
    with reading() as db_session:
        return render_template(
            "usuarios/index.html",
            usuarios=list_usuarios(db_session),
            navegadores=count_navegadores(db_session, quem=quem),
            artistas={artista.id: artista.nome for artista in list_artistas(db_session, ativos=False)},
            papeis=PAPEIS,
        )


@usuarios.get("/new")
def new() -> str:
    return _show_new(NovoUsuarioForm())


@usuarios.post("")
def create() -> BaseResponse:
    quem = get_quem()
    form = NovoUsuarioForm(request.form)
    links: list[tuple[Usuario, str]] = []

    def register(db_session: Session) -> Feito:
        links.clear()
        usuario = create_usuario(
            db_session,
            quem=quem,
            nome=form.nome.data or "",
            email=form.email.data or "",
            papel=form.papel.data or "",
            senha=form.senha.data or None,
            artista_id=form.artista_id.data,
        )
        if not form.senha.data:
            links.append((usuario, create_convite_de(db_session, usuario.id, quem=quem)))
        return Feito(
            url_for("usuarios.edit", usuario_id=usuario.id),
            _("%(nome)s entra com %(email)s.", nome=usuario.nome, email=usuario.email),
        )

    response = submit(form, quem=quem, deed=register, show=lambda: _show_new(form))
    return hand_over(response, links)


@usuarios.get("/<id:usuario_id>/edit")
def edit(usuario_id: int) -> str:
    with reading() as db_session:
        form = EdicaoDeUsuarioForm.of(get_usuario(db_session, usuario_id))
    return _show_edit(form, usuario_id)


@usuarios.post("/<id:usuario_id>")
def update(usuario_id: int) -> BaseResponse:
    quem = get_quem()
    form = EdicaoDeUsuarioForm(request.form)

    def change(db_session: Session) -> Feito:
        antes = EdicaoDeUsuarioForm.describe(get_usuario(db_session, usuario_id))
        usuario = edit_usuario(db_session, usuario_id, quem=quem, versao=form.versao.data, **form.campos)
        # The database wrote the version.
        db_session.refresh(usuario)
        destino = url_for("usuarios.index")
        if usuario.versao == form.versao.data:
            return Feito(destino, _("Nada mudou."))
        return Feito(
            destino,
            _("Alterado: %(nome)s.", nome=usuario.nome),
            Desfazer(url_for("usuarios.update", usuario_id=usuario_id), antes | {"versao": str(usuario.versao)}),
        )

    return submit(form, quem=quem, deed=change, show=lambda: _show_edit(form, usuario_id))


@usuarios.post("/<id:usuario_id>/desativacao")
def destroy(usuario_id: int) -> BaseResponse:
    quem = get_quem()

    def deactivate(db_session: Session) -> Feito:
        usuario = edit_usuario(db_session, usuario_id, quem=quem, ativo=False)
        return Feito(
            url_for("usuarios.index"),
            _("%(nome)s não entra mais, e os navegadores abertos foram encerrados.", nome=usuario.nome),
            Desfazer(url_for("reativacoes.create", usuario_id=usuario_id)),
        )

    return press(Formulario(request.form), quem=quem, deed=deactivate)


def hand_over(response: BaseResponse, links: list[tuple[Usuario, str]]) -> BaseResponse:
    """What was committed is sent by e-mail where there is one, and shown by the next page, once."""
    if response.status_code == 303:
        for usuario, chave in links:
            enviado = send_convite(usuario, chave, de=get_current().nome)
            session[LINK] = {"usuario_id": usuario.id, "endereco": locate_link(chave), "enviado": enviado}
    return response


def _show_new(form: NovoUsuarioForm) -> str:
    with reading() as db_session:
        form.offer(db_session)
    return render_template("usuarios/new.html", form=form)


def _show_edit(form: EdicaoDeUsuarioForm, usuario_id: int) -> str:
    quem = get_quem()
    shown = session.get(LINK)
    link = session.pop(LINK) if shown is not None and shown["usuario_id"] == usuario_id else None
    with reading() as db_session:
        form.offer(db_session)
        return render_template(
            "usuarios/edit.html",
            form=form,
            pessoa=get_usuario(db_session, usuario_id),
            navegadores=list_navegadores(db_session, usuario_id, quem=quem),
            link=link,
        )
