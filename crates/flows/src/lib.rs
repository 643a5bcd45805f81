//! Placeholder while the ground floors settle.
