-- The audit trail: written by triggers, so that psql and the importer are seen too; append-only for everyone.
-- The deed says who, whence and why through settings of its transaction (services.auditoria_service.act_as).

set local search_path = estudio, pg_catalog;

create table auditoria (
    id          bigint generated always as identity primary key,
    em          timestamptz not null default clock_timestamp(),
    xid         xid8 not null default pg_current_xact_id(),
    ato         uuid,
    quem        bigint,
    origem      text,
    usuario_bd  text not null default session_user,
    acao        text not null constraint auditoria_acao check (acao <> ''),
    tabela      text not null,
    registro_id bigint,
    antes       jsonb,
    depois      jsonb,
    motivo      text
);
create index auditoria_registro on auditoria (tabela, registro_id, id);
-- A transition asks for its own record after COMMIT.
create index auditoria_transicoes on auditoria ((depois ->> 'run_id')) where tabela = 'competencias';
create index auditoria_ato on auditoria (ato) where ato is not null;

create function contexto(nome text) returns text
    language sql stable set search_path = estudio, pg_catalog, pg_temp
    return nullif(current_setting('estudio.' || nome, true), '');

-- A password's hash is nobody's history.
create function sem_segredos(linha jsonb) returns jsonb
    language sql immutable
    return linha - 'senha_hash';

create function auditar_insert() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    insert into auditoria (ato, quem, origem, acao, tabela, registro_id, depois, motivo)
    select contexto('ato')::uuid, contexto('quem')::bigint, contexto('origem'), 'insert', tg_table_name,
           (l ->> 'id')::bigint, sem_segredos(l), contexto('motivo')
    from (select to_jsonb(d) as l from depois d) linhas;
    return null;
end
$$;

create function auditar_update() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    insert into auditoria (ato, quem, origem, acao, tabela, registro_id, antes, depois, motivo)
    select contexto('ato')::uuid, contexto('quem')::bigint, contexto('origem'), 'update', tg_table_name,
           (d.l ->> 'id')::bigint, sem_segredos(a.l), sem_segredos(d.l), contexto('motivo')
    from (select to_jsonb(x) as l from depois x) d
    full join (select to_jsonb(x) as l from antes x) a on (a.l -> 'id') = (d.l -> 'id');
    return null;
end
$$;

create function auditar_delete() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    insert into auditoria (ato, quem, origem, acao, tabela, registro_id, antes, motivo)
    select contexto('ato')::uuid, contexto('quem')::bigint, contexto('origem'), 'delete', tg_table_name,
           (l ->> 'id')::bigint, sem_segredos(l), contexto('motivo')
    from (select to_jsonb(a) as l from antes a) linhas;
    return null;
end
$$;

do $$
declare
    t text;
begin
    foreach t in array array['pagamentos', 'comissoes', 'sessoes', 'gastos', 'clientes', 'artistas', 'usuarios',
                             'itens', 'formas', 'categorias', 'identidade'] loop
        execute format('create trigger audit_insert after insert on %I referencing new table as depois
                        for each statement execute function auditar_insert()', t);
        execute format('create trigger audit_update after update on %I referencing old table as antes new table as depois
                        for each statement execute function auditar_update()', t);
        execute format('create trigger audit_delete after delete on %I referencing old table as antes
                        for each statement execute function auditar_delete()', t);
        execute format('alter table %I enable always trigger audit_insert', t);
        execute format('alter table %I enable always trigger audit_update', t);
        execute format('alter table %I enable always trigger audit_delete', t);
    end loop;
end
$$;

-- Every change of a row raises its version: an import is undone only while nobody has worked on its rows.
create function contar_versao() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    new.versao := old.versao + 1;
    return new;
end
$$;

do $$
declare
    t text;
begin
    foreach t in array array['pagamentos', 'comissoes', 'sessoes', 'gastos', 'clientes', 'artistas', 'usuarios', 'itens'] loop
        execute format('create trigger contar_versao before update on %I for each row execute function contar_versao()', t);
    end loop;
end
$$;
