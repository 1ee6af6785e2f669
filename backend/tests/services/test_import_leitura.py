"""What a file is taken for: its encoding, its form, its cells; and what is said of a file that is none."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from planilha_v4 import SETEMBRO, VAZIAS, comissao, gasto, pagamento, render_pt_br, render_v4, save, sessao

from estudio.domain.errors import ArquivoAusente, ArquivoNaoLido
from estudio.services.import_leitura import read_arquivo
from estudio.services.import_registros import GUARDADAS, Leitura, Pessoa


def read(tmp_path: Path, content: bytes) -> Leitura:
    return read_arquivo(save(tmp_path / "backup.csv", content))


def refused(tmp_path: Path, content: bytes) -> str:
    with pytest.raises(ArquivoNaoLido) as refusal:
        read(tmp_path, content)
    return refusal.value.message


def reasons(leitura: Leitura) -> list[tuple[int, str]]:
    return [(nota.linha, nota.motivo) for nota in leitura.recusas.in_order()]


def the_reason(tmp_path: Path, content: bytes) -> str:
    [(_, motivo)] = reasons(read(tmp_path, content))
    return motivo


def test_version_4s_own_file_is_read_as_it_is(tmp_path: Path) -> None:
    leitura = read(tmp_path, render_v4(SETEMBRO, extra=VAZIAS))
    assert [(p.linha, p.id, p.data, p.valor, p.sessao_id) for p in leitura.pagamentos] == [
        (2, 4, date(2025, 9, 5), 45000, 4),
        (3, 5, date(2025, 9, 15), 32000, 5),
        (4, 6, date(2025, 9, 25), 28000, 6),
    ]
    assert [(s.linha, s.id, s.status, s.payment_id) for s in leitura.sessoes] == [
        (5, 4, "realizada", None),
        (6, 5, "realizada", None),
        (7, 6, "realizada", None),
    ]
    first = leitura.pagamentos[0]
    assert (first.artista, first.cliente) == (Pessoa(None, "Pedro Artista"), Pessoa(None, "Ana Cliente"))
    assert first.observacoes == "Pagamento referente à sessão 4"
    assert first.criado_em == datetime(2025, 10, 22, 18, 8, 37, 48776, tzinfo=UTC)
    assert not leitura.recusas
    assert not leitura.avisos


def test_a_pt_br_spreadsheet_holds_the_same_records(tmp_path: Path) -> None:
    rows = [*SETEMBRO, comissao(1, 4, "33.33", "149.99"), gasto(7, "2025-09-30", "1234.5", categoria="Material")]
    one, other = read(tmp_path, render_v4(rows)), read(tmp_path, render_pt_br(rows))
    assert (one.pagamentos, one.sessoes) == (other.pagamentos, other.sessoes)
    assert (one.comissoes, one.gastos) == (other.comissoes, other.gastos)
    assert other.gastos[0].valor == 123450


def test_bom_and_line_ends_of_any_kind_do_not_matter(tmp_path: Path) -> None:
    plain = render_v4(SETEMBRO)
    for content in (b"\xef\xbb\xbf" + plain, plain.replace(b"\r\n", b"\n"), plain + b"\r\n\r\n", plain.rstrip()):
        assert read(tmp_path, content).pagamentos == read(tmp_path, plain).pagamentos


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    rows = [pagamento(1, "2025-09-01", "10.0", observacoes="um\ndois\ntrês"), pagamento(2, "2025-13-01", "10.0")]
    [(linha, motivo)] = reasons(read(tmp_path, render_v4(rows)))
    assert linha == 5
    assert motivo == "data “2025-13-01” não existe no calendário."


def test_texts_are_kept_as_they_are_formulas_too(tmp_path: Path) -> None:
    texts = ["=1+1", "'=1+1", " com espaços ", '"aspas"; e vírgula,', "🖋️", "@SUM(A1)", "linha\r\nlinha"]
    rows = [pagamento(n, "2025-09-01", "10.0", observacoes=text) for n, text in enumerate(texts, 1)]
    assert [p.observacoes for p in read(tmp_path, render_v4(rows)).pagamentos] == texts
    assert [p.observacoes for p in read(tmp_path, render_pt_br(rows)).pagamentos] == texts


@pytest.mark.parametrize(
    ("valor", "centavos"),
    [("450.0", 45000), ("450.00", 45000), ("450", 45000), ("0.01", 1), ("9999999.99", 999999999), ("1.234,56", 123456)],
)
def test_money_of_version_4(tmp_path: Path, valor: str, centavos: int) -> None:
    assert read(tmp_path, render_v4([pagamento(1, "2025-09-01", valor)])).pagamentos[0].valor == centavos


@pytest.mark.parametrize(
    ("valor", "why"),
    [
        ("", "falta o valor"),
        ("1.234", "mais de duas casas decimais"),
        ("450.000", "mais de duas casas decimais"),
        ("-450.00", "negativo"),
        ("0.00", "maior que zero"),
        ("NaN", "não foi entendido"),
        ("Infinity", "não foi entendido"),
        ("1e5", "não foi entendido"),
        ("1_000", "não foi entendido"),
        ("=1+1", "não foi entendido"),
        ("４５０", "não foi entendido"),
        ("10000000.00", "limite"),
        ("99999999999999999999", "limite"),
        ("450.0 450.0", "não foi entendido"),
    ],
)
def test_money_that_is_refused_is_named(tmp_path: Path, valor: str, why: str) -> None:
    motivo = the_reason(tmp_path, render_v4([pagamento(1, "2025-09-01", valor)]))
    assert why in motivo
    assert not valor or valor[:20] in motivo


@pytest.mark.parametrize(("valor", "centavos"), [("1.234", 123400), ("1.234,5", 123450), ("R$ 450,00", 45000)])
def test_money_of_a_pt_br_spreadsheet(tmp_path: Path, valor: str, centavos: int) -> None:
    content = f"type;id;data;valor;artista_name;forma_pagamento\r\npagamento;1;05/09/2025;{valor};Bia;Pix\r\n"
    assert read(tmp_path, content.encode()).pagamentos[0].valor == centavos


@pytest.mark.parametrize("data", ["2025-09-05", "2025-09-05 00:00:00", "2025-09-05T00:00:00", "05/09/2025", "5/9/2025"])
def test_dates_in_both_forms(tmp_path: Path, data: str) -> None:
    assert read(tmp_path, render_v4([pagamento(1, data, "10.0")])).pagamentos[0].data == date(2025, 9, 5)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "falta a data"),
        ("1999-12-31", "de 2000 a 2099"),
        ("2100-01-01", "de 2000 a 2099"),
        ("31/02/2025", "não existe no calendário"),
        ("09/05/25", "não foi entendida"),
        ("2025-09-05 13:00", "não foi entendida"),
        ("infinity", "não foi entendida"),
        ("ontem", "não foi entendida"),
    ],
)
def test_dates_that_are_refused_are_named(tmp_path: Path, data: str, why: str) -> None:
    motivo = the_reason(tmp_path, render_v4([pagamento(1, data, "10.0")]))
    assert why in motivo
    assert data in motivo


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (pagamento("", "2025-09-01", "10.0"), "falta id"),
        (pagamento("abc", "2025-09-01", "10.0"), "id “abc” não é um número inteiro"),
        (pagamento("4.5", "2025-09-01", "10.0"), "id “4.5” não é um número inteiro"),
        (pagamento(1, "2025-09-01", "10.0", type="recibo"), "“recibo” não é um tipo"),
        (pagamento(1, "2025-09-01", "10.0", type=""), "falta o tipo"),
        (pagamento(1, "2025-09-01", "10.0", artista_name=" "), "falta artista_name"),
        (pagamento(1, "2025-09-01", "10.0", forma_pagamento=""), "falta forma_pagamento"),
        (pagamento(1, "2025-09-01", "10.0", sessao_id="x"), "sessao_id “x” não é um número inteiro"),
        (pagamento(1, "2025-09-01", "10.0", observacoes="x" * 20_001), "observacoes: o texto tem 20001"),
        (pagamento(1, "2025-09-01", "10.0", google_event_id="x" * 1_025), "google_event_id: o texto tem 1025"),
        (pagamento(1, "2025-09-01", "10.0", cliente_name="x" * 10_001), "cliente_name: o texto tem 10001"),
        (comissao(1, "", "30.0", "3.0"), "não diz de que pagamento é"),
        (comissao(1, 1, "", "3.0"), "percentual “”"),
        (comissao(1, 1, "100.01", "3.0"), "percentual “100.01”"),
        (comissao(1, 1, "33.333", "3.0"), "percentual “33.333”"),
        (comissao(1, 1, "30.0", "-3.0"), "negativo"),
        (sessao(1, "2025-09-01", "-1.0"), "negativo"),
    ],
)
def test_cells_that_are_refused_are_named(tmp_path: Path, row: dict[str, str], why: str) -> None:
    assert why in the_reason(tmp_path, render_v4([row]))


def test_ids_as_a_spreadsheet_writes_them_are_the_same_ids(tmp_path: Path) -> None:
    rows = [pagamento("4.0", "2025-09-01", "10.0", sessao_id="007"), pagamento("5,0", "2025-09-01", "10.0")]
    assert [(p.id, p.sessao_id) for p in read(tmp_path, render_v4(rows)).pagamentos] == [(4, 7), (5, None)]


def test_an_id_that_comes_twice_names_both_lines(tmp_path: Path) -> None:
    rows = [pagamento(4, "2025-09-01", "10.0"), sessao(4, "2025-09-01", "10.0"), pagamento("04", "2025-09-02", "1.0")]
    assert reasons(read(tmp_path, render_v4(rows))) == [(4, "o id 4 de pagamento já apareceu na linha 2.")]


def test_a_client_that_was_not_told_is_none(tmp_path: Path) -> None:
    rows = [pagamento(n, "2025-09-01", "10.0", cliente_name=nome) for n, nome in enumerate(("", "Não informado"), 1)]
    assert [p.cliente for p in read(tmp_path, render_v4(rows)).pagamentos] == [None, None]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("active", "agendada"), ("scheduled", "agendada"), ("completed", "realizada"), ("paid", "realizada"),
        ("archived", "realizada"), ("cancelled", "cancelada"), ("", "agendada"), ("faltou", "faltou"),
    ],
)  # fmt: skip
def test_status_of_version_4(tmp_path: Path, status: str, expected: str) -> None:
    leitura = read(tmp_path, render_v4([sessao(1, "2025-09-01", "10.0", status=status)]))
    assert leitura.sessoes[0].status == expected
    assert not leitura.avisos


def test_what_decides_nothing_is_a_notice_and_no_refusal(tmp_path: Path) -> None:
    rows = [
        sessao(1, "2025-09-01", "0", status="talvez", created_at="faz tempo"),
        gasto(2, "2025-09-01", "1.0", descricao=""),
    ]
    leitura = read(tmp_path, render_v4(rows))
    assert not leitura.recusas
    assert [nota.codigo for nota in leitura.avisos.in_order()] == ["linha", "status", "sem_descricao"]
    assert (leitura.sessoes[0].status, leitura.sessoes[0].valor, leitura.sessoes[0].criado_em) == ("agendada", 0, None)
    assert leitura.gastos[0].descricao == "Sem descrição"


def test_a_broken_line_in_the_middle_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = render_v4(SETEMBRO).split(b"\r\n")
    lines[3] = lines[3].replace(b"Dinheiro,", b"")
    lines.insert(3, b"lixo,mais lixo")
    leitura = read(tmp_path, b"\r\n".join(lines))
    assert reasons(leitura) == [
        (4, "tem 2 células e o cabeçalho tem 11: a linha está quebrada."),
        (5, "tem 10 células e o cabeçalho tem 11: a linha está quebrada."),
    ]
    assert (len(leitura.pagamentos), len(leitura.sessoes)) == (2, 3)


def test_a_quote_that_never_closes_is_named_where_it_opens(tmp_path: Path) -> None:
    content = render_v4(SETEMBRO).replace(b"Maria Artista,", b'"Maria Artista,', 1)
    [(linha, motivo)] = reasons(read(tmp_path, content))
    assert linha == 3
    assert motivo.startswith("aspas abertas que não fecham")


def test_empty_cells_at_the_end_of_a_spreadsheets_lines_are_no_columns(tmp_path: Path) -> None:
    content = render_pt_br(SETEMBRO).replace(b"\r\n", b";;;\r\n") + b";;;;;;;;;;;;;\r\n"
    assert len(read(tmp_path, content).pagamentos) == 3


def test_notes_beyond_a_thousand_are_only_counted(tmp_path: Path) -> None:
    rows = [pagamento(n, "ontem", "10.0") for n in range(1, GUARDADAS + 500)]
    leitura = read(tmp_path, render_v4(rows))
    assert leitura.recusas.quantidade == GUARDADAS + 499
    assert len(leitura.recusas.guardadas) == GUARDADAS


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "está vazio"),
        (b"\xef\xbb\xbf", "a primeira linha não é o cabeçalho"),
        (b"\r\n\r\n", "a primeira linha não é o cabeçalho"),
        (b"oi\r\ntchau\r\n", "a primeira linha não é o cabeçalho"),
        (render_v4(SETEMBRO).split(b"\r\n")[0], "só tem o cabeçalho"),
        (render_v4(SETEMBRO).split(b"\r\n")[0] + b"\r\n", "só tem o cabeçalho"),
        (render_v4(SETEMBRO).replace(b"valor", b"valro", 1), "“valro”"),
        (render_v4(SETEMBRO).replace(b"valor", b"data", 1), "a coluna data aparece duas vezes"),
        (b"data,valor\r\n2025-09-01,10.0\r\n", "falta a coluna type e a coluna id"),
        (render_v4(SETEMBRO).decode().encode("latin-1"), "linha 2: o byte 0xE0 não é UTF-8; parece o caractere “à”"),
        (render_v4(SETEMBRO).replace(b"perna", b"per\0na"), "linha 6: há um byte nulo (NUL)"),
        (render_v4(SETEMBRO).decode().encode("utf-16"), "está em UTF-16"),
        (b"PK\x03\x04" + bytes(100), "é uma planilha do Excel"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "planilha antiga do Excel"),
        (b"%PDF-1.7\r\n", "é um PDF"),
        (b"\x1f\x8b\x08" + bytes(100), "está compactado"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "o byte 0x89 não é UTF-8"),
        (b'"type,id\r\n', "aspas abertas"),
        (b"type,id\r\n" + b"x" * (1 << 20) + b"x", "linha 2: tem mais de 1 MiB sem quebra de linha"),
    ],
)
def test_files_that_are_no_sheet_are_refused_with_what_to_do(tmp_path: Path, content: bytes, why: str) -> None:
    message = refused(tmp_path, content)
    assert message.startswith("backup.csv não foi importado: ")
    assert why in message
    assert message.endswith((".", ")."))


def test_a_file_of_500_megabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "enorme.csv"
    with path.open("wb") as file:
        file.truncate(500 << 20)
    with pytest.raises(ArquivoNaoLido, match="tem 500 MiB e o limite de uma importação é 64 MiB"):
        read_arquivo(path)


def test_a_cell_larger_than_any_text_is_named_by_its_line(tmp_path: Path) -> None:
    content = render_v4(SETEMBRO) + b"x" * 200_000 + b",,,,,,,,,,\r\n"
    [(linha, motivo)] = reasons(read(tmp_path, content))
    assert linha == 8
    assert "célula grande demais" in motivo


def test_a_path_that_is_no_file_is_a_wrong_command(tmp_path: Path) -> None:
    (tmp_path / "pasta").mkdir()
    for name, why in (("pasta", "é uma pasta"), ("nada.csv", "não existe"), ("nada/x.csv", "não existe")):
        with pytest.raises(ArquivoAusente, match=why):
            read_arquivo(tmp_path / name)
    with pytest.raises(ArquivoAusente, match="não é um arquivo comum"):
        read_arquivo(Path("/dev/null"))
    with pytest.raises(ArquivoAusente, match="Confira o caminho"):
        read_arquivo(Path("nul\0o.csv"))


def test_a_name_of_bytes_that_are_no_text_is_shown_all_the_same(tmp_path: Path) -> None:
    path = Path(str(tmp_path) + "/bac\udcffkup.csv")
    save(path, render_v4(SETEMBRO))
    assert read_arquivo(path).arquivo == "bac?kup.csv"
