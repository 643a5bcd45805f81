//! The tenant: one brokerage's marketplace and its settings (design, section 1).

use contracts::events;
use kernel::{OrganisationId, Refusal, TenantId, Timestamp};
use runtime::Agent;
use serde::{Deserialize, Serialize};

/// The longest dispute window in seconds: 30 days.
pub(crate) const DISPUTE_WINDOW_SECONDS_MAX: u32 = 30 * 24 * 3600;

/// The languages of the platform (annex, languages).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// Italian.
    It,
    /// English.
    #[default]
    En,
    /// French.
    Fr,
    /// Swahili.
    Sw,
    /// Arabic.
    Ar,
}

impl Locale {
    /// The language tag.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::It => "it",
            Self::En => "en",
            Self::Fr => "fr",
            Self::Sw => "sw",
            Self::Ar => "ar",
        }
    }
}

/// What a tenant may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TenantSettings {
    /// Time between delivery and payout in seconds, at most 30 days; the server's option when absent.
    pub dispute_window_seconds: Option<u32>,
    /// The language of its messages.
    pub locale: Locale,
}

/// A tenant was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantCreated {
    /// The brokerage's trading name.
    pub name: String,
    /// The brokerage's own organisation, for its staff.
    pub operator: OrganisationId,
}

/// Its settings changed; all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsChanged {
    /// What holds now.
    pub settings: TenantSettings,
}

events! {
    /// What happens to a tenant.
    pub enum TenantEvent(schema 1) {
        /// It exists.
        "tenant.created" => Created(TenantCreated),
        /// Its settings changed.
        "tenant.settings_changed" => SettingsChanged(SettingsChanged),
    }
}

/// What a tenant can be asked.
#[derive(Debug, Clone)]
pub enum TenantCommand {
    /// Begin to exist.
    Create {
        /// The trading name.
        name: String,
        /// Its own organisation.
        operator: OrganisationId,
    },
    /// Change settings; what is absent stays.
    ChangeSettings {
        /// Seconds between delivery and payout.
        dispute_window_seconds: Option<u32>,
        /// The language.
        locale: Option<Locale>,
    },
}

/// A tenant's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// The trading name; empty until it exists.
    pub(crate) name: String,
    /// Its own organisation.
    pub(crate) operator: Option<OrganisationId>,
    /// Its settings.
    pub(crate) settings: TenantSettings,
}

impl Agent for Tenant {
    type Id = TenantId;
    type Command = TenantCommand;
    type Event = TenantEvent;
    const KIND: &'static str = "tenant";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &TenantCommand, _now: Timestamp) -> Result<Vec<TenantEvent>, Refusal> {
        match command {
            TenantCommand::Create { name, operator } => {
                if self.operator.is_some() {
                    return Err(Refusal::conflict("tenant.exists", "the tenant exists already"));
                }
                Ok(vec![TenantCreated { name: name.clone(), operator: *operator }.into()])
            }
            TenantCommand::ChangeSettings { dispute_window_seconds, locale } => {
                if self.operator.is_none() {
                    return Err(Refusal::not_found("tenant.unknown", "there is no such tenant"));
                }
                if dispute_window_seconds.is_some_and(|seconds| seconds > DISPUTE_WINDOW_SECONDS_MAX) {
                    return Err(Refusal::field("dispute_window_seconds", "out_of_range", "at most 30 days"));
                }
                let settings = TenantSettings {
                    dispute_window_seconds: dispute_window_seconds.or(self.settings.dispute_window_seconds),
                    locale: locale.unwrap_or(self.settings.locale),
                };
                let changed = settings != self.settings;
                Ok(changed.then(|| SettingsChanged { settings }.into()).into_iter().collect())
            }
        }
    }

    fn evolve(&mut self, event: &TenantEvent, _at: Timestamp) {
        match event {
            TenantEvent::Created(created) => {
                self.name.clone_from(&created.name);
                self.operator = Some(created.operator);
            }
            TenantEvent::SettingsChanged(changed) => self.settings = changed.settings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{RefusalKind, TypedId, Uuid};

    const NOW: Timestamp = Timestamp::from_micros(1);

    fn created() -> Tenant {
        let mut tenant = Tenant::default();
        let operator = OrganisationId::from_uuid(Uuid::from_u128(1));
        let create = TenantCommand::Create { name: "Milano Freight".to_owned(), operator };
        for event in tenant.decide(&create, NOW).unwrap() {
            tenant.evolve(&event, NOW);
        }
        assert_eq!(tenant.decide(&create, NOW).unwrap_err().code, "tenant.exists");
        tenant
    }

    #[test]
    fn what_is_not_named_stays_and_no_change_is_no_event() {
        let mut tenant = created();
        let set = |seconds, locale| TenantCommand::ChangeSettings { dispute_window_seconds: seconds, locale };
        for command in [set(Some(5), None), set(None, Some(Locale::It))] {
            for event in tenant.decide(&command, NOW).unwrap() {
                tenant.evolve(&event, NOW);
            }
        }
        assert_eq!(tenant.settings, TenantSettings { dispute_window_seconds: Some(5), locale: Locale::It });
        assert!(tenant.decide(&set(Some(5), Some(Locale::It)), NOW).unwrap().is_empty());
    }

    #[test]
    fn a_window_longer_than_thirty_days_is_refused() {
        let command = TenantCommand::ChangeSettings { dispute_window_seconds: Some(2_592_001), locale: None };
        let refusal = created().decide(&command, NOW).unwrap_err();
        assert_eq!(
            (refusal.kind, refusal.fields[0].field.as_ref()),
            (RefusalKind::Invalid, "dispute_window_seconds")
        );
        assert_eq!(Tenant::default().decide(&command, NOW).unwrap_err().kind, RefusalKind::NotFound);
    }
}
