//! What its owner moves: listed within its limits, drift outside of them.

use super::*;

#[test]
fn what_its_owner_moves_within_its_limits_is_no_drift_and_is_listed() {
    let moved = |resource_type: &'static str, declared: Json, live: Json| {
        let found = run(&case(resource_type, declared, live));
        let listed: Vec<String> = found.controlled.iter().map(|drift| drift.path.to_string()).collect();
        (said(&found), listed)
    };
    let is_owned = |path: &str| (Vec::new(), vec![path.to_owned()]);
    let is_drift = |path: &str| (vec![format!("{path} drifted")], Vec::new());
    let group = |desired: &str| {
        let declared = json!({"DesiredCapacity": "2", "MinSize": "1", "MaxSize": "4"});
        moved("AWS::AutoScaling::AutoScalingGroup", declared.clone(), with(declared, "DesiredCapacity", json!(desired)))
    };
    assert_eq!(group("4"), is_owned("DesiredCapacity"));
    assert_eq!(group("5"), is_drift("DesiredCapacity"));
    let limits = json!({"MinSize": "1", "MaxSize": "9"});
    let wider = moved("AWS::AutoScaling::AutoScalingGroup", json!({"MaxSize": "4"}), limits);
    assert_eq!(wider, is_drift("MaxSize"), "limits are nobody else's");
    let storage = |live: Json| moved("AWS::RDS::DBInstance", json!({"AllocatedStorage": "100"}), live);
    let grown = |most: Json| storage(json!({"AllocatedStorage": "150", "MaxAllocatedStorage": most}));
    assert_eq!(grown(json!(200)), is_owned("AllocatedStorage"));
    assert_eq!(grown(json!(120)), is_drift("AllocatedStorage"));
    assert_eq!(storage(json!({"AllocatedStorage": "150"})), is_drift("AllocatedStorage"));
    assert_eq!(
        storage(json!({"AllocatedStorage": "50", "MaxAllocatedStorage": 200})),
        is_drift("AllocatedStorage"),
        "it only grows"
    );
    let upgraded = |engine: &str, from: &str, to: &str, itself: bool| {
        let live = json!({"Engine": engine, "EngineVersion": to, "AutoMinorVersionUpgrade": itself});
        let declared = json!({"EngineVersion": from, "AutoMinorVersionUpgrade": itself});
        moved("AWS::RDS::DBInstance", declared, live)
    };
    assert_eq!(upgraded("mysql", "8.0.35", "8.0.39", true), is_owned("EngineVersion"));
    assert_eq!(upgraded("postgres", "14.7", "14.12", true), is_owned("EngineVersion"));
    for (engine, from, to, itself) in [
        ("mysql", "8.0.35", "8.0.39", false),
        ("mysql", "8.0.39", "8.0.35", true),
        ("mysql", "8.0.35", "8.4.3", true),
        ("postgres", "14.7", "15.2", true),
        ("unheard-of", "8.0.35", "8.0.39", true),
    ] {
        assert_eq!(upgraded(engine, from, to, itself), is_drift("EngineVersion"), "{engine} {from} {to} {itself}");
    }
}

#[test]
fn a_band_is_for_one_attribute_and_between_its_limits() {
    let service = |count: i64| Value::from_json(&json!({"DesiredCount": count, "LaunchType": "EC2"}));
    let bands = [Band {
        path: AttributePath::keys(["DesiredCount"]),
        limits: Limits::Between(1.into(), 4.into()),
        owner: "Application Auto Scaling",
    }];
    let standing_within = |bands: &[Band], declared: i64, applied: i64, live: i64| {
        let found = compare(&Subject {
            resource_type: &"AWS::ECS::Service".into(),
            identifier: None,
            account: None,
            region: None,
            declared: &service(declared),
            base: &Base::deployed(service(applied)),
            live: &service(live),
            open_collections: &BTreeSet::new(),
            ignored: &[],
            bands,
            reader: Reader::Unknown,
        });
        (said(&found), found.controlled.len())
    };
    let standing = |declared: i64, applied: i64, live: i64| standing_within(&bands, declared, applied, live);
    assert_eq!(standing(2, 2, 4), (vec![], 1));
    assert_eq!(standing(2, 2, 5), (vec!["DesiredCount drifted".to_owned()], 0));
    assert_eq!(standing(2, 2, 0), (vec!["DesiredCount drifted".to_owned()], 0));
    assert_eq!(standing(3, 2, 2), (vec!["DesiredCount pending".to_owned()], 0));
    let [mut unread] = bands;
    unread.limits = Limits::Unread("refused".to_owned());
    let standing = |declared: i64, applied: i64, live: i64| {
        standing_within(std::slice::from_ref(&unread), declared, applied, live)
    };
    assert_eq!(standing(2, 2, 4), (vec!["DesiredCount ?".to_owned()], 0));
    assert_eq!(standing(2, 2, 2), (vec![], 0), "in sync whoever moves it");
    assert_eq!(standing(3, 2, 2), (vec!["DesiredCount pending".to_owned()], 0));
}
