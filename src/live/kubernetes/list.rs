//! Lists of what is wanted, page by page.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::StreamExt as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value as Json;

use super::page;
use super::place::by_place;
use super::served::ServedKind;
use super::{Cluster, Failure};
use crate::live::Wanted;
use crate::live::objects::{Answer, Everything, Gap, Keep};
use crate::model::{Problem, ProblemKind, ResourceType};
use crate::schema::kubernetes::{Reach, kind_of};

/// Objects of a page: the number that the API's own clients ask for.
const PAGE: usize = 500;

/// Where no more than this is wanted of a list that has more than one page, the rest is read one by one.
const FEW: usize = 20;

/// How often a list is begun again whose rest had expired.
const TRIES: usize = 3;

/// Reads what is wanted.
pub async fn read<T: Send + 'static>(cluster: &Cluster, wanted: &BTreeSet<Wanted>, keep: Arc<Keep<T>>) -> Answer<T> {
    let reads = by_place(wanted).into_iter().map(|((resource_type, namespace), names)| {
        let names = Names::These(Arc::new(names));
        Part { cluster, resource_type, namespace, names, keep: Arc::clone(&keep) }.read()
    });
    let answers: Vec<Answer<T>> = futures_util::stream::iter(reads).buffered(cluster.max_concurrency).collect().await;
    answers.into_iter().fold(Answer::default(), Answer::and)
}

/// Reads everything that is in some places.
pub async fn read_everything<T: Send + 'static>(
    cluster: &Cluster,
    places: &BTreeSet<Everything>,
    keep: Arc<Keep<T>>,
) -> Answer<T> {
    let reads = places.iter().cloned().map(|Everything { resource_type, namespace, selector }| {
        Part { cluster, resource_type, namespace, names: Names::All(selector), keep: Arc::clone(&keep) }.read()
    });
    let answers: Vec<Answer<T>> = futures_util::stream::iter(reads).buffered(cluster.max_concurrency).collect().await;
    answers.into_iter().fold(Answer::default(), Answer::and)
}

/// Which objects of a list are wanted.
#[derive(Clone)]
enum Names {
    /// Those with these names.
    These(Arc<BTreeMap<String, Wanted>>),
    /// All, or all with some labels.
    All(Option<String>),
}

impl Names {
    fn wanted(&self) -> BTreeSet<Wanted> {
        match self {
            Self::These(names) => names.values().cloned().collect(),
            Self::All(_) => BTreeSet::new(),
        }
    }

    /// The name under which an object is wanted, if it is.
    fn find(&self, resource_type: &ResourceType, object: &Json) -> Option<Wanted> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Json::as_str);
        let name = text("/metadata/name")?;
        match self {
            Self::These(names) => names.get(name).cloned(),
            Self::All(_) => {
                let namespace = text("/metadata/namespace");
                let key = namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"));
                Some(Wanted { resource_type: resource_type.clone(), key })
            }
        }
    }
}

/// What is wanted of one kind in one namespace.
struct Part<'c, T> {
    cluster: &'c Cluster,
    resource_type: ResourceType,
    namespace: Option<String>,
    names: Names,
    keep: Arc<Keep<T>>,
}

/// What one page brought.
struct Taken<T> {
    /// Where the next page begins.
    next: String,
    kept: Vec<T>,
    found: BTreeSet<Wanted>,
}

impl<T> Taken<T> {
    /// What was kept of a page that says that this one is next.
    fn before(self, next: &str) -> Result<Vec<T>, Failure> {
        // A list that ended too early would make everything behind it look deleted.
        if self.next == next { Ok(self.kept) } else { Err(Failure::out_of_order()) }
    }
}

impl<T: Send + 'static> Part<'_, T> {
    async fn read(self) -> Answer<T> {
        let scope = self.cluster.scope(self.namespace.as_deref(), self.resource_type.as_str());
        let all = self.names.wanted();
        let refused = |problem: Problem| {
            let gap = Gap { problem, unread: all.clone(), namespace: self.namespace.clone() };
            Answer { gaps: vec![gap], ..Answer::default() }
        };
        let Some((api_version, kind)) = kind_of(&self.resource_type) else {
            return refused(Problem::new(ProblemKind::NotSupported, scope, "is no kind of Kubernetes"));
        };
        let served = match self.cluster.served(api_version, kind).await {
            Ok(Some(served)) => served,
            Ok(None) => {
                let problem = Problem::new(ProblemKind::NotSupported, scope, "the cluster serves no such kind");
                return refused(problem.remedy("install its CustomResourceDefinition, or correct its apiVersion"));
            }
            Err(failure) => return refused(failure.problem(scope)),
        };
        match self.objects(&served).await {
            Ok(kept) => Answer { kept, answered: all, gaps: Vec::new() },
            Err(failure) => refused(failure.problem(scope)),
        }
    }

    async fn objects(&self, served: &ServedKind) -> Result<Vec<T>, Failure> {
        let namespace = match served.reach {
            Reach::Cluster => None,
            Reach::Namespace => Some(segment(self.namespace.as_deref().unwrap_or("default"))),
        };
        let path = served.list_path(namespace.as_deref());
        for _ in 1..TRIES {
            match self.list(&path).await {
                Err(failure) if failure.is_expired() => {}
                answer => return answer,
            }
        }
        self.list(&path).await
    }

    /// All pages. The next one is fetched while one is taken apart.
    async fn list(&self, path: &str) -> Result<Vec<T>, Failure> {
        let first = self.page(path, "").await?;
        let mut next = page::meta(&first).next;
        if let Names::These(names) = &self.names
            && names.len() <= FEW
        {
            let taken = self.take(first).await?;
            return if taken.next.is_empty() { Ok(taken.kept) } else { self.one_by_one(path, names, taken).await };
        }
        let mut kept = Vec::new();
        let mut taking = self.take(first);
        while !next.is_empty() {
            // Taken apart on another thread while the server makes the next page.
            let page = self.page(path, &next).await?;
            kept.extend(taking.await?.before(&next)?);
            next = page::meta(&page).next;
            taking = self.take(page);
        }
        kept.extend(taking.await?.before("")?);
        Ok(kept)
    }

    async fn page(&self, path: &str, next: &str) -> Result<String, Failure> {
        let next = if next.is_empty() { String::new() } else { format!("&continue={}", segment(next)) };
        let selector = match &self.names {
            Names::All(Some(selector)) => format!("&labelSelector={}", segment(selector)),
            Names::All(None) | Names::These(_) => String::new(),
        };
        self.cluster.get("list", &format!("{path}?limit={PAGE}{selector}{next}")).await
    }

    /// Takes a page apart, on a thread of its own.
    fn take(&self, page: String) -> impl Future<Output = Result<Taken<T>, Failure>> + use<T> {
        let (names, keep, resource_type) = (self.names.clone(), Arc::clone(&self.keep), self.resource_type.clone());
        let work = tokio::task::spawn_blocking(move || {
            let mut taken = Taken { next: String::new(), kept: Vec::new(), found: BTreeSet::new() };
            let meta = page::read(&page, |object| {
                if let Some(wanted) = names.find(&resource_type, &object) {
                    taken.kept.extend(keep(&wanted, object));
                    taken.found.insert(wanted);
                }
            })?;
            taken.next = meta.next;
            Ok(taken)
        });
        async move {
            let taken: Result<Taken<T>, serde_json::Error> = work.await.map_err(|_| Failure::broken_off())?;
            taken.map_err(|error| Failure::unreadable(&error))
        }
    }

    /// What the first page did not hold of a few objects of a long list.
    async fn one_by_one(
        &self,
        path: &str,
        names: &BTreeMap<String, Wanted>,
        first: Taken<T>,
    ) -> Result<Vec<T>, Failure> {
        let mut kept = first.kept;
        for (name, wanted) in names.iter().filter(|(_, wanted)| !first.found.contains(*wanted)) {
            match self.cluster.get("get", &format!("{path}/{}", segment(name))).await {
                Ok(text) => {
                    let object = serde_json::from_str(&text).map_err(|error| Failure::unreadable(&error))?;
                    kept.extend((self.keep)(wanted, object));
                }
                Err(failure) if failure.is_not_found() => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(kept)
    }
}

/// Everything but what stands in a part of a path as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~').remove(b'.');

/// A name as a part of a path.
pub(super) fn segment(text: &str) -> String {
    let leads_elsewhere = text.chars().all(|c| c == '.');
    match leads_elsewhere {
        // No object has such a name, and none has this one.
        true => "-".to_owned(),
        false => utf8_percent_encode(text, PLAIN).to_string(),
    }
}
