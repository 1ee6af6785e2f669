-- Take the next delivery that is due (see avisos_devidos): put off until :ate, and counted. Nobody waits for another.
update estudio.aviso_entregas t set proxima_em = :ate, tentativas = t.tentativas + 1
from estudio.avisos a
where a.id = t.aviso_id and t.id = (
    select e.id from estudio.aviso_entregas e join estudio.avisos d on d.id = e.aviso_id
    where e.estado = 'pendente' and d.estado = 'pendente' and (e.proxima_em <= :agora or e.proxima_em > :longe)
      and (e.urgente or not :quieto)
    order by e.urgente desc, e.id limit 1 for update of e skip locked
)
returning t.id, t.aviso_id, t.destino, t.tentativas, a.evento, a.tipo, a.dados, a.criado_em
