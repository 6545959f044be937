//! The daemon, and processes that end in the middle of a scan.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::company::{drift, get, metric};
use super::failures::drifted;
use super::proxy::Proxy;
use crate::emulators::ministack;

const LIMIT: &str = "aws_ssm_parameter.limit";

/// A connection asks who is asking; the next reads resources.
const IDENTITY: usize = 1;

#[tokio::test]
async fn a_scan_that_is_killed_loses_nothing() {
    let mut company = drifted(ministack().await).await;
    let proxy = Proxy::to(&company.endpoint).await;
    company.endpoint = proxy.url.clone();
    company.configure("");
    let before = company.scan(2).await;

    proxy.hold_after(IDENTITY);
    let mut scan = company.start(&["scan"]);
    proxy.holds().await;
    scan.signal("KILL");
    assert_eq!(scan.ended().await, None);
    proxy.let_through();

    let after = company.scan(2).await;
    let (then, now) = (drift(&before, LIMIT), drift(&after, LIMIT));
    for member in ["id", "first_seen", "changed_between", "attributes"] {
        assert_eq!(now[member], then[member], "{member}");
    }
    assert_eq!((&now["stale"], &after["coverage"]["problems"]), (&json!(false), &json!([])));
    assert!(metric(&company.metrics().await, "driftledger_drift_detected_total") == 1.0);
}

#[tokio::test]
async fn the_daemon_answers_while_it_scans_and_stops_in_the_middle_of_a_scan() {
    let mut company = drifted(ministack().await).await;
    let before = company.scan(2).await;
    let proxy = Proxy::to(&company.endpoint).await;
    company.endpoint = proxy.url.clone();
    company.configure("");

    proxy.hold_after(IDENTITY);
    let mut daemon = company.start(&["serve"]);
    proxy.holds().await;
    let address = daemon.address().await;
    assert_eq!(get(&address, "/healthz").await, (200, "ok\n".to_owned()));
    assert_eq!(get(&address, "/readyz").await.0, 200, "what the last scans found can be asked for");
    let (status, report) = get(&address, "/api/v1/report").await;
    let report: Json = serde_json::from_str(&report).unwrap();
    assert_eq!((status, drift(&report, LIMIT)), (200, drift(&before, LIMIT)));

    let told = Instant::now();
    daemon.signal("TERM");
    assert_eq!(daemon.ended().await, Some(0));
    assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
    proxy.let_through();
    let after = company.scan(2).await;
    assert_eq!(drift(&after, LIMIT)["first_seen"], drift(&before, LIMIT)["first_seen"]);
}

#[tokio::test]
async fn the_daemon_shows_what_its_scan_found() {
    let company = drifted(ministack().await).await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = port.to_string();
    let mut daemon = company.start(&["serve", "--listen", &address]);
    let mut answers = Vec::new();
    while answers.last() != Some(&200) {
        match tokio::net::TcpStream::connect(&address).await {
            Ok(_) => answers.push(get(&address, "/readyz").await.0),
            Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
    assert!(answers.iter().rev().skip(1).all(|status| *status == 503), "not ready, then ready: {answers:?}");
    daemon.logged("scanned").await;
    let (status, page) = get(&address, "/").await;
    assert!(status == 200 && page.contains("<html") && page.contains(LIMIT), "{page}");
    let (_, report) = get(&address, "/api/v1/report").await;
    let report: Json = serde_json::from_str(&report).unwrap();
    assert_eq!(report["summary"]["unexplained"], 1);
    assert_eq!(drift(&report, LIMIT)["attributes"][0]["standing"], "drifted");
    let (_, metrics) = get(&address, "/metrics").await;
    let labels = "environment=\"production\",provider=\"aws\",stack=\"shop\",type=\"AWS::SSM::Parameter\"";
    assert!(metric(&metrics, &format!("driftledger_drifts{{{labels},verdict=\"unexplained\"}}")) == 1.0, "{metrics}");
    assert!(metric(&metrics, "driftledger_scan_duration_seconds_count") == 1.0, "{metrics}");
    daemon.signal("TERM");
    assert_eq!(daemon.ended().await, Some(0));
}
