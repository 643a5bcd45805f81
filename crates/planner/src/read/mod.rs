//! Reads problems: the two public benchmark formats and the product's own JSON.

mod benchmark_text;
mod json;
mod lilim;
mod solomon;

pub use json::json;
pub use lilim::lilim;
pub use solomon::solomon;
