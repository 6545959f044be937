//! `FunctionUrlConfig`: the URL of a function and who may call it.

use super::Function;
use crate::declared::cloudformation::sam::events::Target;
use crate::declared::cloudformation::sam::resource::Resource;
use crate::declared::cloudformation::sam::tree::{Expand, call, fault, field, set_field, text};
use crate::model::Value;

const CORS: [&str; 6] = ["AllowOrigins", "AllowMethods", "AllowCredentials", "AllowHeaders", "ExposeHeaders", "MaxAge"];

/// Adds the URL, and if everybody may call it, the permissions for that.
pub(super) fn expand(function: &Function<'_>, target: &Target, resources: &mut Vec<Resource>) -> Expand<()> {
    let Some(config) = function.set_property("FunctionUrlConfig") else { return Ok(()) };
    let auth = field(config, "AuthType");
    let is_function = auth.is_some_and(|auth| call(auth).is_some()) || call(config).is_some();
    if !is_function && !matches!(auth.and_then(Value::as_str), Some("AWS_IAM" | "NONE")) {
        return fault(config, "`FunctionUrlConfig` takes an `AuthType`, `AWS_IAM` or `NONE`");
    }
    let cors = set_field(config, "Cors");
    for (name, value) in cors.filter(|cors| call(cors).is_none()).and_then(Value::as_object).into_iter().flatten() {
        if !CORS.contains(&name.as_str()) {
            return fault(value, format!("`{name}` is not a property of `Cors`"));
        }
    }
    let new =
        |kind, suffix: &str| Resource::new(kind, format!("{}{suffix}", function.id), &function.attributes, config);
    resources.push(
        new("AWS::Lambda::Url", "Url")
            .maybe("Cors", cors.cloned())
            .maybe("AuthType", auth.cloned())
            .with("TargetFunctionArn", target.name.clone())
            .maybe("InvokeMode", field(config, "InvokeMode").cloned()),
    );
    if text(config, "AuthType") == Some("NONE") && call(config).is_none() {
        let public = |suffix, action: &str| {
            let permission = new("AWS::Lambda::Permission", suffix);
            permission.with("Action", action).with("FunctionName", target.name.clone()).with("Principal", "*")
        };
        resources.push(public("UrlPublicPermissions", "lambda:InvokeFunctionUrl").with("FunctionUrlAuthType", "NONE"));
        resources
            .push(public("URLInvokeAllowPublicAccess", "lambda:InvokeFunction").with("InvokedViaFunctionUrl", true));
    }
    Ok(())
}
