-- What the app's role may do with them.

set local search_path = estudio, pg_catalog;

grant select, insert, delete on links to estudio_app;
grant select, insert, update, delete on pins, turnos to estudio_app;
-- As of the others: doctor sees whether the numbering fell behind.
grant select on sequence links_id_seq, pins_id_seq, turnos_id_seq to estudio_app;
