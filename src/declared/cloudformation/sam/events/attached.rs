//! Triggers of a user pool of the same template, which the pool itself lists.

use super::Event;
use crate::declared::cloudformation::sam::Expansion;
use crate::declared::cloudformation::sam::resource::Resource;
use crate::declared::cloudformation::sam::tree::{Expand, as_items, attribute, call, fault, member, members, place};

/// Adds the permission, and to the pool its triggers.
pub(super) fn user_pool(expansion: &mut Expansion<'_>, event: &Event<'_>) -> Expand<Vec<Resource>> {
    let pool = event.required("UserPool")?;
    let triggers = event.required("Trigger")?;
    let id = match call(pool) {
        Some(("Ref", id)) => id.as_str(),
        _ => None,
    };
    let found = id.and_then(|id| Some((id, expansion.resources.get_mut(id)?)));
    let Some((id, node)) = found else {
        return fault(pool, "an event of Cognito needs the `Ref` of a user pool of the same template");
    };
    let config = member(member(node, "Properties"), "LambdaConfig");
    for trigger in as_items(triggers) {
        let name = trigger.as_str().unwrap_or_default().to_owned();
        if members(config).contains_key(&name) {
            return fault(trigger, format!("the trigger {name} has a function already"));
        }
        members(config).insert(name, event.target.arn.clone());
    }
    place(node, event.node.at.as_ref());
    let prefix = format!("{}Cognito", event.target.id);
    let permission = event.permission_of(&prefix, "cognito-idp.amazonaws.com", "");
    Ok(vec![permission.with("SourceArn", attribute(id, "Arn"))])
}
