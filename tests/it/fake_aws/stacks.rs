//! Stacks with their nested stacks, and what templates ask of the account.

use super::*;

/// The answer of `DescribeStacks` for one stack.
fn stack_page(name: &str, status: &str, more: &str) -> Answer {
    xml(
        200,
        format!(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>{name}</StackName>\
             <StackId>arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/1</StackId><StackStatus>{status}\
             </StackStatus><CreationTime>2026-03-01T12:00:00Z</CreationTime>{more}</member></Stacks>\
             </DescribeStacksResult></DescribeStacksResponse>"
        ),
    )
}

#[tokio::test]
async fn a_stack_comes_with_its_nested_stacks_resolved_parameters_and_outputs() {
    const PARAMETER: &str = "<Parameters><member><ParameterKey>Image</ParameterKey><ParameterValue>/image\
        </ParameterValue><ResolvedValue>7</ResolvedValue></member></Parameters>";
    const OUTPUT: &str = "<Outputs><member><OutputKey>Url</OutputKey><OutputValue>u</OutputValue></member></Outputs>";
    let fake = FakeAws::start(|request| {
        let is_nested = request.body.contains("web-Data");
        match request.operation.as_str() {
            "DescribeStacks" if is_nested => stack_page("web-Data", "UPDATE_COMPLETE", OUTPUT),
            "DescribeStacks" => stack_page("web", "UPDATE_COMPLETE", PARAMETER),
            "GetTemplate" => xml(
                200,
                "<GetTemplateResponse><GetTemplateResult><TemplateBody>{}</TemplateBody></GetTemplateResult>\
                 </GetTemplateResponse>",
            ),
            _ => {
                let (id, kind, physical) = match is_nested {
                    true => ("Queue", "AWS::SQS::Queue", "q-1".to_owned()),
                    false => (
                        "Data",
                        "AWS::CloudFormation::Stack",
                        format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/web-Data/1"),
                    ),
                };
                xml(
                    200,
                    format!(
                        "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries><member>\
                         <LogicalResourceId>{id}</LogicalResourceId><ResourceType>{kind}</ResourceType>\
                         <PhysicalResourceId>{physical}</PhysicalResourceId><ResourceStatus>CREATE_COMPLETE\
                         </ResourceStatus></member></StackResourceSummaries></ListStackResourcesResult>\
                         </ListStackResourcesResponse>"
                    ),
                )
            }
        }
    })
    .await;
    let aws = connect(&fake.scope(), &Arc::default()).await;
    let stack = stack_fetch::fetch(&aws, "web").await.unwrap().unwrap();
    let text =
        |map: &BTreeMap<String, String>| map.iter().map(|(key, value)| format!("{key}={value}")).collect::<String>();
    assert_eq!((text(&stack.parameters), text(&stack.resolved)), ("Image=/image".to_owned(), "Image=7".to_owned()));
    let nested = &stack.nested["Data"];
    assert_eq!((nested.name.as_str(), text(&nested.outputs)), ("web-Data", "Url=u".to_owned()));
    assert_eq!(nested.resources["Queue"].physical_id.as_deref(), Some("q-1"));
    assert!(stack.problems.is_empty() && nested.problems.is_empty());
}

#[tokio::test]
async fn a_stack_that_was_rolled_back_at_its_creation_is_not_asked_for_more() {
    let fake = FakeAws::start(|_| stack_page("web", "ROLLBACK_COMPLETE", "")).await;
    let aws = connect(&fake.scope(), &Arc::default()).await;
    let stack = stack_fetch::fetch(&aws, "web").await.unwrap().unwrap();
    assert_eq!(stack.status, "ROLLBACK_COMPLETE");
    assert_eq!((fake.count("GetTemplate"), fake.count("ListStackResources")), (0, 0));
}

#[tokio::test]
async fn exports_are_read_to_the_last_page() {
    let page = |name: &str, next: &str| {
        format!(
            "<ListExportsResponse><ListExportsResult><Exports><member><Name>{name}</Name><Value>v-{name}</Value>\
             </member></Exports>{next}</ListExportsResult></ListExportsResponse>"
        )
    };
    let fake = FakeAws::start(move |request| match request.body.contains("NextToken=second") {
        false => xml(200, page("a", "<NextToken>second</NextToken>")),
        true => xml(200, page("b", "")),
    })
    .await;
    let aws = connect(&fake.scope(), &Arc::default()).await;
    let exports = aws::account::exports(&aws).await.unwrap();
    assert_eq!(exports.into_iter().collect::<Vec<_>>(), [("a".into(), "v-a".into()), ("b".into(), "v-b".into())]);
}

#[tokio::test]
async fn zones_are_those_with_a_default_subnet_or_all_of_them() {
    for (subnets, expect) in [
        (
            "<item><availabilityZone>eu-west-1c</availabilityZone></item><item><availabilityZone>eu-west-1a\
          </availabilityZone></item>",
            ["eu-west-1a", "eu-west-1c"],
        ),
        ("", ["eu-west-1b", "eu-west-1d"]),
    ] {
        let fake = FakeAws::start(move |request| match request.operation.as_str() {
            "DescribeSubnets" => {
                xml(200, format!("<DescribeSubnetsResponse><subnetSet>{subnets}</subnetSet></DescribeSubnetsResponse>"))
            }
            _ => xml(
                200,
                "<DescribeAvailabilityZonesResponse><availabilityZoneInfo><item><zoneName>eu-west-1d</zoneName></item>\
                 <item><zoneName>eu-west-1b</zoneName></item></availabilityZoneInfo></DescribeAvailabilityZonesResponse>",
            ),
        })
        .await;
        let aws = connect(&fake.scope(), &Arc::default()).await;
        assert_eq!(aws::account::zones(&aws).await.unwrap(), expect);
    }
}
