//! Vehicles and what they want: the profiles that routes are made for.

use crate::road::Kind;

/// What a route minimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Objective {
    /// Length.
    Shortest,
    /// Time.
    Fastest,
    /// Fuel, toll and the driver's time.
    Cheapest,
}

impl Objective {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Shortest, Self::Fastest, Self::Cheapest];

    /// As on the command line and in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shortest => "shortest",
            Self::Fastest => "fastest",
            Self::Cheapest => "cheapest",
        }
    }
}

/// A vehicle: its measures, its speeds and what it costs.
///
/// The costs are round figures for Europe in 2025, without VAT, in ten-thousandths of a euro; they decide between ways,
/// they do not price a shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Vehicle {
    /// As on the command line and in the API.
    pub name: &'static str,
    /// Which rules of access apply.
    pub kind: Kind,
    /// Height in cm.
    pub height_cm: u16,
    /// Width in cm.
    pub width_cm: u16,
    /// Length in cm.
    pub length_cm: u16,
    /// Actual weight in units of 10 kg.
    pub weight_10kg: u16,
    /// The heaviest axle in units of 10 kg.
    pub axle_10kg: u16,
    /// Carries dangerous goods.
    pub hazmat: bool,
    /// What the vehicle can do, km/h.
    pub top_kmh: u8,
    /// Fuel and wear in 1e-4 EUR a km.
    pub distance_e4_per_km: u32,
    /// Driver and vehicle in 1e-4 EUR an hour.
    pub time_e4_per_h: u32,
    /// Toll in 1e-4 EUR a km of toll road.
    pub toll_e4_per_km: u32,
}

impl Vehicle {
    /// A car.
    pub const CAR: Self = Self {
        name: "car",
        kind: Kind::Car,
        height_cm: 150,
        width_cm: 180,
        length_cm: 450,
        weight_10kg: 150,
        axle_10kg: 80,
        hazmat: false,
        top_kmh: 130,
        distance_e4_per_km: 1_100,
        time_e4_per_h: 150_000,
        toll_e4_per_km: 800,
    };
    /// A van of 3.5 t.
    pub const VAN: Self = Self {
        name: "van",
        kind: Kind::Van,
        height_cm: 260,
        width_cm: 205,
        length_cm: 600,
        weight_10kg: 350,
        axle_10kg: 210,
        hazmat: false,
        top_kmh: 120,
        distance_e4_per_km: 1_700,
        time_e4_per_h: 250_000,
        toll_e4_per_km: 900,
    };
    /// A rigid truck of 12 t.
    pub const TRUCK_12T: Self = Self {
        name: "truck12",
        kind: Kind::Truck,
        height_cm: 360,
        width_cm: 250,
        length_cm: 900,
        weight_10kg: 1_200,
        axle_10kg: 800,
        hazmat: false,
        top_kmh: 89,
        distance_e4_per_km: 3_600,
        time_e4_per_h: 300_000,
        toll_e4_per_km: 1_500,
    };
    /// A tractor and semitrailer of 40 t.
    pub const TRUCK_40T: Self = Self {
        name: "truck40",
        kind: Kind::Truck,
        height_cm: 400,
        width_cm: 255,
        length_cm: 1_650,
        weight_10kg: 4_000,
        axle_10kg: 1_150,
        hazmat: false,
        top_kmh: 89,
        distance_e4_per_km: 5_500,
        time_e4_per_h: 330_000,
        toll_e4_per_km: 2_300,
    };
    /// The profiles to start with.
    pub const ALL: [Self; 4] = [Self::CAR, Self::VAN, Self::TRUCK_12T, Self::TRUCK_40T];

    /// The profile of that name; `truck` is the 40 t one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = if name == "truck" { Self::TRUCK_40T.name } else { name };
        Self::ALL.into_iter().find(|vehicle| vehicle.name == name)
    }
}
