//! Tokens with which a person's programs speak for them.
//!
//! A token can never do more than its person, and never more than its scopes say. Its text is shown once; what is kept is
//! the hash.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Entropy,
    ids::{TokenId, UserId, readable},
    people::text_enum,
    seal::digest,
};

/// What a token may be used for. Each operation of the API needs exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// See what its person sees.
    Read,
    /// Ask, change and withdraw, and say something about it.
    Request,
    /// Approve and reject.
    Decide,
    /// Steer runs: try again, undo, keep, stop.
    Run,
    /// Read the history.
    Audit,
}
text_enum!(Scope { Read = "read", Request = "request", Decide = "decide", Run = "run", Audit = "audit" });

impl Scope {
    /// What it lets a program do, for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Read => "See what you can see: templates, stacks, requests, runs, environments",
            Self::Request => "Ask for stacks and changes, comment, withdraw, plan again",
            Self::Decide => "Approve and reject in your name",
            Self::Run => "Steer runs: try again, undo, keep, stop",
            Self::Audit => "Read the history",
        }
    }
}

/// A token as it is kept and listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id.
    pub id: TokenId,
    /// For whom it speaks.
    pub user: UserId,
    /// What it is for, in its person's words; unique among theirs.
    pub name: String,
    /// How its text begins, so that people can tell tokens apart.
    pub prefix: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is worth nothing.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, give or take a few minutes.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl ApiToken {
    /// Whether it is worth nothing any more.
    pub fn has_expired(&self, now: DateTime<Utc>) -> bool {
        now >= self.expires_at
    }
}

/// The text of a token. It cannot be printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenText(String);

impl TokenText {
    /// What every token begins with, so that people and scanners know it when they see it.
    pub const MARK: &str = "gty_";
    /// Two hundred unpredictable bits.
    const LENGTH: usize = 40;
    /// So much of it is shown in lists.
    const SHOWN: usize = Self::MARK.len() + 6;

    /// A new one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(format!("{}{}", Self::MARK, readable(entropy, Self::LENGTH)))
    }

    /// As its person has to copy it, once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// How it begins.
    pub fn prefix(&self) -> String {
        self.0.chars().take(Self::SHOWN).collect()
    }

    /// What is kept of it. It is random and long, so a plain hash gives nothing away.
    pub fn hash(&self) -> String {
        digest(&self.0)
    }
}

impl From<&str> for TokenText {
    fn from(presented: &str) -> Self {
        Self(presented.to_owned())
    }
}

impl std::fmt::Debug for TokenText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenText(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;

    impl Entropy for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_text_is_marked_long_and_hidden() {
        let text = TokenText::generate(&Sevens);
        assert_eq!(text.reveal(), format!("gty_{}", "7".repeat(40)));
        assert_eq!(text.prefix(), "gty_777777");
        assert_eq!(text.hash(), TokenText::from(text.reveal()).hash());
        assert!(!format!("{text:?}").contains('7'));
    }
}
