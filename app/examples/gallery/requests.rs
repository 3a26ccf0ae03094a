//! The list of requests.

use std::io;

use gantry_app::{
    NavItem, Status,
    components::{Direction, Pages, Sort},
    pages::*,
    routes,
};

use crate::{Gallery, HYPHENATED, LONG_PERSON, UNBROKEN, ago, hundred, text};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    let filter = requests::RequestFilter { state: text("open"), ..requests::RequestFilter::default() };
    let page = requests::RequestsPage {
        filter: filter.clone(),
        environments: vec![text("production"), text("staging")],
        states: ["open", "done", "all"].map(|state| (state, format!("/requests?state={state}"))).into(),
        rows: request_rows(),
        sorts: vec![Sort { head: "When", href: text("/requests?sort=oldest"), now: Some(Direction::Descending) }],
        pages: Pages { first: None, next: Some(text("/requests?after=x")) },
        drafts: vec![requests::DraftRow {
            title: text("Web service: basket"),
            href: routes::template_request("web-service"),
            form: text("template:web-service"),
            saved: ago(130),
        }],
    };
    gallery.page("requests", NavItem::Requests, page.clone())?;
    let none = requests::RequestsPage { rows: vec![], drafts: vec![], pages: Pages::default(), ..page.clone() };
    for state in ["open", "done"] {
        let filter = requests::RequestFilter { state: text(state), ..filter.clone() };
        let none = requests::RequestsPage { filter, ..none.clone() };
        gallery.page(&format!("requests-none-{state}"), NavItem::Requests, none)?;
    }
    let filter = requests::RequestFilter { query: text("ordres"), environment: text("production"), ..filter };
    let found = requests::RequestsPage { filter: filter.clone(), drafts: vec![], ..page.clone() };
    gallery.page("requests-found", NavItem::Requests, found)?;
    gallery.page("requests-none-found", NavItem::Requests, requests::RequestsPage { filter, ..none })?;
    let one = requests::RequestsPage {
        rows: request_rows()[..1].to_vec(),
        drafts: vec![],
        pages: Pages::default(),
        ..page.clone()
    };
    gallery.page("requests-one", NavItem::Requests, one)?;
    let many = requests::RequestsPage { rows: hundred(&request_rows()), drafts: hundred(&page.drafts), ..page.clone() };
    gallery.page("requests-hundred", NavItem::Requests, many)?;
    let long = requests::RequestsPage {
        rows: long_request_rows(),
        drafts: vec![requests::DraftRow { title: format!("{HYPHENATED}: {UNBROKEN}"), ..page.drafts[0].clone() }],
        ..page
    };
    gallery.page_long("requests-long", NavItem::Requests, long)
}

pub fn long_request_rows() -> Vec<requests::RequestRow> {
    [UNBROKEN, HYPHENATED]
        .into_iter()
        .map(|name| requests::RequestRow {
            title: format!("Create {name} in {name}"),
            requester: text(LONG_PERSON),
            team: text(name),
            cost: Some(text("+$104,018.77")),
            ..request_rows().remove(0)
        })
        .collect()
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
