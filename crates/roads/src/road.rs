//! What is known of a road: everything that decides who may use it, and how fast.

/// The class of a road, from OpenStreetMap's `highway` and `route`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Class {
    /// Motorways.
    Motorway,
    /// Important roads that are no motorways.
    Trunk,
    /// Links between large towns.
    Primary,
    /// Links between towns.
    Secondary,
    /// Links between villages.
    Tertiary,
    /// Minor public roads.
    Unclassified,
    /// Streets with houses.
    Residential,
    /// Streets where walking comes first.
    LivingStreet,
    /// Access to buildings, yards, car parks.
    Service,
    /// Field and forest tracks.
    Track,
    /// A road of unknown class.
    Road,
    /// Ferries and trains that carry vehicles.
    Ferry,
}

impl Class {
    /// All classes; the position is the stored number.
    pub const ALL: [Self; 12] = [
        Self::Motorway,
        Self::Trunk,
        Self::Primary,
        Self::Secondary,
        Self::Tertiary,
        Self::Unclassified,
        Self::Residential,
        Self::LivingStreet,
        Self::Service,
        Self::Track,
        Self::Road,
        Self::Ferry,
    ];
}

/// What rules of access tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Cars.
    Car,
    /// Goods vehicles up to 3.5 t.
    Van,
    /// Goods vehicles above 3.5 t.
    Truck,
}

impl Kind {
    /// All kinds; the position is the stored number.
    pub const ALL: [Self; 3] = [Self::Car, Self::Van, Self::Truck];

    /// The kind's bit in a [`Kinds`].
    #[must_use]
    pub const fn bit(self) -> Kinds {
        1 << self as u8
    }
}

/// A set of [`Kind`]s, one bit each.
pub type Kinds = u8;
/// Every kind.
pub const EVERY_KIND: Kinds = 0b111;

/// Who may drive in one direction of a road.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Access {
    /// Who may drive.
    pub open: Kinds,
    /// Who may drive only to reach something there.
    pub destination: Kinds,
}

/// The signs that keep large vehicles out; 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Limits {
    /// Height in cm.
    pub height_cm: u16,
    /// Width in cm.
    pub width_cm: u16,
    /// Length in cm.
    pub length_cm: u16,
    /// Total weight in units of 10 kg.
    pub weight_10kg: u16,
    /// Weight on an axle in units of 10 kg.
    pub axle_10kg: u16,
}

/// Everything about a road that does not depend on where it lies. Equal ones are stored once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Road {
    /// Its class.
    pub class: Class,
    /// A ramp or connection of that class.
    pub link: bool,
    /// Part of a roundabout.
    pub roundabout: bool,
    /// Inside a built-up area, as far as known.
    pub urban: bool,
    /// No dangerous goods.
    pub no_hazmat: bool,
    /// Who pays a toll.
    pub toll: Kinds,
    /// Who may drive, along and against the road.
    pub access: [Access; 2],
    /// Signed speeds in km/h, along and against; 0 where unsigned.
    pub speed_kmh: [u8; 2],
    /// Signed speeds for trucks in km/h; 0 where unsigned.
    pub truck_speed_kmh: [u8; 2],
    /// The speed of a ferry with a timetable, in m/h; 0 for others.
    pub ferry_m_per_h: u32,
    /// Other signs.
    pub limits: Limits,
    /// ISO 3166 alpha-2 country.
    pub country: [u8; 2],
    /// Its name in the graph's strings; 0 is none.
    pub name: u32,
    /// Its number, such as `A1`, in the graph's strings; 0 is none.
    pub number: u32,
}

impl Road {
    /// Who may drive in a direction (0 along, 1 against).
    #[must_use]
    pub const fn open(&self, direction: usize) -> Kinds {
        self.access[direction].open
    }

    /// Who may drive at all.
    #[must_use]
    pub const fn open_somehow(&self) -> Kinds {
        self.access[0].open | self.access[1].open
    }
}
