-- What a program shows instead of a password. What is kept of it is its sha256: who reads this database is let in as nobody.

set local search_path = estudio, pg_catalog;

create table fichas (
    id           bigint generated always as identity primary key,
    usuario_id   bigint not null constraint fichas_usuario_fk references usuarios on delete cascade,
    nome         text not null constraint fichas_nome check (length(nome) between 1 and 100),
    chave_sha256 text not null constraint fichas_chave_unica unique
                 constraint fichas_chave check (chave_sha256 ~ '^[0-9a-f]{64}$'),
    escopos      text[] not null constraint fichas_escopos
                 check (cardinality(escopos) >= 1 and cardinality(escopos) <= 3
                        and escopos <@ array['leitura', 'registro', 'exclusao']),
    criada_em    timestamptz not null default clock_timestamp(),
    expira_em    timestamptz not null,
    usada_em     date,
    constraint fichas_validade check (expira_em > criada_em and expira_em <= criada_em + interval '367 days')
);
create index fichas_usuario on fichas (usuario_id, id);

-- Given and taken back are part of the trail; on which day it was last used is not.
create trigger audit_insert after insert on fichas referencing new table as depois
    for each statement execute function auditar_insert();
create trigger audit_delete after delete on fichas referencing old table as antes
    for each statement execute function auditar_delete();
alter table fichas enable always trigger audit_insert;
alter table fichas enable always trigger audit_delete;

-- What was given is never more afterwards, nor lasts longer.
create trigger fichas_fixas before update on fichas
    for each row when ((new.usuario_id, new.nome, new.chave_sha256, new.escopos, new.criada_em, new.expira_em)
                       is distinct from
                       (old.usuario_id, old.nome, old.chave_sha256, old.escopos, old.criada_em, old.expira_em))
    execute function refuse_change();
alter table fichas enable always trigger fichas_fixas;

-- As of acessos: whoever may do something else now, or has a new password, gives their programs new ones.
create function encerrar_fichas() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    delete from fichas where usuario_id = new.id;
    return null;
end
$$;
create trigger encerrar_fichas after update on usuarios
    for each row when (old.senha_hash is distinct from new.senha_hash or old.papel <> new.papel
                       or old.ativo <> new.ativo or old.artista_id is distinct from new.artista_id)
    execute function encerrar_fichas();
alter table usuarios enable always trigger encerrar_fichas;
