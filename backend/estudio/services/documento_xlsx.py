"""A closed month as a workbook: one sheet for each section of the Extrato, sums by formula with their value beside.

The value of a sum is the sealed one; that its formula gives the same is arithmetic, and a test. Sums by artista and by
forma go by number and code, never by name.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from tempfile import TemporaryDirectory
from typing import IO, Any, Final
from zipfile import ZipFile

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from estudio.domain.acerto import Tipo, name_acerto
from estudio.domain.contagem import ACERTOS, split_acertos
from estudio.services.documento_folha import Celula, Coluna, Folha, Formula, Percentual, Reais, create_formatos
from estudio.services.documento_leitura import Linha, MesFechado

_DATA: Final = Coluna("Data", 12)
_CLIENTE: Final = Coluna("Cliente", 28)
_VALOR: Final = Coluna("Valor", 14)
_FORMA: Final = (Coluna("Forma", 20), Coluna("Código da forma", 16))
_ARTISTA: Final = (Coluna("Artista", 22), Coluna("Nº do artista", 12))

_OPCOES: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class DocumentoXlsx:
    """Rows on their way into the sheets; `finish` writes the sums and closes the workbook into its file."""

    def __init__(self, file: IO[bytes], mes: MesFechado) -> None:
        self._mes = mes
        # What it keeps rows in until they are packed: gone with their folder, whatever happens.
        self._pasta = TemporaryDirectory(prefix="estudio-xlsx-")
        self._livro = Workbook(file, _OPCOES | {"tmpdir": self._pasta.name})
        # The seal's own instant: a workbook made tomorrow is the same bytes.
        em = datetime.fromisoformat(mes.extrato.selo.em.removesuffix("Z")).replace(microsecond=0)
        self._livro.set_properties({"title": f"Extrato de {mes.competencia.label}", "created": em})
        self._formatos = create_formatos(self._livro)
        self._pagamentos = self._sheet("Pagamentos", Coluna("Nº", 8), _DATA, _CLIENTE, *_ARTISTA, *_FORMA,
                                       Coluna("Percentual", 11), _VALOR, Coluna("Estorno do nº", 14))  # fmt: skip
        self._comissoes = self._sheet("Comissões", Coluna("Nº", 8), _DATA, Coluna("Pagamento nº", 13), _CLIENTE,
                                      *_ARTISTA, Coluna("Percentual", 11), _VALOR)  # fmt: skip
        self._sessoes = self._sheet("Sessões", Coluna("Nº", 8), _DATA, Coluna("Paga em", 12),
                                    Coluna("Pagamento nº", 13), _CLIENTE, *_ARTISTA, _VALOR)  # fmt: skip
        self._artistas = self._sheet("Comissões por Artista", Coluna("Nº do artista", 12), Coluna("Artista", 22),
                                     Coluna("Receita", 14), Coluna("Comissão", 14))  # fmt: skip
        self._formas = self._sheet("Formas", Coluna("Código da forma", 16), Coluna("Forma", 20),
                                   Coluna("Receita", 14), Coluna("Gastos", 14))  # fmt: skip
        self._gastos = self._sheet("Gastos", Coluna("Nº", 8), _DATA, Coluna("Descrição", 40), Coluna("Categoria", 18),
                                   Coluna("Código da categoria", 18), *_FORMA, _VALOR)  # fmt: skip
        self._quantos_acertos, self._somas = split_acertos(mes.extrato.totais)
        # A month that has none gives the workbook that it always gave.
        self._acertos = self._sheet("Acertos", Coluna("Nº", 8), _DATA, *_ARTISTA, Coluna("Tipo", 22),
                                    Coluna("Código do tipo", 16), *_FORMA, Coluna("Motivo", 40),
                                    Coluna("Pagamento nº", 13), _VALOR) if self._quantos_acertos else None  # fmt: skip
        self._totais = self._sheet("Totais", Coluna("Total", 46), _VALOR)
        self._sessoes_valor = 0

    def add(self, linhas: list[Linha]) -> None:
        tell: dict[str, tuple[Folha, Callable[[Linha], tuple[Celula, ...]]]] = {
            "pagamento": (self._pagamentos, _tell_pagamento),
            "comissao": (self._comissoes, _tell_comissao),
            "sessao": (self._sessoes, _tell_sessao),
            "gasto": (self._gastos, _tell_gasto),
        }
        if self._acertos is not None:
            tell["acerto"] = (self._acertos, _tell_acerto)
        folha, celulas = tell[linhas[0].tipo]
        for linha in linhas:
            folha.add(*celulas(linha))
        if folha is self._sessoes:
            self._sessoes_valor += sum(linha.valor for linha in linhas)

    def finish(self) -> None:
        """The sums, from the rows above them, and the sheets that are made of sums alone."""
        receita, comissoes, despesas, artistas, formas, gastos_formas, categorias, contagens = self._mes.extrato.totais[
            :ACERTOS
        ]
        self._write_artistas(artistas)
        self._write_formas(dict(formas), dict(gastos_formas))
        self._write_totais(receita, comissoes, despesas, contagens)
        self._write_categorias(categorias)
        self._write_acertos()
        self._write_selo()
        # Below the rows, after every formula that names them.
        for folha, coluna, soma in (
            (self._pagamentos, 8, receita),
            (self._comissoes, 7, comissoes),
            (self._sessoes, 7, self._sessoes_valor),
            (self._gastos, 7, despesas),
        ):
            if folha.has_linhas:
                folha.add_soma({coluna: soma})
        if self._acertos is not None:
            self._acertos.add_soma({10: sum(total for _, _, total in self._somas)})
        try:
            self._livro.close()
        except FileCreateError as error:
            # The library hides what the system said in an error of its own.
            refused: OSError = error.args[0]
            _let_go_of_zip(refused)
            raise refused from error

    def close(self) -> None:
        """Let go of what the rows were kept in, also when they were refused halfway."""
        self._livro.fileclosed = True
        for folha in self._livro.worksheets():
            if folha.row_data_fh is not None:
                # What it still holds is written on closing, and a full disk refuses that too.
                with suppress(OSError):
                    folha.row_data_fh.close()
        self._pasta.cleanup()

    def _write_artistas(self, artistas: list[Any]) -> None:
        recebido = (self._pagamentos.range(4), self._pagamentos.range(8))
        ganho = (self._comissoes.range(5), self._comissoes.range(7))
        for linha, (id_, receita, comissao) in enumerate(artistas, 2):
            self._artistas.add(
                id_,
                self._mes.name("artista", id_),
                _sum_of(recebido, f"$A${linha}", receita),
                _sum_of(ganho, f"$A${linha}", comissao),
            )
        if artistas:
            self._artistas.add_soma({2: sum(a[1] for a in artistas), 3: sum(a[2] for a in artistas)})

    def _write_formas(self, formas: dict[str, int], gastos: dict[str, int]) -> None:
        recebido = (self._pagamentos.range(6), self._pagamentos.range(8))
        gasto = (self._gastos.range(6), self._gastos.range(7))
        for linha, codigo in enumerate(sorted(formas | gastos), 2):
            self._formas.add(
                codigo,
                self._mes.name("forma", codigo),
                _sum_of(recebido, f"$A${linha}", formas.get(codigo, 0)),
                _sum_of(gasto, f"$A${linha}", gastos.get(codigo, 0)),
            )
        if formas or gastos:
            self._formas.add_soma({2: sum(formas.values()), 3: sum(gastos.values())})

    def _write_totais(self, receita: int, comissoes: int, despesas: int, contagens: list[int]) -> None:
        recebido, comissao, gasto = self._pagamentos.range(8), self._comissoes.range(7), self._gastos.range(7)
        add = self._totais.add
        add("Receita Total (Bruta)", Formula(f"SUM({recebido})", Reais(receita)))
        add("Comissões Totais", Formula(f"SUM({comissao})", Reais(comissoes)))
        add("Despesas (Gastos)", Formula(f"SUM({gasto})", Reais(despesas)))
        add("Saldo (Bruta - Gastos)", Formula("B2-B4", Reais(receita - despesas)))
        add("Receita Líquida (Bruta - Comissões - Gastos)", Formula("B2-B3-B4", Reais(receita - comissoes - despesas)))
        sheets = (self._pagamentos, self._sessoes, self._comissoes, self._gastos)
        for folha, contagem in zip(sheets, contagens, strict=True):
            add(f"{folha.nome} (quantos)", Formula(f"COUNT({folha.range(0)})", contagem))

    def _write_categorias(self, categorias: list[Any]) -> None:
        gasto = (self._gastos.range(4), self._gastos.range(7))
        for codigo, centavos in categorias:
            self._totais.add(f"Gastos: {self._mes.name('categoria', codigo)}", _sum_of(gasto, f'"{codigo}"', centavos))

    def _write_acertos(self) -> None:
        """By artista and kind; in no other total."""
        if self._acertos is None:
            return
        artista, tipo, valor = (self._acertos.range(coluna) for coluna in (3, 5, 10))
        self._totais.add("Acertos (quantos)", Formula(f"COUNT({self._acertos.range(0)})", self._quantos_acertos))
        for id_, codigo, total in self._somas:
            self._totais.add(
                f"Acertos: {self._mes.name('artista', id_)}, {name_acerto(Tipo(codigo), total)}",
                Formula(f'SUMIFS({valor},{artista},{id_},{tipo},"{codigo}")', Reais(total)),
            )

    def _write_selo(self) -> None:
        extrato = self._mes.extrato
        self._totais.add(f"Versão {extrato.versao} · selo {extrato.selo.seq}")
        self._totais.add(extrato.selo.selo_sha256)

    def _sheet(self, nome: str, *colunas: Coluna) -> Folha:
        return Folha(self._livro, self._formatos, nome, colunas)


def _let_go_of_zip(refused: OSError) -> None:
    """What the library was writing is left half done: the collector would try to write its end on a full disk."""
    step = refused.__traceback__
    while step is not None:
        for left in step.tb_frame.f_locals.values():
            if isinstance(left, ZipFile):
                left.fp = None
        step = step.tb_next


def _sum_of(onde: tuple[str, str], chave: str, centavos: int) -> Formula:
    return Formula(f"SUMIF({onde[0]},{chave},{onde[1]})", Reais(centavos))


def _percent(centesimos: int | None) -> Percentual | None:
    return None if centesimos is None else Percentual(centesimos)


def _tell_pagamento(p: Linha) -> tuple[Celula, ...]:
    return (p.id, p.dia, p.cliente, p.artista, p.artista_id, p.forma_rotulo, p.forma, _percent(p.percentual),
            Reais(p.valor), p.estorno_de)  # fmt: skip


def _tell_comissao(c: Linha) -> tuple[Celula, ...]:
    return (c.id, c.dia, c.pagamento_id, c.cliente, c.artista, c.artista_id, _percent(c.percentual), Reais(c.valor))


def _tell_sessao(s: Linha) -> tuple[Celula, ...]:
    return (s.id, s.data, s.dia, s.pagamento_id, s.cliente, s.artista, s.artista_id, Reais(s.valor))


def _tell_acerto(a: Linha) -> tuple[Celula, ...]:
    return (a.id, a.dia, a.artista, a.artista_id, a.categoria_rotulo, a.categoria, a.forma_rotulo, a.forma, a.descricao,
            a.pagamento_id, Reais(a.valor))  # fmt: skip


def _tell_gasto(g: Linha) -> tuple[Celula, ...]:
    return (g.id, g.dia, g.descricao, g.categoria_rotulo, g.categoria, g.forma_rotulo, g.forma, Reais(g.valor))
