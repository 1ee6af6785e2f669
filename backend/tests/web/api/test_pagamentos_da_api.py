"""Pagamentos by the API: what a program registers is what the desk would have, with the same refusals."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from cast import DIA, Cast, book, make_cliente, pay, shut
from sqlalchemy import event, select
from web.api.conftest import Programa, told
from web.conftest import find_quem

from estudio import clock, db
from estudio.domain.pagamento import Pagamento

Show = Callable[..., Programa]


def novo(cast: Cast, **campos: object) -> dict[str, object]:
    return {"data": DIA.isoformat(), "artista_id": cast.bia.id, "valor": "300.00", "forma": "pix"} | campos


def list_all() -> list[Pagamento]:
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Pagamento).order_by(Pagamento.id)))


@pytest.mark.parametrize("papel", ["dono", "recepcao"])
def test_a_payment_is_registered_with_its_comissao_and_whoever_is_new(show: Show, cast: Cast, papel: str) -> None:
    with db.transaction() as session:
        sessao = book(session, cast)
    response = show(papel).post(
        "/pagamentos", novo(cast, valor="1234.56", cliente="Zélia Nova", sessoes=[sessao.id], percentual="33.33")
    )
    made = told(response, 201)
    assert response.headers["ETag"] == f'"{made["versao"]}"'
    assert (made["valor"], made["percentual"], made["competencia"]) == ("1234.56", "33.33", "2026-10")
    assert made["cliente"]["nome"] == "Zélia Nova"
    assert made["sessoes"] == [sessao.id]
    assert [(c["valor"], c["percentual"]) for c in made["comissoes"]] == [("411.48", "33.33")]
    (kept,) = list_all()
    assert (kept.valor, kept.criado_por) == (Decimal("1234.56"), find_quem(cast, papel).usuario_id)
    assert told(show("dono").get(f"/pagamentos/{made['id']}"), 200) == made


def test_the_share_is_the_artistas_and_the_day_is_today_unless_told(show: Show, cast: Cast) -> None:
    made = told(show("recepcao").post("/pagamentos", {k: v for k, v in novo(cast).items() if k != "data"}), 201)
    assert (made["data"], made["percentual"], made["cliente"]) == (clock.today().isoformat(), "40.00", None)


@pytest.mark.parametrize(
    ("campos", "campo", "palavra"),
    [
        ({"valor": 300}, "valor", "entre aspas"),
        ({"valor": 300.5}, "valor", "entre aspas"),
        ({"valor": True}, "valor", "entre aspas"),
        ({"valor": None}, "valor", "entre aspas"),
        ({"valor": "1.234,56"}, "valor", "ponto"),
        ({"valor": "1e5"}, "valor", "ponto"),
        ({"valor": "NaN"}, "valor", "ponto"),
        ({"valor": "1.234"}, "valor", "ponto"),
        ({"valor": "٣"}, "valor", "ponto"),
        ({"percentual": 40}, "percentual", "entre aspas"),
        ({"percentual": "40%"}, "percentual", "porcentagem"),
        ({"data": "15/10/2026"}, "data", "data que existe"),
        ({"data": "2026-02-30"}, "data", "data que existe"),
        ({"data": 20261015}, "data", "como texto"),
        ({"artista_id": "1"}, "artista_id", "inteiro"),
        ({"artista_id": 1.0}, "artista_id", "inteiro"),
        ({"artista_id": True}, "artista_id", "inteiro"),
        ({"artista_id": 10**30}, "artista_id", "ou menos"),
        ({"sessoes": ["x"]}, "sessoes.0", "inteiro"),
        ({"sessoes": "1"}, "sessoes", "lista"),
        ({"observacoes": "a\u0000b"}, "observacoes", "inválido"),
        ({"cliente": "\ud800"}, "cliente", "inválido"),
        ({"observacoes": "x" * 20_001}, "observacoes", "20000"),
        ({"valro": "1.00"}, "valro", "não existe"),
        ({"criado_por": 1}, "criado_por", "não existe"),
    ],
)
def test_what_has_not_its_shape_is_refused_beside_its_field(
    show: Show, cast: Cast, campos: dict[str, object], campo: str, palavra: str
) -> None:
    problem = told(show("dono").post("/pagamentos", novo(cast, **campos)), 422, "pedido_invalido")
    assert problem["campo"] == campo
    assert any(palavra in erro["mensagem"] for erro in problem["erros"] if erro["campo"] == campo), problem
    assert list_all() == []


@pytest.mark.parametrize(
    ("campos", "status", "codigo", "frase"),
    [
        ({"valor": "0"}, 422, "valor_invalido", "maior que zero"),
        ({"valor": "-5.00"}, 422, "valor_invalido", "registre um estorno"),
        ({"valor": "10000000.00"}, 422, "valor_invalido", "9.999.999,99"),
        ({"percentual": "100.01"}, 422, "percentual_invalido", "entre 0 e 100"),
        ({"data": "1999-12-31"}, 422, "data_invalida", "01/01/2000"),
        ({"artista_id": 999}, 404, "nao_encontrado", "o artista 999"),
        ({"cliente_id": 999}, 404, "nao_encontrado", "o cliente 999"),
        ({"cliente_id": 0}, 404, "nao_encontrado", "o cliente 0"),
        ({"sessoes": [999]}, 404, "nao_encontrado", "a sessão 999"),
        ({"forma": "cheque"}, 422, "dados_invalidos", "Escolha uma da lista"),
    ],
)
def test_the_deeds_refuse_as_they_do_at_a_page(
    show: Show, cast: Cast, campos: dict[str, object], status: int, codigo: str, frase: str
) -> None:
    problem = told(show("dono").post("/pagamentos", novo(cast, **campos)), status, codigo)
    assert frase in problem["detail"]
    assert list_all() == []


def test_a_closed_month_takes_nothing_by_the_api(show: Show, cast: Cast) -> None:
    with db.transaction() as session:
        kept = pay(session, cast, "100.00")
    with db.transaction() as session:
        shut(session, "2026-10")
    dono = show("dono")
    for response in (
        dono.post("/pagamentos", novo(cast)),
        dono.patch(f"/pagamentos/{kept.id}", {"valor": "1.00", "versao": kept.versao}),
        dono.delete(f"/pagamentos/{kept.id}"),
    ):
        problem = told(response, 409, "competencia_fechada")
        assert "Outubro/2026 está fechado" in problem["detail"]
        assert problem["detalhes"] == {"mes": "2026-10", "estado": "fechada"}
    assert [(p.id, p.valor) for p in list_all()] == [(kept.id, Decimal("100.00"))]


def test_an_equal_payment_is_told_of_once_and_then_both_stand(show: Show, cast: Cast) -> None:
    recepcao = show("recepcao")
    first = told(recepcao.post("/pagamentos", novo(cast, cliente_id=cast.dora.id)), 201)
    problem = told(recepcao.post("/pagamentos", novo(cast, cliente_id=cast.dora.id)), 422, "pagamento_igual")
    igual = problem["detalhes"]["pagamento_id"]
    assert igual == first["id"]
    told(recepcao.post("/pagamentos", novo(cast, cliente="dóra", igual_visto=igual)), 201)
    assert len(list_all()) == 2


def test_where_several_have_a_name_the_program_is_asked_which(show: Show, cast: Cast) -> None:
    with db.transaction() as session:
        other = make_cliente(session, "DORA")
    recepcao = show("recepcao")
    problem = told(recepcao.post("/pagamentos", novo(cast, cliente="dora")), 422, "cliente_ambiguo")
    assert {each["id"] for each in problem["detalhes"]["clientes"]} == {cast.dora.id, other.id}
    made = told(recepcao.post("/pagamentos", novo(cast, cliente="dora", cliente_id=other.id)), 201)
    assert made["cliente"]["id"] == other.id
    made = told(recepcao.post("/pagamentos", novo(cast, cliente_id=cast.dora.id)), 201)
    assert made["cliente"]["id"] == cast.dora.id
    made = told(recepcao.post("/pagamentos", novo(cast, cliente="dora", cliente_id=0)), 201)
    assert made["cliente"]["id"] not in {cast.dora.id, other.id}


def test_an_agenda_event_is_paid_once(show: Show, cast: Cast) -> None:
    recepcao = show("recepcao")
    first = told(recepcao.post("/pagamentos", novo(cast, google_event_id="evento-1")), 201)
    problem = told(recepcao.post("/pagamentos", novo(cast, google_event_id="evento-1")), 422, "evento_ja_pago")
    assert problem["detail"] == "Este evento já foi finalizado anteriormente."
    assert problem["detalhes"]["pagamento"]["id"] == first["id"]


def test_a_key_makes_a_request_that_comes_twice_one_deed(show: Show, cast: Cast) -> None:
    recepcao, headers = show("recepcao"), {"Idempotency-Key": "pedido-0001"}
    first = told(recepcao.post("/pagamentos", novo(cast), headers=headers), 201)
    assert told(recepcao.post("/pagamentos", novo(cast), headers=headers), 201) == first
    problem = told(recepcao.post("/pagamentos", novo(cast, valor="1.00"), headers=headers), 409, "chave_repetida")
    assert problem["detalhes"]["resultado"]["corpo"]["id"] == first["id"]
    told(recepcao.post("/pagamentos", novo(cast), headers={"Idempotency-Key": "curta"}), 422, "dados_invalidos")
    assert len(list_all()) == 1


def test_a_key_of_a_refused_request_stays_free_and_anothers_is_anothers(show: Show, cast: Cast) -> None:
    headers = {"Idempotency-Key": "pedido-0002"}
    told(show("recepcao").post("/pagamentos", novo(cast, valor="0"), headers=headers), 422)
    told(show("recepcao").post("/pagamentos", novo(cast, valor="10.00"), headers=headers), 201)
    told(show("dono").post("/pagamentos", novo(cast, valor="20.00"), headers=headers), 201)
    assert [p.valor for p in list_all()] == [Decimal("10.00"), Decimal("20.00")]


# --- changing, giving back, undoing ---------------------------------------------------------------------------------


def test_an_edit_says_which_version_it_is_about(show: Show, cast: Cast) -> None:
    recepcao = show("recepcao")
    made = told(recepcao.post("/pagamentos", novo(cast)), 201)
    path, first = f"/pagamentos/{made['id']}", made["versao"]
    told(recepcao.patch(path, {"valor": "350.00"}), 422, "versao_faltando")
    told(recepcao.patch(path, {"valor": "350.00"}, headers={"If-Match": "*"}), 422, "versao_faltando")
    both = {"valor": "350.00", "versao": first + 1}
    told(recepcao.patch(path, both, headers={"If-Match": f'"{first}"'}), 422, "versao_faltando")
    response = recepcao.patch(path, {"valor": "350.00"}, headers={"If-Match": f'"{first}"'})
    changed = told(response, 200)
    assert (changed["valor"], changed["comissoes"][0]["valor"]) == ("350.00", "140.00")
    assert response.headers["ETag"] == f'"{changed["versao"]}"' != f'"{first}"'
    told(recepcao.patch(path, {"valor": "1.00", "versao": first}), 409, "alterado_depois")
    told(recepcao.post(path + "/desfeita", {"ato": "edicao", "versao": first}), 409, "alterado_depois")
    undone = told(recepcao.post(path + "/desfeita", {"ato": "edicao", "versao": changed["versao"]}), 200)
    assert undone["valor"] == "300.00"


@pytest.mark.parametrize("campo", ["valor", "data", "forma", "artista_id", "percentual"])
def test_an_edit_empties_no_field_that_a_payment_has(show: Show, cast: Cast, campo: str) -> None:
    recepcao = show("recepcao")
    made = told(recepcao.post("/pagamentos", novo(cast)), 201)
    problem = told(recepcao.patch(f"/pagamentos/{made['id']}", {campo: None, "versao": made["versao"]}), 422)
    assert problem["campo"] == campo


def test_an_edit_changes_what_it_names_and_nothing_else(show: Show, cast: Cast) -> None:
    recepcao = show("recepcao")
    made = told(recepcao.post("/pagamentos", novo(cast, cliente_id=cast.dora.id, observacoes="sinal")), 201)
    changed = told(recepcao.patch(f"/pagamentos/{made['id']}", {"cliente_id": None, "versao": made["versao"]}), 200)
    assert changed == made | {"cliente": None, "versao": changed["versao"]}


def test_money_is_given_back_and_no_more_than_there_was(show: Show, cast: Cast) -> None:
    recepcao = show("recepcao")
    made = told(recepcao.post("/pagamentos", novo(cast)), 201)
    path = f"/pagamentos/{made['id']}/estorno"
    estorno = told(recepcao.post(path, {"valor": "100.00", "data": DIA.isoformat()}), 201)
    assert (estorno["valor"], estorno["estorno_de"]) == ("-100.00", made["id"])
    assert estorno["comissoes"][0]["valor"] == "-40.00"
    problem = told(recepcao.post(path, {"valor": "200.01"}), 422, "estorno_acima_do_pago")
    assert "R$ 200,00" in problem["detail"]
    assert told(recepcao.post(path), 201)["valor"] == "-200.00"


def test_what_is_deleted_comes_back_whole(show: Show, cast: Cast) -> None:
    dono = show("dono")
    made = told(dono.post("/pagamentos", novo(cast)), 201)
    path = f"/pagamentos/{made['id']}"
    response = dono.delete(path)
    assert (response.status_code, response.get_data()) == (204, b"")
    told(dono.get(path), 404, "nao_encontrado")
    told(dono.delete(path), 404, "nao_encontrado")
    back = told(dono.post(path + "/desfeita", {"ato": "exclusao"}), 200)
    assert back | {"versao": 0} == made | {"versao": 0}
    told(dono.post(path + "/desfeita", {"ato": "exclusao"}), 422, "nao_desfaz")


# --- lists ----------------------------------------------------------------------------------------------------------


def test_the_pages_of_a_list_are_the_whole_of_it_and_their_sum_is_told_on_each(show: Show, cast: Cast) -> None:
    with db.transaction() as session:
        for number in range(1, 8):
            pay(session, cast, f"{number}0.10", cliente=cast.dora if number % 2 else None)
        pay(session, cast, "999.00", artista=cast.ana)
        pay(session, cast, "500.00", data=DIA.replace(month=11))
    dono, seen, depois = show("dono"), [], ""
    while True:
        page = told(dono.get(f"/pagamentos?mes=2026-10&artista={cast.bia.id}&limite=3{depois}"), 200)
        assert page["soma"] == "280.70"
        assert len(page["itens"]) <= 3
        seen += [item["valor"] for item in page["itens"]]
        if page["proxima"] is None:
            break
        depois = f"&depois={page['proxima']}"
    assert seen == [f"{number}0.10" for number in range(7, 0, -1)]
    of_dora = told(dono.get(f"/pagamentos?mes=2026-10&cliente={cast.dora.id}"), 200)
    assert (of_dora["soma"], len(of_dora["itens"])) == ("160.40", 4)
    assert told(dono.get("/pagamentos?mes=2026-10&texto=dora&forma=pix"), 200)["soma"] == "160.40"
    assert told(dono.get("/pagamentos?dia=2026-11-15"), 200)["soma"] == "500.00"


@pytest.mark.parametrize(
    ("consulta", "campo"),
    [
        ("mes=2026-13", "mes"), ("mes=agora", "mes"), ("mes=2026-10&dia=2026-10-01", "dia"), ("limite=0", "limite"),
        ("limite=201", "limite"), ("limite=x", "limite"), ("depois=x", "depois"), ("artista=x", "artista"),
        ("artista=1_0", "artista"), ("artista=" + "9" * 19, "artista"), ("texto=" + "x" * 101, "texto"),
        ("texto=%00", "texto"), ("mes=2026-10&mes=2026-11", "mes"), ("pagina=2", "pagina"), ("forma=P%20ix", "forma"),
        ("dia=2026-02-30", "dia"), ("texto=", "texto"),
    ],
)  # fmt: skip
def test_what_an_address_cannot_mean_is_refused(show: Show, consulta: str, campo: str) -> None:
    assert told(show("dono").get(f"/pagamentos?{consulta}"), 422)["campo"] == campo


def test_a_list_asks_the_database_the_same_however_much_there_is(show: Show, cast: Cast) -> None:
    dono, statements = show("dono"), list[str]()
    told(dono.get("/me"), 200)
    event.listen(db.get_engine(), "before_cursor_execute", lambda *args: statements.append(args[2]))
    paths = {
        "/pagamentos?mes=2026-10": 3,
        "/sessoes?mes=2026-10": 2,
        "/sessoes?mes=2026-10&situacao=pagas": 2,
        "/clientes": 2,
        "/clientes?texto=do": 2,
        "/artistas": 2,
        "/gastos?mes=2026-10": 3,
        "/itens": 2,
        "/historico?mes=2026-10": 17,
        "/historico/totais?mes=2026-10": 10,
        "/historico/comissoes?mes=2026-10": 2,
        "/historico/numeros/saldo?mes=2026-10": 5,
        "/extratos": 2,
    }
    for path, most in paths.items():
        statements.clear()
        told(dono.get(path), 200)
        assert len(statements) <= most, (path, statements)
    with db.transaction() as session:
        for number in range(30):
            cliente = make_cliente(session, f"Dona {number}")
            pay(session, cast, "10.00", cliente=cliente, sessoes=[book(session, cast)])
            book(session, cast, cliente=cliente)
    for path, most in paths.items():
        statements.clear()
        told(dono.get(path), 200)
        assert len(statements) <= most, (path, len(statements))
