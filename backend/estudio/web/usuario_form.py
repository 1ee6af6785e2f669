"""The forms of a usuário, new and changed: their fields, and what they offer to choose from."""

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import DataRequired, Length

from estudio.domain.senha import MAXIMO
from estudio.domain.usuario import Papel, Usuario
from estudio.services.usuario_service import LIMITE_EMAIL, LIMITE_NOME, CamposDoUsuario
from estudio.web.campos import OBRIGATORIA, EscolhaField, NumeroField, parse_codigo, parse_numero
from estudio.web.escolhas import offer_artistas
from estudio.web.forms import OBRIGATORIO, Formulario
from estudio.web.language import gettext as _

PAPEIS: Final[Mapping[str, LazyString]] = {
    Papel.DONO: _l("Dono"),
    Papel.RECEPCAO: _l("Recepção"),
    Papel.ARTISTA: _l("Artista"),
    Papel.CONTADOR: _l("Contador"),
}


class UsuarioForm(Formulario):
    nome = StringField(_l("Nome"), [DataRequired(OBRIGATORIO), Length(max=LIMITE_NOME)])
    email = EmailField(_l("E-mail"), [DataRequired(OBRIGATORIO), Length(max=LIMITE_EMAIL)])
    papel = EscolhaField(_l("Papel"), validators=[DataRequired(OBRIGATORIA)], coerce=parse_codigo)
    artista_id = EscolhaField(_l("Que artista é"), coerce=parse_numero)

    def offer(self, session: Session) -> None:
        self.papel.offer(_("Escolha"), {papel: str(nome) for papel, nome in PAPEIS.items()})
        offer_artistas(session, self.artista_id, nada=_("Nenhum"))


class NovoUsuarioForm(UsuarioForm):
    """Without `senha` the person chooses her own, by a link."""

    senha = PasswordField(_l("Senha"), [Length(max=MAXIMO)])


class EdicaoDeUsuarioForm(UsuarioForm):
    """`versao` is the one that the dono saw."""

    versao = NumeroField(validators=[DataRequired()])

    @classmethod
    def of(cls, usuario: Usuario) -> "EdicaoDeUsuarioForm":
        return cls(
            data={
                "nome": usuario.nome,
                "email": usuario.email,
                "papel": usuario.papel,
                "artista_id": usuario.artista_id,
                "versao": usuario.versao,
            }
        )

    @staticmethod
    def describe(usuario: Usuario) -> dict[str, str]:
        """What this form would say of her as she is: what takes a change back."""
        return {
            "nome": usuario.nome,
            "email": usuario.email,
            "papel": usuario.papel,
            "artista_id": "" if usuario.artista_id is None else str(usuario.artista_id),
        }

    @property
    def campos(self) -> CamposDoUsuario:
        return {
            "nome": self.nome.data or "",
            "email": self.email.data or "",
            "papel": self.papel.data or "",
            "artista_id": self.artista_id.data,
        }
