-- A gasto that was deleted, again and with its id, as the audit trail kept it (its month is generated).
insert into estudio.gastos (id, data, valor_centavos, descricao, categoria, forma, importacao_id, criado_em, criado_por, versao)
overriding system value
select id, data, valor_centavos, descricao, categoria, forma, importacao_id, criado_em, criado_por, versao
from jsonb_populate_record(cast(null as estudio.gastos), cast(:antes as jsonb))
