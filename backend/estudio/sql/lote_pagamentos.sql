-- The payments of a month as batches read them, in order of day and entry.
select p.id, p.data, c.nome as cliente_nome, p.artista_id, a.nome as artista_nome, p.valor_centavos * 0.01 as valor, p.forma,
       p.observacoes, s.data as sessao_data
from estudio.pagamentos p
join estudio.artistas a on a.id = p.artista_id
left join estudio.clientes c on c.id = p.cliente_id
left join (
    select payment_id, min(data) as data from estudio.sessoes where payment_mes = %(inicio)s group by payment_id
) s on s.payment_id = p.id
where p.data >= %(inicio)s and p.data < %(fim)s
order by p.data, p.id
