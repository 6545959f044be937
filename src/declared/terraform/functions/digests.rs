//! Functions that digest: hashes, and identifiers made of them.

use md5::{Digest as _, Md5};
use sha1::{Digest as _, Sha1};
use sha2::{Sha256, Sha512};
use uuid::{Builder, Uuid};

use super::super::value::Value;
use super::Reading::Whole;
use super::arguments::Arguments;
use super::encoding::{base64, hex};
use super::{Function, pure, unknown};

/// The family.
pub(super) const TABLE: &[Function] = &[
    pure("base64sha256", (1, 1), Whole, |a| digested(a, base64_sha256)),
    pure("base64sha512", (1, 1), Whole, |a| digested(a, base64_sha512)),
    unknown("bcrypt", "bcrypt gives another value every time"),
    pure("md5", (1, 1), Whole, |a| digested(a, md5)),
    unknown("rsadecrypt", "private keys are not used here"),
    pure("sha1", (1, 1), Whole, |a| digested(a, sha1)),
    pure("sha256", (1, 1), Whole, |a| digested(a, sha256)),
    pure("sha512", (1, 1), Whole, |a| digested(a, sha512)),
    unknown("uuid", "uuid gives another value every time"),
    pure("uuidv5", (2, 2), Whole, uuidv5),
];

fn digested(arguments: &Arguments<'_>, digest: fn(&[u8]) -> String) -> Result<Value, String> {
    Ok(Value::text(digest(arguments.text(0)?.as_bytes())))
}

/// MD5 in hexadecimal digits.
pub(super) fn md5(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// SHA-1 in hexadecimal digits.
pub(super) fn sha1(bytes: &[u8]) -> String {
    hex(&Sha1::digest(bytes))
}

/// SHA-256 in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-512 in hexadecimal digits.
pub(super) fn sha512(bytes: &[u8]) -> String {
    hex(&Sha512::digest(bytes))
}

/// SHA-256 in base64.
pub(super) fn base64_sha256(bytes: &[u8]) -> String {
    base64(&Sha256::digest(bytes))
}

/// SHA-512 in base64.
pub(super) fn base64_sha512(bytes: &[u8]) -> String {
    base64(&Sha512::digest(bytes))
}

/// Namespaces that have a name (RFC 9562, section 6.6).
const NAMESPACES: [(&str, Uuid); 4] = [
    ("dns", Uuid::NAMESPACE_DNS),
    ("url", Uuid::NAMESPACE_URL),
    ("oid", Uuid::NAMESPACE_OID),
    ("x500", Uuid::NAMESPACE_X500),
];

/// `uuidv5(namespace, name)`. The crate's own function for it would bring a second SHA-1.
fn uuidv5(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (namespace, name) = (arguments.text(0)?, arguments.text(1)?);
    let known = NAMESPACES.iter().find(|(known, _)| *known == namespace).map(|(_, namespace)| *namespace);
    let namespace = match known {
        Some(namespace) => namespace,
        None => Uuid::parse_str(&namespace).map_err(|_| "the namespace is neither known nor a UUID".to_owned())?,
    };
    let digest = Sha1::new().chain_update(namespace.as_bytes()).chain_update(name).finalize();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of)| *byte = of);
    Ok(Value::text(Builder::from_sha1_bytes(bytes).into_uuid().to_string()))
}
