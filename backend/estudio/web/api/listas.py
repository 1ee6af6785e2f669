"""The lists that the others choose from (formas, categorias, months), and who is asking."""

from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from estudio.domain.codigos import list_categorias, list_formas
from estudio.domain.competencia import Competencia
from estudio.domain.extrato import get_estado
from estudio.domain.usuario import Quem
from estudio.services.historico_service import list_competencias_abertas
from estudio.web.access import TODOS
from estudio.web.api.salas import Sala, get_entrada
from estudio.web.api.tipos import Instante, Resposta

formas = Sala("formas", "/formas", _l("Formas de pagamento"))
categorias = Sala("categorias", "/categorias", _l("Categorias"))
competencias = Sala("competencias", "/competencias", _l("Competências"))
me = Sala("me", "/me", _l("Quem pergunta"))


class Codigo(Resposta):
    codigo: str
    rotulo: str


class ListaDeCodigos(Resposta):
    itens: list[Codigo]


class Mes(Resposta):
    """`estado`: aberta, fechada, selada, or vazia (shut without entries behind a closed one)."""

    competencia: str
    estado: str
    primeiro_dia: date
    primeiro_dia_do_seguinte: date


class ListaDeCompetencias(Resposta):
    itens: list[Mes]


class Eu(Resposta):
    usuario_id: int
    nome: str
    papel: str
    artista_id: int | None
    ficha: str
    escopos: list[str]
    expira_em: Instante


@formas.get("", TODOS, _l("As formas de pagamento em uso"))
def index_formas(session: Session) -> ListaDeCodigos:
    return ListaDeCodigos(itens=[Codigo.model_validate(forma) for forma in list_formas(session)])


@categorias.get("", TODOS, _l("As categorias de gasto em uso"))
def index_categorias(session: Session) -> ListaDeCodigos:
    return ListaDeCodigos(itens=[Codigo.model_validate(categoria) for categoria in list_categorias(session)])


@competencias.get("", TODOS, _l("Os meses abertos que têm lançamentos, e o atual"))
def index_competencias(session: Session) -> ListaDeCompetencias:
    return ListaDeCompetencias(itens=[_describe(mes, "aberta") for mes in list_competencias_abertas(session)])


@competencias.get("/<mes>", TODOS, _l("O estado de um mês"))
def show_competencia(session: Session, mes: Competencia) -> Mes:
    return _describe(mes, get_estado(session, mes))


@me.get("", TODOS, _l("De quem é a ficha, e o que ela pode"))
def show_eu(quem: Quem) -> Eu:
    entrada = get_entrada()
    return Eu(
        usuario_id=entrada.usuario.id,
        nome=entrada.usuario.nome,
        papel=quem.papel,
        artista_id=quem.artista_id,
        ficha=entrada.ficha.nome,
        escopos=entrada.ficha.escopos,
        expira_em=entrada.ficha.expira_em,
    )


def _describe(mes: Competencia, estado: str) -> Mes:
    return Mes(
        competencia=mes.slug,
        estado=estado,
        primeiro_dia=mes.first_day,
        primeiro_dia_do_seguinte=mes.next_first_day,
    )
