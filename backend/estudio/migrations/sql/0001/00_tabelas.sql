-- The tables of the studio. Money is integer centavos, percentages are hundredths, dates are the studio's
-- business days between 2000 and 2099 (which also keeps infinity out). Every constraint has a name, because
-- the name decides which sentence a person reads when it is broken.

create schema if not exists estudio;
set local search_path = estudio, pg_catalog;

create extension if not exists pg_trgm with schema estudio;

-- PostgreSQL grants EXECUTE to everybody by default; here a function is for its owner until 60_direitos says otherwise.
alter default privileges revoke execute on functions from public;

-- Which studio this is: a backup names it, so that another studio's file is never taken for ours.
create table identidade (
    unica      boolean primary key default true constraint identidade_unica check (unica),
    estudio_id uuid not null default gen_random_uuid(),
    nome       text not null default 'Estúdio' constraint identidade_nome check (length(nome) between 1 and 200),
    criado_em  timestamptz not null default clock_timestamp()
);
insert into identidade default values;

-- Filled ahead: a row made by the first write deadlocks two writers and hides data from the closer.
create table competencias (
    mes    date primary key constraint competencias_primeiro_dia check (extract(day from mes) = 1),
    estado text not null default 'aberta'
           constraint competencias_estado check (estado in ('aberta', 'vazia', 'fechada', 'selada'))
);
insert into competencias (mes)
select generate_series('2000-01-01'::timestamp, '2099-12-01', '1 month')::date;

create table formas (
    codigo text primary key constraint formas_codigo check (codigo ~ '^[a-z0-9_]{1,30}$'),
    rotulo text not null constraint formas_rotulo_unico unique
           constraint formas_rotulo check (length(rotulo) between 1 and 60),
    ordem  integer not null default 100,
    ativa  boolean not null default true
);
insert into formas (codigo, rotulo, ordem) values
    ('dinheiro', 'Dinheiro', 1), ('pix', 'Pix', 2), ('credito', 'Cartão de Crédito', 3),
    ('debito', 'Cartão de Débito', 4), ('transferencia', 'Transferência', 5), ('outros', 'Outros', 6);

create table categorias (
    codigo text primary key constraint categorias_codigo check (codigo ~ '^[a-z0-9_]{1,30}$'),
    rotulo text not null constraint categorias_rotulo_unico unique
           constraint categorias_rotulo check (length(rotulo) between 1 and 60),
    ordem  integer not null default 100,
    ativa  boolean not null default true
);
insert into categorias (codigo, rotulo, ordem) values
    ('material', 'Material', 1), ('aluguel', 'Aluguel', 2), ('contas', 'Água, luz e internet', 3),
    ('equipamento', 'Equipamento', 4), ('marketing', 'Divulgação', 5), ('impostos', 'Impostos e taxas', 6),
    ('limpeza', 'Limpeza', 7), ('outros', 'Outros', 99);

create table artistas (
    id         bigint generated always as identity primary key,
    nome       text not null constraint artistas_nome check (length(nome) between 1 and 10000),
    nome_busca text not null constraint artistas_nome_busca check (nome_busca <> ''),
    email      text constraint artistas_email check (length(email) between 3 and 254),
    percentual integer not null default 0 constraint artistas_percentual check (percentual between 0 and 10000),
    ativo      boolean not null default true,
    criado_em  timestamptz not null default clock_timestamp(),
    versao     integer not null default 1
);
create unique index artistas_email_unico on artistas (lower(email));
create index artistas_nome_busca_exata on artistas using hash (nome_busca);

create table usuarios (
    id         bigint generated always as identity primary key,
    nome       text not null constraint usuarios_nome check (length(nome) between 1 and 200),
    email      text not null constraint usuarios_email check (length(email) between 3 and 254),
    papel      text not null constraint usuarios_papel check (papel in ('dono', 'recepcao', 'artista', 'contador')),
    artista_id bigint constraint usuarios_artista_fk references artistas on delete restrict,
    ativo      boolean not null default true,
    senha_hash text constraint usuarios_senha_hash check (senha_hash like '$argon2id$%'),
    criado_em  timestamptz not null default clock_timestamp(),
    versao     integer not null default 1,
    constraint usuarios_artista_tem_artista check (papel <> 'artista' or artista_id is not null)
);
create unique index usuarios_email_unico on usuarios (lower(email));

create table clientes (
    id          bigint generated always as identity primary key,
    nome        text not null constraint clientes_nome check (length(nome) between 1 and 10000),
    nome_busca  text not null constraint clientes_nome_busca check (nome_busca <> ''),
    telefone    text constraint clientes_telefone check (length(telefone) between 1 and 40),
    -- So that 987654 finds (11) 98765-4321. Stored: an area code finds half of the clients, each of whom would be cleaned.
    telefone_digitos text generated always as (regexp_replace(telefone, '[^0-9]', '', 'g')) stored,
    email       text constraint clientes_email check (length(email) between 3 and 254),
    observacoes text constraint clientes_observacoes check (length(observacoes) between 1 and 20000),
    -- A merge never rewrites payments (a closed month would change): the lesser client points to the other.
    fundido_em  bigint constraint clientes_fundido_fk references clientes on delete restrict,
    criado_em   timestamptz not null default clock_timestamp(),
    versao      integer not null default 1,
    constraint clientes_fundido_em_outro check (fundido_em <> id)
);
-- A hash index takes a name of any length; a b-tree refuses one of more than 2 700 bytes.
create index clientes_nome_busca_exata on clientes using hash (nome_busca);
create index clientes_nome_busca_trigramas on clientes using gin (nome_busca gin_trgm_ops);
create index clientes_telefone_trigramas on clientes using gin (telefone_digitos gin_trgm_ops);
create index clientes_nome_paginas on clientes (left(nome_busca, 100), id);
create index clientes_fundido on clientes (fundido_em) where fundido_em is not null;

create table importacoes (
    id           bigint generated always as identity primary key,
    origem       text not null constraint importacoes_origem check (length(origem) between 1 and 100),
    arquivo      text not null constraint importacoes_arquivo check (length(arquivo) between 1 and 1000),
    sha256       text not null constraint importacoes_sha256 check (sha256 ~ '^[0-9a-f]{64}$'),
    contagens    jsonb not null default '{}',
    feita_em     timestamptz not null default clock_timestamp(),
    feita_por    bigint constraint importacoes_feita_por_fk references usuarios on delete restrict,
    desfeita_em  timestamptz,
    desfeita_por bigint constraint importacoes_desfeita_por_fk references usuarios on delete restrict
);

create table pagamentos (
    id              bigint generated always as identity primary key,
    data            date not null constraint pagamentos_data check (data >= '2000-01-01' and data < '2100-01-01'),
    mes             date generated always as (date_trunc('month', data::timestamp)::date) stored
                    constraint pagamentos_mes_fk references competencias (mes),
    valor_centavos  bigint not null,
    forma           text not null constraint pagamentos_forma_fk references formas on delete restrict,
    artista_id      bigint not null constraint pagamentos_artista_fk references artistas on delete restrict,
    cliente_id      bigint constraint pagamentos_cliente_fk references clientes on delete restrict,
    -- The share that was decided: null is "nobody decided yet", 0 is "none".
    percentual      integer constraint pagamentos_percentual check (percentual between 0 and 10000),
    observacoes     text constraint pagamentos_observacoes check (length(observacoes) between 1 and 20000),
    google_event_id text constraint pagamentos_evento check (length(google_event_id) between 1 and 1024),
    estorno_de      bigint constraint pagamentos_estorno_fk references pagamentos (id) on delete restrict,
    importacao_id   bigint constraint pagamentos_importacao_fk references importacoes on delete restrict,
    criado_em       timestamptz not null default clock_timestamp(),
    criado_por      bigint constraint pagamentos_criado_por_fk references usuarios on delete restrict,
    versao          integer not null default 1,
    constraint pagamentos_valor check (
        case when estorno_de is null then valor_centavos between 1 and 999999999
             else valor_centavos between -999999999 and -1 end),
    constraint pagamentos_estorno_de_outro check (estorno_de <> id),
    constraint pagamentos_evento_unico unique (google_event_id),
    constraint pagamentos_id_mes unique (id, mes)         -- the month is part of the key: children follow it
);
create index pagamentos_paginas on pagamentos (data desc, id desc);
create index pagamentos_artista on pagamentos (artista_id, data desc, id desc);
create index pagamentos_forma on pagamentos (forma, data desc, id desc);
create index pagamentos_cliente on pagamentos (cliente_id, data desc, id desc);
create index pagamentos_estornos on pagamentos (estorno_de) where estorno_de is not null;
create index pagamentos_importacao on pagamentos (importacao_id) where importacao_id is not null;

create table comissoes (
    id             bigint generated always as identity primary key,
    pagamento_id   bigint not null,
    mes            date not null,
    artista_id     bigint not null constraint comissoes_artista_fk references artistas on delete restrict,
    percentual     integer not null constraint comissoes_percentual check (percentual between 1 and 10000),
    valor_centavos bigint not null constraint comissoes_valor check (valor_centavos between -999999999 and 999999999),
    observacoes    text constraint comissoes_observacoes check (length(observacoes) between 1 and 20000),
    importacao_id  bigint constraint comissoes_importacao_fk references importacoes on delete restrict,
    criado_em      timestamptz not null default clock_timestamp(),
    versao         integer not null default 1,
    constraint comissoes_pagamento_fk foreign key (pagamento_id, mes) references pagamentos (id, mes)
        on update cascade on delete cascade,
    constraint comissoes_uma_por_artista unique (pagamento_id, artista_id)
);
create index comissoes_mes on comissoes (mes, pagamento_id);
create index comissoes_artista on comissoes (artista_id, mes);
create index comissoes_importacao on comissoes (importacao_id) where importacao_id is not null;

create table sessoes (
    id              bigint generated always as identity primary key,
    data            date not null constraint sessoes_data check (data >= '2000-01-01' and data < '2100-01-01'),
    cliente_id      bigint constraint sessoes_cliente_fk references clientes on delete restrict,
    artista_id      bigint not null constraint sessoes_artista_fk references artistas on delete restrict,
    valor_centavos  bigint not null constraint sessoes_valor check (valor_centavos between 0 and 999999999),
    observacoes     text constraint sessoes_observacoes check (length(observacoes) between 1 and 20000),
    -- A label for people. Nothing is counted or listed by it.
    status          text not null default 'agendada' constraint sessoes_status
                    check (status in ('agendada', 'confirmada', 'realizada', 'cancelada', 'faltou')),
    payment_id      bigint,
    payment_mes     date,
    google_event_id text constraint sessoes_evento check (length(google_event_id) between 1 and 1024),
    importacao_id   bigint constraint sessoes_importacao_fk references importacoes on delete restrict,
    criado_em       timestamptz not null default clock_timestamp(),
    criado_por      bigint constraint sessoes_criado_por_fk references usuarios on delete restrict,
    versao          integer not null default 1,
    constraint sessoes_pagamento_fk foreign key (payment_id, payment_mes) references pagamentos (id, mes)
        match full on update cascade on delete set null,
    constraint sessoes_evento_unico unique (google_event_id)
);
create index sessoes_pagamento on sessoes (payment_id, payment_mes);
create index sessoes_mes on sessoes (payment_mes, payment_id) where payment_mes is not null;
create index sessoes_paginas on sessoes (data desc, id desc);
create index sessoes_artista on sessoes (artista_id, data desc, id desc);
create index sessoes_cliente on sessoes (cliente_id, data desc, id desc);
create index sessoes_pendentes on sessoes (data desc, id desc) where payment_id is null;
create index sessoes_importacao on sessoes (importacao_id) where importacao_id is not null;

create table gastos (
    id             bigint generated always as identity primary key,
    data           date not null constraint gastos_data check (data >= '2000-01-01' and data < '2100-01-01'),
    mes            date generated always as (date_trunc('month', data::timestamp)::date) stored
                   constraint gastos_mes_fk references competencias (mes),
    valor_centavos bigint not null constraint gastos_valor check (valor_centavos between 1 and 999999999),
    descricao      text not null constraint gastos_descricao check (length(descricao) between 1 and 20000),
    categoria      text constraint gastos_categoria_fk references categorias on delete restrict,
    forma          text not null constraint gastos_forma_fk references formas on delete restrict,
    importacao_id  bigint constraint gastos_importacao_fk references importacoes on delete restrict,
    criado_em      timestamptz not null default clock_timestamp(),
    criado_por     bigint constraint gastos_criado_por_fk references usuarios on delete restrict,
    versao         integer not null default 1
);
create index gastos_paginas on gastos (data desc, id desc);
create index gastos_categoria on gastos (categoria, data desc, id desc);
create index gastos_forma on gastos (forma, data desc, id desc);
create index gastos_importacao on gastos (importacao_id) where importacao_id is not null;

create table itens (
    id          bigint generated always as identity primary key,
    nome        text not null constraint itens_nome check (length(nome) between 1 and 200),
    quantidade  bigint not null default 0 constraint itens_quantidade check (quantidade between 0 and 1000000000),
    minimo      bigint not null default 6 constraint itens_minimo check (minimo >= 0),
    ordem       integer not null default 0,
    observacoes text constraint itens_observacoes check (length(observacoes) between 1 and 20000),
    ativo       boolean not null default true,
    criado_em   timestamptz not null default clock_timestamp(),
    versao      integer not null default 1
);
create table movimentos (
    id      bigint generated always as identity primary key,
    item_id bigint not null constraint movimentos_item_fk references itens on delete restrict,
    delta   bigint not null constraint movimentos_delta check (delta <> 0 and delta between -1000000000 and 1000000000),
    saldo   bigint not null constraint movimentos_saldo check (saldo >= 0),
    motivo  text constraint movimentos_motivo check (length(motivo) between 1 and 2000),
    em      timestamptz not null default clock_timestamp(),
    por     bigint constraint movimentos_por_fk references usuarios on delete restrict
);
create index movimentos_item on movimentos (item_id, id desc);

-- What an import brought: (origem, tipo, id_externo) is the identity of a row in the place it came from.
create table importacao_linhas (
    origem        text not null,
    tipo          text not null constraint importacao_linhas_tipo
                  check (tipo in ('pagamento', 'sessao', 'comissao', 'gasto', 'cliente', 'artista')),
    id_externo    text not null constraint importacao_linhas_externo check (length(id_externo) between 1 and 200),
    id_interno    bigint not null,
    importacao_id bigint not null constraint importacao_linhas_importacao_fk references importacoes on delete cascade,
    primary key (origem, tipo, id_externo)
);
create index importacao_linhas_importacao on importacao_linhas (importacao_id);

-- One deed per key: key, effect and answer are one transaction. usuario_id 0 is "no user" (command line).
create table idempotencia (
    usuario_id   bigint not null,
    chave        text not null constraint idempotencia_chave check (length(chave) between 8 and 200),
    rota         text not null,
    corpo_sha256 text not null constraint idempotencia_corpo check (corpo_sha256 ~ '^[0-9a-f]{64}$'),
    resultado    jsonb,
    criado_em    timestamptz not null default clock_timestamp(),
    primary key (usuario_id, chave)
);
create index idempotencia_idade on idempotencia (criado_em);

-- The chain: every closing, reopening and sealing appends one link; gapless, without forks.
create table selos (
    seq             bigint primary key constraint selos_seq check (seq >= 1),
    tipo            text not null constraint selos_tipo check (tipo in ('fechamento', 'reabertura', 'selagem')),
    mes             date not null constraint selos_mes_fk references competencias (mes),
    versao          integer not null constraint selos_versao check (versao >= 1),
    conteudo_sha256 text not null constraint selos_conteudo check (conteudo_sha256 ~ '^[0-9a-f]{64}$'),
    backup_sha256   text constraint selos_backup check (backup_sha256 ~ '^[0-9a-f]{64}$'),
    em              text not null constraint selos_em check (em ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$'),
    quem            bigint constraint selos_quem_fk references usuarios on delete restrict,
    anterior_sha256 text not null constraint selos_anterior_unico unique
                    constraint selos_anterior check (anterior_sha256 ~ '^[0-9a-f]{64}$'),
    selo_sha256     text not null constraint selos_selo_unico unique
                    constraint selos_selo check (selo_sha256 ~ '^[0-9a-f]{64}$'),
    motivo          text constraint selos_motivo check (length(motivo) between 1 and 2000),
    run_id          uuid not null
);

create table extratos (
    id              bigint generated always as identity primary key,
    mes             date not null constraint extratos_mes_fk references competencias (mes),
    versao          integer not null constraint extratos_versao check (versao >= 1),
    estado          text not null default 'vigente' constraint extratos_estado check (estado in ('vigente', 'substituido')),
    por_dia         jsonb not null,
    totais          jsonb not null,
    conteudo_sha256 text not null,
    seq             bigint not null constraint extratos_seq_unico unique
                    constraint extratos_selo_fk references selos (seq) on delete restrict,
    backup          jsonb,
    fechado_em      timestamptz not null,
    fechado_por     bigint constraint extratos_fechado_por_fk references usuarios on delete restrict,
    run_id          uuid not null constraint extratos_run_unico unique,
    constraint extratos_mes_versao unique (mes, versao)
);
create unique index extratos_um_vigente on extratos (mes) where estado = 'vigente';

-- Names as they stood when the month was sealed: beside the seal, never in it, so that erasing a person breaks none.
create table extrato_nomes (
    extrato_id bigint not null constraint extrato_nomes_extrato_fk references extratos on delete restrict,
    tipo       text not null constraint extrato_nomes_tipo
               check (tipo in ('artista', 'cliente', 'forma', 'categoria', 'usuario')),
    chave      text not null,
    nome       text not null,
    primary key (extrato_id, tipo, chave)
);

-- One attempt at a closing (or reopening, sealing). Written on a connection of its own, so that a failure is
-- remembered and progress is seen; it proves nothing: competencias and extratos do.
create table execucoes (
    id              bigint generated always as identity primary key,
    run_id          uuid not null constraint execucoes_run_unico unique,
    acao            text not null constraint execucoes_acao check (acao in ('fechamento', 'reabertura', 'selagem')),
    mes             date not null constraint execucoes_mes_fk references competencias (mes),
    origem          text not null,
    quem            bigint constraint execucoes_quem_fk references usuarios on delete restrict,
    maquina         text not null,
    pid             integer not null,
    iniciada_em     timestamptz not null default clock_timestamp(),
    terminada_em    timestamptz,
    etapa           text not null default 'inicio',
    lote            integer not null default 0,
    lotes           integer,
    registros       bigint not null default 0,
    registros_total bigint,
    xid             text,
    desfecho        text constraint execucoes_desfecho
                    check (desfecho in ('fechado', 'sem_dados', 'recusado', 'falhou', 'interrompido', 'reaberto', 'selado')),
    codigo          text,
    mensagem        text,
    extrato_id      bigint constraint execucoes_extrato_fk references extratos on delete restrict,
    constraint execucoes_terminada check ((desfecho is null) = (terminada_em is null))
);
create index execucoes_mes on execucoes (mes, id desc);
create index execucoes_correndo on execucoes (id) where desfecho is null;

create table execucao_passos (
    execucao_id bigint not null constraint execucao_passos_execucao_fk references execucoes on delete cascade,
    ordem       integer not null,
    etapa       text not null,
    iniciado_em timestamptz not null default clock_timestamp(),
    ms          bigint,
    registros   bigint,
    detalhe     text,
    primary key (execucao_id, ordem)
);

create table backups (
    id              bigint generated always as identity primary key,
    tipo            text not null constraint backups_tipo check (tipo in ('mes', 'completo')),
    mes             date constraint backups_mes_fk references competencias (mes),
    arquivo         text not null,
    bytes           bigint not null constraint backups_bytes check (bytes >= 0),
    sha256          text not null constraint backups_sha256 check (sha256 ~ '^[0-9a-f]{64}$'),
    conteudo_sha256 text constraint backups_conteudo check (conteudo_sha256 ~ '^[0-9a-f]{64}$'),
    criado_em       timestamptz not null default clock_timestamp(),
    verificado_em   timestamptz,
    ensaiado_em     timestamptz,
    resultado       text,
    apagado_em      timestamptz,
    constraint backups_mes_do_tipo check ((tipo = 'mes') = (mes is not null)),
    constraint backups_um_por_bytes unique (arquivo, sha256)
);
create index backups_mes on backups (mes, id desc);

-- The outbox: a row written by the transaction it tells of, so that no alert is lost and none lies.
create table avisos (
    id         bigint generated always as identity primary key,
    evento     text not null constraint avisos_evento_unico unique,
    tipo       text not null,
    dados      jsonb not null default '{}',
    criado_em  timestamptz not null default clock_timestamp(),
    estado     text not null default 'pendente' constraint avisos_estado
               check (estado in ('pendente', 'entregue', 'falhou', 'silenciado')),
    tentativas integer not null default 0,
    proxima_em timestamptz not null default clock_timestamp()
);
create index avisos_pendentes on avisos (proxima_em) where estado = 'pendente';
