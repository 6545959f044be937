//! Facts about names, certificates, content delivery and APIs.

use super::fact::{Fact, Order, Says, Spelling, fact};

const CASE: Says = Says::Spelling(Spelling::LetterCase);
const DOT: Says = Says::Spelling(Spelling::TrailingDot);
const RECORD: &[&str] = &["AWS::Route53::RecordSet"];
const RECORDS: &[&str] = &["AWS::Route53::RecordSetGroup"];
const WAF: &[&str] = &["AWS::WAFv2::WebACL", "AWS::WAFv2::RuleGroup", "AWS::WAFv2::LoggingConfiguration"];

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
    fact(RECORD, &["HostedZoneId"], Says::Spelling(Spelling::LastSegment)),
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
    fact(&["AWS::WAFv2::IPSet"], &["Addresses.*"], Says::Spelling(Spelling::Cidr)),
    fact(&["AWS::S3::AccessPoint"], &["Policy"], Says::Policy),
    fact(&["AWS::S3ObjectLambda::AccessPointPolicy"], &["PolicyDocument"], Says::Policy),
    fact(&["AWS::AppSync::ApiKey"], &["Expires"], Says::Spelling(Spelling::WholeHour)),
    fact(&["AWS::AppSync::Resolver"], &["PipelineConfig.Functions"], Says::Ordered),
    fact(
        &["AWS::OpenSearchServerless::SecurityPolicy", "AWS::OpenSearchServerless::AccessPolicy"],
        &["Policy"],
        Says::Json(Order::Free),
    ),
    fact(&["AWS::ECR::Repository"], &["LifecyclePolicy.LifecyclePolicyText"], Says::Json(Order::Kept)),
    fact(&["AWS::ECR::RepositoryCreationTemplate"], &["Prefix"], Says::Spelling(Spelling::TrailingSlash)),
    fact(&["AWS::ECR::RepositoryCreationTemplate"], &["RepositoryPolicy"], Says::Policy),
    fact(&["AWS::Cognito::UserPool"], &["Schema"], Says::KeyedBy(&["Name"])),
    fact(&["AWS::Cognito::UserPoolUser"], &["UserAttributes"], Says::KeyedBy(&["Name"])),
    // The pool adds `sub` and what it verified.
    fact(&["AWS::Cognito::UserPoolUser"], &["UserAttributes"], Says::OpenMembers),
    // A pool has the standard attributes of OpenID Connect besides its own.
    fact(&["AWS::Cognito::UserPool"], &["Schema"], Says::OpenMembers),
    fact(&["AWS::Cognito::UserPool"], &["Schema.*.Name"], Says::Spelling(Spelling::CustomAttribute)),
];
