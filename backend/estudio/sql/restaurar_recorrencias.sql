-- What was decided about a draft, again and with its id, as the audit trail kept it.
insert into estudio.recorrencias (id, recorrente_id, mes, gasto_id, em, por)
overriding system value
select id, recorrente_id, mes, gasto_id, em, por
from jsonb_populate_record(cast(null as estudio.recorrencias), cast(:antes as jsonb))
