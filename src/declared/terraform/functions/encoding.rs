//! Functions that encode and decode.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, PAD, STANDARD};
use zlib_rs::{InflateConfig, ReturnCode, decompress_slice};

use super::super::json::{Json, Layout, least_length};
use super::super::value::Value;
use super::Reading::Whole;
use super::arguments::Arguments;
use super::{Function, MAX_TEXT, csv, json_reader, pure, text_encodings, unknown, yaml, yaml_writer};

/// The family.
pub(super) const TABLE: &[Function] = &[
    pure("base64decode", (1, 1), Whole, |a| {
        let text = String::from_utf8(from_base64(&a.text(0)?)?);
        text.map(Value::text).map_err(|_| "the decoded bytes are not text".to_owned())
    }),
    pure("base64encode", (1, 1), Whole, |a| Ok(Value::text(base64(a.text(0)?.as_bytes())))),
    pure("base64gunzip", (1, 1), Whole, gunzip),
    // What is compressed is known, but the same text has many compressed forms: one made here would differ from the
    // one that was deployed, and look like a change.
    unknown("base64gzip", "the bytes of base64gzip depend on the compressor"),
    pure("csvdecode", (1, 1), Whole, csv::decode),
    pure("jsondecode", (1, 1), Whole, json_reader::decode),
    pure("jsonencode", (1, 1), Whole, |a| {
        let value = a.any(0)?;
        if least_length(value) > MAX_TEXT {
            return Ok(Value::unknown("the JSON is too long"));
        }
        Ok(Value::text(Json::of(value).write(Layout::Compact)))
    }),
    pure("textdecodebase64", (2, 2), Whole, text_encodings::decode),
    pure("textencodebase64", (2, 2), Whole, text_encodings::encode),
    pure("urldecode", (1, 1), Whole, |a| {
        let text = a.text(0)?;
        let misses_digits = |after: &str| after.get(..2).is_none_or(|code| u8::from_str_radix(code, 16).is_err());
        if text.split('%').skip(1).any(misses_digits) {
            return Err("a percent sign has no two hexadecimal digits behind it".to_owned());
        }
        let text = text.replace('+', " ");
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8();
        decoded.map(Value::text).map_err(|_| "the decoded bytes are not text".to_owned())
    }),
    pure("urlencode", (1, 1), Whole, |a| Ok(Value::text(urlencode(&a.text(0)?)))),
    pure("yamldecode", (1, 1), Whole, yaml::decode),
    pure("yamlencode", (1, 1), Whole, yaml_writer::encode),
];

/// Bytes as base64.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Base64 that Go takes, which does not look at the bits that are left over.
const LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PAD.with_decode_allow_trailing_bits(true));

/// The bytes that a text in base64 stands for. It may have line breaks.
pub(super) fn from_base64(text: &str) -> Result<Vec<u8>, String> {
    LENIENT.decode(text.replace(['\r', '\n'], "")).map_err(|_| "the text is not base64".to_owned())
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The largest window of deflate, as a power of two, with the mark for gzip's frame.
const GZIP_WINDOW: i32 = 15 + 16;

/// With what gzip's frame begins.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// `base64gunzip(text)`, which only OpenTofu has.
fn gunzip(arguments: &Arguments<'_>) -> Result<Value, String> {
    let bytes = from_base64(&arguments.text(0)?)?;
    // The length of what is compressed stands at the end.
    let length = bytes.last_chunk::<4>().map_or(0, |length| u32::from_le_bytes(*length));
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if !bytes.starts_with(&GZIP_MAGIC) {
        return Err("the bytes are not compressed with gzip".to_owned());
    }
    if length > MAX_TEXT {
        return Ok(Value::unknown("the text is too long"));
    }
    let mut text = vec![0; length];
    let (text, code) = decompress_slice(&mut text, &bytes, InflateConfig { window_bits: GZIP_WINDOW });
    if code != ReturnCode::Ok {
        return Err("the bytes are not compressed with gzip".to_owned());
    }
    let text = std::str::from_utf8(text).map_err(|_| "the decoded bytes are not text".to_owned())?;
    Ok(Value::text(text))
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
