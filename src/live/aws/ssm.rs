//! `AWS::SSM::Parameter`. Values are read without decryption: a drift tool needs no right to decrypt.

use std::collections::BTreeMap;

use aws_sdk_ssm::types::{Parameter, ParameterMetadata, ParameterStringFilter, ParameterType, ResourceTypeForTagging};

use super::batches::{Detail, FEW, batches, details, pages};
use super::properties::{Properties, changed_at, computed, scalar, text, timestamp};
use super::{Aws, Failure, Keys, Reading};
use crate::model::{Actor, ActorKind, Live, ProblemKind, Value};

pub(super) const PARAMETER: &str = "AWS::SSM::Parameter";

/// `GetParameters` takes at most 10 names.
const NAMES_PER_CALL: usize = 10;

pub(super) async fn parameters(aws: &Aws, keys: Keys) -> Reading {
    let few = keys.len() <= FEW;
    batches(aws, keys, NAMES_PER_CALL, move |aws, names| async move { some(&aws, names, few).await }).await
}

async fn some(aws: &Aws, names: Keys, few: bool) -> Result<Reading, Failure> {
    const ACTION: &str = "ssm:GetParameters";
    let call = aws.ssm.get_parameters().set_names(Some(names)).with_decryption(false);
    let found = aws.call(ACTION, call.send()).await?.parameters.unwrap_or_default();
    let names: Keys = found.iter().filter_map(|parameter| parameter.name.clone()).collect();
    let described = describe(aws, names).await.map_or_else(Detail::Failed, Detail::Read);
    let tags = details(found.iter().map(|parameter| tags(aws.clone(), parameter.name.clone())), few).await;
    let parameters = found.iter().zip(&tags);
    let mut reading: Reading =
        parameters.filter_map(|(parameter, tags)| parameter_of(parameter, &described, tags)).collect();
    let failures = tags.iter().filter_map(Detail::failure).chain(described.failure());
    failures.for_each(|failure| reading.note(failure.clone()));
    Ok(reading)
}

/// What `GetParameters` does not tell: description, tier, pattern, policies, and who wrote last.
async fn describe(aws: &Aws, names: Keys) -> Result<BTreeMap<String, ParameterMetadata>, Failure> {
    const ACTION: &str = "ssm:DescribeParameters";
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let filter = ParameterStringFilter::builder().key("Name").option("Equals").set_values(Some(names)).build();
    let filter = filter.map_err(|_| Failure::new(ProblemKind::Service, ACTION, "cannot be asked"))?;
    let pages = pages(ACTION, |token| {
        let call =
            aws.ssm.describe_parameters().parameter_filters(filter.clone()).max_results(50).set_next_token(token);
        async move {
            let page = aws.call(ACTION, call.send()).await?;
            Ok((page.parameters.unwrap_or_default(), page.next_token))
        }
    })
    .await?;
    Ok(pages.into_iter().flatten().filter_map(|metadata| Some((metadata.name.clone()?, metadata))).collect())
}

async fn tags(aws: Aws, name: Option<String>) -> Result<Value, Failure> {
    let call = aws.ssm.list_tags_for_resource().resource_type(ResourceTypeForTagging::Parameter).set_resource_id(name);
    let tags = aws.call("ssm:ListTagsForResource", call.send()).await?.tag_list.unwrap_or_default();
    // Unlike other types, CloudFormation's parameter has its tags as a map.
    Ok(Value::object(tags.into_iter().map(|tag| (tag.key, tag.value.into()))))
}

fn parameter_of(
    parameter: &Parameter,
    described: &Detail<BTreeMap<String, ParameterMetadata>>,
    tags: &Detail<Value>,
) -> Option<Live> {
    let name = parameter.name.clone()?;
    let metadata = match described {
        Detail::Read(described) => described.get(&name),
        _ => None,
    };
    let secure = parameter.r#type == Some(ParameterType::SecureString);
    // Without decryption the service returns ciphertext, which is neither the value nor stable.
    let value = if secure { Some(Value::unknown("secure string")) } else { text(&parameter.value) };
    let properties = Properties::of("ssm:GetParameters")
        .always("Name", Some(name.as_str().into()))
        .always("Type", text(&parameter.r#type))
        .always("Value", value.clone())
        .always("DataType", text(&parameter.data_type));
    let properties = properties
        .detail(&["Description", "AllowedPattern", "Tier", "Policies"], described, |properties, _| {
            properties
                .when_set("Description", metadata.and_then(|metadata| text(&metadata.description)))
                .when_set("AllowedPattern", metadata.and_then(|metadata| text(&metadata.allowed_pattern)))
                .always("Tier", metadata.and_then(|metadata| text(&metadata.tier)))
                .when_set("Policies", metadata.and_then(policies))
        })
        .detail(&["Tags"], tags, |properties, tags| properties.always("Tags", Some(tags.clone())));
    let modified = parameter.last_modified_date.as_ref().and_then(timestamp);
    let mut evidence = changed_at(PARAMETER, &name, modified);
    if let (Some(evidence), Some(metadata)) = (&mut evidence, metadata) {
        evidence.actor = metadata.last_modified_user.as_deref().and_then(actor);
    }
    Some(Live {
        resource_type: PARAMETER.into(),
        aliases: parameter.arn.iter().cloned().collect(),
        attributes: properties.build(),
        computed: computed([
            ("Arn", text(&parameter.arn)),
            ("Type", text(&parameter.r#type)),
            ("Value", value),
            ("Version", scalar(&Some(parameter.version))),
        ]),
        evidence: evidence.into_iter().collect(),
        owners: Vec::new(),
        in_flight: None,
        identifier: name,
    })
}

/// The policies as CloudFormation has them: one JSON text with a list.
fn policies(metadata: &ParameterMetadata) -> Option<Value> {
    let policies = metadata.policies.as_ref().filter(|policies| !policies.is_empty())?;
    let texts: Vec<&str> = policies.iter().filter_map(|policy| policy.policy_text.as_deref()).collect();
    Some(format!("[{}]", texts.join(",")).into())
}

/// The ARN of the identity that wrote last.
fn actor(arn: &str) -> Option<Actor> {
    // moto says "N/A".
    arn.starts_with("arn:").then(|| Actor { name: arn.to_owned(), kind: ActorKind::Unknown, via: None })
}
