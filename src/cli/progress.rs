//! A line on the terminal while something takes long: on standard error, and only if somebody watches.

use std::io::{IsTerminal, Write};
use std::pin::pin;
use std::time::Duration;

use super::Global;
use crate::app::App;
use crate::report::Report;
use crate::report::text::count;

/// What takes less than this needs no word, and this often the word is renewed.
const BEAT: Duration = Duration::from_secs(1);

/// Returns to the start of the line and empties it.
const ERASE: &str = "\r\u{1b}[2K";

/// Scans, and says how far it is when that takes more than a second.
pub(super) async fn scan(global: &Global, app: &App, stacks: &[String]) -> anyhow::Result<Report> {
    let scanning = app.scan(stacks);
    if global.quiet || !std::io::stderr().is_terminal() {
        return scanning.await;
    }
    let number = if stacks.is_empty() { app.config().stacks.len() } else { stacks.len() };
    watch(scanning, |seconds| line(number, app.connections().calls().iter().map(|call| call.calls).sum(), seconds))
        .await
}

fn line(stacks: usize, calls: u64, seconds: u64) -> String {
    let calls = count(usize::try_from(calls).unwrap_or(usize::MAX), "call");
    format!("scanning {}: {calls}, {seconds} s", count(stacks, "stack"))
}

async fn watch<T>(work: impl Future<Output = T>, line: impl Fn(u64) -> String) -> T {
    let mut work = pin!(work);
    let mut beat = tokio::time::interval_at(tokio::time::Instant::now() + BEAT, BEAT);
    let mut beats = 0;
    loop {
        tokio::select! {
            result = &mut work => {
                if beats > 0 {
                    show(ERASE);
                }
                return result;
            }
            _ = beat.tick() => {
                beats += 1;
                show(&format!("{ERASE}{}", line(beats * BEAT.as_secs())));
            }
        }
    }
}

fn show(text: &str) {
    let mut out = std::io::stderr().lock();
    // Progress that cannot be shown is no reason to stop.
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_is_done_and_how_long_it_takes() {
        assert_eq!(line(1, 1, 3), "scanning 1 stack: 1 call, 3 s");
        assert_eq!(line(2, 34, 12), "scanning 2 stacks: 34 calls, 12 s");
    }
}
