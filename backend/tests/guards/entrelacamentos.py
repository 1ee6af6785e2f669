"""One writer and one transition on two real connections, in every order that matters.

Each case has a month of its own, later than those of the cases before it. Nobody sleeps a guess: that a connection
waits is read from the server, and what is awaited next is said by the schedule.
"""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any, Final, LiteralString

import psycopg
from guards.palco import HOJE, MOTIVO, Connection, Enderecos, Livros, call, close, count, fill_cast, insert
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.types.json import Jsonb

ORDENS: Final = ("escrita antes", "transição antes", "transição quase no fim", "escrita começa antes e acaba depois")
ISOLAMENTOS: Final[tuple[LiteralString, ...]] = ("read committed", "repeatable read", "serializable")
TRANSICOES: Final = ("fechar", "reabrir")

# Beyond this a connection that neither waits nor ends is an anomaly of the harness itself.
PACIENCIA_SEGUNDOS: Final = 20

PRIMEIRO_MES: Final = date(2001, 1, 1)
OUTRO_MES: Final = date(2024, 6, 1)
"""Open all the time; later than every month of a case."""


@dataclass(frozen=True, slots=True)
class Caso:
    escrita: str
    ordem: str
    isolamento: LiteralString
    transicao: str

    def __str__(self) -> str:
        return f"{self.transicao} × {self.escrita} × {self.ordem} × {self.isolamento}"


@dataclass
class Cena:
    """The month of one case, by the ids of what is in it."""

    mes: date
    livros: Livros
    pagamento: int
    sem_sessao: int
    de_fora: int
    sessao_livre: int


@dataclass
class Resultado:
    """`anomalias` empty is the only good answer; `esperas` counts who was seen waiting."""

    casos: int = 0
    anomalias: list[str] = field(default_factory=list)
    esperas: Counter[str] = field(default_factory=Counter)
    respostas: Counter[str] = field(default_factory=Counter)
    segundos: float = 0

    def format(self) -> str:
        respostas = " · ".join(f"{estado} {n}" for estado, n in self.respostas.most_common())
        esperas = " · ".join(f"{quem} {n}" for quem, n in self.esperas.most_common())
        return (
            f"{self.casos} casos, {len(self.anomalias)} anomalias, {self.segundos:.1f} s\n"
            f"  escritas: {respostas}\n  viu-se esperar: {esperas}"
        )


def list_casos() -> list[Caso]:
    """The 144 cases of the proof, and 48 in which the writer comes when the transition has only its COMMIT to do."""
    return [
        Caso(escrita, ordem, isolamento, transicao)
        for transicao, escrita, ordem, isolamento in product(TRANSICOES, ESCRITAS, ORDENS, ISOLAMENTOS)
    ]


def run_entrelacamentos(
    enderecos: Enderecos,
    casos: Iterable[Caso],
    *,
    fail_fast: bool = False,
    isolamento_da_transicao: LiteralString = "read committed",
) -> Resultado:
    """Play each case on months of its own. The isolation of the transition is for the negative controls."""
    resultado = Resultado()
    started = time.monotonic()
    with ExitStack() as stack:
        dupla = _Dupla(
            escritor=stack.enter_context(enderecos.connect()),
            fechador=stack.enter_context(enderecos.connect()),
            palco=stack.enter_context(enderecos.connect()),
            camera=stack.enter_context(enderecos.connect("super")),
            pool=stack.enter_context(ThreadPoolExecutor(1)),
            isolamento_da_transicao=isolamento_da_transicao,
            resultado=resultado,
        )
        livros = fill_cast(dupla.palco)
        for caso, mes in zip(casos, _list_meses(), strict=False):
            resultado.casos += 1
            resultado.anomalias += [f"{caso}: {anomalia}" for anomalia in dupla.play(caso, livros, mes)]
            if resultado.anomalias and fail_fast:
                break
    resultado.segundos = time.monotonic() - started
    return resultado


def _list_meses() -> Iterator[date]:
    mes = PRIMEIRO_MES
    while mes < OUTRO_MES:
        yield mes
        mes = date(mes.year + mes.month // 12, mes.month % 12 + 1, 1)


@dataclass
class _Dupla:
    """The two connections, a third that prepares and looks, and a superuser's that sees who waits."""

    escritor: Connection
    fechador: Connection
    palco: Connection
    camera: Connection
    pool: ThreadPoolExecutor
    isolamento_da_transicao: LiteralString
    resultado: Resultado
    _anomalias: list[str] = field(default_factory=list)

    def play(self, caso: Caso, livros: Livros, mes: date) -> list[str]:
        self._anomalias = []
        try:
            cena = _prepare(self.palco, livros, mes)
            if caso.transicao == "reabrir":
                close(self.palco, mes)
            antes = count(self.palco, mes)["conteudo_sha256"]
            estado = _ORDENS[caso.ordem](self, caso, cena)
            if estado == "40001":
                # Once more, as every deed of the program is tried: now it sees what was decided.
                estado = self._write_alone(caso, cena)
            self._expect_estado(caso, estado)
            self._judge(caso, cena, antes, aceita=estado is None)
        except psycopg.Error as error:
            self._anomalias.append(f"{error.sqlstate or type(error).__name__}: {error}")
        finally:
            for connection in (self.escritor, self.fechador):
                if connection.info.transaction_status != TransactionStatus.IDLE:
                    connection.execute("rollback")
        return self._anomalias

    # The orders: each returns the SQLSTATE that refused the write, or None.

    def write_first(self, caso: Caso, cena: Cena) -> str | None:
        estado = self._write(caso, cena)
        travando = self.pool.submit(self._lock, cena)
        self._expect_wait(travando, self.fechador, "transição", esperado=estado is None)
        if estado is None:
            self.escritor.execute("commit")
        travando.result(PACIENCIA_SEGUNDOS)
        self._finish(caso, cena)
        self.fechador.execute("commit")
        return estado

    def transition_first(self, caso: Caso, cena: Cena) -> str | None:
        self._lock(cena)
        escrevendo = self.pool.submit(self._write, caso, cena)
        self._expect_wait(escrevendo, self.escritor, "escrita", esperado=True)
        self._finish(caso, cena)
        self.fechador.execute("commit")
        return self._end_write(escrevendo.result(PACIENCIA_SEGUNDOS))

    def transition_almost_done(self, caso: Caso, cena: Cena) -> str | None:
        self._lock(cena)
        self._finish(caso, cena)
        escrevendo = self.pool.submit(self._write, caso, cena)
        self._expect_wait(escrevendo, self.escritor, "escrita", esperado=True)
        self.fechador.execute("commit")
        return self._end_write(escrevendo.result(PACIENCIA_SEGUNDOS))

    def write_around(self, caso: Caso, cena: Cena) -> str | None:
        self._begin_write(caso)
        self.escritor.execute("select count(*) from estudio.pagamentos")
        self._lock(cena)
        self._finish(caso, cena)
        self.fechador.execute("commit")
        return self._end_write(self._try(ESCRITAS[caso.escrita], cena))

    # The writer.

    def _write_alone(self, caso: Caso, cena: Cena) -> str | None:
        return self._end_write(self._write(caso, cena))

    def _write(self, caso: Caso, cena: Cena) -> str | None:
        self._begin_write(caso)
        return self._try(ESCRITAS[caso.escrita], cena)

    def _begin_write(self, caso: Caso) -> None:
        self.escritor.execute(sql.SQL("begin isolation level {}").format(sql.SQL(caso.isolamento)))

    def _try(self, escrita: "Escrita", cena: Cena) -> str | None:
        try:
            escrita(self.escritor, cena)
        except psycopg.Error as error:
            self.escritor.execute("rollback")
            return error.sqlstate or type(error).__name__
        return None

    def _end_write(self, estado: str | None) -> str | None:
        if estado is not None:
            return estado
        try:
            self.escritor.execute("commit")
        except psycopg.Error as error:
            return error.sqlstate or type(error).__name__
        return None

    # The transition.

    def _lock(self, cena: Cena) -> None:
        begin = sql.SQL("begin isolation level {}").format(sql.SQL(self.isolamento_da_transicao))
        self.fechador.execute(begin)
        self.fechador.execute("select estudio.travar_competencia(%s)", [cena.mes])

    def _finish(self, caso: Caso, cena: Cena) -> None:
        if caso.transicao == "reabrir":
            call(self.fechador, "select estudio.reabrir_competencia(%s, %s, null, %s)", cena.mes, uuid.uuid4(), MOTIVO)
            return
        counted = count(self.fechador, cena.mes)
        esperado = Jsonb({k: counted[k] for k in ("totais", "por_dia")})
        query = "select estudio.fechar_competencia(%s, %s, %s, null, %s, null)"
        call(self.fechador, query, cena.mes, HOJE, uuid.uuid4(), esperado)

    # What is seen.

    def _expect_wait(self, future: Future[Any], connection: Connection, quem: str, *, esperado: bool) -> None:
        esperou = wait_until_blocked(self.camera, future, connection.info.backend_pid)
        if esperou:
            self.resultado.esperas[quem] += 1
        if esperou != esperado:
            self._anomalias.append(f"{quem} {'esperou' if esperou else 'não esperou'}")

    def _expect_estado(self, caso: Caso, estado: str | None) -> None:
        self.resultado.respostas[estado or "aceita"] += 1
        escrita_antes = caso.ordem == "escrita antes"
        esperado = None if escrita_antes == (caso.transicao == "fechar") else "P0F01"
        if estado != esperado:
            self._anomalias.append(f"a escrita respondeu {estado or 'aceita'}, esperado {esperado or 'aceita'}")

    def _judge(self, caso: Caso, cena: Cena, antes: str, *, aceita: bool) -> None:
        """Whatever happened: acknowledged is in the rows, refused is not, and what is sealed is what is there."""
        depois = count(self.palco, cena.mes)["conteudo_sha256"]
        if (depois != antes) != aceita:
            self._anomalias.append("a escrita aceita se perdeu" if aceita else "a escrita recusada ficou")
        estado = call(self.palco, "select estado from estudio.competencias where mes = %s", cena.mes)
        if estado != {"fechar": "fechada", "reabrir": "aberta"}[caso.transicao]:
            self._anomalias.append(f"o mês ficou {estado}")
        if caso.transicao == "reabrir":
            close(self.palco, cena.mes)
        selado = call(
            self.palco, "select conteudo_sha256 from estudio.extratos where mes = %s and estado = 'vigente'", cena.mes
        )
        if selado != depois:
            self._anomalias.append("SELADO ≠ LINHAS")


_ORDENS: Final[dict[str, Callable[[_Dupla, Caso, Cena], str | None]]] = dict(
    zip(
        ORDENS,
        (_Dupla.write_first, _Dupla.transition_first, _Dupla.transition_almost_done, _Dupla.write_around),
        strict=True,
    )
)


def wait_until_blocked(camera: Connection, future: Future[Any], pid: int) -> bool:
    """True as soon as the server says that this backend waits for a lock; False when the call ended without waiting."""
    deadline = time.monotonic() + PACIENCIA_SEGUNDOS
    while not future.done():
        if call(camera, "select cardinality(pg_blocking_pids(%s)) > 0", pid):
            return True
        assert time.monotonic() < deadline, "a connection neither waits nor ends"
        time.sleep(0.001)
    return False


Escrita = Callable[[Connection, Cena], None]


def _prepare(connection: Connection, livros: Livros, mes: date) -> Cena:
    dia = mes.replace(day=10)
    comum = {"forma": "pix", "artista_id": livros.bia, "cliente_id": livros.dora}
    cena = Cena(
        mes,
        livros,
        pagamento=insert(connection, "pagamentos", **comum, data=dia, valor_centavos=20_000, percentual=4000),
        sem_sessao=insert(connection, "pagamentos", **comum, data=dia, valor_centavos=15_000, percentual=0),
        de_fora=insert(connection, "pagamentos", **comum, data=OUTRO_MES, valor_centavos=9_000, percentual=4000),
        sessao_livre=_book(connection, livros, dia),
    )
    _pay(connection, livros.bia, cena.pagamento, mes, 8_000)
    _pay(connection, livros.bia, cena.de_fora, OUTRO_MES, 3_600)
    _link(connection, _book(connection, livros, dia), cena.pagamento, mes)
    return cena


def _book(connection: Connection, livros: Livros, dia: date) -> int:
    return insert(connection, "sessoes", data=dia, artista_id=livros.bia, cliente_id=livros.dora, valor_centavos=100)


def _pay(connection: Connection, artista: int, pagamento: int, mes: date, valor: int) -> None:
    insert(
        connection,
        "comissoes",
        pagamento_id=pagamento,
        mes=mes,
        artista_id=artista,
        percentual=4000,
        valor_centavos=valor,
    )


def _link(connection: Connection, sessao: int, pagamento: int, mes: date) -> None:
    connection.execute(
        "update estudio.sessoes set payment_id = %s, payment_mes = %s where id = %s", [pagamento, mes, sessao]
    )


def _insert(connection: Connection, cena: Cena) -> None:
    insert(
        connection,
        "pagamentos",
        data=cena.mes.replace(day=12),
        valor_centavos=11_111,
        forma="pix",
        artista_id=cena.livros.bia,
        percentual=0,
    )


def _change_value(connection: Connection, cena: Cena) -> None:
    connection.execute("update estudio.pagamentos set valor_centavos = 20001 where id = %s", [cena.pagamento])


def _change_artist(connection: Connection, cena: Cena) -> None:
    artista = [cena.livros.ana, cena.pagamento]
    connection.execute("update estudio.pagamentos set artista_id = %s where id = %s", artista)
    connection.execute("update estudio.comissoes set artista_id = %s where pagamento_id = %s", artista)


def _move_in(connection: Connection, cena: Cena) -> None:
    connection.execute("update estudio.pagamentos set data = %s where id = %s", [cena.mes, cena.de_fora])


def _move_out(connection: Connection, cena: Cena) -> None:
    connection.execute("update estudio.pagamentos set data = %s where id = %s", [OUTRO_MES, cena.pagamento])


def _delete(connection: Connection, cena: Cena) -> None:
    connection.execute("delete from estudio.pagamentos where id = %s", [cena.pagamento])


def _add_commission(connection: Connection, cena: Cena) -> None:
    _pay(connection, cena.livros.ana, cena.pagamento, cena.mes, 8_000)


def _link_session(connection: Connection, cena: Cena) -> None:
    _link(connection, cena.sessao_livre, cena.sem_sessao, cena.mes)


ESCRITAS: Final[dict[str, Escrita]] = {
    "insert": _insert,
    "change value": _change_value,
    "change artist": _change_artist,
    "move in": _move_in,
    "move out": _move_out,
    "delete": _delete,
    "add commission": _add_commission,
    "link session": _link_session,
}
