//! When something is not as it should be.

use std::io;

use gantry_app::{
    Flash, NavItem, Page,
    components::{LiveNote, Note},
    pages::{errors, stacks},
    routes,
};
use leptos::prelude::*;

use crate::{Gallery, stacks::stack_rows, text};

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
    )?;
    for (name, note) in [
        ("reconnecting", Note::Reconnecting),
        ("offline", Note::Offline),
        ("signed-out", Note::SignedOut),
        ("gone", Note::Gone),
        ("changed", Note::Changed),
    ] {
        let below = stacks::StacksPage { rows: stack_rows(), ..stacks::StacksPage::default() };
        gallery.page(name, NavItem::Stacks, Noted { note, below })?;
    }
    Ok(())
}

/// A page with a word over it, as scripts put it there.
struct Noted {
    note: Note,
    below: stacks::StacksPage,
}

impl Page for Noted {
    fn title(&self) -> String {
        self.below.title()
    }

    fn view(self) -> AnyView {
        view! { {self.below.view()}<div class="live-notes"><LiveNote note=Signal::stored(self.note)/></div> }.into_any()
    }
}
