"""The documents of a closed month: made once from what was sealed, kept as made, made again when they are missing."""

import hashlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

import pytest
from cast import Cast, make_cast, make_cliente, pay, shut
from conftest import Banco
from discos import mount
from moldes import Copiar
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from estudio import config, db
from estudio.db_refusals import find_origin
from estudio.domain.competencia import Competencia
from estudio.domain.documento import Tipo
from estudio.domain.errors import (
    DiscoRecusou,
    DocumentoNaoGerado,
    DocumentosEmAndamento,
    DocumentosFaltando,
    DocumentosOcupados,
    NaoFechado,
    SemPermissao,
)
from estudio.domain.extrato import get_extrato
from estudio.domain.titular import Motivo
from estudio.services import documento_feitura, documento_service, documento_typst
from estudio.services.artista_service import edit_artista
from estudio.services.cadeia_service import verify_cadeia
from estudio.services.documento_pacote import create_pacote
from estudio.services.documento_service import (
    Situacao,
    ensure_documentos,
    find_situacao,
    get_documento,
    list_documentos,
    list_incompletos,
    try_documentos,
)
from estudio.services.eliminacao_service import erase_titular
from estudio.services.extrato_service import reopen_extrato

SETEMBRO = Competencia(2025, 9)
DIA = date(2025, 9, 10)


def _fill(_: Banco) -> Cast:
    with db.transaction() as session:
        cast = make_cast(session)
        pay(session, cast, "300.00", data=DIA, artista=cast.bia)
        ludmila = make_cliente(session, "Ludmila Ferraz")
        pay(session, cast, "80.00", data=DIA, artista=cast.bia, cliente=ludmila)
    close()
    return cast


@pytest.fixture
def cast(copiar: Copiar[Cast]) -> Cast:
    """September 2025 closed, with two payments, one of them Ludmila's."""
    return copiar(_fill)[1]


def close() -> None:
    with db.transaction() as session:
        shut(session, "2025-09")


def read(cast: Cast, versao: int | None = None) -> dict[str, bytes]:
    with db.transaction(read_only=True) as session:
        found = list_documentos(session, SETEMBRO, versao, quem=cast.quem_edu)
        return {documento.tipo: documento.conteudo for documento in found}


def look(cast: Cast) -> Situacao:
    with db.transaction(read_only=True) as session:
        situacao = find_situacao(session, get_extrato(session, SETEMBRO), quem=cast.quem_edu)
        session.expunge_all()
        return situacao


def test_all_are_made_once_and_kept_with_their_hash(cast: Cast) -> None:
    assert sorted(ensure_documentos(SETEMBRO, quem=cast.quem_edu)) == sorted(Tipo)
    first = read(cast)
    assert first["pdf"].startswith(b"%PDF-1.7")
    assert ensure_documentos(SETEMBRO, quem=cast.quem_edu) == []
    assert read(cast) == first
    situacao = look(cast)
    assert [(d.nome, d.sha256, d.tamanho, d.programa) for d in situacao.documentos] == [
        (f"extrato_2025_09.{tipo}", hashlib.sha256(first[tipo]).hexdigest(), len(first[tipo]), "5.0.0") for tipo in Tipo
    ]
    assert (situacao.faltam, situacao.gerando, situacao.falha) == ([], False, None)
    with db.transaction(read_only=True) as session:
        assert list_incompletos(session) == []


def test_the_same_version_gives_the_same_bytes(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    with db.transaction() as session:
        edit_artista(session, cast.bia.id, quem=cast.quem_ana, nome="Beatriz Nova")
    monkeypatch.setenv("BATCH_SIZE", "1")
    config.reset()
    made: dict[str, bytes] = {}
    monkeypatch.setattr(documento_service, "find_situacao", lambda *_, **__: Situacao([], list(Tipo), False, None))
    monkeypatch.setattr(documento_service, "_keep", lambda _, tipo, conteudo, __: made.update({tipo: conteudo}))
    ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    assert made == read(cast)


def test_closing_again_leaves_the_first_version_as_it_was_handed_out(cast: Cast) -> None:
    ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    first = read(cast)
    reopen_extrato(SETEMBRO, quem=cast.quem_ana, motivo="conferir")
    with pytest.raises(NaoFechado):
        ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    assert look(cast).faltam == []
    close()
    with db.transaction(read_only=True) as session:
        one, two = (get_extrato(session, SETEMBRO, versao).conteudo_sha256 for versao in (1, 2))
    assert one == two
    with pytest.raises(DocumentosFaltando):
        read(cast)
    ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    assert read(cast, 1) == first
    assert read(cast, 2)["pdf"] != first["pdf"]
    assert read(cast, 2)["csv"] == first["csv"]


def test_a_full_disk_leaves_the_month_closed_and_is_said_and_the_next_try_makes_them(
    cast: Cast, tmp_path: Path
) -> None:
    with mount(tmp_path / "cheio", "size=4k"), mock.patch.object(tempfile, "tempdir", str(tmp_path / "cheio")):
        (tmp_path / "cheio" / "x").write_bytes(b"x" * 4096)
        reason = try_documentos(SETEMBRO, quem=cast.quem_edu)
    assert isinstance(reason, DiscoRecusou)
    assert "o disco está cheio" in reason.message
    situacao = look(cast)
    assert situacao.falha is not None
    assert (situacao.falha.codigo, situacao.falha.mensagem) == ("disco", reason.message)
    with db.transaction(read_only=True) as session:
        assert get_extrato(session, SETEMBRO).estado == "vigente"
        assert list_incompletos(session) == [SETEMBRO]
    ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    assert (look(cast).faltam, look(cast).falha) == ([], None)


@pytest.mark.parametrize("where", ["write_linhas", "DocumentoJson.finish"])
def test_where_memory_runs_out_the_month_is_closed_and_it_is_said_and_the_next_try_makes_them(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def fail(*_args: object) -> NoReturn:
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr(f"estudio.services.documento_feitura.{where}", fail)
        reason = try_documentos(SETEMBRO, quem=cast.quem_edu)
    assert isinstance(reason, DocumentoNaoGerado)
    assert "faltou memória" in reason.message
    situacao = look(cast)
    assert situacao.falha is not None
    assert situacao.falha.mensagem == reason.message
    with db.transaction(read_only=True) as session:
        assert get_extrato(session, SETEMBRO).estado == "vigente"
    ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    assert (look(cast).faltam, look(cast).falha) == ([], None)


def test_what_was_whole_is_kept_and_the_rest_is_made_later(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file is a transaction of its own."""
    with monkeypatch.context() as broken:
        broken.setattr(documento_typst, "PRAZO_S", 0.001)
        with pytest.raises(DocumentoNaoGerado):
            ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    situacao = look(cast)
    assert (situacao.faltam, len(situacao.documentos)) == ([Tipo.PDF], 3)
    assert situacao.falha is not None
    assert "demorou" in situacao.falha.mensagem
    assert ensure_documentos(SETEMBRO, quem=cast.quem_edu) == [Tipo.PDF]


KILLED = """
import os, signal
from estudio.domain.competencia import Competencia
from estudio.domain.usuario import LINHA_DE_COMANDO
from estudio.services import documento_service
keep = documento_service._keep
def keep_and_die(*arguments):
    keep(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
documento_service._keep = keep_and_die
documento_service.ensure_documentos(Competencia(2025, 9), quem=LINHA_DE_COMANDO)
"""


def test_a_process_killed_in_the_middle_leaves_what_was_whole_and_nobody_waits_for_it(cast: Cast) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    situacao = look(cast)
    assert [d.tipo for d in situacao.documentos] == [Tipo.CSV]
    # The server notices that it is gone within a second or so.
    deadline = time.monotonic() + 30
    while look(cast).gerando and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sorted(ensure_documentos(SETEMBRO, quem=cast.quem_edu)) == sorted({*Tipo} - {Tipo.CSV})
    assert look(cast).faltam == []


def test_two_do_not_make_them_at_once(cast: Cast) -> None:
    with db.transaction(read_only=True) as session:
        extrato_id = get_extrato(session, SETEMBRO).id
    with documento_service._alone(extrato_id, SETEMBRO):
        assert look(cast).gerando
        with pytest.raises(DocumentosEmAndamento):
            ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    assert not look(cast).gerando
    assert look(cast).falha is None
    assert len(ensure_documentos(SETEMBRO, quem=cast.quem_edu)) == 4


def test_no_more_than_so_many_are_made_or_packed_at_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    monkeypatch.setattr(documento_feitura, "ESPERA_S", 0.01)
    with documento_feitura.taking_turns(), documento_feitura.taking_turns():
        with (
            db.transaction(read_only=True) as session,
            pytest.raises(DocumentosOcupados, match="Outros documentos estão sendo gerados"),
        ):
            create_pacote(session, SETEMBRO, quem=cast.quem_edu)


def test_a_pack_that_no_disk_holds_is_refused_in_words(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    monkeypatch.setattr("estudio.services.documento_pacote.EM_MEMORIA", 1)
    with mount(tmp_path / "cheio", "size=4k"), mock.patch.object(tempfile, "tempdir", str(tmp_path / "cheio")):
        with db.transaction(read_only=True) as session, pytest.raises(DiscoRecusou, match="cheio"):
            create_pacote(session, SETEMBRO, quem=cast.quem_edu)


def test_who_may_not_see_the_result_gets_none(cast: Cast) -> None:
    with pytest.raises(SemPermissao):
        ensure_documentos(SETEMBRO, quem=cast.quem_caio)
    with db.transaction(read_only=True) as session, pytest.raises(SemPermissao):
        get_documento(session, SETEMBRO, Tipo.PDF, quem=cast.quem_caio)


@pytest.mark.parametrize(
    "statement",
    [
        "update estudio.documentos set nome = 'outro.pdf'",
        "update estudio.documentos set conteudo = 'x', sha256 = encode(sha256('x'), 'hex'), tamanho = 1",
        "delete from estudio.documentos",
        "truncate estudio.documentos",
        "set local estudio.eliminando = 'sim'; delete from estudio.documentos",
    ],
)
def test_nothing_changes_a_document(cast: Cast, statement: str) -> None:
    """Not even the owner's role, and not by claiming that somebody is being erased."""
    ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    before = read(cast)
    for engine in (db.get_engine(), db.get_owner_engine()):
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(text(statement))
    assert read(cast) == before


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize(
    ("changed", "regra"),
    [
        ({"sha256": "0" * 64}, "documentos_sha256"),
        ({"sha256": hashlib.sha256(b"y").hexdigest()}, "documentos_sha256"),
        ({"tamanho": 2}, "documentos_tamanho"),
        ({"conteudo": b"", "sha256": hashlib.sha256(b"").hexdigest(), "tamanho": 0}, "documentos_tamanho"),
        ({"nome": "extrato_2025_08.pdf"}, "documentos_do_mes"),
        ({"nome": "extrato_2025_09.csv"}, "documentos_do_mes"),
        ({"tipo": "csv"}, "documentos_do_mes"),
        ({"versao": 9}, "documentos_vigente"),
        ({}, None),
    ],
)
def test_a_document_is_of_its_version_and_what_its_hash_says(changed: dict[str, Any], regra: str | None) -> None:
    """Neither the app's role nor the owner's puts in another."""
    values = {"tipo": "pdf", "nome": "extrato_2025_09.pdf", "conteudo": b"x", "tamanho": 1, "versao": 1} | {
        "sha256": hashlib.sha256(b"x").hexdigest()
    }
    for engine in (db.get_engine(), db.get_owner_engine()):
        assert put(engine, values | changed) == regra


def put(engine: Engine, values: dict[str, Any]) -> str | None:
    """Put a document beside a version of the newest month, and take it back; the rule that refuses it."""
    query = text(
        """insert into estudio.documentos (extrato_id, tipo, nome, conteudo, sha256, tamanho, programa)
           select coalesce((select id from estudio.extratos where versao = :versao order by mes desc limit 1), -1),
                  :tipo, :nome, :conteudo, :sha256, :tamanho, '5'"""
    )
    with engine.connect() as connection:
        try:
            connection.execute(query, values)
        except DBAPIError as error:
            found = find_origin(error)
            return found.diag.constraint_name if found is not None else str(error)
    return None


def test_no_document_is_put_beside_a_version_that_no_longer_stands(cast: Cast) -> None:
    reopen_extrato(SETEMBRO, motivo="faltou um", quem=cast.quem_ana)
    values = {"tipo": "pdf", "nome": "extrato_2025_09.pdf", "conteudo": b"x", "tamanho": 1, "versao": 1} | {
        "sha256": hashlib.sha256(b"x").hexdigest()
    }
    assert put(db.get_engine(), values) == put(db.get_owner_engine(), values) == "documentos_vigente"


def test_what_is_reopened_while_they_are_made_gets_none_and_it_is_said(cast: Cast) -> None:
    """Between the reading of the rows and the keeping of the file; none of the version that went is kept."""
    keep = documento_service._keep

    def reopen_first(*words: Any) -> None:
        reopen_extrato(SETEMBRO, motivo="faltou um", quem=cast.quem_ana)
        keep(*words)

    with mock.patch.object(documento_service, "_keep", reopen_first), pytest.raises(NaoFechado, match="reaberto"):
        ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    with db.transaction(read_only=True) as session:
        assert session.scalars(text("select count(*) from estudio.documentos")).one() == 0


def test_the_trail_tells_which_bytes_they_were_and_does_not_hold_them(cast: Cast) -> None:
    ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    with db.transaction(read_only=True) as session:
        told = session.scalars(
            text("select depois from estudio.auditoria where tabela = 'documentos' order by registro_id")
        ).all()
    assert {row["sha256"] for row in told} == {d.sha256 for d in look(cast).documentos}
    assert all("conteudo" not in row for row in told)


def forget(cast: Cast) -> None:
    with db.transaction() as session:
        cliente_id = session.scalars(text("select id from estudio.clientes where nome = 'Ludmila Ferraz'")).one()
        erase_titular(session, cliente_id, quem=cast.quem_ana, motivo=Motivo.PEDIDO, confirmacao="Ludmila Ferraz")


def test_erasing_a_person_makes_their_documents_anew_and_leaves_the_chain(cast: Cast) -> None:
    ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    before = read(cast)
    assert "Ludmila" in before["csv"].decode()
    forget(cast)
    assert look(cast).faltam == list(Tipo)
    ensure_documentos(SETEMBRO, quem=cast.quem_edu)
    after = read(cast)
    assert all(b"Ludmila" not in conteudo for conteudo in after.values())
    assert "Cliente eliminado" in after["csv"].decode()
    with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
        assert verify_cadeia(session) == []
        gone = session.scalars(
            text("select antes ->> 'sha256' from estudio.auditoria where tabela = 'documentos' and acao = 'delete'")
        ).all()
    assert sorted(gone) == sorted(hashlib.sha256(conteudo).hexdigest() for conteudo in before.values())
    # Erased once more, nothing of theirs is left to be made anew.
    with db.transaction() as session:
        session.execute(text("select estudio.eliminar_de_novo()"))
    assert read(cast) == after


def test_who_is_erased_meanwhile_is_in_no_document(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows were read with the name, and the files come after the erasure."""
    keep: Callable[..., None] = documento_service._keep
    erased: list[bool] = []

    def erase_first(*arguments: object) -> None:
        if not erased:
            erased.append(True)
            forget(cast)
        keep(*arguments)

    monkeypatch.setattr(documento_service, "_keep", erase_first)
    assert len(ensure_documentos(SETEMBRO, quem=cast.quem_edu)) == 4
    assert all(b"Ludmila" not in conteudo for conteudo in read(cast).values())
