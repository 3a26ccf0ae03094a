//! Who asks and who answers.

use serde::{Deserialize, Serialize};

use crate::ids::{TeamId, UserId};

/// What a member may do in one team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamRole {
    /// Sees.
    Viewer,
    /// Requests and runs day-two actions.
    Developer,
    /// Also approves what the team may approve itself, and manages members.
    Owner,
}

/// What a person may do across teams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformRole {
    /// Manages environments, templates and policies, and approves.
    Platform,
    /// Reads everything and changes nothing.
    Auditor,
    /// Manages people, providers and tokens.
    Admin,
}

macro_rules! text_enum {
    ($name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        impl $name {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As it stands in the database, in seeds and in the API.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::people::NotAWord;
            fn from_str(given: &str) -> Result<Self, Self::Err> {
                match given {
                    $($text => Ok(Self::$variant),)*
                    _ => Err($crate::people::NotAWord { given: given.to_owned(), of: stringify!($name) }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use text_enum;

/// A word that is not one of a closed set.
#[derive(Debug, thiserror::Error)]
#[error("`{given}` is not a {of}")]
pub struct NotAWord {
    /// What was given.
    pub given: String,
    /// The set.
    pub of: &'static str,
}

text_enum!(TeamRole { Viewer = "viewer", Developer = "developer", Owner = "owner" });
text_enum!(PlatformRole { Platform = "platform", Auditor = "auditor", Admin = "admin" });

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// As shown.
    pub name: String,
    /// Lower case; what one signs in with.
    pub email: String,
    /// Across teams.
    pub platform_role: Option<PlatformRole>,
    /// May not sign in any more.
    pub disabled: bool,
    /// Optimistic version.
    pub version: i64,
}

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Short name, part of physical names: `[a-z][a-z0-9-]{0,23}`.
    pub name: String,
    /// As shown.
    pub title: String,
    /// Optimistic version.
    pub version: i64,
}

/// Who does something, with all that decides whether they may.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// The person.
    pub user: User,
    /// Their teams.
    pub teams: Vec<(Team, TeamRole)>,
    /// Where the call came from, for the audit history.
    pub address: Option<String>,
}

impl Actor {
    /// Their role in a team.
    pub fn role_in(&self, team: &TeamId) -> Option<TeamRole> {
        self.teams.iter().find(|(one, _)| one.id == *team).map(|(_, role)| *role)
    }
}
