//! When something is not as it should be.

use std::io;

use gantry_app::{Flash, NavItem, pages::*, routes};

use crate::{Gallery, text};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    gallery.page(
        "403",
        NavItem::Nowhere,
        errors::ForbiddenPage {
            why: text("Only people of Search may see this stack. An owner of Search can add you."),
        },
    )?;
    gallery.page("404", NavItem::Nowhere, errors::NotFoundPage { what: text("req-0000ZZ") })?;
    gallery.bare("500", errors::InternalErrorPage { reference: text("3f9a1c") })?;
    gallery.page_saying(
        "conflict",
        NavItem::Nowhere,
        Flash::Refused(text("Your approval was not counted.")),
        errors::ErrorPage {
            heading: text("Somebody else was faster"),
            what: text("This request was rejected a moment ago."),
            next: text("Look at why before you ask again."),
            link: Some((text("Open the request"), routes::request("req-7F3K2M"))),
        },
    )
}
