//! A facility's profile makes its yard, and keeps it informed.

use crate::agents::{Yard, YardCommand};
use contracts::{facility::yard_of, profile::FacilityEvent};
use kernel::FacilityId;
use runtime::{Act, Reactor, Recorded, World};
use store::StoreError;

/// Answers `facility.profile_written` with [`YardCommand::Know`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Establishing;

impl Reactor for Establishing {
    fn name(&self) -> &'static str {
        "establishing"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["facility.profile_written"]
    }

    fn react(&self, event: &Recorded, _world: &mut World<'_>) -> Result<Vec<Act>, StoreError> {
        let (Some(FacilityEvent::Written(written)), Some(facility)) = (event.of(), event.id::<FacilityId>())
        else {
            return Ok(Vec::new());
        };
        let know = YardCommand::Know(Box::new(written.clone()));
        Ok(vec![Act::command::<Yard>(yard_of(facility), know)])
    }
}
