"""The process that sets one document: a request on stdin, the PDF on stdout, what is wrong on stderr.

Run by its path, in isolation (`documento_typst`); it imports nothing of the program.
"""

import json
import resource
import sys
from datetime import UTC, datetime

MEMORIA = 2 << 30
SEGUNDOS = 60
"""Bytes of address space, and seconds of processor: whoever started it may have been killed."""


def main() -> None:
    """Answer one request."""
    import typst

    resource.setrlimit(resource.RLIMIT_AS, (MEMORIA, MEMORIA))
    resource.setrlimit(resource.RLIMIT_CPU, (SEGUNDOS, SEGUNDOS))
    request = json.load(sys.stdin.buffer)
    pdf = typst.compile(
        f"{request['pasta']}/{request['modelo']}",
        root=request["pasta"],
        ignore_system_fonts=True,
        sys_inputs={"dados": request["dados"]},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=datetime.fromtimestamp(request["em"], UTC),
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
