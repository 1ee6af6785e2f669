"""`estudio extrato`: check, close, show, pack, list, compare, verify, reopen and seal months."""

from pathlib import Path
from typing import Any

import click

from estudio import clock, db
from estudio.cli.commands import Group
from estudio.cli.extrato_texto import (
    show_comparison,
    show_extrato,
    show_meses,
    show_previa,
    show_verification,
    watch_on,
)
from estudio.cli.output import Output, pass_output
from estudio.cli.params import with_competencia
from estudio.domain.competencia import Competencia
from estudio.domain.errors import IntegrityBroken, SemDados
from estudio.domain.extrato import Extrato, get_extrato
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.cadeia_service import ensure_cadeia, verify_cadeia
from estudio.services.documento_pacote import create_pacote, keep_pacote
from estudio.services.documento_service import (
    describe_documentos,
    ensure_documentos,
    list_incompletos,
    try_documentos,
)
from estudio.services.execucao_service import settle_interrupted
from estudio.services.extrato_consulta import (
    compare_versions,
    describe_extrato,
    list_execucoes,
    list_meses,
    preview_extrato,
)
from estudio.services.extrato_service import (
    generate_extrato_with_atomic_transaction,
    reopen_extrato,
    seal_extrato,
    verify_backup_before_transfer,
)
from estudio.services.prontidao_service import ensure_sem_bloqueios

motivo_option = click.option("--motivo", metavar="TEXTO", help="Por quê; fica na auditoria.")


@click.group(cls=Group)
def extrato() -> None:
    """Confere, fecha, mostra, verifica e reabre meses."""


@extrato.command()
@with_competencia(required=False)
@click.option("--force", is_flag=True, help="Refaz um mês fechado cujos registros mudaram (FORCE_GENERATION_ALLOWED).")
@click.option("--dry-run", is_flag=True, help="Só confere: nada é escrito.")
@motivo_option
@pass_output
def close(output: Output, competencia: Competencia | None, *, force: bool, dry_run: bool, motivo: str | None) -> None:
    """Fecha um mês; sem --year e --month, o anterior."""
    month = competencia or clock.previous_competencia()
    if dry_run:
        _check(output, month)
        return
    with output.progress() as bar:
        try:
            done = generate_extrato_with_atomic_transaction(
                month.mes, month.ano, force, motivo=motivo, watch=watch_on(bar, month)
            )
        except SemDados as empty:
            output.say(empty.message)
            output.result({"desfecho": "sem_dados", "competencia": month.slug, "mensagem": empty.message})
            return
    failed = try_documentos(month, quem=LINHA_DE_COMANDO)
    described = _describe(done)
    output.result({"desfecho": "fechado", **described})
    output.success(f"{month.label} está fechado: versão {done.versao}, selo {done.selo.selo_sha256[:16]}.")
    if done.selo.backup_sha256 is None:
        output.warn(f"{month.label} foi fechado SEM BACKUP provado (EXTRATO_REQUIRE_BACKUP=false).")
    if failed is not None:
        output.warn(f"O mês está fechado, mas os documentos dele não foram gerados: {failed.message} Tente de novo com "
                    "`estudio extrato documents`.")  # fmt: skip
    show_extrato(output, described)


@extrato.command()
@with_competencia(required=False)
@pass_output
def check(output: Output, competencia: Competencia | None) -> None:
    """Confere se o mês pode ser fechado e mostra o que seria selado. Nada é escrito."""
    _check(output, competencia or clock.previous_competencia())


@extrato.command()
@with_competencia()
@click.option("--versao", type=click.IntRange(min=1), help="Uma versão; sem ela, a mais nova.")
@pass_output
def show(output: Output, competencia: Competencia, *, versao: int | None) -> None:
    """Mostra o extrato de um mês."""
    with db.transaction(read_only=True) as session:
        described = describe_extrato(session, get_extrato(session, competencia, versao))
    output.result(described)
    show_extrato(output, described)


@extrato.command()
@with_competencia()
@click.option("--saida", metavar="ARQUIVO", help="Onde gravar; sem ele, extrato_AAAA_MM_vN.zip na pasta atual.")
@pass_output
def pack(output: Output, competencia: Competencia, *, saida: str | None) -> None:
    """Grava o pacote de um mês fechado: PDF, planilhas, os dados selados e um programa que os confere."""
    ensure_documentos(competencia, quem=LINHA_DE_COMANDO)
    with db.transaction(read_only=True) as session:
        pacote = create_pacote(session, competencia, quem=LINHA_DE_COMANDO)
    with pacote.arquivo:
        path = Path(saida or pacote.nome)
        keep_pacote(pacote, path)
    output.result({"arquivo": str(path), "competencia": competencia.slug, "bytes": pacote.tamanho})
    output.success(f"{path} é o pacote de {competencia.label}. Descompacte e rode verificar.py para conferir.")


@extrato.command()
@with_competencia(required=False)
@pass_output
def documents(output: Output, competencia: Competencia | None) -> None:
    """Gera os documentos que faltam (PDF, planilha, CSV, JSON); sem --year e --month, os de todos os meses fechados."""
    with db.transaction(read_only=True) as session:
        months = list_incompletos(session) if competencia is None else [competencia]
    with output.progress() as bar:
        for month in months:
            bar.show(f"{month.label}: gerando os documentos")
            ensure_documentos(month, quem=LINHA_DE_COMANDO)
    with db.transaction(read_only=True) as session:
        kept = [describe_documentos(session, month, quem=LINHA_DE_COMANDO) for month in months]
    output.result({"meses": kept})
    if not months:
        output.success("Nenhum mês fechado está sem documentos.")
    for told in kept:
        output.success(f"{told['competencia']}: {', '.join(each['nome'] for each in told['documentos'])}.")


@extrato.command("list")
@pass_output
def list_(output: Output) -> None:
    """Lista os meses e as últimas execuções; resolve as que foram interrompidas."""
    with db.connect() as connection:
        settle_interrupted(connection)
    with db.transaction(read_only=True) as session:
        meses = list_meses(session)
        execucoes = list_execucoes(session, limit=20)
    output.result({"meses": meses, "execucoes": execucoes})
    show_meses(output, meses, execucoes)


@extrato.command()
@with_competencia()
@click.option(
    "--de", "older", type=click.IntRange(min=1), required=True, metavar="VERSÃO", help="A versão mais antiga."
)
@click.option("--para", "newer", type=click.IntRange(min=1), required=True, metavar="VERSÃO", help="A mais nova.")
@pass_output
def diff(output: Output, competencia: Competencia, *, older: int, newer: int) -> None:
    """Mostra o que mudou de uma versão para outra."""
    with db.transaction(read_only=True) as session:
        comparison = compare_versions(session, competencia, older, newer)
    output.result(comparison)
    show_comparison(output, comparison)


@extrato.command()
@click.option("--cabeca", metavar="SELO", help="Um selo guardado em papel ou e-mail: precisa estar na cadeia.")
@with_competencia(required=False)
@pass_output
def verify(output: Output, competencia: Competencia | None, *, cabeca: str | None) -> None:
    """Recalcula tudo, dos registros à cadeia de selos, e diz o que não confere; com um mês, também o backup dele."""
    with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
        differences = verify_cadeia(session, cabeca=cabeca)
        described = list_meses(session)
    backup = None if competencia is None else verify_backup_before_transfer(competencia.ano, competencia.mes)
    result: dict[str, Any] = {"integro": not differences, "divergencias": [str(d) for d in differences]}
    if backup is not None:
        result["backup_provado"] = backup
    output.result(result)
    show_verification(output, described, differences, backup=backup)
    if differences:
        raise IntegrityBroken(
            f"Os livros não dizem o que foi selado. A primeira diferença: {differences[0]}. "
            "Não feche mais nada e restaure o último backup provado num banco novo (docs/operacao.md)."
        )


@extrato.command()
@with_competencia()
@motivo_option
@pass_output
def reopen(output: Output, competencia: Competencia, *, motivo: str | None) -> None:
    """Reabre um mês fechado, o mais novo primeiro. A versão fica guardada."""
    with output.progress() as bar:
        reopen_extrato(competencia, quem=LINHA_DE_COMANDO, motivo=motivo or "", watch=watch_on(bar, competencia))
    output.result({"desfecho": "reaberto", "competencia": competencia.slug})
    output.success(f"{competencia.label} está aberto. Feche de novo com `estudio extrato close`.")


@extrato.command()
@with_competencia()
@motivo_option
@click.option("--confirmo", metavar="AAAA-MM", required=True, help="Escreva o mês de novo: selar não tem volta.")
@pass_output
def seal(output: Output, competencia: Competencia, *, motivo: str | None, confirmo: str) -> None:
    """Sela um mês fechado para sempre (foi entregue ao contador)."""
    if confirmo != competencia.slug:
        raise click.BadParameter(f"escreva {competencia.slug} para selar {competencia.label}", param_hint="--confirmo")
    with output.progress() as bar:
        done = seal_extrato(competencia, quem=LINHA_DE_COMANDO, motivo=motivo, watch=watch_on(bar, competencia))
    output.result({"desfecho": "selado", **_describe(done)})
    output.success(f"{competencia.label} está selado e não abre mais.")


def _check(output: Output, competencia: Competencia) -> None:
    with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
        ensure_cadeia(session)
        previa = preview_extrato(session, competencia, hoje=clock.today())
    output.result(previa.as_json())
    show_previa(output, previa)
    if [a.codigo for a in previa.achados] != ["sem_dados"]:
        ensure_sem_bloqueios(competencia, previa.achados)


def _describe(done: Extrato) -> dict[str, Any]:
    with db.transaction(read_only=True) as session:
        return describe_extrato(session, session.merge(done, load=False))
