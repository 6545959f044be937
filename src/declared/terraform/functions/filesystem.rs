//! Functions that read files: of the repository, and of nothing else.

use std::cell::Cell;

use super::super::Inputs;
use super::super::order;
use super::super::value::Value;
use super::Reading::Whole;
use super::digests;
use super::encoding::base64;
use super::{Body, Function, pure, unknown};
use crate::repo::{self, EntryKind, ReadError, Tree};

/// The family.
pub(super) const TABLE: &[Function] = &[
    unknown("abspath", "absolute paths are only known where Terraform runs"),
    pure("basename", (1, 1), Whole, |a| Ok(Value::text(basename(&a.text(0)?)))),
    pure("dirname", (1, 1), Whole, |a| Ok(Value::text(dirname(&a.text(0)?)))),
    files("file", |files, a| Ok(files.text(&a.text(0)?)?.map_or_else(|unknown| unknown, Value::text))),
    files("filebase64", |files, a| files.digested(&a.text(0)?, base64)),
    files("filebase64sha256", |files, a| files.digested(&a.text(0)?, digests::base64_sha256)),
    files("filebase64sha512", |files, a| files.digested(&a.text(0)?, digests::base64_sha512)),
    files("fileexists", |files, a| {
        let path = a.text(0)?;
        let path = match files.resolve(&path) {
            Ok(path) => path,
            Err(unknown) => return Ok(unknown),
        };
        match files.tree.kind(&path) {
            Some(EntryKind::Folder) => Err("this is a folder".to_owned()),
            kind => Ok(Value::bool(kind == Some(EntryKind::File))),
        }
    }),
    Function {
        name: "fileset",
        arity: (2, 2),
        reading: Whole,
        body: Body::Files(|files, a| files.set(&a.text(0)?, &a.text(1)?)),
    },
    files("filemd5", |files, a| files.digested(&a.text(0)?, digests::md5)),
    files("filesha1", |files, a| files.digested(&a.text(0)?, digests::sha1)),
    files("filesha256", |files, a| files.digested(&a.text(0)?, digests::sha256)),
    files("filesha512", |files, a| files.digested(&a.text(0)?, digests::sha512)),
    unknown("pathexpand", "home folders are only known where Terraform runs"),
];

type Reader = fn(&Files<'_>, &super::Arguments<'_>) -> Result<Value, String>;

const fn files(name: &'static str, body: Reader) -> Function {
    Function { name, arity: (1, 1), reading: Whole, body: Body::Files(body) }
}

/// The files that functions may read. Paths are relative to the root module, where Terraform runs.
pub(super) struct Files<'a> {
    tree: &'a Tree,
    folder: &'a str,
    /// How much work reading was, in expressions of which so many take as long.
    work: Cell<usize>,
}

/// The bytes of a file that are read while an expression is evaluated.
const BYTES_PER_STEP: usize = 64;

/// How many files `fileset` looks at.
const MAX_FILES: usize = 10_000;

/// How deep `fileset` looks into folders.
const MAX_FOLDERS: usize = 24;

impl<'a> Files<'a> {
    /// The files of the repository.
    pub fn of(inputs: &Inputs<'a>) -> Self {
        Self { tree: inputs.tree, folder: inputs.folder, work: Cell::new(0) }
    }

    /// How much work reading was so far.
    pub fn work(&self) -> usize {
        self.work.get()
    }

    /// The path from the root of the repository; a path that leads out of it is not known here.
    fn resolve(&self, path: &str) -> Result<String, Value> {
        repo::join(self.folder, path).map_err(|_| Value::unknown("a path leads out of the repository"))
    }

    /// The bytes of a file. A file that is not there is an error, as in Terraform; one that may not be read is
    /// unknown.
    fn bytes(&self, path: &str) -> Result<Result<Vec<u8>, Value>, String> {
        let path = match self.resolve(path) {
            Ok(path) => path,
            Err(unknown) => return Ok(Err(unknown)),
        };
        match self.tree.read(&path) {
            Ok(bytes) => {
                self.work.set(self.work.get() + bytes.len() / BYTES_PER_STEP);
                Ok(Ok(bytes))
            }
            Err(ReadError::NotFound(_)) => Err(format!("there is no file {path} in the repository")),
            Err(_) => Ok(Err(Value::unknown(format!("{path} could not be read")))),
        }
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Result<Result<String, Value>, String> {
        match self.bytes(path)? {
            Ok(bytes) => String::from_utf8(bytes).map(Ok).map_err(|_| "the file is not text".to_owned()),
            Err(unknown) => Ok(Err(unknown)),
        }
    }

    fn digested(&self, path: &str, digest: impl Fn(&[u8]) -> String) -> Result<Value, String> {
        Ok(self.bytes(path)?.map_or_else(|unknown| unknown, |bytes| Value::text(digest(&bytes))))
    }

    /// `fileset(folder, pattern)`: the files below the folder that a pattern with `*`, `?` and `**` matches.
    fn set(&self, folder: &str, pattern: &str) -> Result<Value, String> {
        // What leads up belongs to the folder, and to every path that is found.
        let (up, pattern) = cleaned(pattern);
        let folder = match self.resolve(&format!("{folder}/{up}")) {
            Ok(folder) => folder,
            Err(unknown) => return Ok(unknown),
        };
        let glob = globset::GlobBuilder::new(&pattern).literal_separator(true).build();
        let matcher = glob.map_err(|_| "the pattern is not valid".to_owned())?.compile_matcher();
        let mut found = Vec::new();
        let mut left = MAX_FILES;
        let complete = self.walk(&folder, "", 0, &mut left, &mut |path| {
            if matcher.is_match(path) {
                found.push(Value::text(format!("{up}{path}")));
            }
        });
        self.work.set(self.work.get() + MAX_FILES - left);
        if !complete {
            return Ok(Value::unknown("there are too many files"));
        }
        Ok(order::set(found))
    }

    /// Visits the files below a folder; `false`: there are too many.
    fn walk(&self, root: &str, below: &str, depth: usize, left: &mut usize, visit: &mut dyn FnMut(&str)) -> bool {
        let folder = if below.is_empty() { root.to_owned() } else { format!("{root}/{below}") };
        for entry in self.tree.list(&folder).unwrap_or_default() {
            let path = if below.is_empty() { entry.name } else { format!("{below}/{}", entry.name) };
            *left = left.saturating_sub(1);
            if *left == 0 || depth > MAX_FOLDERS {
                return false;
            }
            if !entry.is_dir {
                visit(&path);
            } else if !self.walk(root, &path, depth + 1, left, visit) {
                return false;
            }
        }
        true
    }
}

/// A pattern without `.` and `..` in its middle: what leads up, and the rest.
fn cleaned(pattern: &str) -> (String, String) {
    let mut parts: Vec<&str> = Vec::new();
    let mut up = String::new();
    for part in pattern.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part != ".." {
            parts.push(part);
        } else if parts.pop().is_none() {
            up.push_str("../");
        }
    }
    (up, parts.join("/"))
}

/// Go's `filepath.Base`.
fn basename(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    match path.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.rsplit('/').next().unwrap_or(path).to_owned(),
    }
}

/// Go's `filepath.Dir`.
fn dirname(path: &str) -> String {
    let Some((folder, _)) = path.rsplit_once('/') else { return ".".to_owned() };
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            ("..", None) if absolute => {}
            _ => parts.push(part),
        }
    }
    match (absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}
