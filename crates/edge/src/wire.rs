//! Wire types that several contexts share. They are never domain types: each converts with a check that names the
//! field.

use crate::Fields;
use kernel::{Currency, Money, Position, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `{"amount": "1250.00", "currency": "EUR"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WireMoney {
    /// A decimal number as text.
    #[schema(pattern = r"^-?[0-9]{1,17}(\.[0-9]{1,4})?$", example = "1250.00")]
    pub amount: String,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: String,
}

impl WireMoney {
    /// The domain's money, or notes `{field}.amount` or `{field}.currency`.
    pub fn check(&self, field: &str, fields: &mut Fields) -> Option<Money> {
        let currency = Currency::from_code(&self.currency).ok_or("not an ISO 4217 currency code");
        let currency = fields.take(format!("{field}.currency"), "unknown_currency", currency)?;
        fields.take(format!("{field}.amount"), "invalid_amount", Money::parse(&self.amount, currency))
    }
}

impl From<Money> for WireMoney {
    fn from(money: Money) -> Self {
        Self { amount: money.to_decimal().to_string(), currency: money.currency.code().to_owned() }
    }
}

/// `{"latitude": 45.46, "longitude": 9.19}`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WirePosition {
    /// Degrees north.
    #[schema(minimum = -90, maximum = 90)]
    pub latitude: f64,
    /// Degrees east.
    #[schema(minimum = -180, maximum = 180)]
    pub longitude: f64,
}

impl WirePosition {
    /// The domain's position, or notes `{field}.latitude` or `{field}.longitude`.
    pub fn check(self, field: &str, fields: &mut Fields) -> Option<Position> {
        check_position(self.latitude, self.longitude, field, fields)
    }
}

impl From<Position> for WirePosition {
    fn from(position: Position) -> Self {
        Self { latitude: position.latitude, longitude: position.longitude }
    }
}

/// Checks a pair of coordinates; `field` may be empty for top-level ones.
pub fn check_position(latitude: f64, longitude: f64, field: &str, fields: &mut Fields) -> Option<Position> {
    let prefix = if field.is_empty() { String::new() } else { format!("{field}.") };
    match Position::new(latitude, longitude) {
        Ok(position) => Some(position),
        Err(error) => {
            let name = match error {
                kernel::InvalidPosition::Latitude => "latitude",
                kernel::InvalidPosition::Longitude => "longitude",
            };
            fields.refuse(format!("{prefix}{name}"), "out_of_range", error.to_string());
            None
        }
    }
}

/// Checks an RFC 3339 time.
pub fn check_time(text: &str, field: &str, fields: &mut Fields) -> Option<Timestamp> {
    fields.take(field, "invalid_time", Timestamp::parse(text))
}
