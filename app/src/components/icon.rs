//! Pictures, from the one sprite `icons.svg`.

use leptos::prelude::*;

use crate::{Glyph, assets::sprite};

/// A picture of the interface; the name of its symbol follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum IconName {
    Arrow,
    Audit,
    Check,
    Chevron,
    Clock,
    Coin,
    Copy,
    External,
    Home,
    Inbox,
    Info,
    Lock,
    More,
    Pencil,
    Person,
    Place,
    Plus,
    Request,
    Search,
    Seal,
    Shelf,
    SignOut,
    Speech,
    Stack,
    Team,
    Template,
    UpDown,
    Warning,
}

impl IconName {
    fn symbol(self) -> &'static str {
        match self {
            Self::Arrow => "arrow",
            Self::Audit => "audit",
            Self::Check => "check",
            Self::Chevron => "chevron",
            Self::Clock => "clock",
            Self::Coin => "coin",
            Self::Copy => "copy",
            Self::External => "external",
            Self::Home => "home",
            Self::Inbox => "inbox",
            Self::Info => "info",
            Self::Lock => "lock",
            Self::More => "more",
            Self::Pencil => "pencil",
            Self::Person => "person",
            Self::Place => "place",
            Self::Plus => "plus",
            Self::Request => "request",
            Self::Search => "search",
            Self::Seal => "seal",
            Self::Shelf => "shelf",
            Self::SignOut => "sign-out",
            Self::Speech => "speech",
            Self::Stack => "stack",
            Self::Team => "team",
            Self::Template => "template",
            Self::UpDown => "up-down",
            Self::Warning => "warning",
        }
    }
}

/// A picture beside words; hidden from screen readers, which read the words.
#[component]
pub fn Icon(
    /// Which.
    name: IconName,
) -> impl IntoView {
    let href = format!("{}#{}", sprite(), name.symbol());
    view! { <svg class="icon" width="16" height="16" aria-hidden="true"><use href=href></use></svg> }
}

/// The picture of an AWS service, on its tile.
#[component]
pub fn GlyphIcon(
    /// Which.
    glyph: Glyph,
) -> impl IntoView {
    let href = format!("{}#{}", sprite(), glyph.symbol());
    view! {
        <span class="glyph" aria-hidden="true">
            <svg class="icon" width="16" height="16"><use href=href></use></svg>
        </span>
    }
}
