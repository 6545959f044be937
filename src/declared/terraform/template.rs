//! Templates: interpolation, directives, trimming and the indentation of heredocs.
//!
//! Terraform reads the literal text between two markers line by line, and a `~` trims the adjacent line only. The
//! syntax tree holds the literal as one piece, so it is cut into lines here again.

use std::collections::HashMap;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::template::{Directive, Element, ForDirective, IfDirective, StringTemplate, Strip, Template};

use super::convert;
use super::evaluator::{Evaluator, text_of};
use super::fault::{Eval, Fault};
use super::functions::MAX_TEXT;
use super::operators::derived;
use super::scope::{Frame, Scope};
use super::source::{Place, Source};
use super::value::{Beginning, Value};

/// How a template is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Between quotes.
    Quoted,
    /// Between `<<X` and `X`; `flush` if `<<-X` takes the indentation away.
    Heredoc {
        /// Whether the indentation is taken away.
        flush: bool,
    },
    /// A file of its own.
    File,
}

/// What a template has given so far.
#[derive(Default)]
struct Output {
    text: String,
    sensitive: bool,
    unknown: Option<Value>,
    /// What stands before the first part that is not known, where that is a value.
    beginning: Option<String>,
}

/// The literal texts that differ from the syntax tree, by where they begin.
type Literals = HashMap<usize, String>;

impl<'p> Evaluator<'p> {
    /// `"…"`. A template that is nothing but one interpolation gives the value itself, whatever its type.
    pub(super) fn quoted_template(&self, template: &StringTemplate, scope: Scope<'_, 'p>) -> Eval {
        if let [Element::Interpolation(only)] = template.iter().collect::<Vec<_>>().as_slice() {
            return self.eval(&only.expr, scope);
        }
        self.template(template, Style::Quoted, scope)
    }

    /// A template that is a file of its own. One interpolation and nothing else gives the value itself here, too.
    pub(super) fn file_template(&self, template: &Template, scope: Scope<'_, 'p>) -> Eval {
        match template.iter().collect::<Vec<_>>().as_slice() {
            [Element::Interpolation(only)] => self.eval(&only.expr, scope),
            _ => self.template(template, Style::File, scope),
        }
    }

    /// A template as text.
    pub(super) fn template(&self, template: &Template, style: Style, scope: Scope<'_, 'p>) -> Eval {
        let literals = literals(template, style, scope.source);
        let mut output = Output::default();
        self.render(template, &literals, scope, &mut output)?;
        let value = match output.unknown {
            Some(unknown) => match output.beginning {
                Some(text) => derived(&[&unknown]).beginning(Beginning::Text(text.into())),
                None => derived(&[&unknown]),
            },
            None => Value::text(output.text),
        };
        Ok(value.marked(output.sensitive))
    }

    fn render(&self, template: &Template, literals: &Literals, scope: Scope<'_, 'p>, output: &mut Output) -> Eval<()> {
        for element in template {
            match element {
                Element::Literal(literal) => {
                    let start = literal.span().map_or(usize::MAX, |span| span.start);
                    output.text.push_str(literals.get(&start).unwrap_or(literal.value()));
                }
                Element::Interpolation(interpolation) => self.interpolate(&interpolation.expr, scope, output)?,
                Element::Directive(directive) => match &**directive {
                    Directive::If(directive) => self.if_directive(directive, literals, scope, output)?,
                    Directive::For(directive) => self.for_directive(directive, literals, scope, output)?,
                },
            }
            if output.text.len() > MAX_TEXT {
                return Err(Fault::limit(Place::of(scope.source, element), "the template gives too long a text"));
            }
        }
        Ok(())
    }

    fn interpolate(&self, expression: &Expression, scope: Scope<'_, 'p>, output: &mut Output) -> Eval<()> {
        let value = self.eval(expression, scope)?;
        output.sensitive |= value.has_sensitive();
        if value.is_unknown() {
            if output.unknown.is_none() {
                let goes_on = match value.begins() {
                    Some(Beginning::Text(text)) => text,
                    _ => "",
                };
                output.beginning = Some(format!("{}{goes_on}", output.text));
                output.unknown = Some(value);
            }
            return Ok(());
        }
        let text = convert::text(&value).map_err(|message| Self::fault(scope, expression, message))?;
        output.text.push_str(&text);
        Ok(())
    }

    fn if_directive(
        &self,
        directive: &IfDirective,
        literals: &Literals,
        scope: Scope<'_, 'p>,
        output: &mut Output,
    ) -> Eval<()> {
        let expression = &directive.if_expr.cond_expr;
        let condition = match self.condition(expression, scope)? {
            Ok(condition) => condition,
            Err(unknown) => {
                output.unknown = Some(unknown);
                return Ok(());
            }
        };
        output.sensitive |= condition.sensitive;
        match (condition.value, &directive.else_expr) {
            (true, _) => self.render(&directive.if_expr.template, literals, scope, output),
            (false, Some(other)) => self.render(&other.template, literals, scope, output),
            (false, None) => Ok(()),
        }
    }

    fn for_directive(
        &self,
        directive: &ForDirective,
        literals: &Literals,
        scope: Scope<'_, 'p>,
        output: &mut Output,
    ) -> Eval<()> {
        let intro = &directive.for_expr;
        let collection = self.eval(&intro.collection_expr, scope)?;
        output.sensitive |= collection.sensitive;
        let pairs = self.pairs(&collection);
        let pairs = pairs.map_err(|message| Self::fault(scope, &intro.collection_expr, message))?;
        let Some(pairs) = pairs else {
            output.unknown = Some(collection);
            return Ok(());
        };
        let key_name = intro.key_var.as_ref().map_or("", |name| name.as_str());
        for (key, value) in pairs {
            self.spend(1, || Place::of(scope.source, &intro.collection_expr))?;
            let key_frame = Frame { name: key_name, value: key, parent: scope.frame };
            let inner = scope.with(&key_frame);
            let value_frame = Frame { name: intro.value_var.as_str(), value, parent: inner.frame };
            self.render(&intro.template, literals, inner.with(&value_frame), output)?;
        }
        Ok(())
    }
}

/// A piece of a template in reading order.
enum Piece {
    /// A line of literal text, or its rest, and the literal it belongs to.
    Line { literal: usize, text: String },
    /// A marker: `${…}` or `%{…}`.
    Marker(Strip),
}

/// The literal texts after trimming and taking the indentation away, where either is asked for.
fn literals(template: &Template, style: Style, source: &Source) -> Literals {
    let mut pieces = Vec::new();
    collect(template, style, source, false, &mut pieces);
    let flush = style == Style::Heredoc { flush: true };
    let trims = pieces.iter().any(|piece| matches!(piece, Piece::Marker(strip) if *strip != Strip::None));
    let mut literals = Literals::new();
    let has_directive = || template.iter().any(|element| matches!(element, Element::Directive(_)));
    let escapes = style == Style::Quoted && has_directive();
    if !flush && !trims && !escapes {
        return literals;
    }
    trim(&mut pieces);
    if flush {
        unindent(&mut pieces);
    }
    for piece in pieces {
        if let Piece::Line { literal, text } = piece {
            literals.entry(literal).or_default().push_str(&text);
        }
    }
    literals
}

fn collect(template: &Template, style: Style, source: &Source, in_directive: bool, pieces: &mut Vec<Piece>) {
    for element in template {
        match element {
            Element::Literal(literal) => {
                let start = literal.span().map_or(usize::MAX, |span| span.start);
                let mut line = |text: &str| pieces.push(Piece::Line { literal: start, text: text.to_owned() });
                match (style, text_of(source, literal)) {
                    // The tree's text has lost its indentation already, by a slightly different rule.
                    (Style::Heredoc { .. }, Some(raw)) => {
                        raw.replace("$${", "${").replace("%%{", "%{").split_inclusive('\n').for_each(line);
                    }
                    // The tree leaves the escapes in there as they are.
                    (Style::Quoted, Some(raw)) if in_directive => line(&unescaped(raw)),
                    (Style::Quoted, _) => line(literal.value()),
                    _ => literal.value().split_inclusive('\n').for_each(line),
                }
            }
            Element::Interpolation(interpolation) => pieces.push(Piece::Marker(interpolation.strip)),
            Element::Directive(directive) => match &**directive {
                Directive::If(directive) => {
                    pieces.push(Piece::Marker(directive.if_expr.strip));
                    collect(&directive.if_expr.template, style, source, true, pieces);
                    if let Some(other) = &directive.else_expr {
                        pieces.push(Piece::Marker(other.strip));
                        collect(&other.template, style, source, true, pieces);
                    }
                    pieces.push(Piece::Marker(directive.endif_expr.strip));
                }
                Directive::For(directive) => {
                    pieces.push(Piece::Marker(directive.for_expr.strip));
                    collect(&directive.for_expr.template, style, source, true, pieces);
                    pieces.push(Piece::Marker(directive.endfor_expr.strip));
                }
            },
        }
    }
}

/// What literal text between quotes says: `\n`, `\u00e4`, `$${`.
fn unescaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(character) = rest.chars().next() {
        let (_, after) = rest.split_at(character.len_utf8());
        rest = after;
        match character {
            '$' | '%' if rest.strip_prefix(character).is_some_and(|rest| rest.starts_with('{')) => {
                out.push(character);
                rest = rest.strip_prefix(character).unwrap_or(rest);
            }
            '\\' => rest = escape(rest, &mut out),
            other => out.push(other),
        }
    }
    out
}

/// Writes what an escape stands for, and gives what follows it. `rest` begins behind the backslash.
fn escape<'r>(rest: &'r str, out: &mut String) -> &'r str {
    let Some(kind) = rest.chars().next() else { return rest };
    let (_, after) = rest.split_at(kind.len_utf8());
    let digits = match kind {
        'u' => 4,
        'U' => 8,
        _ => {
            out.push(match kind {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            });
            return after;
        }
    };
    let Some((code, after)) = after.split_at_checked(digits) else { return after };
    out.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
    after
}

fn trim(pieces: &mut [Piece]) {
    let strips: Vec<Option<Strip>> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Marker(strip) => Some(*strip),
            Piece::Line { .. } => None,
        })
        .collect();
    let at = |index: Option<usize>| index.and_then(|index| strips.get(index).copied().flatten());
    for (index, piece) in pieces.iter_mut().enumerate() {
        let Piece::Line { text, .. } = piece else { continue };
        if at(index.checked_sub(1)).is_some_and(Strip::strip_end) {
            *text = text.trim_start().to_owned();
        }
        if at(index.checked_add(1)).is_some_and(Strip::strip_start) {
            *text = text.trim_end().to_owned();
        }
    }
}

/// Takes away the indentation that all lines have in common, as HCL's `flushHeredocTemplateParts` does: lines of
/// nothing but blanks do not count and stay as they are.
fn unindent(pieces: &mut [Piece]) {
    let mut least = usize::MAX;
    let mut first_of_line = Vec::new();
    let mut begins_line = true;
    for (index, piece) in pieces.iter().enumerate() {
        if begins_line {
            begins_line = false;
            match piece {
                Piece::Line { text, .. } if text.trim_start().is_empty() && text.ends_with('\n') => {}
                Piece::Line { text, .. } => {
                    least = least.min(text.chars().take_while(|character| character.is_whitespace()).count());
                    first_of_line.push(index);
                }
                Piece::Marker(_) => least = 0,
            }
        }
        if let Piece::Line { text, .. } = piece {
            begins_line = text.ends_with('\n');
        }
    }
    for index in first_of_line {
        if let Some(Piece::Line { text, .. }) = pieces.get_mut(index) {
            *text = text.chars().skip(least).collect();
        }
    }
}
