"""A record of the file against the row that it is here: the same, changed here since, or in contradiction.

A backup of this very studio has to say exactly what is here. What came from elsewhere may have been edited here, and
then stays as it was edited; but untouched here and different in the file means that two records have one number.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from estudio.domain.dinheiro import format_dinheiro, format_percentual, from_centavos
from estudio.services.import_plano import Plano
from estudio.services.import_registros import Pessoa

_NOMES: Final = {
    "pagamento": ("o pagamento", "alterado"),
    "sessao": ("a sessão", "alterada"),
    "comissao": ("a comissão", "alterada"),
    "gasto": ("o gasto", "alterado"),
    "acerto": ("o acerto", "alterado"),
}


def compare_with_here(plano: Plano, tipo: str, record: Any, here: Any) -> None:
    """Tell `recusas` or `avisos` of the plan what differs; nothing where the two say the same."""
    if plano.situacao.is_propria:
        differences = list(_compare_whole(plano, tipo, record, here))
    else:
        differences = list(
            _compare(record, here, ("data", "valor", "percentual") if tipo == "comissao" else ("data", "valor"))
        )
    if not differences:
        return
    nome, alterado = _NOMES[tipo]
    what = "; ".join(differences)
    if plano.situacao.is_propria:
        plano.recusas.add(
            record.linha,
            f"{nome} {record.id} está aqui com outros dados ({what}). Corrija-o aqui se o arquivo tem razão.",
            codigo="difere",
        )
    elif here.versao > 1:
        what = (
            f"{nome} {record.id} (aqui nº {here.id}) foi {alterado} depois de importado ({what}): fica como está aqui."
        )
        plano.avisos.add(record.linha, what, codigo="editado_aqui")
    else:
        plano.recusas.add(
            record.linha,
            f"{nome} {record.id} já foi importado (aqui nº {here.id}) com outros dados ({what}). Corrija-o aqui e "
            "apague a linha; se o arquivo é de outra instalação da versão 4, os números das duas não se misturam.",
            codigo="difere",
        )


def _compare(record: Any, here: Any, campos: tuple[str, ...]) -> Iterator[str]:
    for campo in campos:
        if hasattr(record, campo) and hasattr(here, campo):
            yield from _tell(campo, getattr(record, campo), getattr(here, campo))


def _compare_whole(plano: Plano, tipo: str, record: Any, here: Any) -> Iterator[str]:
    yield from _compare(
        record,
        here,
        (
            "data",
            "valor",
            "percentual",
            "status",
            "descricao",
            "observacoes",
            "estorno_de",
            "google_event_id",
            "tipo",
            "motivo",
        ),
    )
    if tipo in ("comissao", "acerto"):
        yield from _tell("pagamento_id", record.pagamento_id, here.pagamento_id)
    if tipo in ("pagamento", "gasto", "acerto"):
        yield from _tell("forma", record.forma and record.forma.codigo, here.forma)
    if tipo == "gasto":
        yield from _tell("categoria", record.categoria and record.categoria.codigo, here.categoria)
    else:
        yield from _tell("artista_id", _id(record.artista), here.artista_id)
    if tipo in ("pagamento", "sessao"):
        yield from _tell("cliente_id", _id(record.cliente), here.cliente_id)
    # A payment that was deleted freed its sessões, and takes them back when it returns.
    if tipo == "sessao" and not (here.payment_id is None and record.payment_id in plano.pagamentos):
        yield from _tell("payment_id", record.payment_id, here.payment_id)
    if tipo != "comissao":
        yield from _tell("created_by", _id(record.criador), here.criado_por)


def _tell(campo: str, in_file: Any, here: Any) -> Iterator[str]:
    if in_file != here:
        yield f"{campo}: {_show(campo, in_file)} no arquivo e {_show(campo, here)} aqui"


def _id(pessoa: Pessoa | None) -> int | None:
    return None if pessoa is None else pessoa.id


def _show(campo: str, value: Any) -> str:
    if value is None:
        return "nada"
    if campo == "valor":
        return format_dinheiro(from_centavos(value))
    if campo == "percentual":
        return format_percentual(value)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    text = str(value)
    return f"“{text if len(text) <= 40 else text[:40] + '…'}”"
