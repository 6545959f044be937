use super::*;
use crate::model::{Location, Retention};
use crate::report::Coverage;
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
