-- Acertos are rows of the books: guarded and audited as gastos are.

set local search_path = estudio, pg_catalog;

create trigger guard_insert after insert on acertos referencing new table as depois
    for each statement execute function guard_insert();
create trigger guard_update after update on acertos referencing old table as antes new table as depois
    for each statement execute function guard_update();
create trigger guard_delete after delete on acertos referencing old table as antes
    for each statement execute function guard_delete();
create trigger guard_truncate before truncate on acertos
    for each statement execute function refuse_truncate();
alter table acertos enable always trigger guard_insert;
alter table acertos enable always trigger guard_update;
alter table acertos enable always trigger guard_delete;
alter table acertos enable always trigger guard_truncate;

create trigger audit_insert after insert on acertos referencing new table as depois
    for each statement execute function auditar_insert();
create trigger audit_update after update on acertos referencing old table as antes new table as depois
    for each statement execute function auditar_update();
create trigger audit_delete after delete on acertos referencing old table as antes
    for each statement execute function auditar_delete();
alter table acertos enable always trigger audit_insert;
alter table acertos enable always trigger audit_update;
alter table acertos enable always trigger audit_delete;

create trigger contar_versao before update on acertos for each row execute function contar_versao();
