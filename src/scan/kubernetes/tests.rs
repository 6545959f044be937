use super::*;
use crate::config::Undeclared;
use crate::model::{Kind, Location, Retention};
use crate::report::Coverage;
use crate::scan::assess::{Assessment, Inputs, assess};
use crate::scan::dry_run::Trials;
use crate::schema::kubernetes::{ObjectName, attributes, hide_secrets};
use crate::store::StackState;

const ADDRESS: &str = "ConfigMap/shop/settings";

fn declared() -> declared::Read {
    let declaration = Declaration {
        address: ADDRESS.into(),
        resource_type: "v1/ConfigMap".into(),
        identifier: Some("shop/settings".into()),
        attributes: Value::object::<String>([]),
        at: Location::new("deploy/all.yaml", 1, 1),
        account: None,
        region: None,
        ignored: Vec::new(),
        retention: Retention::default(),
    };
    declared::Read { declarations: vec![declaration], ..declared::Read::default() }
}

#[test]
fn no_stack_is_lost_while_another_thread_still_holds_what_was_read_with() {
    let stacks = vec![(declared(), ManagerClasses::default())];
    let projection = Arc::new(Projection::new(stacks, Arc::new(Schemas::built_in()), Fingerprinter::new(*b"key")));
    let held = Arc::clone(&projection);
    let stacks = Projection::into_stacks(projection);
    assert_eq!(stacks.iter().map(|(read, _)| read.declarations.len()).collect::<Vec<_>>(), [1]);
    drop(held);
}

#[test]
fn an_object_that_is_not_there_was_deployed_unless_a_scan_that_could_look_never_saw_it() {
    let at = "2026-03-01T12:00:00Z".parse().unwrap();
    let state = |last_success| StackState {
        name: "shop".into(),
        environment: "production".into(),
        scanned_at: at,
        last_success,
        deployment: None,
        coverage: Coverage::default(),
    };
    let seen = BTreeMap::from([(ADDRESS.to_owned(), BTreeMap::new())]);
    let check = |known: Known, expect: bool| {
        let applied = Part::default().applied(&known, &declared());
        assert_eq!(applied.resources.contains_key(ADDRESS), expect, "{known:?}");
    };
    check(Known::default(), true);
    check(Known { state: Some(state(None)), ..Known::default() }, true);
    check(Known { state: Some(state(Some(at))), ..Known::default() }, false);
    check(Known { state: Some(state(Some(at))), bases: seen, ..Known::default() }, true);
}

const FRESH: &str = include_str!("../../../tests/fixtures/kubernetes/fresh.jsonl");
const CHANGES: &str = include_str!("../../../tests/fixtures/kubernetes/changes.jsonl");
const OPENAPI: &str = include_str!("../../../tests/fixtures/kubernetes/openapi.json");

/// A recorded object, as one stack declares it.
struct Recorded {
    declared: declared::Read,
    wanted: Wanted,
    object: Json,
}

fn recorded() -> Vec<Recorded> {
    let recorded = |line: Json| {
        let text = |at: &str| line.pointer(at).and_then(Json::as_str).map(str::to_owned);
        let name = ObjectName {
            api_version: text("/manifest/apiVersion").unwrap(),
            kind: text("/manifest/kind").unwrap(),
            namespace: text("/live/metadata/namespace"),
            name: text("/manifest/metadata/name").unwrap(),
        };
        let declaration = Declaration {
            address: name.address(),
            resource_type: name.resource_type(),
            identifier: Some(name.identifier()),
            attributes: attributes(&name.kind, Value::from_json(&line["manifest"])),
            at: Location::new("deploy/all.yaml", 1, 1),
            account: None,
            region: None,
            ignored: Vec::new(),
            retention: Retention::default(),
        };
        let hidden = hide_secrets(&declaration.resource_type, declaration.attributes, &fingerprints());
        let declaration = Declaration { attributes: hidden, ..declaration };
        let wanted = wanted(&declaration).unwrap();
        let declared = declared::Read { declarations: vec![declaration], ..declared::Read::default() };
        Recorded { declared, wanted, object: line["live"].clone() }
    };
    FRESH.lines().chain(CHANGES.lines()).map(|line| recorded(serde_json::from_str(line).unwrap())).collect()
}

fn fingerprints() -> Fingerprinter {
    Fingerprinter::new(*b"key")
}

impl Recorded {
    fn declaration(&self) -> &Declaration {
        &self.declared.declarations[0]
    }

    /// What a scan keeps of it.
    fn streamed(&self, schemas: &Arc<Schemas>) -> Part {
        let stacks = vec![(self.declared.clone(), ManagerClasses::default())];
        let projection = Projection::new(stacks, Arc::clone(schemas), fingerprints());
        let mut part = self.answered();
        projection.keep(&self.wanted, &self.object).into_iter().for_each(|kept| part.take(kept));
        part
    }

    /// All of it that is compared, whether it is as declared or not.
    fn whole(&self, schemas: &Schemas) -> Part {
        let schema = schemas.of_type(&self.wanted.resource_type);
        let subject = Object {
            resource_type: &self.wanted.resource_type,
            identifier: &self.wanted.key,
            json: &self.object,
            declared: &self.declaration().attributes,
            schema: schema.as_deref(),
        };
        let projected = project(&subject, &ManagerClasses::default(), &fingerprints());
        let mut part = self.answered();
        part.take(Kept {
            stack: 0,
            address: self.declaration().address.clone(),
            written: Written { deployed_at: projected.deployed_at, by_hand: projected.by_hand.clone() },
            remembering: None,
            object: KeptObject::Otherwise(Box::new(differing(self.declaration(), &self.wanted, projected))),
        });
        part
    }

    fn answered(&self) -> Part {
        let mut part = Part::default();
        part.live.mark_answered(self.wanted.clone());
        part
    }

    fn assess(&self, part: &Part, schemas: &Schemas, known: &Known, history: &[Value]) -> Assessment {
        assess(&Inputs {
            stack: "shop",
            environment: "production",
            scope: &Scope::cluster("test"),
            now: "2026-03-01T12:00:00Z".parse().unwrap(),
            declared: &self.declared,
            applied: &AppliedSide { objects: part.written.clone(), ..part.applied(known, &self.declared) },
            history: &BTreeMap::from([(self.declaration().address.clone(), history.to_vec())]),
            live: &part.live,
            schemas: Some(schemas),
            unmanaged: None,
            left: &left::Left::default(),
            tried: &Trials::default(),
            reads: |_| true,
            undeclared: Undeclared::Ignore,
            known,
            fingerprints: &fingerprints(),
        })
    }

    /// An earlier version of the declaration: with a label and a field more, and with one member less.
    fn older(&self) -> [Value; 2] {
        let more = serde_json::json!({"metadata": {"labels": {"old": "1"}}, "spec": {"paused": false}});
        let mut with_more = self.declaration().attributes.clone();
        merge(&mut with_more, &Value::from_json(&more));
        let mut with_less = self.declaration().attributes.clone();
        if let Kind::Object(members) = &mut with_less.kind {
            members.pop_last();
        }
        [with_more, with_less]
    }
}

fn merge(into: &mut Value, more: &Value) {
    match (&mut into.kind, &more.kind) {
        (Kind::Object(into), Kind::Object(more)) => {
            for (name, more) in more {
                merge(into.entry(name.clone()).or_insert_with(|| more.clone()), more);
            }
        }
        (into, more) => *into = more.clone(),
    }
}

#[test]
fn what_is_said_of_an_object_is_the_same_whether_or_not_all_of_it_was_kept() {
    let schemas = Schemas::from_openapi_v3(&serde_json::from_str(OPENAPI).unwrap(), &Schemas::built_in());
    let schemas = Arc::new(schemas);
    for one in recorded() {
        let (streamed, whole) = (one.streamed(&schemas), one.whole(&schemas));
        let check = |known: &Known, history: &[Value]| {
            let streamed = one.assess(&streamed, &schemas, known, history);
            let whole = one.assess(&whole, &schemas, known, history);
            assert_eq!(format!("{streamed:?}"), format!("{whole:?}"), "{:?} {history:?}", one.wanted);
            whole
        };
        let gone = one.assess(&one.answered(), &schemas, &Known::default(), &[]);
        assert_eq!(gone.drifts.len(), 1);
        let now = one.declaration().attributes.clone();
        let [more, less] = one.older();
        let together = vec![now.clone(), more.clone(), less.clone()];
        for history in [vec![], vec![now], together, vec![more], vec![less]] {
            let history = history.as_slice();
            let bases = check(&Known::default(), history).bases;
            check(&Known { bases: bases.clone(), ..Known::default() }, history);
            check(&Known { bases, open: gone.drifts.iter().map(Into::into).collect(), ..Known::default() }, history);
        }
    }
}

#[test]
fn of_an_object_that_is_just_as_declared_nothing_is_kept() {
    let schemas = Schemas::from_openapi_v3(&serde_json::from_str(OPENAPI).unwrap(), &Schemas::built_in());
    let schemas = Arc::new(schemas);
    let (mut let_go, mut held_in_sync) = (Vec::new(), Vec::new());
    for one in recorded() {
        let part = one.streamed(&schemas);
        let is_in_sync = one.assess(&part, &schemas, &Known::default(), &[]).drifts.is_empty();
        let name = format!("{} {}", one.wanted.resource_type, one.wanted.key);
        match part.live.find(&one.wanted.resource_type, &one.wanted.key) {
            Found::AsExpected => {
                assert!(is_in_sync && part.live.resources().is_empty() && part.last_applied.is_empty());
                let_go.push(name);
            }
            _ if is_in_sync => held_in_sync.push(name),
            _ => {}
        }
    }
    for name in [
        "apps/v1/Deployment fixture-client-side/plain",
        "v1/ConfigMap fixture-client-side/settings",
        "v1/ConfigMap fixture-server-side/settings",
        "v1/Service fixture-client-side/web",
        "v1/Service fixture-server-side/web",
    ] {
        assert!(let_go.iter().any(|one| one == name), "{name}");
    }
    // Held are those of which the server spells or fills in a part that is owned as a whole.
    assert!(let_go.len() > held_in_sync.len(), "{} let go, held: {held_in_sync:#?}", let_go.len());
}
