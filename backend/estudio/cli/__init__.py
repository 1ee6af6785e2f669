"""The command line: one module per group of commands, found by the table below."""

from typing import Final

import click

from estudio import __version__
from estudio.cli.commands import Entry, Program
from estudio.log_files import Parte

ENTRIES: Final = {
    "demo": Entry("estudio.cli.demo", "demo", "Monta um estúdio de exemplo e fecha os seus meses."),
    "run": Entry("estudio.cli.run", "run", "Serve as páginas e faz o que o estúdio faz sozinho.", Parte.TAREFAS),
    "web": Entry("estudio.cli.web", "web", "Serve as páginas, para o navegador.", Parte.PAGINAS),
    "worker": Entry("estudio.cli.worker", "worker", "Faz o que o estúdio faz sozinho, na hora certa.", Parte.TAREFAS),
    "status": Entry("estudio.cli.status", "status", "Diz se tudo anda sozinho, e o que fazer primeiro."),
    "rotinas": Entry("estudio.cli.rotinas", "rotinas", "Mostra o que o estúdio faz sozinho, e como foi."),
    "avisos": Entry("estudio.cli.avisos", "avisos", "Mostra os avisos e se chegaram; testa os endereços."),
    "import": Entry("estudio.cli.import_", "import_", "Lê o CSV da versão 4, um backup ou uma planilha."),
    "backup": Entry("estudio.cli.backup", "backup", "Cria, confere, restaura, lista e limpa backups.", Parte.BACKUP),
    "copia": Entry("estudio.cli.copia", "copia", "Cópias cifradas fora daqui: manda e traz.", Parte.BACKUP),
    "extrato": Entry(
        "estudio.cli.extrato", "extrato", "Confere, fecha, mostra, verifica e reabre meses.", Parte.FECHAMENTO
    ),
    "db": Entry("estudio.cli.db", "db_", "Prepara e confere o banco de dados; abre o psql."),
    "update": Entry("estudio.cli.update", "update", "Passa os livros para esta versão, com volta se falhar."),
    "usuario": Entry("estudio.cli.usuario", "usuario", "Cria usuários, troca senhas, diz quem entra."),
    "cliente": Entry("estudio.cli.cliente", "cliente", "Junta ou elimina os dados de um cliente (LGPD)."),
    "doctor": Entry("estudio.cli.doctor", "doctor", "Confere se está tudo em ordem e diz o que fazer."),
}
"""The commands, in the order of `estudio --help`."""


@click.group(cls=Program, entries=ENTRIES, epilog="O manual: docs/manual.md. Códigos de saída: docs/operacao.md.")
@click.version_option(__version__, message="estudio %(version)s", help="Mostra a versão.")
def main() -> None:
    """Os livros de um estúdio de tatuagem, e meses que fecham com prova."""
