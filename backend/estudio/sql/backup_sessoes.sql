-- The sessions settled in a month as its backup holds them (LinhaSessao), in order of their payment's day and id.
select s.id, s.data, c.nome, a.nome, s.valor_centavos, s.observacoes, s.status, s.payment_id, p.data, s.cliente_id,
       s.artista_id, s.criado_por, u.nome, s.google_event_id,
       coalesce(to_char(s.criado_em at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '')
from estudio.sessoes s
join estudio.pagamentos p on p.id = s.payment_id and p.data >= %(de)s and p.data < %(ate)s
join estudio.artistas a on a.id = s.artista_id
left join estudio.clientes c on c.id = s.cliente_id
left join estudio.usuarios u on u.id = s.criado_por
where s.payment_mes = %(inicio)s and s.payment_id between %(primeiro)s and %(ultimo)s
order by p.data, s.id
