//! The key of the fingerprints: a file of its own beside the database, so that a copy of the database alone does not
//! let anybody try passwords against the fingerprints in it.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Result, StoreError};
use crate::model::Fingerprinter;

const KEY_BYTES: usize = 32;

/// The key beside a database: `driftledger.db.key`. Made on first use, readable by the owner alone.
pub(super) fn load_or_create(database: &Path) -> Result<Fingerprinter> {
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    let path = PathBuf::from(name);
    read_or_create(&path).map_err(|source| StoreError::Key { path, source })
}

fn read_or_create(path: &Path) -> std::io::Result<Fingerprinter> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            let mut key = [0u8; KEY_BYTES];
            getrandom::fill(&mut key).map_err(std::io::Error::other)?;
            file.write_all(&key)?;
            file.sync_all()?;
            Ok(Fingerprinter::new(key))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let mut key = Vec::new();
            std::fs::File::open(path)?.take(1024).read_to_end(&mut key)?;
            if key.len() < KEY_BYTES {
                let message =
                    format!("only {} bytes of {KEY_BYTES}; remove it to start with new fingerprints", key.len());
                return Err(std::io::Error::new(ErrorKind::InvalidData, message));
            }
            Ok(Fingerprinter::new(key))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_stays_the_same_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("x.db");
        let print = || load_or_create(&database).unwrap().fingerprint(&Value::from("s"));
        assert_eq!(print(), print());
        let mode = std::fs::metadata(folder.path().join("x.db.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_cut_off_key_is_refused_with_its_cure() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x.db.key"), "short").unwrap();
        let error = load_or_create(&folder.path().join("x.db")).unwrap_err().to_string();
        assert!(error.contains("remove it"), "{error}");
    }
}
