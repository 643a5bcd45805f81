//! Which devices may report: the view `devices`, remembered for a while.

use super::Rejected;
use crate::views::{DeviceRow, find};
use devices::Protocol;
use kernel::DeviceId;
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};
use std::{sync::Arc, time::Duration};
use store::Store;
use subtle::ConstantTimeEq as _;

/// One identifier reports for one driver.
pub(crate) const DEVICE_CLAIM: &str = "device";
/// Devices that are remembered, unknown ones included: who guesses identifiers does not ask the store each time.
const REMEMBERED_MAX: u64 = 200_000;
/// A device that another process bound or unbound is noticed after this.
const REMEMBERED_FOR: Duration = Duration::from_secs(30);

/// The devices that may report; clones share what is remembered.
#[derive(Clone)]
pub struct Registry {
    store: Store,
    known: Cache<(Protocol, String), Option<Arc<DeviceRow>>>,
}

impl Registry {
    /// Over the store with the view.
    #[must_use]
    pub fn new(store: Store) -> Self {
        let known = Cache::builder().max_capacity(REMEMBERED_MAX).time_to_live(REMEMBERED_FOR).build();
        Self { store, known }
    }

    /// Forgets everything, because a device was bound or unbound here.
    pub(crate) fn forget(&self) {
        self.known.invalidate_all();
    }

    pub(crate) async fn find(
        &self,
        protocol: Protocol,
        identifier: &str,
    ) -> Result<Option<Arc<DeviceRow>>, Rejected> {
        let key = (protocol, identifier.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Ok(known);
        }
        let found = find(&self.store, protocol.name(), identifier).await?.map(Arc::new);
        self.known.insert(key, found.clone());
        Ok(found)
    }

    /// The device as it is bound now; noticed at once where that was changed here. Whoever it reports for may be another,
    /// and then it may need a secret that it has not said.
    pub(crate) async fn still_bound(&self, device: &DeviceRow) -> Result<Arc<DeviceRow>, Rejected> {
        let protocol = Protocol::from_name(&device.protocol).ok_or(Rejected::Unknown)?;
        let now = self.find(protocol, &device.identifier).await?.ok_or(Rejected::Unknown)?;
        if now.id == device.id || now.secret_hash.is_none() { Ok(now) } else { Err(Rejected::Secret) }
    }
}

/// What the claim of an identifier is about.
pub(crate) fn claim_key(protocol: &str, identifier: &str) -> String {
    format!("{protocol}:{identifier}")
}

/// The hash that is kept instead of a secret.
pub(crate) fn secret_hash(device: DeviceId, secret: &str) -> String {
    let digest = Sha256::new().chain_update(device.to_string()).chain_update(secret).finalize();
    devices::hex::encode(&digest)
}

/// A device without a secret needs none.
pub(crate) fn secret_fits(device: &DeviceRow, secret: Option<&str>) -> bool {
    let Some(expected) = &device.secret_hash else { return true };
    secret.is_some_and(|secret| secret_hash(device.id, secret).as_bytes().ct_eq(expected.as_bytes()).into())
}
