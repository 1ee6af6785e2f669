-- Whether there is an aviso without deliveries, or a delivery that is due: what waits for its address, urgent in quiet
-- hours, and nothing of a restored studio's past. What is further ahead than any pause was written by another clock.
select exists (
    select from estudio.avisos a
    where a.estado = 'pendente' and not exists (select from estudio.aviso_entregas n where n.aviso_id = a.id)
) or exists (
    select from estudio.aviso_entregas e join estudio.avisos a on a.id = e.aviso_id
    where e.estado = 'pendente' and a.estado = 'pendente' and (e.proxima_em <= :agora or e.proxima_em > :longe)
      and (e.urgente or not :quieto)
)
