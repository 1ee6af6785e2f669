-- Second factors, passkeys, and the step between a password and an acesso. What opens anything is kept as its sha256,
-- or encrypted with a key that lies outside of the database: who reads a dump logs in as nobody.

set local search_path = estudio, pg_catalog;

-- Codes of an authenticator app. `ultimo_passo` is the half minute of the last code that was used: none is used twice.
create table segundos_fatores (
    id           bigint generated always as identity primary key,
    usuario_id   bigint not null constraint segundos_fatores_usuario_fk references usuarios on delete cascade
                 constraint segundos_fatores_um_por_usuario unique,
    segredo      text not null constraint segundos_fatores_segredo check (length(segredo) between 40 and 400),
    ultimo_passo bigint not null constraint segundos_fatores_passo check (ultimo_passo > 0),
    ligado_em    timestamptz not null default clock_timestamp()
);

-- What lets a person in whose phone is gone. Using one deletes the row.
create table codigos_de_recuperacao (
    id           bigint generated always as identity primary key,
    usuario_id   bigint not null constraint codigos_de_recuperacao_usuario_fk references usuarios on delete cascade,
    chave_sha256 text not null constraint codigos_de_recuperacao_chave_unica unique
                 constraint codigos_de_recuperacao_chave check (chave_sha256 ~ '^[0-9a-f]{64}$')
);
create index codigos_de_recuperacao_usuario on codigos_de_recuperacao (usuario_id);

-- A passkey: what is kept of it is public. `contador` is how often its device says that it was used, 0 where it does not.
create table chaves_de_acesso (
    id            bigint generated always as identity primary key,
    usuario_id    bigint not null constraint chaves_de_acesso_usuario_fk references usuarios on delete cascade,
    nome          text not null constraint chaves_de_acesso_nome check (length(nome) between 1 and 60),
    credencial    text not null constraint chaves_de_acesso_credencial_unica unique
                  constraint chaves_de_acesso_credencial
                  check (credencial ~ '^[A-Za-z0-9_-]+$' and length(credencial) >= 16 and length(credencial) <= 1400),
    chave_publica bytea not null
                  constraint chaves_de_acesso_chave_publica check (length(chave_publica) between 16 and 2000),
    contador      bigint not null constraint chaves_de_acesso_contador check (contador between 0 and 4294967295),
    criada_em     timestamptz not null default clock_timestamp(),
    usada_em      timestamptz
);
create index chaves_de_acesso_usuario on chaves_de_acesso (usuario_id, id);

-- What a passkey is asked to sign. Asked once: the answer deletes the row.
create table desafios (
    chave_sha256 text primary key constraint desafios_chave check (chave_sha256 ~ '^[0-9a-f]{64}$'),
    ato          text not null constraint desafios_ato check (ato in ('registro', 'entrada')),
    usuario_id   bigint constraint desafios_usuario_fk references usuarios on delete cascade
                 constraint desafios_registro_tem_usuario check (ato <> 'registro' or usuario_id is not null),
    desafio      text not null constraint desafios_desafio check (desafio ~ '^[A-Za-z0-9_-]{43,128}$'),
    expira_em    timestamptz not null
);
create index desafios_usuario on desafios (usuario_id);
create index desafios_idade on desafios (expira_em);

-- Who said the password and has not said the second factor yet. `provou`: whether it was the password that was said.
create table etapas (
    chave_sha256 text primary key constraint etapas_chave check (chave_sha256 ~ '^[0-9a-f]{64}$'),
    usuario_id   bigint not null constraint etapas_usuario_fk references usuarios on delete cascade,
    provou       boolean not null,
    expira_em    timestamptz not null
);
create index etapas_usuario on etapas (usuario_id);

-- When the person in this browser last proved to be themselves. An acesso without a row never did.
create table provas (
    acesso_id bigint primary key constraint provas_acesso_fk references acessos on delete cascade,
    em        timestamptz not null
);

-- Held here as well: a code that was used is never good again, whatever is written.
create function guard_passo() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if new.ultimo_passo <= old.ultimo_passo then
        raise exception 'o código % já foi usado', new.ultimo_passo
            using errcode = '23514', constraint = 'segundos_fatores_passo_avanca', table = 'segundos_fatores';
    end if;
    return new;
end
$$;
create trigger guard_passo before update on segundos_fatores for each row execute function guard_passo();
alter table segundos_fatores enable always trigger guard_passo;

-- A counter that does not rise is a copy of the device's memory at work.
create function guard_contador() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if new.contador <= old.contador and (new.contador > 0 or old.contador > 0) then
        raise exception 'o contador % não avançou', new.contador
            using errcode = '23514', constraint = 'chaves_de_acesso_contador_avanca', table = 'chaves_de_acesso';
    end if;
    return new;
end
$$;
create trigger guard_contador before update on chaves_de_acesso for each row execute function guard_contador();
alter table chaves_de_acesso enable always trigger guard_contador;

-- A secret is nobody's history, encrypted or not.
create or replace function sem_segredos(linha jsonb) returns jsonb
    language sql immutable
    return linha - 'senha_hash' - 'chave_sha256' - 'segredo' - 'ultimo_passo' - 'chave_publica';

-- That a factor came or went, and that a code was used up, is part of the trail.
do $$
declare
    t text;
begin
    foreach t in array array['segundos_fatores', 'codigos_de_recuperacao', 'chaves_de_acesso'] loop
        execute format('create trigger audit_insert after insert on %I referencing new table as depois
                        for each statement execute function auditar_insert()', t);
        execute format('create trigger audit_delete after delete on %I referencing old table as antes
                        for each statement execute function auditar_delete()', t);
        execute format('alter table %I enable always trigger audit_insert', t);
        execute format('alter table %I enable always trigger audit_delete', t);
    end loop;
end
$$;

-- What ends the browsers of a person ends what they were about to prove as well.
create function encerrar_etapas() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    delete from etapas where usuario_id = new.id;
    delete from desafios where usuario_id = new.id;
    return null;
end
$$;
create trigger encerrar_etapas after update on usuarios
    for each row when (old.senha_hash is distinct from new.senha_hash or old.papel <> new.papel
                       or old.ativo <> new.ativo or old.artista_id is distinct from new.artista_id)
    execute function encerrar_etapas();
alter table usuarios enable always trigger encerrar_etapas;
