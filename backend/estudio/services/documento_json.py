"""A closed month for programs, and for whoever checks it: the canonical lines, what they add up to, and the seal.

Money is text in reais where people read it, and integer centavos in what is hashed. Names and descriptions stand
beside the lines, never in them, as they stand beside the seal.
"""

import json
from itertools import groupby
from operator import attrgetter
from typing import IO, Any, Final

from estudio.domain.contagem import split_acertos
from estudio.domain.contagem_linhas import format_linhas
from estudio.domain.extrato import Selo
from estudio.services.contagem_service import describe_totals
from estudio.services.documento_leitura import TIPOS, Linha, MesFechado
from estudio.services.extrato_consulta import as_strings

FORMATO: Final = "pacote/1"
COM_ACERTOS: Final = "pacote/2"
"""The same with a kind more, `acerto`, and `motivos`: only of a month that has any."""

_DIA = attrgetter("dia")


class DocumentoJson:
    """Lines on their way into the file, one to a line of it; `finish` closes it."""

    def __init__(self, file: IO[bytes], mes: MesFechado) -> None:
        self._file = file
        self._descricoes: dict[str, str] = {}
        self._motivos: dict[str, str] = {}
        self._has_acertos = _has_acertos(mes)
        self._tipos = [tipo for tipo in TIPOS if tipo != "acerto" or self._has_acertos]
        self._waiting = list(self._tipos)
        self._first = True
        head = json.dumps(_describe(mes), ensure_ascii=False, indent=1).removesuffix("\n}")
        self._write(f'{head},\n "linhas": {{')
        self._open_next()

    def add(self, linhas: list[Linha]) -> None:
        while linhas[0].tipo != self._tipo:
            self._close()
            self._open_next()
        texts = self._motivos if self._tipo == "acerto" else self._descricoes
        texts |= {str(linha.id): linha.descricao for linha in linhas if linha.descricao is not None}
        lines = [
            line
            for dia, do_dia in groupby(linhas, key=_DIA)
            for line in format_linhas(self._tipo, dia.isoformat(), [linha.selada for linha in do_dia])
        ]
        self._write(("\n" if self._first else ",\n") + ",\n".join(lines))
        self._first = False

    def finish(self) -> None:
        """The kinds that had no rows, the descriptions of the gastos and the reasons of the acertos."""
        self._close()
        while self._waiting:
            self._open_next()
            self._close()
        descricoes = json.dumps(self._descricoes, ensure_ascii=False, indent=1)
        motivos = json.dumps(self._motivos, ensure_ascii=False, indent=1)
        self._write(f'\n }},\n "descricoes": {descricoes}')
        self._write(f',\n "motivos": {motivos}\n}}\n' if self._has_acertos else "\n}\n")

    def _open_next(self) -> None:
        self._tipo = self._waiting.pop(0)
        comma = "" if len(self._waiting) == len(self._tipos) - 1 else ","
        self._write(f'{comma}\n  "{self._tipo}": [')
        self._first = True

    def _close(self) -> None:
        self._write("]" if self._first else "\n  ]")

    def _write(self, text: str) -> None:
        self._file.write(text.encode())


def _has_acertos(mes: MesFechado) -> bool:
    return split_acertos(mes.extrato.totais)[0] > 0


def _describe(mes: MesFechado) -> dict[str, Any]:
    extrato = mes.extrato
    nomes: dict[str, dict[str, str]] = {"artista": {}, "categoria": {}, "cliente": {}, "forma": {}, "usuario": {}}
    # By code point: the database sorts as its locale does.
    for (tipo, chave), nome in sorted(mes.nomes.items()):
        nomes[tipo][chave] = nome
    return {
        "formato": COM_ACERTOS if _has_acertos(mes) else FORMATO,
        "competencia": mes.competencia.slug,
        "versao": extrato.versao,
        "conteudo_sha256": extrato.conteudo_sha256,
        "selo": _describe_selo(extrato.selo),
        "totais": as_strings(describe_totals(extrato.totais, mes.nomes)),
        "totais_selados": extrato.totais,
        "por_dia": extrato.por_dia,
        "nomes": nomes,
    }


def _describe_selo(selo: Selo) -> dict[str, Any]:
    """Every field that the seal's hash is made of, in their order, and the hash."""
    return {
        "formato": "selo/1",
        "seq": selo.seq,
        "tipo": selo.tipo,
        "mes": f"{selo.mes:%Y-%m}",
        "versao": selo.versao,
        "conteudo_sha256": selo.conteudo_sha256,
        "backup_sha256": selo.backup_sha256,
        "em": selo.em,
        "quem": selo.quem,
        "anterior_sha256": selo.anterior_sha256,
        "selo_sha256": selo.selo_sha256,
    }
