"""A process that delivers what is due, for the tests. With `morre` it is killed after it sent and before it marks."""

import os
import signal
import sys

from estudio import logs
from estudio.services import aviso_entrega
from estudio.services.aviso_entrega import deliver_due


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    logs.start()
    if "morre" in sys.argv:
        vars(aviso_entrega)["_finish"] = die
    deliver_due()
