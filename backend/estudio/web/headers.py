"""What every answer carries, errors included, and whose forms are let in: the browser's own walls, switched on."""

from typing import Final

from flask import Flask, Response, abort, request

from estudio.web.transactions import SAFE

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS: Final = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), "
        "publickey-credentials-create=(self), publickey-credentials-get=(self)"
    ),
}

HSTS: Final = "max-age=31536000"


def init_app(app: Flask, *, https: bool) -> None:
    """Put the headers on every answer, and refuse the forms of other sites before anything looks at them."""

    @app.before_request
    def refuse_other_sites() -> None:
        if request.method not in SAFE and not _is_from_here():
            abort(403)

    @app.after_request
    def put_headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        if https:
            response.headers["Strict-Transport-Security"] = HSTS
        # What is somebody's is kept by no browser and no proxy; files of ours say for themselves how long they last.
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def _is_from_here() -> bool:
    """By what the browser says, in headers that no script can change. Where it says nothing, the token decides."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    return request.headers.get("Origin", request.host_url.rstrip("/")) == request.host_url.rstrip("/")
