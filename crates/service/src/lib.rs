//! Use cases: each authorises, decides, and writes state and audit in one transaction.
//!
//! A use case is a method of [`Portal`] in a file of its own, with its types, its errors and its tests. AWS is only read
//! here, and never inside a transaction. To add one: a file `verb_noun.rs` in the folder of what it is about.

pub mod accounts;
pub mod audit;
pub mod catalogue;
pub mod environments;
mod error;
mod home;
pub mod live;
mod memory;
mod names;
pub mod requests;
pub mod runs;
pub mod search;
pub mod stacks;
pub mod teams;
#[cfg(test)]
mod testing;
pub mod tokens;
pub mod vault;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    Clock, Entropy,
    audit::Entry,
    authz::{Action, Denied, Object, may},
    cost::PriceTable,
    ids::TeamId,
    people::Actor,
};
use provisioner::{
    cloud::Clouds,
    wake::{Changes, Wake},
};
use storage::Storage;

pub use self::{
    error::{Result, ServiceError},
    home::Home,
    memory::{Memory, with_one_look},
    vault::{KeySource, Vault, VaultError},
};

/// Everything the use cases need. One per process.
pub struct Portal {
    /// The database.
    pub storage: Arc<dyn Storage>,
    /// AWS; only read from here.
    pub clouds: Arc<dyn Clouds>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids, salts, tokens.
    pub entropy: Arc<dyn Entropy>,
    /// Envelopes for secrets.
    pub vault: Arc<Vault>,
    /// Unit prices; [`catalogue::builtin_prices`] is the table that comes with the program.
    pub prices: PriceTable,
    /// The id of this installation: two may share an AWS account.
    pub installation: String,
    /// Wakes the runner.
    pub wake: Arc<Wake>,
    /// Tells open pages.
    pub changes: Arc<Changes>,
    /// So many days a request waits for somebody to do something about it before it expires.
    pub request_days: u32,
    /// Parsed templates; starts empty.
    pub shelf: catalogue::Shelf,
    /// Answers that still hold; starts empty.
    pub memory: Memory,
}

impl Portal {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A line of history by a person.
    fn entry(&self, actor: &Actor, action: &str, object: impl ToString, summary: impl Into<String>) -> Entry {
        Entry {
            at: self.now(),
            actor: actor.user.id.to_string(),
            actor_name: actor.user.name.clone(),
            address: actor.address.clone(),
            action: action.to_owned(),
            object: object.to_string(),
            team: None,
            summary: summary.into(),
            detail: serde_json::Value::Null,
        }
    }

    /// A line of history by Gantry itself.
    fn own_entry(&self, action: &str, object: impl ToString, summary: impl Into<String>) -> Entry {
        Entry {
            at: self.now(),
            actor: "gantry".to_owned(),
            actor_name: "Gantry".to_owned(),
            address: None,
            action: action.to_owned(),
            object: object.to_string(),
            team: None,
            summary: summary.into(),
            detail: serde_json::Value::Null,
        }
    }
}

/// Whether this person may ask for something in one of their teams.
pub fn may_request(actor: &Actor) -> Result<(), Denied> {
    let ask = |team| may(actor, Action::SubmitRequest, Object { team, requester: None });
    if actor.teams.iter().any(|(team, _)| ask(Some(&team.id)).is_ok()) { Ok(()) } else { ask(None) }
}

/// What other teams own is not there, for those who may not see it.
fn sees(actor: &Actor, action: Action, team: &TeamId, what: &'static str) -> Result<()> {
    may(actor, action, Object { team: Some(team), requester: None }).map_err(|_| ServiceError::NotFound { what })
}
