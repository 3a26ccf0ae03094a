//! Writes every page with sample data into a folder, to look at:
//! `cargo run -p gantry-app --features ssr --example gallery -- FOLDER`
//!
//! # To add a page
//! A call in the `pages` of its module; a new area of pages is a new module with such a function, called from `main`.

use std::{env, fs, io, path::PathBuf};

use chrono::{DateTime, Duration, TimeZone, Utc};
use gantry_app::{Flash, Frame, Head, Moment, NavItem, Page, TeamLink, render, render_bare};

mod account;
mod api_docs;
mod audit;
mod catalogue;
mod environments;
mod errors;
mod home;
mod inbox;
mod people;
mod plan;
mod request;
mod request_form;
mod requests;
mod run;
mod search;
mod settings;
mod sign_in;
mod stacks;
mod teams;
mod templates;

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "gallery".into()));
    fs::create_dir_all(&folder)?;
    let gallery = Gallery { folder };
    for pages in [
        account::pages,
        api_docs::pages,
        audit::pages,
        catalogue::pages,
        environments::pages,
        errors::pages,
        home::pages,
        inbox::pages,
        people::pages,
        request::pages,
        request_form::pages,
        requests::pages,
        run::pages,
        search::pages,
        sign_in::pages,
        stacks::pages,
        teams::pages,
        templates::pages,
    ] {
        pages(&gallery)?;
    }
    println!("{}", gallery.folder.display());
    Ok(())
}

/// Where the pages go.
struct Gallery {
    folder: PathBuf,
}

impl Gallery {
    /// A page as somebody with many rights sees it.
    fn page(&self, name: &str, active: NavItem, page: impl Page) -> io::Result<()> {
        self.write(name, render(frame(active, None), page))
    }

    /// The same page for somebody whose name, and whose teams' names, are as long as names get.
    fn page_long(&self, name: &str, active: NavItem, page: impl Page) -> io::Result<()> {
        let team = |id: &str, name: &str| TeamLink { id: id.into(), name: name.into() };
        let frame = Frame {
            user_name: text(LONG_PERSON),
            user_role: format!("Owner of {HYPHENATED}"),
            team: Some(team("team-1", HYPHENATED)),
            teams: vec![team("team-1", HYPHENATED), team("team-2", UNBROKEN)],
            inbox_count: 128,
            ..frame(active, None)
        };
        self.write(name, render(frame, page))
    }

    /// The same, after something was done.
    fn page_saying(&self, name: &str, active: NavItem, flash: Flash, page: impl Page) -> io::Result<()> {
        self.write(name, render(frame(active, Some(flash)), page))
    }

    /// A page for somebody who is not signed in.
    fn bare(&self, name: &str, page: impl Page) -> io::Result<()> {
        self.write(name, render_bare(Head::default(), text("sample"), None, page))
    }

    fn write(&self, name: &str, html: String) -> io::Result<()> {
        fs::write(self.folder.join(format!("{name}.html")), html)
    }
}

/// Names as long as names get: 64 letters with nowhere to break, and with many places.
const UNBROKEN: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const HYPHENATED: &str = "payments-checkout-and-invoices-for-europe-and-the-rest-of-world1";
const LONG_PERSON: &str = "Wolfeschlegelsteinhausenbergerdorff Mountbatten-Windsor-Featherstone";

fn frame(active: NavItem, flash: Option<Flash>) -> Frame {
    let team = |id: &str, name: &str| TeamLink { id: id.into(), name: name.into() };
    Frame {
        user_name: text("Grace Hopper"),
        user_role: text("Owner of Payments"),
        team: Some(team("team-1", "Payments")),
        teams: vec![team("team-1", "Payments"), team("team-2", "Search")],
        may_audit: true,
        administration: vec![NavItem::Teams, NavItem::Environments, NavItem::Templates, NavItem::People],
        inbox_count: 3,
        active,
        csrf: text("sample"),
        here: text("/"),
        flash,
        ..Frame::default()
    }
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 14, 0, 0).single().expect("a real date")
}

fn ago(minutes: i64) -> Moment {
    Moment::new(now() - Duration::minutes(minutes), now())
}

fn text(words: &str) -> String {
    words.to_owned()
}

/// A hundred, by saying the same again.
fn hundred<T: Clone>(some: &[T]) -> Vec<T> {
    some.iter().cycle().take(100).cloned().collect()
}
