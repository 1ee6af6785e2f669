-- Where a free text of the studio's says whom, or may say it: what is searched for, and what was found and waits for the
-- dono. A name that is nobody else's is taken out by the erasure itself; a first name alone is decided by a person.

set local search_path = estudio, pg_catalog;

-- A row whose words, or whose past in the trail, may name an erased person. Numbers only: who it was is not known here.
create table citacoes (
    id           bigint generated always as identity primary key,
    cliente_id   bigint not null constraint citacoes_titular_fk references titulares_eliminados on delete restrict,
    tabela       text not null constraint citacoes_tabela check (tabela in (
                     'clientes', 'pagamentos', 'comissoes', 'sessoes', 'gastos', 'acertos', 'recorrentes', 'itens',
                     'movimentos', 'demonstrativo_respostas', 'selos')),
    registro_id  bigint not null,
    em           timestamptz not null default clock_timestamp(),
    decidida_em  timestamptz,
    decidida_por bigint constraint citacoes_decidida_por_fk references usuarios on delete restrict,
    -- nome: that went out by itself, and nothing was left to ask; apagada: its words went; corrigida: those of before
    -- went; fica: it is somebody else, or a seal holds it.
    decisao      text constraint citacoes_decisao check (decisao in ('nome', 'apagada', 'corrigida', 'fica')),
    -- A name that is certain was taken out of it, whatever is decided of the rest.
    nome_saiu    boolean not null default false,
    constraint citacoes_uma unique (cliente_id, tabela, registro_id),
    constraint citacoes_decidida check ((decidida_em is null) = (decisao is null)),
    constraint citacoes_selada check (tabela <> 'selos' or decisao is null or decisao = 'fica')
);
create index citacoes_registro on citacoes (tabela, registro_id);

-- The columns with free text, and how much each holds.
create function textos_livres() returns table (tabela text, campo text, limite integer)
    language sql immutable set search_path = estudio, pg_catalog, pg_temp as
$$
    values ('clientes', 'observacoes', 20000), ('pagamentos', 'observacoes', 20000), ('comissoes', 'observacoes', 20000),
           ('sessoes', 'observacoes', 20000), ('gastos', 'descricao', 20000), ('acertos', 'motivo', 2000),
           ('recorrentes', 'descricao', 20000), ('itens', 'observacoes', 20000), ('movimentos', 'motivo', 2000)
$$;

create function limite_de(de_onde text) returns integer
    language sql immutable set search_path = estudio, pg_catalog, pg_temp as
$$
    select coalesce((select t.limite from textos_livres() t where t.tabela = de_onde), 2000)
$$;

-- Words as a regular expression: whatever stands between them, with and without accents, in capitals or not. Each letter
-- lists its own: what the case of an accent is, is the server's locale's, and what stands beside a name is read with capitals.
create function padrao_de(palavras text) returns text
    language sql immutable set search_path = estudio, pg_catalog, pg_temp as
$$
    select string_agg(case when c.l = ' ' then '[[:space:]]+'
                           when g.letras is not null then '[' || g.letras || ']'
                           when c.l ~ '[[:alpha:]]' then '[' || c.l || upper(c.l) || ']'
                           when c.l ~ '[[:alnum:]]' then c.l
                           else '\' || c.l end, '' order by c.ordem)
    from regexp_split_to_table(regexp_replace(lower(btrim(palavras)), '[[:space:]]+', ' ', 'g'), '')
         with ordinality c (l, ordem)
    left join unnest(array['aáàâãäåAÁÀÂÃÄÅ', 'eéèêëEÉÈÊË', 'iíìîïIÍÌÎÏ', 'oóòôõöOÓÒÔÕÖ', 'uúùûüUÚÙÛÜ', 'cçCÇ', 'nñNÑ'])
              g (letras) on strpos(g.letras, c.l) > 0
$$;

create function inteiro(padrao text) returns text
    language sql immutable set search_path = pg_catalog, pg_temp
    return '(?<![[:alnum:]])(?:' || padrao || ')(?![[:alnum:]])';

-- Every name that an entry has, or ever had.
create function nomes_de(numero bigint) returns setof text
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    select distinct btrim(n.nome)
    from (select k.nome from clientes k where k.id = numero
          union select a.antes ->> 'nome' from auditoria a where a.tabela = 'clientes' and a.registro_id = numero
          union select a.depois ->> 'nome' from auditoria a where a.tabela = 'clientes' and a.registro_id = numero) n (nome)
    where length(btrim(n.nome)) > 2 and n.nome <> nome_eliminado(numero)
$$;

-- Of these, those of more than one word that nobody else has or had, not even as a part of theirs: `Maria Clara` is not
-- certain where there is a Maria Clara Nunes. Looks at everybody: asked once for each erasure.
create function nomes_certos(numero bigint) returns text[]
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    with outros as materialized (
        select k.nome from clientes k where not exists (select from titulares_eliminados t where t.cliente_id = k.id)
        union select nome from artistas union select nome from usuarios
        union select w.nome from auditoria a cross join lateral (values (a.antes ->> 'nome'), (a.depois ->> 'nome')) w (nome)
              where a.tabela in ('clientes', 'artistas', 'usuarios') and w.nome is not null
                and not (a.tabela = 'clientes'
                         and exists (select from titulares_eliminados t where t.cliente_id = a.registro_id)))
    select array_agg(n.nome order by length(n.nome) desc, n.nome)
    from nomes_de(numero) n (nome)
    where n.nome ~ '[^[:space:]][[:space:]]+[^[:space:]]' and length(n.nome) <= 200
      and not exists (select from outros o where o.nome ~ inteiro(padrao_de(n.nome)))
$$;

-- Where such a name stands by itself it is this person. With a capitalised word before or after it, or a street, it may be
-- part of a longer one: `Maria Clara de Souza`, `Rua Rio Branco`. Matched as written, never with `~*`.
create function padrao_certo(nomes text[]) returns text
    language sql immutable set search_path = estudio, pg_catalog, pg_temp as
$$
    select '(?<![[:alnum:]]|[[:alnum:]][''’-])'
        || '(?<!(?:^|[^[:alnum:]])[[:upper:]ÁÀÂÃÄÅÉÈÊËÍÌÎÏÓÒÔÕÖÚÙÛÜÇÑ][[:alnum:]]*[.]?[[:space:]]+)'
        || '(?<!(?:^|[^[:alnum:]])(?:rua|r|avenida|av|travessa|tv|alameda|al|praça|pça|estrada|rodovia)[.]?[[:space:]]+)'
        || '(?:' || string_agg(padrao_de(nome), '|' order by length(nome) desc, nome) || ')'
        || '(?![[:alnum:]]|[''’-][[:alnum:]])'
        || '(?![[:space:]]+(?:d[aeo]s?[[:space:]]+)?[[:upper:]ÁÀÂÃÄÅÉÈÊËÍÌÎÏÓÒÔÕÖÚÙÛÜÇÑ])'
    from unnest(nomes) nome
$$;

-- That of the erasure which is going on. The setting is anybody's to write, so that it holds only for names which its person
-- has still: after the erasure for none.
create function padrao_em_curso(numero bigint) returns text
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    select padrao_certo(c.nomes) from (select contexto('certos')::text[]) c (nomes)
    where c.nomes <@ array(select nomes_de(numero))
$$;

-- Whole names, and first names alone, of all the entries of a person: it may be they.
create function padrao_possivel(entradas bigint[]) returns text
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    select inteiro(string_agg(distinct padrao_de(palavra), '|'))
    from unnest(entradas) e, nomes_de(e) n (nome),
         unnest(array[n.nome, split_part(regexp_replace(n.nome, '[[:space:]]+', ' ', 'g'), ' ', 1)]) palavra
    where length(palavra) between 3 and 200
$$;

-- A text without a name that is certain. It may grow, and keeps to what its column holds.
create function sem_nomes(texto text, padrao text, numero bigint, limite integer) returns text
    language sql immutable set search_path = estudio, pg_catalog, pg_temp
    return case when padrao is null or texto is null or texto !~ padrao then texto
                else left(regexp_replace(texto, padrao, nome_eliminado(numero), 'g'), limite) end;

-- The free texts of a row's image, one after the other.
create function textos_da(linha jsonb) returns text
    language sql immutable set search_path = pg_catalog, pg_temp
    return coalesce(linha ->> 'descricao', '') || e'\x01' || coalesce(linha ->> 'motivo', '') || e'\x01'
        || coalesce(linha ->> 'observacoes', '');

create function imagem_sem_nomes(linha jsonb, padrao text, numero bigint, limite integer) returns jsonb
    language sql immutable set search_path = estudio, pg_catalog, pg_temp
    return linha || coalesce(
        (select jsonb_object_agg(k, sem_nomes(linha ->> k, padrao, numero, limite))
         from unnest(array['descricao', 'motivo', 'observacoes']) k where linha ->> k is not null), '{}');

create function imagem_sem_texto(linha jsonb) returns jsonb
    language sql immutable set search_path = estudio, pg_catalog, pg_temp
    return linha || coalesce(
        (select jsonb_object_agg(k, texto_eliminado())
         from unnest(array['descricao', 'motivo', 'observacoes']) k where linha ->> k is not null), '{}');

-- Whom the transaction is erasing: known still, and in the list already. Whoever is gone has no name to be found by.
create function quem_se_elimina() returns bigint
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    select t.cliente_id from titulares_eliminados t where t.cliente_id::text = contexto('eliminando')
$$;

-- Whether of a row nothing changed but words that go: a certain name, or all of a text that the dono decided on.
create function so_tira_palavras(de_onde text, antes jsonb, depois jsonb) returns boolean
    language plpgsql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    c text := (select t.campo from textos_livres() t where t.tabela = de_onde);
    n bigint := quem_se_elimina();
begin
    return c is not null and antes ->> c is distinct from depois ->> c
       and depois = antes || jsonb_build_object(c, depois -> c, 'versao', depois -> 'versao')
       and ((n is not null and depois ->> c = sem_nomes(antes ->> c, padrao_em_curso(n), n, limite_de(de_onde)))
            or (depois ->> c = texto_eliminado()
                and exists (select from citacoes x where x.tabela = de_onde and x.registro_id = (antes ->> 'id')::bigint
                            and x.decisao = 'apagada')));
end
$$;

create or replace function so_apaga_nota(tabela text, antes jsonb, depois jsonb) returns boolean
    language sql stable set search_path = estudio, pg_catalog, pg_temp
    return (coalesce(depois = antes || jsonb_build_object('observacoes', null, 'versao', depois -> 'versao'), false)
            and de_eliminado(tabela, antes))
        or coalesce(so_tira_palavras(tabela, antes, depois), false);

-- The same of the trail: an erased person goes out of what a row was.
create or replace function guard_auditoria() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    n bigint := quem_se_elimina();
    p text;
begin
    if tg_op = 'UPDATE' and (to_jsonb(new) - array['antes', 'depois', 'motivo'])
                            is not distinct from (to_jsonb(old) - array['antes', 'depois', 'motivo']) then
        if new.antes is not distinct from sem_pessoa(old.tabela, old.antes)
           and new.depois is not distinct from sem_pessoa(old.tabela, old.depois)
           and (new.motivo is null or new.motivo is not distinct from old.motivo)
           and (de_eliminado(old.tabela, old.antes) or de_eliminado(old.tabela, old.depois)) then
            return new;
        end if;
        p := case when n is not null then padrao_em_curso(n) end;
        if p is not null and new.antes is not distinct from imagem_sem_nomes(old.antes, p, n, limite_de(old.tabela))
           and new.depois is not distinct from imagem_sem_nomes(old.depois, p, n, limite_de(old.tabela))
           and new.motivo is not distinct from sem_nomes(old.motivo, p, n, 2000) then
            return new;
        end if;
        if (new.antes is not distinct from old.antes or new.antes is not distinct from imagem_sem_texto(old.antes))
           and (new.depois is not distinct from old.depois or new.depois is not distinct from imagem_sem_texto(old.depois))
           and (new.motivo is null or new.motivo is not distinct from old.motivo)
           and exists (select from citacoes c where c.tabela = old.tabela and c.registro_id = old.registro_id
                       and c.decisao in ('apagada', 'corrigida')) then
            return new;
        end if;
    end if;
    raise exception 'registro permanente: auditoria' using errcode = 'P0F02';
end
$$;

-- The months whose documents may have the words of a row: those in which it ever was.
create function meses_de(de_onde text, numero bigint) returns date[]
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    select coalesce(array_agg(distinct (m.mes)::date), '{}')
    from auditoria a cross join lateral (values (a.antes ->> 'mes'), (a.depois ->> 'mes')) m (mes)
    where de_onde in ('gastos', 'acertos') and a.tabela = de_onde and a.registro_id = numero and m.mes is not null
$$;

create or replace function guard_documentos() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if tg_op = 'DELETE' and contexto('eliminando') is not null
       and (exists (select from extrato_nomes n join titulares_eliminados t on n.chave = t.cliente_id::text
                    where n.extrato_id = old.extrato_id and n.tipo = 'cliente')
            or exists (select from citacoes c join extratos x on x.id = old.extrato_id
                       where c.tabela in ('gastos', 'acertos') and (c.nome_saiu or c.decisao in ('apagada', 'corrigida'))
                         and x.mes = any (meses_de(c.tabela, c.registro_id)))) then
        return old;
    end if;
    raise exception 'registro permanente: documentos' using errcode = 'P0F02';
end
$$;

create function apagar_documentos(de_onde text, registros bigint[]) returns void
    language sql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    delete from documentos d using extratos x
    where x.id = d.extrato_id and x.mes in (select unnest(meses_de(de_onde, r)) from unnest(registros) r);
    -- The studio's paper of a statement says the reasons of its acertos; that of a link says none.
    delete from demonstrativo_papeis p using demonstrativos d
    where de_onde = 'acertos' and p.para = 'estudio' and d.id = p.demonstrativo_id
      and exists (select from jsonb_array_elements(d.linhas -> 'acertos') l where (l ->> 0)::bigint = any (registros));
$$;
