"""Sheets rewritten without the persons who were erased: their rows stay, who they were does not.

The canonical digest, which is what a seal holds, does not change; the bytes do, and which stand in the place of which
is recorded. The new pair is written, read again from disk and recorded before the old one goes.
"""

from collections.abc import Collection
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import structlog

from estudio import clock, db
from estudio.config import get_settings
from estudio.domain.backup import Guardado, content_name
from estudio.domain.backup_planilha import (
    BOM,
    CABECALHO,
    Linha,
    LinhaAcerto,
    LinhaComissao,
    LinhaGasto,
    LinhaPagamento,
    LinhaSessao,
    format_acertos,
    format_comissoes,
    format_gastos,
    format_pagamentos,
    format_sessoes,
)
from estudio.domain.copia import find_sha12
from estudio.domain.errors import BackupDanificado
from estudio.domain.titular import TEXTO_ELIMINADO
from estudio.services.backup_acervo import DE_OUTRO_ESTUDIO, SEM_MANIFESTO, delete_sheet, list_backups
from estudio.services.backup_arquivo import Compressed, TemporaryFile, open_folder
from estudio.services.backup_completo import list_completos
from estudio.services.backup_escrita import put_in_place
from estudio.services.backup_leitura import open_rows
from estudio.services.backup_registro import (
    list_rewritten,
    record_rewritten,
    register_backup,
)
from estudio.services.backup_service import verify_guardado
from estudio.services.batch_processing import get_batch_size, process_records_in_batches
from estudio.services.contagem_service import Connection
from estudio.services.eliminacao_registro import publish_eliminacoes
from estudio.services.rodada_service import AGORA

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Esquecidos:
    """Who was erased, and the rows of others that named them: what those say now."""

    ids: frozenset[int]
    textos: dict[tuple[str, int], str | None]
    em: datetime | None
    """When the last of them went, or the last of their words; None: nobody ever was."""

    def read(self, tabela: str, id_: int, texto: str | None) -> str | None:
        """The text of a sheet's row, without them."""
        return texto if texto is None else self.textos.get((tabela, id_), texto)


_CITADOS: Final = """
    select c.tabela, c.registro_id, case when bool_and(v.id is null)
                                                    then coalesce(max(p.texto), %(apagado)s) else max(v.texto) end
    from estudio.citacoes c left join lateral (
        select id, observacoes as texto from estudio.pagamentos where c.tabela = 'pagamentos' and id = c.registro_id
        union all select id, observacoes from estudio.comissoes where c.tabela = 'comissoes' and id = c.registro_id
        union all select id, observacoes from estudio.sessoes where c.tabela = 'sessoes' and id = c.registro_id
        union all select id, descricao from estudio.gastos where c.tabela = 'gastos' and id = c.registro_id
        union all select id, motivo from estudio.acertos where c.tabela = 'acertos' and id = c.registro_id
    ) v on true
    left join lateral (
        select a.antes ->> case c.tabela when 'gastos' then 'descricao' when 'acertos' then 'motivo'
                                         else 'observacoes' end
        from estudio.auditoria a
        where v.id is null and a.tabela = c.tabela and a.registro_id = c.registro_id and a.acao = 'delete'
        order by a.id desc limit 1
    ) p (texto) on true
    where c.tabela in ('pagamentos', 'comissoes', 'sessoes', 'gastos', 'acertos')
      and (c.nome_saiu or c.decisao in ('apagada', 'corrigida'))
    group by c.tabela, c.registro_id"""
"""What was only listed, or stays, says in an old sheet what it said then; a row that is gone, what the trail says."""


def _load_esquecidos(connection: Connection) -> _Esquecidos:
    """As of now."""
    people = connection.execute("select cliente_id, em from estudio.titulares_eliminados").fetchall()
    textos = connection.execute(_CITADOS, {"apagado": TEXTO_ELIMINADO}).fetchall()
    decididas = connection.execute("select decidida_em from estudio.citacoes where decidida_em is not null").fetchall()
    return _Esquecidos(
        frozenset(id_ for id_, _ in people),
        {(tabela, id_): texto for tabela, id_, texto in textos},
        max((em for *_, em in (*people, *decididas)), default=None),
    )


@dataclass
class Limpeza:
    """What became of the files."""

    reescritos: list[str] = field(default_factory=list)
    intocados: list[str] = field(default_factory=list)
    """Damaged, or without a manifest: nobody can say what is in them, and they were left as they are."""
    completos: list[str] = field(default_factory=list)
    """Copies of the whole studio of before, or, being dated ahead, of nobody knows when: they hold the persons until
    they expire, and no restored one does."""


def clean_backups() -> Limpeza:
    """After an erasure: tell `eliminacoes.log`, then rewrite the sheets. Done again it does what is left.

    Raises DiscoRecusou; what was done until then stays so.
    """
    publish_eliminacoes()
    return rewrite_backups()


def rewrite_backups(*, batch_size: int | None = None) -> Limpeza:
    """Take everybody who was erased out of every sheet in BACKUP_DIR. Done again it does what is left.

    Raises DiscoRecusou; what was rewritten until then stays so.
    """
    with db.translated(), db.connect() as connection:
        esquecidos = _load_esquecidos(connection)
    done = Limpeza()
    if esquecidos.em is None:
        return done
    rewritten = list_rewritten()
    for item in list_backups():
        if item.problema == DE_OUTRO_ESTUDIO:
            continue
        if item.problema == SEM_MANIFESTO and _finish_rewritten(item.caminho, rewritten):
            continue
        if item.guardado is None or item.problema is not None:
            done.intocados.append(item.caminho.name)
            continue
        try:
            if _find_person(item.guardado, esquecidos):
                done.reescritos.append(_rewrite(item.guardado, esquecidos, batch_size, standing=item.vigente))
        except BackupDanificado as damage:
            log.error("backup_nao_reescrito", arquivo=item.caminho.name, codigo=damage.codigo)
            done.intocados.append(item.caminho.name)
    # What was put aside because its bytes were not its name's.
    done.intocados += sorted(path.name for path in get_settings().backup_dir.glob("20??_??/*.danificado-*"))
    until = clock.now() + AGORA
    done.completos = [c.caminho.name for c in list_completos() if c.criado_em < esquecidos.em or c.criado_em > until]
    return done


def _find_person(guardado: Guardado, esquecidos: _Esquecidos) -> bool:
    """Whether a sheet says anything of them."""
    pagos: dict[int, str] = {}
    with open_rows(guardado) as rows:
        return any(_without(linha, esquecidos, pagos) != linha for linha in rows)


def _rewrite(guardado: Guardado, esquecidos: _Esquecidos, batch_size: int | None, *, standing: bool) -> str:
    competencia, old = guardado.competencia, guardado.manifesto
    with open_folder(guardado.caminho.parent) as folder:
        with ExitStack() as stack:
            csv = stack.enter_context(TemporaryFile(folder, "csv"))
            gz = None if old.gz is None else Compressed(stack.enter_context(TemporaryFile(folder, "csv.gz")))
            sinks: list[TemporaryFile | Compressed] = [csv] if gz is None else [csv, gz]
            _write_rows(guardado, esquecidos, sinks, batch_size or get_batch_size())
            for sink in sinks:
                sink.finish()
            manifesto = replace(
                old,
                csv=csv.describe(content_name(competencia, csv.sha256, "csv")),
                gz=None if gz is None else gz.file.describe(content_name(competencia, csv.sha256, "csv.gz")),
            )
            with folder.alone():
                put_in_place(folder, manifesto, csv, gz.file if gz else None, standing=standing)
        new = Guardado(guardado.caminho.with_name(manifesto.csv.arquivo), manifesto)
        register_backup(new)
        # The same days and totals, from the disk: nothing of what is sealed was touched.
        verify_guardado(new)
        record_rewritten(old.csv.sha256, new)
        delete_sheet(folder, old.csv.arquivo, guardado)
    log.info("backup_reescrito", mes=competencia.slug, arquivo=manifesto.csv.arquivo, anterior=old.csv.arquivo)
    return manifesto.csv.arquivo


def _finish_rewritten(path: Path, rewritten: frozenset[str]) -> bool:
    """Take away what a removal that was killed left of a sheet: its name says the beginning of its sha256."""
    sha12 = find_sha12(f"{path.parent.name}/{path.name}")
    if sha12 is None or not any(sha256.startswith(sha12) for sha256 in rewritten):
        return False
    with open_folder(path.parent) as folder:
        delete_sheet(folder, path.name, None)
    log.info("sobra_removida", arquivo=path.name)
    return True


def _write_rows(
    guardado: Guardado, esquecidos: _Esquecidos, sinks: Collection[TemporaryFile | Compressed], batch_size: int
) -> None:
    def write(data: bytes) -> None:
        for sink in sinks:
            sink.write(data)

    def write_batch(batch: list[Any]) -> None:
        write(_FORMATS[type(batch[0])]([_without(linha, esquecidos, pagos) for linha in batch]).encode())

    pagos: dict[int, str] = {}
    write(BOM + CABECALHO.encode())
    with open_rows(guardado) as rows:
        for _, group in groupby(rows, type):
            with closing(process_records_in_batches(group, batch_size, write_batch)) as batches:
                for _ in batches:
                    pass


def _without(linha: Linha, esquecidos: _Esquecidos, pagos: dict[int, str]) -> Linha:
    """The row without them; `pagos` gathers the payments that were theirs, which come before their comissões."""
    if isinstance(linha, LinhaPagamento | LinhaSessao) and linha.cliente_id in esquecidos.ids:
        nome = f"Cliente eliminado {linha.cliente_id}"
        if isinstance(linha, LinhaPagamento):
            pagos[linha.id] = nome
        return linha._replace(cliente_nome=nome, observacoes=None)
    if isinstance(linha, LinhaComissao) and linha.pagamento_id in pagos:
        return linha._replace(cliente_nome=pagos[linha.pagamento_id], observacoes=None)
    if isinstance(linha, LinhaGasto):
        return linha._replace(descricao=esquecidos.read("gastos", linha.id, linha.descricao) or TEXTO_ELIMINADO)
    if isinstance(linha, LinhaAcerto):
        return linha._replace(motivo=esquecidos.read("acertos", linha.id, linha.motivo))
    return linha._replace(observacoes=esquecidos.read(_TABELAS[type(linha)], linha.id, linha.observacoes))


_TABELAS: Final[dict[type[Linha], str]] = {
    LinhaPagamento: "pagamentos",
    LinhaComissao: "comissoes",
    LinhaSessao: "sessoes",
}

_FORMATS: Final[dict[type[Linha], Any]] = {
    LinhaPagamento: format_pagamentos,
    LinhaComissao: format_comissoes,
    LinhaSessao: format_sessoes,
    LinhaGasto: format_gastos,
    LinhaAcerto: format_acertos,
}
