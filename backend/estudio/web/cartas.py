"""What letters say, in the language of who asked for them; and addresses of these pages as a letter needs them.

Written within the request and sent after it: a letter to somebody who may not exist is the same letter.
"""

from collections.abc import Callable
from typing import Final

from flask import request, url_for

from estudio import clock
from estudio.config import get_settings
from estudio.domain.conta import LINK_VALE, TipoDeLink
from estudio.domain.usuario import Usuario
from estudio.services.correio_service import Carta, dispatch, is_configured, send_carta
from estudio.web.filters import format_instante
from estudio.web.language import gettext as _

# Stands where the key will be, which is made only when the letter is.
_VAGA: Final = "0-CHAVE-DO-LINK-0"


def locate_link(chave: str) -> str:
    """Where a person gives herself a password, as a letter says it: at PUBLIC_URL, or as this request called us."""
    base = get_settings().public_url or request.host_url.rstrip("/")
    return base + url_for("redefinicoes.edit", chave=chave)


def write_recuperacao() -> Callable[[str], Carta]:
    """The letter to who forgot a password, for a key that is not made yet."""
    texto = _(
        "Alguém pediu uma senha nova para quem entra no estúdio com este e-mail.\n\n"
        "Para escolher a senha, abra este link em até %(minutos)d minutos. Ele serve uma vez:\n\n%(link)s\n\n"
        "Se não foi você, não faça nada: a senha continua a mesma.\n",
        minutos=LINK_VALE[TipoDeLink.RECUPERACAO].seconds // 60,
        link=locate_link(_VAGA),
    )
    assunto = _("Uma senha nova para o estúdio")
    return lambda chave: Carta("", assunto, texto.replace(_VAGA, chave))


def send_convite(usuario: Usuario, chave: str, *, de: str) -> bool:
    """Send who was invited her link, once this request has answered; False when this studio sends no letters."""
    if not is_configured():
        return False
    texto = _(
        "%(de)s preparou um acesso para você no sistema do estúdio.\n\n"
        "Para escolher a sua senha, abra este link em até %(horas)d horas. Ele serve uma vez:\n\n%(link)s\n\n"
        "Depois disso você entra com este e-mail e com a senha que escolheu.\n",
        de=de,
        horas=round(LINK_VALE[TipoDeLink.CONVITE].total_seconds()) // 3600,
        link=locate_link(chave),
    )
    carta = Carta(usuario.email, _("O seu acesso ao estúdio"), texto)
    dispatch(lambda: send_carta(carta))
    return True


def send_senha_trocada(usuario: Usuario) -> None:
    """Tell a person that her password is another one: it may have been somebody else."""
    if not is_configured():
        return
    texto = _(
        "A senha com que você entra no estúdio foi trocada em %(quando)s.\n\n"
        "Se não foi você, peça uma senha nova na página de entrada, em Esqueci a senha, e avise quem é dono.\n",
        quando=format_instante(clock.now()),
    )
    carta = Carta(usuario.email, _("A sua senha do estúdio foi trocada"), texto)
    dispatch(lambda: send_carta(carta))
