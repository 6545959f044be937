//! Under which names a resource is known: what a command or a text may call it.
//!
//! Knows the identifiers of types (a table) and nothing of records.

use crate::ledger::commands::{Target, TargetName};
use crate::model::{Drift, ResourceType, Scope};
use crate::schema::kubernetes::kind_of;

/// How the identifier of a type is made.
struct Shape {
    resource_type: &'static str,
    /// What stands before the names in the resource part of its ARN.
    prefix: &'static str,
    /// What parts the names.
    separator: char,
    /// How many names it needs.
    names: usize,
    /// Whether its last name alone is a name that people use for it.
    short: bool,
}

/// Source: AWS Service Authorization Reference, "Resource types" of each service. Types that stand here not have one
/// name, the last part of the ARN.
const SHAPES: [Shape; 11] = [
    Shape { resource_type: "AWS::ECS::Service", prefix: "service/", separator: '/', names: 2, short: true },
    Shape {
        resource_type: "AWS::ECS::TaskDefinition",
        prefix: "task-definition/",
        separator: '/',
        names: 1,
        short: true,
    },
    Shape { resource_type: "AWS::Lambda::Function", prefix: "function:", separator: ':', names: 1, short: true },
    // `live` alone names every function's alias.
    Shape { resource_type: "AWS::Lambda::Alias", prefix: "function:", separator: ':', names: 2, short: false },
    Shape { resource_type: "AWS::CloudWatch::Alarm", prefix: "alarm:", separator: '\0', names: 1, short: true },
    Shape { resource_type: "AWS::SSM::Parameter", prefix: "parameter", separator: '\0', names: 1, short: true },
    Shape {
        resource_type: "AWS::EC2::SecurityGroup",
        prefix: "security-group/",
        separator: '/',
        names: 1,
        short: true,
    },
    Shape { resource_type: "AWS::SQS::Queue", prefix: "", separator: '/', names: 1, short: true },
    Shape {
        resource_type: "AWS::CodeDeploy::DeploymentGroup",
        prefix: "deploymentgroup:",
        separator: '/',
        names: 2,
        short: false,
    },
    Shape { resource_type: "AWS::EKS::Nodegroup", prefix: "nodegroup/", separator: '/', names: 2, short: false },
    Shape { resource_type: "AWS::EC2::Instance", prefix: "instance/", separator: '/', names: 1, short: true },
];

/// The parts of an ARN that say where it is and what it names.
pub(super) struct Arn<'a> {
    pub region: &'a str,
    pub account: &'a str,
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Reads `arn:partition:service:region:account:resource`.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':').skip(2);
        Some(Self { region: parts.next()?, account: parts.next()?, resource: parts.next()? })
    }

    /// Whether it may stand for something of this scope: neither region nor account says otherwise.
    fn may_be_in(&self, scope: &Scope) -> bool {
        let agrees = |own: &str, other: Option<&String>| own.is_empty() || other.is_none_or(|other| own == other);
        agrees(self.region, scope.region.as_ref()) && agrees(self.account, scope.account.as_ref())
    }
}

fn shape_of(resource_type: &ResourceType) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| shape.resource_type == resource_type.as_str())
}

/// The names in an identifier, outermost first: `arn:…:service/shop/api` and `shop/api` are `[shop, api]`.
pub(crate) fn names_in(resource_type: &ResourceType, identifier: &str) -> Vec<String> {
    if is_of_kubernetes(resource_type) {
        return identifier.split('/').map(str::to_owned).collect();
    }
    let arn = Arn::parse(identifier);
    let Some(shape) = shape_of(resource_type) else {
        let local = arn.map_or(identifier, |arn| arn.resource);
        // Names of IAM may have a path before them, names of other types may hold slashes only in their ARN.
        let last = if local == identifier { local } else { local.rsplit(['/', ':']).next().unwrap_or(local) };
        return vec![last.to_owned()];
    };
    let local = match &arn {
        Some(arn) => arn.resource.strip_prefix(shape.prefix).unwrap_or(arn.resource),
        // Lambda also takes `123456789012:function:name`.
        None => identifier.split_once(":function:").map_or(identifier, |(_, name)| name),
    };
    match shape.resource_type {
        // The ARN of `/a/b` is `…:parameter/a/b`, and that of `a` is `…:parameter/a`.
        "AWS::SSM::Parameter" if arn.is_some() => {
            let name = local.strip_prefix('/').unwrap_or(local);
            vec![if name.contains('/') { format!("/{name}") } else { name.to_owned() }]
        }
        // A queue is known by its URL, which ends with its name.
        "AWS::SQS::Queue" => identifier.rsplit(['/', ':']).take(1).map(str::to_owned).collect(),
        // A revision or version is not part of the name.
        "AWS::ECS::TaskDefinition" => local.split(':').take(1).map(str::to_owned).collect(),
        _ => {
            // The ARN of a node group ends with an id of its own.
            local.split(shape.separator).take(shape.names).map(str::to_owned).collect()
        }
    }
}

/// Whether a type is a kind of Kubernetes: `apps/v1/Deployment`.
fn is_of_kubernetes(resource_type: &ResourceType) -> bool {
    kind_of(resource_type).is_some()
}

/// Whether a command on one type is on another: a kind of Kubernetes is the same in each of its versions.
pub(super) fn is_same_type(one: &ResourceType, other: &ResourceType) -> bool {
    fn group_and_kind(resource_type: &ResourceType) -> Option<(&str, &str)> {
        let (api_version, kind) = kind_of(resource_type)?;
        Some((api_version.split_once('/').map_or("", |(group, _)| group), kind))
    }
    one == other || group_and_kind(one).is_some_and(|one| group_and_kind(other) == Some(one))
}

/// How a target and a resource go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The resource has every name.
    Yes,
    /// It has the names that are known; others are variables.
    Partly,
    /// Every name is a variable.
    Open,
    /// It has another name, or lives elsewhere.
    No,
}

/// Whether a resource answers to the names that a command used.
pub(super) fn answers(target: &Target, region: Option<&str>, drift: &Drift, names: &Names) -> Answer {
    // Most commands of a ledger are about other resources: whatever its spelling, the last name holds the own one.
    if let (Some(TargetName::Is(last)), Some(own)) = (target.0.last(), names.parts.last())
        && !last.contains(own.as_str())
    {
        return Answer::No;
    }
    let elsewhere = region.zip(drift.scope.region.as_deref()).is_some_and(|(one, other)| one != other);
    if elsewhere && !is_global(&drift.resource_type) {
        return Answer::No;
    }
    let Some(wanted) = wanted(target, drift) else { return Answer::No };
    if wanted.iter().all(Option::is_none) {
        return Answer::Open;
    }
    let fits = names.parts.len() == wanted.len()
        && names.parts.iter().zip(&wanted).all(|(own, wanted)| wanted.as_ref().is_none_or(|wanted| wanted == own));
    match fits {
        true if wanted.iter().all(Option::is_some) => Answer::Yes,
        true => Answer::Partly,
        false => Answer::No,
    }
}

/// The names of a target, `None` for a variable; nothing if one of them is an ARN of elsewhere.
fn wanted(target: &Target, drift: &Drift) -> Option<Vec<Option<String>>> {
    let (last, outer) = target.0.split_last()?;
    let mut wanted = Vec::new();
    for name in outer {
        wanted.push(match name {
            TargetName::Is(name) => {
                let arn = Arn::parse(name);
                if arn.as_ref().is_some_and(|arn| !arn.may_be_in(&drift.scope)) {
                    return None;
                }
                let local = arn.map_or(name.as_str(), |arn| arn.resource);
                Some(local.rsplit(['/', ':']).next().unwrap_or(local).to_owned())
            }
            TargetName::Any => None,
        });
    }
    let TargetName::Is(last) = last else {
        wanted.push(None);
        return Some(wanted);
    };
    if Arn::parse(last).is_some_and(|arn| !arn.may_be_in(&drift.scope)) {
        return None;
    }
    let names = names_in(&drift.resource_type, last);
    if names.len() > 1 && !outer.is_empty() {
        // A full ARN says the outer names itself.
        wanted.clear();
    }
    wanted.extend(names.into_iter().map(Some));
    Some(wanted)
}

/// IAM has no regions; whatever region a command was sent to.
fn is_global(resource_type: &ResourceType) -> bool {
    resource_type.as_str().starts_with("AWS::IAM::")
}

/// What texts may call a resource, and the wider things that it belongs to.
pub(super) struct Names {
    /// The names in its identifier, outermost first.
    parts: Vec<String>,
    /// Its own names.
    pub own: Vec<String>,
    /// What it is a part of: its stack, module, cluster or function, and its service as selectors name it.
    pub wider: Vec<String>,
}

impl Names {
    pub(super) fn of(drift: &Drift) -> Self {
        let (modules, local) = split_address(&drift.address);
        let mut own = vec![drift.address.clone(), local];
        own.retain(|address| !is_common_word(address));
        let mut wider = vec![drift.stack.clone()];
        wider.extend(modules);
        own.extend(drift.identifier.clone());
        let parts = drift.identifier.as_ref().map(|identifier| names_in(&drift.resource_type, identifier));
        let parts = parts.unwrap_or_default();
        // A namespace is no name of its objects, and `web` alone is one of many objects.
        let is_of_aws = !is_of_kubernetes(&drift.resource_type);
        if let ([.., outer, _], true) = (parts.as_slice(), is_of_aws) {
            own.extend([parts.join("/"), parts.join(":")]);
            wider.push(outer.clone());
        }
        if is_of_aws && shape_of(&drift.resource_type).is_none_or(|shape| shape.short) {
            own.extend(parts.last().cloned());
        }
        for names in [&mut own, &mut wider] {
            names.retain(|name| !name.is_empty());
            names.sort();
            names.dedup();
        }
        Self { parts, own, wider }
    }
}

/// Whether a logical id is a word that any text may hold: `Service`, `Role`. Selectors may still name it.
fn is_common_word(address: &str) -> bool {
    address.chars().skip(1).all(|c| c.is_ascii_lowercase())
}

/// The modules around a Terraform address, and the address in its module: `module.a.module.b.x.y` is
/// `[module.a, module.a.module.b]` and `x.y`.
fn split_address(address: &str) -> (Vec<String>, String) {
    let mut modules = Vec::new();
    let mut rest = address;
    while let Some(inner) = rest.strip_prefix("module.") {
        // A key in brackets may hold dots.
        let key_end = match inner.split_once('[') {
            Some((name, key)) if !name.contains('.') => key.find(']').map(|end| name.len() + 1 + end + 1),
            _ => inner.find('.'),
        };
        let Some((_, after)) = key_end.and_then(|end| inner.split_at_checked(end)) else { break };
        rest = after.strip_prefix('.').unwrap_or(after);
        let module = address.strip_suffix(rest).unwrap_or(address).trim_end_matches('.');
        modules.push(module.to_owned());
    }
    (modules, rest.to_owned())
}

/// Whether two identifiers of one type are one resource's.
pub(super) fn is_same_resource(drift: &Drift, identifier: &str) -> bool {
    if drift.identifier.as_deref() == Some(identifier) || drift.address == identifier {
        return true;
    }
    let Some(own) = &drift.identifier else { return false };
    let here = Arn::parse(identifier).is_none_or(|arn| arn.may_be_in(&drift.scope));
    here && names_in(&drift.resource_type, own) == names_in(&drift.resource_type, identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_names(resource_type: &str, identifier: &str, expect: &[&str]) {
        assert_eq!(names_in(&resource_type.into(), identifier), expect, "{resource_type} {identifier}");
    }

    #[test]
    fn names_are_read_from_every_spelling_of_an_identifier() {
        check_names("AWS::ECS::Service", "arn:aws:ecs:eu-west-1:1:service/shop/api", &["shop", "api"]);
        check_names("AWS::ECS::Service", "shop/api", &["shop", "api"]);
        check_names("AWS::ECS::TaskDefinition", "arn:aws:ecs:eu-west-1:1:task-definition/api:7", &["api"]);
        check_names("AWS::Lambda::Function", "arn:aws:lambda:eu-west-1:1:function:f:live", &["f"]);
        check_names("AWS::Lambda::Function", "1:function:f", &["f"]);
        check_names("AWS::Lambda::Alias", "arn:aws:lambda:eu-west-1:1:function:f:live", &["f", "live"]);
        check_names("AWS::IAM::Role", "arn:aws:iam::1:role/path/r", &["r"]);
        check_names("AWS::IAM::Role", "r", &["r"]);
        check_names("AWS::SSM::Parameter", "arn:aws:ssm:eu-west-1:1:parameter/a/b", &["/a/b"]);
        check_names("AWS::SSM::Parameter", "arn:aws:ssm:eu-west-1:1:parameter/a", &["a"]);
        check_names("AWS::SSM::Parameter", "/a/b", &["/a/b"]);
        check_names("AWS::CloudWatch::Alarm", "arn:aws:cloudwatch:eu-west-1:1:alarm:a: b/c", &["a: b/c"]);
        check_names("AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/1/orders", &["orders"]);
        check_names("AWS::SQS::Queue", "arn:aws:sqs:eu-west-1:1:orders", &["orders"]);
        check_names("AWS::CodeDeploy::DeploymentGroup", "app/blue", &["app", "blue"]);
        check_names("AWS::EKS::Nodegroup", "arn:aws:eks:eu-west-1:1:nodegroup/prod/ng/a1-b2", &["prod", "ng"]);
        check_names("apps/v1/Deployment", "shop/web", &["shop", "web"]);
        check_names("rbac.authorization.k8s.io/v1/ClusterRole", "reader", &["reader"]);
        check_names("AWS::EC2::SecurityGroup", "arn:aws:ec2:eu-west-1:1:security-group/sg-1", &["sg-1"]);
    }

    #[test]
    fn modules_around_an_address_are_wider_names() {
        let check = |address: &str, modules: &[&str], local: &str| {
            assert_eq!(split_address(address), (modules.iter().map(|m| (*m).to_owned()).collect(), local.to_owned()));
        };
        check("aws_a.b[0]", &[], "aws_a.b[0]");
        check("module.a.aws_a.b", &["module.a"], "aws_a.b");
        check("module.a[\"x.y\"].module.b.aws_a.b", &["module.a[\"x.y\"]", "module.a[\"x.y\"].module.b"], "aws_a.b");
        check("module.", &[], "module.");
    }
}
