"""`estudio import`: look at a file, bring it in, list what came in, take it back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from estudio import db
from estudio.cli.commands import Command
from estudio.cli.output import Output, pass_output
from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import from_centavos
from estudio.domain.errors import UsageRefusal
from estudio.domain.importacao import Importacao
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.import_service import (
    Desfeita,
    Importada,
    Plano,
    ensure_sem_recusas,
    import_leitura,
    list_importacoes,
    preview_leitura,
    read_arquivo,
    undo_import,
)

NA_TELA: Final = 20
"""A person reads the first lines of a long list; --json has more of them."""

_NOMES: Final = {
    "pagamento": "Pagamentos",
    "sessao": "Sessões",
    "comissao": "Comissões",
    "gasto": "Gastos",
    "acerto": "Acertos",
}


@click.command("import", cls=Command)
@click.argument("file", metavar="[ARQUIVO]", required=False, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Só mostra o que seria criado e o que seria recusado.")
@click.option("--list", "listing", is_flag=True, help="Lista as importações feitas.")
@click.option("--undo", type=click.IntRange(min=1), metavar="Nº", help="Desfaz uma importação.")
@pass_output
def import_(output: Output, file: Path | None, *, dry_run: bool, listing: bool, undo: int | None) -> None:
    """Lê o CSV da versão 4, um backup deste programa ou uma planilha com as mesmas colunas.

    Entra tudo, ou nada; o mesmo arquivo de novo não cria nada. Pode ser desfeita enquanto os meses estão abertos e
    ninguém mexeu no que ela trouxe.
    """
    if [file is not None, listing, undo is not None].count(True) != 1 or (dry_run and file is None):
        raise UsageRefusal("Diga um arquivo (`estudio import ARQUIVO [--dry-run]`), ou --list, ou --undo Nº.")
    if file is not None:
        _import(output, file, dry_run=dry_run)
    elif undo is not None:
        _undo(output, undo)
    else:
        _list(output)


def _import(output: Output, file: Path, *, dry_run: bool) -> None:
    with output.progress() as bar:
        bar.show("Lendo o arquivo")
        leitura = read_arquivo(file)
        bar.show("Conferindo")
        with db.transaction(read_only=True) as session:
            plano = preview_leitura(session, leitura)
    output.result({"simulado": dry_run, **plano.as_json()})
    _show_plano(output, plano)
    ensure_sem_recusas(plano)
    if dry_run:
        output.say("Nada foi gravado. Sem --dry-run, é isso que entra.")
        return
    with output.progress() as bar:
        bar.show("Gravando")
        done = db.run(lambda session: import_leitura(session, leitura, quem=LINHA_DE_COMANDO))
    _tell(output, done)


def _tell(output: Output, done: Importada) -> None:
    output.result({"importacao_id": done.importacao_id, **done.plano.as_json()})
    if done.importacao_id is None:
        output.success("Tudo o que está no arquivo já estava aqui. Nada foi gravado.")
        return
    count = sum(len(done.plano.to_create(tipo)) for tipo in _NOMES)
    records = "1 registro entrou" if count == 1 else f"{count} registros entraram"
    output.success(
        f"Importação {done.importacao_id}: {records}. Para desfazer: estudio import --undo {done.importacao_id}"
    )


def _undo(output: Output, importacao_id: int) -> None:
    done: Desfeita = db.run(lambda session: undo_import(session, importacao_id, quem=LINHA_DE_COMANDO))
    output.result(
        {
            "importacao_id": importacao_id,
            "desfeita_em": done.desfeita_em,
            "ja_estava": done.is_repetida,
            "removidos": done.removidos,
            "pessoas_que_ficam": done.pessoas_que_ficam,
        }
    )
    if done.is_repetida:
        output.say(f"A importação {importacao_id} já tinha sido desfeita.")
        return
    output.table("Removidos", ("O quê", "Quantos"), _list_removed(done))
    if done.pessoas_que_ficam:
        output.warn(f"{done.pessoas_que_ficam} pessoas que ela cadastrou ficam: alguém já as usou ou editou.")
    output.success(f"A importação {importacao_id} foi desfeita.")


def _list_removed(done: Desfeita) -> Iterator[tuple[str, int]]:
    for name, count in done.removidos.items():
        if count:
            yield _NOMES.get(name, name.capitalize()), count


def _list(output: Output) -> None:
    with db.transaction(read_only=True) as session:
        importacoes = list_importacoes(session)
    output.result({"importacoes": [_describe(importacao) for importacao in importacoes]})
    if not importacoes:
        output.say("Nenhuma importação foi feita ainda.")
        return
    output.table(
        "Importações",
        ("Nº", "Quando", "Arquivo", "De onde", *_NOMES.values(), "Desfeita em"),
        [
            (
                str(importacao.id),
                importacao.feita_em,
                importacao.arquivo,
                "versão 4" if importacao.origem == "v4" else "backup",
                *(importacao.contagens.get("criados", {}).get(tipo, 0) for tipo in _NOMES),
                importacao.desfeita_em,
            )
            for importacao in importacoes
        ],
    )


def _describe(importacao: Importacao) -> dict[str, Any]:
    return {
        "id": importacao.id,
        "origem": importacao.origem,
        "arquivo": importacao.arquivo,
        "sha256": importacao.sha256,
        "criados": importacao.contagens.get("criados", {}),
        "feita_em": importacao.feita_em,
        "desfeita_em": importacao.desfeita_em,
    }


def _show_plano(output: Output, plano: Plano) -> None:
    resumos = plano.list_resumos()
    if resumos:
        output.table(
            "O que entra",
            ("Mês", "O quê", "Quantos", "Valor"),
            [(Competencia.of(r.mes), _NOMES[r.tipo], r.quantidade, from_centavos(r.soma)) for r in resumos],
        )
    here = [(_NOMES[tipo], count) for tipo, count in plano.existentes.items() if count]
    if here:
        output.table("O que já estava aqui", ("O quê", "Quantos"), here)
    people = [("Artista", nome) for nome in plano.list_novas("artista")]
    people += [("Cliente", nome) for nome in plano.list_novas("cliente")]
    _show_first(output, "Quem é cadastrado", ("", "Nome"), people, len(people))
    for title, notas in (("Avisos", plano.avisos), ("Recusado", plano.recusas)):
        rows = [(nota.linha, nota.motivo) for nota in notas.in_order()]
        _show_first(output, title, ("Linha", "Motivo" if notas is plano.recusas else "O quê"), rows, notas.quantidade)


def _show_first(output: Output, title: str, columns: tuple[str, str], rows: list[Any], total: int) -> None:
    if rows:
        output.table(f"{title} ({total})" if total > 1 else title, columns, rows[:NA_TELA])
    if total > NA_TELA:
        output.say(f"E mais {total - NA_TELA} em “{title}”; com --json vêm mais.")
