"""Doctor: the alerts. Can each address be understood, and did what there was to tell arrive?"""

from datetime import timedelta
from typing import Final

from estudio import clock
from estudio.services.aviso_destinos import is_legivel, list_destinos
from estudio.services.doctor_laudo import Check, Laudo, ask_one, aviso, count, falha, ok, show_some

RECENTE: Final = timedelta(days=7)
DEMORA: Final = timedelta(days=1)
"""What waits for longer waits for an address that does not answer, or for a worker."""


def check_enderecos() -> Laudo:
    """An alert that leaves for nowhere is silence."""
    destinos = list_destinos()
    if not destinos:
        return ok("Nenhum aviso é enviado (ALERT_ADDRESSES está vazio).")
    unread = [destino.nome for destino in destinos if not is_legivel(destino)]
    if not unread:
        return ok(f"Os avisos vão para {count(len(destinos), 'endereço', 'endereços')}: {show_some(_names())}.")
    return falha(f"Estes endereços de ALERT_ADDRESSES não são entendidos: {show_some(unread)}. Corrija-os.")


def check_avisos_entregues() -> Laudo:
    """Whether all that was told in the last days reached somebody."""
    lost, waiting = ask_one(
        """select count(*) filter (where estado = 'falhou' and criado_em > %(recente)s),
                  count(*) filter (where estado = 'pendente' and criado_em < %(demora)s)
           from estudio.avisos""",
        recente=clock.now() - RECENTE,
        demora=clock.now() - DEMORA,
    )
    if not lost and not waiting:
        return ok("Nenhum aviso deixou de ser entregue.")
    words = " e ".join(
        filter(
            None,
            (
                count(lost, "aviso não chegou a ninguém", "avisos não chegaram a ninguém") if lost else "",
                f"{count(waiting, 'espera', 'esperam')} há mais de um dia" if waiting else "",
            ),
        )
    )
    return aviso(
        f"{words[0].upper()}{words[1:]}. Veja por quê com `estudio avisos list`, e tente com `estudio avisos test`."
    )


def _names() -> list[str]:
    return [destino.nome for destino in list_destinos()]


CHECKS: tuple[Check, ...] = (
    check_enderecos,
    check_avisos_entregues,
)
