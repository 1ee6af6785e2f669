"""What a browser prefers: language and theme, kept in a cookie of its own and nowhere else."""

from typing import Final

from flask import Blueprint, Flask, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from estudio.web import cookies, language
from estudio.web.local import find_volta

preferencias = Blueprint("preferencias", __name__)

TEMAS: Final = frozenset({"claro", "escuro", "sistema"})

_OFERTAS: Final = {"tema": TEMAS, language.BISCOITO: frozenset(language.LINGUAS)}

_BOOTSTRAP: Final = {"claro": "light", "escuro": "dark"}


def init_app(app: Flask) -> None:
    app.register_blueprint(preferencias)

    @app.context_processor
    def offer() -> dict[str, object]:
        chosen = request.cookies.get("tema", "")
        return {"tema": chosen if chosen in TEMAS else "sistema", "tema_fixo": _BOOTSTRAP.get(chosen)}


@preferencias.post("/preferencias")
def update() -> BaseResponse:
    response = make_response(redirect(find_volta(request.form.get("volta")) or url_for("inicio.index"), 303))
    for name, offered in _OFERTAS.items():
        if (value := request.form.get(name)) in offered:
            cookies.put_preferencia(response, name, str(value))
    return response
