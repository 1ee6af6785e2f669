-- Each artista's statement of a closed month: handed over by a secret link, and what the artista says to it.

set local search_path = estudio, pg_catalog;

-- A version as one artista was shown it. The rows of a version that is replaced leave the books, and these stay. Numbers
-- and codes only, as in the seal; names stand in extrato_nomes.
create table demonstrativos (
    id         bigint generated always as identity primary key,
    extrato_id bigint not null constraint demonstrativos_extrato_fk references extratos on delete restrict,
    artista_id bigint not null constraint demonstrativos_artista_fk references artistas on delete restrict,
    linhas     jsonb not null,
    criado_em  timestamptz not null default clock_timestamp(),
    constraint demonstrativos_um_por_artista unique (extrato_id, artista_id)
);
create index demonstrativos_artista on demonstrativos (artista_id);

-- The key is kept as its sha256 alone; one for each statement, and a new one takes the place of the old.
create table demonstrativo_links (
    id               bigint generated always as identity primary key,
    demonstrativo_id bigint not null constraint demonstrativo_links_demonstrativo_fk references demonstrativos on delete restrict
                     constraint demonstrativo_links_um unique,
    chave_sha256     text not null constraint demonstrativo_links_chave_unica unique
                     constraint demonstrativo_links_chave check (chave_sha256 ~ '^[0-9a-f]{64}$'),
    criado_em        timestamptz not null default clock_timestamp(),
    expira_em        timestamptz not null
);
create index demonstrativo_links_validade on demonstrativo_links (expira_em);

-- What was said to a statement, one after the other; nothing that was said goes.
create table demonstrativo_respostas (
    id               bigint generated always as identity primary key,
    demonstrativo_id bigint not null constraint demonstrativo_respostas_demonstrativo_fk
                     references demonstrativos on delete restrict,
    tipo             text not null constraint demonstrativo_respostas_tipo
                     check (tipo in ('de_acordo', 'contestacao', 'resolucao')),
    linha_tipo       text constraint demonstrativo_respostas_linha_tipo check (linha_tipo in ('pagamento', 'sessao', 'acerto')),
    linha_id         bigint,
    texto            text constraint demonstrativo_respostas_texto check (length(texto) between 1 and 2000),
    responde_a       bigint constraint demonstrativo_respostas_responde_a_fk references demonstrativo_respostas on delete restrict
                     constraint demonstrativo_respostas_uma_resolucao unique,
    via              text not null constraint demonstrativo_respostas_via check (via in ('link', 'conta')),
    quem             bigint constraint demonstrativo_respostas_quem_fk references usuarios on delete restrict,
    em               timestamptz not null default clock_timestamp(),
    constraint demonstrativo_respostas_linha check ((linha_tipo is null) = (linha_id is null)),
    constraint demonstrativo_respostas_linha_de_contestacao check (linha_tipo is null or tipo = 'contestacao'),
    constraint demonstrativo_respostas_tem_texto check ((tipo = 'de_acordo') = (texto is null)),
    constraint demonstrativo_respostas_responde check ((tipo = 'resolucao') = (responde_a is not null)),
    constraint demonstrativo_respostas_quem_da_conta check (via = 'conta' or quem is null)
);
create index demonstrativo_respostas_demonstrativo on demonstrativo_respostas (demonstrativo_id, id);
