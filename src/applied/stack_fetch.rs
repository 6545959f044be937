//! Fetches a stack as CloudFormation has it deployed. Only moves answers into a [`DeployedStack`]: what its template
//! means is the business of the pure half.

use aws_sdk_cloudformation::types::{Parameter, Stack, StackResourceSummary, StackStatus, TemplateStage};

use super::stack::Reality;
use super::{DeployedStack, StackResource};
use crate::live::aws::{Aws, Failure, pages};
use crate::model::{Problem, ProblemKind};

/// The type of nested stacks.
const NESTED: &str = "AWS::CloudFormation::Stack";
/// Stacks in stacks that are fetched, and how many of them; the service allows more than anybody has.
const MAX_DEPTH: usize = 10;
const MAX_STACKS: usize = 500;

/// The stack of a name or ARN, or `None` if nothing of that name was ever deployed: then nothing is applied, which is
/// an answer and no problem. Its nested stacks come with it.
///
/// A stack whose resources cannot be listed is still one; what is lacking stands in its problems.
///
/// # Errors
/// The stack or its template could not be read.
pub async fn fetch(aws: &Aws, name: &str) -> Result<Option<DeployedStack>, Problem> {
    aws.account().await?;
    let mut fetched = 0;
    fetch_with_nested(aws, name, 0, &mut fetched).await
}

async fn fetch_with_nested(
    aws: &Aws,
    name: &str,
    depth: usize,
    fetched: &mut usize,
) -> Result<Option<DeployedStack>, Problem> {
    let scope = aws.scope_text(&format!("stack {name}"));
    let Some(mut deployed) = fetch_one(aws, name, &scope).await? else { return Ok(None) };
    let is_stack = |resource: &&StackResource| resource.resource_type == NESTED;
    let nested: Vec<_> = deployed.resources.iter().filter(|(_, resource)| is_stack(resource)).collect();
    let nested: Vec<_> =
        nested.into_iter().filter_map(|(id, resource)| Some((id.clone(), resource.physical_id.clone()?))).collect();
    for (id, arn) in nested {
        *fetched += 1;
        if depth == MAX_DEPTH || *fetched > MAX_STACKS {
            let message = format!("more than {MAX_STACKS} nested stacks or {MAX_DEPTH} levels of them");
            deployed.problems.push(Problem::new(ProblemKind::NotSupported, scope, message));
            break;
        }
        match Box::pin(fetch_with_nested(aws, &arn, depth + 1, fetched)).await {
            Ok(Some(stack)) => {
                deployed.nested.insert(id, stack);
            }
            Ok(None) => {}
            Err(problem) => deployed.problems.push(problem),
        }
    }
    Ok(Some(deployed))
}

async fn fetch_one(aws: &Aws, name: &str, scope: &str) -> Result<Option<DeployedStack>, Problem> {
    let in_scope = |failure: Failure| failure.into_problem(scope.to_owned());
    let Some(stack) = describe(aws, name).await.map_err(in_scope)? else { return Ok(None) };
    let status = stack.stack_status.map(|status| status.as_str().to_owned()).unwrap_or_default();
    let parameters = stack.parameters.unwrap_or_default();
    let value = |parameter: &Parameter| Some((parameter.parameter_key.clone()?, parameter.parameter_value.clone()?));
    let resolved = |parameter: &Parameter| Some((parameter.parameter_key.clone()?, parameter.resolved_value.clone()?));
    let mut deployed = DeployedStack {
        name: stack.stack_name.unwrap_or_else(|| name.to_owned()),
        id: stack.stack_id.unwrap_or_default(),
        updated_at: stack.last_updated_time.or(stack.creation_time).map(|at| at.to_string()),
        tags: stack.tags.into_iter().flatten().filter_map(|tag| Some((tag.key?, tag.value?))).collect(),
        parameters: parameters.iter().filter_map(value).collect(),
        resolved: parameters.iter().filter_map(resolved).collect(),
        outputs: stack
            .outputs
            .into_iter()
            .flatten()
            .filter_map(|output| Some((output.output_key?, output.output_value?)))
            .collect(),
        status,
        ..DeployedStack::default()
    };
    // There is no template of a stack in review, and no resource of one that was rolled back.
    if let Reality::Nothing(_) = Reality::of(&deployed.status) {
        return Ok(Some(deployed));
    }
    deployed.template = template(aws, name).await.map_err(in_scope)?;
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
    // Deleted stacks are found by their ARN.
    let is_gone = matches!(stack.stack_status, Some(StackStatus::DeleteComplete));
    Ok((!is_gone).then_some(stack))
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
