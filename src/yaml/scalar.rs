//! What a plain scalar is: a table of words and the number grammars of two YAML schemas.

use bigdecimal::num_bigint::BigInt;

use crate::model::{Kind, Number, Value};

/// A set of rules for plain scalars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// YAML 1.1 as CloudFormation reads it: `yes` and `on` are booleans, `0644` is octal, `12:30` counts in sixties
    /// ("CloudFormation supports the YAML Version 1.1 specification", user guide, "template formats"). Timestamps
    /// stay strings, since that guide excludes their tag.
    Yaml11,
    /// As kubectl reads a manifest: the words and numbers of YAML 1.1, with `y` and `n` among the booleans and `0o644`
    /// among the octal numbers, and without numbers in sixties. A plain key is read as a value is and becomes its text:
    /// `on: 1` is the key `true`. As kubectl 1.33 answers to `create --dry-run=client -o json`.
    Kubernetes,
    /// As kustomize reads the files of a kustomization: the numbers of [`Self::Kubernetes`], and only `true` and `false`
    /// as booleans. As kustomize 5.6 prints them again.
    Kustomize,
    /// The core schema of YAML 1.2.
    Core,
    /// The failsafe schema of YAML 1.2: every scalar is the text that is written.
    Failsafe,
}

const NULLS: [&str; 5] = ["", "~", "null", "Null", "NULL"];
const BOOLEANS: [(bool, &[&str]); 2] = [(true, &["true", "True", "TRUE"]), (false, &["false", "False", "FALSE"])];
const BOOLEANS_11: [(bool, &[&str]); 2] =
    [(true, &["yes", "Yes", "YES", "on", "On", "ON"]), (false, &["no", "No", "NO", "off", "Off", "OFF"])];
/// The words of YAML 1.1 that CloudFormation leaves alone and kubectl does not.
const SHORT_BOOLEANS: [(bool, &[&str]); 2] = [(true, &["y", "Y"]), (false, &["n", "N"])];

/// A longer number is a text: nobody means it as a quantity, and arithmetic on it would be a trap.
const MAX_DIGITS: usize = 100;
/// Exponents of binary floats end here; `1e999999999` would be written out as a gigabyte of zeros.
const MAX_EXPONENT: i32 = 308;

impl Schema {
    /// What a plain scalar of this spelling is.
    pub(super) fn resolve(self, text: &str) -> Kind {
        if self == Self::Failsafe {
            return Kind::String(text.to_owned());
        }
        if NULLS.contains(&text) {
            return Kind::Null;
        }
        let (booleans_11, short): (&[_], &[_]) = match self {
            Self::Kubernetes => (&BOOLEANS_11, &SHORT_BOOLEANS),
            Self::Yaml11 => (&BOOLEANS_11, &[]),
            Self::Kustomize | Self::Core | Self::Failsafe => (&[], &[]),
        };
        let boolean = BOOLEANS.iter().chain(booleans_11).chain(short).find(|(_, words)| words.contains(&text));
        if let Some((flag, _)) = boolean {
            return Kind::Bool(*flag);
        }
        self.number(text).map_or_else(|| Kind::String(text.to_owned()), Kind::Number)
    }

    /// The key that a plain scalar of this spelling is; `None` where it is none.
    pub(super) fn key(self, text: &str) -> Option<String> {
        if self != Self::Kubernetes {
            return Some(text.to_owned());
        }
        Value::new(self.resolve(text)).as_scalar_text()
    }

    fn number(self, text: &str) -> Option<Number> {
        // Nearly every scalar is a word: look at one character before anything else.
        if text.len() > MAX_DIGITS || !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
            return None;
        }
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        match self {
            Self::Core => core(sign, digits),
            Self::Yaml11 => yaml11(sign, digits),
            Self::Kubernetes | Self::Kustomize => kubernetes(sign, digits),
            Self::Failsafe => None,
        }
    }
}

fn core(sign: &str, digits: &str) -> Option<Number> {
    if let Some(octal) = digits.strip_prefix("0o") {
        return radix(sign, octal, 8);
    }
    match digits.strip_prefix("0x") {
        Some(hex) => radix(sign, hex, 16),
        None => decimal(sign, digits),
    }
}

/// The grammar of the YAML 1.1 types `int` and `float`.
fn yaml11(sign: &str, spelled: &str) -> Option<Number> {
    if spelled.starts_with('_') {
        return None;
    }
    let digits = spelled.replace('_', "");
    if let Some(binary) = digits.strip_prefix("0b") {
        return radix(sign, binary, 2);
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        return radix(sign, hex, 16);
    }
    if digits.contains(':') {
        return sexagesimal(sign, &digits);
    }
    match digits.strip_prefix('0') {
        Some(octal) if !octal.is_empty() && octal.bytes().all(|digit| digit.is_ascii_digit()) => radix(sign, octal, 8),
        _ => decimal(sign, &digits),
    }
}

/// The grammar of Go's number literals, then that of YAML's floats: `09` is nine.
fn kubernetes(sign: &str, spelled: &str) -> Option<Number> {
    if spelled.starts_with('_') {
        return None;
    }
    let digits = spelled.replace('_', "").to_ascii_lowercase();
    let based = [("0b", 2), ("0o", 8), ("0x", 16), ("0", 8)];
    let found = based.into_iter().find_map(|(prefix, base)| radix(sign, digits.strip_prefix(prefix)?, base));
    found.or_else(|| decimal(sign, &digits))
}

fn radix(sign: &str, digits: &str, radix: u32) -> Option<Number> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let whole = BigInt::parse_bytes(digits.as_bytes(), radix)?;
    format!("{sign}{whole}").parse().ok()
}

/// `[0-9]+(\.[0-9]*)?` or `\.[0-9]+`, and an exponent.
fn decimal(sign: &str, digits: &str) -> Option<Number> {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = whole.bytes().chain(fraction.bytes()).all(|digit| digit.is_ascii_digit())
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.abs() <= MAX_EXPONENT;
    if is_number { format!("{sign}{whole}.{fraction}0e{exponent}").parse().ok() } else { None }
}

/// `[1-9][0-9]*(:[0-5]?[0-9])+`: minutes and seconds, once.
fn sexagesimal(sign: &str, digits: &str) -> Option<Number> {
    let mut places = digits.split(':');
    let first = places.next()?;
    if first.starts_with('0') {
        return None;
    }
    let mut total: i64 = first.parse().ok().filter(|_| first.bytes().all(|digit| digit.is_ascii_digit()))?;
    for place in places {
        let in_range = place.len() <= 2 && place.bytes().all(|digit| digit.is_ascii_digit());
        let place: i64 = place.parse().ok().filter(|place| in_range && *place < 60)?;
        total = total.checked_mul(60)?.checked_add(place)?;
    }
    format!("{sign}{total}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_scalars_are_what_each_schema_says() {
        let check = |text: &str, yaml11: serde_json::Value, core: serde_json::Value| {
            assert_eq!(Value::new(Schema::Yaml11.resolve(text)).to_json(), yaml11, "{text} in YAML 1.1");
            assert_eq!(Value::new(Schema::Core.resolve(text)).to_json(), core, "{text} in the core schema");
        };
        check("yes", json!(true), json!("yes"));
        check("Off", json!(false), json!("Off"));
        check("y", json!("y"), json!("y"));
        check("TRUE", json!(true), json!(true));
        check("tRUE", json!("tRUE"), json!("tRUE"));
        check("", json!(null), json!(null));
        check("~", json!(null), json!(null));
        check("0644", json!(420), json!(644));
        check("012345678901", json!("012345678901"), json!(12_345_678_901_i64));
        check("002406178527", json!("002406178527"), json!(2_406_178_527_i64));
        check("065115117704", json!(7_133_765_572_i64), json!(65_115_117_704_i64));
        check("0o644", json!("0o644"), json!(420));
        check("0x1F", json!(31), json!(31));
        check("0b11", json!(3), json!("0b11"));
        check("12:30:45", json!(45_045), json!("12:30:45"));
        check("09:30", json!("09:30"), json!("09:30"));
        check("12:75", json!("12:75"), json!("12:75"));
        check("80:8080", json!("80:8080"), json!("80:8080"));
        check("1_000", json!(1000), json!("1_000"));
        check("1.10", json!(1.1), json!(1.1));
        check("1.2.3", json!("1.2.3"), json!("1.2.3"));
        check("-7", json!(-7), json!(-7));
        check("+7", json!(7), json!(7));
        check(".5", json!(0.5), json!(0.5));
        check("5.", json!(5), json!(5));
        check("1e3", json!(1000), json!(1000));
        check(".", json!("."), json!("."));
        check("-", json!("-"), json!("-"));
        check(".inf", json!(".inf"), json!(".inf"));
        check("1e999999999", json!("1e999999999"), json!("1e999999999"));
        check("2012-10-17", json!("2012-10-17"), json!("2012-10-17"));
        check("10.0.0.0/16", json!("10.0.0.0/16"), json!("10.0.0.0/16"));
    }

    #[test]
    fn manifests_are_read_as_kubectl_reads_them() {
        let check = |text: &str, expect: serde_json::Value| {
            assert_eq!(Value::new(Schema::Kubernetes.resolve(text)).to_json(), expect, "{text}");
        };
        for (text, expect) in [
            ("y", json!(true)),
            ("N", json!(false)),
            ("No", json!(false)),
            ("oFF", json!("oFF")),
            ("0644", json!(420)),
            ("0o644", json!(420)),
            ("-0644", json!(-420)),
            ("0o9", json!("0o9")),
            ("09", json!(9)),
            ("0_7", json!(7)),
            ("00", json!(0)),
            ("0", json!(0)),
            ("12:30", json!("12:30")),
            ("190:20:30.15", json!("190:20:30.15")),
            ("1_0.5", json!(10.5)),
            ("0X1F", json!(31)),
            ("-0x1f", json!(-31)),
            ("0b11", json!(3)),
            ("0b", json!("0b")),
            ("1e", json!("1e")),
            ("1.5e+3", json!(1500)),
            ("-.5", json!(-0.5)),
            ("_1", json!("_1")),
            ("1.2.3", json!("1.2.3")),
            ("=", json!("=")),
            ("2020-01-01", json!("2020-01-01")),
        ] {
            check(text, expect);
        }
        for (text, expect) in [
            ("y", json!("y")),
            ("on", json!("on")),
            ("True", json!(true)),
            ("0644", json!(420)),
            ("1_000", json!(1000)),
        ] {
            assert_eq!(Value::new(Schema::Kustomize.resolve(text)).to_json(), expect, "{text} in a kustomization");
        }
        let key = |text: &str| Schema::Kubernetes.key(text);
        assert_eq!(
            ["y", "0644", "0x10", "1.10", "web"].map(key),
            ["true", "420", "16", "1.1", "web"].map(|k| Some(k.to_owned()))
        );
        assert_eq!(key("~"), None);
    }
}
