//! The list of requests.

use std::io;

use gantry_app::{NavItem, Status, pages::*, routes};

use crate::{Gallery, ago, text};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    gallery.page(
        "requests",
        NavItem::Requests,
        requests::RequestsPage {
            filter: text("open"),
            rows: request_rows(),
            older: Some(text("/requests?before=x")),
            drafts: vec![requests::DraftRow {
                title: text("Web service: basket"),
                href: routes::template_request("web-service"),
                form: text("template:web-service"),
                saved: ago(130),
            }],
        },
    )
}

pub fn request_rows() -> Vec<requests::RequestRow> {
    [
        Status::NeedsApproval,
        Status::Running,
        Status::NeedsAttention,
        Status::Stale,
        Status::Waiting,
        Status::Succeeded,
        Status::Failed,
        Status::Rejected,
        Status::Undone,
        Status::Expired,
        Status::Withdrawn,
    ]
    .into_iter()
    .enumerate()
    .map(|(at, status)| requests::RequestRow {
        id: format!("req-7F3K2{at}"),
        title: text("Create orders in production"),
        status,
        requester: text("Ada Lovelace"),
        team: text("Payments"),
        cost: Some(text("$58.12")),
        when: ago(14 * (at as i64 + 1) * (at as i64 + 1)),
    })
    .collect()
}
