-- By which an artista is sent a link, where it is known.

set local search_path = estudio, pg_catalog;

alter table artistas add column telefone text constraint artistas_telefone check (length(telefone) between 1 and 40);
