-- A page of the rows of one kind, newest first.
with {registros}
select {colunas} from ({linhas}) l
where {de_um} and {depois_de}
order by l.dia desc, l.lugar desc, l.filho desc
limit :limite
