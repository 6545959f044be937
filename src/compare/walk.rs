//! The walk over the three trees at once.

use std::collections::BTreeSet;

use super::normal::{self, Author};
use super::scalar::{self, Sameness};
use super::{Comparison, Reader, RuleId, Subject, policy, transform};
use crate::model::{AttributeDrift, AttributePath, Basis, Kind, Standing, Step, Value};
use crate::schema::{Facts, Order, ResourceFacts, Says, When, pattern_matches, resource_facts};

/// One attribute from the three sides; `None`: not there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Three<'v> {
    pub declared: Option<&'v Value>,
    pub applied: Option<&'v Value>,
    pub live: Option<&'v Value>,
}

impl<'v> Three<'v> {
    fn map(self, part: impl Fn(&'v Value) -> Option<&'v Value>) -> Self {
        let side = |value: Option<&'v Value>| value.and_then(&part);
        Self { declared: side(self.declared), applied: side(self.applied), live: side(self.live) }
    }

    fn sides(self) -> impl Iterator<Item = &'v Value> {
        [self.declared, self.applied, self.live].into_iter().flatten()
    }
}

/// How much of what is found is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Properties of a resource: what is declared.
    Properties,
    /// A document that is written as a whole: every member of it, to the letter.
    Document(Order),
}

/// One walk and what it found.
pub(super) struct Walk<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) facts: Facts,
    /// What the type's published schema says, which the tables go before.
    schema: Option<&'static ResourceFacts>,
    /// All that is declared.
    declared: &'a Value,
    /// Version upgrades happen by themselves unless the resource says otherwise.
    pub(super) upgrades_itself: bool,
    /// This walk only asks how like two items are; in it likeness is judged at a glance, or the cost would multiply
    /// at every level.
    pub(super) probing: bool,
    /// Declared and applied are compared: neither is an answer of the service.
    both_written: bool,
    /// The walk is inside something that the schema calls write-only and that was returned after all: whoever returns it
    /// returns all of it.
    within_returned: bool,
    pub(super) found: Comparison,
    /// What only lives and is not judged, if anybody asks.
    pub(super) undeclared: Undeclared,
}

/// Deeper than any property of any type; below, values are compared as wholes.
const MAX_DEPTH: usize = 48;

/// Compares a subject from its root.
pub(super) fn run(subject: &Subject<'_>) -> Comparison {
    from_root(subject, None).0
}

/// What only lives and is not judged, from the root of a subject.
pub(super) fn undeclared(subject: &Subject<'_>) -> Vec<(AttributePath, Value)> {
    from_root(subject, Some(Vec::new())).1.unwrap_or_default()
}

/// What is not judged, if anybody asks for it.
type Undeclared = Option<Vec<(AttributePath, Value)>>;

fn from_root(subject: &Subject<'_>, undeclared: Undeclared) -> (Comparison, Undeclared) {
    let facts = Facts::of(subject.resource_type);
    let declared = normal::of_type(subject, facts, Author::Person, subject.declared);
    // What is declared as it was applied is compared once.
    let applied = subject.base.applied().filter(|applied| *applied != subject.declared);
    let applied = applied.map(|applied| normal::of_type(subject, facts, Author::Person, applied));
    let live = normal::of_type(subject, facts, Author::Service, subject.live);
    let live = normal::as_declared(subject.resource_type, &declared, live);
    let mut walk = Walk::new(subject, &declared, &live, undeclared);
    let three =
        Three { declared: Some(&declared), applied: Some(applied.as_deref().unwrap_or(&declared)), live: Some(&live) };
    walk.node(&AttributePath::root(), Manner::Properties, three);
    (walk.found, walk.undeclared)
}

impl<'a> Walk<'a> {
    /// A walk that begins; `undeclared` takes what is not judged, if anybody asks for it.
    pub(super) fn new(subject: &'a Subject<'a>, declared: &'a Value, live: &Value, undeclared: Undeclared) -> Self {
        let upgrades = live.get("AutoMinorVersionUpgrade").and_then(Value::as_scalar_text);
        Self {
            subject,
            facts: Facts::of(subject.resource_type),
            schema: resource_facts(subject.resource_type.as_str()),
            declared,
            upgrades_itself: upgrades.as_deref() != Some("false"),
            probing: false,
            both_written: false,
            within_returned: false,
            found: Comparison::default(),
            undeclared,
        }
    }

    /// A walk of its own over two values, of which nothing goes into the result.
    pub(super) fn probe(
        &self,
        path: &AttributePath,
        manner: Manner,
        written: &Value,
        read: Option<&Value>,
    ) -> Comparison {
        let mut probe = Walk { probing: true, found: Comparison::default(), undeclared: None, ..*self };
        probe.node(path, manner, Three { declared: Some(written), applied: Some(written), live: read });
        probe.found
    }

    pub(super) fn node(&mut self, path: &AttributePath, manner: Manner, mut three: Three<'_>) {
        for side in [three.declared, three.live].into_iter().flatten() {
            if let Kind::Unknown(unknown) = &side.kind {
                return self.unverifiable(path, &unknown.reason);
            }
        }
        if three.applied.is_some_and(Value::is_unknown) {
            three.applied = three.declared;
        }
        // Whoever returns a list returns its items.
        let returned = is_item(path) || three.live.is_some_and(|live| !live.is_empty());
        if !returned && three.declared.or(three.applied).is_some_and(|written| self.is_never_returned(path, written)) {
            return self.unverifiable(path, "the service does not return it");
        }
        if self.may_be_kept_back(path, three) {
            return self.unverifiable(path, "the service did not return it, and may never");
        }
        if manner == Manner::Properties
            && let Some([declared, applied, live]) = normal::documents_apart(self.facts, path, three)
        {
            let three = Three { declared: declared.as_ref(), applied: applied.as_ref(), live: live.as_ref() };
            return self.shape(path, Manner::Document(Order::Kept), three);
        }
        self.shape(path, self.manner_at(path, manner), three);
    }

    /// A declared property without members that the answer lacks, where an answer need not be complete. Services leave
    /// out scalars that they do not keep or do not show; a collection with members that is left out was taken away.
    fn may_be_kept_back(&self, path: &AttributePath, three: Three<'_>) -> bool {
        let [Step::Key(_)] = path.steps() else { return false };
        let (Some(known), Some(_), None) = (three.declared, three.applied, three.live) else { return false };
        let returned = |at: &AttributePath| self.facts.say(at, Says::ReturnedWhenSet);
        (is_scalar(known) || known.is_empty())
            && !self.absent(path, known).holds()
            && !returned(&AttributePath::root())
            && !returned(path)
    }

    /// Whether whoever read live could not see this value, or any part of it, even if it is set.
    fn is_never_returned(&self, path: &AttributePath, written: &Value) -> bool {
        if self.subject.reader == Reader::OfType && self.facts.say(path, Says::Returned) {
            return false;
        }
        let is_write_only = || self.schema.is_some_and(|schema| schema.is_write_only(path));
        if self.facts.say(path, Says::NeverReturned) || (!self.within_returned && is_write_only()) {
            return true;
        }
        let shallow = path.steps().len() < MAX_DEPTH && !written.is_empty();
        match &written.kind {
            Kind::Object(members) => {
                shallow && members.iter().all(|(key, member)| self.is_never_returned(&path.key(key), member))
            }
            Kind::List(items) => {
                let mut items = items.iter().enumerate();
                shallow && items.all(|(at, item)| self.is_never_returned(&path.then(Step::Index(at)), item))
            }
            _ => false,
        }
    }

    fn manner_at(&self, path: &AttributePath, manner: Manner) -> Manner {
        let document = self.facts.at(path).find_map(|says| match says {
            Says::Policy | Says::Statement => Some(Manner::Document(Order::Free)),
            Says::Json(order) => Some(Manner::Document(order)),
            _ => None,
        });
        document.unwrap_or(manner)
    }

    /// Goes on by what kind of values stand there.
    fn shape(&mut self, path: &AttributePath, manner: Manner, three: Three<'_>) {
        let all = |is: fn(&Value) -> bool| three.sides().all(is) && path.steps().len() < MAX_DEPTH;
        let (empty_list, empty_object) = (Value::list([]), Value::object::<String>([]));
        let complete = self.facts.at(path).any(|says| matches!(says, Says::Authoritative | Says::FreeForm));
        let said = self.found.len();
        if all(|value| value.as_list().is_some()) && (complete || both_ends(three)) {
            self.list(path, manner, filled(three, &empty_list));
        } else if all(|value| value.as_object().is_some())
            && (complete
                || both_ends(three)
                || self.leads_to_complete(path, three)
                || (three.live.is_none() && self.is_spelled_out_default(path, manner, three)))
        {
            self.members(path, manner, filled(three, &empty_object));
        } else {
            return self.leaf(path, manner, three);
        }
        // Declared empty, and nothing in it that is judged.
        if let Some(declared) = three.declared
            && self.found.len() == said
            && !path.is_root()
        {
            self.found.in_sync.push((path.clone(), declared.clone()));
        }
    }

    /// An object that one end lacks, and in which an authoritative collection stands: that is compared as empty there.
    /// An item of a list that one end lacks is gone as a whole.
    fn leads_to_complete(&self, path: &AttributePath, three: Three<'_>) -> bool {
        let is_undeclared = three.declared.is_none() && three.applied.is_none();
        matches!(path.steps().last(), Some(Step::Key(_)))
            && (three.live.is_none() || is_undeclared)
            && (self.facts.leads_to_complete(path) || (is_undeclared && self.facts.leads_to_guard(path)))
    }

    /// Whether a switch stands there that is on by itself in a resource like this one.
    fn is_switch(&self, path: &AttributePath, live: Option<&Value>) -> bool {
        let is_off = || live.is_some_and(|live| live.kind == Kind::Bool(false));
        self.facts.at(path).any(|says| match says {
            Says::On(when) => self.all_hold(when),
            Says::Guard => is_off(),
            _ => false,
        })
    }

    fn all_hold(&self, when: &[When]) -> bool {
        when.iter().all(|one| one.holds([self.subject.declared, self.subject.live]))
    }

    /// A declared object of which every member is the default, and which the service leaves out as a whole.
    fn is_spelled_out_default(&self, path: &AttributePath, manner: Manner, three: Three<'_>) -> bool {
        let Some(declared) = three.declared.filter(|declared| !declared.is_empty()) else { return false };
        let members = declared.as_object().into_iter().flatten();
        members.into_iter().all(|(key, value)| {
            let member = path.key(key);
            let is_blank = is_item(path) && self.is_never_returned(&member, value);
            !is_blank && self.probe(&member, manner, value, None).attributes.is_empty()
        })
    }

    fn members(&mut self, path: &AttributePath, manner: Manner, three: Three<'_>) {
        let apart = match (three.declared, three.live) {
            (Some(declared), Some(live)) if is_principal(path, manner) => policy::identities_apart(declared, live),
            _ => None,
        };
        let declared = apart.as_ref().or(three.declared);
        let applied = if same_place(three.declared, three.applied) { declared } else { three.applied };
        self.members_of(path, manner, Three { declared, applied, live: three.live });
    }

    fn members_of<'v>(&mut self, path: &AttributePath, manner: Manner, three: Three<'v>) {
        let keys_of =
            |value: Option<&'v Value>| value.and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key);
        let mut keys: BTreeSet<&str> = keys_of(three.declared).map(String::as_str).collect();
        if !same_place(three.declared, three.applied) {
            keys.extend(keys_of(three.applied).map(String::as_str));
        }
        let mut member = path.then(Step::Index(0));
        let additions_count = match manner {
            Manner::Document(_) => true,
            Manner::Properties => self.facts.say(path, Says::FreeForm) && !self.is_open(path),
        };
        for key in keys_of(three.live) {
            if keys.contains(key.as_str()) {
                continue;
            }
            member.replace_last(Step::Key(key.clone()));
            let judged = additions_count
                || (self.facts.say(&member, Says::Authoritative) && !self.is_open(&member))
                || self.is_switch(&member, three.live.and_then(|live| live.get(key)))
                || self.facts.leads_to_complete(&member)
                || self.facts.leads_to_guard(&member);
            if judged {
                keys.insert(key);
            } else if self.undeclared.is_some() && !self.is_open(&member) {
                self.leave_undeclared(&member, three.live.and_then(|live| live.get(key)));
            }
        }
        let outside = self.within_returned;
        self.within_returned |= three.live.is_some_and(|live| !live.is_empty())
            && self.schema.is_some_and(|schema| schema.is_write_only(path));
        for key in keys {
            member.replace_last(Step::Key(key.to_owned()));
            self.node(&member, manner, three.map(|value| value.get(key)));
        }
        self.within_returned = outside;
    }

    /// Notes what only lives and is not judged, if anybody asks.
    pub(super) fn leave_undeclared(&mut self, path: &AttributePath, live: Option<&Value>) {
        if let (Some(undeclared), Some(live)) = (&mut self.undeclared, live) {
            undeclared.push((path.clone(), live.clone()));
        }
    }

    /// Whether members of a collection that only live belong to nobody in particular.
    pub(super) fn is_open(&self, path: &AttributePath) -> bool {
        if self.subject.open_collections.iter().any(|pattern| pattern_matches(pattern, path)) {
            return true;
        }
        let closes = |says| matches!(says, Says::ClosedWhen(when) if self.all_hold(when));
        self.facts.say(path, Says::OpenMembers) && !self.facts.at(path).any(closes)
    }

    /// One attribute as a whole: a scalar, or something of which a side is missing or has another shape.
    pub(super) fn leaf(&mut self, path: &AttributePath, manner: Manner, three: Three<'_>) {
        if let Some(reason) = incomparable(three) {
            return self.unverifiable(path, reason);
        }
        let live_only = three.declared.is_none() && three.applied.is_none();
        if live_only && three.live.is_none_or(|live| self.absent(path, live).holds()) {
            return;
        }
        let declared_live = self.same(path, manner, three.declared, three.live);
        // Without a base the declaration stands in for it.
        let no_base = same_place(three.declared, three.applied);
        let applied_live =
            if no_base { declared_live.holds() } else { self.same(path, manner, three.applied, three.live).holds() };
        let declared_applied = no_base || self.agree(path, manner, three.declared, three.applied);
        let standing = match (declared_live.holds(), declared_applied, applied_live) {
            (true, true, _) | (true, _, true) => Standing::InSync,
            (true, false, false) => Standing::Codified,
            (false, true, _) => Standing::Drifted,
            (false, false, true) => Standing::Pending,
            (false, false, false) => Standing::Conflict,
        };
        if standing != Standing::InSync
            && let (Some(declared), Some(live)) = (three.declared, three.live)
            && let Some(reason) = scalar::undecidable(declared, live)
        {
            return self.unverifiable(path, reason);
        }
        if standing == Standing::InSync {
            if let Some(declared) = three.declared.or(three.applied) {
                self.found.in_sync.push((path.clone(), declared.clone()));
                self.found.suppressed.extend(declared_live.rule().map(|rule| (path.clone(), rule)));
            }
            return;
        }
        if standing.is_manual_change()
            && let Some(reason) = self.unread_limits(path)
        {
            return self.unverifiable(path, reason);
        }
        let owner = standing.is_manual_change().then(|| self.owner(path, three.declared, three.live)).flatten();
        let note = owner.map(|owner| format!("moved by {owner}"));
        let list = if note.is_some() { &mut self.found.controlled } else { &mut self.found.attributes };
        list.push(AttributeDrift {
            path: path.clone(),
            declared: three.declared.cloned(),
            applied: three.applied.cloned(),
            live: three.live.cloned(),
            standing,
            basis: Basis::Declaration,
            note: note
                .or_else(|| three.live.filter(|_| is_of_principal(path, manner)).and_then(policy::note_on_principal))
                .or_else(|| self.subject.base.note(path).map(str::to_owned)),
        });
    }

    pub(super) fn unverifiable(&mut self, path: &AttributePath, reason: &str) {
        self.found.unverifiable.push((path.clone(), reason.to_owned()));
    }

    /// Whether what was written and what is read are the same.
    pub(super) fn same(
        &self,
        path: &AttributePath,
        manner: Manner,
        written: Option<&Value>,
        read: Option<&Value>,
    ) -> Sameness {
        let (written, read) = match (written, read) {
            (None, None) => return Sameness::Exact,
            (Some(written), None) if self.is_transformed(path, written, None) => {
                return Sameness::By(RuleId::Transform);
            }
            (Some(value), None) | (None, Some(value)) => return self.absent(path, value),
            (Some(written), Some(read)) if written == read => return Sameness::Exact,
            (Some(written), Some(read)) => (written, read),
        };
        match (&written.kind, &read.kind) {
            _ if path.steps().len() >= MAX_DEPTH && !is_scalar(written) => Sameness::Different,
            (Kind::Object(_), Kind::Object(_)) | (Kind::List(_), Kind::List(_)) => {
                let found = self.probe(path, manner, written, Some(read));
                if found.attributes.is_empty() { Sameness::Exact } else { Sameness::Different }
            }
            // In the pattern of an event a number and its text are not the same.
            _ if manner == Manner::Document(Order::Free) => Sameness::Different,
            _ if manner == Manner::Document(Order::Kept) => scalar::same_text(written, read),
            _ => self.scalars(path, written, read),
        }
    }

    /// Whether two declarations say the same.
    fn agree(&self, path: &AttributePath, manner: Manner, a: Option<&Value>, b: Option<&Value>) -> bool {
        let written = Walk { both_written: true, found: Comparison::default(), undeclared: None, ..*self };
        written.same(path, manner, a, b).holds() && written.same(path, manner, b, a).holds()
    }

    fn scalars(&self, path: &AttributePath, written: &Value, read: &Value) -> Sameness {
        match scalar::same(&self.facts.at(path).collect::<Vec<_>>(), self.context(), written, read) {
            Sameness::Different if self.is_transformed(path, written, Some(read)) => Sameness::By(RuleId::Transform),
            found => found,
        }
    }

    fn context(&self) -> scalar::Context<'a> {
        let Subject { account, region, .. } = *self.subject;
        let Walk { upgrades_itself, both_written, .. } = *self;
        scalar::Context { account, region, upgrades_itself, both_written }
    }

    /// Whether the schema says that the service makes of the one what is read.
    fn is_transformed(&self, path: &AttributePath, written: &Value, read: Option<&Value>) -> bool {
        let transform = self.schema.filter(|_| !self.both_written).and_then(|schema| schema.transform_at(path));
        transform.is_some_and(|transform| {
            let place = transform::Place { resource_type: self.subject.resource_type, path, declared: self.declared };
            transform::accepts(transform, place, self.context(), written, read)
        })
    }

    /// Whether a value stands for the same as its absence.
    fn absent(&self, path: &AttributePath, value: &Value) -> Sameness {
        let mut corrected = false;
        for says in self.facts.at(path) {
            corrected |= matches!(says, Says::Default(_));
            match says {
                Says::Default(default) if value.as_scalar_text().as_deref() == Some(default) => {
                    return Sameness::By(RuleId::Default);
                }
                Says::EmptyIsAbsent | Says::Authoritative | Says::FreeForm if value.is_empty() => {
                    return Sameness::By(RuleId::EmptyIsAbsent);
                }
                _ => {}
            }
        }
        let default = self.schema.filter(|_| !corrected).and_then(|schema| schema.default_at(path));
        let text = value.as_scalar_text();
        if default.is_some_and(|default| default == value || (text.is_some() && default.as_scalar_text() == text)) {
            return Sameness::By(RuleId::Default);
        }
        Sameness::Different
    }
}

/// Whether two sides are one value in memory.
fn same_place(a: Option<&Value>, b: Option<&Value>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if std::ptr::eq(a, b))
}

/// Whether the principals of a policy's statement stand at a path.
fn is_principal(path: &AttributePath, manner: Manner) -> bool {
    manner == Manner::Document(Order::Free)
        && matches!(path.steps().last(), Some(Step::Key(key)) if key == "Principal" || key == "NotPrincipal")
}

/// Whether one of the principals of AWS in a policy's statement stands at a path.
fn is_of_principal(path: &AttributePath, manner: Manner) -> bool {
    match path.steps() {
        [within @ .., Step::Key(kind), Step::Member(_) | Step::Index(_)] if kind == "AWS" => {
            is_principal(&within.iter().cloned().collect(), manner)
        }
        _ => false,
    }
}

/// Whether a path names an item of a list.
fn is_item(path: &AttributePath) -> bool {
    matches!(path.steps().last(), Some(Step::Item { .. } | Step::Member(_) | Step::Index(_)))
}

/// Declared and live are both there.
fn both_ends(three: Three<'_>) -> bool {
    three.declared.is_some() && three.live.is_some()
}

/// The same with an empty collection where a side is missing.
fn filled<'v>(three: Three<'v>, empty: &'v Value) -> Three<'v> {
    let fill = |side: Option<&'v Value>| side.or(Some(empty));
    Three { declared: fill(three.declared), applied: fill(three.applied), live: fill(three.live) }
}

pub(super) fn is_scalar(value: &Value) -> bool {
    matches!(value.kind, Kind::Sensitive(_)) || value.as_scalar_text().is_some()
}

/// A secret against a text that is none: neither side can be told from the other.
fn incomparable(three: Three<'_>) -> Option<&'static str> {
    let (declared, live) = (three.declared?, three.live?);
    let secret = |value: &Value| matches!(value.kind, Kind::Sensitive(_));
    (secret(declared) != secret(live)).then_some("a secret on one side only")
}
