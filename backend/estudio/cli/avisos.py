"""`estudio avisos`: what was told, to whom, and what became of it; and a test of the addresses."""

import click

from estudio import db
from estudio.cli.commands import Group
from estudio.cli.exits import DONE, REFUSED
from estudio.cli.output import Output, pass_output
from estudio.domain.errors import SemDestino
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.aviso_consulta import Linha, describe_alarmes, find_situacao, get_aviso, list_avisos
from estudio.services.aviso_destinos import list_destinos
from estudio.services.aviso_entrega import deliver_due
from estudio.services.aviso_service import record_teste

ESTADOS = {
    "pendente": "a caminho",
    "entregue": "entregue",
    "falhou": "não chegou",
    "desistida": "não chegou",
    "silenciado": "não enviado",
}


@click.group(cls=Group)
def avisos() -> None:
    """Mostra os avisos do estúdio e se chegaram; testa os endereços."""


@avisos.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500), help="Quantos, do mais novo.")
@pass_output
def list_(output: Output, *, limit: int) -> None:
    """Mostra para onde vão os avisos, o que não está bem agora, e as últimas entregas. Nada é escrito."""
    with db.transaction(read_only=True) as session:
        situacao = find_situacao(session)
        alarmes = describe_alarmes(session, quem=LINHA_DE_COMANDO)
        linhas = list_avisos(session, quem=LINHA_DE_COMANDO, limit=limit)
        described = [linha.as_json() for linha in linhas]
    output.result(
        {
            "destinos": situacao.destinos,
            "silencio": situacao.silencio,
            "sinal": situacao.sinal,
            "alarmes": [alarme | {"desde": alarme["desde"].isoformat()} for alarme in alarmes],
            "entregas": described,
        }
    )
    output.lines(
        ("Endereços", ", ".join(situacao.destinos) or "nenhum (ALERT_ADDRESSES está vazio)"),
        ("Só o urgente", situacao.silencio),
        ("Sinal de vida", "ligado" if situacao.sinal else "desligado (HEARTBEAT_URL está vazio)"),
    )
    if alarmes:
        rows = [
            (alarme["desde"].strftime("%d/%m/%Y %H:%M"), alarme["codigo"], alarme["mensagem"]) for alarme in alarmes
        ]
        output.table("Não está bem agora", ["Desde", "O quê", "O que foi visto"], rows)
    _show(output, linhas)


@avisos.command("test")
@pass_output
def test(output: Output) -> int:
    """Manda um aviso de teste a cada endereço, agora, e diz se foi recebido. Sai com 1 se um não recebeu."""
    if not list_destinos():
        raise SemDestino
    with db.transaction() as session:
        evento = record_teste(session, quem=LINHA_DE_COMANDO)
    deliver_due()
    with db.transaction(read_only=True) as session:
        linha = get_aviso(session, evento, quem=LINHA_DE_COMANDO)
        described = linha.as_json()
    output.result(described)
    _show(output, [linha])
    if not linha.entregas:
        # A process that was started without addresses was quicker.
        output.fail(
            "Nenhum endereço recebeu: outro processo do estúdio pegou o aviso e não conhece ALERT_ADDRESSES. Reinicie "
            "`estudio run` com o mesmo .env e tente de novo."
        )
        return REFUSED
    missed = [entrega.destino for entrega in linha.entregas if entrega.estado != "entregue"]
    if missed:
        output.fail(f"Não receberam: {', '.join(missed)}. É tentado de novo sozinho, com `estudio run`.")
        return REFUSED
    output.success("Todos os endereços receberam.")
    return DONE


def _show(output: Output, linhas: list[Linha]) -> None:
    rows = [
        (linha.criado_em, linha.titulo, nome, estado, tentativas, motivo)
        for linha in linhas
        for nome, estado, tentativas, motivo in _list_entregas(linha)
    ]
    output.table("Avisos", ["Quando", "Aviso", "Para", "Situação", "Tentativas", "Por quê"], rows)


def _list_entregas(linha: Linha) -> list[tuple[str, str, int, str]]:
    if not linha.entregas or linha.estado == "silenciado":
        return [("—", ESTADOS[linha.estado], 0, "")]
    return [
        (entrega.destino, ESTADOS[entrega.estado], entrega.tentativas, entrega.motivo or "")
        for entrega in linha.entregas
    ]
