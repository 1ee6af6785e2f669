"""What an artista kept, in a file: where its pagamento went another way here, the line stays out and is told of, in the
preview as in the run; nothing else of the file waits for it."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from cast import Cast, make_cast, pay
from conftest import Banco
from importar import ask, bring_file, run_sql
from moldes import Copiar

from estudio import db
from estudio.domain.acerto import Tipo
from estudio.domain.competencia import Competencia
from estudio.services.acerto_service import register_acerto, register_recebido
from estudio.services.backup_escrita import create_backup
from estudio.services.import_service import preview_leitura, read_arquivo
from estudio.services.pagamento_service import reverse_pagamento

SETEMBRO, DIA = Competencia(2025, 9), date(2025, 9, 10)
RECEBIDOS = "select pagamento_id, valor_centavos, importacao_id is null from estudio.acertos where tipo = 'recebido'"


def _fill(_: Banco) -> Cast:
    with db.transaction() as session:
        cast = make_cast(session)
        pago = pay(session, cast, "300.00", data=DIA)
        pay(session, cast, "200.00", data=DIA)
        reverse_pagamento(session, pago.id, quem=cast.quem_caio, data=DIA, valor=Decimal("50.00"))
    return cast


@pytest.fixture
def cast(copiar: Copiar[Cast]) -> Cast:
    """Bia got 300,00 and 200,00, and gave 50,00 of the first back."""
    return copiar(_fill)[1]


@pytest.fixture
def arquivos(cast: Cast, banco: Banco) -> tuple[Path, Path]:
    """The month of another studio: before it was noted what Bia kept, and after. Nothing of it is here."""
    before = create_backup(SETEMBRO).caminho
    with db.transaction() as session:
        for (numero,) in ask(banco, "select id from estudio.pagamentos order by id"):
            register_recebido(session, numero, quem=cast.quem_ana)
        register_acerto(
            session, quem=cast.quem_ana, data=DIA, artista_id=cast.bia.id, tipo=Tipo.ALUGUEL, valor=Decimal("400.00")
        )
    after = create_backup(SETEMBRO).caminho
    run_sql(
        banco,
        "delete from estudio.pagamentos where estorno_de is not null",
        "delete from estudio.pagamentos",
        "delete from estudio.acertos",
    )
    with banco.connect_as_superuser() as superuser:
        superuser.execute("update estudio.identidade set estudio_id = gen_random_uuid()")
    return before, after


def preview(path: Path) -> dict[str, object]:
    with db.transaction(read_only=True) as session:
        return preview_leitura(session, read_arquivo(path)).as_json()


def list_fica(path: Path) -> list[str]:
    """Bring the file in: what the preview said is what was done. Returns why lines stayed out."""
    said = preview(path)
    done = bring_file(path)
    assert done.importacao_id is not None
    assert done.plano.as_json() == said
    avisos = done.plano.avisos.in_order()
    return [nota.motivo for nota in avisos if nota.codigo == "recebido_fica"]


def test_what_goes_the_way_of_its_pagamento_comes_in(arquivos: tuple[Path, Path], banco: Banco) -> None:
    before, after = arquivos
    assert bring_file(before).importacao_id is not None
    assert list_fica(after) == []
    assert [row[1] for row in ask(banco, RECEBIDOS)] == [-300_00, -200_00, 50_00]
    assert bring_file(after).importacao_id is None


def test_what_was_noted_here_too_stays_as_it_is_and_the_rest_comes_in(
    arquivos: tuple[Path, Path], cast: Cast, banco: Banco
) -> None:
    before, after = arquivos
    bring_file(before)
    ours, estorno = ask(banco, "select id from estudio.pagamentos where valor_centavos in (30000, -5000) order by id")
    with db.transaction() as session:
        noted = [register_recebido(session, id_, quem=cast.quem_ana).id for (id_,) in (ours, estorno)]
    fica = list_fica(after)
    assert [f"já tem o acerto nº {id_}, e assim continua." in why for id_, why in zip(noted, fica, strict=True)] == [
        True,
        True,
    ]
    rows = ask(banco, RECEBIDOS)
    assert sorted((valor, ours) for _, valor, ours in rows) == [(-300_00, True), (-200_00, False), (50_00, True)]
    assert ask(banco, "select valor_centavos from estudio.acertos where tipo = 'aluguel'") == [(-400_00,)]
    again = bring_file(after)
    assert again.importacao_id is None
    assert again.plano.existentes["acerto"] == 4


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("update estudio.pagamentos set valor_centavos = 19900 where valor_centavos = 20000", "foi alterado depois"),
        ("update estudio.pagamentos set data = '2025-10-02' where valor_centavos = 20000", "foi alterado depois"),
        (
            """update estudio.pagamentos set artista_id = (select id from estudio.artistas where nome = 'Ana')
               where valor_centavos = 20000""",
            "foi alterado depois",
        ),
        ("delete from estudio.pagamentos where valor_centavos = 20000", "foi apagado aqui depois de importado"),
    ],
)
def test_a_pagamento_that_went_another_way_here_stays_so(
    arquivos: tuple[Path, Path], banco: Banco, change: str, says: str
) -> None:
    before, after = arquivos
    bring_file(before)
    run_sql(banco, change)
    (why,) = list_fica(after)
    assert says in why
    assert sorted(row[1] for row in ask(banco, RECEBIDOS)) == [-300_00, 50_00]
    assert bring_file(after).importacao_id is None


def test_in_the_studio_that_wrote_it_one_that_was_noted_anew_stays(cast: Cast, banco: Banco) -> None:
    (numero,) = ask(banco, "select id from estudio.pagamentos where valor_centavos = 20000")[0]
    with db.transaction() as session:
        register_recebido(session, numero, quem=cast.quem_ana)
    path = create_backup(SETEMBRO).caminho
    run_sql(banco, "delete from estudio.acertos")
    with db.transaction() as session:
        anew = register_recebido(session, numero, quem=cast.quem_ana).id
    said = preview(path)
    done = bring_file(path)
    assert done.plano.as_json() == said
    assert done.importacao_id is None
    assert [nota.codigo for nota in done.plano.avisos.in_order()] == ["recebido_fica"]
    assert ask(banco, "select id from estudio.acertos") == [(anew,)]


def test_a_file_that_does_not_agree_with_itself_is_refused(arquivos: tuple[Path, Path]) -> None:
    """No backup of ours is like that; whoever reads one by hand is told in the preview already."""
    leitura = read_arquivo(arquivos[1])
    first, second, *_ = leitura.acertos
    leitura.acertos[0] = first._replace(valor=first.valor - 1)
    leitura.acertos[1] = second._replace(pagamento_id=first.pagamento_id)
    with db.transaction(read_only=True) as session:
        recusas = preview_leitura(session, leitura).recusas.in_order()
    assert {nota.codigo for nota in recusas} == {"vinculo"}
    assert any("não tem o dia, o valor e o artista" in nota.motivo for nota in recusas)
    assert any("Apague um dos dois" in nota.motivo for nota in recusas)
