//! How a shipment is offered.

use super::check_organisations;
use contracts::shipment::Tender;
use edge::Fields;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Seconds that each carrier of a waterfall has, unless told.
const STEP_SECONDS: u32 = 300;
/// The shortest and the longest step.
const STEP_SECONDS_RANGE: std::ops::RangeInclusive<u32> = 30..=86_400;

/// To whom a shipment is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenderMode {
    /// To every eligible driver at once.
    #[default]
    Broadcast,
    /// To carriers in order, each for a time.
    Waterfall,
    /// To one carrier only.
    Direct,
}

/// How a shipment is offered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WireTender {
    /// To whom.
    pub mode: TenderMode,
    /// Waterfall: the carriers' organisations, first choice first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 50)]
    pub carriers: Option<Vec<String>>,
    /// Waterfall: seconds that each has to bid; 300 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 30, maximum = 86_400)]
    pub step_seconds: Option<u32>,
    /// Direct: the carrier's organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^org_[0-9a-f]{32}$")]
    pub carrier: Option<String>,
}

impl WireTender {
    /// The domain's tender, or notes what is wrong under `tender.`.
    pub(crate) fn check(&self, fields: &mut Fields) -> Option<Tender> {
        let alien = |given: bool, field: &'static str, fields: &mut Fields| {
            fields.require(!given, field, "not_for_this_mode", "another mode takes this field");
        };
        if self.mode != TenderMode::Waterfall {
            alien(self.carriers.is_some(), "tender.carriers", fields);
            alien(self.step_seconds.is_some(), "tender.step_seconds", fields);
        }
        if self.mode != TenderMode::Direct {
            alien(self.carrier.is_some(), "tender.carrier", fields);
        }
        match self.mode {
            TenderMode::Broadcast => Some(Tender::Broadcast),
            TenderMode::Waterfall => self.waterfall(fields),
            TenderMode::Direct => {
                let text = self.carrier.as_deref().unwrap_or_default();
                let carrier = fields.take("tender.carrier", "invalid_id", text.parse())?;
                Some(Tender::Direct { carrier })
            }
        }
    }

    fn waterfall(&self, fields: &mut Fields) -> Option<Tender> {
        let texts = self.carriers.as_deref().unwrap_or_default();
        fields.require(!texts.is_empty(), "tender.carriers", "missing", "a waterfall names its carriers");
        let carriers = check_organisations(texts, "tender.carriers", fields);
        let step_seconds = self.step_seconds.unwrap_or(STEP_SECONDS);
        let holds = STEP_SECONDS_RANGE.contains(&step_seconds);
        fields.require(holds, "tender.step_seconds", "out_of_range", "must be 30 to 86400");
        Some(Tender::Waterfall { carriers, step_seconds })
    }
}

impl From<&Tender> for WireTender {
    fn from(tender: &Tender) -> Self {
        match tender {
            Tender::Broadcast => Self::default(),
            Tender::Waterfall { carriers, step_seconds } => Self {
                mode: TenderMode::Waterfall,
                carriers: Some(carriers.iter().map(ToString::to_string).collect()),
                step_seconds: Some(*step_seconds),
                carrier: None,
            },
            Tender::Direct { carrier } => {
                Self { mode: TenderMode::Direct, carrier: Some(carrier.to_string()), ..Self::default() }
            }
        }
    }
}
