//! The output of `terraform show -json`: of a state, or of a saved plan, whose prior state counts (Terraform: "JSON
//! Output Format").

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{Instance, Mode, Output, StateResource};

/// The resources of a shown state in the form of a state file.
///
/// # Errors
/// When the text does not have that form.
pub(super) fn resources(text: &str) -> serde_json::Result<Vec<StateResource>> {
    let mut resources = Vec::new();
    if let Some(root) = values(text)?.and_then(|values| values.root_module) {
        root.collect(&mut resources);
    }
    Ok(resources)
}

/// The outputs of a shown state.
///
/// # Errors
/// As [`resources`].
pub(super) fn outputs(text: &str) -> serde_json::Result<BTreeMap<String, Output>> {
    Ok(values(text)?.map(|values| values.outputs).unwrap_or_default())
}

/// What a shown state holds; `None` before the first apply.
fn values(text: &str) -> serde_json::Result<Option<Values>> {
    let shown: Shown = serde_json::from_str(text)?;
    Ok(shown.values.or_else(|| shown.prior_state?.values))
}

#[derive(Deserialize)]
struct Shown {
    values: Option<Values>,
    prior_state: Option<State>,
}

#[derive(Deserialize)]
struct State {
    values: Option<Values>,
}

#[derive(Deserialize)]
struct Values {
    #[serde(default)]
    outputs: BTreeMap<String, Output>,
    root_module: Option<Module>,
}

#[derive(Deserialize)]
struct Module {
    /// The root module has none.
    #[serde(default)]
    address: String,
    #[serde(default)]
    resources: Vec<Resource>,
    #[serde(default)]
    child_modules: Vec<Module>,
}

#[derive(Deserialize)]
struct Resource {
    mode: Mode,
    #[serde(rename = "type")]
    resource_type: String,
    name: String,
    index: Option<Json>,
    values: Option<Json>,
    #[serde(default)]
    sensitive_values: Json,
    deposed_key: Option<String>,
}

impl Module {
    /// The depth of JSON that `serde_json` reads bounds the recursion.
    fn collect(self, resources: &mut Vec<StateResource>) {
        for resource in self.resources {
            let mut marks = Vec::new();
            mark(&resource.sensitive_values, &mut Vec::new(), &mut marks);
            resources.push(StateResource {
                module: self.address.clone(),
                mode: resource.mode,
                resource_type: resource.resource_type,
                name: resource.name,
                instances: vec![Instance {
                    index_key: resource.index,
                    attributes: resource.values,
                    sensitive_attributes: Json::Array(marks),
                    deposed: resource.deposed_key,
                }],
            });
        }
        self.child_modules.into_iter().for_each(|child| child.collect(resources));
    }
}

/// `sensitive_values` repeats the shape of the values with `true` for each secret; a state file lists the paths.
fn mark(sensitive: &Json, path: &mut Vec<Json>, marks: &mut Vec<Json>) {
    let mut inside = |step: Json, member: &Json| {
        path.push(step);
        mark(member, path, marks);
        path.pop();
    };
    match sensitive {
        Json::Object(members) => {
            members.iter().for_each(|(name, member)| inside(json!({"type": "get_attr", "value": name}), member));
        }
        Json::Array(items) => {
            let step = |at: usize| json!({"type": "index", "value": {"value": at, "type": "number"}});
            items.iter().enumerate().for_each(|(at, item)| inside(step(at), item));
        }
        Json::Bool(true) => marks.push(Json::Array(path.clone())),
        _ => {}
    }
}
