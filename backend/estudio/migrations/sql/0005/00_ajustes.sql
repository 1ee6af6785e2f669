-- What the studio sets for itself: its name, its colour and its logo; and what never changes of the two lists of codes.

set local search_path = estudio, pg_catalog;

-- The bytes lie in a table of their own: the trail holds the row of identidade, by its digest, and not the picture.
create table logotipos (
    sha256    text primary key constraint logotipos_sha256 check (sha256 = encode(sha256(png), 'hex')),
    png       bytea not null constraint logotipos_png check (substring(png from 1 for 8) = '\x89504e470d0a1a0a')
              constraint logotipos_bytes check (length(png) between 67 and 131072),
    largura   integer not null constraint logotipos_largura check (largura between 1 and 640),
    altura    integer not null constraint logotipos_altura check (altura between 1 and 192),
    criado_em timestamptz not null default clock_timestamp()
);

alter table identidade
    add column cor text constraint identidade_cor check (cor ~ '^#[0-9a-f]{6}$'),
    add column logotipo_sha256 text
        constraint identidade_logotipo_fk references logotipos on delete restrict,
    add column versao integer not null default 1;

create trigger contar_versao before update on identidade for each row execute function contar_versao();

-- Rows of these tables have no number: before and after are told together by the code, or because there is one row.
create function auditar_update_sem_numero() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    insert into auditoria (ato, quem, origem, acao, tabela, antes, depois, motivo)
    select contexto('ato')::uuid, contexto('quem')::bigint, contexto('origem'), 'update', tg_table_name, a.l, d.l,
           contexto('motivo')
    from (select to_jsonb(x) as l from depois x) d
    full join (select to_jsonb(x) as l from antes x) a
         on coalesce(a.l ->> 'codigo', '') = coalesce(d.l ->> 'codigo', '');
    return null;
end
$$;

-- A code is sealed with the months in which it was used: it never becomes another. The label is only shown.
do $$
declare
    t text;
begin
    foreach t in array array['formas', 'categorias', 'identidade'] loop
        execute format('drop trigger audit_update on %I', t);
        execute format('create trigger audit_update after update on %I referencing old table as antes new table as depois
                        for each statement execute function auditar_update_sem_numero()', t);
        execute format('alter table %I enable always trigger audit_update', t);
    end loop;
    foreach t in array array['formas', 'categorias'] loop
        execute format('create trigger guard_codigo before update on %I for each row
                        when (old.codigo <> new.codigo) execute function refuse_change()', t);
        execute format('alter table %I enable always trigger guard_codigo', t);
    end loop;
end
$$;
