//! The log file of an API server, read on from where the last reading ended, also over a rotation.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::Event;
use crate::model::{Problem, ProblemKind};

/// The longest line: a body is at most 3 MiB, which is what servers take, and an event carries one.
const MAX_LINE: u64 = 8 << 20;

/// What one reading takes; the next goes on from there.
const MAX_READ: u64 = 64 << 20;

/// A file and how far it was read.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    position: Option<Position>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position {
    inode: u64,
    offset: u64,
}

/// What a reading found.
#[derive(Debug, Default)]
pub struct Batch {
    /// The new events, in the order of the file.
    pub events: Vec<Event>,
    /// Lines that are no event.
    pub problems: Vec<Problem>,
    /// Whether there is more to read now.
    pub has_more: bool,
}

impl Tail {
    /// A file from its beginning.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), position: None }
    }

    /// What was written since the last reading. A file that was rotated away is read to its end first; one that became
    /// shorter was emptied, and is read from its beginning. A line that is not finished is left for the next time.
    ///
    /// # Errors
    /// A problem, when the file cannot be read.
    pub fn read(&mut self) -> Result<Batch, Problem> {
        let mut batch = Batch::default();
        let inode = inode_of(&self.path).map_err(|error| self.problem(&error.to_string()))?;
        if let Some(position) = self.position.filter(|position| position.inode != inode) {
            if let Some(rotated) = rotated(&self.path, position.inode) {
                let end = self.read_file(&rotated, position, &mut batch)?;
                self.position = Some(end);
                if batch.has_more {
                    return Ok(batch);
                }
            }
            self.position = None;
        }
        let position = self.position.unwrap_or(Position { inode, offset: 0 });
        let path = self.path.clone();
        self.position = Some(self.read_file(&path, position, &mut batch)?);
        Ok(batch)
    }

    fn read_file(&self, path: &Path, mut position: Position, batch: &mut Batch) -> Result<Position, Problem> {
        let failed = |error: std::io::Error| self.problem(&error.to_string());
        let mut file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        if length < position.offset {
            position.offset = 0;
        }
        file.seek(SeekFrom::Start(position.offset)).map_err(failed)?;
        let mut reader = BufReader::new(file);
        let (mut line, mut bad, mut taken) = (Vec::new(), 0_usize, 0_u64);
        while taken < MAX_READ {
            line.clear();
            let read = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).map_err(failed)?;
            let is_whole = line.last() == Some(&b'\n');
            let read = match is_whole {
                true => read as u64,
                false if (read as u64) < MAX_LINE => break,
                // Too long to be an event: passed over.
                false => read as u64 + skip_line(&mut reader).map_err(failed)?,
            };
            taken += read;
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match serde_json::from_slice(&line) {
                Ok(event) if is_whole => batch.events.push(event),
                _ => bad += 1,
            }
        }
        position.offset += taken;
        batch.has_more = taken >= MAX_READ;
        if bad > 0 {
            let message = format!("{bad} lines are no audit events, or longer than {} MiB", MAX_LINE >> 20);
            batch.problems.push(self.problem(&message));
        }
        Ok(position)
    }

    /// Evidence that is missing hides no resource.
    fn problem(&self, message: &str) -> Problem {
        Problem::new(ProblemKind::Record, self.path.display().to_string(), message)
            .remedy("check the path, its permissions, and that the API server writes its audit log as JSON")
    }
}

fn inode_of(path: &Path) -> std::io::Result<u64> {
    Ok(std::fs::metadata(path)?.ino())
}

/// The file beside `path` that it was before the rotation: API servers rename `audit.log` to `audit-TIME.log`.
fn rotated(path: &Path, inode: u64) -> Option<PathBuf> {
    let stem = path.file_stem()?.to_str()?;
    let entries = std::fs::read_dir(path.parent()?).ok()?.filter_map(Result::ok);
    let candidates = entries.filter(|entry| entry.file_name().to_str().is_some_and(|name| name.starts_with(stem)));
    candidates.map(|entry| entry.path()).find(|candidate| inode_of(candidate).is_ok_and(|other| other == inode))
}

/// Reads to the end of a line without keeping it; how much that was.
fn skip_line(reader: &mut impl BufRead) -> std::io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(skipped);
        }
        let end = buffer.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let used = end.unwrap_or(buffer.len());
        reader.consume(used);
        skipped += used as u64;
        if end.is_some() {
            return Ok(skipped);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn line(user: &str) -> String {
        let event = serde_json::json!({"stage": "ResponseComplete", "verb": "patch", "user": {"username": user},
            "stageTimestamp": "2026-03-01T12:00:00Z"});
        format!("{event}\n")
    }

    fn users(tail: &mut Tail) -> Vec<String> {
        tail.read().unwrap().events.iter().map(|event| event.user.username.clone()).collect()
    }

    fn append(path: &Path, text: &str) {
        let mut file = File::options().create(true).append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn it_goes_on_where_it_was_also_over_a_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        let mut tail = Tail::new(&path);
        assert!(tail.read().unwrap_err().message.contains("No such file"));
        append(&path, &line("a"));
        append(&path, line("b").trim_end());
        assert_eq!(users(&mut tail), ["a"], "b is not finished");
        append(&path, "\n");
        assert_eq!(users(&mut tail), ["b"]);
        assert!(users(&mut tail).is_empty());
        append(&path, &line("c"));
        std::fs::rename(&path, folder.path().join("audit-2026-03-01T12-00-00.000.log")).unwrap();
        append(&path, &line("d"));
        assert_eq!(users(&mut tail), ["c", "d"]);
        std::fs::write(&path, "\n").unwrap();
        assert!(users(&mut tail).is_empty());
        append(&path, &line("fghijk"));
        assert_eq!(users(&mut tail), ["fghijk"], "emptied and written again");
    }

    #[test]
    fn what_is_no_event_is_counted_and_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        append(&path, "not json\n{}\n\n");
        append(&path, &"x".repeat(9 << 20));
        append(&path, "\n");
        append(&path, &line("a"));
        let batch = Tail::new(&path).read().unwrap();
        assert_eq!(batch.events.len(), 1);
        let [problem] = batch.problems.as_slice() else { panic!("{:?}", batch.problems) };
        assert!(problem.message.starts_with("3 lines"), "{}", problem.message);
        assert!(!problem.kind.hides_resources());
    }
}
