//! For tests over HTTP: a client that writes down every call in order and lets chosen ones fail, between the SDK and
//! whatever answers as AWS ([`Wire`]); and AWS's own preconditions, checked on what was written down ([`ledger`]).

pub mod ledger;

mod fault;
mod read;
mod wire;

pub use self::{
    fault::{Calls, Fault, Rule, Told},
    wire::{Reply, Wire, WireCall},
};
