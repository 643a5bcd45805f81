//! The dead-letter list, as people look through it.

/// At most so many are looked through; the list is for people, and a longer one is a fire of its own.
pub const DEAD_LETTERS_MAX: u32 = 1000;
