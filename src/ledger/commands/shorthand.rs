//! The AWS CLI's shorthand syntax: `Name=a,Values=b,c` and `Variables={A=1,B=two}`.
//!
//! Knows no operation: what a text means (a map, a structure, a list) the caller's table says.
//!
//! Grammar: AWS CLI User Guide, "Using shorthand syntax"; checked against awscli 1.46.

use std::collections::BTreeMap;

use super::shell::text_value;
use crate::model::{Kind, Value};

/// Deepest nesting that is read; the deepest parameter of any AWS API needs less than ten.
const DEEPEST: usize = 32;

/// A shorthand text as an object, or `None` if it is none. Scalars stay texts.
pub(super) fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader { chars: text.trim().chars().collect(), at: 0 };
    let members = reader.members(None, DEEPEST)?;
    (reader.at == reader.chars.len() && !members.is_empty()).then(|| Value::new(Kind::Object(members)))
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// `key=value,key=value` up to the end of the text or to `end`, which is taken.
    fn members(&mut self, end: Option<char>, depth: usize) -> Option<BTreeMap<String, Value>> {
        let mut members = BTreeMap::new();
        loop {
            self.skip_space();
            if self.ends(end) {
                return Some(members);
            }
            let key = self.key()?;
            let value = self.member_value(end, depth)?;
            members.insert(key, value);
            self.skip_space();
            if !self.eat(',') {
                return self.ends(end).then_some(members);
            }
        }
    }

    fn ends(&mut self, end: Option<char>) -> bool {
        match end {
            Some(end) => self.eat(end),
            None => self.peek().is_none(),
        }
    }

    fn key(&mut self) -> Option<String> {
        let start = self.at;
        while self.peek().is_some_and(|c| !matches!(c, '=' | ',' | '{' | '}' | '[' | ']' | '"' | '\'')) {
            self.at += 1;
        }
        let key: String = self.chars.get(start..self.at)?.iter().collect();
        (self.eat('=') && !key.trim().is_empty()).then(|| key.trim().to_owned())
    }

    /// A member's value; at the top, `Values=a,b` goes on until the next `key=`.
    fn member_value(&mut self, end: Option<char>, depth: usize) -> Option<Value> {
        let first = self.value(end, depth)?;
        let mut more = Vec::new();
        while end.is_none() && self.peek() == Some(',') && !self.key_follows() {
            self.at += 1;
            more.push(self.value(end, depth)?);
        }
        if more.is_empty() {
            return Some(first);
        }
        Some(Value::list([first].into_iter().chain(more)))
    }

    /// Whether what stands behind the comma here is the next `key=`, or nothing.
    fn key_follows(&mut self) -> bool {
        let here = self.at;
        self.at += 1;
        let follows = self.peek().is_none() || self.key().is_some();
        self.at = here;
        follows
    }

    fn value(&mut self, end: Option<char>, depth: usize) -> Option<Value> {
        let deeper = depth.checked_sub(1)?;
        self.skip_space();
        match self.peek() {
            Some('{') => {
                self.at += 1;
                Some(Value::new(Kind::Object(self.members(Some('}'), deeper)?)))
            }
            Some('[') => {
                self.at += 1;
                self.items(deeper)
            }
            Some(quote @ ('"' | '\'')) => {
                self.at += 1;
                self.quoted(quote).map(|text| text_value(&text))
            }
            _ => Some(text_value(self.bare(end).trim_end())),
        }
    }

    fn items(&mut self, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.eat(']') {
                return Some(Value::list(items));
            }
            items.push(self.value(Some(']'), depth)?);
            self.skip_space();
            if !self.eat(',') {
                return self.eat(']').then(|| Value::list(items));
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        loop {
            let c = self.peek()?;
            self.at += 1;
            match c {
                c if c == quote => return Some(text),
                '\\' if matches!(self.peek(), Some(next) if next == quote || next == '\\') => {
                    text.extend(self.peek());
                    self.at += 1;
                }
                c => text.push(c),
            }
        }
    }

    fn bare(&mut self, end: Option<char>) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek() {
            let escaped_comma = c == '\\' && self.chars.get(self.at + 1) == Some(&',');
            if c == ',' || (end.is_some() && matches!(c, ']' | '}')) {
                break;
            }
            self.at += 1 + usize::from(escaped_comma);
            text.push(if escaped_comma { ',' } else { c });
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn check(text: &str, expect: serde_json::Value) {
        assert_eq!(parse(text).map(|value| value.to_json()), Some(expect), "{text}");
    }

    /// Every row was resolved by awscli 1.46.2 to the same structure (there with numbers typed by the model).
    #[test]
    fn texts_mean_what_the_aws_cli_makes_of_them() {
        check("Variables={A=1,B=two}", json!({"Variables": {"A": "1", "B": "two"}}));
        check("Variables={}", json!({"Variables": {}}));
        check("Variables={A=\"x,y\",B=a=b}", json!({"Variables": {"A": "x,y", "B": "a=b"}}));
        check(
            "Variables={URL=https://a.b/c?d=e&f=g,KEY='a b'}",
            json!({"Variables": {"URL": "https://a.b/c?d=e&f=g", "KEY": "a b"}}),
        );
        check(
            "awsvpcConfiguration={subnets=[a,b],securityGroups=[sg-1],assignPublicIp=ENABLED}",
            json!({"awsvpcConfiguration": {"subnets": ["a", "b"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"}}),
        );
        check(
            "SubnetIds=subnet-1,subnet-2,SecurityGroupIds=sg-1",
            json!({"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": "sg-1"}),
        );
        check("Name=FunctionName,Value=f", json!({"Name": "FunctionName", "Value": "f"}));
        check(
            "IpProtocol=tcp,FromPort=1,IpRanges=[{CidrIp=10.0.0.0/8,Description=\"RDP access\"}]",
            json!({"IpProtocol": "tcp", "FromPort": "1", "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "RDP access"}]}),
        );
        check("AdditionalVersionWeights={6=0.1}", json!({"AdditionalVersionWeights": {"6": "0.1"}}));
    }

    #[test]
    fn what_is_no_shorthand_is_refused() {
        for text in ["", "abc", "a b", "=x", "A={B=1", "A=[1", "A={B=1}}", "A=\"x"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&format!("A={}", "[".repeat(10_000))), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-c={},\\[\\]\"'\\\\ \u{e9}]{0,40}") {
            drop(parse(&text));
        }

        #[test]
        fn a_quoted_value_is_kept_as_it_is(value in "[ a-z,={}\\[\\]]{0,20}") {
            let parsed = parse(&format!("A={{B=\"{value}\",C=1}}")).unwrap();
            prop_assert_eq!(parsed.at_keys(["A", "B"]).and_then(Value::as_str), Some(value.as_str()));
        }
    }
}
