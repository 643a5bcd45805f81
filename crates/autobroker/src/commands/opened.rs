//! A store that a command looks at or changes while no server needs to run.

use crate::{configuration::StorePlace, failure::Failure};
use std::path::Path;
use store::{Store, StoreError, StoreUrl};

/// The file that a store in a folder has.
const LOG_FILE: &str = "log.db";

/// Opens a store that is there, to read; a server may be writing to it. Never makes one, so that a mistyped folder is not
/// an empty, whole log.
pub async fn open_reading(url: &StoreUrl) -> Result<Store, Failure> {
    match url {
        StoreUrl::Memory => {
            let detail = "a store in memory is gone with its process; name another".to_owned();
            return Err(Failure::Configuration(detail));
        }
        StoreUrl::Sqlite(folder) => require_log(folder)?,
        StoreUrl::Postgres(_) => {}
    }
    Ok(Store::open_reading(url).await?)
}

/// The place, when its store may be made if it is missing, but would survive.
pub fn lasting(place: StorePlace) -> Result<StorePlace, Failure> {
    if place.store == StoreUrl::Memory {
        return Err(Failure::Configuration(
            "a store in memory is gone with this command; name another".to_owned(),
        ));
    }
    Ok(place)
}

fn require_log(folder: &Path) -> Result<(), Failure> {
    if folder.join(LOG_FILE).is_file() {
        return Ok(());
    }
    Err(StoreError::Open(format!("there is no {LOG_FILE} in {}", folder.display())).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_mistyped_folder_is_not_an_empty_log() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        let failure = open_reading(&StoreUrl::Sqlite(missing.clone())).await.err().unwrap();
        assert_eq!(failure.code(), 4);
        assert!(!missing.exists());
    }

    #[tokio::test]
    async fn memory_is_refused() {
        assert_eq!(open_reading(&StoreUrl::Memory).await.err().unwrap().code(), 2);
    }
}
