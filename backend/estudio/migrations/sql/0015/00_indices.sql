-- A month as it stood: the events that put a row into it, changed one of it or took one out, by their instant. The month
-- is that of the row's own column, of the pagamento that settled a sessão, or of the day of a sessão that none settled.
set local search_path = estudio, pg_catalog;

create index auditoria_mes_antes on auditoria
    (coalesce(antes ->> 'mes', antes ->> 'payment_mes', "left"(antes ->> 'data', 7) || '-01'), em)
    where coalesce(antes ->> 'mes', antes ->> 'payment_mes', "left"(antes ->> 'data', 7) || '-01') is not null;
create index auditoria_mes_depois on auditoria
    (coalesce(depois ->> 'mes', depois ->> 'payment_mes', "left"(depois ->> 'data', 7) || '-01'), em)
    where coalesce(depois ->> 'mes', depois ->> 'payment_mes', "left"(depois ->> 'data', 7) || '-01') is not null;
