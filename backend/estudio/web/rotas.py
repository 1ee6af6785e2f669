"""Who may come in where: one table, deny by default.

The services ask again (`Quem.ensure_*`) and narrow what an artista sees: this table decides which doors there are.
"""

from collections.abc import Mapping
from typing import Final

from estudio.domain.usuario import Papel

API: Final = "api."
"""What the endpoints begin with that have a guard of their own."""

Porta = frozenset[Papel] | None

ABERTA: Final = None
"""For whoever comes, also without being logged in."""

NINGUEM: Final[frozenset[Papel]] = frozenset()
TODOS: Final = frozenset(Papel)
DONO: Final = frozenset({Papel.DONO})
VEEM_RESULTADO: Final = frozenset({Papel.DONO, Papel.CONTADOR})
REGISTRAM: Final = frozenset({Papel.DONO, Papel.RECEPCAO})
MARCAM: Final = REGISTRAM | {Papel.ARTISTA}

ROTAS: Final[Mapping[str, Porta]] = {
    "arquivos.show": ABERTA,
    "acessos.new": ABERTA,
    "acessos.create": ABERTA,
    # Also for whoever was away for too long: somebody else may hold a copy of the cookie.
    "acessos.destroy": ABERTA,
    "primeiro_acesso.index": ABERTA,
    "primeiro_acesso.new": ABERTA,
    "primeiro_acesso.create": ABERTA,
    "senhas_esquecidas.new": ABERTA,
    "senhas_esquecidas.create": ABERTA,
    "redefinicoes.edit": ABERTA,
    "redefinicoes.update": ABERTA,
    # Also for whose browser was left alone: it is taken over by a PIN.
    "trocas.new": ABERTA,
    "trocas.create": ABERTA,
    "preferencias.update": ABERTA,
    # Who said the password, or shows a passkey or Google's word, is not logged in yet.
    "codigos.new": ABERTA,
    "codigos.create": ABERTA,
    "desafios.create": ABERTA,
    "entradas.create": ABERTA,
    "entradas_google.new": ABERTA,
    "entradas_google.show": ABERTA,
    "entradas_google.create": ABERTA,
    "segundos_fatores.index": TODOS,
    "segundos_fatores.new": TODOS,
    "segundos_fatores.create": TODOS,
    "segundos_fatores.destroy": TODOS,
    "recuperacoes.create": TODOS,
    "chaves.index": TODOS,
    "chaves.new": TODOS,
    "chaves.create": TODOS,
    "chaves.destroy": TODOS,
    "provas.new": TODOS,
    "provas.create": TODOS,
    "inicio.index": TODOS,
    "pagamentos.index": REGISTRAM,
    "pagamentos.new": REGISTRAM,
    "pagamentos.create": REGISTRAM,
    "pagamentos.edit": REGISTRAM,
    "pagamentos.update": REGISTRAM,
    "pagamentos.destroy": DONO,
    "estornos.new": REGISTRAM,
    "estornos.create": REGISTRAM,
    "desfeitas.create": REGISTRAM,
    "gastos.index": DONO,
    "gastos.create": DONO,
    "gastos.edit": DONO,
    "gastos.update": DONO,
    "gastos.destroy": DONO,
    "gastos_desfeitas.create": DONO,
    "recorrentes.index": DONO,
    "recorrentes.new": DONO,
    "recorrentes.create": DONO,
    "recorrentes.edit": DONO,
    "recorrentes.update": DONO,
    "lancamentos.new": DONO,
    "lancamentos.create": DONO,
    "dispensas.create": DONO,
    "dispensas.destroy": DONO,
    "calculadoras.index": TODOS,
    "importacoes.index": DONO,
    "importacoes.create": DONO,
    "importacoes.destroy": DONO,
    "envios.create": DONO,
    "envios.show": DONO,
    "envios.destroy": DONO,
    "clientes.index": REGISTRAM,
    "clientes.new": REGISTRAM,
    "clientes.create": REGISTRAM,
    "clientes.show": REGISTRAM,
    "clientes.edit": REGISTRAM,
    "clientes.update": REGISTRAM,
    "edicoes_desfeitas.create": REGISTRAM,
    "fusoes.new": REGISTRAM,
    "fusoes.create": REGISTRAM,
    "fusoes.destroy": REGISTRAM,
    "dossies.show": DONO,
    "titulares.show": DONO,
    "titulares.update": DONO,
    "titulares.destroy": DONO,
    "agendas.index": MARCAM,
    "sessoes.index": MARCAM,
    "sessoes.new": MARCAM,
    "sessoes.create": MARCAM,
    "sessoes.edit": MARCAM,
    "sessoes.update": MARCAM,
    "sessoes.destroy": DONO,
    "sessoes_desfeitas.create": MARCAM,
    "situacoes.create": MARCAM,
    "vinculos.create": REGISTRAM,
    "vinculos.destroy": REGISTRAM,
    "calendarios.index": DONO | {Papel.ARTISTA},
    "calendarios.create": DONO | {Papel.ARTISTA},
    "calendarios.destroy": DONO | {Papel.ARTISTA},
    # Programs read it: the link itself is the key.
    "calendarios.show": ABERTA,
    "historico.index": TODOS,
    "historico.show": TODOS,
    "numeros.show": TODOS,
    "extratos.index": VEEM_RESULTADO,
    "extratos.show": VEEM_RESULTADO,
    "extrato_secoes.show": VEEM_RESULTADO,
    "relatorios.index": VEEM_RESULTADO,
    "buscas.index": TODOS,
    "artistas.index": DONO,
    "artistas.new": DONO,
    "artistas.create": DONO,
    "artistas.show": DONO,
    "artistas.edit": DONO,
    "artistas.update": DONO,
    "artistas.destroy": DONO,
    "retornos.create": DONO,
    "itens.index": REGISTRAM,
    "itens.new": REGISTRAM,
    "itens.create": REGISTRAM,
    "itens.edit": REGISTRAM,
    "itens.update": REGISTRAM,
    "itens.destroy": REGISTRAM,
    "retomadas.create": REGISTRAM,
    "movimentos.index": REGISTRAM,
    "movimentos.create": REGISTRAM,
    "ordens.create": REGISTRAM,
    # They stand on the pages of nobody too.
    "cores.show": ABERTA,
    "logotipos.show": ABERTA,
    "ajustes.index": DONO,
    "ajustes.update": DONO,
    "logotipos.create": DONO,
    "logotipos.destroy": DONO,
    "formas.index": DONO,
    "formas.create": DONO,
    "formas.edit": DONO,
    "formas.update": DONO,
    "categorias.index": DONO,
    "categorias.create": DONO,
    "categorias.edit": DONO,
    "categorias.update": DONO,
    "usos.create": DONO,
    "lugares.create": DONO,
    "contas.index": TODOS,
    "contas.update": TODOS,
    "senhas.edit": TODOS,
    "senhas.update": TODOS,
    "pins.edit": TODOS,
    "pins.update": TODOS,
    "pins.destroy": TODOS,
    "navegadores.destroy": TODOS,
    "usuarios.index": DONO,
    "usuarios.new": DONO,
    "usuarios.create": DONO,
    "usuarios.edit": DONO,
    "usuarios.update": DONO,
    "usuarios.destroy": DONO,
    "reativacoes.create": DONO,
    "convites.create": DONO,
    "encerramentos.create": DONO,
    "recebimentos.create": REGISTRAM,
    "novidades.show": TODOS,
    "previas.show": REGISTRAM,
    "sugestoes.index": REGISTRAM,
    "fichas.index": TODOS,
    "fichas.new": TODOS,
    "fichas.create": TODOS,
    "fichas.destroy": TODOS,
    # What the addresses are is no secret.
    "documentos.index": ABERTA,
}
"""Endpoint → who may. A route that is not here is nobody's, and a test fails."""

RECENTE: Final[frozenset[str]] = frozenset(
    {
        # Who comes in, and as what: a PIN, or a browser that somebody left open, decides nothing of that.
        "usuarios.new",
        "usuarios.create",
        "usuarios.edit",
        "usuarios.update",
        "usuarios.destroy",
        "reativacoes.create",
        "convites.create",
        "encerramentos.create",
        "fichas.new",
        "fichas.create",
        "titulares.show",
        "titulares.destroy",
        "recuperacoes.create",
        "chaves.new",
        "chaves.create",
        "chaves.destroy",
        "provas.create",
    }
)
"""Dangerous: behind these, password or passkey is asked again unless it was shown within ten minutes (`provas`).

Both the page of a form and what it is sent to: asked before it is filled in, and nothing typed is lost if it took long.
"""
