//! A real root module, its real state and its real plan: what is declared is read as the state has it, and what
//! somebody changed by hand is found, and nothing else.
//!
//! Terraform and the AWS provider applied the module to an emulator and planned it again after changes by hand. The
//! plan's `before` values, which are what its refresh found, stand for the live side. The whole of it stands beside the
//! repository, or where `DRIFTLEDGER_TERRAFORM_REAL` says; where it does not, a reduced copy under
//! `tests/fixtures/terraform/real` has what is read here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use driftledger::applied::merge_base::{History, merge_base};
use driftledger::applied::terraform_state::{self, State};
use driftledger::compare::{Base, Comparison, Reader, Subject, compare};
use driftledger::config::{Declared as Source, TerraformModule};
use driftledger::declared;
use driftledger::declared::source::{self, Surroundings};
use driftledger::model::{Applied, Declaration, Fingerprinter};
use driftledger::repo::Tree;
use driftledger::schema;
use serde_json::Value as Json;

const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";

struct Real {
    declared: declared::Read,
    state: State,
    /// What was there at the second plan.
    live: State,
}

fn real() -> Real {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let beside = std::env::var_os("DRIFTLEDGER_TERRAFORM_REAL")
        .map_or_else(|| root.join("../shared/terraform-real"), PathBuf::from);
    let folder = if beside.is_dir() { beside } else { root.join("tests/fixtures/terraform/real") };
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let json = |text: &str| serde_json::from_str::<Json>(text).unwrap();
    let fingerprints = Fingerprinter::new(*b"key");
    let state = text("terraform.tfstate");
    let live = read_state(&refreshed(json(&state), &json(&text("plan-drifted.json"))).to_string(), &fingerprints);
    let state = read_state(&state, &fingerprints);
    let around = Surroundings {
        account: Some(ACCOUNT.to_owned()),
        region: Some(REGION.to_owned()),
        bindings: state.bindings.clone(),
        ..Surroundings::default()
    };
    let tree = Tree::work_tree(folder.parent().unwrap()).unwrap();
    let module = TerraformModule::at(folder.file_name().unwrap().to_str().unwrap());
    let declared = source::read(&tree, &Source::Terraform(module), &around, &fingerprints);
    Real { declared, state, live }
}

fn read_state(text: &str, fingerprints: &Fingerprinter) -> State {
    let mut state = terraform_state::read(&"terraform.tfstate".into(), text, fingerprints).unwrap();
    for applied in &mut state.applied {
        let attributes = std::mem::take(&mut applied.attributes);
        applied.attributes = schema::hide_secrets(&applied.resource_type, attributes, fingerprints);
    }
    state
}

/// The state with what the refresh of a plan found.
fn refreshed(mut state: Json, plan: &Json) -> Json {
    let changes = plan["resource_changes"].as_array().unwrap();
    let before: BTreeMap<&str, &Json> =
        changes.iter().map(|change| (change["address"].as_str().unwrap(), &change["change"]["before"])).collect();
    for resource in state["resources"].as_array_mut().unwrap() {
        let name = format!("{}.{}", resource["type"].as_str().unwrap(), resource["name"].as_str().unwrap());
        let is_there = |instance: &mut Json| {
            let address = match &instance["index_key"] {
                Json::Null => name.clone(),
                key => format!("{name}[{key}]"),
            };
            if let Some(found) = before.get(address.as_str()) {
                instance["attributes"] = (*found).clone();
            }
            !instance["attributes"].is_null()
        };
        let instances = resource["instances"].as_array_mut().unwrap();
        *instances =
            std::mem::take(instances).into_iter().filter_map(|mut one| is_there(&mut one).then_some(one)).collect();
    }
    state
}

fn of_address<'a>(state: &'a State, address: &str) -> Option<&'a Applied> {
    state.applied.iter().find(|applied| applied.address == address)
}

fn held_against(real: &Real, declaration: &Declaration, base: &Base, live: &Applied) -> Comparison {
    let of_this = real.declared.open.iter().filter(|open| open.address == declaration.address);
    let open: BTreeSet<String> = of_this.map(|open| open.property.clone()).collect();
    compare(&Subject {
        resource_type: &declaration.resource_type,
        identifier: live.identifier.as_deref(),
        account: Some(ACCOUNT),
        region: Some(REGION),
        declared: &declaration.attributes,
        base,
        live: &live.attributes,
        reader: Reader::OfType,
        open_collections: &open,
        ignored: &declaration.ignored,
        bands: &[],
    })
}

/// Every attribute that is not in sync, and how it stands: `address path standing`, `address path ?` where it cannot be
/// told.
fn said(declaration: &Declaration, comparison: &Comparison) -> Vec<String> {
    let drifts = comparison.attributes.iter().map(|drift| format!("{} {}", drift.path, drift.standing));
    let unverifiable = comparison.unverifiable.iter().map(|(path, _)| format!("{path} ?"));
    drifts.chain(unverifiable).map(|said| format!("{} {said}", declaration.address)).collect()
}

#[track_caller]
fn assert_same(mut found: Vec<String>, expect: &[&str]) {
    found.sort();
    let mut expect: Vec<_> = expect.to_vec();
    expect.sort_unstable();
    assert_eq!(found, expect);
}

/// Types of the module that nothing here compares.
const NOT_MAPPED: &[&str] = &["aws_cloudtrail"];

/// What is declared and not as the state has it, or cannot be told.
const NOT_AS_IN_THE_STATE: &[&str] = &[
    // The provider keeps a digest of user data.
    "aws_instance.w[0] UserData ?",
];

/// What the emulator refused, so that no state has it.
const NOT_DEPLOYED: &[&str] = &["aws_appautoscaling_policy.p[0]"];

#[test]
fn what_is_declared_is_read_as_the_state_has_it() {
    let real = real();
    let read = &real.declared;
    assert!(read.open.is_empty() && read.unsettled.is_empty(), "{:?} {:?}", read.open, read.unsettled);
    // The archive of the function does not stand in the repository; only Terraform asks for it.
    let problems: Vec<_> = read.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert!(
        matches!(problems[..], [one] if one.contains("there is no file") && one.contains("fn.zip")),
        "{problems:?}"
    );
    for skipped in [&read.skipped, &real.state.skipped] {
        let types: Vec<_> = skipped.iter().map(|skipped| skipped.resource_type.as_str()).collect();
        assert_eq!(types, NOT_MAPPED);
    }
    let mut found = Vec::new();
    let mut in_sync = 0;
    let deployed = |declaration: &&Declaration| !NOT_DEPLOYED.contains(&declaration.address.as_str());
    for declaration in read.declarations.iter().filter(deployed) {
        let state = of_address(&real.state, &declaration.address).unwrap();
        assert_eq!(declaration.resource_type, state.resource_type, "{}", declaration.address);
        assert_eq!(declaration.identifier, state.identifier, "{}", declaration.address);
        let comparison = held_against(&real, declaration, &Base::unknown(), state);
        in_sync += comparison.in_sync.len();
        found.extend(said(declaration, &comparison));
    }
    println!("{} resources, {in_sync} attributes as the state has them", read.declarations.len());
    assert_same(found, NOT_AS_IN_THE_STATE);
}

/// What somebody changed by hand of what is declared.
const CHANGED: &[&str] = &[
    "aws_autoscaling_group.g[0] MaxSize drifted",
    "aws_cloudwatch_log_group.l[0] RetentionInDays drifted",
    "aws_cloudwatch_metric_alarm.a[0] Threshold drifted",
    "aws_db_instance.d[0] DBInstanceClass drifted",
    "aws_dynamodb_table.t[0] ProvisionedThroughput.ReadCapacityUnits drifted",
    "aws_ecs_service.s[0] DesiredCount drifted",
    "aws_iam_role.r MaxSessionDuration drifted",
    "aws_iam_role.r Policies[PolicyName=inline].PolicyDocument.Statement[0].Action[*] drifted",
    "aws_iam_role.r Policies[PolicyName=inline].PolicyDocument.Statement[0].Action[s3:GetObject] drifted",
    "aws_iam_user.u Tags[Key=x] drifted",
    "aws_instance.w[0] Tags[Key=hot] drifted",
    "aws_kms_key.k[0] EnableKeyRotation drifted",
    "aws_lambda_function.f[0] Environment.Variables.A drifted",
    "aws_route53_record.r[0] ResourceRecords[1.2.3.4] drifted",
    "aws_route53_record.r[0] ResourceRecords[6.6.6.6] drifted",
    // `aws_s3_bucket_public_access_block.b`, which was deleted.
    "aws_s3_bucket.b PublicAccessBlockConfiguration drifted",
    // `aws_s3_bucket_versioning.b`
    "aws_s3_bucket.b VersioningConfiguration.Status drifted",
    "aws_s3_bucket_policy.b PolicyDocument.Statement[Sid=pub] drifted",
    "aws_s3_bucket_policy.b PolicyDocument.Statement[Sid=x] drifted",
    "aws_secretsmanager_secret.s[0] Description drifted",
    "aws_security_group.sg SecurityGroupIngress[IpProtocol,FromPort,ToPort,CidrIp=tcp,22,22,0.0.0.0/0] drifted",
    "aws_sns_topic.t is missing",
    "aws_sqs_queue.q VisibilityTimeout drifted",
    "aws_ssm_parameter.p[0] Value drifted",
    "aws_vpc.v EnableDnsHostnames drifted",
];

/// What the emulator does not keep: the plan without changes by hand has it too.
const NOISE: &[&str] = &[
    "aws_db_parameter_group.p[0] Parameters.log_statement drifted",
    "aws_launch_template.lt LaunchTemplateData.ImageId drifted",
    "aws_launch_template.lt LaunchTemplateData.InstanceType drifted",
];

/// What somebody changed by hand and nobody declares. Only the state tells that it was something else. Where the
/// provider has a default Terraform takes it back all the same.
const CHANGED_AND_NOT_DECLARED: &[&str] = &[
    // Disabled. Terraform takes over what it finds here, and of the health check, and plans nothing.
    "aws_cloudwatch_event_rule.r[0] State drifted",
    "aws_lambda_alias.a[0] Description drifted",
    "aws_lambda_function.f[0] MemorySize drifted",
    // What the emulator does not keep, as above.
    "aws_launch_template.lt LaunchTemplateData.TagSpecifications conflict",
    // Its idle timeout.
    "aws_lb.l[0] LoadBalancerAttributes conflict",
    "aws_lb_target_group.t[0] HealthCheckPath conflict",
];

/// What cannot be told, whatever it is.
const NOT_KNOWN: &[&str] = NOT_AS_IN_THE_STATE;

#[test]
fn what_was_changed_by_hand_is_found_and_nothing_else() {
    let real = real();
    let none = (BTreeMap::new(), BTreeMap::new());
    let mut found = Vec::new();
    let mut beside = Vec::new();
    for declaration in &real.declared.declarations {
        let Some(state) = of_address(&real.state, &declaration.address).map(|applied| &applied.attributes) else {
            assert!(NOT_DEPLOYED.contains(&declaration.address.as_str()), "{}", declaration.address);
            continue;
        };
        let Some(live) = of_address(&real.live, &declaration.address) else {
            found.push(format!("{} is missing", declaration.address));
            continue;
        };
        // The module is deployed as it is declared.
        let history = History {
            resource_type: &declaration.resource_type,
            account: Some(ACCOUNT),
            region: Some(REGION),
            schema: None,
            declared: &declaration.attributes,
            state,
            in_sync: &none.0,
            open_drifts: &none.1,
        };
        let base = merge_base(&history, [&declaration.attributes]);
        let own = said(declaration, &held_against(&real, declaration, &base, live));
        let mut all = held_against(&real, declaration, &Base::deployed(state.clone()), live);
        // What the state has and nobody declares is not on its way anywhere.
        all.attributes.retain(|drift| drift.standing.is_manual_change());
        all.unverifiable.clear();
        beside.extend(said(declaration, &all).into_iter().filter(|said| !own.contains(said)));
        found.extend(own);
    }
    assert_same(found, &[CHANGED, NOISE, NOT_KNOWN].concat());
    assert_same(beside, CHANGED_AND_NOT_DECLARED);
}
