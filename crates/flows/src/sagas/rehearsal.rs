//! Rehearses a saga: plays a scenario over the real agents, reactors and effects in memory, then again and again with
//! one thing going wrong each time. A new saga gets all of that by calling [`rehearse`].

use super::{
    Happened, Lookup,
    rehearsed_gateway::{Mood, RehearsedGateway},
};
use contracts::{
    ledger::Account,
    payment::{PaymentEvent, PaymentPurpose, PaymentStatus},
    shipment::{
        BidFacts, BidSubmitted, Cargo, Preferences, Requested, SelectedBy, ServiceLevel, ShipmentEvent,
        ShipmentStatus, Stop, Tender, Window,
    },
    tracking::{TripEnd, TripEnded, TripEvent, trip_of},
};
use kernel::{
    BidId, DriverId, Money, OrganisationId, PaymentId, PersonId, Position, Refusal, ShipmentId, StreamRef,
    TenantId, Timestamp, TypedId, UserId, Uuid,
};
use market::agents::{Shipment, ShipmentCommand};
use money::{
    agents::payment::{Payment, PaymentCommand, detention_of, payment_of},
    effects::{HOLD, HoldEffect, REFUND, TransferEffect},
    reactors::call_for,
};
use runtime::{Act, Agent, EffectCall, EffectHandler, EffectOutcome, TimerOp};
use std::{
    collections::{BTreeMap, VecDeque},
    future::Future,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};
use store::StoreError;

/// The dispute window of the rehearsals.
pub const WINDOW: Duration = Duration::from_secs(24 * 3600);

const HOUR: Duration = Duration::from_secs(3600);

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Nothing,
    /// Every reaction, effect and timer runs twice.
    EverythingTwice,
    /// This reaction fails half-way and is run again.
    ReactionFails(usize),
    /// At this call the gateway is in this mood.
    Gateway(usize, Mood),
}

/// Plays a scenario undisturbed, with everything twice, with each reaction failing, and with each call to the gateway
/// unanswered or its answer lost; `check` must hold after each. Then with each call declined for good: the end may
/// differ, but the books must be sound. They are after every single event anyway.
pub fn rehearse(scenario: impl Fn(&mut Rehearsal), check: impl Fn(&Rehearsal)) {
    let calm = Rehearsal::play(&scenario, Trouble::Nothing);
    check(&calm);
    assert!(calm.reactions > 0, "the scenario sets off no saga");
    check(&Rehearsal::play(&scenario, Trouble::EverythingTwice));
    for step in 0..calm.reactions {
        check(&Rehearsal::play(&scenario, Trouble::ReactionFails(step)));
    }
    for call in 0..calm.calls {
        for mood in [Mood::Silent, Mood::AnswerLost] {
            check(&Rehearsal::play(&scenario, Trouble::Gateway(call, mood)));
        }
        Rehearsal::play(&scenario, Trouble::Gateway(call, Mood::Declines));
    }
}

enum Logged {
    Shipment(Box<ShipmentEvent>),
    Payment(PaymentId, PaymentEvent),
    Trip(TripEvent),
}

struct Waiting {
    kind: &'static str,
    payload: String,
    key: String,
    attempt: i64,
}

/// One shipment, its payments and everything between them, in memory.
pub struct Rehearsal {
    /// What the first bid asks; 820.00 EUR unless the scenario says otherwise.
    pub price: Money,
    /// While it is, calls to the gateway wait.
    pub gateway_is_away: bool,
    /// Whether somebody closed the dispute before its money had moved.
    dispute_is_closed: bool,
    trouble: Trouble,
    now: Timestamp,
    agents: Agents,
    payment_order: Vec<PaymentId>,
    gateway: Arc<RehearsedGateway>,
    log: VecDeque<Logged>,
    effects: VecDeque<Waiting>,
    timers: BTreeMap<(StreamRef, &'static str, String), Timestamp>,
    ledger: BTreeMap<Account, i64>,
    effect_count: usize,
    reactions: usize,
    calls: usize,
}

#[derive(Default)]
struct Agents {
    shipment: Shipment,
    payments: BTreeMap<PaymentId, Payment>,
}

impl Lookup for Agents {
    fn shipment(&mut self, id: ShipmentId) -> Result<Option<Arc<Shipment>>, StoreError> {
        Ok((id == shipment_id()).then(|| Arc::new(self.shipment.clone())))
    }

    fn payment(&mut self, id: PaymentId) -> Result<Option<Arc<Payment>>, StoreError> {
        Ok(self.payments.get(&id).cloned().map(Arc::new))
    }
}

/// A world that cannot be read now.
struct Away;

impl Lookup for Away {
    fn shipment(&mut self, _: ShipmentId) -> Result<Option<Arc<Shipment>>, StoreError> {
        Err(StoreError::Unavailable("rehearsed".to_owned()))
    }

    fn payment(&mut self, _: PaymentId) -> Result<Option<Arc<Payment>>, StoreError> {
        Err(StoreError::Unavailable("rehearsed".to_owned()))
    }
}

fn shipment_id() -> ShipmentId {
    ShipmentId::from_uuid(Uuid::from_u128(1))
}

fn tenant() -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(2))
}

/// The scenario's moves.
impl Rehearsal {
    /// A bid comes, is selected and confirmed.
    pub fn book(&mut self) {
        self.request();
        self.bid(1, self.price);
        self.select_and_confirm();
    }

    /// Two bids come; the first is the better one.
    pub fn bid_twice(&mut self) {
        self.request();
        self.bid(1, self.price);
        self.bid(2, self.price.plus(Money::euros(40, 0)).unwrap());
    }

    /// The shipper takes the first bid and its carrier confirms.
    pub fn select_and_confirm(&mut self) {
        self.ask(ShipmentCommand::Select { bid: bid_id(1), by: SelectedBy::Shipper });
        self.confirm_selected();
    }

    /// The carrier of the selected bid confirms.
    pub fn confirm_selected(&mut self) {
        match self.agents.shipment.selection {
            Some(selection) => self.ask(ShipmentCommand::Confirm { bid: selection.bid }),
            None => assert!(self.may_differ(), "no bid is selected"),
        }
    }

    /// The booked carrier gives the booking back.
    pub fn give_back(&mut self) {
        match self.agents.shipment.booking {
            Some(booking) => self.ask(ShipmentCommand::WithdrawBid { bid: booking.bid }),
            None => assert!(self.may_differ(), "nothing is booked"),
        }
    }

    /// The trip, to the proof of delivery.
    pub fn deliver(&mut self) {
        use ShipmentStatus::{Delivered, EnRoutePickup, InTransit, Loading, Unloading};
        self.advance(&[EnRoutePickup, Loading, InTransit, Unloading, Delivered]);
    }

    /// The watch over the trip ends with the delivery, and so much is due for waiting.
    pub fn end_trip(&mut self, detention: Money) {
        let ended =
            TripEnded { shipment: shipment_id(), end: TripEnd::Delivered, detention: Some(detention) };
        self.log.push_back(Logged::Trip(ended.into()));
        self.settle();
    }

    /// Steps of the trip.
    pub fn advance(&mut self, steps: &[ShipmentStatus]) {
        for to in steps {
            let proof = (*to == ShipmentStatus::Delivered).then(|| PersonId::from_uuid(Uuid::from_u128(6)));
            self.ask(ShipmentCommand::Advance { to: *to, proof });
        }
    }

    /// A person's command to the shipment, and all that follows.
    pub fn ask(&mut self, command: ShipmentCommand) {
        let answer = self.shipment_does(&command);
        assert!(answer.is_ok() || self.may_differ(), "{command:?}: {answer:?}");
        self.settle();
    }

    /// A person opens a dispute: the shipment and its payment in one order, both or none.
    ///
    /// # Errors
    /// The refusal's code.
    pub fn open_dispute(&mut self) -> Result<(), &'static str> {
        let booking = self.agents.shipment.booking.expect("a booking");
        let payment = &self.agents.payments[&payment_of(booking.bid)];
        payment.decide(&PaymentCommand::Dispute, self.now).map_err(|refusal| refusal.code)?;
        self.agents.shipment.decide(&ShipmentCommand::Dispute, self.now).map_err(|refusal| refusal.code)?;
        self.ask(ShipmentCommand::Dispute);
        Ok(())
    }

    /// A person's command to the payment of every booking, and all that follows.
    pub fn ask_payments(&mut self, command: &PaymentCommand) {
        for payment in self.payment_order.clone() {
            let answer = self.payment_does(payment, command);
            assert!(answer.is_ok() || self.may_differ(), "{command:?}: {answer:?}");
        }
        self.settle();
    }

    /// Time passes, timer by timer.
    pub fn turn(&mut self, by: Duration) {
        let until = self.now.after(by);
        while let Some((timer, due)) = self.next_timer().filter(|(_, due)| *due <= until) {
            self.now = self.now.max(due);
            self.timers.remove(&timer);
            for _ in 0..self.times() {
                self.fire(&timer);
            }
            self.settle();
        }
        self.now = until;
    }

    /// Reactions and effects until nothing is left to do now.
    pub fn settle(&mut self) {
        loop {
            if let Some(event) = self.log.pop_front() {
                self.react(&event);
            } else if let Some(call) = (!self.gateway_is_away).then(|| self.effects.pop_front()).flatten() {
                self.call(call);
            } else {
                return;
            }
        }
    }

    /// Closes a dispute that has its verdict.
    pub fn close_dispute(&mut self) {
        self.dispute_is_closed = true;
        self.ask(ShipmentCommand::Complete);
    }

    fn request(&mut self) {
        self.ask(ShipmentCommand::Request(Box::new(request())));
    }

    fn bid(&mut self, number: u128, price: Money) {
        let offer = BidSubmitted {
            bid: bid_id(number),
            driver: DriverId::from_uuid(Uuid::from_u128(20 + number)),
            carrier: OrganisationId::from_uuid(Uuid::from_u128(30 + number)),
            price,
            pickup_at: start().after(HOUR * 25),
            delivery_at: start().after(HOUR * 35),
            confidence: 0.9,
            automatic: false,
            facts: BidFacts {
                on_time_rate: 0.9,
                similar_shipments: 10,
                vehicle_year: 2024,
                electric: false,
                rating: 4.5,
                approach_km: 10.0,
            },
        };
        self.ask(ShipmentCommand::SubmitBid(Box::new(offer)));
    }
}

/// What can be seen afterwards.
impl Rehearsal {
    /// The shipment.
    pub fn shipment(&self) -> &Shipment {
        &self.agents.shipment
    }

    /// Where the payment of each booking stands, in the order they were requested.
    pub fn payments(&self) -> Vec<PaymentStatus> {
        self.payment_order.iter().map(|id| self.agents.payments[id].status()).collect()
    }

    /// Where the payment of the waiting stands, if there is one.
    pub fn waiting(&self) -> Option<PaymentStatus> {
        self.agents.payments.get(&detention_of(bid_id(1))).map(Payment::status)
    }

    /// The balance of all accounts of a kind, in cents.
    pub fn balance(&self, kind: &str) -> i64 {
        self.ledger.iter().filter(|(account, _)| account.kind() == kind).map(|(_, minor)| minor).sum()
    }

    /// What really lies with the gateway, in cents.
    pub fn gateway_keeps(&self) -> i64 {
        self.gateway.keeps()
    }

    /// What carriers really got, in cents.
    pub fn paid_to_carriers(&self) -> i64 {
        self.gateway.paid_to_carriers()
    }
}

/// The machinery.
impl Rehearsal {
    fn play(scenario: &impl Fn(&mut Self), trouble: Trouble) -> Self {
        // Shown when the play fails.
        println!("rehearsing with {trouble:?}");
        let mut rehearsal = Self {
            price: Money::euros(820, 0),
            gateway_is_away: false,
            dispute_is_closed: false,
            trouble,
            now: start(),
            agents: Agents::default(),
            payment_order: Vec::new(),
            gateway: Arc::default(),
            log: VecDeque::new(),
            effects: VecDeque::new(),
            timers: BTreeMap::new(),
            ledger: BTreeMap::new(),
            effect_count: 0,
            reactions: 0,
            calls: 0,
        };
        scenario(&mut rehearsal);
        rehearsal.is_sound_in_the_end();
        rehearsal
    }

    /// Whether the scenario may take another turn than planned.
    pub fn may_differ(&self) -> bool {
        matches!(self.trouble, Trouble::Gateway(_, Mood::Declines))
    }

    fn times(&self) -> usize {
        if self.trouble == Trouble::EverythingTwice { 2 } else { 1 }
    }

    fn react(&mut self, event: &Logged) {
        let step = self.reactions;
        self.reactions += 1;
        if self.trouble == Trouble::ReactionFails(step) {
            // What was answered before the failure is lost with it.
            drop(answers_to(event, &mut Away));
        }
        for _ in 0..self.times() {
            let acts = answers_to(event, &mut self.agents).expect("the world can be read");
            for act in acts {
                self.carry_out(act);
            }
        }
        if let Logged::Payment(payment, event) = event {
            let cause = format!("{payment}:{step}");
            if let Some(act) = call_for(*payment, event).unwrap() {
                self.enqueue(act, &cause);
            }
        }
    }

    fn enqueue(&mut self, act: Act, cause: &str) {
        let Act::Effect { kind, payload } = act else { panic!("an effect was expected") };
        self.effect_count += 1;
        self.effects.push_back(Waiting { kind, payload, key: cause.to_owned(), attempt: 1 });
    }

    /// A refusal does not stop a saga, as in the engine.
    fn carry_out(&mut self, act: Act) {
        let Act::Command(command) = act else { panic!("sagas send commands only") };
        if let Some((id, command)) = command.of::<Shipment>() {
            assert_eq!(id, shipment_id());
            drop(self.shipment_does(command));
        } else if let Some((id, command)) = command.of::<Payment>() {
            drop(self.payment_does(id, command));
        } else {
            panic!("a command to nobody");
        }
    }

    fn call(&mut self, mut waiting: Waiting) {
        let call = self.calls;
        self.calls += 1;
        if let Trouble::Gateway(at, mood) = self.trouble
            && at == call
        {
            self.gateway.feel(mood);
        }
        for _ in 0..self.times() {
            match self.outcome_of(&waiting) {
                EffectOutcome::Over(acts) => acts.into_iter().for_each(|act| self.carry_out(act)),
                EffectOutcome::Retry(_) => {
                    waiting.attempt += 1;
                    self.effects.push_back(waiting);
                    return;
                }
            }
        }
    }

    fn outcome_of(&self, waiting: &Waiting) -> EffectOutcome {
        let gateway: Arc<RehearsedGateway> = Arc::clone(&self.gateway);
        let handler: Box<dyn EffectHandler> = match waiting.kind {
            HOLD => Box::new(HoldEffect::new(gateway)),
            REFUND => Box::new(TransferEffect::refund(gateway)),
            _ => Box::new(TransferEffect::pay_out(gateway)),
        };
        assert_eq!(handler.kind(), waiting.kind);
        at_once(handler.call(EffectCall {
            key: waiting.key.clone(),
            tenant: tenant(),
            payload: waiting.payload.clone(),
            attempt: waiting.attempt,
            now: self.now,
        }))
    }

    fn shipment_does(&mut self, command: &ShipmentCommand) -> Result<(), Refusal> {
        let (stream, now) = (shipment_id().stream(), self.now);
        let events = does(&mut self.agents.shipment, command, now, stream, &mut self.timers)?;
        self.log.extend(events.into_iter().map(|event| Logged::Shipment(Box::new(event))));
        Ok(())
    }

    fn payment_does(&mut self, id: PaymentId, command: &PaymentCommand) -> Result<(), Refusal> {
        let mut payment = self.agents.payments.get(&id).cloned().unwrap_or_default();
        let events = does(&mut payment, command, self.now, id.stream(), &mut self.timers)?;
        for event in events {
            if let PaymentEvent::Requested(requested) = &event
                && requested.purpose == PaymentPurpose::Booking
            {
                self.payment_order.push(id);
            }
            self.post(&event);
            self.log.push_back(Logged::Payment(id, event));
        }
        if payment.terms().is_some() {
            self.agents.payments.insert(id, payment);
        }
        Ok(())
    }

    fn post(&mut self, event: &PaymentEvent) {
        if let PaymentEvent::Posted(posting) = event {
            for entry in posting.entries() {
                *self.ledger.entry(entry.account).or_default() += entry.amount_minor;
            }
        }
        assert_eq!(self.ledger.values().sum::<i64>(), 0, "the accounts sum to zero after every event");
    }

    fn next_timer(&self) -> Option<((StreamRef, &'static str, String), Timestamp)> {
        self.timers
            .iter()
            .min_by_key(|(timer, due)| (**due, (*timer).clone()))
            .map(|(timer, due)| (timer.clone(), *due))
    }

    fn fire(&mut self, (stream, name, key): &(StreamRef, &'static str, String)) {
        if *stream == shipment_id().stream() {
            let command = Shipment::on_timer(name, key).expect("the shipment knows its timer");
            drop(self.shipment_does(&command));
        } else {
            let command = Payment::on_timer(name, key).expect("the payment knows its timer");
            drop(self.payment_does(PaymentId::from_uuid(stream.id), &command));
        }
    }

    /// What must hold whatever happened: the books agree with the money, and shipment and payment with each other.
    fn is_sound_in_the_end(&self) {
        assert_eq!(
            self.balance("gateway_clearing"),
            self.gateway_keeps(),
            "the ledger knows where the money is"
        );
        assert!(self.balance("escrow") <= 0 && self.gateway_keeps() >= 0);
        let payments = self.payments();
        let of_bookings: Vec<Account> = self.payment_order.iter().copied().map(Account::Escrow).collect();
        let holds = |(account, minor): &(&Account, &i64)| of_bookings.contains(account) && **minor != 0;
        let in_escrow = self.ledger.iter().filter(holds).count();
        assert!(in_escrow <= 1, "one booking at a time has money in escrow: {payments:?}");
        let last = payments.last();
        let completed = self.shipment().status == ShipmentStatus::Completed;
        if last == Some(&PaymentStatus::Released) {
            let disputed = self.shipment().status == ShipmentStatus::Disputed;
            assert!(completed || disputed, "who is paid has finished");
        }
        if completed {
            let settled = self.agents.payments.values().any(Payment::is_resolved);
            let without_money = settled && (last == Some(&PaymentStatus::Failed) || self.dispute_is_closed);
            assert!(without_money || matches!(last, Some(PaymentStatus::Released | PaymentStatus::Refunded)));
        }
    }
}

fn answers_to(event: &Logged, world: &mut dyn Lookup) -> Result<Vec<Act>, StoreError> {
    let happened = match event {
        Logged::Shipment(event) => Happened::Shipment(shipment_id(), event),
        Logged::Payment(payment, event) => Happened::Payment(*payment, event),
        Logged::Trip(event) => Happened::Trip(trip_of(bid_id(1)), event),
    };
    let mut acts = crate::escrow(Arc::new(WINDOW)).answers(tenant(), happened, world)?;
    acts.extend(crate::settlement(Arc::new(WINDOW)).answers(tenant(), happened, world)?);
    acts.extend(crate::waiting(Arc::new(WINDOW)).answers(tenant(), happened, world)?);
    Ok(acts)
}

fn does<A: Agent>(
    agent: &mut A,
    command: &A::Command,
    now: Timestamp,
    stream: StreamRef,
    timers: &mut BTreeMap<(StreamRef, &'static str, String), Timestamp>,
) -> Result<Vec<A::Event>, Refusal> {
    let events = agent.decide(command, now)?;
    for event in &events {
        agent.evolve(event, now);
        for timer in agent.timers(event, now) {
            match timer {
                TimerOp::At { name, key, due } => drop(timers.insert((stream, name, key), due)),
                TimerOp::Cancel { name, key } => drop(timers.remove(&(stream, name, key))),
            }
        }
    }
    Ok(events)
}

fn at_once<T>(future: impl Future<Output = T>) -> T {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the rehearsed gateway answers at once"),
    }
}

fn start() -> Timestamp {
    Timestamp::parse("2026-03-01T08:00:00Z").unwrap()
}

fn bid_id(number: u128) -> BidId {
    BidId::from_uuid(Uuid::from_u128(10 + number))
}

fn request() -> Requested {
    let stop = |latitude, longitude, from, to| Stop {
        position: Position { latitude, longitude },
        window: Window { from: start().after(HOUR * from), to: start().after(HOUR * to) },
    };
    Requested {
        tenant: tenant(),
        reference: "SHM-MIL-000001".to_owned(),
        shipper: OrganisationId::from_uuid(Uuid::from_u128(3)),
        requested_by: UserId::from_uuid(Uuid::from_u128(4)),
        contact: PersonId::from_uuid(Uuid::from_u128(5)),
        pickup: stop(45.4642, 9.19, 24, 28),
        delivery: stop(41.9028, 12.4964, 34, 40),
        cargo: Cargo {
            weight_kg: 8000.0,
            volume_m3: 30.0,
            kind: "general".to_owned(),
            requires: Vec::new(),
            value: None,
        },
        service_level: ServiceLevel::Standard,
        tender: Tender::Broadcast,
        preferences: Preferences::default(),
        road_km: 570.0,
    }
}
