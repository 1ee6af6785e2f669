"""The copies outside: encrypted to the key of a sheet, read back, pruned as here; a studio comes back by them."""

import errno
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pypdf
import pytest
import time_machine
from agosto import AGOSTO, SETEMBRO, add_payment, close
from backup_mes import redate
from cast import Cast
from click.testing import CliRunner, Result
from copias import CHAVE, DESTINATARIO, send_agosto, sheet, use
from discos import mount
from ferramentas import find_tool
from moldes import Copiar

from estudio import clock, config, db
from estudio.cli import main
from estudio.domain.backup_completo import Completo
from estudio.domain.copia import EXT, MARCA, Etiqueta, Marca, is_copiavel
from estudio.domain.errors import (
    BackupAlterado,
    ChaveDaCopiaErrada,
    CopiaDanificada,
    CopiaImpedida,
    DiscoRecusou,
    Ocupado,
)
from estudio.domain.rotina import Desfecho
from estudio.services import rotina_copias
from estudio.services.backup_arquivo import hash_descriptor
from estudio.services.backup_completo import create_full_backup, find_completo, verify_full_backup
from estudio.services.backup_disco import explain_refused
from estudio.services.backup_escrita import create_backup
from estudio.services.backup_service import get_backup, verify_guardado
from estudio.services.copia_chave import write_folha
from estudio.services.copia_cifra import decrypt, encrypt, find_chave, generate_chave
from estudio.services.copia_fora import RECONFERE, send_copias
from estudio.services.copia_pasta import list_copias, list_faltando, list_locais, open_destino, prepare_pasta
from estudio.services.copia_volta import restore_copias
from estudio.services.doctor_copias import check_copias_fora
from estudio.services.extrato_service import reopen_extrato
from estudio.services.rodada_service import finish_rodada, open_rodada
from estudio.services.rotina_copias import list_rotinas
from estudio.services.rotinas import get_rotina, list_due, work_rotina


@pytest.fixture
def fora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A prepared folder, and settings that name it and the key."""
    folder = tmp_path / "fora"
    folder.mkdir()
    use(monkeypatch, folder)
    return folder


@pytest.fixture
def agosto(copiar: Copiar[Cast], fora: Path) -> Cast:
    """August closed, its backup cited; a copy of the whole; all of it sent."""
    cast = copiar(send_agosto)[1]
    assert list_faltando(fora) == []
    return cast


def read_all(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.mark.usefixtures("agosto")
def test_what_was_sent_comes_back_to_the_byte_and_tells_nobody_before(fora: Path, tmp_path: Path) -> None:
    here = read_all(config.get_settings().backup_dir)
    assert not any(b"Dora" in content or b"PGDMP" in content for content in read_all(fora).values())
    assert not list(fora.rglob(".tmp*"))
    back = tmp_path / "novo"
    volta = restore_copias(fora, chave=CHAVE, destino=back)
    assert (volta.danificadas, volta.diferentes, volta.outra_chave) == ([], [], [])
    assert read_all(back) == here
    assert {path.stat().st_mode & 0o077 for path in back.rglob("*")} == {0}
    # Again: nothing is written over, nothing sent twice.
    assert restore_copias(fora, chave=CHAVE, destino=back).iguais == len(volta.trazidas)
    sent = read_all(fora)
    assert send_copias().enviadas == []
    assert read_all(fora) == sent


@pytest.mark.usefixtures("agosto")
def test_the_program_restores_from_what_came_back(fora: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = find_completo()
    redate(made, clock.now() + timedelta(days=40))
    send_copias()
    shutil.rmtree(config.get_settings().backup_dir)
    key = tmp_path / "chave.txt"
    # As a person types it from the sheet.
    key.write_text(f"# folha\n{CHAVE[:20].lower()} {CHAVE[20:40]}\n{CHAVE[40:]}\n", encoding="utf-8")
    done = run("fetch", "--from", str(fora), "--key-file", str(key))
    assert done.exit_code == 0, done.output
    # What comes next, to be run as it stands.
    *_, line = done.stderr.strip().splitlines()
    script, copy, selo = shlex.split(line)
    assert (Path(script).name, Path(copy), selo) == ("maquina_nova.sh", made.caminho, "SELO")
    assert os.access(script, os.X_OK)
    verify_full_backup(find_completo())
    verify_guardado(get_backup(AGOSTO))
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert run("fetch", "--from", str(fora), "--to", str(tmp_path / "outra"), typed=f"{CHAVE}\n").exit_code == 0


def test_the_commands_say_what_there_is_and_never_the_key(
    agosto: Cast, fora: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_payment(agosto, "10.00", SETEMBRO.first_day)
    guardado = create_backup(SETEMBRO)
    assert "está no mesmo disco que os backups" in run("prepare").stderr
    assert f"Sem cópia: 2025_09/{guardado.caminho.name}" in run("list").output.replace("\n", "")
    assert "Enviadas 3, lidas de novo 0, apagadas 0." in run("send").stderr
    assert "Sem cópia" not in run("list").output
    (fora / MARCA).unlink()
    for command in ("list", "send"):
        assert run(command).exit_code == 1
    monkeypatch.setenv("COPY_KEY", f"{CHAVE[:-1]}B")
    config.reset()
    refused = run("list")
    assert (refused.exit_code, "COPY_KEY não vale" in refused.stderr) == (2, True)
    assert CHAVE[16:40] not in refused.output


def run(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["copia", *words], input=typed)


@pytest.mark.usefixtures("agosto")
def test_a_wrong_key_brings_nothing(fora: Path, tmp_path: Path) -> None:
    other, _ = generate_chave()
    with pytest.raises(ChaveDaCopiaErrada, match="outra chave"):
        restore_copias(fora, chave=other, destino=tmp_path / "novo")
    assert not (tmp_path / "novo").exists()
    with pytest.raises(ChaveDaCopiaErrada, match="outra chave"):
        decrypt(io.BytesIO(sheet(fora).read_bytes()), io.BytesIO(), chave=other, arquivo="x")
    with pytest.raises(ChaveDaCopiaErrada, match="Confira cada letra"):
        find_chave([CHAVE[:-1] + ("Q" if CHAVE[-1] != "Q" else "P")])


@pytest.mark.usefixtures("agosto")
def test_what_is_cut_off_changed_or_gone_is_named_and_the_others_come(fora: Path, tmp_path: Path) -> None:
    (dump,) = fora.glob("completo/*.dump.age")
    cut, gone = sheet(fora), fora / "selos.log.age"
    os.truncate(cut, cut.stat().st_size - 5)
    content = bytearray(dump.read_bytes())
    content[-9] ^= 1
    dump.write_bytes(content)
    gone.unlink()
    volta = restore_copias(fora, chave=CHAVE, destino=tmp_path / "novo")
    # Nor the manifest that would speak of the sheet under its familiar name.
    names = {path.relative_to(fora).as_posix().removesuffix(EXT) for path in (cut, dump, gone)}
    assert set(volta.danificadas) == names | {"2025_08/backup_2025_08.json"}
    assert not any((tmp_path / "novo" / name).exists() for name in volta.danificadas)
    # Here the program notices: at once by the size, the changed byte when it reads them all again. It sends them anew,
    # and says so once.
    for later, mended in ((timedelta(), {cut, gone}), (RECONFERE, {dump})):
        with time_machine.travel(clock.now() + later, tick=False):
            with pytest.raises(CopiaDanificada):
                send_copias()
            assert all(path.stat().st_size > 0 for path in mended)
            assert send_copias().enviadas == []
    assert restore_copias(fora, chave=CHAVE, destino=tmp_path / "outra").danificadas == []


def test_with_the_key_at_hand_each_copy_is_decrypted_before_it_counts(
    agosto: Cast, fora: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_payment(agosto, "10.00", SETEMBRO.first_day)
    create_backup(SETEMBRO)
    other, _ = generate_chave()
    monkeypatch.setenv("COPY_KEY", other)
    config.reset()
    with pytest.raises(ChaveDaCopiaErrada):
        send_copias()
    assert not list(fora.glob("2025_09/*.age"))
    monkeypatch.setenv("COPY_KEY", CHAVE.lower())
    config.reset()
    assert len(send_copias().enviadas) == 3


def test_nothing_is_written_where_no_disk_is_mounted(agosto: Cast, fora: Path, tmp_path: Path) -> None:
    add_payment(agosto, "10.00", SETEMBRO.first_day)
    create_backup(SETEMBRO)
    disk = tmp_path / "na gaveta"
    fora.rename(disk)
    fora.mkdir()
    with pytest.raises(CopiaImpedida, match="monte-o"):
        send_copias()
    assert list(fora.iterdir()) == []
    assert check_copias_fora()[0] == "falha"
    fora.rmdir()
    with pytest.raises(CopiaImpedida, match="monte-o"):
        send_copias()
    assert not fora.exists()
    with pytest.raises(CopiaImpedida, match="não existe"):
        prepare_pasta()
    disk.rename(fora)
    assert len(send_copias().enviadas) == 3


def test_a_disk_that_is_taken_away_in_the_middle_gets_nothing_more(agosto: Cast, fora: Path) -> None:
    add_payment(agosto, "10.00", SETEMBRO.first_day)
    create_backup(SETEMBRO)
    with open_destino() as destino:
        (fora / MARCA).unlink()
        with pytest.raises(CopiaImpedida):
            destino.ensure_there()


def test_a_full_disk_there_is_said_and_the_next_run_goes_on(
    agosto: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "disco"
    with mount(folder, "size=4m"):
        use(monkeypatch, folder)
        prepare_pasta()
        ballast = folder / "lastro"
        ballast.write_bytes(b"x" * (os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize - 40_960))
        with pytest.raises(DiscoRecusou, match=r"o disco está cheio.*COPY_DIR"):
            send_copias()
        assert not list(folder.rglob(".tmp*"))
        assert list_faltando(folder) != []
        ballast.unlink()
        send_copias()
        assert list_faltando(folder) == []
    del agosto


KILLED = """
import os, sys
from estudio.services import copia_fora
place = copia_fora.TemporaryFile.place
count = 0
def place_or_die(self, name):
    global count
    count += 1
    if count == int(sys.argv[1]): os._exit(9)
    place(self, name)
copia_fora.TemporaryFile.place = place_or_die
copia_fora.send_copias()
"""


def test_a_run_that_is_killed_leaves_nothing_that_counts_and_the_next_goes_on(
    agosto: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del agosto
    # Before the first copy has its name; before it has its label; in the second.
    for moment, whole in ((1, 0), (2, 0), (3, 1)):
        folder = tmp_path / f"morta_{moment}"
        folder.mkdir()
        use(monkeypatch, folder)
        prepare_pasta()
        done = subprocess.run([sys.executable, "-c", KILLED, str(moment)], check=False, capture_output=True)
        assert done.returncode == 9, done.stderr
        assert len(list_copias(folder)) == whole
        assert len(send_copias().enviadas) == len(list_locais()) - whole
        assert list_faltando(folder) == []


def test_one_at_a_time_and_one_studio_in_a_folder(agosto: Cast, fora: Path) -> None:
    del agosto
    with open_destino(), pytest.raises(Ocupado, match="Espere terminar"):
        send_copias()
    marca = fora / MARCA
    whole = marca.read_bytes()
    marca.write_bytes(re.sub(rb'"estudio_id": "[^"]*"', b'"estudio_id": "outro"', whole))
    for refused in (send_copias, prepare_pasta):
        with pytest.raises(CopiaImpedida, match="de outro estúdio"):
            refused()
    marca.write_bytes(b"{")
    with pytest.raises(CopiaImpedida, match="não pode ser lido"):
        send_copias()


def test_another_key_is_not_used_by_mistake_and_sends_all_anew(
    agosto: Cast, fora: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del agosto
    chave, destinatario = generate_chave()
    use(monkeypatch, fora, destinatario=destinatario)
    with pytest.raises(CopiaImpedida, match="outra chave"):
        send_copias()
    # Nor does the doctor take what a lost key opens for copies.
    assert check_copias_fora()[0] == "falha"
    prepare_pasta()
    assert list_faltando(fora) == list_locais()
    assert send_copias().enviadas == list_locais()
    assert restore_copias(fora, chave=chave, destino=tmp_path / "novo").outra_chave == []


def test_a_damaged_file_here_is_not_sent_as_if_it_were_whole(agosto: Cast, fora: Path) -> None:
    add_payment(agosto, "10.00", SETEMBRO.first_day)
    guardado = create_backup(SETEMBRO)
    guardado.caminho.write_bytes(guardado.caminho.read_bytes() + b"x")
    with pytest.raises(BackupAlterado):
        send_copias()
    assert not (fora / "2025_09" / f"{guardado.caminho.name}.age").exists()


@pytest.mark.parametrize("payload", [b"[" * 60_000, b'{"caminho": "selos.log", "bytes": Infinity}', b"\xff"])
def test_what_somebody_else_wrote_there_is_damage_and_no_crash(payload: bytes) -> None:
    with pytest.raises(CopiaDanificada):
        Etiqueta.parse(payload, caminho="selos.log")
    with pytest.raises(ValueError, match=r"^"):
        Marca.parse(payload)


def test_a_bad_block_on_either_side_is_told_as_it_is(agosto: Cast, fora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Worn(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    # A disk of another machine is not read better where BACKUP_DIR is another.
    said = explain_refused(fora, PermissionError(errno.EACCES, "Permission denied"), verb="ler").message
    assert said.endswith("falta permissão. Confira o dono da pasta.")
    with pytest.raises(OSError, match="Input/output"):
        encrypt(Worn(), io.BytesIO(), destinatario=DESTINATARIO)
    add_payment(agosto, "10.00", SETEMBRO.first_day)
    create_backup(SETEMBRO)
    answers = iter([OSError(errno.EIO, "Input/output error")])

    def wear(descriptor: int) -> tuple[int, str]:
        for answer in answers:
            raise answer
        return hash_descriptor(descriptor)

    monkeypatch.setattr("estudio.services.copia_fora.hash_descriptor", wear)
    with (
        time_machine.travel(clock.now() + RECONFERE, tick=False),
        pytest.raises(CopiaDanificada, match="não pode mais ser lida"),
    ):
        send_copias()
    # The worn one again, and no other was kept waiting.
    assert list_faltando(fora) == []


@pytest.mark.parametrize(
    "name",
    [
        "../selos.log", "/etc/passwd", "2025_09/../selos.log", "2025_09/backup_2025_08.0123456789ab.csv", "outro.log",
        "2025_13/backup_2025_13.json", "completo/../../x.dump", "2025_09/backup_2025_09.csv", "selos.log\n",
    ],
)  # fmt: skip
def test_a_name_that_leaves_the_folder_is_no_copy(name: str) -> None:
    assert not is_copiavel(name)


def test_links_in_either_folder_are_passed_over(agosto: Cast, fora: Path, tmp_path: Path) -> None:
    del agosto
    (tmp_path / "segredo").write_text("{}")
    (config.get_settings().backup_dir / "selos_antes_x.log").symlink_to(tmp_path / "segredo")
    (fora / "eliminacoes.log.age.json").symlink_to(tmp_path / "segredo")
    assert "selos_antes_x.log" not in list_locais()
    assert "eliminacoes.log" not in list_copias(fora)


def test_the_rotina_is_there_with_a_folder_and_says_what_it_did(agosto: Cast, fora: Path) -> None:
    (rotina,) = [each for each in list_rotinas() if each.nome == "copias_fora"]
    assert rotina.work("") is None
    add_payment(agosto, "10.00", SETEMBRO.first_day)
    create_backup(SETEMBRO)
    assert rotina.work("") == "Cópias de fora enviadas: 3; lidas de novo: 0; apagadas: 0."
    with db.transaction(read_only=True) as session, time_machine.travel(clock.now() + timedelta(days=1)):
        assert rotina.find_alvos(session, clock.now()) == [""]
    assert check_copias_fora()[0] == "ok"
    with time_machine.travel(clock.now() + timedelta(days=4)):
        add_payment(agosto, "30.00", SETEMBRO.first_day)
        lost = get_backup(SETEMBRO).caminho
    (fora / "2025_09" / f"{lost.name}.age").unlink()
    for days, situacao in ((1, "ok"), (4, "aviso"), (10, "falha")):
        with time_machine.travel(clock.now() + timedelta(days=days)):
            assert check_copias_fora()[0] == situacao


@pytest.fixture
def rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    """No schedule asks for a copy while a test runs."""
    monkeypatch.setenv("FULL_BACKUP_SCHEDULE", "15 4 1 1 *")
    monkeypatch.setenv("COPY_SCHEDULE", "30 5 1 1 *")
    config.reset()
    for nome in ("copia_completa", "copias_fora"):
        finish_rodada(open_rodada(get_rotina(nome), "", run_id=uuid4(), tarefa_id=None), Desfecho.FEITA)


def list_copying(instant: datetime | None = None) -> list[tuple[str, str]]:
    """What of the whole studio is to be copied, or carried outside, and about which seal."""
    with db.transaction(read_only=True) as session:
        due = list_due(session, instant or clock.now())
    return [(rotina.nome, alvo) for rotina, alvo in due if rotina.nome in ("copia_completa", "copias_fora")]


def reopen(cast: Cast) -> None:
    reopen_extrato(AGOSTO, quem=cast.quem_ana, motivo="lançar o que faltou")


def test_a_seal_asks_for_the_whole_studio_and_then_for_its_copy_outside(
    agosto: Cast, fora: Path, rarely: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine lost on the day of a closing takes no closed month along."""
    del rarely
    seen = set(list_copias(fora))
    changes: list[Callable[[], object]] = [lambda: None, lambda: reopen(agosto), lambda: close(AGOSTO)]
    for selo, change in enumerate(changes, 1):
        change()
        for nome in ("copia_completa", "copias_fora"):
            assert list_copying() == [(nome, f"selo {selo}")]
            assert work_rotina(nome, f"selo {selo}") == Desfecho.FEITA
        assert list_copying() == []
    assert sum(name.endswith(".dump") for name in set(list_copias(fora)) - seen) == 3
    # One of a time that is still to come, as after the clock was set back, is not asked for without end.
    reopen(agosto)
    assert ("copia_completa", "selo 4") not in list_copying(clock.now() - timedelta(days=1))
    assert list_copying() == [("copia_completa", "selo 4")]
    monkeypatch.setenv("ENABLE_BACKUP_JOBS", "false")
    config.reset()
    assert list_copying() == []


def test_what_a_seal_and_the_schedule_ask_for_at_once_is_done_once(agosto: Cast, fora: Path) -> None:
    del agosto, fora
    both = [("copia_completa", "selo 1"), ("copia_completa", ""), ("copias_fora", "")]
    assert list_copying() == both
    assert work_rotina("copia_completa", "selo 1") == Desfecho.FEITA
    assert work_rotina("copia_completa", "") == Desfecho.NADA
    assert list_copying() == [("copias_fora", "selo 1"), ("copias_fora", "")]
    # A clock that was ahead says nothing about today, and one copy is enough again.
    with time_machine.travel(clock.now() + timedelta(days=40), tick=False):
        finish_rodada(
            open_rodada(get_rotina("copia_completa"), "selo 1", run_id=uuid4(), tarefa_id=None), Desfecho.FEITA
        )
    assert ("copia_completa", "") in list_copying()
    assert work_rotina("copia_completa", "") == Desfecho.FEITA
    assert ("copia_completa", "") not in list_copying()


def test_a_seal_made_during_a_copy_asks_for_another(
    agosto: Cast, rarely: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    del rarely

    def copy_and_reopen() -> Completo:
        made = create_full_backup()
        reopen(agosto)
        return made

    monkeypatch.setattr(rotina_copias, "create_full_backup", copy_and_reopen)
    assert work_rotina("copia_completa", "selo 1") == Desfecho.FEITA
    # The copy that was just made lacks the second: it is not what waits to be carried outside.
    assert list_copying() == [("copia_completa", "selo 2")]


def test_what_could_not_be_copied_is_not_said_to_be_outside(
    agosto: Cast, rarely: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    del agosto, rarely

    def fail() -> Completo:
        raise DiscoRecusou(caminho="x", motivo="o disco está cheio.")

    monkeypatch.setattr(rotina_copias, "create_full_backup", fail)
    assert work_rotina("copia_completa", "selo 1") == Desfecho.RECUSADA
    assert work_rotina("copias_fora", "selo 1") == Desfecho.NADA


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    big = tmp_path / "grande"
    with big.open("wb") as file:
        file.truncate(200 << 20)
    code = """
import sys
from pathlib import Path
from estudio.services.copia_cifra import decrypt, encrypt, generate_chave
chave, para = generate_chave()
with open(sys.argv[1], "rb", 0) as source, open(sys.argv[1] + ".age", "wb", 0) as sink:
    encrypt(source, sink, destinatario=para)
with open(sys.argv[1] + ".age", "rb", 0) as source, open("/dev/null", "wb", 0) as sink:
    assert decrypt(source, sink, chave=chave, arquivo="x")[0] == 200 << 20
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""
    done = subprocess.run([sys.executable, "-c", code, str(big)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 120_000


def test_the_sheet_says_the_key_once_and_how_to_come_back(banco: object, tmp_path: Path) -> None:
    del banco
    path = tmp_path / "folha.pdf"
    done = run("key", "--to", str(path))
    assert done.exit_code == 0, done.output
    assert "AGE-SECRET" not in done.output
    assert path.stat().st_mode & 0o077 == 0
    said = re.sub(r"\s", "", "".join(page.extract_text() for page in pypdf.PdfReader(path).pages))
    (destinatario,) = re.findall(r"COPY_RECIPIENT=(age1\S+)", done.output)
    assert destinatario in said
    (chave,) = re.findall(r"AGE-SECRET-KEY-1[0-9A-Z]{58}", said)
    assert find_chave([chave]) == chave
    assert "estudiocopiafetch--fromPASTA_DAS_COPIAS--key-file/CAMINHO/chave.txt" in said
    assert run("key", "--to", str(path)).exit_code == 2
    assert run("key", "--to", str(config.get_settings().backup_dir / "folha.pdf")).exit_code == 2
    assert len(pypdf.PdfReader(io.BytesIO(write_folha("Estúdio " * 20, CHAVE, DESTINATARIO))).pages) == 1


@pytest.mark.usefixtures("agosto")
def test_the_age_of_any_system_opens_a_copy(fora: Path, tmp_path: Path) -> None:
    key = tmp_path / "chave.txt"
    key.write_text(f"{CHAVE}\n")
    copy = sheet(fora)
    done = subprocess.run([find_tool("age"), "-d", "-i", key, copy], capture_output=True, check=True)
    assert done.stdout == (config.get_settings().backup_dir / "2025_08" / copy.name.removesuffix(EXT)).read_bytes()
