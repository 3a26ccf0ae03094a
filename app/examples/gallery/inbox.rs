//! What waits for a decision.

use std::io;

use gantry_app::{NavItem, PlanView, Status, pages::*};

use crate::{Gallery, ago, plan::web_service, request::cost, text};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    gallery.page(
        "inbox",
        NavItem::Inbox,
        inbox::InboxPage {
            items: inbox_items(),
            selected: Some(inbox::InboxPreview {
                item: inbox_items().remove(0),
                environment: text("production · eu-central-1"),
                template: text("Web service 1.2.0"),
                plan: PlanView { expected_seconds: Some(232), ..PlanView::new(web_service(), text("5c0f9a1be2d4")) },
                cost: cost(),
                approvals: vec![request::Approval {
                    stage: text("An owner of Payments or the platform team"),
                    status: Status::NeedsApproval,
                    ..request::Approval::default()
                }],
                refused: None,
            }),
        },
    )?;
    gallery.page("inbox-empty", NavItem::Inbox, inbox::InboxPage::default())
}

fn inbox_items() -> Vec<inbox::InboxItem> {
    [
        ("req-7F3K2M", "Create orders in production", "14 to create", "$58.12 a month", 14),
        ("req-8H2M9P", "Change checkout in staging", "1 to update, 1 to replace", "+$17.77 a month", 6),
        ("req-9Q4T2X", "Destroy old-orders in staging", "11 to delete", "−$41.30 a month", 3),
    ]
    .into_iter()
    .map(|(id, title, counts, cost, minutes)| inbox::InboxItem {
        id: id.into(),
        title: title.into(),
        requester: text("Ada Lovelace"),
        team: text("Payments"),
        cost: Some(cost.into()),
        counts: counts.into(),
        when: ago(minutes),
    })
    .collect()
}
