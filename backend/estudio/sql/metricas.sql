-- One row of everything that `/metrics` says of the books; instants in seconds since 1970, null where there is none.
select
    extract(epoch from (select max(x.fechado_em) from estudio.extratos x where x.estado = 'vigente')) as ultimo_fechamento,
    extract(epoch from (select max(verificado_em) from estudio.backups where tipo = 'mes' and apagado_em is null))
        as backup_do_mes,
    extract(epoch from (select max(verificado_em) from estudio.backups where tipo = 'completo' and apagado_em is null))
        as backup_completo,
    extract(epoch from (select max(ensaiado_em) from estudio.backups where apagado_em is null)) as ensaio,
    (select count(*) from estudio.selos) as elos,
    (select count(*) from estudio.avisos where estado = 'pendente') as avisos_pendentes,
    (select count(*) from estudio.avisos where estado = 'falhou') as avisos_falhos,
    pg_database_size(current_database()) as banco_bytes,
    (select count(*) from pg_stat_activity where datname = current_database()) as conexoes
