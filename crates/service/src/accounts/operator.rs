//! Whoever can start the program on its configuration: stands above all roles, and signs the history as such.

use domain::people::{Actor, PlatformRole, User};

/// The actor of the command line.
pub fn operator() -> Actor {
    let id = "usr-operator".parse().expect("it reads like an id");
    let name = "The operator".to_owned();
    let email = "operator@command-line".to_owned();
    let user = User { id, name, email, platform_role: Some(PlatformRole::Admin), disabled: false, version: 0 };
    Actor { user, teams: vec![], address: None }
}
