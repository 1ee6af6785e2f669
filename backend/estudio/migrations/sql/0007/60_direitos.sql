-- What the app's role may do with them.

set local search_path = estudio, pg_catalog;

grant select, insert, delete on codigos_de_recuperacao, desafios, etapas to estudio_app;
grant select, insert, update, delete on segundos_fatores, chaves_de_acesso, provas to estudio_app;
grant select on sequence segundos_fatores_id_seq, codigos_de_recuperacao_id_seq, chaves_de_acesso_id_seq
    to estudio_app;   -- as of the others: doctor sees whether the numbering fell behind
