//! Facts about what watches and runs things: alarms, parameters, tags, budgets.

use super::fact::{Fact, Says, Spelling, fact};

/// Every type.
const EVERY: &[&str] = &["*"];
const ALARM: &[&str] = &["AWS::CloudWatch::Alarm"];

const CONDITIONS: &[(&str, &str)] = &[
    ("Eq", "Equals"),
    ("Neq", "NotEquals"),
    ("Gt", "GreaterThan"),
    ("Gte", "GreaterThanOrEqual"),
    ("Lt", "LessThan"),
    ("Lte", "LessThanOrEqual"),
];

pub(super) const FACTS: &[Fact] = &[
    // A tag that nobody declared was put there by hand; those of AWS itself are taken off before.
    fact(EVERY, &["Tags"], Says::Authoritative),
    fact(EVERY, &["Tags"], Says::FreeForm),
    fact(EVERY, &["Tags.*", "Tags.*.Value"], Says::Verbatim),
    // Words of a command line.
    fact(EVERY, &["**.Command", "**.EntryPoint"], Says::Ordered),
    fact(ALARM, &["TreatMissingData"], Says::Default("missing")),
    fact(ALARM, &["Dimensions"], Says::KeyedBy(&["Name"])),
    fact(ALARM, &["Dimensions"], Says::EmptyIsAbsent),
    fact(ALARM, &["AlarmActions", "OKActions", "InsufficientDataActions"], Says::Authoritative),
    fact(ALARM, &["AlarmDescription"], Says::Verbatim),
    fact(ALARM, &["Metrics"], Says::KeyedBy(&["Id"])),
    fact(&["AWS::SSM::Parameter"], &["Value"], Says::Verbatim),
    fact(&["AWS::SSM::Parameter"], &["DataType"], Says::Default("text")),
    fact(&["AWS::SSM::Parameter"], &["Tier"], Says::Default("Standard")),
    fact(&["AWS::SSM::Parameter"], &["Tier"], Says::Resolves("Intelligent-Tiering", &["Standard", "Advanced"])),
    fact(&["AWS::Logs::LogGroup"], &["LogGroupClass"], Says::Default("STANDARD")),
    // Terraform's spelling of "for ever".
    fact(&["AWS::Logs::LogGroup"], &["RetentionInDays"], Says::Default("0")),
    fact(&["AWS::Logs::Transformer"], &["TransformerConfig"], Says::Ordered),
    fact(&["AWS::Synthetics::Canary"], &["Schedule.Expression"], Says::Spelling(Spelling::Rate)),
    fact(
        &["AWS::Budgets::Budget"],
        &["Budget.BudgetLimit.Amount", "Budget.PlannedBudgetLimits.*.Amount"],
        Says::Spelling(Spelling::Decimal),
    ),
    fact(&["AWS::CE::CostCategory"], &["Rules.*.Type"], Says::Default("REGULAR")),
    fact(&["AWS::SSMContacts::Plan", "AWS::SSMContacts::Contact"], &["Plan", "Stages"], Says::Ordered),
    // GuardDuty answers the names of its API (API reference, `Condition`).
    fact(&["AWS::GuardDuty::Filter"], &["FindingCriteria.Criterion.*"], Says::Renames(CONDITIONS)),
    fact(&["AWS::SecretsManager::Secret"], &["Description"], Says::EmptyIsAbsent),
    fact(&["AWS::SecretsManager::Secret"], &["ReplicaRegions"], Says::KeyedBy(&["Region"])),
];
