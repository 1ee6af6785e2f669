"""The forms of a cliente, new and corrected: their fields, and whom the person was told of already."""

from typing import Any, Final

from flask_babel import lazy_gettext as _l
from wtforms import Field
from wtforms.validators import DataRequired
from wtforms.widgets import EmailInput, HiddenInput, TelInput, TextArea

from estudio.domain.cliente import Cliente
from estudio.domain.errors import ClienteParecido, Refusal
from estudio.domain.telefone import MAIOR_TELEFONE
from estudio.services.cliente_service import LIMITE_NOME, MAIS_PARECIDOS, CamposDoCliente
from estudio.web.campos import NomeField, NumeroField, parse_numero
from estudio.web.forms import Formulario

MAIOR_EMAIL: Final = 254
MAIOR_OBSERVACAO: Final = 20_000


class VistosField(Field):
    """The numbers of those who were shown on the page, as `3-17`; a set."""

    widget = HiddenInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        parts = (valuelist[0] if valuelist else "").split("-")[:MAIS_PARECIDOS]
        self.data = sorted({number for part in parts if (number := parse_numero(part)) is not None})

    def _value(self) -> str:
        return "-".join(map(str, self.data or ()))


class ClienteForm(Formulario):
    """What is known of a client."""

    nome = NomeField(_l("Nome"), maximo=LIMITE_NOME, obrigatorio=True)
    telefone = NomeField(_l("Telefone"), maximo=MAIOR_TELEFONE, widget=TelInput())
    email = NomeField(_l("E-mail"), maximo=MAIOR_EMAIL, widget=EmailInput())
    observacoes = NomeField(_l("Observações"), maximo=MAIOR_OBSERVACAO, widget=TextArea())


class NovoClienteForm(ClienteForm):
    """`vistos` are those of the same name or telefone that the person was told of; of any other they are told anew."""

    vistos = VistosField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parecidos: list[dict[str, Any]] = []

    def refuse(self, refusal: Refusal) -> None:
        """Of those who may be meant they are told once: who presses again means another person."""
        if isinstance(refusal, ClienteParecido):
            parecidos = refusal.details["clientes"]
            assert isinstance(parecidos, list), "list_parecidos lists them"
            self.parecidos = parecidos
            self.vistos.data = [parecido["id"] for parecido in parecidos]
        super().refuse(refusal)


class EdicaoDeClienteForm(ClienteForm):
    """`versao` is the one that the person saw."""

    versao = NumeroField(validators=[DataRequired()])

    @classmethod
    def of(cls, cliente: Cliente) -> "EdicaoDeClienteForm":
        return cls(
            data={
                "nome": cliente.nome,
                "telefone": cliente.telefone,
                "email": cliente.email,
                "observacoes": cliente.observacoes,
                "versao": cliente.versao,
            }
        )

    def list_mudancas(self, cliente: Cliente) -> CamposDoCliente:
        """What the person changed, and nothing else: what an import brought is not read anew."""
        campos: CamposDoCliente = {}
        if self.nome.data != cliente.nome.strip():
            campos["nome"] = str(self.nome.data)
        if self.telefone.data != cliente.telefone:
            campos["telefone"] = self.telefone.data
        if self.email.data != cliente.email:
            campos["email"] = self.email.data
        if self.observacoes.data != _stripped(cliente.observacoes):
            campos["observacoes"] = self.observacoes.data
        return campos


def _stripped(texto: str | None) -> str | None:
    # A browser sends line ends of its own kind.
    return texto and texto.strip().replace("\r\n", "\n").replace("\n", "\r\n")
