-- Is the month ready? As before; a month that holds nothing but acertos holds something.

set local search_path = estudio, pg_catalog;

-- Ids are examples to follow: at most ten, lowest first. `detalhe` holds months where ids would say nothing.
create or replace function prontidao(m date, hoje date)
    returns table (codigo text, bloqueia boolean, quantidade bigint, valor_centavos bigint, ids bigint[], detalhe text[])
    language plpgsql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    fim      date := (m + interval '1 month')::date;
    anterior date := (m - interval '1 month')::date;
    situacao text;
begin
    select estado into situacao from competencias where mes = m;
    if situacao is distinct from 'aberta' then
        return query select case situacao when 'vazia' then 'mes_vazio' else 'ja_fechado' end, true, 1::bigint, 0::bigint,
                            '{}'::bigint[], array[situacao];
    end if;
    if hoje < fim then
        return query select 'mes_nao_terminou', true, 1::bigint, 0::bigint, '{}'::bigint[], array[to_char(fim, 'YYYY-MM-DD')];
    end if;
    return query
        select 'mes_anterior_aberto', true, count(*), 0::bigint, '{}'::bigint[],
               array_agg(to_char(c.mes, 'YYYY-MM') order by c.mes)
        from competencias c
        where c.mes < m and c.estado = 'aberta'
          and (exists (select from pagamentos p where p.data >= c.mes and p.data < c.mes + interval '1 month')
               or exists (select from gastos g where g.data >= c.mes and g.data < c.mes + interval '1 month')
               or exists (select from acertos a where a.data >= c.mes and a.data < c.mes + interval '1 month'))
        having count(*) > 0;
    if not exists (select from pagamentos p where p.data >= m and p.data < fim)
       and not exists (select from gastos g where g.data >= m and g.data < fim)
       and not exists (select from acertos a where a.data >= m and a.data < fim) then
        return query select 'sem_dados', true, 0::bigint, 0::bigint, '{}'::bigint[], '{}'::text[];
        return;
    end if;
    return query
        select 'comissao_indefinida', true, count(*), sum(p.valor_centavos)::bigint,
               (array_agg(p.id order by p.id))[1:10], '{}'::text[]
        from pagamentos p where p.data >= m and p.data < fim and p.percentual is null
        having count(*) > 0;
    -- The decided share and the comissões tell the same: some share, some comissão of its sign; none, none.
    return query
        select 'vinculo_quebrado', true, count(*), sum(q.valor_centavos)::bigint,
               (array_agg(q.id order by q.id))[1:10], '{}'::text[]
        from pagamentos q
        left join (select c.pagamento_id, bool_or(c.valor_centavos < 0) as negativa, bool_or(c.valor_centavos > 0) as positiva
                   from comissoes c where c.mes = m group by c.pagamento_id) k on k.pagamento_id = q.id
        where q.data >= m and q.data < fim and q.percentual is not null
          and ((q.percentual > 0) <> (k.pagamento_id is not null)
               or (q.valor_centavos > 0 and k.negativa) or (q.valor_centavos < 0 and k.positiva))
        having count(*) > 0;
    -- A comissão is pagamento × percentual, rounded half up once, and the pagamento's own artista has one. Here and not in
    -- a trigger: a comissão may be wrong while it is being entered, and a COPY of many rows would pay for a look at each.
    -- What an import brought stays as it was paid, within what the client paid. An estorno may differ by what was rounded
    -- before it, and the one that completes a reversal takes all that is left: the whole of a reversal takes back no more than
    -- each artista was paid, and exactly that where all was given back (unless an import brought a comissão afterwards).
    return query
        with devolvidos as (
            select o.id, o.importacao_id is not null as importado,
                   o.valor_centavos + (select sum(e.valor_centavos) from pagamentos e where e.estorno_de = o.id) as resta
            from pagamentos o
            where o.id in (select p.estorno_de from pagamentos p
                           where p.data >= m and p.data < fim and p.estorno_de is not null)
        ), mal_devolvidos as (
            select d.id from devolvidos d
            where d.resta < 0 or exists (
                select from (select d.id as pagamento_id union all select e.id from pagamentos e where e.estorno_de = d.id) k
                join comissoes c on c.pagamento_id = k.pagamento_id
                group by c.artista_id
                having sum(c.valor_centavos) < 0 or (d.resta = 0 and not d.importado and sum(c.valor_centavos) <> 0))
        )
        select 'comissao_errada', true, count(*), sum(q.comissao)::bigint,
               (array_agg(q.id order by q.id))[1:10], '{}'::text[]
        from (select p.id, coalesce(sum(c.valor_centavos), 0) as comissao
              from pagamentos p
              left join comissoes c on c.pagamento_id = p.id and c.mes = m
              where p.data >= m and p.data < fim
              group by p.id
              -- `in`, and no join: a planner that does not know the tables yet would loop over both.
              having (abs(sum(c.valor_centavos)) > abs(p.valor_centavos)
                      and (p.estorno_de in (select id from devolvidos where resta = 0)) is not true)
                  or p.estorno_de in (select id from mal_devolvidos)
                  or (p.estorno_de is null and p.importacao_id is null
                      and (bool_or(c.importacao_id is null
                                   and (c.valor_centavos <> (p.valor_centavos * c.percentual + 5000) / 10000
                                        or (c.artista_id = p.artista_id and c.percentual <> p.percentual)))
                           or not bool_or(c.artista_id = p.artista_id or c.importacao_id is not null)))) q
        having count(*) > 0;
    return query
        select 'pagamentos_sem_cliente', false, count(*), sum(p.valor_centavos)::bigint,
               (array_agg(p.id order by p.id))[1:10], '{}'::text[]
        from pagamentos p where p.data >= m and p.data < fim and p.cliente_id is null
        having count(*) > 0;
    return query
        select 'possiveis_duplicados', false, sum(q.n - 1)::bigint, sum(q.valor_centavos * (q.n - 1))::bigint,
               (array_agg(q.ultimo order by q.ultimo))[1:10], '{}'::text[]
        from (select count(*) as n, p.valor_centavos, max(p.id) as ultimo
              from pagamentos p where p.data >= m and p.data < fim and p.estorno_de is null
              group by p.data, p.valor_centavos, p.forma, p.artista_id, p.cliente_id
              having count(*) > 1) q
        having count(*) > 0;
    return query
        select 'sessoes_sem_pagamento', false, count(*), sum(s.valor_centavos)::bigint,
               (array_agg(s.id order by s.id))[1:10], '{}'::text[]
        from sessoes s
        where s.data >= m and s.data < fim and s.payment_id is null and s.status not in ('cancelada', 'faltou')
        having count(*) > 0;
    return query
        select 'gastos_habituais_ausentes', false, count(*), sum(q.valor_centavos)::bigint,
               (array_agg(q.id order by q.id))[1:10], '{}'::text[]
        from (select distinct on (lower(g.descricao)) g.id, g.valor_centavos
              from gastos g
              where g.data >= anterior and g.data < m
                -- Two questions: asked as one with `or`, each gasto would be held against each.
                and not exists (select from gastos d where d.data >= m and d.data < fim
                                and lower(d.descricao) = lower(g.descricao))
                and not exists (select from gastos d where d.data >= m and d.data < fim and d.categoria = g.categoria)
              order by lower(g.descricao), g.id) q
        having count(*) > 0;
end
$$;
