-- What the app's role may do with them: a decision is made or taken back, and never changed.

set local search_path = estudio, pg_catalog;

grant select, insert, update on recorrentes to estudio_app;
grant select, insert, delete on recorrencias to estudio_app;
grant select on sequence recorrentes_id_seq, recorrencias_id_seq to estudio_app;
