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

    use crate::islands::{
        browser,
        localise_times::localise,
        morph::{morph, would_lose},
        stream::{self, Connection},
    };
    use crate::{components::Note, routes};

    thread_local! {
        /// What the page says: it is told from elsewhere, too, that something typed would be lost.
        static NOTE: Cell<Option<RwSignal<Note>>> = const { Cell::new(None) };
    }

    pub fn start(note: RwSignal<Note>) {
        NOTE.set(Some(note));
        stream::watch(move |connection| {
            let stays = matches!(note.get_untracked(), Note::Changed | Note::Unsent | Note::SignedOut | Note::Gone);
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
                let mut tries = 0;
                while again.replace(false) {
                    match refresh(&region).await {
                        Refreshed::Shown if tries == 0 => {}
                        Refreshed::Shown => {
                            tries = 0;
                            note.set(Note::Nothing);
                        }
                        Refreshed::Not(why) => note.set(why),
                        // The stream told once that there is something new: it is for this to get it.
                        Refreshed::NotYet => {
                            note.set(Note::Reconnecting);
                            browser::sleep(stream::pause(tries)).await;
                            tries += 1;
                            again.set(true);
                        }
                    }
                }
                busy.set(false);
            });
        });
    }

    /// What came of looking again.
    enum Refreshed {
        /// The page is up to date.
        Shown,
        /// It stays as it is.
        Not(Note),
        /// Nobody answered: to be tried again.
        NotYet,
    }

    async fn refresh(region: &Element) -> Refreshed {
        let location = window().location();
        let here = format!("{}{}", location.pathname().unwrap_or_default(), location.search().unwrap_or_default());
        let fresh = match part_of(&here).await {
            Ok(fresh) => fresh,
            Err(Missing::Answer) => return Refreshed::NotYet,
            Err(Missing::Session) => return Refreshed::Not(Note::SignedOut),
            Err(Missing::Part) => return Refreshed::Not(Note::Gone),
        };
        let guard = region.get_attribute("data-guard").filter(|guard| !guard.is_empty());
        let other = guard.is_some() && guard != fresh.get_attribute("data-guard");
        if other || would_lose(region, &fresh) {
            return Refreshed::Not(Note::Changed);
        }
        morph(region, &fresh);
        localise();
        Refreshed::Shown
    }

    /// Shows another address of the same page in place. False when it has to be opened instead.
    pub async fn show(address: &str) -> bool {
        let Some(region) = document().get_element_by_id("live") else { return false };
        let Ok(fresh) = part_of(address).await else { return false };
        let note = NOTE.get();
        if would_lose(&region, &fresh) {
            if let Some(note) = note {
                note.set(Note::Unsent);
            }
            return true;
        }
        morph(&region, &fresh);
        localise();
        if let Some(note) = note.filter(|note| matches!(note.get_untracked(), Note::Changed | Note::Unsent)) {
            note.set(Note::Nothing);
        }
        let history = window().history();
        history.is_ok_and(|history| {
            history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(address)).is_ok()
        })
    }

    /// Why there is nothing to show.
    enum Missing {
        /// Nobody answered, or somebody between here and the portal did.
        Answer,
        /// The session has ended.
        Session,
        /// The page is not there, or another one.
        Part,
    }

    /// `#live` of the page at this address as it is now.
    async fn part_of(address: &str) -> Result<Element, Missing> {
        let answer = browser::fetch(address, "text/html").await.ok_or(Missing::Answer)?;
        match answer.status() {
            401 => return Err(Missing::Session),
            408 | 429 | 500.. => return Err(Missing::Answer),
            400..500 => return Err(Missing::Part),
            _ if answer.redirected() && answer.url().contains(routes::SIGN_IN) => return Err(Missing::Session),
            _ if answer.redirected() => return Err(Missing::Part),
            _ => {}
        }
        let text = JsFuture::from(answer.text().map_err(|_| Missing::Answer)?);
        let html = text.await.ok().and_then(|html| html.as_string()).ok_or(Missing::Answer)?;
        let parser = DomParser::new().map_err(|_| Missing::Part)?;
        let page = parser.parse_from_string(&html, SupportedType::TextHtml).map_err(|_| Missing::Part)?;
        page.get_element_by_id("live").ok_or(Missing::Part)
    }
}
