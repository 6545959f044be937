//! Paths of REST APIs.

use super::Event;
use crate::declared::cloudformation::sam::Expansion;
use crate::declared::cloudformation::sam::api::resource_policy;
use crate::declared::cloudformation::sam::api::security::{self, API_KEY};
use crate::declared::cloudformation::sam::definition::{self, ApiKind, INTEGRATION, is_document, skeleton};
use crate::declared::cloudformation::sam::implicit::merges;
use crate::declared::cloudformation::sam::resource::Resource;
use crate::declared::cloudformation::sam::tree::{
    Expand, call, entries, fault, field, is_true, items, list, member, members, place, says_something, set_field, text,
    tree,
};
use crate::model::{Kind, Value};

/// The name of the stage in the logical ids of permissions: its own, if it is known.
#[derive(Clone, Debug)]
pub(in crate::declared::cloudformation::sam) struct Stage(pub(in crate::declared::cloudformation::sam) String);

/// The stage of an API.
pub(in crate::declared::cloudformation::sam) fn stage_of(properties: &Value) -> Stage {
    Stage(text(properties, "StageName").unwrap_or("Stage").to_owned())
}

/// The logical id of the API that an event names.
pub(in crate::declared::cloudformation::sam) fn rest_api_id<'e>(event: &Event<'e>) -> Expand<&'e str> {
    let api = event.required("RestApiId")?;
    match api.get("Ref").unwrap_or(api).as_str() {
        Some(id) => Ok(id),
        None => fault(api, "`RestApiId` is no `Ref` of an API of the template"),
    }
}

/// Adds the permission, and to the API's definition the path.
pub(super) fn expand(expansion: &mut Expansion<'_>, event: &Event<'_>) -> Expand<Vec<Resource>> {
    let (path, method) = path_and_method(event)?;
    let id = rest_api_id(event)?;
    let stage = expansion.resources.get(id).and_then(|api| field(api, "Properties")).map(stage_of);
    let stage = stage.unwrap_or(Stage("Stage".to_owned()));
    let permission = permission(expansion, event, path, &method, &stage);
    let is_made_here = expansion.managed.contains(id);
    edit_definition(expansion, event, id, |expansion, properties, document| {
        if is_made_here {
            add_integration(expansion, event, (properties, document), (path, &method), &stage)?;
        } else if merges(properties) {
            let mut made = skeleton(ApiKind::Rest);
            add_integration(expansion, event, (properties, &mut made), (path, &method), &stage)?;
            merge(document, &made, (path, &method));
        }
        match event.property("Auth").filter(|auth| set_field(auth, "OverrideApiAuth").is_some()) {
            Some(auth) => add_auth(expansion, auth, properties, (path, &method), &stage, document),
            None => Ok(()),
        }
    })?;
    Ok(vec![permission])
}

/// Changes the definition of an API, if it has one. It is taken out meanwhile, so that it is not copied for each event.
pub(in crate::declared::cloudformation::sam) fn edit_definition(
    expansion: &mut Expansion<'_>,
    event: &Event<'_>,
    id: &str,
    edit: impl FnOnce(&Expansion<'_>, &Value, &mut Value) -> Expand<()>,
) -> Expand<()> {
    let Some(mut api) = expansion.resources.remove(id) else {
        return fault(event.node, format!("there is no API {id}"));
    };
    let properties = member(&mut api, "Properties");
    let document = members(properties).remove("DefinitionBody").filter(|document| document.kind != Kind::Null);
    let mut edited = Ok(());
    if let Some(mut document) = document {
        edited = edit(expansion, properties, &mut document);
        members(properties).insert("DefinitionBody".to_owned(), document);
    }
    expansion.resources.insert(id.to_owned(), api);
    edited
}

/// The path and the method of an event, the method in small letters.
pub(in crate::declared::cloudformation::sam) fn path_and_method<'e>(event: &Event<'e>) -> Expand<(&'e str, String)> {
    match (event.required("Path")?.as_str(), event.required("Method")?.as_str()) {
        (Some(path), Some(method)) => Ok((path, method.to_lowercase())),
        _ => fault(event.node, "`Path` and `Method` are texts"),
    }
}

fn permission(expansion: &Expansion<'_>, event: &Event<'_>, path: &str, method: &str, stage: &Stage) -> Resource {
    let path = match path.strip_suffix('/') {
        Some(shorter) if !shorter.is_empty() => shorter,
        _ => path,
    };
    let path = definition::path_in_arn(path, ApiKind::Rest);
    let method = if method == "any" { "*".to_owned() } else { method.to_uppercase() };
    let arn = expansion.environment.arn("execute-api", &format!("${{__ApiId__}}/${{__Stage__}}/{method}{path}"));
    let api = event.property("RestApiId").cloned().unwrap_or_else(|| tree!(""));
    let source = tree!({ "Fn::Sub": [(arn), { "__ApiId__": (api), "__Stage__": "*" }] });
    event.permission("apigateway.amazonaws.com", &stage.0).with("SourceArn", source)
}

/// What calls a function, as the integration of a path.
pub(super) fn integration_uri(event: &Event<'_>, partition: &str, streams: bool) -> Value {
    let (version, how) = match streams {
        true => ("2021-11-15", "response-streaming-invocations"),
        false => ("2015-03-31", "invocations"),
    };
    let name = match call(&event.target.arn) {
        Some(("Ref", id)) => id.as_str().unwrap_or_default().to_owned(),
        _ => format!("{}.Arn", event.target.function),
    };
    let arn = format!("arn:{partition}:apigateway:${{AWS::Region}}:lambda:path/{version}/functions/${{{name}}}/{how}");
    tree!({ "Fn::Sub": (arn) })
}

fn add_integration(
    expansion: &Expansion<'_>,
    event: &Event<'_>,
    (properties, document): (&Value, &mut Value),
    (path, method): (&str, &str),
    stage: &Stage,
) -> Expand<()> {
    if !is_document(document, ApiKind::Rest) {
        return fault(document, "the definition is no OpenAPI document with paths");
    }
    if definition::has_integration(document, path, method) {
        return fault(event.node, format!("{method} {path} is defined more than once"));
    }
    let streams = event.property("ResponseTransferMode").and_then(Value::as_str) == Some("RESPONSE_STREAM");
    let condition = event.target.attributes.get("Condition");
    let uri = integration_uri(event, &expansion.environment.partition_text(), streams);
    let uri = match condition {
        Some(condition) => super::super::tree::when(condition.clone(), uri, None),
        None => uri,
    };
    let mut integration = tree!({ "type": "aws_proxy", "httpMethod": "POST", "uri": (uri) });
    let added = members(&mut integration);
    if streams {
        added.insert("responseTransferMode".to_owned(), "STREAM".into());
    }
    if let Some(credentials) = credentials(expansion, event, properties) {
        added.insert("credentials".to_owned(), credentials);
    }
    place(&mut integration, event.node.at.as_ref());
    definition::integrate(document, (path, method), &integration, &[("responses", tree!({}))], condition);
    if let Some(auth) = event.property("Auth").filter(|auth| says_something(auth)) {
        add_auth(expansion, auth, properties, (path, method), stage, document)?;
    }
    if let Some(timeout) = event.property("TimeoutInMillis").filter(|timeout| says_something(timeout)) {
        definition::each_case(document, path, method, |definition| {
            members(member(definition, INTEGRATION)).insert("timeoutInMillis".to_owned(), timeout.clone());
        });
    }
    add_request_model(event, properties, (path, method), document)?;
    add_request_parameters(event, (path, method), document)
}

/// Adds the members of a method that were made here to a definition of the user's.
fn merge(document: &mut Value, made: &Value, (path, method): (&str, &str)) {
    let item = member(member(member(document, "paths"), path), method);
    if let Some(made) = made.at_keys(["paths", path, &definition::method_name(method)]) {
        members(item).extend(entries(made).into_iter().map(|(name, value)| (name.to_owned(), value.clone())));
    }
}

/// With whose credentials a method that wants signed requests calls the function.
fn credentials(expansion: &Expansion<'_>, event: &Event<'_>, properties: &Value) -> Option<Value> {
    let empty = tree!({});
    let method = event.property("Auth").filter(|auth| says_something(auth)).unwrap_or(&empty);
    let api = set_field(properties, "Auth").unwrap_or(&empty);
    let is_signed = text(method, "Authorizer") == Some("AWS_IAM")
        || (text(api, "DefaultAuthorizer") == Some("AWS_IAM") && !says_something(method));
    if !is_signed {
        return None;
    }
    let role = |auth: &Value| match auth.get("InvokeRole") {
        Some(role) if says_something(role) => Some(role.clone()),
        Some(_) => Some("NONE".into()),
        None => None,
    };
    match role(method).or_else(|| role(api)) {
        Some(role) if role.as_str() == Some("NONE") => None,
        Some(role) if role.as_str() != Some("CALLER_CREDENTIALS") => Some(role),
        _ => Some(expansion.environment.arn_of_partition("iam::*:user/*")),
    }
}

/// Sets who may call a method.
pub(in crate::declared::cloudformation::sam) fn add_auth(
    expansion: &Expansion<'_>,
    auth: &Value,
    properties: &Value,
    (path, method): (&str, &str),
    stage: &Stage,
    document: &mut Value,
) -> Expand<()> {
    let empty = tree!({});
    let api_auth = expansion.environment.names.parameters.resolve(set_field(properties, "Auth").unwrap_or(&empty));
    let authorizer = set_field(auth, "Authorizer");
    if let Some(written) = authorizer {
        let known = set_field(&api_auth, "Authorizers");
        match written.as_str() {
            Some("AWS_IAM") => {}
            Some("NONE") if set_field(&api_auth, "DefaultAuthorizer").is_some() => {}
            Some("NONE") => return fault(written, "`NONE` needs a `DefaultAuthorizer` of the API"),
            Some(name) if known.and_then(|known| set_field(known, name)).is_some() => {}
            _ => return fault(written, "the API has no such authorizer"),
        }
        let name = written.as_str().unwrap_or_default();
        let scopes = field(auth, "AuthorizationScopes").or_else(|| {
            known.filter(|_| name != "NONE").and_then(|known| field(field(known, name)?, "AuthorizationScopes"))
        });
        let is_known = known.and_then(|known| field(known, name)).is_some() && name != "NONE";
        let scopes = scopes.filter(|_| is_known).cloned().unwrap_or_else(|| tree!([]));
        let mut has_signed = false;
        definition::each_case(document, path, method, |definition| {
            definition::add_security(definition, name, scopes.clone());
            let first = definition.get("security").and_then(Value::as_list).and_then(<[Value]>::first);
            has_signed |= first.is_some_and(|first| first.get("AWS_IAM").is_some());
        });
        if has_signed {
            security::define_signed(document);
        }
    } else if let Some(scopes) = set_field(auth, "AuthorizationScopes") {
        return fault(scopes, "`AuthorizationScopes` needs an `Authorizer`");
    }
    if let Some(required) = field(auth, "ApiKeyRequired") {
        let is_required = says_something(required);
        if !is_required && set_field(&api_auth, "ApiKeyRequired").is_none() {
            return fault(required, "the API does not require a key");
        }
        if is_required {
            security::define_api_key(document);
        }
        let name = if is_required { API_KEY } else { security::NO_API_KEY };
        definition::each_case(document, path, method, |definition| {
            definition::add_security(definition, name, tree!([]));
        });
    }
    match set_field(auth, "ResourcePolicy") {
        Some(policy) => resource_policy::add(document, policy, path, &stage.0.as_str().into()),
        None => Ok(()),
    }
}

fn add_request_model(
    event: &Event<'_>,
    properties: &Value,
    (path, method): (&str, &str),
    document: &mut Value,
) -> Expand<()> {
    let Some(request) = event.property("RequestModel") else { return Ok(()) };
    let Some(name) = set_field(request, "Model") else { return Ok(()) };
    let known = name
        .as_str()
        .filter(|name| set_field(properties, "Models").and_then(|models| set_field(models, name)).is_some());
    let Some(name) = known.map(str::to_lowercase) else { return fault(name, "the API has no such model") };
    let required = field(request, "Required").cloned();
    let is_swagger = document.get("swagger").is_some();
    definition::each_case(document, path, method, |definition| {
        if is_swagger {
            let schema = tree!({ "$ref": (format!("#/definitions/{name}")) });
            let mut parameter = tree!({ "in": "body", "name": (name.as_str()), "schema": (schema) });
            members(&mut parameter).extend(required.clone().map(|required| ("required".to_owned(), required)));
            items(list(definition, "parameters")).push(parameter);
        } else {
            let schema = tree!({ "$ref": (format!("#/components/schemas/{name}")) });
            let mut body = tree!({ "content": { "application/json": { "schema": (schema) } } });
            members(&mut body).extend(required.clone().map(|required| ("required".to_owned(), required)));
            members(definition).insert("requestBody".to_owned(), body);
        }
    });
    let (body, parameters) = (field(request, "ValidateBody"), field(request, "ValidateParameters"));
    if body.is_some() || parameters.is_some() {
        let (body, parameters) = (is_true(body), is_true(parameters));
        let name = match (body, parameters) {
            (true, true) => "body-and-params",
            (true, false) => "body-only",
            (false, true) => "params-only",
            (false, false) => "no-validation",
        };
        let validator = tree!({ "validateRequestBody": body, "validateRequestParameters": parameters });
        members(member(document, "x-amazon-apigateway-request-validators")).entry(name.to_owned()).or_insert(validator);
        definition::each_case(document, path, method, |definition| {
            members(definition).insert("x-amazon-apigateway-request-validator".to_owned(), name.into());
        });
    }
    Ok(())
}

fn add_request_parameters(event: &Event<'_>, (path, method): (&str, &str), document: &mut Value) -> Expand<()> {
    let written = event.property("RequestParameters").and_then(Value::as_list).into_iter().flatten();
    let mut parameters = Vec::new();
    for parameter in written {
        let (name, settings) = match &parameter.kind {
            Kind::String(name) => (name.as_str(), None),
            _ => match super::super::names::first_entry(parameter) {
                Some((name, settings)) => (name, Some(settings)),
                None => return fault(parameter, "a parameter of a request is a text or a mapping"),
            },
        };
        let place = name.strip_prefix("method.request.").and_then(|rest| rest.split_once('.'));
        let Some((place @ ("querystring" | "path" | "header"), rest)) = place else {
            return fault(
                parameter,
                "a parameter is `method.request.`, `querystring`, `path` or `header`, and its name",
            );
        };
        let setting = |setting: &str| settings.and_then(|settings| field(settings, setting));
        let made = tree!({
            "in": (if place == "querystring" { "query" } else { place }),
            "name": rest,
            "required": (setting("Required").cloned().unwrap_or_else(|| tree!(false))),
            "type": "string",
        });
        parameters.push((made, setting("Caching").is_some_and(says_something).then(|| name.to_owned())));
    }
    if parameters.is_empty() {
        return Ok(());
    }
    definition::each_case(document, path, method, |definition| {
        for (parameter, cached) in &parameters {
            items(list(definition, "parameters")).push(parameter.clone());
            if let Some(name) = cached {
                items(list(member(definition, INTEGRATION), "cacheKeyParameters")).push(name.as_str().into());
            }
        }
    });
    Ok(())
}
