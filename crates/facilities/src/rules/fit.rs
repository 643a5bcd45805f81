//! Which truck fits which dock.

use contracts::facility::{DockSpec, DockWork, TruckShape};

/// Why a truck cannot use a dock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// The dock is out of use.
    Retired,
    /// The dock does other work.
    Work,
    /// The truck's class is too large.
    Class,
    /// It is too long.
    Length,
    /// It is too high.
    Height,
    /// The dock lacks something that the truck needs.
    Equipment,
}

/// Whether the truck fits.
///
/// # Errors
/// The first [`Misfit`].
pub fn fits(dock: &DockSpec, truck: &TruckShape, work: DockWork) -> Result<(), Misfit> {
    let lacks = truck.needs.iter().any(|need| !dock.equipment.contains(need));
    let tests = [
        (dock.retired, Misfit::Retired),
        (!dock.works.contains(&work), Misfit::Work),
        (truck.class > dock.max_vehicle, Misfit::Class),
        (truck.length_cm > dock.max_length_cm, Misfit::Length),
        (truck.height_cm > dock.max_height_cm, Misfit::Height),
        (lacks, Misfit::Equipment),
    ];
    tests.into_iter().find(|(wrong, _)| *wrong).map_or(Ok(()), |(_, misfit)| Err(misfit))
}

/// How much of a dock would be wasted on a truck: docks that can do more are kept for those that need them. Smaller is
/// better.
#[must_use]
pub fn waste(dock: &DockSpec, truck: &TruckShape) -> (u8, usize, u32) {
    let classes = (dock.max_vehicle as u8).saturating_sub(truck.class as u8);
    let idle = dock.equipment.iter().filter(|has| !truck.needs.contains(has)).count();
    (classes, idle, dock.max_length_cm.saturating_sub(truck.length_cm))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::facility::{Equipment, VehicleClass};

    fn dock() -> DockSpec {
        DockSpec {
            name: "1".into(),
            max_vehicle: VehicleClass::SemiTruck,
            max_length_cm: 1650,
            max_height_cm: 400,
            equipment: vec![Equipment::Cooled],
            works: vec![DockWork::Unloading],
            retired: false,
        }
    }

    fn truck() -> TruckShape {
        let needs = vec![Equipment::Cooled];
        TruckShape { class: VehicleClass::SemiTruck, length_cm: 1650, height_cm: 400, needs }
    }

    #[test]
    fn each_limit_counts_and_the_limit_itself_fits() {
        assert_eq!(fits(&dock(), &truck(), DockWork::Unloading), Ok(()));
        assert_eq!(fits(&dock(), &truck(), DockWork::Loading), Err(Misfit::Work));
        let long = TruckShape { length_cm: 1651, ..truck() };
        assert_eq!(fits(&dock(), &long, DockWork::Unloading), Err(Misfit::Length));
        let high = TruckShape { height_cm: 401, ..truck() };
        assert_eq!(fits(&dock(), &high, DockWork::Unloading), Err(Misfit::Height));
        let container = TruckShape { class: VehicleClass::Container, ..truck() };
        assert_eq!(fits(&dock(), &container, DockWork::Unloading), Err(Misfit::Class));
        let lifted = TruckShape { needs: vec![Equipment::LiftGate], ..truck() };
        assert_eq!(fits(&dock(), &lifted, DockWork::Unloading), Err(Misfit::Equipment));
        let retired = DockSpec { retired: true, ..dock() };
        assert_eq!(fits(&retired, &truck(), DockWork::Unloading), Err(Misfit::Retired));
    }

    #[test]
    fn a_dock_that_can_do_more_is_a_waste() {
        let van = TruckShape { class: VehicleClass::Van, length_cm: 600, height_cm: 250, needs: Vec::new() };
        let small = DockSpec { max_vehicle: VehicleClass::Van, equipment: Vec::new(), ..dock() };
        assert!(waste(&small, &van) < waste(&dock(), &van));
    }
}
