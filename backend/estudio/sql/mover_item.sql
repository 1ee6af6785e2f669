-- One movement of an item in one statement: the quantity and its record together, or neither. Two at once both count,
-- because the second waits for the row and adds to what the first left. No row comes back when it would fall below
-- zero, rise above what a quantity holds, or when there is no such item.
with movido as (
    update estudio.itens set quantidade = quantidade + :delta
    where id = :item_id and quantidade + :delta between 0 and 1000000000
    returning id, quantidade
)
insert into estudio.movimentos (item_id, delta, saldo, motivo, por)
select id, :delta, quantidade, :motivo, :por from movido
returning id
