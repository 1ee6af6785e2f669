"""Links, names, audit and outbox are written with what they tell of."""

from conftest import Banco
from guards.palco import Enderecos
from guards.registros import check_registros


def test_every_transition_and_every_write_leaves_its_records(banco: Banco) -> None:
    assert check_registros(Enderecos(banco.app_url, banco.superuser_url)) == []
