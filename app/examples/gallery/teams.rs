//! Teams and who is in them.

use std::io;

use gantry_app::{FieldError, NavItem, components::Pages, pages::*, routes};

use crate::{
    Gallery, HYPHENATED, LONG_PERSON, UNBROKEN, hundred,
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
    gallery.page("teams", NavItem::Teams, teams::TeamsPage { rows: rows.clone(), may_add: true })?;
    let listed = |rows| teams::TeamsPage { rows, may_add: true };
    gallery.page("teams-one", NavItem::Teams, listed(rows[..1].to_vec()))?;
    gallery.page("teams-hundred", NavItem::Teams, listed(hundred(&rows)))?;
    let long = vec![team(UNBROKEN, UNBROKEN, 1_204, 0, 988, "$104,018.77"), team("x", HYPHENATED, 1, 1, 0, "$0.00")];
    gallery.page_long("teams-long", NavItem::Teams, listed(long))?;
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
        is_long: false,
        query: String::new(),
        pages: Pages::default(),
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
    let nobody = team::TeamPage { members: vec![], errors: vec![], ..page.clone() };
    gallery.page("team-nobody", NavItem::Teams, nobody)?;
    let many = team::TeamPage {
        members: hundred(&page.members)[..50].to_vec(),
        is_long: true,
        pages: Pages { first: None, next: Some(text("#")) },
        errors: vec![],
        ..page.clone()
    };
    gallery.page("team-hundred", NavItem::Teams, many)?;
    let long = team::TeamPage {
        name: text(UNBROKEN),
        title: text(HYPHENATED),
        members: vec![member(UNBROKEN, "owner", true, true), member(HYPHENATED, "developer", false, false)],
        adding: (format!("{UNBROKEN}@example.com"), text("developer")),
        ..page.clone()
    };
    gallery.page_long("team-long", NavItem::Teams, long)?;
    gallery.page("team", NavItem::Teams, page)?;
    gallery.page("team-seen", NavItem::Teams, seen)?;
    let new = settings::SettingsPage {
        heading: text("Add a team"),
        lead: text("A team owns stacks: its members ask for them, its owners approve."),
        trail: vec![(text("Teams"), text(routes::TEAMS))],
        post_to: text(routes::TEAMS_NEW),
        sections: vec![settings(
            "name",
            "Name",
            "The short name stands in tags in AWS and stays as it is.",
            vec![
                setting("title", "Name of the team", "", typed("", false)),
                setting("name", "Short name", "Lower-case letters, digits and dashes.", typed("Pay ments", true)),
            ],
        )],
        errors: vec![
            FieldError { path: text("title"), code: text("missing"), message: text("A team needs a name.") },
            FieldError {
                path: text("name"),
                code: text("wrong-form"),
                message: text("A short name has lower-case letters, digits and dashes, and begins with a letter."),
            },
        ],
        submit_label: text("Add the team"),
        back_to: text(routes::TEAMS),
    };
    gallery.page("team-new-errors", NavItem::Teams, new)
}
