"""Version 4's `backup_YYYY_MM.csv`, and a spreadsheet with its columns, as typed records.

A line that cannot be read is a note with its number, and the reading goes on: a person wants to see all of them.
Whether the file is one of our own backups is told by its header; those are read by `import_backup`.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

from estudio.domain.cliente import NAO_INFORMADO
from estudio.domain.errors import DadosInvalidos
from estudio.domain.nomes import normalise_nome
from estudio.domain.sessao import Status
from estudio.services.import_arquivo import open_arquivo
from estudio.services.import_backup import read_backup_proprio
from estudio.services.import_celula import (
    MAIOR_EVENTO,
    find_id,
    find_instante,
    find_texto,
    parse_data,
    parse_id,
    parse_nome,
    parse_percentual_da_comissao,
    parse_valor,
)
from estudio.services.import_planilha import Planilha
from estudio.services.import_registros import (
    DA_VERSAO_4,
    ComissaoLida,
    GastoLido,
    Leitura,
    PagamentoLido,
    Pessoa,
    Rotulo,
    SessaoLida,
)

SEM_DESCRICAO: Final = "Sem descrição"

_STATUS: Final = {
    "active": Status.AGENDADA, "scheduled": Status.AGENDADA, "completed": Status.REALIZADA, "paid": Status.REALIZADA,
    "archived": Status.REALIZADA, "cancelled": Status.CANCELADA, "canceled": Status.CANCELADA,
    **{status.value: status for status in Status},
}  # fmt: skip


def read_arquivo(path: Path, *, nome: str | None = None) -> Leitura:
    """Read a file, whole; nothing is asked of the database. `recusas` says what could not be read.

    `nome` is what people call a sheet that lies under another name; a backup is known by its own.

    Raises ArquivoAusente, ArquivoNaoLido, or for one of our own backups a BackupDanificado.
    """
    with open_arquivo(path, nome=nome) as arquivo:
        planilha = Planilha(arquivo)
        if not planilha.is_backup:
            planilha.ensure_columns()
            leitura = _Registros(planilha, Leitura(arquivo.nome)).read()
            if not leitura.recusas and not any(leitura.of(tipo) for tipo in DA_VERSAO_4):
                raise arquivo.refuse("só tem o cabeçalho, nenhum registro. Confira o arquivo e exporte-o de novo.")
            leitura.sha256 = arquivo.sha256
            return leitura
    return read_backup_proprio(path)


class _Registros:
    """The rows of a sheet, one after the other, into a Leitura."""

    def __init__(self, planilha: Planilha, leitura: Leitura) -> None:
        self._planilha = planilha
        self._leitura = leitura
        self._column = {name: number for number, name in enumerate(planilha.header)}
        self._row: list[str] = []
        self._first_lines: dict[tuple[str, int], int] = {}
        self._pessoas: dict[str, Pessoa] = {}
        self._rotulos: dict[str, Rotulo] = {}

    def read(self) -> Leitura:
        for linha, row in self._planilha.rows(self._leitura.recusas):
            self._read_row(linha, row)
        return self._leitura

    def _read_row(self, linha: int, row: list[str]) -> None:
        self._row = row
        tipo = normalise_nome(self._cell("type"))
        if tipo not in DA_VERSAO_4:
            found = f"“{self._cell('type')[:40]}” não é um tipo" if tipo else "falta o tipo"
            self._leitura.recusas.add(linha, f"{found}: use pagamento, sessao, comissao ou gasto.", codigo="tipo")
            return
        id_: int | None = None
        try:
            id_ = parse_id(self._cell("id"), "id")
            before = self._first_lines.setdefault((tipo, id_), linha)
            if before != linha:
                raise DadosInvalidos(f"o id {id_} de {tipo} já apareceu na linha {before}.")
            self._add(tipo, linha, id_)
        except DadosInvalidos as invalid:
            self._leitura.recusas.add(linha, invalid.message)
            if id_ is not None:
                self._leitura.ilegiveis.add((tipo, id_))

    def _add(self, tipo: str, linha: int, id_: int) -> None:
        leitura = self._leitura
        if tipo == "pagamento":
            leitura.pagamentos.append(self._read_pagamento(linha, id_))
        elif tipo == "sessao":
            leitura.sessoes.append(self._read_sessao(linha, id_))
        elif tipo == "comissao":
            leitura.comissoes.append(self._read_comissao(linha, id_))
        else:
            leitura.gastos.append(self._read_gasto(linha, id_))

    def _read_pagamento(self, linha: int, id_: int) -> PagamentoLido:
        return PagamentoLido(
            linha=linha,
            id=id_,
            data=parse_data(self._cell("data")),
            valor=parse_valor(self._cell("valor"), ponto=self._planilha.ponto),
            forma=self._rotulo("forma_pagamento"),
            artista=self._artista(),
            cliente=self._cliente(),
            percentual=parse_percentual_da_comissao(self._cell("percentual")) if self._cell("percentual") else None,
            observacoes=find_texto(self._text("observacoes"), "observacoes"),
            sessao_id=find_id(self._cell("sessao_id"), "sessao_id"),
            estorno_de=None,
            google_event_id=self._evento(),
            criador=self._criador(),
            criado_em=self._instante(linha),
        )

    def _read_sessao(self, linha: int, id_: int) -> SessaoLida:
        status = normalise_nome(self._cell("status"))
        if status and status not in _STATUS:
            what = f"status “{self._cell('status')[:40]}” não existe: a sessão entra como agendada."
            self._leitura.avisos.add(linha, what, codigo="status")
        return SessaoLida(
            linha=linha,
            id=id_,
            data=parse_data(self._cell("data")),
            valor=parse_valor(self._cell("valor"), ponto=self._planilha.ponto, zero=True),
            artista=self._artista(),
            cliente=self._cliente(),
            status=_STATUS.get(status, Status.AGENDADA).value,
            observacoes=find_texto(self._text("observacoes"), "observacoes"),
            payment_id=find_id(self._cell("payment_id"), "payment_id"),
            google_event_id=self._evento(),
            criador=self._criador(),
            criado_em=self._instante(linha),
        )

    def _read_comissao(self, linha: int, id_: int) -> ComissaoLida:
        if not self._cell("pagamento_id"):
            raise DadosInvalidos("a comissão não diz de que pagamento é. Preencha pagamento_id, ou apague a linha.")
        return ComissaoLida(
            linha=linha,
            id=id_,
            pagamento_id=parse_id(self._cell("pagamento_id"), "pagamento_id"),
            artista=self._artista() if self._cell("artista_name") else None,
            percentual=parse_percentual_da_comissao(self._cell("percentual")),
            valor=parse_valor(self._cell("valor"), ponto=self._planilha.ponto, zero=True),
            observacoes=find_texto(self._text("observacoes"), "observacoes"),
            criado_em=self._instante(linha),
        )

    def _read_gasto(self, linha: int, id_: int) -> GastoLido:
        descricao = find_texto(self._text("descricao"), "descricao")
        if descricao is None:
            what = f"gasto sem descrição: entra como “{SEM_DESCRICAO}”."
            self._leitura.avisos.add(linha, what, codigo="sem_descricao")
        return GastoLido(
            linha=linha,
            id=id_,
            data=parse_data(self._cell("data")),
            valor=parse_valor(self._cell("valor"), ponto=self._planilha.ponto),
            descricao=descricao or SEM_DESCRICAO,
            forma=self._rotulo("forma_pagamento"),
            categoria=self._rotulo("categoria") if self._cell("categoria") else None,
            criador=self._criador(),
            criado_em=self._instante(linha),
        )

    def _text(self, coluna: str) -> str:
        """A cell as it is."""
        number = self._column.get(coluna)
        return "" if number is None else self._row[number]

    def _cell(self, coluna: str) -> str:
        return self._text(coluna).strip()

    def _pessoa(self, coluna: str) -> Pessoa:
        text = self._cell(coluna)
        if text not in self._pessoas:
            self._pessoas[text] = Pessoa(None, parse_nome(text, coluna))
        return self._pessoas[text]

    def _artista(self) -> Pessoa:
        return self._pessoa("artista_name")

    def _cliente(self) -> Pessoa | None:
        nome = self._cell("cliente_name")
        return None if not nome or nome == NAO_INFORMADO else self._pessoa("cliente_name")

    def _criador(self) -> Pessoa | None:
        return self._pessoa("creator_name") if self._cell("creator_name") else None

    def _rotulo(self, coluna: str) -> Rotulo:
        text = self._cell(coluna)
        if text not in self._rotulos:
            if not text:
                raise DadosInvalidos(f"falta {coluna}.")
            self._rotulos[text] = Rotulo(None, find_texto(text, coluna, maximo=60) or text)
        return self._rotulos[text]

    def _evento(self) -> str | None:
        return find_texto(self._cell("google_event_id"), "google_event_id", maximo=MAIOR_EVENTO)

    def _instante(self, linha: int) -> datetime | None:
        text = self._cell("created_at")
        found = find_instante(text) if text else None
        if text and found is None:
            self._leitura.avisos.add(linha, f"created_at “{text[:40]}” não foi entendido: fica a hora da importação.")
        return found
