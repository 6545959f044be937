//! One scan in which everything occurs: every standing, every verdict, a missing resource, added items.

use aws_sdk_ec2::types::{IpPermission, IpRange};
use aws_sdk_ecs::types::KeyValuePair;
use serde_json::{Value as Json, json};

use super::company::{Company, Done, ago, drift, in_state, parameter_in_state, parameters, state};
use crate::emulators::ministack;

/// A parameter: its name, what was declared first and is declared now, what the state says, what is live.
type Row = (&'static str, &'static str, &'static str, &'static str, Option<&'static str>);

const ROWS: [Row; 11] = [
    ("in_sync", "10", "10", "10", Some("10")),
    ("pending", "10", "20", "10", Some("10")),
    ("drifted", "10", "10", "10", Some("99")),
    ("conflict", "10", "20", "10", Some("30")),
    ("codified", "10", "30", "10", Some("30")),
    ("absorbed", "10", "10", "99", Some("99")),
    ("missing", "10", "10", "10", None),
    ("accepted", "10", "10", "10", Some("99")),
    ("explained", "10", "10", "10", Some("48")),
    ("contradicted", "10", "10", "10", Some("64")),
    ("turned_down", "10", "10", "10", Some("99")),
];

const TEMPLATE: &str = "\
Resources:
  Cluster:
    Type: AWS::ECS::Cluster
    Properties: { ClusterName: shop }
  Tasks:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: orders
      ContainerDefinitions:
        - Name: app
          Image: shop/orders:1
          Essential: true
          Memory: 256
          Environment:
            - { Name: LOG_LEVEL, Value: info }
  Service:
    Type: AWS::ECS::Service
    Properties:
      ServiceName: orders
      Cluster: !Ref Cluster
      TaskDefinition: !Ref Tasks
      DesiredCount: 2
";

const MORE_STACKS: &str = "  - name: api
    environment: production
    declared: { kind: cloudformation, path: api/template.yaml }
    applied: { kind: stack, stack: api }
    live: { kind: aws, region: eu-west-1, endpoint_url: \"ENDPOINT\" }
  - name: sandbox
    environment: sandbox
    declared: { kind: terraform, path: sandbox }
    applied: { kind: terraform_state, path: sandbox/terraform.tfstate }
    live: { kind: aws, region: eu-west-1, endpoint_url: \"ENDPOINT\" }
environments:
  sandbox: { policy: { record_within: 0s } }
ignore:
  - type: AWS::SSM::Parameter
    resource: /shop/accepted
    path: Value
    reason: marketing sets it
    expires: 2999-12-31
people:
  - { name: Jonas, also: [\"@jonas\"] }
  - { name: Priya, also: [\"@priya\"] }
";

fn put_record(id: &str, name: &str, state: &str) -> String {
    format!(
        "id: {id}\nsummary: {name} to 48\ntype: normal\nrisk: low\nreason: config\nstate: {state}\n\
         environment: production\nimplementer: \"@jonas\"\n\
         approvals:\n  - {{ who: \"@priya\", at: {approved} }}\n\
         actual: {{ start: {start}, end: {end} }}\n\
         steps:\n  - text: The new value\n    commands:\n      \
         - aws ssm put-parameter --name /shop/{name} --value 48 --overwrite\n\
         rollback:\n  - text: The old value\n    commands:\n      \
         - aws ssm put-parameter --name /shop/{name} --value 10 --overwrite\noutcome: success\n",
        approved = ago(2),
        start = ago(1),
        end = ago(-1),
    )
}

/// Made three days before it is recorded, approved by the one who made it, with no way back.
fn group_record(group: &str) -> String {
    format!(
        "id: CR-4\nsummary: Let the failover site call our webhooks\ntype: normal\nrisk: high\nreason: hotfix\n\
         state: implemented\nenvironment: production\nimplementer: \"@jonas\"\n\
         approvals:\n  - {{ who: \"@jonas\", at: {approved} }}\n\
         actual: {{ start: {start}, end: {end} }}\n\
         steps:\n  - text: Admit it\n    commands:\n      \
         - aws ec2 authorize-security-group-ingress --group-id {group} --protocol tcp --port 8443 \
         --cidr 198.51.100.0/24\noutcome: success\n",
        approved = ago(74),
        start = ago(73),
        end = ago(72),
    )
}

fn capacity_record() -> String {
    format!(
        "id: CR-5\nsummary: Six tasks for the evening\ntype: normal\nrisk: low\nreason: maintenance\n\
         state: implemented\nenvironment: production\nimplementer: \"@jonas\"\n\
         approvals:\n  - {{ who: \"@priya\", at: {approved} }}\n\
         actual: {{ start: {start}, end: {end} }}\n\
         steps:\n  - text: Six tasks\n    commands:\n      \
         - aws ecs update-service --cluster shop --service orders --desired-count 6\n\
         rollback:\n  - text: Two tasks\noutcome: success\n",
        approved = ago(2),
        start = ago(1),
        end = ago(-1),
    )
}

const GROUP: &str = "resource \"aws_security_group\" \"web\" {
  name        = \"web\"
  description = \"web servers\"
  ingress {
    protocol    = \"tcp\"
    from_port   = 443
    to_port     = 443
    cidr_blocks = [\"10.0.0.0/24\"]
  }
  egress {
    protocol    = \"-1\"
    from_port   = 0
    to_port     = 0
    cidr_blocks = [\"0.0.0.0/0\"]
  }
}

resource \"random_pet\" \"name\" {}

resource \"aws_ssm_parameter\" \"unverifiable\" {
  name           = \"/shop/unverifiable\"
  type           = \"String\"
  insecure_value = random_pet.name.id
}
";

async fn authorize(company: &Company, group: &str, port: i32, cidr: &str) {
    let rule = IpPermission::builder().ip_protocol("tcp").from_port(port).to_port(port);
    let rule = rule.ip_ranges(IpRange::builder().cidr_ip(cidr).build()).build();
    let ec2 = aws_sdk_ec2::Client::new(&company.account.sdk);
    ec2.authorize_security_group_ingress().group_id(group).ip_permissions(rule).send().await.unwrap();
}

/// Deploys everything as first declared; returns the id of the security group.
async fn deploy(company: &Company) -> String {
    let ec2 = aws_sdk_ec2::Client::new(&company.account.sdk);
    let group = ec2.create_security_group().group_name("web").description("web servers").send().await.unwrap();
    let group = group.group_id.unwrap();
    authorize(company, &group, 443, "10.0.0.0/24").await;
    for (name, first, ..) in ROWS {
        company.put(name, first).await;
    }
    company.put("unverifiable", "happy-otter").await;
    company.put("overdue", "10").await;
    create_stack(company, "api", TEMPLATE).await;
    group
}

/// Creates a stack of CloudFormation and waits for it.
pub(super) async fn create_stack(company: &Company, name: &str, template: &str) {
    let cloudformation = aws_sdk_cloudformation::Client::new(&company.account.sdk);
    cloudformation.create_stack().stack_name(name).template_body(template).send().await.unwrap();
    settled(company, name, "CREATE_COMPLETE").await;
}

/// Waits until a stack has come to a state.
pub(super) async fn settled(company: &Company, name: &str, wanted: &str) {
    let cloudformation = aws_sdk_cloudformation::Client::new(&company.account.sdk);
    let mut status = String::new();
    for _ in 0..300 {
        let answer = cloudformation.describe_stacks().stack_name(name).send().await.unwrap();
        status = answer.stacks()[0].stack_status.as_ref().unwrap().as_str().to_owned();
        if status == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{name} is {status}");
}

fn write_repository(company: &Company, group: &str) {
    company.configure(&MORE_STACKS.replace("ENDPOINT", &company.endpoint));
    company.write("api/template.yaml", TEMPLATE);
    company.write("sandbox/main.tf", &parameters([("overdue", "10")]));
    company.write("sandbox/terraform.tfstate", &state(1, &[parameter_in_state(("overdue", "10"))]));
    let infra = |rows: String| company.write("infra/main.tf", &(rows + GROUP));
    infra(parameters(ROWS.map(|(name, first, ..)| (name, first))));
    let rule = |port: i32, protocol: &str, cidr: &str| {
        json!({"protocol": protocol, "from_port": port, "to_port": port, "cidr_blocks": [cidr], "description": "",
            "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [], "self": false})
    };
    let web = json!({"id": group, "name": "web", "description": "web servers", "tags": null, "tags_all": {},
        "ingress": [rule(443, "tcp", "10.0.0.0/24")], "egress": [rule(0, "-1", "0.0.0.0/0")]});
    let mut resources = ROWS.map(|(name, _, _, state, _)| parameter_in_state((name, state))).to_vec();
    resources.push(in_state("aws_security_group", "web", &web));
    resources.push(parameter_in_state(("unverifiable", "happy-otter")));
    company.write("infra/terraform.tfstate", &state(7, &resources));
    company.commit("Deploy", ago(96));
    infra(parameters(ROWS.map(|(name, _, second, ..)| (name, second))));
    company.commit("Move on", ago(24));
    company.write("changes/CR-1.yaml", &put_record("CR-1", "explained", "implemented"));
    company.write("changes/CR-2.yaml", &put_record("CR-2", "contradicted", "implemented"));
    company.write("changes/CR-3.yaml", &put_record("CR-3", "turned_down", "rejected"));
    company.write("changes/CR-4.yaml", &group_record(group));
    company.write("changes/CR-5.yaml", &capacity_record());
    company.commit("Record", ago(0));
}

/// What people did.
async fn change_by_hand(company: &Company, group: &str) {
    let ssm = aws_sdk_ssm::Client::new(&company.account.sdk);
    for (name, first, _, _, live) in ROWS {
        match live {
            Some(live) if live != first => company.put(name, live).await,
            Some(_) => {}
            None => drop(ssm.delete_parameter().name(format!("/shop/{name}")).send().await.unwrap()),
        }
    }
    company.put("overdue", "99").await;
    authorize(company, group, 8443, "198.51.100.0/24").await;
    let ecs = aws_sdk_ecs::Client::new(&company.account.sdk);
    let tasks = ecs.describe_task_definition().task_definition("orders").send().await.unwrap();
    let mut container = tasks.task_definition.unwrap().container_definitions.unwrap().remove(0);
    let switch = KeyValuePair::builder().name("PAYMENT_DEBUG").value("1").build();
    container.environment.get_or_insert_default().push(switch);
    let made = ecs.register_task_definition().family("orders").container_definitions(container).send().await.unwrap();
    let revision = made.task_definition.unwrap().task_definition_arn.unwrap();
    let update = ecs.update_service().cluster("shop").service("orders").task_definition(revision);
    update.desired_count(6).send().await.unwrap();
    // A deadline of nothing has passed a second after the change.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
}

async fn incident() -> Company {
    let company = Company::new(ministack().await).await;
    let group = deploy(&company).await;
    write_repository(&company, &group);
    change_by_hand(&company, &group).await;
    company
}

/// `address path standing declared/applied/live verdict`, one an attribute; a drift without one gives its presence.
fn told(report: &Json) -> Vec<String> {
    let mut lines = Vec::new();
    for drift in report["drifts"].as_array().unwrap() {
        let text = |json: &Json| json.as_str().map_or_else(|| json.to_string(), str::to_owned);
        let (address, verdict) = (text(&drift["address"]), text(&drift["verdict"]));
        let address = address.trim_start_matches("aws_ssm_parameter.");
        for attribute in drift["attributes"].as_array().unwrap() {
            let [path, standing, declared, applied, live] =
                ["path", "standing", "declared", "applied", "live"].map(|member| text(&attribute[member]));
            lines.push(format!("{address} {path} {standing} {declared}/{applied}/{live} {verdict}"));
        }
        if drift["presence"] != "present" {
            lines.push(format!("{address} {} {verdict}", text(&drift["presence"])));
        }
    }
    lines.sort();
    lines
}

/// Everything that is not in sync in the incident. `SG` and `ARN` stand for what the account gives out.
const TOLD: [&str; 13] = [
    // The revision that runs is told once, by what it holds that the declared one does not.
    "Service DesiredCount drifted 2/2/6 explained",
    "absorbed Value drifted 10/10/99 unexplained",
    "accepted Value drifted 10/10/99 accepted",
    "aws_security_group.web SecurityGroupIngress[IpProtocol,FromPort,ToPort,CidrIp=tcp,8443,8443,198.51.100.0/24] \
     drifted null/null/{\"CidrIp\":\"198.51.100.0/24\",\"FromPort\":8443,\"IpProtocol\":\"tcp\",\"ToPort\":8443} \
     explained",
    "codified Value codified 30/10/30 null",
    "conflict Value conflict 20/10/30 unexplained",
    "contradicted Value drifted 10/10/64 contradicted",
    "drifted Value drifted 10/10/99 unexplained",
    "explained Value drifted 10/10/48 explained",
    "missing missing unexplained",
    "overdue Value drifted 10/10/99 overdue",
    "pending Value pending 20/10/10 null",
    "turned_down Value drifted 10/10/99 unexplained",
];

const NEW_VARIABLE: &str = "Tasks ContainerDefinitions[Name=app].Environment[Name=PAYMENT_DEBUG] drifted null/null/";

fn check_values(company: &Company, report: &Json) {
    let arn = format!("arn:aws:ecs:eu-west-1:{}:task-definition/orders", company.account.id);
    let told = told(report);
    // The value of a variable may be a secret, so it is told as a fingerprint.
    let (variable, told): (Vec<_>, Vec<_>) = told.into_iter().partition(|line| line.starts_with(NEW_VARIABLE));
    assert_eq!(told.iter().map(|line| line.replace(&arn, "ARN")).collect::<Vec<_>>(), TOLD);
    let [variable] = variable.as_slice() else { panic!("{variable:?}") };
    assert!(variable.contains("sensitive:") && variable.ends_with(" unexplained"), "{variable}");
    assert_eq!(drift(report, "aws_ssm_parameter.absorbed")["attributes"][0]["note"], "absorbed into state");
    let summary = json!({"unexplained": 6, "explained": 3, "contradicted": 1, "overdue": 1, "accepted": 1,
        "pending": 1, "codified": 1, "stale": 0});
    assert_eq!(report["summary"], summary);
    let coverage = &report["coverage"];
    assert_eq!(coverage["resources"], json!({"declared": 18, "checked": 17, "unknown": 0}));
    assert_eq!(coverage["problems"], json!([]));
    let unverifiable = coverage["unverifiable"].as_array().unwrap();
    let unknown = unverifiable.iter().find(|one| one["address"] == "aws_ssm_parameter.unverifiable").unwrap();
    assert_eq!((&unknown["path"], &unknown["stack"]), (&json!("Value"), &json!("shop")));
    assert!(unknown["reason"].as_str().unwrap().contains("random_pet.name.id"), "{unknown}");
    assert_eq!(coverage["attributes"]["unverifiable"], unverifiable.len());
    assert!(coverage["attributes"]["checked"].as_u64().unwrap() > 30, "what is in sync is counted: {coverage}");
}

fn check_records(report: &Json) {
    let explanation = |name: &str| drift(report, &format!("aws_ssm_parameter.{name}"))["explanations"][0].clone();
    for (name, record, tier, said) in [
        ("explained", "CR-1", json!("T2"), "sets Value to 48, and that is live"),
        ("contradicted", "CR-2", Json::Null, "64"),
        ("turned_down", "CR-3", Json::Null, "rejected"),
        ("accepted", "ignore rule", Json::Null, "marketing sets it"),
    ] {
        let found = explanation(name);
        assert_eq!((&found["record"], &found["tier"]), (&json!(record), &tier), "{name}: {found}");
        assert!(found["because"].to_string().contains(said), "{name}: {found}");
    }
    assert_eq!(explanation("explained")["source"], "changes/CR-1.yaml:1");
    assert_eq!(explanation("explained")["matched"], json!(["Value"]));
    let group = drift(report, "aws_security_group.web");
    assert_eq!(
        (&group["explanations"][0]["record"], &group["explanations"][0]["tier"]),
        (&json!("CR-4"), &json!("T2"))
    );
    let broken: Vec<_> = group["violations"].as_array().unwrap().iter().map(|broken| &broken["rule"]).collect();
    assert_eq!(broken, ["self_approved", "late", "no_rollback_plan"]);
    assert_eq!(drift(report, "aws_ssm_parameter.explained")["violations"], json!([]));
    // The record accounts for the number of tasks, and leaves the other revision to be explained.
    let service = &drift(report, "Service")["explanations"][0];
    assert_eq!((&service["record"], &service["tier"]), (&json!("CR-5"), &json!("T2")));
    assert_eq!(service["matched"], json!(["DesiredCount"]));
    let source = json!({"file": "infra/main.tf", "line": 16, "column": 20});
    assert_eq!(drift(report, "aws_ssm_parameter.drifted")["attributes"][0]["source"], source);
}

#[tokio::test]
async fn every_standing_and_every_verdict_is_found_and_stays_the_same_drift() {
    let company = incident().await;
    let first = company.scan(2).await;
    check_values(&company, &first);
    check_records(&first);
    assert_eq!(drift(&first, "aws_ssm_parameter.drifted")["changed_between"][0], Json::Null);

    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    company.put("in_sync", "11").await;
    company.put("turned_down", "98").await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let second = company.scan(2).await;
    let ids = |report: &Json| -> Vec<Json> {
        report["drifts"].as_array().unwrap().iter().map(|drift| drift["id"].clone()).collect()
    };
    assert!(ids(&first).iter().all(|id| ids(&second).contains(id)), "{:?} {:?}", ids(&first), ids(&second));
    for before in first["drifts"].as_array().unwrap() {
        let now = drift(&second, before["address"].as_str().unwrap());
        assert_eq!((&now["id"], &now["first_seen"]), (&before["id"], &before["first_seen"]), "{}", now["address"]);
        assert!(now["last_seen"].as_str() > before["last_seen"].as_str(), "{now}");
    }
    let (kept, changed, new) = ["drifted", "turned_down", "in_sync"]
        .map(|name| drift(&second, &format!("aws_ssm_parameter.{name}")).clone())
        .into();
    let first_scan = &drift(&first, "aws_ssm_parameter.drifted")["last_seen"];
    let now = &kept["last_seen"];
    assert_eq!(kept["changed_between"], json!([null, first_scan]), "the value is the one of the first scan");
    assert_eq!(changed["changed_between"], json!([first_scan, now]), "another value than at the first scan");
    assert_eq!(new["changed_between"], json!([first_scan, now]));
    assert_eq!(&new["first_seen"], now);
}

/// Asserts that a text has all parts.
fn assert_tells(done: &Done, parts: &[&str]) {
    for part in parts {
        assert!(done.stdout.contains(part), "{part:?} is not in\n{}", done.stdout);
    }
}

#[tokio::test]
async fn the_gate_tells_what_it_blocks_in_every_format() {
    let company = incident().await;
    let gate = async |format: &str| {
        let done = company.run(&["gate", "--stack", "shop", "--format", format]).await;
        assert_eq!(done.code, Some(2), "{done:?}");
        done
    };
    let answer = gate("json").await.json();
    assert_eq!((&answer["decision"], &answer["stacks"]), (&json!("block"), &json!(["shop"])));
    let findings = answer["findings"].as_array().unwrap();
    let of = |name: &str| findings.iter().find(|finding| finding["address"] == format!("aws_ssm_parameter.{name}"));
    assert_eq!(of("pending"), None);
    for (name, effect) in [
        ("absorbed", "block"),
        ("conflict", "block"),
        ("contradicted", "block"),
        ("drifted", "block"),
        ("explained", "block"),
        ("missing", "block"),
        ("accepted", "notice"),
        ("codified", "notice"),
    ] {
        assert_eq!(of(name).unwrap()["effect"], effect, "{name}");
    }
    let explained = of("explained").unwrap();
    assert_eq!(explained["records"][0]["source"], "changes/CR-1.yaml:1");
    let values = ["declared", "applied", "live"].map(|member| explained["attribute"][member].clone());
    assert_eq!(values, [json!("10"), json!("10"), json!("48")]);

    let values = "declared \"20\", applied \"10\", live \"30\" (conflict)";
    assert_tells(&gate("table").await, &["BLOCKED", values, "CR-1  changes/CR-1.yaml:1", "CR-4  changes/CR-4.yaml:1"]);
    let github = gate("github").await;
    assert_tells(&github, &["::error file=infra/main.tf,line=16", values, "changes/CR-1.yaml:1"]);
    let quoted = values.replace('"', "&quot;");
    assert_tells(&gate("junit").await, &["<testsuite", "<failure", &quoted, "changes/CR-1.yaml:1"]);
    let api = company.run(&["gate", "--stack", "api"]).await;
    assert_eq!(api.code, Some(2), "{api:?}");
    assert_tells(&api, &["DesiredCount: declared 2, applied 2, live 6 (drifted)", "CR-5  changes/CR-5.yaml:1"]);
    let sandbox = company.run(&["gate", "--stack", "sandbox"]).await;
    assert_eq!(sandbox.code, Some(2), "{sandbox:?}");
}
