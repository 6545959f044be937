//! Type expressions: `list(object({ name = string, port = optional(number, 80) }))`.
//!
//! They look like expressions and are read, not evaluated; only the defaults of optional members are values.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, FuncCall, Object, ObjectKey};

use super::evaluator::Evaluator;
use super::fault::{Eval, Fault};
use super::module::Written;
use super::source::Place;
use super::types::{Member, Presence, Type};

impl<'p> Evaluator<'p> {
    /// The type that an expression names.
    pub(super) fn type_of_expression(&self, written: Written<'_, Expression>) -> Eval<Type> {
        let fault = |message: &str| Err(Fault::expression(written.place(), message));
        match written.node {
            Expression::Parenthesis(inner) => self.type_of_expression(at(written, inner.inner())),
            Expression::Variable(name) => Ok(match name.as_str() {
                "string" => Type::Text,
                "number" => Type::Number,
                "bool" => Type::Bool,
                "any" => Type::Any,
                "list" => Type::List(Box::new(Type::Any)),
                "set" => Type::Set(Box::new(Type::Any)),
                "map" => Type::Map(Box::new(Type::Any)),
                _ => return fault("there is no such type"),
            }),
            // The way to write types before Terraform 0.12.
            Expression::String(name) => Ok(match name.value().as_str() {
                "string" => Type::Text,
                "list" => Type::List(Box::new(Type::Text)),
                "map" => Type::Map(Box::new(Type::Text)),
                _ => return fault("there is no such type"),
            }),
            Expression::FuncCall(call) => self.constructed(written, call),
            _ => fault("this is not a type"),
        }
    }

    fn constructed(&self, written: Written<'_, Expression>, call: &FuncCall) -> Eval<Type> {
        let fault = |message: &str| Err(Fault::expression(written.place(), message));
        let Some(argument) = call.args.get(0) else { return fault("the type needs an argument") };
        let inner = || self.type_of_expression(at(written, argument)).map(Box::new);
        match (call.name.name.as_str(), argument) {
            ("list", _) => Ok(Type::List(inner()?)),
            ("set", _) => Ok(Type::Set(inner()?)),
            ("map", _) => Ok(Type::Map(inner()?)),
            ("tuple", Expression::Array(items)) => {
                let items: Eval<Vec<Type>> =
                    items.iter().map(|item| self.type_of_expression(at(written, item))).collect();
                Ok(Type::Tuple(items?))
            }
            ("object", Expression::Object(members)) => self.object_type(written, members),
            _ => fault("there is no such type"),
        }
    }

    fn object_type(&self, written: Written<'_, Expression>, object: &Object) -> Eval<Type> {
        let mut members = BTreeMap::new();
        for (key, value) in object {
            let name = match key {
                ObjectKey::Ident(name) => name.as_str(),
                ObjectKey::Expression(Expression::String(name)) => name.value(),
                ObjectKey::Expression(Expression::Variable(name)) => name.as_str(),
                ObjectKey::Expression(other) => {
                    return Err(Fault::expression(Place::of(written.source, other), "a name is required"));
                }
            };
            members.insert(name.to_owned(), self.member(at(written, value.expr()))?);
        }
        Ok(Type::Object(members))
    }

    fn member(&self, written: Written<'_, Expression>) -> Eval<Member> {
        match written.node {
            Expression::FuncCall(call) if call.name.name.as_str() == "optional" => {
                let of = call.args.get(0);
                let of = of.ok_or_else(|| Fault::expression(written.place(), "optional needs a type"))?;
                let of = self.type_of_expression(at(written, of))?;
                let presence = match call.args.get(1) {
                    Some(default) => Presence::Default(self.eval_literal(
                        default,
                        written.source,
                        "the declaration of a variable",
                    )?),
                    None => Presence::Optional,
                };
                Ok(Member { of, presence })
            }
            _ => Ok(Member::required(self.type_of_expression(written)?)),
        }
    }
}

fn at<'w>(written: Written<'w, Expression>, node: &'w Expression) -> Written<'w, Expression> {
    Written { source: written.source, node }
}
