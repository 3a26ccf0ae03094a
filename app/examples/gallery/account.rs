//! One's own account.

use std::io;

use gantry_app::{FieldError, NavItem, components::Pages, pages::*};

use crate::{Gallery, HYPHENATED, LONG_PERSON, UNBROKEN, ago, hundred, text};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    let scope = |value: &str, help: &str, picked| account::ScopeChoice { value: text(value), help: text(help), picked };
    let token = |name: &str, scopes: &[&str], used: Option<i64>, expired| account::TokenRow {
        id: text("tok-4T9QXN"),
        name: text(name),
        prefix: text("gty_7F3K2M"),
        scopes: scopes.iter().map(|scope| text(scope)).collect(),
        used: used.map(ago),
        expires: ago(if expired { 9_000 } else { -60_000 }),
        expired,
    };
    let page = account::AccountPage {
        name: text("Grace Hopper"),
        email: text("grace@payments.example"),
        teams: vec![(text("Payments"), text("Owner")), (text("Search"), text("Viewer"))],
        scopes: vec![
            scope("read", "See what you can see: templates, stacks, requests, runs, environments", true),
            scope("request", "Ask for stacks and changes, comment, withdraw, plan again", false),
            scope("decide", "Approve and reject in your name", false),
            scope("run", "Steer runs: try again, undo, keep, stop", false),
            scope("audit", "Read the history", false),
        ],
        token_days: 90,
        ..account::AccountPage::default()
    };
    gallery.page("account-empty", NavItem::Nowhere, page.clone())?;
    let tokens = vec![
        token("Deploys from CI", &["read", "request"], Some(3), false),
        token("A report that somebody once wrote and called by a name of sixty", &["read"], None, false),
        token("Laptop", &["read", "request", "decide", "run", "audit"], Some(20_000), true),
    ];
    let tokens_of =
        |tokens: Vec<account::TokenRow>| account::AccountPage { token_count: tokens.len(), tokens, ..page.clone() };
    gallery.page("account-one", NavItem::Nowhere, tokens_of(tokens[..1].to_vec()))?;
    gallery.page("account-hundred", NavItem::Nowhere, tokens_of(hundred(&tokens)))?;
    let later = Pages { first: Some(text("/account")), next: Some(text("/account?after=tok-4T9QXN")) };
    gallery.page(
        "account-later",
        NavItem::Nowhere,
        account::AccountPage { token_count: 50, pages: later.clone(), ..tokens_of(tokens.clone()) },
    )?;
    gallery.page(
        "account-past",
        NavItem::Nowhere,
        account::AccountPage { token_count: 50, pages: Pages { next: None, ..later }, ..page.clone() },
    )?;
    let long = account::AccountPage {
        name: text(LONG_PERSON),
        email: format!("{UNBROKEN}@example.com"),
        teams: vec![(text(UNBROKEN), text("Owner")), (text(HYPHENATED), text("Viewer"))],
        token_name: text(UNBROKEN),
        ..tokens_of(vec![token(UNBROKEN, &["read"], None, false), token(HYPHENATED, &["read", "request"], None, true)])
    };
    gallery.page_long("account-long", NavItem::Nowhere, long)?;
    let made =
        account::MadeToken { name: text("Deploys from CI"), text: text("gty_7F3K2MQ9V0ZB4D8HJ1N5R6S7T8W9XYAC2E3G4K") };
    gallery.page(
        "account-made",
        NavItem::Nowhere,
        account::AccountPage { made: Some(made), ..tokens_of(tokens.clone()) },
    )?;
    let wrong = |path: &str, message: &str| FieldError { path: text(path), code: text("x"), message: text(message) };
    gallery.page(
        "account-errors",
        NavItem::Nowhere,
        account::AccountPage {
            role: Some(text("Platform team")),
            errors: vec![
                wrong("name", "Say what it is for, so that you know it again."),
                wrong("scopes", "Pick at least one thing that it may be used for."),
            ],
            ..tokens_of(tokens)
        },
    )
}
