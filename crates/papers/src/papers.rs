//! What the routes of papers share.

use crate::{
    agents::Document,
    sealing::{DocumentKey, KEY_FIELD},
};
use axum::{extract::FromRef, http::StatusCode};
use contracts::{
    document::{DocumentKind, DocumentUploaded},
    ports::{ObjectError, ObjectStore, Resource, ShipmentAccess, ShipmentParties, permissions},
};
use edge::{Platform, Problem, Session};
use kernel::{DocumentId, ShipmentId};
use std::sync::Arc;
use store::StoreError;

/// The state of the routes of papers.
#[derive(Clone)]
pub struct Papers {
    /// What every route can reach.
    pub platform: Platform,
    /// Who has to do with a shipment.
    pub shipments: Arc<dyn ShipmentAccess>,
    /// Where the bytes are.
    pub objects: Arc<dyn ObjectStore>,
}

impl FromRef<Papers> for Platform {
    fn from_ref(papers: &Papers) -> Self {
        papers.platform.clone()
    }
}

impl Papers {
    /// Who has to do with a shipment; 404 when there is none.
    pub(crate) async fn parties(&self, shipment: ShipmentId) -> Result<ShipmentParties, Problem> {
        let parties = self.shipments.parties(shipment).await;
        let parties = parties.map_err(|error| Problem::from(StoreError::Unavailable(error.to_string())))?;
        parties.ok_or_else(Problem::not_found)
    }

    /// A document that exists and was not erased, for a caller that may read it. A signature is about a person: staff
    /// needs leave to read personal data, and its look is written down.
    pub(crate) async fn readable(
        &self,
        id: DocumentId,
        session: &Session,
    ) -> Result<DocumentUploaded, Problem> {
        let document = self.platform.runtime.state::<Document>(id).await?.ok_or_else(Problem::not_found)?;
        let uploaded = document.uploaded.clone().ok_or_else(Problem::not_found)?;
        let parties = self.parties(uploaded.shipment).await?;
        let resource = resource_of(&parties);
        session.authorise(&self.platform, permissions::DOCUMENT_READ, &resource)?;
        if uploaded.kind == DocumentKind::Signature
            && !resource.organisations.contains(&session.caller.organisation)
        {
            session.authorise(&self.platform, permissions::PERSONAL_READ, &resource)?;
            tracing::info!(actor = %session.caller.actor, subject = %uploaded.subject, "personal data was read");
        }
        if document.erased {
            return Err(Problem::not_found());
        }
        Ok(uploaded)
    }

    /// The bytes of a document.
    pub(crate) async fn bytes_of(
        &self,
        id: DocumentId,
        uploaded: &DocumentUploaded,
    ) -> Result<Vec<u8>, Problem> {
        let lost = |what: &'static str| Problem::defect(&format!("{id}: {what}"));
        let fields = self.platform.vault.open(uploaded.subject).await?;
        let key = fields.into_iter().find(|(name, _)| name == KEY_FIELD).map(|(_, text)| text);
        // Without its key it was erased while we looked.
        let key = key.ok_or_else(Problem::not_found)?;
        let key = DocumentKey::of_text(key.reveal()).ok_or_else(|| lost("its key cannot be read"))?;
        let name = uploaded.object.parse().map_err(|_| lost("its object has no name"))?;
        let sealed = self.objects.get(name).await.map_err(object_problem)?;
        let sealed = sealed.ok_or_else(|| lost("its object is gone"))?;
        key.open(id, &sealed).ok_or_else(|| lost("its object does not open"))
    }
}

/// What a shipment is for the policies: its shipper and its booked carrier are parties, its booked driver acts.
pub(crate) fn resource_of(parties: &ShipmentParties) -> Resource {
    Resource {
        tenant: Some(parties.tenant),
        organisations: std::iter::once(parties.shipper).chain(parties.carrier).collect(),
        users: parties.driver_user.into_iter().collect(),
        driver: parties.driver,
    }
}

pub(crate) fn object_problem(error: ObjectError) -> Problem {
    match error {
        ObjectError::TooLarge => too_large(),
        ObjectError::Altered(_) => Problem::defect(&error),
        ObjectError::Unavailable(_) => {
            tracing::warn!(%error, "objects cannot be kept or read");
            Problem::unavailable(
                "objects.unavailable",
                "documents cannot be kept or read now; nothing was done",
            )
        }
    }
}

pub(crate) fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body.too_large", "a document has at most 8 MiB")
}
