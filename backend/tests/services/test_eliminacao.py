"""Erasing a person: nobody finds who it was, in no table and in no file, and every seal is what it was."""

import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from backup_mes import redate
from cast import Cast, book, make_cast, make_cliente, pay
from conftest import Banco
from damage import die_at
from psycopg import sql
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from estudio import clock, config, db
from estudio.domain.cliente import Cliente
from estudio.domain.competencia import Competencia
from estudio.domain.errors import ClienteEliminado, CompetenciaFechada, DadosInvalidos, Refusal, SemPermissao
from estudio.domain.pagamento import Pagamento
from estudio.domain.titular import TitularEliminado
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services.backup_banco import connect_to, drop_database
from estudio.services.backup_completo import create_full_backup
from estudio.services.backup_leitura import find_of
from estudio.services.backup_reescrita import rewrite_backups
from estudio.services.backup_registro import list_pruned
from estudio.services.backup_restauro import restore_backup
from estudio.services.backup_retorno import restore_full_backup
from estudio.services.backup_service import (
    create_backup,
    get_backup,
    list_backups,
    prune_backups,
    verify_backup,
    verify_sealed_backup,
)
from estudio.services.cadeia_service import verify_cadeia
from estudio.services.cliente_service import edit_cliente, find_cliente, list_clientes, search_clientes
from estudio.services.desfazer_service import undo_edit_cliente
from estudio.services.doctor_backups import check_backups_selados
from estudio.services.dossie_service import collect_dossie
from estudio.services.eliminacao_registro import get_registro_path, publish_eliminacoes, read_eliminacoes
from estudio.services.eliminacao_service import erase_titular
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction, reopen_extrato
from estudio.services.fusao_service import merge_clientes, unmerge_cliente
from estudio.services.idempotencia_service import once
from estudio.services.import_service import import_leitura, read_arquivo

SETEMBRO, NOVEMBRO = Competencia(2026, 9), Competencia(2026, 11)

SEGREDOS = (
    "Zuleica",
    "zuleica",
    "98888-7777",
    "zu@exemplo.com",
    "alergia a niquel",
    "Zuzu",
    "zuzu",
    "combinou desconto",
)
"""All by which she could be known."""


@pytest.fixture
def estudio(banco: Banco, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Zuleica, known twice, in a closed month and in an open one; and Dora, who stays."""
    monkeypatch.setenv("BACKUP_COMPRESSION_ENABLED", "true")
    config.reset()
    with db.transaction() as session:
        cast = make_cast(session)
        zuleica = make_cliente(session, "Zuleica", telefone="(11) 98888-7777")
        edit_cliente(session, zuleica.id, quem=cast.quem_caio, email="zu@exemplo.com", observacoes="alergia a niquel")
        zuzu = make_cliente(session, "Zuzu")
        sessao = book(session, cast, "300.00", data=date(2026, 9, 9), cliente=zuzu)
        pay(
            session,
            cast,
            "300.00",
            data=date(2026, 9, 10),
            cliente=zuzu,
            sessoes=[sessao],
            observacoes="combinou desconto",
        )
        pay(session, cast, "70.00", data=date(2026, 9, 11), cliente=cast.dora, observacoes="Dora fica")
        pay(session, cast, "55.00", data=date(2026, 11, 3), cliente=zuleica, observacoes="combinou desconto")
        merge_clientes(session, zuzu.id, quem=cast.quem_caio, em=zuleica.id, motivo="Zuzu e Zuleica")
        once(
            session,
            quem=cast.quem_caio,
            chave="chave-de-antes",
            rota="POST /clientes",
            corpo={},
            deed=lambda: {"recado": "Cadastrado: Zuleica."},
        )
    generate_extrato_with_atomic_transaction(9, 2026)
    with banco.connect_as_superuser() as superuser:
        superuser.execute(
            """with i as (insert into estudio.importacoes (origem, arquivo, sha256)
                         values ('v4', 'backup_2026_09.csv', repeat('0', 64)) returning id)
               insert into estudio.importacao_linhas (origem, tipo, id_externo, id_interno, importacao_id)
               select 'v4', 'cliente', c.nome_busca, c.id, i.id from i, estudio.clientes c"""
        )
    return cast


def get_zuleica() -> int:
    with db.transaction(read_only=True) as session:
        return session.scalars(select(Cliente.id).where(Cliente.nome == "Zuleica")).one()


def erase(cast: Cast) -> list[int]:
    with db.transaction() as session:
        return erase_titular(session, get_zuleica(), quem=cast.quem_ana, motivo="pedido", confirmacao="ZULEICA")


def change_as_if_erasing(change: str) -> None:
    with db.transaction() as session:
        session.execute(text("select set_config('estudio.eliminando', 'sim', true)"))
        session.execute(text(change))


def find_in_database(banco: Banco) -> list[str]:
    """Every table in which a secret still stands."""
    found = []
    with banco.connect_as_superuser() as superuser:
        tables = superuser.execute("select tablename from pg_tables where schemaname = 'estudio' order by 1").fetchall()
        for (table,) in tables:
            query = sql.SQL("select t::text from {} t where t::text ~ %s").format(sql.Identifier("estudio", table))
            found += [f"{table}: {row[0]}" for row in superuser.execute(query, ["|".join(SEGREDOS)])]
    return found


def find_in_files() -> list[str]:
    folder = config.get_settings().backup_dir
    months = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in (".csv", ".json", ".log")]
    return [path.name for path in months if any(secret.encode() in path.read_bytes() for secret in SEGREDOS)]


def test_who_was_erased_is_in_no_table_and_no_file_and_every_seal_stands(estudio: Cast, banco: Banco) -> None:
    create_backup(Competencia(2026, 11))
    assert len({found.partition(":")[0] for found in find_in_database(banco)}) == 6
    assert len(find_in_files()) >= 2
    with db.transaction(read_only=True) as session:
        seals = session.execute(text("select seq, selo_sha256 from estudio.selos order by seq")).all()
    ids = erase(estudio)
    publish_eliminacoes()
    done = rewrite_backups()
    assert len(ids) == 2
    assert len(done.reescritos) == 2
    assert (done.intocados, done.completos) == ([], [])
    assert find_in_database(banco) == []
    assert find_in_files() == []
    with db.transaction(read_only=True) as session:
        assert verify_cadeia(session) == []
        assert session.execute(text("select seq, selo_sha256 from estudio.selos order by seq")).all() == seals
        assert sum(session.scalars(select(Pagamento.valor))) == 425
        assert [p.observacoes for p in session.scalars(select(Pagamento).order_by(Pagamento.id))] == [
            None,
            "Dora fica",
            None,
        ]
    prova = verify_sealed_backup(SETEMBRO)
    assert prova is not None
    assert verify_backup(SETEMBRO).contagem == prova.contagem
    assert "inteiros no disco" in str(check_backups_selados())
    sheet = get_backup(SETEMBRO).caminho.read_text(encoding="utf-8-sig")
    assert sheet.count(f"Cliente eliminado {ids[1]}") == 3
    assert "Dora fica" in sheet


def test_a_sheet_that_was_rewritten_is_what_the_rows_would_give_now(estudio: Cast) -> None:
    erase(estudio)
    rewrite_backups()
    before = get_backup(SETEMBRO).manifesto.csv.sha256
    assert create_backup(SETEMBRO).manifesto.csv.sha256 == before
    assert rewrite_backups().reescritos == []


def test_what_an_extrato_names_is_never_pruned_after_it_was_rewritten_twice(estudio: Cast) -> None:
    erase(estudio)
    rewrite_backups()
    with db.transaction() as session:
        erase_titular(session, estudio.dora.id, quem=LINHA_DE_COMANDO, motivo="prazo", confirmacao="Dora")
    assert len(rewrite_backups().reescritos) == 1
    prune_backups(retention_days=1)
    assert verify_sealed_backup(SETEMBRO) is not None
    assert [item.citado for item in list_backups(SETEMBRO)] == [True]


def test_the_month_reopens_and_closes_again_without_a_difference(estudio: Cast) -> None:
    erase(estudio)
    rewrite_backups()
    with db.transaction() as session:
        first = session.execute(text("select conteudo_sha256 from estudio.extratos")).scalar_one()
    reopen_extrato(SETEMBRO, quem=LINHA_DE_COMANDO, motivo="conferir o mês")
    again = generate_extrato_with_atomic_transaction(9, 2026)
    assert (again.versao, again.conteudo_sha256) == (2, first)


@pytest.mark.parametrize("ending", [".json", ".csv.gz", ".csv", "fsync"])
def test_a_rewriting_that_is_killed_leaves_nobody_in_any_file(estudio: Cast, ending: str) -> None:
    old = get_backup(SETEMBRO).manifesto.csv
    erase(estudio)
    with die_at(ending, old.arquivo), pytest.raises(KeyboardInterrupt):
        rewrite_backups()
    assert rewrite_backups().intocados == []
    assert find_in_files() == []
    assert list(config.get_settings().backup_dir.rglob(f"{old.arquivo.removesuffix('csv')}*")) == []
    assert (old.arquivo, old.sha256) in list_pruned(), "so that its copies elsewhere go"
    assert verify_sealed_backup(SETEMBRO) is not None


def test_a_damaged_sheet_is_told_and_left_as_it_is(estudio: Cast) -> None:
    path = get_backup(SETEMBRO).caminho
    path.write_bytes(path.read_bytes() + b"x")
    erase(estudio)
    done = rewrite_backups()
    assert (done.reescritos, done.intocados) == ([], [path.name])
    assert path.exists()


def test_nobody_finds_edits_unites_or_separates_who_was_erased(estudio: Cast) -> None:
    ids = erase(estudio)
    with db.transaction() as session:
        caio = estudio.quem_caio
        assert find_cliente(session, f"Cliente eliminado {ids[0]}") is None
        assert search_clientes(session, "eliminado", quem=caio) == []
        assert [cliente.nome for cliente in list_clientes(session, quem=caio)] == ["Dora"]
        for deed in (
            lambda: edit_cliente(session, ids[0], quem=caio, nome="Zuleica"),
            lambda: merge_clientes(session, estudio.dora.id, quem=caio, em=ids[0]),
            lambda: merge_clientes(session, ids[0], quem=caio, em=estudio.dora.id),
            lambda: unmerge_cliente(session, ids[1], quem=caio),
            lambda: undo_edit_cliente(session, ids[0], quem=caio),
            lambda: erase_titular(
                session, ids[0], quem=estudio.quem_ana, motivo="pedido", confirmacao=f"cliente eliminado {ids[0]}"
            ),
        ):
            with pytest.raises(ClienteEliminado, match="foi eliminado"):
                deed()
        dossie = collect_dossie(session, ids[0], quem=estudio.quem_ana)
        assert not any(secret in str(dossie) for secret in SEGREDOS)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"motivo": "pedido", "confirmacao": "Dora"}, DadosInvalidos),
        ({"motivo": "outro", "confirmacao": "Zuleica"}, DadosInvalidos),
    ],
)
def test_the_name_is_written_and_the_reason_is_one_of_the_list(
    estudio: Cast, given: dict[str, str], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal), db.transaction() as session:
        erase_titular(session, get_zuleica(), quem=estudio.quem_ana, **given)
    with pytest.raises(SemPermissao), db.transaction() as session:
        erase_titular(session, get_zuleica(), quem=estudio.quem_caio, motivo="pedido", confirmacao="Zuleica")
    assert get_zuleica()


# --- the database's own guard ---------------------------------------------------------------------------------------


def test_the_setting_alone_lets_nothing_through(estudio: Cast) -> None:
    for change in (
        "update estudio.pagamentos set observacoes = null where data < '2026-10-01'",
        "update estudio.pagamentos set valor_centavos = 1 where data < '2026-10-01'",
        "update estudio.sessoes set observacoes = 'x' where payment_mes is not null",
        "update estudio.comissoes set observacoes = 'x' where mes = '2026-09-01'",
    ):
        with pytest.raises(CompetenciaFechada):
            change_as_if_erasing(change)
    erase(estudio)
    for change in (
        "update estudio.pagamentos set observacoes = 'x' where data < '2026-10-01'",
        "update estudio.pagamentos set observacoes = null, percentual = 1 where data < '2026-10-01'",
    ):
        with pytest.raises(CompetenciaFechada):
            change_as_if_erasing(change)


def test_nobody_comes_back_and_nothing_else_goes_out_of_the_trail(estudio: Cast, banco: Banco) -> None:
    ids = erase(estudio)
    with pytest.raises(ClienteEliminado), db.transaction() as session:
        session.execute(text("update estudio.clientes set nome = 'Zuleica' where id = :id"), {"id": ids[0]})
    with banco.connect_as_superuser() as superuser:
        for change in (
            "delete from estudio.titulares_eliminados",
            "update estudio.titulares_eliminados set motivo = 'engano'",
            "update estudio.auditoria set antes = null where tabela = 'clientes'",
            "update estudio.auditoria set depois = depois || '{\"nome\": \"outro\"}' where tabela = 'clientes'",
            "update estudio.auditoria set depois = '{}' where registro_id = 1 and tabela = 'clientes'",
            "update estudio.extrato_nomes set nome = 'outro' where tipo = 'cliente'",
            "update estudio.extrato_nomes set nome = 'outro' where tipo = 'artista'",
        ):
            with pytest.raises(Exception, match="registro permanente"):
                superuser.execute(change.encode())
    with pytest.raises(DBAPIError, match="permission denied"), db.transaction() as session:
        session.execute(text("select estudio.apagar_pessoas(array[1])"))
    with pytest.raises(SemPermissao), db.transaction() as session:
        session.execute(
            text("select estudio.eliminar_titular(1, 'pedido', :quem)"), {"quem": estudio.quem_caio.usuario_id}
        )


# --- coming back ----------------------------------------------------------------------------------------------------


def test_a_restored_studio_forgets_again_whom_it_knew(estudio: Cast, banco: Banco) -> None:
    copy = create_full_backup()
    ids = erase(estudio)
    publish_eliminacoes()
    done = rewrite_backups()
    assert done.completos == [copy.caminho.name]
    # One of a clock that was ahead is of nobody knows when.
    ahead = redate(copy, clock.now() + timedelta(days=40))
    assert set(rewrite_backups().completos) == {copy.caminho.name, ahead.caminho.name}
    name = f"{banco.name}_volta"
    try:
        restore_full_backup(copy, into=name)
        with connect_to(name) as connection:
            names = connection.execute("select nome from estudio.clientes where id = any(%s)", [ids]).fetchall()
            trail = connection.execute(
                "select count(*) from estudio.auditoria a where a::text ~ 'uleica|Zuzu'"
            ).fetchall()
        assert [row[0] for row in names] == [f"Cliente eliminado {id_}" for id_ in ids]
        assert trail == [(0,)]
    finally:
        drop_database(name)


def test_the_list_beside_the_backups_names_nobody_and_takes_each_once(estudio: Cast) -> None:
    publish_eliminacoes()
    assert read_eliminacoes() == []
    ids = erase(estudio)
    publish_eliminacoes()
    path = get_registro_path()
    with path.open("ab") as file:
        file.write(b'{"cliente_id": 9')
    publish_eliminacoes()
    assert [line["cliente_id"] for line in read_eliminacoes()] == ids
    assert not any(secret in path.read_text(encoding="utf-8") for secret in SEGREDOS)
    assert oct(path.stat().st_mode)[-3:] == "600"


def test_who_got_the_number_of_another_is_not_erased(estudio: Cast, banco: Banco) -> None:
    erase(estudio)
    publish_eliminacoes()
    lines = read_eliminacoes()
    with banco.connect_as_superuser() as superuser, superuser.transaction():
        line = [{**lines[0], "cliente_id": estudio.dora.id}]
        done = superuser.execute("select estudio.reaplicar_eliminacoes(%s::jsonb)", [str(line).replace("'", '"')])
        assert done.fetchone() == (0,)
    with db.transaction(read_only=True) as session:
        assert session.get_one(Cliente, estudio.dora.id).nome == "Dora"
        assert len(session.scalars(select(TitularEliminado)).all()) == 2


@pytest.mark.parametrize("way", ["restauro", "importação"])
def test_a_sheet_that_was_carried_elsewhere_brings_nobody_back(
    estudio: Cast, banco: Banco, tmp_path: Path, way: str
) -> None:
    folder = create_backup(NOVEMBRO).caminho.parent
    carried = shutil.copytree(folder, tmp_path / "pendrive") / "backup_2026_11.csv"
    assert "Zuleica" in carried.read_text(encoding="utf-8-sig")
    erase(estudio)
    rewrite_backups()
    with db.transaction() as session:
        session.execute(text("delete from estudio.pagamentos where data >= '2026-11-01'"))
    if way == "restauro":
        restore_backup(find_of(carried), quem=LINHA_DE_COMANDO)
    else:
        db.run(lambda session: import_leitura(session, read_arquivo(carried), quem=LINHA_DE_COMANDO))
    with db.transaction(read_only=True) as session:
        assert session.scalars(select(Pagamento.valor).where(Pagamento.data >= date(2026, 11, 1))).all() == [
            Decimal("55.00")
        ]
    assert find_in_database(banco) == []


def test_a_note_of_theirs_that_came_back_goes_again(estudio: Cast) -> None:
    ids = erase(estudio)
    with db.transaction() as session:
        session.execute(text("update estudio.pagamentos set observacoes = 'voltou' where data > '2026-10-01'"))
        session.execute(text("select estudio.eliminar_de_novo()"))
        assert session.scalars(select(Pagamento.observacoes).where(Pagamento.cliente_id.in_(ids))).all() == [None, None]
