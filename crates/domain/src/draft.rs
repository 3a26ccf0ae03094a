//! A form that was begun and not sent yet.

use std::{collections::BTreeMap, fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{EnvironmentId, NotAnId, RequestId, StackId, TeamId, UserId},
    template::Inputs,
};

/// Which form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormOf {
    /// For a new stack of this template.
    Template(String),
    /// To change this stack.
    Stack(StackId),
    /// To edit this request.
    Request(RequestId),
}

/// What the name of a form for a new stack begins with; a stack and a request have names of their own.
const TEMPLATE: &str = "template:";

impl fmt::Display for FormOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template(name) => write!(f, "{TEMPLATE}{name}"),
            Self::Stack(id) => id.fmt(f),
            Self::Request(id) => id.fmt(f),
        }
    }
}

impl FromStr for FormOf {
    type Err = NotAnId;
    fn from_str(given: &str) -> Result<Self, NotAnId> {
        if let Some(name) = given.strip_prefix(TEMPLATE) {
            return Ok(Self::Template(name.to_owned()));
        }
        given.parse().map(Self::Stack).or_else(|_| given.parse().map(Self::Request))
    }
}

/// What somebody typed into a form and has not sent. There is one for each person and form.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedDraft {
    /// Whose.
    pub user: UserId,
    /// Of which form.
    pub form: FormOf,
    /// What was typed.
    pub typed: Typed,
    /// When it was saved last.
    pub saved_at: DateTime<Utc>,
}

/// By input the rows, a name and a value each, whose name stands further up in the same list. Such a list is refused, and
/// comes back with all its rows. Of a secret it is the name only.
pub type RepeatedRows = BTreeMap<String, Vec<(String, String)>>;

/// The answers as they were typed, right or wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// The team that was picked.
    pub team: Option<TeamId>,
    /// The place that was picked.
    pub environment: Option<EnvironmentId>,
    /// The name.
    pub stack_name: String,
    /// Secrets by reference, and null where a secret has a name and no value yet. Never a secret itself.
    pub inputs: Inputs,
    /// What `inputs` cannot hold.
    pub repeated: RepeatedRows,
    /// Why.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_form_leads_back_to_it() {
        let forms = [
            FormOf::Template("req-thing".to_owned()),
            FormOf::Stack("stk-7F3K2M".parse().unwrap()),
            FormOf::Request("req-7F3K2M".parse().unwrap()),
        ];
        for form in forms {
            assert_eq!(form.to_string().parse::<FormOf>().unwrap(), form);
        }
        assert!("nonsense".parse::<FormOf>().is_err());
    }
}
