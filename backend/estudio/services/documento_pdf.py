"""A closed month on paper: the owner's statement, and behind it every row.

Long ones are set in parts of some hundred rows, each by a process of its own, so that memory does not grow with the
month; together they are one document.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Any, Final

from estudio import clock
from estudio.domain.competencia import MESES, Competencia
from estudio.domain.contagem import ACERTOS, count_registros, split_acertos
from estudio.domain.dinheiro import format_dinheiro, format_percentual, from_centavos
from estudio.services.documento_juncao import count_paginas, join_pdfs
from estudio.services.documento_leitura import TIPOS, Linha, MesFechado
from estudio.services.documento_letras import fit_letras, shorten_texto
from estudio.services.documento_typst import compile_pdf

LINHAS_POR_PARTE: Final = 250
LINHAS_NO_ANEXO: Final = 20_000
"""Some four hundred pages. Nobody reads more on paper: of a larger month the paper says where its rows are."""

Bloco = dict[str, Any]

_TITULOS: Final = {
    "pagamento": "Pagamentos e comissões",
    "sessao": "Sessões pagas",
    "gasto": "Gastos",
    "acerto": "Acertos",
}
# Cells of the last row, before and after the sums.
_LARGURAS: Final = {"pagamento": 8, "sessao": 7, "gasto": 6, "acerto": 7}


class DocumentoPdf:
    """Rows on their way onto paper; `finish` sets them."""

    def __init__(self, file: IO[bytes], mes: MesFechado, *, estudio: str) -> None:
        self._file = file
        self._mes = mes
        self._estudio = estudio
        self._tem_anexo = count_registros(mes.extrato.totais) <= LINHAS_NO_ANEXO
        self._linhas: dict[str, list[Linha]] = {tipo: [] for tipo in TIPOS}

    def add(self, linhas: list[Linha]) -> None:
        if self._tem_anexo:
            self._linhas[linhas[0].tipo] += linhas

    def finish(self) -> None:
        """Set the parts, one after the other. Raises DocumentoNaoGerado."""
        partes = list(_split(self._list_blocos()))
        # Now they are in the parts.
        self._linhas.clear()
        faltam = sum(fit_letras({"blocos": blocos})[1] for blocos in partes)
        resumo = describe_resumo(self._mes, estudio=self._estudio, has_anexo=self._tem_anexo)
        resumo["faltam"] = faltam + fit_letras(resumo)[1]
        last = len(partes) - 1
        first = self._compile(partes[0], 1, resumo=resumo, fim=not last, unica=not last)
        pdfs, paginas = [first], count_paginas(first)
        for number in range(1, last + 1):
            blocos, partes[number] = partes[number], []
            pdfs.append(self._compile(blocos, paginas + 1, fim=number == last))
            paginas += count_paginas(pdfs[-1])
        if last:
            # Only now it can say how many pages there are.
            pdfs[0] = self._compile(partes[0], 1, resumo=resumo, total=paginas)
        self._file.write(join_pdfs(pdfs))

    def _compile(
        self,
        blocos: list[Bloco],
        primeira: int,
        *,
        resumo: dict[str, Any] | None = None,
        total: int | None = None,
        fim: bool = False,
        unica: bool = False,
    ) -> bytes:
        extrato = self._mes.extrato
        payload = {
            "versao": str(extrato.versao),
            "selo": extrato.selo.selo_sha256,
            "primeira": primeira,
            "total": total,
            "unica": unica,
            "fim": fim,
            "resumo": resumo,
            "blocos": blocos,
        }
        competencia = self._mes.competencia
        titulo = f"Extrato de {MESES[competencia.mes - 1].lower()} de {competencia.ano}"
        return compile_pdf("extrato", payload, em=get_instante(self._mes), titulo=titulo)

    def _list_blocos(self) -> Iterator[Bloco]:
        receita, comissoes, despesas = self._mes.extrato.totais[:3]
        sessoes, acertos = (sum(linha.valor for linha in self._linhas[tipo]) for tipo in ("sessao", "acerto"))
        for tipo, linhas, soma in (
            ("pagamento", list(self._tell_pagamentos()), [_reais(receita), "", _reais(comissoes)]),
            ("sessao", [_tell_sessao(linha) for linha in self._linhas["sessao"]], [_reais(sessoes)]),
            ("gasto", [_tell_gasto(linha) for linha in self._linhas["gasto"]], [_reais(despesas)]),
            ("acerto", [_tell_acerto(linha) for linha in self._linhas["acerto"]], [_reais(acertos)]),
        ):
            if linhas:
                total = ["Total", *[""] * (_LARGURAS[tipo] - len(soma) - 1), *soma]
                yield {"tipo": tipo, "titulo": _TITULOS[tipo], "linhas": linhas, "soma": total}

    def _tell_pagamentos(self) -> Iterator[list[str]]:
        """Each pagamento with its comissão beside it; what others earned by it stands below."""
        ganhos: dict[int, list[Linha]] = {}
        for comissao in self._linhas["comissao"]:
            ganhos.setdefault(comissao.pagamento_id or 0, []).append(comissao)
        for pago in self._linhas["pagamento"]:
            comissoes = ganhos.get(pago.id, [])
            own = next((each for each in comissoes if each.artista_id == pago.artista_id), None)
            estorno = "" if pago.estorno_de is None else f" (estorno do nº {pago.estorno_de})"
            cliente = _short(pago.cliente) + estorno
            yield [
                str(pago.id), _dia(pago.dia), cliente, _short(pago.artista), pago.forma_rotulo or "",
                _reais(pago.valor), *_tell_comissao(own),
            ]  # fmt: skip
            for other in comissoes:
                if other is not own:
                    yield ["", "", f"comissão do nº {pago.id}", _short(other.artista), "", "", *_tell_comissao(other)]


def get_instante(mes: MesFechado) -> datetime:
    """When the version was sealed, to the second."""
    return datetime.fromisoformat(mes.extrato.selo.em).replace(microsecond=0)


def describe_resumo(mes: MesFechado, *, estudio: str, has_anexo: bool) -> dict[str, Any]:
    """The statement as it is read: sums as text, in the order in which people know them."""
    extrato, selo = mes.extrato, mes.extrato.selo
    receita, comissoes, despesas, artistas, formas, gastos_formas, categorias, contagens = extrato.totais[:ACERTOS]
    recebido, gasto = dict(formas), dict(gastos_formas)
    em = clock.to_local(get_instante(mes))
    quem = "pelo sistema" if extrato.fechado_por is None else f"por {mes.name('usuario', extrato.fechado_por)}"
    dias = {dia: centavos for dia, tipo, _, centavos, _ in extrato.por_dia if tipo == "pagamento"}
    return {
        "estudio": estudio,
        "fechado-em": f"{em:%d/%m/%Y às %H:%M}",
        "fechado-por": quem,
        "totais": [
            ["Receita total (bruta)", _reais(receita)],
            ["Comissões", _reais(-comissoes)],
            ["Despesas (gastos)", _reais(-despesas)],
            ["Receita líquida (bruta − comissões − gastos)", _reais(receita - comissoes - despesas)],
        ],
        "contagens": _tell_contagens([*contagens, split_acertos(extrato.totais)[0]], receita - despesas),
        "dias": _list_dias(mes.competencia, dias) if dias else [],
        "dias-ditos": "; ".join(f"dia {int(dia[8:])}: {_reais(valor)}" for dia, valor in sorted(dias.items())),
        "artistas": [[mes.name("artista", id_), _reais(r), _reais(c)] for id_, r, c in artistas],
        "artistas-soma": ["Total", _reais(sum(a[1] for a in artistas)), _reais(sum(a[2] for a in artistas))],
        "formas": [
            [mes.name("forma", codigo), _reais(recebido.get(codigo, 0)), _reais(gasto.get(codigo, 0))]
            for codigo in sorted(recebido | gasto)
        ],
        "formas-soma": ["Total", _reais(sum(recebido.values())), _reais(sum(gasto.values()))],
        "categorias": [[mes.name("categoria", codigo), _reais(valor)] for codigo, valor in categorias],
        "categorias-soma": ["Total", _reais(sum(valor for _, valor in categorias))],
        "conteudo": extrato.conteudo_sha256,
        "anterior": selo.anterior_sha256,
        "seq": selo.seq,
        "backup": selo.backup_sha256,
        "anexo": (
            "Todas as linhas estão nas páginas seguintes."
            if has_anexo
            else "As linhas deste mês são muitas para papel: estão na planilha, no CSV e no JSON."
        ),
    }  # fmt: skip


def _list_dias(competencia: Competencia, dias: dict[str, int]) -> list[dict[str, Any]]:
    """Every day of the month, also those on which nothing came in."""
    count = (competencia.next_first_day - competencia.first_day).days
    return [{"dia": str(dia), "centavos": dias.get(f"{competencia.slug}-{dia:02d}", 0)} for dia in range(1, count + 1)]


def _split(blocos: Iterator[Bloco]) -> Iterator[list[Bloco]]:
    """The blocks in parts of so many rows at most; one that goes on in the next part has its title and sum once."""
    parte: list[Bloco] = []
    room = LINHAS_POR_PARTE
    for bloco in blocos:
        linhas, titulo = bloco["linhas"], bloco["titulo"]
        while linhas:
            if not room:
                yield parte
                parte, room = [], LINHAS_POR_PARTE
            now, linhas = linhas[:room], linhas[room:]
            parte.append(bloco | {"titulo": titulo, "linhas": now, "soma": None if linhas else bloco["soma"]})
            room -= len(now)
            titulo = None
    yield parte


def _tell_contagens(contagens: list[int], saldo: int) -> str:
    pagamentos, sessoes, comissoes, gastos, acertos = contagens
    kinds = (
        (pagamentos, "pagamento", "pagamentos"),
        (comissoes, "comissão", "comissões"),
        (sessoes, "sessão paga", "sessões pagas"),
        (gastos, "gasto", "gastos"),
        *([(acertos, "acerto", "acertos")] if acertos else []),
    )
    counted = " · ".join(f"{n} {one if n == 1 else many}" for n, one, many in kinds)
    return f"Saldo (bruta − gastos): {_reais(saldo)} · {counted}"


def _tell_comissao(comissao: Linha | None) -> tuple[str, str]:
    if comissao is None:
        return "", ""
    return format_percentual(comissao.percentual or 0), _reais(comissao.valor)


def _tell_sessao(s: Linha) -> list[str]:
    return [
        str(s.id),
        _dia(s.data),
        _dia(s.dia),
        str(s.pagamento_id),
        s.cliente or "",
        s.artista or "",
        _reais(s.valor),
    ]


def _tell_gasto(g: Linha) -> list[str]:
    return [
        str(g.id),
        _dia(g.dia),
        _short(g.descricao),
        g.categoria_rotulo or "",
        g.forma_rotulo or "",
        _reais(g.valor),
    ]


def _tell_acerto(a: Linha) -> list[str]:
    motivo = f"pagamento nº {a.pagamento_id}" if a.pagamento_id is not None else _short(a.descricao)
    return [
        str(a.id),
        _dia(a.dia),
        _short(a.artista),
        a.categoria_rotulo or "",
        a.forma_rotulo or "",
        motivo,
        _reais(a.valor),
    ]


def _short(text: str | None) -> str:
    return shorten_texto(text or "")


def _dia(dia: date | None) -> str:
    return "" if dia is None else f"{dia:%d/%m/%Y}"


def _reais(centavos: int) -> str:
    """1.234,56; a real minus, which no line is broken at."""
    return format_dinheiro(from_centavos(centavos)).replace("R$ ", "").replace("-", "−")
