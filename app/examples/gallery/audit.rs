//! The history.

use std::io;

use gantry_app::{NavItem, components::Pages, pages::*, routes};

use crate::{Gallery, HYPHENATED, LONG_PERSON, UNBROKEN, ago, hundred, text};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    let row = |number: &str, who: &str, did: &str, what: &str, minutes: i64| audit::AuditRow {
        number: number.into(),
        when: ago(minutes),
        who: who.into(),
        did: did.into(),
        what: what.into(),
        href: Some(routes::request("req-7F3K2M")),
        action: text("request.approved"),
        ..audit::AuditRow::default()
    };
    let page = audit::AuditPage {
        actions: ["request.submitted", "request.approved", "aws.create_service"].map(text).to_vec(),
        rows: vec![
            audit::AuditRow {
                from: Some(text("203.0.113.9")),
                before: Some(text("{\n  \"status\": \"needs_approval\"\n}")),
                after: Some(text("{\n  \"status\": \"approved\"\n}")),
                reason: Some(text("Looked at the plan with Ada: two tasks are enough for the launch.")),
                seal: Some("5c0f9a1be2d4".repeat(6)[..64].to_owned()),
                ..row("48,211", "Grace Hopper", "approved", "request req-7F3K2M", 2)
            },
            audit::AuditRow {
                aws_request_id: Some(text("8f1c2a44-77f0-4a3e-9d52-0a1b2c3d4e5f")),
                ..row("48,210", "Gantry", "created in AWS", "target group orders-5f3a91c2", 3)
            },
            row("48,209", "Ada Lovelace", "asked for", "orders in production", 14),
            row("48,208", "Ada Lovelace", "signed in", "", 20),
        ],
        chain: audit::ChainState::Verified { through: text("48,211"), when: ago(2) },
        pages: Pages { first: None, next: Some(text("/audit?after=48208")) },
        ..audit::AuditPage::default()
    };
    gallery.page("audit", NavItem::Audit, page.clone())?;
    gallery.page("audit-none", NavItem::Audit, audit::AuditPage::default())?;
    let filter = audit::AuditFilter { actor: text("nobody"), ..audit::AuditFilter::default() };
    let none = audit::AuditPage { filter, rows: vec![], pages: Pages::default(), ..page.clone() };
    gallery.page("audit-filtered-none", NavItem::Audit, none)?;
    let one = audit::AuditPage { rows: page.rows[..1].to_vec(), pages: Pages::default(), ..page.clone() };
    gallery.page("audit-one", NavItem::Audit, one)?;
    let many = audit::AuditPage { rows: hundred(&page.rows), ..page.clone() };
    gallery.page("audit-hundred", NavItem::Audit, many)?;
    let long = audit::AuditPage {
        rows: vec![
            row("1,048,576", LONG_PERSON, "approved", &format!("request to create {HYPHENATED}"), 2),
            audit::AuditRow {
                reason: Some(format!("{UNBROKEN} {HYPHENATED}")),
                seal: Some("5c0f9a1be2d4".repeat(6)[..64].to_owned()),
                before: Some(format!("{{\n  \"stack_name\": \"{UNBROKEN}\"\n}}")),
                after: Some(format!("{{\n  \"stack_name\": \"{HYPHENATED}\"\n}}")),
                ..row("1,048,575", UNBROKEN, "changed", UNBROKEN, 2)
            },
        ],
        chain: audit::ChainState::Broken {
            at: text("1,048,571"),
            why: text("its hash does not follow from the event before it."),
        },
        ..page
    };
    gallery.page_long("audit-long", NavItem::Audit, long)
}
