"""The locks that a write and a transition promise to hold are held, and nobody waits for more than that."""

from conftest import Banco
from guards.palco import Enderecos
from guards.travas import check_travas


def test_every_promise_of_the_locks_is_kept(banco: Banco) -> None:
    assert check_travas(Enderecos(banco.app_url, banco.superuser_url)) == []
