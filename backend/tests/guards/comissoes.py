"""Comissões that are wrong, each in its way: the month in which they are is not ready. And right ones that look wrong.

Each is written by the app's role into an open month, asked about in its own transaction, and rolled back.
"""

from collections.abc import Callable
from typing import Final

from guards.palco import ABERTA, HOJE, SEGUINTE, Connection, Enderecos, Livros, Mes, fill_livros, insert

Escrita = Callable[[Connection, Livros, Mes], object]


def check_comissoes(enderecos: Enderecos) -> list[str]:
    """Every wrong comissão that readiness lets pass, every right one that it stops at, by name; empty is well."""
    livros = fill_livros(enderecos)
    falhas = []
    with enderecos.connect() as app, enderecos.connect() as outra:
        for nome, (escrita, esperado) in CASOS.items():
            app.execute("begin")
            escrita(app, livros, livros.meses[ABERTA])
            achado = app.execute(_PRONTIDAO, [ABERTA, HOJE]).fetchone()
            app.execute("rollback")
            if (achado is not None) != (esperado is not None):
                falhas.append(f"{nome}: {'impede' if achado else 'não impede'}")
            elif achado is not None and achado[:2] != esperado:
                falhas.append(f"{nome}: diz {achado[:2]}, devia {esperado}")
            elif achado is not None and len(achado[2]) != achado[0]:
                falhas.append(f"{nome}: mostra {achado[2]}")
        _lower_behind_an_estorno(app, outra, livros)
        if not app.execute(_PRONTIDAO, [ABERTA, HOJE]).fetchone():
            falhas.append("o original baixa sem ver o estorno: não impede")
    return falhas


def _lower_behind_an_estorno(app: Connection, outra: Connection, livros: Livros) -> None:
    """The payment is changed in a snapshot older than its estorno, which the guard of estornos cannot see there."""
    original = livros.meses[ABERTA].sem_comissao
    app.execute("begin isolation level repeatable read")
    app.execute("select from estudio.pagamentos")
    comum = {"data": ABERTA, "forma": "pix", "artista_id": livros.ana, "percentual": 0}
    insert(outra, "pagamentos", **comum, valor_centavos=-15_000, estorno_de=original)
    _set_pagamento(app, original, 10_000)
    app.execute("commit")


_PRONTIDAO: Final = """
    select quantidade, valor_centavos, ids from estudio.prontidao(%s, %s)
    where codigo = 'comissao_errada' and bloqueia"""


def _set_comissao(connection: Connection, pagamento: int, valor: int) -> None:
    connection.execute("update estudio.comissoes set valor_centavos = %s where pagamento_id = %s", [valor, pagamento])


def _set_pagamento(connection: Connection, pagamento: int, valor: int) -> None:
    connection.execute("update estudio.pagamentos set valor_centavos = %s where id = %s", [valor, pagamento])


def _pay(connection: Connection, livros: Livros, valor: int, percentual: int = 3000) -> int:
    comum = {"data": ABERTA, "forma": "pix", "artista_id": livros.bia}
    return insert(connection, "pagamentos", **comum, valor_centavos=valor, percentual=percentual)


def _give_back(connection: Connection, livros: Livros, original: int, valor: int, share: int) -> int:
    comum = {"data": ABERTA, "forma": "pix", "artista_id": livros.bia, "percentual": 3000}
    estorno = insert(connection, "pagamentos", **comum, valor_centavos=valor, estorno_de=original)
    _share(connection, estorno, livros.bia, share)
    return estorno


def _share(connection: Connection, pagamento: int, artista: int, valor: int, percentual: int = 3000) -> None:
    partes = {"artista_id": artista, "percentual": percentual, "valor_centavos": valor}
    insert(connection, "comissoes", pagamento_id=pagamento, mes=ABERTA, **partes)


def _fake(connection: Connection, livros: Livros, _mes: Mes) -> None:
    _share(connection, _pay(connection, livros, 10_000), livros.bia, 999_999_999)


def _raise_payment_alone(connection: Connection, _livros: Livros, mes: Mes) -> None:
    _set_pagamento(connection, mes.outro, 60_000)


def _round_down(connection: Connection, livros: Livros, _mes: Mes) -> None:
    _share(connection, _pay(connection, livros, 5), livros.bia, 1)


def _round_half_up(connection: Connection, livros: Livros, _mes: Mes) -> None:
    _share(connection, _pay(connection, livros, 5), livros.bia, 2)


def _other_rate(connection: Connection, livros: Livros, _mes: Mes) -> None:
    _share(connection, _pay(connection, livros, 10_000), livros.bia, 4_000, percentual=4000)


def _leave_with_other_artist(connection: Connection, livros: Livros, mes: Mes) -> None:
    connection.execute("update estudio.pagamentos set artista_id = %s where id = %s", [livros.ana, mes.outro])


def _second_artist(connection: Connection, livros: Livros, mes: Mes) -> None:
    _share(connection, mes.outro, livros.ana, 10_000, percentual=2000)


def _two_that_exceed(connection: Connection, livros: Livros, mes: Mes) -> None:
    _share(connection, mes.outro, livros.ana, 40_000, percentual=8000)


def _imported_odd(connection: Connection, _livros: Livros, mes: Mes) -> None:
    _set_comissao(connection, mes.pagamento, 7_777)


def _imported_of_other_artist(connection: Connection, livros: Livros, mes: Mes) -> None:
    connection.execute("update estudio.pagamentos set importacao_id = null where id = %s", [mes.pagamento])
    connection.execute(
        "update estudio.comissoes set artista_id = %s, valor_centavos = 1 where pagamento_id = %s",
        [livros.ana, mes.pagamento],
    )


def _imported_payment(connection: Connection, livros: Livros, mes: Mes) -> None:
    connection.execute(
        """update estudio.comissoes set importacao_id = null, artista_id = %s, valor_centavos = 1
           where pagamento_id = %s""",
        [livros.ana, mes.pagamento],
    )


def _imported_too_much(connection: Connection, _livros: Livros, mes: Mes) -> None:
    _set_comissao(connection, mes.pagamento, 20_001)


def _estorno_too_much(connection: Connection, _livros: Livros, mes: Mes) -> None:
    _set_comissao(connection, mes.estorno, -1_001)


def _estornos_take_more(connection: Connection, livros: Livros, mes: Mes) -> None:
    _give_back(connection, livros, mes.original, -20_000, -8_701)


def _estorno_of_other_artist(connection: Connection, livros: Livros, mes: Mes) -> None:
    connection.execute(
        "update estudio.comissoes set artista_id = %s where pagamento_id = %s", [livros.ana, mes.estorno]
    )


def _whole_reversal_short(connection: Connection, livros: Livros, mes: Mes) -> None:
    _give_back(connection, livros, mes.original, -29_000, -8_699)


def _whole_reversal(connection: Connection, livros: Livros, mes: Mes) -> None:
    _give_back(connection, livros, mes.original, -29_000, -8_700)


def _last_takes_what_is_left(connection: Connection, livros: Livros, mes: Mes) -> None:
    """More than the estorno itself, for all before it were rounded down."""
    _set_pagamento(connection, mes.estorno, -29_999)
    _set_comissao(connection, mes.estorno, -8_995)
    _give_back(connection, livros, mes.original, -1, -5)


def _late_import(connection: Connection, livros: Livros, _mes: Mes) -> None:
    """Given back whole before an import brought the comissão."""
    original = _pay(connection, livros, 1_000)
    connection.execute("update estudio.pagamentos set importacao_id = %s where id = %s", [livros.importacao, original])
    _share(connection, original, livros.bia, 300)
    comum = {"data": ABERTA, "forma": "pix", "artista_id": livros.bia, "percentual": 0}
    insert(connection, "pagamentos", **comum, valor_centavos=-1_000, estorno_de=original)


def _elsewhere(connection: Connection, livros: Livros, _mes: Mes) -> None:
    _set_pagamento(connection, livros.meses[SEGUINTE].outro, 60_000)


def _nothing(_connection: Connection, _livros: Livros, _mes: Mes) -> None: ...


# Name: what is written, and what readiness says of it (how many payments, how much comissão); None: nothing.
CASOS: Final[dict[str, tuple[Escrita, tuple[int, int] | None]]] = {
    "o palco como está": (_nothing, None),
    "comissão inventada": (_fake, (1, 999_999_999)),
    "o pagamento muda sozinho": (_raise_payment_alone, (1, 15_000)),
    "metade para baixo": (_round_down, (1, 1)),
    "metade para cima": (_round_half_up, None),
    "outro percentual": (_other_rate, (1, 4_000)),
    "a comissão fica com outro artista": (_leave_with_other_artist, (1, 15_000)),
    "dois artistas": (_second_artist, None),
    "dois artistas que somam mais": (_two_that_exceed, (1, 55_000)),
    "importada, como foi paga": (_imported_odd, None),
    "importada, de outro artista": (_imported_of_other_artist, None),
    "de pagamento importado": (_imported_payment, None),
    "importada, acima do pago": (_imported_too_much, (1, 20_001)),
    "estorno com mais comissão que valor": (_estorno_too_much, (1, -1_001)),
    "estornos levam mais que a comissão": (_estornos_take_more, (2, -9_001)),
    "estorno de outro artista": (_estorno_of_other_artist, (1, -300)),
    "estorno inteiro que deixa um centavo": (_whole_reversal_short, (2, -8_999)),
    "estorno inteiro": (_whole_reversal, None),
    "o último estorno leva o que sobra": (_last_takes_what_is_left, None),
    "comissão importada depois do estorno": (_late_import, None),
    "errada em outro mês": (_elsewhere, None),
}
