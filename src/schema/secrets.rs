//! Which properties hold secrets, and taking them out.

use super::fact::{Fact, Facts, Says, fact};
use super::kubernetes;
use crate::model::{AttributePath, Fingerprinter, Kind, ResourceType, Step, Value};

const fn secret(types: &'static [&'static str], paths: &'static [&'static str]) -> Fact {
    fact(types, paths, Says::Secret)
}

/// Environment variables count as secrets whatever they are called: a name does not tell.
pub(super) const FACTS: &[Fact] = &[
    secret(&["AWS::Lambda::Function", "AWS::Serverless::Function"], &["Environment.Variables.*"]),
    secret(&["AWS::ECS::TaskDefinition"], &["ContainerDefinitions.*.Environment.*.Value"]),
    secret(&["AWS::Batch::JobDefinition"], &["ContainerProperties.Environment.*.Value"]),
    secret(&["AWS::CodeBuild::Project"], &["Environment.EnvironmentVariables.*.Value", "Triggers.WebhookSecret"]),
    secret(
        &["AWS::ElasticBeanstalk::ConfigurationTemplate", "AWS::ElasticBeanstalk::Environment"],
        &["OptionSettings.*.Value"],
    ),
    secret(&["AWS::AmazonMQ::Broker"], &["Users.*.Password", "LdapServerMetadata.ServiceAccountPassword"]),
    secret(
        &["AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::DocDB::DBCluster", "AWS::Redshift::Cluster"],
        &["MasterUserPassword", "TdeCredentialPassword"],
    ),
    secret(&["AWS::RedshiftServerless::Namespace"], &["AdminUserPassword"]),
    secret(&["AWS::ElastiCache::ReplicationGroup"], &["AuthToken"]),
    secret(&["AWS::ElastiCache::User", "AWS::MemoryDB::User"], &["Passwords", "AuthenticationMode.Passwords"]),
    secret(&["AWS::DMS::Endpoint"], &["Password", "MongoDbSettings.Password", "RedshiftSettings.Password"]),
    secret(&["AWS::DirectoryService::MicrosoftAD", "AWS::DirectoryService::SimpleAD"], &["Password"]),
    secret(&["AWS::IAM::User"], &["LoginProfile.Password"]),
    secret(&["AWS::OpenSearchService::Domain"], &["AdvancedSecurityOptions.MasterUserOptions.MasterUserPassword"]),
    secret(&["AWS::SecretsManager::Secret"], &["SecretString"]),
    secret(
        &["AWS::Events::Connection"],
        &[
            "AuthParameters.BasicAuthParameters.Password",
            "AuthParameters.ApiKeyAuthParameters.ApiKeyValue",
            "AuthParameters.OAuthParameters.ClientParameters.ClientSecret",
        ],
    ),
    secret(&["AWS::Amplify::App"], &["AccessToken", "OauthToken", "EnvironmentVariables.*.Value"]),
    secret(
        &["AWS::KinesisFirehose::DeliveryStream"],
        &[
            "HttpEndpointDestinationConfiguration.EndpointConfiguration.AccessKey",
            "SplunkDestinationConfiguration.HECToken",
            "RedshiftDestinationConfiguration.Password",
        ],
    ),
    secret(&["AWS::Cognito::UserPoolIdentityProvider"], &["ProviderDetails.client_secret"]),
    secret(&["AWS::ElasticLoadBalancingV2::Listener"], &["DefaultActions.*.AuthenticateOidcConfig.ClientSecret"]),
    secret(&["AWS::ElasticLoadBalancingV2::ListenerRule"], &["Actions.*.AuthenticateOidcConfig.ClientSecret"]),
    secret(&["AWS::EC2::VPNConnection"], &["VpnTunnelOptionsSpecifications.*.PreSharedKey"]),
];

/// The value with every secret of the type replaced by its fingerprint, for all sides and before anything else.
///
/// A `SecureString` parameter's value is a secret because the resource says so itself.
pub fn hide_secrets(resource_type: &ResourceType, value: Value, fingerprinter: &Fingerprinter) -> Value {
    if kubernetes::kind_of(resource_type).is_some() {
        return kubernetes::hide_secrets(resource_type, value, fingerprinter);
    }
    let secure = value.get("Type").and_then(Value::as_str) == Some("SecureString");
    let whole_value = secure && resource_type.as_str() == "AWS::SSM::Parameter";
    let facts = Facts::of(resource_type);
    if !whole_value && !facts.say_anywhere(Says::Secret) {
        return value;
    }
    let hiding = Hiding { facts, fingerprinter, whole_value };
    hiding.hide(&AttributePath::root(), &value)
}

struct Hiding<'a> {
    facts: Facts,
    fingerprinter: &'a Fingerprinter,
    whole_value: bool,
}

/// Deeper than any property that is a secret.
const MAX_DEPTH: usize = 16;

impl Hiding<'_> {
    fn hide(&self, path: &AttributePath, value: &Value) -> Value {
        let parameter = self.whole_value && path.steps() == [Step::Key("Value".into())];
        if parameter || self.facts.say(path, Says::Secret) {
            return self.fingerprinter.hide(value);
        }
        match &value.kind {
            _ if path.steps().len() > MAX_DEPTH => value.clone(),
            Kind::Object(members) => value.with(Kind::Object(
                members.iter().map(|(key, member)| (key.clone(), self.hide(&path.key(key), member))).collect(),
            )),
            Kind::List(items) => value.with(Kind::List(
                items.iter().enumerate().map(|(at, item)| self.hide(&path.then(Step::Index(at)), item)).collect(),
            )),
            _ => value.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hidden(resource_type: &str, value: serde_json::Value) -> String {
        let value = Value::from_json(&value);
        hide_secrets(&resource_type.into(), value, &Fingerprinter::new(*b"key")).to_json().to_string()
    }

    #[test]
    fn secrets_are_taken_out_and_names_stay() {
        let check = |resource_type: &str, value: serde_json::Value, stays: &str| {
            let text = hidden(resource_type, value);
            assert!(!text.contains("hunter2") && text.contains(stays), "{text}");
        };
        check("AWS::Lambda::Function", json!({"Environment": {"Variables": {"DB": "hunter2"}}}), "DB");
        let container = json!({"Name": "app", "Environment": [{"Name": "DB", "Value": "hunter2"}]});
        check("AWS::ECS::TaskDefinition", json!({"ContainerDefinitions": [container]}), "app");
        check("AWS::RDS::DBInstance", json!({"MasterUserPassword": "hunter2", "Engine": "mysql"}), "mysql");
        check("AWS::SSM::Parameter", json!({"Type": "SecureString", "Value": "hunter2", "Name": "n"}), "SecureString");
    }

    #[test]
    fn what_is_not_a_secret_is_not_touched() {
        let parameter = json!({"Type": "String", "Value": "v1"});
        assert_eq!(
            hidden("AWS::SSM::Parameter", parameter.clone()),
            Value::from_json(&parameter).to_json().to_string()
        );
    }
}
