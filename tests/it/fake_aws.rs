//! Reading AWS when it cuts pages, refuses, throttles or breaks: what no emulator does. A small server answers each
//! protocol with its own shape of errors.

mod stacks;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};
use driftledger::applied::stack_fetch;
use driftledger::live::aws::{self, ApiCall, ApiCalls, ApiOutcome, Aws, AwsScope};
use driftledger::live::{Collection, Found, Wanted};
use driftledger::model::{Fingerprinter, Problem, ProblemKind, ResourceType};
use serde_json::{Value as Json, json};

/// The account that the server tells.
pub const ACCOUNT: &str = "111111111111";
const REGION: &str = "eu-west-1";

/// One request, as far as the tests look at it.
#[derive(Clone, Debug)]
pub struct Request {
    pub operation: String,
    body: String,
}

impl Request {
    /// Query and EC2 name the operation in the body, JSON in a header, CBOR and REST in the path.
    fn of(uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Self {
        let body = String::from_utf8_lossy(body).into_owned();
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let operation = match (target, body.strip_prefix("Action=")) {
            (Some(target), _) => target.rsplit('.').next().unwrap(),
            (None, Some(query)) => query.split('&').next().unwrap(),
            (None, None) => uri.path().trim_end_matches('/').rsplit('/').next().unwrap(),
        };
        Self { operation: operation.to_owned(), body }
    }
}

/// One answer: status, headers, body.
pub type Answer = (StatusCode, [(HeaderName, String); 2], Vec<u8>);

fn answer(status: u16, content_type: &str, other: (&'static str, &str), body: impl Into<Vec<u8>>) -> Answer {
    let headers =
        [(header::CONTENT_TYPE, content_type.to_owned()), (HeaderName::from_static(other.0), other.1.to_owned())];
    (StatusCode::from_u16(status).unwrap(), headers, body.into())
}

const NOTHING: (&str, &str) = ("x-amzn-requestid", "1");

fn xml(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    answer(status, "text/xml", NOTHING, body)
}

pub fn json(status: u16, body: &Json) -> Answer {
    answer(status, "application/x-amz-json-1.1", NOTHING, body.to_string())
}

/// The errors of a code in the shape of each protocol, by the operation that is asked for.
pub fn error(request: &Request, status: u16, code: &str) -> Answer {
    let message = "told by the service";
    match request.operation.as_str() {
        "DescribeSecurityGroups" | "DescribeInstances" => xml(
            status,
            format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
            ),
        ),
        "GetAccountAuthorizationDetails" | "GetCallerIdentity" => xml(
            status,
            format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"),
        ),
        "DescribeAlarms" => {
            let text = |text: &str| [&[0x78, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
            let body = [vec![0xa2], text("__type"), text(code), text("message"), text(message)].concat();
            answer(status, "application/cbor", ("smithy-protocol", "rpc-v2-cbor"), body)
        }
        "DescribeServices" | "DescribeClusters" | "DescribeTaskDefinition" | "GetParameters" => {
            json(status, &json!({"__type": format!("com.amazonaws#{code}"), "message": message}))
        }
        _ => answer(status, "application/json", ("x-amzn-errortype", code), json!({"message": message}).to_string()),
    }
}

/// A server that stands for every service of AWS at once.
pub struct FakeAws {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl FakeAws {
    /// Answers every request with `respond`, but `GetCallerIdentity`, which tells [`ACCOUNT`], and what is asked of
    /// scalable targets, of which there are none.
    pub async fn start(respond: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_with_targets(|_| json(200, &json!({"ScalableTargets": []})), respond).await
    }

    /// As [`Self::start`], with an answer about scalable targets.
    async fn start_with_targets(
        targets: impl Fn(&Request) -> Answer + Send + Sync + 'static,
        respond: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::start_with_identity(move |request| match request.operation.as_str() {
            "GetCallerIdentity" => xml(
                200,
                format!(
                    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{ACCOUNT}</Account>\
                     </GetCallerIdentityResult></GetCallerIdentityResponse>"
                ),
            ),
            "DescribeScalableTargets" => targets(request),
            _ => respond(request),
        })
        .await
    }

    async fn start_with_identity(respond: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, respond) = (Arc::clone(&requests), Arc::new(respond));
        let app = axum::Router::new().fallback(move |uri: Uri, headers: HeaderMap, body: Bytes| {
            let request = Request::of(&uri, &headers, &body);
            log.lock().unwrap().push(request.clone());
            let answer = respond(&request);
            async move { answer }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, requests }
    }

    fn scope(&self) -> AwsScope {
        scope(&self.url)
    }

    fn count(&self, operation: &str) -> usize {
        self.requests.lock().unwrap().iter().filter(|request| request.operation == operation).count()
    }
}

fn scope(url: &str) -> AwsScope {
    AwsScope { endpoint_url: Some(url.to_owned()), attempts: 1, ..AwsScope::new(REGION) }
}

async fn connect(scope: &AwsScope, calls: &Arc<ApiCalls>) -> Aws {
    let credentials =
        Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", Some("token-of-the-session".into()), None, "test");
    aws::connect_with(scope, SharedCredentialsProvider::new(credentials), calls).await
}

fn wanted(names: &[(&str, &str)]) -> Vec<Wanted> {
    names.iter().map(|(name, key)| Wanted { resource_type: (*name).into(), key: (*key).to_owned() }).collect()
}

async fn read(scope: &AwsScope, names: &[(&str, &str)]) -> Collection {
    let (aws, wanted) = (connect(scope, &Arc::default()).await, wanted(names));
    // On a task of its own, as the daemon reads: the future must be one that can move between threads.
    tokio::spawn(async move { aws::read(&aws, &wanted, &Fingerprinter::new(*b"key")).await }).await.unwrap()
}

fn find<'a>(collection: &'a Collection, name: &str, key: &str) -> Found<'a> {
    collection.find(&ResourceType::from(name), key)
}

/// What each key was found to be.
fn states(collection: &Collection, names: &[(&str, &str)]) -> BTreeMap<String, &'static str> {
    let state = |found| match found {
        Found::Present(_) | Found::AsExpected => "present",
        Found::Missing => "missing",
        Found::Unknown => "unknown",
    };
    names.iter().map(|(name, key)| (format!("{name} {key}"), state(find(collection, name, key)))).collect()
}

fn kinds(problems: &[Problem]) -> Vec<ProblemKind> {
    problems.iter().map(|problem| problem.kind).collect()
}

const GROUP: &str = "AWS::EC2::SecurityGroup";
const ROLE: &str = "AWS::IAM::Role";
const SERVICE: &str = "AWS::ECS::Service";

fn group_page(id: &str, next: Option<&str>) -> Answer {
    let next = next.map(|token| format!("<nextToken>{token}</nextToken>")).unwrap_or_default();
    xml(
        200,
        format!(
            "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>{id}</groupId>\
             <groupName>{id}-name</groupName><groupDescription>d</groupDescription><ownerId>{ACCOUNT}</ownerId>\
             <ipPermissions/><ipPermissionsEgress/></item></securityGroupInfo>{next}</DescribeSecurityGroupsResponse>"
        ),
    )
}

#[tokio::test]
async fn every_page_of_security_groups_is_read_and_what_none_shows_is_missing() {
    let fake = FakeAws::start(|request| match request.body.contains("NextToken=second") {
        false => group_page("sg-1", Some("second")),
        true => group_page("sg-2", None),
    })
    .await;
    let names = [(GROUP, "sg-1"), (GROUP, "sg-2"), (GROUP, "sg-3")];
    let collection = read(&fake.scope(), &names).await;
    assert_eq!(states(&collection, &names).into_values().collect::<Vec<_>>(), ["present", "present", "missing"]);
    assert_eq!((fake.count("DescribeSecurityGroups"), collection.problems.len()), (2, 0));
    assert_eq!(collection.account.as_deref(), Some(ACCOUNT));
}

#[tokio::test]
async fn a_page_token_that_returns_ends_the_read_with_a_problem() {
    let fake = FakeAws::start(|_| group_page("sg-1", Some("again"))).await;
    let names = [(GROUP, "sg-1"), (GROUP, "sg-2")];
    let collection = read(&fake.scope(), &names).await;
    assert_eq!(states(&collection, &names).into_values().collect::<Vec<_>>(), ["unknown", "unknown"]);
    assert_eq!(kinds(&collection.problems), [ProblemKind::Service]);
    assert!(collection.problems[0].message.contains("repeats its page token"), "{}", collection.problems[0]);
}

#[tokio::test]
async fn a_group_name_that_two_groups_have_stands_for_neither() {
    let fake = FakeAws::start(|_| {
        let item = |id: &str| format!("<item><groupId>{id}</groupId><groupName>web</groupName></item>");
        let items = item("sg-1") + &item("sg-2");
        xml(200, format!("<DescribeSecurityGroupsResponse><securityGroupInfo>{items}</securityGroupInfo></DescribeSecurityGroupsResponse>"))
    })
    .await;
    let collection = read(&fake.scope(), &[(GROUP, "web")]).await;
    assert_eq!(find(&collection, GROUP, "web"), Found::Unknown);
    assert!(collection.problems[0].message.contains("2 groups are named web"));
}

#[tokio::test]
async fn every_page_of_roles_is_read() {
    let fake = FakeAws::start(|request| {
        if request.operation != "GetAccountAuthorizationDetails" {
            return error(request, 403, "AccessDenied");
        }
        let page = |name: &str, rest: &str| {
            xml(
                200,
                format!(
                    "<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult><RoleDetailList>\
                     <member><RoleName>{name}</RoleName><Path>/</Path><Arn>arn:aws:iam::{ACCOUNT}:role/{name}</Arn>\
                     <AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</AssumeRolePolicyDocument>\
                     </member></RoleDetailList>{rest}</GetAccountAuthorizationDetailsResult>\
                     </GetAccountAuthorizationDetailsResponse>"
                ),
            )
        };
        match request.body.contains("Marker=m2") {
            false => page("one", "<IsTruncated>true</IsTruncated><Marker>m2</Marker>"),
            true => page("two", "<IsTruncated>false</IsTruncated>"),
        }
    })
    .await;
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/two");
    let names = [(ROLE, "one"), (ROLE, arn.as_str()), (ROLE, "three")];
    let collection = read(&fake.scope(), &names).await;
    let states = states(&collection, &names);
    assert_eq!(states[&format!("{ROLE} one")], "present");
    assert_eq!(states[&format!("{ROLE} {arn}")], "present");
    assert_eq!(states[&format!("{ROLE} three")], "missing");
    let Found::Present(role) = find(&collection, ROLE, "one") else { panic!("{collection:?}") };
    assert_eq!(role.attributes.get("AssumeRolePolicyDocument").unwrap().to_json(), json!({"Version": "2012-10-17"}));
    // GetRole was refused: what it alone tells is unknown, the role is there all the same, and it is told once.
    assert!(role.attributes.get("MaxSessionDuration").unwrap().is_unknown());
    assert_eq!(kinds(&collection.problems), [ProblemKind::AccessDenied]);
    assert!(collection.problems[0].message.starts_with("iam:GetRole: "), "{}", collection.problems[0]);
}

fn service_json(name: &str, rollout: &str) -> Json {
    json!({
        "serviceArn": format!("arn:aws:ecs:{REGION}:{ACCOUNT}:service/prod/{name}"),
        "serviceName": name, "status": "ACTIVE", "desiredCount": 2,
        "clusterArn": format!("arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/prod"),
        "taskDefinition": format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{name}:8"),
        "deployments": [{"id": "ecs-svc/1", "status": "PRIMARY", "rolloutState": rollout, "createdAt": 1_790_000_000,
            "taskDefinition": format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{name}:8")}],
    })
}

/// `DescribeServices` for every service that is asked for, except `gone`.
fn services_page(request: &Request) -> Answer {
    let asked: Json = serde_json::from_str(&request.body).unwrap();
    let names = asked["services"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let (gone, there): (Vec<_>, Vec<_>) = names.partition(|name| *name == "gone");
    assert!(gone.len() + there.len() <= 10, "more services than the operation takes");
    let failures: Vec<Json> = gone.iter().map(|name| json!({"arn": name, "reason": "MISSING"})).collect();
    let services: Vec<Json> = there.iter().map(|name| service_json(name, "COMPLETED")).collect();
    json(200, &json!({"services": services, "failures": failures}))
}

#[tokio::test]
async fn services_are_described_ten_at_a_time() {
    let fake = FakeAws::start(services_page).await;
    let keys: Vec<String> = (0..12).map(|number| format!("prod/s{number}")).chain(["prod/gone".to_owned()]).collect();
    let names: Vec<(&str, &str)> = keys.iter().map(|key| (SERVICE, key.as_str())).collect();
    let collection = read(&fake.scope(), &names).await;
    assert_eq!(fake.count("DescribeServices"), 2);
    assert_eq!(find(&collection, SERVICE, "prod/gone"), Found::Missing);
    assert_eq!(states(&collection, &names).values().filter(|state| **state == "present").count(), 12);
}

#[tokio::test]
async fn a_rollout_under_way_is_in_flight_and_its_deployments_are_told() {
    let fake = FakeAws::start(|_| json(200, &json!({"services": [service_json("orders", "IN_PROGRESS")]}))).await;
    let collection = read(&fake.scope(), &[(SERVICE, "prod/orders")]).await;
    let Found::Present(service) = find(&collection, SERVICE, "prod/orders") else { panic!("{collection:?}") };
    assert_eq!(service.in_flight.as_deref(), Some("a deployment is in progress"));
    let aws = connect(&fake.scope(), &Arc::default()).await;
    let (services, problems) = aws::ecs::deployments(&aws, &["prod/orders".to_owned()]).await;
    assert_eq!((services.len(), problems.len()), (1, 0));
    assert_eq!(services[0].deployments[0].rollout_state.as_deref(), Some("IN_PROGRESS"));
    assert_eq!(services[0].deployments[0].created_at.unwrap().as_second(), 1_790_000_000);
}

#[tokio::test]
async fn without_the_services_the_running_revision_stays_unknown() {
    let fake = FakeAws::start(|request| error(request, 400, "AccessDeniedException")).await;
    let names = [(SERVICE, "prod/orders"), ("AWS::ECS::TaskDefinition", "orders:7")];
    let collection = read(&fake.scope(), &names).await;
    assert!(states(&collection, &names).values().all(|state| *state == "unknown"));
    assert_eq!(fake.count("DescribeTaskDefinition"), 0);
}

fn target_json(service: &str) -> Json {
    json!({"ServiceNamespace": "ecs", "ResourceId": format!("service/prod/{service}"), "MinCapacity": 1,
        "ScalableDimension": "ecs:service:DesiredCount", "MaxCapacity": 4, "CreationTime": 1_790_000_000,
        "RoleARN": format!("arn:aws:iam::{ACCOUNT}:role/scaling")})
}

#[tokio::test]
async fn targets_that_scale_services_are_listed_page_by_page_and_only_where_services_are_wanted() {
    let pages = |request: &Request| {
        assert!(request.body.contains("\"ecs\""), "{}", request.body);
        match request.body.contains("second") {
            false => json(200, &json!({"ScalableTargets": [target_json("orders")], "NextToken": "second"})),
            true => json(200, &json!({"ScalableTargets": [target_json("stock")]})),
        }
    };
    let fake = FakeAws::start_with_targets(pages, services_page).await;
    let names = [(SERVICE, "prod/orders"), (SERVICE, "prod/stock")];
    let collection = read(&fake.scope(), &names).await;
    assert_eq!((fake.count("DescribeScalableTargets"), collection.problems.len()), (2, 0));
    let service = ResourceType::from(SERVICE);
    let limits = |name: &str| -> Vec<String> {
        let names = [name.to_owned()];
        let scaled = collection.scaling.of(&service, &names);
        scaled.map(|one| format!("{} {}..{}", one.path, one.min, one.max)).collect()
    };
    assert_eq!(
        (limits("prod/orders"), limits("prod/stock")),
        (vec!["DesiredCount 1..4".into()], vec!["DesiredCount 1..4".into()])
    );
    assert_eq!((limits("prod/gone"), collection.scaling.unread(&service)), (Vec::<String>::new(), None));
    let fake = FakeAws::start(|_| group_page("sg-1", None)).await;
    read(&fake.scope(), &[(GROUP, "sg-1")]).await;
    assert_eq!(fake.count("DescribeScalableTargets"), 0);
}

#[tokio::test]
async fn targets_that_may_not_be_read_are_a_problem_and_those_of_no_service_are_none() {
    let read_with = async |status: u16, code: &'static str| {
        let refuse = move |_: &Request| json(status, &json!({"__type": code, "message": "no"}));
        let fake = FakeAws::start_with_targets(refuse, services_page).await;
        read(&fake.scope(), &[(SERVICE, "prod/orders")]).await
    };
    let service = ResourceType::from(SERVICE);
    let refused = read_with(400, "AccessDeniedException").await;
    assert!(matches!(find(&refused, SERVICE, "prod/orders"), Found::Present(_)));
    let [problem] = &refused.problems[..] else { panic!("{:?}", refused.problems) };
    assert_eq!(problem.kind, ProblemKind::AccessDenied);
    assert_eq!(problem.scope, format!("aws {ACCOUNT} {REGION} AWS::ApplicationAutoScaling::ScalableTarget"));
    assert!(problem.remedy.as_ref().unwrap().contains("application-autoscaling:DescribeScalableTargets"));
    let reason = "scalable targets may move it, and application-autoscaling:DescribeScalableTargets failed";
    assert_eq!(refused.scaling.unread(&service), Some(reason));
    let absent = read_with(400, "UnknownOperationException").await;
    assert_eq!((absent.problems.len(), absent.scaling.unread(&service)), (0, None));
}

/// One name of every type that has a reader.
const ONE_OF_EACH: [(&str, &str); 11] = [
    ("AWS::CloudWatch::Alarm", "high-errors"),
    ("AWS::EC2::Instance", "i-1"),
    (GROUP, "sg-1"),
    ("AWS::ECS::Cluster", "prod"),
    (SERVICE, "prod/orders"),
    ("AWS::ECS::TaskDefinition", "orders:7"),
    ("AWS::IAM::ManagedPolicy", "readers"),
    (ROLE, "orders"),
    ("AWS::Lambda::Alias", "orders:live"),
    ("AWS::Lambda::Function", "orders"),
    ("AWS::SSM::Parameter", "/orders/limit"),
];

#[test]
fn the_list_of_types_is_complete() {
    assert_eq!(ONE_OF_EACH.map(|(name, _)| name), aws::TYPES);
}

async fn check_nothing_is_missing(kind: ProblemKind, respond: impl Fn(&Request) -> Answer + Send + Sync + 'static) {
    let fake = FakeAws::start(respond).await;
    let collection = read(&fake.scope(), &ONE_OF_EACH).await;
    for (name, state) in states(&collection, &ONE_OF_EACH) {
        assert_eq!(state, "unknown", "{name}");
    }
    for (name, _) in ONE_OF_EACH {
        let scope = format!("aws {ACCOUNT} {REGION} {name}");
        let problem = collection.problems.iter().find(|problem| problem.scope == scope);
        let problem = problem.unwrap_or_else(|| panic!("no problem for {scope} in {:?}", collection.problems));
        assert_eq!(problem.kind, kind, "{problem}");
        assert!(!problem.to_string().contains("token-of-the-session"));
        if kind == ProblemKind::AccessDenied {
            assert!(problem.remedy.as_ref().unwrap().starts_with("allow "), "{problem}");
        }
    }
}

#[tokio::test]
async fn a_refusal_is_a_problem_of_its_type_in_every_protocol() {
    check_nothing_is_missing(ProblemKind::AccessDenied, |request| {
        let (status, code) = match request.operation.as_str() {
            "DescribeSecurityGroups" | "DescribeInstances" => (403, "UnauthorizedOperation"),
            "GetAccountAuthorizationDetails" => (403, "AccessDenied"),
            "DescribeAlarms" => (403, "AccessDenied"),
            "DescribeServices" | "DescribeClusters" | "DescribeTaskDefinition" | "GetParameters" => {
                (400, "AccessDeniedException")
            }
            _ => (403, "AccessDeniedException"),
        };
        error(request, status, code)
    })
    .await;
}

#[tokio::test]
async fn an_unreadable_answer_is_a_problem_and_nothing_is_missing() {
    let page = "<html><body>Internal error</body></html>";
    check_nothing_is_missing(ProblemKind::Service, move |_| answer(500, "text/html", NOTHING, page)).await;
    check_nothing_is_missing(ProblemKind::NotSupported, move |_| answer(404, "text/html", NOTHING, page)).await;
    check_nothing_is_missing(ProblemKind::NotSupported, |_| json(400, &json!({"error": "Unsupported service"}))).await;
}

#[tokio::test]
async fn throttling_that_does_not_end_is_its_own_kind() {
    check_nothing_is_missing(ProblemKind::Throttled, |request| {
        let code = if request.operation.contains("Groups") { "RequestLimitExceeded" } else { "ThrottlingException" };
        error(request, 400, code)
    })
    .await;
}

#[tokio::test]
async fn a_type_that_fails_leaves_the_others() {
    let fake = FakeAws::start(|request| match request.operation.as_str() {
        "DescribeSecurityGroups" => group_page("sg-1", None),
        _ => error(request, 403, "AccessDenied"),
    })
    .await;
    let names = [(GROUP, "sg-1"), (GROUP, "sg-2"), (ROLE, "orders"), ("AWS::S3::Bucket", "b")];
    let collection = read(&fake.scope(), &names).await;
    assert_eq!(
        states(&collection, &names).into_values().collect::<Vec<_>>(),
        ["present", "missing", "unknown", "unknown"]
    );
    assert_eq!(kinds(&collection.problems), [ProblemKind::AccessDenied, ProblemKind::NotSupported]);
}

#[tokio::test]
async fn an_arn_of_another_account_or_region_is_not_missing_here() {
    let fake = FakeAws::start(|_| group_page("sg-1", None)).await;
    let of = |region: &str, account: &str| format!("arn:aws:ec2:{region}:{account}:security-group/sg-2");
    let (here, account, region) = (of(REGION, ACCOUNT), of(REGION, "222222222222"), of("us-east-1", ACCOUNT));
    let names = [
        (GROUP, here.as_str()),
        (GROUP, account.as_str()),
        (GROUP, region.as_str()),
        (ROLE, "arn:aws:iam::aws:policy/X"),
    ];
    let collection = read(&fake.scope(), &names).await;
    assert_eq!(find(&collection, GROUP, &here), Found::Missing);
    for (name, key) in &names[1..] {
        assert_eq!(find(&collection, name, key), Found::Unknown, "{key}");
    }
    assert_eq!(kinds(&collection.problems), [ProblemKind::NotSupported, ProblemKind::NotSupported]);
    assert!(collection.problems[0].message.ends_with(": 2"), "{}", collection.problems[0]);
}

#[tokio::test]
async fn an_alias_without_its_function_is_not_looked_for() {
    let fake = FakeAws::start(|request| error(request, 404, "ResourceNotFoundException")).await;
    let names = [("AWS::Lambda::Alias", "live"), ("AWS::Lambda::Alias", "orders:live")];
    let collection = read(&fake.scope(), &names).await;
    assert_eq!(states(&collection, &names).into_values().collect::<Vec<_>>(), ["unknown", "missing"]);
}

#[tokio::test]
async fn a_throttled_call_is_tried_again_and_every_attempt_is_counted() {
    let first = Arc::new(Mutex::new(true));
    let fake = FakeAws::start(move |request| match std::mem::take(&mut *first.lock().unwrap()) {
        true => error(request, 400, "ThrottlingException"),
        false => services_page(request),
    })
    .await;
    let calls = Arc::new(ApiCalls::default());
    let aws = connect(&AwsScope { attempts: 3, ..fake.scope() }, &calls).await;
    let collection = aws::read(&aws, &wanted(&[(SERVICE, "prod/orders")]), &Fingerprinter::new(*b"key")).await;
    assert!(matches!(find(&collection, SERVICE, "prod/orders"), Found::Present(_)), "{collection:?}");
    let counted = calls.snapshot();
    let count = |outcome| {
        let call = ApiCall { service: "ECS".to_owned(), operation: "DescribeServices".to_owned(), outcome };
        counted.get(&call).copied().unwrap_or_default()
    };
    assert_eq!((count(ApiOutcome::Throttled), count(ApiOutcome::Ok)), (1, 1), "{counted:?}");
}

#[tokio::test]
async fn refused_credentials_are_one_problem_of_the_scope_and_show_no_request() {
    let fake = FakeAws::start_with_identity(|request| error(request, 403, "InvalidClientTokenId")).await;
    let collection = read(&fake.scope(), &ONE_OF_EACH).await;
    assert_eq!(kinds(&collection.problems), [ProblemKind::Credentials]);
    assert_eq!(collection.problems[0].scope, format!("aws {REGION}"));
    assert!(!collection.problems[0].message.contains("told by the service"));
    assert!(states(&collection, &ONE_OF_EACH).values().all(|state| *state == "unknown"));
    assert_eq!(fake.requests.lock().unwrap().len(), 1, "nothing is asked with credentials that do not work");
}

#[tokio::test]
async fn credentials_that_run_out_in_mid_scan_are_one_problem() {
    let fake = FakeAws::start(|request| error(request, 400, "ExpiredTokenException")).await;
    let collection = read(&fake.scope(), &ONE_OF_EACH).await;
    assert_eq!(kinds(&collection.problems), [ProblemKind::Credentials]);
    assert!(states(&collection, &ONE_OF_EACH).values().all(|state| *state == "unknown"));
}

#[tokio::test]
async fn credentials_of_another_account_read_nothing() {
    let fake = FakeAws::start(|_| group_page("sg-1", None)).await;
    let scope = AwsScope { account: Some("222222222222".to_owned()), ..fake.scope() };
    let collection = read(&scope, &[(GROUP, "sg-2")]).await;
    assert_eq!(find(&collection, GROUP, "sg-2"), Found::Unknown);
    assert_eq!(kinds(&collection.problems), [ProblemKind::Credentials]);
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_is_one_problem_of_the_scope() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let calls = Arc::new(ApiCalls::default());
    let aws = connect(&scope(&url), &calls).await;
    let collection = aws::read(&aws, &wanted(&ONE_OF_EACH), &Fingerprinter::new(*b"key")).await;
    assert_eq!(kinds(&collection.problems), [ProblemKind::Unreachable], "{:?}", collection.problems);
    assert!(states(&collection, &ONE_OF_EACH).values().all(|state| *state == "unknown"));
    assert!(calls.snapshot().keys().all(|call| call.outcome == ApiOutcome::NoAnswer));
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_names_the_action() {
    let fake = FakeAws::start_with_identity(|_| {
        xml(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")
    })
    .await;
    let role_arn = Some(format!("arn:aws:iam::{ACCOUNT}:role/reader"));
    let collection = read(&AwsScope { role_arn, ..fake.scope() }, &ONE_OF_EACH).await;
    assert_eq!(kinds(&collection.problems), [ProblemKind::AccessDenied]);
    assert!(collection.problems[0].remedy.as_ref().unwrap().contains("sts:AssumeRole"), "{}", collection.problems[0]);
    assert_eq!(fake.count("GetCallerIdentity"), 0);
}

#[tokio::test]
async fn a_stack_that_was_never_deployed_is_no_problem_and_one_that_may_not_be_read_is() {
    let missing = FakeAws::start(|_| {
        xml(400, "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id web does not exist</Message></Error></ErrorResponse>")
    })
    .await;
    let aws = connect(&missing.scope(), &Arc::default()).await;
    assert_eq!(stack_fetch::fetch(&aws, "web").await, Ok(None));
    let refused = FakeAws::start(|_| {
        xml(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")
    })
    .await;
    let aws = connect(&refused.scope(), &Arc::default()).await;
    let problem = stack_fetch::fetch(&aws, "web").await.unwrap_err();
    assert_eq!(
        (problem.kind, problem.scope.as_str()),
        (ProblemKind::AccessDenied, "aws 111111111111 eu-west-1 stack web")
    );
}

#[tokio::test]
async fn without_credentials_one_problem_says_so_at_once() {
    let folder = tempfile::tempdir().unwrap();
    // A profile that no file has: nothing of the environment's own credentials can be found under it.
    let profile = Some(folder.path().display().to_string());
    let scope = AwsScope { profile, ..scope("http://127.0.0.1:9") };
    let aws = aws::connect(&scope, &Arc::default()).await;
    let begun = tokio::time::Instant::now();
    let collection = aws::read(&aws, &wanted(&ONE_OF_EACH), &Fingerprinter::new(*b"key")).await;
    assert_eq!(kinds(&collection.problems), [ProblemKind::Credentials], "{:?}", collection.problems);
    assert!(begun.elapsed().as_secs() < 3, "{:?}", begun.elapsed());
}
