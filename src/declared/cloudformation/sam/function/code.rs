//! Where the code of a function is.

use super::Function;
use crate::declared::cloudformation::sam::tree::{Expand, fault, field, set_field, tree};
use crate::model::Value;

/// Why the place of code that is a path of the repository is not known.
const PACKAGED: &str = "packaged when deploying";

/// The `Code` of a function.
pub(super) fn code(function: &Function<'_>) -> Expand<Value> {
    let mut code = if function.property("PackageType").and_then(Value::as_str) == Some("Image") {
        match function.property("ImageUri") {
            // An image that is built from the repository is pushed, and then named, when it is deployed.
            Some(uri) if uri.as_str().is_none_or(|uri| uri.contains('/') || uri.contains("{{")) => {
                tree!({ "ImageUri": (uri.clone()) })
            }
            _ => return Ok(Value::unknown(PACKAGED)),
        }
    } else if let Some(inline) = function.property("InlineCode") {
        tree!({ "ZipFile": (inline.clone()) })
    } else {
        let names = [
            ("Bucket", "S3Bucket"),
            ("Key", "S3Key"),
            ("Version", "S3ObjectVersion"),
            ("StorageMode", "S3ObjectStorageMode"),
        ];
        match function.property("CodeUri") {
            Some(uri) => location(uri, &names)?,
            None => Value::unknown(PACKAGED),
        }
    };
    if let (Some(key), false, false) =
        (function.set_property("SourceKMSKeyArn"), code.is_unknown(), code.get("ImageUri").is_some())
    {
        crate::declared::cloudformation::sam::tree::members(&mut code)
            .insert("SourceKMSKeyArn".to_owned(), key.clone());
    }
    Ok(code)
}

/// An object of S3 that a property names: a mapping of `Bucket` and `Key`, or `s3://bucket/key?versionId=…`. `names`
/// are what its parts are called where it is used. A path of the repository is not known before it is packaged.
pub(in crate::declared::cloudformation::sam) fn location(written: &Value, names: &[(&str, &str)]) -> Expand<Value> {
    let Some(uri) = written.as_str() else {
        if set_field(written, "Bucket").is_none() || set_field(written, "Key").is_none() {
            return fault(written, "a place in S3 has a `Bucket` and a `Key`");
        }
        let parts = names.iter().filter_map(|(ours, theirs)| Some((*theirs, field(written, ours)?.clone())));
        return Ok(Value::object(parts));
    };
    let Some(rest) = uri.strip_prefix("s3://") else {
        let is_remote = uri.starts_with("http://") || uri.starts_with("https://");
        return if is_remote { fault(written, "expected `s3://bucket/key`") } else { Ok(Value::unknown(PACKAGED)) };
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (path, query) = (path, query.split('#').next().unwrap_or_default());
    let Some((bucket, key)) = path.split_once('/').filter(|(bucket, _)| !bucket.is_empty()) else {
        return fault(written, "expected `s3://bucket/key`");
    };
    let version = query.split('&').find_map(|pair| pair.strip_prefix("versionId="));
    let value = |part: &str| match part {
        "Bucket" => Some(bucket),
        "Key" => Some(key.trim_start_matches('/')),
        "Version" => version,
        _ => None,
    };
    Ok(Value::object(names.iter().filter_map(|(ours, theirs)| Some((*theirs, Value::from(value(ours)?))))))
}
