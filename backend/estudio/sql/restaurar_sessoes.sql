-- A sessão that was deleted, again and with its id, as the audit trail kept it.
insert into estudio.sessoes (id, data, cliente_id, artista_id, valor_centavos, observacoes, status, payment_id, payment_mes, google_event_id, importacao_id, criado_em, criado_por, versao, hora, duracao_minutos)
overriding system value
select id, data, cliente_id, artista_id, valor_centavos, observacoes, status, payment_id, payment_mes, google_event_id, importacao_id, criado_em, criado_por, versao, hora, duracao_minutos
from jsonb_populate_record(cast(null as estudio.sessoes), cast(:antes as jsonb))
