-- The expenses of a month; one without category counts under "outros".
select g.id, g.data, g.valor_centavos * 0.01 as valor, g.descricao, g.forma, coalesce(g.categoria, 'outros') as categoria, g.criado_por
from estudio.gastos g
where g.data >= %(inicio)s and g.data < %(fim)s
order by g.data, g.id
