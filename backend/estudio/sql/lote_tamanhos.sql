-- How many rows of each kind a month has: pagamentos, sessões, comissões, gastos, acertos.
select (select count(*) from estudio.pagamentos where data >= %(inicio)s and data < %(fim)s),
       (select count(*) from estudio.sessoes where payment_mes = %(inicio)s),
       (select count(*) from estudio.comissoes where mes = %(inicio)s),
       (select count(*) from estudio.gastos where data >= %(inicio)s and data < %(fim)s),
       (select count(*) from estudio.acertos where data >= %(inicio)s and data < %(fim)s)
