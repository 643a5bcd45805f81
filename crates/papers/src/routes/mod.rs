//! The routes of documents, one endpoint a file.

mod document_content;
mod erase_document;
mod list_documents;
mod upload_document;

use crate::Papers;
use edge::LargeBody;
use std::time::Duration;
use utoipa_axum::{router::OpenApiRouter, routes};

/// A document in bytes, at most: a phone's photo has 3 to 6 MB.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The route whose bodies are longer than others, and may take a phone's network a while.
pub const LARGE_BODY: LargeBody = LargeBody {
    path: "/api/v1/shipments/{id}/documents",
    bytes: DOCUMENT_BYTES_MAX,
    time: Duration::from_secs(120),
};

/// `POST` and `GET /api/v1/shipments/{id}/documents`, `GET /api/v1/documents/{id}/content`,
/// `DELETE /api/v1/documents/{id}`.
pub fn routes(papers: Papers) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(upload_document::upload_document, list_documents::list_documents))
        .routes(routes!(document_content::document_content))
        .routes(routes!(erase_document::erase_document))
        .with_state(papers)
}
