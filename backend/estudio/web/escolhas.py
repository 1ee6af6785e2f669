"""What forms of several pages let people choose: which cliente is meant, and one of a list of the studio's.

In a list is what is in use, and what was chosen before although it is offered to nobody any more.
"""

from typing import Any

from sqlalchemy.orm import Session
from wtforms import Field

from estudio.domain.artista import Artista
from estudio.domain.codigos import Categoria, Forma, list_categorias, list_formas
from estudio.domain.errors import ClienteAmbiguo, Refusal
from estudio.services.artista_service import list_artistas
from estudio.web.campos import EscolhaField
from estudio.web.forms import Formulario
from estudio.web.language import gettext as _


class FormularioComCliente(Formulario):
    """A form that names a cliente as people say it; its `cliente_id` is who is meant where several have the name."""

    cliente: Field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.candidatos: list[dict[str, Any]] = []

    def refuse(self, refusal: Refusal) -> None:
        """Where several clientes have the name, the page goes on to ask which of them."""
        if isinstance(refusal, ClienteAmbiguo):
            candidatos = refusal.details["clientes"]
            assert isinstance(candidatos, list), "find_cliente lists them"
            self.candidatos = candidatos
            several = _("Há mais de uma pessoa com este nome. Escolha qual.")
            other = _("Já há uma pessoa com este nome, com outro telefone. Escolha qual.")
            self.cliente.errors = [*self.cliente.errors, several if len(candidatos) > 1 else other]
        else:
            super().refuse(refusal)


def offer_artistas(session: Session, field: EscolhaField, *, nada: str) -> None:
    artistas = {artista.id: artista.nome for artista in list_artistas(session)}
    if field.data and (artista := session.get(Artista, field.data)):
        artistas.setdefault(artista.id, artista.nome)
    field.offer(nada, artistas)


def offer_formas(session: Session, field: EscolhaField) -> None:
    formas = {forma.codigo: forma.rotulo for forma in list_formas(session)}
    if field.data and (forma := session.get(Forma, field.data)):
        formas.setdefault(forma.codigo, forma.rotulo)
    field.offer(_("Escolha"), formas)


def offer_categorias(session: Session, field: EscolhaField, *, nada: str) -> None:
    """`nada` is what no categoria means here."""
    categorias = {categoria.codigo: categoria.rotulo for categoria in list_categorias(session)}
    if field.data and (categoria := session.get(Categoria, field.data)):
        categorias.setdefault(categoria.codigo, categoria.rotulo)
    field.offer(nada, categorias)
