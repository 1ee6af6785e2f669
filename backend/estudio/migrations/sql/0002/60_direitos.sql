-- What the app's role may do with them.

set local search_path = estudio, pg_catalog;

grant select, insert, delete on acessos, convites to estudio_app;
grant select, insert, update, delete on tentativas to estudio_app;
grant select on sequence acessos_id_seq to estudio_app;   -- as of the others: doctor sees whether the numbering fell behind
