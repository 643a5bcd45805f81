//! The ground of a simulation: a country's places, its lanes of freight with their weights, and its roads.
//!
//! Either read from a folder of real truck flows (`places.csv`, `roads.csv`, `flows.csv`) or made of the built-in
//! gazetteer.

mod files;
mod gazetteer;
mod roads;

pub use files::FlowsError;
pub use roads::{RoadGraph, Route};

use crate::dice::{Dice, Weighted};
use kernel::Position;
use std::{path::Path, sync::Arc};

/// A place where freight begins and ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The name that people see: of the nearest city of the gazetteer, or the city itself.
    pub name: String,
    /// Where.
    pub position: Position,
}

/// Freight from one place to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lane {
    /// Index of the place where it begins.
    pub origin: usize,
    /// Index of the place where it ends.
    pub destination: usize,
    /// Its weight: trucks a year.
    pub trucks_per_year: f64,
}

/// A country's places, lanes and roads.
pub struct Country {
    places: Vec<Place>,
    lanes: Vec<Lane>,
    lanes_by_weight: Weighted,
    places_by_weight: Weighted,
    roads: Arc<RoadGraph>,
}

impl Country {
    /// Reads `DIR/places.csv`, `roads.csv` and `flows.csv` and keeps one country.
    ///
    /// # Errors
    /// [`FlowsError`] names the option, or the file and line.
    pub fn read(dir: &Path, country: &str) -> Result<Self, FlowsError> {
        files::read(dir, country)
    }

    /// The cities of the built-in gazetteer in a country, or all of Europe as `EU`; roads are great circle x 1.3.
    ///
    /// # Errors
    /// [`FlowsError::Country`] when it has fewer than two cities.
    pub fn of_gazetteer(country: &str) -> Result<Self, FlowsError> {
        gazetteer::country(country)
    }

    /// Puts the parts together; `None` when no lane has weight.
    pub(crate) fn assemble(places: Vec<Place>, lanes: Vec<Lane>, roads: RoadGraph) -> Option<Self> {
        let mut weight_of_place = vec![0.0; places.len()];
        for lane in &lanes {
            weight_of_place[lane.origin] += lane.trucks_per_year;
        }
        Some(Self {
            lanes_by_weight: Weighted::new(lanes.iter().map(|lane| lane.trucks_per_year))?,
            places_by_weight: Weighted::new(weight_of_place)?,
            places,
            lanes,
            roads: Arc::new(roads),
        })
    }

    /// The places.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The roads, as the market's road network.
    #[must_use]
    pub const fn roads(&self) -> &Arc<RoadGraph> {
        &self.roads
    }

    /// Minutes by which the day of the country's middle is ahead of UTC, by its longitude, in whole hours.
    #[must_use]
    pub fn ahead_of_utc_minutes(&self) -> i32 {
        let sum: f64 = self.places.iter().map(|place| place.position.longitude).sum();
        let mean = sum / (self.places.len().max(1) as f64);
        (mean / 15.0).round() as i32 * 60
    }

    /// Draws a lane by its trucks a year: both ends.
    pub fn draw_lane(&self, dice: &Dice) -> (&Place, &Place) {
        let lane = self.lanes[self.lanes_by_weight.draw(dice)];
        (&self.places[lane.origin], &self.places[lane.destination])
    }

    /// Draws a place by the trucks that leave it.
    pub fn draw_place(&self, dice: &Dice) -> &Place {
        &self.places[self.places_by_weight.draw(dice)]
    }
}
