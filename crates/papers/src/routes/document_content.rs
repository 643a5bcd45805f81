//! `GET /api/v1/documents/{id}/content`: what a document shows.
//!
//! Errors: 403 for a role that reads no documents (a signature: no personal data), 404 for an unknown, foreign or erased
//! document.

use crate::{ContentType, Papers};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
};
use edge::{PathId, Problem, Session};
use kernel::DocumentId;

/// Read a document's bytes.
///
/// For the shipper, the booked carrier and its drivers, and the tenant's staff. The browser may keep them for five
/// minutes, for itself alone.
#[utoipa::path(
    get,
    path = "/api/v1/documents/{id}/content",
    tag = "documents",
    params(("id" = String, Path, description = "the document")),
    responses((status = 200, description = "the document itself", content(
        (Vec<u8> = "image/jpeg"),
        (Vec<u8> = "image/png"),
        (Vec<u8> = "image/webp"),
        (Vec<u8> = "application/pdf"),
    ))),
)]
pub async fn document_content(
    State(papers): State<Papers>,
    session: Session,
    PathId(id): PathId<DocumentId>,
) -> Result<(HeaderMap, Vec<u8>), Problem> {
    let uploaded = papers.readable(id, &session).await?;
    let content_type = ContentType::named(&uploaded.content_type)
        .ok_or_else(|| Problem::defect(&format!("{id} has an unknown type")))?;
    let bytes = papers.bytes_of(id, &uploaded).await?;
    Ok((headers_of(id, content_type), bytes))
}

/// Nothing in a document may act on our pages: it is shown as what it is, alone, and a PDF is saved, not opened.
fn headers_of(id: DocumentId, content_type: ContentType) -> HeaderMap {
    let way = if content_type == ContentType::Pdf { "attachment" } else { "inline" };
    let disposition = format!("{way}; filename=\"{id}.{}\"", content_type.extension());
    let mut headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type.name())),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=300")),
        (header::VARY, HeaderValue::from_static("authorization, x-api-key")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ]);
    if let Ok(disposition) = HeaderValue::try_from(disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    headers
}
