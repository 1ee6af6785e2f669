"""The studio's own row: the dono's to change, and what the database itself refuses of it."""

import hashlib

import pytest
from cast import Cast, make_cast
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from estudio.db_refusals import translate
from estudio.domain.errors import AlteradoDepois, DadosInvalidos, EmUso, ImagemRecusada, NaoEncontrado, SemPermissao
from estudio.domain.identidade import get_identidade
from estudio.services.identidade_service import edit_identidade, register_logotipo, set_logotipo
from estudio.services.imagem_service import Imagem

CABECA = b"\x89PNG\r\n\x1a\n"

GUARDA = "insert into logotipos (sha256, png, largura, altura) values (encode(sha256({png}), 'hex'), {png}, 1, 1)"

IMAGEM = Imagem(CABECA + b"\0" * 100, 10, 5)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def test_only_the_dono_changes_the_studio(session: Session, cast: Cast) -> None:
    for quem in (cast.quem_caio, cast.quem_bia, cast.quem_edu):
        with pytest.raises(SemPermissao):
            edit_identidade(session, quem=quem, nome="Meu")
        with pytest.raises(SemPermissao):
            register_logotipo(session, quem=quem, imagem=IMAGEM)
        with pytest.raises(SemPermissao):
            set_logotipo(session, quem=quem, sha256=None, atual=None)


def test_an_edit_is_over_the_version_that_was_seen(session: Session, cast: Cast) -> None:
    studio = get_identidade(session)
    edit_identidade(session, quem=cast.quem_ana, versao=studio.versao, nome="Casa")
    with pytest.raises(AlteradoDepois):
        edit_identidade(session, quem=cast.quem_ana, versao=1, nome="Outra")
    edit_identidade(session, quem=cast.quem_ana, cor="#8A2060")
    studio = get_identidade(session)
    assert (studio.nome, studio.cor, studio.versao) == ("Casa", "#8a2060", 3)


def test_a_logo_that_is_not_kept_does_not_come_back(session: Session, cast: Cast) -> None:
    with pytest.raises(NaoEncontrado):
        set_logotipo(session, quem=cast.quem_ana, sha256="0" * 64, atual=None)
    register_logotipo(session, quem=cast.quem_ana, imagem=IMAGEM)
    with pytest.raises(AlteradoDepois):
        set_logotipo(session, quem=cast.quem_ana, sha256=None, atual=None)


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("update identidade set cor = 'red'", DadosInvalidos),
        ("update identidade set cor = '#1F3A5F'", DadosInvalidos),
        ("update identidade set logotipo_sha256 = repeat('0', 64)", DadosInvalidos),
        ("insert into logotipos (sha256, png, largura, altura) values (:sha256, :png, 641, 1)", DadosInvalidos),
        ("insert into logotipos (sha256, png, largura, altura) values (:sha256, :png, 1, 0)", DadosInvalidos),
        ("insert into logotipos (sha256, png, largura, altura) values (repeat('0', 64), :png, 1, 1)", DadosInvalidos),
        (GUARDA.format(png="substring(cast(:png as bytea) from 2)"), ImagemRecusada),
        (GUARDA.format(png="cast(:large as bytea)"), ImagemRecusada),
        ("delete from logotipos", EmUso),
    ],
)
def test_the_database_refuses_it_too(session: Session, cast: Cast, statement: str, refusal: type[Exception]) -> None:
    register_logotipo(session, quem=cast.quem_ana, imagem=IMAGEM)
    png = CABECA + b"\1" * 100
    given = {"sha256": hashlib.sha256(png).hexdigest(), "png": png, "large": CABECA + b"\0" * 131_072}
    with pytest.raises(DBAPIError) as refused, session.begin_nested():
        session.execute(text(statement), {key: value for key, value in given.items() if f":{key}" in statement})
    assert isinstance(translate(refused.value), refusal)
