//! One record against one part of a drift: how far it goes towards explaining it, and why not further.

use jiff::SignedDuration;

use crate::ledger::commands::{self, Effect, Prediction, Reading, ScopeName};
use crate::ledger::policy::{ChangeTime, WidestScope};
use crate::model::{AttributeDrift, ChangeRecord, Drift, EvidenceSource, Outcome, Reason, RecordStep, Tier, Value};

use super::Context;
use super::identity::{Answer, Arn, Names, answers, is_same_type};
use super::predict::{Agreement, Aimed, agreement};
use super::sighting::{ActorFit, Sighting};
use super::text::{Text, names_attribute, names_presence, shown};
use super::time::{Cover, Fit, distance};

/// A record with its commands and text read once.
pub(super) struct Prepared<'a> {
    pub record: &'a ChangeRecord,
    steps: Reading,
    rollback: Reading,
    text: Text,
    /// Commands that no table understands; they may still name things.
    command_text: Text,
    cover: Cover,
    /// The accounts and regions of the ARNs among its selectors.
    accounts: Vec<String>,
    regions: Vec<String>,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(record: &'a ChangeRecord, context: &Context<'_>) -> Self {
        let (steps, unread) = read_all(&record.steps);
        let (rollback, _) = read_all(&record.rollback);
        let arns: Vec<Arn<'_>> = record.selectors.iter().filter_map(|selector| Arn::parse(selector)).collect();
        let told = |part: &str| (!part.is_empty()).then(|| part.to_owned());
        Self {
            record,
            rollback,
            text: Text::of(record),
            command_text: Text::new(unread),
            cover: Cover::of(record, context.policy),
            accounts: arns.iter().filter_map(|arn| told(arn.account)).collect(),
            regions: arns.iter().filter_map(|arn| told(arn.region)).chain(steps.regions.iter().cloned()).collect(),
            steps,
        }
    }
}

/// What the commands of steps say together, and the texts of those that are not understood.
fn read_all(steps: &[RecordStep]) -> (Reading, Vec<&str>) {
    let mut all = Reading::default();
    let mut unread = Vec::new();
    for command in commands::of_steps(steps) {
        let reading = commands::read(command).unwrap_or_default();
        if !reading.is_understood {
            unread.push(command.text.as_str());
        }
        all.effects.extend(reading.effects);
        all.subjects.extend(reading.subjects);
        all.scope.extend(reading.scope);
        all.regions.extend(reading.regions);
    }
    (all, unread)
}

/// A part of a drift that needs an explanation: an attribute, or the resource as a whole.
pub(super) struct Part<'d> {
    pub attribute: Option<&'d AttributeDrift>,
    pub sightings: Vec<Sighting<'d>>,
}

impl Part<'_> {
    fn shown(&self, drift: &Drift) -> String {
        shown(self.attribute.map(|attribute| &attribute.path), drift)
    }
}

/// What a record says about a part.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    pub record: &'a ChangeRecord,
    pub standing: CandidateStanding,
    /// How wide a scope the record names; the smaller the better.
    pub width: u8,
    /// How far its time is from the change.
    pub distance: SignedDuration,
    /// When the change happened that it was held against.
    pub change: ChangeTime,
    pub because: Vec<String>,
}

/// Whether a candidate explains; the smaller, the more it decides. An explanation outweighs a contradiction by another
/// record, because what is live is what the explaining one says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CandidateStanding {
    Explains(Tier),
    Contradicts,
    Loses,
}

/// How a record refers to a part, strongest first.
enum Reach<'p> {
    /// The change carried its id.
    Carried(EvidenceSource),
    /// A command predicts exactly what is live.
    Predicted(&'p Effect),
    /// A command predicts another value.
    Otherwise(&'p Effect, Option<Value>),
    /// A command predicts what is live, but the record says that it was taken back.
    NotTakenBack(&'p Effect),
    /// It names resource and attribute; with a command, that command's value is not known.
    Attribute(Option<&'p Effect>),
    /// It names the resource.
    Resource,
    /// It names the resource, and its commands say which other attributes of it they set.
    Elsewhere,
    /// It names only a wider scope.
    Wide(WidestScope, String),
    /// It names nothing of this.
    Nothing,
}

impl Reach<'_> {
    fn width(&self) -> u8 {
        match self {
            Self::Carried(_)
            | Self::Predicted(_)
            | Self::Otherwise(..)
            | Self::NotTakenBack(_)
            | Self::Attribute(_) => 0,
            Self::Resource | Self::Elsewhere => 1,
            Self::Wide(scope, _) => 2 + *scope as u8,
            Self::Nothing => u8::MAX,
        }
    }
}

/// A record against a part; `None` if they have nothing to do with each other.
pub(super) fn consider<'a>(
    prepared: &'a Prepared<'a>,
    part: &Part<'_>,
    drift: &Drift,
    names: &Names,
    context: &Context<'_>,
) -> Option<Candidate<'a>> {
    let record = prepared.record;
    let (sighting, fit, actor) = best_sighting(prepared, part, context)?;
    let reach = reach(prepared, part, drift, names, &sighting, context);
    let mut candidate = Candidate {
        record,
        standing: CandidateStanding::Loses,
        width: reach.width(),
        distance: distance(record, sighting.time),
        change: sighting.time,
        because: Vec::new(),
    };
    if let Some(barred) = barred(prepared, drift, context) {
        if matches!(reach, Reach::Nothing | Reach::Wide(..)) {
            return None;
        }
        candidate.because = vec![named_sentence(&reach, part, drift), barred];
        return Some(candidate);
    }
    let held = Held { prepared, part, drift, sighting, fit, actor, context };
    let (standing, because) = held.judge(&reach)?;
    candidate.standing = standing;
    candidate.because = because;
    Some(candidate)
}

/// The sighting that speaks most for the record.
fn best_sighting<'d>(
    prepared: &Prepared<'_>,
    part: &Part<'d>,
    context: &Context<'_>,
) -> Option<(Sighting<'d>, Fit, ActorFit)> {
    let held = part.sightings.iter().map(|sighting| {
        let actor = sighting.actor_fit(prepared.record, context.people);
        (*sighting, prepared.cover.fit(sighting.time), actor)
    });
    held.min_by_key(|(sighting, fit, actor)| {
        let carries = sighting.carries.is_some_and(|id| prepared.record.goes_by(id));
        (!carries, *fit != Fit::Inside, *actor, *fit)
    })
}

/// Why a record can explain nothing here, whatever it says.
fn barred(prepared: &Prepared<'_>, drift: &Drift, context: &Context<'_>) -> Option<String> {
    let record = prepared.record;
    if !record.state.can_explain() {
        return Some(format!("it is {} and explains nothing", record.state.as_str()));
    }
    if let Some(expired) = record.expires_at.filter(|expires| *expires <= context.now) {
        return Some(format!("it expired at {expired:.0} and explains nothing since"));
    }
    if record.reason == Some(Reason::Database) {
        return Some("it is about data in a database and explains no infrastructure".to_owned());
    }
    if let Some(other) = record.environment.as_ref().filter(|own| !own.eq_ignore_ascii_case(&drift.environment)) {
        return Some(format!("it is for the environment {other}, this is {}", drift.environment));
    }
    let elsewhere = |own: &[String], here: Option<&String>| {
        here.filter(|here| !own.is_empty() && !own.contains(here)).map(|here| (own.join(", "), here.clone()))
    };
    if let Some((own, here)) = elsewhere(&prepared.accounts, drift.scope.account.as_ref()) {
        return Some(format!("it is for the account {own}, this is {here}"));
    }
    let is_global = drift.resource_type.as_str().starts_with("AWS::IAM::");
    let region = drift.scope.region.as_ref().filter(|_| !is_global);
    elsewhere(&prepared.regions, region).map(|(own, here)| format!("it is for the region {own}, this is {here}"))
}

fn reach<'p>(
    prepared: &'p Prepared<'_>,
    part: &Part<'_>,
    drift: &Drift,
    names: &Names,
    sighting: &Sighting<'_>,
    context: &Context<'_>,
) -> Reach<'p> {
    let named = names_resource(prepared, drift, names);
    let aimed = |reading: &'p Reading| -> Vec<Aimed<'p>> {
        let own = reading.effects.iter().filter(|effect| is_same_type(&effect.resource_type, &drift.resource_type));
        let answered = own.map(|effect| (effect, answers(&effect.target, effect.region.as_deref(), drift, names)));
        // A command on `$SERVICE` counts if the record names the service elsewhere.
        answered.filter(|(_, answer)| *answer != Answer::No && (*answer != Answer::Open || named)).collect()
    };
    let (steps, rollback) = (aimed(&prepared.steps), aimed(&prepared.rollback));
    let says = |effects: &[Aimed<'p>]| agreement(effects, part.attribute, drift, context.fingerprints);
    let outcome = prepared.record.outcome;
    // What was taken back is described by the way back; where the outcome is open, either may be live.
    let said = match says(&steps) {
        Agreement::Full(effect) if outcome == Outcome::RolledBack && rollback.is_empty() => {
            return Reach::NotTakenBack(effect);
        }
        _ if outcome == Outcome::RolledBack && !rollback.is_empty() => says(&rollback),
        Agreement::Differs(effect, value) if matches!(outcome, Outcome::Unknown | Outcome::Failed) => {
            match says(&rollback) {
                Agreement::Full(back) => Agreement::Full(back),
                _ => Agreement::Differs(effect, value),
            }
        }
        said => said,
    };
    let carries = |sighting: &Sighting<'_>| sighting.carries.is_some_and(|id| prepared.record.goes_by(id));
    let says_what = steps.iter().any(|(_, answer)| *answer == Answer::Yes);
    // Of several changes one carried the id; which attribute that was, the record's commands tell if they can.
    let is_the_one = !matches!(said, Agreement::Silent) || !says_what;
    let carried = carries(sighting) && (is_the_one || part.sightings.iter().all(carries));
    match said {
        Agreement::Differs(effect, value) => Reach::Otherwise(effect, value),
        _ if carried => Reach::Carried(sighting.source.unwrap_or(EvidenceSource::Service)),
        Agreement::Full(effect) => Reach::Predicted(effect),
        Agreement::Partial(effect) => Reach::Attribute(Some(effect)),
        Agreement::Silent if named && names_part(prepared, part, drift) => Reach::Attribute(None),
        Agreement::Silent if says_what => Reach::Elsewhere,
        Agreement::Silent if named => Reach::Resource,
        Agreement::Silent => wide(prepared, drift, names),
    }
}

fn names_resource(prepared: &Prepared<'_>, drift: &Drift, names: &Names) -> bool {
    let by_text = names.own.iter().any(|name| prepared.text.names(name) || prepared.command_text.names(name));
    let by_subject = prepared.steps.subjects.iter().any(|subject| {
        is_same_type(&subject.resource_type, &drift.resource_type)
            && answers(&subject.target, subject.region.as_deref(), drift, names) == Answer::Yes
    });
    let by_scope =
        prepared.steps.scope.iter().any(|scope| matches!(scope, ScopeName::Resource(name) if names.own.contains(name)));
    by_text || by_subject || by_scope || prepared.record.selectors.contains(&drift.address)
}

fn names_part(prepared: &Prepared<'_>, part: &Part<'_>, drift: &Drift) -> bool {
    [&prepared.text, &prepared.command_text].into_iter().any(|text| match part.attribute {
        Some(attribute) => names_attribute(text, &drift.resource_type, attribute),
        None => names_presence(text, drift),
    })
}

/// The narrowest wider scope that a record names. One whose commands say what they touch names nothing wider.
fn wide<'p>(prepared: &Prepared<'_>, drift: &Drift, names: &Names) -> Reach<'p> {
    if !prepared.steps.effects.is_empty() {
        return Reach::Nothing;
    }
    let in_scope = |name: &String| {
        prepared
            .steps
            .scope
            .iter()
            .any(|scope| matches!(scope, ScopeName::Stack(own) | ScopeName::Resource(own) if own == name))
    };
    let stack = names.wider.iter().find(|name| prepared.text.names(name) || in_scope(name));
    if let Some(name) = stack {
        return Reach::Wide(WidestScope::Stack, name.clone());
    }
    let service = drift.resource_type.as_str().split("::").nth(1).unwrap_or_default();
    let by_service =
        |selector: &&String| selector.eq_ignore_ascii_case(service) || **selector == drift.resource_type.as_str();
    if let Some(selector) = prepared.record.selectors.iter().find(by_service) {
        return Reach::Wide(WidestScope::Stack, selector.clone());
    }
    if let Some(account) = drift.scope.account.as_ref().filter(|account| prepared.text.names(account)) {
        return Reach::Wide(WidestScope::Account, format!("the account {account}"));
    }
    match &prepared.record.environment {
        Some(own) if own.eq_ignore_ascii_case(&drift.environment) => {
            Reach::Wide(WidestScope::Environment, format!("the environment {own}"))
        }
        _ => Reach::Nothing,
    }
}

/// A record held against a part, with the sighting that speaks most for it.
struct Held<'x> {
    prepared: &'x Prepared<'x>,
    part: &'x Part<'x>,
    drift: &'x Drift,
    sighting: Sighting<'x>,
    fit: Fit,
    actor: ActorFit,
    context: &'x Context<'x>,
}

impl Held<'_> {
    fn judge(&self, reach: &Reach<'_>) -> Option<(CandidateStanding, Vec<String>)> {
        use CandidateStanding::{Contradicts, Explains, Loses};
        let inside = self.fit == Fit::Inside;
        let agrees = inside && self.actor == ActorFit::Agrees;
        let named = named_sentence(reach, self.part, self.drift);
        let allowed = |scope| self.context.policy.widest_scope >= scope;
        let standing = match reach {
            Reach::Carried(_) => return Some((Explains(Tier::T1), vec![named, self.actor_sentence()])),
            Reach::Predicted(_) if self.is_near() => Explains(Tier::T2),
            Reach::Otherwise(..) | Reach::NotTakenBack(_) if inside || self.is_carried() => Contradicts,
            Reach::Attribute(_) if inside && self.actor != ActorFit::Differs => Explains(Tier::T3),
            Reach::Resource if agrees && allowed(WidestScope::Resource) => Explains(Tier::T4),
            Reach::Wide(scope, _) if agrees && allowed(*scope) => Explains(Tier::T5),
            Reach::Wide(..) if !inside => return None,
            // Somebody's other work in the same hour: a hint for whoever looks, no explanation.
            Reach::Nothing if agrees && matches!(self.sighting.time, ChangeTime::At(_)) => Loses,
            Reach::Nothing => return None,
            _ => Loses,
        };
        let mut because = vec![named];
        because.push(self.prepared.cover.sentence(self.sighting.time, self.prepared.record));
        because.push(self.actor_sentence());
        if standing == Loses {
            because.extend(self.missing(reach, inside));
        }
        Some((standing, because))
    }

    fn is_carried(&self) -> bool {
        self.sighting.carries == Some(self.prepared.record.id.as_str())
    }

    /// Whether the time is near enough for a command that predicts the exact value: it may be off the window by as
    /// much as a record may lag behind; the violation `outside_window` then tells.
    fn is_near(&self) -> bool {
        match self.fit {
            Fit::Inside => true,
            Fit::Outside(by) => by <= self.context.policy.record_within.duration(),
        }
    }

    fn actor_sentence(&self) -> String {
        self.sighting.actor_sentence(self.prepared.record, self.context.people)
    }

    /// What a losing record would need.
    fn missing(&self, reach: &Reach<'_>, inside: bool) -> Option<String> {
        let sentence = match reach {
            Reach::Elsewhere => "its commands say what they set, and this is not among it".to_owned(),
            Reach::Nothing => "it explains nothing unless it names what it touches".to_owned(),
            _ if !inside => "it does not cover this change; if it does, correct its times".to_owned(),
            Reach::Attribute(_) => "somebody else made this change".to_owned(),
            Reach::Resource | Reach::Wide(..) if self.actor != ActorFit::Agrees => {
                "naming no more than that, it explains only what its implementer is known to have changed".to_owned()
            }
            Reach::Resource | Reach::Wide(..) => "policy does not let a record explain by so wide a name".to_owned(),
            _ => return None,
        };
        Some(sentence)
    }
}

/// A sentence about what the record refers to.
fn named_sentence(reach: &Reach<'_>, part: &Part<'_>, drift: &Drift) -> String {
    let shown = part.shown(drift);
    match reach {
        Reach::Carried(source) => {
            format!("the change itself carries the record's id, as {} tells", source_name(*source))
        }
        Reach::Predicted(effect) => match value_shown(part, effect) {
            Some(value) => format!("its command {} {shown} {value}, and that is live", verb(effect)),
            None => format!("its command {} {shown}, and exactly that is live", verb(effect)),
        },
        Reach::Otherwise(effect, predicted) => otherwise(effect, predicted.as_ref(), part, &shown),
        Reach::NotTakenBack(effect) => {
            format!("the record says it was taken back, but what its command {} on {shown} is live", verb(effect))
        }
        Reach::Attribute(Some(effect)) => {
            format!("its command {} {shown}, but its text does not show the whole of it", verb(effect))
        }
        Reach::Attribute(None) => format!("it names {} and {shown}", drift.address),
        Reach::Resource | Reach::Elsewhere => format!("it names {}, but not {shown}", drift.address),
        Reach::Wide(_, name) => format!("it names only {name}"),
        Reach::Nothing => "it names nothing of this resource".to_owned(),
    }
}

/// The value that a command sets, unless somebody must not see it.
fn value_shown(part: &Part<'_>, effect: &Effect) -> Option<String> {
    let attribute = part.attribute.filter(|attribute| !attribute.is_sensitive())?;
    let is_member = matches!(effect.prediction, Prediction::Contains(_) | Prediction::Lacks(_));
    attribute.live.as_ref().filter(|_| !is_member).map(|live| format!("to {}", brief(live)))
}

fn otherwise(effect: &Effect, predicted: Option<&Value>, part: &Part<'_>, shown: &str) -> String {
    let Some(attribute) = part.attribute.filter(|attribute| !attribute.is_sensitive()) else {
        return format!("its command {} {shown}, but something else is live (values are secret)", verb(effect));
    };
    let live = attribute.live.as_ref().map_or_else(|| "absent".to_owned(), brief);
    match (predicted.map(brief), &effect.prediction) {
        (Some(predicted), Prediction::Contains(_)) => {
            format!("its command {} {predicted} to {}, but live it is {live}", verb(effect), effect.path)
        }
        (Some(predicted), _) => format!("its command {} {shown} to {predicted}, but live it is {live}", verb(effect)),
        (None, _) => format!("after its command {} {shown} is absent, but live it is {live}", quoted(effect)),
    }
}

/// Longest value that a sentence shows, in characters; reports show the rest.
const LONGEST_VALUE: usize = 120;

/// A value for a sentence: scalars as they are, without the quotes that a command line does not tell from numbers.
fn brief(value: &Value) -> String {
    let text = value.as_scalar_text().unwrap_or_else(|| value.to_json().to_string());
    if text.is_empty() {
        return "empty".to_owned();
    }
    let mut brief: String = text.chars().take(LONGEST_VALUE).collect();
    if brief.len() < text.len() {
        brief.push('…');
    }
    brief
}

/// `` `aws ecs update-service` (changes/CR-1.yaml:12) sets``. Never the command itself: it may hold a secret.
fn verb(effect: &Effect) -> String {
    let verb = match effect.prediction {
        Prediction::Contains(_) => "adds",
        Prediction::Lacks(_) => "removes",
        _ if effect.path.is_root() => "is about",
        _ => "sets",
    };
    format!("{} {verb}", quoted(effect))
}

fn quoted(effect: &Effect) -> String {
    let place = effect.command.at.as_ref().map(|at| format!(" ({}:{})", at.file, at.line)).unwrap_or_default();
    format!("`{}`{place}", effect.operation)
}

fn source_name(source: EvidenceSource) -> &'static str {
    match source {
        EvidenceSource::Service => "the service",
        EvidenceSource::ServiceEvent => "the service's events",
        EvidenceSource::Cloudtrail => "CloudTrail",
        EvidenceSource::ManagedFields => "managedFields",
        EvidenceSource::AuditLog => "the audit log",
        EvidenceSource::Git => "a commit",
    }
}
