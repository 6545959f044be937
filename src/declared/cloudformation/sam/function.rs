//! `AWS::Serverless::Function`: the function, its role, its versions and alias, its URL and what its events need.

mod code;
mod destinations;
mod publish;
mod url;

use super::Expansion;
use super::deployment::Preference;
use super::events::{self, Target};
use super::policies::{Role, assumed_by};
use super::resource::{Attributes, Resource, TAGGED, kept, passed_on, propagate_tags, tag_list};
use super::tree::{
    Expand, attribute, branches, entries, fault, field, is_no_value, is_true, reference, set_field, text, tree, when,
};
use crate::model::Value;

pub(super) use code::location as code_location;

/// Properties that the function has as they are written.
const PASSED_THROUGH: [&str; 24] = [
    "FunctionName",
    "Handler",
    "Runtime",
    "Description",
    "MemorySize",
    "Timeout",
    "VpcConfig",
    "Role",
    "Environment",
    "KmsKeyArn",
    "ReservedConcurrentExecutions",
    "Layers",
    "FileSystemConfigs",
    "ImageConfig",
    "PackageType",
    "Architectures",
    "SnapStart",
    "EphemeralStorage",
    "CodeSigningConfigArn",
    "RuntimeManagementConfig",
    "LoggingConfig",
    "TenancyConfig",
    "RecursiveLoop",
    "DurableConfig",
];
/// Reserved by the transform and the application repository.
pub(super) const RESERVED_TAGS: [&str; 3] =
    ["lambda:createdBy", "serverlessrepo:applicationId", "serverlessrepo:semanticVersion"];

/// A function while it is expanded.
pub(super) struct Function<'f> {
    pub(super) id: &'f str,
    /// The whole resource.
    pub(super) node: &'f Value,
    pub(super) properties: &'f Value,
    pub(super) attributes: Attributes,
}

impl<'f> Function<'f> {
    fn property(&self, name: &str) -> Option<&'f Value> {
        field(self.properties, name)
    }

    fn set_property(&self, name: &str) -> Option<&'f Value> {
        set_field(self.properties, name)
    }
}

/// Expands a function.
pub(super) fn expand(expansion: &mut Expansion<'_>, id: &str, node: &Value) -> Expand<Vec<Resource>> {
    let empty = tree!({});
    let properties = field(node, "Properties").unwrap_or(&empty);
    let function = Function { id, node, properties, attributes: passed_on(node) };
    check(&function)?;
    let mut lambda = lambda(expansion, &function)?;
    let mut resources = Vec::new();
    let published = publish::publish(expansion, &function, &mut lambda)?;
    let mut target = Target {
        function: id.to_owned(),
        id: id.to_owned(),
        name: reference(id),
        arn: attribute(id, "Arn"),
        attributes: function.attributes.clone(),
    };
    let mut alias_name = None;
    if let Some(published) = published {
        target.id.clone_from(&published.alias.id);
        target.name = reference(&published.alias.id);
        target.arn = reference(&published.alias.id);
        alias_name = Some(published.name);
        resources.extend([published.version, published.alias]);
    }
    url::expand(&function, &target, &mut resources)?;
    deployment_preference(expansion, &function, &mut resources)?;
    let mut role = role(expansion, &function);
    destinations::expand(expansion, &function, alias_name.as_deref(), &target, &mut role, &mut resources)?;
    role.add(&format!("{id}Role"), function.property("Policies"), &expansion.environment)?;
    let role_at = resources.len();
    resources.extend(events::expand(expansion, &function, &target, &mut role)?);
    if let Some(role) = settle_role(expansion, &function, &mut lambda, role)? {
        resources.insert(role_at, role);
    }
    resources.insert(0, lambda);
    let propagated = function.set_property("Tags").filter(|_| is_true(function.property("PropagateTags")));
    propagate_tags(&mut resources, propagated, &TAGGED);
    tag_buckets(expansion, &function, propagated);
    Ok(resources)
}

/// The tags of a function are also those of the buckets that notify it. Of several functions the last one counts,
/// with or without tags.
fn tag_buckets(expansion: &mut Expansion<'_>, function: &Function<'_>, tags: Option<&Value>) {
    for (_, event) in function.property("Events").map(entries).unwrap_or_default() {
        let bucket = event.at_keys(["Properties", "Bucket", "Ref"]).and_then(Value::as_str);
        let Some(bucket) = bucket.filter(|_| text(event, "Type") == Some("S3")) else { continue };
        match tags {
            Some(tags) => expansion.bucket_tags.insert(bucket.to_owned(), Value::list(tag_list(Some(tags)))),
            None => expansion.bucket_tags.remove(bucket),
        };
    }
}

fn check(function: &Function<'_>) -> Expand<()> {
    let (properties, node) = (function.properties, function.node);
    let is_image = match text(properties, "PackageType") {
        None | Some("Zip") => false,
        Some("Image") => true,
        Some(_) => return fault(properties, "`PackageType` is `Zip` or `Image`"),
    };
    if is_image {
        if let Some(name) = ["Runtime", "Handler", "Layers"].iter().find(|name| function.set_property(name).is_some()) {
            return fault(node, format!("a function of an image has no `{name}`"));
        }
    } else if let Some(name) = ["Runtime", "Handler"].iter().find(|name| function.set_property(name).is_none()) {
        return fault(node, format!("`{name}` is missing"));
    } else if let Some(config) = function.set_property("ImageConfig") {
        return fault(config, "`ImageConfig` is for functions of images");
    }
    if let Some(queue) = function.set_property("DeadLetterQueue")
        && (!matches!(text(queue, "Type"), Some("SQS" | "SNS")) || field(queue, "TargetArn").is_none())
    {
        return fault(queue, "`DeadLetterQueue` takes a `Type`, `SQS` or `SNS`, and a `TargetArn`");
    }
    for name in ["ProvisionedConcurrencyConfig", "VersionDeletionPolicy"] {
        if let Some(value) = function.set_property(name)
            && function.property("AutoPublishAlias").is_none()
        {
            return fault(value, format!("`{name}` needs `AutoPublishAlias`"));
        }
    }
    reserved_tags(function.property("Tags"))
}

/// Refuses tags that the transform sets.
pub(super) fn reserved_tags(tags: Option<&Value>) -> Expand<()> {
    for (name, value) in tags.map(entries).unwrap_or_default() {
        if RESERVED_TAGS.contains(&name) {
            return fault(value, format!("the tag {name} is reserved"));
        }
    }
    Ok(())
}

/// The tags of a function and of its role.
fn sam_tags(function: &Function<'_>) -> Vec<Value> {
    let own = tree!({ "Key": "lambda:createdBy", "Value": "SAM" });
    std::iter::once(own).chain(tag_list(function.property("Tags"))).collect()
}

fn lambda(expansion: &Expansion<'_>, function: &Function<'_>) -> Expand<Resource> {
    let lambda = Resource::new("AWS::Lambda::Function", function.id, &kept(function.node), function.node);
    let mut lambda = lambda
        .depends_on(field(function.node, "DependsOn"))
        .copying(function.properties, &PASSED_THROUGH)
        .with("Code", code::code(function)?)
        .with("Tags", Value::list(sam_tags(function)));
    if let Some(mode) = traced(expansion, function) {
        lambda = lambda.with("TracingConfig", tree!({ "Mode": (mode.clone()) }));
    }
    if let Some(arn) = function.set_property("DeadLetterQueue").and_then(|queue| field(queue, "TargetArn")) {
        lambda = lambda.with("DeadLetterConfig", tree!({ "TargetArn": (arn.clone()) }));
    }
    if let Some(config) = function.set_property("CapacityProviderConfig") {
        let names = [
            ("Arn", "CapacityProviderArn"),
            ("PerExecutionEnvironmentMaxConcurrency", "PerExecutionEnvironmentMaxConcurrency"),
            ("ExecutionEnvironmentMemoryGiBPerVCpu", "ExecutionEnvironmentMemoryGiBPerVCpu"),
        ];
        let members = names.iter().filter_map(|(ours, theirs)| Some((*theirs, field(config, ours)?.clone())));
        let managed = Value::object(members);
        let config = tree!({ "LambdaManagedInstancesCapacityProviderConfig": (managed) });
        lambda = lambda.with("CapacityProviderConfig", config);
    }
    lambda = lambda.maybe("FunctionScalingConfig", function.set_property("FunctionScalingConfig").cloned());
    Ok(lambda.maybe("PublishToLatestPublished", function.property("PublishToLatestPublished").cloned()))
}

/// The tracing mode, unless it is off: `Disabled` is as if nothing were written.
fn traced<'f>(expansion: &Expansion<'_>, function: &Function<'f>) -> Option<&'f Value> {
    let mode = function.set_property("Tracing")?;
    let resolved = expansion.environment.names.parameters.resolve(mode);
    (resolved.as_str() != Some("Disabled")).then_some(mode)
}

fn role(expansion: &Expansion<'_>, function: &Function<'_>) -> Role {
    let environment = &expansion.environment;
    let basic = match function.set_property("DurableConfig") {
        Some(_) => "service-role/AWSLambdaBasicDurableExecutionRolePolicy",
        None => "service-role/AWSLambdaBasicExecutionRole",
    };
    let trust = function.property("AssumeRolePolicyDocument").cloned();
    let mut role = Role {
        assume: Some(trust.unwrap_or_else(|| assumed_by("lambda.amazonaws.com"))),
        managed: vec![environment.managed_policy_arn(basic)],
        path: function.property("RolePath").cloned(),
        boundary: function.property("PermissionsBoundary").cloned(),
        tags: sam_tags(function),
        ..Role::default()
    };
    if traced(expansion, function).is_some() {
        role.managed.push(environment.tracing_policy());
    }
    if function.set_property("VpcConfig").is_some() {
        role.managed.push(environment.managed_policy_arn("service-role/AWSLambdaVPCAccessExecutionRole"));
    }
    if let Some(queue) = function.set_property("DeadLetterQueue") {
        let action = if text(queue, "Type") == Some("SNS") { "sns:Publish" } else { "sqs:SendMessage" };
        let arn = field(queue, "TargetArn").cloned().unwrap_or_else(|| tree!(""));
        role.policies.push(tree!({
            "PolicyName": "DeadLetterQueuePolicy",
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{ "Action": action, "Resource": (arn), "Effect": "Allow" }],
            },
        }));
    }
    role
}

/// The role as a resource, if the function has none of its own; under a condition if it has one under a condition.
fn settle_role(
    expansion: &mut Expansion<'_>,
    function: &Function<'_>,
    lambda: &mut Resource,
    role: Role,
) -> Expand<Option<Resource>> {
    let id = format!("{}Role", function.id);
    let mut attributes = function.attributes.clone();
    let arn = attribute(&id, "Arn");
    let own = function.property("Role").map(|own| expansion.environment.names.parameters.resolve(own));
    let given = match &own {
        None => arn,
        Some(own) => match branches(own)? {
            None => return Ok(None),
            Some((condition, then, otherwise)) => match (is_no_value(then), is_no_value(otherwise)) {
                (true, true) => arn,
                (true, false) => {
                    attributes.insert("Condition".to_owned(), condition.clone());
                    when(condition.clone(), arn, Some(otherwise.clone()))
                }
                (false, true) => {
                    let name = condition.as_str().unwrap_or_default();
                    let negated = format!("NOT{name}");
                    attributes.insert("Condition".to_owned(), negated.as_str().into());
                    expansion.add_condition(negated, tree!({ "Fn::Not": [{ "Condition": name }] }), function.node);
                    when(condition.clone(), then.clone(), Some(arn))
                }
                (false, false) => return Ok(None),
            },
        },
    };
    lambda.properties.insert("Role".to_owned(), given);
    Ok(Some(role.into_resource(&id, &attributes, function.node)))
}

/// Notes how the alias moves to a new version.
fn deployment_preference(
    expansion: &mut Expansion<'_>,
    function: &Function<'_>,
    resources: &mut [Resource],
) -> Expand<()> {
    let Some(written) = function.set_property("DeploymentPreference") else { return Ok(()) };
    let tags = function.set_property("Tags").filter(|_| is_true(function.property("PropagateTags")));
    let preference = Preference::read(expansion, function.id, written, function.attributes.get("Condition"), tags)?;
    if let Some(preference) = preference {
        let Some(alias) = resources.iter_mut().find(|resource| resource.kind == "AWS::Lambda::Alias") else {
            return fault(written, "`DeploymentPreference` needs `AutoPublishAlias`");
        };
        alias.attributes.insert("UpdatePolicy".to_owned(), preference.update_policy());
        expansion.preferences.push(preference);
    }
    Ok(())
}
