//! `AWS::SSM::Parameter`. Values are read without decryption: a drift tool needs no right to decrypt.

use std::collections::BTreeMap;

use aws_sdk_ssm::types::{Parameter, ParameterMetadata, ParameterStringFilter, ParameterType, ResourceTypeForTagging};

use super::batches::{batches, pages};
use super::properties::{Properties, changed_at, computed, scalar, tag, text, timestamp};
use super::{Aws, Failure, Keys, Reading};
use crate::model::{Actor, ActorKind, Live, Value};

pub(super) const PARAMETER: &str = "AWS::SSM::Parameter";

/// GetParameters takes at most 10 names.
const NAMES_PER_CALL: usize = 10;

/// Tags take a call a parameter; for more than this they stay unknown.
const FEW: usize = 50;

pub(super) async fn parameters(aws: &Aws, keys: Keys) -> Reading {
    let with_tags = keys.len() <= FEW;
    batches(aws, keys, NAMES_PER_CALL, move |aws, names| async move { some(&aws, names, with_tags).await }).await
}

async fn some(aws: &Aws, names: Keys, with_tags: bool) -> Result<Vec<Live>, Failure> {
    const ACTION: &str = "ssm:GetParameters";
    let call = aws.ssm.get_parameters().set_names(Some(names)).with_decryption(false);
    let found = aws.call(ACTION, call.send()).await?.parameters.unwrap_or_default();
    let mut metadata = describe(aws, found.iter().filter_map(|parameter| parameter.name.clone()).collect()).await?;
    let mut live = Vec::new();
    for parameter in found {
        let Some(name) = parameter.name.clone() else { continue };
        let tags = if with_tags { Some(tags(aws, &name).await) } else { None };
        live.push(parameter_of(name.clone(), &parameter, metadata.remove(&name), tags));
    }
    Ok(live)
}

/// What GetParameters does not tell: description, tier, pattern, policies, and who wrote last.
async fn describe(aws: &Aws, names: Keys) -> Result<BTreeMap<String, ParameterMetadata>, Failure> {
    const ACTION: &str = "ssm:DescribeParameters";
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let filter = ParameterStringFilter::builder().key("Name").option("Equals").set_values(Some(names)).build();
    let filter = filter.map_err(|_| Failure::new(crate::model::ProblemKind::Service, ACTION, "cannot be asked"))?;
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

async fn tags(aws: &Aws, name: &str) -> Result<Value, Failure> {
    let call = aws.ssm.list_tags_for_resource().resource_type(ResourceTypeForTagging::Parameter).resource_id(name);
    let tags = aws.call("ssm:ListTagsForResource", call.send()).await?.tag_list.unwrap_or_default();
    Ok(Value::list(tags.iter().map(|each| tag(&Some(each.key.clone()), &Some(each.value.clone())))))
}

fn parameter_of(
    name: String,
    parameter: &Parameter,
    metadata: Option<ParameterMetadata>,
    tags: Option<Result<Value, Failure>>,
) -> Live {
    let secure = parameter.r#type == Some(ParameterType::SecureString);
    // Without decryption the service returns ciphertext, which is neither the value nor stable.
    let value = if secure { Some(Value::unknown("secure string")) } else { text(&parameter.value) };
    let properties = Properties::of("ssm:GetParameters")
        .always("Name", Some(name.as_str().into()))
        .always("Type", text(&parameter.r#type))
        .always("Value", value.clone())
        .always("DataType", text(&parameter.data_type));
    let properties = match &metadata {
        Some(metadata) => properties
            .when_set("Description", text(&metadata.description))
            .when_set("AllowedPattern", text(&metadata.allowed_pattern))
            .always("Tier", text(&metadata.tier))
            .when_set("Policies", policies(metadata)),
        None => properties
            .not_read(&["Description", "AllowedPattern", "Tier", "Policies"], "not returned by ssm:DescribeParameters"),
    };
    let properties = match tags {
        Some(Ok(tags)) => properties.always("Tags", Some(tags)),
        Some(Err(_)) => properties.not_read(&["Tags"], "ssm:ListTagsForResource failed"),
        None => properties.not_read(&["Tags"], "not read: needs a call a parameter"),
    };
    let modified = parameter.last_modified_date.as_ref().and_then(timestamp);
    let mut evidence = changed_at(PARAMETER, &name, modified);
    if let (Some(evidence), Some(metadata)) = (&mut evidence, &metadata) {
        evidence.actor = metadata.last_modified_user.as_deref().and_then(actor);
    }
    Live {
        resource_type: PARAMETER.into(),
        aliases: parameter.arn.iter().cloned().collect(),
        attributes: properties.build(),
        computed: computed([
            ("Type", text(&parameter.r#type)),
            ("Value", value),
            ("Version", scalar(&Some(parameter.version))),
        ]),
        evidence: evidence.into_iter().collect(),
        in_flight: None,
        identifier: name,
    }
}

/// The policies as CloudFormation has them: one JSON text with a list.
fn policies(metadata: &ParameterMetadata) -> Option<Value> {
    let policies = metadata.policies.as_ref().filter(|policies| !policies.is_empty())?;
    let texts: Vec<&str> = policies.iter().filter_map(|policy| policy.policy_text.as_deref()).collect();
    Some(format!("[{}]", texts.join(",")).into())
}

/// The ARN of the identity that wrote last. Its name is the part after the last slash: the user, or the session.
fn actor(arn: &str) -> Option<Actor> {
    // moto says "N/A".
    arn.starts_with("arn:").then(|| Actor { name: arn.to_owned(), kind: ActorKind::Unknown, via: None })
}
