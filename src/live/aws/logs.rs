//! Events of a log group of CloudWatch Logs: evidence, and no resource that is compared.

use jiff::Timestamp;

use super::Aws;
use crate::live::log::{Asked, LogEvent, Page};
use crate::model::{Problem, ProblemKind};

const ACTION: &str = "logs:FilterLogEvents";

/// One page of what a log group has. A page may be empty and not the last.
///
/// Source: CloudWatch Logs API reference, `FilterLogEvents`.
///
/// # Errors
/// Why it cannot be read, as a problem that hides no resource.
pub async fn page(aws: &Aws, asked: &Asked<'_>) -> Result<Page, Problem> {
    let call = aws.logs.filter_log_events().log_group_name(asked.log_group);
    let call = call.log_stream_name_prefix(asked.stream_prefix).filter_pattern(asked.pattern);
    let call = call.start_time(asked.since.as_millisecond()).set_next_token(asked.token.map(str::to_owned));
    let failed = |failure: super::Failure| {
        let scope = aws.scope_text(&format!("log group {}", asked.log_group));
        let problem = failure.into_problem(scope);
        Problem { kind: ProblemKind::Record, ..problem }
    };
    let answer = aws.call(ACTION, call.send()).await.map_err(failed)?;
    let event = |event: aws_sdk_cloudwatchlogs::types::FilteredLogEvent| {
        Some(LogEvent {
            id: event.event_id?,
            at: Timestamp::from_millisecond(event.timestamp?).ok()?,
            message: event.message?,
        })
    };
    let events = answer.events.unwrap_or_default().into_iter().filter_map(event).collect();
    Ok(Page { events, next: answer.next_token })
}
