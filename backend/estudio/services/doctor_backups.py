"""Doctor: the backups. Are they there, whole, recent, ever tried; can the whole studio be dumped?"""

import os
from datetime import datetime, timedelta
from typing import Final

from estudio import clock
from estudio.config import get_settings
from estudio.domain.backup import Conteudo, folder_name
from estudio.domain.competencia import Competencia
from estudio.domain.errors import BackupDanificado, BackupSumiu, FerramentaAusente
from estudio.services.backup_acervo import SEM_MANIFESTO, list_backups
from estudio.services.backup_bytes import ensure_bytes, open_bytes
from estudio.services.backup_ensaio import IGUAL
from estudio.services.backup_ferramentas import find_programa
from estudio.services.backup_leitura import read_manifesto
from estudio.services.backup_registro import Registro, follow_rewritten
from estudio.services.doctor_laudo import (
    Check,
    Laudo,
    ask,
    ask_one,
    aviso,
    count,
    falha,
    ok,
    quebra,
    show_some,
)
from estudio.services.rodada_service import AGORA

OLD: Final = timedelta(days=7)
OLD_COPY: Final = timedelta(days=9)
"""Who makes one each week may be a day late with it."""

UNTRIED: Final = timedelta(days=100)


def check_backups_selados() -> Laudo:
    """The very bytes that each standing extrato names, read from the disk: they are what proves it."""
    lost = []
    sealed = ask(
        "select mes, backup from estudio.extratos where estado = 'vigente' and backup is not null order by mes"
    )
    for mes, backup in sealed:
        competencia = Competencia.of(mes)
        try:
            current = follow_rewritten(backup)
            _ensure_sealed(competencia, str(current["arquivo"]), str(current["sha256"]))
        except BackupDanificado as damage:
            lost.append(f"{competencia.label}: {damage.message}")
    if not lost:
        return ok(
            f"{count(len(sealed), 'backup citado por extrato', 'backups citados por extratos')}, inteiros no disco."
        )
    more = f" E mais {len(lost) - 1}." if len(lost) > 1 else ""
    return quebra(f"O backup que prova um mês fechado não serve mais. {lost[0]}{more} Traga-o de volta de uma cópia.")


def check_backups_inteiros() -> Laudo:
    """The rest of the collection; what a killed run left without its manifest is nobody's backup."""
    items = [item for item in list_backups() if item.problema != SEM_MANIFESTO]
    bad = [f"{item.caminho.name} ({item.problema})" for item in items if item.problema is not None and not item.citado]
    unread = [item.caminho.name for item in items if item.problema is None and _is_known_bad(item.registro)]
    if not bad and not unread:
        return ok(f"{count(len(items), 'backup na pasta', 'backups na pasta')}, nenhum danificado que se saiba.")
    found = [*bad, *unread]
    return aviso(
        f"{count(len(found), 'backup que não serve', 'backups que não servem')}: {show_some(found)}. "
        "Nenhum extrato os cita. Faça outro do mesmo mês com `estudio backup create` e guarde o danificado à parte."
    )


def check_backup_recente() -> Laudo:
    """What was entered since the newest backup that holds its month would be lost with the disk.

    That is one of the month or of the whole studio: one of another month saves none of it. Sessões that nobody paid are
    in no month; `check_copia_completa` speaks of them. One dated ahead of the clock says nothing of when it was made.
    """
    made, since = ask_one(
        """with feito as (
             select mes, max(criado_em) as em from estudio.backups
             where apagado_em is null and criado_em <= clock_timestamp() + %(adiante)s group by mes
           ), lancado as (
             select a.em, (coalesce(l.linha ->> 'mes', l.linha ->> 'payment_mes'))::date as mes
             from estudio.auditoria a cross join lateral (select coalesce(a.depois, a.antes) as linha) l
             where a.tabela in ('pagamentos', 'gastos', 'comissoes', 'sessoes', 'acertos')
               and a.em > coalesce((select em from feito where mes is null), '-infinity')
           )
           select (select count(*) from estudio.backups where apagado_em is null),
                  (select min(l.em) from lancado l left join feito f using (mes)
                   where mes is not null and l.em > coalesce(f.em, '-infinity'))""",
        adiante=AGORA,
    )
    if since is None or clock.now() - since < OLD:
        return ok("O que foi lançado até a semana passada está num backup.")
    when = "que nenhum backup do mês ou do estúdio tem" if made else "e nenhum backup foi feito"
    words = f"Há lançamentos desde {_show_day(since)} {when}. Faça um com `estudio backup create --full`."
    return aviso(words) if made else falha(words)


def check_backup_ensaiado() -> Laudo:
    """A backup that was never restored is a hope."""
    (made,) = ask_one("select count(*) from estudio.backups where apagado_em is null")
    tried = ask(
        """select ensaiado_em, resultado, arquivo, ensaiado_em > clock_timestamp() + %(adiante)s from estudio.backups
           where ensaiado_em is not null order by 4, ensaiado_em desc limit 1""",
        adiante=AGORA,
    )
    if not made:
        return ok("Ainda não há backup para ensaiar.")
    if not tried:
        return aviso(
            "Nenhum backup foi ensaiado. Prove um restaurando-o num banco vazio: `estudio backup verify --drill`."
        )
    when, result, name, is_ahead = tried[0]
    if result != IGUAL:
        return falha(f"O último ensaio falhou ({name}: {result}). Faça outro backup e ensaie de novo.")
    if is_ahead or clock.now() - when > UNTRIED:
        return aviso(f"O último ensaio foi em {_show_day(when)}. Rode `estudio backup verify --drill`.")
    return ok(f"O último ensaio, em {_show_day(when)}, devolveu os mesmos registros.")


def check_copia_completa() -> Laudo:
    """Users, settings, stock and the audit trail are in no month's sheet: only the dump of the whole has them."""
    made, newest, entered = ask_one(
        """with feita as (select criado_em from estudio.backups where tipo = 'completo' and apagado_em is null)
           select (select count(*) from feita),
                  (select max(criado_em) from feita where criado_em <= clock_timestamp() + %(adiante)s),
                  exists (select from estudio.pagamentos) or exists (select from estudio.gastos)
                  or exists (select from estudio.acertos)""",
        adiante=AGORA,
    )
    if not entered or (newest is not None and clock.now() - newest < OLD_COPY):
        return ok(
            "Há uma cópia completa do estúdio dos últimos dias." if newest else "Ainda não há o que copiar por inteiro."
        )
    none = "Não há cópia completa de data certa" if made else "Não há cópia completa"
    when = none if newest is None else f"A última cópia completa é de {_show_day(newest)}"
    return aviso(f"{when} do estúdio (usuários, estoque, auditoria). Faça uma por dia: `estudio backup create --full`.")


def check_ferramentas() -> Laudo:
    """pg_dump refuses a server newer than itself, and then there is no dump of the whole."""
    (number,) = ask_one("select current_setting('server_version_num')::int")
    try:
        programs = [find_programa(name, server=number // 10_000) for name in ("pg_dump", "pg_restore")]
    except FerramentaAusente as refusal:
        return falha(f"A cópia completa não pode ser feita. {refusal.message}")
    return ok(" e ".join(f"{program.name} {program.major}" for program in programs) + " servem a este servidor.")


def _ensure_sealed(competencia: Competencia, name: str, sha256: str) -> None:
    path = get_settings().backup_dir / folder_name(competencia) / name
    if not os.path.lexists(path):
        raise BackupSumiu(arquivo=str(path))
    read_manifesto(path.with_suffix(".json"), competencia=competencia)
    with open_bytes(path) as file:
        ensure_bytes(path, file, Conteudo(name, path.stat().st_size, sha256))


def _is_known_bad(registro: Registro | None) -> bool:
    """The last reading found it damaged. (What a drill found is remembered in the same place.)"""
    result = registro.resultado if registro is not None else None
    return result is not None and not result.startswith("ensaio:")


def _show_day(instant: datetime) -> str:
    return f"{clock.to_local(instant):%d/%m/%Y}"


CHECKS: tuple[Check, ...] = (
    check_backups_selados,
    check_backups_inteiros,
    check_backup_recente,
    check_backup_ensaiado,
    check_copia_completa,
    check_ferramentas,
)
