//! What identifies a person at login, normalised, and the person's fields in the vault.

use kernel::{PersonId, Personal, TenantId};
use store::{Claim, StoreError, Vault};

/// The claim's scope: one login key belongs to one user, over all tenants.
pub(crate) const LOGIN_SCOPE: &str = "login";

/// The field of a name in the vault.
pub(crate) const NAME: &str = "name";
const EMAIL: &str = "email";
const PHONE: &str = "phone";
const PASSWORD: &str = "password";

/// Not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an e-mail address of at most 254 characters")]
pub struct InvalidEmail;

/// Not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an international phone number such as +390212345678")]
pub struct InvalidPhone;

/// An e-mail address: trimmed and lower-case. What stands before the @ is another's business; only its length and that
/// nothing invisible is in it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Email(Personal<String>);

impl Email {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let email = text.trim().to_lowercase();
        let (local, domain) = email.rsplit_once('@').ok_or(InvalidEmail)?;
        let local_ok = (1..=64).contains(&local.chars().count()) && !local.contains('@');
        let visible = !email.chars().any(|c| c.is_whitespace() || c.is_control());
        let label_ok = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let domain_ok = domain.split('.').all(label_ok);
        if local_ok && visible && domain_ok && email.len() <= 254 {
            Ok(Self(Personal::new(email)))
        } else {
            Err(InvalidEmail)
        }
    }
}

/// A phone number in E.164: `+` and 7 to 15 digits. Spaces, dots, hyphens, slashes and brackets are dropped, a leading
/// `00` becomes `+`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Phone(Personal<String>);

impl Phone {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidPhone> {
        if text.len() > 64 {
            return Err(InvalidPhone);
        }
        let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '/' | '(' | ')')).collect();
        let digits = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00")).ok_or(InvalidPhone)?;
        let shape = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if shape && !digits.starts_with('0') {
            Ok(Self(Personal::new(format!("+{digits}"))))
        } else {
            Err(InvalidPhone)
        }
    }
}

/// What a login names an account by.
#[derive(Debug, Clone)]
pub(crate) enum Login {
    /// Its e-mail address.
    Email(Email),
    /// Its phone number.
    Phone(Phone),
}

impl Login {
    /// The keyed blind index under which the account is found.
    pub(crate) fn index(&self, vault: &Vault) -> String {
        match self {
            Self::Email(email) => vault.blind_index(EMAIL, email.0.reveal()),
            Self::Phone(phone) => vault.blind_index(PHONE, phone.0.reveal()),
        }
    }

    /// Takes the login for an account.
    pub(crate) fn claim(&self, vault: &Vault, owner: impl ToString) -> Claim {
        Claim::Unique { scope: LOGIN_SCOPE, key: self.index(vault), owner: owner.to_string() }
    }

    /// Gives the login back.
    pub(crate) fn free(&self, vault: &Vault) -> Claim {
        Claim::Free { scope: LOGIN_SCOPE, key: self.index(vault) }
    }
}

/// A person's fields as they go into the vault. The password's PHC string is a secret, so it lies there too.
pub(crate) struct PersonFields<'a> {
    pub(crate) name: Option<&'a str>,
    pub(crate) email: Option<&'a Email>,
    pub(crate) phone: Option<&'a Phone>,
    pub(crate) password: Option<&'a str>,
}

impl<'a> PersonFields<'a> {
    /// The fields that are there, by name.
    pub(crate) fn named(&self) -> Vec<(&'static str, &'a str)> {
        let all = [
            (NAME, self.name),
            (EMAIL, self.email.map(|email| email.0.reveal().as_str())),
            (PHONE, self.phone.map(|phone| phone.0.reveal().as_str())),
            (PASSWORD, self.password),
        ];
        all.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
    }
}

/// The writes that keep a name of its own, such as an organisation's or a key's.
pub(crate) fn seal_name(vault: &Vault, tenant: TenantId, person: PersonId, name: &str) -> Vec<store::Write> {
    vault.seal_new(tenant, person, &[(NAME, name)])
}

/// What the vault holds of a person; all absent when it was erased.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    pub(crate) name: Option<Personal<String>>,
    pub(crate) email: Option<Personal<String>>,
    pub(crate) phone: Option<Personal<String>>,
    pub(crate) password: Option<Personal<String>>,
}

impl Person {
    fn of(fields: Vec<(String, Personal<String>)>) -> Self {
        let mut person = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                NAME => person.name = Some(value),
                EMAIL => person.email = Some(value),
                PHONE => person.phone = Some(value),
                PASSWORD => person.password = Some(value),
                _ => {}
            }
        }
        person
    }

    /// Reads a person.
    pub(crate) async fn open(vault: &Vault, person: PersonId) -> Result<Self, StoreError> {
        Ok(Self::of(vault.open(person).await?))
    }

    /// Reads several, in the order asked.
    pub(crate) async fn open_many(vault: &Vault, persons: &[PersonId]) -> Result<Vec<Self>, StoreError> {
        Ok(vault.open_many(persons).await?.into_iter().map(Self::of).collect())
    }

    /// The logins it is found by.
    pub(crate) fn logins(&self) -> Vec<Login> {
        let email = self.email.as_ref().and_then(|email| Email::parse(email.reveal()).ok()).map(Login::Email);
        let phone = self.phone.as_ref().and_then(|phone| Phone::parse(phone.reveal()).ok()).map(Login::Phone);
        email.into_iter().chain(phone).collect()
    }
}

/// A value for somebody who may see it.
pub(crate) fn shown(value: Option<&Personal<String>>) -> Option<String> {
    value.map(|value| value.reveal().clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn email(text: &str) -> Option<String> {
        Email::parse(text).ok().map(|email| email.0.reveal().clone())
    }

    fn phone(text: &str) -> Option<String> {
        Phone::parse(text).ok().map(|phone| phone.0.reveal().clone())
    }

    #[test]
    fn e_mails_are_lower_case_and_plausible() {
        assert_eq!(email(" Shipper@Example.COM ").as_deref(), Some("shipper@example.com"));
        assert_eq!(email("o'brien+eu@mail.example.co.uk").as_deref(), Some("o'brien+eu@mail.example.co.uk"));
        assert_eq!(email("ann@localhost").as_deref(), Some("ann@localhost"));
        let long = format!("{}@example.com", "a".repeat(65));
        for bad in [
            "", "@", "a@", "@b.c", "a b@c.d", "a@b..c", "a@-b.c", "a@b@c.d", "a@b c", "a\n@b.c", "a@b_c.d",
            &long,
        ] {
            assert_eq!(email(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn phones_are_international() {
        for text in ["+390212345678", "00390212345678", "+39 02 1234-5678", "+39 (02) 123.456/78"] {
            assert_eq!(phone(text).as_deref(), Some("+390212345678"), "{text}");
        }
        for bad in [
            "",
            "+",
            "0212345678",
            "+0390212345",
            "+39021",
            "+3902123456789012",
            "+39O212345678",
            "390212345678",
        ] {
            assert_eq!(phone(bad), None, "{bad}");
        }
    }

    #[test]
    fn nothing_personal_is_printed() {
        let login = Login::Email(Email::parse("ann@example.com").unwrap());
        assert!(!format!("{login:?}").contains("ann"));
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in "\\PC{0,40}@[a-z0-9.-]{0,30}", digits in "[+0-9 ()-]{0,24}") {
            if let Some(once) = email(&text) {
                prop_assert_eq!(email(&once), Some(once.clone()));
            }
            if let Some(once) = phone(&digits) {
                prop_assert_eq!(phone(&once), Some(once.clone()));
            }
        }
    }
}
