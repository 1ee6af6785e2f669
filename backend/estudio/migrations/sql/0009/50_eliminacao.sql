-- The deed: whoever is in the list goes from everywhere. Done again it does nothing, or what is left to do.

set local search_path = estudio, pg_catalog;

create function apagar_pessoas(ids bigint[]) returns void
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    codigos  text[] := array(select x::text from unnest(ids) x);
    nomes    text[] := array(select nome from clientes where id = any (ids) and nome <> nome_eliminado(id)
                             union select antes ->> 'nome' from auditoria
                             where tabela = 'clientes' and registro_id = any (ids) and antes is not null
                               and antes ->> 'nome' <> nome_eliminado(registro_id));
    pagos    bigint[] := array(select id from pagamentos where cliente_id = any (ids));
    sentados bigint[] := array(select id from sessoes where cliente_id = any (ids));
begin
    perform set_config('estudio.eliminando', 'sim', true);
    update clientes
    set nome = nome_eliminado(id), nome_busca = lower(nome_eliminado(id)), telefone = null, email = null, observacoes = null
    where id = any (ids)
      and (nome, telefone, email, observacoes) is distinct from (nome_eliminado(id), null::text, null::text, null::text);
    update comissoes set observacoes = null where pagamento_id = any (pagos) and observacoes is not null;
    update pagamentos set observacoes = null where id = any (pagos) and observacoes is not null;
    update sessoes set observacoes = null where id = any (sentados) and observacoes is not null;
    update extrato_nomes set nome = nome_eliminado(chave::bigint)
    where tipo = 'cliente' and chave = any (codigos) and nome <> nome_eliminado(chave::bigint);
    -- Version 4 knew its clients by nothing but their names.
    update importacao_linhas set id_externo = 'eliminado:' || gen_random_uuid()
    where tipo = 'cliente' and id_interno = any (ids) and id_externo not like 'eliminado:%';
    -- What a form answered says whom it was about; a form that old is not sent again.
    delete from idempotencia i using unnest(nomes) nome where strpos(i.resultado ->> 'recado', nome) > 0;
    update auditoria a
    set antes = sem_pessoa(tabela, antes), depois = sem_pessoa(tabela, depois),
        motivo = case when tabela <> 'clientes' then motivo end
    where tabela in ('clientes', 'pagamentos', 'sessoes', 'comissoes')
      and ((tabela = 'clientes' and registro_id = any (ids)) or (tabela = 'pagamentos' and registro_id = any (pagos))
           or (tabela = 'sessoes' and registro_id = any (sentados))
           or (tabela = 'comissoes' and (coalesce(depois, antes) ->> 'pagamento_id')::bigint = any (pagos))
           or (tabela in ('pagamentos', 'sessoes') and (antes ->> 'cliente_id' = any (codigos)
                                                        or depois ->> 'cliente_id' = any (codigos))))
      and (antes is distinct from sem_pessoa(tabela, antes) or depois is distinct from sem_pessoa(tabela, depois));
    perform set_config('estudio.eliminando', '', true);
end
$$;

-- One person, with every entry that was merged into theirs. Returns the numbers of the entries.
create function eliminar_titular(titular bigint, razao text, autor bigint) returns bigint[]
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    ids bigint[];
begin
    perform exigir_read_committed('eliminação');
    perform exigir_dono(autor);
    -- Nobody is merged into them, or out of them, meanwhile.
    perform pg_advisory_xact_lock(11, 0);
    with recursive acima as (
        select id, fundido_em from clientes where id = titular
        union select c.id, c.fundido_em from clientes c join acima a on a.fundido_em = c.id
    ), familia as (
        select id from acima where fundido_em is null
        union select c.id from clientes c join familia f on c.fundido_em = f.id
    )
    select array_agg(id order by id) into ids from familia;
    perform from clientes where id = any (ids) order by id for update;
    insert into titulares_eliminados (cliente_id, titular_id, motivo, quem)
    select id, titular, razao, autor from unnest(ids) id
    on conflict (cliente_id) do nothing;
    perform apagar_pessoas(ids);
    return coalesce(ids, '{}');
end
$$;

-- For what a restored month brought back.
create function eliminar_de_novo() returns void
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if exists (select from titulares_eliminados) then
        perform apagar_pessoas(array(select cliente_id from titulares_eliminados));
    end if;
end
$$;

create function instante(em timestamptz) returns text
    language sql immutable set search_path = pg_catalog, pg_temp
    return to_char(em at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

-- For a restored studio: those of a list that was kept beside the backups. Who was entered at another instant is somebody
-- else, who got the number of one that the copy had not seen yet. Returns how many were erased now.
create function reaplicar_eliminacoes(lista jsonb) returns integer
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    ids bigint[];
begin
    with novos as (
        insert into titulares_eliminados (cliente_id, titular_id, em, motivo)
        select c.id, coalesce(t.id, c.id), (l ->> 'em')::timestamptz, l ->> 'motivo'
        from jsonb_array_elements(lista) l
        join clientes c on c.id = (l ->> 'cliente_id')::bigint and instante(c.criado_em) = l ->> 'criado_em'
        left join clientes t on t.id = (l ->> 'titular_id')::bigint
        on conflict (cliente_id) do nothing
        returning cliente_id
    )
    select array_agg(cliente_id) into ids from novos;
    if ids is not null then
        perform apagar_pessoas(ids);
    end if;
    return coalesce(array_length(ids, 1), 0);
end
$$;
