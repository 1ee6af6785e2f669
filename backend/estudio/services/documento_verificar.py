"""Checks a month's pack, unpacked or as the zip, with nothing but Python 3.8 and no line of the program that made it.

It travels in the pack as verificar.py. All money in it is whole centavos. What it believes: sha256, and the seal that a
person holds from elsewhere; everything else is computed again from the lines. One principle: from the sealed lines, and
the names beside them, it writes every file anew as the program writes it, and what is not that to the last character is
named. So nothing that shows or hides, known or not, needs a rule of its own; and whoever changes how the program writes
gives the packs another `formato`, for those that were handed out are still to be checked.
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
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

USO = """Confere o pacote de um mês fechado.

    python3 verificar.py [PASTA OU ARQUIVO.zip] [--selo SELO] [--pdf SHA256]

Sem pasta nem arquivo, confere a pasta em que o verificar.py está. SELO é o que você guardou, ou o começo dele. SHA256 é
o do PDF, ou o começo dele, na página do Extrato: sem ele, o PDF não é conferido.
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
EM_DINHEIRO = ("repasse", "vale", "devolucao")
NO_ANEXO = 20_000
"""Of a month of more lines the paper has none."""
MESES = ("Janeiro", "Fevereiro", "Março", "Abril", "Maio", "Junho", "Julho", "Agosto", "Setembro", "Outubro",
         "Novembro", "Dezembro")  # fmt: skip
DE_LADO = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""What turns the direction of reading: the digits behind it are shown in another order."""

LEIA = """Extrato de {mes}, versão {versao}

{nome}.pdf    o extrato para ler e imprimir{anexo}
{nome}.xlsx   uma folha por seção; as somas são fórmulas
{nome}.csv    as mesmas linhas numa folha só
{nome}.json   as mesmas linhas como foram seladas, os totais e o selo
verificar.py          confere tudo isto sem internet nem programa nenhum além do Python (3.8 ou mais novo):

    python3 verificar.py

Ele diz "íntegro" e mostra o selo do mês. Compare-o com o que o estúdio guarda (página do Extrato, arquivo selos.log):
um selo igual prova que as linhas e os totais são os que foram fechados. Nomes e descrições ficam ao lado do selo, e não
dentro dele. O verificar.py refaz as contas do JSON e compara com ele, letra por letra, o CSV, a planilha e este texto.
O PDF ele não lê: o que cobre o PDF é o sha256 dele, que está na página do Extrato. Para conferi-lo também:

    python3 verificar.py --pdf SHA256

Quem desconfia do próprio verificar.py usa o de outro pacote: python3 verificar.py ARQUIVO.zip

Selo: {selo}

No CSV, um texto que uma planilha executaria começa com um apóstrofo, que não faz parte dele. Valores em reais.
"""

# The sheets of the workbook, in their order: their name, what stands in their first row, how wide each column is.
FOLHAS = (
    ("Pagamentos", "Nº;Data;Cliente;Artista;Nº do artista;Forma;Código da forma;Percentual;Valor;Estorno do nº",
     (8, 12, 28, 22, 12, 20, 16, 11, 14, 14)),
    ("Comissões", "Nº;Data;Pagamento nº;Cliente;Artista;Nº do artista;Percentual;Valor",
     (8, 12, 13, 28, 22, 12, 11, 14)),
    ("Sessões", "Nº;Data;Paga em;Pagamento nº;Cliente;Artista;Nº do artista;Valor", (8, 12, 12, 13, 28, 22, 12, 14)),
    ("Comissões por Artista", "Nº do artista;Artista;Receita;Comissão", (12, 22, 14, 14)),
    ("Formas", "Código da forma;Forma;Receita;Gastos", (16, 20, 14, 14)),
    ("Gastos", "Nº;Data;Descrição;Categoria;Código da categoria;Forma;Código da forma;Valor",
     (8, 12, 40, 18, 18, 20, 16, 14)),
    ("Totais", "Total;Valor", (46, 14)),
)  # fmt: skip
# Before the last, in the workbook of a month that has any.
FOLHAS_DE_ACERTOS = (
    ("Acertos", "Nº;Data;Artista;Nº do artista;Tipo;Código do tipo;Forma;Código da forma;Motivo;Pagamento nº;Valor",
     (8, 12, 22, 12, 22, 16, 20, 16, 40, 13, 14)),
    ("Contas por Artista", "Nº do artista;Artista;Devido;Pago;Saldo do mês", (12, 22, 14, 14, 14)),
)  # fmt: skip
# The formats of cells by their number, in the order of the program's; a text has none.
CABECA, DATA, DINHEIRO, PERCENTUAL, NUMERO, SOMA, ROTULO = range(1, 8)
COLUNAS_DA_FOLHA = "ABCDEFGHIJK"
RAIZ = "worksheet"
FIM_DA_FOLHA = (
    f'</sheetData><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/></{RAIZ}>'
)
# sha256 of the parts of the workbook that say nothing of the month: of one without acertos, and of one with.
PARTES = {
    "[Content_Types].xml": (
        "122d2134cf78c0dfd4716897d839626d23209ec419a4487d0c64ae8a134aa603",
        "2708841360bf0b57a6d7030ef0b74405a35e1768b3ac06f778ac1472d7eb6424",
    ),
    "_rels/.rels": (
        "1285b20099c64699001f9d90ea040ca1c177fa99bc3ae8a841128874820f01a4",
        "1285b20099c64699001f9d90ea040ca1c177fa99bc3ae8a841128874820f01a4",
    ),
    "docProps/app.xml": (
        "e79a9774fc425961e05cfcfe95b17865ab6c2317679551b4c20934a83c2fd1f5",
        "cc36a929780617aea75d77671e2d12dfb837aafb20bd4d5a03dbe8def8be3730",
    ),
    "xl/workbook.xml": (
        "806823759ee56500533ef757b87fd76fe472b1a5aa4804a1c969bdfd3b2b4248",
        "3babf460393f280db543020ce638f2eff006567d17a62aa0f3d148d5b54c7fb5",
    ),
    "xl/_rels/workbook.xml.rels": (
        "1a6f69cdfa333e261e5bf812087e04441f7b923469d4feda2fb574eaa1da6d7e",
        "907f88a4cf90dab75f154340aa6d0ee9bb276da528e4d242a3ca7a925c3fbe36",
    ),
    "xl/styles.xml": (
        "08aa674ad0465f9f52e44d0fb61e35d48a6f2ff1f1de3569e50810298de6965e",
        "08aa674ad0465f9f52e44d0fb61e35d48a6f2ff1f1de3569e50810298de6965e",
    ),
    "xl/theme/theme1.xml": (
        "75104b2164c20dab2578383d827deac3a7eec077c3f7c99a4099a551fdebb134",
        "75104b2164c20dab2578383d827deac3a7eec077c3f7c99a4099a551fdebb134",
    ),
}
ESQUEMAS = "http://schemas.openxmlformats.org"


class Difere(Exception):
    """The first thing that is not as it should be, in words for a person."""


def main(words: list[str]) -> int:
    """Returns the exit code."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    held = {"--selo": "", "--pdf": ""}
    for option in held:
        if option in words[:-1]:
            place = words.index(option)
            held[option] = words[place + 1].lower()
            words = words[:place] + words[place + 2 :]
    if len(words) > 1 or any(word.startswith("-") for word in words):
        sys.stdout.write(USO)
        return 2
    path = Path(words[0]) if words else Path(__file__).resolve().parent
    wrong, told = verify(path, held["--selo"], held["--pdf"])
    if wrong:
        sys.stdout.write("NÃO ESTÁ ÍNTEGRO\n" + "".join("- " + line + "\n" for line in wrong))
        return 1
    sys.stdout.write("íntegro: " + told + "\n")
    return 0


def verify(path: Path, selo: str = "", pdf: str = "") -> tuple[list[str], str]:
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
        compare_text(stem + ".json", files[stem + ".json"], list_json(stem, doc), "não é como o programa o escreve")
        wrong += list_different(stem, files, doc, pdf)
        told += tell_rest(stem, files, doc, pdf)
    except Difere as error:
        wrong.append(str(error))
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError) as error:
        wrong.append(f"{stem}.json: não tem a forma de um extrato ({type(error).__name__})")
    return wrong, told


def list_different(stem: str, files: dict[str, bytes], doc: Any, pdf: str) -> Iterator[str]:
    """Of each file that says something else than the JSON what it is."""
    for name in ("LEIA-ME.txt", stem + ".csv", stem + ".xlsx", stem + ".pdf"):
        try:
            if name == "LEIA-ME.txt":
                compare_text(name, files[name], [explain(doc)], "não é como o programa o escreve")
            elif name.endswith(".csv"):
                compare_text(name, files[name], list_csv(stem, doc), "não diz o mesmo que o JSON")
            elif name.endswith(".xlsx"):
                verify_xlsx(name, files[name], doc)
            else:
                verify_pdf(name, files[name], pdf)
        except Difere as error:
            yield str(error)


def read_zip(path: Path) -> dict[str, bytes]:
    with path.open("rb") as file:
        files = read_entries(str(path), file)
    extra = sorted(set(files) - set(list_sums(files)) - {LISTA})
    if extra:
        raise Difere(f"{path}: {extra[0][:80]!r}: arquivo a mais no pacote")
    return files


def read_entries(where: str, file: IO[bytes]) -> dict[str, bytes]:
    """What a zip holds, when every program that opens it finds the same there."""
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if len(names) > 50 or sum(entry.file_size for entry in entries) > MAIOR:
            raise Difere(f"{where}: é grande demais")
        if len(set(names)) != len(names):
            raise Difere(f"{where}: tem arquivos repetidos")
        files = {}
        for entry in entries:
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Difere(f"{where}: {entry.filename[:80]!r} não dá para abrir")
            try:
                files[entry.filename] = archive.read(entry)
            except ILEGIVEL:
                raise Difere(f"{where}: {entry.filename[:80]!r} está danificado") from None
        if not is_tight(file, entries, archive.start_dir):
            raise Difere(f"{where}: tem algo antes, entre ou depois dos arquivos")
        return files


def is_tight(file: IO[bytes], entries: list[zipfile.ZipInfo], directory: int) -> bool:
    """One member after the other, then their list, and nothing else: there is no second list, and no hidden member."""
    gaps, end = [0], 0
    for entry in entries:
        file.seek(entry.header_offset)
        head = struct.unpack("<4s5H3I2H", file.read(30))
        if entry.header_offset - end not in gaps:
            return False
        # Who could not go back wrote the sizes behind the member.
        gaps = [12, 16, 20, 24] if head[2] & 8 else [0]
        if not head[2] & 8 and head[6:9] != (entry.CRC, entry.compress_size, entry.file_size):
            return False
        end = entry.header_offset + 30 + head[9] + head[10] + entry.compress_size
    listed = sum(46 + len(entry.orig_filename.encode()) + len(entry.extra) + len(entry.comment) for entry in entries)
    return directory - end in gaps and file.seek(0, 2) == directory + listed + 22


def read_folder(path: Path) -> dict[str, bytes]:
    files = {LISTA: read_file(path, LISTA)}
    sums = list_sums(files)
    for name in sums:
        files[name] = read_file(path, name)
    for other in sorted(each.name for each in path.iterdir()):
        # The folder may be that of all downloads; what calls itself an extrato of this one is taken for it.
        if other not in sums and any(
            name[:15].lower() in other.lower() for name in sums if name.startswith("extrato_")
        ):
            raise Difere(f"{other[:80]!r}: arquivo a mais ao lado do pacote")
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
    told = describe(totais, doc["nomes"])
    for total in sorted(told.keys() | doc["totais"].keys()):
        if total not in told or doc["totais"].get(total) != told[total]:
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


def list_json(stem: str, doc: Any) -> Iterator[str]:
    """The file as the program writes it, of nothing but the lines, the seal, and the texts beside them."""
    _, totais = count(stem, doc)
    link, tipos = doc["selo"], [tipo for tipo in TIPOS if tipo in doc["linhas"]]
    nomes = list_nomes(stem, doc)
    head = {
        "formato": "pacote/2" if "acerto" in tipos else "pacote/1",
        "competencia": stem[8:].replace("_", "-"),
        "versao": link["versao"],
        "conteudo_sha256": link["conteudo_sha256"],
        "selo": {field: link[field] for field in (*SELO, "selo_sha256")},
        "totais": describe(totais, nomes),
        "totais_selados": totais,
        "por_dia": doc["por_dia"],
        "nomes": nomes,
    }
    yield json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "linhas": {'
    for number, tipo in enumerate(tipos):
        yield f'{"," if number else ""}\n  "{tipo}": ['
        for place, line in enumerate(doc["linhas"][tipo]):
            yield f"{',' if place else ''}\n{write_line(line)}"
        yield "\n  ]" if doc["linhas"][tipo] else "]"
    for field, tipo in (("descricoes", "gasto"), ("motivos", "acerto"))[: len(tipos) - 3]:
        # A gasto has its description, an acerto may be without a reason.
        ids = [str(line[1]) for line in doc["linhas"][tipo] if tipo == "gasto" or str(line[1]) in doc[field]]
        texts = {id_: only_text(stem, doc[field][id_]) for id_ in ids}
        yield ("\n }" if tipo == "gasto" else "") + f',\n "{field}": ' + json.dumps(texts, ensure_ascii=False, indent=1)
    yield "\n}\n"


def list_nomes(stem: str, doc: Any) -> dict[str, dict[str, str]]:
    """The names beside the seal: of whom the lines speak, of who closed it, and of every forma and categoria."""
    artistas, clientes = set(), set()
    for tipo, _dia, line, _pago in list_rows(stem, doc):
        if tipo == "acerto":
            artistas.add(line[3])
        elif tipo != "gasto":
            artistas.add(line[5] if tipo == "pagamento" else line[4])
        if tipo in ("pagamento", "sessao"):
            clientes.add(line[6] if tipo == "pagamento" else line[5])
    wanted = {
        "artista": {str(id_) for id_ in artistas},
        "categoria": {codigo for codigo in doc["nomes"]["categoria"] if is_field("c", codigo)},
        "cliente": {str(id_) for id_ in clientes - {None}},
        "forma": {codigo for codigo in doc["nomes"]["forma"] if is_field("c", codigo)},
        "usuario": {str(doc["selo"]["quem"])} & doc["nomes"]["usuario"].keys(),
    }
    return {
        tipo: {chave: only_text(stem, doc["nomes"][tipo][chave]) for chave in sorted(chaves)}
        for tipo, chaves in wanted.items()
    }


def only_text(stem: str, text: Any) -> str:
    if not isinstance(text, str):
        raise Difere(f"{stem}.json: {str(text)[:40]!r} não é um nome nem uma descrição")
    return text


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
        told["contas"] = [
            {
                "artista_id": id_,
                "artista": nomes["artista"][str(id_)],
                "devido": write_reais(devido, "."),
                "pago": write_reais(pago, "."),
                "saldo": write_reais(devido - pago, "."),
            }
            for id_, devido, pago in list_contas(totais)
        ]
    return told


def list_contas(totais: list[Any]) -> list[list[int]]:
    """Of each artista what the month made owed, and what it handed over."""
    contas = {id_: [ganho, 0] for id_, _, ganho in totais[3]}
    for id_, tipo, centavos in totais[8][1]:
        conta = contas.setdefault(id_, [0, 0])
        if tipo in EM_DINHEIRO:
            conta[1] -= centavos
        else:
            conta[0] += centavos
    return [[id_, *contas[id_]] for id_ in sorted(contas)]


def describe_pairs(tipo: str, pairs: list[Any], nomes: Any) -> list[dict[str, str]]:
    return [{tipo: nomes[tipo][codigo], "total": write_reais(centavos, ".")} for codigo, centavos in pairs]


def compare_text(name: str, payload: bytes, expected: Any, why: str) -> None:
    """The file is these pieces, one after the other, and nothing else; the first line that is not is named."""
    try:
        text = payload.decode("utf-8")
    except ValueError:
        raise Difere(f"{name}: está danificado, não é texto") from None
    place = 0
    for piece in expected:
        if not text.startswith(piece, place):
            same = next((n for n, sign in enumerate(piece) if text[place + n : place + n + 1] != sign), len(piece))
            number = text.count("\n", 0, place + same) + 1
            raise Difere(f"{name}: linha {number}: {why}: {show_line(text, place + same)}")
        place += len(piece)
    if place != len(text):
        raise Difere(f"{name}: linha {text.count(chr(10), 0, place) + 1}: sobra no fim: {show_line(text, place)}")


def show_line(text: str, place: int) -> str:
    """What stands there instead, as far as a person needs it."""
    begin = max(text.rfind("\n", 0, place) + 1, place - 40)
    return repr(text[begin : begin + 80].split("\n", 1)[0])


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
    """The workbook is, part by part, what the program writes of the JSON: nothing shows or hides anything else."""
    try:
        found = read_entries(name, io.BytesIO(payload))
    except ILEGIVEL:
        raise Difere(f"{name}: está danificado, não é uma planilha") from None
    folhas = list_folhas(doc)
    sheets = [f"xl/worksheets/sheet{number}.xml" for number in range(1, len(folhas) + 1)]
    ours = {*PARTES, "docProps/core.xml", *sheets}
    for other in sorted(found.keys() ^ ours):
        raise Difere(f"{name}: tem partes a mais ou a menos ({other[:60]!r})")
    for part, sums in PARTES.items():
        if hashlib.sha256(found[part]).hexdigest() != sums[len(folhas) > len(FOLHAS)]:
            raise Difere(f"{name}: {part} não é como o programa a escreve")
    compare_text(f"{name}: docProps/core.xml", found["docProps/core.xml"], [write_core(doc)], "não é a deste mês")
    for number, (folha, cabeca, larguras) in enumerate(folhas):
        rows = [[texto(titulo, CABECA) for titulo in cabeca.split(";")], *list_sheet(name, folha, doc)]
        head = write_head(folha, larguras, len(rows))
        try:
            compare_sheet(f"{name}: folha {folha}", found[sheets[number]].decode("utf-8"), head, rows)
        except UnicodeDecodeError:
            raise Difere(f"{name}: folha {folha}: está danificada, não é texto") from None


def list_folhas(doc: Any) -> tuple[Any, ...]:
    return (*FOLHAS[:-1], *FOLHAS_DE_ACERTOS, FOLHAS[-1]) if "acerto" in doc["linhas"] else FOLHAS


def write_core(doc: Any) -> str:
    """Title and instant of the workbook."""
    em = f'<dcterms:%s xsi:type="dcterms:W3CDTF">{doc["selo"]["em"][:19]}Z</dcterms:%s>'
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<cp:coreProperties xmlns:cp="{ESQUEMAS}/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:dcmitype="http://purl.org/dc/dcmitype/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>Extrato de {name_mes(doc)}</dc:title><dc:creator></dc:creator>"
        f"<cp:lastModifiedBy></cp:lastModifiedBy>{em % ('created', 'created')}{em % ('modified', 'modified')}"
        "</cp:coreProperties>"
    )


def write_head(folha: str, larguras: tuple[int, ...], rows: int) -> str:
    """What stands in a sheet before its rows: where the eye is, and how wide each column is."""
    spans: list[list[int]] = []
    for column, width in enumerate(larguras, 1):
        if spans and spans[-1][2] == width:
            spans[-1][1] = column
        else:
            spans.append([column, column, width])
    cols = "".join(f'<col min="{a}" max="{b}" width="{width}.7109375" customWidth="1"/>' for a, b, width in spans)
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<{RAIZ} xmlns="{ESQUEMAS}/spreadsheetml/2006/main" xmlns:r="{ESQUEMAS}/officeDocument/2006/relationships">'
        f'<dimension ref="A1:{COLUNAS_DA_FOLHA[len(larguras) - 1]}{rows}"/>'
        f"<sheetViews><sheetView {'tabSelected=' + chr(34) + '1' + chr(34) + ' ' if folha == FOLHAS[0][0] else ''}"
        'workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        '<selection pane="bottomLeft"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        f"<cols>{cols}</cols><sheetData>"
    )


def compare_sheet(where: str, text: str, head: str, rows: list[list[Any]]) -> None:
    """Head, rows, end; the first row or cell that differs is named."""
    if not text.startswith(head):
        raise Difere(f"{where}: colunas, painéis ou medidas não são as do programa")
    place = len(head)
    for number, cells in enumerate(rows, 1):
        for piece, cell in list_pieces(number, cells):
            if not text.startswith(piece, place):
                found = repr(text[place : place + 60])
                if cell:
                    raise Difere(f"{where}, célula {cell}{number}: não diz o mesmo que o JSON: {found}")
                raise Difere(f"{where}, linha {number}: falta, ou não é como o programa a escreve: {found}")
            place += len(piece)
    if text.startswith("<row", place):
        raise Difere(f"{where}, linha {len(rows) + 1}: sobra no fim: {text[place : place + 60]!r}")
    if text[place:] != FIM_DA_FOLHA:
        raise Difere(f"{where}: tem algo além das linhas: {text[place : place + 60]!r}")


def list_pieces(number: int, cells: list[Any]) -> Iterator[tuple[str, str]]:
    """A row as it is written, and of each piece the column that it is the cell of."""
    yield f'<row r="{number}">', ""
    for place, cell in enumerate(cells):
        column = COLUNAS_DA_FOLHA[place]
        if cell is not None:
            yield f'<c r="{column}{number}"{cell[0]}>{cell[1]}</c>', column
    yield "</row>", ""


def texto(text: str, formato: int = 0) -> tuple[str, str]:
    """A cell that is a text, whatever it looks like."""
    # The program's library would take this for markup.
    text = text + " " if text.startswith("<r>") and text.endswith("</r>") else text
    text = re.sub("(_x[0-9a-fA-F]{4}_)", r"_x005F\1", text)
    text = re.sub("[\x00-\x08\x0b-\x1f\ufffe\uffff]", lambda found: f"_x{ord(found.group()):04X}_", text)
    keep = ' xml:space="preserve"' if text[:1].isspace() or text[-1:].isspace() else ""
    return f'{style(formato)} t="inlineStr"', f"<is><t{keep}>{escape(text)}</t></is>"


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def style(formato: int) -> str:
    return f' s="{formato}"' if formato else ""


def numero(value: Any, formato: int = NUMERO) -> tuple[str, str] | None:
    return None if value is None else (style(formato), f"<v>{value:.16G}</v>")


def formula(text: str, value: Any, formato: int) -> tuple[str, str]:
    return style(formato), f"<f>{escape(text)}</f><v>{value}</v>"


def soma(text: str, centavos: int, formato: int = DINHEIRO) -> tuple[str, str]:
    return formula(text, Decimal(centavos).scaleb(-2), formato)


def reais(centavos: int) -> tuple[str, str] | None:
    return numero(Decimal(centavos).scaleb(-2), DINHEIRO)


def parte(centesimos: int | None) -> tuple[str, str] | None:
    return None if centesimos is None else numero(Decimal(centesimos).scaleb(-4), PERCENTUAL)


def dia_da_folha(iso: str) -> tuple[str, str] | None:
    """A day as a spreadsheet counts it."""
    return numero((date(int(iso[:4]), int(iso[5:7]), int(iso[8:])) - date(1899, 12, 30)).days, DATA)


def list_sheet(name: str, folha: str, doc: Any) -> Iterator[list[Any]]:
    """The rows of a sheet below its first: None where a cell is empty."""
    nomes, totais = doc["nomes"], doc["totais_selados"]
    pagos, ganhos, gastos = (span(doc, *which) for which in
                             (("Pagamentos", "pagamento"), ("Comissões", "comissao"), ("Gastos", "gasto")))  # fmt: skip
    if folha == "Comissões por Artista":
        for row, (id_, recebido, ganho) in enumerate(totais[3], 2):
            receita = f"SUMIF({pagos('E')},$A${row},{pagos('I')})"
            comissao = f"SUMIF({ganhos('F')},$A${row},{ganhos('H')})"
            yield [numero(id_), texto(nomes["artista"][str(id_)]), soma(receita, recebido), soma(comissao, ganho)]
        yield from sum_below(folha, [each[1:] for each in totais[3]])
    elif folha == "Formas":
        formas, usadas = dict(totais[4]), dict(totais[5])
        codigos = sorted({*formas, *usadas})
        for row, codigo in enumerate(codigos, 2):
            recebido, gasto = formas.get(codigo, 0), usadas.get(codigo, 0)
            receita = f"SUMIF({pagos('G')},$A${row},{pagos('I')})"
            despesa = f"SUMIF({gastos('G')},$A${row},{gastos('H')})"
            yield [texto(codigo), texto(nomes["forma"][codigo]), soma(receita, recebido), soma(despesa, gasto)]
        yield from sum_below(folha, [[formas.get(codigo, 0), usadas.get(codigo, 0)] for codigo in codigos])
    elif folha == "Contas por Artista":
        yield from list_contas_da_folha(folha, doc, ganhos)
    elif folha == "Totais":
        yield from list_totals(doc, pagos, ganhos, gastos)
    else:
        yield from list_kind(name, folha, doc)


def list_contas_da_folha(folha: str, doc: Any, ganhos: Any) -> Iterator[list[Any]]:
    acertos, contas = span(doc, "Acertos", "acerto"), list_contas(doc["totais_selados"])
    valor, de_quem, tipo = acertos("K"), acertos("D"), acertos("F")
    for row, (id_, devido, pago) in enumerate(contas, 2):
        em_dinheiro = "".join(f'-SUMIFS({valor},{de_quem},$A${row},{tipo},"{each}")' for each in EM_DINHEIRO)
        outros = f"SUMIF({ganhos('F')},$A${row},{ganhos('H')})+SUMIF({de_quem},$A${row},{valor})+D{row}"
        yield [
            numero(id_), texto(doc["nomes"]["artista"][str(id_)]), soma(outros, devido), soma(em_dinheiro, pago),
            soma(f"C{row}-D{row}", devido - pago),
        ]  # fmt: skip
    yield from sum_below(folha, [[devido, pago, devido - pago] for _, devido, pago in contas])


def sum_below(folha: str, values: list[list[int]]) -> Iterator[list[Any]]:
    """The last row: from the third column on the sum of what stands above."""
    if values:
        last, sums = len(values) + 1, [sum(row[place] for row in values) for place in range(len(values[0]))]
        columns = "CDE"[: len(sums)]
        formulas = [f"SUM('{folha}'!${column}$2:${column}${last})" for column in columns]
        yield [texto("Total", ROTULO), None, *(soma(formulas[n], total, SOMA) for n, total in enumerate(sums))]


def list_totals(doc: Any, pagos: Any, ganhos: Any, gastos: Any) -> Iterator[list[Any]]:
    receita, comissoes, despesas = doc["totais_selados"][:3]
    yield [texto("Receita Total (Bruta)"), soma(f"SUM({pagos('I')})", receita)]
    yield [texto("Comissões Totais"), soma(f"SUM({ganhos('H')})", comissoes)]
    yield [texto("Despesas (Gastos)"), soma(f"SUM({gastos('H')})", despesas)]
    yield [texto("Saldo (Bruta - Gastos)"), soma("B2-B4", receita - despesas)]
    yield [texto("Receita Líquida (Bruta - Comissões - Gastos)"), soma("B2-B3-B4", receita - comissoes - despesas)]
    for folha, tipo in (
        ("Pagamentos", "pagamento"),
        ("Sessões", "sessao"),
        ("Comissões", "comissao"),
        ("Gastos", "gasto"),
    ):
        quantos = f"COUNT({span(doc, folha, tipo)('A')})"
        yield [texto(f"{folha} (quantos)"), formula(quantos, len(doc["linhas"][tipo]), NUMERO)]
    for codigo, centavos in doc["totais_selados"][6]:
        categoria = f'SUMIF({gastos("E")},"{codigo}",{gastos("H")})'
        yield [texto("Gastos: " + doc["nomes"]["categoria"][codigo]), soma(categoria, centavos)]
    if "acerto" in doc["linhas"]:
        acertos = span(doc, "Acertos", "acerto")
        quantos = f"COUNT({acertos('A')})"
        yield [texto("Acertos (quantos)"), formula(quantos, doc["totais_selados"][8][0], NUMERO)]
        for id_, codigo, centavos in doc["totais_selados"][8][1]:
            somados = f'SUMIFS({acertos("K")},{acertos("D")},{id_},{acertos("F")},"{codigo}")'
            rotulo = f"Acertos: {doc['nomes']['artista'][str(id_)]}, {name_acerto(codigo, centavos)}"
            yield [texto(rotulo), soma(somados, centavos)]
    yield [texto(f"Versão {doc['versao']} · selo {doc['selo']['seq']}")]
    yield [texto(doc["selo"]["selo_sha256"])]


def list_kind(name: str, folha: str, doc: Any) -> Iterator[list[Any]]:
    nomes, total, quantos = doc["nomes"], 0, 0
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
        total, quantos = total + valor, quantos + 1
        if tipo == "gasto":
            categoria = line[5] or "outros"
            descricao = texto(doc["descricoes"][str(line[1])])
            rotulos = texto(nomes["categoria"][categoria]), texto(categoria), *tell_forma(line[4], nomes)
            yield [numero(line[1]), dia_da_folha(dia), descricao, *rotulos, reais(valor)]
            continue
        if tipo == "acerto":
            yield tell_acerto(dia, line, doc)
            continue
        artista = line[5] if tipo == "pagamento" else line[4]
        cliente = texto(name_cliente(tipo, line[5] if tipo == "sessao" else pago[6], nomes))
        quem = [texto(nomes["artista"][str(artista)]), numero(artista)]
        if tipo == "pagamento":
            pago_por = [*tell_forma(line[4], nomes), parte(line[7]), reais(valor), numero(line[8])]
            yield [numero(line[1]), dia_da_folha(dia), cliente, *quem, *pago_por]
        elif tipo == "comissao":
            ganho = parte(line[5]), reais(valor)
            yield [numero(line[1]), dia_da_folha(dia), numero(line[2]), cliente, *quem, *ganho]
        else:
            dias = dia_da_folha(line[3]), dia_da_folha(dia)
            yield [numero(line[1]), *dias, numero(line[2]), cliente, *quem, reais(valor)]
    if quantos:
        somados = f"SUM('{folha}'!${column}$2:${column}${quantos + 1})"
        blank = [None] * (COLUNAS_DA_FOLHA.index(column) - 1)
        yield [texto("Total", ROTULO), *blank, soma(somados, total, SOMA)]


def name_acerto(tipo: str, centavos: int) -> str:
    """What the artista got for an estorno is what she gave back."""
    return DEVOLVIDO if tipo == "recebido" and centavos > 0 else ACERTOS[tipo]


def tell_acerto(dia: str, line: Any, doc: Any) -> list[Any]:
    nomes, motivo = doc["nomes"], doc["motivos"].get(str(line[1]))
    quem = [
        texto(nomes["artista"][str(line[3])]),
        numero(line[3]),
        texto(name_acerto(line[4], line[5])),
        texto(line[4]),
    ]
    forma = [None, None] if line[6] is None else tell_forma(line[6], nomes)
    porque = None if motivo is None else texto(motivo)
    return [numero(line[1]), dia_da_folha(dia), *quem, *forma, porque, numero(line[7]), reais(line[5])]


def tell_forma(codigo: str, nomes: Any) -> list[Any]:
    return [texto(nomes["forma"][codigo]), texto(codigo)]


def span(doc: Any, folha: str, tipo: str) -> Any:
    """The rows of one kind, by the column of its sheet; with none, the empty cell below."""
    last = max(len(doc["linhas"][tipo]) + 1, 2)
    return lambda column: f"'{folha}'!${column}$2:${column}${last}"


def verify_pdf(name: str, payload: bytes, pdf: str) -> None:
    """By nothing but what a person holds: a paper shows whatever it was made to show."""
    if not hashlib.sha256(payload).hexdigest().startswith(pdf):
        raise Difere(f"{name}: não é o PDF cujo sha256 você guardou")


def name_mes(doc: Any) -> str:
    return f"{MESES[int(doc['competencia'][5:]) - 1]}/{doc['competencia'][:4]}"


def explain(doc: Any) -> str:
    """The text that lies in the pack."""
    return write_leia(
        name_mes(doc), doc["versao"], f"extrato_{doc['competencia'].replace('-', '_')}", doc["selo"]["selo_sha256"],
        sum(map(len, doc["linhas"].values())),
    )  # fmt: skip


def write_leia(mes: str, versao: int, nome: str, selo: str, linhas: int) -> str:
    anexo = (
        ", com todas as linhas em anexo"
        if linhas <= NO_ANEXO
        else "; as linhas, que são muitas para papel, não estão nele"
    )
    return LEIA.format(mes=mes, versao=versao, nome=nome, selo=selo, anexo=anexo)


def tell_rest(stem: str, files: dict[str, bytes], doc: Any, pdf: str) -> str:
    """What was held against what, and what nothing in the pack proves."""
    told = (
        "\nCompare o selo com o que o estúdio guarda fora deste pacote. O JSON, o CSV, a planilha e o LEIA-ME dizem o "
        "mesmo, letra por letra.\nO selo guarda linhas e totais; nomes, descrições e motivos ficam ao lado dele."
    )
    if any(DE_LADO.search(text) for texts in (*doc["nomes"].values(), doc["descricoes"]) for text in texts.values()):
        told += "\nAtenção: há nomes ou descrições com sinais que viram a direção da leitura."
    if pdf:
        return told + "\nO PDF é o do sha256 que você guardou."
    sha256 = hashlib.sha256(files[stem + ".pdf"]).hexdigest()
    return told + f"\nO PDF não é lido aqui. Compare o sha256 dele com o da página do Extrato:\n{sha256}"


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
