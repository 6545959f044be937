//! One page of a list, taken apart object by object: never more than one of them is a tree in memory.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

/// What a page says of the list it belongs to.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct ListMeta {
    /// Where the next page begins; empty on the last one.
    #[serde(rename = "continue", default)]
    pub next: String,
}

/// Reads a page and hands over its objects one by one.
pub(super) fn read(text: &str, mut each: impl FnMut(Json)) -> Result<ListMeta, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let meta = Page(&mut each).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(meta)
}

/// What a page says of its list, where it says so before the objects, as servers do; else nothing.
pub(super) fn meta(text: &str) -> ListMeta {
    struct Head<'m>(&'m mut ListMeta);

    impl<'de> Visitor<'de> for Head<'_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of objects")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<String>()? {
                match key.as_str() {
                    "metadata" => *self.0 = map.next_value()?,
                    "items" => return Err(serde::de::Error::custom("the rest is not looked at")),
                    _ => drop(map.next_value::<IgnoredAny>()?),
                }
            }
            Ok(())
        }
    }

    let mut meta = ListMeta::default();
    // The error only ends the reading.
    drop(serde_json::Deserializer::from_str(text).deserialize_map(Head(&mut meta)));
    meta
}

struct Page<'f, F>(&'f mut F);

impl<'de, F: FnMut(Json)> DeserializeSeed<'de> for Page<'_, F> {
    type Value = ListMeta;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<ListMeta, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(Json)> Visitor<'de> for Page<'_, F> {
    type Value = ListMeta;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ListMeta, A::Error> {
        let mut meta = ListMeta::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "metadata" => meta = map.next_value()?,
                "items" => map.next_value_seed(Items(&mut *self.0))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(meta)
    }
}

struct Items<'f, F>(&'f mut F);

impl<'de, F: FnMut(Json)> DeserializeSeed<'de> for Items<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        // A list without items is `null` where an old server writes an empty Go slice.
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Json)> Visitor<'de> for Items<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the objects of a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Json>()? {
            (self.0)(item);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_handed_over_one_by_one_with_where_the_next_page_begins() {
        let check = |text: &str, expect: (&str, &[&str])| {
            let mut names = Vec::new();
            let meta = read(text, |object| names.push(object["metadata"]["name"].to_string())).unwrap();
            assert_eq!(super::meta(text), meta);
            assert_eq!((meta.next.as_str(), names), (expect.0, expect.1.iter().map(ToString::to_string).collect()));
        };
        check(
            r#"{"kind": "ConfigMapList", "metadata": {"continue": "x", "remainingItemCount": 3},
                "items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]}"#,
            ("x", &["\"a\"", "\"b\""]),
        );
        check(r#"{"metadata": {}, "items": null}"#, ("", &[]));
        check("{}", ("", &[]));
        assert!(read("[]", |_| ()).is_err() && read(r#"{"items": [}"#, |_| ()).is_err());
    }
}
