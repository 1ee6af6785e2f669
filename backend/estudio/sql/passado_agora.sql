-- The same of now.
{nome}_registros as (select r.* from estudio.{tabela} r where {periodo})
