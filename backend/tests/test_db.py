"""The database: transactions, their retry, what errors become, and addresses that lead nowhere."""

import socket
import struct
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import psycopg
import pytest
from conftest import NOWHERE, Banco
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from estudio import config, db
from estudio.db_connection import parse_address
from estudio.db_refusals import translate
from estudio.domain.errors import (
    BancoIndisponivel,
    BancoRecusou,
    CompetenciaFechada,
    ConfiguracaoInvalida,
    DadosInvalidos,
    DataInvalida,
    EmUso,
    JaExiste,
    MigracaoRecusada,
    Ocupado,
    OutcomeUnknown,
    Refusal,
    RegistroPermanente,
    TempoEsgotado,
    TextoInvalido,
    UltimoDono,
    UsageRefusal,
    ValorInvalido,
)

ITEM = text("insert into itens (nome) values (:nome)")
COUNT = text("select count(*) from itens")


GASTO = "insert into gastos (data, valor_centavos, descricao, forma) values"


def count_itens() -> object:
    with db.transaction(read_only=True) as session:
        return session.scalar(COUNT)


# --- transactions ---------------------------------------------------------------------------------------------------


def test_a_transaction_commits_at_the_end_of_its_block(banco: Banco) -> None:
    with db.transaction() as session:
        session.execute(ITEM, {"nome": "Agulhas"})
    with banco.connect() as other:
        assert other.execute("select nome from estudio.itens").fetchall() == [("Agulhas",)]


@pytest.mark.usefixtures("banco")
def test_whatever_leaves_the_block_rolls_back() -> None:
    def deed(error: BaseException) -> None:
        with db.transaction() as session:
            session.execute(ITEM, {"nome": "Agulhas"})
            raise error

    for error in (KeyError("nossa"), KeyboardInterrupt(), ValorInvalido("Nada feito.")):
        with pytest.raises(type(error)):
            deed(error)
    assert count_itens() == 0


@pytest.mark.usefixtures("banco")
def test_a_read_only_transaction_refuses_to_write() -> None:
    for statement in (
        "insert into itens (nome) values ('x')",
        "update itens set nome = 'y'",
        "delete from gastos",
    ):
        with pytest.raises(Exception, match="read-only transaction"), db.transaction(read_only=True) as session:
            session.execute(text(statement))
    # The connection went back to the pool, and is not read-only for the next one.
    with db.transaction() as session:
        session.execute(ITEM, {"nome": "Agulhas"})
    assert count_itens() == 1


@pytest.mark.usefixtures("banco")
def test_read_only_holds_for_the_raw_connection_too() -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), db.transaction(read_only=True) as session:
        with db.raw(session).cursor().copy("copy itens (nome) from stdin") as copy:
            copy.write_row(["Agulhas"])


@pytest.mark.parametrize("default", ["serializable", "repeatable read"])
def test_the_isolation_is_said_whatever_the_server_thinks(banco: Banco, default: str) -> None:
    with banco.connect_as_superuser() as superuser:
        superuser.execute(
            sql.SQL("alter database {} set default_transaction_isolation = {}").format(
                sql.Identifier(banco.name), sql.Literal(default)
            )
        )
    with db.transaction() as session:
        assert session.scalar(text("show transaction_isolation")) == "read committed"
    with db.transaction(isolation="SERIALIZABLE") as session:
        assert session.scalar(text("show transaction_isolation")) == "serializable"
    with db.transaction() as session:
        assert session.scalar(text("show transaction_isolation")) == "read committed"


@pytest.mark.usefixtures("banco")
def test_the_session_is_the_same_on_every_server() -> None:
    with db.transaction(read_only=True) as session, db.connect() as connection:
        for name, value in {
            "timezone": "UTC",
            "datestyle": "ISO",
            "search_path": "estudio,pg_temp",
            "jit": "off",
            "application_name": "estudio",
            "idle_in_transaction_session_timeout": "1min",
            "client_connection_check_interval": "1s",
        }.items():
            for found in (
                session.scalar(text("select current_setting(:n)"), {"n": name}),
                connection.execute("select current_setting(%s)", [name]).fetchall()[0][0],
            ):
                assert str(found).split(", ")[0] == value
        assert session.scalar(text("show lock_timeout")) == "10s"


@pytest.mark.usefixtures("banco")
def test_a_failure_that_was_swallowed_is_not_committed_as_if_it_had_gone_well() -> None:
    def deed() -> None:
        with db.transaction() as session:
            session.execute(ITEM, {"nome": "Agulhas"})
            with suppress(psycopg.errors.DivisionByZero):
                db.raw(session).execute("select 1/0")

    with pytest.raises(RuntimeError, match="nothing left to commit"):
        deed()
    assert count_itens() == 0


def test_an_answer_to_commit_that_is_lost_is_an_unknown_outcome(banco: Banco) -> None:
    with banco.connect_as_superuser() as superuser:
        # The server ends this connection in the midst of its COMMIT.
        superuser.execute("grant create on schema estudio to estudio_app")
        superuser.execute(
            """create function estudio.cair() returns trigger language plpgsql security definer as
               $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return null; end $$;
               create constraint trigger cair after insert on estudio.itens deferrable initially deferred
               for each row execute function estudio.cair()"""
        )
    with pytest.raises(OutcomeUnknown), db.transaction() as session:
        session.execute(ITEM, {"nome": "Agulhas"})


def test_a_connection_that_died_before_commit_says_so_and_the_next_one_works(banco: Banco) -> None:
    def deed() -> None:
        with db.transaction() as session, banco.connect_as_superuser() as superuser:
            session.execute(ITEM, {"nome": "Agulhas"})
            pid = session.scalar(text("select pg_backend_pid()"))
            superuser.execute("select pg_terminate_backend(%s, 5000)", [pid])
            session.execute(ITEM, {"nome": "Tinta"})

    with pytest.raises(BancoIndisponivel):
        deed()
    assert count_itens() == 0


# --- a second attempt -----------------------------------------------------------------------------------------------


def meet_in_a_deadlock(deed: Callable[[Session, tuple[int, int], threading.Barrier], None]) -> list[Refusal]:
    """Two threads do the deed on the same two rows, in opposite order, and wait for each other in between."""
    with db.transaction() as session:
        session.execute(text("insert into itens (nome) values ('a'), ('b')"))
        first, second = session.scalars(text("select id from itens order by id")).all()
    barrier = threading.Barrier(2)
    failures: list[Refusal] = []

    def work(order: tuple[int, int]) -> None:
        met = False

        def once(session: Session) -> None:
            nonlocal met
            waiting = threading.Barrier(1) if met else barrier
            met = True
            deed(session, order, waiting)

        try:
            db.run(once)
        except Refusal as refusal:
            failures.append(refusal)

    threads = [threading.Thread(target=work, args=[order]) for order in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


@pytest.mark.usefixtures("banco")
def test_a_deadlock_is_tried_once_more_and_reaches_nobody() -> None:
    def deed(session: Session, order: tuple[int, int], barrier: threading.Barrier) -> None:
        add = text("update itens set quantidade = quantidade + 1 where id = :id")
        session.execute(add, {"id": order[0]})
        barrier.wait(timeout=10)
        session.execute(add, {"id": order[1]})

    assert meet_in_a_deadlock(deed) == []
    with db.transaction(read_only=True) as session:
        assert session.scalars(text("select quantidade from itens")).all() == [2, 2]


@pytest.mark.usefixtures("banco")
def test_a_deed_is_tried_twice_and_no_more() -> None:
    attempts = 0

    def deed(session: Session) -> None:
        nonlocal attempts
        attempts += 1
        session.execute(text("do $$ begin raise exception 'conflito' using errcode = '40001'; end $$"))

    with pytest.raises(Ocupado):
        db.run(deed)
    assert attempts == 2


@pytest.mark.usefixtures("banco")
def test_what_another_attempt_would_not_cure_is_tried_once() -> None:
    attempts = 0

    def deed(session: Session) -> None:
        nonlocal attempts
        attempts += 1
        session.execute(text("insert into itens (nome, quantidade) values ('x', -1)"))

    with pytest.raises(ValorInvalido, match="estoque"):
        db.run(deed)
    assert attempts == 1


@pytest.mark.usefixtures("banco")
def test_run_returns_what_the_deed_returns_and_commits() -> None:
    def deed(session: Session) -> str:
        session.execute(ITEM, {"nome": "Agulhas"})
        return "feito"

    assert db.run(deed) == "feito"
    assert count_itens() == 1


# --- what errors become ---------------------------------------------------------------------------------------------


def raise_in_sql(state: str, message: str = "erro", detail: str = "") -> str:
    using = f", detail = '{detail}'" if detail else ""
    return f"do $$ begin raise exception '{message}' using errcode = '{state}'{using}; end $$"


@pytest.mark.usefixtures("banco")
@pytest.mark.parametrize(
    ("statement", "refusal", "words"),
    [
        (
            raise_in_sql("P0F01", "competência 2025-09 fechada", '{"mes": "2025-09", "estado": "fechada"}'),
            CompetenciaFechada,
            "Setembro/2025 está fechado",
        ),
        (raise_in_sql("P0F02"), RegistroPermanente, "não pode ser alterado"),
        (raise_in_sql("P0F05"), Refusal, "em andamento"),
        (raise_in_sql("P0F06"), Refusal, "Só o dono"),
        (raise_in_sql("P0F07", "competência 2025-09 x", '{"estado": "fechada"}'), Refusal, "já está fechado"),
        (raise_in_sql("P0F07", "competência 2025-09 x", '{"estado": "aberta"}'), Refusal, "não está fechado"),
        (raise_in_sql("P0F07", "competência 2025-09 x", '{"estado": "selada"}'), Refusal, "está selado"),
        (raise_in_sql("P0F08", "o mês 2025-09 não", '["mes_nao_terminou"]'), Refusal, "mes_nao_terminou"),
        (raise_in_sql("P0F11", "x", '["2025-11", "2025-10"]'), Refusal, "Novembro/2025, Outubro/2025"),
        (raise_in_sql("P0F12", "x", '{"sessao_id": 7, "pagamento_id": 9}'), Refusal, "sessão 7 .* pagamento 9"),
        (raise_in_sql("P0F13"), UltimoDono, "último dono"),
        (raise_in_sql("P0F14"), Refusal, "motivo"),
        (raise_in_sql("55P03"), Ocupado, "mexendo"),
        (raise_in_sql("40P01"), Ocupado, "mexendo"),
        (raise_in_sql("57014"), TempoEsgotado, "tempo"),
        (raise_in_sql("57P01"), BancoIndisponivel, "não respondeu"),
        (raise_in_sql("53100"), Refusal, "disco"),
        ("set local statement_timeout = 1; select pg_sleep(1)", TempoEsgotado, "tempo"),
        ("select * from nao_existe", MigracaoRecusada, "estudio db migrate"),
        ("insert into itens (nome) values (null)", DadosInvalidos, "nome"),
        ("insert into itens (nome) values ('')", TextoInvalido, "nome está vazio"),
        (GASTO + " ('1999-12-31', 1, 'x', 'pix')", DataInvalida, "2000"),
        (GASTO + " ('2025-01-01', 0, 'x', 'pix')", ValorInvalido, "0,01"),
        (GASTO + " ('2025-01-01', 1, 'x', 'fiado')", DadosInvalidos, "não existe"),
        ("insert into formas (codigo, rotulo) values ('pix2', 'Pix')", JaExiste, "com esse nome"),
        ("insert into formas (codigo, rotulo) values ('pix', 'Outro Pix')", JaExiste, "igual"),
        ("delete from clientes where fundido_em is null", EmUso, "apontam"),
    ],
)  # fmt: skip
def test_an_error_of_the_database_is_a_sentence(statement: str, refusal: type[Refusal], words: str) -> None:
    with db.transaction() as session:
        session.execute(text("insert into clientes (nome, nome_busca) values ('Dora', 'dora')"))
        session.execute(
            text("insert into clientes (nome, nome_busca, fundido_em) select 'Dóra', 'dora', id from clientes")
        )
    with pytest.raises(refusal, match=words) as raised, db.transaction() as session:
        db.raw(session).execute(statement.encode())
    assert isinstance(raised.value.__cause__, psycopg.Error)


@pytest.mark.usefixtures("banco")
def test_a_nul_in_a_text_is_a_sentence() -> None:
    with pytest.raises(TextoInvalido, match="NUL"), db.transaction() as session:
        session.execute(ITEM, {"nome": "Agu\0lhas"})


@pytest.mark.usefixtures("banco")
def test_a_fault_of_ours_stays_what_it_is() -> None:
    for statement in ("selectt 1", "select 1/0", raise_in_sql("P0F03"), raise_in_sql("P0F15")):
        with pytest.raises(psycopg.Error) as raised, db.connect() as connection:
            connection.execute(statement.encode())
        assert translate(raised.value) is None


def test_a_constraint_that_has_a_sentence_exists(banco: Banco) -> None:
    from estudio.db_refusals import _SENTENCES

    with banco.connect() as connection:
        constraints = {row[0] for row in connection.execute("select conname from pg_constraint").fetchall()}
        constraints |= {row[0] for row in connection.execute("select indexname from pg_indexes").fetchall()}
        functions = connection.execute(
            "select string_agg(prosrc, '') from pg_proc where pronamespace = 'estudio'::regnamespace"
        )
        source = str(functions.fetchall()[0][0])
    for name in _SENTENCES:
        wanted = name.removeprefix("*")
        assert any(found.endswith(wanted) for found in constraints) or wanted in source, name


# --- addresses ------------------------------------------------------------------------------------------------------


def use(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    config.reset()
    db.reset()


def connect_once() -> None:
    with db.transaction(read_only=True) as session:
        session.scalar(text("select 1"))


def test_a_server_that_is_not_there_is_a_sentence_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "postgresql://estudio_app:agulha-fina@127.0.0.1:1/estudio")
    with pytest.raises(BancoIndisponivel, match=r"127\.0\.0\.1:1/estudio não respondeu.*DATABASE_URL") as refusal:
        connect_once()
    assert "agulha" not in str(refusal.value) + repr(refusal.value.details)


@pytest.mark.parametrize("what", ["password", "database", "role"])
def test_a_server_that_says_no_is_a_setting_that_is_wrong(
    banco: Banco, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    address = psycopg.conninfo.conninfo_to_dict(banco.app_url)
    secret = str(address["password"])
    use(
        monkeypatch,
        {
            "password": banco.app_url.replace(secret, "agulha-fina"),
            "database": banco.app_url.replace(banco.name, "outro_banco"),
            "role": banco.app_url.replace("estudio_app", "ninguem"),
        }[what],
    )
    with pytest.raises(BancoRecusou, match="recusou a entrada") as refusal:
        connect_once()
    assert isinstance(refusal.value, UsageRefusal)
    assert "agulha" not in refusal.value.message
    assert secret not in refusal.value.message


def test_special_characters_of_a_password_are_read_as_they_are_written() -> None:
    for password, written in {
        "a@b": "a@b",
        "a/b": "a%2Fb",
        "p:q": "p:q",
        "100%": "100%25",
        "ção": "%C3%A7%C3%A3o",
    }.items():
        address = parse_address(f"postgresql://estudio_app:{written}@servidor:5433/livros?sslmode=require", setting="X")
        assert (address["password"], address["host"], address["port"]) == (password, "servidor", "5433")
        assert (address["dbname"], address["user"], address["sslmode"]) == ("livros", "estudio_app", "require")


@pytest.mark.parametrize("url", ["postgresql://u:12/ab@servidor/livros", "postgresql://u:x/y@servidor/livros"])
def test_a_password_that_breaks_the_address_is_not_repeated(url: str) -> None:
    with pytest.raises(ConfiguracaoInvalida, match="%2F") as refusal:
        parse_address(url, setting="DATABASE_URL")
    assert "servidor/" not in refusal.value.message.replace("@servidor:5432/banco", "")


def test_a_parameter_that_does_not_exist_is_named_as_the_settings_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "postgresql://estudio_app:agulha@127.0.0.1:1/estudio?cor=azul")
    with pytest.raises(ConfiguracaoInvalida, match="DATABASE_URL tem um parâmetro") as refusal:
        connect_once()
    assert "agulha" not in refusal.value.message


def test_one_address_without_the_other_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for given, missing in (("DATABASE_URL", "DATABASE_OWNER_URL"), ("DATABASE_OWNER_URL", "DATABASE_URL")):
        monkeypatch.setenv(given, NOWHERE)
        monkeypatch.setenv(missing, "")
        config.reset()
        with pytest.raises(ConfiguracaoInvalida, match=f"Falta {missing}"):
            db.get_owner_url()


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def answer_as(version: str, encoding: str = "UTF8") -> bytes:
    """What a server says to one who logs in without a password: welcome, my version, ready."""

    def parameter(name: str, value: str) -> bytes:
        return message(b"S", f"{name}\0{value}\0".encode())

    return (
        message(b"R", struct.pack("!i", 0))
        + parameter("server_version", version)
        + parameter("server_encoding", encoding)
        + parameter("client_encoding", "UTF8")
        + message(b"K", struct.pack("!ii", 1, 1))
        + message(b"Z", b"I")
    )


def refuse_with(state: str, words: str) -> bytes:
    """What a server says to one whom it does not let in."""
    fields = {"S": "FATAL", "V": "FATAL", "C": state, "M": words}
    return message(b"E", "".join(f"{key}{value}\0" for key, value in fields.items()).encode() + b"\0")


@contextmanager
def pretend_server(answer: bytes) -> Generator[int, None, None]:
    """As much of a server as it takes to say its version, or no."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                while True:
                    (size,) = struct.unpack("!i", client.recv(4))
                    (code,) = struct.unpack("!i", client.recv(4))
                    client.recv(size - 8)
                    if code == 196_608:
                        break
                    client.sendall(b"N")
                client.sendall(answer)
                client.recv(100)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("version", ["12.22", "14.13 (Debian 14.13-1.pgdg120+1)", "9.6.24"])
def test_a_server_that_is_too_old_is_refused_with_the_version_found(
    monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    with pretend_server(answer_as(version)) as port:
        use(monkeypatch, f"postgresql://estudio_app@127.0.0.1:{port}/estudio?sslmode=disable&gssencmode=disable")
        with pytest.raises(BancoRecusou, match=f"PostgreSQL {version.split(maxsplit=1)[0]}.*precisa do 15") as refusal:
            connect_once()
    assert isinstance(refusal.value, UsageRefusal)


def test_a_database_that_is_not_utf8_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pretend_server(answer_as("16.4", "LATIN1")) as port:
        use(monkeypatch, f"postgresql://estudio_app@127.0.0.1:{port}/estudio?sslmode=disable&gssencmode=disable")
        with pytest.raises(BancoRecusou, match="LATIN1"):
            connect_once()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("57P03", "the database system is starting up"),
        ("57P03", "the database system is in recovery mode"),
        ("57P03", "the database system is not yet accepting connections"),
        ("57P03", "the database system is shutting down"),
        ("57P01", "terminating connection due to unexpected postmaster exit"),
        ("57P02", "terminating connection because of crash of another server process"),
        ("53300", "sorry, too many clients already"),
        ("53300", "remaining connection slots are reserved for roles with the SUPERUSER attribute"),
    ],
)
def test_a_server_that_cannot_just_now_is_away_and_no_setting_is_wrong(
    monkeypatch: pytest.MonkeyPatch, state: str, words: str
) -> None:
    with pretend_server(refuse_with(state, words)) as port:
        use(monkeypatch, f"postgresql://estudio_app@127.0.0.1:{port}/estudio?sslmode=disable&gssencmode=disable")
        with pytest.raises(BancoIndisponivel, match=words) as refusal:
            connect_once()
    assert not isinstance(refusal.value, UsageRefusal)
