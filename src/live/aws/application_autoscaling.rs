//! Scalable targets: not as resources that are compared, but for what they move in others.

use std::collections::BTreeSet;

use aws_sdk_applicationautoscaling::types::{ScalableTarget, ServiceNamespace};

use super::batches::pages;
use super::{Aws, Failure, TYPES};
use crate::live::{Collection, Wanted};
use crate::model::{ProblemKind, ResourceType, Value};
use crate::schema;

/// Notes what scalable targets move in the types that are wanted: one listing a service namespace, and none where
/// nothing is wanted that they could move.
pub(super) async fn read(aws: &Aws, wanted: &[Wanted]) -> Collection {
    let types: BTreeSet<&ResourceType> = wanted
        .iter()
        .map(|wanted| &wanted.resource_type)
        .filter(|resource_type| TYPES.contains(&resource_type.as_str()))
        .collect();
    let mut collection = Collection::default();
    for resource_type in types {
        let Some(namespace) = schema::namespace_of_targets(resource_type) else { continue };
        match targets(aws, namespace).await {
            Ok(targets) => {
                targets.iter().filter_map(|target| schema::scaled(&properties(target))).for_each(|scaled| {
                    collection.scaling.add(scaled);
                });
            }
            // Where the service is not, nothing is registered with it.
            Err(failure) if failure.kind == ProblemKind::NotSupported => {}
            Err(failure) => {
                let reason = format!("scalable targets may move it, and {} failed", failure.action);
                collection.scaling.mark_unread(resource_type.clone(), reason);
                collection.problems.push(failure.into_problem(aws.scope_text(schema::SCALABLE_TARGET)));
            }
        }
    }
    collection
}

async fn targets(aws: &Aws, namespace: &str) -> Result<Vec<ScalableTarget>, Failure> {
    const ACTION: &str = "application-autoscaling:DescribeScalableTargets";
    let pages = pages(ACTION, |token| {
        let call = aws.application_autoscaling.describe_scalable_targets();
        let call = call.service_namespace(ServiceNamespace::from(namespace)).set_next_token(token);
        async move {
            let page = aws.call(ACTION, call.send()).await?;
            Ok((page.scalable_targets.unwrap_or_default(), page.next_token))
        }
    })
    .await?;
    Ok(pages.into_iter().flatten().collect())
}

/// What a target moves, and between what.
fn properties(target: &ScalableTarget) -> Value {
    Value::object([
        ("ScalableDimension", Value::from(target.scalable_dimension.as_str())),
        ("ResourceId", target.resource_id.as_str().into()),
        ("MinCapacity", target.min_capacity.into()),
        ("MaxCapacity", target.max_capacity.into()),
    ])
}
