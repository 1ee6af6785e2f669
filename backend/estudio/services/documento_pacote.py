"""The month's pack: one zip with a closed month on paper, for programs, for spreadsheets, and for whoever checks it.

Everything in it is what was kept of the version that stands, in a fixed order and stamped with the seal's instant.
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
from pathlib import Path
from typing import IO, Final

from sqlalchemy.orm import Session

from estudio.domain.competencia import Competencia
from estudio.domain.documento import Documento, stem_of
from estudio.domain.errors import DiscoRecusou, NaoFechado
from estudio.domain.extrato import Extrato, find_vigente
from estudio.domain.usuario import Quem
from estudio.services.documento_feitura import taking_turns
from estudio.services.documento_service import list_documentos

PEDACO: Final = 1 << 16
EM_MEMORIA: Final = 1 << 20
"""Bytes. A larger pack is in a file while it is handed over; a common month has 100 kB."""

_LEIA: Final = """{titulo}, versão {versao}

{nome}.pdf    o extrato para ler e imprimir, com todas as linhas em anexo
{nome}.xlsx   uma folha por seção; as somas são fórmulas
{nome}.csv    as mesmas linhas numa folha só
{nome}.json   as mesmas linhas como foram seladas, os totais e o selo
verificar.py          confere tudo isto sem internet nem programa nenhum além do Python (3.8 ou mais novo):

    python3 verificar.py

Ele diz "íntegro" e mostra o selo do mês. Compare-o com o que o estúdio guarda (página do Extrato, arquivo selos.log):
um selo igual prova que as linhas e os totais são os que foram fechados. Nomes e descrições ficam ao lado do selo, e não
dentro dele. O verificar.py refaz as contas do JSON e compara com ele o CSV e a planilha, célula por célula. O PDF ele
não lê: o que cobre o PDF é o sha256 dele, que está em SHA256SUMS e na página do Extrato. Quem desconfia do próprio
verificar.py usa o de outro pacote: python3 verificar.py ARQUIVO.zip

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
    """The pack of the version that stands, out of the files that were kept; writes nothing but temporary files.

    Raises NaoFechado, DocumentosFaltando, Ocupado, DiscoRecusou.
    """
    quem.ensure_ve_resultado()
    extrato = find_vigente(session, competencia)
    if extrato is None:
        raise NaoFechado(mes=competencia.label)
    with taking_turns(), ExitStack() as kept:
        documentos = list_documentos(session, competencia, quem=quem)
        arquivo = kept.enter_context(tempfile.SpooledTemporaryFile(max_size=EM_MEMORIA))
        _write_zip(arquivo, extrato, _list_entries(extrato, documentos))
        tamanho = arquivo.seek(0, 2)
        arquivo.seek(0)
        kept.pop_all()
    return Pacote(f"{stem_of(competencia)}_v{extrato.versao}.zip", arquivo, tamanho)


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


def _list_entries(extrato: Extrato, documentos: list[Documento]) -> dict[str, bytes]:
    """Names and bytes, in their order."""
    return {
        "LEIA-ME.txt": _explain(extrato).encode(),
        **{documento.nome: documento.conteudo for documento in documentos},
        "verificar.py": files("estudio.services").joinpath("documento_verificar.py").read_bytes(),
    }


def _write_zip(arquivo: IO[bytes], extrato: Extrato, entries: dict[str, bytes]) -> None:
    em = datetime.fromisoformat(extrato.selo.em.removesuffix("Z"))
    stamp = (em.year, em.month, em.day, em.hour, em.minute, em.second)
    sums = [f"{hashlib.sha256(conteudo).hexdigest()}  {name}\n" for name, conteudo in entries.items()]
    with zipfile.ZipFile(arquivo, "w") as archive:
        for name, conteudo in entries.items():
            archive.writestr(_entry(name, stamp), conteudo)
        archive.writestr(_entry("SHA256SUMS", stamp), "".join(sums))


def _entry(name: str, stamp: tuple[int, int, int, int, int, int]) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, stamp)
    entry.compress_type = zipfile.ZIP_DEFLATED
    # As on any machine, whatever the system that makes it; readable when it is unpacked.
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    return entry


def _explain(extrato: Extrato) -> str:
    return _LEIA.format(
        titulo=f"Extrato de {extrato.competencia.label}",
        versao=extrato.versao,
        nome=stem_of(extrato.competencia),
        selo=extrato.selo.selo_sha256,
    )
