-- What the app's role may do with them.

set local search_path = estudio, pg_catalog;

grant select, insert on demonstrativos, demonstrativo_respostas to estudio_app;
grant select, insert, delete on demonstrativo_links to estudio_app;
-- As of the others: doctor sees whether the numbering fell behind.
grant select on sequence demonstrativos_id_seq, demonstrativo_links_id_seq, demonstrativo_respostas_id_seq,
    citacoes_id_seq to estudio_app;
-- What was found is read; it is decided by the owner's function.
grant select on citacoes to estudio_app;
grant execute on function decidir_citacao(bigint, boolean, bigint) to estudio_app;
