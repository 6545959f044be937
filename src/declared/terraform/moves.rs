//! `moved` blocks: where something is declared now that was declared elsewhere before.
//!
//! A pure rewriting of addresses. Knows no state: who holds something under an old address asks for the new one.

use hcl_edit::expr::{Expression, TraversalOperator};
use hcl_edit::structure::Block;

use super::value::InstanceKey;

/// The moves that the modules of a program declare.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moves {
    rules: Vec<Rule>,
}

/// One `moved` block.
#[derive(Clone, Debug, PartialEq)]
struct Rule {
    /// The names of the calls that lead to the module with the block.
    within: Vec<String>,
    from: Endpoint,
    to: Endpoint,
}

/// An address inside a module: of a module call or its instance, of a resource or its instance.
#[derive(Clone, Debug, PartialEq)]
struct Endpoint {
    modules: Vec<Step>,
    /// Type and name; `None`: a module is meant, the last one of `modules`.
    resource: Option<Step>,
}

/// A name, which for a resource is `type.name`, with the instance.
#[derive(Clone, Debug, PartialEq)]
struct Step {
    name: String,
    key: InstanceKey,
}

impl Moves {
    /// Whether nothing was moved.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Notes the block of a module that stands under a path of calls such as `network.subnets`. `false`: it does not
    /// say what is moved where.
    pub(super) fn add(&mut self, path: &str, block: &Block) -> bool {
        let end = |name: &str| Endpoint::of_expression(&block.body.get_attribute(name)?.value);
        let (Some(from), Some(to)) = (end("from"), end("to")) else { return false };
        if from.resource.is_some() != to.resource.is_some() {
            return false;
        }
        let within = path.split('.').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        self.rules.push(Rule { within, from, to });
        true
    }

    /// The address of a resource instance after all moves; `None`: it was not moved.
    pub fn renamed(&self, address: &str) -> Option<String> {
        if self.rules.is_empty() {
            return None;
        }
        let mut current = Endpoint::of_address(address)?;
        let mut left: Vec<&Rule> = self.rules.iter().collect();
        // Each block is followed once, so that two that lead to each other come to an end.
        while let Some((at, next)) = left.iter().enumerate().find_map(|(at, rule)| Some((at, rule.apply(&current)?))) {
            left.remove(at);
            current = next;
        }
        (left.len() < self.rules.len()).then(|| current.to_string())
    }
}

impl Rule {
    fn apply(&self, address: &Endpoint) -> Option<Endpoint> {
        let around = address.modules.get(..self.within.len())?;
        if !around.iter().map(|step| &step.name).eq(&self.within) {
            return None;
        }
        let inside = address.modules.get(self.within.len()..)?;
        let (from, to) = (&self.from, &self.to);
        let last = |endpoint: &Endpoint| match &endpoint.resource {
            Some(resource) => Some(resource.clone()),
            None => endpoint.modules.last().cloned(),
        };
        // Without a key on both sides all instances move together.
        let all = last(from)?.key == InstanceKey::None && last(to)?.key == InstanceKey::None;
        let covers = |from: &Step, step: &Step| from.name == step.name && (all || from.key == step.key);
        match &from.resource {
            Some(resource) => {
                let own = address.resource.as_ref()?;
                if inside != from.modules || !covers(resource, own) {
                    return None;
                }
                let mut moved = to.resource.clone()?;
                if all {
                    moved.key = own.key.clone();
                }
                Some(Endpoint { modules: [around, &to.modules].concat(), resource: Some(moved) })
            }
            None => {
                let (last_from, before) = from.modules.split_last()?;
                let (own, after) = inside.get(before.len()..)?.split_first()?;
                if inside.get(..before.len())? != before || !covers(last_from, own) {
                    return None;
                }
                let mut target = to.modules.clone();
                if all && let Some(last) = target.last_mut() {
                    last.key = own.key.clone();
                }
                Some(Endpoint { modules: [around, &target, after].concat(), resource: address.resource.clone() })
            }
        }
    }
}

impl Endpoint {
    /// The address that an expression names: `module.a["k"].aws_x.y[0]`.
    fn of_expression(expression: &Expression) -> Option<Self> {
        let Expression::Traversal(traversal) = expression else { return None };
        let mut parts = vec![Part::Name(traversal.expr.as_variable()?.as_str().to_owned())];
        for operator in &traversal.operators {
            parts.push(match operator.value() {
                TraversalOperator::GetAttr(name) => Part::Name(name.as_str().to_owned()),
                TraversalOperator::Index(Expression::String(key)) => Part::Key(InstanceKey::Name(key.value().clone())),
                TraversalOperator::Index(Expression::Number(index)) => {
                    Part::Key(InstanceKey::Index(usize::try_from(index.value().as_u64()?).ok()?))
                }
                TraversalOperator::LegacyIndex(index) => {
                    Part::Key(InstanceKey::Index(usize::try_from(*index.value()).ok()?))
                }
                _ => return None,
            });
        }
        Self::of_parts(&parts)
    }

    /// An address as Terraform prints it.
    fn of_address(address: &str) -> Option<Self> {
        match hcl_edit::parser::parse_expr(address) {
            Ok(expression) => Self::of_expression(&expression),
            Err(_) => None,
        }
    }

    fn of_parts(parts: &[Part]) -> Option<Self> {
        let mut rest = parts;
        let mut modules = Vec::new();
        while let [Part::Name(word), Part::Name(name), after @ ..] = rest
            && word == "module"
        {
            let (key, after) = key(after);
            modules.push(Step { name: name.clone(), key });
            rest = after;
        }
        let resource = match rest {
            [] => None,
            [Part::Name(data), Part::Name(of), Part::Name(name), after @ ..] if data == "data" => {
                Some((format!("data.{of}.{name}"), after))
            }
            [Part::Name(of), Part::Name(name), after @ ..] => Some((format!("{of}.{name}"), after)),
            _ => return None,
        };
        let resource = match resource {
            Some((name, after)) => {
                let (key, []) = key(after) else { return None };
                Some(Step { name, key })
            }
            None => None,
        };
        (resource.is_some() || !modules.is_empty()).then_some(Self { modules, resource })
    }
}

/// A piece of an address.
enum Part {
    Name(String),
    Key(InstanceKey),
}

/// The instance key at the beginning, if there is one, and what follows.
fn key(parts: &[Part]) -> (InstanceKey, &[Part]) {
    match parts {
        [Part::Key(key), rest @ ..] => (key.clone(), rest),
        rest => (InstanceKey::None, rest),
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let modules = self.modules.iter().map(|step| format!("module.{}{}", step.name, step.key));
        let resource = self.resource.iter().map(|step| format!("{}{}", step.name, step.key));
        f.write_str(&modules.chain(resource).collect::<Vec<_>>().join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(blocks: &[(&str, &str, &str)]) -> Moves {
        let mut moves = Moves::default();
        for (path, from, to) in blocks {
            let body = hcl_edit::parser::parse_body(&format!("moved {{\n  from = {from}\n  to = {to}\n}}\n")).unwrap();
            assert!(moves.add(path, body.blocks().next().unwrap()), "{from}");
        }
        moves
    }

    #[test]
    fn resources_and_modules_are_found_where_they_were_moved() {
        let check = |blocks: &[(&str, &str, &str)], address: &str, expect: Option<&str>| {
            assert_eq!(moves(blocks).renamed(address).as_deref(), expect, "{address}");
        };
        let plain = [("", "aws_x.a", "aws_x.b")];
        check(&plain, "aws_x.a", Some("aws_x.b"));
        check(&plain, "aws_x.a[3]", Some("aws_x.b[3]"));
        check(&plain, "aws_x.aa", None);
        check(&plain, "module.m.aws_x.a", None);
        check(&[("", "aws_x.a", "aws_x.a[\"k\"]")], "aws_x.a", Some("aws_x.a[\"k\"]"));
        check(&[("", "aws_x.a", "aws_x.a[\"k\"]")], "aws_x.a[0]", None);
        check(&[("", "aws_x.a[0]", "module.m.aws_x.b")], "aws_x.a[0]", Some("module.m.aws_x.b"));
        check(
            &[("", "module.a", "module.b")],
            "module.a[\"k\"].module.c.aws_x.y[1]",
            Some("module.b[\"k\"].module.c.aws_x.y[1]"),
        );
        check(&[("", "module.a", "module.a[0]")], "module.a.aws_x.y", Some("module.a[0].aws_x.y"));
        check(&[("a.b", "aws_x.y", "aws_x.z")], "module.a[1].module.b.aws_x.y", Some("module.a[1].module.b.aws_x.z"));
        check(&[("", "aws_x.a", "aws_x.b"), ("", "aws_x.b", "aws_x.c")], "aws_x.a", Some("aws_x.c"));
        check(&[("", "aws_x.a", "aws_x.b"), ("", "aws_x.b", "aws_x.a")], "aws_x.a", Some("aws_x.a"));
    }

    #[test]
    fn a_block_that_is_no_move_is_refused() {
        let body = hcl_edit::parser::parse_body("moved {\n  from = aws_x.a\n  to = module.m\n}\n").unwrap();
        assert!(!Moves::default().add("", body.blocks().next().unwrap()));
    }
}
