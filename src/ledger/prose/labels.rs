//! The headings and labels of change-request forms, and what stands under them.

/// What a section of a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ledger) enum Section {
    /// One line about the change.
    Summary,
    /// Which kind of change it is.
    Type,
    /// How risky it is.
    Risk,
    /// What was or will be done.
    Steps,
    /// How to take it back.
    Rollback,
    /// How it is or was tested; its commands change nothing that lasts.
    Testing,
    /// Who agreed.
    Approvals,
    /// When.
    Window,
    /// Names of what it touches.
    Resources,
    /// How it ended.
    Outcome,
    /// Where in its life it is.
    State,
    /// Why.
    Reason,
    /// The review after it.
    Review,
    /// Kept as text.
    Other,
}

/// Words of headings. The first that a heading has decides, so that `Rollback Plan` is about rollback and
/// `Communication Plan` is not about steps.
const SECTIONS: &[(&str, Section)] = &[
    ("rollback", Section::Rollback),
    ("roll_back", Section::Rollback),
    ("backout", Section::Rollback),
    ("back_out", Section::Rollback),
    ("revert", Section::Rollback),
    ("undo", Section::Rollback),
    ("approval", Section::Approvals),
    ("approvals", Section::Approvals),
    ("approvers", Section::Approvals),
    ("sign_off", Section::Approvals),
    ("signoff", Section::Approvals),
    ("post_incident_review", Section::Review),
    ("post_mortem", Section::Review),
    ("postmortem", Section::Review),
    ("communication", Section::Other),
    ("monitoring", Section::Other),
    ("testing", Section::Testing),
    ("test", Section::Testing),
    ("tests", Section::Testing),
    ("verification", Section::Testing),
    ("validation", Section::Testing),
    ("checklist", Section::Testing),
    ("risk", Section::Risk),
    ("type", Section::Type),
    ("category", Section::Type),
    ("window", Section::Window),
    ("schedule", Section::Window),
    ("outcome", Section::Outcome),
    ("result", Section::Outcome),
    ("status", Section::State),
    ("state", Section::State),
    ("summary", Section::Summary),
    ("affected", Section::Resources),
    ("resources", Section::Resources),
    ("reason", Section::Reason),
    ("justification", Section::Reason),
    ("implementation", Section::Steps),
    ("steps", Section::Steps),
    ("procedure", Section::Steps),
    ("plan", Section::Steps),
    ("commands", Section::Steps),
    ("actions_taken", Section::Steps),
    ("what_was_done", Section::Steps),
    ("execution", Section::Steps),
];

/// What the section under a heading is about.
pub(in crate::ledger) fn section(title: &str) -> Section {
    let title = format!("_{}_", normalised(title));
    let found = SECTIONS.iter().find(|(words, _)| title.contains(&format!("_{words}_")));
    found.map_or(Section::Other, |(_, section)| *section)
}

/// A labelled value: `**Planned Date:** 2024-01-20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ledger) enum Label {
    /// One line about the change.
    Summary,
    /// Names of what it touches.
    Resources,
    /// How to take it back, in words.
    RollbackPlan,
    /// The planned day.
    PlannedDate,
    /// The planned hour, or two of them.
    PlannedTime,
    /// The planned start.
    PlannedStart,
    /// The planned end.
    PlannedEnd,
    /// The planned length.
    Duration,
    /// The real start.
    ActualStart,
    /// The real end.
    ActualEnd,
    /// Who is at hand.
    OnCall,
    /// Who carries it out.
    Implementer,
    /// Who asks for it.
    Requester,
    /// Who agreed.
    ApprovedBy,
    /// The environment.
    Environment,
    /// The kind of change.
    Type,
    /// How risky it is.
    Risk,
    /// Why.
    Reason,
    /// Where in its life it is.
    State,
    /// How it ended.
    Outcome,
    /// The incident.
    Incident,
    /// The review.
    Review,
    /// When it stops explaining.
    Expires,
}

const LABELS: &[(Label, &[&str])] = &[
    (Label::Summary, &["summary", "title", "description", "change"]),
    (
        Label::Resources,
        &[
            "services_affected",
            "affected_services",
            "service",
            "services",
            "resource",
            "resources",
            "systems_affected",
            "affected_systems",
            "affected_resources",
            "resources_affected",
            "components",
        ],
    ),
    (Label::RollbackPlan, &["rollback_plan", "rollback", "backout_plan", "backout"]),
    (Label::PlannedDate, &["planned_date", "scheduled_date", "deployment_date", "change_date", "date"]),
    (Label::PlannedTime, &["planned_time", "scheduled_time", "time", "window"]),
    (Label::PlannedStart, &["planned_start", "scheduled_start", "start", "start_time"]),
    (Label::PlannedEnd, &["planned_end", "scheduled_end", "end", "end_time"]),
    (Label::Duration, &["duration", "estimated_duration", "planned_duration"]),
    (Label::ActualStart, &["actual_start", "started_at", "started", "performed_at", "implemented_at", "changed_at"]),
    (Label::ActualEnd, &["actual_end", "finished_at", "finished", "completed_at", "ended_at"]),
    (Label::OnCall, &["on_call_engineer", "on_call"]),
    (
        Label::Implementer,
        &[
            "implementer",
            "implemented_by",
            "performed_by",
            "changed_by",
            "executed_by",
            "engineer",
            "assignee",
            "operator",
            "who",
        ],
    ),
    (Label::Requester, &["requester", "requested_by", "author", "owner", "raised_by"]),
    (Label::ApprovedBy, &["approved_by", "approver", "signed_off_by"]),
    (Label::Environment, &["environment", "env"]),
    (Label::Type, &["type", "change_type"]),
    (Label::Risk, &["risk", "risk_level"]),
    (Label::Reason, &["reason", "justification"]),
    (Label::State, &["state", "status"]),
    (Label::Outcome, &["outcome", "result"]),
    (Label::Incident, &["incident", "incident_id"]),
    (Label::Review, &["review", "post_mortem", "postmortem", "pir", "post_incident_review"]),
    (Label::Expires, &["expires", "expiry", "expires_at", "valid_until"]),
];

/// The label that a text is.
pub(in crate::ledger) fn label(text: &str) -> Option<Label> {
    let text = normalised(text);
    LABELS.iter().find(|(_, names)| names.contains(&text.as_str())).map(|(label, _)| *label)
}

/// Lower case, with one `_` for whatever stands between letters and digits.
pub(in crate::ledger) fn normalised(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_told_by_whole_words() {
        for (title, expect) in [
            ("Rollback Procedure", Section::Rollback),
            ("Back-out plan", Section::Rollback),
            ("Implementation Plan", Section::Steps),
            ("Post-Implementation Validation", Section::Testing),
            ("Communication Plan", Section::Other),
            ("Deployment Window", Section::Window),
            ("4. Sign-off", Section::Approvals),
            ("Latest news", Section::Other),
        ] {
            assert_eq!(section(title), expect, "{title}");
        }
    }

    #[test]
    fn a_label_has_one_meaning() {
        let mut names: Vec<_> = LABELS.iter().flat_map(|(_, names)| names.iter()).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        assert_eq!(label("On-Call Engineer"), Some(Label::OnCall));
        assert_eq!(label("Note"), None);
    }
}
