-- What the app's role may do with them.

set local search_path = estudio, pg_catalog;

grant select, insert, delete on calendarios to estudio_app;
grant select on sequence calendarios_id_seq to estudio_app;   -- as of the others: doctor sees whether the numbering fell behind
