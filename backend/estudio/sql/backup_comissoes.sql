-- The commissions of a month as its backup holds them (LinhaComissao), in order of their payment's day and id.
select k.id, p.data, c.nome, a.nome, k.valor_centavos, k.percentual, k.observacoes, k.pagamento_id, k.artista_id,
       coalesce(to_char(k.criado_em at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '')
from estudio.comissoes k
join estudio.pagamentos p on p.id = k.pagamento_id and p.data >= %(de)s and p.data < %(ate)s
join estudio.artistas a on a.id = k.artista_id
left join estudio.clientes c on c.id = p.cliente_id
where k.mes = %(inicio)s and k.pagamento_id between %(primeiro)s and %(ultimo)s
order by p.data, k.id
