//! Events of CloudTrail: evidence, and no resource that is compared.

use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use jiff::Timestamp;

use super::{Aws, Failure};
use crate::evidence::cloudtrail::Span;
use crate::live::log::{LogEvent, Page};
use crate::model::{Problem, ProblemKind};

const ACTION: &str = "cloudtrail:LookupEvents";

/// One page of the events of a span that changed something, newest first.
///
/// Source: CloudTrail API reference, `LookupEvents`: 50 events a page, two requests a second, 90 days.
///
/// # Errors
/// Why it cannot be read, as a problem that hides no resource.
pub async fn page(aws: &Aws, span: Span, token: Option<&str>) -> Result<Page, Problem> {
    let of_problem = |failure: Failure| {
        let problem = failure.into_problem(aws.scope_text("CloudTrail"));
        Problem { kind: ProblemKind::Record, ..problem }
    };
    let writes = LookupAttribute::builder().attribute_key(LookupAttributeKey::ReadOnly).attribute_value("false");
    let writes =
        writes.build().map_err(|error| of_problem(Failure::new(ProblemKind::Record, ACTION, error.to_string())))?;
    let call = aws.cloudtrail.lookup_events().lookup_attributes(writes);
    let call = call.start_time(DateTime::from_secs(span.from.as_second()));
    let call = call.end_time(DateTime::from_secs(span.until.as_second())).set_next_token(token.map(str::to_owned));
    let answer = aws.call(ACTION, call.send()).await.map_err(of_problem)?;
    let event = |event: aws_sdk_cloudtrail::types::Event| {
        Some(LogEvent {
            id: event.event_id?,
            at: Timestamp::from_second(event.event_time?.secs()).ok()?,
            message: event.cloud_trail_event?,
        })
    };
    let events = answer.events.unwrap_or_default().into_iter().filter_map(event).collect();
    Ok(Page { events, next: answer.next_token })
}
