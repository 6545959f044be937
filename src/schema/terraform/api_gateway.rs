//! Amazon API Gateway. Properties: the CloudFormation reference of `AWS::ApiGateway::RestApi` and
//! `AWS::ApiGatewayV2::Api`; attributes: the provider's schema (5.100).

use super::rule::{
    Mapping, Produce, Rule, Tags, block, document, flag, free_text, map, number, number_unless, some_texts, text,
};

/// The tables.
pub(super) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_api_gateway_rest_api",
        canonical: "AWS::ApiGateway::RestApi",
        identifier: &["id"],
        tags: Tags::List,
        rules: &[
            text("name", "Name"),
            free_text("description", "Description"),
            text("api_key_source", "ApiKeySourceType"),
            some_texts("binary_media_types", "BinaryMediaTypes"),
            document("body", "Body"),
            flag("disable_execute_api_endpoint", "DisableExecuteApiEndpoint"),
            flag("fail_on_warnings", "FailOnWarnings"),
            // A text; -1 turns compression off.
            number_unless(-1, "minimum_compression_size", "MinimumCompressionSize"),
            map("parameters", "Parameters"),
            document("policy", "Policy"),
            text("put_rest_api_mode", "Mode"),
            block(
                "endpoint_configuration",
                "EndpointConfiguration",
                &[
                    text("ip_address_type", "IpAddressType"),
                    some_texts("types", "Types"),
                    some_texts("vpc_endpoint_ids", "VpcEndpointIds"),
                ],
            ),
            Rule::Computed(&["created_date", "execution_arn", "root_resource_id"]),
        ],
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_apigatewayv2_api",
        canonical: "AWS::ApiGatewayV2::Api",
        identifier: &["id"],
        tags: Tags::Map,
        rules: &[
            text("name", "Name"),
            free_text("description", "Description"),
            text("protocol_type", "ProtocolType"),
            text("api_key_selection_expression", "ApiKeySelectionExpression"),
            document("body", "Body"),
            text("credentials_arn", "CredentialsArn"),
            flag("disable_execute_api_endpoint", "DisableExecuteApiEndpoint"),
            flag("fail_on_warnings", "FailOnWarnings"),
            text("ip_address_type", "IpAddressType"),
            text("route_key", "RouteKey"),
            text("route_selection_expression", "RouteSelectionExpression"),
            text("target", "Target"),
            text("version", "Version"),
            block(
                "cors_configuration",
                "CorsConfiguration",
                &[
                    flag("allow_credentials", "AllowCredentials"),
                    some_texts("allow_headers", "AllowHeaders"),
                    some_texts("allow_methods", "AllowMethods"),
                    some_texts("allow_origins", "AllowOrigins"),
                    some_texts("expose_headers", "ExposeHeaders"),
                    number("max_age", "MaxAge"),
                ],
            ),
            Rule::Computed(&["api_endpoint", "execution_arn"]),
        ],
        produce: Produce::Resource,
    },
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::check;

    #[test]
    fn a_rest_api_has_its_policy_as_a_document() {
        let check = |size, expect: serde_json::Value| {
            let mut expected = json!({
                "ApiKeySourceType": "HEADER", "Description": "", "DisableExecuteApiEndpoint": false,
                "EndpointConfiguration": {"IpAddressType": "ipv4", "Types": ["REGIONAL"]}, "Name": "a",
                "Policy": {"Version": "2012-10-17"}, "Tags": []
            });
            expected.as_object_mut().unwrap().extend(expect.as_object().unwrap().clone());
            check(
                "aws_api_gateway_rest_api",
                &json!({
                    "api_key_source": "HEADER", "arn": "arn:a", "binary_media_types": [], "body": null,
                    "created_date": "2026-01-01", "description": "", "disable_execute_api_endpoint": false,
                    "endpoint_configuration": [{"ip_address_type": "ipv4", "types": ["REGIONAL"],
                        "vpc_endpoint_ids": null}],
                    "execution_arn": "arn:e", "fail_on_warnings": null, "id": "x", "minimum_compression_size": size,
                    "name": "a", "parameters": null, "policy": "{\"Version\":\"2012-10-17\"}",
                    "put_rest_api_mode": null, "root_resource_id": "r", "tags": null, "tags_all": {}
                }),
                &expected,
            );
        };
        check("", json!({}));
        check("-1", json!({}));
        check("0", json!({"MinimumCompressionSize": 0}));
    }

    #[test]
    fn an_http_api_keeps_its_tags_as_a_map() {
        check(
            "aws_apigatewayv2_api",
            &json!({
                "api_endpoint": "e", "api_key_selection_expression": "$request.header.x-api-key", "arn": "arn:a",
                "body": null,
                "cors_configuration": [{"allow_credentials": false, "allow_headers": null, "allow_methods": ["GET"],
                    "allow_origins": ["https://a"], "expose_headers": null, "max_age": 0}],
                "credentials_arn": null, "description": "", "disable_execute_api_endpoint": true,
                "execution_arn": "arn:e", "fail_on_warnings": null, "id": "x", "ip_address_type": "ipv4", "name": "a",
                "protocol_type": "HTTP", "route_key": null,
                "route_selection_expression": "$request.method $request.path", "tags": {"a": "b"},
                "tags_all": {"a": "b"}, "target": null, "version": ""
            }),
            &json!({
                "ApiKeySelectionExpression": "$request.header.x-api-key",
                "CorsConfiguration": {"AllowCredentials": false, "AllowMethods": ["GET"],
                    "AllowOrigins": ["https://a"], "MaxAge": 0},
                "Description": "", "DisableExecuteApiEndpoint": true, "IpAddressType": "ipv4", "Name": "a",
                "ProtocolType": "HTTP", "RouteSelectionExpression": "$request.method $request.path",
                "Tags": {"a": "b"}
            }),
        );
    }
}
