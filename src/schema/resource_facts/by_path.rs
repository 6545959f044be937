//! Facts that stand at patterns, found by the last segment of a path.

use std::cmp::Ordering;

use super::super::fact::{end_of, pattern_matches};
use crate::model::{AttributePath, Step};

/// Patterns with what is said there, sorted by the last segment of the pattern.
#[derive(Debug)]
pub(super) struct ByPath<T>(Box<[(Box<str>, T)]>);

impl<T> Default for ByPath<T> {
    fn default() -> Self {
        Self(Box::default())
    }
}

impl<T> FromIterator<(Box<str>, T)> for ByPath<T> {
    fn from_iter<I: IntoIterator<Item = (Box<str>, T)>>(rows: I) -> Self {
        let mut rows: Box<[_]> = rows.into_iter().collect();
        rows.sort_by(|(a, _), (b, _)| order(a, end_of(b)).then_with(|| a.cmp(b)));
        Self(rows)
    }
}

fn order(pattern: &str, end: &str) -> Ordering {
    end_of(pattern).cmp(end)
}

impl<T> ByPath<T> {
    /// What is said at a path. A pattern that ends in the path's own name goes before one that ends in `*`.
    pub(super) fn at(&self, path: &AttributePath) -> Option<&T> {
        let own = match path.steps().last()? {
            Step::Key(name) => self.ending_in(name, path),
            Step::Item { .. } | Step::Member(_) | Step::Index(_) => None,
        };
        own.or_else(|| self.ending_in("*", path))
    }

    fn ending_in(&self, end: &str, path: &AttributePath) -> Option<&T> {
        let from = self.0.partition_point(|(pattern, _)| order(pattern, end).is_lt());
        let rows = self.0.iter().skip(from).take_while(|(pattern, _)| order(pattern, end).is_eq());
        rows.into_iter().find(|(pattern, _)| pattern_matches(pattern, path)).map(|(_, said)| said)
    }

    /// Every pattern with what is said there.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(pattern, said)| (&**pattern, said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_found_by_what_it_ends_in() {
        let rows = [("A", 1), ("B.*.A", 2), ("B.*", 3), ("C.*.*", 4), ("C.*.D", 5), ("Z", 6)];
        let table: ByPath<i32> = rows.into_iter().map(|(pattern, said)| (pattern.into(), said)).collect();
        let check = |path: &str, expect: Option<i32>| {
            assert_eq!(table.at(&path.parse().unwrap()).copied(), expect, "{path}");
        };
        check("A", Some(1));
        check("B[0].A", Some(2));
        check("B[0]", Some(3));
        check("B[Name=x]", Some(3));
        check("C[0].D", Some(5));
        check("C.x.y", Some(4));
        check("Z", Some(6));
        check("B", None);
        check("D.A", None);
        assert_eq!(table.at(&AttributePath::root()), None);
        assert_eq!(table.rows().count(), rows.len());
    }
}
