"""The structured log: one JSON line per step, the run id on each, and a person told of what needs them.

Whatever happens to the log, the program goes on: a folder that cannot be written or a full disk is said once on stderr.
The lines hold codes, counts and months, never what people wrote.
"""

import json
import logging
import re
import sys
import uuid
from collections import deque
from typing import Any, Final

import structlog
from structlog.typing import EventDict

from estudio import clock, lentas
from estudio.config import get_settings
from estudio.config_valores import PROGRAMA
from estudio.log_files import MAX_FILE, LogFiles, Parte
from estudio.log_traces import format_trace

MAX_LINE: Final = 64 * 1024
"""Bytes of one line; a longer one loses its middle."""

SLOW_FILE: Final = "consultas_lentas.jsonl"
"""The slow statements once more, apart: what the newest of them were is read from there, so nobody else rotates it."""

MAX_SLOW: Final = 256 * 1024

_JSON: Final = json.JSONEncoder(ensure_ascii=False, default=str)
_PASSWORD: Final = re.compile(r"(://[^:/@\s]*:)[^@\s]+@")

# What an error of somebody else's may quote: an e-mail address, a CPF, a telephone. Nothing of ours looks like them.
_PESSOAL: Final = re.compile(
    rb"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b\d{3}\.\d{3}\.\d{3}-\d{2}\b|\(?\b\d{2}\)?[ -]?9?\d{4}-\d{4}\b"
    # A number in JSON stays one.
    rb"|(?<!\": )\b(?:(?:55)?\d{2}\)? ?9\d{8}|\d{11})\b"
)
_PALAVRAS: Final = {"WARNING": "aviso", "ERROR": "erro", "CRITICAL": "grave"}

# Not a contextvar alone: the threads of a run are part of it.
_process: Final[dict[str, Any]] = {"run_id": str(uuid.uuid4()), "parte": Parte.COMANDOS}


def start(parte: Parte = Parte.COMANDOS) -> None:
    """Begin a run with an id of its own, of this part of the program unless a deed says otherwise; until
    `configure` its warnings are told on the screen."""
    _process.update(run_id=str(uuid.uuid4()), parte=parte)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    _replace_handlers(Screen())


def configure() -> None:
    """Write what is logged from here on where the settings say, and as much as they say."""
    settings = get_settings()
    if settings.log_to_file:
        limit = MAX_FILE if settings.log_rotation == PROGRAMA else None
        _replace_handlers(Screen(), LogFile(LogFiles(settings.log_dir, limit=limit, complain=_tell)))
        slow = LogFiles(settings.log_dir, limit=MAX_SLOW, complain=_tell)
        logging.getLogger(lentas.__name__).addHandler(LogFile(slow, SLOW_FILE))
    # What libraries tell at INFO is not about the studio.
    logging.getLogger("estudio").setLevel(settings.log_level)


def run_id() -> str:
    """Return the id on the lines of this moment."""
    return str(structlog.contextvars.get_contextvars().get("run_id", _process["run_id"]))


class LogFile(logging.Handler):
    """Each record as one line, in the file of the part of the program that was at work, or in one for all."""

    def __init__(self, files: LogFiles, arquivo: str | None = None) -> None:
        super().__init__()
        self.files = files
        self.arquivo = arquivo

    def emit(self, record: logging.LogRecord) -> None:
        payload = _to_payload(record)
        parte: Parte = payload.pop("parte")
        self.files.write(self.arquivo or parte.arquivo, _to_bytes(payload))

    def close(self) -> None:
        self.files.close()
        super().close()


class Screen(logging.Handler):
    """Warnings and worse, for the person at the terminal, on stderr: the `mensagem`, or the event and its fields."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._told: deque[str] = deque(maxlen=100)

    def emit(self, record: logging.LogRecord) -> None:
        payload = _to_payload(record)
        del payload["parte"]
        # The edge of the program says its own sentence and logs the trace: once is enough.
        if isinstance(record.msg, dict) and not record.msg.get("tela", True) and _has_healthy_file():
            return
        trace = str(payload.pop("erro", ""))
        sentence = payload.get("mensagem")
        if record.levelno == logging.WARNING and sentence:
            # A setting is read by each step of a run; its owner needs to hear of it once.
            if sentence in self._told:
                return
            self._told.append(sentence)
        _tell(f"{_PALAVRAS[payload['nivel']]}: {sentence or _list_fields(payload)}")
        # The trace is for the log; without one the screen is the only place left for it.
        if trace and not _has_healthy_file():
            _tell(trace)


def _list_fields(payload: dict[str, Any]) -> str:
    known = ("em", "nivel", "evento", "run_id", "onde")
    words = " ".join(f"{key}={value}" for key, value in payload.items() if key not in known)
    return f"{payload['evento']} ({words})" if words else str(payload["evento"])


def _to_payload(record: logging.LogRecord) -> dict[str, Any]:
    """Make the fields of a line out of a record, whether structlog or a library wrote it."""
    event: EventDict = dict(record.msg) if isinstance(record.msg, dict) else {"event": record.getMessage()}
    exc_info = event.pop("exc_info", None) or record.exc_info
    if exc_info is True:
        exc_info = sys.exc_info()
    elif isinstance(exc_info, BaseException):
        exc_info = (type(exc_info), exc_info, exc_info.__traceback__)
    payload: dict[str, Any] = {
        "em": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "nivel": record.levelname,
        "run_id": event.pop("run_id", run_id()),
        "evento": event.pop("event", ""),
        "onde": record.name,
        "parte": event.pop("parte", structlog.contextvars.get_contextvars().get("parte", _process["parte"])),
    }
    for noise in ("tela", "_record", "_from_structlog"):
        event.pop(noise, None)
    payload |= event
    if exc_info and exc_info[1] is not None:
        payload["erro"] = format_trace(exc_info[1])
    return {key: _hide_password(value) if isinstance(value, str) else value for key, value in payload.items()}


def _hide_password(text: str) -> str:
    # Few texts hold an address, and a closing of a large month writes thousands of lines.
    return _PASSWORD.sub(r"\1***@", text) if "://" in text else text


def _to_bytes(payload: dict[str, Any]) -> bytes:
    # Half a surrogate, from a file name that is no UTF-8, must not lose the line.
    line = _JSON.encode(payload).encode("utf-8", "backslashreplace")
    if len(line) > MAX_LINE:
        head, tail = (line[: MAX_LINE // 4].decode("utf-8", "ignore"), line[-MAX_LINE // 8 :].decode("utf-8", "ignore"))
        cut = {key: payload[key] for key in ("em", "nivel", "run_id", "onde")} | {
            "evento": "linha_longa",
            "texto": head + " … " + tail,
        }
        line = _JSON.encode(cut).encode("utf-8", "backslashreplace")
    return _PESSOAL.sub(b"***", line) + b"\n"


def _replace_handlers(*handlers: logging.Handler) -> None:
    root = logging.getLogger()
    for logger in (root, logging.getLogger(lentas.__name__)):
        for old in [handler for handler in logger.handlers if isinstance(handler, Screen | LogFile)]:
            logger.removeHandler(old)
            old.close()
    for handler in handlers:
        root.addHandler(handler)


def _has_healthy_file() -> bool:
    return any(isinstance(handler, LogFile) and handler.files.is_healthy for handler in logging.getLogger().handlers)


def _tell(line: str) -> None:
    try:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        # Nobody is left to be told: stderr is closed, or its disk is full.
        return
