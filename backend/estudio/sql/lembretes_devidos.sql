-- Whether somebody is still to be reminded of this day. One of a day after tomorrow was written by a clock that was ahead.
select exists (
    select from estudio.usuarios u left join estudio.lembretes l on l.usuario_id = u.id
    where u.ativo and u.lembretes and (
        l.usuario_id is null or l.dia < cast(:hoje as date) or l.dia > cast(:hoje as date) + 1
        or (l.dia = cast(:hoje as date) and l.terminado_em is null
            and (l.proxima_em <= :agora or l.proxima_em > :longe))))
