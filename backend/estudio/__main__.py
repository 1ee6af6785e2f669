"""`python -m estudio` is the same as `estudio`."""

from estudio.cli import main

main()
