//! What a handler takes out of a request; every failure is a problem that names what is wrong.

mod body;
mod given;
mod no_body;
mod page;
mod path_id;
mod search;
mod serde_text;
mod session;
mod shape;

pub use body::Body;
pub use given::given;
pub use no_body::NoBody;
pub use page::Page;
pub use path_id::PathId;
pub use search::Search;
pub use session::Session;
pub(crate) use session::{Identified, identify, refused};
