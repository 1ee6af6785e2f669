-- Whoever is erased goes from what was said about them: of the lines that are theirs, and wherever their name stands.
-- All of it happens when somebody is entered in the list, before the name itself goes.

set local search_path = estudio, pg_catalog;

create function apagar_respostas() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    nome     text := (select inteiro(string_agg(padrao_de(n.nome), '|')) from nomes_de(new.cliente_id) n);
    curto    text := padrao_curto(new.cliente_id);
    possivel text := padrao_possivel(new.cliente_id);
begin
    update demonstrativo_respostas r set texto = texto_eliminado()
    where r.texto is not null and r.texto <> texto_eliminado()
      and (exists (select from demonstrativo_respostas c
                   where c.id in (r.id, r.responde_a)
                     and ((c.linha_tipo = 'pagamento'
                           and exists (select from pagamentos p where p.id = c.linha_id and p.cliente_id = new.cliente_id))
                          or (c.linha_tipo = 'sessao'
                              and exists (select from sessoes s where s.id = c.linha_id and s.cliente_id = new.cliente_id))))
           -- As whole words: who is called Ana is not in "semana".
           or r.texto ~* nome or r.texto ~* curto
           -- A first name alone, where one person of that name is in the statement.
           or (r.texto ~* possivel
               and exists (select from clientes_do_demonstrativo(r.demonstrativo_id) x where x = new.cliente_id)
               and not exists (select from clientes_do_demonstrativo(r.demonstrativo_id) x join clientes k on k.id = x
                               where x <> new.cliente_id and k.nome ~* possivel)));
    return null;
end
$$;

create function clientes_do_demonstrativo(numero bigint) returns setof bigint
    language sql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    select distinct (l ->> 5)::bigint
    from demonstrativos d,
         jsonb_array_elements((d.linhas -> 'pagamentos') || (d.linhas -> 'sessoes')) l
    where d.id = numero and l ->> 5 is not null
$$;

create trigger apagar_respostas after insert on titulares_eliminados
    for each row execute function apagar_respostas();
alter table titulares_eliminados enable always trigger apagar_respostas;

-- What may be the person, where nobody but the dono can say: a row of the books or of the lists by its words or its past,
-- an answer, and the reason of a reopening, which is sealed.
create function listar_citacoes(n bigint, possivel text) returns void
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    t record;
begin
    for t in select * from textos_livres() union all values ('demonstrativo_respostas', 'texto') loop
        execute format('insert into citacoes (cliente_id, tabela, registro_id)
                        select $1, %1$L, x.id from %1$I x where x.%2$I ~* $2 and not de_eliminado(%1$L, to_jsonb(x))
                        on conflict on constraint citacoes_uma do update set decidida_em = null, apagada = null',
                       t.tabela, t.campo) using n, possivel;
    end loop;
    insert into citacoes (cliente_id, tabela, registro_id) select n, 'selos', seq from selos where motivo ~* possivel
    on conflict do nothing;
    insert into citacoes (cliente_id, tabela, registro_id)
    select distinct n, a.tabela, a.registro_id
    from auditoria a
    where a.tabela in (select tabela from textos_livres()) and a.registro_id is not null
      and (a.motivo ~* possivel or textos_da(a.antes) ~* possivel or textos_da(a.depois) ~* possivel)
      -- What a row of theirs said goes with them; why it was touched is said of it, except of the entry itself.
      and not (de_eliminado(a.tabela, coalesce(a.depois, a.antes)) and (a.tabela = 'clientes' or a.motivo is null
                                                                         or a.motivo !~* possivel))
    on conflict on constraint citacoes_uma do update set decidida_em = null, apagada = null;
end
$$;

-- The studio's own texts, of closed months too, as no seal holds them: a name that is certain goes out of them and of their
-- past in the trail, and the documents that had it go, to be made anew. What may be the person is listed for the dono.
create function tirar_nomes() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    n        bigint := new.cliente_id;
    certo    text := padrao_certo(n);
    possivel text := padrao_possivel(n);
    t        record;
begin
    if possivel is null then
        return null;
    end if;
    perform set_config('estudio.eliminando', n::text, true);
    if certo is not null then
        for t in select * from textos_livres() loop
            execute format('update %1$I x set %2$I = sem_nomes(x.%2$I, $1, $2)
                            where x.%2$I ~* $1 and not de_eliminado(%1$L, to_jsonb(x))', t.tabela, t.campo) using certo, n;
        end loop;
        with idos as (
            update auditoria a
            set antes = imagem_sem_nomes(antes, certo, n), depois = imagem_sem_nomes(depois, certo, n),
                motivo = sem_nomes(motivo, certo, n)
            where a.tabela in (select tabela from textos_livres()) and a.registro_id is not null
              and (textos_da(antes) ~* certo or textos_da(depois) ~* certo or motivo ~* certo)
            returning a.tabela, a.registro_id, de_eliminado(a.tabela, coalesce(a.depois, a.antes)) as propria
        )
        insert into citacoes (cliente_id, tabela, registro_id, decidida_em, apagada)
        select distinct n, i.tabela, i.registro_id, clock_timestamp(), true from idos i where not i.propria
        on conflict do nothing;
        perform apagar_documentos(d.tabela, array_agg(d.registro_id))
        from citacoes d where d.cliente_id = n and d.tabela in ('gastos', 'acertos') group by d.tabela;
    end if;
    perform listar_citacoes(n, possivel);
    perform set_config('estudio.eliminando', '', true);
    return null;
end
$$;

create trigger tirar_nomes after insert on titulares_eliminados
    for each row execute function tirar_nomes();
alter table titulares_eliminados enable always trigger tirar_nomes;

-- What the dono says of a row in that list, once: its words go, from the row and from its past; or it was somebody else,
-- or was corrected by hand, and then only the words of before go.
create function decidir_citacao(numero bigint, apagar boolean, autor bigint) returns void
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    c     citacoes;
    coluna text;
    agora text;
begin
    perform exigir_read_committed('eliminação');
    perform exigir_dono(autor);
    perform pg_advisory_xact_lock(11, 0);
    select * into c from citacoes where id = numero and decidida_em is null for update;
    if c.id is null then
        return;
    end if;
    update citacoes set decidida_em = clock_timestamp(), decidida_por = autor, apagada = apagar where id = numero;
    if c.tabela = 'selos' then
        return;
    end if;
    perform set_config('estudio.eliminando', 'sim', true);
    if c.tabela = 'demonstrativo_respostas' then
        update demonstrativo_respostas set texto = texto_eliminado()
        where apagar and id = c.registro_id and texto <> texto_eliminado();
    else
        select campo into coluna from textos_livres() where tabela = c.tabela;
        if apagar then
            execute format('update %1$I set %2$I = texto_eliminado() where id = $1 and %2$I <> texto_eliminado()',
                           c.tabela, coluna) using c.registro_id;
        end if;
        execute format('select %2$I from %1$I where id = $1', c.tabela, coluna) into agora using c.registro_id;
        if apagar or exists (select from auditoria a where a.tabela = c.tabela and a.registro_id = c.registro_id
                             and a.acao = 'update' and a.em > c.em and a.antes ->> coluna is distinct from a.depois ->> coluna)
        then
            update auditoria a
            set antes = case when a.antes ->> coluna is distinct from agora then imagem_sem_texto(a.antes) else a.antes end,
                depois = case when a.depois ->> coluna is distinct from agora then imagem_sem_texto(a.depois) else a.depois end,
                motivo = case when apagar then null else a.motivo end
            where a.tabela = c.tabela and a.registro_id = c.registro_id;
            perform apagar_documentos(c.tabela, array[c.registro_id]);
        end if;
    end if;
    perform set_config('estudio.eliminando', '', true);
end
$$;
