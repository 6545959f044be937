//! The AWS CLI's shorthand syntax: `Name=a,Values=b,c` and `Variables={A=1,B=two}`.
//!
//! Knows no operation: what a text means (a number, a list of one) the shape says, afterwards.
//!
//! Grammar: AWS CLI User Guide, "Using shorthand syntax"; checked against awscli 1.46, with which it agrees about what
//! is none as well.

use std::collections::BTreeMap;

use super::shell::text_value;
use crate::model::{Kind, Value};

/// Deepest nesting that is read; the deepest parameter of any AWS API needs less than ten.
const DEEPEST: usize = 32;

/// A shorthand text as an object, or `None` if it is none. Scalars stay texts.
pub(super) fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0 };
    let mut members = BTreeMap::new();
    loop {
        let key = reader.key()?;
        let value = reader.values()?;
        // A key that comes twice is a comma that should have been a space.
        if members.insert(key, value).is_some() {
            return None;
        }
        if reader.peek().is_none() {
            return Some(Value::new(Kind::Object(members)));
        }
        reader.expect(',')?;
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// A sign with space around it.
    fn expect(&mut self, sign: char) -> Option<()> {
        self.skip_space();
        let is_there = self.peek() == Some(sign);
        self.at += usize::from(is_there);
        self.skip_space();
        is_there.then_some(())
    }

    /// `key=`, or `key@=`, whose value may be a file.
    fn key(&mut self) -> Option<String> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || "-_.#/:".contains(c)) {
            self.at += 1;
        }
        let key = self.chars.get(start..self.at)?.iter().collect();
        self.skip_space();
        if self.peek() == Some('@') {
            self.at += 1;
        }
        self.expect('=')?;
        Some(key)
    }

    /// The value of a member at the top, where `Values=a,b` goes on until the next `key=`.
    fn values(&mut self) -> Option<Value> {
        match self.peek() {
            None => return Some(Value::from("")),
            Some('[' | '{') => return self.nested(DEEPEST),
            Some(_) => {}
        }
        let first = self.scalar()?;
        self.skip_space();
        let mut more = Vec::new();
        while self.peek() == Some(',') {
            let comma = self.at;
            self.expect(',')?;
            // Nothing behind the last comma is no value and no key.
            self.peek()?;
            let next = self.later_value();
            self.skip_space();
            match next.filter(|_| matches!(self.peek(), None | Some(','))) {
                Some(value) => more.push(value),
                // It was the next key.
                None => {
                    self.at = comma;
                    break;
                }
            }
        }
        if more.is_empty() { Some(first) } else { Some(Value::list([first].into_iter().chain(more))) }
    }

    fn nested(&mut self, depth: usize) -> Option<Value> {
        let deeper = depth.checked_sub(1)?;
        match self.peek() {
            Some('[') => self.items(deeper),
            Some('{') => self.members(deeper),
            _ => self.scalar(),
        }
    }

    fn items(&mut self, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        self.expect('[')?;
        while self.peek() != Some(']') {
            items.push(self.nested(depth)?);
            self.end_of_part(']')?;
        }
        self.at += 1;
        Some(Value::list(items))
    }

    fn members(&mut self, depth: usize) -> Option<Value> {
        let mut members = BTreeMap::new();
        self.expect('{')?;
        while self.peek() != Some('}') {
            let key = self.key()?;
            let value = self.nested(depth)?;
            self.end_of_part('}')?;
            members.insert(key, value);
        }
        self.at += 1;
        Some(Value::new(Kind::Object(members)))
    }

    /// A comma, or the end, which stays.
    fn end_of_part(&mut self, end: char) -> Option<()> {
        self.skip_space();
        if self.peek() == Some(end) { Some(()) } else { self.expect(',') }
    }

    /// A quoted text, or a bare one: it may hold `=`, but no quotes and no closing brackets. It may be empty.
    fn scalar(&mut self) -> Option<Value> {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote).map(|text| text_value(&text)),
            _ => Some(text_value(&self.bare("\"',]}"))),
        }
    }

    /// One of several values: not empty, and without `=`, which would make it a key.
    fn later_value(&mut self) -> Option<Value> {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote).map(|text| text_value(&text)),
            _ => Some(self.bare("\"',=")).filter(|text| !text.is_empty()).map(|text| text_value(&text)),
        }
    }

    fn quoted(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        self.at += 1;
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

    /// A text up to one of `ends`; `\,` is a comma.
    fn bare(&mut self, ends: &str) -> String {
        let mut text = String::new();
        // What may not start a value: it is left to whoever expects something else there.
        if self.peek().is_some_and(|c| c.is_whitespace() || "\"',=[{".contains(c)) {
            return text;
        }
        while let Some(c) = self.peek() {
            let is_escaped_comma = c == '\\' && self.chars.get(self.at + 1) == Some(&',');
            if !is_escaped_comma && !text.is_empty() && ends.contains(c) || text.is_empty() && c == ',' {
                break;
            }
            self.at += 1 + usize::from(is_escaped_comma);
            text.push(if is_escaped_comma { ',' } else { c });
        }
        text.truncate(text.trim_end().len());
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
        check("A=,B=x", json!({"A": "", "B": "x"}));
        check("A= a b , B=[ x , y ]", json!({"A": "a b", "B": ["x", "y"]}));
        check("A=1\\,2,3", json!({"A": ["1,2", "3"]}));
    }

    #[test]
    fn what_is_no_shorthand_is_refused() {
        for text in ["", "abc", "a b", "A={B=1", "A=[1", "A={B=1}}", "A=\"x", "A=x]", "A=1,A=2", "A=1,", "A=b\"c"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&format!("A={}", "[".repeat(10_000))), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-c={},@\\[\\]\"'\\\\ \u{e9}]{0,40}") {
            drop(parse(&text));
        }

        #[test]
        fn a_quoted_value_is_kept_as_it_is(value in "[ a-z,={}\\[\\]]{0,20}") {
            let parsed = parse(&format!("A={{B=\"{value}\",C=1}}")).unwrap();
            prop_assert_eq!(parsed.at_keys(["A", "B"]).and_then(Value::as_str), Some(value.as_str()));
        }
    }
}
