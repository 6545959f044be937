-- What CloudTrail told of changes, for whoever asks about a resource by name. Names are keyed digests.
create table trail_events (
    id       text   not null primary key,      -- CloudTrail's own
    at_ms    bigint not null,
    body     text   not null                   -- JSON, see evidence::cloudtrail::Fact
);
create index trail_events_at on trail_events (at_ms);

create table trail_names (
    digest   bigint not null,
    event    text   not null references trail_events (id) on delete cascade,
    primary key (digest, event)
);
create index trail_names_event on trail_names (event);

-- How far the trail of an account and region was read.
create table trail_progress (
    account  text   not null,
    region   text   not null,
    body     text   not null,                  -- JSON, see evidence::cloudtrail::Progress
    primary key (account, region)
);
