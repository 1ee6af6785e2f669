-- What the app's role may do with them: as with the other books.

set local search_path = estudio, pg_catalog;

grant select, insert, update, delete on acertos to estudio_app;
grant select on sequence acertos_id_seq to estudio_app;
-- An import numbers its rows before it copies them in.
grant usage on sequence acertos_id_seq to estudio_app;
