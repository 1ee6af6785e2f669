"""Making the files of a closed month out of its sealed rows: all that are asked for, in one pass over the rows."""

import errno
import tempfile
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from io import BytesIO
from threading import BoundedSemaphore
from typing import IO, Final

from sqlalchemy.orm import Session

from estudio.domain.documento import Tipo
from estudio.domain.errors import DiscoRecusou, Ocupado
from estudio.domain.identidade import get_identidade
from estudio.services.documento_csv import DocumentoCsv
from estudio.services.documento_json import DocumentoJson
from estudio.services.documento_leitura import Documento, MesFechado, write_linhas
from estudio.services.documento_pdf import DocumentoPdf
from estudio.services.documento_xlsx import DocumentoXlsx

JUNTOS: Final = 2
"""As many are made or packed at once by one process; who comes besides waits a little, and then comes again later."""
ESPERA_S: Final = 20

_vagas = BoundedSemaphore(JUNTOS)


@contextmanager
def taking_turns() -> Generator[None, None, None]:
    """A place for something that takes memory and temporary files. Raises Ocupado, and DiscoRecusou for those files."""
    if not _vagas.acquire(timeout=ESPERA_S):
        raise Ocupado
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        motivo = (
            "o disco está cheio. Libere espaço ou aponte TMPDIR para outro disco." if full else f"{error.strerror}."
        )
        raise DiscoRecusou(caminho=tempfile.tempdir or "/tmp", motivo=motivo) from error
    finally:
        _vagas.release()


class Feitura:
    """Files on their way: all rows are in them, and `finish` makes them whole, one after the other."""

    def __init__(self, mes: MesFechado, tipos: Collection[Tipo], *, estudio: str) -> None:
        self._sinks = {tipo: BytesIO() for tipo in tipos}
        makers: dict[Tipo, Callable[[IO[bytes]], Documento]] = {
            Tipo.CSV: DocumentoCsv,
            Tipo.JSON: lambda sink: DocumentoJson(sink, mes),
            Tipo.XLSX: lambda sink: DocumentoXlsx(sink, mes),
            # Last: it takes longest.
            Tipo.PDF: lambda sink: DocumentoPdf(sink, mes, estudio=estudio),
        }
        self.documentos = {tipo: maker(self._sinks[tipo]) for tipo, maker in makers.items() if tipo in tipos}

    def finish(self, keep: Callable[[Tipo, bytes], None]) -> None:
        """Hand each file to `keep` as soon as it is whole. Raises DocumentoNaoGerado, and OSError of its files."""
        for tipo, documento in self.documentos.items():
            if isinstance(documento, DocumentoJson | DocumentoXlsx | DocumentoPdf):
                documento.finish()
            with self._sinks[tipo] as sink:
                keep(tipo, sink.getvalue())

    def close(self) -> None:
        """Let go of what the rows were kept in, also where something went wrong."""
        for documento in self.documentos.values():
            if isinstance(documento, DocumentoXlsx):
                documento.close()


@contextmanager
def reading_documentos(session: Session, mes: MesFechado, tipos: Collection[Tipo]) -> Generator[Feitura, None, None]:
    """Read all rows of the version once, into these files. The same version gives the same bytes.

    Raises IntegrityBroken, NaoFechado, and OSError of temporary files.
    """
    feitura = Feitura(mes, tipos, estudio=get_identidade(session).nome)
    try:
        write_linhas(session, mes, list(feitura.documentos.values()))
        yield feitura
    finally:
        feitura.close()
