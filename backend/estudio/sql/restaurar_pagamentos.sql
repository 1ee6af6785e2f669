-- A payment that was deleted, again and with its id, as the audit trail kept it (its month is generated).
insert into estudio.pagamentos (id, data, valor_centavos, forma, artista_id, cliente_id, percentual, observacoes, google_event_id, estorno_de, importacao_id, criado_em, criado_por, versao)
overriding system value
select id, data, valor_centavos, forma, artista_id, cliente_id, percentual, observacoes, google_event_id, estorno_de, importacao_id, criado_em, criado_por, versao
from jsonb_populate_record(cast(null as estudio.pagamentos), cast(:antes as jsonb))
