"""Remessas: what a script that sends a form, or looks at a page again, is answered instead of what a browser is.

Where a browser is sent on by 303, a script is told where to: the browser itself then goes there, and what is to be said
there is said to a person. Every other answer is the same page.
"""

from typing import Final

from flask import Flask, Response, request

ENVIO: Final = "X-Envio"
"""A header that no form of another site can send: asking for it, a script would be asked for permission first."""

DESTINO: Final = "X-Destino"

OLHADA: Final = "X-Olhada"
"""A page is only looked at again: that keeps nobody logged in, and takes no message from the page it is meant for."""

FLUXO: Final = "text/event-stream"
"""What a browser asks for that follows a stream; it can send no header of ours."""


def init_app(app: Flask) -> None:
    @app.after_request
    def name_destino(response: Response) -> Response:
        if response.status_code == 303 and ENVIO in request.headers:
            response.headers[DESTINO] = response.headers.pop("Location")
            response.set_data(b"")
            response.status_code = 204
            del response.headers["Content-Type"]
        return response

    @app.context_processor
    def introduce() -> dict[str, object]:
        return {"so_olhada": is_olhada()}


def is_olhada() -> bool:
    """Whether nobody pressed anything: a page that stays open asks by itself, or follows a stream of events."""
    return OLHADA in request.headers or request.accept_mimetypes.best == FLUXO
