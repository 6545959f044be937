//! Functions that encode, decode and digest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256, Sha512};

use super::super::export;
use super::super::json::{Json, Layout};
use super::super::value::Value;
use super::Reading::Whole;
use super::{Function, pure, unknown};

/// The family.
pub(super) const TABLE: &[Function] = &[
    pure("base64decode", (1, 1), Whole, |a| {
        let bytes = STANDARD.decode(a.text(0)?).map_err(|_| "the text is not base64".to_owned())?;
        String::from_utf8(bytes).map(Value::text).map_err(|_| "the decoded bytes are not text".to_owned())
    }),
    pure("base64encode", (1, 1), Whole, |a| Ok(Value::text(STANDARD.encode(a.text(0)?)))),
    pure("base64sha256", (1, 1), Whole, |a| Ok(Value::text(base64(&Sha256::digest(a.text(0)?))))),
    pure("base64sha512", (1, 1), Whole, |a| Ok(Value::text(base64(&Sha512::digest(a.text(0)?))))),
    pure("jsondecode", (1, 1), Whole, |a| {
        let json: serde_json::Value =
            serde_json::from_str(&a.text(0)?).map_err(|_| "the text is not JSON".to_owned())?;
        Ok(export::from_json(&json))
    }),
    pure("jsonencode", (1, 1), Whole, |a| Ok(Value::text(Json::of(a.any(0)?).write(Layout::Compact)))),
    pure("sha256", (1, 1), Whole, |a| Ok(Value::text(hex(&Sha256::digest(a.text(0)?))))),
    pure("sha512", (1, 1), Whole, |a| Ok(Value::text(hex(&Sha512::digest(a.text(0)?))))),
    pure("urldecode", (1, 1), Whole, |a| {
        let text = a.text(0)?.replace('+', " ");
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8();
        decoded.map(Value::text).map_err(|_| "the decoded bytes are not text".to_owned())
    }),
    pure("urlencode", (1, 1), Whole, |a| Ok(Value::text(urlencode(&a.text(0)?)))),
    pure("yamldecode", (1, 1), Whole, super::yaml::decode),
    unknown("base64gzip", "the bytes of base64gzip depend on the compressor"),
    unknown("bcrypt", "bcrypt gives another value every time"),
    unknown("plantimestamp", "plantimestamp is only known during a deployment"),
    unknown("rsadecrypt", "private keys are not used here"),
    unknown("timestamp", "timestamp is only known during a deployment"),
    unknown("uuid", "uuid gives another value every time"),
];

/// Bytes as base64.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Go's `url.QueryEscape`: a blank becomes a plus.
fn urlencode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
