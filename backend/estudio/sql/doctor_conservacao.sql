-- Everything ever entered, against what is open plus what was sealed: per kind the rows and centavos of each. A sealed month
-- counts as it was sealed, an open one as its rows are, a vazia as nothing.
with aberta as (
    select mes from estudio.competencias where estado = 'aberta'
), linhas as (
    select 'pagamentos' as tipo, mes, valor_centavos as valor from estudio.pagamentos
    union all select 'comissões', mes, valor_centavos from estudio.comissoes
    union all select 'gastos', mes, valor_centavos from estudio.gastos
    union all select 'acertos', mes, valor_centavos from estudio.acertos
    union all select 'sessões pagas', payment_mes, 0 from estudio.sessoes where payment_mes is not null
), nos_livros as (
    select l.tipo, count(*) as linhas, sum(l.valor) as soma,
           count(a.mes) as linhas_abertas, coalesce(sum(l.valor) filter (where a.mes is not null), 0) as soma_aberta
    from linhas l left join aberta a on a.mes = l.mes group by l.tipo
), selado as (
    select t.tipo, sum((x.totais -> 7 ->> t.contagem)::bigint) as linhas, sum(coalesce((x.totais ->> t.total)::bigint, 0)) as soma
    from estudio.extratos x
    cross join (values ('pagamentos', 0, 0), ('sessões pagas', 1, null), ('comissões', 2, 1), ('gastos', 3, 2)) t (tipo, contagem, total)
    where x.estado = 'vigente' group by t.tipo
    union all
    select 'acertos', sum((x.totais -> 8 ->> 0)::bigint),
           sum((select sum((a ->> 2)::bigint) from jsonb_array_elements(x.totais -> 8 -> 1) a))
    from estudio.extratos x where x.estado = 'vigente' and jsonb_array_length(x.totais) > 8
    having count(*) > 0
)
select tipo, coalesce(n.linhas, 0), coalesce(n.soma, 0),
       coalesce(n.linhas_abertas, 0) + coalesce(s.linhas, 0), coalesce(n.soma_aberta, 0) + coalesce(s.soma, 0)
from nos_livros n full join selado s using (tipo)
order by tipo collate "C"
