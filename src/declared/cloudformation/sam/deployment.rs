//! `DeploymentPreference`: how an alias moves to a new version, step by step, done by CodeDeploy.

use super::Expansion;
use super::parameters::resolve_mappings;
use super::policies::assumed_by;
use super::resource::{Attributes, Resource, tag_list};
use super::tree::{
    Expand, attribute, branches, call, entries, fault, field, is_no_value, is_true, reference, says_something,
    set_field, tree,
};
use crate::model::{Kind, Value};

const APPLICATION: &str = "ServerlessDeploymentApplication";
const SERVICE_ROLE: &str = "CodeDeployServiceRole";
const CONDITION: &str = "ServerlessCodeDeployCondition";
/// The configurations that CodeDeploy has for functions; their names there begin with `CodeDeployDefault.Lambda`.
const PREDEFINED: [&str; 9] = [
    "Canary10Percent5Minutes",
    "Canary10Percent10Minutes",
    "Canary10Percent15Minutes",
    "Canary10Percent30Minutes",
    "Linear10PercentEvery1Minute",
    "Linear10PercentEvery2Minutes",
    "Linear10PercentEvery3Minutes",
    "Linear10PercentEvery10Minutes",
    "AllAtOnce",
];

/// How the alias of one function moves.
#[derive(Clone, Debug)]
pub(super) struct Preference {
    function: String,
    /// What the user wrote.
    written: Value,
    kind: Value,
    condition: Option<Value>,
    tags: Option<Value>,
}

impl Preference {
    /// The preference of a function, unless it is not enabled.
    pub(super) fn read(
        expansion: &Expansion<'_>,
        function: &str,
        written: &Value,
        condition: Option<&Value>,
        tags: Option<&Value>,
    ) -> Expand<Option<Self>> {
        let resolve = |name: &str| {
            let value = expansion.environment.names.parameters.resolve(field(written, name)?);
            Some(resolve_mappings(&value, expansion.mappings))
        };
        let is_enabled = resolve("Enabled")
            .is_none_or(|enabled| says_something(&enabled) && !matches!(enabled.as_str(), Some("false" | "False")));
        if !is_enabled {
            return Ok(None);
        }
        let Some(kind) = resolve("Type") else {
            return fault(written, "`DeploymentPreference` needs a `Type`");
        };
        let passes_condition = resolve("PassthroughCondition")
            .is_some_and(|passes| is_true(Some(&passes)) || matches!(passes.as_str(), Some("true" | "True")));
        Ok(Some(Self {
            function: function.to_owned(),
            written: written.clone(),
            kind,
            condition: condition.filter(|_| passes_condition).cloned(),
            tags: tags.cloned(),
        }))
    }

    fn group_id(&self) -> String {
        format!("{}DeploymentGroup", self.function)
    }

    /// What the alias has beside its properties, so that CodeDeploy moves it.
    pub(super) fn update_policy(&self) -> Value {
        let hooks = field(&self.written, "Hooks");
        let hook =
            |ours: &str, theirs: &'static str| Some((theirs, hooks.and_then(|hooks| field(hooks, ours))?.clone()));
        let members = [
            Some(("ApplicationName", reference(APPLICATION))),
            Some(("DeploymentGroupName", reference(&self.group_id()))),
            hook("PreTraffic", "BeforeAllowTrafficHook"),
            hook("PostTraffic", "AfterAllowTrafficHook"),
        ];
        tree!({ "CodeDeployLambdaAliasUpdate": (Value::object(members.into_iter().flatten())) })
    }

    fn group(&self) -> Expand<Resource> {
        let mut attributes = Attributes::new();
        attributes.extend(self.condition.clone().map(|condition| ("Condition".to_owned(), condition)));
        let alarms = match set_field(&self.written, "Alarms").filter(|alarms| !is_no_value(alarms)) {
            None => None,
            Some(alarms) => Some(match branches(alarms)? {
                Some((name, then, otherwise)) => {
                    tree!({ "Fn::If": [(name.clone()), (alarm_configuration(then)?), (alarm_configuration(otherwise)?)] })
                }
                None => alarm_configuration(alarms)?,
            }),
        };
        let role = set_field(&self.written, "Role").cloned().unwrap_or_else(|| attribute(SERVICE_ROLE, "Arn"));
        let group = Resource::new("AWS::CodeDeploy::DeploymentGroup", self.group_id(), &attributes, &self.written);
        Ok(group
            .maybe("AlarmConfiguration", alarms)
            .with("ApplicationName", reference(APPLICATION))
            .with(
                "AutoRollbackConfiguration",
                tree!({
                    "Enabled": true,
                    "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
                }),
            )
            .with("DeploymentConfigName", configuration(&self.kind, None))
            .with(
                "DeploymentStyle",
                tree!({ "DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL" }),
            )
            .with("ServiceRoleArn", role)
            .maybe("TriggerConfigurations", set_field(&self.written, "TriggerConfigurations").cloned())
            .maybe("Tags", self.tags.as_ref().map(|tags| Value::list(tag_list(Some(tags))))))
    }
}

fn alarm_configuration(alarms: &Value) -> Expand<Value> {
    let Some(names) = alarms.as_list() else { return fault(alarms, "`Alarms` is not a list") };
    if names.first().is_none_or(is_no_value) {
        return Ok(tree!({}));
    }
    let alarms = names.iter().map(|name| tree!({ "Name": (name.clone()) }));
    Ok(tree!({ "Enabled": true, "Alarms": (Value::list(alarms)) }))
}

/// The name of a deployment configuration, in which a predefined one has the name that CodeDeploy knows.
fn configuration(kind: &Value, function: Option<&str>) -> Value {
    match (&kind.kind, call(kind)) {
        (Kind::List(items), _) => kind.with(Kind::List(items.iter().map(|item| configuration(item, None)).collect())),
        (_, Some((name, argument))) => {
            kind.with(Kind::Object([(name.to_owned(), configuration(argument, Some(name)))].into()))
        }
        (Kind::String(name), _) if PREDEFINED.contains(&name.as_str()) => {
            let parts = tree!(["CodeDeployDefault.Lambda${ConfigName}", { "ConfigName": (name.as_str()) }]);
            if function == Some("Fn::Sub") { parts } else { tree!({ "Fn::Sub": (parts) }) }
        }
        _ => kind.clone(),
    }
}

/// What all functions with a preference have in common, and a deployment group for each.
pub(super) fn expand(expansion: &mut Expansion<'_>) -> Vec<Resource> {
    let preferences = std::mem::take(&mut expansion.preferences);
    let Some(first) = preferences.first() else { return Vec::new() };
    let mut attributes = Attributes::new();
    if preferences.iter().all(|preference| preference.condition.is_some()) {
        let mut conditions: Vec<&Value> =
            preferences.iter().filter_map(|preference| preference.condition.as_ref()).collect();
        conditions.sort_by_key(|condition| condition.as_str());
        conditions.dedup();
        let condition = match conditions.as_slice() {
            [only] => (*only).clone(),
            _ => {
                expansion.any_of(CONDITION, &conditions, &first.written);
                CONDITION.into()
            }
        };
        attributes.insert("Condition".to_owned(), condition);
    }
    let tags = preferences.iter().filter_map(|preference| preference.tags.as_ref());
    let tags = Value::object(tags.flat_map(entries).map(|(name, value)| (name, value.clone())));
    let tags = says_something(&tags).then(|| Value::list(tag_list(Some(&tags))));
    let new = |kind, id: &str| Resource::new(kind, id, &attributes, &first.written).maybe("Tags", tags.clone());
    let mut resources = vec![new("AWS::CodeDeploy::Application", APPLICATION).with("ComputePlatform", "Lambda")];
    if preferences.iter().any(|preference| set_field(&preference.written, "Role").is_none()) {
        let name = match expansion.environment.partition.as_deref() {
            Some("aws-iso" | "aws-iso-b") => "service-role/AWSCodeDeployRoleForLambdaLimited",
            _ => "service-role/AWSCodeDeployRoleForLambda",
        };
        let policy = expansion.environment.managed_policy_arn(name);
        resources.push(
            new("AWS::IAM::Role", SERVICE_ROLE)
                .with("AssumeRolePolicyDocument", assumed_by("codedeploy.amazonaws.com"))
                .with("ManagedPolicyArns", Value::list([policy])),
        );
    }
    for preference in &preferences {
        match preference.group() {
            Ok(group) => resources.push(group),
            Err(fault) => expansion.report(&preference.function, fault),
        }
    }
    resources
}
