//! Ignore rules: drifts that somebody accepts, with a reason and an end.

use globset::{GlobBuilder, GlobMatcher};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{AttributeDrift, AttributePath, Drift, Location, Problem, ProblemKind};

/// A pattern over names and paths: `*` and `?` stand for any characters, `{a,b}` for either; brackets stand for
/// themselves, because paths and addresses are full of them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Pattern {
    text: String,
    matcher: GlobMatcher,
}

impl Pattern {
    /// Whether the whole text fits.
    pub fn fits(&self, text: &str) -> bool {
        self.matcher.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl TryFrom<String> for Pattern {
    type Error = globset::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let literal: String = text
            .chars()
            .flat_map(|c| {
                // `[[]` and `[]]` are classes of one bracket.
                let bracket = matches!(c, '[' | ']');
                [bracket.then_some('['), Some(c), bracket.then_some(']')].into_iter().flatten()
            })
            .collect();
        let matcher =
            GlobBuilder::new(&literal).literal_separator(false).backslash_escape(true).build()?.compile_matcher();
        Ok(Self { text, matcher })
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.text
    }
}

/// A drift that is accepted for a time. A part that is left out fits everything; at least one has to be there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IgnoreRule {
    /// The canonical type, as a pattern: `AWS::SSM::*`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<Pattern>,
    /// The attribute, as a pattern of its path: `Environment.Variables.LOG_LEVEL`, `Tags`. What is inside it fits too;
    /// items of lists may be written as `*`. A rule with a path accepts attributes, and no missing resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Pattern>,
    /// The resource, as a pattern of its address or identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Pattern>,
    /// The stack, as a pattern of its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<Pattern>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day (UTC) on which it is.
    #[schemars(with = "String")]
    pub expires: Date,
    /// Where it stands in the configuration, if it was read from a file.
    #[serde(skip)]
    pub at: Option<Location>,
}

/// How much the last scans saw of what a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All of it: if the rule accepts nothing, nothing is there.
    Whole,
    /// Not all of it: something may be there.
    Partial,
    /// There is no stack that it could be about.
    Nowhere,
}

impl IgnoreRule {
    /// Whether the rule is about this attribute of this drift (`None`: about the resource as a whole), expired or not.
    pub fn matches(&self, drift: &Drift, attribute: Option<&AttributeDrift>) -> bool {
        let fits = |pattern: &Option<Pattern>, texts: &[&str]| {
            pattern.as_ref().is_none_or(|pattern| texts.iter().any(|text| pattern.fits(text)))
        };
        let identifier = drift.identifier.as_deref().unwrap_or(&drift.address);
        let path_fits = match (&self.path, attribute) {
            (None, _) => true,
            (Some(pattern), Some(attribute)) => fits_within(pattern, &attribute.path),
            (Some(_), None) => false,
        };
        path_fits
            && fits(&self.resource_type, &[drift.resource_type.as_str()])
            && fits(&self.resource, &[&drift.address, identifier])
            && fits(&self.stack, &[&drift.stack])
    }

    /// Whether the rule is about a stack of this name.
    pub fn covers_stack(&self, stack: &str) -> bool {
        self.stack.as_ref().is_none_or(|pattern| pattern.fits(stack))
    }

    /// Whether the rule names types, and this one is among them.
    pub fn names_type(&self, resource_type: &str) -> bool {
        self.resource_type.as_ref().is_some_and(|pattern| pattern.fits(resource_type))
    }

    /// Whether the rule may be about an attribute that could not be compared. Its resource is not asked for: a rule may
    /// name it by its address or by its identifier.
    pub fn may_be_about(&self, resource_type: &str, path: &AttributePath) -> bool {
        let path_fits = self.path.as_ref().is_none_or(|pattern| path.is_root() || fits_within(pattern, path));
        path_fits && self.resource_type.as_ref().is_none_or(|pattern| pattern.fits(resource_type))
    }

    /// Whether the rule accepts nothing any more.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now.to_zoned(TimeZone::UTC).date() > self.expires
    }

    /// Whether the rule narrows anything down.
    fn is_narrow(&self) -> bool {
        [&self.resource_type, &self.path, &self.resource, &self.stack].into_iter().any(Option::is_some)
    }

    fn problem(&self, message: String) -> Problem {
        Problem::new(ProblemKind::Settings, "ignore", message).at(self.at.clone())
    }

    /// The rule in a few words: its patterns.
    fn name(&self) -> String {
        let parts = [&self.stack, &self.resource_type, &self.resource, &self.path];
        parts.into_iter().flatten().map(|pattern| pattern.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// Whether a pattern fits a path or one that the path is in, as it is spelled or with `*` for items of lists.
fn fits_within(pattern: &Pattern, path: &AttributePath) -> bool {
    (1..=path.steps().len()).any(|length| {
        let outer: AttributePath = path.steps().iter().take(length).cloned().collect();
        pattern.fits(&outer.to_string()) || pattern.fits(&outer.pattern())
    })
}

/// What is wrong with ignore rules: no reason, nothing narrowed down, or expired.
pub fn problems(rules: &[IgnoreRule], now: Timestamp) -> Vec<Problem> {
    let wrong = |rule: &IgnoreRule| {
        let (message, remedy) = if !rule.is_narrow() {
            ("an ignore rule accepts every drift there is".to_owned(), "give it a type, path, resource or stack")
        } else if rule.reason.trim().is_empty() {
            (format!("the ignore rule for {} gives no reason", rule.name()), "say why the drift is accepted")
        } else if rule.is_expired(now) {
            let message = format!("the ignore rule for {} expired on {}", rule.name(), rule.expires);
            (message, "end the drift and remove the rule, or give it a new date")
        } else {
            return None;
        };
        Some(rule.problem(message).remedy(remedy))
    };
    rules.iter().filter_map(wrong).collect()
}

/// The rules that are about none of these drifts, and can go, as problems. Of what a scan could not see nothing is said.
pub fn unused_problems(rules: &[IgnoreRule], drifts: &[Drift], sight: impl Fn(&IgnoreRule) -> Sight) -> Vec<Problem> {
    let is_used = |rule: &IgnoreRule| {
        drifts.iter().any(|drift| {
            rule.matches(drift, None) || drift.attributes.iter().any(|attribute| rule.matches(drift, Some(attribute)))
        })
    };
    let unused = rules.iter().filter(|rule| !is_used(rule));
    let problem = |rule: &IgnoreRule| match sight(rule) {
        Sight::Partial => None,
        Sight::Whole => {
            let message = format!("the ignore rule for {} accepts nothing that is there", rule.name());
            Some(rule.problem(message).remedy("remove the rule"))
        }
        Sight::Nowhere => {
            let message = format!("the ignore rule for {} is about no stack of the configuration", rule.name());
            Some(rule.problem(message).remedy("correct its `stack`, or remove the rule"))
        }
    };
    unused.filter_map(problem).collect()
}

/// The rule that accepts an attribute or resource now, and the expired ones that would have.
pub(super) fn accepting<'r>(
    rules: &'r [IgnoreRule],
    drift: &Drift,
    attribute: Option<&AttributeDrift>,
    now: Timestamp,
) -> (Option<&'r IgnoreRule>, Vec<&'r IgnoreRule>) {
    let about = rules.iter().filter(|rule| rule.is_narrow() && rule.matches(drift, attribute));
    let (expired, valid): (Vec<_>, Vec<_>) = about.partition(|rule| rule.is_expired(now));
    (valid.first().copied(), expired)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::tests::{at, attribute, drift};
    use serde_json::json;

    fn rule(yaml: &str) -> IgnoreRule {
        serde_yaml::from_str(&format!("{{{yaml}, reason: known, expires: 2024-06-30}}")).unwrap()
    }

    #[test]
    fn a_rule_fits_what_it_names_and_not_what_is_beside_it() {
        let mut drift = drift("AWS::ECS::Service", "arn:aws:ecs:eu-west-1:1:service/shop/api");
        drift.address = "module.a[\"x\"].aws_ecs_service.api".into();
        let check = |yaml: &str, path: &str, expect: bool| {
            let attribute = attribute(path, &json!(1), &json!(2));
            assert_eq!(rule(yaml).matches(&drift, Some(&attribute)), expect, "{yaml} {path}");
        };
        check("path: DesiredCount", "DesiredCount", true);
        check("path: DesiredCount", "DesiredCountMax", false);
        check("path: Tags", "Tags[Key=a].Value", true);
        check("path: 'Tags[Key=a]'", "Tags[Key=a].Value", true);
        check("path: 'Tags[Key=a]'", "Tags[Key=b].Value", false);
        check("path: 'Tags.*.Value'", "Tags[Key=b].Value", true);
        check("type: 'AWS::ECS::*'", "DesiredCount", true);
        check("type: 'AWS::EC2::*'", "DesiredCount", false);
        check("resource: '*/api'", "DesiredCount", true);
        check("resource: 'module.a[\"x\"].*'", "DesiredCount", true);
        check("resource: 'module.a[\"y\"].*'", "DesiredCount", false);
        check("stack: shop, path: DesiredCount", "DesiredCount", true);
        check("stack: other, path: DesiredCount", "DesiredCount", false);
        assert!(!rule("path: DesiredCount").matches(&drift, None));
        assert!(rule("stack: shop").matches(&drift, None));
    }

    #[test]
    fn a_rule_holds_through_its_last_day() {
        let check = |now: &str, expect: bool| assert_eq!(rule("path: A").is_expired(at(now)), expect, "{now}");
        check("2024-06-30T23:59:59Z", false);
        check("2024-07-01T00:00:00Z", true);
    }

    #[test]
    fn useless_rules_are_told() {
        let broken: IgnoreRule = serde_yaml::from_str("{reason: all, expires: 2030-01-01}").unwrap();
        let problems = problems(&[rule("path: A"), rule("path: B"), broken], at("2024-07-01T00:00:00Z"));
        let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "the ignore rule for A expired on 2024-06-30",
                "the ignore rule for B expired on 2024-06-30",
                "an ignore rule accepts every drift there is",
            ]
        );
        assert!(serde_yaml::from_str::<IgnoreRule>("{path: A, expires: 2030-01-01}").is_err());
        assert!(serde_yaml::from_str::<IgnoreRule>("{paht: A, reason: x, expires: 2030-01-01}").is_err());
        let mut drift = drift("AWS::ECS::Service", "x");
        drift.attributes = vec![attribute("A", &json!(1), &json!(2))];
        let rules = [rule("path: A"), rule("path: B"), rule("path: C, stack: unseen"), rule("path: D, stack: none")];
        let sight = |rule: &IgnoreRule| match rule.stack.as_ref().map(|stack| stack.text.as_str()) {
            None => Sight::Whole,
            Some("unseen") => Sight::Partial,
            Some(_) => Sight::Nowhere,
        };
        let messages: Vec<_> =
            unused_problems(&rules, &[drift], sight).into_iter().map(|problem| problem.message).collect();
        assert_eq!(
            messages,
            [
                "the ignore rule for B accepts nothing that is there",
                "the ignore rule for none D is about no stack of the configuration",
            ]
        );
    }

    #[test]
    fn an_expired_rule_is_told_at_its_line() {
        let text = "\
stacks: [{name: a, environment: b, declared: {kind: terraform, path: c}, live: {kind: aws, region: d}}]
ignore:
  - {path: A, reason: known, expires: 2024-06-30}
  - path: B
    reason: known
    expires: 2024-06-30
";
        let config: crate::config::Config = text.parse().unwrap();
        let problems = problems(&config.ignore, at("2024-07-01T00:00:00Z"));
        let lines: Vec<_> = problems.iter().map(|problem| problem.at.as_ref().unwrap().line).collect();
        assert_eq!(lines, [3, 4]);
        assert!(problems[1].to_string().starts_with("driftledger.yaml:4:"), "{}", problems[1]);
    }

    #[test]
    fn a_rule_may_be_about_what_could_not_be_compared() {
        let check = |yaml: &str, path: &str, expect: bool| {
            let path = path.parse().unwrap_or_default();
            assert_eq!(rule(yaml).may_be_about("AWS::SSM::Parameter", &path), expect, "{yaml} {path}");
        };
        check("path: Value", "Value", true);
        check("path: Value", "Type", false);
        check("path: Value", "", true);
        check("type: 'AWS::SSM::*', path: Value", "Value", true);
        check("type: 'AWS::SQS::*', path: Value", "Value", false);
        check("resource: /p", "Value", true);
    }
}
