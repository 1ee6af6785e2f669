-- The only ways from one state of a month to another. Each takes the one transition lock and the month for itself,
-- asserts that it sees what is committed now, repeats readiness, recomputes every figure instead of believing its
-- caller, and writes state, extrato, link of the chain, audit and outbox together.

set local search_path = estudio, pg_catalog;

create function numero_do_mes(m date) returns integer
    language sql immutable set search_path = pg_catalog, pg_temp
    return (extract(year from m) * 12 + extract(month from m))::int;

-- First in the transaction. In REPEATABLE READ the snapshot is older than the lock and every count agrees on the wrong
-- sum; a transaction that has already written holds the month shared and would deadlock with another closer.
create function travar_competencia(m date) returns void
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    anterior date;
begin
    perform exigir_read_committed('transição');
    if pg_current_xact_id_if_assigned() is not null then
        raise exception 'esta transação já escreveu' using errcode = 'P0F04';
    end if;
    perform set_config('synchronous_commit', 'on', true);
    if not pg_try_advisory_xact_lock(6, 0) then
        raise exception 'outra transição em andamento' using errcode = 'P0F05';
    end if;
    -- Writers hold these shared: those in flight are waited for, later ones queue behind. The open months before are taken
    -- too (ascending, as writers take them): a closing shuts the empty ones, and a row on its way into one would be shut in.
    for anterior in select mes from competencias where mes < m and estado = 'aberta' order by mes loop
        perform pg_advisory_xact_lock(7, numero_do_mes(anterior));
    end loop;
    perform pg_advisory_xact_lock(7, numero_do_mes(m));
end
$$;

create function exigir_dono(quem bigint) returns void
    language plpgsql stable security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    -- No user is the machine itself: the schedule, or a person at the command line of the host.
    if quem is not null and not exists (select from usuarios where id = quem and papel = 'dono' and ativo) then
        raise exception 'só o dono fecha, reabre e sela' using errcode = 'P0F06';
    end if;
end
$$;

create function exigir_estado(m date, esperados text[]) returns text
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    e text;
begin
    -- Not FOR UPDATE: a new row's foreign key holds the month FOR KEY SHARE while its guard waits for this very transition.
    select estado into e from competencias where mes = m for no key update;
    if e is null or e <> all (esperados) then
        raise exception 'competência % %', to_char(m, 'YYYY-MM'), coalesce(e, 'inexistente') using errcode = 'P0F07',
            detail = json_build_object('mes', to_char(m, 'YYYY-MM'), 'estado', e)::text;
    end if;
    return e;
end
$$;

-- selo = sha256 of ["selo/1", seq, tipo, mes, versao, conteudo, backup, em, quem, anterior]; the first link names a constant.
create function acrescentar_selo(novo_tipo text, m date, nova_versao integer, conteudo text, backup text,
                                 autor bigint, razao text, run uuid) returns selos
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    elo      selos;
    anterior selos;
begin
    select * into anterior from selos order by seq desc limit 1;
    elo.seq := coalesce(anterior.seq, 0) + 1;
    elo.tipo := novo_tipo;
    elo.mes := m;
    elo.versao := nova_versao;
    elo.conteudo_sha256 := conteudo;
    elo.backup_sha256 := backup;
    -- now() is the start of the transaction, before the wait for the lock.
    elo.em := to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
    elo.quem := autor;
    elo.anterior_sha256 := coalesce(anterior.selo_sha256, sha256_hex('estudio/genesis/1'));
    elo.selo_sha256 := sha256_hex(jsonb_build_array('selo/1', elo.seq, elo.tipo, to_char(m, 'YYYY-MM'), elo.versao,
        elo.conteudo_sha256, elo.backup_sha256, elo.em, elo.quem, elo.anterior_sha256)::text);
    elo.motivo := razao;
    elo.run_id := run;
    insert into selos select elo.*;
    return elo;
end
$$;

create function anotar_transicao(nova_acao text, m date, autor bigint, razao text, elo selos) returns void
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    insert into auditoria (ato, quem, origem, acao, tabela, registro_id, depois, motivo)
    values (contexto('ato')::uuid, autor, contexto('origem'), nova_acao, 'competencias', null,
            jsonb_build_object('mes', to_char(m, 'YYYY-MM'), 'versao', elo.versao, 'seq', elo.seq, 'selo', elo.selo_sha256,
                               'run_id', elo.run_id), razao);
    insert into avisos (evento, tipo, dados)
    values (nova_acao || ':' || elo.selo_sha256, 'extrato_' || nova_acao,
            jsonb_build_object('mes', to_char(m, 'YYYY-MM'), 'versao', elo.versao, 'selo', elo.selo_sha256,
                               'run_id', elo.run_id));
end
$$;

create function guardar_nomes(extrato bigint, m date, autor bigint) returns void
    language sql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
    insert into extrato_nomes (extrato_id, tipo, chave, nome)
    select extrato, 'artista', a.id::text, a.nome from artistas a
    where a.id in (select artista_id from pagamentos where data >= m and data < m + interval '1 month'
                   union select artista_id from comissoes where mes = m
                   union select artista_id from sessoes where payment_mes = m)
    union all
    select extrato, 'cliente', c.id::text, c.nome from clientes c
    where c.id in (select cliente_id from pagamentos where data >= m and data < m + interval '1 month'
                   union select cliente_id from sessoes where payment_mes = m)
    union all select extrato, 'forma', codigo, rotulo from formas
    union all select extrato, 'categoria', codigo, rotulo from categorias
    union all select extrato, 'usuario', u.id::text, u.nome from usuarios u where u.id = autor
$$;

-- The figures that another count found (`esperado`: {"por_dia", "totais"}) and the backup's content must be ours to the
-- centavo; null where that count was not made. Raises P0F09 with our own figures, so that the caller can say where.
create function conferir_contagens(m date, nossas jsonb, esperado jsonb, backup jsonb) returns void
    language plpgsql immutable set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    if nossas -> 'totais' is distinct from esperado -> 'totais'
       or (esperado -> 'por_dia' is not null and nossas -> 'por_dia' is distinct from esperado -> 'por_dia')
       or (backup is not null and nossas ->> 'conteudo_sha256' is distinct from backup ->> 'conteudo_sha256') then
        raise exception 'as contagens de % não coincidem', to_char(m, 'YYYY-MM') using errcode = 'P0F09', detail = nossas::text;
    end if;
end
$$;

create function gravar_fechamento(m date, hoje date, run uuid, autor bigint, contagem jsonb, backup jsonb) returns extratos
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    elo      selos;
    feito    extratos;
    impedido jsonb;
begin
    -- The business day is the caller's word; that the month is over anywhere on earth is not.
    if (clock_timestamp() at time zone 'UTC' + interval '14 hours')::date < (m + interval '1 month')::date then
        raise exception 'o mês % não terminou', to_char(m, 'YYYY-MM') using errcode = 'P0F08', detail = '["mes_nao_terminou"]';
    end if;
    select jsonb_agg(p.codigo order by p.codigo) into impedido from prontidao(m, hoje) p where p.bloqueia;
    if impedido is not null then
        raise exception 'o mês % não está pronto', to_char(m, 'YYYY-MM') using errcode = 'P0F08', detail = impedido::text;
    end if;
    elo := acrescentar_selo('fechamento', m, coalesce((select max(versao) from extratos where mes = m), 0) + 1,
                            contagem ->> 'conteudo_sha256', backup ->> 'conteudo_sha256', autor, null, run);
    insert into extratos (mes, versao, por_dia, totais, conteudo_sha256, seq, backup, fechado_em, fechado_por, run_id)
    values (m, elo.versao, contagem -> 'por_dia', contagem -> 'totais', elo.conteudo_sha256, elo.seq, backup,
            elo.em::timestamptz, autor, run)
    returning * into feito;
    perform guardar_nomes(feito.id, m, autor);
    -- Nothing slips in behind the chain: the months before, all empty (readiness says so), are shut too.
    update competencias set estado = 'vazia' where mes < m and estado = 'aberta';
    update competencias set estado = 'fechada' where mes = m;
    perform anotar_transicao('fechado', m, autor, null, elo);
    return feito;
end
$$;

create function gravar_reabertura(m date, run uuid, autor bigint, razao text) returns void
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    depois  jsonb;
    vigente extratos;
    elo     selos;
begin
    if coalesce(length(btrim(razao)), 0) < 5 then
        raise exception 'falta o motivo' using errcode = 'P0F14';
    end if;
    select jsonb_agg(to_char(mes, 'YYYY-MM') order by mes desc) into depois
    from competencias where mes > m and estado in ('fechada', 'selada');
    if depois is not null then
        raise exception 'há meses fechados depois de %', to_char(m, 'YYYY-MM') using errcode = 'P0F11', detail = depois::text;
    end if;
    update extratos set estado = 'substituido' where mes = m and estado = 'vigente' returning * into vigente;
    update competencias set estado = 'aberta' where mes = m;
    if vigente.id is null then            -- an empty month has no link to answer
        insert into auditoria (ato, quem, origem, acao, tabela, depois, motivo)
        values (contexto('ato')::uuid, autor, contexto('origem'), 'reaberto', 'competencias',
                jsonb_build_object('mes', to_char(m, 'YYYY-MM'), 'run_id', run), razao);
        return;
    end if;
    elo := acrescentar_selo('reabertura', m, vigente.versao, vigente.conteudo_sha256, null, autor, razao, run);
    perform anotar_transicao('reaberto', m, autor, razao, elo);
end
$$;

-- Closes an open month. `esperado` is the count made by the caller, `backup` the proof ({"conteudo_sha256", "arquivo",
-- "sha256"}) or null when the studio chose to close without one.
create function fechar_competencia(m date, hoje date, run uuid, autor bigint, esperado jsonb, backup jsonb) returns extratos
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    nossas jsonb;
begin
    perform travar_competencia(m);
    perform exigir_dono(autor);
    perform exigir_estado(m, array['aberta']);
    select to_jsonb(c) into nossas from contar_competencia(m) c;
    perform conferir_contagens(m, nossas, esperado, backup);
    return gravar_fechamento(m, hoje, run, autor, nossas, backup);
end
$$;

-- force: a closed month is reopened and closed in one transaction, when its rows differ from what stands; otherwise the
-- version that stands is the answer and nothing is written.
create function refechar_competencia(m date, hoje date, run uuid, autor bigint, razao text, esperado jsonb, backup jsonb)
    returns extratos
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    nossas  jsonb;
    vigente extratos;
begin
    perform travar_competencia(m);
    perform exigir_dono(autor);
    perform exigir_estado(m, array['fechada']);
    select to_jsonb(c) into nossas from contar_competencia(m) c;
    select * into vigente from extratos where mes = m and estado = 'vigente';
    if vigente.conteudo_sha256 = nossas ->> 'conteudo_sha256' then
        return vigente;
    end if;
    perform conferir_contagens(m, nossas, esperado, backup);
    perform gravar_reabertura(m, run, autor, razao);
    return gravar_fechamento(m, hoje, run, autor, nossas, backup);
end
$$;

create function reabrir_competencia(m date, run uuid, autor bigint, razao text) returns void
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    perform travar_competencia(m);
    perform exigir_dono(autor);
    perform exigir_estado(m, array['fechada', 'vazia']);
    perform gravar_reabertura(m, run, autor, razao);
end
$$;

create function selar_competencia(m date, run uuid, autor bigint, razao text) returns void
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
declare
    vigente extratos;
begin
    perform travar_competencia(m);
    perform exigir_dono(autor);
    perform exigir_estado(m, array['fechada']);
    select * into strict vigente from extratos where mes = m and estado = 'vigente';
    update competencias set estado = 'selada' where mes = m;
    perform anotar_transicao('selado', m, autor, razao,
        acrescentar_selo('selagem', m, vigente.versao, vigente.conteudo_sha256, null, autor, razao, run));
end
$$;

-- At COMMIT: closed exactly when one extrato stands, and that one adds up; nothing open below something closed.
create function conferir_fechamento() returns trigger
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
            and x.conteudo_sha256 = calcular_conteudo(x.mes, x.por_dia, x.totais)
            and x.conteudo_sha256 = (select conteudo_sha256 from selos where seq = x.seq))
    into vigentes, certo
    from extratos x cross join lateral (
        select jsonb_object_agg(t.tipo, coalesce((select sum((d ->> 3)::bigint) from jsonb_array_elements(x.por_dia) d
                                                  where d ->> 1 = t.tipo), 0)) as s
        from (values ('pagamento'), ('comissao'), ('gasto')) t (tipo)) somas
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
create constraint trigger conferir_fechamento after update on competencias
    deferrable initially deferred for each row execute function conferir_fechamento();
alter table competencias enable always trigger conferir_fechamento;
create constraint trigger conferir_fechamento after insert or update on extratos
    deferrable initially deferred for each row execute function conferir_fechamento();
alter table extratos enable always trigger conferir_fechamento;
