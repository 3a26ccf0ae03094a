//! Who may come in: signing in, invitations, the first account, people and teams from a file.

mod add_person;
mod change_person;
mod find_actor;
mod invite_person;
mod join;
mod operator;
mod passwords;
mod personal_link;
mod seed;
mod set_up;
mod show_people;
mod sign_in;
mod sign_out;

use domain::{Problem, ids::UserId};
use storage::{Account, Transaction};

pub(crate) use self::find_actor::actor_of;
pub use self::{
    add_person::NewPerson,
    change_person::PersonChange,
    invite_person::{Invitation, Membership},
    join::Join,
    operator::operator,
    personal_link::PersonalLink,
    seed::{Seed, SeedEnvironment, SeedMembership, SeedPerson, SeedTeam, Seeded},
    set_up::SetUp,
    show_people::{PersonCard, PersonDetail, Standing, everybody},
};
use crate::{Result, ServiceError};

/// E-mail addresses are compared in lower case and without space around them.
pub(crate) fn canonical_email(email: &str) -> String {
    email.trim().to_lowercase()
}

fn is_email(email: &str) -> bool {
    let fine = |part: &str| !part.is_empty() && !part.contains(['@', ' ', '\t', '\n']);
    email.len() <= 254 && email.split_once('@').is_some_and(|(name, host)| fine(name) && fine(host))
}

pub(crate) fn name_problem(path: &str, name: &str) -> Option<Problem> {
    let fits = (1..=100).contains(&name.chars().count());
    (!fits).then(|| Problem::new("required", path, "A name has 1 to 100 characters."))
}

pub(crate) fn email_problem(path: &str, email: &str) -> Option<Problem> {
    (!is_email(email)).then(|| Problem::new("wrong-form", path, "An e-mail address reads like you@example.com."))
}

/// The account, for those who manage people.
async fn account(tx: &mut dyn Transaction, id: &UserId) -> Result<Account> {
    tx.lookup_account(id).await?.ok_or(ServiceError::NotFound { what: "person" })
}
