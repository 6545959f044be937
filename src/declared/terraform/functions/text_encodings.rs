//! `textencodebase64` and `textdecodebase64`: texts in the encodings that IANA has names for.

use encoding_rs::{CoderResult, Encoding};

use super::super::value::Value;
use super::arguments::Arguments;
use super::encoding::{base64, from_base64};

/// An encoding.
#[derive(Clone, Copy)]
enum Charset {
    /// One of those that browsers know.
    Web(&'static Encoding),
    /// One code point a byte: the first 256, or fewer.
    Latin(u32),
    /// Two or four bytes a code point.
    Utf16 { little: bool, marked: bool },
}

/// Names that mean something else to browsers than to IANA, in capitals.
const NAMES: [(&str, Charset); 11] = [
    ("UTF-16", Charset::Utf16 { little: false, marked: true }),
    ("UTF-16BE", Charset::Utf16 { little: false, marked: false }),
    ("UTF-16LE", Charset::Utf16 { little: true, marked: false }),
    ("ISO-8859-1", Charset::Latin(0x100)),
    ("ISO_8859-1", Charset::Latin(0x100)),
    ("ISO_8859-1:1987", Charset::Latin(0x100)),
    ("LATIN1", Charset::Latin(0x100)),
    ("L1", Charset::Latin(0x100)),
    ("US-ASCII", Charset::Latin(0x80)),
    ("ASCII", Charset::Latin(0x80)),
    ("ISO646-US", Charset::Latin(0x80)),
];

/// Encodings of IANA that browsers do not know and Terraform does.
const UNREAD: [&str; 4] = ["IBM", "CP", "HZ-GB", "EBCDIC"];

/// `Err`: what is said of an encoding that is not read here.
fn charset(name: &str) -> Result<Result<Charset, Value>, String> {
    let capitals = name.to_uppercase();
    if let Some((_, charset)) = NAMES.iter().find(|(known, _)| *known == capitals) {
        return Ok(Ok(*charset));
    }
    match Encoding::for_label(name.as_bytes()) {
        Some(encoding) if encoding.output_encoding() == encoding => Ok(Ok(Charset::Web(encoding))),
        None if !UNREAD.iter().any(|known| capitals.starts_with(known)) => {
            Err("there is no encoding of that name".to_owned())
        }
        _ => Ok(Err(Value::unknown(format!("the encoding {name} is not read")))),
    }
}

/// `textencodebase64(text, encoding)`.
pub(super) fn encode(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (text, charset) = (arguments.text(0)?, charset(&arguments.text(1)?)?);
    let missing = "the encoding has no such character";
    Ok(match charset {
        Err(unknown) => unknown,
        Ok(Charset::Latin(limit)) => {
            let byte =
                |character: char| u8::try_from(u32::from(character)).ok().filter(|byte| u32::from(*byte) < limit);
            let bytes: Option<Vec<u8>> = text.chars().map(byte).collect();
            Value::text(base64(&bytes.ok_or(missing)?))
        }
        Ok(Charset::Utf16 { little, marked }) => {
            let mark = (marked && !text.is_empty()).then_some(0xfeff);
            let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
            Value::text(base64(&mark.into_iter().chain(text.encode_utf16()).flat_map(bytes).collect::<Vec<u8>>()))
        }
        Ok(Charset::Web(encoding)) => {
            let (bytes, _, replaced) = encoding.encode(&text);
            Value::text(base64(if replaced { return Err(missing.to_owned()) } else { &bytes }))
        }
    })
}

/// `textdecodebase64(bytes, encoding)`.
pub(super) fn decode(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (bytes, charset) = (from_base64(&arguments.text(0)?)?, charset(&arguments.text(1)?)?);
    let invalid = "the bytes are no text in that encoding";
    Ok(match charset {
        Err(unknown) => unknown,
        Ok(Charset::Latin(limit)) => {
            let character = |byte: &u8| (u32::from(*byte) < limit).then(|| char::from(*byte));
            Value::text(bytes.iter().map(character).collect::<Option<String>>().ok_or(invalid)?)
        }
        Ok(Charset::Utf16 { little, marked }) => {
            let swapped = marked && bytes.starts_with(&[0xff, 0xfe]);
            let encoding = if little || swapped { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE };
            let bytes = bytes.get(if marked && (swapped || bytes.starts_with(&[0xfe, 0xff])) { 2 } else { 0 }..);
            Value::text(decoded(encoding, bytes.unwrap_or_default()).ok_or(invalid)?)
        }
        Ok(Charset::Web(encoding)) => Value::text(decoded(encoding, &bytes).ok_or(invalid)?),
    })
}

fn decoded(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(bytes.len())?);
    let (result, _, replaced) = decoder.decode_to_string(bytes, &mut text, true);
    (!replaced && result == CoderResult::InputEmpty).then_some(text)
}
