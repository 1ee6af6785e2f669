-- What the app's role may do with them: a logo is put there and, when nothing names it, taken away; it never changes.

set local search_path = estudio, pg_catalog;

grant select, insert, delete on logotipos to estudio_app;
