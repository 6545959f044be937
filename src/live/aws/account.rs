//! What templates ask of an account and region: what its stacks export, and its availability zones.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::Filter;

use super::{Aws, Failure, pages};
use crate::model::{AvailabilityZone, Problem};

/// What the stacks of the account and region export, by name.
///
/// # Errors
/// The list could not be read to its end: then no name can be said not to be exported.
pub async fn exports(aws: &Aws) -> Result<BTreeMap<String, String>, Problem> {
    const ACTION: &str = "cloudformation:ListExports";
    let answer = pages(ACTION, |token| {
        let call = aws.cloudformation.list_exports().set_next_token(token);
        async move {
            let page = aws.call(ACTION, call.send()).await?;
            Ok((page.exports.unwrap_or_default(), page.next_token))
        }
    })
    .await;
    let pages = answer.map_err(|failure| failure.into_problem(aws.scope_text("exports")))?;
    Ok(pages.into_iter().flatten().filter_map(|export| Some((export.name?, export.value?))).collect())
}

/// The availability zones of the region that have a default subnet, or all of them if none has, in alphabetical
/// order: what `Fn::GetAZs` gives (CloudFormation template reference).
///
/// # Errors
/// The zones or the default subnets could not be read.
pub async fn zones(aws: &Aws) -> Result<Vec<String>, Problem> {
    let mut zones = default_subnet_zones(aws).await.map_err(|failure| in_scope(aws, failure))?;
    if zones.is_empty() {
        zones = all_zones(aws).await.map_err(|failure| in_scope(aws, failure))?;
    }
    zones.sort();
    zones.dedup();
    Ok(zones)
}

/// The zones of the region that the account can use, by name: what Terraform's `aws_availability_zones` chooses from.
///
/// # Errors
/// The zones could not be read.
pub async fn available_zones(aws: &Aws) -> Result<Vec<AvailabilityZone>, Problem> {
    const ACTION: &str = "ec2:DescribeAvailabilityZones";
    let available = Filter::builder().name("state").values("available").build();
    let answer = aws.call(ACTION, aws.ec2.describe_availability_zones().filters(available).send()).await;
    let answer = answer.map_err(|failure| in_scope(aws, failure))?;
    let zones = answer.availability_zones.unwrap_or_default().into_iter().filter_map(|zone| {
        Some(AvailabilityZone {
            name: zone.zone_name?,
            id: zone.zone_id?,
            opt_in_status: zone.opt_in_status?.as_str().to_owned(),
            zone_type: zone.zone_type?,
        })
    });
    let mut zones: Vec<_> = zones.collect();
    zones.sort();
    Ok(zones)
}

fn in_scope(aws: &Aws, failure: Failure) -> Problem {
    failure.into_problem(aws.scope_text("availability zones"))
}

async fn default_subnet_zones(aws: &Aws) -> Result<Vec<String>, Failure> {
    const ACTION: &str = "ec2:DescribeSubnets";
    let of_zone = Filter::builder().name("default-for-az").values("true").build();
    let pages = pages(ACTION, |token| {
        let call = aws.ec2.describe_subnets().filters(of_zone.clone()).set_next_token(token);
        async move {
            let page = aws.call(ACTION, call.send()).await?;
            Ok((page.subnets.unwrap_or_default(), page.next_token))
        }
    })
    .await?;
    Ok(pages.into_iter().flatten().filter_map(|subnet| subnet.availability_zone).collect())
}

async fn all_zones(aws: &Aws) -> Result<Vec<String>, Failure> {
    const ACTION: &str = "ec2:DescribeAvailabilityZones";
    // Local and wavelength zones are no answer of `Fn::GetAZs`.
    let kind = Filter::builder().name("zone-type").values("availability-zone").build();
    let answer = aws.call(ACTION, aws.ec2.describe_availability_zones().filters(kind).send()).await?;
    Ok(answer.availability_zones.unwrap_or_default().into_iter().filter_map(|zone| zone.zone_name).collect())
}
