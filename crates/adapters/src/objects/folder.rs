//! Objects as files of a folder: `ab/ab12...`, by the first two digits of the name.
//!
//! A file is written aside, synced, moved to its name, and its folder synced: what was acknowledged is there after a
//! power cut, and half a file is never under a name.

use contracts::ports::{OBJECT_BYTES_MAX, ObjectError, ObjectName, ObjectStore, PortFuture};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A folder of objects; clones share it.
#[derive(Debug, Clone)]
pub struct FolderObjects {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    written: AtomicU64,
}

impl FolderObjects {
    /// In this folder, which is made with the first object.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { shared: Arc::new(Shared { root: root.into(), written: AtomicU64::new(0) }) }
    }

    /// Runs disk work beside the threads that answer requests.
    fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, ObjectError> + Send + 'static,
    ) -> PortFuture<'_, Result<T, ObjectError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(move || work(&shared)).await;
            done.unwrap_or_else(|error| Err(ObjectError::Unavailable(error.to_string())))
        })
    }
}

impl ObjectStore for FolderObjects {
    fn put(&self, name: ObjectName, bytes: Vec<u8>) -> PortFuture<'_, Result<(), ObjectError>> {
        self.on_disk(move |shared| {
            if bytes.len() > OBJECT_BYTES_MAX {
                return Err(ObjectError::TooLarge);
            }
            shared.write(&name, &bytes).map_err(unavailable)
        })
    }

    fn get(&self, name: ObjectName) -> PortFuture<'_, Result<Option<Vec<u8>>, ObjectError>> {
        self.on_disk(move |shared| match fs::read(shared.file_of(&name)) {
            Ok(bytes) if is_of(&name, &bytes) => Ok(Some(bytes)),
            Ok(_) => Err(ObjectError::Altered(name)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unavailable(error)),
        })
    }

    fn delete(&self, name: ObjectName) -> PortFuture<'_, Result<(), ObjectError>> {
        self.on_disk(move |shared| {
            let file = shared.file_of(&name);
            match fs::remove_file(&file) {
                Ok(()) => sync_folder(&file).map_err(unavailable),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                Err(error) => Err(unavailable(error)),
            }
        })
    }
}

impl Shared {
    fn file_of(&self, name: &ObjectName) -> PathBuf {
        let text = name.as_str();
        self.root.join(text.get(..2).unwrap_or(text)).join(text)
    }

    fn write(&self, name: &ObjectName, bytes: &[u8]) -> io::Result<()> {
        let file = self.file_of(name);
        if fs::read(&file).is_ok_and(|present| is_of(name, &present)) {
            return Ok(());
        }
        let folder = file.parent().unwrap_or(&self.root);
        if !folder.exists() {
            fs::create_dir_all(folder)?;
            sync_folder(folder)?;
        }
        // Two processes, and two threads of one, write aside under different names.
        let turn = self.written.fetch_add(1, Ordering::Relaxed);
        let aside = folder.join(format!("{name}.{}.{turn}", std::process::id()));
        let written = write_synced(&aside, bytes).and_then(|()| fs::rename(&aside, &file));
        if let Err(error) = written {
            // What could be written of it helps nobody; that it cannot be removed either changes nothing.
            let _ = fs::remove_file(&aside);
            return Err(error);
        }
        sync_folder(&file)
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the entry of a file or folder durable in the folder around it.
fn sync_folder(entry: &Path) -> io::Result<()> {
    match entry.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

fn is_of(name: &ObjectName, bytes: &[u8]) -> bool {
    ObjectName::of_digest(&Sha256::digest(bytes).into()) == *name
}

/// What the client is told says nothing of the path.
fn unavailable(error: io::Error) -> ObjectError {
    ObjectError::Unavailable(error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::ports::check_objects_contract;

    fn named(bytes: &[u8]) -> ObjectName {
        ObjectName::of_digest(&Sha256::digest(bytes).into())
    }

    #[tokio::test]
    async fn the_folder_keeps_the_contract() {
        let place = tempfile::tempdir().unwrap();
        check_objects_contract(&FolderObjects::new(place.path().join("objects"))).await.unwrap();
    }

    #[tokio::test]
    async fn objects_outlive_the_process_and_altered_ones_are_never_answered() {
        let place = tempfile::tempdir().unwrap();
        let name = named(b"photo");
        FolderObjects::new(place.path()).put(name.clone(), b"photo".to_vec()).await.unwrap();
        let reopened = FolderObjects::new(place.path());
        assert_eq!(reopened.get(name.clone()).await, Ok(Some(b"photo".to_vec())));
        let file = reopened.shared.file_of(&name);
        fs::write(&file, b"phot0").unwrap();
        assert_eq!(reopened.get(name.clone()).await, Err(ObjectError::Altered(name.clone())));
        reopened.put(name.clone(), b"photo".to_vec()).await.unwrap();
        assert_eq!(reopened.get(name).await, Ok(Some(b"photo".to_vec())), "putting it again mends it");
        let left = fs::read_dir(file.parent().unwrap()).unwrap().count();
        assert_eq!(left, 1, "nothing stays aside");
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_written_is_said_without_its_path() {
        let place = tempfile::tempdir().unwrap();
        let blocked = place.path().join("a file");
        fs::write(&blocked, b"").unwrap();
        let error = FolderObjects::new(&blocked).put(named(b"x"), b"x".to_vec()).await.unwrap_err();
        assert!(matches!(error, ObjectError::Unavailable(_)), "{error}");
        assert!(!error.to_string().contains("a file"), "{error}");
    }
}
