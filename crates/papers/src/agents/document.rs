//! The document: it comes in once, and may be erased.

use contracts::document::{DocumentErased, DocumentEvent, DocumentUploaded};
use kernel::{DocumentId, Refusal, Timestamp};
use runtime::Agent;
use serde::{Deserialize, Serialize};

/// What a document can be asked.
#[derive(Debug, Clone)]
pub enum DocumentCommand {
    /// Begin to exist.
    Upload(Box<DocumentUploaded>),
    /// Be forgotten; again changes nothing.
    Erase,
}

/// A document's state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// What it is; absent until it exists.
    pub uploaded: Option<DocumentUploaded>,
    /// When it came.
    pub uploaded_at: Option<Timestamp>,
    /// Whether its key is gone.
    pub erased: bool,
}

impl Agent for Document {
    type Id = DocumentId;
    type Command = DocumentCommand;
    type Event = DocumentEvent;
    const KIND: &'static str = "document";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &DocumentCommand, _now: Timestamp) -> Result<Vec<DocumentEvent>, Refusal> {
        match (command, &self.uploaded) {
            (DocumentCommand::Upload(uploaded), None) => Ok(vec![uploaded.as_ref().clone().into()]),
            (DocumentCommand::Upload(_), Some(_)) => {
                Err(Refusal::conflict("document.exists", "the document exists already"))
            }
            (DocumentCommand::Erase, None) => {
                Err(Refusal::not_found("document.unknown", "there is no such document"))
            }
            (DocumentCommand::Erase, Some(_)) => {
                Ok((!self.erased).then(|| DocumentErased {}.into()).into_iter().collect())
            }
        }
    }

    fn evolve(&mut self, event: &DocumentEvent, at: Timestamp) {
        match event {
            DocumentEvent::Uploaded(uploaded) => {
                self.uploaded = Some(uploaded.clone());
                self.uploaded_at = Some(at);
            }
            DocumentEvent::Erased(_) => self.erased = true,
        }
    }

    fn state_name(&self) -> &'static str {
        match (&self.uploaded, self.erased) {
            (None, _) => "",
            (Some(_), false) => "kept",
            (Some(_), true) => "erased",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::document::DocumentKind;
    use kernel::{PersonId, ShipmentId, TenantId, TypedId, UserId, Uuid};

    fn uploaded() -> DocumentUploaded {
        let one = Uuid::from_u128(1);
        DocumentUploaded {
            tenant: TenantId::from_uuid(one),
            shipment: ShipmentId::from_uuid(one),
            kind: DocumentKind::Signature,
            content_type: "image/png".to_owned(),
            bytes: 10,
            object: "00".repeat(32),
            subject: PersonId::from_uuid(one),
            uploaded_by: UserId::from_uuid(one),
            states: None,
        }
    }

    #[test]
    fn it_comes_once_and_is_erased_once() {
        let now = Timestamp::from_millis(1);
        let mut document = Document::default();
        let upload = DocumentCommand::Upload(Box::new(uploaded()));
        assert_eq!(document.decide(&DocumentCommand::Erase, now).unwrap_err().code, "document.unknown");
        for event in document.decide(&upload, now).unwrap() {
            document.evolve(&event, now);
        }
        assert_eq!(document.decide(&upload, now).unwrap_err().code, "document.exists");
        for event in document.decide(&DocumentCommand::Erase, now).unwrap() {
            document.evolve(&event, now);
        }
        assert_eq!(document.state_name(), "erased");
        assert!(document.decide(&DocumentCommand::Erase, now).unwrap().is_empty());
    }
}
