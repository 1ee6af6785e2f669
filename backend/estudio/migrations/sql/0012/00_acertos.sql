-- Acertos: what passes between the studio and an artista besides her comissões. `valor_centavos` is signed as the artista
-- sees it: what the row does to what the studio still owes her. Each kind has one sign, so that nobody types one.

set local search_path = estudio, pg_catalog;

-- A recebido follows its pagamento by key: another amount, day or artista of the one is the other's in the same statement.
alter table pagamentos add constraint pagamentos_id_recebido unique (id, artista_id, data, valor_centavos);

create table acertos (
    id             bigint generated always as identity primary key,
    data           date not null constraint acertos_data check (data >= '2000-01-01' and data < '2100-01-01'),
    mes            date generated always as (date_trunc('month', data::timestamp)::date) stored
                   constraint acertos_mes_fk references competencias (mes),
    artista_id     bigint not null constraint acertos_artista_fk references artistas on delete restrict,
    tipo           text not null constraint acertos_tipo check (tipo in (
                       'repasse', 'vale', 'devolucao', 'aluguel', 'desconto', 'bonus', 'acrescimo', 'recebido')),
    valor_centavos bigint not null,
    -- How the money was handed over, where any was.
    forma          text constraint acertos_forma_fk references formas on delete restrict,
    motivo         text constraint acertos_motivo check (length(motivo) between 1 and 2000),
    -- Of a recebido: the pagamento whose money the artista kept, and what was paid. Its own value is the opposite.
    pagamento_id   bigint constraint acertos_um_por_pagamento unique,
    pago_centavos  bigint,
    importacao_id  bigint constraint acertos_importacao_fk references importacoes on delete restrict,
    criado_em      timestamptz not null default clock_timestamp(),
    criado_por     bigint constraint acertos_criado_por_fk references usuarios on delete restrict,
    versao         integer not null default 1,
    constraint acertos_recebido_fk foreign key (pagamento_id, artista_id, data, pago_centavos)
        references pagamentos (id, artista_id, data, valor_centavos) on update cascade on delete cascade,
    constraint acertos_recebido check (
        (tipo = 'recebido') = (pagamento_id is not null) and (pagamento_id is null) = (pago_centavos is null)
        and (pagamento_id is null or valor_centavos = -pago_centavos)),
    constraint acertos_valor check (
        case when tipo in ('repasse', 'vale', 'aluguel', 'desconto') then valor_centavos between -999999999 and -1
             when tipo in ('devolucao', 'bonus', 'acrescimo') then valor_centavos between 1 and 999999999
             else abs(valor_centavos) between 1 and 999999999 end),
    constraint acertos_forma_do_tipo check ((forma is not null) = (tipo in ('repasse', 'vale', 'devolucao'))),
    -- A recebido says what its pagamento says and nothing of its own, so that erasing a cliente has nothing to look for here.
    constraint acertos_motivo_do_tipo check (
        case when tipo = 'recebido' then motivo is null
             when tipo in ('bonus', 'acrescimo', 'desconto') then motivo is not null else true end)
);
create index acertos_paginas on acertos (data desc, id desc);
create index acertos_artista on acertos (artista_id, data desc, id desc);
create index acertos_importacao on acertos (importacao_id) where importacao_id is not null;

alter table importacao_linhas drop constraint importacao_linhas_tipo;
alter table importacao_linhas add constraint importacao_linhas_tipo
    check (tipo in ('pagamento', 'sessao', 'comissao', 'gasto', 'acerto', 'cliente', 'artista'));

-- The key brings what was paid; the value is its opposite.
create function seguir_pagamento() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    new.valor_centavos := -new.pago_centavos;
    return new;
end
$$;
create trigger seguir_pagamento before update on acertos
    for each row when (new.pago_centavos is distinct from old.pago_centavos and new.pago_centavos is not null)
    execute function seguir_pagamento();
alter table acertos enable always trigger seguir_pagamento;
