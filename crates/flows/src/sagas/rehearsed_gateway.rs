//! A payment gateway for rehearsals: the sandbox, with moods, and with the real money counted outside of all books.

use adapters::payments::SandboxGateway;
use contracts::ports::{
    GatewayAnswer, GatewayError, HoldRequest, PaymentGateway, PortFuture, TransferRequest,
};
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// How the gateway behaves at the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// As the sandbox does.
    #[default]
    Calm,
    /// Does nothing and does not answer.
    Silent,
    /// Does it, and the answer is lost.
    AnswerLost,
    /// Says no for good.
    Declines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    ToCarrier,
    ToShipper,
}

/// The gateway and the money that really moved, by idempotency key.
#[derive(Default)]
pub struct RehearsedGateway {
    sandbox: SandboxGateway,
    mood: Mutex<Mood>,
    moved: Mutex<BTreeMap<String, (Way, i64)>>,
}

impl RehearsedGateway {
    /// Sets the mood of the next call.
    pub fn feel(&self, mood: Mood) {
        *self.mood.lock() = mood;
    }

    /// What shippers paid in, less what went out.
    pub fn keeps(&self) -> i64 {
        self.moved.lock().values().map(|(way, minor)| if *way == Way::In { *minor } else { -minor }).sum()
    }

    /// What carriers really got.
    pub fn paid_to_carriers(&self) -> i64 {
        self.moved.lock().values().filter(|(way, _)| *way == Way::ToCarrier).map(|(_, minor)| minor).sum()
    }

    async fn call(
        &self,
        way: Way,
        minor: i64,
        key: String,
        sandbox: PortFuture<'_, Result<GatewayAnswer, GatewayError>>,
    ) -> Result<GatewayAnswer, GatewayError> {
        let mood = std::mem::take(&mut *self.mood.lock());
        let lost = || Err(GatewayError::Unavailable("no answer".to_owned()));
        match mood {
            Mood::Silent => return lost(),
            Mood::Declines => return Err(GatewayError::Declined("declined_on_purpose".to_owned())),
            Mood::Calm | Mood::AnswerLost => {}
        }
        let answer = sandbox.await;
        if answer.is_ok() {
            self.moved.lock().insert(key, (way, minor));
        }
        if mood == Mood::AnswerLost { lost() } else { answer }
    }
}

impl PaymentGateway for RehearsedGateway {
    fn hold(&self, request: HoldRequest) -> PortFuture<'_, Result<GatewayAnswer, GatewayError>> {
        let (minor, key) = (request.amount.minor, request.idempotency_key.clone());
        Box::pin(self.call(Way::In, minor, key, self.sandbox.hold(request)))
    }

    fn pay_out(&self, request: TransferRequest) -> PortFuture<'_, Result<GatewayAnswer, GatewayError>> {
        let (minor, key) = (request.amount.minor, request.idempotency_key.clone());
        Box::pin(self.call(Way::ToCarrier, minor, key, self.sandbox.pay_out(request)))
    }

    fn refund(&self, request: TransferRequest) -> PortFuture<'_, Result<GatewayAnswer, GatewayError>> {
        let (minor, key) = (request.amount.minor, request.idempotency_key.clone());
        Box::pin(self.call(Way::ToShipper, minor, key, self.sandbox.refund(request)))
    }
}
