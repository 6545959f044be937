//! What a reader counts as one character.
//!
//! Terraform counts grapheme clusters. For the scripts below every code point is one; for text with anything else
//! (combining marks, emoji sequences, Indic scripts) the count is not known here.

/// Ranges of code points that never join with a neighbour.
const SINGLE: [std::ops::RangeInclusive<char>; 6] = [
    '\u{20}'..='\u{7e}',     // ASCII
    '\u{a1}'..='\u{2ff}',    // Latin
    '\u{370}'..='\u{482}',   // Greek, Cyrillic
    '\u{48a}'..='\u{52f}',   // more Cyrillic
    '\u{2010}'..='\u{2027}', // punctuation
    '\u{3400}'..='\u{9fff}', // Chinese and Japanese ideographs
];

/// The characters of a text, as far as that is certain.
pub(super) fn characters(text: &str) -> Option<Vec<char>> {
    let single = |character: char| {
        matches!(character, '\n' | '\t')
            || SINGLE.iter().any(|range| range.contains(&character)) && character != '\u{ad}'
    };
    text.chars().map(|character| single(character).then_some(character)).collect()
}

/// Why a count of characters is not known.
pub(super) const UNCERTAIN: &str = "characters that consist of several code points are not counted";
