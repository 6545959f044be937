//! `AWS::Serverless::Api`: the REST API, its deployment and stage, who may call it, its domain and usage plan.

mod cors;
pub(super) mod resource_policy;
pub(super) mod security;
mod usage_plan;

use super::Expansion;
use super::definition::{ApiKind, is_document, is_version_3};
use super::domain;
use super::function::code_location;
use super::implicit::is_included;
use super::resource::{Resource, TAGGED, kept, passed_on, propagate_tags, tag_list};
use super::tree::{Expand, call, entries, fault, field, is_true, list, member, members, reference, set_field, tree};
use crate::model::{Kind, Value};

pub(super) use usage_plan::Shared;

/// Properties that the API has if they say something.
const PASSED_THROUGH: [&str; 8] = [
    "FailOnWarnings",
    "Name",
    "Description",
    "Mode",
    "ApiKeySourceType",
    "Policy",
    "SecurityPolicy",
    "EndpointAccessMode",
];
const OF_STAGE: [&str; 8] = [
    "StageName",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "Variables",
    "MethodSettings",
    "AccessLogSetting",
    "CanarySetting",
    "TracingEnabled",
];
const OF_AUTH: [&str; 8] = [
    "Authorizers",
    "DefaultAuthorizer",
    "InvokeRole",
    "AddDefaultAuthorizerToCorsPreflight",
    "AddApiKeyRequiredToCorsPreflight",
    "ApiKeyRequired",
    "ResourcePolicy",
    "UsagePlan",
];

/// Properties that add to the definition.
const ADDING: [&str; 4] = ["Cors", "Auth", "GatewayResponses", "Models"];
/// Paths of one API; the service takes 300 without being asked for more. A policy says something of each, and is
/// searched for what it says already.
const MAX_PATHS: usize = 2000;

/// Expands a REST API.
pub(super) fn expand(expansion: &mut Expansion<'_>, id: &str, node: &Value) -> Expand<Vec<Resource>> {
    let mut properties = field(node, "Properties").cloned().unwrap_or_else(|| tree!({}));
    for name in ["BinaryMediaTypes", "Domain", "Auth"] {
        if let Some(value) = field(&properties, name) {
            let resolved = expansion.environment.names.parameters.resolve(value);
            members(&mut properties).insert(name.to_owned(), resolved);
        }
    }
    let Some(stage_name) = field(&properties, "StageName") else { return fault(node, "`StageName` is missing") };
    let attributes = passed_on(node);
    let stage_id = domain::stage_id(expansion, id, Some(stage_name), ApiKind::Rest);
    let rest_api = rest_api(expansion, id, node, &properties)?;
    let deployment_id = expansion.environment.names.deployed(&format!("{id}Deployment"));
    expansion.revisions.insert(deployment_id.clone());
    let has_body = rest_api.properties.contains_key("Body") || rest_api.properties.contains_key("BodyS3Location");
    let digest = Value::unknown("a hash that the service makes of the definition");
    let mut deployment = Resource::new("AWS::ApiGateway::Deployment", deployment_id.as_str(), &attributes, node)
        .with("RestApiId", reference(id))
        .maybe("Description", has_body.then_some(digest));
    if set_field(&properties, "OpenApiVersion").is_none() {
        deployment = deployment.with("StageName", "Stage");
    }
    let stage = Resource::new("AWS::ApiGateway::Stage", stage_id.as_str(), &attributes, node)
        .with("RestApiId", reference(id))
        .with("DeploymentId", reference(&deployment_id))
        .copying(&properties, &OF_STAGE)
        .maybe("Tags", field(&properties, "Tags").map(|tags| Value::list(tag_list(Some(tags)))));
    let mut resources = vec![rest_api, deployment, stage];
    let auth = set_field(&properties, "Auth").cloned().unwrap_or_else(|| tree!({}));
    for (name, function) in security::functions(&auth) {
        let arn = expansion.environment.arn("execute-api", "${__ApiId__}/authorizers/*");
        let source = tree!({ "Fn::Sub": [(arn), { "__ApiId__": (reference(id)) }] });
        resources.push(
            Resource::new("AWS::Lambda::Permission", format!("{id}{name}AuthorizerPermission"), &attributes, function)
                .with("Action", "lambda:InvokeFunction")
                .with("FunctionName", function.clone())
                .with("Principal", "apigateway.amazonaws.com")
                .with("SourceArn", source),
        );
    }
    if let Some(written) = field(&properties, "Domain") {
        let api = domain::Api { id, kind: ApiKind::Rest, stage: &stage_id, attributes: &attributes };
        resources.extend(domain::expand(expansion, &api, written)?);
    }
    resources.extend(usage_plan::expand(expansion, id, &attributes, &auth, &stage_id)?);
    if is_true(field(&properties, "PropagateTags")) {
        propagate_tags(&mut resources, set_field(&properties, "Tags"), &TAGGED);
    }
    Ok(resources)
}

fn rest_api(expansion: &Expansion<'_>, id: &str, node: &Value, properties: &Value) -> Expand<Resource> {
    let uri = set_field(properties, "DefinitionUri");
    let body = set_field(properties, "DefinitionBody");
    if let (Some(uri), Some(_)) = (uri, body) {
        return fault(uri, "both `DefinitionUri` and `DefinitionBody`");
    }
    let mut api = Resource::new("AWS::ApiGateway::RestApi", id, &kept(node), node)
        .depends_on(field(node, "DependsOn"))
        .copying(properties, &["BinaryMediaTypes", "MinimumCompressionSize"]);
    for name in PASSED_THROUGH {
        api = api.maybe(name, set_field(properties, name).cloned());
    }
    let regional = tree!("REGIONAL");
    let has_edge = expansion.environment.partition.as_deref().is_none_or(|partition| partition == "aws");
    if let Some(endpoint) = set_field(properties, "EndpointConfiguration").or_else(|| (!has_edge).then_some(&regional))
    {
        api = endpoint_configuration(api, endpoint);
    }
    if let Some(uri) = uri {
        if let Some(written) = ADDING.iter().find_map(|name| set_field(properties, name)) {
            return fault(written, "it adds to a definition, which `DefinitionUri` does not show");
        }
        let names = [("Bucket", "Bucket"), ("Key", "Key"), ("Version", "Version")];
        return Ok(api.with("BodyS3Location", code_location(uri, &names)?));
    }
    match body {
        Some(body) if is_included(body) => {
            Ok(api.with("Body", Value::unknown("AWS::Include puts it in when deploying")))
        }
        Some(body) => Ok(api.with("Body", definition(expansion, properties, body)?)),
        None => Ok(api),
    }
}

fn endpoint_configuration(api: Resource, endpoint: &Value) -> Resource {
    let kind = set_field(endpoint, "Type").filter(|_| call(endpoint).is_none());
    let mut configuration = vec![("Types", tree!([(kind.unwrap_or(endpoint).clone())]))];
    if kind.is_some() {
        let networks = field(endpoint, "VPCEndpointIds").or_else(|| field(endpoint, "VpcEndpointIds"));
        configuration.extend(networks.map(|ids| ("VpcEndpointIds", ids.clone())));
        configuration.extend(field(endpoint, "IpAddressType").map(|kind| ("IpAddressType", kind.clone())));
    }
    let types = tree!({ "endpointConfigurationTypes": (kind.unwrap_or(endpoint).clone()) });
    api.with("Parameters", types).with("EndpointConfiguration", Value::object(configuration))
}

/// The definition with what the properties of the API add to it.
fn definition(expansion: &Expansion<'_>, properties: &Value, body: &Value) -> Expand<Value> {
    let mut document = body.clone();
    if super::definition::paths(&document).len() > MAX_PATHS {
        return fault(body, format!("more than {MAX_PATHS} paths"));
    }
    let asked = set_field(properties, "OpenApiVersion");
    let adds = ADDING.iter().find_map(|name| set_field(properties, name));
    if let Some(written) = adds
        && !is_document(&document, ApiKind::Rest)
    {
        return fault(written, "the definition of the API is no OpenAPI document with paths");
    }
    if let Some(cors) = set_field(properties, "Cors") {
        cors::add(cors, &mut document)?;
    }
    if let Some(auth) = set_field(properties, "Auth") {
        for (name, value) in entries(auth) {
            if !OF_AUTH.contains(&name) {
                return fault(value, format!("`{name}` is not a property of `Auth`"));
            }
        }
        security::add(&expansion.environment, auth, &mut document)?;
        if let Some(policy) = set_field(auth, "ResourcePolicy") {
            let stage = field(properties, "StageName").cloned().unwrap_or_else(|| tree!(""));
            for path in super::definition::paths(&document) {
                resource_policy::add(&mut document, policy, &path, &stage)?;
            }
        }
    }
    if let Some(responses) = set_field(properties, "GatewayResponses") {
        add_gateway_responses(responses, &mut document)?;
    }
    if let Some(types) = set_field(properties, "BinaryMediaTypes") {
        members(&mut document).insert("x-amazon-apigateway-binary-media-types".to_owned(), with_slashes(types));
    }
    for (name, model) in set_field(properties, "Models").map(entries).unwrap_or_default() {
        if set_field(model, "type").is_none() {
            return fault(model, format!("the model {name} has no `type`"));
        }
        members(member(&mut document, "definitions")).insert(name.to_lowercase(), model.clone());
    }
    if let Some(disabled) = field(properties, "DisableExecuteApiEndpoint") {
        disable_endpoint(&mut document, disabled);
    }
    if security::is_version_3(&document, asked) {
        // The transform goes over the document after each of these, and wraps the types of headers each time.
        let passes = 1 + ["Auth", "Models"].iter().filter(|name| set_field(properties, name).is_some()).count();
        (0..passes).for_each(|_| security::to_version_3(&mut document));
    }
    Ok(document)
}

fn add_gateway_responses(responses: &Value, document: &mut Value) -> Expand<()> {
    for (kind, response) in entries(responses) {
        for (name, value) in entries(response) {
            if !["ResponseParameters", "ResponseTemplates", "StatusCode"].contains(&name) {
                return fault(value, format!("`{name}` is not a property of a gateway response"));
            }
        }
        let empty = tree!({});
        let written = set_field(response, "ResponseParameters").unwrap_or(&empty);
        let mut parameters = tree!({});
        for (place, prefix) in [("Headers", "header"), ("Paths", "path"), ("QueryStrings", "querystring")] {
            for (name, value) in field(written, place).map(entries).unwrap_or_default() {
                members(&mut parameters).insert(format!("gatewayresponse.{prefix}.{name}"), value.clone());
            }
        }
        let templates = set_field(response, "ResponseTemplates").cloned().unwrap_or(empty);
        let mut made = tree!({ "responseParameters": (parameters), "responseTemplates": (templates) });
        if let Some(code) = field(response, "StatusCode").and_then(Value::as_scalar_text) {
            members(&mut made).insert("statusCode".to_owned(), code.into());
        }
        let known = member(document, "x-amazon-apigateway-gateway-responses");
        members(known).insert(kind.to_owned(), made);
    }
    Ok(())
}

/// Media types are written with `~1` for `/`, as in JSON pointers.
fn with_slashes(types: &Value) -> Value {
    match &types.kind {
        Kind::String(text) => types.with(Kind::String(text.replace("~1", "/"))),
        Kind::List(items) => types.with(Kind::List(items.iter().map(with_slashes).collect())),
        Kind::Object(members) => types.with(Kind::Object(
            members.iter().map(|(name, value)| (name.replace("~1", "/"), with_slashes(value))).collect(),
        )),
        _ => types.clone(),
    }
}

/// Says whether the API can be called without its domain.
fn disable_endpoint(document: &mut Value, disabled: &Value) {
    let set = |holder: &mut Value| {
        let configuration = member(holder, "x-amazon-apigateway-endpoint-configuration");
        members(configuration).insert("disableExecuteApiEndpoint".to_owned(), disabled.clone());
    };
    if set_field(document, "openapi").is_some_and(is_version_3) {
        let servers = super::tree::items(list(document, "servers"));
        if servers.is_empty() {
            servers.push(tree!({}));
        }
        servers.iter_mut().for_each(set);
    } else {
        set(document);
    }
}
