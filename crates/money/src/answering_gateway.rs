//! A gateway for tests, which gives one answer to everything and remembers what it was asked.

use contracts::ports::{
    GatewayAnswer, GatewayError, HoldRequest, PaymentGateway, PortFuture, TransferRequest,
};
use std::sync::{Arc, Mutex};

type Answer = Result<GatewayAnswer, GatewayError>;

/// The gateway.
pub struct AnsweringGateway {
    answer: Answer,
    asked: Mutex<Vec<String>>,
}

impl AnsweringGateway {
    /// With its one answer: a reference or an error.
    pub fn new(answer: Result<&str, GatewayError>) -> Arc<Self> {
        let answer = answer.map(|reference| GatewayAnswer { reference: reference.to_owned() });
        Arc::new(Self { answer, asked: Mutex::default() })
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn answer(&self, asked: String) -> PortFuture<'_, Answer> {
        self.asked.lock().unwrap().push(asked);
        Box::pin(std::future::ready(self.answer.clone()))
    }
}

impl PaymentGateway for AnsweringGateway {
    fn hold(&self, request: HoldRequest) -> PortFuture<'_, Answer> {
        self.answer(format!("hold {} {}", request.amount, request.idempotency_key))
    }

    fn pay_out(&self, request: TransferRequest) -> PortFuture<'_, Answer> {
        let TransferRequest { amount, hold_reference, idempotency_key, .. } = request;
        self.answer(format!("pay_out {amount} of {hold_reference} {idempotency_key}"))
    }

    fn refund(&self, request: TransferRequest) -> PortFuture<'_, Answer> {
        let TransferRequest { amount, hold_reference, idempotency_key, .. } = request;
        self.answer(format!("refund {amount} of {hold_reference} {idempotency_key}"))
    }
}
