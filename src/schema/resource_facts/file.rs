//! The embedded file: an index, a dictionary, and a compressed record for each type. The layout is described where it
//! is written, in `scripts/generate-resource-facts.py`.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use serde::Deserialize;
use zlib_rs::{Inflate, InflateFlush, Status};

use super::{Record, ResourceFacts};

static FILE: &[u8] = include_bytes!("../resource_facts.bin");
const MAGIC: &[u8] = b"DLRF1\n";
/// The largest window of deflate, as a power of two.
const WINDOW: u8 = 15;

/// Where the table comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Source {
    /// The version of cfn-lint that carried the schemas.
    pub cfn_lint: String,
    /// When cfn-lint's maintainers collected them.
    pub schemas: String,
}

#[derive(Deserialize)]
struct Head {
    #[serde(flatten)]
    source: Source,
    types: Vec<(Box<str>, usize, usize)>,
}

#[derive(Debug, Default)]
struct Index {
    source: Source,
    dictionary: Vec<u8>,
    /// Sorted by name.
    types: Vec<(Box<str>, Entry)>,
}

#[derive(Debug)]
struct Entry {
    /// Where the record stands in the file.
    at: Range<usize>,
    /// How long it is unpacked.
    length: usize,
    unpacked: OnceLock<Option<ResourceFacts>>,
}

/// A file that cannot be read would leave every type without facts; a test reads all of it.
static INDEX: LazyLock<Index> = LazyLock::new(|| Index::read(FILE).unwrap_or_default());

impl Index {
    fn read(file: &[u8]) -> Option<Self> {
        let mut rest = file.strip_prefix(MAGIC)?;
        let mut number = || {
            let (bytes, behind) = rest.split_first_chunk::<4>()?;
            rest = behind;
            usize::try_from(u32::from_le_bytes(*bytes)).ok()
        };
        let [index, index_plain, dictionary, dictionary_plain] = [number()?, number()?, number()?, number()?];
        let (index, rest) = rest.split_at_checked(index)?;
        let (dictionary, records) = rest.split_at_checked(dictionary)?;
        let head: Head = serde_json::from_slice(&inflate(index, index_plain, &[])?).ok()?;
        let mut next = file.len() - records.len();
        let types = head.types.into_iter().map(|(name, packed, length)| {
            let at = next..next + packed;
            next = at.end;
            (name, Entry { at, length, unpacked: OnceLock::new() })
        });
        Some(Self {
            source: head.source,
            dictionary: inflate(dictionary, dictionary_plain, &[])?,
            types: types.collect(),
        })
    }

    fn facts_of(&self, resource_type: &str) -> Option<&ResourceFacts> {
        let position = self.types.binary_search_by(|(name, _)| (**name).cmp(resource_type)).ok()?;
        let (_, entry) = self.types.get(position)?;
        entry.unpacked.get_or_init(|| self.unpack(entry)).as_ref()
    }

    fn unpack(&self, entry: &Entry) -> Option<ResourceFacts> {
        let text = inflate(FILE.get(entry.at.clone())?, entry.length, &self.dictionary)?;
        serde_json::from_slice::<Record>(&text).ok().map(ResourceFacts::from)
    }
}

pub(crate) fn inflate(packed: &[u8], length: usize, dictionary: &[u8]) -> Option<Vec<u8>> {
    let mut stream = Inflate::new(false, WINDOW);
    if !dictionary.is_empty() {
        stream.set_dictionary(dictionary).ok()?;
    }
    let mut plain = vec![0; length];
    let status = stream.decompress(packed, &mut plain, InflateFlush::Finish).ok()?;
    (status == Status::StreamEnd && stream.total_out() == u64::try_from(length).ok()?).then_some(plain)
}

pub(super) fn facts_of(resource_type: &str) -> Option<&'static ResourceFacts> {
    INDEX.facts_of(resource_type)
}

/// Every type that has a published schema, sorted.
pub fn resource_types() -> impl Iterator<Item = &'static str> {
    INDEX.types.iter().map(|(name, _)| &**name)
}

/// Where the table comes from.
pub fn source() -> &'static Source {
    &INDEX.source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_has_no_index() {
        assert!(Index::read(FILE).is_some());
        for length in [0, 3, MAGIC.len(), MAGIC.len() + 15, MAGIC.len() + 16, 1000] {
            assert!(Index::read(FILE.get(..length).unwrap()).is_none(), "{length} bytes");
        }
        let mut other = FILE.to_vec();
        other[0] = b'X';
        assert!(Index::read(&other).is_none());
    }

    #[test]
    fn records_fill_the_file() {
        let last = INDEX.types.last().unwrap();
        assert_eq!(last.1.at.end, FILE.len());
        assert!(FILE.len() < 400_000, "{} bytes", FILE.len());
    }
}
