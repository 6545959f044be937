//! A proxy that lets a number of connections through and holds the next: a scan stops in its middle, for as long as the
//! test wants.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

pub struct Proxy {
    pub url: String,
    passing: Arc<AtomicUsize>,
    held: Arc<Notify>,
}

impl Proxy {
    /// Lets everything through until it is told otherwise.
    pub async fn to(url: &str) -> Self {
        let target = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (passing, held) = (Arc::new(AtomicUsize::new(usize::MAX)), Arc::new(Notify::new()));
        let (passes, notify) = (Arc::clone(&passing), Arc::clone(&held));
        tokio::spawn(async move {
            let mut kept = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                if passes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err() {
                    kept.push(stream);
                    notify.notify_one();
                    continue;
                }
                let target = target.clone();
                tokio::spawn(async move {
                    let mut upstream = TcpStream::connect(target).await.unwrap();
                    // A client that goes away in the middle is what these tests are about.
                    drop(tokio::io::copy_bidirectional(&mut stream, &mut upstream).await);
                });
            }
        });
        Self { url, passing, held }
    }

    /// Holds every connection after the next so many.
    pub fn hold_after(&self, connections: usize) {
        self.passing.store(connections, Ordering::SeqCst);
    }

    /// Lets new connections through again.
    pub fn let_through(&self) {
        self.passing.store(usize::MAX, Ordering::SeqCst);
    }

    /// Waits until a connection is held.
    pub async fn holds(&self) {
        self.held.notified().await;
    }
}
