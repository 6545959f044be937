//! Many calls that make one answer: batches, and pages with a guard against a service that never stops.

use std::collections::BTreeSet;

use super::{Aws, Failure, Keys, Reading};
use crate::model::ProblemKind;

/// More pages than any account needs (a million roles); the guard against an endpoint that makes up tokens.
const MOST_PAGES: usize = 1000;

/// All pages of a listing. A page token that comes back a second time would be an endless loop, and stopping at it
/// silently an incomplete listing: it is a failure.
pub(crate) async fn pages<P, Page>(
    action: &'static str,
    mut page: impl FnMut(Option<String>) -> Page,
) -> Result<Vec<P>, Failure>
where
    Page: Future<Output = Result<(P, Option<String>), Failure>>,
{
    let mut pages = Vec::new();
    let mut seen = BTreeSet::new();
    let mut token = None;
    loop {
        let (content, next) = page(token).await?;
        pages.push(content);
        // An empty token ends the listing as an absent one does (EC2, and emulators).
        let Some(next) = next.filter(|next| !next.is_empty()) else { return Ok(pages) };
        if !seen.insert(next.clone()) || pages.len() >= MOST_PAGES {
            let message = "the listing does not end: the service repeats its page token";
            return Err(Failure::new(ProblemKind::Service, action, message));
        }
        token = Some(next);
    }
}

/// Asks for the keys in batches of at most `size`, several at a time; a batch that fails is a gap of its own.
pub(super) async fn batches<Answer>(aws: &Aws, keys: Keys, size: usize, read: impl Fn(Aws, Keys) -> Answer) -> Reading
where
    Answer: Future<Output = Result<Reading, Failure>> + Send + 'static,
{
    let mut reading = Reading::default();
    let batches: Vec<Keys> = keys.chunks(size.max(1)).map(<[String]>::to_vec).collect();
    let answers = all(batches.iter().map(|batch| read(aws.clone(), batch.clone()))).await;
    for (batch, answer) in batches.iter().zip(answers) {
        reading.take(batch, answer);
    }
    reading
}

/// Runs all of them at the same time and gives the answers in their order. How many calls are really under way is
/// bounded in [`Aws::call`].
pub(super) async fn all<T, F>(futures: impl Iterator<Item = F>) -> Vec<Result<T, Failure>>
where
    F: Future<Output = Result<T, Failure>> + Send + 'static,
    T: Send + 'static,
{
    let mut tasks = tokio::task::JoinSet::new();
    let mut answers = Vec::new();
    for (at, future) in futures.enumerate() {
        tasks.spawn(async move { (at, future.await) });
        // Stays for a task that was stopped before its end.
        answers.push(Err(Failure::new(ProblemKind::Service, "scan", "the read was stopped")));
    }
    while let Some(done) = tasks.join_next().await {
        if let Ok((at, answer)) = done
            && let Some(slot) = answers.get_mut(at)
        {
            *slot = answer;
        }
    }
    answers
}

/// What a call beside the main read brought. It costs a call a resource.
pub(super) enum Detail<T> {
    /// The answer.
    Read(T),
    /// The call failed; the resource itself was read.
    Failed(Failure),
    /// There are too many resources to ask for each.
    NotAsked,
}

/// Up to this many resources of a type are asked for one by one: a few seconds against quotas of 10 to 20 calls a
/// second that an account's deployments need as well.
pub(super) const FEW: usize = 50;

/// Makes one call a resource, if it is for few.
pub(super) async fn details<T, F>(futures: impl ExactSizeIterator<Item = F>, few: bool) -> Vec<Detail<T>>
where
    F: Future<Output = Result<T, Failure>> + Send + 'static,
    T: Send + 'static,
{
    if !few {
        return futures.map(|_| Detail::NotAsked).collect();
    }
    let answers = all(futures).await.into_iter();
    answers.map(|answer| answer.map_or_else(Detail::Failed, Detail::Read)).collect()
}

impl<T> Detail<T> {
    /// The failure, if the call failed.
    pub(super) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(tokens: &[&str]) -> Result<Vec<usize>, Failure> {
        let mut at = 0;
        pages("ec2:DescribeSecurityGroups", |_| {
            at += 1;
            std::future::ready(Ok((at, tokens.get(at - 1).map(|token| (*token).to_owned()))))
        })
        .await
    }

    #[tokio::test]
    async fn pages_end_without_a_token_or_with_an_empty_one() {
        assert_eq!(check(&[]).await, Ok(vec![1]));
        assert_eq!(check(&["a", "b"]).await, Ok(vec![1, 2, 3]));
        assert_eq!(check(&["a", "", "b"]).await, Ok(vec![1, 2]));
    }

    #[tokio::test]
    async fn a_token_that_returns_is_a_failure_also_when_others_stand_between() {
        assert_eq!(check(&["a", "a", "a"]).await.unwrap_err().kind, ProblemKind::Service);
        assert_eq!(check(&["a", "b", "a", "b"]).await.unwrap_err().kind, ProblemKind::Service);
    }
}
