//! `POST /api/v1/shipments/{id}/documents`: a photo, a signature or a paper, as the request's body.
//!
//! Errors: 403 for a role that brings no documents, 404 for an unknown or foreign shipment, 409 `document.too_many`,
//! 413 beyond 8 MiB, 415 for what is no JPEG, PNG, WebP or PDF, 422 for an unknown kind, an empty body, or what a
//! consignment note cannot say.

use super::DOCUMENT_BYTES_MAX;
use crate::{
    ContentType, Papers,
    agents::{Document, DocumentCommand},
    papers::{object_problem, resource_of, too_large},
    sealing::{DocumentKey, KEY_FIELD},
    views,
    wire::{WireDocument, WireDocumentKind},
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use bytes::Bytes;
use contracts::{
    document::DocumentUploaded,
    facility::CargoCount,
    ports::{ObjectName, permissions},
};
use edge::{Answer, Fields, PathId, Problem, Search, Session};
use kernel::{DocumentId, PersonId, ShipmentId};
use runtime::{Order, Wait};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use utoipa::IntoParams;

/// Documents of one shipment.
const DOCUMENTS_MAX: i64 = 200;

/// What it is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// What the document is.
    #[param(inline)]
    kind: WireDocumentKind,
    /// The weight in kg that a consignment note states.
    #[param(minimum = 0, maximum = 100_000)]
    weight_kg: Option<f64>,
    /// The pieces that a consignment note states.
    #[param(minimum = 0, maximum = 1_000_000)]
    pieces: Option<u32>,
    /// The reference on a consignment note; a shipment's or an order's, never a person's name.
    #[param(min_length = 1, max_length = 40, pattern = "^[A-Za-z0-9/._-]{1,40}$")]
    reference: Option<String>,
}

const WEIGHT_KG_MAX: f64 = 100_000.0;
const PIECES_MAX: u32 = 1_000_000;

impl UploadQuery {
    /// What the paper says of the cargo.
    fn states(&self) -> Result<Option<CargoCount>, Problem> {
        let mut fields = Fields::new();
        let is_note = matches!(self.kind, WireDocumentKind::ConsignmentNote);
        let stated = [
            ("weight_kg", self.weight_kg.is_some()),
            ("pieces", self.pieces.is_some()),
            ("reference", self.reference.is_some()),
        ];
        for (name, _) in stated.into_iter().filter(|(_, is_stated)| *is_stated && !is_note) {
            fields.refuse(name, "not_for_this_kind", "only a consignment note states it");
        }
        let weight = self.weight_kg.is_none_or(|kg| (0.0..=WEIGHT_KG_MAX).contains(&kg));
        fields.require(weight, "weight_kg", "out_of_range", "must be 0 to 100000");
        let pieces = self.pieces.is_none_or(|pieces| pieces <= PIECES_MAX);
        fields.require(pieces, "pieces", "out_of_range", "must be 0 to 1000000");
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
        let plain = |text: &String| (1..=40).contains(&text.len()) && text.chars().all(known);
        let reference = self.reference.as_ref().is_none_or(plain);
        let detail = "1 to 40 letters, digits, slashes, dots, dashes";
        fields.require(reference, "reference", "invalid_reference", detail);
        fields.finish()?;
        let states = || CargoCount {
            weight_kg: self.weight_kg,
            pieces: self.pieces,
            reference: self.reference.clone(),
        };
        Ok(is_note.then(states))
    }
}

/// Add a document to a shipment.
///
/// For the shipper, the booked carrier and driver, and the tenant's staff. The body is the document itself: JPEG, PNG,
/// WebP or PDF, at most 8 MiB; `Content-Type` must say which and be true. It is kept encrypted. Send an
/// `Idempotency-Key`, and the same upload is kept once however often it arrives. With a consignment note goes what it says
/// of the cargo; at a facility's gate it is compared with the booking and with what is counted.
#[utoipa::path(
    post,
    path = "/api/v1/shipments/{id}/documents",
    tag = "documents",
    params(("id" = String, Path, description = "the shipment"), UploadQuery),
    request_body(content(
        (Vec<u8> = "image/jpeg"),
        (Vec<u8> = "image/png"),
        (Vec<u8> = "image/webp"),
        (Vec<u8> = "application/pdf"),
    ), description = "the document itself"),
    responses((status = 201, description = "the document", body = WireDocument)),
)]
pub async fn upload_document(
    State(papers): State<Papers>,
    session: Session,
    PathId(shipment): PathId<ShipmentId>,
    Search(query): Search<UploadQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer<WireDocument>, Problem> {
    let parties = papers.parties(shipment).await?;
    session.authorise(&papers.platform, permissions::DOCUMENT_UPLOAD, &resource_of(&parties))?;
    let content_type = checked_type(&headers, &body)?;
    let states = query.states()?;
    let runtime = &papers.platform.runtime;
    if views::count(runtime.store(), shipment).await? >= DOCUMENTS_MAX {
        let detail = format!("a shipment has at most {DOCUMENTS_MAX} documents");
        return Err(Problem::conflict("document.too_many", detail));
    }
    let (now, entropy) = (runtime.now(), &**runtime.entropy());
    let (id, subject) = (DocumentId::generate(now, entropy), PersonId::generate(now, entropy));
    let key = DocumentKey::generate(entropy);
    let sealed = key.seal(id, &body).ok_or_else(too_large)?;
    let object = ObjectName::of_digest(&Sha256::digest(&sealed).into());
    // The object first: an event never names bytes that are not there. An object that no event names is noise that
    // nobody has the key of.
    papers.objects.put(object.clone(), sealed).await.map_err(object_problem)?;
    let uploaded = DocumentUploaded {
        tenant: parties.tenant,
        shipment,
        kind: query.kind.into(),
        content_type: content_type.name().to_owned(),
        bytes: body.len() as u64,
        object: object.to_string(),
        subject,
        uploaded_by: session.caller.user,
        states,
    };
    let order = Order::new::<Document>(id, DocumentCommand::Upload(Box::new(uploaded)))
        .write(papers.platform.vault.seal_new(parties.tenant, subject, &[(KEY_FIELD, &key.to_text())]))
        .wait(Wait::Durable);
    let receipt = runtime.submit(&session.origin, order).await?;
    let id = receipt.id::<DocumentId>().unwrap_or(id);
    if receipt.repeated {
        // The first request's object is the one; this one stays nameless either way.
        let _ = papers.objects.delete(object).await;
    }
    let rows = views::of_shipment(runtime.store(), shipment).await?;
    let row = rows.into_iter().find(|row| row.id == id).ok_or_else(Problem::not_found)?;
    Ok(Answer::created(WireDocument::of(shipment, row)))
}

/// What the bytes are, when that is what the client says.
fn checked_type(headers: &HeaderMap, body: &[u8]) -> Result<ContentType, Problem> {
    if body.is_empty() {
        return Err(Problem::field("body", "missing", "send the document as the body"));
    }
    if body.len() > DOCUMENT_BYTES_MAX {
        return Err(too_large());
    }
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let said = said.and_then(ContentType::named);
    let unsupported =
        |detail| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "document.unsupported_type", detail);
    let said =
        said.ok_or_else(|| unsupported("send image/jpeg, image/png, image/webp or application/pdf"))?;
    if ContentType::of(body) != Some(said) {
        return Err(unsupported("the bytes are not what the Content-Type says"));
    }
    Ok(said)
}
