//! The grammar: what resource schemas use of JSONata (docs.jsonata.org), and `$OR` of CloudFormation's own.
//!
//! Names and paths, texts, numbers, lists, objects, regular expressions, `[n]`, `&`, `+`, `-`, `*`, `=`, `!=`, `in`,
//! `and`, `or`, `? :`, variables in blocks, and the functions of [`Function`]. Not: functions of one's own, `~>`,
//! filters, wildcards. An expression with anything else has no parse and is not applied.

use regex::Regex;

use crate::model::Number;

/// An expression.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    Text(String),
    Number(Number),
    Bool(bool),
    Null,
    Pattern(Regex),
    /// Members of what is declared, outermost first.
    Name(Vec<String>),
    Variable(String),
    List(Vec<Expression>),
    Object(Vec<(String, Expression)>),
    Member(Box<Expression>, String),
    /// An item by its position, from the end where negative.
    Item(Box<Expression>, i64),
    Call(Function, Vec<Expression>),
    Binary(Operator, Box<[Expression; 2]>),
    /// Condition, then, else.
    If(Box<[Expression; 3]>),
    /// Assignments, and the result.
    Block(Vec<(String, Expression)>, Box<Expression>),
    /// A member that is not there.
    Nothing,
}

/// Functions of JSONata's library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Contains,
    Count,
    Exists,
    Join,
    Lookup,
    Lowercase,
    Match,
    Replace,
    Split,
    String,
    SubstringAfter,
    Uppercase,
}

const FUNCTIONS: &[(&str, Function)] = &[
    ("contains", Function::Contains),
    ("count", Function::Count),
    ("exists", Function::Exists),
    ("join", Function::Join),
    ("lookup", Function::Lookup),
    ("lowercase", Function::Lowercase),
    ("match", Function::Match),
    ("replace", Function::Replace),
    ("split", Function::Split),
    ("string", Function::String),
    ("substringAfter", Function::SubstringAfter),
    ("uppercase", Function::Uppercase),
];

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    In,
    Concatenate,
    Add,
    Subtract,
    Multiply,
}

/// Operators by how strongly they bind, the weakest first.
const OPERATORS: &[&[(&str, Operator)]] = &[
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[("!=", Operator::NotEqual), ("=", Operator::Equal), ("in", Operator::In)],
    &[("&", Operator::Concatenate), ("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply)],
];

/// The longest expression of the schemas has 900 characters.
const MAX_LENGTH: usize = 4096;
/// The deepest nests 8 levels.
const MAX_DEPTH: usize = 32;

impl Expression {
    /// Whether its result depends on what is declared.
    pub(super) fn names_anything(&self) -> bool {
        let any = |parts: &[Self]| parts.iter().any(Self::names_anything);
        match self {
            Self::Name(_) => true,
            Self::List(parts) | Self::Call(_, parts) => any(parts),
            Self::Binary(_, parts) => any(&**parts),
            Self::If(parts) => any(&**parts),
            Self::Object(members) | Self::Block(members, _)
                if members.iter().any(|(_, part)| part.names_anything()) =>
            {
                true
            }
            Self::Member(part, _) | Self::Item(part, _) | Self::Block(_, part) => part.names_anything(),
            _ => false,
        }
    }
}

#[cfg(test)]
impl Expression {
    /// The expression with its texts, numbers and names left out.
    pub(super) fn shape(&self) -> String {
        let all = |parts: &[Self]| parts.iter().map(Self::shape).collect::<Vec<_>>().join(", ");
        match self {
            Self::Name(_) => "name".to_owned(),
            Self::Variable(_) => "variable".to_owned(),
            Self::Text(_) | Self::Number(_) | Self::Bool(_) | Self::Null | Self::Nothing => "constant".to_owned(),
            Self::Pattern(_) => "pattern".to_owned(),
            Self::List(parts) => format!("[{}]", all(parts)),
            Self::Object(_) => "{…}".to_owned(),
            Self::Member(part, _) => format!("{}.member", part.shape()),
            Self::Item(part, _) => format!("{}[n]", part.shape()),
            Self::Call(function, parts) => format!("{function:?}({})", all(parts)),
            Self::Binary(operator, parts) => format!("{operator:?}({})", all(&**parts)),
            Self::If(parts) => format!("If({})", all(&**parts)),
            Self::Block(_, result) => format!("Block({})", result.shape()),
        }
    }
}

/// The alternatives of a transform; `None` where it is outside the grammar.
pub(super) fn alternatives(text: &str) -> Option<Vec<Expression>> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let mut parser = Parser { rest: text, depth: 0 };
    let mut found = vec![parser.expression()?];
    while parser.eat("$OR") {
        found.push(parser.expression()?);
    }
    parser.skip_blanks();
    parser.rest.is_empty().then_some(found)
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl Parser<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn peek(&mut self) -> Option<char> {
        self.skip_blanks();
        self.rest.chars().next()
    }

    /// Takes a symbol or a whole word if it comes next.
    fn eat(&mut self, symbol: &str) -> bool {
        self.skip_blanks();
        let Some(rest) = self.rest.strip_prefix(symbol) else { return false };
        let word = |c: char| c.is_alphanumeric() || c == '_';
        if symbol.ends_with(word) && rest.starts_with(word) {
            return false;
        }
        self.rest = rest;
        true
    }

    fn expect(&mut self, symbol: &str) -> Option<()> {
        self.eat(symbol).then_some(())
    }

    fn expression(&mut self) -> Option<Expression> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let condition = self.binary(OPERATORS)?;
        let found = if self.eat("?") {
            let then = self.expression()?;
            let otherwise = if self.eat(":") { self.expression()? } else { Expression::Nothing };
            Expression::If(Box::new([condition, then, otherwise]))
        } else {
            condition
        };
        self.depth -= 1;
        Some(found)
    }

    fn binary(&mut self, levels: &[&[(&str, Operator)]]) -> Option<Expression> {
        let Some((level, stronger)) = levels.split_first() else { return self.postfix() };
        let mut left = self.binary(stronger)?;
        while let Some((_, operator)) = level.iter().find(|(symbol, _)| self.eat(symbol)) {
            left = Expression::Binary(*operator, Box::new([left, self.binary(stronger)?]));
        }
        Some(left)
    }

    fn postfix(&mut self) -> Option<Expression> {
        let mut found = self.primary()?;
        loop {
            if self.eat("[") {
                let position = self.integer()?;
                self.expect("]")?;
                found = Expression::Item(Box::new(found), position);
            } else if self.eat(".") {
                let name = self.name()?;
                found = match found {
                    Expression::Name(mut path) => {
                        path.push(name);
                        Expression::Name(path)
                    }
                    other => Expression::Member(Box::new(other), name),
                };
            } else {
                return Some(found);
            }
        }
    }

    fn primary(&mut self) -> Option<Expression> {
        match self.peek()? {
            '"' | '\'' => self.text().map(Expression::Text),
            '/' => self.pattern(),
            '$' => self.variable_or_call(),
            '(' => self.block(),
            '[' => {
                self.expect("[")?;
                Some(Expression::List(self.sequence("]", Self::expression)?))
            }
            '{' => {
                self.expect("{")?;
                let member = |parser: &mut Self| {
                    let key = parser.text()?;
                    parser.expect(":")?;
                    Some((key, parser.expression()?))
                };
                Some(Expression::Object(self.sequence("}", member)?))
            }
            digit if digit == '-' || digit.is_ascii_digit() => Some(Expression::Number(self.integer()?.into())),
            _ => Some(match self.name()?.as_str() {
                "true" => Expression::Bool(true),
                "false" => Expression::Bool(false),
                "null" => Expression::Null,
                name => Expression::Name(vec![name.to_owned()]),
            }),
        }
    }

    /// Parts between commas, up to the closing symbol, which is taken too.
    fn sequence<T>(&mut self, close: &str, part: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut parts = Vec::new();
        if self.eat(close) {
            return Some(parts);
        }
        loop {
            parts.push(part(self)?);
            if self.eat(close) {
                return Some(parts);
            }
            self.expect(",")?;
        }
    }

    fn variable_or_call(&mut self) -> Option<Expression> {
        self.expect("$")?;
        let name = self.name()?;
        if !self.eat("(") {
            return Some(Expression::Variable(name));
        }
        let (_, function) = FUNCTIONS.iter().find(|(known, _)| *known == name)?;
        Some(Expression::Call(*function, self.sequence(")", Self::expression)?))
    }

    /// `( $a := …; …; result )`, of which a plain pair of brackets is the shortest.
    fn block(&mut self) -> Option<Expression> {
        self.expect("(")?;
        let mut assignments = Vec::new();
        loop {
            let found = self.expression()?;
            if self.eat(":=") {
                let Expression::Variable(name) = found else { return None };
                assignments.push((name, self.expression()?));
                self.expect(";")?;
                continue;
            }
            self.eat(";");
            self.expect(")")?;
            return Some(if assignments.is_empty() { found } else { Expression::Block(assignments, Box::new(found)) });
        }
    }

    fn name(&mut self) -> Option<String> {
        self.skip_blanks();
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then(|| name.to_owned())
    }

    fn integer(&mut self) -> Option<i64> {
        let sign = if self.eat("-") { -1 } else { 1 };
        self.skip_blanks();
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        digits.parse::<i64>().ok().map(|number| sign * number)
    }

    fn text(&mut self) -> Option<String> {
        let quote = self.peek().filter(|quote| matches!(quote, '"' | '\''))?;
        let mut text = String::new();
        let mut chars = self.rest.chars();
        chars.next();
        loop {
            match chars.next()? {
                '\\' => text.push(unescaped(&mut chars)?),
                end if end == quote => break,
                other => text.push(other),
            }
        }
        self.rest = chars.as_str();
        Some(text)
    }

    /// `/…/`; flags are not used by any schema and not understood.
    fn pattern(&mut self) -> Option<Expression> {
        let mut chars = self.rest.chars();
        chars.next();
        let mut source = String::new();
        loop {
            match chars.next()? {
                '/' => break,
                '\\' => match chars.next()? {
                    '/' => source.push('/'),
                    other => source.extend(['\\', other]),
                },
                other => source.push(other),
            }
        }
        self.rest = chars.as_str();
        Regex::new(&source).ok().map(Expression::Pattern)
    }
}

/// The character that an escape in a text stands for (as in JSON).
fn unescaped(chars: &mut std::str::Chars<'_>) -> Option<char> {
    match chars.next()? {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        same @ ('"' | '\\' | '/' | '\'') => Some(same),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_outside_the_grammar_has_no_parse() {
        let check = |text: &str, expect: Option<usize>| {
            assert_eq!(alternatives(text).map(|found| found.len()), expect, "{text}");
        };
        check("$lowercase(Name)", Some(1));
        check("Name $OR $join([Name, \".\"])", Some(2));
        check("A.B = 'x' and C in ['y'] ? -1 : A & '.0'", Some(1));
        check("($a := $split(X, \"/\")[-1]; $a ? $a : X;)", Some(1));
        check("/^a\\/b$/", Some(1));
        check("", None);
        check("Name $OR", None);
        check("Name Name", None);
        check("$lowercase(Name", None);
        check("$unheardOf(Name)", None);
        check("Name ~> $lowercase", None);
        check("A[B=\"c\"]", None);
        check("/(?!a)b/", None);
        check("\"\\q\"", None);
        check(&format!("{}A{}", "(".repeat(100), ")".repeat(100)), None);
        check(&"A".repeat(MAX_LENGTH + 1), None);
    }

    #[test]
    fn a_result_that_nothing_declared_changes_is_known() {
        let check = |text: &str, expect: bool| {
            assert_eq!(alternatives(text).unwrap()[0].names_anything(), expect, "{text}");
        };
        check("\"arn:.*\"", false);
        check("true", false);
        check("$join([\"a\", $lowercase(\"B\")])", false);
        check("$join([\"a\", Name])", true);
        check("($a := Name; $a)", true);
        check("{'a': Name}", true);
        check("$exists(Name) ? 1 : 2", true);
    }
}
