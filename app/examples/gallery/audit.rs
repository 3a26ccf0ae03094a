//! The history.

use std::io;

use gantry_app::{NavItem, pages::*, routes};

use crate::{Gallery, ago, text};

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
    gallery.page(
        "audit",
        NavItem::Audit,
        audit::AuditPage {
            filter: audit::AuditFilter::default(),
            actions: ["request.submitted", "request.approved", "aws.create_service"].map(text).to_vec(),
            rows: vec![
                audit::AuditRow {
                    from: Some(text("203.0.113.9")),
                    before: Some(text("{\n  \"status\": \"needs_approval\"\n}")),
                    after: Some(text("{\n  \"status\": \"approved\",\n  \"seal\": \"5c0f9a1be2d4\"\n}")),
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
            older: Some(text("/audit?before=48208")),
        },
    )
}
