"""The script of the sample studio: the same for the same day, and like a studio's on any day."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estudio import config
from estudio.domain.competencia import Competencia
from estudio.domain.errors import Ocupado, PastaDosDados, UsageRefusal
from estudio.services.demo_pasta import MARK, open_demo_folder
from estudio.services.demo_roteiro import CLIENTES, MESES, Roteiro, write_roteiro
from estudio.services.demo_textos import ARTISTAS, USUARIOS

HOJE = date(2026, 11, 24)


@pytest.fixture(scope="module")
def roteiro() -> Roteiro:
    return write_roteiro(HOJE)


def test_the_same_day_gives_the_same_script(roteiro: Roteiro) -> None:
    assert write_roteiro(HOJE) == roteiro


def test_it_is_fourteen_months_up_to_today(roteiro: Roteiro) -> None:
    assert len(roteiro.meses) == MESES == 14
    assert roteiro.meses[-1] == Competencia.of(HOJE)
    assert {Competencia.of(p.data) for p in roteiro.pagamentos} == set(roteiro.meses)
    assert {Competencia.of(g.data) for g in roteiro.gastos} == set(roteiro.meses)


def test_its_people_are_four_artistas_sixty_clients_and_all_papeis(roteiro: Roteiro) -> None:
    assert len(ARTISTAS) == 4
    assert [share for _, share in ARTISTAS].count(0) == 2
    assert len(roteiro.clientes) == len(set(roteiro.clientes)) == CLIENTES == 60
    assert {papel for _, _, papel, _ in USUARIOS} == {"dono", "recepcao", "artista", "contador"}


def test_nobody_works_on_sundays_and_saturdays_are_the_busiest(roteiro: Roteiro) -> None:
    days = Counter(s.data.weekday() for s in roteiro.sessoes)
    assert 6 not in days
    assert max(days, key=lambda day: days[day]) == 5


def test_there_is_something_of_everything_that_happens_in_a_studio(roteiro: Roteiro) -> None:
    paid = {number for p in roteiro.pagamentos for number in p.sessoes}
    assert any(p.cliente is None and not p.sessoes for p in roteiro.pagamentos)
    assert any(len(p.sessoes) == 2 for p in roteiro.pagamentos)
    assert any(s.numero not in paid and s.data < HOJE for s in roteiro.sessoes)
    assert any(s.data > HOJE for s in roteiro.sessoes)
    assert {e.valor is None for e in roteiro.estornos} == {True, False}
    assert len({g.descricao for g in roteiro.gastos if g.categoria == "aluguel"}) == 1
    assert any(m.delta > 0 for m in roteiro.movimentos)
    assert any(m.delta < 0 for m in roteiro.movimentos)


def test_its_words_are_the_ones_that_break_programs(roteiro: Roteiro) -> None:
    words = "".join([*roteiro.clientes, *(s.observacoes or "" for s in roteiro.sessoes)])
    for mark in '"', ";", "'", "=", "ã", "é", "ç", "🦋":
        assert mark in words, mark


@given(st.dates(date(2001, 4, 1), date(2099, 11, 1)))
@settings(max_examples=25, deadline=None)
def test_on_any_day_the_books_would_take_it(hoje: date) -> None:
    script = write_roteiro(hoje)
    payments = {p.numero: p for p in script.pagamentos}
    settled = [number for p in script.pagamentos for number in p.sessoes]
    assert len(settled) == len(set(settled))
    assert all(script.sessoes[number].data <= p.data for p in script.pagamentos for number in p.sessoes)
    assert all(script.meses[0].first_day <= p.data <= hoje and p.valor > 0 for p in script.pagamentos)
    assert all(payments[e.pagamento].data <= e.data <= hoje for e in script.estornos)
    for number, payment in payments.items():
        parts = [e.valor for e in script.estornos if e.pagamento == number and e.valor is not None]
        assert sum(parts, Decimal(0)) <= payment.valor
    assert all(g.data <= hoje and g.valor > 0 for g in script.gastos)


def test_a_database_of_ones_own_is_never_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageRefusal, match="DATABASE_URL"), open_demo_folder():
        pass
    monkeypatch.delenv("DATABASE_URL")
    config.reset()
    with pytest.raises(UsageRefusal, match="DATABASE_URL"), open_demo_folder():
        pass


@pytest.fixture
def own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(name)
    config.reset()


@pytest.mark.usefixtures("own_server")
def test_a_folder_that_is_not_a_samples_is_not_touched() -> None:
    folder = config.get_settings().estudio_data_dir
    folder.mkdir(parents=True)
    (folder / "livros.txt").write_text("de verdade", encoding="utf-8")
    with pytest.raises(PastaDosDados, match="não está vazia"), open_demo_folder():
        pass
    assert [path.name for path in folder.iterdir()] == ["livros.txt"]


@pytest.mark.usefixtures("own_server")
def test_a_samples_folder_is_emptied_and_becomes_the_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_DIR", str(config.get_settings().estudio_data_dir.parent / "de_verdade"))
    config.reset()
    with open_demo_folder() as folder:
        (folder / "resto").mkdir()
        (folder / "resto" / "velho.txt").touch()
        with pytest.raises(Ocupado), open_demo_folder():
            pass
    with open_demo_folder() as again:
        assert again == folder
        assert [path.name for path in folder.iterdir()] == [MARK]
        assert config.get_settings().backup_dir == folder / "backups"
        assert config.get_settings().database_url == ""
