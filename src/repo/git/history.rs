//! When the files of a folder, and the things named in them, were first committed.
//!
//! A date written in a file proves nothing; the first commit that holds it does, as far as the repository's host keeps
//! people from pushing commits with a made-up date. What counts as a name in a file is the caller's knowledge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::{CommitInfo, GitError, Repository, diff};
use crate::repo::{EntryKind, Tree};

/// The most that is read over all versions of all files of the folder.
const MAX_SCANNED_BYTES: u64 = 256 * 1024 * 1024;
/// Versions of a file larger than this are not looked into.
const MAX_VERSION_BYTES: u64 = 4 * 1024 * 1024;

/// How far back a history goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// There is no history at all.
    #[default]
    None,
    /// To the first commit.
    Complete,
    /// Only to some commit: a shallow clone, or more history than one question reads.
    Cut,
}

/// The first commit known to hold something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// That commit.
    pub commit: Arc<CommitInfo>,
    /// Whether history is cut off there, so that the commit's time is only the latest possible one.
    pub is_upper_bound: bool,
}

/// How a file on disk compares with the commit that is checked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkState {
    /// The same, or there is no work tree to compare.
    Committed,
    /// In the commit with another content.
    Modified,
    /// Not in the commit.
    Untracked,
    /// In the commit and not on disk.
    Deleted,
}

/// The history of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHistory {
    /// The first commit that has the file, also under an earlier name; `None`: no commit has it.
    pub first: Option<Sighting>,
    /// The last commit that changed it.
    pub last: Option<Arc<CommitInfo>>,
    /// Whether what is on disk is what was committed.
    pub work_state: WorkState,
    /// For each name that the file ever held, the first commit that held it.
    pub names: BTreeMap<String, Sighting>,
}

/// When something was really written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// With a commit of this time.
    At(Timestamp),
    /// Not after this time: history before it is cut off.
    NotAfter(Timestamp),
    /// On disk and in no commit.
    NotCommitted,
    /// There is no history to ask.
    Unknown,
}

/// The history of the files of one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// How far back it goes.
    pub reach: Reach,
    /// The files, on disk or in any commit, under the paths they have in the folder's [`Tree`].
    pub files: BTreeMap<String, FileHistory>,
}

impl History {
    /// When a name of a file was first committed.
    pub fn recorded(&self, file: &str, name: &str) -> Recorded {
        if self.reach == Reach::None {
            return Recorded::Unknown;
        }
        let Some(history) = self.files.get(file) else { return Recorded::NotCommitted };
        match history.names.get(name) {
            Some(Sighting { commit, is_upper_bound: false }) => Recorded::At(commit.time),
            Some(Sighting { commit, is_upper_bound: true }) => Recorded::NotAfter(commit.time),
            None if history.work_state != WorkState::Committed => Recorded::NotCommitted,
            // The file is as committed and no version was recognised to hold the name. Its last version does.
            None => history.last.as_ref().map_or(Recorded::Unknown, |commit| Recorded::NotAfter(commit.time)),
        }
    }

    /// Who made the first commit that holds a name of a file.
    pub fn author(&self, file: &str, name: &str) -> Option<&str> {
        let history = self.files.get(file)?;
        let sighting = history.names.get(name).or(history.first.as_ref())?;
        Some(&sighting.commit.author)
    }
}

impl Repository {
    /// The history of the files below `folder`, with the names that `names_in(path, text)` finds in each version.
    ///
    /// A name that appears in a file with a commit that also touches another file which held it was moved, and keeps
    /// its first commit: that follows renames and archives. The work tree is compared by content, so that no index is
    /// needed.
    ///
    /// # Errors
    /// [`GitError::NoCommit`], [`GitError::Unreadable`].
    pub fn file_history(
        &self,
        folder: &str,
        names_in: impl Fn(&str, &str) -> BTreeSet<String>,
    ) -> Result<History, GitError> {
        let mut touching = Vec::new();
        let mut reach = Reach::Complete;
        let gave_up = self.walk(folder, |visit| {
            if visit.is_boundary {
                reach = Reach::Cut;
            }
            if visit.is_change() {
                let changes = diff::changes(&self.inner, folder, visit.now, &visit.before)?;
                touching.push((visit.commit, visit.is_boundary, changes));
            }
            Ok(true)
        })?;
        let mut builder =
            Builder { repository: self, names_in, scanned: 0, unread: BTreeSet::new(), files: BTreeMap::new() };
        for (commit, is_boundary, changes) in touching.into_iter().rev() {
            let commit = Arc::new(self.info(commit)?);
            builder.commit(&Sighting { commit, is_upper_bound: is_boundary || gave_up }, changes)?;
        }
        if gave_up || !builder.unread.is_empty() {
            reach = Reach::Cut;
        }
        let mut files = builder.files;
        self.compare_work_tree(folder, &mut files)?;
        Ok(History { reach, files })
    }

    fn compare_work_tree(&self, folder: &str, files: &mut BTreeMap<String, FileHistory>) -> Result<(), GitError> {
        let Some(top) = self.inner.workdir() else { return Ok(()) };
        let unreadable = |error: std::io::Error| GitError::Unreadable(error.to_string());
        let tree = Tree::work_tree(top.join(&self.prefix)).map_err(unreadable)?;
        let committed = self.blobs_at(self.head_object()?, folder)?;
        let on_disk: BTreeSet<String> = tree.walk(folder).files.into_iter().collect();
        for path in on_disk.iter().chain(committed.keys()) {
            let is_on_disk = on_disk.contains(path) || tree.kind(path) == Some(EntryKind::File);
            let state = match (is_on_disk, committed.get(path)) {
                (true, Some(blob)) if self.is_same(&tree, path, *blob) => WorkState::Committed,
                (true, Some(_)) => WorkState::Modified,
                (true, None) => WorkState::Untracked,
                (false, _) => WorkState::Deleted,
            };
            files.entry(path.clone()).or_insert_with(FileHistory::none).work_state = state;
        }
        Ok(())
    }

    /// Whether a file on disk has the content of a blob, with its own line ends or with git's.
    fn is_same(&self, tree: &Tree, path: &str, blob: gix::ObjectId) -> bool {
        let Ok(bytes) = tree.read(path) else { return false };
        let has_blob_id = |bytes: &[u8]| {
            gix::objs::compute_hash(self.inner.object_hash(), gix::object::Kind::Blob, bytes).is_ok_and(|id| id == blob)
        };
        has_blob_id(&bytes) || {
            use gix::bstr::ByteSlice;
            bytes.contains(&b'\r') && has_blob_id(&bytes.replace(b"\r\n", b"\n"))
        }
    }
}

impl FileHistory {
    fn none() -> Self {
        Self { first: None, last: None, work_state: WorkState::Committed, names: BTreeMap::new() }
    }
}

/// Takes in commits, oldest first.
struct Builder<'a, F> {
    repository: &'a Repository,
    names_in: F,
    scanned: u64,
    /// Files of which a version was not looked into, so that their names may be older than they seem.
    unread: BTreeSet<String>,
    files: BTreeMap<String, FileHistory>,
}

impl<F: Fn(&str, &str) -> BTreeSet<String>> Builder<'_, F> {
    fn commit(&mut self, here: &Sighting, changes: diff::Changes) -> Result<(), GitError> {
        let written: Vec<String> = changes.written.iter().map(|written| written.path.clone()).collect();
        let touched: Vec<&String> = changes.removed.iter().chain(&written).collect();
        let mut additions = Vec::new();
        for diff::Written { path, blob } in changes.written {
            let names = self.names_of(&path, blob)?;
            let known = self.files.get(&path);
            let new = names.into_iter().filter(|name| known.is_none_or(|file| !file.names.contains_key(name)));
            let fresh = Sighting { is_upper_bound: here.is_upper_bound || self.unread.contains(&path), ..here.clone() };
            let new: Vec<_> = new.map(|name| (self.moved(&name, &touched).unwrap_or(&fresh).clone(), name)).collect();
            additions.push((path, new));
        }
        for (path, names) in additions {
            let file = self.files.entry(path).or_insert_with(FileHistory::none);
            file.names.extend(names.into_iter().map(|(sighting, name)| (name, sighting)));
            if file.first.is_none() {
                file.first = file.names.values().chain([here]).min_by_key(|sighting| sighting.commit.time).cloned();
            }
            file.last = Some(Arc::clone(&here.commit));
        }
        Ok(())
    }

    /// The first commit with a name that one of the `touched` files has held.
    fn moved(&self, name: &str, touched: &[&String]) -> Option<&Sighting> {
        let others = touched.iter().filter_map(|path| self.files.get(*path)?.names.get(name));
        others.min_by_key(|sighting| sighting.commit.time)
    }

    /// The names in one version of a file; none in one that is not text, not here (a partial clone) or too large.
    fn names_of(&mut self, path: &str, blob: gix::ObjectId) -> Result<BTreeSet<String>, GitError> {
        let size = self.repository.inner.try_find_header(blob)?.map(|header| header.size());
        let Some(size) = size.filter(|size| *size <= MAX_VERSION_BYTES && self.scanned + size <= MAX_SCANNED_BYTES)
        else {
            self.unread.insert(path.to_owned());
            return Ok(BTreeSet::new());
        };
        self.scanned += size;
        let bytes = self.repository.inner.find_blob(blob)?.take_data();
        Ok(std::str::from_utf8(&bytes).map(|text| (self.names_in)(path, text)).unwrap_or_default())
    }
}
