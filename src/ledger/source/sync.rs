//! Reads what is new in every service that keeps records, and hands it to the store page by page.

use std::path::Path;

use jiff::Timestamp;

use crate::config::RecordSource;
use crate::model::Problem;
use crate::store::{Store, StoreError};

/// Reads every source of a configuration up to `now`, all at once, and says which could not be. Files are no matter of
/// this. Secrets in files are looked for in `folder`.
///
/// # Errors
/// When the store does not take what was read.
pub async fn sync(
    sources: &[RecordSource],
    folder: &Path,
    store: &Store,
    now: Timestamp,
) -> Result<Vec<Problem>, StoreError> {
    let mut running = tokio::task::JoinSet::new();
    for (position, source) in sources.iter().enumerate().filter(|(_, source)| source.service().is_some()) {
        let (source, folder, store) = (source.clone(), folder.to_owned(), store.clone());
        running.spawn(async move { (position, one(&source, &folder, &store, now).await) });
    }
    let mut found = Vec::new();
    while let Some(ended) = running.join_next().await {
        // A task that panicked is a bug, which is not to be passed over.
        match ended {
            Ok((position, problem)) => found.push((position, problem?)),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    found.sort_by_key(|(position, _)| *position);
    Ok(found.into_iter().filter_map(|(_, problem)| problem).collect())
}

#[cfg(not(feature = "http"))]
async fn one(source: &RecordSource, _: &Path, store: &Store, now: Timestamp) -> Result<Option<Problem>, StoreError> {
    use crate::model::ProblemKind;
    let Some(service) = source.service() else { return Ok(None) };
    let known = store.record_source(&service.key()).await?;
    store.save_record_failure(&service.key(), &known.position, now).await?;
    let problem = Problem::new(ProblemKind::NotSupported, service.scope(), "HTTP is not built in");
    Ok(Some(problem.remedy("use a driftledger that was built with the feature `http`")))
}

#[cfg(feature = "http")]
async fn one(
    source: &RecordSource,
    folder: &Path,
    store: &Store,
    now: Timestamp,
) -> Result<Option<Problem>, StoreError> {
    use super::Position;
    use super::http::{Failure, Http};

    let Some(service) = source.service() else { return Ok(None) };
    let key = service.key();
    let mut position = store.record_source(&key).await?.position;
    let http = match Http::new(service, folder) {
        Ok(http) => http,
        Err(problem) => {
            store.save_record_failure(&key, &position, now).await?;
            return Ok(Some(problem));
        }
    };
    let mut has_restarted = false;
    loop {
        let pass = position.pass(now, service.history_days());
        let failure = match service.page(&http, &pass).await {
            Ok(page) => {
                position = position.after(&pass, &page);
                store.save_record_page(&key, &pass, &page.items, &position).await?;
                if position.pass.is_none() {
                    return Ok(None);
                }
                if !http.is_late() {
                    continue;
                }
                Failure::TimeUp
            }
            Err(failure) => failure,
        };
        // The mark of a page may be forgotten by the service since: then the pass begins again.
        let is_refused = matches!(failure, Failure::Refused(400 | 404 | 410, _));
        if is_refused && pass.page.is_some() && !has_restarted {
            has_restarted = true;
            position = Position { pass: None, ..position };
            continue;
        }
        if is_refused {
            position = Position { pass: None, ..position };
        }
        store.save_record_failure(&key, &position, now).await?;
        return Ok(Some(failure.problem(&service.scope())));
    }
}
