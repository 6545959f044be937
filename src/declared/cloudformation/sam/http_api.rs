//! `AWS::Serverless::HttpApi`: the HTTP API, its stage, who may call it and its domain.

use std::collections::BTreeMap;

use super::Expansion;
use super::definition::{ApiKind, INTEGRATION, cases, is_document, paths};
use super::domain;
use super::function::code_location;
use super::implicit::is_included;
use super::resource::{Resource, TAGGED, kept, passed_on, propagate_tags};
use super::tree::{
    Expand, call, entries, fault, field, is_no_value, is_true, item_texts, items, list, member, members, reference,
    says_something, set_field, text, tree,
};
use crate::model::{Kind, Value};

const CORS: [(&str, &str); 6] = [
    ("AllowOrigins", "allowOrigins"),
    ("AllowHeaders", "allowHeaders"),
    ("AllowMethods", "allowMethods"),
    ("ExposeHeaders", "exposeHeaders"),
    ("MaxAge", "maxAge"),
    ("AllowCredentials", "allowCredentials"),
];
const OF_AUTH: [&str; 3] = ["Authorizers", "DefaultAuthorizer", "EnableIamAuthorizer"];
/// Properties that add to the definition.
const ADDING: [&str; 3] = ["CorsConfiguration", "Auth", "Tags"];
const CREATED_BY: &str = "httpapi:createdBy";

/// Expands an HTTP API.
pub(super) fn expand(expansion: &mut Expansion<'_>, id: &str, node: &Value) -> Expand<Vec<Resource>> {
    let mut properties = field(node, "Properties").cloned().unwrap_or_else(|| tree!({}));
    for name in ["CorsConfiguration", "Domain"] {
        if let Some(value) = field(&properties, name) {
            let resolved = expansion.environment.names.parameters.resolve(value);
            members(&mut properties).insert(name.to_owned(), resolved);
        }
    }
    let attributes = passed_on(node);
    let mut api = Resource::new("AWS::ApiGatewayV2::Api", id, &kept(node), node)
        .depends_on(field(node, "DependsOn"))
        .maybe("FailOnWarnings", set_field(&properties, "FailOnWarnings").cloned());
    let mut tags = field(&properties, "Tags").cloned();
    match (set_field(&properties, "DefinitionUri"), set_field(&properties, "DefinitionBody")) {
        (Some(uri), Some(_)) => return fault(uri, "both `DefinitionUri` and `DefinitionBody`"),
        (None, None) => return fault(node, "an HTTP API needs a definition, or an event of a function"),
        (Some(uri), None) => {
            if let Some(written) = ADDING.iter().find_map(|name| set_field(&properties, name)) {
                return fault(written, "it adds to a definition, which `DefinitionUri` does not show");
            }
            let names = [("Bucket", "Bucket"), ("Key", "Key"), ("Version", "Version")];
            api = api.with("BodyS3Location", code_location(uri, &names)?);
        }
        (None, Some(body)) if is_included(body) => {
            api = api.with("Body", Value::unknown("AWS::Include puts it in when deploying"));
        }
        (None, Some(body)) => {
            if is_document(body, ApiKind::Http) {
                members(tags.get_or_insert_with(|| tree!({}))).insert(CREATED_BY.to_owned(), "SAM".into());
            }
            api = api.with("Body", definition(expansion, &properties, body, tags.as_ref())?);
        }
    }
    let stage_name = set_field(&properties, "StageName").cloned().unwrap_or_else(|| tree!("$default"));
    let stage_id = domain::stage_id(expansion, id, Some(&stage_name), ApiKind::Http);
    let mut resources = vec![api];
    resources.extend(permissions(id, &properties, node));
    if let Some(written) = field(&properties, "Domain") {
        let api = domain::Api { id, kind: ApiKind::Http, stage: &stage_id, attributes: &attributes };
        resources.extend(domain::expand(expansion, &api, written)?);
    }
    let stage = Resource::new("AWS::ApiGatewayV2::Stage", stage_id, &attributes, node)
        .with("ApiId", reference(id))
        .with("StageName", stage_name)
        .copying(&properties, &["StageVariables", "AccessLogSettings", "DefaultRouteSettings", "RouteSettings"])
        .maybe("Tags", tags.clone())
        .with("AutoDeploy", true);
    resources.push(stage);
    if field(&properties, "DefinitionBody").is_some() {
        propagate_tags(&mut resources, tags.as_ref().filter(|tags| says_something(tags)), &TAGGED);
    }
    Ok(resources)
}

/// The definition with what the properties of the API add to it.
fn definition(expansion: &Expansion<'_>, properties: &Value, body: &Value, tags: Option<&Value>) -> Expand<Value> {
    let mut document = body.clone();
    let is_document = is_document(body, ApiKind::Http);
    let adds = ADDING.iter().find_map(|name| set_field(properties, name));
    if let Some(written) = adds.filter(|_| !is_document) {
        return fault(written, "the definition of the API is no OpenAPI 3 document with paths");
    }
    if let Some(cors) = set_field(properties, "CorsConfiguration") {
        add_cors(cors, &mut document)?;
    }
    if let Some(auth) = set_field(properties, "Auth") {
        add_auth(expansion, auth, &mut document)?;
    }
    if is_document {
        add_tags(tags, &mut document);
    }
    if let Some(disabled) = field(properties, "DisableExecuteApiEndpoint") {
        let servers = items(list(&mut document, "servers"));
        if servers.is_empty() {
            servers.push(tree!({}));
        }
        for server in servers {
            let configuration = member(server, "x-amazon-apigateway-endpoint-configuration");
            members(configuration).insert("disableExecuteApiEndpoint".to_owned(), disabled.clone());
        }
    }
    if let Some(name) = set_field(properties, "Name") {
        if document.at_keys(["info", "title"]) != Some(&reference("AWS::StackName")) {
            return fault(name, "the definition of the API has a title already");
        }
        members(member(&mut document, "info")).insert("title".to_owned(), name.clone());
    }
    if let Some(description) = set_field(properties, "Description") {
        if document.at_keys(["info", "description"]).is_some_and(says_something) {
            return fault(description, "the definition of the API has a description already");
        }
        members(member(&mut document, "info")).insert("description".to_owned(), description.clone());
    }
    if set_field(properties, "FailOnWarnings").is_some() {
        let paths = members(member(&mut document, "paths"));
        if let Some(default) = paths.remove("$default") {
            paths.insert("/$default".to_owned(), default);
        }
    }
    Ok(document)
}

fn add_cors(cors: &Value, document: &mut Value) -> Expand<()> {
    let known = member(document, "x-amazon-apigateway-cors");
    if let Kind::Bool(_) = cors.kind {
        members(known).insert("allowOrigins".to_owned(), tree!(["*"]));
        return Ok(());
    }
    if call(cors).is_some() {
        members(known)
            .extend(entries(&in_small_letters(cors)).into_iter().map(|(name, value)| (name.to_owned(), value.clone())));
        return Ok(());
    }
    for (name, value) in entries(cors) {
        let Some((_, theirs)) = CORS.iter().find(|(ours, _)| *ours == name) else {
            return fault(value, format!("`{name}` is not a property of `CorsConfiguration`"));
        };
        let is_wanted = match name {
            "MaxAge" => value.kind != Kind::Null,
            "AllowCredentials" => is_true(Some(value)),
            _ => says_something(value),
        };
        if is_wanted {
            members(known).insert((*theirs).to_owned(), value.clone());
        }
    }
    if is_true(field(cors, "AllowCredentials"))
        && field(cors, "AllowOrigins").is_some_and(|origins| item_texts(origins) == ["*"])
    {
        return fault(cors, "`AllowCredentials` needs `AllowOrigins` that are not everybody");
    }
    Ok(())
}

/// A function with the properties of CORS as a definition has them.
fn in_small_letters(node: &Value) -> Value {
    let rename = |text: &str| CORS.iter().fold(text.to_owned(), |text, (ours, theirs)| text.replace(ours, theirs));
    match &node.kind {
        Kind::String(text) => node.with(Kind::String(rename(text))),
        Kind::List(items) => node.with(Kind::List(items.iter().map(in_small_letters).collect())),
        Kind::Object(members) => node
            .with(Kind::Object(members.iter().map(|(name, value)| (rename(name), in_small_letters(value))).collect())),
        _ => node.clone(),
    }
}

fn add_tags(tags: Option<&Value>, document: &mut Value) {
    for (name, value) in tags.map(entries).unwrap_or_default() {
        let known = items(list(document, "tags"));
        let index = known.iter().position(|tag| text(tag, "name") == Some(name));
        let tag = tree!({ "name": name, "x-amazon-apigateway-tag-value": (value.clone()) });
        match index.and_then(|index| known.get_mut(index)) {
            Some(existing) => members(existing)
                .extend(entries(&tag).into_iter().map(|(name, value)| (name.to_owned(), value.clone()))),
            None => known.push(tag),
        }
    }
}

fn add_auth(expansion: &Expansion<'_>, auth: &Value, document: &mut Value) -> Expand<()> {
    for (name, value) in entries(auth) {
        if !OF_AUTH.contains(&name) {
            return fault(value, format!("`{name}` is not a property of `Auth`"));
        }
    }
    let mut scopes: BTreeMap<&str, Value> = BTreeMap::new();
    let mut schemes = BTreeMap::new();
    if is_true(field(auth, "EnableIamAuthorizer")) {
        let signed = tree!({
            "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4",
        });
        schemes.insert("AWS_IAM".to_owned(), signed);
        scopes.insert("AWS_IAM", tree!([]));
    }
    for (name, written) in set_field(auth, "Authorizers").map(entries).unwrap_or_default() {
        schemes.insert(name.to_owned(), authorizer(expansion, written)?);
        scopes.insert(name, field(written, "AuthorizationScopes").cloned().unwrap_or_else(|| tree!([])));
    }
    if !schemes.is_empty() {
        members(member(member(document, "components"), "securitySchemes")).extend(schemes);
    }
    let Some(written) = set_field(auth, "DefaultAuthorizer").filter(|default| !is_no_value(default)) else {
        return Ok(());
    };
    let Some((name, scopes)) = written.as_str().and_then(|name| scopes.get_key_value(name)) else {
        return fault(written, "the default authorizer is none of `Authorizers`");
    };
    for path in paths(document) {
        for case in cases(member(member(document, "paths"), &path)) {
            for (method, definition) in members(case) {
                if method == "parameters" || method == "options" {
                    continue;
                }
                for case in cases(definition).into_iter().filter(|case| case.get(INTEGRATION).is_some()) {
                    if set_field(case, "security").is_none() {
                        let security = Value::object([((*name).to_owned(), scopes.clone())]);
                        members(case).insert("security".to_owned(), Value::list([security]));
                    }
                }
            }
        }
    }
    Ok(())
}

fn authorizer(expansion: &Expansion<'_>, written: &Value) -> Expand<Value> {
    if let Some(token) = set_field(written, "JwtConfiguration") {
        let Some(source) = set_field(written, "IdentitySource") else {
            return fault(written, "an authorizer of tokens needs an `IdentitySource`");
        };
        let settings = entries(token).into_iter().map(|(name, value)| (name.to_lowercase(), value.clone()));
        return Ok(tree!({
            "type": "oauth2",
            "x-amazon-apigateway-authorizer": {
                "type": "jwt", "jwtConfiguration": (Value::object(settings)), "identitySource": (source.clone()),
            },
        }));
    }
    let (Some(function), Some(version)) =
        (set_field(written, "FunctionArn"), set_field(written, "AuthorizerPayloadFormatVersion"))
    else {
        return fault(
            written,
            "an authorizer has a `JwtConfiguration`, or a `FunctionArn` and an `AuthorizerPayloadFormatVersion`",
        );
    };
    let arn = expansion
        .environment
        .arn_without_account("apigateway", "lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations");
    let mut settings = tree!({
        "type": "request",
        "authorizerUri": { "Fn::Sub": [(arn), { "__FunctionArn__": (function.clone()) }] },
        "authorizerPayloadFormatVersion": (version.clone()),
    });
    let added = members(&mut settings);
    let role = set_field(written, "FunctionInvokeRole").filter(|role| role.as_str() != Some("NONE"));
    added.extend(role.map(|role| ("authorizerCredentials".to_owned(), role.clone())));
    let simple = set_field(written, "EnableSimpleResponses");
    added.extend(simple.map(|simple| ("enableSimpleResponses".to_owned(), simple.clone())));
    if let Some(identity) = set_field(written, "Identity") {
        let lifetime = field(identity, "ReauthorizeEvery");
        added.extend(lifetime.map(|lifetime| ("authorizerResultTtlInSeconds".to_owned(), lifetime.clone())));
        let kinds = [
            ("Headers", "$request.header."),
            ("QueryStrings", "$request.querystring."),
            ("StageVariables", "$stageVariables."),
            ("Context", "$context."),
        ];
        let sources = kinds.into_iter().flat_map(|(name, prefix)| {
            let names = field(identity, name).map(item_texts).unwrap_or_default();
            names.into_iter().map(move |name| Value::from(format!("{prefix}{name}")))
        });
        added.insert("identitySource".to_owned(), Value::list(sources));
    }
    Ok(tree!({
        "type": "apiKey", "name": "Unused", "in": "header", "x-amazon-apigateway-authorizer": (settings),
    }))
}

/// The permissions to call the functions of authorizers, for those that want one.
fn permissions(id: &str, properties: &Value, node: &Value) -> Vec<Resource> {
    let authorizers = set_field(properties, "Auth").and_then(|auth| set_field(auth, "Authorizers"));
    let wanted = authorizers.map(entries).unwrap_or_default().into_iter();
    let wanted = wanted.filter(|(_, written)| is_true(field(written, "EnableFunctionDefaultPermissions")));
    let permission = |(name, written): (&str, &Value)| {
        let function = set_field(written, "FunctionArn")?;
        let arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*";
        let source = tree!({ "Fn::Sub": [arn, { "__ApiId__": (reference(id)) }] });
        let permission = format!("{id}{name}AuthorizerPermission");
        Some(
            Resource::new("AWS::Lambda::Permission", permission, &passed_on(node), written)
                .with("Action", "lambda:InvokeFunction")
                .with("FunctionName", function.clone())
                .with("Principal", "apigateway.amazonaws.com")
                .with("SourceArn", source),
        )
    };
    wanted.filter_map(permission).collect()
}
