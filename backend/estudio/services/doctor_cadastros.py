"""Doctor: people, stock and what the audit trail tells of the rows."""

from typing import LiteralString

from psycopg import sql

from estudio import db
from estudio import sql as sql_file
from estudio.config import get_settings
from estudio.domain.nomes import normalise_nome
from estudio.domain.segredo import NAME
from estudio.services.doctor_laudo import (
    Check,
    Laudo,
    ask,
    ask_one,
    aviso,
    count,
    falha,
    find_rows,
    ok,
    show_some,
)
from estudio.services.fator_service import is_legivel


def check_dono_ativo() -> Laudo:
    """Without an active dono nobody can close, reopen or make users from a page."""
    users, donos, without_password = ask_one(
        """select count(*), count(*) filter (where papel = 'dono' and ativo),
                  count(*) filter (where papel = 'dono' and ativo and senha_hash is null) from estudio.usuarios"""
    )
    if not users:
        return aviso("Ainda não há usuários. Crie o dono com `estudio usuario create`.")
    if not donos:
        return falha(
            "Nenhum dono está ativo: ninguém pode fechar nem reabrir um mês. Crie um com `estudio usuario create`."
        )
    if without_password:
        return aviso(f"{count(without_password, 'dono', 'donos')} sem senha. Defina-a com `estudio usuario passwd`.")
    return ok(f"{count(donos, 'dono ativo', 'donos ativos')} entre {count(users, 'usuário', 'usuários')}.")


def check_usuario_artista() -> Laudo:
    """Whoever logs in as an artista who left still sees that money."""
    found, ids = find_rows(
        """select u.id from estudio.usuarios u join estudio.artistas a on a.id = u.artista_id
           where u.ativo and u.papel = 'artista' and not a.ativo order by u.id"""
    )
    if not found:
        return ok("Nenhum artista que saiu continua entrando no sistema.")
    return aviso(f"{count(found, 'usuário', 'usuários')} de artista inativo ainda pode entrar (nº {ids}). Desative-o.")


def check_codigos_do_celular() -> Laudo:
    """On a new machine the key that no backup holds is another one, and whoever has a second factor is locked out."""
    rows = ask("select usuario_id, segredo from estudio.segundos_fatores order by usuario_id")
    # Asking for the key would make one.
    has_key = (get_settings().estudio_data_dir / NAME).exists()
    locked_out = [usuario_id for usuario_id, segredo in rows if not (has_key and is_legivel(usuario_id, segredo))]
    if not locked_out:
        return ok(f"Os códigos do celular podem ser conferidos: {len(rows)}.")
    people = count(len(locked_out), "pessoa não entra", "pessoas não entram")
    return aviso(
        f"Nesta máquina {NAME} falta ou é outra: {people} com o código do celular (usuário nº "
        f"{show_some(locked_out)}). Traga o arquivo da cópia que guardou à parte; sem ele, `estudio usuario reset-2fa` "
        "para cada uma."
    )


def check_clientes_fundidos() -> Laudo:
    """A circle of merged clients has no end to show."""
    found, ids = find_rows(
        """with recursive passo as (
             select id, fundido_em from estudio.clientes where fundido_em is not null
             union select p.id, c.fundido_em from passo p join estudio.clientes c on c.id = p.fundido_em
             where c.fundido_em is not null)
           select id from passo where fundido_em = id order by id"""
    )
    if not found:
        return ok("Nenhum cliente unido a outro volta a si mesmo.")
    return falha(
        f"{count(found, 'cliente está unido', 'clientes estão unidos')} em círculo (nº {ids}): a ficha não abre. "
        "Desfaça uma das uniões."
    )


def check_nomes_busca() -> Laudo:
    """Clients are found by the key of their name; a key that does not fit hides the person, and a double is made."""
    hidden = [
        f"{kind} {id_}"
        for kind, id_, nome, key in ask(
            """select 'cliente', id, nome, nome_busca from estudio.clientes
               union all select 'artista', id, nome, nome_busca from estudio.artistas order by 1, 2"""
        )
        if normalise_nome(nome) != key
    ]
    if not hidden:
        return ok("Todo cliente e todo artista são achados pelo nome.")
    return aviso(
        f"{count(len(hidden), 'pessoa não é achada', 'pessoas não são achadas')} pela busca ({show_some(hidden)}). "
        "Abra o cadastro e salve o nome de novo."
    )


def check_estoque() -> Laudo:
    """A quantity is the sum of its movements, and each movement goes on from the one before."""
    found, ids = find_rows(
        """with passos as (
             select item_id, saldo, sum(delta) over (partition by item_id order by id) as soma
             from estudio.movimentos)
           select id from (
             select i.id from estudio.itens i
             where i.quantidade <> coalesce((select sum(m.delta) from estudio.movimentos m where m.item_id = i.id), 0)
             union select item_id from passos where saldo <> soma) itens order by id"""
    )
    if not found:
        return ok("A quantidade de cada item é a soma dos seus movimentos.")
    return falha(
        f"{count(found, 'item', 'itens')} do estoque com quantidade diferente da soma dos movimentos (nº {ids}). "
        "Conte na prateleira e lance um movimento de acerto."
    )


def check_numeracao() -> Laudo:
    """After a restore by hand, numbers that were given already would be given again: the next entry would be "
    "refused."""
    sequences = ask(_SEQUENCES)
    hidden = [table for table, readable, _ in sequences if not readable]
    if hidden:
        return aviso(
            f"O programa não pode ler a numeração de {show_some(hidden)}. Como dono, dê SELECT nas sequências."
        )
    behind = [table for table, _, last in sequences if _find_last_id(table) > (last or 0)]
    if not behind:
        return ok("A numeração continua depois do último registro de cada tabela.")
    return falha(
        f"A numeração ficou para trás em {show_some(behind)}: o próximo lançamento seria recusado. "
        "Rode, como dono do banco, o acerto das sequências de docs/operacao.md."
    )


_SEQUENCES: LiteralString = """
    select c.relname, has_sequence_privilege(q.oid, 'SELECT'), s.last_value
    from pg_sequences s
    join pg_class q on q.relname = s.sequencename and q.relnamespace = 'estudio'::regnamespace
    join pg_depend d on d.objid = q.oid and d.classid = 'pg_class'::regclass and d.deptype = 'i'
    join pg_class c on c.oid = d.refobjid
    where s.schemaname = 'estudio' order by 1"""


def _find_last_id(table: str) -> int:
    query = sql.SQL("select coalesce(max(id), 0) from estudio.{}").format(sql.Identifier(table))
    with db.transaction(read_only=True) as session:
        row = db.raw(session).execute(query).fetchone()
    assert row is not None, "an aggregate always has its row"
    return int(row[0])


def check_auditoria() -> Laudo:
    """Each row of the books was seen coming, and stands as the trail last saw it: nobody worked behind the triggers."""
    found, ids = find_rows(sql_file.load("doctor_auditoria"))
    if not found:
        return ok("Todo lançamento está como a auditoria o viu pela última vez.")
    return falha(
        f"{count(found, 'lançamento', 'lançamentos')} que a auditoria não viu entrar ou mudar ({ids}): alguém mexeu "
        "nos livros "
        "por fora, com os gatilhos desligados. Compare com o último backup provado e veja quem tem a senha do banco."
    )


CHECKS: tuple[Check, ...] = (
    check_dono_ativo,
    check_usuario_artista,
    check_codigos_do_celular,
    check_clientes_fundidos,
    check_nomes_busca,
    check_estoque,
    check_numeracao,
    check_auditoria,
)
