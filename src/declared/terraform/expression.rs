//! Expressions: literals, collections, conditionals, `for`.
//!
//! Operators, templates, references and functions have files of their own. Nothing here knows of resources.

use std::collections::BTreeMap;

use hcl_edit::expr::{Array, Conditional, Expression, ForExpr, Object, ObjectKey};

use super::convert;
use super::evaluator::{Evaluator, text_of};
use super::fault::Eval;
use super::numbers;
use super::operators::derived;
use super::scope::{Frame, Scope};
use super::source::Place;
use super::template::Style;
use super::types::{Type, unify};
use super::value::{Content, Handle, MappingKind, SequenceKind, Value};

impl<'p> Evaluator<'p> {
    /// Evaluates an expression, without the limits that [`Evaluator::eval`] keeps.
    pub(super) fn eval_expression(&self, expression: &Expression, scope: Scope<'_, 'p>) -> Eval {
        match expression {
            Expression::Null(_) => Ok(Value::null()),
            Expression::Bool(flag) => Ok(Value::bool(*flag.value())),
            Expression::Number(_) => self.number_literal(expression, scope),
            Expression::String(text) => Ok(Value::text(text.value().as_str())),
            Expression::Array(array) => self.array(array, scope),
            Expression::Object(object) => self.object(object, scope),
            Expression::StringTemplate(template) => self.quoted_template(template, scope),
            Expression::HeredocTemplate(heredoc) => {
                let flush = text_of(scope.source, &**heredoc).is_some_and(|text| text.starts_with("<<-"));
                self.template(&heredoc.template, Style::Heredoc { flush }, scope)
            }
            Expression::Parenthesis(inner) => self.eval(inner.inner(), scope),
            Expression::Variable(name) => {
                self.traverse_name(name.as_str(), &[], Place::of(scope.source, expression), scope)
            }
            Expression::Conditional(conditional) => self.conditional(conditional, scope),
            Expression::FuncCall(call) => self.call(call, scope),
            Expression::Traversal(traversal) => self.traversal(traversal, scope),
            Expression::UnaryOp(operation) => self.unary(operation, scope),
            Expression::BinaryOp(operation) => self.binary(operation, scope),
            Expression::ForExpr(expression) => self.for_expression(expression, scope),
        }
    }

    /// Reads the number from the text: the parser has rounded long ones.
    fn number_literal(&self, expression: &Expression, scope: Scope<'_, 'p>) -> Eval {
        let text = text_of(scope.source, expression).unwrap_or_default();
        numbers::parse(text)
            .map(Value::number)
            .ok_or_else(|| Self::fault(scope, expression, "the number is out of range"))
    }

    fn array(&self, array: &Array, scope: Scope<'_, 'p>) -> Eval {
        let items: Eval<Vec<Value>> = array.iter().map(|item| self.eval(item, scope)).collect();
        Ok(Value::tuple(items?))
    }

    fn object(&self, object: &Object, scope: Scope<'_, 'p>) -> Eval {
        let mut members = BTreeMap::new();
        let mut sensitive = false;
        let mut unknown_key = None;
        for (key, value) in object {
            let key = self.object_key(key, scope)?;
            let value = self.eval(value.expr(), scope)?;
            sensitive |= key.sensitive;
            match &key.content {
                Content::Text(name) => {
                    members.insert(name.to_string(), value);
                }
                _ => unknown_key = Some(key),
            }
        }
        let value = unknown_key.unwrap_or_else(|| Value::mapping(MappingKind::Object, members));
        Ok(value.marked(sensitive))
    }

    /// The key of an object's member: a text, or an unknown value.
    fn object_key(&self, key: &ObjectKey, scope: Scope<'_, 'p>) -> Eval {
        match key {
            ObjectKey::Ident(name) => Ok(Value::text(name.as_str())),
            ObjectKey::Expression(Expression::Variable(name)) => Ok(Value::text(name.as_str())),
            // Words that mean a value elsewhere are names here.
            ObjectKey::Expression(Expression::Null(_)) => Ok(Value::text("null")),
            ObjectKey::Expression(expression) => {
                let key = self.eval(expression, scope)?;
                Self::as_key(&key).map_err(|message| Self::fault(scope, expression, message))
            }
        }
    }

    /// A value as the name of a member.
    fn as_key(key: &Value) -> Result<Value, String> {
        if key.is_null() {
            return Err("a key must not be null".to_owned());
        }
        convert::convert(key, &Type::Text)
    }

    fn conditional(&self, conditional: &Conditional, scope: Scope<'_, 'p>) -> Eval {
        let condition = match self.condition(&conditional.cond_expr, scope)? {
            Ok(condition) => condition,
            Err(unknown) => return Ok(unknown),
        };
        let (taken, other) = if condition.value {
            (&conditional.true_expr, &conditional.false_expr)
        } else {
            (&conditional.false_expr, &conditional.true_expr)
        };
        let value = self.eval(taken, scope)?;
        // The other branch decides on the type only, and an error in it does not count.
        let other = self.muted(|| self.eval(other, scope)).unwrap_or_else(|_| Value::null());
        let value = self.unify_branches(value, &other).map_err(|message| Self::fault(scope, conditional, message))?;
        Ok(value.marked(condition.sensitive || other.sensitive))
    }

    fn unify_branches(&self, taken: Value, other: &Value) -> Result<Value, String> {
        let (left, right) = (Type::of(&taken), Type::of(other));
        let names = (left.name(), right.name());
        match unify([left, right]) {
            Some(common) => convert::convert(&taken, &common),
            None => {
                Err(format!("the two results of a conditional must have one type, not {} and {}", names.0, names.1))
            }
        }
    }

    /// The truth of a condition; `Err`: what follows from it if it is not known.
    pub(super) fn condition(&self, expression: &Expression, scope: Scope<'_, 'p>) -> Eval<Result<Condition, Value>> {
        let value = self.eval(expression, scope)?;
        if value.is_unknown() {
            return Ok(Err(derived(&[&value])));
        }
        let truth = convert::truth(&value).map_err(|message| Self::fault(scope, expression, message))?;
        Ok(Ok(Condition { value: truth, sensitive: value.sensitive }))
    }

    fn for_expression(&self, expression: &ForExpr, scope: Scope<'_, 'p>) -> Eval {
        let collection = &expression.intro.collection_expr;
        let source = self.eval(collection, scope)?;
        let pairs = self.pairs(&source).map_err(|message| Self::fault(scope, collection, message))?;
        let Some(pairs) = pairs else {
            return Ok(derived(&[&source]));
        };
        let mut result = ForResult::new(expression);
        let key_name = expression.intro.key_var.as_ref().map_or("", |name| name.as_str());
        for (key, value) in pairs {
            let key_frame = Frame { name: key_name, value: key, parent: scope.frame };
            let inner = scope.with(&key_frame);
            let value_frame = Frame { name: expression.intro.value_var.as_str(), value, parent: inner.frame };
            self.for_item(expression, inner.with(&value_frame), &mut result)?;
        }
        Ok(result.finish().marked(source.sensitive))
    }

    fn for_item(&self, expression: &ForExpr, scope: Scope<'_, 'p>, result: &mut ForResult) -> Eval<()> {
        if let Some(condition) = &expression.cond {
            match self.condition(&condition.expr, scope)? {
                Ok(truth) => {
                    result.sensitive |= truth.sensitive;
                    if !truth.value {
                        return Ok(());
                    }
                }
                Err(unknown) => {
                    result.unknown = Some(unknown);
                    return Ok(());
                }
            }
        }
        let value = self.eval(&expression.value_expr, scope)?;
        let Some(key) = &expression.key_expr else {
            result.items.push(value);
            return Ok(());
        };
        let name = self.eval(key, scope)?;
        let name = Self::as_key(&name).map_err(|message| Self::fault(scope, key, message))?;
        result.sensitive |= name.sensitive;
        match &name.content {
            Content::Text(text) => {
                result.add(text, value).map_err(|message| Self::fault(scope, key, message))?;
            }
            _ => result.unknown = Some(name),
        }
        Ok(())
    }

    /// What a `for` goes through: keys with values, in order. `None`: that is not known.
    pub(super) fn pairs(&self, collection: &Value) -> Result<Option<Vec<(Value, Value)>>, String> {
        let collection = self.outputs_of(collection);
        Ok(match &collection.content {
            Content::Sequence(SequenceKind::Set, items) => {
                Some(items.all().iter().map(|item| (item.clone(), item.clone())).collect())
            }
            Content::Sequence(_, items) => {
                Some(items.all().iter().enumerate().map(|(at, item)| (Value::count(at), item.clone())).collect())
            }
            Content::Mapping(MappingKind::Block, _) | Content::Unknown(_) | Content::Handle(_) => None,
            Content::Mapping(_, members) => {
                Some(members.all().iter().map(|(key, value)| (Value::text(key.as_str()), value.clone())).collect())
            }
            _ => return Err(convert::mismatch(&collection, "list, set or map")),
        })
    }

    /// A value with its module instances as objects of their outputs, wherever they stand.
    pub(super) fn with_outputs(&self, value: &Value, depth: usize) -> Value {
        // An output can lead back to its own module.
        if depth == 0 || !value.has_unknown() {
            return value.clone();
        }
        let value = self.outputs_of(value);
        let content = match &value.content {
            Content::Sequence(kind, items) => {
                let items = items.all().iter().map(|item| self.with_outputs(item, depth - 1));
                Value::sequence(*kind, items.collect()).content
            }
            Content::Mapping(kind, members) => {
                let members = members.all().iter();
                let members = members.map(|(name, of)| (name.clone(), self.with_outputs(of, depth - 1)));
                Value::mapping(*kind, members.collect()).content
            }
            _ => return value,
        };
        Value { content, ..value }
    }

    /// A module instance as the object of its outputs; every other value as it is.
    pub(super) fn outputs_of(&self, value: &Value) -> Value {
        let Content::Handle(handle) = &value.content else { return value.clone() };
        let Handle::Module(number) = **handle else { return value.clone() };
        let Some(instance) = self.instance(number) else { return value.clone() };
        let place = value.place.clone();
        let members = instance.module.outputs.keys().filter_map(|name| {
            let output = place.as_ref().and_then(|place| self.output(&instance, name, place).ok())?;
            Some(((*name).to_owned(), output))
        });
        Value { place: place.clone(), ..Value::mapping(MappingKind::Object, members.collect()) }
    }
}

/// A condition that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition {
    /// Whether it holds.
    pub value: bool,
    /// Whether it must not be shown.
    pub sensitive: bool,
}

/// What a `for` expression has collected.
struct ForResult {
    is_object: bool,
    grouping: bool,
    items: Vec<Value>,
    members: BTreeMap<String, Value>,
    groups: BTreeMap<String, Vec<Value>>,
    unknown: Option<Value>,
    sensitive: bool,
}

impl ForResult {
    fn new(expression: &ForExpr) -> Self {
        Self {
            is_object: expression.key_expr.is_some(),
            grouping: expression.grouping,
            items: Vec::new(),
            members: BTreeMap::new(),
            groups: BTreeMap::new(),
            unknown: None,
            sensitive: false,
        }
    }

    fn add(&mut self, key: &str, value: Value) -> Result<(), String> {
        if self.grouping {
            self.groups.entry(key.to_owned()).or_default().push(value);
        } else if self.members.insert(key.to_owned(), value).is_some() {
            return Err("two items have the same key; group them with \"...\"".to_owned());
        }
        Ok(())
    }

    fn finish(self) -> Value {
        let value = match self.unknown {
            Some(unknown) => derived(&[&unknown]),
            None if !self.is_object => Value::tuple(self.items),
            None if self.grouping => {
                Value::object(self.groups.into_iter().map(|(key, items)| (key, Value::tuple(items))))
            }
            None => Value::mapping(MappingKind::Object, self.members),
        };
        value.marked(self.sensitive)
    }
}
