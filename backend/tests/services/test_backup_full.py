"""The whole studio: dumped, read again, and brought back into a new database that is the same month by month."""

import io
import json
import random
import threading
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
import time_machine
from backup_mes import AGOSTO, SETEMBRO, redate
from conftest import TEMPLATE, Banco, use_database
from damage import flip
from moldes import Copiar
from PIL import Image
from psycopg import sql
from servers import create_database
from services.conftest import fill_september, hurried, renamed

from estudio import clock, db, schema
from estudio.domain.backup_completo import Completo
from estudio.domain.errors import (
    BackupAusente,
    BackupDanificado,
    BackupDeOutroEstudio,
    CopiaCompletaFalhou,
    EmUso,
    FerramentaAusente,
    IntegrityBroken,
    JaExiste,
    RestauracaoImpedida,
)
from estudio.domain.usuario import Papel, Quem
from estudio.services import backup_completo, backup_ferramentas, backup_retorno
from estudio.services.backup_banco import connect_to, drop_database, find_databases
from estudio.services.backup_completo import (
    create_full_backup,
    find_completo,
    list_completos,
    prune_full_backups,
    verify_full_backup,
)
from estudio.services.backup_ensaio import IGUAL, drill_full_backup
from estudio.services.backup_ferramentas import Programa, find_programa, stream_output
from estudio.services.backup_fluxo import Sink
from estudio.services.backup_registro import list_registros
from estudio.services.backup_retorno import restore_full_backup
from estudio.services.cadeia_service import get_heads_path, publish_heads, read_heads, verify_cadeia
from estudio.services.contagem_service import count_in_sql
from estudio.services.extrato_service import generate_extrato_with_atomic_transaction, reopen_extrato
from estudio.services.identidade_service import edit_identidade, register_logotipo
from estudio.services.imagem_service import read_imagem

# Who may do what, what guards what: a dump that forgot one of these would come back as an open door.
CATALOG = (
    """select proname, proacl::text, proowner::regrole::text, prosrc
       from pg_proc where pronamespace = 'estudio'::regnamespace order by 1""",
    """select relname, relacl::text, relowner::regrole::text
       from pg_class where relnamespace = 'estudio'::regnamespace order by 1""",
    """select tgrelid::regclass::text, tgname, tgenabled::text, tgdeferrable
       from pg_trigger where not tgisinternal order by 1, 2""",
    """select conname, pg_get_constraintdef(oid)
       from pg_constraint where connamespace = 'estudio'::regnamespace order by 1""",
    "select defaclrole::regrole::text, defaclobjtype::text, defaclacl::text from pg_default_acl order by 1, 2",
    """select nspname, nspacl::text, nspowner::regrole::text
       from pg_namespace where nspname in ('estudio', 'public') order by 1""",
    "select extname, extnamespace::regnamespace::text from pg_extension order by 1",
)


# What the months' own counts do not look at.
_INTEIRAS = (
    "selos", "extratos", "competencias", "usuarios", "formas", "categorias", "clientes", "identidade", "logotipos",
    "documentos", "documentos_falhas", "demonstrativo_papeis",
)  # fmt: skip


def _fill(banco: Banco) -> None:
    fill_september(banco)
    with banco.connect() as connection:
        connection.execute("update pagamentos set percentual = 0 where percentual is null")
    for month in (8, 9):
        generate_extrato_with_atomic_transaction(month, 2025)


@pytest.fixture
def studio(copiar: Copiar[None]) -> Banco:
    """August and September closed, one payment in October."""
    return copiar(_fill)[0]


@pytest.fixture
def new_name(studio: Banco) -> Generator[str, None, None]:
    name = f"{studio.name}_volta"
    yield name
    db.reset()
    drop_database(name)


def become_another_studio(banco: Banco) -> None:
    with banco.connect_as_superuser() as connection:
        connection.execute("update identidade set estudio_id = gen_random_uuid(), nome = 'Outro'")


def exists(studio: Banco, name: str) -> bool:
    with studio.connect_as_superuser() as connection:
        return connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is not None


def publish_another_seal(seq: int) -> None:
    """As of a chain that parted from this one at that link."""
    path = get_heads_path()
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for line in lines[seq - 1 :]:
        line["selo_sha256"] = "f" * 64
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


@pytest.mark.usefixtures("studio")
def test_the_dump_is_named_by_its_content_and_says_what_it_holds() -> None:
    completo = create_full_backup()
    manifesto = completo.manifesto
    assert completo.caminho.name.endswith(f".{manifesto.dump.sha256[:12]}.dump")
    assert list(manifesto.meses) == ["2025-08", "2025-09", "2025-10"]
    assert manifesto.cabeca is not None
    assert manifesto.cabeca.seq == 2
    assert {oct(path.stat().st_mode & 0o777) for path in completo.caminho.parent.iterdir()} == {"0o600"}
    assert verify_full_backup(find_completo()) == completo
    assert find_completo(completo.caminho) == find_completo(completo.caminho.with_suffix(".json")) == completo


def test_it_comes_back_as_another_database_with_the_same_books(studio: Banco, new_name: str) -> None:
    dono, logo = Quem(None, Papel.DONO, "teste"), io.BytesIO()
    Image.new("RGB", (60, 30), "red").save(logo, "PNG")
    with db.transaction() as session:
        edit_identidade(session, quem=dono, nome="Casa Áurea", cor="#8a2060")
        register_logotipo(session, quem=dono, imagem=read_imagem(logo.getvalue()))
    completo = create_full_backup()
    done = restore_full_backup(completo, into=new_name)
    assert (done.banco, done.meses, done.atraso, done.anterior) == (new_name, 3, [], None)
    with studio.connect_as_superuser() as here, connect_to(new_name) as there:
        here.execute("set datestyle = 'ISO'; set timezone = 'UTC'")
        for month in (AGOSTO, SETEMBRO):
            assert count_in_sql(there, month) == count_in_sql(here, month)
        for table in _INTEIRAS:
            query = sql.SQL("select t::text from {} t order by 1").format(sql.Identifier("estudio", table))
            assert there.execute(query).fetchall() == here.execute(query).fetchall()
        assert there.execute("select length(png) from estudio.logotipos").fetchall() != []
        for look in CATALOG:
            assert there.execute(look).fetchall() == here.execute(look).fetchall() != []
        # The guards stand there as well, and the next ids are free.
        with pytest.raises(psycopg.DatabaseError, match="competência 2025-09 fechada"):
            there.execute("update estudio.pagamentos set observacoes = 'x' where mes = '2025-09-01'")
        there.execute(
            """insert into estudio.pagamentos (data, valor_centavos, forma, artista_id, percentual)
               values ('2025-11-01', 1, 'pix', 1, 0)"""
        )


def test_nothing_of_the_past_is_done_again(studio: Banco, new_name: str) -> None:
    with studio.connect_as_superuser() as connection:
        connection.execute(
            """insert into execucoes (run_id, acao, mes, origem, maquina, pid)
               values (gen_random_uuid(), 'fechamento', '2025-10-01', 'cli', 'x', 1)"""
        )
        connection.execute(
            """with pessoa as (insert into usuarios (nome, email, papel) values ('Zé', 'ze@estudio.example', 'contador')
                               returning id)
               insert into acessos (usuario_id, chave_sha256, navegador, expira_em)
               select id, repeat('a', 64), 'x', now() + interval '1 day' from pessoa"""
        )
        connection.execute(
            """insert into segundos_fatores (usuario_id, segredo, ultimo_passo)
               select id, repeat('s', 80), 1 from usuarios where email = 'ze@estudio.example'"""
        )
        connection.execute(
            """insert into codigos_de_recuperacao (usuario_id, chave_sha256)
               select id, repeat('d', 64) from usuarios where email = 'ze@estudio.example'"""
        )
        connection.execute(
            """insert into etapas select repeat('e', 64), id, true, now() + interval '1 day' from usuarios
               where email = 'ze@estudio.example'"""
        )
        connection.execute(
            "insert into desafios values (repeat('f', 64), 'entrada', null, repeat('x', 43), now() + interval '1 day')"
        )
        connection.execute("insert into convites values (repeat('b', 64), now() + interval '1 day')")
        connection.execute(
            "insert into calendarios (artista_id, chave_sha256) select min(id), repeat('d', 64) from artistas"
        )
        connection.execute(
            """with outra as (insert into artistas (nome, nome_busca) values ('Cora', 'cora') returning id),
                    entregue as (
                   insert into demonstrativos (extrato_id, artista_id, linhas)
                   select max(x.id), max(outra.id), '{"pagamentos": [], "sessoes": [], "acertos": []}'
                   from extratos x, outra where x.estado = 'vigente' returning id
               )
               insert into demonstrativo_links (demonstrativo_id, chave_sha256, expira_em)
               select id, repeat('e', 64), now() + interval '1 day' from entregue"""
        )
        connection.execute(
            "insert into links (usuario_id, chave_sha256, tipo, expira_em)"
            " select id, repeat('d', 64), 'convite', now() + interval '1 day' from usuarios limit 1"
        )
        connection.execute(
            "insert into turnos (usuario_id, aparelho_sha256, senha_em)"
            " select id, repeat('e', 64), now() from usuarios limit 1"
        )
        connection.execute(
            """insert into fichas (usuario_id, nome, chave_sha256, escopos, expira_em)
               select id, 'x', repeat('d', 64), '{leitura}', now() + interval '1 day' from usuarios limit 1"""
        )
        connection.execute("insert into tentativas values ('conta:' || repeat('c', 64), 99, now())")
        pending = connection.execute("select count(*) from avisos where estado = 'pendente'").fetchone()
    done = restore_full_backup(create_full_backup(), into=new_name)
    assert pending == (done.silenciados,)
    assert done.silenciados >= 2
    assert done.interrompidas == 1
    with connect_to(new_name) as there:
        row = there.execute(
            """select (select count(*) from estudio.avisos where estado = 'pendente'),
                      (select count(*) from estudio.execucoes where desfecho is null),
                      (select count(*) from estudio.auditoria where acao = 'restaurado'),
                      (select count(*) from estudio.acessos),
                      (select count(*) from estudio.convites),
                      (select count(*) from estudio.calendarios),
                      (select count(*) from estudio.tentativas),
                      (select count(*) from estudio.links),
                      (select count(*) from estudio.turnos),
                      (select count(*) from estudio.etapas),
                      (select count(*) from estudio.desafios),
                      (select count(*) from estudio.codigos_de_recuperacao),
                      (select ultimo_passo > extract(epoch from now()) / 30 from estudio.segundos_fatores),
                      (select count(*) from estudio.fichas),
                      (select count(*) from estudio.demonstrativo_links),
                      (select count(*) from estudio.demonstrativos)"""
        ).fetchone()
    assert row == (0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, True, 0, 0, 1)


def test_a_copy_behind_the_published_seals_is_said_and_takes_no_place(studio: Banco, new_name: str) -> None:
    completo = create_full_backup()
    reopen_extrato(SETEMBRO, quem=Quem(None, Papel.DONO, "teste"), motivo="faltou um pagamento")
    with pytest.raises(RestauracaoImpedida, match="mais antiga que os selos publicados"):
        restore_full_backup(completo, into=new_name, switch=True)
    drop_database(new_name)
    done = restore_full_backup(completo, into=new_name)
    assert len(done.atraso) == 1
    assert "elo 3" in done.atraso[0]
    assert studio.name


def test_by_force_it_takes_the_place_and_its_months_can_be_closed_again(studio: Banco, new_name: str) -> None:
    completo = create_full_backup()
    reopen_extrato(SETEMBRO, quem=Quem(None, Papel.DONO, "teste"), motivo="faltou um pagamento")
    generate_extrato_with_atomic_transaction(9, 2025)
    published = get_heads_path().read_bytes()
    with hurried(), studio.connect(), pytest.raises(EmUso):
        restore_full_backup(completo, into=new_name, switch=True, accept_behind=True)
    assert get_heads_path().read_bytes() == published, "a switch that was not made puts nothing aside"
    drop_database(new_name)
    done = restore_full_backup(completo, into=new_name, switch=True, accept_behind=True)
    assert done.anterior is not None
    try:
        assert len(done.atraso) == 2
        assert done.selos_anteriores is not None
        assert done.selos_anteriores.read_bytes() == published
        assert done.selos_anteriores.parent == get_heads_path().parent
        assert [head["seq"] for head in read_heads(get_heads_path())] == [1, 2]
        reopen_extrato(SETEMBRO, quem=Quem(None, Papel.DONO, "teste"), motivo="faltou um pagamento")
        assert generate_extrato_with_atomic_transaction(9, 2025).versao == 2
        with db.transaction(read_only=True) as session:
            assert verify_cadeia(session) == []
    finally:
        drop_database(done.anterior)


def test_the_studio_of_before_keeps_its_date_under_a_long_name_too(studio: Banco, new_name: str) -> None:
    with renamed(studio, f"{studio.name}_".ljust(60, "x")) as long:
        done = restore_full_backup(create_full_backup(), into=new_name, switch=True)
        assert done.anterior is not None
        assert exists(long, long.name)
        assert find_databases(done.anterior) == [done.anterior]
        drop_database(done.anterior)


def test_another_chain_is_not_an_older_one(studio: Banco, new_name: str) -> None:
    completo = create_full_backup()
    reopen_extrato(SETEMBRO, quem=Quem(None, Papel.DONO, "teste"), motivo="faltou um pagamento")
    publish_another_seal(2)
    with pytest.raises(IntegrityBroken, match="outra corrente de selos") as caught:
        restore_full_backup(completo, into=new_name, switch=True, accept_behind=True)
    assert "elo 2 (2025-09)" in caught.value.message
    get_heads_path().write_text("lixo\nmais lixo\n", encoding="utf-8")
    with pytest.raises(IntegrityBroken, match="foi alterado"):
        restore_full_backup(completo, into=new_name, switch=True, accept_behind=True)
    assert not exists(studio, new_name)


def test_another_studios_copy_is_restored_beside_and_takes_no_place(studio: Banco, new_name: str) -> None:
    completo = create_full_backup()
    publish_another_seal(1)
    become_another_studio(studio)
    with studio.connect_as_superuser() as connection:
        connection.execute("delete from backups")
    assert list_completos() == []
    with time_machine.travel(clock.now() + timedelta(days=4000), tick=False):
        assert prune_full_backups() == []
    with pytest.raises(BackupAusente, match="--file"):
        find_completo()
    named = find_completo(completo.caminho)
    with pytest.raises(BackupDeOutroEstudio, match="sem --switch"):
        restore_full_backup(named, into=new_name, switch=True, accept_behind=True)
    assert not exists(studio, new_name)
    # The published seals are those of the studio that is here: they say nothing of the other's.
    done = restore_full_backup(named, into=new_name)
    assert (done.meses, done.atraso) == (3, [])
    assert list_registros() == {}, "it is no copy of this studio"


def test_a_studio_moves_into_one_that_was_only_installed(
    studio: Banco, new_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new machine has an identity of its own, and on the program's own server its database must have that name."""
    completo = create_full_backup()
    reopen_extrato(SETEMBRO, quem=Quem(None, Papel.DONO, "teste"), motivo="faltou um pagamento")
    fresh = Banco(studio.server, f"{studio.name}_nova")
    create_database(fresh.server, fresh.name, template=TEMPLATE)
    former = None
    try:
        use_database(monkeypatch, fresh.server, fresh.name)
        become_another_studio(fresh)
        named = find_completo(completo.caminho)
        with pytest.raises(RestauracaoImpedida, match="mais antiga que os selos publicados"):
            restore_full_backup(named, into=new_name, switch=True)
        drop_database(new_name)
        former = restore_full_backup(named, into=new_name, switch=True, accept_behind=True).anterior
        with fresh.connect() as connection:
            assert count_in_sql(connection, SETEMBRO).totais[7][0]
        assert find_completo() == completo, "the copies are its own again"
    finally:
        use_database(monkeypatch, studio.server, studio.name)
        for name in filter(None, (fresh.name, former)):
            drop_database(name)


def test_it_takes_the_place_of_the_studio_when_nobody_is_connected(studio: Banco, new_name: str) -> None:
    completo = create_full_backup()
    with studio.connect() as connection:
        connection.execute("update clientes set nome = 'Depois da cópia' where id = 1")
        with hurried(), pytest.raises(EmUso, match="alguém conectado"):
            restore_full_backup(completo, into=new_name, switch=True)
    drop_database(new_name)
    done = restore_full_backup(completo, into=new_name, switch=True)
    assert done.anterior is not None
    try:
        with db.transaction(read_only=True) as session:
            assert verify_cadeia(session) == []
        with studio.connect() as connection, connect_to(done.anterior) as former:
            assert connection.execute("select nome from clientes where id = 1").fetchone() == ("=1+1",)
            assert former.execute("select nome from estudio.clientes where id = 1").fetchone() == ("Depois da cópia",)
        publish_heads()
    finally:
        drop_database(done.anterior)


def test_it_never_goes_over_a_database_that_is_there(studio: Banco) -> None:
    completo = create_full_backup()
    with pytest.raises(JaExiste):
        restore_full_backup(completo, into=studio.name)
    with studio.connect() as connection:
        assert count_in_sql(connection, SETEMBRO).totais[7][0]


def test_a_damaged_dump_is_found_and_restores_nothing(studio: Banco, new_name: str) -> None:
    completo = create_full_backup()
    chance = random.Random(5)
    for path in (completo.caminho, completo.caminho.with_suffix(".json")):
        whole = path.read_bytes()
        for damaged in (flip(whole, chance), flip(whole, chance), whole[:-1], b"", whole + b"\0"):
            path.write_bytes(damaged)
            with pytest.raises(BackupDanificado):
                restore_full_backup(find_completo(completo.caminho), into=new_name)
            path.write_bytes(whole)
    with studio.connect_as_superuser() as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", [new_name]).fetchone()
    assert found is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("update estudio.pagamentos set valor_centavos = 5 where mes = '2025-10-01'", "Outubro/2025 difere"),
        ("select setval('estudio.gastos_id_seq', 1)", "gastos recomeçaria"),
        (
            "alter table estudio.selos disable trigger all; delete from estudio.selos where seq = 2",
            "não diz o que foi selado",
        ),
    ],
)
def test_what_differs_from_its_manifest_is_dropped_again(
    studio: Banco, new_name: str, monkeypatch: pytest.MonkeyPatch, change: LiteralString, says: str
) -> None:
    completo = create_full_backup()
    restore = backup_retorno._restore

    def restore_and_change(of: Completo, into: str) -> None:
        restore(of, into)
        with psycopg.connect(studio.server.superuser_url(into), autocommit=True) as superuser:
            superuser.execute("alter table estudio.extratos drop constraint extratos_selo_fk")
            superuser.execute(change)

    monkeypatch.setattr(backup_retorno, "_restore", restore_and_change)
    with pytest.raises(IntegrityBroken, match=says):
        restore_full_backup(completo, into=new_name)
    with studio.connect_as_superuser() as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", [new_name]).fetchone()
    assert found is None


def test_a_drill_leaves_nothing_but_its_outcome(studio: Banco, monkeypatch: pytest.MonkeyPatch) -> None:
    completo = create_full_backup()

    def look() -> tuple[str | None, list[tuple[str]], int]:
        (row,) = [row for row in list_registros().values() if row.arquivo == completo.caminho.name]
        with studio.connect_as_superuser() as behind:
            left = behind.execute("select datname from pg_database where datname like 'estudio_ensaio_%'").fetchall()
            audited = behind.execute("select count(*) from auditoria").fetchone()
        assert audited is not None
        return row.resultado if row.ensaiado_em else None, left, audited[0]

    before = look()
    assert drill_full_backup(completo) == 3
    assert look() == (IGUAL, [], before[2])

    def refuse(_of: Completo, into: str) -> None:
        raise IntegrityBroken(f"{into} não é o da cópia.")

    monkeypatch.setattr(backup_retorno, "_restore", refuse)
    with pytest.raises(IntegrityBroken):
        drill_full_backup(completo)
    assert look() == ("ensaio: integridade", [], before[2])


def test_what_another_thread_does_during_a_drill_is_done_in_the_studio(
    studio: Banco, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker has two jobs at once: a month that closes meanwhile must not be closed in a database that is dropped."""
    worked_in: list[str] = []
    real = schema.list_pending

    def look() -> None:
        with db.transaction(read_only=True) as session, db.connect() as apart, db.connect_owner() as owner:
            for connection in (db.raw(session), apart, owner):
                worked_in.append(connection.info.dbname)

    def list_pending() -> list[str]:
        other = threading.Thread(target=look)
        other.start()
        other.join()
        look()
        return real()

    monkeypatch.setattr(schema, "list_pending", list_pending)
    drill_full_backup(create_full_backup())
    look()
    drill = worked_in[3]
    assert drill.startswith("estudio_ensaio_")
    assert worked_in == [studio.name] * 3 + [drill] * 3 + [studio.name] * 3


def test_what_is_entered_while_the_dump_is_written_is_not_in_it(
    studio: Banco, new_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dump and what its manifest says of it are of one moment."""

    def enter_and_dump(programa: Programa, *args: str, url: str, sink: Sink) -> None:
        with studio.connect() as connection:
            connection.execute(
                """insert into pagamentos (data, valor_centavos, forma, artista_id, percentual)
                   values ('2025-10-02', 1, 'pix', 1, 0), ('2025-12-02', 1, 'pix', 1, 0)"""
            )
        stream_output(programa, *args, url=url, sink=sink)

    monkeypatch.setattr(backup_completo, "stream_output", enter_and_dump)
    completo = create_full_backup()
    assert restore_full_backup(completo, into=new_name).meses == 3
    with connect_to(new_name) as there:
        assert there.execute("select count(*) from estudio.pagamentos where mes >= '2025-10-01'").fetchone() == (1,)


@pytest.mark.usefixtures("studio")
def test_old_dumps_go_but_the_newest_and_the_last_verified_stay() -> None:
    with time_machine.travel(clock.now() - timedelta(days=90), tick=False):
        made = [create_full_backup()]
    made += [redate(made[0], made[0].criado_em + timedelta(days=days)) for days in range(1, 10)]
    verify_full_backup(made[1])
    assert [c.caminho for c in list_completos()] == [c.caminho for c in reversed(made)]
    assert {c.caminho for c in prune_full_backups(dry_run=True)} == {made[0].caminho, made[2].caminho}
    prune_full_backups()
    assert [c.caminho for c in list_completos()] == [c.caminho for c in (*reversed(made[3:]), made[1])]
    assert prune_full_backups() == []


@pytest.mark.usefixtures("studio")
def test_one_made_while_the_clock_was_ahead_is_not_the_newest() -> None:
    with time_machine.travel(clock.now() + timedelta(days=40), tick=False):
        ahead = create_full_backup()
        # Nor does a clock that is ahead take away what it makes old.
        assert prune_full_backups() == []
    assert find_completo() == ahead, "it is better than none"
    made = redate(ahead, clock.now() - timedelta(days=1))
    assert find_completo() == made
    assert list_completos() == [made, ahead]
    with time_machine.travel(ahead.criado_em, tick=False):
        assert find_completo() == ahead


@pytest.mark.usefixtures("studio")
def test_a_clock_that_is_ahead_leaves_a_week_of_copies() -> None:
    made = [create_full_backup()]
    made += [redate(made[0], made[0].criado_em - timedelta(days=days)) for days in range(1, 9)]
    with time_machine.travel(clock.now() + timedelta(days=4000), tick=False):
        prune_full_backups()
    assert list_completos() == made[:7]


@pytest.mark.usefixtures("studio")
def test_a_dump_without_a_manifest_goes_when_it_is_as_old_as_those_that_go() -> None:
    """A run that was killed, or found the disk full, leaves one as large as a copy, which nothing lists."""
    left, damaged = (create_full_backup().caminho for _ in range(2))
    left.with_suffix(".json").unlink()
    damaged.with_suffix(".json").write_bytes(b"{}")
    prune_full_backups()
    assert left.exists()
    with time_machine.travel(clock.now() + timedelta(days=40), tick=False):
        prune_full_backups(dry_run=True)
        assert left.exists()
        prune_full_backups()
    assert not left.exists()
    assert damaged.exists(), "it is evidence"


def test_none_at_all_is_a_refusal(studio: Banco) -> None:
    assert studio.name
    with pytest.raises(BackupAusente, match="--full"):
        find_completo()


@pytest.mark.usefixtures("studio")
def test_a_tool_that_fails_leaves_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    false = tmp_path / "pg_dump"
    said = (
        'Dora?\npg_dump: error: no, not as an integer: "Dora"\nDETAIL:  Failing row contains (1, Dora).\n'
        'CONTEXT:  COPY x, line 1: "Dora"\npg_dump: hint: …'
    )
    false.write_text(f"#!/bin/sh\necho half a dump\necho '{said}' >&2\nexit 1\n", encoding="utf-8")
    false.chmod(0o755)
    found = find_programa("pg_restore", server=15)
    monkeypatch.setattr(backup_ferramentas, "_list_places", lambda name: [false if name == "pg_dump" else found.path])
    monkeypatch.setattr(backup_ferramentas, "_read_major", lambda path: backup_ferramentas.Programa(path, 99))
    with pytest.raises(
        CopiaCompletaFalhou, match=r": pg_dump: error: no, not as an integer: … pg_dump: hint"
    ) as failed:
        create_full_backup()
    # It is logged, and sent in an alert.
    assert "Dora" not in str(failed.value)
    assert list_completos() == []
    assert list((tmp_path / "backups" / "completo").iterdir()) == []


def test_a_tool_older_than_the_server_is_not_taken() -> None:
    with pytest.raises(FerramentaAusente, match="pg_dump da versão 99"):
        find_programa("pg_dump", server=99)
    assert find_programa("pg_dump", server=15).major >= 15
    assert find_programa("pg_restore", server=15, at_least=18).major >= 18
