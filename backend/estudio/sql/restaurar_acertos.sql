-- An acerto that was deleted, again and with its id, as the audit trail kept it (its month is generated).
insert into estudio.acertos (id, data, artista_id, tipo, valor_centavos, forma, motivo, pagamento_id, pago_centavos, importacao_id, criado_em, criado_por, versao)
overriding system value
select id, data, artista_id, tipo, valor_centavos, forma, motivo, pagamento_id, pago_centavos, importacao_id, criado_em, criado_por, versao
from jsonb_populate_record(cast(null as estudio.acertos), cast(:antes as jsonb))
