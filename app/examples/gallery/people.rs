//! Everybody with an account.

use std::io;

use gantry_app::{FieldError, Flash, NavItem, Status, components::Pages, pages::*, routes};

use crate::{
    Gallery, HYPHENATED, LONG_PERSON, UNBROKEN, ago,
    home::{activity, long_activity},
    hundred,
    settings::{chosen, setting, settings, typed},
    text,
};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    let person = |id: &str, name: &str, role: Option<&str>, teams: &[&str], status: Status, word: &str, seen: i64| {
        people::PersonRow {
            id: id.into(),
            name: name.into(),
            email: format!("{}@example.com", name.to_lowercase().replace(' ', ".")),
            role: role.map(text),
            teams: teams.iter().map(|team| text(team)).collect(),
            status,
            word: word.into(),
            seen: (seen > 0).then(|| ago(seen)),
        }
    };
    let rows = vec![
        person("usr-1", "Ada Lovelace", Some("Administrator"), &[], Status::Succeeded, "Active", 3),
        person("usr-2", "Grace Hopper", None, &["Payments (owner)", "Search"], Status::Succeeded, "Active", 190),
        person("usr-3", "Linus Pauling", None, &["Payments"], Status::Waiting, "Invited", 0),
        person("usr-4", LONG_PERSON, Some("Platform team"), &["Payments"], Status::Withdrawn, "Disabled", 90_000),
    ];
    gallery.page(
        "people",
        NavItem::People,
        people::PeoplePage { rows: rows.clone(), ..people::PeoplePage::default() },
    )?;
    let pages = || Pages { first: None, next: Some(text("#")) };
    let listed = |rows| people::PeoplePage { rows, pages: pages(), ..people::PeoplePage::default() };
    gallery.page("people-one", NavItem::People, listed(rows[..1].to_vec()))?;
    gallery.page("people-hundred", NavItem::People, listed(hundred(&rows)))?;
    let teams = [UNBROKEN, HYPHENATED];
    let long = vec![
        person("usr-1", LONG_PERSON, Some("Platform team"), &teams, Status::Succeeded, "Active", 3),
        person("usr-2", UNBROKEN, None, &teams, Status::Waiting, "Invited", 0),
    ];
    gallery.page_long("people-long", NavItem::People, listed(long))?;
    let none = people::PeoplePage { query: text("zzz"), ..people::PeoplePage::default() };
    gallery.page("people-none", NavItem::People, none)?;
    let danger = gantry_app::components::Danger {
        title: text("Disable this account"),
        text: text(
            "Grace Hopper is signed out everywhere at once, their API tokens are revoked, and they cannot sign in any more. What they asked for and decided stays.",
        ),
        label: text("Disable Grace Hopper"),
        is_loss: true,
        ..Default::default()
    };
    let page = person::PersonPage {
        id: text("usr-7F3K2M9Q"),
        name: text("Grace Hopper"),
        email: text("grace.hopper@example.com"),
        status: Status::Succeeded,
        word: text("Active"),
        standing: text("by e-mail address and password"),
        since: ago(90_000),
        seen: Some(ago(190)),
        version: text("3"),
        sections: vec![account("Grace Hopper")],
        errors: vec![],
        link_label: Some(text("Make a link for a new password")),
        teams: vec![
            (text("team-1"), text("Payments"), text("Owner")),
            (text("team-2"), text("Search"), text("Developer")),
        ],
        history: activity(),
        danger,
    };
    let changed = Flash::Done(text("The account of Grace Hopper was changed."));
    gallery.page_saying("person", NavItem::People, changed, page.clone())?;
    let wrong = person::PersonPage {
        sections: vec![account("")],
        errors: vec![FieldError {
            path: text("name"),
            code: text("missing"),
            message: text("Everybody here has a name."),
        }],
        teams: vec![],
        history: vec![],
        seen: None,
        ..page.clone()
    };
    gallery.page("person-errors", NavItem::People, wrong)?;
    let long = person::PersonPage {
        name: text(UNBROKEN),
        email: format!("{UNBROKEN}@example.com"),
        teams: vec![
            (text("team-1"), text(UNBROKEN), text("Owner")),
            (text("team-2"), text(HYPHENATED), text("Developer")),
        ],
        sections: vec![account(UNBROKEN)],
        history: long_activity(),
        danger: gantry_app::components::Danger { label: format!("Disable {UNBROKEN}"), ..page.danger.clone() },
        ..page
    };
    gallery.page_long("person-long", NavItem::People, long)?;
    let places: &[(&str, &str, &str)] = &[
        ("", "–", ""),
        ("a", "Payments, developer", ""),
        ("b", "Payments, owner", ""),
        ("c", "Payments, viewer", ""),
        ("d", "Search, developer", ""),
    ];
    gallery.page(
        "person-invite",
        NavItem::People,
        settings::SettingsPage {
            heading: text("Invite somebody"),
            lead: text("Makes the account, and a link with which its owner chooses a password."),
            trail: vec![(text("People"), text(routes::PEOPLE))],
            post_to: text("/people/invite"),
            sections: vec![
                settings(
                    "who",
                    "Who",
                    "Gantry sends no e-mail: you pass on a link that works once, within a week.",
                    vec![
                        setting("name", "Name", "", typed("Linus Pauling", false)),
                        setting("email", "E-mail address", "What they sign in with.", typed("linus", false)),
                    ],
                ),
                settings(
                    "across",
                    "Across teams",
                    "For those who run the platform or look after it. Most people have no such role.",
                    vec![setting("role", "Role across teams", "", chosen("none", ACROSS))],
                ),
                settings(
                    "teams",
                    "Teams",
                    "Developers ask for stacks; owners also approve and manage members.",
                    vec![setting("teams.0", "Team and role", "", chosen("a", places))],
                ),
            ],
            errors: vec![FieldError {
                path: text("email"),
                code: text("wrong-form"),
                message: text("An e-mail address reads like you@example.com."),
            }],
            submit_label: text("Make the invitation"),
            back_to: text(routes::PEOPLE),
        },
    )?;
    let link = person_link::PersonLinkPage {
        id: text("usr-3"),
        name: text("Linus Pauling"),
        email: text("linus.pauling@example.com"),
        is_reset: false,
        link: format!("https://gantry.example.com/join?token={}", "5c0f9a1be2d4".repeat(5)),
        until: ago(-7 * 24 * 60),
    };
    gallery.page("person-link", NavItem::People, link)
}

fn account(name: &str) -> request_form::FormSection {
    settings(
        "account",
        "Account",
        "The role across teams comes on top of what each team allows.",
        vec![
            setting("name", "Name", "", typed(name, false)),
            setting("role", "Role across teams", "", chosen("none", ACROSS)),
        ],
    )
}

const ACROSS: &[(&str, &str, &str)] = &[
    ("none", "None", "Sees and does what their teams allow."),
    ("platform", "Platform team", "Runs environments and templates, and approves."),
    ("auditor", "Auditor", "Reads everything and changes nothing."),
    ("admin", "Administrator", "Manages people, teams and environments."),
];
