//! What spans contexts: the sagas between shipments and payments, those between shipments and their watched trips, and
//! the business metrics (design, sections 2 and 3).
//!
//! A saga listens to one context's events and answers with ordinary commands to another's agents; its compensation is
//! ordinary commands too. The sagas that listen to the same kind of stream share one reactor, because a reactor sees
//! each stream in order: the payment is requested before it can be refunded.

mod business_metrics;
mod docks;
pub mod sagas;
mod watched_trips;

pub use business_metrics::BusinessMetrics;
pub use docks::appointment_of;

use contracts::ports::DisputeWindows;
use docks::Docks;
use facilities::Sites;
use runtime::Context;
use sagas::{Booking, Cancellation, Declined, Delivery, Dispute, SagaReactor, Settlement, Waiting};
use std::sync::Arc;
use watched_trips::{Bookings, Stops};

/// What spans contexts, for the assembly.
#[must_use]
pub fn context(windows: Arc<dyn DisputeWindows>, sites: &Arc<Sites>, metrics: &BusinessMetrics) -> Context {
    Context::new()
        .reactor(escrow(Arc::clone(&windows)))
        .reactor(settlement(Arc::clone(&windows)))
        .reactor(waiting(windows))
        .reactor(Docks::new(Arc::clone(sites)))
        .reactor(Bookings)
        .reactor(Stops)
        .observer(Arc::new(metrics.clone()))
}

/// From shipments to payments.
fn escrow(windows: Arc<dyn DisputeWindows>) -> SagaReactor {
    const LISTENS: &[&str] =
        &["booking.confirmed", "bid.lapsed", "shipment.status_changed", "shipment.cancelled"];
    let (delivery, waiting) = (Delivery::new(Arc::clone(&windows)), Waiting::new(windows));
    let escrow = SagaReactor::new("escrow", LISTENS).with(Booking).with(delivery).with(Cancellation);
    escrow.with(Dispute).with(waiting)
}

/// From payments to shipments.
fn settlement(windows: Arc<dyn DisputeWindows>) -> SagaReactor {
    const LISTENS: &[&str] =
        &["payment.failed", "payment.released", "payment.refunded", "payment.dispute_resolved"];
    SagaReactor::new("settlement", LISTENS).with(Declined).with(Settlement).with(Waiting::new(windows))
}

/// From trips to payments.
fn waiting(windows: Arc<dyn DisputeWindows>) -> SagaReactor {
    SagaReactor::new("waiting_fees", &["trip.ended"]).with(Waiting::new(windows))
}
