//! CodeDeploy, API Gateway and CloudFront. Source: their API references; property names of `AWS::CodeDeploy::*`,
//! `AWS::ApiGateway::*`, `AWS::ApiGatewayV2::*` and `AWS::CloudFront::Distribution`.

use super::change::Change::{Computed, Gone, Merge, Same, Set, Unread, UnreadIf};
use super::change::unspecified;
use super::{Outcome, Parameters, Prediction, Row, Select, null, path, row};
use crate::model::Value;

const GROUP: &str = "AWS::CodeDeploy::DeploymentGroup";
const BY_GROUP: &[Select] = &[Select::Is("ApplicationName"), Select::Is("DeploymentGroupName")];
const BY_CURRENT: &[Select] = &[Select::Is("ApplicationName"), Select::Is("CurrentDeploymentGroupName")];
const STAGE: &str = "AWS::ApiGateway::Stage";
const BY_STAGE: &[Select] = &[Select::Is("RestApiId"), Select::Is("StageName")];
const STAGE_V2: &str = "AWS::ApiGatewayV2::Stage";
const BY_STAGE_V2: &[Select] = &[Select::Is("ApiId"), Select::Is("StageName")];
const API_V2: &str = "AWS::ApiGatewayV2::Api";

pub(super) const ROWS: &[Row] = &[
    row(
        "deploy update-deployment-group",
        GROUP,
        BY_CURRENT,
        &[
            Same(&["DeploymentConfigName", "ServiceRoleArn", "OutdatedInstancesStrategy", "TerminationHookEnabled"]),
            Same(&["AlarmConfiguration", "AutoRollbackConfiguration", "BlueGreenDeploymentConfiguration"]),
            Same(&["DeploymentStyle", "AutoScalingGroups", "Ec2TagFilters", "TriggerConfigurations", "ECSServices"]),
            Set("NewDeploymentGroupName", "DeploymentGroupName"),
            UnreadIf("LoadBalancerInfo", "LoadBalancerInfo"),
        ],
    ),
    row("deploy delete-deployment-group", GROUP, BY_GROUP, &[Gone]),
    row("apigateway update-stage", STAGE, BY_STAGE, &[Computed(patched_stage)]),
    row("apigateway delete-stage", STAGE, BY_STAGE, &[Gone]),
    row("apigateway create-deployment", STAGE, BY_STAGE, &[Unread("DeploymentId")]),
    row("apigateway update-rest-api", "AWS::ApiGateway::RestApi", &[Select::Is("RestApiId")], &[Computed(patched_api)]),
    row("apigateway put-rest-api", "AWS::ApiGateway::RestApi", &[Select::Is("RestApiId")], &[Unread("")]),
    row(
        "apigatewayv2 update-stage",
        STAGE_V2,
        BY_STAGE_V2,
        &[
            Same(&["AutoDeploy", "ClientCertificateId", "DeploymentId", "Description", "StageVariables"]),
            Merge("AccessLogSettings", "AccessLogSettings"),
            Merge("DefaultRouteSettings", "DefaultRouteSettings"),
            UnreadIf("RouteSettings", "RouteSettings"),
        ],
    ),
    row(
        "apigatewayv2 update-api",
        API_V2,
        &[Select::Is("ApiId")],
        &[
            Same(&["ApiKeySelectionExpression", "Description", "DisableExecuteApiEndpoint", "Name", "Version"]),
            Set("RouteSelectionExpression", "RouteSelectionExpression"),
            UnreadIf("CorsConfiguration", "CorsConfiguration"),
        ],
    ),
    row("apigatewayv2 delete-api", API_V2, &[Select::Is("ApiId")], &[Gone]),
    row(
        "apigatewayv2 update-integration",
        "AWS::ApiGatewayV2::Integration",
        &[Select::Is("ApiId"), Select::Is("IntegrationId")],
        &[
            Same(&["ConnectionId", "ConnectionType", "Description", "IntegrationMethod", "IntegrationType"]),
            Same(&["IntegrationUri", "PassthroughBehavior", "PayloadFormatVersion", "TimeoutInMillis"]),
        ],
    ),
    row(
        "apigatewayv2 update-route",
        "AWS::ApiGatewayV2::Route",
        &[Select::Is("ApiId"), Select::Is("RouteId")],
        &[
            Same(&["ApiKeyRequired", "AuthorizationScopes", "AuthorizationType", "AuthorizerId", "OperationName"]),
            Same(&["RouteKey", "Target"]),
        ],
    ),
    row(
        "cloudfront update-distribution",
        "AWS::CloudFront::Distribution",
        &[Select::Is("Id")],
        &[Unread("DistributionConfig")],
    ),
    row("cloudfront delete-distribution", "AWS::CloudFront::Distribution", &[Select::Is("Id")], &[Gone]),
];

/// `--patch-operations op=replace,path=/variables/x,value=y`: each with its property, by a table of paths.
fn patched(parameters: &Parameters<'_>, properties: &[(&str, &str)]) -> Vec<Outcome> {
    let Some(operations) = parameters.items("PatchOperations") else { return vec![unspecified("")] };
    operations.iter().map(|operation| one_patch(operation, properties).unwrap_or_else(|| unspecified(""))).collect()
}

fn one_patch(operation: &Value, properties: &[(&str, &str)]) -> Option<Outcome> {
    let text = |name: &str| operation.get(name).and_then(Value::as_str);
    let at = text("Path")?;
    let prediction = match text("Op")? {
        "remove" => Prediction::Is(null()),
        "add" | "replace" => Prediction::of(operation.get("Value").cloned().unwrap_or_else(null)),
        _ => Prediction::Unspecified,
    };
    if let Some((_, property)) = properties.iter().find(|(path, _)| *path == at) {
        return Some((path(property), prediction));
    }
    let variable = at.strip_prefix("/variables/").filter(|name| !name.contains('/'))?;
    Some((path("Variables").key(variable), prediction))
}

fn patched_stage(parameters: &Parameters<'_>) -> Vec<Outcome> {
    const PROPERTIES: &[(&str, &str)] = &[
        ("/deploymentId", "DeploymentId"),
        ("/description", "Description"),
        ("/tracingEnabled", "TracingEnabled"),
        ("/cacheClusterEnabled", "CacheClusterEnabled"),
        ("/cacheClusterSize", "CacheClusterSize"),
        ("/clientCertificateId", "ClientCertificateId"),
    ];
    patched(parameters, PROPERTIES)
}

fn patched_api(parameters: &Parameters<'_>) -> Vec<Outcome> {
    const PROPERTIES: &[(&str, &str)] = &[
        ("/description", "Description"),
        ("/name", "Name"),
        ("/disableExecuteApiEndpoint", "DisableExecuteApiEndpoint"),
        ("/minimumCompressionSize", "MinimumCompressionSize"),
        ("/apiKeySource", "ApiKeySourceType"),
    ];
    patched(parameters, PROPERTIES)
}
