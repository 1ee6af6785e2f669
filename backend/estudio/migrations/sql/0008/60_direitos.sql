-- What the app's role may do with them.

set local search_path = estudio, pg_catalog;

grant select, insert, update, delete on fichas to estudio_app;
grant select on sequence fichas_id_seq to estudio_app;   -- as of the others: doctor sees whether the numbering fell behind
