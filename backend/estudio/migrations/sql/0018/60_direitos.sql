-- What the app's role may do with them.
set local search_path = estudio, pg_catalog;

grant select, insert, update on lembretes to estudio_app;
