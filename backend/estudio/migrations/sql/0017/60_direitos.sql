-- What the app's role may do with them. What was told is not untold: no delivery is deleted.
set local search_path = estudio, pg_catalog;

grant select, insert, update on aviso_entregas to estudio_app;
grant select, insert, update, delete on alarmes to estudio_app;
grant select on sequence aviso_entregas_id_seq to estudio_app;
