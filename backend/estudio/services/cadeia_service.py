"""The chain of seals: recomputed from the rows, compared with what was published, its head put where it can be seen.

A chain cannot see its own tail cut off. So each link is also written to `selos.log` beside the backups (and printed on
papers and in mails): whoever holds an older head can ask whether today's chain still contains it.
"""

import errno
import fcntl
import json
import os
from pathlib import Path
from typing import IO, Final, LiteralString

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from estudio import db
from estudio.config import get_settings
from estudio.domain.competencia import Competencia
from estudio.domain.contagem import GENESIS, Contador, Contagem
from estudio.domain.errors import BancoIndisponivel, IntegrityBroken
from estudio.domain.extrato import Extrato, Selo
from estudio.services.cadeia_confronto import Divergencia, verify_extratos, verify_states
from estudio.services.contagem_service import Connection

log = structlog.get_logger(__name__)

HEADS_FILE = "selos.log"


def verify_cadeia(session: Session, *, cabeca: str | None = None) -> list[Divergencia]:
    """Everything that differs from what was sealed, first things first; empty when the books are whole.

    Recomputes each link from its fields, each extrato's content from its figures, and the figures of every closed month
    from its rows, with no function of the books, so that one that was tampered with is seen as well.
    `cabeca` is a head that somebody kept, or its first digits; so is what stands in `selos.log`.
    """
    return [*_verify_seals(session, cabeca), *_verify_rows(session)]


def verify_elos(session: Session) -> tuple[int, list[Divergencia]]:
    """How many links there are, and what of them is not as it was sealed: its own hash, or the one before."""
    links = list(session.scalars(select(Selo).order_by(Selo.seq)))
    return len(links), _verify_links(links)


def ensure_cadeia(session: Session) -> None:
    """No month is closed upon a broken chain. Raises IntegrityBroken with the first thing that differs.

    All of `verify_cadeia` but the rows of the months that are closed, which would cost more with every year.
    """
    differences = _verify_seals(session, None)
    if differences:
        raise IntegrityBroken(
            f"Nenhum mês é fechado enquanto a cadeia de selos não confere: {differences[0]}. Rode `estudio extrato "
            f"verify` e veja docs/operacao.md. Se {get_heads_path()} é de outro estúdio, aponte BACKUP_DIR para uma "
            "pasta só deste.",
            divergencias=[str(d) for d in differences],
        )


def _verify_seals(session: Session, cabeca: str | None) -> list[Divergencia]:
    # Before the links: a month that is closed meanwhile may be missing in the file, and never in the chain.
    published = _find_heads()
    links = list(session.scalars(select(Selo).order_by(Selo.seq)))
    return [
        *_verify_links(links),
        *_verify_heads(links, published, cabeca),
        *verify_states(session, links),
        *verify_extratos(session, links),
    ]


def publish_heads() -> None:
    """Append to `selos.log` every link it does not hold yet. What stands in the way is said, and undoes no closing."""
    path = get_heads_path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            _append_missing(file, read_heads(path))
    except OSError as error:
        log.warning("selos_log_nao_gravado", arquivo=str(path), motivo=error.strerror)
    except BancoIndisponivel as away:
        log.warning("selos_log_nao_gravado", arquivo=str(path), motivo=away.message)
    except ValueError:
        log.error("selos_log_alterado", arquivo=str(path))


def _append_missing(file: IO[bytes], published: list[dict[str, str | int]]) -> None:
    last = max((int(link["seq"]) for link in published), default=0)
    with db.transaction(read_only=True) as session:
        missing = session.scalars(select(Selo).where(Selo.seq > last).order_by(Selo.seq)).all()
        lines = "".join(json.dumps(_as_head(link), ensure_ascii=False) + "\n" for link in missing).encode()
    if not lines:
        return
    _drop_torn_line(file)
    # Half a line is one that the next look drops and writes again.
    if file.write(lines) != len(lines):
        raise OSError(errno.ENOSPC, "o disco está cheio")
    os.fsync(file)


def get_heads_path() -> Path:
    return get_settings().backup_dir / HEADS_FILE


def read_heads(path: Path) -> list[dict[str, str | int]]:
    """The links that were published, in order; a last line that a crash cut short is left out (it is written again).

    Raises ValueError for a whole line that is none of ours: somebody else wrote it.
    """
    if not path.exists():
        return []
    *whole, _torn = path.read_bytes().split(b"\n")
    heads = [json.loads(line) for line in whole]
    if not all(isinstance(head, dict) and {"seq", "mes", "selo_sha256"} <= head.keys() for head in heads):
        raise ValueError(f"{path.name} holds a line that is no link")
    return heads


def _drop_torn_line(file: IO[bytes]) -> None:
    """What a crash left of a line; it is among the ones that are missing."""
    file.seek(0)
    file.truncate(file.read().rfind(b"\n") + 1)


def _as_head(link: Selo) -> dict[str, str | int]:
    return {
        "seq": link.seq,
        "tipo": link.tipo,
        "mes": Competencia.of(link.mes).slug,
        "versao": link.versao,
        "selo_sha256": link.selo_sha256,
        "em": link.em,
    }


def _verify_links(links: list[Selo]) -> list[Divergencia]:
    found = []
    previous = GENESIS
    for position, link in enumerate(links, start=1):
        where = f"elo {link.seq} ({link.tipo} de {Competencia.of(link.mes).label})"
        if link.seq != position:
            found.append(Divergencia(where, f"o elo {position} falta na cadeia"))
            break
        if link.anterior_sha256 != previous:
            found.append(Divergencia(where, "não continua o elo anterior"))
        if link.calculate() != link.selo_sha256:
            found.append(Divergencia(where, "os dados do elo não dão o seu selo"))
        previous = link.selo_sha256
    return found


def _find_heads() -> list[dict[str, str | int]] | None:
    try:
        return read_heads(get_heads_path())
    except ValueError:
        return None


def _verify_heads(
    links: list[Selo], published: list[dict[str, str | int]] | None, cabeca: str | None
) -> list[Divergencia]:
    if published is None:
        return [Divergencia(HEADS_FILE, "foi alterado: tem linhas que este programa não escreveu")]
    seals = {link.seq: link.selo_sha256 for link in links}
    found = [
        Divergencia(f"{HEADS_FILE}, elo {head['seq']} ({head['mes']})", "foi publicado e não está na cadeia")
        for head in published
        if seals.get(int(head["seq"])) != head["selo_sha256"]
    ]
    if cabeca is not None and not any(seal.startswith(cabeca.lower()) for seal in seals.values()):
        found.append(Divergencia(f"cabeça {cabeca}", "não está na cadeia: faltam meses que já foram fechados"))
    return found


def _verify_rows(session: Session) -> list[Divergencia]:
    found = []
    connection = db.raw(session)
    for extrato in session.scalars(select(Extrato).where(Extrato.estado == "vigente").order_by(Extrato.mes)):
        where = f"extrato {extrato.competencia.label}"
        counted = count_in_python(connection, extrato.competencia)
        differences = counted.list_differences(extrato.contagem)
        found += [Divergencia(where, _explain(difference)) for difference in differences]
        if not differences and counted.totais != extrato.totais:
            found.append(Divergencia(where, "os totais não são os das linhas"))
    return found


def _explain(difference: dict[str, object]) -> str:
    where = f"dia {difference['dia']}, {difference['tipo']}"
    now, sealed = difference["quantidade"], difference["soma_centavos"]
    if difference["diferenca_centavos"]:
        return f"{where}: diferença de {difference['diferenca_centavos']} centavos (agora, selado: {sealed})"
    if isinstance(now, list) and now[0] != now[1]:
        return f"{where}: número de linhas mudou (agora, selado: {now})"
    return f"{where}: alguma linha mudou sem mudar a soma"


def count_in_python(connection: Connection, competencia: Competencia) -> Contagem:
    """The month counted from its sealed columns, line by line, without PostgreSQL's own count."""
    contador = Contador(competencia)
    for tipo, statement in _SEALED_COLUMNS.items():
        with connection.cursor(f"selado_{tipo}") as cursor:
            cursor.execute(statement, {"mes": competencia.first_day, "fim": competencia.next_first_day})
            while rows := cursor.fetchmany(1000):
                contador.add(tipo, rows)
    return contador.finish()


# Rows of `contagem.Linha`.
_SEALED_COLUMNS: Final[dict[str, LiteralString]] = {
    "pagamento": """select id, data, valor_centavos, forma, artista_id, cliente_id, percentual, estorno_de
        from estudio.pagamentos where data >= %(mes)s and data < %(fim)s order by data, id""",
    "comissao": """select c.id, p.data, c.valor_centavos, c.pagamento_id, c.artista_id, c.percentual
        from estudio.comissoes c join estudio.pagamentos p on p.id = c.pagamento_id
        where c.mes = %(mes)s order by p.data, c.id""",
    "sessao": """select s.id, p.data, s.valor_centavos, s.payment_id, s.data, s.artista_id, s.cliente_id
        from estudio.sessoes s join estudio.pagamentos p on p.id = s.payment_id
        where s.payment_mes = %(mes)s order by p.data, s.id""",
    "gasto": """select id, data, valor_centavos, forma, categoria
        from estudio.gastos where data >= %(mes)s and data < %(fim)s order by data, id""",
    "acerto": """select id, data, valor_centavos, artista_id, tipo, forma, pagamento_id
        from estudio.acertos where data >= %(mes)s and data < %(fim)s order by data, id""",
}


def refresh_heads_needed(session: Session) -> bool:
    """Whether some link is not in `selos.log` yet."""
    published = len(read_heads(get_heads_path()))
    return published < int(session.execute(text("select count(*) from estudio.selos")).scalar_one())
