"""`estudio copia`: encrypted copies outside this machine: their key and folder; sent, listed and brought back."""

import shlex
from pathlib import Path

import click

import estudio
from estudio import clock
from estudio.cli.commands import Group
from estudio.cli.exits import DONE, REFUSED
from estudio.cli.output import Output, pass_output
from estudio.config import get_settings
from estudio.domain.backup_completo import rank_dump
from estudio.domain.copia import Etiqueta
from estudio.domain.errors import CopiaDanificada, CopiaImpedida, UsageRefusal
from estudio.services.copia_chave import create_chave
from estudio.services.copia_cifra import find_chave
from estudio.services.copia_fora import send_copias
from estudio.services.copia_pasta import find_etiqueta, list_copias, list_faltando, prepare_pasta, read_marca
from estudio.services.copia_volta import restore_copias
from estudio.services.rodada_service import AGORA


@click.group(cls=Group)
def copia() -> None:
    """Faz, manda e traz de volta as cópias cifradas fora desta máquina."""


@copia.command()
@click.option("--to", "to", default="chave_das_copias.pdf", show_default=True, metavar="ARQUIVO",
              type=click.Path(path_type=Path), help="Onde gravar a folha.")  # fmt: skip
@pass_output
def key(output: Output, *, to: Path) -> None:
    """Cria a chave das cópias e a folha para imprimir. A chave privada fica só na folha."""
    destinatario = create_chave(to)
    output.result({"folha": str(to), "destinatario": destinatario})
    output.success(
        f"A folha está em {to}. Imprima duas, guarde longe daqui, e apague o arquivo: só ela abre as cópias."
    )
    output.say(f"Ponha no .env, e rode `estudio copia prepare`:\nCOPY_RECIPIENT={destinatario}")


@copia.command()
@pass_output
def prepare(output: Output) -> None:
    """Prepara a pasta de COPY_DIR: sem esta marca nada é gravado nela."""
    marca = prepare_pasta()
    settings = get_settings()
    pasta = settings.copy_dir
    assert pasta is not None, "it was prepared"
    output.result({"pasta": str(pasta), "destinatario": marca.destinatario})
    output.success(f"{pasta} recebe agora as cópias de {marca.estudio}.")
    for here, what in ((settings.backup_dir, "os backups"), (settings.estudio_data_dir, "o banco")):
        if here.exists() and here.stat().st_dev == pasta.stat().st_dev:
            output.warn(f"{pasta} está no mesmo disco que {what}: se ele falhar, vão os dois. O disco está montado?")
            break


@copia.command()
@pass_output
def send(output: Output) -> None:
    """Manda agora o que ainda não tem cópia, e confere lendo de volta."""
    done = send_copias()
    output.result(
        {"enviadas": done.enviadas, "conferidas": done.conferidas, "apagadas": done.apagadas, "bytes": done.bytes}
    )
    output.success(f"Enviadas {len(done.enviadas)}, lidas de novo {done.conferidas}, apagadas {len(done.apagadas)}.")


@copia.command("list")
@pass_output
def list_(output: Output) -> None:
    """Mostra as cópias de COPY_DIR e o que ainda não tem. Nada é lido por inteiro."""
    pasta = get_settings().copy_dir
    if pasta is None or read_marca(pasta) is None:
        raise CopiaImpedida(
            motivo="COPY_DIR não é uma pasta preparada. Monte o disco, ou rode `estudio copia prepare`."
        )
    found, damaged = [], []
    for caminho in list_copias(pasta):
        try:
            etiqueta = find_etiqueta(pasta, caminho)
        except CopiaDanificada:
            damaged.append(caminho)
        else:
            assert etiqueta is not None, "it was listed by its label"
            found.append(etiqueta)
    missing = list_faltando(pasta)
    output.result({"copias": [_describe(each) for each in found], "faltam": missing, "danificadas": damaged})
    rows = [
        (each.caminho, each.cifrado_bytes, f"{each.enviada_em:%d/%m/%Y}", f"{each.conferida_em:%d/%m/%Y}")
        for each in found
    ]
    output.table("Cópias", ["Arquivo", "Bytes", "Enviada", "Conferida"], rows)
    for name in damaged:
        output.warn(f"Danificada: {name}")
    for name in sorted(set(missing) - set(damaged)):
        output.warn(f"Sem cópia: {name}")


@copia.command("fetch")
@click.option("--from", "origem", required=True, metavar="PASTA", help="A pasta das cópias.",
              type=click.Path(exists=True, file_okay=False, path_type=Path))  # fmt: skip
@click.option("--key-file", metavar="ARQUIVO", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="O arquivo com a chave da folha. Sem ele, é perguntada.")  # fmt: skip
@click.option("--to", "to", metavar="PASTA", type=click.Path(path_type=Path), help="Em vez de BACKUP_DIR.")
@pass_output
def bring(output: Output, *, origem: Path, key_file: Path | None, to: Path | None) -> int:
    """Decifra as cópias para BACKUP_DIR, de onde `estudio backup restore` as lê. Nada é gravado por cima."""
    chave = find_chave(_read_lines(key_file))
    target = (to or get_settings().backup_dir).absolute()
    done = restore_copias(origem.absolute(), chave=chave, destino=target)
    output.result(
        {
            "pasta": str(target), "trazidas": done.trazidas, "iguais": done.iguais, "diferentes": done.diferentes,
            "outra_chave": done.outra_chave, "danificadas": done.danificadas,
        }
    )  # fmt: skip
    output.success(f"{len(done.trazidas)} arquivos trazidos para {target}; {done.iguais} já estavam lá.")
    for words, names in (
        ("Já há outro com este nome, que ficou", done.diferentes),
        ("É de outra chave", done.outra_chave),
        ("Danificada, não veio", done.danificadas),
    ):
        for name in names:
            output.warn(f"{words}: {name}")
    if to is None:
        _tell_next(output, target)
    return REFUSED if done.danificadas or done.diferentes or done.outra_chave else DONE


def _tell_next(output: Output, pasta: Path) -> None:
    """On a new machine whoever has only a sheet does not know what comes now."""
    # Their names begin with when they were made.
    until = clock.now() + AGORA
    for copy in sorted(pasta.glob("completo/*.dump"), key=lambda path: rank_dump(path.name, until=until))[-1:]:
        script = Path(estudio.__file__).resolve().parents[2] / "deploy" / "maquina_nova.sh"
        output.say(
            "Em uma máquina nova, ponha agora o estúdio no lugar. SELO é o começo do último selo que foi publicado: "
            f"está no papel do último extrato e no fim de {pasta / 'selos.log'}."
        )
        output.say(shlex.join([str(script), str(copy), "SELO"]))


def _read_lines(key_file: Path | None) -> list[str]:
    if key_file is None:
        return [str(click.prompt("A chave privada da folha", hide_input=True, err=True))]
    try:
        with key_file.open(encoding="utf-8") as file:
            return file.read(100_000).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageRefusal(f"{key_file} não pode ser lido como texto.") from error


def _describe(etiqueta: Etiqueta) -> dict[str, object]:
    return {
        "arquivo": etiqueta.caminho,
        "bytes": etiqueta.cifrado_bytes,
        "sha256": etiqueta.cifrado_sha256,
        "enviada_em": etiqueta.enviada_em.isoformat(),
        "conferida_em": etiqueta.conferida_em.isoformat(),
    }
