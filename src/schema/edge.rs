//! Facts about names, certificates, content delivery and APIs.

use super::fact::{Fact, Filler, Says, Spelling, fact};

const CASE: Says = Says::Spelling(Spelling::LowerCase);
const DOT: Says = Says::Spelling(Spelling::TrailingDot);
const RECORD: &[&str] = &["AWS::Route53::RecordSet"];
const RECORDS: &[&str] = &["AWS::Route53::RecordSetGroup"];
const WAF: &[&str] = &["AWS::WAFv2::WebACL", "AWS::WAFv2::RuleGroup", "AWS::WAFv2::LoggingConfiguration"];

/// A pool has the standard attributes of `OpenID` Connect besides its own (Cognito's developer guide, "Working with user
/// attributes").
const STANDARD_ATTRIBUTES: Filler = Filler {
    key: "Name",
    value: "Name",
    defaults: &[
        ("address", &["address"]),
        ("birthdate", &["birthdate"]),
        ("email", &["email"]),
        ("email_verified", &["email_verified"]),
        ("family_name", &["family_name"]),
        ("gender", &["gender"]),
        ("given_name", &["given_name"]),
        ("identities", &["identities"]),
        ("locale", &["locale"]),
        ("middle_name", &["middle_name"]),
        ("name", &["name"]),
        ("nickname", &["nickname"]),
        ("phone_number", &["phone_number"]),
        ("phone_number_verified", &["phone_number_verified"]),
        ("picture", &["picture"]),
        ("preferred_username", &["preferred_username"]),
        ("profile", &["profile"]),
        ("sub", &["sub"]),
        ("updated_at", &["updated_at"]),
        ("website", &["website"]),
        ("zoneinfo", &["zoneinfo"]),
    ],
};

pub(super) const FACTS: &[Fact] = &[
    // Domain names do not depend on letter case (RFC 4343), and Route 53 answers them fully qualified.
    fact(RECORD, &["Name", "AliasTarget.DNSName", "HostedZoneName"], CASE),
    fact(RECORD, &["Name", "AliasTarget.DNSName", "HostedZoneName"], DOT),
    fact(RECORDS, &["HostedZoneName", "RecordSets.*.Name", "RecordSets.*.AliasTarget.DNSName"], CASE),
    fact(RECORDS, &["HostedZoneName", "RecordSets.*.Name", "RecordSets.*.AliasTarget.DNSName"], DOT),
    fact(RECORDS, &["RecordSets"], Says::KeyedBy(&["Name", "Type", "SetIdentifier"])),
    fact(&["AWS::Route53::HostedZone"], &["Name"], DOT),
    fact(&["AWS::Route53::HostedZone"], &["Name"], CASE),
    fact(RECORDS, &["HostedZoneId", "RecordSets.*.AliasTarget.HostedZoneId"], Says::Spelling(Spelling::LastSegment)),
    // The first behavior that fits a path wins, and the first member of a group is the primary.
    fact(
        &["AWS::CloudFront::Distribution"],
        &["DistributionConfig.CacheBehaviors", "DistributionConfig.OriginGroups.Items.*.Members.Items"],
        Says::Ordered,
    ),
    fact(RECORD, &["HostedZoneId", "AliasTarget.HostedZoneId"], Says::Spelling(Spelling::LastSegment)),
    fact(
        &["AWS::Route53::DNSSEC", "AWS::Route53::KeySigningKey", "AWS::EC2::VPCEndpoint"],
        &["HostedZoneId"],
        Says::Spelling(Spelling::LastSegment),
    ),
    fact(&["AWS::Route53::HostedZone"], &["VPCs"], Says::KeyedBy(&["VPCId"])),
    fact(
        &[
            "AWS::ServiceDiscovery::HttpNamespace",
            "AWS::ServiceDiscovery::PrivateDnsNamespace",
            "AWS::ServiceDiscovery::PublicDnsNamespace",
            "AWS::Route53Resolver::FirewallDomainList",
        ],
        &["Name", "Domains.*"],
        DOT,
    ),
    fact(&["AWS::Route53Resolver::ResolverRule"], &["DomainName"], CASE),
    fact(&["AWS::Route53Resolver::ResolverRule"], &["DomainName"], DOT),
    fact(&["AWS::Route53Resolver::ResolverEndpoint"], &["IpAddresses"], Says::KeyedBy(&["SubnetId"])),
    // AWS picks addresses, and may return several of one subnet.
    fact(&["AWS::Route53Resolver::ResolverEndpoint"], &["IpAddresses"], Says::OpenMembers),
    fact(&["AWS::CertificateManager::Certificate"], &["DomainName", "SubjectAlternativeNames.*"], CASE),
    fact(&["AWS::CloudFront::PublicKey"], &["PublicKeyConfig.EncodedKey"], Says::Spelling(Spelling::OuterBlanks)),
    fact(&["AWS::ApiGatewayV2::Api"], &["CorsConfiguration.AllowHeaders.*", "CorsConfiguration.ExposeHeaders.*"], CASE),
    // HTTP field names (RFC 9110, 5.1); WAF stores them, and argument names, in lower case.
    fact(WAF, &["**.SingleHeader.Name", "**.SingleQueryArgument.Name"], CASE),
    // `FieldToMatch` is the API's JSON, and the answer the schema's.
    fact(WAF, &["**.SingleHeader", "**.SingleQueryArgument"], Says::Renames(&[("name", "Name")])),
    fact(&["AWS::WAFv2::IPSet"], &["Addresses.*"], Says::Spelling(Spelling::Cidr)),
    fact(
        &["AWS::CloudFront::Distribution", "AWS::CloudFront::DistributionTenant"],
        &["DistributionConfig.Aliases.*", "Domains.*"],
        CASE,
    ),
    fact(
        &["AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName", "AWS::Cognito::UserPoolDomain"],
        &["DomainName", "Domain"],
        CASE,
    ),
    fact(&["AWS::SES::EmailIdentity"], &["EmailIdentity"], CASE),
    fact(&["AWS::AppSync::ApiKey"], &["Expires"], Says::Spelling(Spelling::WholeHour)),
    fact(&["AWS::AppSync::Resolver"], &["PipelineConfig.Functions"], Says::Ordered),
    fact(&["AWS::ECR::RepositoryCreationTemplate"], &["Prefix"], Says::Spelling(Spelling::TrailingSlash)),
    fact(&["AWS::Cognito::UserPool"], &["Schema"], Says::KeyedBy(&["Name"])),
    fact(&["AWS::Cognito::UserPoolResourceServer"], &["Scopes"], Says::KeyedBy(&["ScopeName"])),
    // Processors of a transfer run one after the other.
    fact(&["AWS::Transfer::Workflow"], &["Steps", "OnExceptionSteps"], Says::Ordered),
    fact(&["AWS::Cognito::UserPoolUser"], &["UserAttributes"], Says::KeyedBy(&["Name"])),
    // The pool adds `sub` and what it verified.
    fact(&["AWS::Cognito::UserPoolUser"], &["UserAttributes"], Says::OpenMembers),
    fact(&["AWS::Cognito::UserPool"], &["Schema"], Says::FillsIn(&STANDARD_ATTRIBUTES)),
    fact(&["AWS::Cognito::UserPool"], &["Schema.*.Name"], Says::Spelling(Spelling::CustomAttribute)),
];
