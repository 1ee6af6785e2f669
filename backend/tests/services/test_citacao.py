"""Free texts that name an erased person: a whole name goes, what only may be them is the dono's to say."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from cast import Cast, make_cast, make_cliente, pay
from conftest import Banco
from moldes import Copiar
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import db
from estudio.domain.acerto import Acerto, Tipo
from estudio.domain.cliente import Cliente
from estudio.domain.competencia import Competencia
from estudio.domain.documento import Documento
from estudio.domain.errors import CompetenciaFechada, DadosInvalidos, NaoEncontrado, Refusal, SemPermissao
from estudio.domain.gasto import Gasto
from estudio.domain.titular import TEXTO_ELIMINADO, Decisao
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.acerto_service import register_acerto
from estudio.services.backup_banco import connect_to, drop_database
from estudio.services.backup_completo import create_full_backup
from estudio.services.backup_reescrita import rewrite_backups
from estudio.services.backup_retorno import restore_full_backup
from estudio.services.backup_service import get_backup, verify_sealed_backup
from estudio.services.cadeia_service import verify_cadeia
from estudio.services.citacao_service import Citada, count_citacoes, decide_citacao, list_citacoes
from estudio.services.cliente_service import edit_cliente
from estudio.services.documento_service import ensure_documentos
from estudio.services.eliminacao_registro import publish_eliminacoes
from estudio.services.eliminacao_service import erase_titular
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction, reopen_extrato
from estudio.services.gasto_service import delete_gasto, edit_gasto, register_gasto

SETEMBRO, DIA, ABERTO = Competencia(2026, 9), date(2026, 9, 10), date(2026, 11, 3)
CERTOS = "Mendes|MENDES|Pontes"
"""Of her names, which nobody else has."""


def _fill(_: Banco) -> Cast:
    with db.transaction() as session:
        cast = make_cast(session)
        isaura = make_cliente(session, "Isaura Méndes")
        edit_cliente(session, isaura.id, quem=cast.quem_caio, nome="Isaura  Pontes")
        edit_cliente(session, cast.dora.id, quem=cast.quem_caio, observacoes="amiga da Isaura Pontes; a isaura indicou")
        pay(session, cast, "300.00", data=DIA, cliente=isaura)
        pay(session, cast, "50.00", data=DIA, cliente=cast.dora, observacoes="junto com ISAURA   MENDES")
        spend(session, cast, DIA, "Reembolso a isaura mendes: luvas")
        spend(session, cast, DIA, "Café com a Isaura P.")
        spend(session, cast, DIA, "Tinta da Isaurinha")
        spend(session, cast, ABERTO, "Táxi da Isaura Pontes")
        settle(session, cast, "desconto que a Isaura Pontes pediu")
        settle(session, cast, "a Isaura reclamou")
        gone = spend(session, cast, ABERTO, "Flores para Isaura Pontes")
        delete_gasto(session, gone, quem=cast.quem_ana, motivo="a Isaura devolveu")
    generate_extrato_with_atomic_transaction(9, 2026)
    ensure_documentos(SETEMBRO, quem=LINHA_DE_COMANDO)
    return cast


@pytest.fixture
def cast(copiar: Copiar[Cast]) -> Cast:
    """Isaura Pontes was Isaura Méndes before; a closed September speaks of her, an open November as well."""
    return copiar(_fill)[1]


def spend(session: Session, cast: Cast, data: date, descricao: str) -> int:
    valor = Decimal("10.00")
    return register_gasto(session, quem=cast.quem_ana, data=data, valor=valor, descricao=descricao, forma="pix").id


def settle(session: Session, cast: Cast, motivo: str) -> None:
    given: dict[str, Any] = {
        "data": DIA,
        "artista_id": cast.bia.id,
        "tipo": Tipo.BONUS,
        "valor": Decimal("1.00"),
        "motivo": motivo,
    }
    register_acerto(session, quem=cast.quem_ana, **given)


def get_isaura() -> int:
    with db.transaction(read_only=True) as session:
        return int(session.execute(text("select id from estudio.clientes where nome like 'Isaura%'")).scalar_one())


def erase(cast: Cast) -> int:
    with db.transaction() as session:
        return erase_titular(session, get_isaura(), quem=cast.quem_ana, motivo="pedido", confirmacao="Isaura Pontes")[0]


def listed(cast: Cast, titular: int) -> dict[str, Citada]:
    """What waits, by its words of now or of before."""
    with db.transaction(read_only=True) as session:
        found = list_citacoes(session, titular, quem=cast.quem_ana)
        assert count_citacoes(session, titular) == len(found)
    return {each.texto or each.passado or "": each for each in found}


def find_in_database(banco: Banco, words: str) -> list[str]:
    found = []
    with banco.connect_as_superuser() as superuser:
        tables = superuser.execute("select tablename from pg_tables where schemaname = 'estudio' order by 1").fetchall()
        for (table,) in tables:
            query = sql.SQL("select t::text from {} t where t::text ~ %s").format(sql.Identifier("estudio", table))
            found += [f"{table}: {row[0]}" for row in superuser.execute(query, [words])]
    return found


def list_textos() -> list[str]:
    with db.transaction(read_only=True) as session:
        query = "select descricao from estudio.gastos union all select motivo from estudio.acertos order by 1"
        return list(session.execute(text(query)).scalars())


def make_documentos() -> str:
    """The month's documents, made anew where they went: the words of the JSON."""
    ensure_documentos(SETEMBRO, quem=LINHA_DE_COMANDO)
    with db.transaction(read_only=True) as session:
        (bytes_,) = session.query(Documento.conteudo).filter(Documento.tipo == "json").one()
    return json.dumps(json.loads(bytes_), ensure_ascii=False)


def test_a_whole_name_of_now_or_of_before_goes_out_of_every_text_and_of_the_trail(cast: Cast, banco: Banco) -> None:
    assert "isaura mendes" in make_documentos()
    with db.transaction(read_only=True) as session:
        seals = session.execute(text("select seq, selo_sha256 from estudio.selos order by seq")).all()
    numero = erase(cast)
    nome = f"Cliente eliminado {numero}"
    assert find_in_database(banco, CERTOS) == []
    assert find_in_database(banco, "isaura mendes") == []
    assert set(list_textos()) == {
        "Café com a Isaura P.",
        f"Reembolso a {nome}: luvas",
        "Tinta da Isaurinha",
        f"Táxi da {nome}",
        "a Isaura reclamou",
        f"desconto que a {nome} pediu",
    }
    with db.transaction(read_only=True) as session:
        assert session.get_one(Cliente, cast.dora.id).observacoes == f"amiga da {nome}; a isaura indicou"
        assert verify_cadeia(session) == []
        assert session.execute(text("select seq, selo_sha256 from estudio.selos order by seq")).all() == seals
    written = make_documentos()
    assert f"Reembolso a {nome}: luvas" in written
    assert "mendes" not in written
    assert len(rewrite_backups().reescritos) == 1
    sheet = get_backup(SETEMBRO).caminho.read_text(encoding="utf-8-sig").lower()
    assert "mendes" not in sheet
    assert "pontes" not in sheet
    assert "isaura p." in sheet
    assert verify_sealed_backup(SETEMBRO) is not None
    assert rewrite_backups().reescritos == []


def test_what_only_may_be_the_person_is_listed_and_the_dono_says(cast: Cast, banco: Banco) -> None:
    numero = erase(cast)
    nome = f"Cliente eliminado {numero}"
    found = listed(cast, numero)
    assert {each.tabela for each in found.values()} == {"clientes", "gastos", "acertos"}
    cafe, reclamou = found["Café com a Isaura P."], found["a Isaura reclamou"]
    amiga = found[f"amiga da {nome}; a isaura indicou"]
    flores = next(each for words, each in found.items() if "a Isaura devolveu" in words)
    assert len(found) == 4
    assert (cafe.caminho, flores.caminho) == (f"/gastos/{cafe.registro_id}/edit", None)
    assert amiga.caminho == f"/clientes/{cast.dora.id}"
    for each, decisao in (
        (cafe, Decisao.APAGADA),
        (reclamou, Decisao.FICA),
        (amiga, Decisao.APAGADA),
        (flores, Decisao.APAGADA),
    ):
        with db.transaction() as session:
            decide_citacao(session, numero, each.id, decisao=decisao, quem=cast.quem_ana)
    assert listed(cast, numero) == {}
    with db.transaction() as session:
        assert session.get_one(Gasto, cafe.registro_id).descricao == TEXTO_ELIMINADO
        assert session.get_one(Acerto, reclamou.registro_id).motivo == "a Isaura reclamou"
        assert session.get_one(Cliente, cast.dora.id).observacoes == TEXTO_ELIMINADO
        assert verify_cadeia(session) == []
    left = find_in_database(banco, "(?i)isaura(?!inha)")
    assert {row.partition(":")[0] for row in left} == {"acertos", "auditoria"}
    assert all("a Isaura reclamou" in row for row in left)
    assert "Café" not in make_documentos()
    assert len(rewrite_backups().reescritos) == 1
    assert "Café" not in get_backup(SETEMBRO).caminho.read_text(encoding="utf-8-sig")


def test_a_text_that_was_corrected_by_hand_leaves_the_trail_too(cast: Cast, banco: Banco) -> None:
    with db.transaction() as session:
        taxi = spend(session, cast, ABERTO, "Táxi da Isaura")
    numero = erase(cast)
    each = listed(cast, numero)["Táxi da Isaura"]
    with db.transaction() as session:
        edit_gasto(session, taxi, quem=cast.quem_ana, descricao="Táxi de uma cliente")
    with db.transaction() as session:
        decide_citacao(session, numero, each.id, decisao=Decisao.CORRIGIDA, quem=cast.quem_ana)
    assert find_in_database(banco, "Táxi da Isaura") == []
    assert len(find_in_database(banco, "Táxi de uma cliente")) == 2


def test_a_name_that_somebody_else_has_too_is_not_taken_out(cast: Cast) -> None:
    with db.transaction() as session:
        make_cliente(session, "isaura pontes")
    numero = erase(cast)
    assert "Táxi da Isaura Pontes" in list_textos()
    found = listed(cast, numero)
    assert {"Táxi da Isaura Pontes", "desconto que a Isaura Pontes pediu"} <= found.keys()
    assert f"Reembolso a Cliente eliminado {numero}: luvas" in list_textos()


def test_the_reason_of_a_reopening_is_sealed_and_told(cast: Cast) -> None:
    reopen_extrato(SETEMBRO, quem=LINHA_DE_COMANDO, motivo="faltou o da Isaura Pontes")
    numero = erase(cast)
    selada = listed(cast, numero)["faltou o da Isaura Pontes"]
    assert (selada.tabela, selada.caminho) == ("selos", "/extratos/2026-09")
    with pytest.raises(DadosInvalidos, match="está no selo"), db.transaction() as session:
        decide_citacao(session, numero, selada.id, decisao=Decisao.APAGADA, quem=cast.quem_ana)
    with db.transaction() as session:
        decide_citacao(session, numero, selada.id, decisao=Decisao.FICA, quem=cast.quem_ana)
        assert verify_cadeia(session) == []


def test_who_may_decide_and_of_whom(cast: Cast) -> None:
    numero = erase(cast)
    each = listed(cast, numero)["a Isaura reclamou"]
    for titular, quem, refusal in (
        (numero, cast.quem_caio, SemPermissao),
        (numero, cast.quem_edu, SemPermissao),
        (cast.dora.id, cast.quem_ana, NaoEncontrado),
    ):
        expected: type[Refusal] = refusal
        with pytest.raises(expected), db.transaction() as session:
            decide_citacao(session, titular, each.id, decisao=Decisao.APAGADA, quem=quem)
    with pytest.raises(SemPermissao), db.transaction() as session:
        list_citacoes(session, numero, quem=cast.quem_bia)
    with pytest.raises(SemPermissao), db.transaction() as session:
        session.execute(
            text("select estudio.decidir_citacao(:id, 'apagada', :quem)"),
            {"id": each.id, "quem": cast.quem_caio.usuario_id},
        )
    assert "a Isaura reclamou" in list_textos()


def test_neither_the_setting_nor_the_list_lets_other_words_through(cast: Cast, banco: Banco) -> None:
    numero = erase(cast)
    cafe = listed(cast, numero)["Café com a Isaura P."].registro_id
    make_documentos()
    changes = (
        ("update estudio.gastos set descricao = 'outra' where id = :id", "sim"),
        ("update estudio.gastos set descricao = :texto where id = :id", "sim"),
        ("update estudio.gastos set descricao = 'Cliente eliminado' where id <> :id", str(numero)),
        ("update estudio.acertos set motivo = 'outro' where :id > 0", str(numero)),
    )
    for change, setting in changes:
        with pytest.raises(CompetenciaFechada), db.transaction() as session:
            session.execute(
                text(f"with so as (select set_config('estudio.eliminando', :so, true)) {change} and exists (table so)"),
                {"so": setting, "id": cafe, "texto": TEXTO_ELIMINADO},
            )
    with banco.connect_as_superuser() as superuser:
        for forged in (
            "update estudio.auditoria set depois = depois || '{\"descricao\": \"outra\"}' where tabela = 'gastos'",
            "update estudio.auditoria set motivo = null, antes = null where tabela = 'acertos'",
            "delete from estudio.documentos",
        ):
            with pytest.raises(Exception, match="registro permanente"):
                superuser.execute(forged.encode())


def test_a_restored_studio_takes_the_names_out_again_and_lists_again(cast: Cast, banco: Banco) -> None:
    copy = create_full_backup()
    numero = erase(cast)
    publish_eliminacoes()
    name = f"{banco.name}_volta"
    try:
        restore_full_backup(copy, into=name)
        with connect_to(name) as connection:
            rows = connection.execute("select descricao from estudio.gastos order by id").fetchall()
            trail = connection.execute(
                "select count(*) from estudio.auditoria a where a::text ~ %s", [CERTOS]
            ).fetchone()
            waiting = connection.execute("select count(*) from estudio.citacoes where decidida_em is null").fetchone()
        assert rows[0] == (f"Reembolso a Cliente eliminado {numero}: luvas",)
        assert (trail, waiting) == ((0,), (4,))
    finally:
        drop_database(name)


@pytest.mark.parametrize(
    ("nome", "escrito", "esperado"),
    [
        ("Zoé d'Ávila (tia)", "a zoe D'AVILA (tia) veio", "a Cliente eliminado {} veio"),
        ("José Íris", "JOSÉ\n ÍRIS e jose iris.", "Cliente eliminado {} e Cliente eliminado {}."),
        ("Ana Lu", "Mariana Luz e Ana Lucas", "Mariana Luz e Ana Lucas"),
        ("Li Bo", "x" * 1_990 + " Li Bo", None),
    ],
)
def test_names_are_found_as_people_write_them(cast: Cast, nome: str, escrito: str, esperado: str | None) -> None:
    with db.transaction() as session:
        quem = make_cliente(session, nome)
        gasto = spend(session, cast, ABERTO, escrito)
    with db.transaction() as session:
        erase_titular(session, quem.id, quem=cast.quem_ana, motivo="prazo", confirmacao=nome)
        said = session.get_one(Gasto, gasto).descricao
    if esperado is None:
        assert said == f"{escrito[:-6]} Cliente eliminado {quem.id}"
    else:
        assert said == esperado.replace("{}", str(quem.id))


@pytest.mark.parametrize(
    ("nome", "outra", "escrito"),
    [
        ("Maria Clara", "Maria Clara Nunes", "a maria clara nunes pagou"),
        ("Maria Clara", None, "Maria Clara Nunes pagou"),
        ("Maria Clara", None, "a Maria Clara de Souza"),
        ("Maria Clara", None, "Ana Maria Clara veio"),
        ("Maria Clara", None, "a Maria Clara-Luz veio"),
        ("Rio Branco", None, "Luvas da Rua Rio Branco, 12"),
        ("Rio Branco", None, "luvas da av. rio branco"),
    ],
)
def test_a_name_that_may_be_a_part_of_another_stays_and_is_listed(
    cast: Cast, nome: str, outra: str | None, escrito: str
) -> None:
    with db.transaction() as session:
        quem = make_cliente(session, nome)
        if outra:
            # What somebody was called before counts as well.
            edit_cliente(session, make_cliente(session, outra).id, quem=cast.quem_caio, nome="Nina Nunes")
        gasto = spend(session, cast, ABERTO, escrito)
    with db.transaction() as session:
        erase_titular(session, quem.id, quem=cast.quem_ana, motivo="prazo", confirmacao=nome)
        assert session.get_one(Gasto, gasto).descricao == escrito
    assert escrito in listed(cast, quem.id)


def test_a_name_that_went_out_goes_out_of_the_sheets_also_of_rows_that_are_gone(cast: Cast) -> None:
    reopen_extrato(SETEMBRO, quem=LINHA_DE_COMANDO, motivo="uma correção")
    with db.transaction() as session:
        luvas = session.query(Gasto.id).filter(Gasto.descricao == "Reembolso a isaura mendes: luvas").one()[0]
        delete_gasto(session, luvas, quem=cast.quem_ana, motivo="a Isaura devolveu")
    numero = erase(cast)
    assert len(rewrite_backups().reescritos) == 1
    sheet = get_backup(SETEMBRO).caminho.read_text(encoding="utf-8-sig")
    assert "mendes" not in sheet
    assert f"Reembolso a Cliente eliminado {numero}: luvas" in sheet
    (each,) = (each for each in listed(cast, numero).values() if (each.tabela, each.registro_id) == ("gastos", luvas))
    with db.transaction() as session:
        decide_citacao(session, numero, each.id, decisao=Decisao.FICA, quem=cast.quem_ana)
    assert rewrite_backups().reescritos == []


def test_what_stays_or_waits_is_touched_neither_in_the_sheets_nor_in_the_trail(cast: Cast, banco: Banco) -> None:
    with db.transaction(read_only=True) as session:
        cafe = session.query(Gasto.id).filter(Gasto.descricao == "Café com a Isaura P.").one()[0]
    reopen_extrato(SETEMBRO, quem=LINHA_DE_COMANDO, motivo="uma correção")
    numero = erase(cast)
    with db.transaction() as session:
        edit_gasto(session, cafe, quem=cast.quem_ana, descricao="Café com a tia")
    rewrite_backups()
    assert "Café com a Isaura P." in get_backup(SETEMBRO).caminho.read_text(encoding="utf-8-sig")
    (each,) = (each for each in listed(cast, numero).values() if (each.tabela, each.registro_id) == ("gastos", cafe))
    for decisao, stands in (
        (Decisao.FICA, (Decisao.FICA, True)),
        (Decisao.CORRIGIDA, (Decisao.FICA, False)),
    ):
        with db.transaction() as session:
            assert decide_citacao(session, numero, each.id, decisao=decisao, quem=cast.quem_ana) == stands
        assert find_in_database(banco, "Café com a Isaura P.") != []
        assert rewrite_backups().reescritos == []
    # A mistaken "it stays" is mended.
    with db.transaction() as session:
        stood = decide_citacao(session, numero, each.id, decisao=Decisao.APAGADA, quem=cast.quem_ana)
        assert stood == (Decisao.APAGADA, True)
    assert find_in_database(banco, "Café com a") == []
    assert len(rewrite_backups().reescritos) == 1


def test_what_a_form_was_answered_goes_with_the_words(cast: Cast, banco: Banco) -> None:
    def answer(chave: str, recado: str) -> None:
        with banco.connect_as_superuser() as superuser:
            superuser.execute(
                """insert into estudio.idempotencia (usuario_id, chave, rota, corpo_sha256, resultado)
                   values (%s, %s, 'POST /gastos', repeat('0', 64), jsonb_build_object('recado', %s::text))""",
                [cast.quem_ana.usuario_id, chave, recado],
            )

    answer("chave-um-um", "Registrado: reembolso a ISAURA mendes")
    answer("chave-dois-dois", "Registrado: outra coisa")
    numero = erase(cast)
    assert find_in_database(banco, "Registrado: reembolso") == []
    assert len(find_in_database(banco, "Registrado: outra")) == 1
    each = listed(cast, numero)["Café com a Isaura P."]
    answer("chave-tres-tres", "Registrado: Café com a Isaura P.")
    with db.transaction() as session:
        decide_citacao(session, numero, each.id, decisao=Decisao.APAGADA, quem=cast.quem_ana)
    assert find_in_database(banco, "Registrado: Café") == []
    assert len(find_in_database(banco, "Registrado: outra")) == 1


def test_a_name_of_a_thousand_words_is_listed_and_keeps_nobody_waiting(cast: Cast) -> None:
    nome = " ".join(f"nome{number}" for number in range(1_100))
    with db.transaction() as session:
        quem = make_cliente(session, nome)
        gasto = spend(session, cast, ABERTO, "luvas de nome0")
    with db.transaction() as session:
        session.execute(text("set local statement_timeout = '10s'"))
        erase_titular(session, quem.id, quem=cast.quem_ana, motivo="prazo", confirmacao=nome)
        assert session.get_one(Gasto, gasto).descricao == "luvas de nome0"
    assert "luvas de nome0" in listed(cast, quem.id)
