"""A closed month changes on no path: every attack that the catalogue gives rise to, as the app's role and behind it.

The attacks themselves are in ataques_*.py.
"""

import pytest
from conftest import Banco
from figures import Show
from guards.ataques import Ataque, run_bateria
from guards.ataques_valores import list_cobertas, list_valores
from guards.bateria import attack, attack_aberto, build_alvo_aberto, list_todos
from guards.catalogo import GUARDADAS, read_catalogo
from guards.direitos import list_excessos
from guards.palco import Enderecos, fill_livros


@pytest.fixture
def enderecos(banco: Banco) -> Enderecos:
    return Enderecos(banco.app_url, banco.superuser_url)


@pytest.mark.tabela
def test_no_attack_passes_and_none_changes_a_row(enderecos: Enderecos, show_figures: Show) -> None:
    relatorio = attack(enderecos)
    show_figures(relatorio.format())
    assert relatorio.falhas == []
    assert relatorio.total >= 250
    with enderecos.connect("super") as connection:
        # What an attack might have left behind: a right, a trigger, a function.
        assert list_excessos(connection) == []


def test_the_same_statements_pass_on_an_open_month(enderecos: Enderecos) -> None:
    quantos, falhas = attack_aberto(enderecos)
    assert falhas == []
    assert quantos >= 200


def test_the_catalogue_says_what_was_meant(enderecos: Enderecos) -> None:
    with enderecos.connect("super") as connection:
        assert list_excessos(connection) == []


def test_every_column_constraint_and_reference_is_attacked(enderecos: Enderecos) -> None:
    livros = fill_livros(enderecos)
    with enderecos.connect("super") as connection:
        catalogo = read_catalogo(connection)
        ataques = list_todos(connection, livros)
        valores = list(list_valores(build_alvo_aberto(connection, catalogo, livros)))
    # The key that children refer to: no two rows can share it while the primary key stands.
    assert set(catalogo.restricoes) - list_cobertas(valores) == {"pagamentos_id_mes", "pagamentos_id_recebido"}
    updates = {a.nome.split()[0] for a in ataques if a.familia == "update de cada coluna"}
    permanentes = {a.nome.split(":")[0] for a in ataques if a.familia == "tabelas permanentes"}
    colunas = {f"{t}.{c.nome}" for t in GUARDADAS for c in catalogo.colunas[t]}
    assert colunas <= updates | permanentes
    assert {r.nome for r in catalogo.referencias} <= {
        a.nome.split()[0].rstrip(":") for a in ataques if a.familia == "cascata"
    }


def test_a_battery_whose_guard_is_gone_says_so(enderecos: Enderecos) -> None:
    """Negative control: one trigger less, and the rows that change are named."""
    livros = fill_livros(enderecos)
    with enderecos.connect("super") as connection:
        ataques = [a for a in list_todos(connection, livros) if _is_about(a, "pagamentos")]
        connection.execute("alter table estudio.pagamentos disable trigger guard_update")
    relatorio = run_bateria(enderecos, livros, ataques)
    mudaram = [falha for falha in relatorio.falhas if "MUDOU" in falha]
    assert mudaram
    assert all("pagamentos" in falha for falha in mudaram)


def test_a_battery_whose_rights_are_too_wide_says_so(enderecos: Enderecos) -> None:
    """Negative control: with a right too many nothing changes yet, but the answer is another."""
    livros = fill_livros(enderecos)
    with enderecos.connect("super") as connection:
        ataques = [a for a in list_todos(connection, livros) if a.familia == "estado à mão"]
        connection.execute("grant update on estudio.competencias to estudio_app")
        assert list_excessos(connection) == ["direitos em competencias: ['SELECT', 'UPDATE']"]
    assert len(run_bateria(enderecos, livros, ataques).falhas) == len(ataques)


def _is_about(ataque: Ataque, tabela: str) -> bool:
    return ataque.nome.startswith(tabela) and ataque.familia in ("update", "update de cada coluna", "mover")
