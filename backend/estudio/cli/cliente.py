"""`estudio cliente`: a person's data (LGPD) at the host's own command line: all of it in a file, or erased."""

from pathlib import Path
from typing import Final

import click

from estudio import db
from estudio.cli.commands import Group
from estudio.cli.output import Output, pass_output
from estudio.domain.errors import UsageRefusal
from estudio.domain.titular import Motivo, TitularEliminado
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.backup_reescrita import Limpeza, clean_backups
from estudio.services.citacao_service import Citada, list_citacoes
from estudio.services.documento_service import create_pendentes
from estudio.services.dossie_arquivo import name_dossie, write_dossie
from estudio.services.dossie_service import collect_dossie
from estudio.services.eliminacao_service import erase_titular

TODAS: Final = 10_000
"""More than anybody reads."""
MAIOR_TRECHO: Final = 200

numero_argument = click.argument("numero", type=click.IntRange(1, 2**63 - 1), metavar="Nº")


@click.group(cls=Group)
def cliente() -> None:
    """Junta num arquivo tudo de um cliente, ou elimina os seus dados (LGPD)."""


@cliente.command()
@numero_argument
@click.option("--to", "pasta", default=".", metavar="PASTA", help="Onde gravar o zip (a pasta atual).")
@pass_output
def export(output: Output, numero: int, *, pasta: str) -> None:
    """Grava um zip com tudo o que o estúdio guarda de um cliente."""
    with db.transaction(read_only=True) as session:
        dossie = collect_dossie(session, numero, quem=LINHA_DE_COMANDO)
    path = Path(pasta) / name_dossie(dossie)
    try:
        # Nobody else on this machine reads it, and what is there already is not written over.
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(write_dossie(dossie))
    except OSError as error:
        raise UsageRefusal(f"Não deu para gravar {path}: {error.strerror}. Escolha outra pasta com --to.") from error
    output.result({"arquivo": str(path), "cliente": dossie.cliente.id})
    output.success(f"{path} tem tudo o que o estúdio guarda do cliente {dossie.cliente.id}.")


@cliente.command()
@numero_argument
@click.option("--motivo", required=True, type=click.Choice([str(motivo) for motivo in Motivo]), help="Por quê.")
@click.option("--confirmo", required=True, metavar="NOME", help="O nome do cliente, como ele está.")
@pass_output
def erase(output: Output, numero: int, *, motivo: str, confirmo: str) -> None:
    """Elimina os dados de um cliente. Não se desfaz: os valores ficam, sem dizer de quem."""
    with db.transaction() as session:
        ids = erase_titular(session, numero, quem=LINHA_DE_COMANDO, motivo=motivo, confirmacao=confirmo)
        titular = session.get_one(TitularEliminado, ids[0]).titular_id
        citadas = list_citacoes(session, titular, quem=LINHA_DE_COMANDO, limite=TODAS)
    limpeza = clean_backups()
    failed = create_pendentes(quem=LINHA_DE_COMANDO)
    output.result({"eliminados": ids, "citacoes": [_describe_citada(each) for each in citadas], **_describe(limpeza)})
    output.success(f"O cliente {numero} foi eliminado ({len(ids)} cadastro(s)).")
    _tell(output, limpeza)
    for reason in failed:
        output.warn(f"Os documentos de um mês fechado não foram gerados de novo: {reason.message}")
    if citadas:
        output.warn(
            f"Textos que podem citar a pessoa: {len(citadas)}. Leia cada um e decida em Dados pessoais "
            f"(/clientes/{titular}/titular):"
        )
        for each in citadas:
            output.say(f"  {each.caminho or 'só na auditoria'} ({each.tabela} {each.registro_id}): {_quote(each)}")


@cliente.command()
@pass_output
def clean(output: Output) -> None:
    """Tira dos backups de mês quem já foi eliminado, onde ainda estiver."""
    limpeza = clean_backups()
    output.result(_describe(limpeza))
    _tell(output, limpeza)


def _describe_citada(citada: Citada) -> dict[str, object]:
    return {"id": citada.id, "tabela": citada.tabela, "registro": citada.registro_id, "pagina": citada.caminho}


def _quote(citada: Citada) -> str:
    said = " ".join((citada.texto or citada.passado or "").split())
    return said if len(said) <= MAIOR_TRECHO else said[:MAIOR_TRECHO] + "…"


def _describe(limpeza: Limpeza) -> dict[str, object]:
    return {"reescritos": limpeza.reescritos, "intocados": limpeza.intocados, "completos": limpeza.completos}


def _tell(output: Output, limpeza: Limpeza) -> None:
    output.say(f"Backups de mês reescritos: {len(limpeza.reescritos)}.")
    if limpeza.intocados:
        output.warn(f"Não deu para ler nem reescrever: {', '.join(limpeza.intocados)}. Se o guardam, apague-os à mão.")
    if limpeza.completos:
        output.warn(f"Cópias completas de antes guardam o nome até serem apagadas: {', '.join(limpeza.completos)}.")
