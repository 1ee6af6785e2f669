-- What the app's role may do with them: make what is missing, and say why it was not made.

set local search_path = estudio, pg_catalog;

grant select, insert on documentos to estudio_app;
grant select on sequence documentos_id_seq to estudio_app;
grant select, insert, update, delete on documentos_falhas to estudio_app;
