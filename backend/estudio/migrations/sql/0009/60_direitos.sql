-- What the app's role may do with them.

set local search_path = estudio, pg_catalog;

grant select on titulares_eliminados, backups_reescritos to estudio_app;
grant insert on backups_reescritos to estudio_app;
grant execute on function eliminar_titular(bigint, text, bigint), eliminar_de_novo(), instante(timestamptz) to estudio_app;
