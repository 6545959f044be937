//! Literals of HCL: `"text"`, `5`, `true`.

use super::literal::Style;
use super::{Literal, Obstacle};

/// The literal at an offset, if it is the whole of an expression.
pub(super) fn literals(text: &str, offset: usize) -> Result<Vec<Literal>, Obstacle> {
    let rest = text.get(offset..).unwrap_or_default();
    let (length, value, style) = if rest.starts_with('"') {
        let (length, value) = quoted(rest)?;
        (length, value, Style::HclText)
    } else if rest.starts_with("<<") {
        return Err(Obstacle::Block);
    } else if rest.starts_with(['[', '{']) {
        return Err(Obstacle::Structure);
    } else {
        let length =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'))).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        let is_literal = matches!(word, "true" | "false") || word.parse::<f64>().is_ok_and(f64::is_finite);
        if !is_literal {
            return Err(Obstacle::Expression);
        }
        (length, word.to_owned(), Style::Bare)
    };
    if !is_end(rest.get(length..).unwrap_or_default()) {
        return Err(Obstacle::Expression);
    }
    Ok(vec![Literal { span: offset..offset + length, value, style, of_texts: Style::HclText }])
}

/// Whether an expression ends before this.
fn is_end(rest: &str) -> bool {
    let next = rest.trim_start_matches([' ', '\t', '\r']);
    next.is_empty() || next.starts_with(['\n', ',', '}', ']', '#']) || next.starts_with("//") || next.starts_with("/*")
}

/// The length of a text with its quotes, and what it says. One that holds an interpolation is an expression.
fn quoted(rest: &str) -> Result<(usize, String), Obstacle> {
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((at + 1, value)),
            '\n' => break,
            '\\' => value.push(escaped(&mut chars).ok_or(Obstacle::OtherValue)?),
            '$' | '%' => {
                let doubled = chars.next_if(|(_, next)| *next == c).is_some();
                match (doubled, chars.peek()) {
                    (false, Some((_, '{'))) => return Err(Obstacle::Expression),
                    // `$${` says `${`, and `$$` alone says `$$`.
                    (true, Some((_, '{'))) | (false, _) => value.push(c),
                    (true, _) => value.extend([c, c]),
                }
            }
            c => value.push(c),
        }
    }
    Err(Obstacle::OtherValue)
}

fn escaped(chars: &mut impl Iterator<Item = (usize, char)>) -> Option<char> {
    Some(match chars.next()?.1 {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '"' => '"',
        '\\' => '\\',
        long @ ('u' | 'U') => {
            let digits: String = chars.take(if long == 'u' { 4 } else { 8 }).map(|(_, digit)| digit).collect();
            char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
        }
        _ => return None,
    })
}
