//! What identity reads and writes on the wire, and the checks between it and the domain.

use crate::{
    agents::{Locale, OrganisationKind},
    passwords::PASSWORD_CHARS,
    personal::{Email, Phone},
};
use contracts::ports::Role;
use edge::Fields;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// Characters of a name of a person or an organisation.
const NAME_CHARS_MAX: usize = 200;

/// A secret in a request: masked when printed, wiped when dropped.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself, for hashing.
    pub(crate) fn reveal(&self) -> &Zeroizing<String> {
        &self.0
    }

    /// Refuses what is longer than any password or token; notes `field`.
    pub(crate) fn check_bound(&self, field: &str, fields: &mut Fields) {
        let within = self.0.chars().count() <= *PASSWORD_CHARS.end();
        fields.require(within, field, "out_of_range", "at most 256 characters");
    }

    /// Whether it has as many characters as a password may have; notes `field` otherwise.
    pub(crate) fn check_password(&self, field: &str, fields: &mut Fields) {
        let length = self.0.chars().count();
        fields.require(PASSWORD_CHARS.contains(&length), field, "out_of_range", "10 to 256 characters");
    }
}

impl From<Zeroizing<String>> for Secret {
    fn from(text: Zeroizing<String>) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

/// A name as it is kept: trimmed, 1 to 200 characters, no control characters. Anything else is text and stays text.
pub(crate) fn check_name(text: &str, field: &str, fields: &mut Fields) -> String {
    let name = text.trim();
    let length = name.chars().count();
    fields.require((1..=NAME_CHARS_MAX).contains(&length), field, "out_of_range", "1 to 200 characters");
    fields.require(!name.chars().any(char::is_control), field, "invalid", "no control characters");
    name.to_owned()
}

/// An e-mail address, normalised, or notes `email`.
pub(crate) fn check_email(text: Option<&str>, fields: &mut Fields) -> Option<Email> {
    fields.take("email", "invalid_email", Email::parse(text?))
}

/// A phone number, normalised, or notes `phone`.
pub(crate) fn check_phone(text: Option<&str>, fields: &mut Fields) -> Option<Phone> {
    fields.take("phone", "invalid_phone", Phone::parse(text?))
}

/// The roles on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireRole {
    /// Posts shipments.
    Shipper,
    /// Runs drivers and trucks.
    Carrier,
    /// Drives.
    Driver,
    /// Runs docks.
    Facility,
    /// Dispatches.
    Broker,
    /// Oversees the dispatchers.
    Supervisor,
    /// Sees and settles money.
    Finance,
    /// Helps customers.
    Support,
    /// Reads everything.
    Auditor,
    /// Runs the tenant.
    Admin,
}

impl From<Role> for WireRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Shipper => Self::Shipper,
            Role::Carrier => Self::Carrier,
            Role::Driver => Self::Driver,
            Role::Facility => Self::Facility,
            Role::Broker => Self::Broker,
            Role::Supervisor => Self::Supervisor,
            Role::Finance => Self::Finance,
            Role::Support => Self::Support,
            Role::Auditor => Self::Auditor,
            Role::Admin => Self::Admin,
        }
    }
}

impl From<WireRole> for Role {
    fn from(role: WireRole) -> Self {
        match role {
            WireRole::Shipper => Self::Shipper,
            WireRole::Carrier => Self::Carrier,
            WireRole::Driver => Self::Driver,
            WireRole::Facility => Self::Facility,
            WireRole::Broker => Self::Broker,
            WireRole::Supervisor => Self::Supervisor,
            WireRole::Finance => Self::Finance,
            WireRole::Support => Self::Support,
            WireRole::Auditor => Self::Auditor,
            WireRole::Admin => Self::Admin,
        }
    }
}

/// The kinds of organisations on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireOrganisationKind {
    /// Ships goods.
    Shipper,
    /// Runs trucks.
    Carrier,
    /// Runs docks.
    Facility,
    /// The brokerage itself.
    Operator,
}

impl From<WireOrganisationKind> for OrganisationKind {
    fn from(kind: WireOrganisationKind) -> Self {
        match kind {
            WireOrganisationKind::Shipper => Self::Shipper,
            WireOrganisationKind::Carrier => Self::Carrier,
            WireOrganisationKind::Facility => Self::Facility,
            WireOrganisationKind::Operator => Self::Operator,
        }
    }
}

/// An organisation in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrganisationView {
    /// Its id.
    pub id: String,
    /// `shipper`, `carrier`, `facility` or `operator`.
    pub kind: String,
    /// Its name, for those who may read personal data: a sole trader's name is its owner's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Rossi Trasporti")]
    pub name: Option<String>,
}

/// The languages on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WireLocale {
    /// Italian.
    It,
    /// English.
    En,
    /// French.
    Fr,
    /// Swahili.
    Sw,
    /// Arabic.
    Ar,
}

impl From<Locale> for WireLocale {
    fn from(locale: Locale) -> Self {
        match locale {
            Locale::It => Self::It,
            Locale::En => Self::En,
            Locale::Fr => Self::Fr,
            Locale::Sw => Self::Sw,
            Locale::Ar => Self::Ar,
        }
    }
}

impl From<WireLocale> for Locale {
    fn from(locale: WireLocale) -> Self {
        match locale {
            WireLocale::It => Self::It,
            WireLocale::En => Self::En,
            WireLocale::Fr => Self::Fr,
            WireLocale::Sw => Self::Sw,
            WireLocale::Ar => Self::Ar,
        }
    }
}

/// One line of "who may what".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Grant {
    /// The role.
    pub role: WireRole,
    /// What it may do.
    #[schema(example = "shipment:read")]
    pub permission: String,
    /// The farthest relation in which it may: `own`, `organisation` or `tenant`.
    pub reach: String,
    /// Whether an API key of that role may too.
    pub by_key: bool,
}

/// Where the client keeps its refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionForm {
    /// Wherever it likes: the token comes in the answer's body.
    #[default]
    Body,
    /// In an `HttpOnly` cookie of the browser: the token never is in a body.
    Cookie,
}

/// What a login or a refresh gives.
#[derive(Clone, Serialize, ToSchema)]
pub struct Tokens {
    /// To be sent as `Authorization: Bearer ...`.
    pub access_token: String,
    /// To be exchanged once, at `/api/v1/auth/refresh`, for the next pair. Absent when the session is kept in a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "abr_...")]
    pub refresh_token: Option<String>,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    pub expires_in: u64,
    /// Seconds until the refresh token expires.
    #[schema(example = 604_800)]
    pub refresh_expires_in: u64,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(***)")
    }
}

/// A user as it is shown. Names, e-mail and phone are shown to the user itself and to those who may see them.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserView {
    /// Its id.
    #[schema(example = "usr_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    pub id: String,
    /// Its organisation.
    #[schema(example = "org_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    pub organisation_id: String,
    /// Its role.
    pub role: WireRole,
    /// `active`, `disabled` or `erased`.
    pub state: String,
    /// When it was registered.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The person's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The person's phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_have_the_same_names_on_the_wire_and_inside() {
        for role in Role::ALL {
            let wire = serde_json::to_string(&WireRole::from(role)).unwrap();
            assert_eq!(wire, format!("\"{}\"", role.name()));
            assert_eq!(Role::from(WireRole::from(role)), role);
        }
    }

    #[test]
    fn languages_have_the_same_names_on_the_wire_and_inside() {
        for locale in [Locale::It, Locale::En, Locale::Fr, Locale::Sw, Locale::Ar] {
            let wire = serde_json::to_string(&WireLocale::from(locale)).unwrap();
            assert_eq!(wire, format!("\"{}\"", locale.name()));
            assert_eq!(Locale::from(WireLocale::from(locale)), locale);
        }
    }

    #[test]
    fn hostile_text_is_kept_as_text_within_its_bounds() {
        let mut fields = Fields::new();
        let name = "  <script>alert('x')</script> '; DROP TABLE users; -- ${jndi} \u{202e}عربى ";
        assert_eq!(check_name(name, "name", &mut fields), name.trim());
        assert!(fields.finish().is_ok());
        for bad in ["", "   ", "a\nb", "nul\0", &"x".repeat(201)] {
            let mut fields = Fields::new();
            check_name(bad, "name", &mut fields);
            assert!(fields.finish().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_password_has_ten_characters_or_more_and_is_never_printed() {
        for (length, good) in [(9, false), (10, true), (256, true), (257, false)] {
            let secret: Secret = serde_json::from_value(serde_json::json!("è".repeat(length))).unwrap();
            let mut fields = Fields::new();
            secret.check_password("password", &mut fields);
            assert_eq!(fields.finish().is_ok(), good, "{length}");
            assert_eq!(format!("{secret:?}"), "***");
        }
    }
}
