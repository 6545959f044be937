//! Listeners and their rules. Properties: the CloudFormation reference of `AWS::ElasticLoadBalancingV2::*` and the API
//! reference of `ListenerAttribute`; attributes: the provider's schema (5.100).

use super::super::rule::{
    Mapping, Produce, Rule, Tags, block, blocks, entry, flag, free_text, given, listed, listed_in, map, number,
    number_unless, some_blocks, text, texts,
};

/// The tables.
pub(in crate::schema::terraform) const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_lb_listener",
        canonical: "AWS::ElasticLoadBalancingV2::Listener",
        identifier: &["arn", "id"],
        tags: Tags::List,
        rules: LISTENER,
        produce: Produce::Resource,
    },
    Mapping {
        terraform: "aws_lb_listener_rule",
        canonical: "AWS::ElasticLoadBalancingV2::ListenerRule",
        identifier: &["arn", "id"],
        tags: Tags::List,
        rules: &[
            text("listener_arn", "ListenerArn"),
            number_unless(0, "priority", "Priority"),
            blocks("action", "Actions", ACTION),
            blocks("condition", "Conditions", CONDITION),
        ],
        produce: Produce::Resource,
    },
];

const ATTRIBUTES: &str = "ListenerAttributes";

const LISTENER: &[Rule] = &[
    text("load_balancer_arn", "LoadBalancerArn"),
    number_unless(0, "port", "Port"),
    text("protocol", "Protocol"),
    text("ssl_policy", "SslPolicy"),
    listed("alpn_policy", "AlpnPolicy"),
    listed_in("certificate_arn", "Certificates", "CertificateArn"),
    blocks("default_action", "DefaultActions", ACTION),
    block(
        "mutual_authentication",
        "MutualAuthentication",
        &[
            text("advertise_trust_store_ca_names", "AdvertiseTrustStoreCaNames"),
            flag("ignore_client_certificate_expiry", "IgnoreClientCertificateExpiry"),
            text("mode", "Mode"),
            text("trust_store_arn", "TrustStoreArn"),
        ],
    ),
    entry("tcp_idle_timeout_seconds", ATTRIBUTES, "tcp.idle_timeout.seconds"),
    entry(
        "routing_http_request_x_amzn_mtls_clientcert_header_name",
        ATTRIBUTES,
        "routing.http.request.x_amzn_mtls_clientcert.header_name",
    ),
    entry(
        "routing_http_request_x_amzn_mtls_clientcert_issuer_header_name",
        ATTRIBUTES,
        "routing.http.request.x_amzn_mtls_clientcert_issuer.header_name",
    ),
    entry(
        "routing_http_request_x_amzn_mtls_clientcert_leaf_header_name",
        ATTRIBUTES,
        "routing.http.request.x_amzn_mtls_clientcert_leaf.header_name",
    ),
    entry(
        "routing_http_request_x_amzn_mtls_clientcert_serial_number_header_name",
        ATTRIBUTES,
        "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name",
    ),
    entry(
        "routing_http_request_x_amzn_mtls_clientcert_subject_header_name",
        ATTRIBUTES,
        "routing.http.request.x_amzn_mtls_clientcert_subject.header_name",
    ),
    entry(
        "routing_http_request_x_amzn_mtls_clientcert_validity_header_name",
        ATTRIBUTES,
        "routing.http.request.x_amzn_mtls_clientcert_validity.header_name",
    ),
    entry(
        "routing_http_request_x_amzn_tls_cipher_suite_header_name",
        ATTRIBUTES,
        "routing.http.request.x_amzn_tls_cipher_suite.header_name",
    ),
    entry(
        "routing_http_request_x_amzn_tls_version_header_name",
        ATTRIBUTES,
        "routing.http.request.x_amzn_tls_version.header_name",
    ),
    entry(
        "routing_http_response_access_control_allow_credentials_header_value",
        ATTRIBUTES,
        "routing.http.response.access_control_allow_credentials.header_value",
    ),
    entry(
        "routing_http_response_access_control_allow_headers_header_value",
        ATTRIBUTES,
        "routing.http.response.access_control_allow_headers.header_value",
    ),
    entry(
        "routing_http_response_access_control_allow_methods_header_value",
        ATTRIBUTES,
        "routing.http.response.access_control_allow_methods.header_value",
    ),
    entry(
        "routing_http_response_access_control_allow_origin_header_value",
        ATTRIBUTES,
        "routing.http.response.access_control_allow_origin.header_value",
    ),
    entry(
        "routing_http_response_access_control_expose_headers_header_value",
        ATTRIBUTES,
        "routing.http.response.access_control_expose_headers.header_value",
    ),
    entry(
        "routing_http_response_access_control_max_age_header_value",
        ATTRIBUTES,
        "routing.http.response.access_control_max_age.header_value",
    ),
    entry(
        "routing_http_response_content_security_policy_header_value",
        ATTRIBUTES,
        "routing.http.response.content_security_policy.header_value",
    ),
    entry(
        "routing_http_response_strict_transport_security_header_value",
        ATTRIBUTES,
        "routing.http.response.strict_transport_security.header_value",
    ),
    entry(
        "routing_http_response_x_content_type_options_header_value",
        ATTRIBUTES,
        "routing.http.response.x_content_type_options.header_value",
    ),
    entry(
        "routing_http_response_x_frame_options_header_value",
        ATTRIBUTES,
        "routing.http.response.x_frame_options.header_value",
    ),
    entry("routing_http_response_server_enabled", ATTRIBUTES, "routing.http.response.server.enabled"),
];

/// An action; the same names in listeners and rules.
const ACTION: &[Rule] = &[
    number_unless(0, "order", "Order"),
    text("target_group_arn", "TargetGroupArn"),
    text("type", "Type"),
    block(
        "authenticate_cognito",
        "AuthenticateCognitoConfig",
        &[
            map("authentication_request_extra_params", "AuthenticationRequestExtraParams"),
            text("on_unauthenticated_request", "OnUnauthenticatedRequest"),
            text("scope", "Scope"),
            text("session_cookie_name", "SessionCookieName"),
            number_unless(0, "session_timeout", "SessionTimeout"),
            text("user_pool_arn", "UserPoolArn"),
            text("user_pool_client_id", "UserPoolClientId"),
            text("user_pool_domain", "UserPoolDomain"),
        ],
    ),
    block(
        "authenticate_oidc",
        "AuthenticateOidcConfig",
        &[
            map("authentication_request_extra_params", "AuthenticationRequestExtraParams"),
            text("authorization_endpoint", "AuthorizationEndpoint"),
            text("client_id", "ClientId"),
            text("client_secret", "ClientSecret"),
            text("issuer", "Issuer"),
            text("on_unauthenticated_request", "OnUnauthenticatedRequest"),
            text("scope", "Scope"),
            text("session_cookie_name", "SessionCookieName"),
            number_unless(0, "session_timeout", "SessionTimeout"),
            text("token_endpoint", "TokenEndpoint"),
            text("user_info_endpoint", "UserInfoEndpoint"),
        ],
    ),
    block(
        "fixed_response",
        "FixedResponseConfig",
        &[
            text("content_type", "ContentType"),
            free_text("message_body", "MessageBody"),
            text("status_code", "StatusCode"),
        ],
    ),
    block(
        "forward",
        "ForwardConfig",
        &[
            block(
                "stickiness",
                "TargetGroupStickinessConfig",
                &[number_unless(0, "duration", "DurationSeconds"), flag("enabled", "Enabled")],
            ),
            // A weight of 0 sends nothing there.
            blocks("target_group", "TargetGroups", &[text("arn", "TargetGroupArn"), number("weight", "Weight")]),
        ],
    ),
    block(
        "redirect",
        "RedirectConfig",
        &[
            text("host", "Host"),
            text("path", "Path"),
            text("port", "Port"),
            text("protocol", "Protocol"),
            free_text("query", "Query"),
            text("status_code", "StatusCode"),
        ],
    ),
];

/// A condition; in CloudFormation it says besides which field it is about.
const CONDITION: &[Rule] = &[
    given("host_header", "Field", "host-header"),
    block("host_header", "HostHeaderConfig", VALUES),
    given("http_header", "Field", "http-header"),
    block("http_header", "HttpHeaderConfig", &[text("http_header_name", "HttpHeaderName"), texts("values", "Values")]),
    given("http_request_method", "Field", "http-request-method"),
    block("http_request_method", "HttpRequestMethodConfig", VALUES),
    given("path_pattern", "Field", "path-pattern"),
    block("path_pattern", "PathPatternConfig", VALUES),
    given("query_string", "Field", "query-string"),
    some_blocks("query_string", "QueryStringConfig.Values", &[text("key", "Key"), free_text("value", "Value")]),
    given("source_ip", "Field", "source-ip"),
    block("source_ip", "SourceIpConfig", VALUES),
];

const VALUES: &[Rule] = &[texts("values", "Values")];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::{canonical_paths, check};

    #[test]
    fn a_listener_has_lists_where_terraform_has_one() {
        check(
            "aws_lb_listener",
            &json!({
                "alpn_policy": "HTTP2Preferred", "arn": "arn:li", "certificate_arn": "arn:c",
                "default_action": [{
                    "authenticate_cognito": [], "authenticate_oidc": [], "fixed_response": [], "forward": [],
                    "order": 1, "redirect": [], "target_group_arn": "arn:t", "type": "forward"}],
                "id": "arn:li", "load_balancer_arn": "arn:l",
                "mutual_authentication": [{"advertise_trust_store_ca_names": "", "mode": "off",
                    "ignore_client_certificate_expiry": false, "trust_store_arn": ""}],
                "port": 443, "protocol": "HTTPS",
                "routing_http_request_x_amzn_mtls_clientcert_serial_number_header_name": "X-Serial",
                "routing_http_response_server_enabled": false,
                "routing_http_response_x_frame_options_header_value": "",
                "ssl_policy": "ELBSecurityPolicy-2016-08", "tcp_idle_timeout_seconds": null, "timeouts": null
            }),
            &json!({
                "AlpnPolicy": ["HTTP2Preferred"], "Certificates": [{"CertificateArn": "arn:c"}],
                "DefaultActions": [{"Order": 1, "TargetGroupArn": "arn:t", "Type": "forward"}],
                "ListenerAttributes": [
                    {"Key": "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name",
                        "Value": "X-Serial"},
                    {"Key": "routing.http.response.server.enabled", "Value": "false"}],
                "LoadBalancerArn": "arn:l",
                "MutualAuthentication": {"IgnoreClientCertificateExpiry": false, "Mode": "off"},
                "Port": 443, "Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-2016-08"
            }),
        );
        check("aws_lb_listener", &json!({"alpn_policy": "", "certificate_arn": "", "port": 0}), &json!({}));
    }

    #[test]
    fn an_action_forwards_redirects_or_answers() {
        let action = |action, expect| {
            check("aws_lb_listener", &json!({"default_action": [action]}), &json!({"DefaultActions": [expect]}));
        };
        action(
            json!({"forward": [{"stickiness": [{"duration": 0, "enabled": false}],
                "target_group": [{"arn": "arn:a", "weight": 0}, {"arn": "arn:b", "weight": 100}]}],
                "order": 0, "target_group_arn": "", "type": "forward"}),
            json!({"ForwardConfig": {"TargetGroupStickinessConfig": {"Enabled": false},
                "TargetGroups": [{"TargetGroupArn": "arn:a", "Weight": 0}, {"TargetGroupArn": "arn:b",
                    "Weight": 100}]}, "Type": "forward"}),
        );
        action(
            json!({"redirect": [{"host": "#{host}", "path": "/#{path}", "port": "443", "protocol": "HTTPS",
                "query": "", "status_code": "HTTP_301"}], "type": "redirect"}),
            json!({"RedirectConfig": {"Host": "#{host}", "Path": "/#{path}", "Port": "443", "Protocol": "HTTPS",
                "Query": "", "StatusCode": "HTTP_301"}, "Type": "redirect"}),
        );
        action(
            json!({"fixed_response": [{"content_type": "text/plain", "message_body": "no", "status_code": 404}],
                "type": "fixed-response"}),
            json!({"FixedResponseConfig": {"ContentType": "text/plain", "MessageBody": "no", "StatusCode": "404"},
                "Type": "fixed-response"}),
        );
        action(
            json!({"authenticate_cognito": [{"authentication_request_extra_params": {"display": "page"},
                "session_timeout": 300, "user_pool_arn": "arn:u"}], "order": 1, "type": "authenticate-cognito"}),
            json!({"AuthenticateCognitoConfig": {"AuthenticationRequestExtraParams": {"display": "page"},
                "SessionTimeout": 300, "UserPoolArn": "arn:u"}, "Order": 1, "Type": "authenticate-cognito"}),
        );
    }

    #[test]
    fn a_condition_names_its_field() {
        let none = json!([]);
        let condition = |name: &str, value: serde_json::Value| {
            let mut condition = json!({"host_header": none, "http_header": none, "http_request_method": none,
                "path_pattern": none, "query_string": none, "source_ip": none});
            condition[name] = value;
            condition
        };
        check(
            "aws_lb_listener_rule",
            &json!({"action": [], "arn": "arn:r", "id": "arn:r", "listener_arn": "arn:li", "priority": 10,
                "condition": [
                    condition("host_header", json!([{"values": ["a.example"]}])),
                    condition("http_header", json!([{"http_header_name": "X-A", "values": ["1"]}])),
                    condition("query_string", json!([{"key": "", "value": "x"}, {"key": "k", "value": "y"}]))]}),
            &json!({"Actions": [], "ListenerArn": "arn:li", "Priority": 10,
                "Conditions": [
                    {"Field": "host-header", "HostHeaderConfig": {"Values": ["a.example"]}},
                    {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-A", "Values": ["1"]}},
                    {"Field": "query-string", "QueryStringConfig": {"Values": [{"Value": "x"},
                        {"Key": "k", "Value": "y"}]}}]}),
        );
        let paths = canonical_paths("aws_lb_listener_rule", "condition[0].path_pattern[0].values");
        assert_eq!(paths, ["Conditions.*.PathPatternConfig.Values"]);
    }
}
