//! Who may come in: signing in, the first account, people and teams from a file.

mod add_person;
mod change_person;
mod find_actor;
mod list_people;
mod operator;
mod passwords;
mod seed;
mod set_up;
mod sign_in;
mod sign_out;

pub use self::{
    add_person::NewPerson,
    list_people::Person,
    operator::operator,
    seed::{Seed, SeedEnvironment, SeedMembership, SeedPerson, SeedTeam, Seeded},
    set_up::SetUp,
};

/// E-mail addresses are compared in lower case and without space around them.
fn canonical_email(email: &str) -> String {
    email.trim().to_lowercase()
}

fn is_email(email: &str) -> bool {
    let fine = |part: &str| !part.is_empty() && !part.contains(['@', ' ', '\t', '\n']);
    email.len() <= 254 && email.split_once('@').is_some_and(|(name, host)| fine(name) && fine(host))
}
