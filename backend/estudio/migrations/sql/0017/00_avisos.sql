-- Where each aviso goes, and what became of it there: one row for each address, so that one that hangs keeps no other
-- waiting, and none is told twice because another was away. By the program's clock, as rodadas are.
set local search_path = estudio, pg_catalog;

create table aviso_entregas (
    id           bigint generated always as identity primary key,
    aviso_id     bigint not null constraint aviso_entregas_aviso_fk references avisos,
    -- As people see it: never the address, which is mostly a secret. One address has one name.
    destino      text not null constraint aviso_entregas_destino check (length(destino) between 1 and 120),
    urgente      boolean not null,
    estado       text not null default 'pendente'
                 constraint aviso_entregas_estado check (estado in ('pendente', 'entregue', 'desistida')),
    tentativas   integer not null default 0 constraint aviso_entregas_tentativas check (tentativas between 0 and 1000),
    -- While one is being sent it is when it may be tried again, should the sender be gone.
    proxima_em   timestamptz not null,
    terminada_em timestamptz,
    motivo       text constraint aviso_entregas_motivo check (length(motivo) <= 200),
    constraint aviso_entregas_uma unique (aviso_id, destino),
    constraint aviso_entregas_terminada check ((estado = 'pendente') = (terminada_em is null))
);
create index aviso_entregas_pendentes on aviso_entregas (proxima_em) where estado = 'pendente';
create index aviso_entregas_do_aviso on aviso_entregas (aviso_id, id);

-- What is not well at this moment, and since when: told once, until it was well for a day.
create table alarmes (
    codigo    text primary key constraint alarmes_codigo check (codigo ~ '^[a-z_0-9]{1,60}$'),
    assunto   text not null constraint alarmes_assunto check (length(assunto) <= 60),
    situacao  text not null constraint alarmes_situacao check (situacao in ('aviso', 'falha', 'quebra')),
    mensagem  text not null constraint alarmes_mensagem check (length(mensagem) <= 2000),
    desde     timestamptz not null,
    visto_em  timestamptz not null,
    -- Since when it is well again.
    passou_em timestamptz
);

-- Nobody was there to be told. Whoever says where alerts go hears of what happens from then on.
update avisos set estado = 'silenciado' where estado = 'pendente';
