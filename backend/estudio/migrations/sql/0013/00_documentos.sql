-- What is handed out of a closed month: made once, after the seal, and kept as it was made.

set local search_path = estudio, pg_catalog;

create table documentos (
    id         bigint generated always as identity primary key,
    extrato_id bigint not null constraint documentos_extrato_fk references extratos on delete restrict,
    tipo       text not null constraint documentos_tipo check (tipo in ('pdf', 'xlsx', 'csv', 'json')),
    nome       text not null constraint documentos_arquivo check (nome ~ '^[a-z0-9_]{1,60}\.[a-z]{3,4}$'),
    conteudo   bytea not null,
    sha256     text not null constraint documentos_sha256 check (sha256 = encode(sha256(conteudo), 'hex')),
    tamanho    bigint not null constraint documentos_tamanho
               check (tamanho = length(conteudo) and tamanho between 1 and 500000000),
    programa   text not null constraint documentos_programa check (length(programa) between 1 and 40),
    criado_em  timestamptz not null default clock_timestamp(),
    constraint documentos_um_de_cada unique (extrato_id, tipo)
);

-- Why the last making of a version's documents ended; gone when it has them all.
create table documentos_falhas (
    extrato_id bigint primary key constraint documentos_falhas_extrato_fk references extratos on delete restrict,
    em         timestamptz not null default clock_timestamp(),
    codigo     text not null constraint documentos_falhas_codigo check (length(codigo) between 1 and 60),
    mensagem   text not null constraint documentos_falhas_mensagem check (length(mensagem) between 1 and 2000)
);

-- The trail holds which bytes they were, not the bytes.
create function auditar_documentos() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if tg_op = 'INSERT' then
        insert into auditoria (ato, quem, origem, acao, tabela, registro_id, depois, motivo)
        select contexto('ato')::uuid, contexto('quem')::bigint, contexto('origem'), 'insert', tg_table_name, id,
               to_jsonb(d) - 'conteudo', contexto('motivo')
        from (select id, extrato_id, tipo, nome, sha256, tamanho, programa, criado_em from depois) d;
    else
        insert into auditoria (ato, quem, origem, acao, tabela, registro_id, antes, motivo)
        select contexto('ato')::uuid, contexto('quem')::bigint, contexto('origem'), 'delete', tg_table_name, id,
               to_jsonb(a) - 'conteudo', contexto('motivo')
        from (select id, extrato_id, tipo, nome, sha256, tamanho, programa, criado_em from antes) a;
    end if;
    return null;
end
$$;

-- One thing takes a document away: the erasure of a person whom it names. It is made anew without them.
create function guard_documentos() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if tg_op = 'DELETE' and contexto('eliminando') is not null
       and exists (select from extrato_nomes n join titulares_eliminados t on n.chave = t.cliente_id::text
                   where n.extrato_id = old.extrato_id and n.tipo = 'cliente') then
        return old;
    end if;
    raise exception 'registro permanente: documentos' using errcode = 'P0F02';
end
$$;

create trigger guard_truncate before truncate on documentos for each statement execute function refuse_truncate();
create trigger guard_permanente before update or delete on documentos for each row execute function guard_documentos();
create trigger audit_insert after insert on documentos referencing new table as depois
    for each statement execute function auditar_documentos();
create trigger audit_delete after delete on documentos referencing old table as antes
    for each statement execute function auditar_documentos();
alter table documentos enable always trigger guard_truncate;
alter table documentos enable always trigger guard_permanente;
alter table documentos enable always trigger audit_insert;
alter table documentos enable always trigger audit_delete;
