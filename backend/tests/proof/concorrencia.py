"""Eight closers and four writers at once, in schedules that a seed decides, round after round on one studio.

Every writer keeps a ledger of what was acknowledged. At the end of a round the rows are the ledgers, no more and no
less; each month that stands closed adds up to its rows; and each reopening found the rows as they had been sealed.
"""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from typing import Final, LiteralString

import psycopg
from guards.palco import MOTIVO, Connection, Enderecos, Livros, call, close, count, fill_cast, insert, reopen
from psycopg import sql
from psycopg.pq import TransactionStatus

FECHADORES: Final = 8
ESCRITORES: Final = 4
FEITOS: Final = 10
"""Of each writer, and transitions tried by each closer, in a round."""

PAUSA_SEGUNDOS: Final = 0.008
"""The longest between two deeds, and that a closer holds its month before it counts. What is random is the schedule."""

MESES: Final = (date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1))
DEPOIS: Final = date(2025, 4, 1)
"""Never closed: rows can always go there."""

ISOLAMENTOS: Final[tuple[LiteralString, ...]] = ("read committed", "read committed", "repeatable read", "serializable")

# A snapshot older than a closing is tried again, as often as it meets one; a deadlock once, and never twice.
TENTATIVAS: Final = 8

# What a closer may hear: another one is at it, the month is in another state or not ready, a later one is closed.
OUVIDOS: Final = {"P0F05", "P0F07", "P0F08", "P0F11"}

SEGUNDOS_POR_RODADA: Final = 120


@dataclass(frozen=True, slots=True)
class Linha:
    """A payment as its writer knows it. Its comissão is a tenth of it, always."""

    dia: date
    valor: int


@dataclass
class Placar:
    """Figures of all rounds; `anomalias` empty is the only good answer."""

    rodadas: int = 0
    contagem: Counter[str] = field(default_factory=Counter)
    anomalias: list[str] = field(default_factory=list)
    segundos: float = 0
    _trava: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def tell(self, what: str) -> None:
        with self._trava:
            self.contagem[what] += 1

    def accuse(self, what: str) -> None:
        with self._trava:
            self.anomalias.append(what)

    def format(self) -> str:
        linhas = "\n".join(f"  {what:<40}{n:>8}" for what, n in sorted(self.contagem.items()))
        return (
            f"{self.rodadas} rodadas de {FECHADORES} fechadores × {ESCRITORES} escritores em {self.segundos:.0f} s, "
            f"{len(self.anomalias)} anomalias\n{linhas}"
        )


def run_rodadas(enderecos: Enderecos, *, rodadas: int, seed: int) -> Placar:
    """Play the rounds; the first anomaly ends them, and says its seed."""
    placar = Placar()
    started = time.monotonic()
    with ExitStack() as stack:
        palco, *todos = (stack.enter_context(enderecos.connect()) for _ in range(1 + FECHADORES + ESCRITORES))
        livros = fill_cast(palco)
        for rodada in range(rodadas):
            _Rodada(livros, placar, palco, random.Random(f"{seed}/{rodada}")).play(todos)
            placar.rodadas += 1
            if placar.anomalias:
                placar.accuse(f"semente {seed}, rodada {rodada}")
                break
    placar.segundos = time.monotonic() - started
    return placar


@dataclass
class _Rodada:
    """One round: rows prepared, all started at one barrier, the books held against the ledgers."""

    livros: Livros
    placar: Placar
    palco: Connection
    rng: random.Random
    comum: int = 0
    """A row of nobody, whose value all raise by one: what was acknowledged is told by the sum."""

    def play(self, todos: list[Connection]) -> None:
        self.comum = register(self.palco, self.livros, MESES[1], 50_000)
        escritores = [_Escritor(self, c, random.Random(self.rng.random())) for c in todos[FECHADORES:]]
        fechadores = [_Fechador(self, c, random.Random(self.rng.random())) for c in todos[:FECHADORES]]
        for escritor in escritores:
            escritor.prepare()
        largada = threading.Barrier(len(todos))
        runs = [quem.run for quem in escritores] + [quem.run for quem in fechadores]
        threads = [threading.Thread(target=run, args=[largada]) for run in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SEGUNDOS_POR_RODADA)
            assert not thread.is_alive(), "somebody waits for ever"
        self._judge(escritores)
        self._clear()

    def _judge(self, escritores: "list[_Escritor]") -> None:
        rows = self.palco.execute(_LINHAS).fetchall()
        found = {id_: (Linha(dia, valor), comissao) for id_, dia, valor, comissao in rows}
        told = {id_: linha for escritor in escritores for id_, linha in escritor.linhas.items()}
        aumentos = sum(escritor.aumentos for escritor in escritores)
        told[self.comum] = Linha(MESES[1], 50_000 + aumentos)
        for id_ in told.keys() | found.keys():
            linha, comissao = found.get(id_, (None, None))
            if linha != told.get(id_):
                self.placar.accuse(
                    f"pagamento {id_}: os livros dizem {linha}, a quem escreveu se disse {told.get(id_)}"
                )
            if linha is not None and id_ != self.comum and comissao != linha.valor // 10:
                self.placar.accuse(f"pagamento {id_}: comissão {comissao} de {linha.valor}")
        for mes, selado in self.palco.execute(_SELADOS).fetchall():
            self.placar.tell("meses fechados conferidos no fim")
            if count(self.palco, mes)["conteudo_sha256"] != selado:
                self.placar.accuse(f"{mes:%Y-%m}: o que está selado não são as linhas")

    def _clear(self) -> None:
        for mes in reversed(MESES):
            if call(self.palco, "select estado from estudio.competencias where mes = %s", mes) != "aberta":
                reopen(self.palco, mes)
        for tabela in ("sessoes", "pagamentos", "gastos"):
            self.palco.execute(sql.SQL("delete from estudio.{}").format(sql.Identifier(tabela)))


_LINHAS: Final = """
    select p.id, p.data, p.valor_centavos, c.valor_centavos
    from estudio.pagamentos p left join estudio.comissoes c on c.pagamento_id = p.id"""
_SELADOS: Final = "select mes, conteudo_sha256 from estudio.extratos where estado = 'vigente' order by mes"


def register(connection: Connection, livros: Livros, dia: date, valor: int) -> int:
    """A payment with its comissão and the sessão that it settles, in the transaction that is open."""
    pagamento = insert(
        connection,
        "pagamentos",
        data=dia,
        valor_centavos=valor,
        forma="pix",
        artista_id=livros.bia,
        percentual=1000,
    )
    partes = {"artista_id": livros.bia, "percentual": 1000, "valor_centavos": valor // 10}
    mes = dia.replace(day=1)
    insert(connection, "comissoes", pagamento_id=pagamento, mes=mes, **partes)
    paga = {"payment_id": pagamento, "payment_mes": mes}
    insert(connection, "sessoes", data=dia, artista_id=livros.bia, valor_centavos=valor, **paga)
    return pagamento


@dataclass
class _Escritor:
    """Writes rows of its own, and raises the one that is everybody's."""

    rodada: _Rodada
    connection: Connection
    rng: random.Random
    linhas: dict[int, Linha] = field(default_factory=dict)
    aumentos: int = 0

    def prepare(self) -> None:
        for mes in (*MESES, DEPOIS):
            dia = mes.replace(day=self.rng.randint(1, 28))
            self.linhas[register(self.rodada.palco, self.rodada.livros, dia, 10_000)] = Linha(dia, 10_000)

    def run(self, largada: threading.Barrier) -> None:
        largada.wait()
        deeds = (self._insert, self._edit, self._delete, self._move, self._raise)
        for _ in range(FEITOS):
            self.rng.choice(deeds)()
            # Closers hear mostly that another is at it: writers take their time, and meet those that are.
            time.sleep(self.rng.random() * PAUSA_SEGUNDOS * 3)

    def _insert(self) -> None:
        dia = self._pick_day()
        made: list[int] = []
        if self._try("insert", lambda: made.append(register(self.connection, self.rodada.livros, dia, 7_000))):
            self.linhas[made[-1]] = Linha(dia, 7_000)

    def _edit(self) -> None:
        id_, linha = self._pick_row()
        valor = self.rng.randint(1, 9_999) * 10

        def edit() -> None:
            self.connection.execute("update estudio.pagamentos set valor_centavos = %s where id = %s", [valor, id_])
            self.connection.execute(
                "update estudio.comissoes set valor_centavos = %s where pagamento_id = %s", [valor // 10, id_]
            )

        if self._try("edit", edit):
            self.linhas[id_] = Linha(linha.dia, valor)

    def _delete(self) -> None:
        id_, _linha = self._pick_row()
        if self._try("delete", lambda: self.connection.execute("delete from estudio.pagamentos where id = %s", [id_])):
            del self.linhas[id_]

    def _move(self) -> None:
        id_, linha = self._pick_row()
        dia = self._pick_day()
        statement: LiteralString = "update estudio.pagamentos set data = %s where id = %s"
        if self._try("move", lambda: self.connection.execute(statement, [dia, id_])):
            self.linhas[id_] = Linha(dia, linha.valor)

    def _raise(self) -> None:
        if self._try("raise", lambda: self.connection.execute(_AUMENTO, [self.rodada.comum])):
            self.aumentos += 1

    def _pick_day(self) -> date:
        return self.rng.choice((*MESES, DEPOIS)).replace(day=self.rng.randint(1, 28))

    def _pick_row(self) -> tuple[int, Linha]:
        if not self.linhas:
            dia = DEPOIS.replace(day=2)
            self.linhas[register(self.connection, self.rodada.livros, dia, 10_000)] = Linha(dia, 10_000)
        id_ = self.rng.choice(sorted(self.linhas))
        return id_, self.linhas[id_]

    def _try(self, nome: str, deed: Callable[[], object]) -> bool:
        """Whether the deed was acknowledged. A refusal of a closed month is an answer too."""
        tell, deadlocks = self.rodada.placar.tell, 0
        isolamento = sql.SQL(self.rng.choice(ISOLAMENTOS))
        for _ in range(TENTATIVAS):
            try:
                self.connection.execute(sql.SQL("begin isolation level {}").format(isolamento))
                deed()
                self.connection.execute("commit")
            except psycopg.Error as error:
                if self.connection.info.transaction_status != TransactionStatus.IDLE:
                    self.connection.execute("rollback")
                tell(f"escrita {nome}: {error.sqlstate}")
                if error.sqlstate == "P0F01":
                    return False
                deadlocks += error.sqlstate == "40P01"
                if error.sqlstate not in ("40001", "40P01") or deadlocks > 1:
                    self.rodada.placar.accuse(f"{nome}: {error.sqlstate} {error}")
                    return False
            else:
                tell(f"escrita {nome}: aceita")
                return True
        tell(f"escrita {nome}: desistiu")
        return False


# With its comissão, or its month would not be ready any more.
_AUMENTO: Final = """
    with p as (update estudio.pagamentos set valor_centavos = valor_centavos + 1 where id = %s returning *)
    update estudio.comissoes c set valor_centavos = (p.valor_centavos * p.percentual + 5000) / 10000
    from p where c.pagamento_id = p.id"""


@dataclass
class _Fechador:
    """Closes and reopens months at random; what it reopens must be what was sealed."""

    rodada: _Rodada
    connection: Connection
    rng: random.Random

    def run(self, largada: threading.Barrier) -> None:
        largada.wait()
        for _ in range(FEITOS):
            mes = self.rng.choice(MESES)
            nome = "fechar" if self.rng.random() < 0.7 else "reabrir"
            for _vez in range(TENTATIVAS):
                if self._try(nome, mes) != "P0F05":
                    break

    def _try(self, nome: str, mes: date) -> str | None:
        """The SQLSTATE that refused the transition, or None."""
        time.sleep(self.rng.random() * PAUSA_SEGUNDOS)
        try:
            {"fechar": self._close, "reabrir": self._reopen}[nome](mes)
        except psycopg.Error as error:
            self.rodada.placar.tell(f"{nome}: {error.sqlstate}")
            if error.sqlstate not in OUVIDOS:
                self.rodada.placar.accuse(f"{nome} {mes:%Y-%m}: {error.sqlstate} {error}")
            return error.sqlstate
        self.rodada.placar.tell(f"{nome}: feito")
        return None

    def _close(self, mes: date) -> None:
        with self.connection.transaction():
            self.connection.execute("select estudio.travar_competencia(%s)", [mes])
            time.sleep(self.rng.random() * PAUSA_SEGUNDOS)
            close(self.connection, mes)

    def _reopen(self, mes: date) -> None:
        with self.connection.transaction():
            self.connection.execute("select estudio.travar_competencia(%s)", [mes])
            selado = self.connection.execute(_SELADO, [mes]).fetchone()
            if selado is not None and count(self.connection, mes)["conteudo_sha256"] != selado[0]:
                self.rodada.placar.accuse(f"{mes:%Y-%m}: mudou entre o fechamento e a reabertura")
            query = "select estudio.reabrir_competencia(%s, %s, null, %s)"
            self.connection.execute(query, [mes, uuid.uuid4(), MOTIVO])


_SELADO: Final = "select conteudo_sha256 from estudio.extratos where mes = %s and estado = 'vigente'"
