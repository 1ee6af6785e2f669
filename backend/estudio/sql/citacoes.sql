-- What is to be decided of an erased person: each row with its words, and with those that only its past in the trail has.
select c.id, c.tabela, c.registro_id, v.id is not null as existe, v.alvo, v.dia, v.artista_id, v.texto, p.passado
from estudio.citacoes c
join estudio.titulares_eliminados t on t.cliente_id = c.cliente_id and t.titular_id = :titular
left join lateral (
    select id, id as alvo, null::date as dia, null::bigint as artista_id, observacoes as texto
    from estudio.clientes where c.tabela = 'clientes' and id = c.registro_id
    union all select id, id, data, null, observacoes from estudio.pagamentos where c.tabela = 'pagamentos' and id = c.registro_id
    union all select id, pagamento_id, mes, null, observacoes from estudio.comissoes where c.tabela = 'comissoes' and id = c.registro_id
    union all select id, id, data, null, observacoes from estudio.sessoes where c.tabela = 'sessoes' and id = c.registro_id
    union all select id, id, data, null, descricao from estudio.gastos where c.tabela = 'gastos' and id = c.registro_id
    union all select id, id, data, null, motivo from estudio.acertos where c.tabela = 'acertos' and id = c.registro_id
    union all select id, id, null, null, descricao from estudio.recorrentes where c.tabela = 'recorrentes' and id = c.registro_id
    union all select id, id, null, null, observacoes from estudio.itens where c.tabela = 'itens' and id = c.registro_id
    union all select id, item_id, em::date, null, motivo from estudio.movimentos where c.tabela = 'movimentos' and id = c.registro_id
    union all select r.id, d.id, x.mes, d.artista_id, r.texto
    from estudio.demonstrativo_respostas r join estudio.demonstrativos d on d.id = r.demonstrativo_id
    join estudio.extratos x on x.id = d.extrato_id
    where c.tabela = 'demonstrativo_respostas' and r.id = c.registro_id
    union all select seq, seq, mes, null, motivo from estudio.selos where c.tabela = 'selos' and seq = c.registro_id
) v on true
left join lateral (
    select string_agg(distinct w.escrito, ' · ') as passado
    from estudio.auditoria a cross join lateral (values
        (a.antes ->> 'descricao'), (a.antes ->> 'motivo'), (a.antes ->> 'observacoes'), (a.depois ->> 'descricao'),
        (a.depois ->> 'motivo'), (a.depois ->> 'observacoes'), (a.motivo)) w (escrito)
    where a.tabela = c.tabela and a.registro_id = c.registro_id and w.escrito is distinct from v.texto
) p on true
where c.decidida_em is null
order by c.id
limit :limite
