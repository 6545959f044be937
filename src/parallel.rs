//! Work on many items with all processors. Knows nothing of what the work is.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Items that a worker takes at a time.
const TAKEN: usize = 16;

/// As many workers as there are processors to run them.
pub fn workers() -> NonZero<usize> {
    std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// What `work` makes of each item, in the order of the items. The calling thread is one of the workers; none is made for
/// which there would be no items.
pub fn map<T: Sync, R: Send>(items: &[T], workers: NonZero<usize>, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut made = Vec::new();
        loop {
            let from = next.fetch_add(TAKEN, Ordering::Relaxed);
            let Some(taken) = items.get(from..).filter(|left| !left.is_empty()) else { return made };
            made.push((from, taken.iter().take(TAKEN).map(&work).collect::<Vec<_>>()));
        }
    };
    let others = workers.get().min(items.len().div_ceil(TAKEN)).saturating_sub(1);
    let mut made = std::thread::scope(|scope| {
        let others: Vec<_> = (0..others).map(|_| scope.spawn(worker)).collect();
        let mut made = worker();
        for other in others {
            match other.join() {
                Ok(more) => made.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        made
    });
    made.sort_unstable_by_key(|(from, _)| *from);
    made.into_iter().flat_map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_their_items_however_many_workers_there_are() {
        let items: Vec<usize> = (0..1_000).collect();
        let check = |items: &[usize], workers: usize| {
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(map(items, NonZero::new(workers).unwrap(), |item| item * 2), doubled, "{workers} workers");
        };
        for workers in [1, 2, 7, 64] {
            check(&items, workers);
            check(&items[..5], workers);
            check(&[], workers);
        }
    }

    #[test]
    #[should_panic(expected = "no such item")]
    fn a_panic_of_a_worker_is_not_swallowed() {
        map(&[0; 64], NonZero::new(2).unwrap(), |_| panic!("no such item"));
    }
}
