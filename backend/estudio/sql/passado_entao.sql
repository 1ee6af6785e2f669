-- The rows of a table that were of the month at :{em}, as `{nome}_registros`. What one transaction wrote came about at once,
-- with its last event, and no transaction writes for longer than an hour.
{nome}_mexidos as (
    select distinct on ((coalesce(e.depois, e.antes) ->> 'id')::bigint)
           (coalesce(e.depois, e.antes) ->> 'id')::bigint as registro, e.antes
    from estudio.auditoria e
    where e.tabela = '{tabela}' and ({do_mes}) and e.em > cast(:{em} as timestamptz) - interval '1 hour'
      and (e.em > :{em}
           or e.xid in (select s.xid from estudio.auditoria s
                        where ({do_mes_s}) and s.em > :{em} and s.em <= cast(:{em} as timestamptz) + interval '1 hour'))
    order by (coalesce(e.depois, e.antes) ->> 'id')::bigint, e.id
), {nome}_registros as (
    select r.* from estudio.{tabela} r
    where {periodo} and not exists (select from {nome}_mexidos m where m.registro = r.id)
    union all
    select r.* from {nome}_mexidos m cross join lateral jsonb_populate_record(null::estudio.{tabela}, m.antes) r
    where m.antes is not null and {periodo}
)
