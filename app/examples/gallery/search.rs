//! The page of the search.

use std::io;

use gantry_app::{NavItem, SearchGroup, SearchItem, SearchResult, pages::*};

use crate::{Gallery, HYPHENATED, UNBROKEN, hundred, text};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    gallery.page("search", NavItem::Nowhere, search::SearchPage { result: found() })?;
    let nothing = SearchResult { query: text("ordres"), groups: vec![] };
    gallery.page("search-empty", NavItem::Nowhere, search::SearchPage { result: nothing })?;
    let mut many = found();
    for group in &mut many.groups {
        group.items = hundred(&group.items);
    }
    gallery.page("search-hundred", NavItem::Nowhere, search::SearchPage { result: many })?;
    let mut long = found();
    for (at, item) in long.groups.iter_mut().flat_map(|group| &mut group.items).enumerate() {
        item.title = text(if at % 2 == 0 { UNBROKEN } else { HYPHENATED });
        item.detail = format!("Web service in {HYPHENATED}, {UNBROKEN}");
    }
    gallery.page_long("search-long", NavItem::Nowhere, search::SearchPage { result: long })
}

fn found() -> SearchResult {
    let item = |title: &str, detail: &str, icon: &str| SearchItem {
        title: title.into(),
        detail: detail.into(),
        icon: icon.into(),
        to: text("/"),
        post: None,
    };
    let group = |title: &str, items| SearchGroup { title: title.into(), items };
    SearchResult {
        query: text("order"),
        groups: vec![
            group(
                "Stacks",
                vec![
                    item("orders", "Web service in production, Payments", "stack"),
                    item("order-history", "Web service in staging, Payments", "stack"),
                ],
            ),
            group("Requests", vec![item("Create orders in production", "Needs approval, $58.12 a month", "request")]),
            group("Runs", vec![item("Run of: Create orders in production", "Running, run-2M9Q4T", "clock")]),
            group(
                "Do",
                vec![
                    item("Change orders", "", "pencil"),
                    item("Destroy orders", "", "warning"),
                    item("Request a web service", "", "plus"),
                    SearchItem { post: Some(vec![]), ..item("Sign out", "", "sign-out") },
                ],
            ),
        ],
    }
}
