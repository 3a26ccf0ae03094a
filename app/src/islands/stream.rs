//! The tab's one event stream, shared by its islands.
//!
//! An island follows a topic and names the mark of what it was rendered with; it is called back with each message about
//! it. What is sent when is described at `server::routes::events`. The stream is opened once all islands of the page have
//! asked, and this module holds on to it:
//!
//! - A connection that ends is the browser's to make again; it says itself what it has seen last.
//! - When the browser gives up (a proxy has an error page while the server restarts) or takes too long, this asks for what
//!   was missed until there is an answer, less and less often, and then opens a stream again.
//! - When nothing failed and still no first message comes, something on the way holds streams back: this asks every few
//!   seconds instead, for as long as the tab lives.
//! - The server is never silent for long. When nothing comes any more (the computer slept, a line died without a word), this
//!   lets go of the connection and asks for what was missed.
//! - Without a network nothing is tried until the browser has one again.
//! - A tab that nobody looks at lets go of its connection after a while: over HTTP/1.1 a browser has six of them for all
//!   its tabs.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, time::Duration};

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, EventSource, MessageEvent};

use super::browser::{self, listen};
use crate::routes;

/// How the tab stands to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// What is shown is kept up to date.
    Live,
    /// It is not, and this is being mended.
    Lost,
    /// The session has ended.
    SignedOut,
    /// What the page shows is not there for this reader any more.
    Gone,
}

const KINDS: [&str; 7] = ["ready", "alive", "inbox", "run", "list", "request", "stack"];
/// A first message that takes longer is held back on the way.
const PATIENCE: Duration = Duration::from_secs(5);
/// So long the browser may try to connect again by itself.
const GIVE_UP: Duration = Duration::from_secs(10);
/// Two and a half times as long as the server is ever silent, in milliseconds: see `server::routes::events`.
const SILENCE: f64 = 25_000.0;
/// Between two looks at whether something came.
const LOOK: Duration = Duration::from_secs(5);
/// Between two questions where streams do not come through.
const POLL: Duration = Duration::from_secs(3);
/// Shorter gaps are not worth a word.
const WORTH_A_WORD: Duration = Duration::from_millis(1_500);
/// After this long without anybody looking the connection is let go.
const UNSEEN: Duration = Duration::from_secs(30);
/// Remembers in this tab that streams do not come through.
const HELD_BACK: &str = "gantry.held-back";

type Follower = Rc<dyn Fn(&str)>;
type Watcher = Rc<dyn Fn(Connection)>;

#[derive(Default)]
struct Tab {
    marks: BTreeMap<String, String>,
    followers: Vec<(String, Follower)>,
    watchers: Vec<Watcher>,
    source: Option<EventSource>,
    handler: Option<Closure<dyn Fn(Event)>>,
    started: bool,
    ready: bool,
    troubled: bool,
    polling: bool,
    unseen: bool,
    tries: u32,
    /// When something came last, in milliseconds of the reader's clock: that one goes on while the computer sleeps.
    heard: f64,
    /// Grows with each connection: what was planned for an earlier one is void.
    turn: u32,
}

thread_local! {
    static TAB: RefCell<Tab> = RefCell::default();
}

fn with<T>(use_it: impl FnOnce(&mut Tab) -> T) -> T {
    TAB.with(|tab| use_it(&mut tab.borrow_mut()))
}

/// Calls back with the JSON of each message about a topic. An empty mark means that nothing of it is known yet.
pub fn follow(topic: &str, mark: &str, on_message: impl Fn(&str) + 'static) {
    with(|tab| {
        let known = tab.marks.entry(topic.to_owned()).or_default();
        if known.is_empty() {
            mark.clone_into(known);
        }
        tab.followers.push((topic.to_owned(), Rc::new(on_message)));
        if !tab.started {
            tab.started = true;
            // Islands wake one after the other without a pause: by then all have asked.
            set_timeout(start, Duration::ZERO);
        }
    });
}

/// Calls back when the connection is lost for longer than a moment, found again, or lost for good.
pub fn watch(on_change: impl Fn(Connection) + 'static) {
    with(|tab| tab.watchers.push(Rc::new(on_change)));
}

fn start() {
    let heard = Closure::<dyn Fn(Event)>::new(|event: Event| hear(&event));
    with(|tab| {
        tab.handler = Some(heard);
        tab.polling = storage().and_then(|kept| kept.get_item(HELD_BACK).ok()?).is_some();
    });
    listen(&document(), "visibilitychange", |_: Event| look_after_visibility());
    listen(&window(), "pagehide", |_: Event| close());
    listen(&window(), "pageshow", |_: Event| {
        if with(|tab| tab.source.is_none()) {
            open();
        }
    });
    listen(&window(), "offline", |_: Event| {
        close();
        with(|tab| tab.troubled = true);
        say(Connection::Lost);
    });
    listen(&window(), "online", |_: Event| {
        if with(|tab| !tab.unseen) {
            catch_up();
        }
    });
    set_interval(look_after_silence, LOOK);
    open();
}

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

/// `/events?topic=requests&after=requests:417`.
fn address(once: bool) -> String {
    with(|tab| {
        let mut address = format!("{}?once={}", routes::EVENTS, u8::from(once));
        let mut after = String::new();
        for (topic, mark) in &tab.marks {
            address.push_str("&topic=");
            address.push_str(topic);
            if !mark.is_empty() {
                after = format!("{after};{topic}:{mark}");
            }
        }
        format!("{address}&after={}", after.trim_start_matches(';'))
    })
}

fn close() {
    with(|tab| {
        tab.turn += 1;
        tab.ready = false;
        if let Some(source) = tab.source.take() {
            source.close();
        }
    });
}

/// Calls back later, unless the connection is another one by then.
fn later(after: Duration, then: impl FnOnce() + 'static) {
    let turn = with(|tab| tab.turn);
    set_timeout(
        move || {
            if with(|tab| tab.turn) == turn {
                then();
            }
        },
        after,
    );
}

fn open() {
    close();
    if with(|tab| tab.polling) {
        leptos::task::spawn_local(ask());
        return;
    }
    let Ok(source) = EventSource::new(&address(false)) else { return };
    with(|tab| {
        if let Some(handler) = &tab.handler {
            for kind in KINDS.into_iter().chain(["error"]) {
                let _ = source.add_event_listener_with_callback(kind, handler.as_ref().unchecked_ref());
            }
        }
        tab.source = Some(source);
    });
    later(PATIENCE, || {
        if with(|tab| !tab.ready && !tab.troubled) {
            with(|tab| tab.polling = true);
            if let Some(kept) = storage() {
                let _ = kept.set_item(HELD_BACK, "1");
            }
            open();
        }
    });
}

fn hear(event: &Event) {
    with(|tab| tab.heard = js_sys::Date::now());
    match event.type_().as_str() {
        "ready" => found(),
        "error" => {
            trouble();
            let gave_up = with(|tab| {
                tab.ready = false;
                tab.source.as_ref().is_none_or(|source| source.ready_state() == EventSource::CLOSED)
            });
            if gave_up {
                close();
                retry();
            } else {
                later(GIVE_UP, || {
                    if with(|tab| !tab.ready) {
                        catch_up();
                    }
                });
            }
        }
        "alive" => {}
        _ => {
            if let Some(text) = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string()) {
                tell(&text);
            }
        }
    }
}

#[derive(serde::Deserialize)]
struct About {
    topic: String,
    mark: String,
}

fn tell(text: &str) {
    let Ok(About { topic, mark }) = serde_json::from_str(text) else { return };
    let called: Vec<Follower> = with(|tab| {
        let called = tab.followers.iter().filter(|(one, _)| *one == topic).map(|(_, call)| Rc::clone(call)).collect();
        tab.marks.insert(topic, mark);
        called
    });
    for call in called {
        call(text);
    }
}

fn say(connection: Connection) {
    for watcher in with(|tab| tab.watchers.clone()) {
        watcher(connection);
    }
}

fn found() {
    with(|tab| {
        tab.ready = true;
        tab.troubled = false;
        tab.tries = 0;
    });
    say(Connection::Live);
}

fn trouble() {
    if with(|tab| std::mem::replace(&mut tab.troubled, true)) {
        return;
    }
    set_timeout(
        || {
            if with(|tab| tab.troubled && !tab.unseen) {
                say(Connection::Lost);
            }
        },
        WORTH_A_WORD,
    );
}

fn retry() {
    let tries = with(|tab| {
        tab.tries += 1;
        tab.tries
    });
    later(pause(tries), || leptos::task::spawn_local(ask()));
}

/// How long to wait before the next try: longer and longer, and not all tabs at the same instant.
pub fn pause(tries: u32) -> Duration {
    Duration::from_secs_f64(f64::from(1_u32 << tries.min(4)) * (0.5 + js_sys::Math::random() / 2.0))
}

/// Lets go of the connection and asks for what was missed; there will be another one when that is answered.
fn catch_up() {
    close();
    leptos::task::spawn_local(ask());
}

fn look_after_silence() {
    if with(|tab| tab.ready && tab.source.is_some() && js_sys::Date::now() - tab.heard > SILENCE) {
        trouble();
        catch_up();
    }
}

/// Asks for what was missed, once.
async fn ask() {
    let turn = with(|tab| tab.turn);
    let answer = answer_of(&address(true)).await;
    if with(|tab| tab.turn) != turn {
        return;
    }
    match answer {
        Ok(messages) => {
            found();
            for message in messages {
                tell(&message);
            }
            if with(|tab| tab.polling) {
                later(POLL, || leptos::task::spawn_local(ask()));
            } else {
                open();
            }
        }
        Err(Some(401)) => say(Connection::SignedOut),
        Err(Some(403 | 404 | 422)) => say(Connection::Gone),
        Err(_) => {
            trouble();
            retry();
        }
    }
}

/// The messages of an answer, each as JSON; the status of a refusal.
async fn answer_of(address: &str) -> Result<Vec<String>, Option<u16>> {
    let answer = browser::fetch(address, "application/json").await.ok_or(None)?;
    if !answer.ok() {
        return Err(Some(answer.status()));
    }
    let json = answer.json().map_err(|_| None)?;
    let json = JsFuture::from(json).await.map_err(|_| None)?;
    let messages = js_sys::Reflect::get(&json, &JsValue::from_str("messages")).map_err(|_| None)?;
    let messages: js_sys::Array = messages.dyn_into().map_err(|_| None)?;
    Ok(messages.iter().filter_map(|one| js_sys::JSON::stringify(&one).ok()).map(String::from).collect())
}

fn look_after_visibility() {
    if document().hidden() {
        later(UNSEEN, || {
            if document().hidden() {
                with(|tab| tab.unseen = true);
                close();
            }
        });
    } else if with(|tab| std::mem::take(&mut tab.unseen)) {
        open();
    }
}
