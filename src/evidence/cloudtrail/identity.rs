//! Who asked: a name by which people know each other, and whether it is a person at all.

use globset::{GlobBuilder, GlobMatcher};

use super::Settings;
use super::event::Event;
use super::origin::{self, Origin};
use crate::model::{Actor, ActorKind};

/// Who asked for a change. A principal that deploys is a pipeline whatever its tool says of itself; a tool that deploys
/// is a person's in anybody else's hands.
pub(super) fn actor(event: &Event, settings: &Settings) -> Actor {
    let origin = origin::of(event);
    let is_pipeline = is_pipeline(event, settings);
    let kind = match origin {
        _ if is_pipeline => ActorKind::Automation,
        Origin::Service => ActorKind::Service,
        _ if is_machine(event) => ActorKind::Automation,
        _ if is_person(event) => ActorKind::Person,
        Origin::Cli | Origin::CloudShell | Origin::Console | Origin::Iac(_) => ActorKind::Person,
        Origin::CloudFormation | Origin::Sdk | Origin::Unknown => ActorKind::Unknown,
    };
    Actor { name: name(event, kind), kind, via: origin.tool().map(str::to_owned) }
}

/// What a caller can carry a record's id in: the application in the user agent (`app/CR-1`), the source identity and
/// the name of the session.
pub(super) fn tokens(event: &Event) -> Vec<String> {
    let applications = event.user_agent.split(' ').filter_map(|part| part.strip_prefix("app/"));
    let session = session_name(event);
    let identity = event.user_identity.session_context.source_identity.as_str();
    let mut tokens: Vec<String> =
        applications.chain(session).chain([identity]).filter(|token| !token.is_empty()).map(str::to_owned).collect();
    tokens.sort();
    tokens.dedup();
    tokens
}

/// The last part of `arn:aws:sts::1:assumed-role/ROLE/SESSION`.
fn session_name(event: &Event) -> Option<&str> {
    let arn = event.user_identity.arn.as_str();
    arn.contains(":assumed-role/").then(|| arn.rsplit('/').next()).flatten().filter(|name| !name.is_empty())
}

fn role_name(event: &Event) -> &str {
    let issuer = &event.user_identity.session_context.session_issuer;
    match issuer.user_name.is_empty() {
        true => issuer.arn.rsplit('/').next().unwrap_or_default(),
        false => &issuer.user_name,
    }
}

fn name(event: &Event, kind: ActorKind) -> String {
    let identity = &event.user_identity;
    let source_identity = identity.session_context.source_identity.as_str();
    let session = session_name(event).filter(|_| kind == ActorKind::Person || kind == ActorKind::Unknown);
    let candidates = [
        if kind == ActorKind::Person { source_identity } else { "" },
        session.unwrap_or_default(),
        &identity.user_name,
        role_name(event),
        if identity.kind == "Root" { "root" } else { "" },
        &identity.on_behalf_of.user_id,
        &identity.invoked_by,
        &identity.arn,
        &event.source_ip_address,
    ];
    candidates.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned()
}

/// Whether it is one of the principals that deploy.
fn is_pipeline(event: &Event, settings: &Settings) -> bool {
    let issuer = &event.user_identity.session_context.session_issuer;
    let names =
        [event.user_identity.arn.as_str(), &issuer.arn, role_name(event), session_name(event).unwrap_or_default()];
    settings
        .pipelines
        .iter()
        .filter_map(|pattern| matcher(pattern))
        .any(|pattern| names.iter().filter(|name| !name.is_empty()).any(|name| pattern.is_match(name)))
}

fn matcher(pattern: &str) -> Option<GlobMatcher> {
    GlobBuilder::new(pattern).literal_separator(false).build().ok().map(|glob| glob.compile_matcher())
}

/// Whether a person signed in for it: a user, the root, or somebody of the directory.
fn is_person(event: &Event) -> bool {
    let identity = &event.user_identity;
    matches!(identity.kind.as_str(), "IAMUser" | "Root" | "IdentityCenterUser")
        || role_name(event).starts_with("AWSReservedSSO_")
        || event.has_console_session()
}

/// Whether it runs on a machine of AWS: functions, tasks and instances assume roles under names of their own.
fn is_machine(event: &Event) -> bool {
    let agent = event.user_agent.as_str();
    let runs_there = ["exec-env/AWS_Lambda", "exec-env/AWS_ECS", "amazon-ssm-agent/"];
    let session = session_name(event).unwrap_or_default();
    let is_instance = session.strip_prefix("i-").is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    runs_there.iter().any(|part| agent.contains(part)) || is_instance
}
