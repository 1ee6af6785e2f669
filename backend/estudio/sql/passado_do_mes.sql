-- Whether an event `{evento}` put a row into the month, changed one of it or took one out; as the indexes of 0015 have it.
coalesce({evento}.antes ->> 'mes', {evento}.antes ->> 'payment_mes', "left"({evento}.antes ->> 'data', 7) || '-01') = :chave
or coalesce({evento}.depois ->> 'mes', {evento}.depois ->> 'payment_mes', "left"({evento}.depois ->> 'data', 7) || '-01') = :chave
