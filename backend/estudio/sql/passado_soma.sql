-- What the rows of one kind come to, in centavos.
with {registros}
select coalesce(sum(l.valor), 0)::bigint from ({linhas}) l where {de_um}
