-- What is handed over is what was sealed, and what was said to it stays said.

set local search_path = estudio, pg_catalog;

-- Only of the version that stands, whose rows are in the books; and to the centavo what was sealed of this artista. The
-- version is held, so that no reopening comes between.
create function conferir_demonstrativo() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    x       extratos;
    selado  record;
    contado record;
begin
    select * into x from extratos where id = new.extrato_id for share;
    if x.estado is distinct from 'vigente' then
        raise exception 'demonstrativo de uma versão que não vale' using errcode = '23514', constraint = 'demonstrativos_vigente';
    end if;
    select coalesce(sum((t ->> 1)::bigint), 0) as receita, coalesce(sum((t ->> 2)::bigint), 0) as comissao,
           (select coalesce(sum((a ->> 2)::bigint), 0) from jsonb_array_elements(x.totais -> 8 -> 1) a
            where (a ->> 0)::bigint = new.artista_id) as acertos into selado
    from jsonb_array_elements(x.totais -> 3) t where (t ->> 0)::bigint = new.artista_id;
    select coalesce(sum((l ->> 2)::bigint) filter (where (l ->> 4)::bigint = new.artista_id), 0) as receita,
           coalesce(sum((l ->> 8)::bigint), 0) as comissao,
           (select coalesce(sum((a ->> 2)::bigint), 0)
            from jsonb_array_elements(new.linhas -> 'acertos') a) as acertos into contado
    from jsonb_array_elements(new.linhas -> 'pagamentos') l;
    if selado is distinct from contado then
        raise exception 'demonstrativo % de %, selado %', contado, new.artista_id, selado
            using errcode = '23514', constraint = 'demonstrativos_soma';
    end if;
    return new;
end
$$;
create trigger conferir_demonstrativo before insert on demonstrativos
    for each row execute function conferir_demonstrativo();
alter table demonstrativos enable always trigger conferir_demonstrativo;

create function texto_eliminado() returns text
    language sql immutable set search_path = pg_catalog, pg_temp
    return 'Este texto foi apagado com os dados do cliente.';

-- Of an answer one thing may change: its words go, with the cliente whom they are about.
create function guard_respostas() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if tg_op = 'DELETE' or old.texto is null or new.texto is distinct from texto_eliminado()
       or (to_jsonb(new) - 'texto') is distinct from (to_jsonb(old) - 'texto') then
        raise exception 'registro permanente: demonstrativo_respostas' using errcode = 'P0F02';
    end if;
    return new;
end
$$;
create trigger guard_permanente before update or delete on demonstrativo_respostas
    for each row execute function guard_respostas();
alter table demonstrativo_respostas enable always trigger guard_permanente;

-- An artista answers the version that stands, which is held meanwhile; the studio's sentence answers a contest of the same
-- statement, also when the month was closed again since.
create function conferir_resposta() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    situacao text;
begin
    if new.responde_a is not null then
        if not exists (select from demonstrativo_respostas r where r.id = new.responde_a and r.tipo = 'contestacao'
                       and r.demonstrativo_id = new.demonstrativo_id) then
            raise exception 'resolução do que não é contestação' using errcode = '23514',
                constraint = 'demonstrativo_respostas_responde_a_contestacao';
        end if;
        return new;
    end if;
    select x.estado into situacao from demonstrativos d join extratos x on x.id = d.extrato_id
    where d.id = new.demonstrativo_id for share of x;
    if situacao is distinct from 'vigente' then
        raise exception 'resposta a uma versão que não vale' using errcode = '23514',
            constraint = 'demonstrativo_respostas_vigente';
    end if;
    return new;
end
$$;
create trigger conferir_resposta before insert on demonstrativo_respostas
    for each row execute function conferir_resposta();
alter table demonstrativo_respostas enable always trigger conferir_resposta;

create trigger guard_permanente before update or delete on demonstrativos
    for each row execute function refuse_change();
alter table demonstrativos enable always trigger guard_permanente;

-- Words and rows are kept once, in their own tables, which nothing changes: the trail says that there is one.
create function auditar_demonstrativo() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    insert into auditoria (ato, quem, origem, acao, tabela, registro_id, depois, motivo)
    select contexto('ato')::uuid, contexto('quem')::bigint, contexto('origem'), 'insert', tg_table_name,
           (l ->> 'id')::bigint, sem_segredos(l) - 'linhas' - 'texto', contexto('motivo')
    from (select to_jsonb(d) as l from depois d) linhas;
    return null;
end
$$;

do $$
declare
    t text;
begin
    foreach t in array array['demonstrativos', 'demonstrativo_respostas'] loop
        execute format('create trigger guard_truncate before truncate on %I
                        for each statement execute function refuse_truncate()', t);
        execute format('alter table %I enable always trigger guard_truncate', t);
        execute format('create trigger audit_insert after insert on %I referencing new table as depois
                        for each statement execute function auditar_demonstrativo()', t);
        execute format('alter table %I enable always trigger audit_insert', t);
    end loop;
end
$$;
create trigger audit_insert after insert on demonstrativo_links referencing new table as depois
    for each statement execute function auditar_insert();
create trigger audit_delete after delete on demonstrativo_links referencing old table as antes
    for each statement execute function auditar_delete();
alter table demonstrativo_links enable always trigger audit_insert;
alter table demonstrativo_links enable always trigger audit_delete;
