//! Any order of commands against a model that knows only who was promised which minute of which facility.

use super::{
    rule_tests::{Case, MINUTE, appointment, booking},
    *,
};
use kernel::TypedId as _;
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

/// Docks of the modelled facility; they are all alike.
const DOCKS: usize = 3;
/// Appointments that the steps speak of.
const NUMBERS: u128 = 12;

/// What an onlooker thinks of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Nothing,
    Ahead { held: bool },
    Here,
    Working,
    Over,
}

#[derive(Debug, Clone)]
struct Onlooker {
    lives: Vec<Life>,
}

#[derive(Debug, Clone)]
enum Step {
    Book { number: u128, slot: u32, how: How },
    Confirm(u128),
    Move(u128, u32),
    Cancel(u128),
    Expect(u128, u32),
    CheckIn(u128),
    Start(u128),
    Finish(u128),
    Close(u32, u32),
    Wait(u32),
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    let number = 0..NUMBERS;
    let how = prop::sample::select(vec![How::Hold, How::Exactly, How::FirstFree]);
    prop_oneof![
        6 => (number.clone(), 0_u32..24, how).prop_map(|(number, slot, how)| Step::Book { number, slot, how }),
        2 => number.clone().prop_map(Step::Confirm),
        2 => (number.clone(), 0_u32..24).prop_map(|(number, slot)| Step::Move(number, slot)),
        1 => number.clone().prop_map(Step::Cancel),
        2 => (number.clone(), 0_u32..300).prop_map(|(number, minutes)| Step::Expect(number, minutes)),
        4 => number.clone().prop_map(Step::CheckIn),
        4 => number.clone().prop_map(Step::Start),
        4 => number.prop_map(Step::Finish),
        1 => (0_u32..20, 1_u32..12).prop_map(|(slot, length)| Step::Close(slot, length)),
        3 => (1_u32..120).prop_map(Step::Wait),
        1 => Just(Step::Sweep),
    ]
}

impl ReferenceStateMachine for Onlooker {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self { lives: vec![Life::Nothing; NUMBERS as usize] }).boxed()
    }

    fn transitions(_state: &Self) -> BoxedStrategy<Step> {
        step().boxed()
    }

    fn apply(state: Self, _step: &Step) -> Self {
        state
    }
}

/// The yard with what the onlooker has seen so far.
struct Watched {
    case: Case,
    lives: Vec<Life>,
}

impl Watched {
    fn slot(&self, slot: u32) -> Timestamp {
        let day = self.case.yard.zone().unwrap().grid_up(self.case.now, 15);
        day.after(MINUTE * 15 * slot)
    }

    fn see(&mut self, events: &[YardEvent]) {
        for event in events {
            self.see_one(event);
        }
    }

    fn life(&mut self, id: AppointmentId) -> &mut Life {
        &mut self.lives[id.uuid().as_u128() as usize]
    }

    fn see_one(&mut self, event: &YardEvent) {
        match event {
            YardEvent::Held(held) => {
                let life = self.life(held.booking.appointment);
                assert_eq!(*life, Life::Nothing);
                *life = Life::Ahead { held: true };
            }
            YardEvent::Scheduled(scheduled) => {
                let life = self.life(scheduled.booking.appointment);
                assert!(matches!(life, Life::Nothing | Life::Ahead { held: true }));
                *life = Life::Ahead { held: false };
            }
            YardEvent::CheckedIn(checked_in) => {
                let life = self.life(checked_in.appointment);
                assert!(matches!(life, Life::Ahead { .. }));
                *life = Life::Here;
            }
            YardEvent::Started(started) => {
                let life = self.life(started.appointment);
                assert_eq!(*life, Life::Here);
                *life = Life::Working;
            }
            YardEvent::Completed(completed) => {
                let life = self.life(completed.appointment);
                assert_eq!(*life, Life::Working);
                *life = Life::Over;
            }
            YardEvent::Released(released) => {
                let life = self.life(released.appointment);
                assert!(matches!(life, Life::Ahead { .. } | Life::Here));
                *life = Life::Over;
            }
            YardEvent::Rescheduled(moved) => {
                assert!(matches!(self.life(moved.appointment), Life::Ahead { .. } | Life::Here));
            }
            _ => {}
        }
    }

    fn command(&self, step: &Step) -> Option<YardCommand> {
        Some(match *step {
            Step::Book { number, slot, how } => {
                let from = self.slot(slot);
                YardCommand::Book { booking: Box::new(booking(number)), dock: None, from, how }
            }
            Step::Confirm(number) => YardCommand::Confirm(appointment(number)),
            Step::Move(number, slot) => YardCommand::Move {
                appointment: appointment(number),
                from: self.slot(slot),
                dock: None,
                reason: MoveReason::Carrier,
            },
            Step::Cancel(number) => YardCommand::Cancel(appointment(number)),
            Step::Expect(number, minutes) => {
                let eta = self.case.now.after(MINUTE * minutes);
                YardCommand::Expect { appointment: appointment(number), eta }
            }
            Step::CheckIn(number) => {
                let (appointment, counted) = (appointment(number), CargoCount::default());
                YardCommand::CheckIn { appointment, counted, consignment: None }
            }
            Step::Start(number) => YardCommand::Start(appointment(number)),
            Step::Finish(number) => YardCommand::Finish(appointment(number)),
            Step::Close(slot, length) => {
                let from = self.slot(slot);
                let window = Window { from, to: from.after(MINUTE * 15 * length) };
                YardCommand::Close { docks: vec!["1".into(), "2".into()], window, reason: "other".into() }
            }
            Step::Sweep => YardCommand::Sweep,
            Step::Wait(_) => return None,
        })
    }
}

impl StateMachineTest for Watched {
    type SystemUnderTest = Self;
    type Reference = Onlooker;

    fn init_test(onlooker: &Onlooker) -> Self {
        Self { case: Case::new(DOCKS as u32), lives: onlooker.lives.clone() }
    }

    fn apply(mut state: Self, _onlooker: &Onlooker, step: Step) -> Self {
        if let Step::Wait(minutes) = step {
            let events = state.case.turn(MINUTE * minutes);
            state.see(&events);
            return state;
        }
        let Some(command) = state.command(&step) else { return state };
        if let Ok(events) = state.case.ask(command.clone()) {
            state.see(&events);
            // What may come twice does nothing the second time; sweeps and closures are new each time.
            if !matches!(command, YardCommand::Sweep | YardCommand::Close { .. }) {
                assert!(state.case.ask(command.clone()).unwrap().is_empty(), "{command:?} acted twice");
            }
        }
        state
    }

    fn check_invariants(state: &Self, _onlooker: &Onlooker) {
        for number in 0..NUMBERS {
            let life = state.lives[number as usize];
            let known = state.case.yard.appointments.get(appointment(number));
            match (life, known) {
                (Life::Nothing | Life::Over, None) => {}
                (Life::Ahead { held }, Some(known)) => {
                    assert!(known.stage.is_ahead());
                    assert!(!held || known.stage != Stage::Scheduled || known.hold_until.is_none());
                }
                (Life::Here, Some(known)) => assert!(matches!(known.stage, Stage::Waiting | Stage::Called)),
                (Life::Working, Some(known)) => assert_eq!(known.stage, Stage::InProgress),
                other => panic!("appointment {number}: {other:?}"),
            }
        }
        let text = serde_json::to_string(&state.case.yard).unwrap();
        let again: Yard = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), text, "a snapshot is what was saved");
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever is asked in whatever order: no two trucks in one slot, no slot without its appointment, no appointment
    /// lost, nothing done twice.
    #[test]
    fn no_order_of_commands_books_twice_or_loses_anybody(sequential 1..60 => Watched);
}
