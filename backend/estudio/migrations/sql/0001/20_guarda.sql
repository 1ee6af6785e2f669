-- The guard of the books: a closed month changes on no path.

set local search_path = estudio, pg_catalog;

-- One place decides. Lock by key, test afterwards (a test in the WHERE locks nothing while the month is open).
-- The shared advisory lock queues fairly behind a closer (the row lock alone starves it); the row's FOR SHARE gives
-- writers in REPEATABLE READ their 40001. Months in ascending order: two movers cannot deadlock.
create function ensure_abertas(meses date[]) returns void
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp set lock_timeout = '5s' as
$$
declare
    m date;
    e text;
begin
    for m in select distinct x from unnest(meses) x where x is not null order by 1 loop
        perform pg_advisory_xact_lock_shared(7, (extract(year from m) * 12 + extract(month from m))::int);
        select estado into e from competencias where mes = m for share;
        if e is distinct from 'aberta' then
            raise exception 'competência % %', to_char(m, 'YYYY-MM'), coalesce(e, 'inexistente')
                using errcode = 'P0F01', detail = json_build_object('mes', to_char(m, 'YYYY-MM'), 'estado', e)::text;
        end if;
    end loop;
end
$$;

-- AFTER … FOR EACH STATEMENT with transition tables: sees final values (a later BEFORE trigger cannot move a row
-- away), fires for COPY, MERGE, upsert and cascades, and costs a sixth of a row trigger.
create function guard_insert() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    perform ensure_abertas(array(select distinct mes from depois));
    return null;
end
$$;
create function guard_update() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    perform ensure_abertas(array(select mes from antes union select mes from depois));
    return null;
end
$$;
create function guard_delete() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    perform ensure_abertas(array(select distinct mes from antes));
    return null;
end
$$;

-- A sessão belongs to the month of the payment that settled it, and to none before.
create function guard_sessoes_insert() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    perform ensure_abertas(array(select distinct payment_mes from depois));
    return null;
end
$$;
create function guard_sessoes_update() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    perform ensure_abertas(array(select payment_mes from antes union select payment_mes from depois));
    return null;
end
$$;
create function guard_sessoes_delete() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    perform ensure_abertas(array(select distinct payment_mes from antes));
    return null;
end
$$;

create function refuse_truncate() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    raise exception 'os livros não se esvaziam: %', tg_table_name using errcode = 'P0F02';
end
$$;

create function refuse_change() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    raise exception 'registro permanente: %', tg_table_name using errcode = 'P0F02';
end
$$;

do $$
declare
    t text;
    f text;
begin
    foreach t in array array['pagamentos', 'comissoes', 'sessoes', 'gastos'] loop
        f := case t when 'sessoes' then 'guard_sessoes_' else 'guard_' end;
        execute format('create trigger guard_insert after insert on %I referencing new table as depois
                        for each statement execute function %I()', t, f || 'insert');
        execute format('create trigger guard_update after update on %I referencing old table as antes new table as depois
                        for each statement execute function %I()', t, f || 'update');
        execute format('create trigger guard_delete after delete on %I referencing old table as antes
                        for each statement execute function %I()', t, f || 'delete');
        -- Ordinary triggers sleep under the replica role.
        execute format('alter table %I enable always trigger guard_insert', t);
        execute format('alter table %I enable always trigger guard_update', t);
        execute format('alter table %I enable always trigger guard_delete', t);
    end loop;
    foreach t in array array['pagamentos', 'comissoes', 'sessoes', 'gastos', 'competencias', 'extratos', 'selos',
                             'extrato_nomes', 'auditoria'] loop
        execute format('create trigger guard_truncate before truncate on %I
                        for each statement execute function refuse_truncate()', t);
        execute format('alter table %I enable always trigger guard_truncate', t);
    end loop;
    -- What is written once. (Row triggers: an UPDATE that touches no row has changed nothing.)
    foreach t in array array['selos', 'auditoria'] loop
        execute format('create trigger guard_permanente before update or delete on %I
                        for each row execute function refuse_change()', t);
        execute format('alter table %I enable always trigger guard_permanente', t);
    end loop;
    foreach t in array array['extratos', 'extrato_nomes'] loop
        execute format('create trigger guard_permanente before delete on %I
                        for each row execute function refuse_change()', t);
        execute format('alter table %I enable always trigger guard_permanente', t);
    end loop;
    execute 'create trigger guard_permanente before insert or delete on competencias
             for each row execute function refuse_change()';
    execute 'alter table competencias enable always trigger guard_permanente';
end
$$;

-- Of a sealed extrato one thing may change: it stands, or a later version stands in its place.
create function guard_extratos() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if old.estado <> 'vigente' or new.estado <> 'substituido'
       or (to_jsonb(old) - 'estado') is distinct from (to_jsonb(new) - 'estado') then
        raise exception 'registro permanente: extratos' using errcode = 'P0F02';
    end if;
    return new;
end
$$;
create trigger guard_update before update on extratos for each row execute function guard_extratos();
alter table extratos enable always trigger guard_update;

-- A month never changes its name, and its state only along the ways of a month's life.
create function guard_competencias() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if new.mes <> old.mes or (old.estado, new.estado) not in
       (('aberta', 'vazia'), ('aberta', 'fechada'), ('vazia', 'aberta'), ('fechada', 'aberta'), ('fechada', 'selada')) then
        raise exception 'competência %: de % para % não há caminho', to_char(old.mes, 'YYYY-MM'), old.estado, new.estado
            using errcode = 'P0F02';
    end if;
    return new;
end
$$;
create trigger guard_update before update on competencias for each row execute function guard_competencias();
alter table competencias enable always trigger guard_update;

-- A lock is worth what is read after it. In REPEATABLE READ the snapshot is older than the lock, and a row that was only
-- locked says nothing of it: whoever comes second would count an older world and pass.
create function exigir_read_committed(o_que text) returns void
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception '% em %', o_que, current_setting('transaction_isolation') using errcode = 'P0F03';
    end if;
end
$$;

-- An estorno reverses at most what was paid, of a payment that is none itself, and pays back the same artist.
-- The original is locked, so that two reversals at once cannot both take the last centavo.
create function conferir_estornos(original bigint) returns void
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    pago  pagamentos;
    soma  numeric;
    outro bigint;
begin
    perform exigir_read_committed('estorno');
    select * into pago from pagamentos where id = original for update;
    if pago.estorno_de is not null then
        raise exception 'estorno de estorno' using errcode = '23514', constraint = 'pagamentos_estorno_de_estorno';
    end if;
    select sum(valor_centavos), min(id) filter (where artista_id <> pago.artista_id) into soma, outro
    from pagamentos where estorno_de = original;
    if pago.valor_centavos + coalesce(soma, 0) < 0 then
        raise exception 'estornos acima do pagamento %', original
            using errcode = '23514', constraint = 'pagamentos_estorno_maximo';
    end if;
    if outro is not null then
        raise exception 'estorno % de outro artista', outro
            using errcode = '23514', constraint = 'pagamentos_estorno_artista';
    end if;
end
$$;
create function conferir_estorno() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if new.estorno_de is not null then
        perform conferir_estornos(new.estorno_de);
    elsif tg_op = 'UPDATE' and exists (select from pagamentos where estorno_de = new.id) then
        perform conferir_estornos(new.id);
    end if;
    return null;
end
$$;
create trigger conferir_estorno_insert after insert on pagamentos
    for each row when (new.estorno_de is not null) execute function conferir_estorno();
create trigger conferir_estorno_update after update of valor_centavos, artista_id, estorno_de on pagamentos
    for each row execute function conferir_estorno();
alter table pagamentos enable always trigger conferir_estorno_insert;
alter table pagamentos enable always trigger conferir_estorno_update;

-- A paid sessão is not handed from one payment to another: it is freed first.
create function guard_sessao_paga() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if old.payment_id is not null and new.payment_id is not null and old.payment_id <> new.payment_id then
        raise exception 'a sessão % já está paga', old.id using errcode = 'P0F12',
            detail = json_build_object('sessao_id', old.id, 'pagamento_id', old.payment_id)::text;
    end if;
    return new;
end
$$;
create trigger guard_sessao_paga before update of payment_id on sessoes for each row execute function guard_sessao_paga();
alter table sessoes enable always trigger guard_sessao_paga;

-- Somebody must be able to close and to reopen: the last active dono stays. Two donos demoting each other at once
-- queue at the lock, and the second one is refused.
create function guard_ultimo_dono() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    perform exigir_read_committed('mudança de um dono');
    perform pg_advisory_xact_lock(9, 0);
    if not exists (select from usuarios where papel = 'dono' and ativo) then
        raise exception 'o último dono ativo não pode sair' using errcode = 'P0F13';
    end if;
    return null;
end
$$;
create trigger guard_ultimo_dono after update or delete on usuarios
    for each row when (old.papel = 'dono' and old.ativo) execute function guard_ultimo_dono();
alter table usuarios enable always trigger guard_ultimo_dono;
