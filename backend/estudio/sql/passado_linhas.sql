-- The rows of one kind: the columns of a Registro, and the place of each in its list (a day, a pagamento, what hangs on it).
select r.id, {dia} as dia, r.valor_centavos as valor, {colunas}, {lugar} as lugar, {filho} as filho
from {nome}_registros r {pai}
where {dia} >= :inicio and {dia} < :fim {de_quem}
