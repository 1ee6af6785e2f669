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
    -- Its words went, or the name went out of them; false: it was somebody else, or was corrected by hand.
    apagada      boolean,
    constraint citacoes_uma unique (cliente_id, tabela, registro_id),
    constraint citacoes_decidida check ((decidida_em is null) = (apagada is null)),
    constraint citacoes_selada check (tabela <> 'selos' or apagada is not true)
);
create index citacoes_registro on citacoes (tabela, registro_id);

create function textos_livres() returns table (tabela text, campo text)
    language sql immutable set search_path = estudio, pg_catalog, pg_temp as
$$
    values ('clientes', 'observacoes'), ('pagamentos', 'observacoes'), ('comissoes', 'observacoes'),
           ('sessoes', 'observacoes'), ('gastos', 'descricao'), ('acertos', 'motivo'), ('recorrentes', 'descricao'),
           ('itens', 'observacoes'), ('movimentos', 'motivo')
$$;

-- Words as a regular expression: whatever stands between them, with and without accents, in capitals or not. What the case
-- of an accent is, is the server's locale's, so that each letter lists its own.
create function padrao_de(palavras text) returns text
    language plpgsql immutable set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    letras text[] := array['aáàâãäåÁÀÂÃÄÅ', 'eéèêëÉÈÊË', 'iíìîïÍÌÎÏ', 'oóòôõöÓÒÔÕÖ', 'uúùûüÚÙÛÜ', 'cçÇ', 'nñÑ'];
    achado text := lower(btrim(palavras));
    l      text;
begin
    foreach l in array letras loop
        achado := translate(achado, l, repeat(left(l, 1), length(l)));
    end loop;
    achado := regexp_replace(achado, '([^[:alnum:][:space:]])', '\\\1', 'g');
    achado := regexp_replace(achado, '[[:space:]]+', '[[:sp:]]+', 'g');
    foreach l in array letras loop
        achado := replace(achado, left(l, 1), '[' || l || ']');
    end loop;
    return replace(achado, '[[:sp:]]', '[[:space:]]');
end
$$;

create function inteiro(padrao text) returns text
    language sql immutable set search_path = pg_catalog, pg_temp
    return '(?<![[:alnum:]])(?:' || padrao || ')(?![[:alnum:]])';

-- Every name that an entry has, or ever had.
create function nomes_de(numero bigint) returns table (nome text, busca text)
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    select distinct btrim(n.nome), n.busca
    from (select k.nome, k.nome_busca from clientes k where k.id = numero
          union select a.antes ->> 'nome', a.antes ->> 'nome_busca' from auditoria a
                where a.tabela = 'clientes' and a.registro_id = numero
          union select a.depois ->> 'nome', a.depois ->> 'nome_busca' from auditoria a
                where a.tabela = 'clientes' and a.registro_id = numero) n (nome, busca)
    where length(btrim(n.nome)) > 2 and n.nome <> nome_eliminado(numero)
$$;

-- Names of more than one word that are nobody else's: where one stands it is this person.
create function padrao_certo(numero bigint) returns text
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    select inteiro(string_agg(padrao_de(n.nome), '|' order by length(n.nome) desc, n.nome))
    from nomes_de(numero) n
    where n.nome ~ '[^[:space:]][[:space:]]+[^[:space:]]'
      and not exists (select from clientes k where k.nome_busca = n.busca
                      and not exists (select from titulares_eliminados t where t.cliente_id = k.id))
      and not exists (select from artistas a where a.nome_busca = n.busca)
      and not exists (select from usuarios u where lower(u.nome) = lower(n.nome))
$$;

-- As the program shortens a name, and as people write it: `Dora L.`, `Dora L`.
create function padrao_curto(numero bigint) returns text
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    select inteiro(string_agg(distinct padrao_de(p[1]) || '[[:space:]]+' || padrao_de(left(p[i], 1)) || '[.]?', '|'))
    from (select regexp_split_to_array(nome, '[[:space:]]+') from nomes_de(numero)) n (p),
         generate_subscripts(p, 1) i
    where i > 1 and p[i] ~ '^[[:alpha:]]' and lower(p[i]) not in ('da', 'das', 'de', 'do', 'dos', 'e')
$$;

-- Whole names, and first names alone: it may be this person.
create function padrao_possivel(numero bigint) returns text
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    select inteiro(string_agg(distinct padrao_de(palavra), '|'))
    from nomes_de(numero) n,
         unnest(array[n.nome, split_part(regexp_replace(n.nome, '[[:space:]]+', ' ', 'g'), ' ', 1)]) palavra
    where length(palavra) > 2
$$;

-- A text without a name that is certain. It may grow, and keeps to what its column holds.
create function sem_nomes(texto text, padrao text, numero bigint) returns text
    language sql immutable set search_path = estudio, pg_catalog, pg_temp
    return case when padrao is null then texto
                else left(regexp_replace(texto, padrao, nome_eliminado(numero), 'gi'),
                          case when length(texto) <= 2000 then 2000 else 20000 end) end;

-- The free texts of a row's image, one after the other.
create function textos_da(linha jsonb) returns text
    language sql immutable set search_path = pg_catalog, pg_temp
    return concat_ws(e'\x01', linha ->> 'descricao', linha ->> 'motivo', linha ->> 'observacoes');

create function imagem_sem_nomes(linha jsonb, padrao text, numero bigint) returns jsonb
    language sql immutable set search_path = estudio, pg_catalog, pg_temp
    return linha || coalesce(
        (select jsonb_object_agg(k, sem_nomes(linha ->> k, padrao, numero))
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
       and ((n is not null and depois ->> c = sem_nomes(antes ->> c, padrao_certo(n), n))
            or (depois ->> c = texto_eliminado()
                and exists (select from citacoes x where x.tabela = de_onde and x.registro_id = (antes ->> 'id')::bigint
                            and x.apagada)));
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
        p := case when n is not null then padrao_certo(n) end;
        if p is not null and new.antes is not distinct from imagem_sem_nomes(old.antes, p, n)
           and new.depois is not distinct from imagem_sem_nomes(old.depois, p, n)
           and new.motivo is not distinct from sem_nomes(old.motivo, p, n) then
            return new;
        end if;
        if (new.antes is not distinct from old.antes or new.antes is not distinct from imagem_sem_texto(old.antes))
           and (new.depois is not distinct from old.depois or new.depois is not distinct from imagem_sem_texto(old.depois))
           and (new.motivo is null or new.motivo is not distinct from old.motivo)
           and exists (select from citacoes c where c.tabela = old.tabela and c.registro_id = old.registro_id
                       and c.decidida_em is not null) then
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
                       where c.tabela in ('gastos', 'acertos') and c.decidida_em is not null
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
    where x.id = d.extrato_id and x.mes in (select unnest(meses_de(de_onde, r)) from unnest(registros) r)
$$;
