//! Views of the binary's own: only those that `bench` measures with.

pub mod measured_parcels;
