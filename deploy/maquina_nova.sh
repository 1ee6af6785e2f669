#!/bin/sh
# A new machine becomes the studio of a complete copy: tables, the copy in their place, the chain recomputed, the doctor.
# With the program installed (make install) and the folder of backups already here (`estudio copia fetch`, or copied), as
# the user and with the folders that the studio will run with:
#
#   deploy/maquina_nova.sh [--force] CAMINHO_DA_COPIA.dump [SELO]
#
# SELO is the beginning of the last seal that was published: without it nobody can say that the copy is the newest. --force
# takes a copy that is older than the seals in `selos.log`, as it is when a month was closed after it was made: then SELO
# has to be one that it holds, or none. It is also the rehearsal: with another ESTUDIO_DATA_DIR and a copy of the folder of
# backups in BACKUP_DIR it touches no studio.
set -eu

force=
[ "${1:-}" != --force ] || { force=--force; shift; }
[ $# -ge 1 ] && [ -f "$1" ] || {
    echo "Uso: deploy/maquina_nova.sh [--force] CAMINHO_DA_COPIA.dump [SELO]" >&2
    exit 2
}
copy=$(CDPATH='' cd -- "$(dirname -- "$1")" && pwd -P)/$(basename -- "$1")
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd -- "$root"                                 # a .env beside the README is read from here
python=${PYTHON:-$root/.venv/bin/python}

estudio() { "$python" -P -m estudio "$@"; }
step() { echo "— $* ($(($(date +%s) - begun)) s)" >&2; }

begun=$(date +%s)
step "1 de 4: as tabelas de um estúdio novo"
# Nobody's books give way to a copy here, though a .env or a secret may lead to them: who means that says --switch by hand.
estudio db check --vazio || {
    code=$?
    echo "maquina_nova.sh: só um estúdio novo recebe a cópia assim (DATABASE_URL leva a outro? os livros já voltaram?)." >&2
    exit "$code"
}
estudio db migrate
step "2 de 4: a cópia no lugar delas"
estudio backup restore --full --file "$copy" --into "estudio_restaurado_$begun" --switch $force
step "3 de 4: a corrente recalculada dos registros"
if [ -n "${2:-}" ]; then estudio extrato verify --cabeca "$2"; else estudio extrato verify; fi
step "4 de 4: a conferência de tudo"
code=0
estudio doctor --problemas || code=$?
# 1 is a fault that a person sees to, a backup that was left behind among them; with 4 these are not the books.
[ "$code" -le 1 ] || exit "$code"
step "pronto: ligue o estúdio com \`estudio run\`"
exit "$code"
