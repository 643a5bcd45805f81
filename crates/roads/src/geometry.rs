//! Points in ten-millionths of a degree, as OpenStreetMap stores them, and distances between them.

use kernel::Position;

/// The Earth's radius in metres that lengths are measured with. It is the reference router's (GraphHopper), a little
/// less than the kernel's: its distances are compared with ours to the metre.
pub const EARTH_RADIUS_M: f64 = 6_371_000.0;

/// A point on the globe, WGS 84, in 1e-7 degrees (about a centimetre).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Point {
    /// North, at most 90 degrees from the equator.
    pub lat_e7: i32,
    /// East, at most 180 degrees from Greenwich.
    pub lon_e7: i32,
}

impl Point {
    /// A point, unless it is off the globe.
    #[must_use]
    pub fn new(lat_e7: i32, lon_e7: i32) -> Option<Self> {
        let on_globe = lat_e7.unsigned_abs() <= 900_000_000 && lon_e7.unsigned_abs() <= 1_800_000_000;
        on_globe.then_some(Self { lat_e7, lon_e7 })
    }

    /// A point from degrees, unless it is off the globe or not a number.
    #[must_use]
    pub fn from_degrees(lat: f64, lon: f64) -> Option<Self> {
        let on_globe = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        on_globe.then(|| Self { lat_e7: (lat * 1e7).round() as i32, lon_e7: (lon * 1e7).round() as i32 })
    }

    /// Degrees north.
    #[must_use]
    pub fn lat(self) -> f64 {
        f64::from(self.lat_e7) / 1e7
    }

    /// Degrees east.
    #[must_use]
    pub fn lon(self) -> f64 {
        f64::from(self.lon_e7) / 1e7
    }

    /// Great-circle distance in metres (haversine formula).
    #[must_use]
    pub fn distance_m(self, other: Self) -> f64 {
        let (a, b) = (self.lat().to_radians(), other.lat().to_radians());
        let half_lat = (b - a) / 2.0;
        let half_lon = (other.lon() - self.lon()).to_radians() / 2.0;
        let h = half_lat.sin().powi(2) + a.cos() * b.cos() * half_lon.sin().powi(2);
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }

    /// The direction towards another point in degrees clockwise from north, 0 to 360; 0 for the same point.
    #[must_use]
    pub fn bearing(self, other: Self) -> f64 {
        let (x, y) = (self.plane().x_of(other), self.plane().y_of(other));
        x.atan2(y).to_degrees().rem_euclid(360.0)
    }

    /// The plane that touches the globe here.
    #[must_use]
    pub fn plane(self) -> Plane {
        Plane { origin: self, shrink: self.lat().to_radians().cos() }
    }
}

impl From<Position> for Point {
    fn from(position: Position) -> Self {
        // A position is on the globe by construction; the cast saturates if somebody built one by hand.
        Self {
            lat_e7: (position.latitude * 1e7).round() as i32,
            lon_e7: (position.longitude * 1e7).round() as i32,
        }
    }
}

impl From<Point> for Position {
    fn from(point: Point) -> Self {
        Self { latitude: point.lat(), longitude: point.lon() }
    }
}

/// A local plane in units of 1e-7 degrees of latitude: right for some kilometres around its origin.
#[derive(Debug, Clone, Copy)]
pub struct Plane {
    origin: Point,
    shrink: f64,
}

impl Plane {
    /// Units east of the origin.
    #[must_use]
    pub fn x_of(&self, point: Point) -> f64 {
        (f64::from(point.lon_e7) - f64::from(self.origin.lon_e7)) * self.shrink
    }

    /// Units north of the origin.
    #[must_use]
    pub fn y_of(&self, point: Point) -> f64 {
        f64::from(point.lat_e7) - f64::from(self.origin.lat_e7)
    }

    /// Where on the straight piece from `a` to `b` the origin's nearest point is, 0 to 1, and its squared distance.
    #[must_use]
    pub fn project(&self, a: Point, b: Point) -> (f64, f64) {
        let (ax, ay) = (self.x_of(a), self.y_of(a));
        let (dx, dy) = (self.x_of(b) - ax, self.y_of(b) - ay);
        let length = dx * dx + dy * dy;
        let share = if length > 0.0 { (-(ax * dx + ay * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
        let (x, y) = (ax + share * dx, ay + share * dy);
        (share, x * x + y * y)
    }
}

/// The point that lies `share` (0 to 1) of the way from `a` to `b`.
#[must_use]
pub fn between(a: Point, b: Point, share: f64) -> Point {
    let mix = |a: i32, b: i32| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as i32;
    Point { lat_e7: mix(a.lat_e7, b.lat_e7), lon_e7: mix(a.lon_e7, b.lon_e7) }
}

/// The length of a line in millimetres; none when it is longer than 4,294 km.
#[must_use]
pub fn length_mm(line: impl IntoIterator<Item = Point>) -> Option<u32> {
    let mut line = line.into_iter();
    let mut metres = 0.0;
    if let Some(mut last) = line.next() {
        for point in line {
            metres += last.distance_m(point);
            last = point;
        }
    }
    let millimetres = (metres * 1000.0).round();
    (millimetres < f64::from(u32::MAX)).then_some(millimetres as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_111_195_metres() {
        let line = [Point::from_degrees(0.0, 0.0).unwrap(), Point::from_degrees(1.0, 0.0).unwrap()];
        assert_eq!(length_mm(line), Some(111_194_927));
    }

    #[test]
    fn bearings_go_clockwise_from_north() {
        let at = |lat, lon| Point::from_degrees(lat, lon).unwrap();
        for (other, expected) in
            [(at(46.0, 9.0), 0.0), (at(45.0, 10.0), 90.0), (at(44.0, 9.0), 180.0), (at(45.0, 8.0), 270.0)]
        {
            assert!((at(45.0, 9.0).bearing(other) - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn points_off_the_globe_are_refused() {
        assert_eq!(Point::new(900_000_001, 0), None);
        assert_eq!(Point::from_degrees(f64::NAN, 0.0), None);
        assert_eq!(Point::from_degrees(0.0, 180.1), None);
    }
}
