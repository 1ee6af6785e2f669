-- A comissão that was deleted, again and with its id, as the audit trail kept it.
insert into estudio.comissoes (id, pagamento_id, mes, artista_id, percentual, valor_centavos, observacoes, importacao_id, criado_em, versao)
overriding system value
select id, pagamento_id, mes, artista_id, percentual, valor_centavos, observacoes, importacao_id, criado_em, versao
from jsonb_populate_record(cast(null as estudio.comissoes), cast(:antes as jsonb))
