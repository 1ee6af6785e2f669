-- Erasing a person (LGPD, art. 18). Money stays, under a number; who it was goes from everywhere: the client, the names
-- beside the seals, the notes of their rows (of closed months too: no note is sealed), the audit trail.

set local search_path = estudio, pg_catalog;

-- Whom nobody knows any more. Kept for ever, and outside of the database too: a restored one is told of them again.
create table titulares_eliminados (
    cliente_id bigint primary key constraint titulares_eliminados_cliente_fk references clientes on delete restrict,
    titular_id bigint not null constraint titulares_eliminados_titular_fk references clientes on delete restrict,
    em         timestamptz not null default clock_timestamp(),
    motivo     text not null constraint titulares_eliminados_motivo check (motivo in ('pedido', 'prazo', 'engano')),
    quem       bigint constraint titulares_eliminados_quem_fk references usuarios on delete restrict
);
create index titulares_eliminados_titular on titulares_eliminados (titular_id);

-- What an extrato names as its backup is bytes; a sheet that was rewritten without a person stands in the place of those.
create table backups_reescritos (
    anterior_sha256 text primary key constraint backups_reescritos_anterior check (anterior_sha256 ~ '^[0-9a-f]{64}$'),
    arquivo         text not null constraint backups_reescritos_arquivo check (length(arquivo) between 1 and 200),
    sha256          text not null constraint backups_reescritos_sha256 check (sha256 ~ '^[0-9a-f]{64}$'),
    conteudo_sha256 text not null constraint backups_reescritos_conteudo check (conteudo_sha256 ~ '^[0-9a-f]{64}$'),
    em              timestamptz not null default clock_timestamp(),
    constraint backups_reescritos_outros_bytes check (anterior_sha256 <> sha256)
);

do $$
declare
    t text;
begin
    foreach t in array array['titulares_eliminados', 'backups_reescritos'] loop
        execute format('create trigger guard_truncate before truncate on %I
                        for each statement execute function refuse_truncate()', t);
        execute format('alter table %I enable always trigger guard_truncate', t);
        execute format('create trigger guard_permanente before update or delete on %I
                        for each row execute function refuse_change()', t);
        execute format('alter table %I enable always trigger guard_permanente', t);
        execute format('create trigger audit_insert after insert on %I referencing new table as depois
                        for each statement execute function auditar_insert()', t);
        execute format('alter table %I enable always trigger audit_insert', t);
    end loop;
end
$$;

create function nome_eliminado(numero bigint) returns text
    language sql immutable set search_path = pg_catalog, pg_temp
    return 'Cliente eliminado ' || numero;

-- A row's image without the person: what the audit trail keeps of it afterwards.
create function sem_pessoa(tabela text, linha jsonb) returns jsonb
    language sql immutable set search_path = estudio, pg_catalog, pg_temp
    return case
        when linha is null then null
        when tabela = 'clientes' then linha || jsonb_build_object(
            'nome', nome_eliminado((linha ->> 'id')::bigint), 'nome_busca', lower(nome_eliminado((linha ->> 'id')::bigint)),
            'telefone', null, 'telefone_digitos', null, 'email', null, 'observacoes', null)
        else linha || jsonb_build_object('observacoes', null)
    end;

-- Whether a row of the books is an erased person's. A comissão is its payment's.
create function de_eliminado(tabela text, linha jsonb) returns boolean
    language plpgsql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    return case tabela
        when 'clientes' then exists (select from titulares_eliminados where cliente_id = (linha ->> 'id')::bigint)
        when 'comissoes' then exists (select from titulares_eliminados t join pagamentos p on p.cliente_id = t.cliente_id
                                      where p.id = (linha ->> 'pagamento_id')::bigint)
        when 'pagamentos' then exists (select from titulares_eliminados where cliente_id = (linha ->> 'cliente_id')::bigint)
                            or exists (select from titulares_eliminados t join pagamentos p on p.cliente_id = t.cliente_id
                                       where p.id = (linha ->> 'id')::bigint)
        when 'sessoes' then exists (select from titulares_eliminados where cliente_id = (linha ->> 'cliente_id')::bigint)
                         or exists (select from titulares_eliminados t join sessoes s on s.cliente_id = t.cliente_id
                                    where s.id = (linha ->> 'id')::bigint)
        else false
    end;
end
$$;
