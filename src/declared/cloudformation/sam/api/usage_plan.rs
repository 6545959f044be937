//! `UsagePlan` of a REST API: a plan and a key of its own, or ones that all APIs share.

use crate::declared::cloudformation::sam::Expansion;
use crate::declared::cloudformation::sam::resource::{Attributes, Resource};
use crate::declared::cloudformation::sam::tree::{Expand, add_new, entries, fault, reference, set_field, text, tree};
use crate::model::Value;

const SHARED_CONDITION: &str = "SharedUsagePlanCondition";
const PROPERTIES: [&str; 5] = ["UsagePlanName", "Description", "Quota", "Tags", "Throttle"];

/// What the APIs that share a plan have put into it.
#[derive(Clone, Debug, Default)]
pub(in crate::declared::cloudformation::sam) struct Shared {
    apis: Vec<Value>,
    plan_stages: Vec<Value>,
    key_stages: Vec<Value>,
    conditions: Vec<Value>,
    is_unconditional: bool,
    deletion: Option<Value>,
    replacement: Option<Value>,
}

impl Shared {
    /// Takes in the attributes of one more API; those that all of them give.
    fn attributes(&mut self, of_api: &Attributes) -> (Attributes, Option<Vec<Value>>) {
        let strongest = |known: &Option<Value>, new: Option<&Value>| match (known, new) {
            (Some(known), Some(new)) if new.as_str() != Some("Retain") => {
                let is_stronger = new.as_str() == Some("Snapshot") && known.as_str() == Some("Delete");
                Some(if is_stronger { new.clone() } else { known.clone() })
            }
            (known, new) => new.cloned().or_else(|| known.clone()),
        };
        self.deletion = strongest(&self.deletion, of_api.get("DeletionPolicy"));
        self.replacement = strongest(&self.replacement, of_api.get("UpdateReplacePolicy"));
        match of_api.get("Condition") {
            Some(condition) => add_new(&mut self.conditions, [condition.clone()]),
            None => self.is_unconditional = true,
        }
        let mut attributes = Attributes::new();
        attributes.extend(self.deletion.clone().map(|policy| ("DeletionPolicy".to_owned(), policy)));
        attributes.extend(self.replacement.clone().map(|policy| ("UpdateReplacePolicy".to_owned(), policy)));
        if self.is_unconditional {
            return (attributes, None);
        }
        attributes.insert("Condition".to_owned(), SHARED_CONDITION.into());
        (attributes, Some(self.conditions.clone()))
    }
}

/// The plan, the key and what connects them.
pub(super) fn expand(
    expansion: &mut Expansion<'_>,
    api: &str,
    attributes: &Attributes,
    auth: &Value,
    stage: &str,
) -> Expand<Vec<Resource>> {
    let Some(plan) = set_field(auth, "UsagePlan") else { return Ok(Vec::new()) };
    for (name, value) in entries(plan) {
        if name != "CreateUsagePlan" && !PROPERTIES.contains(&name) {
            return fault(value, format!("`{name}` is not a property of `UsagePlan`"));
        }
    }
    let is_shared = match text(plan, "CreateUsagePlan") {
        Some("SHARED") => true,
        Some("PER_API") => false,
        Some("NONE") => return Ok(Vec::new()),
        _ => return fault(plan, "`CreateUsagePlan` is `SHARED`, `PER_API` or `NONE`"),
    };
    let plan_stage = tree!({ "ApiId": (reference(api)), "Stage": (reference(stage)) });
    let key_stage = tree!({ "RestApiId": (reference(api)), "StageName": (reference(stage)) });
    let (prefix, attributes, apis, plan_stages, key_stages) = if is_shared {
        let shared = &mut expansion.usage_plan;
        let (attributes, conditions) = shared.attributes(attributes);
        add_new(&mut shared.apis, [api.into()]);
        add_new(&mut shared.plan_stages, [plan_stage]);
        add_new(&mut shared.key_stages, [key_stage]);
        let stages = (shared.apis.clone(), shared.plan_stages.clone(), shared.key_stages.clone());
        match conditions.as_deref() {
            Some([only]) => {
                expansion.add_condition(SHARED_CONDITION.to_owned(), tree!({ "Condition": (only.clone()) }), plan)
            }
            Some(several) => {
                let several: Vec<&Value> = several.iter().collect();
                expansion.any_of(SHARED_CONDITION, &several, plan);
            }
            None => expansion.drop_condition(SHARED_CONDITION),
        }
        ("Serverless", attributes, stages.0, stages.1, stages.2)
    } else {
        (api, attributes.clone(), vec![api.into()], vec![plan_stage], vec![key_stage])
    };
    let [plan_id, key_id, link_id] = ["UsagePlan", "ApiKey", "UsagePlanKey"].map(|suffix| format!("{prefix}{suffix}"));
    let usage_plan = Resource::new("AWS::ApiGateway::UsagePlan", plan_id.as_str(), &attributes, plan)
        .attribute("DependsOn", Value::list(apis))
        .with("ApiStages", Value::list(plan_stages))
        .copying(plan, &PROPERTIES);
    let key = Resource::new("AWS::ApiGateway::ApiKey", key_id.as_str(), &attributes, plan)
        .attribute("DependsOn", tree!([(plan_id.as_str())]))
        .with("Enabled", true)
        .with("StageKeys", Value::list(key_stages));
    let link = Resource::new("AWS::ApiGateway::UsagePlanKey", link_id, &attributes, plan)
        .attribute("DependsOn", tree!([(key_id.as_str())]))
        .with("KeyId", reference(&key_id))
        .with("KeyType", "API_KEY")
        .with("UsagePlanId", reference(&plan_id));
    Ok(vec![usage_plan, key, link])
}
