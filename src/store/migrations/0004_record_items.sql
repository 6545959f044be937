-- How far each service that keeps change records was read.
create table record_sources (
    source     text   not null primary key,   -- kind, address, and a digest of what is asked for
    position   text   not null,               -- JSON, see ledger::source::Position
    read_ms    bigint,                        -- when everything new was last read; null: never
    failed_ms  bigint                         -- since when it cannot be read; null: it can
);

-- What was read there, as it was answered.
create table record_items (
    source     text   not null,
    id         text   not null,
    changed_ms bigint,                        -- by the service's clock; null: not told
    seen_ms    bigint not null,               -- when the pass began that saw it last
    hash       text   not null,               -- SHA-256 of the body
    body       text   not null,               -- JSON
    primary key (source, id)
);
