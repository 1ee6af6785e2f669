-- Reminders: each person says whether she wants them, and one row each tells of which day she was reminded last. It is no
-- history: the next day's takes its place. By the program's clock, as rodadas are.
set local search_path = estudio, pg_catalog;

alter table usuarios add column lembretes boolean not null default true;

create table lembretes (
    usuario_id   bigint primary key constraint lembretes_usuario_fk references usuarios on delete cascade,
    dia          date not null,
    tentativas   integer not null default 1 constraint lembretes_tentativas check (tentativas between 1 and 1000),
    -- While one is being sent it is when it may be tried again, should the sender be gone.
    proxima_em   timestamptz not null,
    -- It left, or there was nothing to say.
    terminado_em timestamptz
);
