-- The expenses of a month as its backup holds them (LinhaGasto), in order of day and id.
select g.id, g.data, g.valor_centavos, f.rotulo, g.forma, k.rotulo, g.categoria, g.descricao, g.criado_por, u.nome,
       coalesce(to_char(g.criado_em at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '')
from estudio.gastos g
join estudio.formas f on f.codigo = g.forma
left join estudio.categorias k on k.codigo = g.categoria
left join estudio.usuarios u on u.id = g.criado_por
where g.data >= %(de)s and g.data < %(ate)s
order by g.data, g.id
