"""What each form of the pages takes, and what it must not: the table that `test_formularios` walks."""

from dataclasses import dataclass, field
from typing import Final

LONGO: Final = "x" * 20_001
NUL: Final = "a\x00b"
ESTRANHO: Final = "\U0001f480\u202e \u200fé\u200b"

NADA: Final = ("", "   ")

_SEM_FORMA: Final = (NUL, ESTRANHO, LONGO)

DIAS: Final = (
    *NADA,
    "0001-01-01",
    "9999-12-31",
    "1999-12-31",
    "2100-01-01",
    "2026-02-30",
    "ontem",
    "15/10/2026",
    *_SEM_FORMA,
)
VALORES: Final = (
    *NADA,
    "abc",
    "NaN",
    "Infinity",
    "1e5",
    "10,123",
    "0",
    "0,00",
    "-5",
    "-0,01",
    "10.000.000,00",
    "R$",
    "1,2,3",
    *_SEM_FORMA,
)
PERCENTUAIS: Final = ("abc", "NaN", "1e1", "-1", "100,01", "101", "33,333", *_SEM_FORMA)
NUMEROS: Final = ("0", "-1", "999999", str(2**63), "9" * 30, "1.5", "abc", "٣", *_SEM_FORMA)
QUANTIDADES: Final = (*NADA, "-1", "1.5", "1e3", "abc", "9999999999", str(2**63), *_SEM_FORMA)
ESCOLHAS: Final = ("", "zzz", "-1", "0", str(2**63), *_SEM_FORMA)
MESES: Final = ("", "2026-13", "1999-12", "2100-01", "9999-99", "outubro", *_SEM_FORMA)


@dataclass(frozen=True, slots=True)
class Campo:
    """A field: what is right in it, and what is not. `oculto`: nobody sees it, so nothing stands beside it."""

    bom: str
    ruins: tuple[str, ...]
    oculto: bool = False


def dia(bom: str = "{hoje}") -> Campo:
    return Campo(bom, DIAS)


def valor(bom: str = "123,45", *, opcional: bool = False) -> Campo:
    return Campo(bom, tuple(each for each in VALORES if each.strip() or not opcional))


def percentual(bom: str = "12,5") -> Campo:
    return Campo(bom, PERCENTUAIS)


def texto(bom: str, maximo: int, *, vazio: bool = True) -> Campo:
    ruins = (NUL, "x" * (maximo + 1), "é" * 20_001)
    return Campo(bom, ruins if vazio else (*NADA, *ruins))


def numero(bom: str, *, vazio: bool = True, ruins: tuple[str, ...] = NUMEROS, oculto: bool = True) -> Campo:
    return Campo(bom, ruins if vazio else ("", *ruins), oculto=oculto)


def escolha(bom: str, *, ruins: tuple[str, ...] = ESCOLHAS) -> Campo:
    return Campo(bom, ruins)


def oculto(bom: str, *ruins: str) -> Campo:
    return Campo(bom, (*ruins, *_SEM_FORMA), oculto=True)


VERSAO: Final = numero("{versao}", vazio=False)

TORTOS: Final = ("-1", str(2**63), "abc", NUL, LONGO)
"""What is the number of nothing; 0 and numbers of nobody mean something of their own there."""


@dataclass(frozen=True, slots=True)
class Pedido:
    """Where a form stands and where it is sent. `botao`: a press, which has no page of its own to show again."""

    caminho: str
    visto: str
    campos: dict[str, Campo] = field(default_factory=dict)
    botao: bool = False
    sucesso: int = 303


def press(caminho: str, **campos: Campo) -> Pedido:
    return Pedido(caminho, "/conta", campos, botao=True)


_MARCA: Final = "{{vez}} \"<b>&'"

_SESSAO: Final = {
    "dia": dia(),
    "hora": Campo("{hora}", ("25:00", "14h", "abc", *_SEM_FORMA)),
    "duracao": escolha("90", ruins=("0", "-1", "1441", "abc", str(2**63), *_SEM_FORMA)),
    "artista_id": escolha("{bia}"),
    "cliente": texto(_MARCA, 10_000),
    "cliente_id": numero("", ruins=TORTOS),
    "valor": valor(opcional=True),
    "observacoes": texto(_MARCA, 20_000),
}
_PAGAMENTO: Final = {
    "dia": dia(),
    "cliente": texto(_MARCA, 10_000),
    "cliente_id": numero("", ruins=TORTOS),
    "artista_id": escolha("{bia}"),
    "valor": valor(),
    "forma": escolha("pix"),
    "percentual": percentual(),
    "observacoes": texto(_MARCA, 20_000),
}
_GASTO: Final = {
    "dia": dia(),
    "valor": valor(),
    "descricao": texto(_MARCA, 20_000, vazio=False),
    "forma": escolha("pix"),
    "categoria": escolha("material", ruins=ESCOLHAS[1:]),
}
_ACERTO: Final = {
    "tipo": escolha("vale", ruins=("recebido", *ESCOLHAS)),
    "dia": dia(),
    "valor": valor(),
    "forma": escolha("pix"),
    "motivo": texto(_MARCA, 2_000),
}
_RECORRENTE: Final = {
    "descricao": texto(_MARCA, 20_000, vazio=False),
    "valor": valor(),
    "dia_do_mes": escolha("31", ruins=("", "0", "32", "-1", "abc", str(2**63), *_SEM_FORMA)),
    "dia": dia(),
    "forma": escolha("pix"),
    "categoria": escolha("material", ruins=ESCOLHAS[1:]),
}
_ITEM: Final = {
    "nome": texto(_MARCA, 200, vazio=False),
    "minimo": Campo("3", QUANTIDADES),
    "observacoes": texto(_MARCA, 20_000),
}
_CLIENTE: Final = {
    "nome": texto(_MARCA, 10_000, vazio=False),
    "telefone": texto("(11) 9{vez}-1111", 40),
    "email": texto("a{vez}@cliente.example", 254),
    "observacoes": texto(_MARCA, 20_000),
}
_ARTISTA: Final = {
    "nome": texto(_MARCA, 10_000, vazio=False),
    "email": Campo("a{vez}@artista.example", ("sem arroba", *_SEM_FORMA)),
    "telefone": texto("(11) 9{vez}-1111", 40),
    "percentual": percentual(),
}
_USUARIO: Final = {
    "nome": texto(_MARCA, 200, vazio=False),
    "email": Campo("u{vez}@estudio.example", (*NADA, "sem arroba", "ana@estudio.example", *_SEM_FORMA)),
    "papel": escolha("artista"),
    "artista_id": escolha("{bia}"),
}
_LISTA: Final = {
    "lista": oculto("formas", "", "usuarios"),
    "codigo": oculto("credito", "", "zzz"),
}
_DESFEITA: Final = {"ato": oculto("edicao", "", "tudo"), "versao": numero("{versao}", ruins=NUMEROS[1:])}

AGENDA: Final = {
    "sessoes.create": Pedido("/sessoes", "/sessoes/new", _SESSAO),
    "sessoes.update": Pedido("/sessoes/{sessao}", "/sessoes/{sessao}/edit", _SESSAO | {"versao": VERSAO}),
    "situacoes.create": press(
        "/sessoes/{sessao}/situacao",
        status=oculto("confirmada", "", "paga"),
        versao=numero("", ruins=NUMEROS),
    ),
    "sessoes_desfeitas.create": press("/sessoes/{sessao}/desfeita", ato=oculto("edicao", "", "tudo")),
    "vinculos.create": press("/sessoes/{sessao}/vinculo", pagamento_id=numero("{pagamento}", vazio=False)),
    "vinculos.destroy": press("/sessoes/{sessao}/vinculo/exclusao"),
    "recebimentos.create": press(
        "/sessoes/{marcada}/recebimento",
        valor=Campo("300,00", VALORES, oculto=True),
        forma=oculto("pix", *ESCOLHAS),
    ),
    "sessoes.destroy": press("/sessoes/{sessao}/exclusao"),
}

DINHEIRO: Final = {
    "pagamentos.create": Pedido(
        "/pagamentos",
        "/pagamentos/new",
        _PAGAMENTO
        | {
            "telefone": texto("(11) 9{vez}-1111", 40),
            # Of what is not in the list there is no box to put a word beside.
            "sessao_id": oculto("", "-1", "0", "abc", str(2**63), "999999"),
            "igual_visto": numero("", ruins=TORTOS),
        },
    ),
    "pagamentos.update": Pedido(
        "/pagamentos/{pagamento}", "/pagamentos/{pagamento}/edit", _PAGAMENTO | {"versao": VERSAO}
    ),
    "desfeitas.create": press("/pagamentos/{pagamento}/desfeita", ato=oculto("edicao", "", "tudo")),
    "estornos.create": Pedido(
        "/pagamentos/{pagamento}/estorno",
        "/pagamentos/{pagamento}/estorno",
        {
            "dia": dia(),
            "valor": Campo("1,00", (*valor(opcional=True).ruins, "999999,00")),
            "forma": escolha("pix"),
            "observacoes": texto(_MARCA, 20_000),
        },
    ),
    "pagamentos.destroy": press("/pagamentos/{avulso}/exclusao"),
    "gastos.create": Pedido("/gastos", "/gastos", _GASTO),
    "gastos.update": Pedido("/gastos/{gasto}", "/gastos/{gasto}/edit", _GASTO | {"versao": VERSAO}),
    "gastos_desfeitas.create": press("/gastos/{gasto}/desfeita", ato=oculto("edicao", "", "tudo")),
    "gastos.destroy": press("/gastos/{gasto}/exclusao"),
    "acertos.create": Pedido(
        "/acertos",
        "/acertos/new",
        _ACERTO | {"artista_id": escolha("{bia}"), "visto": oculto("", "abc", "1", "1,00", "9" * 30)},
    ),
    "acertos.update": Pedido("/acertos/{acerto}", "/acertos/{acerto}/edit", _ACERTO | {"versao": VERSAO}),
    "acertos_desfeitas.create": press("/acertos/{acerto}/desfeita", ato=oculto("edicao", "", "tudo")),
    "acertos.destroy": press("/acertos/{acerto}/exclusao"),
    "recebidos.create": press("/pagamentos/{pagamento}/recebido"),
    "recorrentes.create": Pedido("/gastos/recorrentes", "/gastos/recorrentes/new", _RECORRENTE),
    "recorrentes.update": Pedido(
        "/gastos/recorrentes/{recorrente}",
        "/gastos/recorrentes/{recorrente}/edit",
        _RECORRENTE | {"ativo": escolha("1", ruins=("abc", "-1", "2", *_SEM_FORMA)), "versao": VERSAO},
    ),
    "dispensas.create": press("/gastos/recorrentes/{recorrente}/dispensa", mes=Campo("{mes}", MESES, oculto=True)),
    "dispensas.destroy": press(
        "/gastos/recorrentes/{recorrente}/dispensa/exclusao", mes=Campo("{mes}", MESES, oculto=True)
    ),
    "lancamentos.create": Pedido(
        "/gastos/recorrentes/{recorrente}/lancamento",
        "/gastos/recorrentes/{recorrente}/lancamento",
        {"mes": Campo("{mes}", MESES, oculto=True), "versao": VERSAO, "dia": dia(), "valor": valor()},
    ),
}

CADASTROS: Final = {
    "clientes.create": Pedido("/clientes", "/clientes/new", _CLIENTE),
    "clientes.update": Pedido("/clientes/{cliente}", "/clientes/{cliente}/edit", _CLIENTE | {"versao": VERSAO}),
    "edicoes_desfeitas.create": press("/clientes/{cliente}/desfeita", versao=numero("", ruins=NUMEROS)),
    "fusoes.create": press("/clientes/{cliente}/fusao", em=numero("{dora}", vazio=False)),
    "fusoes.destroy": press("/clientes/{cliente}/separacao"),
    "titulares.update": press("/clientes/{cliente}/titular/backups"),
    "citacoes.update": press("/clientes/{eliminada}/titular/citacoes/{citacao}"),
    "citacoes.destroy": press("/clientes/{eliminada}/titular/citacoes/{citacao}/exclusao"),
    "titulares.destroy": Pedido(
        "/clientes/{esquecida}/titular/eliminacao",
        "/clientes/{esquecida}/titular",
        {"motivo": escolha("pedido"), "confirmacao": texto("Nina", 10_000, vazio=False)},
    ),
    "itens.create": Pedido("/estoque", "/estoque/new", _ITEM | {"quantidade": Campo("9", QUANTIDADES)}),
    "itens.update": Pedido("/estoque/{item}", "/estoque/{item}/edit", _ITEM | {"versao": VERSAO}),
    "movimentos.create": Pedido(
        "/estoque/{item}/movimentos",
        "/estoque/{item}/movimentos",
        {
            "sentido": oculto("saida", "", "outro"),
            "quantidade": Campo("1", (*QUANTIDADES, "0", "999")),
            "motivo": texto(_MARCA, 2_000),
            "onde": oculto("", "outra"),
        },
    ),
    "ordens.create": press(
        "/estoque/ordem",
        ids=oculto("", "-1", "abc", str(2**63)),
        item_id=numero("{item}", vazio=False, ruins=NUMEROS[1:2] + NUMEROS[3:]),
        para=oculto("baixo", "", "outro"),
    ),
    "itens.destroy": press("/estoque/{item}/desativacao"),
    "retomadas.create": press("/estoque/{item}/retomada"),
}

ESTUDIO: Final = {
    "artistas.create": Pedido("/artistas", "/artistas/new", _ARTISTA),
    "artistas.update": Pedido("/artistas/{cora}", "/artistas/{cora}/edit", _ARTISTA | {"versao": VERSAO}),
    "artistas.destroy": press("/artistas/{cora}/saida"),
    "retornos.create": press("/artistas/{cora}/retorno"),
    "calendarios.create": press("/agenda/calendarios/{bia}"),
    "calendarios.destroy": press("/agenda/calendarios/{bia}/exclusao"),
    "ajustes.update": Pedido(
        "/ajustes",
        "/ajustes",
        {
            "nome": texto(_MARCA, 200, vazio=False),
            "cor": Campo("outra", ("zzz", "1f3a5", *_SEM_FORMA), oculto=True),
            "outra_cor": Campo("#1f3a5f", ("", "zzz", "#12", *_SEM_FORMA), oculto=True),
            "versao": VERSAO,
        },
    ),
    "formas.create": Pedido("/ajustes/formas", "/ajustes/formas", {"rotulo": texto(_MARCA, 60, vazio=False)}),
    "formas.update": Pedido(
        "/ajustes/formas/pix",
        "/ajustes/formas/pix/edit",
        {"rotulo": texto(_MARCA, 60, vazio=False), "visto": oculto("Pix", "", "Outro")},
    ),
    "categorias.create": Pedido(
        "/ajustes/categorias", "/ajustes/categorias", {"rotulo": texto(_MARCA, 60, vazio=False)}
    ),
    "categorias.update": Pedido(
        "/ajustes/categorias/material",
        "/ajustes/categorias/material/edit",
        {"rotulo": texto(_MARCA, 60, vazio=False), "visto": oculto("{material}", "", "Outro")},
    ),
    "usos.create": press("/ajustes/usos", **_LISTA, ativa=oculto("nao", "", "talvez")),
    "lugares.create": press("/ajustes/lugares", **_LISTA, para=oculto("cima", "", "longe")),
    "contas.update": Pedido("/conta", "/conta", {"nome": texto(_MARCA, 200, vazio=False)}),
    "usuarios.create": Pedido(
        "/usuarios",
        "/usuarios/new",
        _USUARIO | {"senha": Campo("violeta mastiga granito", ("curta", "x" * 257, LONGO))},
    ),
    "usuarios.update": Pedido("/usuarios/{outra}", "/usuarios/{outra}/edit", _USUARIO | {"versao": VERSAO}),
    "usuarios.destroy": press("/usuarios/{outra}/desativacao"),
    "reativacoes.create": press("/usuarios/{outra}/reativacao"),
    "convites.create": press("/usuarios/{outra}/convite"),
    "encerramentos.create": press("/usuarios/{outra}/encerramento", acesso_id=numero("", ruins=TORTOS)),
    "navegadores.destroy": press("/conta/navegadores/encerramento", acesso_id=numero("", ruins=TORTOS)),
    "fichas.create": Pedido(
        "/conta/fichas",
        "/conta/fichas/new",
        {
            "nome": texto(_MARCA, 100, vazio=False),
            "escopos": escolha("leitura"),
            "dias": escolha("30", ruins=("", "0", "-1", "367", "abc", str(2**63), *_SEM_FORMA)),
        },
        sucesso=201,
    ),
    "fichas.destroy": press("/conta/fichas/{ficha}/exclusao"),
    "importacoes.create": press(
        "/importacoes", envio=oculto("{envio}", "", "../x"), sha256=oculto("{sha256}", "", "0")
    ),
    "avisos.create": press("/avisos"),
    "importacoes.destroy": press("/importacoes/{importacao}/exclusao"),
    "envios.destroy": press("/importacoes/envios/{descartado}/exclusao"),
    "pins.destroy": press("/conta/pin/exclusao"),
}

SALAS: Final = {"agenda": AGENDA, "dinheiro": DINHEIRO, "cadastros": CADASTROS, "estudio": ESTUDIO}

PEDIDOS: Final[dict[str, Pedido]] = AGENDA | DINHEIRO | CADASTROS | ESTUDIO
"""Endpoint → its form; in each room in the order in which the right ones follow from each other. The dono's, all."""

FECHAM: Final[dict[str, tuple[str, str, dict[str, str]]]] = {
    "pagamentos.create": ("/pagamentos", "/pagamentos/new", {}),
    "pagamentos.update": ("/pagamentos/{aberto}", "/pagamentos/{aberto}/edit", {}),
    "pagamentos.update do fechado": ("/pagamentos/{fechado}", "/pagamentos/{fechado}/edit", {"dia": "{hoje}"}),
    "estornos.create": ("/pagamentos/{aberto}/estorno", "/pagamentos/{aberto}/estorno", {}),
    "pagamentos.destroy": ("/pagamentos/{fechado}/exclusao", "", {}),
    "gastos.create": ("/gastos", "/gastos", {}),
    "gastos.update": ("/gastos/{gasto}", "/gastos/{gasto}/edit", {}),
    "gastos.update do fechado": ("/gastos/{gasto_fechado}", "/gastos/{gasto_fechado}/edit", {"dia": "{hoje}"}),
    "gastos.destroy": ("/gastos/{gasto_fechado}/exclusao", "", {}),
    "acertos.create": ("/acertos", "/acertos/new", {"tipo": "vale"}),
    "acertos.update": ("/acertos/{acerto}", "/acertos/{acerto}/edit", {"tipo": "vale"}),
    "acertos.update do fechado": (
        "/acertos/{acerto_fechado}",
        "/acertos/{acerto_fechado}/edit",
        {"dia": "{hoje}", "tipo": "vale"},
    ),
    "acertos.destroy": ("/acertos/{acerto_fechado}/exclusao", "", {}),
    "recebidos.create": ("/pagamentos/{fechado}/recebido", "", {}),
    "lancamentos.create": (
        "/gastos/recorrentes/{recorrente}/lancamento",
        "/gastos/recorrentes/{recorrente}/lancamento",
        {},
    ),
    "sessoes.update": ("/sessoes/{paga}", "/sessoes/{paga}/edit", {"dia": "{hoje}"}),
    "vinculos.destroy": ("/sessoes/{paga}/vinculo/exclusao", "", {}),
    "vinculos.create": ("/sessoes/{sessao}/vinculo", "", {"pagamento_id": "{fechado}"}),
}
"""What moves money into a closed month or within it: path, page ("" where it is a press), and what else is said."""

DE_FORA: Final[dict[str, tuple[str, ...]]] = {
    "acessos.create": ("email", "senha", "volta"),
    "acessos.destroy": (),
    "codigos.create": ("codigo", "volta"),
    "senhas_esquecidas.create": ("email",),
    "redefinicoes.update": ("senha", "outra_vez"),
    "primeiro_acesso.create": ("nome", "email", "senha", "outra_vez"),
    "desafios.create": (),
    "entradas.create": ("credencial", "volta"),
    "entradas_google.create": ("state", "code"),
    "trocas.create": ("pin", "pessoa"),
    "preferencias.update": ("volta", "tema", "lingua"),
    "provas.create": ("prova_senha", "prova_credencial", "volta"),
    "chaves.new": (),
    "chaves.create": ("nome", "credencial"),
    "chaves.destroy": (),
    "segundos_fatores.create": ("senha", "codigo", "emprestado"),
    "segundos_fatores.destroy": ("senha", "codigo"),
    "recuperacoes.create": (),
    "senhas.update": ("atual", "senha", "outra_vez"),
    "pins.update": ("atual", "pin", "outra_vez"),
    "envios.create": ("arquivo",),
    "logotipos.create": ("arquivo",),
    "logotipos.destroy": ("para", "atual"),
    "fechamentos.create": ("visto",),
    "vias.create": (),
    "reaberturas.create": ("motivo",),
    "selagens.create": ("confirmacao",),
    "demonstrativo_links.create": (),
    "demonstrativo_links.destroy": (),
    "demonstrativo_respostas.create": ("tipo", "versao", "segredo", "linha", "texto"),
    "demonstrativo_resolucoes.create": ("texto",),
    "entregas.create": ("tipo", "versao", "segredo", "linha", "texto"),
}
"""Of the door, of passwords, of files and of whole months: what is right is shown by tests of their own."""
