//! Agents as they are created, changed and shown.

use super::{
    check_day, check_number, check_organisations, check_text, day,
    driver_fields::{Declared, ShownDeclaration, WireArea, WireHours, WireVehicle, absent_or_null},
};
use crate::{
    agents::{CarrierProfile, Driver, FacilityProfile, ShipperProfile},
    rules::volume::VolumeTier,
};
use contracts::{
    profile::{
        CarrierProfileWritten, FacilityProfileWritten, FacilityState, FacilityType, ShipperProfileWritten,
        ShipperType,
    },
    shipment::Preferences,
    tracking::TripStop,
};
use edge::{
    Fields,
    wire::{WireMoney, WirePosition},
};
use kernel::{CarrierId, DriverId, FacilityId, ShipperId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const DOCKS_MAX: u32 = 1000;
const LICENCE_NUMBER_MAX: usize = 50;

/// What an agent acts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentKind {
    /// A driver with its truck.
    Driver,
    /// A shipper's profile.
    Shipper,
    /// A carrier's profile.
    Carrier,
    /// A facility's profile.
    Facility,
}

/// The fields of all kinds of agent. Which ones a kind takes is said at each; others are refused, and so is null, except
/// for fields that can be emptied.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentFields {
    /// What it acts for: required of a new agent, and fixed from then on.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub kind: Option<AgentKind>,
    /// Driver: the truck; required.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub vehicle: Option<WireVehicle>,
    /// Driver: where it starts and returns to; required.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub base: Option<WirePosition>,
    /// Driver: how far from its live position, else its base, a pickup may be, in km; required.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false, minimum = 1, maximum = 5_000, example = 300)]
    pub service_radius_km: Option<f64>,
    /// Driver: a circle that must hold both ends of every trip; null clears it.
    #[serde(default, deserialize_with = "absent_or_null")]
    #[schema(value_type = Option<WireArea>)]
    pub area: Option<Option<WireArea>>,
    /// Driver: when it works, in UTC; null is always.
    #[serde(default, deserialize_with = "absent_or_null")]
    #[schema(value_type = Option<WireHours>)]
    pub operating_hours: Option<Option<WireHours>>,
    /// Driver: cargo kinds it is specialised in.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false, max_items = 50)]
    pub specializations: Option<Vec<String>>,
    /// Driver: what it asks a km, for people to read; null clears it.
    #[serde(default, deserialize_with = "absent_or_null")]
    #[schema(value_type = Option<WireMoney>)]
    pub rate_per_km: Option<Option<WireMoney>>,
    /// Driver and carrier: the licence's last day; required.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false, format = Date, example = "2027-12-31")]
    pub licence_valid_until: Option<String>,
    /// Driver and carrier: the insurance's last day; required.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false, format = Date, example = "2027-12-31")]
    pub insurance_valid_until: Option<String>,
    /// Driver: whether it bids by itself; not when absent.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub auto_bid: Option<bool>,
    /// Carrier: the transport licence's number.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false, max_length = 50)]
    pub licence_number: Option<String>,
    /// Shipper: what kind of customer it is; `business` when absent.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub shipper_type: Option<WireShipperType>,
    /// Shipper: take the best bid without asking when the window closes.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub auto_accept: Option<bool>,
    /// Shipper: 0 (price does not matter) to 1 (only price matters); null takes the best rank.
    #[serde(default, deserialize_with = "absent_or_null")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1)]
    pub price_sensitivity: Option<Option<f64>>,
    /// Shipper: electric vehicles count x 1.05.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub prefer_electric: Option<bool>,
    /// Shipper: organisations of carriers that count x 1.10.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false, max_items = 50)]
    pub preferred_carriers: Option<Vec<String>>,
    /// Shipper: organisations of carriers that may not bid.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false, max_items = 50)]
    pub blocked_carriers: Option<Vec<String>>,
    /// Facility: its kind; required.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub facility_type: Option<WireFacilityType>,
    /// Facility: where it is; required.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub position: Option<WirePosition>,
    /// Facility: how many docks; 1 when absent.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false, minimum = 0, maximum = 1000)]
    pub docks: Option<u32>,
    /// Facility: whether it works; `operational` when absent.
    #[serde(default, deserialize_with = "edge::given")]
    #[schema(nullable = false)]
    pub state: Option<WireFacilityState>,
}

/// What kind of customer a shipper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireShipperType {
    /// A company.
    Business,
    /// A private person.
    Individual,
    /// A company under contract.
    Enterprise,
}

/// The kinds of facility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireFacilityType {
    /// Goods are stored.
    Warehouse,
    /// Trucks start and end.
    Depot,
    /// Goods change their mode.
    Terminal,
    /// Goods change their truck.
    CrossDock,
}

/// Whether a facility works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireFacilityState {
    /// It takes trucks.
    Operational,
    /// All docks are taken.
    AtCapacity,
    /// It is being repaired.
    Maintenance,
    /// It is closed.
    Closed,
}

macro_rules! same_variants {
    ($wire:ident <=> $domain:ident { $($variant:ident),+ }) => {
        impl From<$wire> for $domain {
            fn from(wire: $wire) -> Self {
                match wire { $($wire::$variant => Self::$variant),+ }
            }
        }
        impl From<$domain> for $wire {
            fn from(domain: $domain) -> Self {
                match domain { $($domain::$variant => Self::$variant),+ }
            }
        }
    };
}
same_variants!(WireShipperType <=> ShipperType { Business, Individual, Enterprise });
same_variants!(WireFacilityType <=> FacilityType { Warehouse, Depot, Terminal, CrossDock });
same_variants!(WireFacilityState <=> FacilityState { Operational, AtCapacity, Maintenance, Closed });

impl AgentFields {
    /// Notes every given field that this kind does not take.
    pub(crate) fn refuse_alien(&self, kind: AgentKind, fields: &mut Fields) {
        use AgentKind::{Carrier, Driver, Facility, Shipper};
        let given: [(&'static str, bool, &[AgentKind]); 21] = [
            ("vehicle", self.vehicle.is_some(), &[Driver]),
            ("base", self.base.is_some(), &[Driver]),
            ("service_radius_km", self.service_radius_km.is_some(), &[Driver]),
            ("area", self.area.is_some(), &[Driver]),
            ("operating_hours", self.operating_hours.is_some(), &[Driver]),
            ("specializations", self.specializations.is_some(), &[Driver]),
            ("rate_per_km", self.rate_per_km.is_some(), &[Driver]),
            ("licence_valid_until", self.licence_valid_until.is_some(), &[Driver, Carrier]),
            ("insurance_valid_until", self.insurance_valid_until.is_some(), &[Driver, Carrier]),
            ("auto_bid", self.auto_bid.is_some(), &[Driver]),
            ("licence_number", self.licence_number.is_some(), &[Carrier]),
            ("shipper_type", self.shipper_type.is_some(), &[Shipper]),
            ("auto_accept", self.auto_accept.is_some(), &[Shipper]),
            ("price_sensitivity", self.price_sensitivity.is_some(), &[Shipper]),
            ("prefer_electric", self.prefer_electric.is_some(), &[Shipper]),
            ("preferred_carriers", self.preferred_carriers.is_some(), &[Shipper]),
            ("blocked_carriers", self.blocked_carriers.is_some(), &[Shipper]),
            ("facility_type", self.facility_type.is_some(), &[Facility]),
            ("position", self.position.is_some(), &[Facility]),
            ("docks", self.docks.is_some(), &[Facility]),
            ("state", self.state.is_some(), &[Facility]),
        ];
        for (field, given, kinds) in given {
            fields.require(
                !given || kinds.contains(&kind),
                field,
                "not_for_this_kind",
                "another kind takes this field",
            );
        }
    }

    /// What a driver declares.
    pub(crate) fn declared(&self) -> Declared<'_> {
        Declared {
            vehicle: self.vehicle.as_ref(),
            base: self.base,
            service_radius_km: self.service_radius_km,
            area: self.area,
            operating_hours: self.operating_hours.as_ref().map(Option::as_ref),
            specializations: self.specializations.as_deref(),
            rate_per_km: self.rate_per_km.as_ref().map(Option::as_ref),
            licence_valid_until: self.licence_valid_until.as_deref(),
            insurance_valid_until: self.insurance_valid_until.as_deref(),
            auto_bid: self.auto_bid,
        }
    }

    /// A shipper's profile with the changes.
    pub(crate) fn shipper(
        &self,
        present: &ShipperProfileWritten,
        fields: &mut Fields,
    ) -> ShipperProfileWritten {
        let mut profile = present.clone();
        let preferences = &mut profile.preferences;
        if let Some(sensitivity) = self.price_sensitivity {
            if let Some(value) = sensitivity {
                check_number(value, 0.0..=1.0, "price_sensitivity", fields);
            }
            preferences.price_sensitivity = sensitivity;
        }
        if let Some(preferred) = &self.preferred_carriers {
            preferences.preferred_carriers = check_organisations(preferred, "preferred_carriers", fields);
        }
        if let Some(blocked) = &self.blocked_carriers {
            preferences.blocked_carriers = check_organisations(blocked, "blocked_carriers", fields);
        }
        let both = preferences.preferred_carriers.iter().any(|id| preferences.blocked_carriers.contains(id));
        fields.require(
            !both,
            "blocked_carriers",
            "preferred_too",
            "a carrier cannot be preferred and blocked",
        );
        preferences.auto_accept = self.auto_accept.unwrap_or(preferences.auto_accept);
        preferences.prefer_electric = self.prefer_electric.unwrap_or(preferences.prefer_electric);
        profile.shipper_type = self.shipper_type.map_or(profile.shipper_type, Into::into);
        profile
    }

    /// A carrier's profile with the changes.
    pub(crate) fn carrier(
        &self,
        present: &CarrierProfileWritten,
        fields: &mut Fields,
    ) -> CarrierProfileWritten {
        let mut profile = present.clone();
        if let Some(number) = &self.licence_number {
            fields.require(!number.is_empty(), "licence_number", "invalid_length", "must not be empty");
            check_text(number, LICENCE_NUMBER_MAX, "licence_number", fields);
            profile.licence_number = Some(number.clone());
        }
        let licence = self.licence_valid_until.as_deref();
        if let Some(until) = licence.and_then(|text| check_day(text, "licence_valid_until", fields)) {
            profile.licence_valid_until = until;
        }
        let insurance = self.insurance_valid_until.as_deref();
        if let Some(until) = insurance.and_then(|text| check_day(text, "insurance_valid_until", fields)) {
            profile.insurance_valid_until = until;
        }
        profile
    }

    /// A facility's profile with the changes.
    pub(crate) fn facility(
        &self,
        present: &FacilityProfileWritten,
        fields: &mut Fields,
    ) -> FacilityProfileWritten {
        let mut profile = present.clone();
        if let Some(position) = self.position.and_then(|position| position.check("position", fields)) {
            profile.position = position;
        }
        if let Some(docks) = self.docks {
            fields.require(docks <= DOCKS_MAX, "docks", "out_of_range", "must be 0 to 1000");
            profile.docks = docks;
        }
        profile.facility_type = self.facility_type.map_or(profile.facility_type, Into::into);
        profile.state = self.state.map_or(profile.state, Into::into);
        profile
    }
}

/// A driver agent's record.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ShownRecord {
    /// Deliveries.
    pub deliveries: u32,
    /// Share of deliveries on time, once there is one.
    pub on_time_rate: Option<f64>,
    /// Mean rating, 1 to 5, once there is one.
    pub rating: Option<f64>,
    /// How many ratings.
    pub ratings: u32,
    /// Share of its automatic bids that became jobs; 1 while there are fewer than ten.
    pub acceptance_rate: f64,
    /// `gold` after ten perfect ratings in a row, else `standard`.
    pub tier: &'static str,
}

/// An agent. Which fields there are depends on the kind.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WireAgent {
    /// The agent.
    pub id: String,
    /// What it acts for.
    pub kind: AgentKind,
    /// The organisation.
    pub organisation_id: String,
    /// Driver: the user who drives it; absent for a truck that its carrier acts for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Driver and facility: the short reference for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "DRV-MIL-000017")]
    pub reference: Option<String>,
    /// Driver: `available`, `offline`, `committed` or `suspended`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    /// Driver: whether it takes offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub online: Option<bool>,
    /// Driver: the shipment it is committed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipment_id: Option<String>,
    /// Driver: the shipment that it is booked for after that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_shipment_id: Option<String>,
    /// Driver: its stops in the order in which it drives to them, while it carries several shipments. Those that are done
    /// stand among them until their shipment is delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stops: Option<Vec<ShownTripStop>>,
    /// Driver: why it is suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<String>,
    /// Driver: what it declares.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub declaration: Option<ShownDeclaration>,
    /// Driver: its record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<ShownRecord>,
    /// Carrier, shipper or facility: its profile.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ShownProfile>,
}

/// A profile. Which fields there are depends on the kind.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum ShownProfile {
    /// A shipper's.
    Shipper(ShownShipper),
    /// A carrier's.
    Carrier(ShownCarrier),
    /// A facility's.
    Facility(ShownFacility),
}

/// A shipper's profile.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ShownShipper {
    /// What kind of customer it is.
    pub shipper_type: WireShipperType,
    /// Take the best bid without asking when the window closes.
    pub auto_accept: bool,
    /// 0 to 1, when set.
    pub price_sensitivity: Option<f64>,
    /// Electric vehicles count x 1.05.
    pub prefer_electric: bool,
    /// Organisations of carriers that count x 1.10.
    pub preferred_carriers: Vec<String>,
    /// Organisations of carriers that may not bid.
    pub blocked_carriers: Vec<String>,
    /// `low`, `medium` or `high`, by this month's shipments.
    pub volume_tier: &'static str,
}

/// A carrier's profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShownCarrier {
    /// The transport licence's number.
    pub licence_number: Option<String>,
    /// The licence's last day.
    #[schema(format = Date)]
    pub licence_valid_until: String,
    /// The insurance's last day.
    #[schema(format = Date)]
    pub insurance_valid_until: String,
}

/// A facility's profile.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ShownFacility {
    /// Its kind.
    pub facility_type: WireFacilityType,
    /// Where it is.
    pub position: WirePosition,
    /// How many docks.
    pub docks: u32,
    /// Whether it works.
    pub state: WireFacilityState,
}

/// A stop of a driver that carries several shipments.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ShownTripStop {
    /// Whose.
    pub shipment_id: String,
    /// `pickup` or `delivery`.
    pub stop: &'static str,
}

impl From<&TripStop> for ShownTripStop {
    fn from(stop: &TripStop) -> Self {
        Self { shipment_id: stop.shipment.to_string(), stop: stop.stop.name() }
    }
}

impl WireAgent {
    fn new(id: String, kind: AgentKind, organisation_id: String) -> Self {
        Self {
            id,
            kind,
            organisation_id,
            user_id: None,
            reference: None,
            status: None,
            online: None,
            shipment_id: None,
            next_shipment_id: None,
            stops: None,
            suspended: None,
            declaration: None,
            record: None,
            profile: None,
        }
    }

    /// A driver agent; `None` before it is registered.
    #[must_use]
    pub fn driver(id: DriverId, driver: &Driver) -> Option<Self> {
        let registered = driver.registered.as_ref()?;
        let record = ShownRecord {
            deliveries: driver.deliveries,
            on_time_rate: (driver.deliveries > 0).then(|| driver.on_time_rate()),
            rating: (driver.ratings > 0).then(|| driver.rating()),
            ratings: driver.ratings,
            acceptance_rate: driver.acceptance_rate(),
            tier: if driver.gold { "gold" } else { "standard" },
        };
        Some(Self {
            user_id: registered.user.map(|user| user.to_string()),
            reference: Some(registered.reference.clone()),
            status: Some(runtime::Agent::state_name(driver)),
            online: Some(driver.online),
            shipment_id: driver.committed.map(|shipment| shipment.to_string()),
            next_shipment_id: driver.next.map(|next| next.shipment.to_string()),
            stops: (!driver.stops.is_empty()).then(|| driver.stops.iter().map(Into::into).collect()),
            suspended: driver.suspended.as_deref().map(ToOwned::to_owned),
            declaration: Some((&registered.profile).into()),
            record: Some(record),
            ..Self::new(id.to_string(), AgentKind::Driver, registered.carrier.to_string())
        })
    }

    /// A shipper's profile.
    #[must_use]
    pub fn shipper(id: ShipperId, profile: &ShipperProfile, tier: VolumeTier) -> Option<Self> {
        let written = profile.written.as_ref()?;
        let Preferences { auto_accept, price_sensitivity, prefer_electric, .. } = written.preferences;
        let texts = |ids: &[kernel::OrganisationId]| ids.iter().map(ToString::to_string).collect();
        let shown = ShownShipper {
            shipper_type: written.shipper_type.into(),
            auto_accept,
            price_sensitivity,
            prefer_electric,
            preferred_carriers: texts(&written.preferences.preferred_carriers),
            blocked_carriers: texts(&written.preferences.blocked_carriers),
            volume_tier: tier.name(),
        };
        let profile = Some(ShownProfile::Shipper(shown));
        Some(Self {
            profile,
            ..Self::new(id.to_string(), AgentKind::Shipper, written.organisation.to_string())
        })
    }

    /// A carrier's profile.
    #[must_use]
    pub fn carrier(id: CarrierId, profile: &CarrierProfile) -> Option<Self> {
        let written = profile.written.as_ref()?;
        let shown = ShownCarrier {
            licence_number: written.licence_number.clone(),
            licence_valid_until: day(written.licence_valid_until),
            insurance_valid_until: day(written.insurance_valid_until),
        };
        let profile = Some(ShownProfile::Carrier(shown));
        Some(Self {
            profile,
            ..Self::new(id.to_string(), AgentKind::Carrier, written.organisation.to_string())
        })
    }

    /// A facility's profile.
    #[must_use]
    pub fn facility(id: FacilityId, profile: &FacilityProfile) -> Option<Self> {
        let written = profile.written.as_ref()?;
        let shown = ShownFacility {
            facility_type: written.facility_type.into(),
            position: written.position.into(),
            docks: written.docks,
            state: written.state.into(),
        };
        Some(Self {
            reference: Some(written.reference.clone()),
            profile: Some(ShownProfile::Facility(shown)),
            ..Self::new(id.to_string(), AgentKind::Facility, written.organisation.to_string())
        })
    }
}
