//! Data sources that are answered here: those that only compute, and those that say where a scan is.
//!
//! Every other data source is known from the deployed stack or not at all; nothing is read and nothing is executed.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::RemoteState;
use super::convert;
use super::evaluator::{Evaluator, ModuleInstance};
use super::export;
use super::fault::{Eval, Fault};
use super::iam_policy_document;
use super::json::Layout;
use super::module::Declared;
use super::operators::derived;
use super::scope::{Names, Repetition, Scope};
use super::source::{Place, Source};
use super::template::Style;
use super::value::{Content, InstanceKey, MappingKind, ResourceName, Value};

/// A data source that somebody asks for an attribute.
struct Asked<'e, 'p> {
    evaluator: &'e Evaluator<'p>,
    instance: &'e Rc<ModuleInstance<'p>>,
    name: &'e ResourceName,
    key: &'e InstanceKey,
    declared: &'e Declared<'p>,
    attribute: &'e str,
    place: &'e Place,
}

impl<'p> Evaluator<'p> {
    /// What a data source answers without anybody asking AWS; `None`: it does not.
    pub(super) fn data_attribute(
        &self,
        instance: &Rc<ModuleInstance<'p>>,
        name: &ResourceName,
        key: &InstanceKey,
        declared: &Declared<'p>,
        attribute: &str,
        place: &Place,
    ) -> Eval<Option<Value>> {
        let asked = Asked { evaluator: self, instance, name, key, declared, attribute, place };
        match name.resource_type.as_str() {
            "aws_iam_policy_document" => asked.policy_document(),
            "aws_caller_identity" => Ok(asked.caller_identity()),
            "aws_region" => asked.region(),
            "aws_partition" => Ok(asked.partition()),
            "aws_availability_zones" => asked.zones(),
            "aws_default_tags" => Ok(asked.default_tags()),
            "aws_arn" => asked.arn(),
            "aws_service_principal" => asked.service_principal(),
            "terraform_remote_state" => asked.remote_state(),
            "template_file" => asked.template_file(),
            _ => Ok(None),
        }
    }
}

impl Asked<'_, '_> {
    /// The arguments and blocks of the data source.
    fn arguments(&self) -> Eval<BTreeMap<String, Value>> {
        let expansion = self.evaluator.expansion(self.instance, &self.name.to_string(), self.declared, self.place)?;
        let repetition = expansion.repetition(self.key).unwrap_or(Repetition::None);
        Ok(self.evaluator.attributes(self.instance, self.declared, &repetition))
    }

    fn fault(&self, message: String) -> Box<Fault> {
        Fault::expression(self.declared.place(), message)
    }

    /// The region of its provider, else that of the scan.
    fn own_region(&self) -> Option<Value> {
        let settings = self.evaluator.provider_settings(self.instance, self.name, self.declared);
        settings.region.or_else(|| self.evaluator.inputs.context.region.as_deref().map(Value::text))
    }

    fn own_partition(&self) -> Option<String> {
        let known = self.evaluator.inputs.context.partition.clone();
        known.or_else(|| self.own_region().and_then(|region| partition_of(region.as_text()?)))
    }

    fn policy_document(&self) -> Eval<Option<Value>> {
        let layout = match self.attribute {
            "json" => Layout::Indented,
            "minified_json" => Layout::Compact,
            _ => return Ok(None),
        };
        let document = iam_policy_document::evaluate(&Value::object(self.arguments()?), layout);
        document.map(Some).map_err(|message| self.fault(message))
    }

    fn caller_identity(&self) -> Option<Value> {
        if !matches!(self.attribute, "account_id" | "id") {
            return None;
        }
        let settings = self.evaluator.provider_settings(self.instance, self.name, self.declared);
        settings.account.or_else(|| self.evaluator.inputs.context.account.as_deref().map(Value::text))
    }

    fn region(&self) -> Eval<Option<Value>> {
        let arguments = self.arguments()?;
        let named = ["name", "region"].iter().find_map(|name| arguments.get(*name)).cloned();
        let region = match (named, arguments.is_empty()) {
            (Some(named), _) => Some(named),
            (None, true) => self.own_region(),
            (None, false) => None,
        };
        let Some(region) = region else { return Ok(None) };
        Ok(match self.attribute {
            "name" | "id" | "region" => Some(region),
            "endpoint" => region.as_text().and_then(|name| {
                let suffix = partition_attribute(&partition_of(name)?, "dns_suffix")?;
                Some(Value::text(format!("ec2.{name}.{suffix}")))
            }),
            _ => None,
        })
    }

    fn partition(&self) -> Option<Value> {
        matches!(self.attribute, "partition" | "id" | "dns_suffix" | "reverse_dns_prefix")
            .then(|| self.own_partition())
            .flatten()
            .and_then(|partition| partition_attribute(&partition, self.attribute))
            .map(Value::text)
    }

    /// The names and ids of zones. What the state noted of them is what Terraform saw.
    fn zones(&self) -> Eval<Option<Value>> {
        if !matches!(self.attribute, "names" | "zone_ids") {
            return Ok((self.attribute == "id").then(|| self.own_region()).flatten());
        }
        let address = self.instance.address_of(format_args!("{}{}", self.name, self.key));
        if self.evaluator.bound(&address, self.attribute).is_some() {
            return Ok(None);
        }
        let Some(region) = self.own_region().and_then(|region| region.as_text().map(str::to_owned)) else {
            return Ok(None);
        };
        let Some(zones) = self.evaluator.inputs.context.zones.get(&region) else {
            self.evaluator.ask_for_zones(&region);
            return Ok(None);
        };
        let arguments = Value::object(self.arguments()?);
        let Some(filters) = zone_filters(&arguments) else { return Ok(None) };
        let chosen = zones.iter().filter(|zone| {
            let value = |name: &str| match name {
                "opt-in-status" => Some(zone.opt_in_status.as_str()),
                "zone-type" => Some(zone.zone_type.as_str()),
                "zone-name" => Some(zone.name.as_str()),
                "zone-id" => Some(zone.id.as_str()),
                _ => None,
            };
            filters.iter().all(|filter| value(&filter.name).is_some_and(|value| filter.takes(value)))
        });
        Ok(Some(Value::list(
            chosen
                .map(|zone| Value::text(if self.attribute == "names" { zone.name.as_str() } else { zone.id.as_str() })),
        )))
    }

    fn default_tags(&self) -> Option<Value> {
        let settings = self.evaluator.provider_settings(self.instance, self.name, self.declared);
        let none = || Value::mapping(MappingKind::Map, BTreeMap::new());
        (self.attribute == "tags").then(|| settings.default_tags.unwrap_or_else(none))
    }

    /// The parts of an ARN.
    fn arn(&self) -> Eval<Option<Value>> {
        const PARTS: [&str; 5] = ["partition", "service", "region", "account", "resource"];
        let Some(at) = PARTS.iter().position(|part| *part == self.attribute) else { return Ok(None) };
        let arguments = self.arguments()?;
        let Some(arn) = arguments.get("arn") else { return Ok(None) };
        if arn.is_unknown() {
            return Ok(Some(derived(&[arn])));
        }
        let text = convert::text(arn).map_err(|message| self.fault(message))?;
        let parts = text.strip_prefix("arn:").map(|rest| rest.splitn(5, ':').collect::<Vec<_>>());
        match parts.as_deref().filter(|parts| parts.len() == PARTS.len()).and_then(|parts| parts.get(at)) {
            Some(part) => Ok(Some(Value::text(*part).marked(arn.sensitive))),
            None => Err(self.fault("this is not an ARN".to_owned())),
        }
    }

    /// The name under which a service assumes roles: `s3.amazonaws.com`.
    fn service_principal(&self) -> Eval<Option<Value>> {
        let arguments = self.arguments()?;
        let Some(service) = arguments.get("service_name") else { return Ok(None) };
        let Some(region) = arguments.get("region").cloned().or_else(|| self.own_region()) else { return Ok(None) };
        if let Some(unknown) = [service, &region].into_iter().find(|value| value.is_unknown()) {
            return Ok(Some(derived(&[unknown])));
        }
        let texts = (service.as_text(), region.as_text(), region.as_text().and_then(partition_of));
        let (Some(service), Some(region), Some(partition)) = texts else { return Ok(None) };
        // Some services have names of their own in the other partitions.
        if partition != "aws" {
            return Ok(None);
        }
        Ok(match self.attribute {
            "name" => Some(Value::text(format!("{service}.amazonaws.com"))),
            "id" => Some(Value::text(format!("{service}.{region}.amazonaws.com"))),
            "suffix" => Some(Value::text("amazonaws.com")),
            "region" => Some(Value::text(region)),
            _ => None,
        })
    }

    /// `outputs` of the state of another stack, over its `defaults`.
    fn remote_state(&self) -> Eval<Option<Value>> {
        if self.attribute != "outputs" {
            return Ok(None);
        }
        let arguments = self.arguments()?;
        let text = |name: &str| arguments.get(name).and_then(Value::as_text).map(str::to_owned);
        let Some(backend) = text("backend") else { return Ok(None) };
        let workspace = match arguments.get("workspace") {
            Some(_) => text("workspace"),
            None => Some("default".to_owned()),
        };
        let Some(workspace) = workspace else { return Ok(None) };
        let config = arguments.get("config").cloned().unwrap_or_else(|| Value::object::<String>([]));
        let config = export::to_model(&config, self.evaluator.inputs.fingerprints);
        let outputs = match (self.evaluator.inputs.states)(&RemoteState { backend, config, workspace }) {
            Some(Ok(outputs)) => outputs,
            Some(Err(problem)) => {
                self.evaluator.report(problem.at(Some(self.declared.place().location())));
                return Ok(None);
            }
            None => {
                self.evaluator.ask_for_states();
                return Ok(None);
            }
        };
        let mut members = match arguments.get("defaults").map(|defaults| &defaults.content) {
            Some(Content::Mapping(_, defaults)) => defaults.all().clone(),
            _ => BTreeMap::new(),
        };
        members.extend(outputs.iter().map(|(name, value)| (name.clone(), export::from_model(value))));
        Ok(Some(Value::mapping(MappingKind::Object, members)))
    }

    /// What the template provider made before there was `templatefile`.
    fn template_file(&self) -> Eval<Option<Value>> {
        if self.attribute != "rendered" {
            return Ok(None);
        }
        let arguments = self.arguments()?;
        let Some(template) = arguments.get("template") else { return Ok(None) };
        let none = Value::object::<String>([]);
        let variables = arguments.get("vars").unwrap_or(&none);
        if template.is_unknown() || variables.is_unknown() {
            return Ok(Some(derived(&[template, variables])));
        }
        let text = convert::text(template).map_err(|message| self.fault(message))?;
        let parsed = hcl_edit::parser::parse_template(&text)
            .map_err(|error| self.fault(format!("the template has a syntax error: {}", error.message())))?;
        let source = Source::new("template", text);
        let names = Names::Template(variables.as_members().cloned().unwrap_or_default());
        let scope = Scope { names: &names, source: &source, repetition: &Repetition::None, frame: None };
        let rendered = self.evaluator.template(&parsed, Style::File, scope);
        let rendered = rendered.map_err(|fault| Box::new(Fault { place: self.declared.place(), ..*fault }))?;
        Ok(Some(Value { place: None, ..rendered }.marked(template.sensitive || variables.sensitive)))
    }
}

/// A condition on zones.
struct Filter {
    name: String,
    values: Vec<String>,
    excludes: bool,
}

impl Filter {
    fn takes(&self, value: &str) -> bool {
        self.values.iter().any(|one| one == value) != self.excludes
    }
}

/// The conditions of an `aws_availability_zones`; `None`: it has one that is not understood or not known.
fn zone_filters(arguments: &Value) -> Option<Vec<Filter>> {
    let texts = |value: &Value| -> Option<Vec<String>> {
        value.as_items()?.iter().map(|item| item.as_text().map(str::to_owned)).collect()
    };
    let mut filters = Vec::new();
    for (name, value) in arguments.as_members()? {
        match name.as_str() {
            "exclude_names" => {
                filters.push(Filter { name: "zone-name".to_owned(), values: texts(value)?, excludes: true })
            }
            "exclude_zone_ids" => {
                filters.push(Filter { name: "zone-id".to_owned(), values: texts(value)?, excludes: true });
            }
            "state" if value.as_text() == Some("available") => {}
            "all_availability_zones" if matches!(value.content, Content::Bool(false)) => {}
            "filter" => {
                for block in value.as_items()? {
                    let members = block.as_members()?;
                    let name = members.get("name")?.as_text()?.to_owned();
                    if !["opt-in-status", "zone-type", "zone-name", "zone-id"].contains(&name.as_str()) {
                        return None;
                    }
                    filters.push(Filter { name, values: texts(members.get("values")?)?, excludes: false });
                }
            }
            _ => return None,
        }
    }
    Some(filters)
}

/// The partition that a region belongs to, by the prefix of its name.
fn partition_of(region: &str) -> Option<String> {
    const PARTITIONS: [(&str, &str); 5] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eusc-", "aws-eusc"),
    ];
    let found = PARTITIONS.iter().find(|(prefix, _)| region.starts_with(prefix));
    Some(found.map_or("aws", |(_, partition)| partition).to_owned())
}

/// What `aws_partition` says of a partition; `None` where that is not certain.
fn partition_attribute(partition: &str, attribute: &str) -> Option<&'static str> {
    // Partition, DNS suffix and its reverse, from botocore's partitions.json.
    const PARTITIONS: [(&str, &str, &str); 5] = [
        ("aws", "amazonaws.com", "com.amazonaws"),
        ("aws-cn", "amazonaws.com.cn", "cn.com.amazonaws"),
        ("aws-us-gov", "amazonaws.com", "com.amazonaws"),
        ("aws-iso", "c2s.ic.gov", "gov.ic.c2s"),
        ("aws-iso-b", "sc2s.sgov.gov", "gov.sgov.sc2s"),
    ];
    let (name, suffix, reverse) = PARTITIONS.iter().find(|(name, _, _)| *name == partition)?;
    Some(match attribute {
        "dns_suffix" => suffix,
        "reverse_dns_prefix" => reverse,
        _ => name,
    })
}
