-- The acertos of a month as batches read them, in order of day and entry.
select c.id, c.data, c.artista_id, a.nome as artista_nome, c.tipo, c.valor_centavos * 0.01 as valor, c.forma, c.pagamento_id
from estudio.acertos c
join estudio.artistas a on a.id = c.artista_id
where c.data >= %(inicio)s and c.data < %(fim)s
order by c.data, c.id
