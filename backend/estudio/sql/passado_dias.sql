-- The days of one kind, each with the digest of its lines, as `contar_dias` has them.
select '{tipo}' as tipo, l.dia, null::bigint as artista, null::text as forma, null::text as codigo,
       count(*) as quantos, sum(l.valor)::bigint as total,
       encode(sha256(convert_to(string_agg(l.linha, e'\n' order by l.id), 'UTF8')), 'hex') as sha256
from {tipo}_contados l group by l.dia
