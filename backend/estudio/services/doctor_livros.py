"""Doctor: do the rows of the books keep the rules of the domain? Payments, shares, reversals, sittings.

The database holds most of these rules itself; who got around it (a superuser, a restored file, a rule that was dropped)
is found here.
"""

from typing import LiteralString

from estudio import clock
from estudio.domain.dinheiro import format_dinheiro, from_centavos
from estudio.services.doctor_laudo import Check, Laudo, ask_one, aviso, count, falha, find_rows, ok

DECIDE_DAYS = 7
"""A comissão may wait for its decision for so long; the closing will not wait for it."""


def check_comissao_decidida() -> Laudo:
    """Null is not 0 %: a share that nobody decided keeps its month from closing."""
    found, ids = find_rows(
        """select id from estudio.pagamentos
           where percentual is null and data <= %(hoje)s::date - %(dias)s::int order by id""",
        hoje=clock.today(),
        dias=DECIDE_DAYS,
    )
    if not found:
        return ok("Todo pagamento com mais de uma semana tem a comissão decidida.")
    return aviso(
        f"{count(found, 'pagamento', 'pagamentos')} há mais de {DECIDE_DAYS} dias sem comissão decidida (nº {ids}). "
        "Informe o percentual de cada um (0 para nenhuma): sem isso o mês não fecha."
    )


def check_comissao_existe() -> Laudo:
    """A share above zero has its comissão, a share of zero has none."""
    found, ids = find_rows(
        """select id from estudio.pagamentos p where percentual is not null
           and (percentual > 0) <> exists (select from estudio.comissoes c where c.pagamento_id = p.id) order by id"""
    )
    if not found:
        return ok("Cada percentual tem a sua comissão, e nenhuma sobra.")
    return falha(
        f"{count(found, 'pagamento cuja comissão não combina', 'pagamentos cuja comissão não combina')} com o "
        "percentual "
        f"(nº {ids}). Edite o percentual de cada um para refazer a comissão."
    )


def check_comissao_formula() -> Laudo:
    """Half up, once. A reversal may carry the last centavo (`check_estorno_comissao`); version 4 rounded its own "
    "way."""
    mine, ids = find_rows(_DEVIATING, importadas=False)
    if mine:
        return falha(
            f"{count(mine, 'comissão', 'comissões')} com valor diferente de pagamento × percentual (pagamentos nº "
            f"{ids}). "
            "Edite o percentual de cada um para refazer a conta; em mês fechado, lance um ajuste."
        )
    imported, ids = find_rows(_DEVIATING, importadas=True)
    if imported:
        return aviso(
            f"{count(imported, 'comissão importada', 'comissões importadas')} com valor diferente de pagamento × "
            "percentual "
            f"(pagamentos nº {ids}). Vieram assim do sistema anterior: confira se o valor foi mesmo combinado."
        )
    return ok("Toda comissão é pagamento × percentual, arredondada uma vez.")


_DEVIATING: LiteralString = """
    select p.id from estudio.comissoes c join estudio.pagamentos p on p.id = c.pagamento_id
    where p.estorno_de is null and (c.importacao_id is not null or p.importacao_id is not null) = %(importadas)s
      and (c.valor_centavos <> sign(p.valor_centavos) * ((abs(p.valor_centavos) * c.percentual + 5000) / 10000)
           or c.artista_id = p.artista_id and c.percentual <> p.percentual
           or not exists (select from estudio.comissoes o where o.pagamento_id = p.id
                          and (o.artista_id = p.artista_id or o.importacao_id is not null)))
    order by p.id"""


def check_comissao_cabe() -> Laudo:
    """The artists' shares of one payment are of its sign and do not exceed it.

    But for the estorno that completes a reversal: what it takes back is all that was left (`check_estorno_comissao`).
    """
    found, ids = find_rows(
        """select p.id from estudio.pagamentos p join estudio.comissoes c on c.pagamento_id = p.id
           group by p.id
           having abs(sum(c.valor_centavos)) > abs(p.valor_centavos)
                  and (select sum(r.valor_centavos) from estudio.pagamentos r
                       where r.id = p.estorno_de or r.estorno_de = p.estorno_de) is distinct from 0
               or bool_or(sign(c.valor_centavos) * sign(p.valor_centavos) < 0) order by p.id"""
    )
    if not found:
        return ok("Nenhuma comissão passa do seu pagamento nem tem o sinal trocado.")
    return falha(
        f"{count(found, 'pagamento', 'pagamentos')} com comissão maior que ele ou de sinal trocado (nº {ids}). "
        "Edite o percentual de cada um; em mês fechado, lance um ajuste."
    )


def check_valores() -> Laudo:
    """Money in is above zero, a reversal below, an expense above: within the limits of one entry."""
    found, ids = find_rows(
        """select 'pagamento ' || id from estudio.pagamentos
           where case when estorno_de is null then valor_centavos not between 1 and 999999999
                      else valor_centavos not between -999999999 and -1 end
           union all select 'gasto ' || id from estudio.gastos where valor_centavos not between 1 and 999999999
           union all select 'acerto ' || id from estudio.acertos
           where valor_centavos = 0 or valor_centavos not between -999999999 and 999999999
               or (pagamento_id is not null and valor_centavos <> -pago_centavos)
           union all select 'sessão ' || id from estudio.sessoes where valor_centavos not between 0 and 999999999
           order by 1"""
    )
    if not found:
        return ok("Todo valor tem o sinal certo e cabe nos limites.")
    return falha(
        f"{count(found, 'lançamento', 'lançamentos')} com valor impossível ({ids}). Alguém mudou os livros por fora: "
        "veja na "
        "auditoria quem e quando, e corrija cada um."
    )


def check_datas() -> Laudo:
    """A date far off is a typing error that hides money in a month nobody looks at."""
    found, ids = find_rows(
        """select tipo || ' ' || id
           from (select 'pagamento' as tipo, id, data from estudio.pagamentos
                 union all select 'gasto', id, data from estudio.gastos
                 union all select 'acerto', id, data from estudio.acertos) lancamentos
           where data > %(hoje)s::date + 1 or data < %(hoje)s::date - 3653 order by 1""",
        hoje=clock.today(),
    )
    if not found:
        return ok("Nenhum lançamento está no futuro nem há mais de dez anos.")
    return aviso(
        f"{count(found, 'lançamento', 'lançamentos')} com data no futuro ou de mais de dez anos atrás ({ids}). "
        "Confira o ano digitado."
    )


def check_estorno_limite() -> Laudo:
    """A reversal gives back at most what was paid, once, to the same artist's account."""
    found, ids = find_rows(
        """select o.id from estudio.pagamentos o join estudio.pagamentos e on e.estorno_de = o.id
           group by o.id
           having o.valor_centavos + sum(e.valor_centavos) < 0 or o.estorno_de is not null
               or bool_or(e.artista_id <> o.artista_id) or bool_or(e.data < o.data) order by o.id"""
    )
    orphans, orphan_ids = find_rows(
        """select id from estudio.pagamentos e where estorno_de is not null
           and not exists (select from estudio.pagamentos o where o.id = e.estorno_de) order by id"""
    )
    if not found and not orphans:
        return ok("Nenhum estorno devolve mais do que foi pago.")
    what = f"pagamentos nº {ids}" if found else f"estornos nº {orphan_ids}, sem o pagamento"
    return falha(
        f"{count(found + orphans, 'pagamento', 'pagamentos')} com estorno que não cabe nele ({what}). "
        "Confira cada um com quem o lançou."
    )


def check_estorno_comissao() -> Laudo:
    """What was paid back whole took the whole share back: the last reversal carries the remaining centavo."""
    found, ids = find_rows(
        """with devolvidos as (
             select o.id, o.importacao_id is not null as importado, o.valor_centavos + sum(e.valor_centavos) as resto
             from estudio.pagamentos o join estudio.pagamentos e on e.estorno_de = o.id
             where o.estorno_de is null group by o.id)
           select distinct d.id from devolvidos d
             join estudio.pagamentos p on p.id = d.id or p.estorno_de = d.id
             join estudio.comissoes c on c.pagamento_id = p.id
           group by d.id, d.importado, d.resto, c.artista_id
           having sum(c.valor_centavos) < 0 or d.resto = 0 and not d.importado and sum(c.valor_centavos) <> 0
           order by d.id"""
    )
    if not found:
        return ok("Cada estorno levou de volta a sua parte da comissão.")
    return falha(
        f"{count(found, 'pagamento estornado', 'pagamentos estornados')} sem que a comissão voltasse na mesma medida "
        f"(nº {ids}). Desfaça o último estorno e lance-o de novo."
    )


def check_vinculos() -> Laudo:
    """comissões and paid sessões hang on an existing payment, in its month."""
    found, ids = find_rows(
        """select 'comissão ' || c.id from estudio.comissoes c
             left join estudio.pagamentos p on p.id = c.pagamento_id and p.mes = c.mes where p.id is null
           union all select 'sessão ' || s.id from estudio.sessoes s
             left join estudio.pagamentos p on p.id = s.payment_id and p.mes = s.payment_mes
             where (s.payment_id is not null or s.payment_mes is not null) and p.id is null
           order by 1"""
    )
    if not found:
        return ok("Toda comissão e toda sessão paga estão no mês do seu pagamento.")
    return falha(
        f"{count(found, 'registro solto', 'registros soltos')} ({ids}): o pagamento não existe ou é de outro mês. "
        "Alguém mudou os livros por fora; restaure o último backup num banco novo e compare (docs/operacao.md)."
    )


def check_sessao_artista() -> Laudo:
    """Allowed, and mostly a slip: one payment settles what another artista tattooed."""
    found, ids = find_rows(
        """select s.id from estudio.sessoes s join estudio.pagamentos p on p.id = s.payment_id
           where s.artista_id <> p.artista_id order by s.id"""
    )
    if not found:
        return ok("Cada sessão paga é do artista do seu pagamento.")
    return aviso(
        f"{count(found, 'sessão paga', 'sessões pagas')} por pagamento de outro artista (sessões nº {ids}). "
        "A comissão foi para o artista do pagamento: confira."
    )


def check_sessao_cliente() -> Laudo:
    """The same for the client; two entries of one person that were merged are one."""
    found, ids = find_rows(
        """with recursive fim as (
             select id, id as agora from estudio.clientes where fundido_em is null
             union all select c.id, f.agora from estudio.clientes c join fim f on c.fundido_em = f.id)
           select s.id from estudio.sessoes s join estudio.pagamentos p on p.id = s.payment_id
             join fim a on a.id = s.cliente_id join fim b on b.id = p.cliente_id
           where a.agora <> b.agora order by s.id"""
    )
    if not found:
        return ok("Cada sessão paga é do cliente do seu pagamento.")
    return aviso(
        f"{count(found, 'sessão paga', 'sessões pagas')} por pagamento de outro cliente (sessões nº {ids}). "
        "Se são a mesma pessoa, una os dois cadastros; senão, corrija o vínculo."
    )


def check_sessoes_pendentes() -> Laudo:
    """Done or booked long ago, and nobody registered the money."""
    total, centavos, oldest = ask_one(
        """select count(*), coalesce(sum(valor_centavos), 0), min(data) from estudio.sessoes
           where payment_id is null and status not in ('cancelada', 'faltou') and data < %(hoje)s::date - 30""",
        hoje=clock.today(),
    )
    if not total:
        return ok("Nenhuma sessão de mais de um mês espera por pagamento.")
    return aviso(
        f"{count(total, 'sessão', 'sessões')} de mais de 30 dias sem pagamento, somando "
        f"{format_dinheiro(from_centavos(int(centavos)))} "
        f"(a mais antiga de {oldest:%d/%m/%Y}). Registre o pagamento, ou marque como cancelada ou falta."
    )


def check_evento_unico() -> Laudo:
    """An event of the agenda is paid once: its sitting and its payment are of each other."""
    found, ids = find_rows(
        """select p.id from estudio.pagamentos p join estudio.sessoes s on s.google_event_id = p.google_event_id
           where s.payment_id is distinct from p.id and s.payment_id is not null order by p.id"""
    )
    if not found:
        return ok("Nenhum evento da agenda foi pago duas vezes.")
    return aviso(
        f"{count(found, 'evento da agenda', 'eventos da agenda')} com dois pagamentos (nº {ids}). "
        "Se é o mesmo atendimento, estorne um deles."
    )


def check_duplicados() -> Laudo:
    """Two alike on one day are legitimate; a person should have looked. Closed months were looked at when they "
    "closed."""
    found, ids = find_rows(
        """select max(p.id)
           from estudio.pagamentos p join estudio.competencias m on m.mes = p.mes and m.estado = 'aberta'
           where p.estorno_de is null and not exists (select from estudio.pagamentos e where e.estorno_de = p.id)
           group by p.data, p.valor_centavos, p.forma, p.artista_id, p.cliente_id having count(*) > 1 order by 1"""
    )
    if not found:
        return ok("Nenhum pagamento de mês aberto parece repetido.")
    return aviso(
        f"{count(found, 'pagamento parece repetido', 'pagamentos parecem repetidos')} (nº {ids}): mesma data, valor, "
        "forma, "
        "artista e cliente. Se foi engano, apague o segundo; se não, está certo."
    )


CHECKS: tuple[Check, ...] = (
    check_valores,
    check_datas,
    check_comissao_decidida,
    check_comissao_existe,
    check_comissao_formula,
    check_comissao_cabe,
    check_estorno_limite,
    check_estorno_comissao,
    check_vinculos,
    check_sessao_artista,
    check_sessao_cliente,
    check_sessoes_pendentes,
    check_evento_unico,
    check_duplicados,
)
