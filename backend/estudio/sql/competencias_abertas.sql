-- The open months that hold something (of the books, or a sessão that nobody paid) and the current one.
select mes
from estudio.competencias c
where estado = 'aberta'
  and (mes = %(hoje)s
       or mes in (select estudio.meses_com_lancamentos())
       or exists (select from estudio.sessoes
                  where payment_id is null and data >= c.mes and data < c.mes + interval '1 month'))
order by mes desc
