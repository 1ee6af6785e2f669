-- One person who is due: nobody else gets them until :ate. Who is quicker by a moment has them, and the other nobody.
insert into estudio.lembretes as l (usuario_id, dia, proxima_em)
select u.id, :hoje, :ate from estudio.usuarios u left join estudio.lembretes l on l.usuario_id = u.id
where u.ativo and u.lembretes and (
    l.usuario_id is null or l.dia < cast(:hoje as date) or l.dia > cast(:hoje as date) + 1
    or (l.dia = cast(:hoje as date) and l.terminado_em is null
        and (l.proxima_em <= :agora or l.proxima_em > :longe)))
order by u.id limit 1
on conflict (usuario_id) do update
set dia = excluded.dia, proxima_em = excluded.proxima_em, terminado_em = null,
    tentativas = case when l.dia = excluded.dia then l.tentativas + 1 else 1 end
where l.dia <> excluded.dia or (l.terminado_em is null and (l.proxima_em <= :agora or l.proxima_em > :longe))
returning usuario_id, dia, tentativas
