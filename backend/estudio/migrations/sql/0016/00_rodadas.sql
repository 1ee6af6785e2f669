-- A rodada is one run of a rotina: when, on which machine, and what became of it. By the program's clock, as the schedule
-- is; the database's is not asked what day it is. What is due is told from here and from the books, never from memory.
set local search_path = estudio, pg_catalog;

create table rodadas (
    id           bigint generated always as identity primary key,
    rotina       text not null constraint rodadas_rotina check (rotina ~ '^[a-z_]{1,40}$'),
    -- What it was about, where a rotina is about one thing at a time: a month.
    alvo         text not null default '' constraint rodadas_alvo check (length(alvo) <= 40),
    run_id       uuid not null,
    tarefa_id    bigint,
    maquina      text not null,
    pid          integer not null,
    iniciada_em  timestamptz not null,
    terminada_em timestamptz,
    desfecho     text constraint rodadas_desfecho
                 check (desfecho in ('feita', 'nada', 'recusada', 'falhou', 'interrompida')),
    codigo       text,
    mensagem     text constraint rodadas_mensagem check (length(mensagem) <= 2000),
    constraint rodadas_terminada check ((desfecho is null) = (terminada_em is null))
);
create index rodadas_ultimas on rodadas (rotina, alvo, id desc);
create index rodadas_correndo on rodadas (id) where desfecho is null;
