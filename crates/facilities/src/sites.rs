//! Which facility stands where: an index in memory, so that a booking finds the docks at both of its ends.

use crate::views::facilities;
use contracts::profile::FacilityEvent;
use kernel::{FacilityId, Position, TenantId};
use parking_lot::RwLock;
use runtime::{Observer, Recorded};
use std::collections::HashMap;
use store::{Store, StoreError};

/// A stop so near to a facility is at the facility: large sites are half a kilometre long.
const NEAR_KM: f64 = 0.5;
/// Cells of a hundredth of a degree: at least 0.5 km wide up to 60 degrees of latitude.
const CELLS_PER_DEGREE: f64 = 100.0;

type Cell = (i32, i32);

#[derive(Debug, Default)]
struct Index {
    known: HashMap<FacilityId, (TenantId, Position)>,
    cells: HashMap<Cell, Vec<FacilityId>>,
}

/// All facilities by their place.
#[derive(Debug, Default)]
pub struct Sites(RwLock<Index>);

fn cell_of(position: Position) -> Cell {
    let number = |degrees: f64| (degrees * CELLS_PER_DEGREE).floor() as i32;
    (number(position.latitude), number(position.longitude))
}

impl Sites {
    /// A facility is there, or moved there.
    pub fn put(&self, facility: FacilityId, tenant: TenantId, position: Position) {
        let mut index = self.0.write();
        if let Some((_, before)) = index.known.insert(facility, (tenant, position))
            && let Some(cell) = index.cells.get_mut(&cell_of(before))
        {
            cell.retain(|known| *known != facility);
        }
        index.cells.entry(cell_of(position)).or_default().push(facility);
    }

    /// Takes in all facilities that there are. Once, after the runtime has started; what is committed meanwhile is not
    /// lost.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn warm(&self, store: &Store) -> Result<(), StoreError> {
        for (facility, tenant, position) in facilities::places(store).await? {
            if !self.0.read().known.contains_key(&facility) {
                self.put(facility, tenant, position);
            }
        }
        Ok(())
    }

    /// The nearest facility of a tenant within 500 m.
    #[must_use]
    pub fn at(&self, tenant: TenantId, position: Position) -> Option<FacilityId> {
        let index = self.0.read();
        let (row, column) = cell_of(position);
        let around =
            (row - 1..=row + 1).flat_map(|row| (column - 1..=column + 1).map(move |column| (row, column)));
        let near = around.filter_map(|cell| index.cells.get(&cell)).flatten().filter_map(|facility| {
            let (owner, place) = index.known.get(facility)?;
            let km = place.distance_km(position);
            (*owner == tenant && km <= NEAR_KM).then_some((km, *facility))
        });
        near.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map(|(_, facility)| facility)
    }
}

impl Observer for Sites {
    fn committed(&self, event: &Recorded) {
        if let (Some(FacilityEvent::Written(written)), Some(facility)) = (event.of(), event.id()) {
            self.put(facility, written.tenant, written.position);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId, Uuid};

    #[test]
    fn the_nearest_of_the_tenant_within_half_a_kilometre_is_found() {
        let facility = |number| FacilityId::from_uuid(Uuid::from_u128(number));
        let tenant = |number| TenantId::from_uuid(Uuid::from_u128(number));
        let place = |latitude, longitude| Position { latitude, longitude };
        let sites = Sites::default();
        sites.put(facility(1), tenant(1), place(45.4999, 9.1999));
        sites.put(facility(2), tenant(1), place(45.5020, 9.2000));
        sites.put(facility(3), tenant(2), place(45.5001, 9.2001));
        assert_eq!(
            sites.at(tenant(1), place(45.5001, 9.2001)),
            Some(facility(1)),
            "across the cells' corner"
        );
        assert_eq!(sites.at(tenant(2), place(45.5001, 9.2001)), Some(facility(3)));
        assert_eq!(sites.at(tenant(1), place(45.51, 9.2)), None);
        sites.put(facility(1), tenant(1), place(41.9, 12.5));
        assert_eq!(sites.at(tenant(1), place(45.5001, 9.2001)), Some(facility(2)));
        assert_eq!(sites.at(tenant(1), place(41.9, 12.5)), Some(facility(1)));
    }
}
