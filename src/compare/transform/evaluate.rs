//! Evaluation, after JSONata's rules (docs.jsonata.org): what is missing makes missing what is made of it.
//!
//! Total and bounded: there are no loops and no recursion in the language, so the work is that of the expression.

use regex::Regex;

use super::parse::{Expression, Function, Operator};
use super::text::Text;
use crate::model::{Kind, Number, Value};

/// The value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    /// Nothing is there.
    Missing,
    Null,
    Bool(bool),
    Number(Number),
    Text(Text),
    List(Vec<Item>),
    Object(Vec<(String, Item)>),
}

/// What names refer to.
pub(super) struct Scene<'v> {
    /// All that is declared.
    pub root: &'v Value,
    /// The object that holds the transformed property.
    pub around: &'v Value,
    /// The names that lead from the root to the property, and last its own.
    pub own: Vec<&'v str>,
    /// The value of the property itself.
    pub value: &'v Value,
}

/// Longer lists and texts are not taken apart.
const MAX_PARTS: usize = 1000;

type Variables = Vec<(String, Item)>;

impl Scene<'_> {
    /// The value of an expression; `None`: it has none (what is declared is not known, or of another kind than the
    /// expression takes).
    pub(super) fn evaluate(&self, expression: &Expression) -> Option<Item> {
        self.item(expression, &mut Variables::new())
    }

    /// What a path refers to: schemas write it from the root or from the object around the property.
    fn named(&self, path: &[String]) -> Option<Item> {
        let is_own = path.iter().map(String::as_str).eq(self.own.iter().copied())
            || matches!((path, self.own.last()), ([name], Some(own)) if name == own);
        if is_own {
            return Item::of(self.value);
        }
        let keys = || path.iter().map(String::as_str);
        let found = self.around.at_keys(keys()).or_else(|| self.root.at_keys(keys()));
        found.map_or(Some(Item::Missing), Item::of)
    }

    fn item(&self, expression: &Expression, variables: &mut Variables) -> Option<Item> {
        Some(match expression {
            Expression::Text(text) => Item::Text(Text::literal(text)),
            Expression::Number(number) => Item::Number(number.clone()),
            Expression::Bool(flag) => Item::Bool(*flag),
            Expression::Null => Item::Null,
            Expression::Nothing => Item::Missing,
            Expression::Name(path) => self.named(path)?,
            Expression::Variable(name) => variables.iter().rev().find(|(known, _)| known == name)?.1.clone(),
            Expression::List(parts) => {
                // JSONata leaves out what is missing; a pattern without it would be one for anything.
                let items = self.items(parts, variables)?;
                Item::List(Some(items).filter(|items| !items.contains(&Item::Missing))?)
            }
            Expression::Object(members) => {
                let member = |(key, part): &(String, Expression)| Some((key.clone(), self.item(part, variables)?));
                Item::Object(members.iter().map(member).collect::<Option<_>>()?)
            }
            Expression::Member(part, name) => self.item(part, variables)?.member(name),
            Expression::Item(part, position) => self.item(part, variables)?.at(*position),
            Expression::Call(function, parts) => self.call(*function, parts, variables)?,
            Expression::Binary(operator, parts) => {
                let [left, right] = &**parts;
                operate(*operator, self.item(left, variables)?, self.item(right, variables)?)?
            }
            Expression::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                let holds = self.item(condition, variables)?.holds();
                self.item(if holds { then } else { otherwise }, variables)?
            }
            Expression::Block(assignments, result) => {
                let outer = variables.len();
                for (name, part) in assignments {
                    let item = self.item(part, variables)?;
                    variables.push((name.clone(), item));
                }
                let result = self.item(result, variables);
                variables.truncate(outer);
                result?
            }
            // A regular expression is an argument and nothing else.
            Expression::Pattern(_) => return None,
        })
    }

    fn items(&self, parts: &[Expression], variables: &mut Variables) -> Option<Vec<Item>> {
        parts.iter().map(|part| self.item(part, variables)).collect()
    }

    fn call(&self, function: Function, parts: &[Expression], variables: &mut Variables) -> Option<Item> {
        // These two take a regular expression.
        match (function, parts) {
            (Function::Match, [subject, Expression::Pattern(pattern)]) => {
                return self.item(subject, variables)?.matched(pattern);
            }
            (Function::Replace, [subject, Expression::Pattern(pattern), replacement]) => {
                let replacement = self.item(replacement, variables)?;
                return self.item(subject, variables)?.replaced_by_pattern(pattern, &replacement);
            }
            _ => {}
        }
        let mut arguments = self.items(parts, variables)?;
        if arguments.first() == Some(&Item::Missing) && !matches!(function, Function::Exists | Function::Count) {
            return Some(Item::Missing);
        }
        apply(function, &mut arguments)
    }
}

/// A function of things that are there.
fn apply(function: Function, arguments: &mut [Item]) -> Option<Item> {
    let text = |change: fn(&str) -> String, text: &Text| Item::Text(text.map(|part| Text::written(change(part))));
    Some(match (function, arguments) {
        (Function::Exists, [item]) => Item::Bool(*item != Item::Missing),
        (Function::Count, [item]) => Item::Number(i64::try_from(item.len()).ok()?.into()),
        (Function::Lowercase, [Item::Text(subject)]) => text(str::to_lowercase, subject),
        (Function::Uppercase, [Item::Text(subject)]) => text(str::to_uppercase, subject),
        (Function::String, [item]) => Item::Text(item.as_text()?),
        (Function::Contains, [Item::Text(subject), Item::Text(part)]) => {
            Item::Bool(subject.characters().contains(&part.characters()))
        }
        (Function::SubstringAfter, [Item::Text(subject), Item::Text(part)]) => {
            let written = subject.as_written()?;
            let rest = written.split_once(&part.characters()).map(|(_, rest)| rest.to_owned());
            Item::Text(Text::written(rest.unwrap_or(written)))
        }
        (Function::Lookup, [object, Item::Text(key)]) => object.member(&key.characters()),
        (Function::Replace, [Item::Text(subject), Item::Text(part), Item::Text(by)]) => {
            let part = Some(part.characters()).filter(|part| !part.is_empty())?;
            Item::Text(subject.map(|written| Text::joined(written.split(&part).map(Text::written), by)))
        }
        (Function::Split, [Item::Text(subject), Item::Text(separator)]) => split(subject, separator, MAX_PARTS)?,
        (Function::Split, [Item::Text(subject), Item::Text(separator), Item::Number(limit)]) => {
            split(subject, separator, usize::try_from(limit.as_i64()?).ok()?.min(MAX_PARTS))?
        }
        (Function::Join, [Item::List(parts)]) => join(parts, &Text::default())?,
        (Function::Join, [Item::List(parts), Item::Text(separator)]) => join(parts, separator)?,
        _ => return None,
    })
}

fn split(subject: &Text, separator: &Text, limit: usize) -> Option<Item> {
    let (written, separator) = (subject.as_written()?, separator.characters());
    let parts = written.split(&*separator).filter(|_| !separator.is_empty()).take(limit);
    Some(Item::List(parts.map(|part| Item::Text(Text::written(part))).collect()))
}

fn join(parts: &[Item], separator: &Text) -> Option<Item> {
    let texts = parts.iter().map(|part| match part {
        Item::Text(text) => Some(text.clone()),
        _ => None,
    });
    Some(Item::Text(Text::joined(texts.collect::<Option<Vec<_>>>()?, separator)))
}

fn operate(operator: Operator, left: Item, right: Item) -> Option<Item> {
    Some(match (operator, left, right) {
        (Operator::Or, left, right) => Item::Bool(left.holds() || right.holds()),
        (Operator::And, left, right) => Item::Bool(left.holds() && right.holds()),
        (Operator::Equal, left, right) => Item::Bool(left.is(&right)),
        (Operator::NotEqual, left, right) => Item::Bool(!left.is(&right)),
        (Operator::In, left, Item::List(items)) => Item::Bool(items.iter().any(|item| item.is(&left))),
        (Operator::Concatenate, left, right) => {
            Item::Text(Text::joined([left.as_text()?, right.as_text()?], &Text::default()))
        }
        (Operator::Add | Operator::Subtract | Operator::Multiply, Item::Missing, _)
        | (Operator::Add | Operator::Subtract | Operator::Multiply, _, Item::Missing) => Item::Missing,
        (Operator::Add, Item::Number(a), Item::Number(b)) => Item::Number((a.as_decimal() + b.as_decimal()).into()),
        (Operator::Subtract, Item::Number(a), Item::Number(b)) => {
            Item::Number((a.as_decimal() - b.as_decimal()).into())
        }
        (Operator::Multiply, Item::Number(a), Item::Number(b)) => {
            Item::Number((a.as_decimal() * b.as_decimal()).into())
        }
        _ => return None,
    })
}

impl Item {
    /// A declared value; `None`: some of it is a secret or not known.
    fn of(value: &Value) -> Option<Self> {
        Some(match &value.kind {
            Kind::Null => Self::Null,
            Kind::Bool(flag) => Self::Bool(*flag),
            Kind::Number(number) => Self::Number(number.clone()),
            Kind::String(text) => Self::Text(Text::written(text)),
            Kind::List(items) => Self::List(items.iter().map(Self::of).collect::<Option<_>>()?),
            Kind::Object(members) => {
                let member = |(key, member)| Some((String::clone(key), Self::of(member)?));
                Self::Object(members.iter().map(member).collect::<Option<_>>()?)
            }
            Kind::Sensitive(_) | Kind::Unknown(_) => return None,
        })
    }

    /// Texts are the same if their characters are, whatever these mean.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.characters() == b.characters(),
            _ => self == other,
        }
    }

    /// JSONata's `$boolean`.
    fn holds(&self) -> bool {
        match self {
            Self::Missing | Self::Null => false,
            Self::Bool(flag) => *flag,
            Self::Number(number) => *number != Number::from(0),
            Self::Text(text) => !text.characters().is_empty(),
            Self::List(items) => items.iter().any(Self::holds),
            Self::Object(members) => !members.is_empty(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Missing => 0,
            Self::List(items) => items.len(),
            _ => 1,
        }
    }

    fn as_text(&self) -> Option<Text> {
        match self {
            Self::Missing => Some(Text::default()),
            Self::Text(text) => Some(text.clone()),
            Self::Bool(flag) => Some(Text::written(flag.to_string())),
            Self::Number(number) => Some(Text::written(number.to_string())),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        }
    }

    fn member(&self, name: &str) -> Self {
        match self {
            Self::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, member)| member.clone()),
            _ => None,
        }
        .unwrap_or(Self::Missing)
    }

    /// What is no list is a list of itself.
    fn at(self, position: i64) -> Self {
        let items = match self {
            Self::Missing => Vec::new(),
            Self::List(items) => items,
            other => vec![other],
        };
        let from_end = || i64::try_from(items.len()).ok()?.checked_add(position);
        let position = if position < 0 { from_end() } else { Some(position) };
        let position = position.and_then(|position| usize::try_from(position).ok());
        position.and_then(|position| items.into_iter().nth(position)).unwrap_or(Self::Missing)
    }

    /// The first match, as JSONata's `$match` gives it where there is one.
    fn matched(&self, pattern: &Regex) -> Option<Self> {
        let Self::Text(subject) = self else { return (*self == Self::Missing).then_some(Self::Missing) };
        let written = subject.as_written()?;
        let Some(found) = pattern.captures(&written) else { return Some(Self::Missing) };
        let text = |part: Option<regex::Match<'_>>| Self::Text(Text::written(part.map_or("", |part| part.as_str())));
        let groups = Self::List(found.iter().skip(1).map(text).collect());
        Some(Self::Object(vec![("match".to_owned(), text(found.get(0))), ("groups".to_owned(), groups)]))
    }

    fn replaced_by_pattern(&self, pattern: &Regex, by: &Self) -> Option<Self> {
        let (Self::Text(subject), Self::Text(by)) = (self, by) else {
            return (*self == Self::Missing).then_some(Self::Missing);
        };
        // `$1` of JSONata is one digit; of the crate, as many letters and digits as there are.
        let mut template = String::new();
        let by = by.characters();
        let mut rest = by.chars().peekable();
        while let Some(next) = rest.next() {
            match (next, rest.peek().copied().filter(char::is_ascii_digit)) {
                ('$', Some(group)) => {
                    rest.next();
                    template.extend(['$', '{', group, '}']);
                }
                ('$', None) => template.push_str("$$"),
                (other, _) => template.push(other),
            }
        }
        Some(Self::Text(Text::written(pattern.replace_all(&subject.as_written()?, &*template))))
    }
}
