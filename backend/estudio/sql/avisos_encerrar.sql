-- What became of an aviso whose deliveries are over: one that reached anybody was delivered.
update estudio.avisos a set
    tentativas = (select max(e.tentativas) from estudio.aviso_entregas e where e.aviso_id = a.id),
    estado = case
        when exists (select from estudio.aviso_entregas e where e.aviso_id = a.id and e.estado = 'pendente') then a.estado
        when exists (select from estudio.aviso_entregas e where e.aviso_id = a.id and e.estado = 'entregue')
            then 'entregue'
        else 'falhou' end
where a.id = :aviso and a.estado = 'pendente'
