"""`estudio status`: how the studio works by itself, in a screen: the numbers of the page Funcionamento."""

from typing import Any

import click

from estudio import clock, db
from estudio.cli.commands import Command
from estudio.cli.exits import DONE, REFUSED
from estudio.cli.output import Output, pass_output
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.funcionamento_consulta import describe_funcionamento
from estudio.services.funcionamento_estado import Achado, Grau, find_grau

PALAVRAS = {Grau.EM_ORDEM: "em ordem", Grau.ATENCAO: "atenção", Grau.FALHA: "falha"}

SITUACOES = {
    "sem_backup": "sem backup",
    "danificado": "danificado",
    "nao_lido": "não lido de volta",
    "nao_ensaiado": "não ensaiado",
    "ensaio_antigo": "ensaio antigo",
    "provado": "provado",
}


@click.command(cls=Command)
@pass_output
def status(output: Output) -> int:
    """Diz se o estúdio funciona sozinho como deve: em ordem, atenção ou falha, e o que fazer primeiro. Nada é escrito.

    Sai com 0, ou com 1 quando algo falhou. O que cada tarefa fez mostra `estudio rotinas`; o exame inteiro é
    `estudio doctor`.
    """
    with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
        described = describe_funcionamento(session, clock.now(), quem=LINHA_DE_COMANDO)
        output.result(_as_document(described))
    _show(output, described)
    achados: list[Achado] = described["achados"]
    grau = find_grau(achados)
    for achado in achados:
        tell = output.fail if achado.grau is Grau.FALHA else output.warn
        tell(achado.mensagem)
    if grau is Grau.EM_ORDEM:
        output.success("Em ordem.")
    return REFUSED if grau is Grau.FALHA else DONE


def _show(output: Output, described: dict[str, Any]) -> None:
    fila, sucesso, copia = described["fila"], described["sucesso"], described["copia"]
    last = described["execucoes"][0] if described["execucoes"] else None
    output.lines(
        ("Estado", PALAVRAS[find_grau(described["achados"])]),
        ("Último exame", described["examinado_em"] or "nunca"),
        ("Trabalhando agora", described["trabalhadores"] or "ninguém"),
        (
            "Fila",
            f"{fila.get('todo', 0)} esperando, {fila.get('doing', 0)} em andamento, {fila.get('failed', 0)} falhas",
        ),
        ("Fechamentos, 90 dias", _describe_sucesso(sucesso["90_dias"])),
        ("Fechamentos, todos", _describe_sucesso(sucesso["sempre"])),
        (
            "Última execução",
            f"{last['mes']}: {last['acao']}, {last['desfecho'] or 'sem desfecho'}" if last else "nenhuma",
        ),
        ("Cópia do estúdio", "nenhuma" if copia is None else SITUACOES[copia["situacao"]]),
        ("Perguntas lentas", len(described["lentas"])),
        *((f"Versão: {nome}", versao) for nome, versao in described["versoes"].items()),
    )
    output.table(
        "Backups",
        ["Mês", "Feito", "Lido de volta", "Ensaiado", "Situação"],
        [
            (cada["mes"], cada["criado_em"], cada["verificado_em"], cada["ensaiado_em"], SITUACOES[cada["situacao"]])
            for cada in described["guardados"]
        ],
    )
    output.table(
        "Discos",
        ["Pasta", "Livres (MB)", "Situação"],
        [(disco["pasta"], disco["livres"] // 10**6, disco["situacao"]) for disco in described["discos"]],
    )


def _describe_sucesso(conta: dict[str, Any]) -> str:
    if not conta["tentativas"]:
        return "nenhum"
    return f"{conta['fechadas']} de {conta['tentativas']} ({conta['certas_milesimos'] // 10} %)"


def _as_document(described: dict[str, Any]) -> dict[str, Any]:
    achados: list[Achado] = described["achados"]
    # `avisos` is where a document tells what its own run warns of.
    kept = {name: value for name, value in described.items() if name != "avisos"}
    return {
        **kept,
        "estado": str(find_grau(achados)),
        "achados": [
            {"codigo": each.codigo, "grau": str(each.grau), "mensagem": each.mensagem, "mes": each.mes}
            for each in achados
        ],
        "passos": {id_: [passo._asdict() for passo in passos] for id_, passos in described["passos"].items()},
        "ultimos_avisos": [aviso.as_json() for aviso in described["avisos"]],
    }
