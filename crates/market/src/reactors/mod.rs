//! The market's reactors (design, section 2: the specification's system agents).

mod bidder;
mod bookkeeping;
mod platform;

pub use bidder::Bidder;
pub use bookkeeping::Bookkeeping;
pub use platform::PlatformAgent;
