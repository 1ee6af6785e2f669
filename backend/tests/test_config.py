"""Settings: what is understood, what stops the program, and that .env.example tells the same."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from estudio import config
from estudio.config import Settings, get_settings
from estudio.domain.errors import ConfiguracaoInvalida

ROOT = Path(__file__).resolve().parents[2]
NAMES = [name.upper() for name in Settings.model_fields]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Settings]:
    """Read the settings from these variables alone, in a folder without a .env."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)

    def read_with(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        config.reset()
        return get_settings()

    return read_with


@pytest.fixture(autouse=True)
def _forget() -> object:
    yield
    config.reset()


@pytest.mark.parametrize(
    ("word", "meant"),
    [(word, True) for word in ("true", "True", "TRUE", "1", "yes", "on", " on ")]
    + [(word, False) for word in ("false", "False", "0", "no", "off", "OFF")],
)
def test_scenario_24_words_for_yes_and_no_are_understood(read: Callable[..., Settings], word: str, meant: bool) -> None:
    assert read(EXTRATO_REQUIRE_BACKUP=word).extrato_require_backup is meant


@pytest.mark.parametrize("word", ["talvez", "sim", "2", "t", "yes please", "ｏｎ"])
def test_scenario_24_another_word_stops_the_program_naming_the_setting(
    read: Callable[..., Settings], word: str
) -> None:
    with pytest.raises(ConfiguracaoInvalida, match=r"EXTRATO_REQUIRE_BACKUP=.* não vale: use true") as refusal:
        read(EXTRATO_REQUIRE_BACKUP=word)
    assert refusal.value.details["configuracao"] == "EXTRATO_REQUIRE_BACKUP"
    assert word in refusal.value.message


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("TZ", "Marte/Olimpo", "America/Sao_Paulo"),
        ("TZ", "America", "America/Sao_Paulo"),
        ("TZ", "../../etc/passwd", "America/Sao_Paulo"),
        ("TZ", "/etc/localtime", "America/Sao_Paulo"),
        ("ATOMIC_TRANSACTION_TIMEOUT", "0", "de 1 a 86400"),
        ("ATOMIC_TRANSACTION_TIMEOUT", "-5", "de 1 a 86400"),
        ("ATOMIC_TRANSACTION_TIMEOUT", "1_0", "de 1 a 86400"),
        ("ATOMIC_TRANSACTION_TIMEOUT", "1e2", "de 1 a 86400"),
        ("ATOMIC_TRANSACTION_TIMEOUT", "１０", "de 1 a 86400"),
        ("ATOMIC_TRANSACTION_TIMEOUT", "9" * 5000, "de 1 a 86400"),
        ("BACKUP_RETENTION_DAYS", "0", "de 1 a 36500"),
        ("BACKUP_RETENTION_DAYS", "trinta", "de 1 a 36500"),
        ("CRON_SCHEDULE", "todo dia 1", "como no cron"),
        ("CRON_SCHEDULE", "0 25 1 * *", "como no cron"),
        ("CRON_SCHEDULE", "0 5 1 * * *", "como no cron"),
        ("CRON_SCHEDULE", "@monthly", "como no cron"),
        # croniter's own: another hour each time that it is asked.
        ("CRON_SCHEDULE", "R R 1 * *", "como no cron"),
        ("BACKUP_SCHEDULE", "r(0-9) 4 * mar-apr fri", "como no cron"),
        ("LOG_LEVEL", "muito", "INFO"),
        ("MEI_LIMITE_ANUAL", "muito", "como 81000.00"),
        ("MEI_LIMITE_ANUAL", "NaN", "como 81000.00"),
        ("MEI_LIMITE_ANUAL", "81e3", "como 81000.00"),
        ("MEI_LIMITE_ANUAL", "-1", "não pode ser negativo"),
    ],
)
def test_a_value_that_nobody_can_mean_is_named_with_the_remedy(
    read: Callable[..., Settings], name: str, value: str, remedy: str
) -> None:
    with pytest.raises(ConfiguracaoInvalida) as refusal:
        read(**{name: value})
    assert refusal.value.message.startswith(f"Configuração {name}={value} não vale: ")
    assert remedy in refusal.value.message


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ana:segredo@banco/estudio",
        "postgresql://ana:segredo@banco:porta/estudio",
        "postgresql://ana:segredo@banco:99999/estudio",
        "postgresql://ana:segredo@banco",
        "postgresql://ana:segredo@[::1/estudio",
        "estudio",
    ],
)
def test_a_wrong_address_of_a_database_is_refused_without_its_password(read: Callable[..., Settings], url: str) -> None:
    with pytest.raises(ConfiguracaoInvalida, match="DATABASE_URL não vale") as refusal:
        read(DATABASE_URL=url)
    assert "segredo" not in refusal.value.message + repr(refusal.value.details)


def test_the_password_is_not_in_what_is_printed_of_the_settings(read: Callable[..., Settings]) -> None:
    settings = read(DATABASE_URL="postgresql://ana:segredo@banco/estudio")
    assert settings.database_url == "postgresql://ana:segredo@banco/estudio"
    assert "segredo" not in repr(settings)


def test_empty_means_the_default(read: Callable[..., Settings]) -> None:
    assert read(**dict.fromkeys(NAMES, "")) == read()


@pytest.mark.parametrize(
    ("written", "meant"),
    [("", "81000.00"), ("0", "0.00"), ("81000.00", "81000.00"), ("R$ 130.000,00", "130000.00")],
)
def test_the_limit_of_a_mei_is_an_amount_or_none_at_all(
    read: Callable[..., Settings], written: str, meant: str
) -> None:
    assert read(MEI_LIMITE_ANUAL=written).mei_limite_anual == Decimal(meant)


def test_batch_size_is_kept_as_written(read: Callable[..., Settings]) -> None:
    assert read(BATCH_SIZE="abc").batch_size == "abc"


def test_backups_lie_in_the_data_folder_unless_told_otherwise(read: Callable[..., Settings], tmp_path: Path) -> None:
    assert read(ESTUDIO_DATA_DIR=str(tmp_path)).backup_dir == tmp_path / "backups"
    assert read(BACKUP_DIR="outro").backup_dir == tmp_path / "outro"


def test_a_home_that_is_not_known_is_refused(read: Callable[..., Settings]) -> None:
    with pytest.raises(ConfiguracaoInvalida, match="ESTUDIO_DATA_DIR=~ninguem-assim/x não vale"):
        read(ESTUDIO_DATA_DIR="~ninguem-assim/x")


def test_the_environment_wins_over_the_file(read: Callable[..., Settings], tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\ufeffBATCH_SIZE=7\nLOG_LEVEL=debug\nUNKNOWN=1\n", encoding="utf-8")
    settings = read(BATCH_SIZE="9")
    assert (settings.batch_size, settings.log_level) == ("9", "DEBUG")


def test_a_file_that_is_no_text_is_refused(read: Callable[..., Settings], tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("LOG_DIR=/caminho/José".encode("latin-1"))
    with pytest.raises(ConfiguracaoInvalida, match=r"\.env da pasta atual não pôde ser lido"):
        read()


def test_the_example_names_every_setting_in_order_with_its_default_and_reason(
    read: Callable[..., Settings],
) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    entries = re.findall(r"^# (.+)\n([A-Z_]+)=(.*)$", text, re.MULTILINE)
    assert [name for _, name, _ in entries] == NAMES
    assert [why for why, _, _ in entries] == [field.description for field in Settings.model_fields.values()]
    assert read(**{name: value.strip('"') for _, name, value in entries}) == read(**dict.fromkeys(NAMES, ""))


def test_every_setting_is_read_by_the_code() -> None:
    product = [path for path in (ROOT / "backend" / "estudio").rglob("*.py") if path.name != "config.py"]
    code = "\n".join(path.read_text(encoding="utf-8") for path in product)
    dead = [name for name in Settings.model_fields if not re.search(rf"\.{name}\b", code)]
    assert dead == []


def test_a_secret_comes_from_a_file_of_its_name_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As Docker and systemd hand passwords over."""
    (tmp_path / "smtp_password").write_text("segredo do arquivo\n")
    (tmp_path / "metrics_token").write_text("do arquivo")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("METRICS_TOKEN", "do ambiente")
    settings = config.get_settings()
    assert (settings.smtp_password, settings.metrics_token) == ("segredo do arquivo", "do ambiente")


def test_what_nobody_can_mean_in_a_file_is_refused_as_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "database_url").write_text("mysql://ana:segredo@banco/estudio")
    with pytest.raises(ConfiguracaoInvalida, match="DATABASE_URL não vale") as refusal:
        config.get_settings()
    assert "segredo" not in refusal.value.message
