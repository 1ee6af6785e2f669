-- Whoever is erased goes from what was said about them: of the lines that are theirs, and wherever their name stands.
-- All of it happens when somebody is entered in the list, before the name itself goes.

set local search_path = estudio, pg_catalog;

-- A name beside a seal changes by an erasure alone: with it goes the paper of every statement that has a line of that cliente.
create function apagar_papeis() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    delete from demonstrativo_papeis p using demonstrativos d
    where d.id = p.demonstrativo_id and d.extrato_id = new.extrato_id
      and exists (select from jsonb_array_elements((d.linhas -> 'pagamentos') || (d.linhas -> 'sessoes')) l
                  where l ->> 5 = new.chave);
    return null;
end
$$;
create trigger apagar_papeis after update on extrato_nomes
    for each row when (new.tipo = 'cliente' and new.nome is distinct from old.nome) execute function apagar_papeis();
alter table extrato_nomes enable always trigger apagar_papeis;

-- What was said of the lines that are theirs, and what the studio answered to it.
create function respostas_de(entradas bigint[]) returns setof bigint
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    select r.id
    from demonstrativo_respostas r join demonstrativo_respostas c on c.id in (r.id, r.responde_a)
    where (c.linha_tipo = 'pagamento'
           and exists (select from pagamentos p where p.id = c.linha_id and p.cliente_id = any (entradas)))
       or (c.linha_tipo = 'sessao'
           and exists (select from sessoes s where s.id = c.linha_id and s.cliente_id = any (entradas)))
$$;

-- The studio's own texts, of closed months too, as no seal holds them: a name that is certain goes out of them and of their
-- past in the trail, and the documents that had it go, to be made anew. `citado` is the entry under which it is noted.
create function tirar_nomes_de(n bigint, citado bigint) returns void
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    certos text[] := nomes_certos(n);
    certo  text := padrao_certo(certos);
    t      record;
begin
    if certo is null then
        return;
    end if;
    perform set_config('estudio.eliminando', n::text, true);
    perform set_config('estudio.certos', certos::text, true);
    for t in select * from textos_livres() loop
        execute format('update %1$I x set %2$I = sem_nomes(x.%2$I, $1, $2, $3)
                        where x.%2$I ~ $1 and not de_eliminado(%1$L, to_jsonb(x))', t.tabela, t.campo)
        using certo, n, t.limite;
    end loop;
    -- An answer goes whole: nothing in it changes by parts.
    update demonstrativo_respostas set texto = texto_eliminado() where texto ~ certo;
    with idos as (
        update auditoria a
        set antes = imagem_sem_nomes(antes, certo, n, limite_de(a.tabela)),
            depois = imagem_sem_nomes(depois, certo, n, limite_de(a.tabela)), motivo = sem_nomes(motivo, certo, n, 2000)
        where a.tabela in (select tabela from textos_livres()) and a.registro_id is not null
          and (textos_da(antes) ~ certo or textos_da(depois) ~ certo or motivo ~ certo)
        returning a.tabela, a.registro_id, de_eliminado(a.tabela, coalesce(a.depois, a.antes)) as propria
    )
    insert into citacoes (cliente_id, tabela, registro_id, decidida_em, decisao, nome_saiu)
    select citado, i.tabela, i.registro_id, clock_timestamp(), 'nome', true from idos i where not i.propria
    group by i.tabela, i.registro_id
    on conflict on constraint citacoes_uma do update set nome_saiu = true;
    perform apagar_documentos(d.tabela, array_agg(d.registro_id))
    from citacoes d where d.cliente_id = citado and d.nome_saiu and d.tabela in ('gastos', 'acertos') group by d.tabela;
end
$$;

-- What may be the person, where nobody but the dono can say: a row of the books or of the lists by its words or its past,
-- an answer, and the reason of a reopening, which is sealed.
create function listar_citacoes(citado bigint, entradas bigint[], possivel text) returns void
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    t record;
begin
    for t in select tabela, campo from textos_livres() union all values ('demonstrativo_respostas', 'texto') loop
        execute format('insert into citacoes (cliente_id, tabela, registro_id)
                        select $1, %1$L, x.id from %1$I x where x.%2$I ~* $2 and not de_eliminado(%1$L, to_jsonb(x))
                        on conflict on constraint citacoes_uma do update set decidida_em = null, decisao = null',
                       t.tabela, t.campo) using citado, possivel;
    end loop;
    -- Said of their lines, and not naming them: it is about money, and somebody else's word.
    insert into citacoes (cliente_id, tabela, registro_id)
    select distinct citado, 'demonstrativo_respostas', r.id
    from demonstrativo_respostas r join respostas_de(entradas) x on x = r.id
    where r.texto is not null and r.texto <> texto_eliminado()
    on conflict on constraint citacoes_uma do update set decidida_em = null, decisao = null;
    insert into citacoes (cliente_id, tabela, registro_id) select citado, 'selos', seq from selos where motivo ~* possivel
    on conflict do nothing;
    insert into citacoes (cliente_id, tabela, registro_id)
    select distinct citado, a.tabela, a.registro_id
    from auditoria a
    where a.tabela in (select tabela from textos_livres()) and a.registro_id is not null
      and (a.motivo ~* possivel or textos_da(a.antes) ~* possivel or textos_da(a.depois) ~* possivel)
      -- What a row of theirs said goes with them; why it was touched is said of it, except of the entry itself.
      and not (de_eliminado(a.tabela, coalesce(a.depois, a.antes)) and (a.tabela = 'clientes' or a.motivo is null
                                                                         or a.motivo !~* possivel))
    on conflict on constraint citacoes_uma do update set decidida_em = null, decisao = null;
end
$$;

-- All that is certain goes first, of every entry of everybody; then it is listed what is left, once for each person.
create function tirar_nomes() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    pessoa   record;
    possivel text;
begin
    for pessoa in select cliente_id as n, min(cliente_id) over (partition by titular_id) as citado from novos order by 1 loop
        perform tirar_nomes_de(pessoa.n, pessoa.citado);
    end loop;
    for pessoa in select min(cliente_id) as citado, array_agg(cliente_id) as entradas from novos group by titular_id loop
        possivel := padrao_possivel(pessoa.entradas);
        update demonstrativo_respostas r set texto = texto_eliminado()
        where r.texto ~* possivel and r.texto <> texto_eliminado()
          and r.id in (select respostas_de(pessoa.entradas));
        -- What a form was answered may say the name as it was typed.
        delete from idempotencia where resultado::text ~* possivel;
        perform listar_citacoes(pessoa.citado, pessoa.entradas, possivel);
    end loop;
    perform set_config('estudio.certos', '', true);
    perform set_config('estudio.eliminando', '', true);
    return null;
end
$$;

create trigger tirar_nomes after insert on titulares_eliminados referencing new table as novos
    for each statement execute function tirar_nomes();
alter table titulares_eliminados enable always trigger tirar_nomes;

-- What a form was answered with these words in it, as JSON writes them. A form that old is not sent again.
create function esquecer_respostas(palavras text[]) returns void
    language sql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    delete from idempotencia i
    where exists (select from unnest(palavras) p cross join lateral (select to_jsonb(p)::text) j (escrito)
                  where length(p) > 2 and strpos(i.resultado::text, substr(escrito, 2, length(escrito) - 2)) > 0)
$$;

-- What the dono says of a row in that list: its words go, from the row and from its past (for whomever else it is listed,
-- and also where it was said before that it stays); or it was corrected by hand, and the words of before go; or it stays.
-- Returns what stands.
create function decidir_citacao(numero bigint, decidido text, autor bigint) returns text
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    c        citacoes;
    coluna   text;
    agora    text;
    palavras text[];
begin
    perform exigir_read_committed('eliminação');
    perform exigir_dono(autor);
    perform pg_advisory_xact_lock(11, 0);
    select * into c from citacoes where id = numero for update;
    if c.id is null or c.decisao = 'apagada' or (c.decisao is not null and decidido is distinct from 'apagada') then
        return c.decisao;
    end if;
    update citacoes set decidida_em = clock_timestamp(), decidida_por = autor, decisao = decidido
    where id = numero
       or (decidido = 'apagada' and tabela = c.tabela and registro_id = c.registro_id and decisao is null);
    if c.tabela = 'selos' or decidido = 'fica' then
        return decidido;
    end if;
    perform set_config('estudio.eliminando', 'sim', true);
    if c.tabela = 'demonstrativo_respostas' then
        if decidido = 'apagada' then
            perform esquecer_respostas(array(select texto from demonstrativo_respostas where id = c.registro_id));
            update demonstrativo_respostas set texto = texto_eliminado()
            where id = c.registro_id and texto <> texto_eliminado();
        end if;
    else
        select campo into coluna from textos_livres() where tabela = c.tabela;
        execute format('select %2$I from %1$I where id = $1', c.tabela, coluna) into agora using c.registro_id;
        palavras := array(select w.escrito
                          from auditoria a cross join lateral
                               (values (a.antes ->> coluna), (a.depois ->> coluna), (a.motivo), (agora)) w (escrito)
                          where a.tabela = c.tabela and a.registro_id = c.registro_id
                            and w.escrito is distinct from texto_eliminado()
                            and (decidido = 'apagada' or w.escrito is distinct from agora));
        if decidido = 'apagada' then
            execute format('update %1$I set %2$I = texto_eliminado() where id = $1 and %2$I <> texto_eliminado()',
                           c.tabela, coluna) using c.registro_id;
            agora := texto_eliminado();
        end if;
        update auditoria a
        set antes = case when a.antes ->> coluna is distinct from agora then imagem_sem_texto(a.antes) else a.antes end,
            depois = case when a.depois ->> coluna is distinct from agora then imagem_sem_texto(a.depois) else a.depois end,
            motivo = null
        where a.tabela = c.tabela and a.registro_id = c.registro_id;
        perform esquecer_respostas(palavras);
        perform apagar_documentos(c.tabela, array[c.registro_id]);
    end if;
    perform set_config('estudio.eliminando', '', true);
    return decidido;
end
$$;
