//! Which files differ between a tree and the trees before it. Knows no commits.

use gix::bstr::ByteSlice;
use gix::objs::tree::EntryMode;

use super::{GitError, MAX_DEPTH, MAX_TREE_FILES};

/// What stands at a path: symbolic links and submodules count as nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A folder, with the id of its tree.
    Folder(gix::ObjectId),
    /// A file, with the id of its content.
    File(gix::ObjectId),
}

impl Node {
    /// The node of an entry of a tree.
    pub(super) fn of(mode: EntryMode, id: gix::ObjectId) -> Option<Self> {
        if mode.is_tree() {
            Some(Self::Folder(id))
        } else if mode.is_blob() && !mode.is_link() {
            Some(Self::File(id))
        } else {
            None
        }
    }
}

/// A file that has another content than in each tree before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// Its path, starting with that of the folder compared.
    pub(super) path: String,
    /// The id of its content.
    pub(super) blob: gix::ObjectId,
}

/// How a tree differs from the ones before it.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Files that are new or have another content than in each tree before.
    pub(super) written: Vec<Written>,
    /// Files that a tree before has and this one has not.
    pub(super) removed: Vec<String>,
}

/// Compares what stands at `path` with what stood there before. Equal folders are not entered, so that the cost
/// follows the size of the change.
pub(super) fn changes(
    repo: &gix::Repository,
    path: &str,
    now: Option<Node>,
    before: &[Option<Node>],
) -> Result<Changes, GitError> {
    let mut found = Changes::default();
    compare(repo, path.trim_matches('/'), now, before, 0, &mut found)?;
    Ok(found)
}

fn compare(
    repo: &gix::Repository,
    path: &str,
    now: Option<Node>,
    before: &[Option<Node>],
    depth: usize,
    found: &mut Changes,
) -> Result<(), GitError> {
    if depth > MAX_DEPTH || found.written.len() + found.removed.len() > MAX_TREE_FILES {
        return Err(GitError::TooLarge(path.to_owned()));
    }
    if before.contains(&now) {
        return Ok(());
    }
    match now {
        Some(Node::File(blob)) => found.written.push(Written { path: path.to_owned(), blob }),
        None if before.iter().any(|node| matches!(node, Some(Node::File(_)))) => found.removed.push(path.to_owned()),
        _ => {}
    }
    let entries = entries(repo, now)?;
    let entries_before = before.iter().map(|node| self::entries(repo, *node)).collect::<Result<Vec<_>, _>>()?;
    let mut names: Vec<&String> =
        entries.keys().chain(entries_before.iter().flat_map(|entries| entries.keys())).collect();
    names.sort();
    names.dedup();
    for name in names {
        let below = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        let before: Vec<_> = entries_before.iter().map(|entries| entries.get(name).copied()).collect();
        compare(repo, &below, entries.get(name).copied(), &before, depth + 1, found)?;
    }
    Ok(())
}

type Entries = std::collections::BTreeMap<String, Node>;

/// What a folder holds; names that are not UTF-8 are left out, as in a work tree.
fn entries(repo: &gix::Repository, node: Option<Node>) -> Result<Entries, GitError> {
    let Some(Node::Folder(id)) = node else { return Ok(Entries::new()) };
    let tree = repo.find_tree(id)?;
    let mut entries = Entries::new();
    for entry in tree.iter() {
        let entry = entry?;
        let node = Node::of(entry.mode(), entry.object_id());
        if let (Ok(name), Some(node)) = (entry.filename().to_str(), node) {
            entries.insert(name.to_owned(), node);
        }
    }
    Ok(entries)
}
