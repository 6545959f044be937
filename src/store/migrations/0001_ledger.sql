-- Times are epoch milliseconds, JSON is text, flags are 0 or 1: the same file serves SQLite and PostgreSQL.

create table scans (
    id           text   not null primary key,
    started_ms   bigint not null,
    finished_ms  bigint,                       -- null: under way, or cut off
    commit_id    text,
    stacks       text   not null               -- JSON list of names
);

create table stacks (
    name             text   not null primary key,
    environment      text   not null,
    scan_id          text   not null,
    scanned_ms       bigint not null,
    last_success_ms  bigint,                   -- the last scan without a gap that hid a resource
    deployment       text,                     -- changes whenever the stack is deployed
    coverage         text   not null           -- JSON, see report::Coverage
);

create table drifts (
    id            text   not null primary key,
    stack         text   not null,
    environment   text   not null,
    provider      text   not null,
    type          text   not null,
    verdict       text,                        -- null: nothing was changed by hand
    stale         bigint not null,
    first_seen_ms bigint not null,
    last_seen_ms  bigint not null,
    resolved_ms   bigint,                      -- null: open
    resolved_how  text,
    body          text   not null              -- JSON, see report::DriftReport
);
create index drifts_open on drifts (stack) where resolved_ms is null;

-- The declared values that were found in sync, by attribute: the merge base that no state file can spoil.
create table bases (
    stack       text   not null,
    address     text   not null,
    attributes  text   not null,               -- JSON: path -> value, secrets as fingerprints
    primary key (stack, address)
);

create table drift_events (
    id           integer primary key,
    drift_id     text   not null,
    environment  text   not null,
    what         text   not null,              -- detected, codified, reverted, overwritten
    at_ms        bigint not null
);

create table records (
    id           text   not null,
    source       text   not null,
    environment  text,
    state        text   not null,
    primary key (source, id)
);

create table record_violations (
    record       text   not null,
    drift_id     text   not null,
    environment  text   not null,
    rule         text   not null,
    primary key (record, drift_id, rule)
);

create table record_delays (
    record       text   not null,
    drift_id     text   not null,
    delay_ms     bigint not null,              -- from the change to its record; negative: recorded before
    primary key (record, drift_id)
);

create table deployments (
    key          text   not null primary key,  -- the platform's own id
    environment  text   not null,
    stack        text,
    service      text   not null,
    mechanism    text   not null,
    kind         text   not null,              -- forward, rollback
    outcome      text   not null,              -- succeeded, failed, rolled_back
    started_ms   bigint not null
);

create table rollbacks (
    key          text   not null primary key,
    environment  text   not null,
    service      text   not null,
    mechanism    text   not null,
    cause        text   not null,              -- circuit_breaker, deployment_failure, alarm, manual
    deployment   text,                         -- the key of the deployment taken back
    at_ms        bigint not null,
    duration_ms  bigint
);

create table gate_decisions (
    id           integer primary key,
    environment  text   not null,
    stack        text   not null,
    decision     text   not null,              -- pass, warn, block, error
    at_ms        bigint not null
);
