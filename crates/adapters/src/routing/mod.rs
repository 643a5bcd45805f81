//! Route servers of others: Valhalla, OSRM, Google Maps (design, section 6; issue 5).
//!
//! A vendor's dialect is pure: a question becomes an address and a body, bytes become an answer. [`VendorRoutes`] sends
//! them through the guard, remembers what was said, and knows what to do when the vendor is away.

mod google;
mod osrm;
mod polyline;
mod valhalla;
mod vendor_routes;

pub use google::Google;
pub use osrm::Osrm;
pub use valhalla::Valhalla;
pub use vendor_routes::{NoClient, VendorRoutes};

use contracts::ports::{MatrixRequest, NoRoute, PlannedRoute, RouteRequest};
use guard::Retryable;

/// What is asked of a vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The whole address.
    pub url: String,
    /// A JSON body, for POST; without one it is a GET.
    pub body: Option<String>,
}

/// Why a vendor's answer is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VendorError {
    /// It may go well later.
    #[error("{0}")]
    Away(String),
    /// It will not: a wrong key, a question it does not take, an answer that nobody understands.
    #[error("{0}")]
    Refused(String),
}

impl Retryable for VendorError {
    fn retryable(&self) -> bool {
        matches!(self, Self::Away(_))
    }

    fn counts(&self) -> bool {
        true
    }
}

/// What a vendor measured: metres and seconds of each pair, row by row; none where it knows no way.
pub type Cells = Vec<Vec<Option<(u32, u32)>>>;

/// One vendor's language.
pub trait Dialect: Send + Sync {
    /// The name of the source in answers.
    fn name(&self) -> &'static str;
    /// Whom to name where a route is shown.
    fn attribution(&self) -> &'static str;
    /// The question for routes; none when the vendor knows no such vehicle or objective.
    fn ask_routes(&self, request: &RouteRequest) -> Option<Question>;
    /// The answer to it.
    ///
    /// # Errors
    /// [`VendorError`].
    fn read_routes(
        &self,
        request: &RouteRequest,
        status: u16,
        body: &[u8],
    ) -> Result<Result<Vec<PlannedRoute>, NoRoute>, VendorError>;
    /// The question for a matrix; none when it is too large or of the wrong kind for the vendor.
    fn ask_matrix(&self, request: &MatrixRequest) -> Option<Question>;
    /// The answer to it.
    ///
    /// # Errors
    /// [`VendorError`].
    fn read_matrix(&self, request: &MatrixRequest, status: u16, body: &[u8]) -> Result<Cells, VendorError>;
}

/// Reads an answer's JSON; an overloaded or broken server says something else.
fn parsed<T: serde::de::DeserializeOwned>(status: u16, body: &[u8]) -> Result<T, VendorError> {
    serde_json::from_slice(body).map_err(|error| match status {
        429 | 500.. => VendorError::Away(format!("HTTP {status}")),
        _ => VendorError::Refused(format!("HTTP {status} with an answer that does not read: {error}")),
    })
}

/// A number of a vendor as a whole one; absurd ones are no numbers.
fn whole(number: f64) -> Option<u32> {
    (number.is_finite() && (0.0..=4e9).contains(&number)).then(|| number.round() as u32)
}

/// Makes sure that a vendor's matrix has the shape that was asked for.
fn shaped(cells: Cells, request: &MatrixRequest) -> Result<Cells, VendorError> {
    let side = request.places.len();
    if cells.len() == side && cells.iter().all(|row| row.len() == side) {
        Ok(cells)
    } else {
        Err(VendorError::Refused("the matrix has another shape than was asked for".to_owned()))
    }
}

/// The steps' turning points and a way's line must be places on Earth.
fn on_earth(latitude: f64, longitude: f64) -> Result<kernel::Position, VendorError> {
    kernel::Position::new(latitude, longitude)
        .map_err(|_| VendorError::Refused("a place of the answer is not on Earth".to_owned()))
}
