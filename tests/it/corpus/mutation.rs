//! The mutation test: each change that [`super::change`] makes to a clean pair is found, where it was made.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use driftledger::compare::Comparison;
use driftledger::compare::batch::Pair;
use driftledger::model::{AttributePath, Step as PathStep, Value};
use driftledger::schema::resource_facts;
use serde_json::Value as Json;

use super::change::{Change, Step};

/// What became of a change.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// It was reported at its place, and nothing else was.
    Found,
    /// It was not, because of this.
    Missed(String),
}

/// A reason for which a change is not found, and of what changes it is one.
struct Explained {
    /// What the comparison says about it.
    cause: &'static str,
    /// The kinds of change.
    kinds: &'static [&'static str],
    /// The places, as `type path`; none: all.
    places: &'static [&'static str],
}

const KEPT_BACK: &str = "cannot be told: the service did not return it, and may never";

const OWNED: &str = "moved by its owner, within its limits";

const NOT_RETURNED: &str = "cannot be told: the service does not return it";

const REMOVED: &[&str] = &["property not returned", "member removed", "item removed"];

/// Every reason for which a change is not found.
const EXPLAINED: &[Explained] = &[
    // A property without members that a service stops returning may be one that it keeps to itself: unverifiable, and
    // counted as such. Where answers are known to be complete it is found.
    Explained { cause: KEPT_BACK, kinds: &["property not returned"], places: &[] },
    // Write-only by a table, or wholly made of what the published schema calls so, and in these cases returned after
    // all; without it there is nothing to compare. What the schema itself calls write-only needs no row.
    Explained {
        cause: NOT_RETURNED,
        kinds: REMOVED,
        places: &[
            "AWS::DLM::LifecyclePolicy DefaultPolicy",
            "AWS::EC2::Instance UserData",
            "AWS::ElastiCache::ReplicationGroup ReplicasPerNodeGroup",
            "AWS::ElasticBeanstalk::Environment OptionSettings",
            "AWS::Lambda::Function Code",
        ],
    },
    // Only KMS knows which key an alias stands for.
    Explained {
        cause: "cannot be told: an alias is declared and a key is returned",
        kinds: &["suffix", "suffix after a dot"],
        places: &["AWS::SecretsManager::Secret KmsKeyId"],
    },
    // The template as CloudFormation returns it has `?` for every letter outside ASCII.
    Explained {
        cause: "cannot be told: the template lost letters outside ASCII",
        kinds: &["letter case"],
        places: &["AWS::SSM::Parameter Value"],
    },
    // Left out, it is what it was.
    Explained {
        cause: "the same by the rule default",
        kinds: &["property not returned", "member removed"],
        places: &[],
    },
    // A release of the declared track.
    Explained {
        cause: "the same by the rule version_track",
        kinds: &["suffix", "suffix after a dot"],
        places: &[
            "AWS::ElastiCache::CacheCluster EngineVersion",
            "AWS::Neptune::DBCluster EngineVersion",
            "AWS::RDS::DBCluster EngineVersion",
            "AWS::RDS::DBInstance EngineVersion",
        ],
    },
    // Listed, and no drift: a step of a scaling policy, a later minor version.
    Explained {
        cause: OWNED,
        kinds: &["number in a text", "suffix", "suffix after a dot"],
        places: &[
            "AWS::AutoScaling::AutoScalingGroup DesiredCapacity",
            "AWS::Neptune::DBCluster EngineVersion",
            "AWS::RDS::DBCluster EngineVersion",
            "AWS::RDS::DBInstance AllocatedStorage",
            "AWS::RDS::DBInstance EngineVersion",
        ],
    },
    // RDS answers every setting of an option, set or not, and which those are depends on the option and its version:
    // one that nobody can add is not told from one that the table does not know.
    Explained {
        cause: "no rule",
        kinds: &["item added"],
        places: &["AWS::RDS::OptionGroup OptionConfigurations.*.OptionSettings.*"],
    },
];

impl Explained {
    fn explains(&self, miss: &Miss, cause: &str) -> bool {
        let place = format!("{} {}", miss.resource_type, miss.place);
        self.cause == cause
            && self.kinds.contains(&miss.kind)
            && (self.places.is_empty() || self.places.contains(&place.as_str()))
    }
}

/// A change that is not found.
struct Miss {
    resource_type: String,
    place: String,
    kind: &'static str,
}

impl Miss {
    /// Whether the published schema of the type calls the place, or what it is in, write-only.
    fn is_write_only(&self) -> bool {
        let step = |name| if name == "*" { PathStep::Index(0) } else { PathStep::Key(String::from(name)) };
        let path: AttributePath = self.place.split('.').map(step).collect();
        resource_facts(&self.resource_type).is_some_and(|facts| facts.is_write_only(&path))
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.resource_type, self.place, self.kind)
    }
}

/// The pair of a recorded case.
fn pair_of(case: &Json) -> Pair {
    let text = |name: &str| case[name].as_str().map(str::to_owned);
    let mut pair = Pair::of_files(super::text(case, "type"), &case["declared"], &case["live"], None).unwrap();
    (pair.identifier, pair.account, pair.region) = (text("identifier"), text("account"), text("region"));
    pair
}

fn outcome(change: &Change, before: &Json, found: &Comparison) -> Outcome {
    let places = Places { change, before };
    let reported: Vec<&AttributePath> = found.attributes.iter().map(|drift| &drift.path).collect();
    if let Some(path) = reported.iter().find(|path| !places.is_at(path)) {
        return Outcome::Missed(format!("reported at {path}"));
    }
    if !reported.is_empty() {
        return Outcome::Found;
    }
    let untold = found.unverifiable.iter().find(|(path, _)| places.is_near(path));
    let equal = found.suppressed.iter().find(|(path, _)| places.is_near(path));
    if found.controlled.iter().any(|moved| places.is_at(&moved.path)) {
        return Outcome::Missed(OWNED.to_owned());
    }
    Outcome::Missed(match (untold, equal) {
        (Some((_, reason)), _) => format!("cannot be told: {reason}"),
        (_, Some((_, rule))) => format!("the same by the rule {rule}"),
        _ => "no rule".to_owned(),
    })
}

/// Where a change is.
struct Places<'a> {
    change: &'a Change,
    before: &'a Json,
}

impl Places<'_> {
    /// Whether a reported path is the place of the change: the place itself, something within it, the innermost list
    /// item that holds it (a change of what identifies the item takes away one and adds another), or the text of a
    /// document that holds it.
    fn is_at(&self, path: &AttributePath) -> bool {
        let (mine, theirs) = (self.keys(), keys_of(path));
        let together = mine.iter().zip(&theirs).all(|(a, b)| a.eq_ignore_ascii_case(b));
        together && self.names_my_items(path) && (theirs.len() >= self.keys_to_item() || self.is_text_at(theirs.len()))
    }

    /// The same without regard to depth: what a reason that stands there may be a reason for.
    fn is_near(&self, path: &AttributePath) -> bool {
        let (mine, theirs) = (self.keys(), keys_of(path));
        mine.iter().zip(&theirs).all(|(a, b)| a.eq_ignore_ascii_case(b))
    }

    fn keys(&self) -> Vec<&str> {
        self.change
            .place
            .iter()
            .filter_map(|step| if let Step::Key(key) = step { Some(key.as_str()) } else { None })
            .collect()
    }

    /// How many members lead to the innermost item that holds the change; to the change, if none does.
    fn keys_to_item(&self) -> usize {
        let place = &self.change.place;
        let end = place.iter().rposition(|step| matches!(step, Step::Item(..))).unwrap_or(place.len());
        place.iter().take(end).filter(|step| matches!(step, Step::Key(_))).count()
    }

    /// Whether so many members lead to a text that was changed inside.
    fn is_text_at(&self, keys: usize) -> bool {
        let mut left = keys;
        let upto = self.change.place.iter().take_while(|step| {
            let counts = matches!(step, Step::Key(_));
            let within = left > 0 || !counts;
            left -= usize::from(counts && within);
            within
        });
        let steps: Vec<&Step> = upto.collect();
        at(self.before, &steps).as_ref().is_some_and(Json::is_string)
    }

    /// Whether the items that a path names are those on the way to the change, before or after it.
    fn names_my_items(&self, path: &AttributePath) -> bool {
        let mut keys = 0;
        path.steps().iter().all(|step| match step {
            PathStep::Key(_) => {
                keys += 1;
                true
            }
            PathStep::Index(_) => true,
            PathStep::Item { .. } | PathStep::Member(_) => {
                self.item_after(keys).is_none_or(|items| items.iter().any(|item| names(step, item)))
            }
        })
    }

    /// The item that stands after so many members on the way to the change: before, after, and as declared.
    fn item_after(&self, keys: usize) -> Option<Vec<Json>> {
        let mut seen = 0;
        for (position, step) in self.change.place.iter().enumerate() {
            match step {
                Step::Key(_) => seen += 1,
                Step::Item(_, declared) if seen == keys => {
                    let way: Vec<&Step> = self.change.place.iter().take(position + 1).collect();
                    let sides = [at(self.before, &way), at(&self.change.live, &way), Some(declared.clone())];
                    return Some(sides.into_iter().flatten().collect());
                }
                Step::Item(..) => {}
            }
        }
        None
    }
}

fn keys_of(path: &AttributePath) -> Vec<&str> {
    path.steps()
        .iter()
        .filter_map(|step| if let PathStep::Key(key) = step { Some(key.as_str()) } else { None })
        .collect()
}

/// The value at a place, through documents that stand there as texts.
fn at(root: &Json, way: &[&Step]) -> Option<Json> {
    let mut here = root.clone();
    for step in way {
        if let Some(document) = here.as_str().and_then(|text| serde_json::from_str(text).ok()) {
            here = document;
        }
        here = match step {
            Step::Key(key) => here.get(key)?.clone(),
            Step::Item(index, _) => here.get(index)?.clone(),
        };
    }
    Some(here)
}

fn text_of(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn names(step: &PathStep, item: &Json) -> bool {
    match step {
        PathStep::Member(value) => text_of(item) == *value,
        PathStep::Item { by, value } => {
            let members: Option<Vec<String>> = by.split(',').map(|name| item.get(name).map(text_of)).collect();
            members.is_some_and(|members| members.join(",") == *value)
        }
        _ => true,
    }
}

/// By kind of change: made, and found at its place.
type Counts = BTreeMap<&'static str, [usize; 2]>;

/// The changes of one case that are not found, and why.
fn misses(case: &Json, counts: &mut Counts) -> Vec<(Miss, String)> {
    let mut pair = pair_of(case);
    if !pair.compare().attributes.is_empty() {
        return Vec::new();
    }
    let mut missed = Vec::new();
    for change in super::change::all(&case["declared"], &case["live"]) {
        pair.live = Value::from_json(&change.live);
        let outcome = outcome(&change, &case["live"], &pair.compare());
        let count = counts.entry(change.kind).or_default();
        count[0] += 1;
        count[1] += usize::from(outcome == Outcome::Found);
        if let Outcome::Missed(cause) = outcome {
            let place: Vec<&str> = change
                .place
                .iter()
                .map(|step| match step {
                    Step::Key(key) => key.as_str(),
                    Step::Item(..) => "*",
                })
                .collect();
            let resource_type = super::text(case, "type").to_owned();
            missed.push((Miss { resource_type, place: place.join("."), kind: change.kind }, cause));
        }
    }
    missed
}

#[test]
fn every_change_of_a_clean_pair_is_found_where_it_was_made() {
    let cases: Vec<Json> = super::cases().into_iter().filter(super::is_clean).collect();
    let halves: Vec<&[Json]> = cases.chunks(cases.len().div_ceil(2)).collect();
    let (mut counts, mut missed) = (Counts::new(), Vec::new());
    std::thread::scope(|scope| {
        let workers: Vec<_> = halves
            .into_iter()
            .map(|half| {
                scope.spawn(move || {
                    let mut counts = Counts::new();
                    let missed: Vec<_> = half.iter().flat_map(|case| misses(case, &mut counts)).collect();
                    (counts, missed)
                })
            })
            .collect();
        for worker in workers {
            let (more, left) = worker.join().unwrap();
            for (kind, [made, found]) in more {
                let count = counts.entry(kind).or_default();
                *count = [count[0] + made, count[1] + found];
            }
            missed.extend(left);
        }
    });
    let mut unexplained = Vec::new();
    let mut causes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (miss, cause) in &missed {
        causes.entry(cause.clone()).or_default().insert(miss.to_string());
        let write_only = cause == NOT_RETURNED && REMOVED.contains(&miss.kind) && miss.is_write_only();
        if !write_only && !EXPLAINED.iter().any(|row| row.explains(miss, cause)) {
            unexplained.push(format!("{miss}: {cause}"));
        }
    }
    for (cause, places) in &causes {
        println!("{}: {cause}", places.len());
        // Of most types it is not known whether their answers are complete.
        places.iter().filter(|_| cause != KEPT_BACK).for_each(|place| println!("    {place}"));
    }
    let mut sum = [0, 0];
    for (kind, [made, found]) in &counts {
        println!("{kind}: {found} of {made}");
        sum = [sum[0] + made, sum[1] + found];
    }
    println!("changes found where they were made: {} of {}", sum[1], sum[0]);
    assert!(unexplained.is_empty(), "changes that are missed for no reason: {unexplained:#?}");
}
