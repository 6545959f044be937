//! The parameters of the rules: the built-in table, and how the configuration overrides it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Rule;
use crate::model::ChangeType;

/// A length of time, written as `24h`, `90m`, `30d` or `1h 30m`. A day is 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String")]
pub struct Period(SignedDuration);

impl Period {
    /// So many hours.
    pub const fn hours(hours: i64) -> Self {
        Self(SignedDuration::from_hours(hours))
    }

    /// The length.
    pub const fn duration(self) -> SignedDuration {
        self.0
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_hours() {
            hours if hours >= 48 && hours % 24 == 0 && self.0 == SignedDuration::from_hours(hours) => {
                write!(f, "{}d", hours / 24)
            }
            _ => write!(f, "{:#}", self.0),
        }
    }
}

/// A text that is not a period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a period: {0:?}; write it as `24h`, `90m` or `30d`")]
pub struct ParsePeriodError(String);

impl FromStr for Period {
    type Err = ParsePeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let span = text.parse::<Span>().ok();
        let duration = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
        let positive = duration.filter(|duration| !duration.is_negative());
        positive.map(Self).ok_or_else(|| ParsePeriodError(text.to_owned()))
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The widest scope by whose name alone a record may explain a change (if time and actor agree).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WidestScope {
    /// The record has to name resource and attribute.
    Attribute,
    /// The record has to name the resource.
    Resource,
    /// The stack or the service that the resource belongs to is enough.
    Stack,
    /// The account is enough.
    Account,
    /// The environment is enough.
    Environment,
}

/// Something that a record has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// One line about it.
    Summary,
    /// How risky it is.
    Risk,
    /// Why it is made.
    Reason,
    /// Who asked for it.
    Requester,
    /// Who carried it out.
    Implementer,
    /// What is done: words or commands.
    Steps,
    /// What it touches.
    Resources,
    /// The environment it speaks of.
    Environment,
    /// When: planned or actual.
    Time,
    /// How it ended, once it is done.
    Outcome,
}

/// What the configuration says about one rule. What is left out stays as built in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleConfig {
    /// `false` switches the rule off.
    pub enabled: Option<bool>,
    /// The types of change it is meant for. A record without a type counts as normal.
    pub types: Option<Vec<ChangeType>>,
    /// How long the cure may take: for `late`, `no_review` and `not_codified`.
    pub within: Option<Period>,
    /// What a record has to say: for `missing_field`.
    pub fields: Option<Vec<Field>>,
}

/// What the configuration says about records. What is left out stays as built in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyConfig {
    /// How long after a change its record may be made; then the drift is overdue and the record late. Default 24h.
    pub record_within: Option<Period>,
    /// How far a change may lie outside its planned window and still count as that change. Default 1h.
    pub window_slack: Option<Period>,
    /// How long a record without any time covers changes that follow it. Default 7d.
    pub unscheduled_for: Option<Period>,
    /// The widest scope by whose name alone a record may explain a change. Default `environment`.
    pub widest_scope: Option<WidestScope>,
    /// The rules, by name.
    #[serde(default)]
    #[schemars(extend("propertyNames" = {"enum": Rule::ALL}))]
    pub rules: BTreeMap<Rule, RuleConfig>,
}

/// One rule with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleSettings {
    /// Whether it is checked.
    pub enabled: bool,
    /// The types of change it is meant for.
    pub types: Vec<ChangeType>,
    /// How long the cure may take; `None`: no time at all, or [`Policy::record_within`] for `late`.
    pub within: Option<Period>,
    /// What a record has to say.
    pub fields: Vec<Field>,
}

/// The policy of one environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// How long after a change its record may be made.
    pub record_within: Period,
    /// How far a change may lie outside its planned window and still count as that change.
    pub window_slack: Period,
    /// How long a record without any time covers changes that follow it.
    pub unscheduled_for: Period,
    /// The widest scope by whose name alone a record may explain a change.
    pub widest_scope: WidestScope,
    /// The rules.
    pub rules: BTreeMap<Rule, RuleSettings>,
}

const EVERY: &[ChangeType] = &[ChangeType::Standard, ChangeType::Normal, ChangeType::Emergency];
const REVIEWED: &[ChangeType] = &[ChangeType::Normal, ChangeType::Emergency];
const NORMAL: &[ChangeType] = &[ChangeType::Normal];
const EMERGENCY: &[ChangeType] = &[ChangeType::Emergency];

/// What every change log has to say: what, who, how, when, and how it ended.
const MINIMUM: &[Field] = &[Field::Summary, Field::Implementer, Field::Steps, Field::Time, Field::Outcome];

/// A built-in rule: the types it is meant for, the hours for the cure, the fields.
type BuiltIn = (Rule, &'static [ChangeType], Option<i64>, &'static [Field]);

/// The built-in rules.
///
/// A standard change is approved by its runbook; an emergency change is approved and reviewed after (post-mortem in 48
/// hours); a manual change that is not codified after a month waits to be overwritten.
const DEFAULTS: [BuiltIn; 11] = [
    (Rule::NoApproval, REVIEWED, None, &[]),
    (Rule::SelfApproved, REVIEWED, None, &[]),
    (Rule::ImplementedBeforeApproval, NORMAL, None, &[]),
    (Rule::Late, EVERY, None, &[]),
    (Rule::NoRollbackPlan, EVERY, None, &[]),
    (Rule::OutsideWindow, EVERY, None, &[]),
    (Rule::MissingField, EVERY, None, MINIMUM),
    (Rule::NoReview, EMERGENCY, Some(48), &[]),
    (Rule::NoIncidentLink, EMERGENCY, None, &[]),
    (Rule::NotCodified, EVERY, Some(30 * 24), &[]),
    (Rule::OverBroad, EVERY, None, &[]),
];

impl Default for Policy {
    fn default() -> Self {
        let rules = DEFAULTS.into_iter().map(|(rule, types, within, fields)| {
            let within = within.map(Period::hours);
            (rule, RuleSettings { enabled: true, types: types.to_vec(), within, fields: fields.to_vec() })
        });
        Self {
            record_within: Period::hours(24),
            window_slack: Period::hours(1),
            unscheduled_for: Period::hours(7 * 24),
            widest_scope: WidestScope::Environment,
            rules: rules.collect(),
        }
    }
}

impl Policy {
    /// This policy with what a configuration says otherwise; applied again, an environment outweighs the whole.
    #[must_use]
    pub fn with(mut self, config: &PolicyConfig) -> Self {
        self.record_within = config.record_within.unwrap_or(self.record_within);
        self.window_slack = config.window_slack.unwrap_or(self.window_slack);
        self.unscheduled_for = config.unscheduled_for.unwrap_or(self.unscheduled_for);
        self.widest_scope = config.widest_scope.unwrap_or(self.widest_scope);
        for (rule, config) in &config.rules {
            let Some(settings) = self.rules.get_mut(rule) else { continue };
            settings.enabled = config.enabled.unwrap_or(settings.enabled);
            settings.types = config.types.clone().unwrap_or_else(|| std::mem::take(&mut settings.types));
            settings.within = config.within.or(settings.within);
            settings.fields = config.fields.clone().unwrap_or_else(|| std::mem::take(&mut settings.fields));
        }
        self
    }

    /// A rule's parameters, if it is switched on.
    pub fn rule(&self, rule: Rule) -> Option<&RuleSettings> {
        self.rules.get(&rule).filter(|settings| settings.enabled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_written_as_people_say_them() {
        let check = |text: &str, hours: i64| assert_eq!(text.parse(), Ok(Period::hours(hours)), "{text}");
        check("24h", 24);
        check("30d", 720);
        check("1d 12h", 36);
        check("120m", 2);
        assert_eq!(
            ["24h", "30d", "1d 12h", "90m"].map(|text| text.parse::<Period>().unwrap().to_string()),
            ["24h", "30d", "36h", "1h 30m",]
        );
        for text in ["", "24", "-1h", "a day or so", "1 month"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_configuration_overrides_what_it_names_and_no_more() {
        let config: PolicyConfig = serde_yaml::from_str(
            "record_within: 4h\nrules:\n  no_approval: {enabled: false}\n  not_codified: {within: 14d}\n",
        )
        .unwrap();
        let policy = Policy::default().with(&config);
        assert_eq!(policy.record_within, Period::hours(4));
        assert_eq!(policy.window_slack, Period::hours(1));
        assert_eq!(policy.rule(Rule::NoApproval), None);
        assert_eq!(policy.rule(Rule::NotCodified).unwrap().within, Some(Period::hours(14 * 24)));
        assert_eq!(policy.rule(Rule::NotCodified).unwrap().types, EVERY);
        assert!(serde_yaml::from_str::<PolicyConfig>("record_withn: 4h").is_err());
        assert!(serde_yaml::from_str::<PolicyConfig>("rules: {no_aproval: {}}").is_err());
    }

    #[test]
    fn the_schema_of_the_configuration_names_its_keys_and_allows_no_others() {
        let schema = schemars::schema_for!(PolicyConfig).to_value();
        assert_eq!(schema.pointer("/additionalProperties"), Some(&serde_json::json!(false)));
        let rules = schema.pointer("/properties/rules/propertyNames/enum").and_then(|names| names.as_array());
        assert_eq!(rules.map(Vec::len), Some(Rule::ALL.len()), "{schema}");
    }

    #[test]
    fn every_rule_has_its_row() {
        assert!(Rule::ALL.iter().all(|rule| Policy::default().rule(*rule).is_some()));
        for rule in Rule::ALL {
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
        }
    }
}
