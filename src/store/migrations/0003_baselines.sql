-- What lived undeclared in the resources of watched stacks: what a later value is held against.
create table baselines (
    stack        text   not null,
    account      text   not null,              -- empty: not known
    region       text   not null,              -- empty: not known
    type         text   not null,
    address      text   not null,
    identifier   text   not null,              -- the physical id: another one is another resource
    deployment   text,                         -- changes with every deployment; null: not known
    recorded_ms  bigint not null,
    "values"     text   not null,              -- JSON: path -> value, secrets as fingerprints
    differing    text   not null,              -- JSON: path -> what a scan found instead of it, null: nothing
    primary key (stack, account, region, type, address)
);

-- A stack that is not in the configuration (any more, or by a slip) keeps its history and is not shown.
alter table stacks add column retired bigint not null default 0;
create view retired_drifts as
    select drifts.id from drifts join stacks on stacks.name = drifts.stack where stacks.retired = 1;
