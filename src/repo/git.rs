//! The history of a repository: its trees at other commits, who committed what, and when a file first appeared.
//!
//! Reads only: objects and references, never hooks, filters or remotes. A checkout that belongs to another user (a CI
//! container often runs on one) is read all the same; its configuration is then ignored, because only that part of a
//! foreign repository can make a reader act. Nothing outside this module and its parts knows the git library, and
//! nothing in here knows what a change record is.

mod diff;
mod history;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use gix::bstr::ByteSlice;
use gix::prelude::ObjectIdExt;
use jiff::Timestamp;

use super::Tree;
use crate::model::{Problem, ProblemKind};
pub use history::{FileHistory, History, Reach, Recorded, Sighting, WorkState};

/// The most that one commit may hold below the folder that is read of it.
const MAX_TREE_BYTES: u64 = 256 * 1024 * 1024;
/// The most files that one commit may hold below the folder that is read of it.
const MAX_TREE_FILES: usize = 100_000;
/// Folders deeper than this are not entered: no real repository has them, a made-up one could.
const MAX_DEPTH: usize = 64;
/// The most commits that one question walks over. Whatever lies behind them counts as cut off, as in a shallow clone.
const MAX_COMMITS: usize = 200_000;
/// The most that is kept of one commit message.
const MAX_MESSAGE_CHARS: usize = 16 * 1024;
/// Memory for decoded trees: the same ones are looked at for each commit.
const OBJECT_CACHE_BYTES: usize = 16 * 1024 * 1024;

/// A git repository, seen from one of its folders.
///
/// All paths that go in and come out are relative to that folder, as in the [`Tree`] of the same folder.
pub struct Repository {
    inner: gix::Repository,
    /// The folder's path below the top of the work tree; empty for the top itself.
    prefix: String,
}

/// The id of a commit, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(transparent)]
pub struct CommitId(String);

impl CommitId {
    /// The id that a text in hexadecimal is.
    pub fn from_hex(text: &str) -> Option<Self> {
        gix::ObjectId::from_hex(text.as_bytes()).ok().map(Self::from)
    }

    /// The id in full.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<gix::ObjectId> for CommitId {
    fn from(id: gix::ObjectId) -> Self {
        Self(id.to_string())
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a commit says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its id.
    pub id: CommitId,
    /// When it was committed. Not the author's time, which a rebase keeps and anybody can set with one option.
    pub time: Timestamp,
    /// Its author: an e-mail address, or a name where there is none.
    pub author: String,
    /// The first paragraph of its message, on one line.
    pub subject: String,
    /// The rest of its message.
    pub body: String,
}

/// Why a question to a repository has no answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// Neither the folder nor one above it is a git repository.
    #[error("{0} is not in a git repository")]
    NotARepository(String),
    /// There is a repository without a commit.
    #[error("the git repository has no commit yet")]
    NoCommit,
    /// No commit goes by this name.
    #[error("no commit goes by the name {0}")]
    NoSuchRevision(String),
    /// The commit holds more than is read of one.
    #[error("{0} holds more than 256 MiB or 100,000 files")]
    TooLarge(String),
    /// The repository is there and refuses: damaged, locked away, or made with an unknown feature.
    #[error("the git repository cannot be read: {0}")]
    Unreadable(String),
}

impl From<gix::Error> for GitError {
    fn from(error: gix::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl GitError {
    /// The problem that it is for what `scope` names.
    pub fn problem(&self, scope: &str) -> Problem {
        let problem = Problem::new(ProblemKind::Unreadable, scope, self.to_string());
        match self.remedy() {
            Some(remedy) => problem.remedy(remedy),
            None => problem,
        }
    }

    /// What cures it, where something does.
    fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::NotARepository(_) => Some("without history nobody can tell when a record was really made"),
            Self::NoCommit => Some("commit the files first"),
            Self::NoSuchRevision(_) => {
                Some("fetch it first; a CI checkout often holds one commit: set `fetch-depth: 0`")
            }
            Self::TooLarge(_) => Some("name a folder below it"),
            Self::Unreadable(_) => {
                Some("run as the user the checkout belongs to, or give this user read access to `.git`")
            }
        }
    }
}

impl Repository {
    /// The repository that a folder is in, looked for upwards as git does. Linked work trees and bare repositories
    /// are repositories too.
    ///
    /// # Errors
    /// [`GitError::NotARepository`], or [`GitError::Unreadable`] where there is one that cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, GitError> {
        let shown = path.as_ref().display().to_string();
        let folder = path.as_ref().canonicalize().map_err(|error| GitError::Unreadable(format!("{shown}: {error}")))?;
        // No configuration of the user or the system: what is read must not depend on who reads it.
        let isolated = gix::open::Options::isolated;
        let options = gix::sec::trust::Mapping { full: isolated(), reduced: isolated() };
        let mut inner = gix::ThreadSafeRepository::discover_opts(&folder, Default::default(), options)
            .map(gix::Repository::from)
            .map_err(|error| match error.classify().is_not_found() {
                true => GitError::NotARepository(shown),
                false => error.into(),
            })?;
        inner.object_cache_size(OBJECT_CACHE_BYTES);
        let top = inner.workdir().and_then(|top| top.canonicalize().ok());
        let prefix = top.and_then(|top| folder.strip_prefix(top).ok()?.to_str().map(str::to_owned)).unwrap_or_default();
        Ok(Self { inner, prefix })
    }

    /// The commit that is checked out, on a branch or not.
    ///
    /// # Errors
    /// [`GitError::NoCommit`] before the first one.
    pub fn head(&self) -> Result<CommitId, GitError> {
        Ok(self.head_object()?.into())
    }

    /// The files below `folder` at a commit, under the same paths as in the work tree. Symbolic links, submodules and
    /// files larger than what is read of one are left out.
    ///
    /// # Errors
    /// [`GitError::NoSuchRevision`] when `revision` (an id, a branch, a tag, `HEAD~2`) names no commit here,
    /// [`GitError::TooLarge`] when the folder holds too much.
    pub fn tree_at(&self, revision: &str, folder: &str) -> Result<Tree, GitError> {
        let unknown = || GitError::NoSuchRevision(revision.to_owned());
        let object = self.inner.rev_parse_single(revision).map_err(|_| unknown())?;
        let commit = object.object()?.peel_to_commit().map_err(|_| unknown())?.id;
        let mut files = BTreeMap::new();
        let mut total = 0_u64;
        for (path, id) in self.blobs_at(commit, folder)? {
            let size = self.inner.find_header(id)?.size();
            if size > super::MAX_FILE_BYTES {
                continue;
            }
            total += size;
            if total > MAX_TREE_BYTES {
                return Err(GitError::TooLarge(folder.to_owned()));
            }
            files.insert(path, self.inner.find_blob(id)?.take_data());
        }
        Ok(Tree::Memory(files))
    }

    /// The commits up to the one checked out that changed something below `folder` (or the file of that path), newest
    /// first, at most `limit`. A merge counts only when it differs from every commit it merges.
    ///
    /// # Errors
    /// [`GitError::NoCommit`], [`GitError::Unreadable`].
    pub fn commits_touching(&self, folder: &str, limit: usize) -> Result<Vec<CommitInfo>, GitError> {
        Ok(self.recent_commits(folder, limit)?.0)
    }

    /// The same, and whether history was found to be cut off before there were as many.
    ///
    /// # Errors
    /// [`GitError::NoCommit`], [`GitError::Unreadable`].
    pub fn recent_commits(&self, folder: &str, limit: usize) -> Result<(Vec<CommitInfo>, Reach), GitError> {
        let mut found = Vec::new();
        let mut reach = Reach::Complete;
        let gave_up = self.walk(folder, |visit| {
            if visit.is_boundary {
                reach = Reach::Cut;
            }
            if visit.is_change() && found.len() < limit {
                found.push(self.info(visit.commit)?);
            }
            Ok(found.len() < limit)
        })?;
        Ok((found, if gave_up { Reach::Cut } else { reach }))
    }

    fn head_object(&self) -> Result<gix::ObjectId, GitError> {
        if self.inner.head()?.is_unborn() {
            return Err(GitError::NoCommit);
        }
        Ok(self.inner.head_id()?.detach())
    }

    fn info(&self, id: gix::ObjectId) -> Result<CommitInfo, GitError> {
        let commit = self.inner.find_commit(id)?;
        let author = commit.author()?.trim();
        let name = if author.email.is_empty() { author.name } else { author.email };
        let message: String = commit.message_raw_sloppy().to_str_lossy().chars().take(MAX_MESSAGE_CHARS).collect();
        let (subject, body) = message.trim().split_once("\n\n").unwrap_or((message.trim(), ""));
        Ok(CommitInfo {
            id: id.into(),
            time: timestamp(commit.time()?.seconds),
            author: name.to_str_lossy().into_owned(),
            subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
            body: body.trim().to_owned(),
        })
    }

    /// The path from the top of the repository.
    fn parts_from_top(&self, folder: &str) -> Vec<String> {
        let parts = self.prefix.split('/').chain(folder.split('/'));
        parts.filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
    }

    /// What stands at a path of a commit: the id of a folder's tree or of a file.
    fn entry_at(&self, commit: gix::ObjectId, from_top: &[String]) -> Result<Option<diff::Node>, GitError> {
        let tree = self.inner.find_commit(commit)?.tree_id()?.detach();
        if from_top.is_empty() {
            return Ok(Some(diff::Node::Folder(tree)));
        }
        let entry =
            tree.attach(&self.inner).object()?.into_tree().lookup_entry(from_top.iter().map(|p| p.as_bytes()))?;
        Ok(entry.and_then(|entry| diff::Node::of(entry.mode(), entry.object_id())))
    }

    /// Every file below a folder of a commit, under its path from this repository's folder.
    fn blobs_at(&self, commit: gix::ObjectId, folder: &str) -> Result<BTreeMap<String, gix::ObjectId>, GitError> {
        let node = self.entry_at(commit, &self.parts_from_top(folder))?;
        let found = diff::changes(&self.inner, folder, node, &[])?;
        Ok(found.written.into_iter().map(|change| (change.path, change.blob)).collect())
    }
}

/// A time out of the range of calendars stays on its side of all others: it is a forged or broken one.
fn timestamp(seconds: i64) -> Timestamp {
    let limit = if seconds > 0 { Timestamp::MAX } else { Timestamp::MIN };
    Timestamp::from_second(seconds).unwrap_or(limit)
}

/// A commit as a walk meets it: what stands at the asked path there and in the commits before it.
struct Visit {
    commit: gix::ObjectId,
    now: Option<diff::Node>,
    before: Vec<Option<diff::Node>>,
    /// The commits before this one are not here: everything may be older than it.
    is_boundary: bool,
}

impl Visit {
    /// Whether the asked path differs from what it was in each commit before.
    fn is_change(&self) -> bool {
        match self.before.as_slice() {
            [] => self.now.is_some(),
            before => before.iter().all(|node| *node != self.now),
        }
    }
}

impl Repository {
    /// Visits the commits up to the one checked out, newest first, until `visit` answers `false`. Answers whether the
    /// walk stopped for want of patience, so that older commits exist which nobody looked at.
    fn walk(&self, folder: &str, mut visit: impl FnMut(&Visit) -> Result<bool, GitError>) -> Result<bool, GitError> {
        use gix::revision::walk::Sorting;
        use gix::traverse::commit::simple::CommitTimeOrder;

        let path = self.parts_from_top(folder);
        let shallow = self.inner.shallow_commits()?;
        let mut known: BTreeMap<gix::ObjectId, Option<diff::Node>> = BTreeMap::new();
        let mut node_of = |id| -> Result<Option<diff::Node>, GitError> {
            if let Some(node) = known.get(&id) {
                return Ok(*node);
            }
            let node = self.entry_at(id, &path)?;
            known.insert(id, node);
            Ok(node)
        };
        let order = Sorting::ByCommitTime(CommitTimeOrder::NewestFirst);
        for (count, commit) in self.inner.rev_walk([self.head_object()?]).sorting(order).all()?.enumerate() {
            if count == MAX_COMMITS {
                return Ok(true);
            }
            let commit = commit?;
            let is_boundary = shallow.as_ref().is_some_and(|shallow| shallow.binary_search(&commit.id).is_ok());
            let parents = if is_boundary { &[] } else { commit.parent_ids.as_slice() };
            let before = parents.iter().map(|parent| node_of(*parent)).collect::<Result<_, _>>()?;
            let now = node_of(commit.id)?;
            if !visit(&Visit { commit: commit.id, now, before, is_boundary })? {
                return Ok(false);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
