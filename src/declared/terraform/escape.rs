//! Text with escapes, as JSON, Go and HCL write it between quotes.

/// The escapes that all of them have.
const SHARED: [(char, &str); 5] = [('"', "\\\""), ('\\', "\\\\"), ('\n', "\\n"), ('\r', "\\r"), ('\t', "\\t")];

/// Appends a text. `special` gives the escapes of one notation only: it is asked for every other character, with the
/// one that follows.
pub(super) fn escape(text: &str, out: &mut String, special: impl Fn(char, Option<char>) -> Option<String>) {
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        if let Some((_, escaped)) = SHARED.iter().find(|(shared, _)| *shared == character) {
            out.push_str(escaped);
        } else if let Some(escaped) = special(character, rest.peek().copied()) {
            out.push_str(&escaped);
        } else {
            out.push(character);
        }
    }
}
