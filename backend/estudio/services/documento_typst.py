"""A document on paper: a template of ours and data, set by Typst into a PDF that can be kept for decades.

What people typed reaches the compiler as JSON alone, never as markup. It runs in a process of its own, which sees the
folder of the templates and nothing else, has a limit of time and of memory, and can be ended. The same data give the
same bytes on every machine: the typefaces are the compiler's own, and the only instant in it is the one that is given.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from estudio import papel
from estudio.domain.errors import DocumentoNaoGerado
from estudio.services import documento_typst_filho
from estudio.services.documento_letras import fit_letras, fit_texto

log = structlog.get_logger(__name__)

PRAZO_S: Final = 30
_MOST_SAID: Final = 2000


def compile_pdf(template: str, payload: Mapping[str, object], *, em: datetime, titulo: str) -> bytes:
    """Set `papel/<template>.typ` with the payload (JSON values; money as text that is ready to be read).

    PDF/A-2a and PDF/UA-1, in Portuguese. The template reads the data with `dados` of `folha.typ`, where `titulo` is the
    document's and `faltam_letras` says how many texts had signs that no typeface has. `em` is the instant that the
    document bears. Raises DocumentoNaoGerado.
    """
    assert (papel.PASTA / f"{template}.typ").is_file(), template
    assert em.tzinfo is not None, "an instant, not a wall clock"
    fitted, faltam = fit_letras(payload)
    fitted |= {"titulo": fit_texto(titulo), "faltam_letras": faltam}
    request = {
        "pasta": str(papel.PASTA),
        "modelo": f"{template}.typ",
        "dados": json.dumps(fitted, ensure_ascii=False),
        "em": int(em.timestamp()),
    }
    return _run(template, json.dumps(request, ensure_ascii=False).encode())


def _run(template: str, request: bytes) -> bytes:
    try:
        done = subprocess.run(
            # By its path and in isolation: nothing of this program, its settings or its secrets is in that process.
            [sys.executable, "-I", str(Path(documento_typst_filho.__file__))],
            input=request,
            capture_output=True,
            timeout=PRAZO_S,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DocumentoNaoGerado(motivo=f"demorou mais de {PRAZO_S} s") from error
    except OSError as error:
        raise DocumentoNaoGerado(motivo=str(error.strerror or error)) from error
    if done.returncode == 0 and done.stdout.startswith(b"%PDF-"):
        return done.stdout
    said = done.stderr.decode(errors="replace").strip()[-_MOST_SAID:]
    log.error("documento_nao_gerado", modelo=template, codigo=done.returncode, disse=said)
    raise DocumentoNaoGerado(
        motivo="faltou memória, ou o processo foi encerrado" if done.returncode < 0 else "o compilador recusou"
    )
