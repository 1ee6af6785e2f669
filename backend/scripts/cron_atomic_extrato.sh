#!/bin/sh
# Closes the previous month from cron. Works from any folder and with cron's empty environment; passes its arguments on and
# the exit code back (docs/operacao.md says what each means); a lock keeps two of them from running at once.
#
#   cron_atomic_extrato.sh [--year AAAA --month M] [--force] [--dry-run]
set -u

scripts=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || exit 2
root=$(CDPATH='' cd -- "$scripts/../.." && pwd -P) || exit 2
cd -- "$root" || exit 2                       # a .env beside the README is read from here

python=$root/.venv/bin/python
if [ ! -x "$python" ]; then
    python=$(command -v python3) || {
        echo "cron_atomic_extrato.sh: não há Python. Rode 'make demo' uma vez nesta pasta, ou instale o python3." >&2
        exit 2
    }
fi

# The closing has a lock of its own in the database; this one spares a second start, and says so.
lock=${LOG_DIR:-$root/backend/logs}/.cron_atomic_extrato.lock
if command -v flock >/dev/null 2>&1 && ( : >>"$lock" ) 2>/dev/null; then
    exec 9>>"$lock"
    if ! flock -n 9; then
        echo "cron_atomic_extrato.sh: outro fechamento já está rodando; nada foi feito." >&2
        exit 1
    fi
fi

# Not exec: the lock's descriptor stays with this shell and is not inherited by a server that outlives the closing.
"$python" "$scripts/run_atomic_extrato.py" "$@" 9>&-
exit $?
