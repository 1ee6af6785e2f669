-- What Busca looks for in all the years: an amount, in or out, and a word within the notes. Without these each is a walk
-- over every pagamento and gasto there is: 30 and 150 ms of the server on ten years of books, and with them 1 and 5. An
-- insert with a note costs 40 microseconds more.
set local search_path = estudio, pg_catalog;

create index pagamentos_valor on pagamentos (abs(valor_centavos), data desc, id desc);
create index pagamentos_observacoes_trigramas on pagamentos using gin (observacoes gin_trgm_ops)
    where observacoes is not null;
create index gastos_descricao_trigramas on gastos using gin (descricao gin_trgm_ops);
