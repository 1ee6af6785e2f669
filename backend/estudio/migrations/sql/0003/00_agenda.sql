-- The hour of a sessão, that no artista is in two places at once, and the secret link of each artista's calendar.

set local search_path = estudio, pg_catalog;

create extension if not exists btree_gist with schema estudio;

-- By the clock on the studio's wall, so that 14:00 stays 14:00 when the zone's rules change. A sessão may have no hour:
-- version 4 kept none. `data` is the business day, which turns at four: 01:30 is of the night after it, and the one date that
-- counts stays `data`.
alter table sessoes
    add column hora time constraint sessoes_hora check (hora < '24:00' and extract(second from hora) = 0),
    add column duracao_minutos integer constraint sessoes_duracao check (duracao_minutos between 5 and 1440),
    add constraint sessoes_hora_tem_duracao check ((hora is null) = (duracao_minutos is null));
alter table sessoes
    add column horario tsrange generated always as (
        case when hora is not null then tsrange(
            data + hora + make_interval(days => (hora < '04:00')::integer),
            data + hora + make_interval(days => (hora < '04:00')::integer, mins => duracao_minutos)) end) stored;

-- Half-open: one may begin when the other ends. What was cancelled, or to whom nobody came, takes no place.
alter table sessoes add constraint sessoes_horario_livre exclude using gist (artista_id with =, horario with &&)
    where (horario is not null and status not in ('cancelada', 'faltou'));

-- A calendar that other programs read by a secret link. What is kept of its key is the sha256.
create table calendarios (
    id           bigint generated always as identity primary key,
    artista_id   bigint not null constraint calendarios_artista_fk references artistas on delete cascade
                 constraint calendarios_um_por_artista unique,
    chave_sha256 text not null constraint calendarios_chave_unica unique
                 constraint calendarios_chave check (chave_sha256 ~ '^[0-9a-f]{64}$'),
    criado_em    timestamptz not null default clock_timestamp()
);

-- Made and ended is part of the trail; the key's hash is not (sem_segredos).
create trigger audit_insert after insert on calendarios referencing new table as depois
    for each statement execute function auditar_insert();
create trigger audit_delete after delete on calendarios referencing old table as antes
    for each statement execute function auditar_delete();
alter table calendarios enable always trigger audit_insert;
alter table calendarios enable always trigger audit_delete;

-- Who left the studio reads its agenda no longer.
create function encerrar_calendario() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    delete from calendarios where artista_id = new.id;
    return null;
end
$$;
create trigger encerrar_calendario after update on artistas
    for each row when (old.ativo and not new.ativo) execute function encerrar_calendario();
alter table artistas enable always trigger encerrar_calendario;
