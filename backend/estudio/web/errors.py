"""What went wrong, as a page: the one place where a refusal becomes HTTP.

A number to quote, and nothing of the inside.
"""

import uuid
from collections.abc import Mapping
from typing import Final

import structlog
from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from estudio import logs
from estudio.domain.errors import (
    AlteradoDepois,
    BancoEmbutido,
    BancoIndisponivel,
    ChaveRepetida,
    CompetenciaFechada,
    ConviteVencido,
    DemonstrativoSubstituido,
    DemonstrativoVencido,
    DocumentoNaoGerado,
    DocumentosEmAndamento,
    DocumentosFaltando,
    EmUso,
    EnvioMudou,
    EnvioVencido,
    EstudioError,
    FichaInvalida,
    HorarioOcupado,
    JaExiste,
    JsonInvalido,
    LinkVencido,
    MesNoExtrato,
    MuitasTentativas,
    NaoEncontrado,
    NaoFechado,
    Ocupado,
    OutcomeUnknown,
    RascunhoDecidido,
    Refusal,
    SaldoMudou,
    SemPermissao,
    TempoEsgotado,
    UsageRefusal,
)
from estudio.web.identidade import forgo_estudio
from estudio.web.language import gettext as _
from estudio.web.problemas import is_api, make_problema

_STATUS: Final[dict[type[EstudioError], int]] = {
    NaoEncontrado: 404,
    NaoFechado: 404,
    ConviteVencido: 404,
    EnvioVencido: 404,
    EnvioMudou: 409,
    LinkVencido: 404,
    DemonstrativoVencido: 404,
    DemonstrativoSubstituido: 409,
    SemPermissao: 403,
    FichaInvalida: 401,
    JsonInvalido: 400,
    MuitasTentativas: 429,
    AlteradoDepois: 409,
    SaldoMudou: 409,
    ChaveRepetida: 409,
    CompetenciaFechada: 409,
    EmUso: 409,
    HorarioOcupado: 409,
    JaExiste: 409,
    MesNoExtrato: 409,
    RascunhoDecidido: 409,
    DocumentosFaltando: 409,
    DocumentosEmAndamento: 409,
    DocumentoNaoGerado: 503,
    Ocupado: 503,
    TempoEsgotado: 503,
    BancoIndisponivel: 503,
    BancoEmbutido: 503,
    UsageRefusal: 503,
    OutcomeUnknown: 503,
}

REFUSED: Final = 422

log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    @app.before_request
    def number() -> None:
        """First of all, so that every line of a request has its number and page, and the error page the number."""
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(run_id=str(uuid.uuid4()), pagina=request.endpoint)

    app.register_error_handler(HTTPException, show_http)
    app.register_error_handler(EstudioError, show_refusal)
    app.register_error_handler(Exception, show_crash)


def get_status(error: EstudioError) -> int:
    """The HTTP status of a refusal: 422 unless its class says otherwise."""
    for kind in type(error).__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return REFUSED if isinstance(error, Refusal) else 500


def explain(error: EstudioError) -> str:
    """What a person at a page is told: the refusal's own sentence, unless it is for who keeps the program running."""
    if isinstance(error, OutcomeUnknown):
        return _("Não dá para saber se foi gravado. Confira na lista antes de enviar de novo.")
    if isinstance(error, BancoIndisponivel | BancoEmbutido | UsageRefusal):
        return _("O banco de dados não respondeu. Tente de novo em um minuto.")
    return _translate(error)


def show_http(error: HTTPException) -> Response:
    """What HTTP itself refuses: no such page, too large, not yours."""
    if isinstance(error, SecurityError) and not is_api():
        # Somebody calls the studio by a name that is not its own: no address can be made, so there is no page either.
        return Response("Este nome não é do estúdio (TRUSTED_HOSTS).\n", 400, content_type="text/plain; charset=utf-8")
    code = 403 if isinstance(error, CSRFError) else error.code or 500
    log.info("recusado_http", status=code, metodo=request.method, rota=request.endpoint)
    response = _show(code, _explain_http(error), codigo=f"http_{code}")
    if isinstance(allowed := getattr(error, "valid_methods", None), list):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def show_refusal(error: EstudioError) -> Response:
    """What a deed refuses, in its own words; what is broken, without them."""
    status = get_status(error)
    if status == 500:
        return show_crash(error)
    log.info("recusado", codigo=error.codigo, status=status, rota=request.endpoint)
    sentence = explain(error)
    # What is for who keeps the program running is not for a program elsewhere either.
    details = error.details if sentence == _translate(error) else {}
    response = _show(status, sentence, codigo=error.codigo, details=details)
    if isinstance(segundos := error.details.get("segundos"), int):
        response.headers["Retry-After"] = str(segundos)
    return response


def show_crash(error: Exception) -> Response:
    """The trace is for the log; who was at the page gets the number under which it stands there."""
    log.error("falhou", exc_info=error, rota=request.endpoint, tela=False)
    sentence = _("O programa falhou. Nada do que você enviou foi gravado pela metade. Tente de novo.")
    return _show(500, sentence, codigo="falhou")


def _translate(error: EstudioError) -> str:
    """The sentence of a refusal in the language of the page; one that the catalogue does not know stays as it is."""
    if error.is_ocasional:
        return _(error.message)
    # The name of a field is a word of the page, too.
    campo = error.details.get("campo")
    named = {"campo": _(campo)} if isinstance(campo, str) else {}
    return _(error.sentence).format_map(error.details | named)


def _show(status: int, mensagem: str, *, codigo: str, details: Mapping[str, object] | None = None) -> Response:
    if is_api():
        return make_problema(status, titulo=_title(status), mensagem=mensagem, codigo=codigo, details=details)
    forgo_estudio()
    page = render_template(
        "erros/show.html", status=status, titulo=_title(status), mensagem=mensagem, numero=logs.run_id()
    )
    return make_response(page, status)


def _title(status: int) -> str:
    titles = {
        401: _("Sem ficha"),
        403: _("Sem acesso"),
        404: _("Não encontrado"),
        409: _("Mudou enquanto isso"),
        413: _("Grande demais"),
        422: _("Não foi feito"),
        429: _("Devagar"),
        500: _("O programa falhou"),
        503: _("Agora não"),
    }
    return titles.get(status, _("Não deu certo"))


def _explain_http(error: HTTPException) -> str:
    if isinstance(error, CSRFError):
        return _("Este formulário venceu ou veio de outro lugar. Volte, recarregue a página e envie de novo.")
    if is_api():
        return _explain_http_to_program(error.code or 500)
    sentences = {
        403: _("Esta página não é para o seu acesso. Peça a quem é dono do estúdio."),
        404: _("Esta página não existe. Confira o endereço ou volte ao início."),
        405: _("Esta página não faz isso. Volte ao início."),
        413: _("O que você enviou é grande demais. Envie menos de cada vez."),
        429: _("Foram muitas tentativas seguidas. Espere um pouco e tente de novo."),
    }
    return sentences.get(error.code or 500, _("O pedido não foi entendido. Volte ao início e tente de novo."))


def _explain_http_to_program(code: int) -> str:
    sentences = {
        403: _("Este pedido não é aceito aqui. Confira a ficha e de onde o pedido vem."),
        404: _("Este endereço não existe na API. Confira o documento em /api/v1/docs."),
        405: _("Este endereço não aceita este método. Confira o documento em /api/v1/docs."),
        413: _("O que você enviou é grande demais. Envie menos de cada vez."),
        415: _("Envie JSON, com o cabeçalho Content-Type: application/json."),
    }
    return sentences.get(code, _("O pedido não foi entendido. Confira o documento em /api/v1/docs."))
