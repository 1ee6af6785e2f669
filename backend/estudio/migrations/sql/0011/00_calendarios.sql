-- Whoever logs in as an artista no longer, or as another, has the link to the agenda of that one in her phone.

set local search_path = estudio, pg_catalog;

create function encerrar_calendario_de() returns trigger
    language plpgsql set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    delete from calendarios where artista_id = old.artista_id;
    return null;
end
$$;
create trigger encerrar_calendario_de after update on usuarios
    for each row when (old.artista_id is not null
                       and ((old.ativo and not new.ativo) or old.papel <> new.papel
                            or old.artista_id is distinct from new.artista_id))
    execute function encerrar_calendario_de();
alter table usuarios enable always trigger encerrar_calendario_de;
