//! Addresses of resource instances, exactly as Terraform prints them.

use std::fmt::Write as _;

use serde_json::Value as Json;

/// `module.m["k"].data.aws_x.y[0]`. The module's part comes out of the state as it is printed.
pub(super) fn of(module: &str, is_data: bool, resource_type: &str, name: &str, key: Option<&Json>) -> String {
    let mut address = String::new();
    if !module.is_empty() {
        address.push_str(module);
        address.push('.');
    }
    if is_data {
        address.push_str("data.");
    }
    address.push_str(resource_type);
    address.push('.');
    address.push_str(name);
    match key {
        None | Some(Json::Null) => {}
        Some(Json::String(key)) => {
            address.push('[');
            quote(key, &mut address);
            address.push(']');
        }
        Some(key) => {
            address.push('[');
            address.push_str(&key.to_string());
            address.push(']');
        }
    }
    address
}

/// The type of the resource at an address: the part before the name.
pub(super) fn resource_type(address: &str) -> &str {
    // Names and types have no dots; keys may have any character, but a resource's own key comes last.
    let without_key = match address.strip_suffix(']') {
        Some(_) => own_key_start(address).map_or(address, |start| address.split_at(start).0),
        None => address,
    };
    let mut parts = without_key.rsplit('.');
    parts.next();
    parts.next().unwrap_or(without_key)
}

/// Where the last `[…]` of an address starts, minding quotes.
fn own_key_start(address: &str) -> Option<usize> {
    let (mut start, mut in_quotes, mut is_escaped) = (None, false, false);
    for (offset, letter) in address.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if in_quotes => is_escaped = true,
            '"' => in_quotes = !in_quotes,
            '[' if !in_quotes => start = Some(offset),
            _ => {}
        }
    }
    start
}

/// HCL's quoted form, in which Terraform prints string keys: template markers are doubled (`toHCLQuotedString` in
/// `internal/addrs/instance_key.go`).
fn quote(key: &str, out: &mut String) {
    out.push('"');
    let mut letters = key.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' => {
                out.push(letter);
                if letters.peek() == Some(&'{') {
                    out.push(letter);
                }
            }
            letter if letter.is_control() => {
                // Writing into a text cannot fail.
                let _infallible = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn addresses_are_printed_as_terraform_prints_them() {
        let check = |module, is_data, key: Json, expect: &str| {
            let address = of(module, is_data, "aws_x", "y", Some(&key));
            assert_eq!(address, expect);
            assert_eq!(resource_type(&address), "aws_x", "{address}");
        };
        check("", false, Json::Null, "aws_x.y");
        check("", false, json!(0), "aws_x.y[0]");
        check("", true, json!(12), "data.aws_x.y[12]");
        check("module.a[\"x.y\"].module.b[0]", false, Json::Null, "module.a[\"x.y\"].module.b[0].aws_x.y");
        check("module.a", true, json!("k"), "module.a.data.aws_x.y[\"k\"]");
        check("", false, json!("a.b[\"c\"]"), r#"aws_x.y["a.b[\"c\"]"]"#);
        check("", false, json!("${a} $b %{c}\n"), r#"aws_x.y["$${a} $b %%{c}\n"]"#);
        check("", false, json!("ü\u{1}"), "aws_x.y[\"ü\\u0001\"]");
    }
}
