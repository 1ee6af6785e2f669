"""One of our own backups as records to import: proven whole first, against the manifest beside it.

The manifest says which studio wrote it: its ids mean something only together with that.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

from estudio.domain.backup_planilha import Linha, LinhaAcerto, LinhaComissao, LinhaGasto, LinhaPagamento, LinhaSessao
from estudio.domain.errors import ArquivoNaoLido, BackupSumiu
from estudio.services.backup_leitura import open_rows, read_backup
from estudio.services.import_arquivo import show_name
from estudio.services.import_registros import (
    AcertoLido,
    ComissaoLida,
    GastoLido,
    Leitura,
    PagamentoLido,
    Pessoa,
    Rotulo,
    SessaoLida,
)

_HEADER_LINES: Final = 1


def read_backup_proprio(path: Path) -> Leitura:
    """Read a backup by either of its names. Raises a BackupDanificado, or ArquivoNaoLido without its manifest."""
    try:
        guardado = read_backup(path).guardado
    except BackupSumiu as missing:
        raise ArquivoNaoLido(
            arquivo=show_name(path),
            motivo="é um backup deste programa, mas falta ao lado dele o manifesto (.json), que diz de que estúdio é e "
            "prova que está inteiro. Copie os dois arquivos da pasta dos backups.",
            falta=str(missing.details["arquivo"]),
        ) from missing
    manifesto = guardado.manifesto
    leitura = Leitura(show_name(path), f"backup:{manifesto.origem.estudio_id}", manifesto.csv.sha256)
    records = _Records(leitura)
    with open_rows(guardado) as rows:
        for linha, row in enumerate(rows, _HEADER_LINES + 1):
            records.add(linha, row)
    return leitura


class _Records:
    """Rows of the sheet into records; who appears again and again is held once."""

    def __init__(self, leitura: Leitura) -> None:
        self._leitura = leitura
        self._pessoas: dict[tuple[int, str], Pessoa] = {}

    def add(self, linha: int, row: Linha) -> None:
        match row:
            case LinhaPagamento():
                self._leitura.pagamentos.append(self._pagamento(linha, row))
            case LinhaSessao():
                self._leitura.sessoes.append(self._sessao(linha, row))
            case LinhaComissao():
                self._leitura.comissoes.append(self._comissao(linha, row))
            case LinhaGasto():
                self._leitura.gastos.append(self._gasto(linha, row))
            case LinhaAcerto():
                self._leitura.acertos.append(self._acerto(linha, row))

    def _pagamento(self, linha: int, row: LinhaPagamento) -> PagamentoLido:
        # Which sessões it settled is said by the sessões.
        return PagamentoLido(
            linha, row.id, row.data, row.valor, Rotulo(row.forma, row.forma_rotulo),
            self._pessoa(row.artista_id, row.artista_nome), self._find(row.cliente_id, row.cliente_nome),
            row.percentual, row.observacoes, None, row.estorno_de, row.google_event_id,
            self._find(row.criado_por, row.criador_nome), _find_instante(row.criado_em),
        )  # fmt: skip

    def _sessao(self, linha: int, row: LinhaSessao) -> SessaoLida:
        return SessaoLida(
            linha, row.id, row.data, row.valor, self._pessoa(row.artista_id, row.artista_nome),
            self._find(row.cliente_id, row.cliente_nome), row.status, row.observacoes, row.payment_id,
            row.google_event_id, self._find(row.criado_por, row.criador_nome), _find_instante(row.criado_em),
        )  # fmt: skip

    def _comissao(self, linha: int, row: LinhaComissao) -> ComissaoLida:
        return ComissaoLida(
            linha, row.id, row.pagamento_id, self._pessoa(row.artista_id, row.artista_nome), row.percentual, row.valor,
            row.observacoes, _find_instante(row.criado_em),
        )  # fmt: skip

    def _gasto(self, linha: int, row: LinhaGasto) -> GastoLido:
        categoria = None if row.categoria is None else Rotulo(row.categoria, row.categoria_rotulo or row.categoria)
        return GastoLido(
            linha, row.id, row.data, row.valor, row.descricao, Rotulo(row.forma, row.forma_rotulo), categoria,
            self._find(row.criado_por, row.criador_nome), _find_instante(row.criado_em),
        )  # fmt: skip

    def _acerto(self, linha: int, row: LinhaAcerto) -> AcertoLido:
        forma = None if row.forma is None else Rotulo(row.forma, row.forma_rotulo or row.forma)
        return AcertoLido(
            linha, row.id, row.data, row.valor, self._pessoa(row.artista_id, row.artista_nome), row.tipo, forma,
            row.motivo, row.pagamento_id, self._find(row.criado_por, row.criador_nome), _find_instante(row.criado_em),
        )  # fmt: skip

    def _pessoa(self, id_: int, nome: str) -> Pessoa:
        return self._pessoas.setdefault((id_, nome), Pessoa(id_, nome))

    def _find(self, id_: int | None, nome: str | None) -> Pessoa | None:
        return None if id_ is None else self._pessoa(id_, nome or "")


def _find_instante(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        # A year that Python's calendar does not hold.
        return None
