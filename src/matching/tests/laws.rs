//! What holds for every ledger: judging is total, and the order of its inputs does not matter.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn any_record() -> impl Strategy<Value = ChangeRecord> {
    let command = prop::sample::select(vec![
        "aws ecs update-service --cluster shop --service api --desired-count 5",
        "aws ecs update-service --cluster shop --service api --desired-count 7",
        "aws ecs update-service --service $S --desired-count 5",
        "aws ecs delete-service --cluster shop --service api",
        "terraform apply -target=aws_ecs_service.api",
        "",
    ]);
    let body = prop::sample::select(vec!["desired count of api", "api", "shop", "nothing"]);
    let who = prop::sample::select(vec![Some("dana@example.com"), Some("kim@example.com"), None]);
    let state = prop::sample::select(RecordState::ALL.to_vec());
    let hours = prop::option::of(0i64..30);
    (0usize..4, command, body, who, state, hours).prop_map(|(id, command, body, who, state, hours)| {
        let start = hours.map(|hours| time::later(at("2024-01-20T00:00:00Z"), jiff::SignedDuration::from_hours(hours)));
        ChangeRecord {
            body: body.into(),
            implementer: who.map(str::to_owned),
            state,
            actual: start.map(|start| Window { start: Some(start), end: None }),
            ..by_command(&format!("CR-{id}"), command)
        }
    })
}

fn any_evidence() -> impl Strategy<Value = Evidence> {
    let who = prop::sample::select(vec!["dana@example.com", "kim@example.com", ""]);
    let id = prop::sample::select(vec![None, Some("CR-1".to_owned()), Some("CR-9".to_owned())]);
    (who, id, 0i64..60, any::<bool>()).prop_map(|(who, id, minutes, exact)| {
        let time = time::later(at("2024-01-20T09:30:00Z"), jiff::SignedDuration::from_mins(minutes));
        let paths = if exact { vec!["DesiredCount".parse().unwrap()] } else { Vec::new() };
        Evidence { record_id: id, paths, ..seen(&time.to_string(), who) }
    })
}

proptest! {
    #[test]
    fn the_order_of_records_and_evidence_does_not_matter(
        records in prop::collection::vec(any_record(), 0..5),
        evidence in prop::collection::vec(any_evidence(), 0..4),
    ) {
        // Ids are unique in a ledger.
        let mut unique: BTreeMap<String, ChangeRecord> = BTreeMap::new();
        unique.extend(records.into_iter().map(|record| (record.id.clone(), record)));
        let mut records: Vec<ChangeRecord> = unique.into_values().collect();
        let mut case = Case::scaled();
        case.evidence = evidence;
        let first = case.judged(&records);
        prop_assert_eq!(&case.judged(&records), &first);
        records.reverse();
        case.evidence.reverse();
        prop_assert_eq!(&case.judged(&records), &first);
        case.drift = first.clone();
        prop_assert_eq!(case.judged(&records), first, "judging again changes nothing");
    }

    #[test]
    fn no_text_or_command_makes_it_panic(body in "\\PC{0,60}", text in "\\PC{0,60}", name in "\\PC{0,20}", path in "[A-Z][a-z.\\[\\]=]{0,12}") {
        let mut case = Case::scaled();
        case.drift.identifier = Some(name.clone());
        case.drift.address = name;
        if let Ok(path) = path.parse() {
            case.drift.attributes[0].path = path;
        }
        let record = ChangeRecord { body, ..by_command("CR-1", &format!("aws {text}")) };
        let drift = case.judged(&[record]);
        prop_assert!(WORST_FIRST.contains(&drift.verdict));
    }
}
