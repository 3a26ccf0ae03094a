//! In whose hands a run is that waits for people. Whoever may steer it still may; this says who was asked to.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{NotAnId, UserId},
    people::{PlatformRole, User},
};

/// Who can be asked to see to a run; written `usr-7F3K2M9Q` or `platform`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Hands {
    /// One person.
    Person(UserId),
    /// Whoever of the platform team comes first.
    Platform,
}

/// As [`Hands::Platform`] is written.
const PLATFORM: &str = "platform";

impl Hands {
    /// All that are this person's.
    pub fn of(user: &User) -> Vec<Self> {
        let person = Self::Person(user.id.clone());
        let platform = (user.platform_role == Some(PlatformRole::Platform)).then_some(Self::Platform);
        std::iter::once(person).chain(platform).collect()
    }
}

impl fmt::Display for Hands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => id.fmt(f),
            Self::Platform => f.write_str(PLATFORM),
        }
    }
}

impl FromStr for Hands {
    type Err = NotAnId;
    fn from_str(given: &str) -> Result<Self, NotAnId> {
        if given == PLATFORM { Ok(Self::Platform) } else { given.parse().map(Self::Person) }
    }
}

impl TryFrom<String> for Hands {
    type Error = NotAnId;
    fn try_from(given: String) -> Result<Self, NotAnId> {
        given.parse()
    }
}

impl From<Hands> for String {
    fn from(hands: Hands) -> Self {
        hands.to_string()
    }
}

/// That somebody has a run in hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// Who has it.
    pub to: Hands,
    /// Their name.
    pub name: String,
    /// What they were told; may be empty.
    pub note: String,
    /// Who handed it to them, by name.
    pub by: String,
    /// Since when.
    pub since: DateTime<Utc>,
}
