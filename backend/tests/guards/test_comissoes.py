"""No month closes with a comissão that its payment does not give, whoever wrote it."""

import psycopg
import pytest
from conftest import Banco
from guards.comissoes import check_comissoes
from guards.palco import ABERTA, Enderecos, call, close, fill_livros, insert


@pytest.fixture
def enderecos(banco: Banco) -> Enderecos:
    return Enderecos(banco.app_url, banco.superuser_url)


def test_every_wrong_comissao_is_found_and_no_right_one(enderecos: Enderecos) -> None:
    assert check_comissoes(enderecos) == []


def test_a_wrong_comissao_is_not_sealed(enderecos: Enderecos) -> None:
    livros = fill_livros(enderecos)
    with enderecos.connect() as app:
        comum = {"data": ABERTA, "forma": "pix", "artista_id": livros.bia, "percentual": 3000}
        pagamento = insert(app, "pagamentos", **comum, valor_centavos=10_000)
        partes = {"artista_id": livros.bia, "percentual": 3000, "valor_centavos": 999_999_999}
        insert(app, "comissoes", pagamento_id=pagamento, mes=ABERTA, **partes)
        with pytest.raises(psycopg.Error) as refusal:
            close(app, ABERTA)
        assert (refusal.value.sqlstate, refusal.value.diag.message_detail) == ("P0F08", '["comissao_errada"]')
        app.execute("update estudio.comissoes set valor_centavos = 3000 where pagamento_id = %s", [pagamento])
        close(app, ABERTA)
        assert call(app, "select estado from estudio.competencias where mes = %s", ABERTA) == "fechada"
