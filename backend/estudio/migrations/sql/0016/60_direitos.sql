-- The program works jobs and owns none of this. The library's functions name their tables without the schema: they are
-- told where those are, so that a job can be put into the queue by the transaction that it belongs to, whose search_path
-- is that of the books.
set local search_path = estudio, pg_catalog;

grant insert, update, delete on rodadas to estudio_app;
grant select on rodadas to estudio_app;
grant select on sequence rodadas_id_seq to estudio_app;

do $$
declare
    funcao regprocedure;
begin
    for funcao in select oid::regprocedure from pg_proc where pronamespace = 'tarefas'::regnamespace loop
        execute format('alter function %s set search_path = tarefas, pg_temp', funcao);
        execute format('revoke all on function %s from public', funcao);
    end loop;
end
$$;

revoke all on schema tarefas from public;
grant usage on schema tarefas to estudio_app;
grant select, insert, update, delete on tarefas.procrastinate_jobs, tarefas.procrastinate_workers to estudio_app;
grant select, insert on tarefas.procrastinate_events to estudio_app;
-- A job that is deleted is unlinked from the library's own schedule, which nothing of ours writes.
grant select, update on tarefas.procrastinate_periodic_defers to estudio_app;
grant usage on sequence tarefas.procrastinate_jobs_id_seq, tarefas.procrastinate_events_id_seq to estudio_app;
grant select on all sequences in schema tarefas to estudio_app;

grant execute on function
    tarefas.procrastinate_defer_jobs_v1(tarefas.procrastinate_job_to_defer_v1[]),
    tarefas.procrastinate_fetch_job_v2(varchar[], bigint),
    tarefas.procrastinate_finish_job_v1(bigint, tarefas.procrastinate_job_status, boolean),
    tarefas.procrastinate_cancel_job_v1(bigint, boolean, boolean),
    tarefas.procrastinate_retry_job_v2(bigint, timestamptz, integer, varchar, varchar),
    tarefas.procrastinate_register_worker_v1(),
    tarefas.procrastinate_unregister_worker_v1(bigint),
    tarefas.procrastinate_update_heartbeat_v1(bigint),
    tarefas.procrastinate_prune_stalled_workers_v1(double precision) to estudio_app;
