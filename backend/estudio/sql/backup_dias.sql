-- The days of a month that have payments: how many, and between which ids.
select data, count(*), min(id), max(id) from estudio.pagamentos
where data >= %(de)s and data < %(ate)s group by data order by data
