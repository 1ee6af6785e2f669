"""Checks a month's pack, unpacked or as the zip, with nothing but Python 3.8 and no line of the program that made it.

It travels in the pack as verificar.py. All money in it is whole centavos. What it believes: sha256, and the seal that a
person holds from elsewhere; everything else is computed again from the lines.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

USO = """Confere o pacote de um mês fechado.

    python3 verificar.py [PASTA OU ARQUIVO.zip] [--selo SELO]

Sem pasta nem arquivo, confere a pasta em que o verificar.py está. SELO é o que você guardou, ou o começo dele.
Termina com 0 se está íntegro, 1 se algo difere, 2 se o comando não foi entendido.
"""

# More than any month has; what claims to be larger is not read.
MAIOR = 1 << 30
ILEGIVEL = (OSError, ValueError, EOFError, KeyError, RuntimeError, OverflowError, struct.error, zlib.error,
            zipfile.BadZipFile, zipfile.LargeZipFile)  # fmt: skip
LISTA = "SHA256SUMS"
TIPOS = ("pagamento", "comissao", "sessao", "gasto", "acerto")
# Fields of a line after its format: i integer, d day, c code; uppercase where null may stand.
CAMPOS = {"pagamento": "idiciIII", "comissao": "iidiii", "sessao": "iidiIi", "gasto": "idicC", "acerto": "idiciCI"}
COLUNAS = ("tipo;id;data;valor;percentual;cliente_id;cliente;artista_id;artista;forma;categoria;descricao;pagamento_id;"
           "data_da_sessao;estorno_de")  # fmt: skip
SELO = ("formato", "seq", "tipo", "mes", "versao", "conteudo_sha256", "backup_sha256", "em", "quem", "anterior_sha256")
# Where the centavos stand in a line.
VALOR = {"pagamento": 3, "comissao": 6, "sessao": 6, "gasto": 3, "acerto": 5}
CONTAGENS = ("pagamentos", "sessoes", "comissoes", "gastos")
# The kinds of acertos, which only the packs of some months have.
ACERTOS = {"repasse": "Repasse", "vale": "Vale", "devolucao": "Devolução ao estúdio",
           "recebido": "Recebido pelo artista", "aluguel": "Aluguel de cadeira", "bonus": "Bônus",
           "acrescimo": "Acréscimo", "desconto": "Desconto"}  # fmt: skip
DEVOLVIDO = "Devolvido ao cliente pelo artista"
PERIGO = frozenset("=+-@\t\r\n'|%＝＋－＠")


# The sheets of the workbook, in their order: their name, then what stands in their first row.
FOLHAS = (
    ("Pagamentos", "Nº;Data;Cliente;Artista;Nº do artista;Forma;Código da forma;Percentual;Valor;Estorno do nº"),
    ("Comissões", "Nº;Data;Pagamento nº;Cliente;Artista;Nº do artista;Percentual;Valor"),
    ("Sessões", "Nº;Data;Paga em;Pagamento nº;Cliente;Artista;Nº do artista;Valor"),
    ("Comissões por Artista", "Nº do artista;Artista;Receita;Comissão"),
    ("Formas", "Código da forma;Forma;Receita;Gastos"),
    ("Gastos", "Nº;Data;Descrição;Categoria;Código da categoria;Forma;Código da forma;Valor"),
    ("Totais", "Total;Valor"),
)
# Before the last, in the workbook of a month that has any.
FOLHA_DE_ACERTOS = (
    "Acertos",
    "Nº;Data;Artista;Nº do artista;Tipo;Código do tipo;Forma;Código da forma;Motivo;Pagamento nº;Valor",
)
FORMATOS = {"dd/mm/yyyy", "0.00%", "#,##0.00;[Red]-#,##0.00"}
PLANILHA = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELACAO = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# What stands in a sheet besides its rows: nothing that shows or hides any.
ENFEITES = {"dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "pageMargins"}


class Difere(Exception):
    """The first thing that is not as it should be, in words for a person."""


def main(words: list[str]) -> int:
    """Returns the exit code."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    selo = ""
    if "--selo" in words[:-1]:
        place = words.index("--selo")
        selo = words[place + 1].lower()
        words = words[:place] + words[place + 2 :]
    if len(words) > 1 or any(word.startswith("-") for word in words):
        sys.stdout.write(USO)
        return 2
    path = Path(words[0]) if words else Path(__file__).resolve().parent
    wrong, told = verify(path, selo)
    if wrong:
        sys.stdout.write("NÃO ESTÁ ÍNTEGRO\n" + "".join("- " + line + "\n" for line in wrong))
        return 1
    sys.stdout.write("íntegro: " + told + "\n")
    return 0


def verify(path: Path, selo: str = "") -> tuple[list[str], str]:
    """What differs, first things first, and what the pack is when nothing does."""
    try:
        files = read_zip(path) if path.is_file() else read_folder(path)
        stem = find_stem(files)
    except Difere as error:
        return [str(error)], ""
    except ILEGIVEL as error:
        return [f"{path}: não dá para ler ({type(error).__name__})"], ""
    wrong, told = list_altered(files), ""
    try:
        doc = parse_json(stem + ".json", files[stem + ".json"])
        told = verify_json(stem, doc, selo)
        verify_csv(stem + ".csv", files[stem + ".csv"], doc)
        verify_xlsx(stem + ".xlsx", files[stem + ".xlsx"], doc)
        told += tell_rest(stem, files)
    except Difere as error:
        wrong.append(str(error))
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError) as error:
        wrong.append(f"{stem}.json: não tem a forma de um extrato ({type(error).__name__})")
    return wrong, told


def read_zip(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if len(set(names)) != len(names) or sum(entry.file_size for entry in entries) > MAIOR:
            raise Difere(f"{path}: tem arquivos repetidos ou grandes demais")
        files = {}
        for entry in entries:
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Difere(f"{path}: {entry.filename} não dá para abrir")
            try:
                files[entry.filename] = archive.read(entry)
            except ILEGIVEL:
                raise Difere(f"{path}: {entry.filename} está danificado") from None
        extra = sorted(set(names) - set(list_sums(files)) - {LISTA})
        if extra:
            raise Difere(f"{extra[0]}: arquivo a mais no pacote")
        return files


def read_folder(path: Path) -> dict[str, bytes]:
    files = {LISTA: read_file(path, LISTA)}
    for name in list_sums(files):
        files[name] = read_file(path, name)
    return files


def read_file(folder: Path, name: str) -> bytes:
    try:
        with (folder / name).open("rb") as file:
            return file.read(MAIOR)
    except OSError:
        raise Difere(f"{name}: falta no pacote, ou não dá para ler") from None


def list_sums(files: dict[str, bytes]) -> dict[str, str]:
    """Name → sha256, as the list says."""
    if LISTA not in files:
        raise Difere(f"{LISTA}: falta no pacote")
    sums = {}
    for line in files[LISTA].decode("utf-8", "replace").split("\n")[:-1]:
        found = re.fullmatch(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9_.-]*)", line)
        if found is None or found.group(2) in sums:
            raise Difere(f"{LISTA}: a linha {line[:80]!r} não se entende")
        sums[found.group(2)] = found.group(1)
    return sums


def find_stem(files: dict[str, bytes]) -> str:
    """extrato_2025_09, when the list names exactly what a pack holds."""
    listed = list_sums(files)
    for name in listed:
        found = re.fullmatch(r"(extrato_[0-9]{4}_[0-9]{2})\.json", name)
        if found:
            stem = found.group(1)
            wanted = {"LEIA-ME.txt", "verificar.py"} | {stem + ext for ext in (".csv", ".json", ".pdf", ".xlsx")}
            for other in sorted(wanted ^ set(listed)):
                raise Difere("{}: {} {}".format(LISTA, "não fala de" if other in wanted else "fala também de", other))
            for other in sorted(wanted - set(files)):
                raise Difere(f"{other}: falta no pacote")
            return stem
    raise Difere(f"{LISTA}: não fala de nenhum extrato")


def list_altered(files: dict[str, bytes]) -> list[str]:
    return [
        f"{name}: não é o arquivo de que {LISTA} fala (um dos dois foi alterado)"
        for name, expected in list_sums(files).items()
        if hashlib.sha256(files[name]).hexdigest() != expected
    ]


def parse_json(name: str, payload: bytes) -> Any:
    def refuse(text: str) -> None:
        raise Difere(f"{name}: {text[:40]!r} não é um número inteiro")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise Difere(f"{name}: diz duas vezes a mesma coisa")
        return dict(pairs)

    try:
        text = payload.decode("utf-8")
        return json.loads(text, parse_float=refuse, parse_constant=refuse, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Difere(f"{name}: está danificado, não é JSON") from None


def digest(value: Any) -> str:
    return hashlib.sha256(write_line(value).encode()).hexdigest()


def write_line(value: Any) -> str:
    """The canonical text, as it was hashed."""
    return json.dumps(value, ensure_ascii=False)


def verify_json(stem: str, doc: Any, selo: str) -> str:
    """Lines → days → totals → content → seal. Returns what the pack is."""
    name = f"{stem}.json"
    if (
        doc["formato"] != ("pacote/2" if "acerto" in doc["linhas"] else "pacote/1")
        or f"extrato_{doc['competencia'].replace('-', '_')}" != stem
    ):
        raise Difere(f"{name}: é de outro mês ou de outro formato")
    por_dia, totais = count(name, doc)
    sealed = {(day[0], day[1]): day for day in doc["por_dia"]}
    for key in sorted(por_dia.keys() | sealed.keys()):
        if por_dia.get(key) != sealed.get(key):
            raise Difere(f"{name}: {key[0]}, {key[1]}: as linhas do dia não são as que foram seladas")
    if [por_dia[key] for key in sorted(por_dia)] != doc["por_dia"] or totais != doc["totais_selados"]:
        raise Difere(f"{name}: os totais selados não são a soma das linhas")
    for total, value in describe(totais, doc["nomes"]).items():
        if doc["totais"][total] != value:
            raise Difere(f"{name}: totais, {total}: não é a soma das linhas")
    verify_selo(name, doc)
    link = doc["selo"]["selo_sha256"]
    if not link.startswith(selo):
        raise Difere(f"{name}: selo: não é o que você guardou")
    linhas = sum(totais[7]) + (totais[8][0] if len(totais) > 8 else 0)
    return f"{doc['competencia']}, versão {doc['versao']}, {linhas} linhas\nselo {link}"


def verify_selo(name: str, doc: Any) -> None:
    link = doc["selo"]
    conteudo = digest(["conteudo/1", doc["competencia"], doc["por_dia"], doc["totais_selados"]])
    if not conteudo == doc["conteudo_sha256"] == link["conteudo_sha256"]:
        raise Difere(f"{name}: conteudo_sha256: o conteúdo não é o que foi selado")
    told = (link["formato"], link["tipo"], link["mes"], link["versao"])
    if told != ("selo/1", "fechamento", doc["competencia"], doc["versao"]):
        raise Difere(f"{name}: selo: é de outro mês ou de outra versão")
    if digest([link[field] for field in SELO]) != link["selo_sha256"]:
        raise Difere(f"{name}: selo: os campos não dão o selo_sha256")


def list_rows(name: str, doc: Any) -> Iterator[tuple[str, str, list[Any], list[Any]]]:
    """Kind, day that counts, the line, and the payment that it hangs on, whose day is that of a sessão or comissão."""
    pagos: dict[int, list[Any]] = {}
    for tipo in TIPOS:
        before = ("", 0)
        for number, line in enumerate(doc["linhas"].get(tipo, []) if tipo == "acerto" else doc["linhas"][tipo], 1):
            where = f"{name}: linhas, {tipo}, a {number}ª"
            if not has_shape(tipo, line):
                raise Difere(f"{where}: não tem a forma de uma linha")
            if tipo == "pagamento":
                pagos[line[1]] = line
            hangs_on = line[2] if tipo in ("comissao", "sessao") else line[7] if tipo == "acerto" else None
            if hangs_on is not None and hangs_on not in pagos:
                raise Difere(f"{where}: o pagamento {hangs_on} não está no mês")
            pago = pagos[line[2]] if tipo in ("comissao", "sessao") else line
            if pago[2][:7] != doc["competencia"] or before >= (pago[2], line[1]):
                raise Difere(f"{where}: é de outro mês, ou está fora de ordem")
            before = (pago[2], line[1])
            yield tipo, pago[2], line, pago


def count(name: str, doc: Any) -> tuple[dict[tuple[str, str], list[Any]], list[Any]]:
    """Per day and kind: how many, how much, and the digest of the lines; and the totals, as they were sealed."""
    dias: dict[tuple[str, str], list[Any]] = {}
    linhas: dict[tuple[str, str], list[str]] = {}
    somas: list[dict[Any, int]] = [{}, {}, {}, {}, {}, {}]
    receita, comissao, formas, gastos_formas, categorias, acertos = somas
    quantos, total = dict.fromkeys(TIPOS, 0), dict.fromkeys(TIPOS, 0)
    for tipo, dia, line, _pago in list_rows(name, doc):
        valor = line[VALOR[tipo]]
        linhas.setdefault((dia, tipo), []).append(write_line(line))
        day = dias.setdefault((dia, tipo), [dia, tipo, 0, 0, ""])
        day[2], day[3] = day[2] + 1, day[3] + valor
        quantos[tipo], total[tipo] = quantos[tipo] + 1, total[tipo] + valor
        if tipo == "pagamento":
            sum_up(receita, line[5], valor)
            sum_up(formas, line[4], valor)
        elif tipo == "comissao":
            sum_up(comissao, line[4], valor)
        elif tipo == "gasto":
            sum_up(gastos_formas, line[4], valor)
            sum_up(categorias, line[5] or "outros", valor)
        elif tipo == "acerto":
            sum_up(acertos, (line[3], line[4]), valor)
    for key, day in dias.items():
        day[4] = hashlib.sha256("\n".join(linhas[key]).encode()).hexdigest()
    artistas = [[id_, receita.get(id_, 0), comissao.get(id_, 0)] for id_ in sorted(receita.keys() | comissao.keys())]
    pairs = [[[codigo, each[codigo]] for codigo in sorted(each)] for each in (formas, gastos_formas, categorias)]
    contagens = [quantos[tipo] for tipo in ("pagamento", "sessao", "comissao", "gasto")]
    totais = [total["pagamento"], total["comissao"], total["gasto"], artistas, *pairs, contagens]
    if quantos["acerto"]:
        totais.append([quantos["acerto"], [[*key, acertos[key]] for key in sorted(acertos)]])
    return dias, totais


def sum_up(sums: dict[Any, int], key: Any, centavos: int) -> None:
    sums[key] = sums.get(key, 0) + centavos


def describe(totais: list[Any], nomes: Any) -> dict[str, Any]:
    """The totals as people read them: reais as text."""
    receita, comissoes, despesas, artistas, formas, gastos_formas, categorias, contagens = totais[:8]
    told: dict[str, Any] = {
        "receita_total": write_reais(receita, "."),
        "comissoes_total": write_reais(comissoes, "."),
        "despesas_total": write_reais(despesas, "."),
        "saldo": write_reais(receita - despesas, "."),
        "receita_liquida": write_reais(receita - comissoes - despesas, "."),
        "por_artista": [
            {
                "artista_id": id_,
                "artista": nomes["artista"][str(id_)],
                "receita": write_reais(recebido, "."),
                "comissao": write_reais(ganho, "."),
            }
            for id_, recebido, ganho in artistas
        ],
        "por_forma_pagamento": describe_pairs("forma", formas, nomes),
        "gastos_por_forma_pagamento": describe_pairs("forma", gastos_formas, nomes),
        "gastos_por_categoria": describe_pairs("categoria", categorias, nomes),
        "contagens": {kind: contagens[place] for place, kind in enumerate(CONTAGENS)},
    }
    if len(totais) > 8:
        told["contagens"]["acertos"] = totais[8][0]
        told["acertos"] = [
            {
                "artista_id": id_,
                "artista": nomes["artista"][str(id_)],
                "tipo": tipo,
                "total": write_reais(centavos, "."),
            }
            for id_, tipo, centavos in totais[8][1]
        ]
    return told


def describe_pairs(tipo: str, pairs: list[Any], nomes: Any) -> list[dict[str, str]]:
    return [{tipo: nomes[tipo][codigo], "total": write_reais(centavos, ".")} for codigo, centavos in pairs]


def verify_csv(name: str, payload: bytes, doc: Any) -> None:
    """The sheet says what the JSON says, row by row; what a spreadsheet would run is marked."""
    try:
        text = payload.decode("utf-8")
    except ValueError:
        raise Difere(f"{name}: está danificado, não é texto") from None
    place = 0
    for expected in list_csv(name, doc):
        if not text.startswith(expected, place):
            number = text.count("\n", 0, place) + 1
            raise Difere(f"{name}: linha {number}: não diz o mesmo que o JSON")
        place += len(expected)
    if place != len(text):
        raise Difere(f"{name}: linha {text.count(chr(10), 0, place) + 1}: sobra no fim")


def list_csv(name: str, doc: Any) -> Iterator[str]:
    yield f"\ufeff{COLUNAS}\r\n"
    nomes, descricoes = doc["nomes"], doc["descricoes"]
    for tipo, dia, line, pago in list_rows(name, doc):
        artista = cliente = percentual = None
        forma = categoria = descricao = ""
        if tipo == "gasto":
            forma, categoria = nomes["forma"][line[4]], nomes["categoria"][line[5] or "outros"]
            descricao = descricoes[str(line[1])]
        elif tipo == "acerto":
            forma, categoria = nomes["forma"][line[6]] if line[6] else "", name_acerto(line[4], line[5])
            artista, descricao = line[3], doc["motivos"].get(str(line[1]), "")
        else:
            artista = line[5] if tipo == "pagamento" else line[4]
            cliente = line[5] if tipo == "sessao" else pago[6]
        if tipo == "pagamento":
            forma = nomes["forma"][line[4]]
        if tipo in ("pagamento", "comissao"):
            percentual = line[7] if tipo == "pagamento" else line[5]
        cells = [
            tipo, str(line[1]), write_day(dia), write_reais(line[VALOR[tipo]], ","),
            "" if percentual is None else write_reais(percentual, ","),
            write_number(cliente), write_text(name_cliente(tipo, cliente, nomes)),
            write_number(artista), write_text(nomes["artista"][str(artista)] if artista else ""),
            write_text(forma), write_text(categoria), write_text(descricao),
            str(line[2]) if tipo in ("comissao", "sessao") else write_number(line[7]) if tipo == "acerto" else "",
            write_day(line[3]) if tipo == "sessao" else "",
            write_number(line[8]) if tipo == "pagamento" else "",
        ]  # fmt: skip
        yield ";".join(cells) + "\r\n"


def verify_xlsx(name: str, payload: bytes, doc: Any) -> None:
    """The workbook says what the JSON says, cell by cell: numbers, days, texts, formulas and what they give."""
    try:
        folhas = list_folhas(doc)
        parts = read_parts(name, payload, folhas)
        for number, (folha, cabeca) in enumerate(folhas, 1):
            found = list_cells(f"{name}: folha {folha}", parts[f"xl/worksheets/sheet{number}.xml"])
            expected = [cabeca.split(";"), *list_sheet(name, folha, doc)]
            compare_rows(f"{name}: folha {folha}", found, expected)
    except (ET.ParseError, KeyError, *ILEGIVEL):
        raise Difere(f"{name}: está danificado, não é uma planilha") from None


def list_folhas(doc: Any) -> tuple[tuple[str, str], ...]:
    return (*FOLHAS[:-1], FOLHA_DE_ACERTOS, FOLHAS[-1]) if "acerto" in doc["linhas"] else FOLHAS


def read_parts(name: str, payload: bytes, folhas: tuple[tuple[str, str], ...]) -> dict[str, bytes]:
    """The parts of the workbook, when they are those that ours has and its sheets are those of a month."""
    with zipfile.ZipFile(io.BytesIO(payload)) as book:
        entries = book.infolist()
        if sum(entry.file_size for entry in entries) > MAIOR or len(entries) > 50:
            raise Difere(f"{name}: é grande demais")
        parts = {entry.filename: book.read(entry) for entry in entries}
    sheets = {f"xl/worksheets/sheet{number}.xml" for number in range(1, len(folhas) + 1)}
    ours = {"[Content_Types].xml", "_rels/.rels", "docProps/app.xml", "docProps/core.xml", "xl/workbook.xml",
            "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/theme/theme1.xml"}  # fmt: skip
    for other in sorted(parts.keys() ^ (ours | sheets)) or (
        ["duas vezes a mesma"] if len(parts) < len(entries) else []
    ):
        raise Difere(f"{name}: tem partes a mais ou a menos ({other[:60]})")
    for part in sorted(parts):
        # An entity could say in a few bytes what fills the memory.
        if b"<!" in parts[part] or not parts[part].startswith(b'<?xml version="1.0" encoding="UTF-8"'):
            raise Difere(f"{name}: {part} não é como o programa a escreve")
    book_xml = ET.fromstring(parts["xl/workbook.xml"])
    listed = [
        (sheet.get("name"), sheet.get(RELACAO), sheet.get("state")) for sheet in book_xml.iter(PLANILHA + "sheet")
    ]
    if listed != [(folha, f"rId{number}", None) for number, (folha, _) in enumerate(folhas, 1)]:
        raise Difere(f"{name}: as folhas não são as de um mês")
    if book_xml.find(PLANILHA + "definedNames") is not None:
        raise Difere(f"{name}: tem nomes definidos")
    links = ET.fromstring(parts["xl/_rels/workbook.xml.rels"])
    targets = {link.get("Id"): link.get("Target") for link in links}
    if any(targets.get(f"rId{number}") != f"worksheets/sheet{number}.xml" for number in range(1, len(folhas) + 1)):
        raise Difere(f"{name}: as folhas não são as de um mês")
    styles = ET.fromstring(parts["xl/styles.xml"])
    if {style.get("formatCode") for style in styles.iter(PLANILHA + "numFmt")} - FORMATOS:
        raise Difere(f"{name}: mostra números num formato que não é o do programa")
    return parts


def list_cells(where: str, sheet: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row: its number and its cells by column, as text, Decimal, or (formula, Decimal)."""
    for _, element in ET.iterparse(io.BytesIO(sheet), events=("end",)):
        tag = element.tag.replace(PLANILHA, "")
        if tag == "worksheet" and {child.tag.replace(PLANILHA, "") for child in element} - ENFEITES:
            raise Difere(f"{where}: tem algo além das linhas")
        if tag in ("row", "col") and element.get("hidden") not in (None, "0"):
            raise Difere(f"{where}: tem linhas ou colunas escondidas")
        if tag != "row":
            continue
        number = int(element.get("r", ""))
        cells: dict[str, Any] = {}
        for cell in element:
            place = re.fullmatch("([A-Z]+)([0-9]+)", cell.get("r", ""))
            if place is None or int(place.group(2)) != number or place.group(1) in cells:
                raise Difere(f"{where}, linha {number}: não se entende")
            cells[place.group(1)] = read_cell(f"{where}, célula {cell.get('r')}", cell)
        yield number, cells
        element.clear()


def read_cell(where: str, cell: Any) -> Any:
    formula, value = cell.findtext(PLANILHA + "f"), cell.findtext(PLANILHA + "v")
    if cell.get("t") == "inlineStr":
        text = cell.findtext(f"{PLANILHA}is/{PLANILHA}t") or ""
        return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found.group(1), 16)), text)
    if cell.get("t") is not None:
        raise Difere(f"{where}: não é número nem texto")
    try:
        number = Decimal(value or "")
    except InvalidOperation:
        raise Difere(f"{where}: {str(value)[:40]!r} não é um número") from None
    return number if formula is None else (formula, number)


def compare_rows(where: str, found: Iterator[tuple[int, dict[str, Any]]], expected: list[list[Any]]) -> None:
    number = 0
    for number, cells in found:
        if number > len(expected):
            raise Difere(f"{where}, linha {number}: sobra no fim")
        for place, value in enumerate(expected[number - 1]):
            column = "ABCDEFGHIJK"[place]
            if cells.pop(column, None) != (None if value == "" else value):
                raise Difere(f"{where}, célula {column}{number}: não diz o mesmo que o JSON")
        if cells:
            raise Difere(f"{where}, linha {number}: tem células a mais")
        # So that each row comes once, and all do.
        expected[number - 1] = ["?"]
    if number != len(expected) or any(row != ["?"] for row in expected):
        raise Difere(f"{where}: faltam linhas")


def list_sheet(name: str, folha: str, doc: Any) -> Iterator[list[Any]]:
    """The rows of a sheet below its first: None where a cell is empty."""
    nomes, totais = doc["nomes"], doc["totais_selados"]
    pagos, ganhos, gastos = (span(doc, *which) for which in
                             (("Pagamentos", "pagamento"), ("Comissões", "comissao"), ("Gastos", "gasto")))  # fmt: skip
    if folha == "Comissões por Artista":
        for row, (id_, recebido, ganho) in enumerate(totais[3], 2):
            receita = f"SUMIF({pagos('E')},$A${row},{pagos('I')})"
            comissao = f"SUMIF({ganhos('F')},$A${row},{ganhos('H')})"
            nome = guard(nomes["artista"][str(id_)])
            yield [Decimal(id_), nome, (receita, reais(recebido)), (comissao, reais(ganho))]
        yield from sum_below(folha, [(each[1], each[2]) for each in totais[3]])
    elif folha == "Formas":
        formas, usadas = dict(totais[4]), dict(totais[5])
        codigos = sorted({*formas, *usadas})
        for row, codigo in enumerate(codigos, 2):
            recebido, gasto = formas.get(codigo, 0), usadas.get(codigo, 0)
            receita = f"SUMIF({pagos('G')},$A${row},{pagos('I')})"
            despesa = f"SUMIF({gastos('G')},$A${row},{gastos('H')})"
            yield [codigo, guard(nomes["forma"][codigo]), (receita, reais(recebido)), (despesa, reais(gasto))]
        yield from sum_below(folha, [(formas.get(codigo, 0), usadas.get(codigo, 0)) for codigo in codigos])
    elif folha == "Totais":
        yield from list_totals(doc, pagos, ganhos, gastos)
    else:
        yield from list_kind(name, folha, doc)


def sum_below(folha: str, pairs: list[Any]) -> Iterator[list[Any]]:
    if pairs:
        last, sums = len(pairs) + 1, [reais(sum(pair[place] for pair in pairs)) for place in (0, 1)]
        formulas = [f"SUM('{folha}'!${column}$2:${column}${last})" for column in "CD"]
        yield ["Total", None, (formulas[0], sums[0]), (formulas[1], sums[1])]


def list_totals(doc: Any, pagos: Any, ganhos: Any, gastos: Any) -> Iterator[list[Any]]:
    receita, comissoes, despesas = doc["totais_selados"][:3]
    yield ["Receita Total (Bruta)", (f"SUM({pagos('I')})", reais(receita))]
    yield ["Comissões Totais", (f"SUM({ganhos('H')})", reais(comissoes))]
    yield ["Despesas (Gastos)", (f"SUM({gastos('H')})", reais(despesas))]
    yield ["Saldo (Bruta - Gastos)", ("B2-B4", reais(receita - despesas))]
    yield ["Receita Líquida (Bruta - Comissões - Gastos)", ("B2-B3-B4", reais(receita - comissoes - despesas))]
    for folha, tipo in (
        ("Pagamentos", "pagamento"),
        ("Sessões", "sessao"),
        ("Comissões", "comissao"),
        ("Gastos", "gasto"),
    ):
        count = (f"COUNT({span(doc, folha, tipo)('A')})", Decimal(len(doc["linhas"][tipo])))
        yield [f"{folha} (quantos)", count]
    for codigo, centavos in doc["totais_selados"][6]:
        formula = f'SUMIF({gastos("E")},"{codigo}",{gastos("H")})'
        yield ["Gastos: " + doc["nomes"]["categoria"][codigo], (formula, reais(centavos))]
    if "acerto" in doc["linhas"]:
        acertos = span(doc, "Acertos", "acerto")
        yield ["Acertos (quantos)", (f"COUNT({acertos('A')})", Decimal(doc["totais_selados"][8][0]))]
        for id_, codigo, centavos in doc["totais_selados"][8][1]:
            formula = f'SUMIFS({acertos("K")},{acertos("D")},{id_},{acertos("F")},"{codigo}")'
            yield [
                f"Acertos: {doc['nomes']['artista'][str(id_)]}, {name_acerto(codigo, centavos)}",
                (formula, reais(centavos)),
            ]
    yield [f"Versão {doc['versao']} · selo {doc['selo']['seq']}"]
    yield [doc["selo"]["selo_sha256"]]


def list_kind(name: str, folha: str, doc: Any) -> Iterator[list[Any]]:
    nomes, total, count = doc["nomes"], 0, 0
    tipo = {
        "Pagamentos": "pagamento",
        "Comissões": "comissao",
        "Sessões": "sessao",
        "Gastos": "gasto",
        "Acertos": "acerto",
    }[folha]
    column = {"pagamento": "I", "acerto": "K"}.get(tipo, "H")
    for kind, dia, line, pago in list_rows(name, doc):
        if kind != tipo:
            continue
        valor = line[VALOR[tipo]]
        total, count = total + valor, count + 1
        if tipo == "gasto":
            categoria, descricao = line[5] or "outros", guard(doc["descricoes"][str(line[1])])
            rotulos = guard(nomes["categoria"][categoria]), categoria, guard(nomes["forma"][line[4]]), line[4]
            yield [Decimal(line[1]), serial(dia), descricao, *rotulos, reais(valor)]
            continue
        if tipo == "acerto":
            yield tell_acerto(dia, line, doc)
            continue
        artista = line[5] if tipo == "pagamento" else line[4]
        cliente = guard(name_cliente(tipo, line[5] if tipo == "sessao" else pago[6], nomes))
        quem = [guard(nomes["artista"][str(artista)]), Decimal(artista)]
        if tipo == "pagamento":
            forma, estorno = guard(nomes["forma"][line[4]]), None if line[8] is None else Decimal(line[8])
            pago_por = [forma, line[4], parte(line[7]), reais(valor), estorno]
            yield [Decimal(line[1]), serial(dia), cliente, *quem, *pago_por]
        elif tipo == "comissao":
            yield [Decimal(line[1]), serial(dia), Decimal(line[2]), cliente, *quem, parte(line[5]), reais(valor)]
        else:
            yield [Decimal(line[1]), serial(line[3]), serial(dia), Decimal(line[2]), cliente, *quem, reais(valor)]
    if count:
        formula = f"SUM('{folha}'!${column}$2:${column}${count + 1})"
        yield ["Total", *[None] * ("ABCDEFGHIJK".index(column) - 1), (formula, reais(total))]


def name_acerto(tipo: str, centavos: int) -> str:
    """What the artista got for an estorno is what she gave back."""
    return DEVOLVIDO if tipo == "recebido" and centavos > 0 else ACERTOS[tipo]


def tell_acerto(dia: str, line: Any, doc: Any) -> list[Any]:
    nomes, motivo = doc["nomes"], guard(doc["motivos"].get(str(line[1]), ""))
    quem = [guard(nomes["artista"][str(line[3])]), Decimal(line[3]), name_acerto(line[4], line[5]), line[4]]
    forma = [None, None] if line[6] is None else [guard(nomes["forma"][line[6]]), line[6]]
    pago_por = None if line[7] is None else Decimal(line[7])
    return [Decimal(line[1]), serial(dia), *quem, *forma, motivo, pago_por, reais(line[VALOR["acerto"]])]


def span(doc: Any, folha: str, tipo: str) -> Any:
    """The rows of one kind, by the column of its sheet; with none, the empty cell below."""
    last = max(len(doc["linhas"][tipo]) + 1, 2)
    return lambda column: f"'{folha}'!${column}$2:${column}${last}"


def reais(centavos: int) -> Decimal:
    return Decimal(centavos).scaleb(-2)


def parte(centesimos: int | None) -> Decimal | None:
    return None if centesimos is None else Decimal(centesimos).scaleb(-4)


def serial(iso: str) -> Decimal:
    """A day as a spreadsheet counts it."""
    return Decimal((date(int(iso[:4]), int(iso[5:7]), int(iso[8:])) - date(1899, 12, 30)).days)


def guard(text: str) -> str:
    """As the workbook writes what its library would take for markup."""
    return text + " " if text.startswith("<r>") and text.endswith("</r>") else text


def tell_rest(stem: str, files: dict[str, bytes]) -> str:
    """What nothing in the pack proves, and where it is compared."""
    pdf = hashlib.sha256(files[stem + ".pdf"]).hexdigest()
    return (
        "\nCompare o selo com o que o estúdio guarda fora deste pacote. As linhas do JSON, do CSV e da planilha são as "
        f"mesmas.\nO PDF não é lido aqui. Compare o sha256 dele com o da página do Extrato:\n{pdf}"
    )


def name_cliente(tipo: str, cliente: int | None, nomes: Any) -> str:
    if tipo in ("gasto", "acerto"):
        return ""
    return "Não informado" if cliente is None else nomes["cliente"][str(cliente)]


def write_reais(centavos: int, point: str) -> str:
    whole, cents = divmod(abs(centavos), 100)
    return f"{'-' if centavos < 0 else ''}{whole}{point}{cents:02d}"


def write_day(iso: str) -> str:
    return f"{iso[8:]}/{iso[5:7]}/{iso[:4]}"


def write_number(number: int | None) -> str:
    return "" if number is None else str(number)


def write_text(text: str) -> str:
    if text and text[0] in PERIGO:
        text = "'" + text
    if re.search('[;"\r\n]', text):
        text = '"' + text.replace('"', '""') + '"'
    return text


def has_shape(tipo: str, line: Any) -> bool:
    fields = CAMPOS[tipo]
    if not isinstance(line, list) or len(line) != len(fields) + 1 or line[0] != tipo + "/1":
        return False
    return all(is_field(field, line[place]) for place, field in enumerate(fields, 1))


def is_field(field: str, value: Any) -> bool:
    if value is None:
        return field.isupper()
    if field.lower() == "i":
        return type(value) is int
    pattern = r"[0-9]{4}-[0-9]{2}-[0-9]{2}" if field == "d" else r"[a-z0-9_]{1,30}"
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
