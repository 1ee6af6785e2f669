-- People's own doings with their access: links that give a password, browsers that several people share, PINs.
-- What is kept of a key is its sha256, of a PIN its argon2; `sem_segredos` knows both columns, so no trail holds them.

set local search_path = estudio, pg_catalog;

-- So that a person knows her browsers again, and so that what a PIN opened is told from what a password did.
alter table acessos add column aberto_em timestamptz not null default clock_timestamp();
alter table acessos add column por_pin boolean not null default false;

-- A link by which somebody gives herself a password, once: an invitation, or because she forgot the old one.
create table links (
    id           bigint generated always as identity primary key,
    usuario_id   bigint not null constraint links_usuario_fk references usuarios on delete cascade,
    chave_sha256 text not null constraint links_chave_unica unique
                 constraint links_chave check (chave_sha256 ~ '^[0-9a-f]{64}$'),
    tipo         text not null constraint links_tipo check (tipo in ('convite', 'recuperacao')),
    expira_em    timestamptz not null
);
create index links_usuario on links (usuario_id, id);

-- The digits by which a person takes over a browser in which she gave her password a few hours ago.
create table pins (
    id         bigint generated always as identity primary key,
    usuario_id bigint not null constraint pins_usuario_fk references usuarios on delete cascade
               constraint pins_um_por_pessoa unique,
    senha_hash text not null constraint pins_senha_hash check (senha_hash like '$argon2id$%')
);

-- A person at a browser that others use too: when she gave her password there, and how many PINs were wrong since.
create table turnos (
    id              bigint generated always as identity primary key,
    usuario_id      bigint not null constraint turnos_usuario_fk references usuarios on delete cascade,
    aparelho_sha256 text not null constraint turnos_aparelho check (aparelho_sha256 ~ '^[0-9a-f]{64}$'),
    senha_em        timestamptz not null,
    falhas          integer not null default 0 constraint turnos_falhas check (falhas between 0 and 5),
    constraint turnos_um_por_aparelho unique (usuario_id, aparelho_sha256)
);
create index turnos_do_aparelho on turnos (aparelho_sha256);
create index turnos_idade on turnos (senha_em);

create trigger audit_insert after insert on links referencing new table as depois
    for each statement execute function auditar_insert();
create trigger audit_delete after delete on links referencing old table as antes
    for each statement execute function auditar_delete();
create trigger audit_insert after insert on pins referencing new table as depois
    for each statement execute function auditar_insert();
create trigger audit_update after update on pins referencing old table as antes new table as depois
    for each statement execute function auditar_update();
create trigger audit_delete after delete on pins referencing old table as antes
    for each statement execute function auditar_delete();
alter table links enable always trigger audit_insert;
alter table links enable always trigger audit_delete;
alter table pins enable always trigger audit_insert;
alter table pins enable always trigger audit_update;
alter table pins enable always trigger audit_delete;

-- Held here, so that whatever changes a password, a papel or an address ends what the old one gave.
create function encerrar_contas() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    delete from links where usuario_id = new.id;
    if (old.senha_hash, old.papel, old.ativo, old.artista_id)
       is distinct from (new.senha_hash, new.papel, new.ativo, new.artista_id) then
        delete from turnos where usuario_id = new.id;
    end if;
    -- Whoever knew the old password could have set it.
    if old.senha_hash is distinct from new.senha_hash then
        delete from pins where usuario_id = new.id;
    end if;
    return null;
end
$$;
create trigger encerrar_contas after update on usuarios
    for each row when (old.senha_hash is distinct from new.senha_hash or old.papel <> new.papel
                       or old.ativo <> new.ativo or old.artista_id is distinct from new.artista_id
                       or old.email <> new.email)
    execute function encerrar_contas();
alter table usuarios enable always trigger encerrar_contas;
