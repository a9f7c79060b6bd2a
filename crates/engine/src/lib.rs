//! The engine: the one writer and what it writes to, and how a request becomes an operation that runs.
//!
//! [`dispatch`] finds an operation by its name and runs it: a read on the published state, a write by the one writer
//! ([`commit`]), which makes its changes safe in a [`store`] before anybody hears of them, and then tells the observers.
//!
//! Invariants
//! - A change is published and acknowledged only after the store has it.
//! - A panic costs the request or task it is in ([`panics`]).
//! - The clock and randomness come in here ([`clock_and_random`]) and nowhere else on an operation's way.

// They panic when nobody reads; `terminal` does not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod clock_and_random;
pub mod commit;
pub mod dispatch;
pub mod panics;
pub mod readers;
pub mod store;
mod terminal;
