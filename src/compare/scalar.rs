//! When two scalars that are not identical are the same.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

use super::RuleId;
use crate::model::{Kind, Number, Value};
use crate::schema::{Says, Spelling};

/// Whether two values are the same, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sameness {
    /// They are identical.
    Exact,
    /// They are the same by a rule.
    By(RuleId),
    /// They are not.
    Different,
}

impl Sameness {
    pub(super) fn holds(self) -> bool {
        self != Self::Different
    }

    pub(super) fn rule(self) -> Option<RuleId> {
        match self {
            Self::By(rule) => Some(rule),
            _ => None,
        }
    }
}

/// What a rule has to know about the resource.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context<'a> {
    pub account: Option<&'a str>,
    pub region: Option<&'a str>,
    /// The service upgrades minor versions by itself.
    pub upgrades_itself: bool,
    /// Neither side is an answer of the service: two declarations are compared.
    pub both_written: bool,
}

/// Compares what was written with what is read, under the facts of their path.
pub(super) fn same(facts: &[Says], context: Context<'_>, written: &Value, read: &Value) -> Sameness {
    if written == read {
        return Sameness::Exact;
    }
    let (Some(written_text), Some(read_text)) = (written.as_scalar_text(), read.as_scalar_text()) else {
        return Sameness::Different;
    };
    if same_scalar_text(written, read) {
        return Sameness::By(RuleId::ScalarText);
    }
    if canonical(facts, &written_text) == canonical(facts, &read_text)
        && (context.both_written || is_as_answered(facts, &read_text))
    {
        return Sameness::By(RuleId::Spelling);
    }
    for says in facts {
        match says {
            Says::VersionTrack if context.upgrades_itself && is_release_of(&written_text, &read_text) => {
                return Sameness::By(RuleId::VersionTrack);
            }
            Says::ReadsAsTrack if is_release_of(&read_text, &written_text) => {
                return Sameness::By(RuleId::VersionTrack);
            }
            Says::Resolves(word, to) if written_text == *word && to.contains(&read_text.as_str()) => {
                return Sameness::By(RuleId::Resolved);
            }
            _ => {}
        }
    }
    if facts.contains(&Says::Verbatim) {
        return Sameness::Different;
    }
    if is_same_log_group(&written_text, &read_text) || is_same_ipv6(&written_text, &read_text) {
        return Sameness::By(RuleId::Spelling);
    }
    if is_name_of_arn(context, facts, &written_text, &read_text) || is_queue_of_arn(&written_text, &read_text) {
        return Sameness::By(RuleId::NameOfArn);
    }
    Sameness::Different
}

/// Compares two scalars to the letter.
pub(super) fn same_text(written: &Value, read: &Value) -> Sameness {
    match written == read {
        true => Sameness::Exact,
        false if same_scalar_text(written, read) => Sameness::By(RuleId::ScalarText),
        false => Sameness::Different,
    }
}

/// Why two texts cannot be told to be the same or not.
pub(super) fn undecidable(written: &Value, read: &Value) -> Option<&'static str> {
    let (written, read) = (written.as_str()?, read.as_str()?);
    if written.starts_with("alias/") && read.starts_with("arn:") && read.contains(":key/") {
        return Some("an alias is declared and a key is returned");
    }
    // CloudFormation's GetTemplate answers `?` for every letter outside ASCII.
    let lost = |(w, r): (char, char)| w == r || (w == '?' && !r.is_ascii());
    let garbled = !read.is_ascii() && written.chars().count() == read.chars().count();
    (garbled && written.chars().zip(read.chars()).all(lost)).then_some("the template lost letters outside ASCII")
}

/// Longer texts are no quantities, and their exponents could be anything.
const MAX_NUMBER: usize = 40;

/// A number or boolean against its text. Two texts are only the same when they are identical.
fn same_scalar_text(a: &Value, b: &Value) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Bool(flag), Kind::String(text)) | (Kind::String(text), Kind::Bool(flag)) => *text == flag.to_string(),
        (Kind::Number(number), Kind::String(text)) | (Kind::String(text), Kind::Number(number)) => {
            plain_number(text).is_some_and(|parsed| parsed == *number)
        }
        _ => false,
    }
}

/// A number in plain digits.
pub(super) fn plain_number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    (plain && text.len() <= MAX_NUMBER).then(|| text.parse().ok()).flatten()
}

/// The text in the canonical form of every spelling that its path allows.
pub(super) fn canonical(facts: &[Says], text: &str) -> String {
    facts.iter().fold(text.to_owned(), |text, says| match says {
        Says::Spelling(spelling) => respell(*spelling, &text).unwrap_or(text),
        _ => text,
    })
}

/// Whether a service that respells what it is given may have answered this: one that writes small letters does not
/// answer a capital one, so somebody else wrote it.
fn is_as_answered(facts: &[Says], read: &str) -> bool {
    facts.iter().all(|says| match says {
        Says::Spelling(Spelling::LowerCase | Spelling::Protocol) => !read.bytes().any(|byte| byte.is_ascii_uppercase()),
        Says::Spelling(Spelling::UpperCase) => !read.bytes().any(|byte| byte.is_ascii_lowercase()),
        Says::Spelling(Spelling::Capitalized) => !read.bytes().skip(1).any(|byte| byte.is_ascii_uppercase()),
        Says::Spelling(Spelling::WholeHour) => respell(Spelling::WholeHour, read).as_deref() == Some(read),
        _ => true,
    })
}

/// `None`: the text is nothing that this spelling knows, and stays as it is.
fn respell(spelling: Spelling, text: &str) -> Option<String> {
    match spelling {
        Spelling::LetterCase | Spelling::LowerCase | Spelling::Capitalized => Some(text.to_ascii_lowercase()),
        Spelling::UpperCase => Some(text.to_ascii_uppercase()),
        Spelling::TrailingDot => text.strip_suffix('.').map(str::to_owned),
        Spelling::TrailingSlash => text.strip_suffix('/').map(str::to_owned),
        Spelling::Decimal => plain_number(text).map(|number| number.to_string()),
        Spelling::BooleanToken => boolean_token(text).map(str::to_owned),
        Spelling::Rate => rate_in_minutes(text),
        Spelling::Cidr => cidr(text),
        Spelling::Protocol => Some(protocol(text).unwrap_or(text).to_ascii_lowercase()),
        Spelling::WholeHour => text.parse::<i64>().ok().map(|seconds| (seconds - seconds.rem_euclid(3600)).to_string()),
        Spelling::PublicKey => public_key(text),
        Spelling::OuterBlanks => Some(text.replace("\r\n", "\n").trim().to_owned()),
        Spelling::Properties => Some(properties(text)),
        Spelling::AccessString => Some(access_string(text)),
        Spelling::CustomAttribute => {
            let rest = text.strip_prefix("dev:").unwrap_or(text);
            Some(rest.strip_prefix("custom:").unwrap_or(rest).to_owned())
        }
        Spelling::LastSegment => text.rsplit('/').next().map(str::to_owned),
    }
}

fn boolean_token(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "1" | "true" => Some("true"),
        "off" | "0" | "false" => Some("false"),
        _ => None,
    }
}

/// `EventBridge` and Synthetics: `rate(value unit)`, unit in minutes, hours or days.
fn rate_in_minutes(text: &str) -> Option<String> {
    let (value, unit) = text.strip_prefix("rate(")?.strip_suffix(')')?.trim().split_once(' ')?;
    let minutes: u32 = match unit.trim() {
        "minute" | "minutes" => 1,
        "hour" | "hours" => 60,
        "day" | "days" => 1440,
        _ => return None,
    };
    let minutes = value.parse::<u32>().ok()?.checked_mul(minutes)?;
    Some(format!("rate({minutes} minutes)"))
}

fn cidr(text: &str) -> Option<String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(IpNet::from(address).to_string());
    }
    text.parse::<IpNet>().ok().map(|net| net.trunc().to_string())
}

/// Protocol numbers of the Internet Assigned Numbers Authority that EC2 answers by name.
const PROTOCOLS: &[(&str, &str)] =
    &[("-1", "-1"), ("all", "-1"), ("1", "icmp"), ("6", "tcp"), ("17", "udp"), ("58", "icmpv6")];

fn protocol(text: &str) -> Option<&'static str> {
    PROTOCOLS.iter().find(|(written, _)| text.eq_ignore_ascii_case(written)).map(|(_, name)| *name)
}

/// Type and blob; the comment is nobody's.
fn public_key(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    Some(format!("{} {}", words.next()?, words.next()?))
}

fn properties(text: &str) -> String {
    let mut lines: Vec<String> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            line.split_once('=').map_or(line.to_owned(), |(key, value)| format!("{}={}", key.trim(), value.trim()))
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

/// Without the `-@all` that stands before anything was allowed: nothing is allowed there anyway.
fn access_string(text: &str) -> String {
    let mut allowed = false;
    let kept = text.split_whitespace().filter(|rule| {
        allowed |= rule.starts_with('+') || *rule == "allcommands";
        allowed || *rule != "-@all"
    });
    kept.collect::<Vec<_>>().join(" ")
}

/// Whether `read` is a release on the track `written`, by dotted segments: `8.0` and `8.0.45`, not `8.01`.
fn is_release_of(written: &str, read: &str) -> bool {
    // ElastiCache names the track of 6.2.6 `6.x`.
    let track = written.strip_suffix(".x").unwrap_or(written);
    read.strip_prefix(track).is_some_and(|rest| rest.starts_with('.') && !track.is_empty())
}

/// Two ARNs of one log group, one of which names its streams by `:*` (CloudWatch Logs user guide, "log group ARN").
fn is_same_log_group(a: &str, b: &str) -> bool {
    let bare = |arn: &str| arn.strip_suffix(":*").unwrap_or(arn).to_owned();
    a.starts_with("arn:") && a.contains(":logs:") && a.contains(":log-group:") && bare(a) == bare(b)
}

/// Two spellings of one IPv6 address or range (RFC 5952): which zeros are left out, and letter case.
fn is_same_ipv6(a: &str, b: &str) -> bool {
    let parsed = |text: &str| {
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address = address.parse::<Ipv6Addr>().ok()?;
        length.map_or(Some(None), |length| length.parse::<u8>().ok().map(Some)).map(|length| (address, length))
    };
    a.contains(':') && b.contains(':') && parsed(a).is_some_and(|a| parsed(b) == Some(a))
}

/// Whether one text is the URL of an SQS queue and the other its ARN (SQS developer guide, "Queue and message
/// identifiers").
fn is_queue_of_arn(a: &str, b: &str) -> bool {
    let (url, arn) = if a.starts_with("https://sqs.") { (a, b) } else { (b, a) };
    let parts = url.strip_prefix("https://sqs.").and_then(|rest| rest.split_once(".amazonaws.com/"));
    let Some((region, (account, name))) = parts.and_then(|(region, rest)| Some((region, rest.split_once('/')?))) else {
        return false;
    };
    arn.strip_prefix("arn:aws:sqs:") == Some(format!("{region}:{account}:{name}").as_str())
}

/// Whether a text is no ARN of another account or region than the resource's own.
pub(super) fn is_at_home(context: Context<'_>, text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let home = |part: &str, own: Option<&str>| part.is_empty() || own == Some(part);
    match parts.as_slice() {
        ["arn", _, _, region, account, _] => home(region, context.region) && home(account, context.account),
        _ => true,
    }
}

/// Whether one text is an ARN in the resource's own account and region, and the other the name at its end.
fn is_name_of_arn(context: Context<'_>, facts: &[Says], a: &str, b: &str) -> bool {
    let (arn, name) = match (a.starts_with("arn:"), b.starts_with("arn:")) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        _ => return false,
    };
    let Some(resource) = arn.splitn(6, ':').nth(5) else { return false };
    if name.is_empty() || !is_at_home(context, arn) {
        return false;
    }
    // A log group's ARN may end in `:*`, which names its streams.
    let resource = resource.strip_suffix(":*").unwrap_or(resource);
    let name = canonical(facts, name);
    let ends =
        [resource.rsplit(['/', ':']).next(), resource.split_once(['/', ':']).map(|(_, rest)| rest), Some(resource)];
    ends.into_iter().flatten().any(|end| canonical(facts, end) == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    const HOME: Context<'static> = Context {
        account: Some("111111111111"),
        region: Some("eu-west-1"),
        upgrades_itself: true,
        both_written: false,
    };

    fn check(facts: &[Says], written: Json, read: Json, expect: Sameness) {
        let found = same(facts, HOME, &Value::from_json(&written), &Value::from_json(&read));
        assert_eq!(found, expect, "{facts:?}: {written} and {read}");
    }

    #[test]
    fn a_number_or_boolean_is_its_text_and_no_other() {
        let by = Sameness::By(RuleId::ScalarText);
        check(&[], json!(5432), json!("5432"), by);
        check(&[], json!("0.30"), json!(0.3), by);
        check(&[], json!(true), json!("true"), by);
        check(&[], json!(5432), json!("5433"), Sameness::Different);
        check(&[], json!("9007199254740993"), json!(9_007_199_254_740_992_i64), Sameness::Different);
        check(&[], json!("5"), json!("5.0"), Sameness::Different);
        check(&[], json!(true), json!("1"), Sameness::Different);
        check(&[], json!(1000), json!("1e3"), Sameness::Different);
        check(&[], json!(false), json!(""), Sameness::Different);
    }

    #[test]
    fn a_name_is_the_arn_of_the_same_account_and_region_only() {
        let arn = "arn:aws:ecs:eu-west-1:111111111111:cluster/prod";
        check(&[], json!("prod"), json!(arn), Sameness::By(RuleId::NameOfArn));
        check(&[], json!(arn), json!("prod"), Sameness::By(RuleId::NameOfArn));
        check(&[], json!("rod"), json!(arn), Sameness::Different);
        check(&[], json!("prod"), json!(arn.replace("eu-west-1", "us-east-1")), Sameness::Different);
        check(&[], json!("prod"), json!(arn.replace("111111111111", "222222222222")), Sameness::Different);
        check(&[Says::Verbatim], json!("prod"), json!(arn), Sameness::Different);
        let group = "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/lambda/f:*";
        check(&[], json!("/aws/lambda/f"), json!(group), Sameness::By(RuleId::NameOfArn));
        check(&[], json!("/aws/lambda/g"), json!(group), Sameness::Different);
        check(&[], json!("prod"), json!("arn:aws:iam::aws:policy/prod"), Sameness::Different);
    }

    #[test]
    fn a_spelling_is_forgiven_where_its_path_says_so_and_a_change_beside_it_is_not() {
        let spelled = |spelling, written: &str, read: &str, other: &str| {
            let facts = [Says::Spelling(spelling)];
            check(&facts, json!(written), json!(read), Sameness::By(RuleId::Spelling));
            check(&facts, json!(written), json!(other), Sameness::Different);
            check(&[], json!(written), json!(read), Sameness::Different);
        };
        spelled(Spelling::LetterCase, "MyDb", "mydb", "mydb2");
        spelled(Spelling::LowerCase, "MyDb", "mydb", "MYDB");
        spelled(Spelling::UpperCase, "target", "TARGET", "Target");
        spelled(Spelling::TrailingDot, "a.example.", "a.example", "b.example");
        spelled(Spelling::TrailingSlash, "team/", "team", "team/x");
        spelled(Spelling::Decimal, "5", "5.0", "5.1");
        spelled(Spelling::BooleanToken, "on", "1", "0");
        spelled(Spelling::Rate, "rate(60 minutes)", "rate(1 hour)", "rate(2 hours)");
        spelled(Spelling::Cidr, "67.221.169.243/0", "0.0.0.0/0", "0.0.0.0/1");
        spelled(Spelling::Cidr, "2001:db8::1/32", "2001:db8::/32", "2001:db9::/32");
        spelled(Spelling::Cidr, "10.0.0.1", "10.0.0.1/32", "10.0.0.2/32");
        spelled(Spelling::Protocol, "6", "tcp", "udp");
        spelled(Spelling::Protocol, "TCP", "tcp", "udp");
        spelled(Spelling::Protocol, "tcp", "6", "TCP");
        spelled(Spelling::Protocol, "all", "-1", "tcp");
        spelled(Spelling::WholeHour, "1700003601", "1700002800", "1700006400");
        spelled(Spelling::WholeHour, "1700003601", "1700002800", "1700003602");
        spelled(Spelling::PublicKey, "ssh-rsa AAAA me@host", "ssh-rsa AAAA", "ssh-rsa AAAB me@host");
        spelled(Spelling::OuterBlanks, "a\r\nb\n", "a\nb", "a\nc");
        spelled(Spelling::Properties, "b = 2\n# c\na=1\n", "a=1\nb=2", "a=1\nb=3");
        spelled(Spelling::AccessString, "on ~* +@read", "on ~* -@all +@read", "on ~* +@read -@all");
        spelled(Spelling::CustomAttribute, "team", "custom:team", "custom:teams");
        spelled(Spelling::LastSegment, "/hostedzone/Z1", "Z1", "Z2");
    }

    #[test]
    fn a_version_is_a_release_of_its_track_by_segments() {
        let facts = [Says::VersionTrack];
        check(&facts, json!("8.0"), json!("8.0.45"), Sameness::By(RuleId::VersionTrack));
        check(&facts, json!("8.0"), json!("8.01"), Sameness::Different);
        check(&facts, json!("6.x"), json!("6.2.6"), Sameness::By(RuleId::VersionTrack));
        check(&facts, json!("6.x"), json!("7.0.0"), Sameness::Different);
        check(&facts, json!("8.0.45"), json!("8.0"), Sameness::Different);
        let pinned = Context { upgrades_itself: false, ..HOME };
        assert_eq!(same(&facts, pinned, &"8.0".into(), &"8.0.45".into()), Sameness::Different);
    }

    #[test]
    fn an_address_is_the_same_however_its_zeros_are_written() {
        let by = Sameness::By(RuleId::Spelling);
        check(&[], json!("2001:DB8:0:0::1"), json!("2001:db8::1"), by);
        check(&[], json!("0:0:0:0:0:0:0:0/0"), json!("::/0"), by);
        check(&[], json!("2001:db8::1"), json!("2001:db8::2"), Sameness::Different);
        check(&[], json!("2001:db8::/32"), json!("2001:db8::/33"), Sameness::Different);
        check(&[], json!("2001:db8::"), json!("2001:db8::/32"), Sameness::Different);
        check(&[Says::Verbatim], json!("2001:DB8::1"), json!("2001:db8::1"), Sameness::Different);
    }

    #[test]
    fn a_queue_is_its_url_and_its_arn() {
        let url = "https://sqs.eu-west-1.amazonaws.com/111111111111/jobs";
        check(&[], json!(url), json!("arn:aws:sqs:eu-west-1:111111111111:jobs"), Sameness::By(RuleId::NameOfArn));
        check(&[], json!("arn:aws:sqs:eu-west-1:111111111111:other"), json!(url), Sameness::Different);
        check(&[], json!(url), json!("arn:aws:sqs:eu-west-2:111111111111:jobs"), Sameness::Different);
    }

    #[test]
    fn a_log_group_is_the_same_with_and_without_its_streams() {
        let arn = "arn:aws:logs:eu-west-1:111111111111:log-group:/a";
        check(&[], json!(arn), json!(format!("{arn}:*")), Sameness::By(RuleId::Spelling));
        check(&[], json!(arn), json!(format!("{arn}b:*")), Sameness::Different);
        check(&[Says::Verbatim], json!(arn), json!(format!("{arn}:*")), Sameness::Different);
    }

    #[test]
    fn a_track_is_read_for_a_release_of_it() {
        check(&[Says::ReadsAsTrack], json!("1.6.22"), json!("1.6"), Sameness::By(RuleId::VersionTrack));
        check(&[Says::ReadsAsTrack], json!("1.6.22"), json!("1.5"), Sameness::Different);
    }

    #[test]
    fn texts_that_lost_their_letters_and_aliases_of_keys_cannot_be_told() {
        let told = |written: &str, read: &str| undecidable(&written.into(), &read.into()).is_none();
        assert!(!told("caf?", "café") && told("caf?", "cafe") && told("cof?", "café") && told("caf??", "café"));
        let key = "arn:aws:kms:eu-west-1:111111111111:key/1";
        assert!(!told("alias/aws/ssm", key) && told("alias/aws/ssm", "alias/mine") && told("mine", key));
    }

    #[test]
    fn a_word_is_what_the_service_resolves_it_to() {
        let facts = [Says::Resolves("LATEST", &["1.4.0"])];
        check(&facts, json!("LATEST"), json!("1.4.0"), Sameness::By(RuleId::Resolved));
        check(&facts, json!("LATEST"), json!("1.3.0"), Sameness::Different);
        check(&facts, json!("1.4.0"), json!("LATEST"), Sameness::Different);
    }
}
