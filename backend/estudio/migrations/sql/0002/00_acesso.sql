-- Who is logged in in a browser. What is kept of a key is its sha256: who reads this database logs in as nobody.

set local search_path = estudio, pg_catalog;

-- One browser in which one person is logged in. Logging out deletes the row: a cookie that was copied is worth nothing.
create table acessos (
    id           bigint generated always as identity primary key,
    usuario_id   bigint not null constraint acessos_usuario_fk references usuarios on delete cascade,
    chave_sha256 text not null constraint acessos_chave_unica unique
                 constraint acessos_chave check (chave_sha256 ~ '^[0-9a-f]{64}$'),
    navegador    text not null constraint acessos_navegador check (length(navegador) between 1 and 200),
    expira_em    timestamptz not null
);
create index acessos_usuario on acessos (usuario_id, id);

-- A link that makes the first dono. Using it deletes the row.
create table convites (
    chave_sha256 text primary key constraint convites_chave check (chave_sha256 ~ '^[0-9a-f]{64}$'),
    expira_em    timestamptz not null
);

-- What was tried in vain, by account, address and known browser, for all processes together.
create table tentativas (
    chave     text primary key constraint tentativas_chave check (chave ~ '^[a-z]+:[0-9a-f]{64}$'),
    falhas    integer not null constraint tentativas_falhas check (falhas between 0 and 1000000),
    ultima_em timestamptz not null
);
create index tentativas_idade on tentativas (ultima_em);

-- A hash is nobody's history.
create or replace function sem_segredos(linha jsonb) returns jsonb
    language sql immutable
    return linha - 'senha_hash' - 'chave_sha256';

-- Logins and logouts are part of the trail.
create trigger audit_insert after insert on acessos referencing new table as depois
    for each statement execute function auditar_insert();
create trigger audit_delete after delete on acessos referencing old table as antes
    for each statement execute function auditar_delete();
alter table acessos enable always trigger audit_insert;
alter table acessos enable always trigger audit_delete;

-- Held here, so that a password that is changed by whatever means ends every browser that knew the old one.
create function encerrar_acessos() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    delete from acessos where usuario_id = new.id;
    return null;
end
$$;
create trigger encerrar_acessos after update on usuarios
    for each row when (old.senha_hash is distinct from new.senha_hash or old.papel <> new.papel
                       or old.ativo <> new.ativo or old.artista_id is distinct from new.artista_id)
    execute function encerrar_acessos();
alter table usuarios enable always trigger encerrar_acessos;
