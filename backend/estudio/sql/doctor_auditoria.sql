-- Rows of the books that are not as the audit trail last saw them: entered or changed with the triggers off.
with ultimo as (
    select distinct on (tabela, registro_id) tabela, registro_id, depois
    from estudio.auditoria
    where tabela in ('pagamentos', 'gastos', 'comissoes', 'sessoes', 'acertos')
    order by tabela, registro_id, id desc
)
select 'pagamento ' || p.id
from estudio.pagamentos p left join ultimo u on u.tabela = 'pagamentos' and u.registro_id = p.id
where u.depois is null or (u.depois ->> 'valor_centavos')::bigint <> p.valor_centavos or (u.depois ->> 'data')::date <> p.data
   or (u.depois ->> 'artista_id')::bigint <> p.artista_id or u.depois ->> 'forma' <> p.forma
   or (u.depois ->> 'percentual')::integer is distinct from p.percentual
union all
select 'gasto ' || g.id
from estudio.gastos g left join ultimo u on u.tabela = 'gastos' and u.registro_id = g.id
where u.depois is null or (u.depois ->> 'valor_centavos')::bigint <> g.valor_centavos or (u.depois ->> 'data')::date <> g.data
   or u.depois ->> 'categoria' is distinct from g.categoria
union all
select 'comissão ' || c.id
from estudio.comissoes c left join ultimo u on u.tabela = 'comissoes' and u.registro_id = c.id
where u.depois is null or (u.depois ->> 'valor_centavos')::bigint <> c.valor_centavos
   or (u.depois ->> 'artista_id')::bigint <> c.artista_id
union all
select 'sessão ' || s.id
from estudio.sessoes s left join ultimo u on u.tabela = 'sessoes' and u.registro_id = s.id
where u.depois is null or (u.depois ->> 'payment_id')::bigint is distinct from s.payment_id
   or (u.depois ->> 'valor_centavos')::bigint <> s.valor_centavos
union all
select 'acerto ' || a.id
from estudio.acertos a left join ultimo u on u.tabela = 'acertos' and u.registro_id = a.id
where u.depois is null or (u.depois ->> 'valor_centavos')::bigint <> a.valor_centavos or (u.depois ->> 'data')::date <> a.data
   or (u.depois ->> 'artista_id')::bigint <> a.artista_id or u.depois ->> 'tipo' <> a.tipo
   or u.depois ->> 'forma' is distinct from a.forma or (u.depois ->> 'pagamento_id')::bigint is distinct from a.pagamento_id
order by 1
