-- Erasing, as before; and the documents that name the person go, to be made anew without them. No seal knows them.

set local search_path = estudio, pg_catalog;

create or replace function apagar_pessoas(ids bigint[]) returns void
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
    delete from documentos
    where extrato_id in (select extrato_id from extrato_nomes where tipo = 'cliente' and chave = any (codigos)
                                                                and nome <> nome_eliminado(chave::bigint));
    update extrato_nomes set nome = nome_eliminado(chave::bigint)
    where tipo = 'cliente' and chave = any (codigos) and nome <> nome_eliminado(chave::bigint);
    -- Version 4 knew its clients by nothing but their names.
    update importacao_linhas set id_externo = 'eliminado:' || gen_random_uuid()
    where tipo = 'cliente' and id_interno = any (ids) and id_externo not like 'eliminado:%';
    -- What a form or a program was answered says whom it was about, wherever in the answer: as JSON writes the name, or by
    -- the number of the row. A form that old is not sent again.
    delete from idempotencia i
    where exists (select from unnest(nomes) nome cross join lateral (select to_jsonb(nome)::text) j(escrito)
                  where strpos(i.resultado::text, substr(escrito, 2, length(escrito) - 2)) > 0)
       or i.resultado #>> '{corpo,cliente,id}' = any (codigos)
       or (i.rota like '% /api/v1/clientes%' and i.resultado #>> '{corpo,id}' = any (codigos))
       or (i.rota like '% /api/v1/pagamentos%' and i.resultado #>> '{corpo,id}' = any (pagos::text[]))
       or (i.rota like '% /api/v1/sessoes%' and i.resultado #>> '{corpo,id}' = any (sentados::text[]));
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
