-- Names beside the seal, and the look at COMMIT: with the acertos.

set local search_path = estudio, pg_catalog;

create or replace function guardar_nomes(extrato bigint, m date, autor bigint) returns void
    language sql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    insert into extrato_nomes (extrato_id, tipo, chave, nome)
    select extrato, 'artista', a.id::text, a.nome from artistas a
    where a.id in (select artista_id from pagamentos where data >= m and data < m + interval '1 month'
                   union select artista_id from comissoes where mes = m
                   union select artista_id from sessoes where payment_mes = m
                   union select artista_id from acertos where data >= m and data < m + interval '1 month')
    union all
    select extrato, 'cliente', c.id::text, c.nome from clientes c
    where c.id in (select cliente_id from pagamentos where data >= m and data < m + interval '1 month'
                   union select cliente_id from sessoes where payment_mes = m)
    union all select extrato, 'forma', codigo, rotulo from formas
    union all select extrato, 'categoria', codigo, rotulo from categorias
    union all select extrato, 'usuario', u.id::text, u.nome from usuarios u where u.id = autor
$$;

-- At COMMIT: closed exactly when one extrato stands, and that one adds up; nothing open below something closed.
create or replace function conferir_fechamento() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    situacao text;
    vigentes bigint;
    certo    boolean;
begin
    -- Once more: who called the transition may have set it off since.
    perform set_config('synchronous_commit', 'on', true);
    select estado into situacao from competencias where mes = new.mes;
    select count(*), bool_and(
            x.totais -> 0 = somas.s -> 'pagamento' and x.totais -> 1 = somas.s -> 'comissao' and x.totais -> 2 = somas.s -> 'gasto'
            and coalesce((select to_jsonb(sum((a ->> 2)::bigint)) from jsonb_array_elements(x.totais -> 8 -> 1) a), '0')
                = somas.s -> 'acerto'
            and x.conteudo_sha256 = calcular_conteudo(x.mes, x.por_dia, x.totais)
            and x.conteudo_sha256 = (select conteudo_sha256 from selos where seq = x.seq))
    into vigentes, certo
    from extratos x cross join lateral (
        select jsonb_object_agg(t.tipo, coalesce((select sum((d ->> 3)::bigint) from jsonb_array_elements(x.por_dia) d
                                                  where d ->> 1 = t.tipo), 0)) as s
        from (values ('pagamento'), ('comissao'), ('gasto'), ('acerto')) t (tipo)) somas
    where x.mes = new.mes and x.estado = 'vigente';
    if (situacao in ('fechada', 'selada')) <> (vigentes = 1) or not coalesce(certo, true) then
        raise exception 'competência %: % com % extratos vigentes (soma certa: %)', to_char(new.mes, 'YYYY-MM'), situacao,
            vigentes, certo using errcode = 'P0F15';
    end if;
    if exists (select from competencias f where f.estado in ('fechada', 'selada') and f.mes >= new.mes
               and exists (select from competencias a where a.estado = 'aberta' and a.mes < f.mes)) then
        raise exception 'mês aberto abaixo de um fechado' using errcode = 'P0F15';
    end if;
    return null;
end
$$;
