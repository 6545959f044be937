//! When to scan: a cron ticker. It only ticks; what a scan does and who does it is none of its business.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// A running ticker.
#[expect(missing_debug_implementations, reason = "the scheduler inside has none")]
pub struct Ticker {
    scheduler: JobScheduler,
    tick: Arc<Notify>,
}

impl Ticker {
    /// Starts to tick by a cron expression with seconds, in UTC.
    ///
    /// # Errors
    /// When the expression is none.
    pub async fn start(schedule: &str) -> Result<Self, JobSchedulerError> {
        let tick = Arc::new(Notify::new());
        let scheduler = JobScheduler::new().await?;
        let on_tick = Arc::clone(&tick);
        scheduler
            .add(Job::new(schedule, move |_, _| {
                // One permit is kept at most: ticks that come while a scan runs are one tick afterwards.
                on_tick.notify_one();
            })?)
            .await?;
        scheduler.start().await?;
        Ok(Self { scheduler, tick })
    }

    /// Waits for the next tick, or returns at once if one came since the last call.
    pub async fn next(&self) {
        self.tick.notified().await;
    }

    /// Stops ticking.
    ///
    /// # Errors
    /// When the scheduler is gone already.
    pub async fn stop(mut self) -> Result<(), JobSchedulerError> {
        self.scheduler.shutdown().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ticks_come_as_the_schedule_says() {
        let ticker = Ticker::start("* * * * * *").await.unwrap();
        let waited = tokio::time::timeout(std::time::Duration::from_secs(10), ticker.next()).await;
        assert!(waited.is_ok());
        ticker.stop().await.unwrap();
    }

    #[tokio::test]
    async fn an_expression_that_is_none_is_refused() {
        assert!(Ticker::start("every now and then").await.is_err());
    }
}
