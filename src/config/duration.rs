//! Spans of time as people write them: `24h`, `90m`, `2d 12h`.

use std::borrow::Cow;
use std::fmt;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A span of time; days have 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigDuration(SignedDuration);

impl ConfigDuration {
    /// A number of hours.
    pub const fn from_hours(hours: i64) -> Self {
        Self(SignedDuration::from_hours(hours))
    }

    /// The span.
    pub const fn get(self) -> SignedDuration {
        self.0
    }
}

impl fmt::Display for ConfigDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl Serialize for ConfigDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ConfigDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let span: Span = text.parse().map_err(|_| wrong(&text))?;
        let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong(&text))?;
        if duration.is_negative() { Err(wrong(&text)) } else { Ok(Self(duration)) }
    }
}

fn wrong<E: serde::de::Error>(text: &str) -> E {
    E::custom(format!("{text:?} is not a span of time such as 24h, 90m or 2d"))
}

impl JsonSchema for ConfigDuration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A span of time such as 24h, 90m or 2d.",
            "examples": ["24h", "90m", "2d"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_as_people_write_them() {
        let check = |text: &str, seconds: i64| {
            let duration: ConfigDuration = serde_yaml::from_str(text).unwrap();
            assert_eq!(duration.get().as_secs(), seconds, "{text}");
        };
        check("24h", 86_400);
        check("90m", 5_400);
        check("2d", 172_800);
        check("1h 30m", 5_400);
        check("0s", 0);
        for wrong in ["soon", "-1h", "24", "1 month"] {
            assert!(serde_yaml::from_str::<ConfigDuration>(wrong).is_err(), "{wrong}");
        }
    }
}
