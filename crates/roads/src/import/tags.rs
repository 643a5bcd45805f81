//! Reads the tags of a way: whether it is a road, for whom, and how fast (the OSM wiki's pages "Key:access",
//! "Key:oneway", "Key:maxspeed" and "Key:restriction").

use super::{
    element::Tags,
    measures::{duration_s, length_cm, speed_kmh, weight_10kg},
};
use crate::{
    conditions::{Condition, clauses},
    road::{Access, Class, EVERY_KIND, Kind, Kinds, Limits, Road},
    speed::zone_limit,
};

/// A road with the words that are not stored inside it.
#[derive(Debug)]
pub struct Tagged<'a> {
    /// The road; name and number are still 0.
    pub road: Road,
    /// Its name.
    pub name: &'a str,
    /// Its number.
    pub number: &'a str,
    /// The timetable of a ferry for the whole way, in seconds.
    pub ferry_s: Option<u32>,
}

/// The road that a way is; none when no vehicle can use it.
pub fn road_of<'a>(tags: &Tags<'a>) -> Option<Tagged<'a>> {
    let (class, link) = class_of(tags)?;
    if tags.is("area", "yes") || tags.is("impassable", "yes") || tags.is("status", "impassable") {
        return None;
    }
    let access = access_of(tags, class);
    if access[0].open | access[1].open == 0 {
        return None;
    }
    let road = Road {
        class,
        link,
        roundabout: is_roundabout(tags),
        urban: is_urban(tags, class),
        no_hazmat: tags.is("hazmat", "no"),
        toll: tolls(tags),
        access,
        speed_kmh: directed(tags, "maxspeed"),
        truck_speed_kmh: directed(tags, "maxspeed:hgv"),
        ferry_m_per_h: 0,
        limits: limits_of(tags),
        country: [0; 2],
        name: 0,
        number: 0,
    };
    let ferry_s = tags.get("duration").filter(|_| class == Class::Ferry).and_then(duration_s);
    let name = tags.get("name").unwrap_or_default();
    let number = tags.get("ref").unwrap_or_default();
    Some(Tagged { road, name, number, ferry_s })
}

fn class_of(tags: &Tags) -> Option<(Class, bool)> {
    if tags.is("route", "ferry") || tags.is("route", "shuttle_train") {
        return Some((Class::Ferry, false));
    }
    let highway = tags.get("highway")?;
    let plain = highway.strip_suffix("_link");
    let class = match plain.unwrap_or(highway) {
        "motorway" | "motorroad" => Class::Motorway,
        "trunk" => Class::Trunk,
        "primary" => Class::Primary,
        "secondary" => Class::Secondary,
        "tertiary" => Class::Tertiary,
        "unclassified" => Class::Unclassified,
        "residential" => Class::Residential,
        "living_street" => Class::LivingStreet,
        "service" if !tags.is("service", "emergency_access") => Class::Service,
        // Worse tracks than grade 3 are not for road vehicles.
        "track" if !matches!(tags.get("tracktype"), Some("grade4" | "grade5")) => Class::Track,
        "road" => Class::Road,
        _ => return None,
    };
    Some((class, plain.is_some()))
}

fn is_roundabout(tags: &Tags) -> bool {
    tags.is("junction", "roundabout")
}

/// Whether a road is inside a built-up area: by what the limit is derived from, else by its class.
fn is_urban(tags: &Tags, class: Class) -> bool {
    let source =
        ["maxspeed:type", "source:maxspeed", "zone:traffic", "maxspeed"].into_iter().find_map(|key| {
            let (_, zone) = tags.get(key)?.split_once(':')?;
            Some(zone.starts_with("urban") || zone.starts_with("zone"))
        });
    let lit_or_slow = tags.is("lit", "yes") || tags.is("sidewalk", "both");
    source.unwrap_or(matches!(class, Class::Residential | Class::LivingStreet) || lit_or_slow)
}

fn tolls(tags: &Tags) -> Kinds {
    let mut toll = if tags.is("toll", "yes") { EVERY_KIND } else { 0 };
    match tags.get("toll:hgv") {
        Some("yes") => toll |= Kind::Truck.bit(),
        Some("no") => toll &= !Kind::Truck.bit(),
        _ => {}
    }
    toll
}

/// What a value of an access tag allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Open,
    Destination,
    Closed,
}

/// None for values that say nothing.
fn verdict(value: &str, kind: Kind) -> Option<Verdict> {
    let mut best = None;
    for value in value.split(';').map(str::trim) {
        let verdict = match value {
            "yes" | "designated" | "official" | "permissive" | "public" | "discouraged" | "unknown" => {
                Verdict::Open
            }
            "destination" | "customers" | "residents" => Verdict::Destination,
            "delivery" if kind != Kind::Car => Verdict::Destination,
            "no" | "private" | "restricted" | "military" | "emergency" | "permit" | "agricultural"
            | "forestry" | "delivery" | "psv" | "bus" | "use_sidepath" => Verdict::Closed,
            _ => continue,
        };
        // Of a list the kindest holds: `agricultural;destination` lets visitors in.
        best = match (best, verdict) {
            (None | Some(Verdict::Closed), verdict) => Some(verdict),
            (Some(Verdict::Destination), Verdict::Open) => Some(Verdict::Open),
            (known, _) => known,
        };
    }
    best
}

/// The keys that speak of a kind, from the general to the special; the most special one that says something holds.
const fn keys(kind: Kind) -> [&'static str; 4] {
    match kind {
        Kind::Car => ["access", "vehicle", "motor_vehicle", "motorcar"],
        Kind::Van => ["access", "vehicle", "motor_vehicle", "goods"],
        Kind::Truck => ["access", "vehicle", "motor_vehicle", "hgv"],
    }
}

/// What the tags allow a kind of vehicle, with a suffix such as `:forward`; none when they say nothing.
fn said(tags: &Tags, kind: Kind, suffix: &str) -> Option<Verdict> {
    keys(kind).into_iter().rev().find_map(|key| {
        let value = if suffix.is_empty() { tags.get(key) } else { tags.get(&format!("{key}{suffix}")) };
        verdict(value?, kind)
    })
}

fn access_of(tags: &Tags, class: Class) -> [Access; 2] {
    let mut access = [Access::default(); 2];
    for kind in Kind::ALL {
        let usual = match class {
            // A ferry that says nothing of vehicles but something of others carries only those.
            Class::Ferry if tags.get("foot").is_some() || tags.get("bicycle").is_some() => Verdict::Closed,
            _ => Verdict::Open,
        };
        let general = said(tags, kind, "").unwrap_or(usual);
        let open = passable(tags, kind);
        for (direction, suffix) in [":forward", ":backward"].into_iter().enumerate() {
            let verdict = said(tags, kind, suffix).unwrap_or(general);
            if verdict != Verdict::Closed && open[direction] {
                access[direction].open |= kind.bit();
            }
            if verdict == Verdict::Destination && open[direction] {
                access[direction].destination |= kind.bit();
            }
        }
    }
    access
}

/// In which directions a one-way rule lets a kind of vehicle pass.
fn passable(tags: &Tags, kind: Kind) -> [bool; 2] {
    let special = keys(kind).into_iter().rev().find_map(|key| tags.get(&format!("oneway:{key}")));
    match special.or_else(|| tags.get("oneway")) {
        Some("yes" | "true" | "1") => [true, false],
        Some("-1" | "reverse") => [false, true],
        // Nobody can know when a reversible lane runs which way.
        Some("reversible") => [false, false],
        Some("no" | "false" | "0" | "alternating") => [true, true],
        _ if is_roundabout(tags) || tags.is("highway", "motorway") => [true, false],
        _ => [true, true],
    }
}

/// A speed in both directions: the special `:forward` and `:backward` before the general.
fn directed(tags: &Tags, key: &str) -> [u8; 2] {
    let general = tags.get(key).and_then(speed).unwrap_or(0);
    [":forward", ":backward"]
        .map(|direction| tags.get(&format!("{key}{direction}")).and_then(speed).unwrap_or(general))
}

/// A speed in km/h, also as a zone of a country: `DE:urban`.
fn speed(text: &str) -> Option<u8> {
    speed_kmh(text).or_else(|| {
        let (country, zone) = text.split_once(':')?;
        zone_limit(country.as_bytes().try_into().ok()?, zone)
    })
}

/// The signs on height, weight and length.
pub fn limits_of(tags: &Tags) -> Limits {
    let length = |keys: [&str; 2]| keys.into_iter().find_map(|key| tags.get(key).and_then(length_cm));
    let weight = |keys: [&str; 2]| keys.into_iter().find_map(|key| tags.get(key).and_then(weight_10kg));
    let (heaviest, longest) = conditional_limits(tags);
    let stricter =
        |sign: Option<u16>, condition: Option<u16>| sign.into_iter().chain(condition).min().unwrap_or(0);
    Limits {
        height_cm: length(["maxheight", "maxheight:physical"]).unwrap_or(0),
        width_cm: length(["maxwidth", "maxwidth:physical"]).unwrap_or(0),
        length_cm: stricter(length(["maxlength", "maxlength:hgv"]), longest),
        weight_10kg: stricter(weight(["maxweight", "maxgcweight"]), heaviest),
        axle_10kg: weight(["maxaxleload", "maxaxleload:hgv"]).unwrap_or(0),
    }
}

/// The weight (10 kg) and length (cm) beyond which a road is closed by a condition such as
/// `hgv:conditional=no @ (weight>7.5)`, at any hour: what is closed at some hours only stays open here.
fn conditional_limits(tags: &Tags) -> (Option<u16>, Option<u16>) {
    let keys = [
        "hgv:conditional",
        "goods:conditional",
        "motor_vehicle:conditional",
        "vehicle:conditional",
        "access:conditional",
    ];
    let values = keys.into_iter().filter_map(|key| tags.get(key));
    let closed = values.flat_map(clauses).filter(|(value, when)| {
        verdict(value, Kind::Truck) == Some(Verdict::Closed) && !when.is_timed() && !when.hazmat
    });
    let limits: Vec<Condition> = closed.map(|(_, when)| when).collect();
    let least = |of: fn(&Condition) -> u16| limits.iter().map(of).filter(|limit| *limit > 0).min();
    (least(|when| when.above_10kg), least(|when| when.above_cm))
}

/// For whom a road that is open otherwise is closed at some hours: `hgv:conditional=no @ (Mo-Fr 22:00-06:00)`. Conditions
/// of one direction are not read.
pub fn closings_of(tags: &Tags) -> Vec<(Kinds, Condition)> {
    const KEYS: [(&str, &[Kind]); 5] = [
        ("hgv:conditional", &[Kind::Truck]),
        ("goods:conditional", &[Kind::Van]),
        ("motor_vehicle:conditional", &Kind::ALL),
        ("vehicle:conditional", &Kind::ALL),
        ("access:conditional", &Kind::ALL),
    ];
    let said = KEYS.into_iter().filter_map(|(key, kinds)| Some((tags.get(key)?, kinds)));
    let clauses = said.flat_map(|(text, kinds)| clauses(text).into_iter().map(move |clause| (clause, kinds)));
    let closing = clauses.filter_map(|((value, when), kinds)| {
        let closed = kinds.iter().filter(|kind| verdict(value, **kind) == Some(Verdict::Closed));
        let closed = closed.fold(0, |bits, kind| bits | kind.bit());
        (closed != 0 && when.is_timed()).then_some((closed, when))
    });
    closing.collect()
}

/// What a node lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gate {
    /// Who may not pass.
    pub closed: Kinds,
    /// The signs there.
    pub limits: Limits,
}

/// The barrier that a node is; none when everybody passes.
pub fn gate_of(tags: &Tags) -> Option<Gate> {
    let barrier = tags.get("barrier");
    if barrier.is_none() && !tags.0.iter().any(|(key, _)| key.starts_with("max")) {
        return None;
    }
    let usual = match barrier {
        Some(
            "block" | "bollard" | "bus_trap" | "chain" | "cycle_barrier" | "debris" | "fence"
            | "hampshire_gate" | "horse_stile" | "jersey_barrier" | "kissing_gate" | "log"
            | "motorcycle_barrier" | "stile" | "sump_buster" | "turnstile" | "wall",
        ) => Verdict::Closed,
        _ => Verdict::Open,
    };
    let mut gate = Gate { closed: 0, limits: limits_of(tags) };
    for kind in Kind::ALL {
        if barrier.is_some() && said(tags, kind, "").unwrap_or(usual) == Verdict::Closed {
            gate.closed |= kind.bit();
        }
    }
    (gate != Gate::default()).then_some(gate)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAR: Kinds = Kind::Car.bit();
    const TRUCK: Kinds = Kind::Truck.bit();

    fn open(pairs: &[(&str, &str)]) -> [Kinds; 2] {
        road_of(&Tags(pairs)).map_or([0; 2], |tagged| tagged.road.access.map(|access| access.open))
    }

    #[test]
    fn the_most_special_key_holds() {
        assert_eq!(open(&[("highway", "primary")]), [EVERY_KIND; 2]);
        assert_eq!(open(&[("highway", "primary"), ("access", "no")]), [0; 2]);
        assert_eq!(open(&[("highway", "primary"), ("access", "no"), ("motorcar", "yes")]), [CAR; 2]);
        assert_eq!(open(&[("highway", "primary"), ("hgv", "no")]), [EVERY_KIND & !TRUCK; 2]);
        assert_eq!(
            open(&[("highway", "track"), ("motor_vehicle", "agricultural;destination")]),
            [EVERY_KIND; 2]
        );
        assert_eq!(open(&[("highway", "footway")]), [0; 2]);
    }

    #[test]
    fn one_ways_and_their_exceptions() {
        let forward = [EVERY_KIND, 0];
        assert_eq!(open(&[("highway", "primary"), ("oneway", "yes")]), forward);
        assert_eq!(open(&[("highway", "primary"), ("oneway", "-1")]), [0, EVERY_KIND]);
        assert_eq!(open(&[("highway", "primary"), ("junction", "roundabout")]), forward);
        assert_eq!(open(&[("highway", "motorway")]), forward);
        assert_eq!(open(&[("highway", "motorway"), ("oneway", "no")]), [EVERY_KIND; 2]);
        assert_eq!(
            open(&[("highway", "primary"), ("oneway", "yes"), ("oneway:hgv", "no")]),
            [EVERY_KIND, TRUCK]
        );
        assert_eq!(open(&[("highway", "primary"), ("vehicle:backward", "no")]), forward);
        assert_eq!(open(&[("highway", "primary"), ("oneway", "reversible")]), [0; 2]);
    }

    #[test]
    fn ferries_carry_who_they_name() {
        assert_eq!(open(&[("route", "ferry")]), [EVERY_KIND; 2]);
        assert_eq!(open(&[("route", "ferry"), ("foot", "yes")]), [0; 2]);
        assert_eq!(open(&[("route", "ferry"), ("foot", "yes"), ("motor_vehicle", "yes")]), [EVERY_KIND; 2]);
    }

    #[test]
    fn gates_keep_out_whom_they_name() {
        let closed = |pairs: &[(&str, &str)]| gate_of(&Tags(pairs)).map_or(0, |gate| gate.closed);
        assert_eq!(closed(&[("barrier", "bollard")]), EVERY_KIND);
        assert_eq!(closed(&[("barrier", "bollard"), ("motor_vehicle", "yes")]), 0);
        assert_eq!(closed(&[("barrier", "gate")]), 0);
        assert_eq!(closed(&[("barrier", "gate"), ("access", "private")]), EVERY_KIND);
        assert_eq!(closed(&[("barrier", "lift_gate"), ("hgv", "no")]), TRUCK);
        let low = gate_of(&Tags(&[("barrier", "height_restrictor"), ("maxheight", "2")])).unwrap();
        assert_eq!(low.limits.height_cm, 200);
    }

    #[test]
    fn conditions_on_weight_and_length_are_limits() {
        let limits = |pairs: &[(&str, &str)]| limits_of(&Tags(pairs));
        assert_eq!(limits(&[("hgv:conditional", "no @ (weight>7.5)")]).weight_10kg, 750);
        assert_eq!(limits(&[("hgv:conditional", "no @ (weight>7.5)"), ("maxweight", "6")]).weight_10kg, 600);
        assert_eq!(
            limits(&[("access:conditional", "no @ (length>12); destination @ (weight>3.5)")]).length_cm,
            1_200
        );
        assert_eq!(limits(&[("hgv:conditional", "no @ (Mo-Fr 07:00-09:00 AND weight>7.5)")]).weight_10kg, 0);
        assert_eq!(limits(&[("hgv:conditional", "delivery @ (weight>7.5)")]).weight_10kg, 0);
    }

    #[test]
    fn closed_hours_are_kept_for_whom_they_hold() {
        let closings = |key: &str, value: &str| {
            let pairs = [(key, value)];
            let found = closings_of(&Tags(&pairs));
            found.into_iter().map(|(kinds, when)| (kinds, when.times[0].hours.len())).collect::<Vec<_>>()
        };
        assert_eq!(closings("hgv:conditional", "no @ (22:00-06:00)"), [(Kind::Truck.bit(), 8)]);
        assert_eq!(closings("access:conditional", "no @ (Su 00:00-24:00)"), [(EVERY_KIND, 1)]);
        assert_eq!(closings("hgv:conditional", "no @ (weight>7.5)"), []);
        assert_eq!(closings("access:conditional", "yes @ (Mo-Fr 08:00-18:00)"), []);
        let both = closings("hgv:conditional", "no @ (Sa 08:00-12:00); delivery @ (Su 08:00-12:00)");
        assert_eq!(both, [(Kind::Truck.bit(), 1)]);
    }

    #[test]
    fn speeds_of_zones_and_directions() {
        let road = |pairs: &[(&str, &str)]| road_of(&Tags(pairs)).unwrap().road;
        assert_eq!(road(&[("highway", "primary"), ("maxspeed", "DE:rural")]).speed_kmh, [100; 2]);
        assert_eq!(
            road(&[("highway", "primary"), ("maxspeed", "50"), ("maxspeed:backward", "30")]).speed_kmh,
            [50, 30]
        );
    }
}
