-- What the app's role may do. It owns nothing; the state of a month changes only through four functions.

set local search_path = estudio, pg_catalog;

revoke all on schema estudio from public;

grant usage on schema estudio to estudio_app;
grant select on all tables in schema estudio to estudio_app;
grant select on all sequences in schema estudio to estudio_app;   -- doctor sees whether the numbering fell behind
grant insert, update, delete on pagamentos, comissoes, sessoes, gastos to estudio_app;
grant insert, update on identidade, artistas, usuarios, clientes, formas, categorias, itens, backups, execucoes,
    execucao_passos, avisos, importacoes to estudio_app;
grant insert, delete on importacao_linhas to estudio_app;
grant insert on movimentos to estudio_app;
grant insert, update, delete on idempotencia to estudio_app;
grant delete on clientes, artistas, itens to estudio_app;      -- an import that is undone takes its people along
revoke insert on identidade from estudio_app;

-- An import numbers its rows before it copies them in.
grant usage on sequence pagamentos_id_seq, comissoes_id_seq, sessoes_id_seq, gastos_id_seq, clientes_id_seq,
    artistas_id_seq to estudio_app;

grant execute on function prontidao(date, date), contar_dias(date), contar_totais(date), contar_competencia(date),
    calcular_conteudo(date, jsonb, jsonb), sha256_hex(text), contexto(text), numero_do_mes(date),
    travar_competencia(date),
    fechar_competencia(date, date, uuid, bigint, jsonb, jsonb),
    refechar_competencia(date, date, uuid, bigint, text, jsonb, jsonb),
    reabrir_competencia(date, uuid, bigint, text),
    selar_competencia(date, uuid, bigint, text) to estudio_app;
