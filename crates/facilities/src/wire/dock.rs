//! Docks and the vehicles that they take.

use contracts::facility::{DockSpec, DockWork, Equipment, TruckShape, VehicleClass};
use edge::Fields;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How large a vehicle is, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WireVehicleClass {
    /// A van or pickup.
    Van,
    /// A rigid truck with a box.
    BoxTruck,
    /// A tractor with a semi-trailer.
    SemiTruck,
    /// A container on its chassis.
    Container,
}

impl From<WireVehicleClass> for VehicleClass {
    fn from(class: WireVehicleClass) -> Self {
        match class {
            WireVehicleClass::Van => Self::Van,
            WireVehicleClass::BoxTruck => Self::BoxTruck,
            WireVehicleClass::SemiTruck => Self::SemiTruck,
            WireVehicleClass::Container => Self::Container,
        }
    }
}

impl From<VehicleClass> for WireVehicleClass {
    fn from(class: VehicleClass) -> Self {
        match class {
            VehicleClass::Van => Self::Van,
            VehicleClass::BoxTruck => Self::BoxTruck,
            VehicleClass::SemiTruck => Self::SemiTruck,
            VehicleClass::Container => Self::Container,
        }
    }
}

/// What a dock may have and a truck or its cargo may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WireEquipment {
    /// Lifts to the height of the bed.
    LiftGate,
    /// Kept at 2 to 8 degrees.
    Cooled,
    /// Kept below -18 degrees.
    Frozen,
    /// Forklifts with their drivers.
    Forklift,
    /// A crane.
    Crane,
    /// Dangerous goods may be handled.
    Hazmat,
}

impl From<WireEquipment> for Equipment {
    fn from(equipment: WireEquipment) -> Self {
        match equipment {
            WireEquipment::LiftGate => Self::LiftGate,
            WireEquipment::Cooled => Self::Cooled,
            WireEquipment::Frozen => Self::Frozen,
            WireEquipment::Forklift => Self::Forklift,
            WireEquipment::Crane => Self::Crane,
            WireEquipment::Hazmat => Self::Hazmat,
        }
    }
}

impl From<Equipment> for WireEquipment {
    fn from(equipment: Equipment) -> Self {
        match equipment {
            Equipment::LiftGate => Self::LiftGate,
            Equipment::Cooled => Self::Cooled,
            Equipment::Frozen => Self::Frozen,
            Equipment::Forklift => Self::Forklift,
            Equipment::Crane => Self::Crane,
            Equipment::Hazmat => Self::Hazmat,
        }
    }
}

/// Pieces of equipment named at once.
const EQUIPMENT_MAX: usize = 6;

fn check_equipment(wire: &[WireEquipment], field: &str, fields: &mut Fields) -> Vec<Equipment> {
    fields.require(wire.len() <= EQUIPMENT_MAX, field, "too_many", "at most 6");
    let mut equipment: Vec<Equipment> = wire.iter().map(|known| (*known).into()).collect();
    equipment.sort_unstable();
    equipment.dedup();
    equipment
}

/// A truck as docks see it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireVehicle {
    /// Its class.
    class: WireVehicleClass,
    /// Its length in cm; the usual one of its class when absent.
    #[schema(minimum = 200, maximum = 3000, nullable = false)]
    length_cm: Option<u32>,
    /// Its height in cm; the usual one of its class when absent.
    #[schema(minimum = 100, maximum = 600, nullable = false)]
    height_cm: Option<u32>,
    /// What it or its cargo needs of the dock.
    #[serde(default)]
    #[schema(max_items = 6)]
    needs: Vec<WireEquipment>,
}

impl WireVehicle {
    /// The domain's truck, with every wrong field noted.
    pub(crate) fn check(&self, fields: &mut Fields) -> TruckShape {
        let class = self.class.into();
        let (length_cm, height_cm) = usual_size(class);
        let length_cm = self.length_cm.unwrap_or(length_cm);
        let height_cm = self.height_cm.unwrap_or(height_cm);
        fields.require(
            (200..=3000).contains(&length_cm),
            "vehicle.length_cm",
            "out_of_range",
            "must be 200 to 3000",
        );
        fields.require(
            (100..=600).contains(&height_cm),
            "vehicle.height_cm",
            "out_of_range",
            "must be 100 to 600",
        );
        TruckShape {
            class,
            length_cm,
            height_cm,
            needs: check_equipment(&self.needs, "vehicle.needs", fields),
        }
    }

    /// A truck of which only the class is known.
    pub(crate) const fn usual(class: WireVehicleClass) -> Self {
        Self { class, length_cm: None, height_cm: None, needs: Vec::new() }
    }
}

/// Length and height in cm that vehicles of a class usually have, the largest of the usual.
const fn usual_size(class: VehicleClass) -> (u32, u32) {
    match class {
        VehicleClass::Van => (700, 300),
        VehicleClass::BoxTruck => (1200, 400),
        VehicleClass::SemiTruck | VehicleClass::Container => (1650, 400),
    }
}

/// What is done at a dock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WireDockWork {
    /// Goods go onto trucks.
    Loading,
    /// Goods come off trucks.
    Unloading,
}

/// A dock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireDock {
    /// What it is called on the ground; a dock of this name is changed, else one is added.
    #[schema(
        min_length = 1,
        max_length = 20,
        pattern = "^[A-Za-z0-9][A-Za-z0-9 ._-]{0,19}$",
        example = "A-12"
    )]
    name: String,
    /// The largest class that it takes.
    max_vehicle: WireVehicleClass,
    /// The longest vehicle in cm.
    #[schema(minimum = 200, maximum = 3000)]
    max_length_cm: u32,
    /// The highest vehicle in cm.
    #[schema(minimum = 100, maximum = 600)]
    max_height_cm: u32,
    /// What it has.
    #[serde(default)]
    #[schema(max_items = 6)]
    equipment: Vec<WireEquipment>,
    /// What may be done there.
    #[schema(min_items = 1, max_items = 2)]
    works: Vec<WireDockWork>,
    /// Out of use for good: its appointments are moved.
    #[serde(default)]
    retired: bool,
}

/// Whether a text may be a dock's name.
pub(crate) fn is_dock_name(name: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-');
    name.len() <= 20 && name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(known)
}

impl WireDock {
    /// The domain's dock, with every wrong field noted.
    pub(crate) fn check(&self, fields: &mut Fields) -> DockSpec {
        let name = is_dock_name(&self.name);
        fields.require(name, "name", "invalid_name", "1 to 20 letters, digits, spaces, dots, dashes");
        let length = (200..=3000).contains(&self.max_length_cm);
        fields.require(length, "max_length_cm", "out_of_range", "must be 200 to 3000");
        let height = (100..=600).contains(&self.max_height_cm);
        fields.require(height, "max_height_cm", "out_of_range", "must be 100 to 600");
        let some = (1..=2).contains(&self.works.len());
        fields.require(some, "works", "invalid_length", "must be loading, unloading or both");
        let mut works: Vec<DockWork> = self.works.iter().map(|work| (*work).into()).collect();
        works.sort_unstable();
        works.dedup();
        DockSpec {
            name: self.name.as_str().into(),
            max_vehicle: self.max_vehicle.into(),
            max_length_cm: self.max_length_cm,
            max_height_cm: self.max_height_cm,
            equipment: check_equipment(&self.equipment, "equipment", fields),
            works,
            retired: self.retired,
        }
    }
}

impl From<WireDockWork> for DockWork {
    fn from(work: WireDockWork) -> Self {
        match work {
            WireDockWork::Loading => Self::Loading,
            WireDockWork::Unloading => Self::Unloading,
        }
    }
}

impl From<&DockSpec> for WireDock {
    fn from(spec: &DockSpec) -> Self {
        let works = spec.works.iter().map(|work| match work {
            DockWork::Loading => WireDockWork::Loading,
            DockWork::Unloading => WireDockWork::Unloading,
        });
        Self {
            name: spec.name.to_string(),
            max_vehicle: spec.max_vehicle.into(),
            max_length_cm: spec.max_length_cm,
            max_height_cm: spec.max_height_cm,
            equipment: spec.equipment.iter().map(|known| (*known).into()).collect(),
            works: works.collect(),
            retired: spec.retired,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        for good in ["1", "A-12", "Gate 3.b"] {
            assert!(is_dock_name(good), "{good}");
        }
        for bad in ["", " 1", "-", "a\nb", "<b>", "123456789012345678901", "dock\u{200b}"] {
            assert!(!is_dock_name(bad), "{bad:?}");
        }
    }
}
