-- What came in on each day from :inicio until before :fim: of a closed month as its seal says, of an open one as the books do.
select dia, sum(soma)::bigint as soma
from (
    select (linha ->> 0)::date as dia, (linha ->> 3)::bigint as soma
    from estudio.extratos x
    cross join lateral jsonb_array_elements(x.por_dia) linha
    where x.estado = 'vigente' and x.mes >= :inicio and x.mes < :fim and linha ->> 1 = 'pagamento'
    union all
    select p.data, p.valor_centavos
    from estudio.pagamentos p
    where p.data >= :inicio and p.data < :fim
      and not exists (select from estudio.extratos x where x.mes = p.mes and x.estado = 'vigente')
) recebido
group by dia
order by dia
