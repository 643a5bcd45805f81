//! What the API says about documents.

use crate::views::DocumentRow;
use contracts::document::DocumentKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireDocumentKind {
    /// The cargo at the pickup.
    CargoPhoto,
    /// The cargo where it was handed over.
    DeliveryPhoto,
    /// Of whoever took the cargo.
    Signature,
    /// What is wrong.
    IssuePhoto,
    /// The paper that travels with the cargo and says what it is.
    ConsignmentNote,
    /// Anything else.
    Other,
}

impl From<WireDocumentKind> for DocumentKind {
    fn from(kind: WireDocumentKind) -> Self {
        match kind {
            WireDocumentKind::CargoPhoto => Self::CargoPhoto,
            WireDocumentKind::DeliveryPhoto => Self::DeliveryPhoto,
            WireDocumentKind::Signature => Self::Signature,
            WireDocumentKind::IssuePhoto => Self::IssuePhoto,
            WireDocumentKind::ConsignmentNote => Self::ConsignmentNote,
            WireDocumentKind::Other => Self::Other,
        }
    }
}

impl From<DocumentKind> for WireDocumentKind {
    fn from(kind: DocumentKind) -> Self {
        match kind {
            DocumentKind::CargoPhoto => Self::CargoPhoto,
            DocumentKind::DeliveryPhoto => Self::DeliveryPhoto,
            DocumentKind::Signature => Self::Signature,
            DocumentKind::IssuePhoto => Self::IssuePhoto,
            DocumentKind::ConsignmentNote => Self::ConsignmentNote,
            DocumentKind::Other => Self::Other,
        }
    }
}

/// A document, without what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WireDocument {
    /// Its id.
    #[schema(example = "doc_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    pub id: String,
    /// The shipment that it is about.
    pub shipment_id: String,
    /// What it is.
    pub kind: WireDocumentKind,
    /// `image/jpeg`, `image/png`, `image/webp` or `application/pdf`.
    #[schema(example = "image/jpeg")]
    pub content_type: String,
    /// Its length in bytes.
    pub bytes: i64,
    /// The user who brought it.
    pub uploaded_by: String,
    /// When.
    #[schema(format = DateTime)]
    pub uploaded_at: String,
    /// Whether it was erased: then there is no content any more.
    pub erased: bool,
    /// Where its bytes are, for those who may read it.
    #[schema(example = "/api/v1/documents/doc_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b/content")]
    pub content: String,
}

impl WireDocument {
    /// A row of the list.
    pub(crate) fn of(shipment: kernel::ShipmentId, row: DocumentRow) -> Self {
        Self {
            content: format!("/api/v1/documents/{}/content", row.id),
            id: row.id.to_string(),
            shipment_id: shipment.to_string(),
            kind: row.kind.into(),
            content_type: row.content_type,
            bytes: row.bytes,
            uploaded_by: row.uploaded_by.to_string(),
            uploaded_at: row.uploaded_at.to_string(),
            erased: row.erased,
        }
    }
}
