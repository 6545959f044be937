//! Data sources that are answered here: those that only compute, and those that say where a scan is.
//!
//! Every other data source is known from the deployed stack or not at all; nothing is read and nothing is executed.

use std::rc::Rc;

use super::evaluator::{Evaluator, ModuleInstance};
use super::fault::{Eval, Fault};
use super::iam_policy_document;
use super::json::Layout;
use super::module::Declared;
use super::scope::Repetition;
use super::source::Place;
use super::value::{InstanceKey, ResourceName, Value};

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
        let context = self.inputs.context;
        let provider = || self.provider_settings(instance, name, declared);
        let region = || provider().region.or_else(|| context.region.as_deref().map(Value::text));
        Ok(match (name.resource_type.as_str(), attribute) {
            ("aws_iam_policy_document", "json" | "minified_json") => {
                let layout = if attribute == "json" { Layout::Indented } else { Layout::Compact };
                Some(self.policy_document(instance, name, key, declared, layout, place)?)
            }
            ("aws_caller_identity", "account_id" | "id") => {
                provider().account.or_else(|| context.account.as_deref().map(Value::text))
            }
            // One that names a region answers for that one.
            ("aws_region", "name" | "id" | "region") if declared.arguments().is_empty() => region(),
            ("aws_partition", "partition" | "id" | "dns_suffix" | "reverse_dns_prefix") => {
                let known = context.partition.clone();
                let partition = known.or_else(|| region().and_then(|region| partition_of(region.as_text()?)));
                partition.and_then(|partition| partition_attribute(&partition, attribute)).map(Value::text)
            }
            _ => None,
        })
    }

    fn policy_document(
        &self,
        instance: &Rc<ModuleInstance<'p>>,
        name: &ResourceName,
        key: &InstanceKey,
        declared: &Declared<'p>,
        layout: Layout,
        place: &Place,
    ) -> Eval {
        let expansion = self.expansion(instance, &name.to_string(), declared, place)?;
        let repetition = expansion.repetition(key).unwrap_or(Repetition::None);
        let arguments = Value::object(self.attributes(instance, declared, &repetition));
        let document = iam_policy_document::evaluate(&arguments, layout);
        document.map_err(|message| Fault::expression(declared.place(), message))
    }
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
