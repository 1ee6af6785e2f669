"""`estudio demo`: a sample studio made, its months closed, one backup tried, and the newest Extrato shown."""

import os
import shlex
import shutil
import sys
import time
from pathlib import Path

import click

from estudio import clock, db
from estudio.cli.commands import Command
from estudio.cli.extrato_texto import show_extrato, watch_on
from estudio.cli.output import Output, pass_output
from estudio.config import extend_environment
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import count_registros
from estudio.domain.errors import IntegrityBroken
from estudio.domain.extrato import Extrato, get_extrato
from estudio.domain.usuario import Quem
from estudio.services.backup_ensaio import drill_backup
from estudio.services.backup_service import get_backup
from estudio.services.cadeia_service import verify_cadeia
from estudio.services.demo_pasta import open_demo_folder
from estudio.services.demo_roteiro import Roteiro, write_roteiro
from estudio.services.demo_service import register_roteiro
from estudio.services.demo_textos import SENHA, USUARIOS
from estudio.services.documento_service import ensure_documentos
from estudio.services.extrato_consulta import describe_extrato
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction
from estudio.services.migracao_service import migrate_books


@click.command(cls=Command)
@click.option("--serve", is_flag=True, help="Serve as páginas do exemplo depois, até Ctrl+C.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535), help="Em que porta as serve.")
@pass_output
def demo(output: Output, *, serve: bool, port: int) -> None:
    """Monta um estúdio de exemplo, fecha os seus meses e mostra o último extrato.

    Tudo fica numa pasta só dele, refeita a cada vez: a de ESTUDIO_DATA_DIR, quando informada.
    """
    with open_demo_folder() as folder:
        output.say(f"Montando um estúdio de exemplo em {folder}. Pessoas e valores são inventados.")
        roteiro = write_roteiro(clock.today())
        dono = _register(output, roteiro)
        # The newest finished month is left for whoever tries it.
        closing = roteiro.meses[:-2]
        for month in closing:
            _close(output, month, dono)
        _verify(output, len(closing))
        _drill(output, closing[-1])
        with db.transaction(read_only=True) as session:
            described = describe_extrato(session, get_extrato(session, closing[-1]))
        output.result({"pasta": folder, "fechados": [month.slug for month in closing], "extrato": described})
        show_extrato(output, described)
        _suggest(output, folder, roteiro.meses[-2])
    if serve:
        # This process becomes the one that serves: nobody comes back here to print the document.
        output.finish(0)
        _serve(folder, port)


def _register(output: Output, roteiro: Roteiro) -> Quem:
    started = time.perf_counter()
    with output.progress() as bar:
        bar.show("ligando o banco de dados")
        migrate_books()

        def watch(month: Competencia, done: int, total: int) -> None:
            bar.show(f"{month.label}: lançando, {done} de {total}", done=done, total=total)

        elenco = register_roteiro(roteiro, watch=watch)
    months = roteiro.meses
    output.success(
        f"{len(months)} meses lançados, de {months[0].label.lower()} a {months[-1].label.lower()}: "
        f"{len(roteiro.pagamentos)} pagamentos, {len(roteiro.estornos)} estornos, {len(roteiro.sessoes)} sessões, "
        f"{len(roteiro.gastos)} gastos, {len(roteiro.clientes)} clientes ({_seconds(started)})."
    )
    return elenco.dono


def _close(output: Output, month: Competencia, dono: Quem) -> None:
    started = time.perf_counter()
    with output.progress() as bar:
        done: Extrato = generate_extrato_with_atomic_transaction(
            month.mes, month.ano, quem=dono, watch=watch_on(bar, month)
        )
        ensure_documentos(month, quem=dono)
    output.success(
        f"{month.label} fechado: {count_registros(done.totais)} registros, backup provado, "
        f"selo {done.selo.selo_sha256[:8]} "
        f"({_seconds(started)})."
    )


def _verify(output: Output, closed: int) -> None:
    with output.progress() as bar:
        bar.show("recalculando a cadeia de selos, dos registros ao último elo")
        with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
            differences = verify_cadeia(session)
    if differences:
        raise IntegrityBroken(f"Os livros do exemplo não dizem o que foi selado: {differences[0]}.")
    output.success(f"Cadeia íntegra: {closed} meses fechados, recalculados linha por linha.")


def _drill(output: Output, month: Competencia) -> None:
    with output.progress() as bar:
        bar.show(f"{month.label}: restaurando o backup num banco vazio")
        drill = drill_backup(get_backup(month))
    output.success(f"Backup de {month.label} restaurado num banco vazio: {drill.linhas} linhas, tudo igual.")


def _suggest(output: Output, folder: Path, left: Competencia) -> None:
    program = "estudio" if shutil.which("estudio") else _find_program()
    output.say(
        f"\n{left.label} terminou e está aberto, para você fechar. Experimente:\n\n"
        f"  export ESTUDIO_DATA_DIR={shlex.quote(str(folder))}\n"
        f"  {program} run              # as páginas, em http://127.0.0.1:8000\n"
        f"  {program} extrato check    # o que falta, e o que seria selado\n"
        f"  {program} extrato close    # backup, três contagens e o selo\n"
        f"  {program} doctor           # tudo em ordem?\n\n"
        f"Entram nas páginas, com a senha {SENHA!r}:\n\n"
        + "".join(f"  {papel:<10} {email}\n" for _, email, papel, _ in USUARIOS)
    )


def _serve(folder: Path, port: int) -> None:
    """Go on as `estudio run` of the sample: the processes that serve read their settings from the environment."""
    db.reset()
    sys.stdout.flush()
    # Said even where the settings name a real studio's folder for them.
    kept = {
        "ESTUDIO_DATA_DIR": str(folder),
        "BACKUP_DIR": str(folder / "backups"),
        # A sample of several artistas is no MEI.
        "MEI_LIMITE_ANUAL": "0",
        # The newest finished month is for whoever tries it; all else is done as in a real studio.
        "ENABLE_MONTHLY_EXTRATO_JOB": "false",
        "ENABLE_BACKUP_JOBS": "true",
        # Nobody outside hears of a sample: an empty setting would be that of the real studio's file.
        "ALERT_ADDRESSES": ",",
        "HEARTBEAT_URL": " ",
        "REMINDER_TIME": "nunca",
    }
    environment = extend_environment(kept)
    os.execve(sys.executable, [sys.executable, "-m", "estudio", "run", "--port", str(port)], environment)


def _find_program() -> str:
    """How this very run was called, so that the next one can be called like it."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m estudio"
    return shlex.quote(str(called.relative_to(Path.cwd()) if called.is_relative_to(Path.cwd()) else called))


def _seconds(started: float) -> str:
    return f"{time.perf_counter() - started:.1f} s".replace(".", ",")
