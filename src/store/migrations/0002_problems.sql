-- What the last scan had to say of the ledger and the configuration: problems that are no single stack's.
create table problems (
    position  bigint not null primary key,
    body      text   not null                  -- JSON, see report::ProblemReport
);
