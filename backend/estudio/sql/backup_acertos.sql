-- The acertos of a month as its backup holds them (LinhaAcerto), in order of day and id.
select c.id, c.data, a.nome, c.valor_centavos, f.rotulo, c.forma, c.tipo, c.motivo, c.pagamento_id, c.artista_id,
       c.criado_por, u.nome, coalesce(to_char(c.criado_em at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '')
from estudio.acertos c
join estudio.artistas a on a.id = c.artista_id
left join estudio.formas f on f.codigo = c.forma
left join estudio.usuarios u on u.id = c.criado_por
where c.data >= %(de)s and c.data < %(ate)s
order by c.data, c.id
