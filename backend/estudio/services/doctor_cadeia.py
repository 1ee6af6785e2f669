"""Doctor: the chain of seals, recomputed from the rows, and what was published of it."""

from estudio import db
from estudio.domain.competencia import Competencia
from estudio.services.cadeia_service import get_heads_path, read_heads, refresh_heads_needed, verify_cadeia
from estudio.services.doctor_laudo import Check, Laudo, ask, ask_one, aviso, count, falha, ok, quebra, show_some


def check_cadeia() -> Laudo:
    """Every closed month counted again from its rows, every link from its fields, against the published heads."""
    with db.transaction(read_only=True, isolation="REPEATABLE READ") as session:
        differences = verify_cadeia(session)
    if differences:
        return quebra(
            f"Os livros não dizem o que foi selado: {differences[0]}"
            f"{f' (e mais {len(differences) - 1})' if len(differences) > 1 else ''}. Não feche mais nada; rode "
            "`estudio extrato verify` e siga docs/operacao.md."
        )
    (months,) = ask_one("select count(*) from estudio.extratos where estado = 'vigente'")
    return ok(f"{count(months, 'mês fechado confere', 'meses fechados conferem')} com o selo, linha por linha.")


def check_selos_publicados() -> Laudo:
    """A chain cannot see its own tail cut off: the heads outside of the database do."""
    path = get_heads_path()
    try:
        published = read_heads(path)
    except ValueError:
        return falha(_unreadable())
    except OSError as error:
        return aviso(f"{path} não pôde ser lido ({error.strerror}). Corrija as permissões.")
    with db.transaction(read_only=True) as session:
        behind = refresh_heads_needed(session)
    if behind:
        return aviso(
            f"{path} não tem os últimos selos (tem {len(published)}). O próximo fechamento os escreve; confira o "
            "espaço e as "
            "permissões da pasta, e guarde uma cópia noutro lugar."
        )
    return ok(f"{count(len(published), 'selo publicado', 'selos publicados')} em {path.name}.")


def check_extratos_sem_backup() -> Laudo:
    """Closed without a proof, by EXTRATO_REQUIRE_BACKUP=false: allowed, and said for as long as it stands."""
    months = [
        Competencia.of(row[0]).label
        for row in ask("select mes from estudio.extratos where estado = 'vigente' and backup is null order by mes")
    ]
    if not months:
        return ok("Todo extrato que vale tem um backup que o prova.")
    return aviso(
        f"{count(len(months), 'extrato sem backup provado', 'extratos sem backup provado')}: {show_some(months)}. "
        "Faça um com `estudio backup create`: ele não entra no selo, mas guarda os registros."
    )


def _unreadable() -> str:
    return f"{get_heads_path()} foi alterado e não pode ser lido. Traga-o de volta da sua cópia."


CHECKS: tuple[Check, ...] = (check_cadeia, check_selos_publicados, check_extratos_sem_backup)
