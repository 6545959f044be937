//! Attributes, indexes and splats: the way from a value to a part of it.

use hcl_edit::expr::{Traversal, TraversalOperator};
use hcl_edit::{Decorated, Span as _};

use super::convert;
use super::evaluator::Evaluator;
use super::fault::{Eval, Fault};
use super::operators::derived;
use super::scope::Scope;
use super::source::Place;
use super::types::Type;
use super::value::{Content, Handle, MappingKind, SequenceKind, Unknown, Value};

impl<'p> Evaluator<'p> {
    /// `a.b[c].*.d`.
    pub(super) fn traversal(&self, traversal: &Traversal, scope: Scope<'_, 'p>) -> Eval {
        let place = Place::of(scope.source, traversal);
        match &traversal.expr {
            hcl_edit::expr::Expression::Variable(name) => {
                self.traverse_name(name.as_str(), &traversal.operators, place, scope)
            }
            start => {
                let start = self.eval(start, scope)?;
                self.follow(start, &traversal.operators, &place, scope)
            }
        }
    }

    /// A name and what follows it.
    pub(super) fn traverse_name(
        &self,
        name: &str,
        operators: &[Decorated<TraversalOperator>],
        place: Place,
        scope: Scope<'_, 'p>,
    ) -> Eval {
        if let Some(bound) = scope.bound(name) {
            return self.follow(bound.clone(), operators, &place, scope);
        }
        let (start, taken) = self.reference(name, operators, &place, scope)?;
        self.follow(start, operators.get(taken..).unwrap_or_default(), &place, scope)
    }

    /// Follows operators from a value.
    fn follow(
        &self,
        start: Value,
        operators: &[Decorated<TraversalOperator>],
        place: &Place,
        scope: Scope<'_, 'p>,
    ) -> Eval {
        let mut value = start;
        let mut rest = operators;
        while let Some((operator, following)) = rest.split_first() {
            rest = following;
            let at = || operator.span().map_or_else(|| place.clone(), |_| Place::of(scope.source, operator));
            value = match operator.value() {
                TraversalOperator::GetAttr(name) => self.attribute(&value, name.as_str(), &at())?,
                TraversalOperator::LegacyIndex(index) => {
                    let index = Value::count(usize::try_from(*index.value()).unwrap_or(usize::MAX));
                    self.index(&value, &index, &at())?
                }
                TraversalOperator::Index(index) => {
                    let index = self.eval(index, scope)?;
                    self.index(&value, &index, &at())?
                }
                TraversalOperator::FullSplat(_) => {
                    return self.splat(&value, following, place, scope);
                }
                TraversalOperator::AttrSplat(_) => {
                    let is_attribute = |operator: &&Decorated<TraversalOperator>| {
                        matches!(operator.value(), TraversalOperator::GetAttr(_) | TraversalOperator::LegacyIndex(_))
                    };
                    let attributes = following.iter().take_while(is_attribute).count();
                    let (each, after) = following.split_at(attributes);
                    rest = after;
                    self.splat(&value, each, place, scope)?
                }
            };
        }
        Ok(value)
    }

    /// The same operators for every item; one value that is no sequence counts as one item, and `null` as none.
    fn splat(
        &self,
        value: &Value,
        operators: &[Decorated<TraversalOperator>],
        place: &Place,
        scope: Scope<'_, 'p>,
    ) -> Eval {
        let items = match &value.content {
            Content::Unknown(_) => return Ok(derived(&[value])),
            Content::Null => Vec::new(),
            Content::Sequence(_, items) => items.all().to_vec(),
            _ => vec![Value { sensitive: false, ..value.clone() }],
        };
        self.spend(items.len(), || place.clone())?;
        let follow = |item| self.deeper(|| place.clone(), || self.follow(item, operators, place, scope));
        let followed: Eval<Vec<Value>> = items.into_iter().map(follow).collect();
        let kind = match value.content {
            Content::Sequence(SequenceKind::List | SequenceKind::Set, _) => SequenceKind::List,
            _ => SequenceKind::Tuple,
        };
        Ok(Value::sequence(kind, followed?).marked(value.sensitive))
    }

    /// `value.name`.
    pub(super) fn attribute(&self, value: &Value, name: &str, place: &Place) -> Eval {
        match &value.content {
            Content::Unknown(unknown) => Ok(part_of(value, unknown)),
            Content::Handle(handle) => {
                let part = match &**handle {
                    Handle::Resource { module, name: resource, key } => {
                        self.resource_attribute(*module, resource, key, name, place)?
                    }
                    Handle::Module(number) => {
                        let instance = self.instance(*number);
                        let instance = instance.ok_or_else(|| Fault::limit(place.clone(), "no such module"))?;
                        self.output(&instance, name, place)?
                    }
                };
                Ok(part.marked(value.sensitive))
            }
            Content::Mapping(kind, members) => match members.all().get(name) {
                Some(member) => Ok(member.clone().marked(value.sensitive)),
                None if *kind == MappingKind::Block => {
                    Ok(Value::unknown(format!("{name} is only known from the deployed resource"))
                        .marked(value.sensitive))
                }
                None => Err(Fault::expression(place.clone(), format!("there is no attribute \"{name}\""))),
            },
            Content::Null => Err(Fault::expression(place.clone(), "null has no attributes")),
            _ => Err(Fault::expression(place.clone(), format!("a {} has no attributes", value.type_name()))),
        }
    }

    /// `value[index]`.
    pub(super) fn index(&self, value: &Value, index: &Value, place: &Place) -> Eval {
        let sensitive = value.sensitive || index.sensitive;
        if let Content::Unknown(unknown) = &value.content {
            let part = value.known_item(index).cloned().unwrap_or_else(|| part_of(value, unknown));
            return Ok(part.marked(sensitive));
        }
        if index.is_unknown() {
            return Ok(derived(&[index]).marked(sensitive));
        }
        let fault = |message: String| Fault::expression(place.clone(), message);
        match &value.content {
            Content::Sequence(SequenceKind::Set, _) => Err(fault("a set has no indexes".to_owned())),
            Content::Sequence(_, items) => {
                let position = convert::convert(index, &Type::Number).map_err(fault)?;
                let item = match &position.content {
                    Content::Number(number) => {
                        number.as_i64().and_then(|at| usize::try_from(at).ok()).and_then(|at| items.all().get(at))
                    }
                    _ => None,
                };
                let item =
                    item.ok_or_else(|| fault(format!("there is no such element among {}", items.all().len())))?;
                Ok(item.clone().marked(sensitive))
            }
            Content::Mapping(..) | Content::Handle(_) => {
                let key = convert::convert(index, &Type::Text).map_err(fault)?;
                let Some(name) = key.as_text() else { return Err(fault("a key must not be null".to_owned())) };
                // Messages and reasons name attributes, which a secret key must not become.
                match value.as_members() {
                    Some(members) if members.contains_key(name) || !index.sensitive => {
                        Ok(self.attribute(value, name, place)?.marked(sensitive))
                    }
                    Some(_) => Err(fault("there is no such key".to_owned())),
                    None if index.sensitive => Ok(Value::unknown("a secret names the attribute").marked(true)),
                    None => Ok(self.attribute(value, name, place)?.marked(sensitive)),
                }
            }
            Content::Null => Err(fault("null has no elements".to_owned())),
            _ => Err(fault(format!("a {} has no elements", value.type_name()))),
        }
    }
}

/// A part of something unknown: unknown for the same reason, but not what the whole stands for.
fn part_of(value: &Value, unknown: &Unknown) -> Value {
    Value::unknown(std::sync::Arc::clone(&unknown.reason)).marked(value.sensitive)
}
