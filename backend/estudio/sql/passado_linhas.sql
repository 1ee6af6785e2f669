-- The rows of one kind, in order of day and id.
with {registros}
select r.id, {dia} as dia_contado, r.valor_centavos, {colunas}
from r_registros r {pai}
where {dia} >= :inicio and {dia} < :fim {de_quem}
order by dia_contado, r.id
