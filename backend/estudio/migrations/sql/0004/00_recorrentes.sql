-- Gastos that come back every month. They are no money: a month's draft is calculated from them, and only what is
-- registered from a draft is a gasto.

set local search_path = estudio, pg_catalog;

create table recorrentes (
    id             bigint generated always as identity primary key,
    descricao      text not null constraint recorrentes_descricao check (length(descricao) between 1 and 20000),
    valor_centavos bigint not null constraint recorrentes_valor check (valor_centavos between 1 and 999999999),
    forma          text not null constraint recorrentes_forma_fk references formas on delete restrict,
    categoria      text constraint recorrentes_categoria_fk references categorias on delete restrict,
    -- The day of the month; where the month is shorter, its last one.
    dia            integer not null constraint recorrentes_dia check (dia between 1 and 31),
    desde          date not null constraint recorrentes_data check (desde >= '2000-01-01' and desde < '2100-01-01'),
    ativo          boolean not null default true,
    criado_em      timestamptz not null default clock_timestamp(),
    criado_por     bigint constraint recorrentes_criado_por_fk references usuarios on delete restrict,
    versao         integer not null default 1
);

-- What was decided about the draft of a month, once: the gasto that it became, or none where it was skipped. Deleting
-- the gasto takes the decision along, and the draft is there again.
create table recorrencias (
    id            bigint generated always as identity primary key,
    recorrente_id bigint not null constraint recorrencias_recorrente_fk references recorrentes on delete restrict,
    mes           date not null constraint recorrencias_mes_fk references competencias (mes),
    gasto_id      bigint constraint recorrencias_gasto_fk references gastos on delete cascade
                  constraint recorrencias_gasto_unico unique,
    em            timestamptz not null default clock_timestamp(),
    por           bigint constraint recorrencias_por_fk references usuarios on delete restrict,
    constraint recorrencias_uma_por_mes unique (recorrente_id, mes)
);
create index recorrencias_mes on recorrencias (mes);

create trigger audit_insert after insert on recorrentes referencing new table as depois
    for each statement execute function auditar_insert();
create trigger audit_update after update on recorrentes referencing old table as antes new table as depois
    for each statement execute function auditar_update();
create trigger audit_delete after delete on recorrentes referencing old table as antes
    for each statement execute function auditar_delete();
create trigger audit_insert after insert on recorrencias referencing new table as depois
    for each statement execute function auditar_insert();
create trigger audit_delete after delete on recorrencias referencing old table as antes
    for each statement execute function auditar_delete();
alter table recorrentes enable always trigger audit_insert;
alter table recorrentes enable always trigger audit_update;
alter table recorrentes enable always trigger audit_delete;
alter table recorrencias enable always trigger audit_insert;
alter table recorrencias enable always trigger audit_delete;

create trigger contar_versao before update on recorrentes for each row execute function contar_versao();

-- What was spent under the same words: the next gasto takes its categoria.
create index gastos_descricao on gastos using hash (lower(descricao));
