//! What a reader counts as one character: a grapheme cluster, as Terraform counts.
//!
//! Terraform has the rules of Unicode 15. Later versions join more in the scripts below, so for text in them the count
//! is not known here.

use unicode_segmentation::UnicodeSegmentation as _;

/// Where later versions of Unicode join what Unicode 15 does not: Indic scripts and their relatives.
const UNCERTAIN_SCRIPTS: [std::ops::RangeInclusive<char>; 6] = [
    '\u{900}'..='\u{dff}',
    '\u{1000}'..='\u{109f}',
    '\u{1700}'..='\u{17ff}',
    '\u{1900}'..='\u{1cff}',
    '\u{a800}'..='\u{abff}',
    '\u{11000}'..='\u{11fff}',
];

/// The characters of a text, as far as that is certain.
pub(super) fn characters(text: &str) -> Option<Vec<&str>> {
    let uncertain = |character: char| UNCERTAIN_SCRIPTS.iter().any(|script| script.contains(&character));
    if text.chars().any(uncertain) { None } else { Some(text.graphemes(true).collect()) }
}

/// Why a count of characters is not known.
pub(super) const UNCERTAIN: &str = "characters of scripts with conjuncts are not counted";
