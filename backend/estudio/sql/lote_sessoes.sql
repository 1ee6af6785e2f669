-- The sessions settled by payments of a month: listed by payment_id, whatever their status.
select s.id, s.data, c.nome as cliente_nome, s.artista_id, a.nome as artista_nome, s.valor_centavos * 0.01 as valor, s.status,
       s.observacoes
from estudio.sessoes s
join estudio.artistas a on a.id = s.artista_id
left join estudio.clientes c on c.id = s.cliente_id
where s.payment_mes = %(inicio)s
order by s.id
