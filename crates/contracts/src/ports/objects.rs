//! The objects port: bytes under the name that follows from them; a light fake; the contract of every adapter.

use super::{ContractBroken, PortFuture};
use std::{
    collections::HashMap,
    fmt,
    str::FromStr,
    sync::{Mutex, PoisonError},
};

/// The longest object in bytes; longer ones are refused before they are written.
pub const OBJECT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// An object's name: SHA-256 of its bytes, in hex. It can be a file's name anywhere.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ObjectName(String);

/// A text that is not an object's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 lower-case hexadecimal digits")]
pub struct InvalidObjectName;

impl ObjectName {
    /// The name of some bytes, from their SHA-256.
    #[must_use]
    pub fn of_digest(digest: &[u8; 32]) -> Self {
        Self(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ObjectName {
    type Err = InvalidObjectName;

    fn from_str(text: &str) -> Result<Self, InvalidObjectName> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let holds = text.len() == 64 && text.bytes().all(hex);
        holds.then(|| Self(text.to_owned())).ok_or(InvalidObjectName)
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An object could not be kept or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// It is longer than [`OBJECT_BYTES_MAX`].
    #[error("an object has at most {OBJECT_BYTES_MAX} bytes")]
    TooLarge,
    /// What is there are not the bytes that the name stands for.
    #[error("object {0} was altered")]
    Altered(ObjectName),
    /// The place of the objects cannot be used now; nothing was acknowledged.
    #[error("the objects are unavailable: {0}")]
    Unavailable(String),
}

/// Keeps objects.
pub trait ObjectStore: Send + Sync {
    /// Keeps bytes under the name that the caller worked out from them; durable when it answers. The same bytes again
    /// change nothing.
    fn put(&self, name: ObjectName, bytes: Vec<u8>) -> PortFuture<'_, Result<(), ObjectError>>;
    /// The bytes of a name; `None` when there are none. Altered bytes are an error, never an answer.
    fn get(&self, name: ObjectName) -> PortFuture<'_, Result<Option<Vec<u8>>, ObjectError>>;
    /// Deletes an object; that there is none is no error.
    fn delete(&self, name: ObjectName) -> PortFuture<'_, Result<(), ObjectError>>;
}

/// Objects in memory: for tests and for a server that keeps nothing.
#[derive(Debug, Default)]
pub struct MemoryObjects {
    kept: Mutex<HashMap<ObjectName, Vec<u8>>>,
}

impl MemoryObjects {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl ObjectStore for MemoryObjects {
    fn put(&self, name: ObjectName, bytes: Vec<u8>) -> PortFuture<'_, Result<(), ObjectError>> {
        Box::pin(async move {
            if bytes.len() > OBJECT_BYTES_MAX {
                return Err(ObjectError::TooLarge);
            }
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(name, bytes);
            Ok(())
        })
    }

    fn get(&self, name: ObjectName) -> PortFuture<'_, Result<Option<Vec<u8>>, ObjectError>> {
        Box::pin(
            async move { Ok(self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned()) },
        )
    }

    fn delete(&self, name: ObjectName) -> PortFuture<'_, Result<(), ObjectError>> {
        Box::pin(async move {
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
            Ok(())
        })
    }
}

/// SHA-256 of `auto-broker`, for the contract: this crate hashes nothing itself.
const SAMPLE: (&str, &[u8]) =
    ("904aff0a228dfb36a0f32a1594c52889a57b2bf169fff4ce6d3e3978ee074b66", b"auto-broker");

/// The contract of [`ObjectStore`], for the tests of every adapter: what was put is got byte for byte, putting it again
/// changes nothing, what was deleted is gone, deleting it again is no error, and what is too long is refused.
///
/// # Errors
/// [`ContractBroken`] names the first promise that does not hold.
pub async fn check_objects_contract(objects: &dyn ObjectStore) -> Result<(), ContractBroken> {
    let (name, bytes) = SAMPLE;
    let name: ObjectName = name.parse().map_err(|error| broken("the sample has a name", &error))?;
    same("nothing is there at first", &objects.get(name.clone()).await, &Ok(None))?;
    same("an object is kept", &objects.put(name.clone(), bytes.to_vec()).await, &Ok(()))?;
    same("what was put is got", &objects.get(name.clone()).await, &Ok(Some(bytes.to_vec())))?;
    same("the same again changes nothing", &objects.put(name.clone(), bytes.to_vec()).await, &Ok(()))?;
    same("it is still there", &objects.get(name.clone()).await, &Ok(Some(bytes.to_vec())))?;
    same("it is deleted", &objects.delete(name.clone()).await, &Ok(()))?;
    same("what was deleted is gone", &objects.get(name.clone()).await, &Ok(None))?;
    same("deleting it again is no error", &objects.delete(name.clone()).await, &Ok(()))?;
    let long = vec![0; OBJECT_BYTES_MAX + 1];
    same("what is too long is refused", &objects.put(name.clone(), long).await, &Err(ObjectError::TooLarge))?;
    same("and leaves nothing", &objects.get(name).await, &Ok(None))
}

fn same<T: PartialEq + fmt::Debug>(
    promise: &'static str,
    answer: &T,
    expected: &T,
) -> Result<(), ContractBroken> {
    if answer == expected { Ok(()) } else { Err(broken(promise, &format!("{answer:?}"))) }
}

fn broken(promise: &'static str, answer: &dyn fmt::Display) -> ContractBroken {
    ContractBroken { promise, answer: answer.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fake_keeps_the_contract() {
        let objects = MemoryObjects::new();
        futures_util::FutureExt::now_or_never(check_objects_contract(&objects)).unwrap().unwrap();
        assert_eq!(objects.count(), 0);
    }

    #[test]
    fn a_name_is_no_path() {
        for bad in ["", "..", "../../etc/passwd", &"A".repeat(64), &"a".repeat(63), &"é".repeat(32)] {
            assert_eq!(bad.parse::<ObjectName>(), Err(InvalidObjectName), "{bad}");
        }
    }
}
