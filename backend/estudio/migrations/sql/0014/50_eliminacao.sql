-- Whoever is erased goes from what was said about them: of the lines that are theirs, and wherever their name stands.

set local search_path = estudio, pg_catalog;

create function apagar_respostas() returns trigger
    language plpgsql security definer set search_path = estudio, pg_catalog, pg_temp as
$$
begin
    -- Entered before the name itself goes.
    update demonstrativo_respostas r set texto = texto_eliminado()
    where r.texto is not null and r.texto <> texto_eliminado()
      and (exists (select from demonstrativo_respostas c
                   where c.id in (r.id, r.responde_a)
                     and ((c.linha_tipo = 'pagamento'
                           and exists (select from pagamentos p where p.id = c.linha_id and p.cliente_id = new.cliente_id))
                          or (c.linha_tipo = 'sessao'
                              and exists (select from sessoes s where s.id = c.linha_id and s.cliente_id = new.cliente_id))))
           or exists (select from clientes k where k.id = new.cliente_id and length(k.nome) > 2
                      and strpos(lower(r.texto), lower(k.nome)) > 0));
    return null;
end
$$;
create trigger apagar_respostas after insert on titulares_eliminados
    for each row execute function apagar_respostas();
alter table titulares_eliminados enable always trigger apagar_respostas;
