//! Teams and who is in them.

use std::io;

use gantry_app::{FieldError, NavItem, pages::*};

use crate::{
    Gallery, LONG_PERSON,
    settings::{setting, settings, typed},
    text,
};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    let team = |name: &str, title: &str, members, owners, stacks, cost: &str| teams::TeamRow {
        id: format!("team-{name}"),
        name: name.into(),
        title: title.into(),
        members,
        owners,
        stacks,
        cost: cost.into(),
    };
    let rows = vec![
        team("payments", "Payments", 7, 2, 12, "$1,204.10"),
        team("search", "Search", 3, 0, 0, "$0.00"),
        team("storefront", "Storefront and everything that customers ever see of us there", 24, 1, 31, "$4,018.77"),
    ];
    gallery.page("teams", NavItem::Teams, teams::TeamsPage { rows, may_add: true })?;
    gallery.page("teams-none", NavItem::Teams, teams::TeamsPage { rows: vec![], may_add: true })?;
    let member = |name: &str, role: &str, disabled, is_reader| team::Member {
        id: format!("usr-{}", &name[..3]),
        name: name.into(),
        email: format!("{}@example.com", name.to_lowercase().replace(' ', ".")),
        role: role.into(),
        disabled,
        is_reader,
    };
    let page = team::TeamPage {
        id: text("team-7F3K2M9Q"),
        name: text("payments"),
        title: text("Payments"),
        version: text("1"),
        stacks: 12,
        cost: text("$1,204.10"),
        members: vec![
            member("Ada Lovelace", "developer", false, false),
            member("Grace Hopper", "owner", false, true),
            member(LONG_PERSON, "viewer", true, false),
        ],
        refused: None,
        may_open_people: true,
        adding: (text("nobody@example.com"), text("developer")),
        sections: vec![settings(
            "name",
            "Name",
            "As everybody reads it. The short name stands in tags in AWS and stays.",
            vec![setting("title", "Name of the team", "", typed("Payments", false))],
        )],
        errors: vec![FieldError {
            path: text("email"),
            code: text("unknown-person"),
            message: text("Nobody who can sign in has this address. An administrator invites people first."),
        }],
    };
    let seen = team::TeamPage {
        refused: Some(text("Owners of the team change who is in it.")),
        may_open_people: false,
        errors: vec![],
        ..page.clone()
    };
    gallery.page("team", NavItem::Teams, page)?;
    gallery.page("team-seen", NavItem::Teams, seen)
}
