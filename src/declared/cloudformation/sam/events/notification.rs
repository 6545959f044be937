//! Notifications of a bucket of the same template, which the bucket itself lists.

use std::collections::BTreeSet;

use super::Event;
use crate::declared::cloudformation::sam::Expansion;
use crate::declared::cloudformation::sam::resource::Resource;
use crate::declared::cloudformation::sam::tree::{
    Expand, add_new, as_items, call, fault, items, member, members, place, reference, tree, when,
};
use crate::model::{Kind, Value};

/// Adds the permission, and to the bucket the notification and what it has to wait for.
pub(super) fn expand(expansion: &mut Expansion<'_>, event: &Event<'_>) -> Expand<Vec<Resource>> {
    let bucket = event.required("Bucket")?;
    let types = event.required("Events")?;
    let bucket_id = match call(bucket) {
        Some(("Ref", id)) => id.as_str(),
        _ => None,
    };
    let permission = event.permission("s3.amazonaws.com", "").with("SourceAccount", reference("AWS::AccountId"));
    let Some(node) = bucket_id.and_then(|id| expansion.resources.get_mut(id)) else {
        return fault(bucket, "an event of S3 needs the `Ref` of a bucket of the same template");
    };
    let condition = permission.attributes.get("Condition");
    match condition {
        // A resource cannot depend on one that may not exist; a tag that names it under the condition makes it wait.
        Some(condition) => {
            let named = tree!({ "Fn::If": [(condition.clone()), (reference(&permission.id)), "no dependency"] });
            let tag = tree!({ "Key": (format!("sam:ConditionalDependsOn:{}", permission.id)), "Value": (named) });
            let tags = members(member(node, "Properties")).entry("Tags".to_owned()).or_insert_with(|| tree!([]));
            items(tags).push(placed(tag, event));
        }
        None => depend(node, &permission.id, event),
    }
    let config = member(member(node, "Properties"), "NotificationConfiguration");
    let known = members(config).entry("LambdaConfigurations".to_owned()).or_insert_with(|| tree!([]));
    let notifications = as_items(types).iter().map(|kind| {
        let mut notification = tree!({ "Function": (event.target.arn.clone()), "Event": (kind.clone()) });
        if let Some(filter) = event.property("Filter") {
            members(&mut notification).insert("Filter".to_owned(), filter.clone());
        }
        let notification = match condition {
            Some(condition) => when(condition.clone(), notification, None),
            None => notification,
        };
        placed(notification, event)
    });
    add_new(items(known), notifications);
    place(node, event.node.at.as_ref());
    Ok(vec![permission])
}

fn depend(node: &mut Value, on: &str, event: &Event<'_>) {
    let known = node.get("DependsOn").cloned();
    let mut ids: BTreeSet<String> =
        known.iter().flat_map(as_items).filter_map(|id| Some(id.as_str()?.to_owned())).collect();
    ids.insert(on.to_owned());
    let list = Kind::List(ids.into_iter().map(Value::from).collect());
    members(node).insert("DependsOn".to_owned(), placed(Value::new(list), event));
}

fn placed(mut value: Value, event: &Event<'_>) -> Value {
    place(&mut value, event.node.at.as_ref());
    value
}
