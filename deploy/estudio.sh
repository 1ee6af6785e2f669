#!/bin/sh
# O comando `estudio` na máquina do estúdio: com o usuário, a pasta, o .env e os dados do serviço, de qualquer pasta. Como root:
#   install deploy/estudio.sh /usr/local/bin/estudio
# Um arquivo dito a um comando tem o caminho inteiro e fica onde o usuário `estudio` possa ler ou gravar.
case $(id -un) in
    estudio) ;;
    root) exec runuser -u estudio -- "$0" "$@" ;;
    *) exec sudo -u estudio -- "$0" "$@" ;;
esac
cd /srv/estudio || exit 2
ESTUDIO_DATA_DIR=/var/lib/estudio LOG_DIR=/var/log/estudio exec .venv/bin/estudio "$@"
