"""A statement on paper: what its page shows, for whoever keeps it. The same version gives the same bytes each time."""

from datetime import datetime
from typing import Final

from estudio import clock
from estudio.domain.acerto import name_acerto
from estudio.domain.demonstrativo import Folha, LinhaDeAcerto, LinhaPaga
from estudio.domain.dinheiro import format_dinheiro, format_percentual
from estudio.services.documento_typst import compile_pdf

MODELO: Final = "demonstrativo"


def write_demonstrativo(folha: Folha) -> tuple[str, bytes]:
    """The name of the file, which says nobody's, and the PDF. Raises DocumentoNaoGerado."""
    extrato = folha.extrato
    mes = extrato.competencia
    # The seal's own instant, and not that of the press: paper of one version is one paper.
    em = datetime.fromisoformat(extrato.selo.em)
    payload = {
        "artista": folha.artista,
        "mes": mes.label,
        "versao": str(extrato.versao),
        "fechado_em": f"{clock.to_local(em):%d/%m/%Y %H:%M}",
        "selo": extrato.selo.selo_sha256,
        "resumo": [
            ["Pagamentos recebidos", format_dinheiro(folha.recebido)],
            ["Estornos", format_dinheiro(folha.estornos)],
            ["Receita do artista", format_dinheiro(folha.receita)],
            ["Comissão dos pagamentos", format_dinheiro(folha.comissao_antes)],
            ["Comissão devolvida em estornos", format_dinheiro(folha.comissao_dos_estornos)],
        ],
        "comissao": format_dinheiro(folha.comissao),
        "conta": _tell_conta(folha),
        "pagamentos": [_tell_pagamento(linha) for linha in folha.pagamentos],
        "sessoes": [
            [f"{linha.data:%d/%m/%Y}", linha.cliente, f"{linha.pago_em:%d/%m/%Y}", format_dinheiro(linha.valor)]
            for linha in folha.sessoes
        ],
        "receita": format_dinheiro(folha.receita),
        "notas": [nota for linha in folha.pagamentos if (nota := _explain(linha))],
    }
    nome = f"demonstrativo_{mes.ano:04d}_{mes.mes:02d}_v{extrato.versao}.pdf"
    return nome, compile_pdf(MODELO, payload, em=em, titulo=f"Demonstrativo de {mes.label}")


def _tell_conta(folha: Folha) -> list[list[str]]:
    """What was left, what was earned, what passed; the last line is what is owed."""
    conta = folha.conta
    deve = "O artista deve ao estúdio no fim do mês" if conta.saldo < 0 else "O estúdio deve ao artista no fim do mês"
    return [
        ["Saldo dos meses de antes", format_dinheiro(conta.saldo_anterior)],
        [f"Comissão de {folha.extrato.competencia.label}", format_dinheiro(conta.comissao)],
        *([_name_acerto(linha), format_dinheiro(linha.valor)] for linha in conta.acertos),
        [deve, format_dinheiro(conta.saldo)],
    ]


def _name_acerto(linha: LinhaDeAcerto) -> str:
    pagamento = f"pagamento {linha.pagamento_id}" if linha.pagamento_id else None
    said = (name_acerto(linha.tipo, linha.valor), f"{linha.data:%d/%m/%Y}", linha.forma, pagamento, linha.motivo)
    return " · ".join(part for part in said if part)


def _tell_pagamento(linha: LinhaPaga) -> list[str]:
    nota = "" if _explain(linha) is None else " *"
    return [
        f"{linha.dia:%d/%m/%Y}",
        linha.cliente + (f" (estorno do {linha.estorno_de})" if linha.estorno_de else ""),
        linha.forma,
        format_dinheiro(linha.valor) if linha.propria else f"({format_dinheiro(linha.valor)})",
        "–" if linha.percentual is None else format_percentual(linha.percentual),
        format_dinheiro(linha.comissao) + nota,
    ]


def _explain(linha: LinhaPaga) -> str | None:
    """Where a comissão is not valor × percentual, why it is what it is."""
    said = []
    if not linha.propria:
        said.append("o pagamento, entre parênteses, é de outro artista; daqui conta só a comissão.")
    if linha.percentual is not None and not linha.e_produto:
        said.append(
            f"o estorno que completa a devolução do pagamento {linha.estorno_de} leva o que restava da comissão dele."
        )
    return f"{linha.dia:%d/%m/%Y}, pagamento {linha.id}: {' '.join(said)}" if said else None
