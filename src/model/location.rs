//! A place in a file of the repository.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer, ser::SerializeStruct};

/// Where something was written: a file of the repository, a line and a column.
///
/// The file is relative to the repository's root, with `/` between its parts. Lines and columns count from 1;
/// columns count characters, as editors do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// Path of the file, relative to the root of the repository.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Location {
    /// A place in `file`.
    pub fn new(file: impl Into<Arc<str>>, line: u32, column: u32) -> Self {
        Self { file: file.into(), line, column }
    }

    /// The place of the byte at `offset` in `text`, the content of `file`.
    pub fn of_offset(file: &Arc<str>, text: &str, offset: usize) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let (before, _) = text.split_at(end);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let (_, in_line) = before.split_at(line_start);
        let column = in_line.chars().count() + 1;
        Self {
            file: Arc::clone(file),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    /// The byte in `text`, the content of the file, at which this place is; its end for a place behind it.
    pub fn offset_in(&self, text: &str) -> usize {
        let before = usize::try_from(self.line).unwrap_or(usize::MAX).saturating_sub(1);
        let start: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
        let (_, line) = text.split_at(start);
        let column = usize::try_from(self.column).unwrap_or(usize::MAX).saturating_sub(1);
        start + line.char_indices().nth(column).map_or(line.len(), |(offset, _)| offset)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Serialize for Location {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Location", 3)?;
        fields.serialize_field("file", &*self.file)?;
        fields.serialize_field("line", &self.line)?;
        fields.serialize_field("column", &self.column)?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_told_as_line_and_character_column() {
        let file: Arc<str> = "a.tf".into();
        let text = "one\nzwei ü x\n";
        let at = |offset| Location::of_offset(&file, text, offset).to_string();
        assert_eq!(at(0), "a.tf:1:1");
        assert_eq!(at(4), "a.tf:2:1");
        assert_eq!(at(text.find('x').unwrap()), "a.tf:2:8");
        assert_eq!(at(999), "a.tf:3:1");
        for offset in [0, 4, text.find('x').unwrap(), text.len()] {
            assert_eq!(Location::of_offset(&file, text, offset).offset_in(text), offset);
        }
    }
}
