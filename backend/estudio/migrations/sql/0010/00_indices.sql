-- What Busca looks for in all the years: an amount, in or out, and a word within the notes. Without them each is a walk over every
-- pagamento there is, 30 and 130 ms of the server on ten years of books; with them 1 and 5.
set local search_path = estudio, pg_catalog;

create index pagamentos_valor on pagamentos (abs(valor_centavos), data desc, id desc);
create index pagamentos_observacoes_trigramas on pagamentos using gin (observacoes gin_trgm_ops)
    where observacoes is not null;
