"""How backups look in a terminal and in JSON."""

from collections.abc import Sequence
from typing import Any

from estudio.cli.output import Output
from estudio.domain.backup import Guardado
from estudio.domain.backup_completo import Completo
from estudio.domain.contagem import describe_contagens
from estudio.domain.dinheiro import from_centavos
from estudio.services.backup_acervo import ItemDeBackup

PROBLEMS = {
    "sem_manifesto": "sem manifesto (gravação interrompida)",
    "sem_arquivo": "o arquivo sumiu",
    "de_outro_estudio": "de outro estúdio",
    "manifesto_danificado": "manifesto danificado",
    "manifesto_de_outro_mes": "manifesto de outro mês",
}


def describe_guardado(guardado: Guardado) -> dict[str, Any]:
    """A month's backup as a program reads it."""
    manifesto = guardado.manifesto
    totais = manifesto.contagem.totais
    return {
        "competencia": guardado.competencia.slug,
        "caminho": str(guardado.caminho),
        "arquivo": manifesto.csv.arquivo,
        "bytes": manifesto.csv.bytes,
        "sha256": manifesto.csv.sha256,
        "conteudo_sha256": manifesto.contagem.conteudo_sha256,
        "criado_em": manifesto.criado_em,
        "contagens": describe_contagens(totais),
        "totais": {
            "receita_total": from_centavos(totais[0]),
            "comissoes_total": from_centavos(totais[1]),
            "despesas_total": from_centavos(totais[2]),
        },
        "compactado": manifesto.gz.arquivo if manifesto.gz else None,
    }


def describe_item(item: ItemDeBackup) -> dict[str, Any]:
    """One line of the list as a program reads it."""
    described = describe_guardado(item.guardado) if item.guardado else {"competencia": item.competencia.slug}
    registro = item.registro
    return described | {
        "caminho": str(item.caminho),
        "bytes": item.bytes,
        "vigente": item.vigente,
        "citado_por_extrato": item.citado,
        "verificado_em": registro.verificado_em if registro else None,
        "ensaiado_em": registro.ensaiado_em if registro else None,
        "resultado": registro.resultado if registro else None,
        "problema": item.problema,
    }


def describe_completo(completo: Completo) -> dict[str, Any]:
    """A full copy as a program reads it."""
    manifesto = completo.manifesto
    return {
        "caminho": str(completo.caminho),
        "arquivo": manifesto.dump.arquivo,
        "bytes": manifesto.dump.bytes,
        "sha256": manifesto.dump.sha256,
        "criado_em": manifesto.criado_em,
        "meses": manifesto.meses,
        "cabeca": manifesto.cabeca.selo_sha256 if manifesto.cabeca else None,
    }


def show_guardado(output: Output, guardado: Guardado) -> None:
    """What a month's backup holds."""
    manifesto = guardado.manifesto
    totais = manifesto.contagem.totais
    names = {"sessoes": "Sessões", "comissoes": "Comissões"}
    counts = describe_contagens(totais)
    rows: list[Sequence[object]] = [(names.get(kind, kind.capitalize()), count) for kind, count in counts.items()]
    output.table(f"Backup de {guardado.competencia.label}", ("Registros", "Quantos"), rows)
    output.lines(
        ("Receita", from_centavos(totais[0])),
        ("Comissões", from_centavos(totais[1])),
        ("Despesas", from_centavos(totais[2])),
        ("Conteúdo", manifesto.contagem.conteudo_sha256),
        ("Arquivo (sha256)", manifesto.csv.sha256),
    )


def show_items(output: Output, items: Sequence[ItemDeBackup], completos: Sequence[Completo]) -> None:
    """The list, months first."""
    if not items and not completos:
        output.say("Ainda não há backups. Crie um com `estudio backup create`.")
        return
    rows = [
        (
            item.competencia,
            item.criado_em,
            item.bytes,
            item.registro.verificado_em if item.registro else None,
            item.registro.ensaiado_em if item.registro else None,
            _describe_place(item),
            item.caminho.name,
        )
        for item in items
    ]
    columns = ("Mês", "Criado em", "Bytes", "Conferido em", "Ensaiado em", "Situação", "Arquivo")
    output.table("Backups dos meses", columns, rows)
    if completos:
        output.table(
            "Cópias completas",
            ("Criada em", "Bytes", "Meses", "Arquivo"),
            [(c.criado_em, c.manifesto.dump.bytes, len(c.manifesto.meses), c.caminho.name) for c in completos],
        )


def _describe_place(item: ItemDeBackup) -> str:
    if item.problema:
        return PROBLEMS.get(item.problema, item.problema)
    words = (["o do mês"] if item.vigente else ["anterior"]) + (["citado por um extrato"] if item.citado else [])
    return ", ".join(words)
