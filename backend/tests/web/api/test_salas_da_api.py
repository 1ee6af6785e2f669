"""The other rooms of the API, each through its life: sessões, clientes, artistas, gastos, estoque, Extratos."""

from collections.abc import Callable

from cast import DIA, Cast, book, make_cliente, pay, shut, spend
from web.api.conftest import Programa, told

from estudio import clock, db

Show = Callable[..., Programa]

OUTUBRO = "2026-10"


def test_a_sessao_is_booked_changed_tied_freed_cancelled_and_deleted(show: Show, cast: Cast) -> None:
    dono = show("dono")
    new = {"data": DIA.isoformat(), "artista_id": cast.bia.id, "valor": "0.00", "cliente_id": cast.dora.id}
    made = told(dono.post("/sessoes", new), 201)
    assert (made["status"], made["valor"], made["cliente"]["nome"]) == ("agendada", "0.00", "Dora")
    path = f"/sessoes/{made['id']}"
    told(dono.patch(path, {"status": "sumiu", "versao": 1}), 422, "pedido_invalido")
    changed = told(dono.patch(path, {"valor": "300.00", "status": "confirmada", "versao": made["versao"]}), 200)
    told(dono.post(path + "/desfeita", {"ato": "edicao", "versao": made["versao"]}), 409, "alterado_depois")
    undone = told(dono.post(path + "/desfeita", {"ato": "edicao", "versao": changed["versao"]}), 200)
    assert (undone["valor"], undone["status"]) == ("0.00", "agendada")
    with db.transaction() as session:
        pago = pay(session, cast, "300.00")
    assert told(dono.post(path + "/pagamento", {"pagamento_id": pago.id}), 200)["pagamento_id"] == pago.id
    told(dono.post(path + "/pagamento", {"pagamento_id": pago.id}), 422, "sessao_ja_paga")
    told(dono.delete(path), 422, "sessao_ja_paga")
    listed = told(dono.get(f"/sessoes?situacao=pagas&mes={OUTUBRO}"), 200)["itens"]
    assert [(each["id"], each["pago_em"]) for each in listed] == [(made["id"], DIA.isoformat())]
    assert told(dono.delete(path + "/pagamento"), 200)["pagamento_id"] is None
    assert told(dono.post(path + "/cancelamento"), 200)["status"] == "cancelada"
    assert dono.delete(path).status_code == 204
    told(dono.post(path + "/desfeita", {"ato": "exclusao", "versao": 1}), 422, "dados_invalidos")
    assert told(dono.post(path + "/desfeita", {"ato": "exclusao"}), 200)["id"] == made["id"]


def test_a_sessao_has_its_hour_and_no_artista_has_two_at_once(show: Show, cast: Cast) -> None:
    dono = show("dono")
    new = {"data": DIA.isoformat(), "artista_id": cast.bia.id, "valor": "300.00", "hora": "14:30"}
    made = told(dono.post("/sessoes", new), 201)
    assert (made["hora"], made["duracao"]) == ("14:30", 120)
    taken = told(dono.post("/sessoes", new | {"hora": "16:00"}), 409, "horario_ocupado")
    assert taken["campo"] == "hora"
    path = f"/sessoes/{made['id']}"
    moved = told(dono.patch(path, {"hora": "10:00", "duracao": 45, "versao": made["versao"]}), 200)
    assert (moved["hora"], moved["duracao"]) == ("10:00", 45)
    assert told(dono.post("/sessoes", new | {"hora": "16:00"}), 201)["hora"] == "16:00"
    freed = told(dono.patch(path, {"hora": None, "versao": moved["versao"]}), 200)
    assert (freed["hora"], freed["duracao"]) == (None, None)
    for wrong in ("24:00", "9:00", "14:30:00", 1430):
        told(dono.post("/sessoes", new | {"hora": wrong}), 422, "pedido_invalido")


def test_clientes_are_found_paged_and_made_one(show: Show, cast: Cast) -> None:
    recepcao = show("recepcao")
    made = told(recepcao.post("/clientes", {"nome": "João da Silva", "telefone": "(11) 98765-4321"}), 201)
    for texto in ("joao", "JOÃO", "silva joão", "987654"):
        found = told(recepcao.get("/clientes", query_string={"texto": texto}), 200)
        assert [each["id"] for each in found["itens"]] == [made["id"]], texto
    with db.transaction() as session:
        for number in range(5):
            make_cliente(session, f"Zé {number}")
    seen, depois = [], ""
    while True:
        page = told(recepcao.get(f"/clientes?limite=3{depois}"), 200)
        seen += [each["nome"] for each in page["itens"]]
        if page["proxima"] is None:
            break
        depois = f"&depois={page['proxima']}"
    assert seen == ["Dora", "João da Silva", *(f"Zé {number}" for number in range(5))]
    path = f"/clientes/{made['id']}"
    merged = told(recepcao.post(path + "/fusao", {"em": cast.dora.id}), 200)
    assert merged["id"] == cast.dora.id
    told(recepcao.post(path + "/fusao", {"em": cast.dora.id}), 422, "fusao_recusada")
    assert told(recepcao.get(path), 200)["fundido_em"] == cast.dora.id
    assert told(recepcao.delete(path + "/fusao"), 200)["fundido_em"] is None
    now = told(recepcao.get(path), 200)
    changed = told(recepcao.patch(path, {"telefone": None, "versao": now["versao"]}), 200)
    assert (changed["telefone"], changed["nome"]) == (None, "João da Silva")


def test_an_artista_comes_changes_and_leaves(show: Show) -> None:
    dono = show("dono")
    made = told(dono.post("/artistas", {"nome": "Cora", "percentual": "33.33"}), 201)
    path = f"/artistas/{made['id']}"
    left = told(dono.patch(path, {"ativo": False, "percentual": "50", "versao": made["versao"]}), 200)
    assert (left["ativo"], left["percentual"]) == (False, "50.00")
    names = [each["nome"] for each in told(dono.get("/artistas"), 200)["itens"]]
    everybody = [each["nome"] for each in told(dono.get("/artistas?todos=true"), 200)["itens"]]
    assert ("Cora" in names, "Cora" in everybody) == (False, True)
    told(dono.post("/artistas", {"nome": "Outra Bia", "email": "BIA@estudio.example"}), 409, "ja_existe")


def test_a_gasto_is_registered_corrected_deleted_and_brought_back(show: Show) -> None:
    dono = show("dono")
    new = {"data": DIA.isoformat(), "valor": "80.00", "descricao": "Agulhas", "forma": "pix", "categoria": "material"}
    made = told(dono.post("/gastos", new), 201)
    path = f"/gastos/{made['id']}"
    changed = told(dono.patch(path, {"valor": "90.00", "categoria": None}, headers={"If-Match": '"1"'}), 200)
    assert (changed["valor"], changed["categoria"]) == ("90.00", None)
    listed = told(dono.get(f"/gastos?mes={OUTUBRO}&categoria=outros"), 200)
    assert (listed["soma"], len(listed["itens"])) == ("90.00", 1)
    assert told(dono.post(path + "/desfeita", {"ato": "edicao"}), 200)["valor"] == "80.00"
    assert dono.delete(path).status_code == 204
    told(dono.get(path), 404)
    assert told(dono.post(path + "/desfeita", {"ato": "exclusao"}), 200)["valor"] == "80.00"


def test_stock_moves_and_never_goes_below_nothing(show: Show) -> None:
    recepcao = show("recepcao")
    made = told(recepcao.post("/itens", {"nome": "Tinta", "quantidade": 10}), 201)
    path = f"/itens/{made['id']}"
    assert told(recepcao.post(path + "/movimentos", {"delta": 5}), 201)["saldo"] == 15
    assert told(recepcao.post(path + "/movimentos", {"delta": -3, "motivo": "sessão"}), 201)["saldo"] == 12
    told(recepcao.post(path + "/movimentos", {"delta": -13}), 422, "estoque_insuficiente")
    told(recepcao.post(path + "/movimentos", {"delta": 0}), 422, "valor_invalido")
    page = told(recepcao.get(path + "/movimentos?limite=2"), 200)
    assert [each["delta"] for each in page["itens"]] == [-3, 5]
    rest = told(recepcao.get(f"{path}/movimentos?depois={page['proxima']}"), 200)
    assert ([each["delta"] for each in rest["itens"]], rest["proxima"]) == ([10], None)
    other = told(recepcao.post("/itens", {"nome": "Luvas"}), 201)
    ordered = told(recepcao.ask("PUT", "/itens/ordem", {"ids": [other["id"], made["id"]]}), 200)
    assert [each["nome"] for each in ordered["itens"]] == ["Luvas", "Tinta"]
    now = told(recepcao.get(f"/itens/{other['id']}"), 200)
    told(recepcao.patch(f"/itens/{other['id']}", {"ativo": False, "versao": now["versao"]}), 200)
    assert [each["nome"] for each in told(recepcao.get("/itens"), 200)["itens"]] == ["Tinta"]
    told(recepcao.get("/itens/999/movimentos"), 404)


def test_the_historico_adds_up_as_in_the_worked_example(show: Show, cast: Cast) -> None:
    with db.transaction() as session:
        for valor, percentual in (("200.00", 3000), ("150.00", 0), ("300.00", 0), ("100.00", 3000)):
            pay(session, cast, valor, percentual=percentual)
        spend(session, cast, "50.00")
        spend(session, cast, "30.00")
        book(session, cast, "99.00")
    dono = show("dono")
    period = told(dono.get(f"/historico/totais?mes={OUTUBRO}"), 200)
    totais = period["totais"]
    assert {name: totais[name] for name in ("receita_total", "comissoes_total", "despesas_total", "saldo")} == {
        "receita_total": "750.00", "comissoes_total": "90.00", "despesas_total": "80.00", "saldo": "670.00",
    }  # fmt: skip
    assert totais["receita_liquida"] == "580.00"
    assert period["pendencias"] == {"quantidade": 1, "valor": "99.00"}
    whole = told(dono.get(f"/historico?mes={OUTUBRO}"), 200)
    assert whole["totais"] == totais
    assert {name: len(whole[name]["itens"]) for name in ("pagamentos", "comissoes", "gastos", "pendencias")} == {
        "pagamentos": 4, "comissoes": 2, "gastos": 2, "pendencias": 1,
    }  # fmt: skip
    why = told(dono.get(f"/historico/numeros/receita_liquida?mes={OUTUBRO}"), 200)
    assert (why["total"], [(p["sinal"], p["total"]) for p in why["parcelas"]]) == (
        "580.00",
        [(1, "750.00"), (-1, "90.00"), (-1, "80.00")],
    )
    told(dono.get(f"/historico/numeros/receita_liquida?mes={OUTUBRO}&chave=1"), 422, "dados_invalidos")
    told(dono.get("/historico/numeros/por_artista.receita?chave=pix"), 422, "dados_invalidos")
    mine = told(dono.get(f"/historico/numeros/por_artista.comissao?chave={cast.bia.id}&mes={OUTUBRO}"), 200)
    assert mine["total"] == "90.00"


def test_a_closed_month_is_told_by_its_extrato_and_not_by_the_historico(show: Show, cast: Cast) -> None:
    with db.transaction() as session:
        pay(session, cast, "200.00", cliente=cast.dora, sessoes=[book(session, cast)])
        spend(session, cast, "50.00")
    contador = show("contador")
    told(contador.get(f"/extratos/{OUTUBRO}"), 404, "nao_encontrado")
    told(contador.get(f"/extratos/{OUTUBRO}/linhas/gastos"), 404, "nao_encontrado")
    assert told(contador.get(f"/competencias/{OUTUBRO}"), 200)["estado"] == "aberta"
    with db.transaction() as session:
        shut(session, OUTUBRO)
    assert told(contador.get(f"/competencias/{OUTUBRO}"), 200)["estado"] == "fechada"
    told(contador.get(f"/historico?mes={OUTUBRO}"), 409, "mes_no_extrato")
    extrato = told(contador.get(f"/extratos/{OUTUBRO}"), 200)
    assert (extrato["versao"], extrato["estado"], extrato["totais"]["saldo"]) == (1, "fechada", "150.00")
    assert extrato["contagens"] == {"pagamentos": 1, "sessoes": 1, "comissoes": 1, "gastos": 1, "acertos": 0}
    told(contador.get(f"/extratos/{OUTUBRO}?versao=2"), 404, "nao_encontrado")
    for secao, valor in (("pagamentos", "200.00"), ("comissoes", "80.00"), ("sessoes", "300.00"), ("gastos", "50.00")):
        (linha,) = told(contador.get(f"/extratos/{OUTUBRO}/linhas/{secao}"), 200)["itens"]
        assert linha["valor"] == valor
    told(contador.get(f"/extratos/{OUTUBRO}/linhas/nada"), 404)
    (mes,) = told(contador.get("/extratos"), 200)["itens"]
    assert (mes["competencia"], mes["receita_total"]) == (OUTUBRO, "200.00")
    abertas = [each["competencia"] for each in told(contador.get("/competencias"), 200)["itens"]]
    assert abertas == [f"{clock.today():%Y-%m}"]


def test_the_lists_to_choose_from_are_everybodys(show: Show) -> None:
    for papel in ("dono", "recepcao", "artista", "contador"):
        programa = show(papel)
        assert {"codigo": "pix", "rotulo": "Pix"} in told(programa.get("/formas"), 200)["itens"]
        assert {"codigo": "aluguel", "rotulo": "Aluguel"} in told(programa.get("/categorias"), 200)["itens"]
