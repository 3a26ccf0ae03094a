//! Keeps the page up to date in place, and says so when that does not work.

use leptos::prelude::*;

use crate::components::{LiveNote, Note};

/// Once per page. When the event stream tells that what `#live` shows is old, the same address is fetched and that part of
/// the page made to look like it. What somebody decides about (`data-guard`) or types is never taken away under them: then
/// there is a word and a link instead.
#[island]
pub fn LiveTab() -> impl IntoView {
    let note = RwSignal::new(Note::Nothing);
    #[cfg(target_arch = "wasm32")]
    live::start(note);
    view! {
        <div class="live-notes" role="status"><LiveNote note=note/></div>
    }
}

#[cfg(target_arch = "wasm32")]
pub(super) use live::show;

#[cfg(target_arch = "wasm32")]
mod live {
    use std::{cell::Cell, rc::Rc};

    use leptos::prelude::*;
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{DomParser, Element, SupportedType};

    use crate::components::Note;
    use crate::islands::{
        browser,
        localise_times::localise,
        morph::{morph, would_lose},
        stream::{self, Connection},
    };

    pub fn start(note: RwSignal<Note>) {
        stream::watch(move |connection| {
            let stays = matches!(note.get_untracked(), Note::Changed | Note::SignedOut | Note::Gone);
            let next = match connection {
                Connection::Live | Connection::Lost if stays => return,
                Connection::Live => Note::Nothing,
                Connection::Lost if window().navigator().on_line() => Note::Reconnecting,
                Connection::Lost => Note::Offline,
                Connection::SignedOut => Note::SignedOut,
                Connection::Gone => Note::Gone,
            };
            if note.get_untracked() != next {
                note.set(next);
            }
        });
        let Some(region) = document().get_element_by_id("live") else { return };
        let topic = region.get_attribute("data-topic").unwrap_or_default();
        if topic.is_empty() {
            return;
        }
        let (busy, again) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
        stream::follow(&topic, &region.get_attribute("data-mark").unwrap_or_default(), move |_| {
            again.set(true);
            if busy.replace(true) {
                return;
            }
            let (region, busy, again) = (region.clone(), Rc::clone(&busy), Rc::clone(&again));
            leptos::task::spawn_local(async move {
                while again.replace(false) {
                    refresh(&region, note).await;
                }
                busy.set(false);
            });
        });
    }

    async fn refresh(region: &Element, note: RwSignal<Note>) {
        let location = window().location();
        let here = format!("{}{}", location.pathname().unwrap_or_default(), location.search().unwrap_or_default());
        let Some(fresh) = part_of(&here).await else { return };
        let guard = region.get_attribute("data-guard").filter(|guard| !guard.is_empty());
        let other = guard.is_some() && guard != fresh.get_attribute("data-guard");
        if other || would_lose(region, &fresh) {
            note.set(Note::Changed);
            return;
        }
        morph(region, &fresh);
        localise();
    }

    /// Shows another address of the same page in place. False when it has to be opened instead.
    pub async fn show(address: &str) -> bool {
        let Some(region) = document().get_element_by_id("live") else { return false };
        let Some(fresh) = part_of(address).await else { return false };
        if would_lose(&region, &fresh) {
            return true;
        }
        morph(&region, &fresh);
        localise();
        let history = window().history();
        history.is_ok_and(|history| {
            history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(address)).is_ok()
        })
    }

    /// `#live` of the page at this address as it is now.
    async fn part_of(address: &str) -> Option<Element> {
        let answer = browser::fetch(address, "text/html").await?;
        if !answer.ok() || answer.redirected() {
            return None;
        }
        let html = JsFuture::from(answer.text().ok()?).await.ok()?.as_string()?;
        let page = DomParser::new().ok()?.parse_from_string(&html, SupportedType::TextHtml).ok()?;
        page.get_element_by_id("live")
    }
}
