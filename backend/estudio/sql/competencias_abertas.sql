-- The open months that hold something (a pagamento, a gasto, an acerto, or a sessão that nobody paid) and the current one.
select mes
from estudio.competencias c
where estado = 'aberta'
  and (mes = %(hoje)s
       or exists (select from estudio.pagamentos where data >= c.mes and data < c.mes + interval '1 month')
       or exists (select from estudio.gastos where data >= c.mes and data < c.mes + interval '1 month')
       or exists (select from estudio.acertos where data >= c.mes and data < c.mes + interval '1 month')
       or exists (select from estudio.sessoes
                  where payment_id is null and data >= c.mes and data < c.mes + interval '1 month'))
order by mes desc
