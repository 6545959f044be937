//! CloudTrail as evidence: who changed it, and under which record.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::company::{Company, ago, drift, parameter_in_state, parameters, state};
use crate::emulators::{REGION, ministack};

/// A fake of CloudTrail's event history, which no emulator has; everything else that it is asked goes to an emulator.
///
/// As the API reference says: one attribute, matched exactly; newest first, 50 a page at most; a token goes with the
/// request that it came from; two requests a second; flags are texts, and the event itself is JSON in a text.
struct FakeTrail {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Events by region.
    events: Vec<(String, Json)>,
    lookups: Vec<Json>,
    /// When each region was asked.
    asked: Vec<(String, Instant)>,
    is_refused: bool,
}

const PAGE: usize = 50;

impl State {
    fn lookup(&mut self, region: &str, request: &Json) -> (StatusCode, Json) {
        let error = |code: &str| (StatusCode::BAD_REQUEST, json!({"__type": code, "message": code}));
        if self.is_refused {
            return error("AccessDeniedException");
        }
        let lately = |(of, at): &&(String, Instant)| of == region && at.elapsed() < Duration::from_secs(1);
        if self.asked.iter().filter(lately).count() >= 2 {
            return error("ThrottlingException");
        }
        self.asked.push((region.to_owned(), Instant::now()));
        let attributes = request["LookupAttributes"].as_array().cloned().unwrap_or_default();
        let [attribute] = attributes.as_slice() else { return error("InvalidLookupAttributesException") };
        let (key, value) = (&attribute["AttributeKey"], attribute["AttributeValue"].as_str().unwrap_or_default());
        let mut plain = request.clone();
        plain.as_object_mut().unwrap().remove("NextToken");
        let plain = plain.to_string();
        let start = match request["NextToken"].as_str().map(|token| token.split_once('@').unwrap()) {
            None => 0,
            Some((of, start)) if of == plain => start.parse().unwrap(),
            Some(_) => return error("InvalidNextTokenException"),
        };
        let within = |at: i64| {
            request["StartTime"].as_f64().is_none_or(|from| at as f64 >= from)
                && request["EndTime"].as_f64().is_none_or(|until| at as f64 <= until)
        };
        let mut found: Vec<(i64, Json)> = Vec::new();
        for (of_region, event) in &self.events {
            let at = event["eventTime"].as_str().unwrap().parse::<Timestamp>().unwrap().as_second();
            let told = json!({
                "EventId": event["eventID"], "EventName": event["eventName"], "EventSource": event["eventSource"],
                "ReadOnly": event["readOnly"].to_string(), "EventTime": at, "CloudTrailEvent": event.to_string(),
                "Username": event["userIdentity"]["userName"], "Resources": [],
            });
            if of_region == region && told[key.as_str().unwrap()] == value && within(at) {
                found.push((at, told));
            }
        }
        found.sort_by_key(|(at, _)| -at);
        let next = (start + PAGE < found.len()).then(|| format!("{plain}@{}", start + PAGE));
        let page: Vec<Json> = found.into_iter().skip(start).take(PAGE).map(|(_, event)| event).collect();
        self.lookups.push(request.clone());
        (StatusCode::OK, json!({"Events": page, "NextToken": next}))
    }
}

/// The region that a request was signed for.
fn region_of(headers: &HeaderMap) -> String {
    let signed = headers["authorization"].to_str().unwrap();
    signed.split('/').nth(2).unwrap().to_owned()
}

impl FakeTrail {
    /// In front of an emulator.
    async fn before(url: &str) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let (shared, behind, client) = (Arc::clone(&state), url.to_owned(), reqwest::Client::new());
        let app = axum::Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
            let answer = target.ends_with(".LookupEvents").then(|| {
                let request = serde_json::from_slice(&body).unwrap();
                let (status, answer) = shared.lock().unwrap().lookup(&region_of(&headers), &request);
                (status, [("content-type", "application/x-amz-json-1.1")], answer.to_string()).into_response()
            });
            let request = client.request(method, format!("{behind}{uri}")).headers(headers).body(body);
            async move {
                match answer {
                    Some(answer) => answer,
                    None => forwarded(request).await,
                }
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, state }
    }

    fn add(&self, region: &str, event: Json) {
        self.state.lock().unwrap().events.push((region.to_owned(), event));
    }
}

async fn forwarded(request: reqwest::RequestBuilder) -> Response {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, answer.bytes().await.unwrap()).into_response()
}

/// Somebody's write of a parameter, as CloudTrail records it.
fn put(id: &str, at: Timestamp, account: &str, name: &str, (user, agent): (&str, &str)) -> Json {
    json!({
        "eventID": id, "eventVersion": "1.11", "eventTime": format!("{at:.0}"), "awsRegion": REGION,
        "eventSource": "ssm.amazonaws.com", "eventName": "PutParameter", "readOnly": false, "userAgent": agent,
        "eventType": "AwsApiCall", "recipientAccountId": account, "sourceIPAddress": "198.51.100.7",
        "userIdentity": {"type": "IAMUser", "userName": user, "arn": format!("arn:aws:iam::{account}:user/{user}")},
        "requestParameters": {"name": name, "value": "HIDDEN_DUE_TO_SECURITY_REASONS", "overwrite": true},
        "responseElements": {"tier": "Standard", "version": 2},
    })
}

const CLI: &str = "aws-cli/2.31.0 md/awscrt#0.27 md/command#ssm.put-parameter";

async fn deployed(fake: &FakeTrail) -> Company {
    let mut company = Company::new(ministack().await).await;
    company.endpoint.clone_from(&fake.url);
    let values = [("rate", "10"), ("limit", "10")];
    for (name, value) in values {
        company.put(name, value).await;
    }
    company.configure("evidence: [{ kind: cloudtrail }]\n");
    // Whoever asks more than twice a second is asked to wait.
    let config = std::fs::read_to_string(company.folder().join("driftledger.yaml")).unwrap();
    company.write("driftledger.yaml", &config.replace("attempts: 1", "attempts: 5"));
    company.write("infra/main.tf", &parameters(values));
    company.write("infra/terraform.tfstate", &state(1, &values.map(parameter_in_state)));
    company.write(
        "changes/CR-7.yaml",
        "id: CR-7\nsummary: Calm the queue\ntype: emergency\nrisk: low\nreason: hotfix\nstate: implemented\n\
         implementer: dana\n",
    );
    company.commit("Deploy", ago(96));
    company
}

#[tokio::test]
async fn the_trail_says_who_made_a_change_and_under_which_record() {
    let fake = FakeTrail::before(&ministack().await.url).await;
    let company = deployed(&fake).await;
    assert_eq!(company.scan(0).await["drifts"], json!([]));
    company.put("rate", "99").await;
    company.put("limit", "99").await;
    let (account, now) = (company.account.id.as_str(), ago(0));
    // More than a page of other people's work, before and after.
    for number in 0..70 {
        fake.add(REGION, put(&format!("noise-{number}"), now, account, "/shop/other", ("kim", CLI)));
    }
    fake.add(REGION, put("rate", now, account, "/shop/rate", ("dana", CLI)));
    let tagged = format!("{CLI} app/CR-7");
    fake.add(REGION, put("limit", now, account, "/shop/limit", ("dana", &tagged)));
    let report = company.scan(2).await;
    let (rate, limit) = (drift(&report, "aws_ssm_parameter.rate"), drift(&report, "aws_ssm_parameter.limit"));
    let who = json!({"name": "dana", "kind": "person", "via": "cli", "evidence": "cloudtrail"});
    assert_eq!((&rate["actor"], &rate["verdict"]), (&who, &json!("unexplained")), "{report:#}");
    assert_eq!((&limit["actor"], &limit["verdict"]), (&who, &json!("explained")), "{report:#}");
    assert_eq!(limit["explanations"][0]["tier"], "T1", "{limit:#}");
    assert_eq!(report["coverage"]["problems"], json!([]));

    // What was read is kept: the next scan asks for the last minutes alone, and tells the same.
    let first: f64 = fake.state.lock().unwrap().lookups[0]["StartTime"].as_f64().unwrap();
    let again = company.scan(2).await;
    assert_eq!(drift(&again, "aws_ssm_parameter.limit")["explanations"], limit["explanations"]);
    let last = fake.state.lock().unwrap().lookups.last().unwrap()["StartTime"].as_f64().unwrap();
    assert!(last > first + 22.0 * 3600.0, "{first} {last}");

    fake.state.lock().unwrap().is_refused = true;
    let refused = company.scan(2).await;
    let problems = refused["coverage"]["problems"].as_array().unwrap();
    assert!(problems.iter().all(|problem| problem["message"].as_str().unwrap().contains("cloudtrail:LookupEvents")));
    assert_eq!((problems.len(), &refused["coverage"]["resources"]["unknown"]), (2, &json!(0)), "{problems:#?}");
    assert_eq!(drift(&refused, "aws_ssm_parameter.limit")["verdict"], "explained", "{refused:#}");
}
