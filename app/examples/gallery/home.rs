//! What one comes to.

use std::io;

use gantry_app::{Flash, NavItem, Status, pages::*, routes};

use crate::{
    Gallery, ago,
    run::{failed, half_done},
    stacks::stack_rows,
    text,
};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    gallery.page_saying(
        "home",
        NavItem::Home,
        Flash::Done(text("Signed in. You were last here yesterday.")),
        home::HomePage {
            name: text("Grace"),
            needs_me: needs(),
            running: vec![
                home::RunCard { title: text("Create orders in production"), run: half_done() },
                home::RunCard { title: text("Change checkout in staging"), run: failed() },
            ],
            stacks: stack_rows(),
            stack_count: 37,
            stack_cost: text("$1,412.50"),
            activity: activity(),
            may_request: true,
        },
    )?;
    gallery.page(
        "home-newcomer",
        NavItem::Home,
        home::HomePage { name: text("Grace"), may_request: true, ..home::HomePage::default() },
    )
}

pub fn activity() -> Vec<home::Activity> {
    [
        ("Grace Hopper", "approved", "Change checkout in staging", 41),
        ("Gantry", "finished", "Create search-api in production", 95),
        ("Ada Lovelace", "asked for", "Create orders in production", 130),
    ]
    .into_iter()
    .map(|(who, did, what, minutes)| home::Activity {
        who: who.into(),
        did: did.into(),
        what: what.into(),
        href: Some(routes::request("req-7F3K2M")),
        when: ago(minutes),
    })
    .collect()
}

fn needs() -> Vec<home::Need> {
    let one = |key: &str, status, title: &str, detail: &str, minutes| home::Need {
        key: key.into(),
        status,
        title: title.into(),
        href: routes::request(key),
        detail: detail.into(),
        who: text("Ada Lovelace"),
        when: ago(minutes),
    };
    vec![
        one("run-8K2M", Status::Failed, "Change checkout in staging", "The run has stopped and waits for a choice", 3),
        one("req-7F3K", Status::NeedsApproval, "Create orders in production", "14 to create, $58.12 a month", 14),
        one("req-9Q4T", Status::NeedsApproval, "Destroy old-orders in staging", "11 to delete, $0.00 a month", 31),
    ]
}
