"""Servers of the standard library, in a thread of the test's process for as long as a block takes."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from socketserver import BaseServer
from typing import Final

PASSO_S: Final = 0.01
"""How often such a server looks whether it was told to stop; by itself, every half second."""


@contextmanager
def serving(server: BaseServer, name: str) -> Generator[None, None, None]:
    """It answers within the block, and is gone when the block is left, however that happens."""
    thread = threading.Thread(target=server.serve_forever, args=(PASSO_S,), name=name)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
