-- The payments of a month as its backup holds them (LinhaPagamento), in order of day and id. Instants in UTC, in full.
select p.id, p.data, c.nome, a.nome, p.valor_centavos, p.percentual, f.rotulo, p.forma, p.observacoes, s.sessao_id,
       p.estorno_de, p.cliente_id, p.artista_id, p.criado_por, u.nome, p.google_event_id,
       coalesce(to_char(p.criado_em at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '')
from estudio.pagamentos p
join estudio.artistas a on a.id = p.artista_id
join estudio.formas f on f.codigo = p.forma
left join estudio.clientes c on c.id = p.cliente_id
left join estudio.usuarios u on u.id = p.criado_por
left join (select payment_id, min(id) as sessao_id from estudio.sessoes where payment_mes = %(inicio)s
           and payment_id between %(primeiro)s and %(ultimo)s group by payment_id) s
       on s.payment_id = p.id
where p.data >= %(de)s and p.data < %(ate)s
order by p.data, p.id
