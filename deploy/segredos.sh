#!/bin/sh
# Makes the secrets that compose.yaml hands to the containers, once: each random, each in a file of its own, in a folder
# that only its owner enters. (Docker mounts the files one by one, so those themselves are readable by the containers' users.)
#
#   sh deploy/segredos.sh [PASTA]        without one: segredos/, beside compose.yaml
set -eu
umask 077

folder=${1:-$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)/segredos}
if [ -e "$folder" ]; then
    echo "segredos.sh: $folder já existe, e nada foi mudado. O banco só conhece as senhas com que foi criado." >&2
    exit 1
fi

secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

fresh=$folder.novo
rm -rf -- "$fresh"
mkdir -- "$fresh"
owner=$(secret)
app=$(secret)
[ "${#owner}" -eq 48 ] && [ "${#app}" -eq 48 ] || { echo "segredos.sh: não há números ao acaso nesta máquina." >&2; exit 1; }
printf '%s' "$owner" >"$fresh/senha_do_banco"
printf 'postgresql://postgres:%s@banco:5432/estudio' "$owner" >"$fresh/database_owner_url"
printf 'postgresql://estudio_app:%s@banco:5432/estudio' "$app" >"$fresh/database_url"
secret >"$fresh/metrics_token"
chmod 0444 -- "$fresh"/*
mv -- "$fresh" "$folder"
echo "Os segredos estão em $folder. Guarde uma cópia à parte."
