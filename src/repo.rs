//! The files of a repository: its work tree, or its tree at a commit.
//!
//! The only door to the user's files. A path cannot leave the repository, neither by `..` nor by a symbolic link,
//! because declarations are hostile input: `file("/etc/shadow")` must not end in a report.

pub mod git;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::model::{Problem, ProblemKind};

/// The most that is read of one file: declarations are text, and a hostile one must not fill the memory.
const MAX_FILE_BYTES: u64 = 32 * MEBIBYTE;
const MEBIBYTE: u64 = 1024 * 1024;
/// The deepest that [`Tree::walk`] goes: a link to a folder above itself has no end.
const MAX_WALK_DEPTH: usize = 16;
/// The most entries that [`Tree::walk`] looks at: several such links multiply with each step down.
const MAX_WALK_ENTRIES: usize = 50_000;

/// A set of files under relative paths with `/` between their parts.
#[derive(Clone, Debug)]
pub enum Tree {
    /// A folder on disk.
    WorkTree(PathBuf),
    /// Files in memory; a commit is read into one.
    Memory(BTreeMap<String, Vec<u8>>),
    /// A tree in which some files have another content.
    Edited(Box<Tree>, BTreeMap<String, Vec<u8>>),
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("no such file: {0}")]
    NotFound(String),
    /// The path leads out of the repository.
    #[error("{0} leads out of the repository")]
    Outside(String),
    /// The file is not text.
    #[error("{0} is not valid UTF-8")]
    NotText(String),
    /// The file is larger than the bytes that are read of one.
    #[error("{path} is larger than {} MiB", most / MEBIBYTE)]
    TooLarge {
        /// The path asked for.
        path: String,
        /// The most that is read.
        most: u64,
    },
    /// There are more files or deeper folders than are looked at.
    #[error("{0} holds more files or deeper folders than are looked at")]
    TooMany(String),
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// The path asked for.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl ReadError {
    /// The problem of the path that was not read. What is a folder to one reader is a file to another; the message
    /// does not say which.
    pub fn problem(&self) -> Problem {
        let (path, message) = match self {
            Self::NotFound(path) => (path, "there is no such file or folder".to_owned()),
            Self::Outside(path) => (path, "leads out of the repository".to_owned()),
            Self::NotText(path) => (path, "is not valid UTF-8".to_owned()),
            Self::TooLarge { path, most } => (path, format!("is larger than {} MiB", most / MEBIBYTE)),
            Self::TooMany(path) => (path, "holds more files or deeper folders than are looked at".to_owned()),
            Self::Io { path, source } => (path, source.to_string()),
        };
        let scope = if path.is_empty() { "." } else { path };
        let problem = Problem::new(ProblemKind::Unreadable, scope, message);
        match self {
            Self::NotFound(_) => {
                problem.remedy("paths are relative to the repository's folder, and so are those shown")
            }
            _ => problem,
        }
    }
}

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name, without the folder's path.
    pub name: String,
    /// Whether it is a folder.
    pub is_dir: bool,
}

impl Tree {
    /// The tree of a folder on disk.
    ///
    /// # Errors
    /// When the folder does not exist or may not be entered.
    pub fn work_tree(root: impl AsRef<Path>) -> std::io::Result<Self> {
        Ok(Self::WorkTree(root.as_ref().canonicalize()?))
    }

    /// A tree in memory, for files that are not on disk.
    pub fn memory<P: Into<String>, B: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, B)>) -> Self {
        Self::Memory(files.into_iter().map(|(path, bytes)| (path.into(), bytes.into())).collect())
    }

    /// The tree with another content of files that it has.
    #[must_use]
    pub fn edited<P: Into<String>, B: Into<Vec<u8>>>(&self, files: impl IntoIterator<Item = (P, B)>) -> Self {
        let files = files.into_iter().map(|(path, bytes)| (path.into(), bytes.into())).collect();
        Self::Edited(Box::new(self.clone()), files)
    }

    /// The content of a file.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.read_up_to(path, MAX_FILE_BYTES)
    }

    fn read_up_to(&self, path: &str, most: u64) -> Result<Vec<u8>, ReadError> {
        let path = normalise(path)?;
        match self {
            Self::Memory(files) => files.get(&path).cloned().ok_or(ReadError::NotFound(path)),
            Self::Edited(tree, files) => match files.get(&path) {
                Some(content) => Ok(content.clone()),
                None => tree.read_up_to(&path, most),
            },
            Self::WorkTree(root) => {
                let file = inside(root, &path)?;
                let io = |source| ReadError::Io { path: path.clone(), source };
                if std::fs::metadata(&file).map_err(io)?.len() > most {
                    return Err(ReadError::TooLarge { path, most });
                }
                std::fs::read(&file).map_err(io)
            }
        }
    }

    /// The content of a text file, without a byte order mark.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn read_text(&self, path: &str) -> Result<String, ReadError> {
        self.read_text_up_to(path, MAX_FILE_BYTES)
    }

    /// The same of a text file that may have another size than declarations have: at most so many bytes.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn read_text_up_to(&self, path: &str, most: u64) -> Result<String, ReadError> {
        let text = String::from_utf8(self.read_up_to(path, most)?).map_err(|_| ReadError::NotText(path.to_owned()))?;
        Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }

    /// Whether there is a file or a folder at a path.
    pub fn kind(&self, path: &str) -> Option<EntryKind> {
        let path = normalise(path).ok()?;
        match self {
            Self::Edited(tree, _) => tree.kind(&path),
            Self::Memory(files) => {
                if files.contains_key(&path) {
                    return Some(EntryKind::File);
                }
                let folder = prefix_of(&path);
                files.keys().any(|file| file.starts_with(&folder)).then_some(EntryKind::Folder)
            }
            Self::WorkTree(root) => {
                let found = inside(root, &path).ok()?;
                Some(if found.is_dir() { EntryKind::Folder } else { EntryKind::File })
            }
        }
    }

    /// The entries of a folder, sorted by name.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn list(&self, folder: &str) -> Result<Vec<Entry>, ReadError> {
        let folder = normalise(folder)?;
        let mut entries = match self {
            Self::Edited(tree, _) => return tree.list(&folder),
            Self::Memory(files) => {
                let prefix = prefix_of(&folder);
                files
                    .keys()
                    .filter_map(|file| file.strip_prefix(&prefix))
                    .map(|rest| match rest.split_once('/') {
                        Some((name, _)) => Entry { name: name.to_owned(), is_dir: true },
                        None => Entry { name: rest.to_owned(), is_dir: false },
                    })
                    .collect()
            }
            Self::WorkTree(root) => list_on_disk(root, &folder)?,
        };
        entries.sort();
        entries.dedup();
        if entries.is_empty() && self.kind(&folder) != Some(EntryKind::Folder) {
            return Err(ReadError::NotFound(folder));
        }
        Ok(entries)
    }
}

/// The files below a folder.
#[derive(Debug, Default)]
pub struct Walk {
    /// Their paths, sorted.
    pub files: Vec<String>,
    /// Why some are not among them.
    pub unread: Vec<ReadError>,
}

impl Tree {
    /// The files below a folder, at any depth. Hidden files and folders are passed over.
    pub fn walk(&self, folder: &str) -> Walk {
        let mut found = Walk::default();
        let mut waiting = vec![(folder.trim_matches('/').to_owned(), 0)];
        let mut seen = 0;
        while let Some((folder, depth)) = waiting.pop() {
            let entries = match self.list(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    found.unread.push(error);
                    continue;
                }
            };
            seen += entries.len();
            if depth > MAX_WALK_DEPTH || seen > MAX_WALK_ENTRIES {
                found.unread.push(ReadError::TooMany(folder));
                break;
            }
            for entry in entries.into_iter().filter(|entry| !entry.name.starts_with('.')) {
                let path = if folder.is_empty() { entry.name } else { format!("{folder}/{}", entry.name) };
                if entry.is_dir { waiting.push((path, depth + 1)) } else { found.files.push(path) }
            }
        }
        found.files.sort();
        found
    }
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// Joins a folder and a path relative to it, and removes `.` and `..`.
///
/// # Errors
/// [`ReadError::Outside`] when the result would leave the tree.
pub fn join(folder: &str, path: &str) -> Result<String, ReadError> {
    if path.starts_with('/') {
        Err(ReadError::Outside(path.to_owned()))
    } else {
        normalise(&format!("{folder}/{path}"))
    }
}

/// The folder of a path; the repository's own is empty.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn normalise(path: &str) -> Result<String, ReadError> {
    let outside = || ReadError::Outside(path.to_owned());
    let mut parts: Vec<&str> = Vec::new();
    for component in Path::new(path.trim_start_matches("./").trim_start_matches('/')).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str().ok_or_else(outside)?),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop().ok_or_else(outside)?;
            }
            Component::RootDir | Component::Prefix(_) => return Err(outside()),
        }
    }
    Ok(parts.join("/"))
}

fn prefix_of(folder: &str) -> String {
    if folder.is_empty() { String::new() } else { format!("{folder}/") }
}

/// The file on disk, after following links, if it is still inside the root.
fn inside(root: &Path, path: &str) -> Result<PathBuf, ReadError> {
    let real = root.join(path).canonicalize().map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => ReadError::NotFound(path.to_owned()),
        _ => ReadError::Io { path: path.to_owned(), source },
    })?;
    if real.starts_with(root) { Ok(real) } else { Err(ReadError::Outside(path.to_owned())) }
}

fn list_on_disk(root: &Path, folder: &str) -> Result<Vec<Entry>, ReadError> {
    let io = |source| ReadError::Io { path: folder.to_owned(), source };
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(inside(root, folder)?).map_err(io)? {
        let entry = entry.map_err(io)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        entries.push(Entry { name, is_dir: entry.path().is_dir() });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_repository() {
        let tree = Tree::memory([("a/b.tf", "x")]);
        assert!(matches!(tree.read("../etc/passwd"), Err(ReadError::Outside(_))));
        assert!(matches!(join("a", "/etc/passwd"), Err(ReadError::Outside(_))));
        assert_eq!(join("a/b", "../c.tf").unwrap(), "a/c.tf");
        assert_eq!(tree.read_text("a/../a/b.tf").unwrap(), "x");
    }

    #[test]
    fn a_link_out_of_the_repository_is_not_followed() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "s").unwrap();
        let inside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), inside.path().join("link")).unwrap();
        let tree = Tree::work_tree(inside.path()).unwrap();
        assert!(matches!(tree.read("link"), Err(ReadError::Outside(_))));
    }

    #[test]
    fn a_folder_in_memory_lists_like_one_on_disk() {
        let tree = Tree::memory([("a/b.tf", ""), ("a/m/c.tf", ""), ("d", "")]);
        let names = |folder| tree.list(folder).unwrap().into_iter().map(|e| e.name).collect::<Vec<_>>();
        assert_eq!(names("a"), ["b.tf", "m"]);
        assert_eq!(names(""), ["a", "d"]);
        assert!(matches!(tree.list("nowhere"), Err(ReadError::NotFound(_))));
    }

    #[test]
    fn a_walk_ends_though_links_lead_in_circles() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("a/x.md"), "").unwrap();
        std::fs::write(folder.path().join(".hidden"), "").unwrap();
        let walk = Tree::work_tree(folder.path()).unwrap().walk("");
        assert_eq!((walk.files.as_slice(), walk.unread.len()), (["a/x.md".to_owned()].as_slice(), 0));
        for link in ["a/l1", "a/l2", "a/l3"] {
            std::os::unix::fs::symlink(folder.path(), folder.path().join(link)).unwrap();
        }
        let walk = Tree::work_tree(folder.path()).unwrap().walk("");
        assert!(matches!(walk.unread.as_slice(), [ReadError::TooMany(_)]));
    }

    #[test]
    fn a_byte_order_mark_is_dropped() {
        assert_eq!(Tree::memory([("a", "\u{feff}x")]).read_text("a").unwrap(), "x");
    }
}
