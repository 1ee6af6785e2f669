-- The last change of a month up to :em and the first one after it. A transaction is one change. Its number counts on in
-- another cluster after a restore: of another day it is another.
with mudancas as (
    select max(e.em) as em, max(e.quem) as quem, count(distinct (e.tabela, e.registro_id)) as linhas
    from estudio.auditoria e where ({do_mes}) {de_quem}
    group by e.xid, date_trunc('day', e.em at time zone 'UTC')
), contadas as (
    select m.*, row_number() over (order by m.em) as numero, count(*) over () as total from mudancas m
), vizinhas as (
    (select 'anterior' as lado, c.* from contadas c where c.em <= :em order by c.em desc limit 1)
    union all
    (select 'seguinte', c.* from contadas c where c.em > :em order by c.em limit 1)
)
select v.*, u.nome as por from vizinhas v left join estudio.usuarios u on u.id = v.quem
