"""`estudio backup`: create, verify, restore, list and prune; of a month or (--full) of the whole studio."""

from pathlib import Path

import click

from estudio import clock
from estudio.cli.backup_texto import describe_completo, describe_guardado, describe_item, show_guardado, show_items
from estudio.cli.commands import Group
from estudio.cli.output import Bar, Output, pass_output
from estudio.cli.params import with_competencia
from estudio.domain.backup import Guardado
from estudio.domain.competencia import Competencia
from estudio.domain.errors import SemDados, UsageRefusal
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.backup_acervo import list_backups, prune_backups
from estudio.services.backup_completo import (
    create_full_backup,
    find_completo,
    list_completos,
    prune_full_backups,
    verify_full_backup,
)
from estudio.services.backup_ensaio import drill_backup, drill_full_backup
from estudio.services.backup_escrita import create_backup
from estudio.services.backup_leitura import find_of
from estudio.services.backup_restauro import restore_backup
from estudio.services.backup_retorno import restore_full_backup
from estudio.services.backup_service import (
    ensure_live,
    get_backup,
    list_months,
    verify_guardado,
    verify_sealed_backup,
)
from estudio.services.contagem_service import Progress

full_option = click.option("--full", is_flag=True, help="O estúdio inteiro em uma cópia, em vez de um mês.")


@click.group(cls=Group)
def backup() -> None:
    """Cria, confere, restaura, lista e limpa backups."""


@backup.command()
@with_competencia(required=False)
@full_option
@pass_output
def create(output: Output, competencia: Competencia | None, *, full: bool) -> None:
    """Cria o backup de um mês; sem --year e --month, do anterior."""
    _ensure_one(competencia, full=full)
    if full:
        with output.progress() as bar:
            bar.show("Copiando o estúdio inteiro")
            completo = create_full_backup()
        output.result({"desfecho": "criado"} | describe_completo(completo))
        output.success(f"Cópia completa em {completo.caminho}.")
        return
    month = competencia or clock.previous_competencia()
    try:
        with output.progress() as bar:
            guardado = create_backup(month, on_batch=lambda progress: _show_progress(bar, month, progress))
    except SemDados as empty:
        output.say(empty.message)
        output.result({"desfecho": "sem_dados", "competencia": month.slug, "mensagem": empty.message})
        return
    output.result({"desfecho": "criado"} | describe_guardado(guardado))
    output.success(f"Backup de {month.label} em {guardado.caminho}.")
    show_guardado(output, guardado)


@backup.command()
@with_competencia(required=False)
@click.option("--drill", is_flag=True, help="Restaura em um banco vazio, compara e descarta o banco.")
@full_option
@pass_output
def verify(output: Output, competencia: Competencia | None, *, drill: bool, full: bool) -> None:
    """Lê o backup de novo, do disco e inteiro, e compara com os registros; sem mês, o de cada mês."""
    _ensure_one(competencia, full=full)
    if full:
        _verify_full(output, drill=drill)
        return
    months = [competencia] if competencia else list_months()
    if not months:
        output.say("Não há backup para conferir. Crie um com `estudio backup create`.")
    checked = []
    with output.progress() as bar:
        for number, month in enumerate(months):
            bar.show(f"{month.label}: lendo o backup", done=number, total=len(months))
            guardado = _verify_month(month)
            if drill:
                bar.show(f"{month.label}: ensaiando a restauração", done=number, total=len(months))
                drill_backup(guardado)
            checked.append(describe_guardado(guardado) | {"ensaiado": drill})
            output.result({"conferidos": checked})
    for month in months:
        output.success(f"O backup de {month.label} está inteiro e é igual aos registros{_drilled(drill=drill)}.")


@backup.command()
@with_competencia(required=False)
@click.option("--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="ARQUIVO",
              help="Um arquivo de backup, em vez do que está em BACKUP_DIR.")  # fmt: skip
@full_option
@click.option("--into", metavar="NOME", help="Com --full: o nome do banco novo.")
@click.option("--switch", is_flag=True, help="Com --full: o banco novo toma o lugar do atual.")
@click.option("--force", is_flag=True, help="Com --switch: aceita uma cópia mais antiga que os selos publicados.")
@pass_output
def restore(
    output: Output, competencia: Competencia | None, *, file: Path | None, full: bool, into: str | None, switch: bool,
    force: bool,
) -> None:  # fmt: skip
    """Traz um mês de volta ao mês aberto e vazio; com --full, o estúdio inteiro a um banco novo."""
    if full:
        _restore_full(output, file, into, switch=switch, force=force)
        return
    if into or switch or force:
        raise UsageRefusal("--into, --switch e --force são só de `estudio backup restore --full`.")
    if competencia is None and file is None:
        raise UsageRefusal("Diga o que restaurar: --year e --month, --file, ou --full.")
    guardado = find_of(file) if file is not None else get_backup(_require(competencia))
    if competencia is not None and guardado.competencia != competencia:
        raise UsageRefusal(f"{file} é de {guardado.competencia.label}, não de {competencia.label}.")
    with output.progress() as bar:
        bar.show(f"Restaurando {guardado.competencia.label}")
        done = restore_backup(guardado, quem=LINHA_DE_COMANDO)
    output.result(
        describe_guardado(guardado)
        | {"linhas": done.linhas, "artistas_criados": done.artistas, "clientes_criados": done.clientes}
    )
    output.success(f"{guardado.competencia.label} está de volta: {done.linhas} registros, iguais aos do backup.")


@backup.command("list")
@with_competencia(required=False)
@pass_output
def list_(output: Output, competencia: Competencia | None) -> None:
    """Lista os backups que estão em BACKUP_DIR. Nada é lido de novo."""
    items, completos = list_backups(competencia), list_completos() if competencia is None else []
    output.result(
        {"backups": [describe_item(item) for item in items], "completos": [describe_completo(c) for c in completos]}
    )
    show_items(output, items, completos)


@backup.command()
@with_competencia(required=False)
@click.option("--days", type=click.IntRange(min=1, max=36_500), metavar="DIAS", help="Em vez de BACKUP_RETENTION_DAYS.")
@click.option("--dry-run", is_flag=True, help="Só mostra o que sairia.")
@pass_output
def prune(output: Output, competencia: Competencia | None, *, days: int | None, dry_run: bool) -> None:
    """Apaga os backups antigos, de todos os meses ou de um. Nunca o que um extrato cita, nem o último conferido."""
    items = prune_backups(competencia, retention_days=days, dry_run=dry_run)
    completos = prune_full_backups(retention_days=days, dry_run=dry_run) if competencia is None else []
    names = [str(item.caminho) for item in items] + [str(completo.caminho) for completo in completos]
    output.result({"apagados": [] if dry_run else names, "sairiam": names if dry_run else []})
    if names and dry_run:
        output.say("\n".join(["Sairiam:", *names]))
    elif names:
        output.success("\n".join([f"Apagados {len(names)} backups antigos:", *names]))
    else:
        output.say("Nenhum backup é antigo o bastante para sair.")


def _verify_month(competencia: Competencia) -> Guardado:
    """Of a closed month the very file that its extrato names, and the one that stands, which is mostly the same."""
    sealed = verify_sealed_backup(competencia)
    guardado = get_backup(competencia)
    prova = sealed if sealed is not None and sealed.guardado == guardado else verify_guardado(guardado)
    ensure_live(prova)
    return guardado


def _verify_full(output: Output, *, drill: bool) -> None:
    with output.progress() as bar:
        bar.show("Lendo a cópia completa")
        completo = verify_full_backup(find_completo())
        if drill:
            bar.show("Ensaiando a restauração do estúdio inteiro")
            drill_full_backup(completo)
    output.result(describe_completo(completo) | {"ensaiado": drill})
    output.success(f"A cópia completa {completo.caminho} está inteira{_drilled(drill=drill)}.")


def _restore_full(output: Output, file: Path | None, into: str | None, *, switch: bool, force: bool) -> None:
    if not into:
        raise UsageRefusal("Diga em que banco novo restaurar: --into NOME.")
    with output.progress() as bar:
        bar.show("Restaurando o estúdio em um banco novo")
        done = restore_full_backup(find_completo(file), into=into, switch=switch, accept_behind=force)
    for behind in done.atraso:
        output.warn(f"Mais antigo que os selos publicados: {behind}")
    output.result(
        {
            "banco": done.banco, "meses_conferidos": done.meses, "atraso": done.atraso, "avisos_silenciados":
            done.silenciados, "execucoes_interrompidas": done.interrompidas, "banco_anterior": done.anterior,
            "selos_anteriores": done.selos_anteriores,
        }
    )  # fmt: skip
    if done.selos_anteriores:
        output.warn(
            f"Os selos publicados que este banco não tem estão em {done.selos_anteriores}. Guarde esse arquivo."
        )
    if done.anterior:
        output.success(f"O estúdio restaurado está no lugar; o banco de antes se chama {done.anterior}.")
    else:
        output.success(f"O estúdio foi restaurado no banco {done.banco}: {done.meses} meses iguais aos da cópia.")


def _ensure_one(competencia: Competencia | None, *, full: bool) -> None:
    if full and competencia is not None:
        raise UsageRefusal("--full é o estúdio inteiro: tire --year e --month.")


def _require(competencia: Competencia | None) -> Competencia:
    assert competencia is not None, "asked for before"
    return competencia


def _show_progress(bar: Bar, competencia: Competencia, progress: Progress) -> None:
    text = f"{competencia.label}: gravando, lote {progress.lote}/{progress.lotes}"
    bar.show(text, done=progress.registros, total=progress.registros_total)


def _drilled(*, drill: bool) -> str:
    return ", e o ensaio em um banco vazio deu o mesmo" if drill else ""
