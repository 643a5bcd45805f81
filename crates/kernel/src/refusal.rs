//! A refusal: the answer of an agent that will not do what it was asked.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What class of refusal it is; the edge maps it to a status (design, section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// A field's value cannot be accepted (422).
    Invalid,
    /// The state does not allow it now, or another got there first (409).
    Conflict,
    /// There is no such thing for this caller (404).
    NotFound,
    /// The caller may see it but not do this (403).
    Forbidden,
}

/// One bad field of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's path in the request, such as `pickup.window.to`.
    pub field: Cow<'static, str>,
    /// A stable code, such as `out_of_range`.
    pub code: Cow<'static, str>,
    /// A sentence for people.
    pub detail: Cow<'static, str>,
}

/// Why a command was refused: a stable code for programs, a sentence for people, the fields for forms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Refusal {
    /// The class.
    pub kind: RefusalKind,
    /// Stable dotted code, such as `shipment.wrong_state`.
    pub code: &'static str,
    /// A sentence for people; never personal data.
    pub detail: Cow<'static, str>,
    /// The bad fields, when the class is [`RefusalKind::Invalid`].
    pub fields: Vec<FieldError>,
}

impl Refusal {
    /// A refusal because of the present state.
    #[must_use]
    pub fn conflict(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: RefusalKind::Conflict, code, detail: detail.into(), fields: Vec::new() }
    }

    /// A refusal because there is no such thing.
    #[must_use]
    pub fn not_found(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: RefusalKind::NotFound, code, detail: detail.into(), fields: Vec::new() }
    }

    /// A refusal because the caller may not.
    #[must_use]
    pub fn forbidden(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: RefusalKind::Forbidden, code, detail: detail.into(), fields: Vec::new() }
    }

    /// A refusal of one field.
    #[must_use]
    pub fn field(
        field: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        let detail = detail.into();
        let entry = FieldError { field: field.into(), code: Cow::Borrowed(code), detail: detail.clone() };
        Self { kind: RefusalKind::Invalid, code: "invalid_input", detail, fields: vec![entry] }
    }

    /// A refusal of several fields at once.
    #[must_use]
    pub fn fields(fields: Vec<FieldError>) -> Self {
        let detail = Cow::Borrowed("some fields cannot be accepted");
        Self { kind: RefusalKind::Invalid, code: "invalid_input", detail, fields }
    }
}
