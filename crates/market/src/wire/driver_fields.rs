//! What a driver agent declares of itself and its truck.

use super::{check_day, check_names, check_number, day};
use crate::rules::economics::CURRENCY;
use contracts::driver::{Condition, DriverProfile, OperatingHours, ServiceArea, Vehicle, VehicleType};
use edge::{
    Fields,
    wire::{WireMoney, WirePosition},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const CAPACITY_KG_MAX: f64 = 60_000.0;
const CAPACITY_M3_MAX: f64 = 200.0;
const RADIUS_KM_MAX: f64 = 5_000.0;
const RADIUS_KM_MIN: f64 = 1.0;
const YEAR_MIN: i32 = 1950;
const RATE_MINOR_MAX: i64 = 100_000;

/// The vehicle types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireVehicleType {
    /// A pickup or van.
    Pickup,
    /// A closed box.
    BoxTruck,
    /// An open flatbed.
    Flatbed,
    /// Temperature controlled.
    Refrigerated,
}

/// The vehicle's condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireCondition {
    /// As new.
    Excellent,
    /// Well kept.
    Good,
    /// Usable.
    Fair,
}

/// A truck.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WireVehicle {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: WireVehicleType,
    /// Payload in kg.
    #[schema(minimum = 1, maximum = 60_000, example = 12_000)]
    pub capacity_kg: f64,
    /// Space in m3.
    #[schema(minimum = 0.1, maximum = 200, example = 50)]
    pub capacity_m3: f64,
    /// Year of make, from 1950 to next year.
    #[schema(minimum = 1950, example = 2022)]
    pub year: i32,
    /// What it has, such as `lift_gate`, `adr`, `electric`.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub features: Vec<String>,
    /// `good` when absent.
    #[serde(default)]
    pub condition: Option<WireCondition>,
}

impl WireVehicle {
    /// The domain's vehicle, or notes what is wrong under `vehicle.`.
    pub(crate) fn check(&self, this_year: i32, fields: &mut Fields) -> Vehicle {
        check_number(self.capacity_kg, 1.0..=CAPACITY_KG_MAX, "vehicle.capacity_kg", fields);
        check_number(self.capacity_m3, 0.1..=CAPACITY_M3_MAX, "vehicle.capacity_m3", fields);
        let holds = (YEAR_MIN..=this_year + 1).contains(&self.year);
        fields.require(holds, "vehicle.year", "out_of_range", "must be 1950 to next year");
        check_names(&self.features, "vehicle.features", fields);
        Vehicle {
            kind: match self.kind {
                WireVehicleType::Pickup => VehicleType::Pickup,
                WireVehicleType::BoxTruck => VehicleType::BoxTruck,
                WireVehicleType::Flatbed => VehicleType::Flatbed,
                WireVehicleType::Refrigerated => VehicleType::Refrigerated,
            },
            capacity_kg: self.capacity_kg,
            capacity_m3: self.capacity_m3,
            year: self.year,
            features: self.features.clone(),
            condition: match self.condition {
                Some(WireCondition::Excellent) => Condition::Excellent,
                Some(WireCondition::Good) | None => Condition::Good,
                Some(WireCondition::Fair) => Condition::Fair,
            },
        }
    }
}

impl From<&Vehicle> for WireVehicle {
    fn from(vehicle: &Vehicle) -> Self {
        Self {
            kind: match vehicle.kind {
                VehicleType::Pickup => WireVehicleType::Pickup,
                VehicleType::BoxTruck => WireVehicleType::BoxTruck,
                VehicleType::Flatbed => WireVehicleType::Flatbed,
                VehicleType::Refrigerated => WireVehicleType::Refrigerated,
            },
            capacity_kg: vehicle.capacity_kg,
            capacity_m3: vehicle.capacity_m3,
            year: vehicle.year,
            features: vehicle.features.clone(),
            condition: Some(match vehicle.condition {
                Condition::Excellent => WireCondition::Excellent,
                Condition::Good => WireCondition::Good,
                Condition::Fair => WireCondition::Fair,
            }),
        }
    }
}

/// A circle that holds both ends of every trip.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WireArea {
    /// The middle.
    pub centre: WirePosition,
    /// Radius in km.
    #[schema(minimum = 1, maximum = 5_000)]
    pub radius_km: f64,
}

impl WireArea {
    /// The domain's area, or notes what is wrong under `area.`.
    pub(crate) fn check(self, fields: &mut Fields) -> Option<ServiceArea> {
        check_number(self.radius_km, RADIUS_KM_MIN..=RADIUS_KM_MAX, "area.radius_km", fields);
        let centre = self.centre.check("area.centre", fields)?;
        Some(ServiceArea { centre, radius_km: self.radius_km })
    }
}

/// Hours of the day in UTC; `from` may be after `to` (over midnight).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WireHours {
    /// From this time on.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "06:00")]
    pub from: String,
    /// Until before this time; `24:00` is the end of the day.
    #[schema(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", example = "20:00")]
    pub to: String,
}

impl WireHours {
    /// The domain's hours, or notes what is wrong under `operating_hours.`.
    pub(crate) fn check(&self, fields: &mut Fields) -> Option<OperatingHours> {
        let detail = "expected a time such as 06:00";
        let from = minute_of(&self.from).filter(|minute| *minute < 1440).ok_or(detail);
        let from_minute = fields.take("operating_hours.from", "invalid_time", from);
        let to_minute = fields.take("operating_hours.to", "invalid_time", minute_of(&self.to).ok_or(detail));
        Some(OperatingHours { from_minute: from_minute?, to_minute: to_minute? })
    }
}

/// The minute of the day of `hh:mm`, 0 to 1440.
fn minute_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits =
        |part: &str| (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok());
    let (hours, minutes): (u16, u16) = (two_digits(hours)??, two_digits(minutes)??);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= 1440).then_some(minute)
}

impl From<OperatingHours> for WireHours {
    fn from(hours: OperatingHours) -> Self {
        let text = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        Self { from: text(hours.from_minute), to: text(hours.to_minute) }
    }
}

/// Reads a field that may be absent (stays), null (cleared) or given.
pub(crate) fn absent_or_null<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// What a driver declares; in a change, what is absent stays and null clears.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Declared<'a> {
    pub vehicle: Option<&'a WireVehicle>,
    pub base: Option<WirePosition>,
    pub service_radius_km: Option<f64>,
    pub area: Option<Option<WireArea>>,
    pub operating_hours: Option<Option<&'a WireHours>>,
    pub specializations: Option<&'a [String]>,
    pub rate_per_km: Option<Option<&'a WireMoney>>,
    pub licence_valid_until: Option<&'a str>,
    pub insurance_valid_until: Option<&'a str>,
    pub auto_bid: Option<bool>,
}

impl Declared<'_> {
    /// A whole declaration; what is required and absent is noted.
    pub(crate) fn whole(&self, this_year: i32, fields: &mut Fields) -> Option<DriverProfile> {
        let missing = [
            (self.vehicle.is_none(), "vehicle"),
            (self.base.is_none(), "base"),
            (self.service_radius_km.is_none(), "service_radius_km"),
            (self.licence_valid_until.is_none(), "licence_valid_until"),
            (self.insurance_valid_until.is_none(), "insurance_valid_until"),
        ];
        for (_, field) in missing.into_iter().filter(|(missing, _)| *missing) {
            fields.refuse(field, "missing", "this field is required");
        }
        let vehicle = self.vehicle.map(|vehicle| vehicle.check(this_year, fields));
        let base = self.base.and_then(|base| base.check("base", fields));
        let licence =
            self.licence_valid_until.and_then(|text| check_day(text, "licence_valid_until", fields));
        let insurance =
            self.insurance_valid_until.and_then(|text| check_day(text, "insurance_valid_until", fields));
        let mut profile = DriverProfile {
            vehicle: vehicle?,
            base: base?,
            service_radius_km: self.service_radius_km?,
            area: None,
            hours: None,
            specializations: Vec::new(),
            rate_per_km: None,
            licence_valid_until: licence?,
            insurance_valid_until: insurance?,
            auto_bid: false,
        };
        self.optional(&mut profile, fields);
        Some(profile)
    }

    /// The present declaration with the changes.
    pub(crate) fn applied_to(
        &self,
        present: &DriverProfile,
        this_year: i32,
        fields: &mut Fields,
    ) -> DriverProfile {
        let mut profile = present.clone();
        if let Some(vehicle) = self.vehicle {
            profile.vehicle = vehicle.check(this_year, fields);
        }
        if let Some(base) = self.base.and_then(|base| base.check("base", fields)) {
            profile.base = base;
        }
        if let Some(until) =
            self.licence_valid_until.and_then(|text| check_day(text, "licence_valid_until", fields))
        {
            profile.licence_valid_until = until;
        }
        let insurance = self.insurance_valid_until;
        if let Some(until) = insurance.and_then(|text| check_day(text, "insurance_valid_until", fields)) {
            profile.insurance_valid_until = until;
        }
        self.optional(&mut profile, fields);
        profile
    }

    fn optional(&self, profile: &mut DriverProfile, fields: &mut Fields) {
        if let Some(radius_km) = self.service_radius_km {
            check_number(radius_km, RADIUS_KM_MIN..=RADIUS_KM_MAX, "service_radius_km", fields);
            profile.service_radius_km = radius_km;
        }
        if let Some(area) = self.area {
            profile.area = area.and_then(|area| area.check(fields));
        }
        if let Some(hours) = self.operating_hours {
            profile.hours = hours.and_then(|hours| hours.check(fields));
        }
        if let Some(kinds) = self.specializations {
            check_names(kinds, "specializations", fields);
            profile.specializations = kinds.to_vec();
        }
        if let Some(rate) = self.rate_per_km {
            profile.rate_per_km = rate.and_then(|rate| check_rate(rate, fields));
        }
        if let Some(auto_bid) = self.auto_bid {
            profile.auto_bid = auto_bid;
        }
    }
}

fn check_rate(wire: &WireMoney, fields: &mut Fields) -> Option<kernel::Money> {
    let rate = wire.check("rate_per_km", fields)?;
    let same = rate.currency == CURRENCY;
    fields.require(same, "rate_per_km.currency", "currency_mismatch", format!("rates are in {CURRENCY}"));
    let holds = (1..=RATE_MINOR_MAX).contains(&rate.minor);
    fields.require(holds, "rate_per_km.amount", "out_of_range", "must be 0.01 to 1000");
    Some(rate)
}

/// A driver's declaration as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ShownDeclaration {
    /// The truck.
    pub vehicle: WireVehicle,
    /// Where it starts and returns to.
    pub base: WirePosition,
    /// How far from its live position, else its base, a pickup may be.
    pub service_radius_km: f64,
    /// The declared area, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<WireArea>,
    /// When it works; always when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operating_hours: Option<WireHours>,
    /// Cargo kinds it is specialised in.
    pub specializations: Vec<String>,
    /// What it asks a km.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_per_km: Option<WireMoney>,
    /// The licence's last day.
    #[schema(format = Date)]
    pub licence_valid_until: String,
    /// The insurance's last day.
    #[schema(format = Date)]
    pub insurance_valid_until: String,
    /// Whether the agent bids by itself.
    pub auto_bid: bool,
}

impl From<&DriverProfile> for ShownDeclaration {
    fn from(profile: &DriverProfile) -> Self {
        let area = |area: ServiceArea| WireArea { centre: area.centre.into(), radius_km: area.radius_km };
        Self {
            vehicle: (&profile.vehicle).into(),
            base: profile.base.into(),
            service_radius_km: profile.service_radius_km,
            area: profile.area.map(area),
            operating_hours: profile.hours.map(Into::into),
            specializations: profile.specializations.clone(),
            rate_per_km: profile.rate_per_km.map(Into::into),
            licence_valid_until: day(profile.licence_valid_until),
            insurance_valid_until: day(profile.insurance_valid_until),
            auto_bid: profile.auto_bid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_and_written() {
        let mut fields = Fields::new();
        let hours = WireHours { from: "22:30".to_owned(), to: "24:00".to_owned() };
        let read = hours.check(&mut fields).unwrap();
        assert_eq!((read.from_minute, read.to_minute), (1350, 1440));
        assert_eq!(WireHours::from(read), hours);
        for text in ["24:01", "6:00", "06:60", "+6:00", "0600", "", "aa:bb"] {
            assert_eq!(minute_of(text), None, "{text}");
        }
        let late = WireHours { from: "24:00".to_owned(), to: "06:00".to_owned() };
        assert_eq!(late.check(&mut fields), None, "a day's end is no beginning");
    }
}
