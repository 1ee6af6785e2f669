-- Which months hold anything that is of the books by itself? (Comissões and paid sessões go with their pagamento.)

set local search_path = estudio, pg_catalog;

-- By the day, which has an index; the month that is kept beside it has none that begins with it. All months of a stretch
-- at once: one call for each of the hundred years' months would cost five times as much.
create function meses_com_lancamentos(de date default '-infinity', ate date default 'infinity') returns setof date
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    select c.mes from competencias c
    where c.mes between de and ate
      and (exists (select from pagamentos p where p.data >= c.mes and p.data < c.mes + interval '1 month')
           or exists (select from gastos g where g.data >= c.mes and g.data < c.mes + interval '1 month')
           or exists (select from acertos a where a.data >= c.mes and a.data < c.mes + interval '1 month'))
$$;
