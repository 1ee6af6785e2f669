"""Dossiês: everything about one person in one file, for them to take along (LGPD)."""

from flask import Blueprint, Response

from estudio.services.dossie_arquivo import name_dossie, write_dossie
from estudio.services.dossie_service import collect_dossie
from estudio.web.access import get_quem
from estudio.web.transactions import reading

dossies = Blueprint("dossies", __name__, url_prefix="/clientes/<id:cliente_id>/dossie")


@dossies.get("")
def show(cliente_id: int) -> Response:
    with reading() as session:
        dossie = collect_dossie(session, cliente_id, quem=get_quem())
    # No send_file: it would say for itself how long a browser may keep it.
    return Response(
        write_dossie(dossie),
        mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name_dossie(dossie)}"'},
    )
