//! Fetches a stack as CloudFormation has it deployed. Only moves answers into a [`DeployedStack`]: what its template
//! means is the business of the pure half.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{Parameter, Stack, StackResourceSummary, StackStatus, TemplateStage};

use super::{DeployedStack, StackResource};
use crate::live::aws::{Aws, Failure, pages};
use crate::model::{Problem, ProblemKind};

/// The stack of a name or ARN, or `None` if nothing of that name was ever deployed: then nothing is applied, which is
/// an answer and no problem.
///
/// A stack whose resources cannot be listed is still one; what is lacking stands in its problems.
///
/// # Errors
/// The stack or its template could not be read.
pub async fn fetch(aws: &Aws, name: &str) -> Result<Option<DeployedStack>, Problem> {
    aws.account().await?;
    let scope = aws.scope_text(&format!("stack {name}"));
    let in_scope = |failure: Failure| failure.into_problem(scope.clone());
    let Some(stack) = describe(aws, name).await.map_err(in_scope)? else { return Ok(None) };
    let template = template(aws, name).await.map_err(in_scope)?;
    let mut deployed = DeployedStack {
        name: stack.stack_name.unwrap_or_else(|| name.to_owned()),
        id: stack.stack_id.unwrap_or_default(),
        updated_at: stack.last_updated_time.or(stack.creation_time).map(|at| at.to_string()),
        status: stack.stack_status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        template,
        tags: stack.tags.into_iter().flatten().filter_map(|tag| Some((tag.key?, tag.value?))).collect(),
        parameters: stack.parameters.into_iter().flatten().filter_map(parameter).collect(),
        resources: BTreeMap::new(),
        problems: Vec::new(),
    };
    match resources(aws, name).await {
        Ok(resources) => deployed.resources = resources.into_iter().filter_map(resource).collect(),
        Err(failure) => deployed.problems.push(in_scope(failure)),
    }
    Ok(Some(deployed))
}

async fn describe(aws: &Aws, name: &str) -> Result<Option<Stack>, Failure> {
    const ACTION: &str = "cloudformation:DescribeStacks";
    let answer = match aws.call(ACTION, aws.cloudformation.describe_stacks().stack_name(name).send()).await {
        // CloudFormation has no code of its own for a stack that is not there.
        Err(failure) if failure.code.as_deref() == Some("ValidationError") && failure.message.contains("not exist") => {
            return Ok(None);
        }
        answer => answer?,
    };
    let stack = answer.stacks.unwrap_or_default().into_iter().next();
    let stack = stack.ok_or_else(|| Failure::new(ProblemKind::Service, ACTION, "the answer holds no stack"))?;
    // In review: a change set was made and never executed. Deleted stacks are found by their ARN.
    let never = matches!(stack.stack_status, Some(StackStatus::ReviewInProgress | StackStatus::DeleteComplete));
    Ok((!never).then_some(stack))
}

/// The template after transforms: what was really deployed.
async fn template(aws: &Aws, name: &str) -> Result<String, Failure> {
    const ACTION: &str = "cloudformation:GetTemplate";
    let call = aws.cloudformation.get_template().stack_name(name).template_stage(TemplateStage::Processed);
    let body = aws.call(ACTION, call.send()).await?.template_body;
    body.ok_or_else(|| Failure::new(ProblemKind::Service, ACTION, "the answer holds no template"))
}

async fn resources(aws: &Aws, name: &str) -> Result<Vec<StackResourceSummary>, Failure> {
    const ACTION: &str = "cloudformation:ListStackResources";
    let pages = pages(ACTION, |token| {
        let call = aws.cloudformation.list_stack_resources().stack_name(name).set_next_token(token);
        async move {
            let page = aws.call(ACTION, call.send()).await?;
            Ok((page.stack_resource_summaries.unwrap_or_default(), page.next_token))
        }
    })
    .await?;
    Ok(pages.into_iter().flatten().collect())
}

/// A parameter that names an SSM parameter has that one's value as its own.
fn parameter(parameter: Parameter) -> Option<(String, String)> {
    let value = parameter.resolved_value.or(parameter.parameter_value).unwrap_or_default();
    Some((parameter.parameter_key?, value))
}

/// `None` for a summary without a logical id (moto, for types that it does not make).
fn resource(summary: StackResourceSummary) -> Option<(String, StackResource)> {
    let logical_id = summary.logical_resource_id.filter(|id| !id.is_empty())?;
    let resource = StackResource {
        resource_type: summary.resource_type.unwrap_or_default(),
        physical_id: summary.physical_resource_id.filter(|id| !id.is_empty()),
        status: summary.resource_status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
    };
    Some((logical_id, resource))
}
