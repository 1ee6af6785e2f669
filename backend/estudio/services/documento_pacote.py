"""The month's pack: one zip with a closed month for programs, for spreadsheets, and for whoever checks it.

Everything in it is made of the version that stands and of nothing else, so that a version gives the same bytes on each
making: entries in a fixed order, stamped with the seal's instant.
"""

import errno
import hashlib
import os
import shutil
import tempfile
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import IO, Final

from sqlalchemy.orm import Session

from estudio.domain.competencia import Competencia
from estudio.domain.errors import DiscoRecusou
from estudio.domain.usuario import Quem
from estudio.services.documento_csv import DocumentoCsv
from estudio.services.documento_json import DocumentoJson
from estudio.services.documento_leitura import Documento, MesFechado, find_mes_fechado, write_linhas
from estudio.services.documento_xlsx import DocumentoXlsx

PEDACO: Final = 1 << 16
EM_MEMORIA: Final = 1 << 20
"""Bytes. A larger pack is in a file while it is handed over; a common month has 100 kB."""

_LEIA: Final = """{titulo}, versão {versao}

{nome}.xlsx   uma folha por seção; as somas são fórmulas
{nome}.csv    as mesmas linhas numa folha só
{nome}.json   as mesmas linhas como foram seladas, os totais e o selo
verificar.py          confere tudo isto sem internet nem programa nenhum além do Python (3.8 ou mais novo):

    python3 verificar.py

Ele diz "íntegro" e mostra o selo do mês. Compare-o com o que o estúdio guarda (página do Extrato, arquivo selos.log):
um selo igual prova que as linhas e os totais são os que foram fechados. Nomes e descrições ficam ao lado do selo, e não
dentro dele. Quem desconfia do próprio verificar.py usa o de outro pacote: python3 verificar.py ARQUIVO.zip

Selo: {selo}

No CSV, um texto que uma planilha executaria começa com um apóstrofo, que não faz parte dele. Valores em reais.
"""


@dataclass(frozen=True, slots=True)
class Pacote:
    """The zip, open at its beginning; whoever takes it closes it."""

    nome: str
    arquivo: IO[bytes]
    tamanho: int


def create_pacote(session: Session, competencia: Competencia, *, quem: Quem) -> Pacote:
    """The pack of the version that stands; writes nothing but temporary files. Raises NaoFechado, IntegrityBroken."""
    mes = find_mes_fechado(session, competencia, quem=quem)
    with ExitStack() as stack:
        sheet, payload, workbook = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        json, xlsx = DocumentoJson(payload, mes), DocumentoXlsx(workbook, mes)
        stack.callback(xlsx.close)
        documentos: list[Documento] = [DocumentoCsv(sheet), json, xlsx]
        write_linhas(session, mes, documentos)
        json.finish()
        xlsx.finish()
        with ExitStack() as kept:
            arquivo = kept.enter_context(tempfile.SpooledTemporaryFile(max_size=EM_MEMORIA))
            _write_zip(arquivo, mes, _list_entries(mes, sheet, payload, workbook))
            tamanho = arquivo.seek(0, 2)
            arquivo.seek(0)
            kept.pop_all()
    return Pacote(f"{_stem(mes)}_v{mes.extrato.versao}.zip", arquivo, tamanho)


def keep_pacote(pacote: Pacote, path: Path) -> None:
    """Write a pack where a person wants it, never over a file that is there. Raises DiscoRecusou."""
    try:
        # Nobody else on this machine reads it: names of clientes are in it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DiscoRecusou(caminho=str(path), motivo=_explain_open(error)) from error
    try:
        with os.fdopen(descriptor, "wb") as target:
            shutil.copyfileobj(pacote.arquivo, target, PEDACO)
            target.flush()
            os.fsync(target.fileno())
    except OSError as error:
        # Half a pack would be taken for one.
        path.unlink(missing_ok=True)
        raise DiscoRecusou(caminho=str(path), motivo=str(error.strerror)) from error


def _explain_open(error: OSError) -> str:
    if error.errno == errno.EEXIST:
        return "já existe, e nada é gravado por cima. Escolha outro nome com --saida."
    return f"{error.strerror}. Escolha outro lugar com --saida."


def _list_entries(mes: MesFechado, sheet: IO[bytes], payload: IO[bytes], workbook: IO[bytes]) -> dict[str, IO[bytes]]:
    """Names and bytes, in their order."""
    stem = _stem(mes)
    return {
        "LEIA-ME.txt": BytesIO(_explain(mes).encode()),
        f"{stem}.csv": sheet,
        f"{stem}.json": payload,
        f"{stem}.xlsx": workbook,
        "verificar.py": BytesIO(files("estudio.services").joinpath("documento_verificar.py").read_bytes()),
    }


def _write_zip(arquivo: IO[bytes], mes: MesFechado, entries: dict[str, IO[bytes]]) -> None:
    em = datetime.fromisoformat(mes.extrato.selo.em.removesuffix("Z"))
    stamp = (em.year, em.month, em.day, em.hour, em.minute, em.second)
    sums = []
    with zipfile.ZipFile(arquivo, "w") as archive:
        for name, source in entries.items():
            source.seek(0)
            sha256 = hashlib.sha256()
            with archive.open(_entry(name, stamp), "w") as target:
                while piece := source.read(PEDACO):
                    sha256.update(piece)
                    target.write(piece)
            sums.append(f"{sha256.hexdigest()}  {name}\n")
        archive.writestr(_entry("SHA256SUMS", stamp), "".join(sums))


def _entry(name: str, stamp: tuple[int, int, int, int, int, int]) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, stamp)
    entry.compress_type = zipfile.ZIP_DEFLATED
    # As on any machine, whatever the system that makes it; readable when it is unpacked.
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    return entry


def _stem(mes: MesFechado) -> str:
    return f"extrato_{mes.competencia.ano:04d}_{mes.competencia.mes:02d}"


def _explain(mes: MesFechado) -> str:
    extrato = mes.extrato
    return _LEIA.format(
        titulo=f"Extrato de {mes.competencia.label}",
        versao=extrato.versao,
        nome=_stem(mes),
        selo=extrato.selo.selo_sha256,
    )
