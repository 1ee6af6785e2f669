"""The key that signs cookies: made once for a studio, readable by nobody else, and never a weak one."""

import threading

import pytest

from estudio import config
from estudio.domain.errors import PastaDosDados
from estudio.web.secret_key import NAME, ensure_secret_key


def test_it_is_made_at_the_first_start_and_stays() -> None:
    key = ensure_secret_key()
    path = config.get_settings().estudio_data_dir / NAME
    assert ensure_secret_key() == key == path.read_text(encoding="ascii")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == [NAME]


def test_two_that_start_at_one_moment_have_the_same() -> None:
    keys: list[str] = []
    barrier = threading.Barrier(4)

    def start() -> None:
        barrier.wait()
        keys.append(ensure_secret_key())

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 4
    assert len(set(keys)) == 1


@pytest.mark.parametrize("weak", ["", "dev", "a" * 64, "changeme" * 8])
def test_a_key_that_somebody_wrote_is_refused(weak: str) -> None:
    ensure_secret_key()
    (config.get_settings().estudio_data_dir / NAME).write_text(weak, encoding="ascii")
    with pytest.raises(PastaDosDados, match="é fraca"):
        ensure_secret_key()


def test_a_key_that_others_can_read_is_refused() -> None:
    ensure_secret_key()
    (config.get_settings().estudio_data_dir / NAME).chmod(0o644)
    with pytest.raises(PastaDosDados, match="chmod 600"):
        ensure_secret_key()
