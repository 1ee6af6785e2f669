-- The guards let one thing through in a closed month: a note of an erased person that goes. The setting only says that it
-- is worth looking; what decides is the row before and after, so that nobody gains anything by setting it.

set local search_path = estudio, pg_catalog;

create function so_apaga_nota(tabela text, antes jsonb, depois jsonb) returns boolean
    language sql stable set search_path = estudio, pg_catalog, pg_temp
    return coalesce(depois = antes || jsonb_build_object('observacoes', null, 'versao', depois -> 'versao'), false)
       and de_eliminado(tabela, antes);

create or replace function guard_update() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if contexto('eliminando') is null then
        perform ensure_abertas(array(select mes from antes union select mes from depois));
    else
        perform ensure_abertas(array(
            select m from antes a full join depois d on d.id = a.id cross join lateral (values (a.mes), (d.mes)) x(m)
            where not so_apaga_nota(tg_table_name, to_jsonb(a), to_jsonb(d))));
    end if;
    return null;
end
$$;

create or replace function guard_sessoes_update() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if contexto('eliminando') is null then
        perform ensure_abertas(array(select payment_mes from antes union select payment_mes from depois));
    else
        perform ensure_abertas(array(
            select m from antes a full join depois d on d.id = a.id
                   cross join lateral (values (a.payment_mes), (d.payment_mes)) x(m)
            where not so_apaga_nota(tg_table_name, to_jsonb(a), to_jsonb(d))));
    end if;
    return null;
end
$$;

-- Of the audit trail one thing may change: an erased person goes out of what a row was.
create function guard_auditoria() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if tg_op = 'DELETE'
       or (to_jsonb(new) - array['antes', 'depois', 'motivo']) is distinct from (to_jsonb(old) - array['antes', 'depois', 'motivo'])
       or new.antes is distinct from sem_pessoa(old.tabela, old.antes)
       or new.depois is distinct from sem_pessoa(old.tabela, old.depois)
       or (new.motivo is distinct from old.motivo and new.motivo is not null)
       or not (de_eliminado(old.tabela, old.antes) or de_eliminado(old.tabela, old.depois)) then
        raise exception 'registro permanente: auditoria' using errcode = 'P0F02';
    end if;
    return new;
end
$$;
drop trigger guard_permanente on auditoria;
create trigger guard_permanente before update or delete on auditoria
    for each row execute function guard_auditoria();
alter table auditoria enable always trigger guard_permanente;

-- A name that is beside a seal changes for nothing but this.
create function guard_extrato_nomes() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if tg_op = 'UPDATE' and old.tipo = 'cliente'
       and (new.extrato_id, new.tipo, new.chave) = (old.extrato_id, old.tipo, old.chave) then
        if new.nome = nome_eliminado(old.chave::bigint)
           and de_eliminado('clientes', jsonb_build_object('id', old.chave)) then
            return new;
        end if;
    end if;
    raise exception 'registro permanente: extrato_nomes' using errcode = 'P0F02';
end
$$;
drop trigger guard_permanente on extrato_nomes;
create trigger guard_permanente before update or delete on extrato_nomes
    for each row execute function guard_extrato_nomes();
alter table extrato_nomes enable always trigger guard_permanente;

-- Nobody comes back by an edit.
create function guard_eliminados() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if de_eliminado('clientes', jsonb_build_object('id', old.id))
       and (new.nome, new.telefone, new.email, new.observacoes)
           is distinct from (nome_eliminado(old.id), null::text, null::text, null::text) then
        raise exception 'cliente eliminado %', old.id using errcode = '23514', constraint = 'clientes_eliminado';
    end if;
    return new;
end
$$;
create trigger guard_eliminados before update on clientes for each row execute function guard_eliminados();
alter table clientes enable always trigger guard_eliminados;
