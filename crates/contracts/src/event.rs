//! What every event is: a dotted type name, a schema number and a JSON payload (design, section 4).

use serde_json::Value;

/// A stored event that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The stream holds a type that this agent does not know.
    #[error("unknown event type `{0}`")]
    UnknownType(String),
    /// The payload does not fit the type.
    #[error("event `{0}` cannot be read: {1}")]
    Payload(String, serde_json::Error),
}

/// The events of one kind of agent. Declare them with [`events!`](crate::events!).
pub trait Event: Clone + Send + Sync + 'static {
    /// Every type name of this kind, for registration and subscription.
    const TYPES: &'static [&'static str];
    /// The schema number that new events are written with.
    const SCHEMA: u32;

    /// The dotted type name, such as `shipment.requested`.
    fn type_name(&self) -> &'static str;

    /// The JSON payload as it is stored and hashed.
    ///
    /// # Errors
    /// A value that JSON cannot hold (a map with keys that are not text); no event has one.
    fn encode(&self) -> Result<String, serde_json::Error>;

    /// Reads a stored payload; an older schema passes through [`Event::upcast`] first.
    ///
    /// # Errors
    /// [`DecodeError`].
    fn decode(type_name: &str, schema: u32, payload: &str) -> Result<Self, DecodeError>;

    /// Turns a payload of an older schema into one of the next.
    #[must_use]
    fn upcast(_type_name: &str, _schema: u32, payload: Value) -> Value {
        payload
    }
}

/// Declares an enum of events whose variants each hold one serialisable struct.
///
/// ```
/// contracts::events! {
///     /// What happens to a lamp.
///     pub enum LampEvent(schema 1) {
///         /// It was lit.
///         "lamp.lit" => Lit(Lit),
///     }
/// }
/// /// It was lit.
/// #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
/// pub struct Lit { pub lumen: u32 }
///
/// use contracts::Event;
/// let event = LampEvent::from(Lit { lumen: 800 });
/// assert_eq!((event.type_name(), event.encode().unwrap().as_str()), ("lamp.lit", r#"{"lumen":800}"#));
/// ```
#[macro_export]
macro_rules! events {
    ($(#[$meta:meta])* $vis:vis enum $name:ident (schema $schema:literal) {
        $($(#[$vmeta:meta])* $type_name:literal => $variant:ident($payload:ident)),+ $(,)?
    } $(upcast $upcast:path)?) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        $vis enum $name {
            $($(#[$vmeta])* $variant($payload)),+
        }

        impl $crate::Event for $name {
            const TYPES: &'static [&'static str] = &[$($type_name),+];
            const SCHEMA: u32 = $schema;

            fn type_name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $type_name),+ }
            }

            fn encode(&self) -> Result<String, $crate::serde_json::Error> {
                match self { $(Self::$variant(payload) => $crate::serde_json::to_string(payload)),+ }
            }

            fn decode(type_name: &str, schema: u32, payload: &str) -> Result<Self, $crate::DecodeError> {
                let failed = |error| $crate::DecodeError::Payload(type_name.to_owned(), error);
                if schema < Self::SCHEMA {
                    let mut value = $crate::serde_json::from_str(payload).map_err(failed)?;
                    for step in schema..Self::SCHEMA {
                        value = <Self as $crate::Event>::upcast(type_name, step, value);
                    }
                    return match type_name {
                        $($type_name => $crate::serde_json::from_value(value).map(Self::$variant).map_err(failed),)+
                        _ => Err($crate::DecodeError::UnknownType(type_name.to_owned())),
                    };
                }
                match type_name {
                    $($type_name => $crate::serde_json::from_str(payload).map(Self::$variant).map_err(failed),)+
                    _ => Err($crate::DecodeError::UnknownType(type_name.to_owned())),
                }
            }

            $(fn upcast(type_name: &str, schema: u32, payload: $crate::serde_json::Value) -> $crate::serde_json::Value {
                $upcast(type_name, schema, payload)
            })?
        }

        $(impl From<$payload> for $name {
            fn from(payload: $payload) -> Self {
                Self::$variant(payload)
            }
        })+
    };
}
