-- The count that is sealed, with the acertos. A month that has none gives byte for byte what it gave before: its days list
-- only kinds that have rows, and its totals have no element more.

set local search_path = estudio, pg_catalog;

-- One row per day and kind. comissões and sessões take the day of their payment: one date decides the month.
create or replace function contar_dias(m date)
    returns table (dia text, tipo text, quantidade bigint, soma bigint, sha256 text)
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp set enable_nestloop = off as
$$
    select to_char(data, 'YYYY-MM-DD'), 'acerto', count(*), sum(valor)::bigint, sha256_hex(string_agg(linha, e'\n' order by id))
    from (select data, id, valor_centavos as valor,
                 json_build_array('acerto/1', id, data, artista_id, tipo, valor_centavos, forma, pagamento_id)::text as linha
          from acertos where data >= m and data < (m + interval '1 month')::date) acertos_do_mes
    group by data
    union all
    select to_char(data, 'YYYY-MM-DD'), 'comissao', count(*), sum(valor)::bigint, sha256_hex(string_agg(linha, e'\n' order by id))
    from (select p.data, c.id, c.valor_centavos as valor,
                 json_build_array('comissao/1', c.id, c.pagamento_id, p.data, c.artista_id,
                                   c.percentual, c.valor_centavos)::text as linha
          from comissoes c join pagamentos p on p.id = c.pagamento_id and p.data >= m and p.data < (m + interval '1 month')::date
          where c.mes = m) comissoes_do_mes
    group by data
    union all
    select to_char(data, 'YYYY-MM-DD'), 'gasto', count(*), sum(valor)::bigint, sha256_hex(string_agg(linha, e'\n' order by id))
    from (select data, id, valor_centavos as valor,
                 json_build_array('gasto/1', id, data, valor_centavos, forma, categoria)::text as linha
          from gastos where data >= m and data < (m + interval '1 month')::date) gastos_do_mes
    group by data
    union all
    select to_char(data, 'YYYY-MM-DD'), 'pagamento', count(*), sum(valor)::bigint, sha256_hex(string_agg(linha, e'\n' order by id))
    from (select data, id, valor_centavos as valor,
                 json_build_array('pagamento/1', id, data, valor_centavos, forma, artista_id,
                                   cliente_id, percentual, estorno_de)::text as linha
          from pagamentos where data >= m and data < (m + interval '1 month')::date) pagamentos_do_mes
    group by data
    union all
    select to_char(data, 'YYYY-MM-DD'), 'sessao', count(*), sum(valor)::bigint, sha256_hex(string_agg(linha, e'\n' order by id))
    from (select p.data, s.id, s.valor_centavos as valor,
                 json_build_array('sessao/1', s.id, s.payment_id, s.data, s.artista_id,
                                   s.cliente_id, s.valor_centavos)::text as linha
          from sessoes s join pagamentos p on p.id = s.payment_id and p.data >= m and p.data < (m + interval '1 month')::date
          where s.payment_mes = m) sessoes_do_mes
    group by data
$$;

-- [receita, comissões, despesas, [[artista, receita, comissão]…], [[forma, total]…], [[forma, gasto]…],
--  [[categoria, gasto]…], [pagamentos, sessões, comissões, gastos]], and only where the month has acertos one element more:
-- [acertos, [[artista, tipo, total]…]]. Centavos; ordered by id or by code in C.
create or replace function contar_totais(m date) returns jsonb
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp set enable_nestloop = off as
$$
    with pag as materialized (
        select artista_id, forma, count(*) as n, sum(valor_centavos) as total
        from pagamentos where data >= m and data < (m + interval '1 month')::date group by artista_id, forma
    ), com as materialized (
        select artista_id, count(*) as n, sum(valor_centavos) as total from comissoes where mes = m group by artista_id
    ), gas as materialized (
        select forma, coalesce(categoria, 'outros') as categoria, count(*) as n, sum(valor_centavos) as total
        from gastos where data >= m and data < (m + interval '1 month')::date group by forma, coalesce(categoria, 'outros')
    ), ace as materialized (
        select artista_id, tipo, count(*) as n, sum(valor_centavos)::bigint as total
        from acertos where data >= m and data < (m + interval '1 month')::date group by artista_id, tipo
    ), artista as (
        select artista_id, sum(receita) as receita, sum(comissao) as comissao
        from (select artista_id, total as receita, 0 as comissao from pag
              union all select artista_id, 0, total from com) cada
        group by artista_id
    )
    select jsonb_build_array(
        coalesce((select sum(total) from pag), 0)::bigint,
        coalesce((select sum(total) from com), 0)::bigint,
        coalesce((select sum(total) from gas), 0)::bigint,
        coalesce((select jsonb_agg(jsonb_build_array(artista_id, receita::bigint, comissao::bigint) order by artista_id)
                  from artista), '[]'),
        coalesce((select jsonb_agg(jsonb_build_array(forma, total) order by forma collate "C")
                  from (select forma, sum(total)::bigint as total from pag group by forma) por_forma), '[]'),
        coalesce((select jsonb_agg(jsonb_build_array(forma, total) order by forma collate "C")
                  from (select forma, sum(total)::bigint as total from gas group by forma) por_forma), '[]'),
        coalesce((select jsonb_agg(jsonb_build_array(categoria, total) order by categoria collate "C")
                  from (select categoria, sum(total)::bigint as total from gas group by categoria) por_categoria), '[]'),
        jsonb_build_array(
            coalesce((select sum(n) from pag), 0)::bigint,
            (select count(*) from sessoes where payment_mes = m),
            coalesce((select sum(n) from com), 0)::bigint,
            coalesce((select sum(n) from gas), 0)::bigint))
        || (select case when count(*) = 0 then '[]'::jsonb
                        else jsonb_build_array(jsonb_build_array(
                            sum(n)::bigint,
                            jsonb_agg(jsonb_build_array(artista_id, tipo, total) order by artista_id, tipo collate "C"))) end
            from ace)
$$;
