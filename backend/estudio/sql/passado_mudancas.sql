-- The rows of one kind that came in, went out or changed from one instant to another: how many, and a page of them.
with {registros}, antes as ({antes}), depois as ({depois}), mudados as materialized (
    select coalesce(d.dia, a.dia) as dia, coalesce(d.lugar, a.lugar) as lugar, coalesce(d.filho, a.filho) as filho,
           {colunas}
    from antes a full join depois d on d.id = a.id
    where a.id is null or d.id is null or row({comparado_a}) is distinct from row({comparado_d})
), contagens as (
    select count(*) filter (where a_id is null) as entrou, count(*) filter (where d_id is null) as saiu,
           count(*) filter (where a_id is not null and d_id is not null) as mudou
    from mudados
), pagina as (
    select l.* from mudados l where {depois_de} order by l.dia desc, l.lugar desc, l.filho desc limit :limite
)
select c.entrou, c.saiu, c.mudou, {nomes}
from contagens c left join pagina l on true
order by l.dia desc, l.lugar desc, l.filho desc
