//! Paths of HTTP APIs.

use super::Event;
use super::api::{edit_definition, integration_uri, path_and_method};
use crate::declared::cloudformation::sam::Expansion;
use crate::declared::cloudformation::sam::definition::{
    self, ANY_METHOD, ApiKind, DEFAULT_PATH, INTEGRATION, is_document,
};
use crate::declared::cloudformation::sam::resource::Resource;
use crate::declared::cloudformation::sam::tree::{
    Expand, call, fault, field, is_no_value, is_true, items, list, member, members, place, says_something, set_field,
    text, tree, when,
};
use crate::model::Value;

/// Adds the permission, and to the API's definition the path.
pub(super) fn expand(expansion: &mut Expansion<'_>, event: &Event<'_>) -> Expand<Vec<Resource>> {
    let (path, method) = path_and_method(event)?;
    let named = event.required("ApiId")?;
    let Some(id) = named.get("Ref").unwrap_or(named).as_str() else {
        return fault(named, "`ApiId` is no `Ref` of an API of the template");
    };
    let empty = tree!({});
    let properties = expansion.resources.get(id).and_then(|api| field(api, "Properties")).unwrap_or(&empty);
    let permission = permission(event, properties, path, &method)?;
    edit_definition(expansion, event, id, |expansion, properties, document| {
        if !is_document(document, ApiKind::Http) {
            return fault(document, "the definition is no OpenAPI 3 document with paths");
        }
        let has_it = definition::has_integration(document, path, &method);
        if has_it && expansion.managed.contains(id) {
            return fault(event.node, format!("{method} {path} is defined more than once"));
        }
        add_integration(event, document, (path, &method), has_it);
        match event.property("Auth").filter(|auth| says_something(auth)) {
            Some(auth) => add_auth(event, auth, properties, (path, &method), document),
            None => Ok(()),
        }
    })?;
    Ok(permission.into_iter().collect())
}

/// The permission, unless the one for the default route of the same function covers it.
fn permission(event: &Event<'_>, properties: &Value, path: &str, method: &str) -> Expand<Option<Resource>> {
    let mut path = match path.strip_suffix('/') {
        Some(shorter) if !shorter.is_empty() => shorter,
        _ => path,
    };
    if path == DEFAULT_PATH {
        path = "";
    } else if field(properties, "DefinitionBody").is_some_and(|document| calls_by_default(document, &event.target.id)) {
        return Ok(None);
    }
    let path = definition::path_in_arn(path, ApiKind::Http);
    let verb = if method == "any" || method == ANY_METHOD { "*".to_owned() } else { method.to_uppercase() };
    let rest = if method == "any" && path == "/$default" { path } else { format!("/{verb}{path}") };
    let arn = format!(
        "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/${{__Stage__}}{rest}"
    );
    let api = event.required("ApiId")?.clone();
    let source = tree!({ "Fn::Sub": [(arn), { "__ApiId__": (api), "__Stage__": "*" }] });
    Ok(Some(event.permission("apigateway.amazonaws.com", "").with("SourceArn", source)))
}

/// Whether the default route calls the function.
fn calls_by_default(document: &Value, function: &str) -> bool {
    if !definition::has_integration(document, DEFAULT_PATH, ANY_METHOD) {
        return false;
    }
    let Some(path) = document.at_keys(["paths", DEFAULT_PATH]) else { return false };
    let calls = |uri: &Value| {
        let arn = text(uri, "Fn::Sub").unwrap_or_default();
        let name = arn.split_once(".Arn").map(|(before, _)| before);
        name.and_then(|before| before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next()) == Some(function)
    };
    definition::seen_cases(path).into_iter().filter_map(|case| case.get(ANY_METHOD)).all(|method| {
        definition::seen_cases(method).into_iter().all(|method| {
            let uri = method.at_keys([INTEGRATION, "uri"]);
            uri.is_some_and(|uri| definition::seen_cases(uri).into_iter().all(calls))
        })
    })
}

fn add_integration(event: &Event<'_>, document: &mut Value, (path, method): (&str, &str), has_it: bool) {
    if !has_it {
        let condition = event.target.attributes.get("Condition");
        let uri = integration_uri(event, "${AWS::Partition}", false);
        let uri = match condition {
            Some(condition) => when(condition.clone(), uri, None),
            None => uri,
        };
        let mut integration =
            tree!({ "type": "aws_proxy", "httpMethod": "POST", "payloadFormatVersion": "2.0", "uri": (uri) });
        place(&mut integration, event.node.at.as_ref());
        let mut beside = vec![("responses", tree!({}))];
        if path == DEFAULT_PATH && definition::method_name(method) == ANY_METHOD {
            beside.push(("isDefaultRoute", tree!(true)));
        }
        definition::integrate(document, (path, method), &integration, &beside, condition);
    }
    let settings = [("TimeoutInMillis", "timeoutInMillis"), ("PayloadFormatVersion", "payloadFormatVersion")];
    for (ours, theirs) in settings {
        let Some(value) = event.property(ours).filter(|value| says_something(value)) else { continue };
        definition::each_case(document, path, method, |definition| {
            members(member(definition, INTEGRATION)).insert(theirs.to_owned(), value.clone());
        });
    }
    let names: Vec<&str> =
        path.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect();
    if !names.is_empty() {
        definition::each_case(document, path, method, |definition| add_path_parameters(definition, &names));
    }
}

fn add_path_parameters(definition: &mut Value, names: &[&str]) {
    let parameters = items(list(definition, "parameters"));
    for name in names {
        let made = tree!({ "name": (*name), "in": "path", "required": true });
        match parameters.iter_mut().find(|parameter| text(parameter, "name") == Some(*name)) {
            Some(known) => {
                members(known).insert("in".to_owned(), "path".into());
                members(known).insert("required".to_owned(), true.into());
            }
            None => parameters.push(made),
        }
    }
}

fn add_auth(
    event: &Event<'_>,
    auth: &Value,
    properties: &Value,
    (path, method): (&str, &str),
    document: &mut Value,
) -> Expand<()> {
    let empty = tree!({});
    let api = set_field(properties, "Auth").unwrap_or(&empty);
    let default = set_field(api, "DefaultAuthorizer");
    let Some(written) = set_field(auth, "Authorizer").or(default).filter(|name| !is_no_value(name)) else {
        return fault(auth, "`Auth` needs an `Authorizer`, or the API a `DefaultAuthorizer`");
    };
    let name = written.as_str().unwrap_or_default();
    let known = set_field(api, "Authorizers").and_then(|known| set_field(known, name));
    let is_open = match name {
        "NONE" => default.is_some(),
        "AWS_IAM" if is_true(field(api, "EnableIamAuthorizer")) => true,
        _ => known.is_some(),
    };
    if !is_open || call(written).is_some() {
        return fault(event.node, "the API has no such authorizer");
    }
    let scopes = set_field(auth, "AuthorizationScopes")
        .or_else(|| known.and_then(|known| set_field(known, "AuthorizationScopes")))
        .filter(|_| name != "NONE" && name != "AWS_IAM")
        .cloned()
        .unwrap_or_else(|| tree!([]));
    definition::each_case(document, path, method, |definition| {
        definition::add_security(definition, name, scopes.clone());
    });
    Ok(())
}
