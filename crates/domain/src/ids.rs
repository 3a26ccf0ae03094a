//! Short, readable identifiers (`req-7F3K2M`): primary keys, part of every URL, and easy to say on the telephone.

use std::{fmt, str::FromStr};

use crate::Entropy;

/// Crockford's base 32: no I, L, O, U, so that nothing is misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// `length` characters of [`ALPHABET`], five unpredictable bits each.
pub fn readable(entropy: &dyn Entropy, length: usize) -> String {
    let mut bytes = vec![0; length];
    entropy.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

/// What was given is not an identifier of the wanted sort.
#[derive(Debug, thiserror::Error)]
#[error("`{given}` is not an identifier of the form `{prefix}-…`")]
pub struct NotAnId {
    given: String,
    prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// A new identifier.
            pub fn generate(entropy: &dyn Entropy) -> Self {
                Self(format!(concat!($prefix, "-{}"), readable(entropy, 8)))
            }

            /// As it stands in the database and in URLs.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(given: &str) -> Result<Self, NotAnId> {
                let rest = given.strip_prefix(concat!($prefix, "-"));
                match rest {
                    Some(rest) if (1..=64).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => {
                        Ok(Self(given.to_owned()))
                    }
                    _ => Err(NotAnId { given: given.chars().take(80).collect(), prefix: $prefix }),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;
            fn try_from(given: String) -> Result<Self, NotAnId> {
                given.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A person with an account.
    UserId "usr";
    /// A team.
    TeamId "team";
    /// A place to provision into.
    EnvironmentId "env";
    /// One living instance of a template.
    StackId "stk";
    /// A wish to create, update or destroy a stack.
    RequestId "req";
    /// The execution of a sealed plan.
    RunId "run";
    /// A secret in its envelope.
    SecretId "sec";
    /// A token of the API.
    TokenId "tok";
}
