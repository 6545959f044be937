//! Which provider configuration a resource uses, and what it says about account, region and tags.

use std::rc::Rc;

use hcl_edit::expr::{Expression, ObjectKey, TraversalOperator};

use super::ProviderConfig;
use super::evaluator::{Evaluator, ModuleInstance, Origin};
use super::export;
use super::fault::Eval;
use super::module::{Declared, ProviderName};
use super::scope::{Names, Repetition};
use super::value::{Content, ResourceName, Value};

/// A provider configuration and the module that holds it.
struct Configured<'p> {
    instance: Rc<ModuleInstance<'p>>,
    declared: Option<&'p Declared<'p>>,
    named: ProviderName,
}

/// What a provider configuration says, before it leaves the evaluator.
pub(super) struct Settings {
    named: ProviderName,
    /// The region, if the configuration has one.
    pub region: Option<Value>,
    /// The account of the role to assume, if the configuration has one.
    pub account: Option<Value>,
    pub default_tags: Option<Value>,
    ignore_tags: Option<Value>,
}

impl<'p> Evaluator<'p> {
    /// The provider configuration that a resource uses.
    pub(super) fn provider_settings(
        &self,
        instance: &Rc<ModuleInstance<'p>>,
        name: &ResourceName,
        declared: &Declared<'p>,
    ) -> Settings {
        let written = declared.argument("provider").and_then(|written| named(written.node));
        let default = name.resource_type.split('_').next().unwrap_or_default();
        let named = written.unwrap_or_else(|| ProviderName { name: default.to_owned(), alias: None });
        let found = self.find_provider(Rc::clone(instance), named);
        let names = Names::Module(Rc::clone(&found.instance));
        let known = |value: Eval| {
            let value = value.unwrap_or_else(|fault| self.give_up(&fault));
            (!value.is_null()).then_some(value)
        };
        let argument = |name: &str| {
            let written = found.declared?.argument(name)?;
            known(self.eval_written(written, &names, &Repetition::None))
        };
        // Of roles that are assumed one after the other, the last one is who acts.
        let block = |block: &str| {
            let blocks = found.declared?.blocks();
            let blocks = known(self.nested_blocks(blocks.get(block)?, &names, &Repetition::None))?;
            if blocks.is_unknown() { Some(blocks) } else { blocks.as_items()?.last().cloned() }
        };
        let nested = |block: Option<Value>, name: &str| match block? {
            unknown if unknown.is_unknown() => Some(unknown),
            block => block.as_members()?.get(name).cloned(),
        };
        let role = block("assume_role").or_else(|| block("assume_role_with_web_identity"));
        Settings {
            region: argument("region"),
            account: nested(role, "role_arn")
                .map(|arn| account_of(&arn))
                .or_else(|| only(argument("allowed_account_ids")?)),
            default_tags: nested(block("default_tags"), "tags"),
            ignore_tags: block("ignore_tags"),
            named: found.named,
        }
    }

    /// Follows a name through the `providers` of the calls that lead to the module.
    fn find_provider(&self, instance: Rc<ModuleInstance<'p>>, named: ProviderName) -> Configured<'p> {
        let declared = instance.module.providers.get(&named);
        if let Some(declared) = declared {
            return Configured { declared: Some(declared), instance, named };
        }
        let Origin::Call { caller, declared: call, .. } = &instance.origin else {
            return Configured { declared: None, instance, named };
        };
        let passed = call.argument("providers").and_then(|providers| passed_as(providers.node, &named));
        match (passed, &named.alias) {
            (Some(passed), _) => self.find_provider(Rc::clone(caller), passed),
            (None, None) => self.find_provider(Rc::clone(caller), named),
            (None, Some(_)) => Configured { declared: None, instance, named },
        }
    }

    /// The settings as the rest of the product sees them.
    pub(super) fn provider_config(&self, settings: &Settings) -> ProviderConfig {
        let shown =
            |value: &Option<Value>| value.as_ref().map(|value| export::to_model(value, self.inputs.fingerprints));
        ProviderConfig {
            name: settings.named.name.clone(),
            alias: settings.named.alias.clone(),
            region: shown(&settings.region),
            account: shown(&settings.account),
            default_tags: shown(&settings.default_tags),
            ignore_tags: shown(&settings.ignore_tags),
        }
    }
}

/// The configuration that an expression names.
fn named(expression: &Expression) -> Option<ProviderName> {
    match expression {
        Expression::Variable(name) => Some(ProviderName { name: name.as_str().to_owned(), alias: None }),
        // The quoted form that Terraform 0.11 had.
        Expression::String(text) => {
            let (name, alias) =
                text.value().split_once('.').map_or((text.value().as_str(), None), |(n, a)| (n, Some(a)));
            Some(ProviderName { name: name.to_owned(), alias: alias.map(str::to_owned) })
        }
        Expression::Traversal(traversal) => {
            let Expression::Variable(name) = &traversal.expr else { return None };
            let alias = match traversal.operators.first()?.value() {
                TraversalOperator::GetAttr(alias) => alias.as_str().to_owned(),
                _ => return None,
            };
            Some(ProviderName { name: name.as_str().to_owned(), alias: Some(alias) })
        }
        _ => None,
    }
}

/// The configuration that a call passes under a name.
fn passed_as(providers: &Expression, wanted: &ProviderName) -> Option<ProviderName> {
    let Expression::Object(members) = providers else { return None };
    members.iter().find_map(|(key, value)| {
        let key = match key {
            ObjectKey::Ident(name) => Some(ProviderName { name: name.as_str().to_owned(), alias: None }),
            ObjectKey::Expression(expression) => named(expression),
        };
        if key.as_ref() == Some(wanted) { named(value.expr()) } else { None }
    })
}

/// The only item of a list: a provider that may act in one account acts in that one.
fn only(accounts: Value) -> Option<Value> {
    match accounts.as_items()? {
        [account] => Some(account.clone()),
        _ => None,
    }
}

/// The account in the ARN of a role: `arn:aws:iam::123456789012:role/x`.
fn account_of(arn: &Value) -> Value {
    let account = match &arn.content {
        Content::Text(text) => match text.split(':').nth(4) {
            Some(account) if !account.is_empty() => Value::text(account),
            _ => Value::unknown("the role to assume has no account in its ARN"),
        },
        _ => Value::unknown(arn.unknown_reason()),
    };
    Value { sensitive: arn.sensitive, place: arn.place.clone(), ..account }
}
