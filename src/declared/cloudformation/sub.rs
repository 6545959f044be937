//! The template language of `Fn::Sub`.

/// A piece of a text with variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Text as it is.
    Literal(&'t str),
    /// `${Name}`, `${Resource.Attribute}` or `${AWS::Pseudo}`, without the braces.
    Variable(&'t str),
}

/// Takes a text apart. `${!x}` is the text `${x}`; an opening that never ends is text.
///
/// # Errors
/// When a name has other characters than the service takes: "variable names in `Fn::Sub` syntax must contain only
/// alphanumeric characters, underscores, periods, and colons".
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else { break };
        pieces.push(Piece::Literal(before));
        match name.strip_prefix('!') {
            Some(literal) => pieces.extend(["${", literal, "}"].map(Piece::Literal)),
            None if is_name(name) => pieces.push(Piece::Variable(name)),
            None => {
                return Err(format!("`${{{name}}}` is not a variable of Fn::Sub; the text itself is `${{!{name}}}`"));
            }
        }
        rest = tail;
    }
    pieces.push(Piece::Literal(rest));
    pieces.retain(|piece| *piece != Piece::Literal(""));
    Ok(pieces)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_literals_and_variables() {
        use Piece::{Literal, Variable};
        let check = |text, expect: &[Piece<'_>]| assert_eq!(pieces(text).unwrap(), expect, "{text}");
        check("", &[]);
        check("plain $x {y}", &[Literal("plain $x {y}")]);
        check("${A}", &[Variable("A")]);
        check("a${B.C}d${AWS::Region}", &[Literal("a"), Variable("B.C"), Literal("d"), Variable("AWS::Region")]);
        check("${!A}", &[Literal("${"), Literal("A"), Literal("}")]);
        check("a ${b", &[Literal("a ${b")]);
        assert!(pieces("${#x}").is_err() && pieces("${ A }").is_err() && pieces("${}").is_err());
    }
}
