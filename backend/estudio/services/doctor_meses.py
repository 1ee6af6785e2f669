"""Doctor: the months. Nothing lost, nothing open below something closed, nothing late; what became of the last "
"attempts."""

from typing import LiteralString

from estudio import clock, db, sql
from estudio.config import get_settings
from estudio.domain.competencia import Competencia
from estudio.domain.dinheiro import format_dinheiro, from_centavos
from estudio.services.agendamento import find_due
from estudio.services.doctor_laudo import Check, Laudo, ask, ask_one, aviso, count, falha, ok, quebra, show_some
from estudio.services.mes_devido import PATIENCE_DAYS, find_oldest_finished, find_touched, is_late
from estudio.services.prontidao_service import list_achados


def check_competencias() -> Laudo:
    """Months are filled ahead: where one is missing, everything dated in it is refused."""
    (missing,) = ask_one(
        """select count(*) from generate_series('2000-01-01'::timestamp, '2099-12-01', '1 month') m
           where not exists (select from estudio.competencias c where c.mes = m::date)"""
    )
    if not missing:
        return ok("Os 1.200 meses de 2000 a 2099 existem.")
    return falha(f"Faltam {missing} meses na tabela de competências. Restaure o último backup num banco novo.")


def check_conservacao() -> Laudo:
    """Open + sealed = everything ever entered, in number and in money, for each kind of row."""
    lost = [
        f"{kind}: {count(rows - counted, 'linha', 'linhas')} e {format_dinheiro(from_centavos(int(money - summed)))}"
        for kind, rows, money, counted, summed in ask(sql.load("doctor_conservacao"))
        if (rows, money) != (counted, summed)
    ]
    if not lost:
        (rows,) = ask_one("select count(*) from estudio.pagamentos")
        return ok(f"Meses abertos + extratos = tudo o que foi lançado ({count(rows, 'pagamento', 'pagamentos')}).")
    return quebra(
        f"O que está nos livros difere de meses abertos + extratos ({'; '.join(lost)}). Não feche mais nada e rode "
        "`estudio extrato verify`, que diz o dia."
    )


def check_vazia_com_dados() -> Laudo:
    """A month that was shut empty is guarded like a closed one."""
    months = _list_months(
        """select mes from estudio.competencias
           where estado = 'vazia' and mes in (select estudio.meses_com_lancamentos()) order by mes"""
    )
    if not months:
        return ok("Nenhum mês que ficou vazio ganhou lançamento depois.")
    return quebra(
        f"{show_some(months)}: ficou vazio no fechamento e tem lançamentos. Alguém escreveu por fora da guarda; veja "
        "na "
        "auditoria quem e quando."
    )


def check_meses_em_ordem() -> Laudo:
    """Nothing slips in behind the chain: below the last closed month nothing is open."""
    months = _list_months(
        """select mes from estudio.competencias where estado = 'aberta'
           and mes < (select max(mes) from estudio.competencias where estado in ('fechada', 'selada')) order by mes"""
    )
    if not months:
        return ok("Nenhum mês está aberto antes de um mês fechado.")
    return quebra(
        f"Aberto antes de um mês fechado: {show_some(months)}. Rode `estudio extrato verify` e não feche mais nada."
    )


def check_fechamento_atrasado() -> Laudo:
    """A finished month that is still open after the hour at which cron should have closed it."""
    open_month = _find_oldest_finished()
    if open_month is None:
        return ok("Todo mês terminado está fechado.")
    with db.transaction(read_only=True) as session:
        late = is_late(session, open_month, clock.now())
        due = find_due(open_month, desde=find_touched(session, open_month))
    label = open_month.label
    command = f"`estudio extrato close --year {open_month.ano} --month {open_month.mes}`"
    if not get_settings().enable_monthly_extrato_job:
        words = f"{label} terminou há mais de {PATIENCE_DAYS} dias e está aberto. Feche com {command}."
        return aviso(words) if late else ok(f"{label} pode ser fechado com {command}.")
    if due is None:
        return falha(f"{label} terminou e CRON_SCHEDULE nunca o fecha. Corrija CRON_SCHEDULE, ou feche com {command}.")
    if late:
        return falha(
            f"Fechamento atrasado: {label} devia ter sido fechado em {due:%d/%m/%Y às %H:%M} e está aberto. Veja por "
            "quê "
            f"com `estudio extrato list` e feche com {command}."
        )
    return ok(f"O cron deve fechar {label} em {due:%d/%m/%Y às %H:%M}.")


def check_pronto_para_fechar() -> Laudo:
    """What would keep the oldest finished month from closing is said before the night on which it is due."""
    month = _find_oldest_finished()
    if month is None:
        return ok("Nenhum mês terminado espera para fechar.")
    with db.transaction(read_only=True) as session:
        blocking = [a.mensagem for a in list_achados(session, month, hoje=clock.today()) if a.bloqueia]
    if not blocking:
        return ok(f"{month.label} está pronto para fechar.")
    return aviso(f"{month.label} ainda não pode ser fechado. {' '.join(blocking)}")


def check_execucoes_orfas() -> Laudo:
    """Running by its row, and no process holds its lock: it was killed. The next look settles it."""
    months = _list_months(
        """select e.mes from estudio.execucoes e where e.desfecho is null and not exists (
             select from pg_locks l
             where l.locktype = 'advisory' and l.classid = 8 and l.objid = e.id::oid and l.granted
               and l.database = (select oid from pg_database where datname = current_database())) order by e.id"""
    )
    if not months:
        return ok("Nenhuma execução ficou pela metade.")
    return aviso(
        f"{count(len(months), 'execução parou', 'execuções pararam')} sem desfecho ({show_some(months)}). "
        "`estudio extrato list` diz o que aconteceu e a encerra."
    )


def check_execucoes_falhas() -> Laudo:
    """The last attempt at an open month crashed, and nobody tried again."""
    failed = ask(
        """select distinct on (e.mes) e.mes, e.desfecho, e.etapa, e.run_id from estudio.execucoes e
           join estudio.competencias c on c.mes = e.mes and c.estado = 'aberta'
           where e.desfecho is not null order by e.mes, e.id desc"""
    )
    crashed = [
        f"{Competencia.of(mes).label} (etapa {etapa})" for mes, outcome, etapa, _ in failed if outcome == "falhou"
    ]
    if not crashed:
        return ok("A última tentativa de fechar cada mês aberto não falhou.")
    return aviso(
        f"A última tentativa falhou: {show_some(crashed)}. Veja o registro e feche de novo com `estudio extrato close`."
    )


def check_documentos() -> Laudo:
    """What is handed out of a closed month was made after its seal."""
    months = _list_months(
        """select mes from estudio.extratos x
           where estado = 'vigente' and (select count(*) from estudio.documentos d where d.extrato_id = x.id) < 4
             and (fechado_em < clock_timestamp() - interval '1 day'
                  or exists (select from estudio.documentos_falhas f where f.extrato_id = x.id))
           order by mes"""
    )
    if not months:
        return ok("Todo mês fechado tem os seus documentos.")
    return aviso(f"Sem PDF, planilha, CSV ou JSON: {show_some(months)}. Rode `estudio extrato documents`.")


def _find_oldest_finished() -> Competencia | None:
    with db.transaction(read_only=True) as session:
        return find_oldest_finished(session, clock.today())


def _list_months(query: LiteralString) -> list[str]:
    return [Competencia.of(row[0]).label for row in ask(query)]


CHECKS: tuple[Check, ...] = (
    check_competencias,
    check_conservacao,
    check_vazia_com_dados,
    check_meses_em_ordem,
    check_fechamento_atrasado,
    check_pronto_para_fechar,
    check_execucoes_orfas,
    check_execucoes_falhas,
    check_documentos,
)
