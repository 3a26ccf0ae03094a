//! What waits for a decision.

use std::io;

use gantry_app::{NavItem, PlanView, Status, StepView, pages::*, routes};

use crate::{
    Gallery, HYPHENATED, LONG_PERSON, UNBROKEN, ago, hundred,
    plan::{long_named, sixty, web_service},
    request::{cost, edit_note},
    text,
};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    let page = inbox::InboxPage {
        items: inbox_items(),
        selected: Some(preview(inbox_items().remove(0), web_service())),
        ..inbox::InboxPage::default()
    };
    gallery.page("inbox", NavItem::Inbox, page.clone())?;
    gallery.page("inbox-empty", NavItem::Inbox, inbox::InboxPage::default())?;
    let one = inbox::InboxPage { items: inbox_items()[..1].to_vec(), ..page.clone() };
    gallery.page("inbox-one", NavItem::Inbox, one)?;
    let unpicked = inbox::InboxPage { selected: None, ..page.clone() };
    gallery.page("inbox-unpicked", NavItem::Inbox, unpicked)?;
    let with_run = inbox::InboxPage { in_hand: vec![handed_over()], ..page.clone() };
    gallery.page("inbox-in-hand", NavItem::Inbox, with_run)?;
    let only_run = inbox::InboxPage { in_hand: vec![handed_over()], ..inbox::InboxPage::default() };
    gallery.page("inbox-only-in-hand", NavItem::Inbox, only_run)?;
    let edited = inbox::InboxPage {
        selected: Some(inbox::InboxPreview {
            edited: Some(edit_note()),
            comments: 3,
            expiry: Some(request::Expiry { when: ago(-2 * 24 * 60), soon: true }),
            ..preview(inbox_items().remove(0), web_service())
        }),
        ..page.clone()
    };
    gallery.page("inbox-edited", NavItem::Inbox, edited)?;
    let end = inbox::InboxPage { after: Some(text("req-9Q4T2X")), ..inbox::InboxPage::default() };
    gallery.page("inbox-end", NavItem::Inbox, end)?;
    let many = inbox::InboxPage {
        items: hundred(&inbox_items()),
        after: Some(text("req-5B8W1C")),
        more: true,
        in_hand: vec![],
        selected: Some(inbox::InboxPreview {
            refused: Some(text("You cannot decide about your own request; someone else has to.")),
            ..preview(inbox_items().remove(1), sixty())
        }),
    };
    gallery.page("inbox-hundred", NavItem::Inbox, many)?;
    let long = |id: &str, name: &str| inbox::InboxItem {
        id: text(id),
        title: format!("Create {name} in {name}"),
        requester: text(LONG_PERSON),
        team: text(name),
        cost: Some(text("+$104,018.77 a month")),
        when: ago(14),
    };
    let items = vec![long("req-1", UNBROKEN), long("req-2", HYPHENATED)];
    let selected = inbox::InboxPreview {
        environment: text(UNBROKEN),
        template: text(HYPHENATED),
        reason: format!("Replaces {UNBROKEN}."),
        counts: text("104 to create, 23 to update, 9 to replace, 18 to delete"),
        ..preview(items[0].clone(), long_named())
    };
    gallery.page_long(
        "inbox-long",
        NavItem::Inbox,
        inbox::InboxPage { items, selected: Some(selected), ..inbox::InboxPage::default() },
    )
}

fn preview(item: inbox::InboxItem, steps: Vec<StepView>) -> inbox::InboxPreview {
    inbox::InboxPreview {
        item,
        environment: text("production · eu-central-1"),
        template: text("Web service 1.2.0"),
        reason: text("The new order service; it replaces the one on the old cluster next week."),
        edited: None,
        comments: 1,
        expiry: Some(request::Expiry { when: ago(-13 * 24 * 60), soon: false }),
        counts: text("14 to create"),
        plan: PlanView { expected_seconds: Some(232), ..PlanView::new(steps, text("5c0f9a1be2d4")) },
        cost: cost(),
        approvals: vec![request::Approval {
            stage: text("An owner of Payments or the platform team"),
            status: Status::NeedsApproval,
            ..request::Approval::default()
        }],
        refused: None,
    }
}

fn inbox_items() -> Vec<inbox::InboxItem> {
    [
        ("req-7F3K2M", "Create orders in production", "$58.12 a month", 14),
        ("req-8H2M9P", "Change checkout in staging", "$75.89 a month", 6),
        ("req-9Q4T2X", "Destroy old-orders in staging", "$0.00 a month", 3),
    ]
    .into_iter()
    .map(|(id, title, cost, minutes)| inbox::InboxItem {
        id: id.into(),
        title: title.into(),
        requester: text("Ada Lovelace"),
        team: text("Payments"),
        cost: Some(cost.into()),
        when: ago(minutes),
    })
    .collect()
}

fn handed_over() -> home::Need {
    home::Need {
        key: text("run-2M9Q4T"),
        status: Status::NeedsAttention,
        title: text("Create orders in production"),
        href: routes::run("run-2M9Q4T"),
        detail: text("Handed to you: is the quota of load balancers used up?"),
        who: text("Grace Hopper"),
        when: ago(12),
    }
}
