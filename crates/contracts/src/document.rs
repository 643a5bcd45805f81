//! Documents of shipments: photos, signatures, papers. What they show is kept encrypted behind the objects port; the log
//! knows only that there is one (docs/decisions/0011).

use crate::{events, facility::CargoCount};
use kernel::{PersonId, ShipmentId, TenantId, UserId};
use serde::{Deserialize, Serialize};

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// The cargo at the pickup.
    CargoPhoto,
    /// The cargo where it was handed over.
    DeliveryPhoto,
    /// Of whoever took the cargo.
    Signature,
    /// What is wrong.
    IssuePhoto,
    /// The paper that travels with the cargo and says what it is (CMR).
    ConsignmentNote,
    /// Anything else.
    Other,
}

impl DocumentKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::CargoPhoto,
        Self::DeliveryPhoto,
        Self::Signature,
        Self::IssuePhoto,
        Self::ConsignmentNote,
        Self::Other,
    ];

    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CargoPhoto => "cargo_photo",
            Self::DeliveryPhoto => "delivery_photo",
            Self::Signature => "signature",
            Self::IssuePhoto => "issue_photo",
            Self::ConsignmentNote => "consignment_note",
            Self::Other => "other",
        }
    }
}

/// A document came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentUploaded {
    /// The tenant.
    pub tenant: TenantId,
    /// What it is about.
    pub shipment: ShipmentId,
    /// What it is.
    pub kind: DocumentKind,
    /// `image/jpeg`, `image/png`, `image/webp` or `application/pdf`, as found in its first bytes.
    pub content_type: String,
    /// Its length.
    pub bytes: u64,
    /// The object that holds it, sealed: SHA-256 of the sealed bytes, hex.
    pub object: String,
    /// The vault's subject that holds the key of the object.
    pub subject: PersonId,
    /// Who brought it.
    pub uploaded_by: UserId,
    /// What it says of the cargo, by who brought it; only a consignment note does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub states: Option<CargoCount>,
}

/// Its key was deleted: nobody can read it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentErased {}

events! {
    /// What happens to a document.
    pub enum DocumentEvent(schema 1) {
        /// It came in.
        "document.uploaded" => Uploaded(DocumentUploaded),
        /// It was erased.
        "document.erased" => Erased(DocumentErased),
    }
}
