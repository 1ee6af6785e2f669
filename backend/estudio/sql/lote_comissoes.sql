-- The commissions of a month: a commission belongs to the month of its payment.
select k.id, k.criado_em, k.artista_id, a.nome as artista_nome, c.nome as cliente_nome, p.valor_centavos * 0.01 as pagamento_valor,
       k.percentual * 0.01 as percentual, k.valor_centavos * 0.01 as valor, k.observacoes
from estudio.comissoes k
join estudio.pagamentos p on p.id = k.pagamento_id and p.data >= %(inicio)s and p.data < %(fim)s
join estudio.artistas a on a.id = k.artista_id
left join estudio.clientes c on c.id = p.cliente_id
where k.mes = %(inicio)s
order by k.id
