-- What the rows of one kind come to, by whose they are and by their codes.
select '{tipo}' as tipo, null::date as dia, l.artista, l.forma, l.codigo,
       count(*) as quantos, sum(l.valor)::bigint as total, null::text as sha256
from {tipo}_contados l group by l.artista, l.forma, l.codigo
