//! Resources and module calls: how many there are, what their addresses are, and what their attributes are.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::model::Reference;

use super::convert;
use super::evaluator::{Evaluator, ModuleInstance};
use super::export;
use super::fault::{Eval, Fault};
use super::module::{Declared, Written};
use super::scope::{Names, Repetition};
use super::source::Place;
use super::types::Type;
use super::value::{Content, Handle, InstanceKey, MappingKind, Mode, ResourceName, SequenceKind, Unknown, Value};

/// How many instances one `count` or `for_each` may make. Tests are not optimised.
const MAX_INSTANCES: usize = if cfg!(test) { 1_024 } else { 65_536 };

/// The instances of a resource or of a module call.
pub(super) enum Expansion {
    /// One, without a key.
    Single,
    /// `count`
    Count(usize),
    /// `for_each`: key and value, by key.
    Each(BTreeMap<String, (Value, Value)>),
    /// That is not known.
    Unknown(Arc<str>),
}

/// Makes instances of the value of `count` or `for_each`.
type Expand = fn(&Value) -> Result<Expansion, String>;

impl Expansion {
    /// The instances, with what they see as `count` and `each`.
    pub fn instances(&self) -> Vec<(InstanceKey, Repetition)> {
        match self {
            Self::Single => vec![(InstanceKey::None, Repetition::None)],
            Self::Count(count) => (0..*count).map(|at| (InstanceKey::Index(at), Repetition::Count(at))).collect(),
            Self::Each(members) => members
                .iter()
                .map(|(name, (key, value))| {
                    let repetition = Repetition::Each { key: key.clone(), value: value.clone() };
                    (InstanceKey::Name(name.clone()), repetition)
                })
                .collect(),
            Self::Unknown(_) => Vec::new(),
        }
    }

    /// What one of the instances sees as `count` and `each`.
    pub fn repetition(&self, wanted: &InstanceKey) -> Option<Repetition> {
        match (self, wanted) {
            (Self::Single, InstanceKey::None) => Some(Repetition::None),
            (Self::Count(count), InstanceKey::Index(at)) => (at < count).then_some(Repetition::Count(*at)),
            (Self::Each(members), InstanceKey::Name(name)) => {
                let (key, value) = members.get(name)?;
                Some(Repetition::Each { key: key.clone(), value: value.clone() })
            }
            _ => None,
        }
    }

    /// What a reference to all instances together gives.
    fn value(&self, handle: impl Fn(InstanceKey) -> Value) -> Value {
        match self {
            Self::Single => handle(InstanceKey::None),
            Self::Count(count) => Value::tuple((0..*count).map(|at| handle(InstanceKey::Index(at)))),
            Self::Each(members) => {
                Value::object(members.keys().map(|name| (name.clone(), handle(InstanceKey::Name(name.clone())))))
            }
            Self::Unknown(reason) => Value::unknown(Arc::clone(reason)),
        }
    }
}

/// Arguments of a resource that speak to Terraform and not of the thing itself.
pub(super) const META_ARGUMENTS: [&str; 4] = ["count", "for_each", "depends_on", "provider"];

/// Blocks of a resource that speak to Terraform and not of the thing itself.
pub(super) const META_BLOCKS: [&str; 4] = ["lifecycle", "connection", "provisioner", "timeouts"];

impl<'p> Evaluator<'p> {
    /// `aws_x.y` or `data.aws_x.y`.
    pub(super) fn resource(&self, instance: &Rc<ModuleInstance<'p>>, name: &ResourceName, place: &Place) -> Eval {
        let Some(declared) = instance.module.resources.get(name) else {
            return self.undeclared(instance, &name.to_string(), place);
        };
        let expansion = self.expansion(instance, &name.to_string(), declared, place)?;
        let handle = |key| Handle::Resource { module: instance.number, name: name.clone(), key };
        let all = || expansion.value(|key| Value::new(Content::Handle(Arc::new(handle(key)))));
        Ok(self.all_instances_once(instance.address_of(name), all))
    }

    /// `module.name`.
    pub(super) fn module(&self, instance: &Rc<ModuleInstance<'p>>, name: &str, place: &Place) -> Eval {
        let Some(declared) = instance.module.calls.get(name) else {
            return self.undeclared(instance, &format!("module.{name}"), place);
        };
        let expansion = self.expansion(instance, &format!("module.{name}"), declared, place)?;
        let repetition = |key: &InstanceKey| expansion.repetition(key).unwrap_or(Repetition::None);
        let all = || {
            expansion.value(|key| match self.child(instance, name, declared, key.clone(), repetition(&key)) {
                Some(child) => Value {
                    place: Some(place.clone()),
                    ..Value::new(Content::Handle(Arc::new(Handle::Module(child.number))))
                },
                None => Value::unknown(format!("module.{name} is not available")),
            })
        };
        Ok(self.all_instances_once(instance.address_of(format_args!("module.{name}")), all))
    }

    /// The instances of a declaration.
    pub(super) fn expansion(
        &self,
        instance: &Rc<ModuleInstance<'p>>,
        name: &str,
        declared: &Declared<'p>,
        place: &Place,
    ) -> Eval<Rc<Expansion>> {
        self.expansion_once(instance.address_of(name), place, || {
            let expansion = self.expand(instance, declared).and_then(|expansion| match expansion {
                Expansion::Unknown(reason) => Err(Fault::limit(instances_place(declared), &*reason)),
                known => Ok(known),
            });
            expansion.unwrap_or_else(|mut fault| {
                fault.message = format!("the instances of {name} are not known: {}", fault.message);
                self.report(fault.problem());
                Expansion::Unknown(fault.message.into())
            })
        })
    }

    fn expand(&self, instance: &Rc<ModuleInstance<'p>>, declared: &Declared<'p>) -> Eval<Expansion> {
        let names = Names::Module(Rc::clone(instance));
        let (argument, expand): (_, Expand) = match (declared.argument("count"), declared.argument("for_each")) {
            (None, None) => return Ok(Expansion::Single),
            (Some(count), _) => (count, by_count),
            (None, Some(for_each)) => (for_each, by_keys),
        };
        let value = self.outputs_of(&self.eval_written(argument, &names, &Repetition::None)?);
        expand(&value).map_err(|message| Fault::expression(argument.place(), message))
    }

    /// An attribute of a resource instance, as another declaration sees it: what is configured, else what is known
    /// of the deployed resource, else unknown.
    pub(super) fn resource_attribute(
        &self,
        module: usize,
        name: &ResourceName,
        key: &InstanceKey,
        attribute: &str,
        place: &Place,
    ) -> Eval {
        let limit = || Fault::limit(place.clone(), format!("{name} is not declared"));
        let instance = self.instance(module).ok_or_else(limit)?;
        let declared = instance.module.resources.get(name).ok_or_else(limit)?;
        let address = instance.address_of(format_args!("{name}{key}"));
        self.once(format!("{address}.{attribute}"), place, || {
            if name.mode == Mode::Data
                && let Some(answer) = self.data_attribute(&instance, name, key, declared, attribute, place)?
            {
                return Ok(answer);
            }
            let expansion = self.expansion(&instance, &name.to_string(), declared, place)?;
            let repetition = expansion.repetition(key).ok_or_else(limit)?;
            let configured = self.configured(&instance, declared, &repetition, attribute)?;
            Ok(match configured.filter(|value| !value.is_null()) {
                Some(value) => with_bound_members(value, self.bound(&address, attribute).as_ref()),
                None => self.bound(&address, attribute).unwrap_or_else(|| unbound(&address, attribute)),
            })
        })
    }

    /// What the declaration says about an attribute, if it says something.
    fn configured(
        &self,
        instance: &Rc<ModuleInstance<'p>>,
        declared: &Declared<'p>,
        repetition: &Repetition,
        attribute: &str,
    ) -> Eval<Option<Value>> {
        if META_ARGUMENTS.contains(&attribute) || META_BLOCKS.contains(&attribute) {
            return Ok(None);
        }
        let names = Names::Module(Rc::clone(instance));
        if let Some(written) = declared.argument(attribute) {
            return self.eval_written(written, &names, repetition).map(Some);
        }
        match declared.blocks().get(attribute) {
            Some(blocks) => self.nested_blocks(blocks, &names, repetition).map(Some),
            None => Ok(None),
        }
    }

    /// The address that an `import` block names, and the id that it gives; `None`: that is not known.
    pub(super) fn import(
        &self,
        root: &Rc<ModuleInstance<'p>>,
        declared: &Declared<'p>,
        repetition: &Repetition,
    ) -> Eval<Option<(String, String)>> {
        let (Some(to), Some(id)) = (declared.argument("to"), declared.argument("id")) else { return Ok(None) };
        let names = Names::Module(Rc::clone(root));
        let target = self.eval_written(to, &names, repetition)?;
        let id = self.eval_written(id, &names, repetition)?;
        let (Content::Handle(handle), Some(id)) = (&target.content, id.as_text()) else { return Ok(None) };
        Ok(self.address_of_handle(handle).map(|address| (address, id.to_owned())))
    }

    /// The address of a resource instance.
    fn address_of_handle(&self, handle: &Handle) -> Option<String> {
        let Handle::Resource { module, name, key } = handle else { return None };
        Some(self.instance(*module)?.address_of(format_args!("{name}{key}")))
    }

    /// What is known of a deployed resource: as its state has it, else as it was found live.
    pub(super) fn bound(&self, address: &str, attribute: &str) -> Option<Value> {
        let live = LIVE_NAMES.iter().find(|(name, _)| *name == attribute).map_or(&[][..], |(_, names)| names);
        let names = || std::iter::once(attribute).chain(live.iter().copied());
        self.references
            .borrow_mut()
            .extend(names().map(|name| Reference { address: address.to_owned(), attribute: Some(name.to_owned()) }));
        let bound = self.deployed(address)?;
        let known = names().find_map(|name| bound.attributes.get(name)).map(export::from_model);
        known.or_else(|| match &bound.identifier {
            Some(identifier) if attribute == "id" => Some(Value::text(identifier.as_str())),
            _ => None,
        })
    }

    /// All attributes that a declaration configures for one instance. What cannot be evaluated is a problem and an
    /// unknown attribute; the others are not touched by it.
    pub(super) fn attributes(
        &self,
        instance: &Rc<ModuleInstance<'p>>,
        declared: &Declared<'p>,
        repetition: &Repetition,
    ) -> BTreeMap<String, Value> {
        let names = Names::Module(Rc::clone(instance));
        let mut attributes = BTreeMap::new();
        for (name, written) in declared.arguments() {
            if META_ARGUMENTS.contains(&name) {
                continue;
            }
            let expression = Written { source: written.source, node: &written.node.value };
            let value = self.eval_written(expression, &names, repetition);
            let value = value.unwrap_or_else(|fault| self.give_up(&fault));
            attributes.insert(name.to_owned(), value.placed(|| expression.place()));
        }
        for (name, blocks) in declared.blocks() {
            if META_BLOCKS.contains(&name) {
                continue;
            }
            let value = self.nested_blocks(&blocks, &names, repetition);
            attributes.insert(name.to_owned(), value.unwrap_or_else(|fault| self.give_up(&fault)));
        }
        attributes.retain(|_, value| !value.is_null());
        attributes
    }
}

/// Where a declaration says how many instances it has.
fn instances_place(declared: &Declared<'_>) -> Place {
    let argument = declared.argument("count").or_else(|| declared.argument("for_each"));
    argument.map_or_else(|| declared.place(), |argument| argument.place())
}

fn by_count(value: &Value) -> Result<Expansion, String> {
    if value.is_unknown() {
        return Ok(Expansion::Unknown(format!("count is not known: {}", value.unknown_reason()).into()));
    }
    let number = convert::convert(value, &Type::Number)?;
    let count = match &number.content {
        Content::Number(number) => number.as_i64().and_then(|count| usize::try_from(count).ok()),
        _ => None,
    };
    match count {
        Some(count) if count <= MAX_INSTANCES => Ok(Expansion::Count(count)),
        Some(_) => Err(format!("count makes more than {MAX_INSTANCES} instances")),
        None => Err("count must be a whole number that is not negative".to_owned()),
    }
}

fn by_keys(value: &Value) -> Result<Expansion, String> {
    let unknown =
        |value: &Value| Expansion::Unknown(format!("for_each is not known: {}", value.unknown_reason()).into());
    if value.sensitive {
        return Err("for_each must not be sensitive".to_owned());
    }
    let members: BTreeMap<String, (Value, Value)> = match &value.content {
        Content::Mapping(MappingKind::Block, _) | Content::Unknown(_) | Content::Handle(_) => {
            return Ok(unknown(value));
        }
        Content::Mapping(_, members) => {
            let pair = |(name, value): (&String, &Value)| (name.clone(), (Value::text(name.as_str()), value.clone()));
            members.all().iter().map(pair).collect()
        }
        Content::Sequence(SequenceKind::Set, items) => {
            if value.has_unknown() {
                return Ok(unknown(value));
            }
            let mut members = BTreeMap::new();
            for item in items.all() {
                let name = item.as_text().ok_or("for_each takes a set of strings only")?;
                members.insert(name.to_owned(), (item.clone(), item.clone()));
            }
            members
        }
        _ => return Err(format!("for_each takes a map or a set of strings, not a {}", value.type_name())),
    };
    if members.len() > MAX_INSTANCES {
        return Err(format!("for_each makes more than {MAX_INSTANCES} instances"));
    }
    Ok(Expansion::Each(members))
}

/// Attributes that a resource without a state has all the same once it is found: Terraform's name, and CloudFormation's
/// names of them, of which a type has at most one.
const LIVE_NAMES: [(&str, &[&str]); 6] = [
    ("arn", &["Arn", "AliasArn", "PolicyArn", "ServiceArn", "TaskDefinitionArn"]),
    ("private_dns", &["PrivateDnsName"]),
    ("private_ip", &["PrivateIp"]),
    ("public_dns", &["PublicDnsName"]),
    ("public_ip", &["PublicIp"]),
    ("unique_id", &["RoleId"]),
];

/// The unknown value that stands for an attribute of a resource.
fn unbound(address: &str, attribute: &str) -> Value {
    Value::mystery(Unknown {
        reason: format!("{address}.{attribute} is only known from the deployed resource").into(),
        reference: Some(Reference { address: address.to_owned(), attribute: Some(attribute.to_owned()) }),
        fingerprint: None,
        near: None,
        begins: None,
    })
}

/// A nested block with what is known of the deployed one wherever the declaration is silent. Of several blocks it is
/// not known which one is which: many of them are sets.
fn with_bound_members(configured: Value, bound: Option<&Value>) -> Value {
    let (Some([block]), Some([bound])) = (configured.as_items(), bound.and_then(Value::as_items)) else {
        return configured;
    };
    let Content::Mapping(MappingKind::Block, members) = &block.content else { return configured };
    let mut merged = bound.as_members().cloned().unwrap_or_default();
    merged.extend(members.all().clone());
    let block = Value { content: Value::mapping(MappingKind::Block, merged).content, ..block.clone() };
    Value { content: Value::list([block]).content, ..configured.clone() }
}
