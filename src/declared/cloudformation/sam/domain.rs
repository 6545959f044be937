//! `Domain` of an API: a custom domain, what maps its paths to the API, and its DNS records.

use super::Expansion;
use super::definition::ApiKind;
use super::names::is_alphanumeric;
use super::resource::{Attributes, Resource};
use super::tree::{
    Expand, as_items, attribute, fault, field, is_true, items, reference, says_something, set_field, tree,
};
use crate::model::Value;

/// The hosted zone of all CloudFront distributions (AWS documentation, "Amazon Route 53 alias targets").
const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";

/// The API that a domain is for.
pub(super) struct Api<'a> {
    pub(super) id: &'a str,
    pub(super) kind: ApiKind,
    /// The logical id of its stage.
    pub(super) stage: &'a str,
    pub(super) attributes: &'a Attributes,
}

/// How a domain is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    Regional,
    Edge,
    Private,
}

/// The domain, its mappings and records.
pub(super) fn expand(expansion: &mut Expansion<'_>, api: &Api<'_>, domain: &Value) -> Expand<Vec<Resource>> {
    let (Some(name), Some(certificate)) = (field(domain, "DomainName"), field(domain, "CertificateArn")) else {
        return fault(domain, "`Domain` needs a `DomainName` and a `CertificateArn`");
    };
    let endpoint = match (field(domain, "EndpointConfiguration").map(Value::as_str), api.kind) {
        (None | Some(Some("REGIONAL")), _) => Endpoint::Regional,
        (Some(Some("EDGE")), ApiKind::Rest) => Endpoint::Edge,
        (Some(Some("PRIVATE")), ApiKind::Rest) => Endpoint::Private,
        _ => return fault(domain, "`EndpointConfiguration` is `REGIONAL`, or for a REST API `EDGE` or `PRIVATE`"),
    };
    let is_first = api.kind == ApiKind::Rest && endpoint != Endpoint::Private;
    let stem = if is_first { "ApiGatewayDomainName" } else { "ApiGatewayDomainNameV2" };
    let id = expansion.environment.names.hashed(stem, name);
    let mut resources = vec![match api.kind {
        ApiKind::Rest => rest_domain(api, domain, endpoint, &id, (name, certificate)),
        ApiKind::Http => http_domain(api, domain, &id, (name, certificate)),
    }];
    mappings(api, domain, endpoint, &id, &mut resources)?;
    if let Some(route53) = set_field(domain, "Route53") {
        records(expansion, api, (domain, route53), endpoint, &id, &mut resources)?;
    }
    if let (Some(access), Endpoint::Private) = (field(domain, "AccessAssociation"), endpoint) {
        let vpc = field(access, "VpcEndpointId").cloned().unwrap_or_else(|| tree!(""));
        let names = expansion.environment.names;
        let association = names.hashed("DomainNameAccessAssociation", &tree!([(vpc.clone()), (id.as_str())]));
        resources.push(
            Resource::new("AWS::ApiGateway::DomainNameAccessAssociation", association, api.attributes, access)
                .with("DomainNameArn", reference(&id))
                .with("AccessAssociationSourceType", "VPCE")
                .with("AccessAssociationSource", vpc),
        );
    }
    Ok(resources)
}

/// The part of the settings that a domain has as they are written.
fn truststore(domain: &Value) -> Option<Value> {
    let written = set_field(domain, "MutualTlsAuthentication")?;
    let names = ["TruststoreUri", "TruststoreVersion"];
    Some(Value::object(names.iter().filter_map(|name| Some((*name, set_field(written, name)?.clone())))))
}

fn rest_domain(
    api: &Api<'_>,
    domain: &Value,
    endpoint: Endpoint,
    id: &str,
    (name, certificate): (&Value, &Value),
) -> Resource {
    let (kind, word) = match endpoint {
        Endpoint::Regional => ("AWS::ApiGateway::DomainName", "REGIONAL"),
        Endpoint::Edge => ("AWS::ApiGateway::DomainName", "EDGE"),
        Endpoint::Private => ("AWS::ApiGateway::DomainNameV2", "PRIVATE"),
    };
    let mut configuration = vec![("Types", tree!([word]))];
    configuration.extend(set_field(domain, "IpAddressType").map(|kind| ("IpAddressType", kind.clone())));
    let certificate_name = if endpoint == Endpoint::Regional { "RegionalCertificateArn" } else { "CertificateArn" };
    let made = Resource::new(kind, id, api.attributes, domain)
        .with("DomainName", name.clone())
        .with(certificate_name, certificate.clone())
        .with("EndpointConfiguration", Value::object(configuration))
        .copying(domain, &["SecurityPolicy", "EndpointAccessMode"]);
    match endpoint {
        Endpoint::Private => made.copying(domain, &["Policy"]),
        _ => made
            .copying(domain, &["OwnershipVerificationCertificateArn"])
            .maybe("MutualTlsAuthentication", truststore(domain)),
    }
}

fn http_domain(api: &Api<'_>, domain: &Value, id: &str, (name, certificate): (&Value, &Value)) -> Resource {
    let mut configuration = vec![("CertificateArn", certificate.clone()), ("EndpointType", tree!("REGIONAL"))];
    let optional = ["OwnershipVerificationCertificateArn", "SecurityPolicy"];
    configuration.extend(optional.iter().filter_map(|name| Some((*name, set_field(domain, name)?.clone()))));
    Resource::new("AWS::ApiGatewayV2::DomainName", id, api.attributes, domain)
        .with("DomainName", name.clone())
        .with("DomainNameConfigurations", Value::list([Value::object(configuration)]))
        .with("Tags", tree!({ "httpapi:createdBy": "SAM" }))
        .maybe("MutualTlsAuthentication", truststore(domain))
}

fn mappings(api: &Api<'_>, domain: &Value, endpoint: Endpoint, id: &str, resources: &mut Vec<Resource>) -> Expand<()> {
    let (kind, suffix, names_domain, names_api, names_path) = match (api.kind, endpoint) {
        (ApiKind::Http, _) => ("AWS::ApiGatewayV2::ApiMapping", "ApiMapping", "DomainName", "ApiId", "ApiMappingKey"),
        (_, Endpoint::Private) => {
            ("AWS::ApiGateway::BasePathMappingV2", "BasePathMapping", "DomainNameArn", "RestApiId", "BasePath")
        }
        _ => ("AWS::ApiGateway::BasePathMapping", "BasePathMapping", "DomainName", "RestApiId", "BasePath"),
    };
    let map = |path: Option<(&str, String)>| {
        let word = path.as_ref().map(|(word, _)| *word).unwrap_or_default();
        Resource::new(kind, format!("{}{word}{suffix}", api.id), api.attributes, domain)
            .with(names_domain, reference(id))
            .with(names_api, reference(api.id))
            .with("Stage", reference(api.stage))
            .maybe(names_path, path.map(|(_, path)| path))
    };
    let Some(paths) = set_field(domain, "BasePath") else {
        resources.push(map(None));
        return Ok(());
    };
    let is_normalized = field(domain, "NormalizeBasePath").is_none_or(says_something);
    for written in as_items(paths) {
        let Some(path) = written.as_str() else { return fault(written, "a base path is a text") };
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_');
        if api.kind == ApiKind::Http && !path.chars().all(is_allowed) {
            return fault(written, "a base path has letters, digits, `/`, `-` and `_`");
        }
        let word: String = path.chars().filter(|c| c.is_alphanumeric()).collect();
        let mapped = match api.kind {
            ApiKind::Http => path.trim_matches('/').to_owned(),
            ApiKind::Rest if is_normalized => word.clone(),
            ApiKind::Rest => path.to_owned(),
        };
        resources.push(map(Some((&word, mapped))));
    }
    Ok(())
}

/// Adds the records to the group of the zone, which all APIs share that do not want one of their own.
fn records(
    expansion: &mut Expansion<'_>,
    api: &Api<'_>,
    (domain, route53): (&Value, &Value),
    endpoint: Endpoint,
    target: &str,
    resources: &mut Vec<Resource>,
) -> Expand<()> {
    let Some(zone) = field(route53, "HostedZoneId").or_else(|| field(route53, "HostedZoneName")) else {
        return fault(route53, "`Route53` needs a `HostedZoneId` or a `HostedZoneName`");
    };
    let name = field(domain, "DomainName").cloned().unwrap_or_else(|| tree!(""));
    let mut alias = Vec::new();
    alias.extend(field(route53, "EvaluateTargetHealth").map(|health| ("EvaluateTargetHealth", health.clone())));
    let own = |name: &str| field(route53, name).cloned();
    let (zone_id, dns) = match endpoint {
        Endpoint::Regional => {
            (Some(attribute(target, "RegionalHostedZoneId")), Some(attribute(target, "RegionalDomainName")))
        }
        Endpoint::Edge => {
            let distribution = own("DistributionDomainName");
            let distribution = distribution.unwrap_or_else(|| attribute(target, "DistributionDomainName"));
            (Some(CLOUDFRONT_ZONE.into()), Some(distribution))
        }
        Endpoint::Private => (own("VpcEndpointHostedZoneId"), own("VpcEndpointDomainName")),
    };
    alias.extend(zone_id.map(|zone| ("HostedZoneId", zone)));
    alias.extend(dns.map(|dns| ("DNSName", dns)));
    let kinds = if is_true(field(route53, "IpV6")) { ["A", "AAAA"].as_slice() } else { &["A"] };
    let record = |kind: &&str| {
        let mut record = vec![("Name", name.clone()), ("Type", (*kind).into())];
        record.push(("AliasTarget", Value::object(alias.clone())));
        record.extend(["Region", "SetIdentifier"].iter().filter_map(|name| Some((*name, own(name)?))));
        let mut record = Value::object(record);
        super::tree::place(&mut record, domain.at.as_ref());
        record
    };
    let records: Vec<Value> = kinds.iter().map(record).collect();
    let names = expansion.environment.names;
    let is_own = set_field(route53, "SeparateRecordSetGroup").is_some();
    let id = match is_own {
        true => names.hashed("RecordSetGroup", &tree!([(zone.clone()), (name.clone())])),
        false => names.hashed("RecordSetGroup", zone),
    };
    let zones: &[&str] = if api.kind == ApiKind::Http && field(route53, "HostedZoneId").is_some() {
        &["HostedZoneId"]
    } else {
        &["HostedZoneId", "HostedZoneName"]
    };
    let group =
        Resource::new("AWS::Route53::RecordSetGroup", id.clone(), api.attributes, domain).copying(route53, zones);
    let mut group = match is_own {
        true => group,
        false => expansion.record_groups.get(&id).cloned().unwrap_or(group),
    };
    items(group.properties.entry("RecordSets".to_owned()).or_insert_with(|| tree!([]))).extend(records);
    if !is_own {
        expansion.record_groups.insert(id, group.clone());
    }
    resources.push(group);
    Ok(())
}

/// The logical id of the stage of an API.
pub(super) fn stage_id(expansion: &Expansion<'_>, api: &str, name: Option<&Value>, kind: ApiKind) -> String {
    let stem = format!("{api}Stage");
    match name.and_then(Value::as_str) {
        None => stem,
        Some(name) if is_alphanumeric(name) => format!("{api}{name}Stage"),
        Some("$default") if kind == ApiKind::Http => format!("{api}ApiGatewayDefaultStage"),
        Some(name) => expansion.environment.names.hashed(&stem, &name.into()),
    }
}
