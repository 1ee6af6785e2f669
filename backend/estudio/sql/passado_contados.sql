-- The rows of one kind as they are counted: by whose they are and by their codes, with the line that is sealed.
{tipo}_contados as materialized (
    select l.id, l.dia, l.valor, cast({artista} as bigint) as artista, cast({forma} as text) as forma,
           cast({codigo} as text) as codigo, {selada} as linha
    from ({linhas}) l
)
