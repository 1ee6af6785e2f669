"""How months and extratos look in a terminal, in the words that version 4's users know."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from estudio.cli.output import Bar, Output, show
from estudio.domain.competencia import Competencia
from estudio.services.cadeia_confronto import Divergencia
from estudio.services.execucao_etapas import Andamento, Watcher, name_etapa
from estudio.services.extrato_consulta import Previa

STATES = {
    "aberta": "aberto",
    "vazia": "vazio",
    "fechada": "fechado",
    "selada": "selado",
    "substituido": "substituído por outra versão",
}


def watch_on(bar: Bar, competencia: Competencia) -> Watcher:
    """Show a run on a bar: the stage, and in a count how many batches and rows are done."""

    def watch(andamento: Andamento) -> None:
        text = f"{competencia.label}: {name_etapa(andamento.etapa)}"
        if andamento.lotes:
            text += f", lote {andamento.lote}/{andamento.lotes}, {andamento.registros} registros"
        bar.show(text, done=andamento.registros, total=andamento.registros_total)

    return watch


def show_extrato(output: Output, described: dict[str, Any]) -> None:
    """One Extrato as a person reads it: totals, shares, forms, expenses, seal."""
    label = Competencia(described["ano"], described["mes"]).label
    show_totais(output, f"Extrato de {label}", described["totais"], described["contagens"])
    selo = described["selo_sha256"]
    backup = described["backup_sha256"]
    output.lines(
        ("Situação", f"{STATES[described['estado']]}, versão {described['versao']}"),
        ("Fechado em", f"{show(datetime.fromisoformat(described['fechado_em']))} por {described['fechado_por']}"),
        ("Conteúdo", described["conteudo_sha256"]),
        ("Selo", f"{selo} (elo {described['seq']} da cadeia)"),
        ("Selo anterior", described["anterior_sha256"]),
        ("Backup", "provado, mesmo conteúdo" if backup else "SEM BACKUP provado"),
    )


def show_totais(output: Output, title: str, totais: dict[str, Any], contagens: dict[str, int]) -> None:
    """The totals of a month under the labels of version 4; money comes as text or as Decimal."""
    rows: list[Sequence[object]] = [
        ("Receita Total (Bruta)", Decimal(totais["receita_total"])),
        ("Comissões Totais", Decimal(totais["comissoes_total"])),
        ("Despesas (Gastos)", Decimal(totais["despesas_total"])),
        ("Saldo (Receita - Despesas)", Decimal(totais["saldo"])),
        ("Receita Líquida (Bruta - Comissões - Gastos)", Decimal(totais["receita_liquida"])),
    ]
    output.table(title, ("Métrica", "Valor"), rows)
    if totais["por_artista"]:
        artistas = [(a["artista"], Decimal(a["receita"]), Decimal(a["comissao"])) for a in totais["por_artista"]]
        footer = ("Total", Decimal(totais["receita_total"]), Decimal(totais["comissoes_total"]))
        output.table("Comissões por Artista", ("Artista", "Receita Gerada", "Comissão"), artistas, footer=footer)
    _show_pairs(
        output, "Receita por Forma de Pagamento", "forma", totais["por_forma_pagamento"], totais["receita_total"]
    )
    _show_pairs(output, "Gastos por Categoria", "categoria", totais["gastos_por_categoria"], totais["despesas_total"])
    _show_pairs(
        output, "Gastos por Forma de Pagamento", "forma", totais["gastos_por_forma_pagamento"], totais["despesas_total"]
    )
    output.lines(
        (
            "Registros",
            "{pagamentos} pagamentos, {sessoes} sessões, {comissoes} comissões, {gastos} gastos".format(**contagens)
            + (f", {contagens['acertos']} acertos" if "acertos" in contagens else ""),
        )
    )


def show_previa(output: Output, previa: Previa) -> None:
    """What *Conferir* found, and what would be sealed."""
    totais = dict(previa.totais)
    show_totais(output, f"{previa.competencia.label} ({STATES[previa.estado]})", totais, totais.pop("contagens"))
    for achado in previa.achados:
        (output.fail if achado.bloqueia else output.warn)(achado.mensagem)
    output.lines(("Conteúdo", previa.contagem.conteudo_sha256))
    if previa.pronto:
        output.success(f"{previa.competencia.label} pode ser fechado. Nada foi escrito.")


def show_meses(output: Output, meses: list[dict[str, Any]], execucoes: list[dict[str, Any]]) -> None:
    """Every month with its state, and the last attempts."""
    output.table(
        "Meses",
        ("Mês", "Situação", "Versão", "Receita", "Selo"),
        [
            (
                Competencia.parse(m["competencia"]),
                STATES[m["estado"]],
                m["versao"],
                None if m["receita_total"] is None else Decimal(m["receita_total"]),
                None if m["selo_sha256"] is None else m["selo_sha256"][:16],
            )
            for m in meses
        ],
    )
    if execucoes:
        output.table(
            "Últimas execuções",
            ("Nº", "O quê", "Mês", "Desfecho", "Etapa", "Por quê"),
            [
                (
                    e["id"],
                    e["acao"],
                    Competencia.parse(e["mes"]),
                    e["desfecho"] or "em andamento",
                    e["etapa"],
                    e["mensagem"],
                )
                for e in execucoes
            ],
        )


def show_comparison(output: Output, comparison: dict[str, Any]) -> None:
    """What changed between two versions: in total, per artist, per day."""
    label = Competencia.parse(comparison["competencia"]).label
    title = f"{label}: da versão {comparison['de']} para a {comparison['para']}"
    if comparison["mesmo_conteudo"]:
        output.say(f"{title}: nada mudou.")
        return
    output.table(title, ("Total", "Antes", "Depois", "Diferença"), [_as_row(c) for c in comparison["totais"]])
    output.table(
        "Por artista",
        ("Artista", "Antes", "Depois", "Diferença", "Comissão"),
        [
            (*_as_row(a["receita"] | {"nome": a["artista"]}), Decimal(a["comissao"]["diferenca"]))
            for a in comparison["por_artista"]
        ],
    )
    output.table(
        "Por dia",
        ("Dia", "O quê", "Linhas antes", "Linhas depois", "Diferença"),
        [
            (
                d["dia"],
                d["tipo"],
                d["quantidade"][1] or 0,
                d["quantidade"][0] or 0,
                Decimal(d["diferenca_centavos"]).scaleb(-2),
            )
            for d in comparison["por_dia"]
        ],
    )


def show_verification(
    output: Output, meses: list[dict[str, Any]], differences: list[Divergencia], *, backup: bool | None
) -> None:
    """What the chain and the rows say."""
    closed = [m for m in meses if m["estado"] in ("fechada", "selada")]
    for difference in differences:
        output.fail(str(difference))
    if not differences:
        output.success(f"Íntegro: {len(closed)} meses fechados, recalculados dos registros até o último selo.")
    if backup is not None:
        (output.success if backup else output.warn)(
            "O backup prova os registros do mês."
            if backup
            else "Nenhum backup prova os registros do mês (veja o registro)."
        )


def _show_pairs(output: Output, title: str, key: str, pairs: list[dict[str, Any]], total: Any) -> None:
    if pairs:
        rows = [(p[key], Decimal(p["total"])) for p in pairs]
        output.table(title, (key.capitalize(), "Total"), rows, footer=("Total", Decimal(total)))


def _as_row(change: dict[str, str]) -> tuple[str, Decimal, Decimal, Decimal]:
    return change["nome"], Decimal(change["antes"]), Decimal(change["depois"]), Decimal(change["diferenca"])
