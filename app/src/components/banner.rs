//! A message across the content.

use leptos::prelude::*;

use super::{Icon, IconName};

/// What kind of message it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BannerTone {
    /// Something to know.
    #[default]
    Note,
    /// It worked.
    Success,
    /// Look here before going on.
    Warning,
    /// It did not work.
    Danger,
}

/// A message.
#[component]
pub fn Banner(
    /// What kind of message it is.
    #[prop(optional)]
    tone: BannerTone,
    /// Whether screen readers say it when the page opens.
    #[prop(optional)]
    announce: bool,
    /// The message.
    children: Children,
) -> impl IntoView {
    let (key, icon) = match tone {
        BannerTone::Note => ("note", IconName::Info),
        BannerTone::Success => ("success", IconName::Check),
        BannerTone::Warning => ("warning", IconName::Warning),
        BannerTone::Danger => ("danger", IconName::Warning),
    };
    let role = announce.then_some(if tone == BannerTone::Danger { "alert" } else { "status" });
    view! {
        <div class="banner" data-tone=key role=role>
            <Icon name=icon/>
            <div class="banner-text">{children()}</div>
        </div>
    }
}
