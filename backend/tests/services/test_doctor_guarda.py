"""The doctor looks at the guard of the books: triggers, functions, rules, indexes, rights; and at people and stock."""

import pytest
from conftest import Banco
from doctor_studio import Case, Studio, copy_studio, list_trouble
from moldes import Copiar

from estudio.services.doctor_service import examine


@pytest.fixture
def studio(copiar: Copiar[Studio]) -> Studio:
    return copy_studio(copiar)


def say(*statements: str) -> "Deed":
    return Deed(statements)


class Deed:
    """Statements of a superuser; named after the first, for the name of the test."""

    def __init__(self, statements: tuple[str, ...]) -> None:
        self.statements = statements
        self.__name__ = "_".join(statements[0].split()[:6])

    def __call__(self, studio: Studio) -> None:
        with studio.banco.connect_as_superuser() as connection:
            connection.execute("set session_replication_role = replica")
            for statement in self.statements:
                connection.execute(statement.encode())


BLIND_GUARD = """
    create or replace function ensure_abertas(meses date[]) returns void language plpgsql security definer
    set search_path = estudio, pg_catalog, pg_temp set lock_timeout = '5s' as $$ begin end $$"""

CASES = [
    Case("gatilhos", "falha", "faltam guard_update em gastos", say("drop trigger guard_update on gastos")),
    Case(
        "gatilhos",
        "falha",
        "desligados guard_insert em pagamentos",
        say("alter table pagamentos disable trigger guard_insert"),
    ),
    Case("gatilhos", "falha", "guard_insert em pagamentos", say("alter table pagamentos enable trigger guard_insert")),
    Case(
        "gatilhos", "falha", "audit_delete em sessoes", say("alter table sessoes enable replica trigger audit_delete")
    ),
    Case("gatilhos", "falha", "guard_truncate em selos", say("drop trigger guard_truncate on selos")),
    Case("funcoes", "falha", "ensure_abertas", say(BLIND_GUARD)),
    Case("funcoes", "falha", "conferir_contagens", say("drop function conferir_contagens(date, jsonb, jsonb, jsonb)")),
    Case("funcoes", "falha", "travar_competencia", say("alter function travar_competencia(date) reset search_path")),
    Case("restricoes", "falha", "gastos_valor", say("alter table gastos drop constraint gastos_valor")),
    Case(
        "restricoes",
        "falha",
        "gastos_valor",
        say(
            "alter table gastos drop constraint gastos_valor",
            "alter table gastos add constraint gastos_valor check (valor_centavos > 0) not valid",
        ),
    ),
    Case("indices", "aviso", "gastos_categoria", say("drop index gastos_categoria")),
    Case("indices", "falha", "extratos_um_vigente", say("drop index extratos_um_vigente")),
    Case(
        "indices",
        "falha",
        "Índices quebrados",
        say("update pg_index set indisvalid = false where indexrelid = 'estudio.gastos_paginas'::regclass"),
    ),
    Case("papel_do_programa", "falha", "esquema", say("grant create on schema estudio to estudio_app")),
    Case(
        "direitos",
        "falha",
        "a mais: UPDATE em competencias",
        say("grant update (estado) on competencias to estudio_app"),
    ),
    Case("direitos", "falha", "TRUNCATE em pagamentos", say("grant truncate on pagamentos to estudio_app")),
    Case("direitos", "falha", "DELETE em extratos", say("grant delete on extratos to public")),
    Case("direitos", "falha", "a menos: INSERT em gastos", say("revoke insert on gastos from estudio_app")),
    Case(
        "direitos",
        "falha",
        "EXECUTE de gravar_fechamento",
        say("grant execute on function gravar_fechamento(date, date, uuid, bigint, jsonb, jsonb) to public"),
    ),
    Case("migracoes", "falha", "mais nova que este programa", say("update alembic_version set version_num = '9999'")),
    Case(
        "codificacao",
        "aviso",
        "localidade C",
        say("update pg_database set datlocprovider = 'c', datctype = 'C' where datname = current_database()"),
        frozenset({"ordenacao"}),
    ),
    Case(
        "ordenacao",
        "aviso",
        "ordem das letras",
        say("update pg_database set datcollversion = '0.1' where datname = current_database()"),
    ),
    Case("dono_ativo", "aviso", "sem senha", say("update usuarios set senha_hash = null where papel = 'dono'")),
    Case(
        "dono_ativo",
        "falha",
        "Nenhum dono está ativo",
        say(
            "alter table usuarios disable trigger guard_ultimo_dono",
            "update usuarios set ativo = false where papel = 'dono'",
            "alter table usuarios enable always trigger guard_ultimo_dono",
        ),
    ),
    Case(
        "dono_ativo",
        "aviso",
        "estudio usuario create",
        say(
            "alter table usuarios disable trigger guard_ultimo_dono",
            "delete from usuarios",
            "alter table usuarios enable always trigger guard_ultimo_dono",
        ),
    ),
    Case("usuario_artista", "aviso", "artista inativo", say("update artistas set ativo = false where nome = 'Bia'")),
    Case(
        "clientes_fundidos",
        "falha",
        "em círculo",
        say(
            "insert into clientes (nome, nome_busca) values ('Um', 'um'), ('Dois', 'dois')",
            "update clientes c set fundido_em = o.id from clientes o"
            " where (c.nome, o.nome) in (('Um', 'Dois'), ('Dois', 'Um'))",
        ),
    ),
    Case("nomes_busca", "aviso", "artista", say("update artistas set nome_busca = 'outra' where nome = 'Bia'")),
    Case("estoque", "falha", "1 item", say("insert into itens (nome, quantidade) values ('Agulha', 7)")),
    Case(
        "estoque",
        "falha",
        "1 item",
        say(
            "insert into itens (nome, quantidade) values ('Agulha', 3)",
            "insert into movimentos (item_id, delta, saldo) select id, 3, 4 from itens",
        ),
    ),
    Case(
        "numeracao", "falha", "pagamentos", say("select setval(pg_get_serial_sequence('estudio.pagamentos', 'id'), 1)")
    ),
    Case("numeracao", "aviso", "não pode ler", say("revoke select on sequence gastos_id_seq from estudio_app")),
    Case(
        "auditoria",
        "falha",
        "não viu entrar",
        say(
            "alter table gastos disable trigger audit_update",
            "update gastos set valor_centavos = valor_centavos + 1 where data >= (select max(data) from gastos)",
            "alter table gastos enable always trigger audit_update",
        ),
    ),
    Case(
        "auditoria",
        "falha",
        "não viu entrar",
        say(
            "alter table sessoes disable trigger audit_insert",
            "insert into sessoes (data, artista_id, valor_centavos) select max(data), min(artista_id), 1 from sessoes",
            "alter table sessoes enable always trigger audit_insert",
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_wrong_with_guard_people_and_stock_is_named(studio: Studio, case: Case) -> None:
    case.ensure_named(studio)


def test_a_database_without_tables_is_one_thing_to_do_and_no_crash(empty_database: Banco) -> None:
    with empty_database.server.connect() as connection:
        connection.execute(f"grant connect on database {empty_database.name} to estudio_app".encode())
    found = {d.codigo: d for d in examine()}
    assert found["migracoes"].situacao == "falha"
    assert "estudio db migrate" in found["migracoes"].mensagem
    assert "estudio db migrate" in found["cadeia"].mensagem
    assert {found[name].situacao for name in ("servidor", "batch_size")} == {"ok"}


def test_a_server_that_is_away_leaves_what_can_be_asked_of_the_machine() -> None:
    found = {d.codigo: d for d in examine()}
    assert found["servidor"].situacao == "falha"
    assert "DATABASE_URL" in found["servidor"].mensagem
    assert "cadeia" not in found
    assert found["cron_schedule"].situacao == "ok"


def test_a_studio_that_is_in_order_is_so_again_after_all_that(studio: Studio) -> None:
    assert list_trouble() == {}
    assert studio.paid
