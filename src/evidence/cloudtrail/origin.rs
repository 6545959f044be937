//! By what means a change was asked for: console, command line, infrastructure as code, a service.
//!
//! The user agent is the client's own word, so it alone never proves a pipeline; that takes the principal.

use super::event::Event;

/// By what means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A service on its own, or on behalf of something it runs.
    Service,
    /// CloudFormation, for whoever asked it to.
    CloudFormation,
    /// A tool for infrastructure as code.
    Iac(&'static str),
    Cli,
    CloudShell,
    Console,
    /// A program with an SDK.
    Sdk,
    Unknown,
}

impl Origin {
    /// The name of the tool.
    pub(super) fn tool(self) -> Option<&'static str> {
        match self {
            Self::CloudFormation => Some("cloudformation"),
            Self::Iac(tool) => Some(tool),
            Self::Cli => Some("cli"),
            Self::CloudShell => Some("cloudshell"),
            Self::Console => Some("console"),
            Self::Sdk => Some("sdk"),
            Self::Service | Self::Unknown => None,
        }
    }
}

/// What agents of tools for infrastructure as code hold.
const IAC: [(&str, &str); 5] = [
    ("terraform", "terraform"),
    ("opentofu", "opentofu"),
    ("pulumi", "pulumi"),
    ("crossplane", "crossplane"),
    ("hashicorp", "terraform"),
];

/// What agents of the console hold. Its newer parts send `AWS Internal`, and are known by their session alone.
const CONSOLE: [&str; 8] = [
    "console.amazonaws.com",
    "signin.amazonaws.com",
    "S3Console/",
    "RDS Console",
    "AWSLambdaConsole",
    "AWSCloudTrail, aws-internal",
    "Coral/",
    "Mozilla/",
];

const SDK: [&str; 5] = ["aws-sdk-", "Boto", "Botocore", "aws-internal/", "aws-crt"];

/// The first that fits, in the order of certainty.
pub(super) fn of(event: &Event) -> Origin {
    let agent = event.user_agent.trim_start_matches('[');
    let invoked_by = event.user_identity.invoked_by.as_str();
    let caller = if invoked_by.is_empty() { event.source_ip_address.as_str() } else { invoked_by };
    if event.is_of_service() || event.user_identity.kind == "AWSService" {
        return Origin::Service;
    }
    if caller.starts_with("cloudformation.") {
        return Origin::CloudFormation;
    }
    let is_forwarded = event.has_console_session() || is_console(agent);
    // The console is called through a service sometimes, with the session of the person.
    if !invoked_by.is_empty() && !is_forwarded {
        return Origin::Service;
    }
    if event.user_identity.session_context.session_issuer.arn.contains("/aws-service-role/") {
        return Origin::Service;
    }
    let lower = agent.to_lowercase();
    if let Some((_, tool)) = IAC.iter().find(|(part, _)| lower.contains(part)) {
        return Origin::Iac(tool);
    }
    match () {
        () if agent.starts_with("aws-cli/") && agent.contains("CloudShell") => Origin::CloudShell,
        () if agent.starts_with("aws-cli/") => Origin::Cli,
        () if is_forwarded => Origin::Console,
        () if SDK.iter().any(|part| agent.contains(part)) => Origin::Sdk,
        () if agent.ends_with(".amazonaws.com") || agent == "AWS Internal" => Origin::Service,
        () => Origin::Unknown,
    }
}

fn is_console(agent: &str) -> bool {
    let is_part = agent.starts_with("console.") && agent.ends_with(".amazonaws.com");
    is_part || CONSOLE.iter().any(|part| agent.contains(part))
}
