//! What one comes to.

use std::io;

use gantry_app::{Flash, NavItem, Status, pages::*, routes};

use crate::{
    Gallery, HYPHENATED, LONG_PERSON, UNBROKEN, ago, hundred,
    run::{failed, half_done, long_named_run, sixty_running},
    stacks::{long_stack_rows, stack_rows},
    text,
};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    let page = home::HomePage {
        name: text("Grace"),
        needs_me: needs(),
        more_needs: vec![],
        running: vec![
            home::RunCard { title: text("Create orders in production"), run: half_done() },
            home::RunCard { title: text("Change checkout in staging"), run: failed() },
        ],
        stacks: stack_rows(),
        stack_count: 37,
        stack_cost: text("$1,412.50"),
        activity: activity(),
        may_request: true,
    };
    gallery.page_saying(
        "home",
        NavItem::Home,
        Flash::Done(text("Signed in. You were last here yesterday.")),
        page.clone(),
    )?;
    let one = home::HomePage {
        needs_me: vec![],
        running: vec![],
        stacks: stack_rows()[..1].to_vec(),
        stack_count: 1,
        stack_cost: text("$58.12"),
        activity: activity()[..1].to_vec(),
        ..page.clone()
    };
    gallery.page("home-one", NavItem::Home, one)?;
    let nothing = home::HomePage { stacks: vec![], stack_count: 0, running: vec![], activity: vec![], ..page.clone() };
    gallery.page("home-no-stacks", NavItem::Home, nothing)?;
    let many = home::HomePage {
        needs_me: hundred(&needs())[..18].to_vec(),
        more_needs: vec![(text("All 200 in the inbox"), text("#")), (text("All open requests"), text("#"))],
        running: hundred(&page.running)[..12].to_vec(),
        stacks: hundred(&stack_rows()),
        activity: hundred(&activity()),
        ..page.clone()
    };
    gallery.page("home-hundred", NavItem::Home, many)?;
    let need = |title: &str| home::Need {
        key: text("req-7F3K"),
        status: Status::NeedsApproval,
        title: format!("Create {title} in {title}"),
        detail: format!("1 to create in {title}"),
        who: text(LONG_PERSON),
        when: ago(300),
        ..home::Need::default()
    };
    let long = home::HomePage {
        needs_me: vec![need(UNBROKEN), need(HYPHENATED)],
        running: vec![
            home::RunCard { title: format!("Create {UNBROKEN} in {UNBROKEN}"), run: long_named_run() },
            home::RunCard { title: format!("Change {HYPHENATED} in {HYPHENATED}"), run: sixty_running() },
        ],
        stacks: long_stack_rows(),
        activity: long_activity(),
        ..page
    };
    gallery.page_long("home-long", NavItem::Home, long)?;
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

pub fn long_activity() -> Vec<home::Activity> {
    [UNBROKEN, HYPHENATED]
        .into_iter()
        .map(|name| home::Activity {
            who: text(LONG_PERSON),
            did: text("approved"),
            what: format!("Create {name} in {name}"),
            href: Some(routes::request("req-7F3K2M")),
            when: ago(41),
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
        one("req-7F3K", Status::NeedsApproval, "Create orders in production", "$58.12 a month", 14),
        one("req-9Q4T", Status::NeedsApproval, "Destroy old-orders in staging", "$0.00 a month", 31),
    ]
}
