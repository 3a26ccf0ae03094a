//! The palette: anywhere from anywhere, by keyboard.

use leptos::prelude::*;

use crate::{
    components::{Icon, IconName},
    routes,
};

/// The button in the top bar, and the dialog that it opens; so do Ctrl-K, ⌘K and `/`. Without scripts the button is a
/// link to the same search as a page.
#[island]
pub fn Palette(
    /// Token for what is done from here.
    csrf: String,
    /// Whose palette it is: what somebody opened of late is nobody else's business.
    person: String,
) -> impl IntoView {
    #[cfg(target_arch = "wasm32")]
    live::start(csrf, person);
    #[cfg(not(target_arch = "wasm32"))]
    let _ = (csrf, person);
    view! {
        <div role="search" aria-label="From here">
            <a class="search-button" id="palette-open" href=routes::SEARCH aria-keyshortcuts="Control+K">
                <Icon name=IconName::Search/><span>"Search"</span><kbd class="scripted-only" aria-hidden="true">"Ctrl K"</kbd>
            </a>
        </div>
        <dialog class="palette" id="palette" aria-label="Search everything">
            <form class="palette-field" role="search" action=routes::SEARCH>
                <Icon name=IconName::Search/>
                <input id="palette-input" name="q" type="text" role="combobox" aria-expanded="true" aria-controls="palette-list"
                    aria-autocomplete="list" aria-label="Search everything" autocomplete="off" spellcheck="false" placeholder="Where to, or what to do?"/>
                <kbd aria-hidden="true">"Esc"</kbd>
            </form>
            <div class="palette-list" id="palette-list" role="listbox" aria-label="Found"></div>
            <p class="palette-none" id="palette-none" hidden></p>
            <p class="visually-hidden" id="palette-status" role="status"></p>
            <p class="palette-hints" aria-hidden="true"><span><kbd>"↑"</kbd><kbd>"↓"</kbd>" choose"</span><span><kbd>"↵"</kbd>" open"</span></p>
        </dialog>
    }
}

#[cfg(target_arch = "wasm32")]
mod live {
    use std::{
        cell::{Cell, RefCell},
        rc::Rc,
        time::Duration,
    };

    use leptos::prelude::*;
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Element, Event, HtmlDialogElement, HtmlElement, HtmlFormElement, HtmlInputElement, KeyboardEvent};

    use crate::{
        SearchGroup, SearchItem, SearchResult,
        assets::sprite,
        islands::browser::{self, is_typing, listen},
        routes,
    };

    const QUIET: Duration = Duration::from_millis(90);
    /// Where this browser keeps what was opened of late: the person, then a title and an address on each line.
    const KEPT: &str = "gantry.recent";
    const MOST_RECENT: usize = 6;

    struct Palette {
        dialog: HtmlDialogElement,
        input: HtmlInputElement,
        list: Element,
        none: Element,
        status: Element,
        csrf: String,
        person: String,
        items: RefCell<Vec<(SearchItem, Element)>>,
        chosen: Cell<usize>,
        /// Grows with each question: an answer to an earlier one comes too late.
        turn: Cell<u32>,
    }

    pub fn start(csrf: String, person: String) {
        if let Some(palette) = Palette::find(csrf, person) {
            Rc::new(palette).listen();
        }
    }

    fn by_id<T: JsCast>(id: &str) -> Option<T> {
        document().get_element_by_id(id)?.dyn_into().ok()
    }

    fn storage() -> Option<web_sys::Storage> {
        window().local_storage().ok().flatten()
    }

    fn is_mac() -> bool {
        window().navigator().platform().is_ok_and(|platform| platform.starts_with("Mac"))
    }

    impl Palette {
        fn find(csrf: String, person: String) -> Option<Self> {
            Some(Self {
                dialog: by_id("palette")?,
                input: by_id("palette-input")?,
                list: by_id("palette-list")?,
                none: by_id("palette-none")?,
                status: by_id("palette-status")?,
                csrf,
                person,
                items: RefCell::default(),
                chosen: Cell::new(0),
                turn: Cell::new(0),
            })
        }

        fn listen(self: Rc<Self>) {
            self.remember();
            let me = Rc::clone(&self);
            listen(&document(), "keydown", move |event: KeyboardEvent| {
                let ask =
                    (event.ctrl_key() || event.meta_key()) && !event.alt_key() && event.key().eq_ignore_ascii_case("k");
                if ask || (event.key() == "/" && !is_typing(&event)) {
                    event.prevent_default();
                    me.open();
                }
            });
            if let Some(button) = by_id::<HtmlElement>("palette-open") {
                if let (true, Ok(Some(key))) = (is_mac(), button.query_selector("kbd")) {
                    key.set_text_content(Some("⌘K"));
                }
                let me = Rc::clone(&self);
                listen(&button, "click", move |event: web_sys::MouseEvent| {
                    if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                        event.prevent_default();
                        me.open();
                    }
                });
            }
            let me = Rc::clone(&self);
            listen(&self.input, "input", move |_: Event| Rc::clone(&me).ask_soon());
            let me = Rc::clone(&self);
            listen(&self.input, "keydown", move |event: KeyboardEvent| me.press(&event));
            let me = Rc::clone(&self);
            listen(&self.dialog, "click", move |event: Event| me.click(&event));
            // Whoever signs in next on this computer finds nothing.
            listen(&document(), "submit", move |event: Event| {
                let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
                if form.and_then(|form| form.get_attribute("action")).as_deref() == Some(routes::SIGN_OUT)
                    && let Some(kept) = storage()
                {
                    let _ = kept.remove_item(KEPT);
                }
            });
        }

        fn open(self: &Rc<Self>) {
            if self.dialog.open() {
                return;
            }
            self.input.set_value("");
            // The browser gives the focus back when the dialog closes.
            if self.dialog.show_modal().is_ok() {
                self.show(self.recent().into_iter().collect());
                Rc::clone(self).ask_soon();
            }
        }

        fn ask_soon(self: Rc<Self>) {
            let turn = self.turn.get() + 1;
            self.turn.set(turn);
            let _ = self.list.set_attribute("aria-busy", "true");
            set_timeout(
                move || {
                    if self.turn.get() == turn {
                        leptos::task::spawn_local(async move { self.ask(turn).await });
                    }
                },
                QUIET,
            );
        }

        async fn ask(&self, turn: u32) {
            let wanted = self.input.value();
            let query = String::from(js_sys::encode_uri_component(&wanted));
            let answer = result_of(&format!("{}?q={query}", routes::SEARCH_JSON)).await;
            if self.turn.get() != turn {
                return;
            }
            let _ = self.list.remove_attribute("aria-busy");
            match answer {
                Some(result) => {
                    let recent = self.recent().filter(|_| wanted.trim().is_empty());
                    self.show(recent.into_iter().chain(result.groups).collect());
                    self.tell(if self.items.borrow().is_empty() {
                        "Nothing is called that. Try fewer letters."
                    } else {
                        ""
                    });
                }
                None => self.tell("Gantry cannot be reached. Press Enter to try the search page."),
            }
        }

        fn tell(&self, text: &str) {
            self.none.set_text_content(Some(text));
            let _ = if text.is_empty() {
                self.none.set_attribute("hidden", "")
            } else {
                self.none.remove_attribute("hidden")
            };
            let count = self.items.borrow().len();
            let said = match (text, count) {
                ("", 1) => "1 result".to_owned(),
                ("", count) => format!("{count} results"),
                (text, _) => text.to_owned(),
            };
            self.status.set_text_content(Some(&said));
        }

        fn show(&self, groups: Vec<SearchGroup>) {
            self.list.set_text_content(None);
            let mut items = Vec::new();
            for (at, group) in groups.into_iter().enumerate() {
                let (Some(part), Some(heading)) = (made("div", "palette-group"), made("p", "palette-title")) else {
                    return;
                };
                let id = format!("palette-title-{at}");
                heading.set_id(&id);
                heading.set_text_content(Some(&group.title));
                let _ = part.set_attribute("role", "group");
                let _ = part.set_attribute("aria-labelledby", &id);
                let _ = part.append_child(&heading);
                for item in group.items {
                    if let Some(option) = option(&item, items.len()) {
                        let _ = part.append_child(&option);
                        items.push((item, option));
                    }
                }
                let _ = self.list.append_child(&part);
            }
            *self.items.borrow_mut() = items;
            self.choose(0);
        }

        fn choose(&self, at: usize) {
            let items = self.items.borrow();
            self.chosen.set(at);
            for (other, (_, option)) in items.iter().enumerate() {
                let _ = option.set_attribute("aria-selected", if other == at { "true" } else { "false" });
            }
            match items.get(at) {
                Some((_, option)) => {
                    let _ = self.input.set_attribute("aria-activedescendant", &option.id());
                    option.scroll_into_view_with_scroll_into_view_options(&nearest());
                }
                None => drop(self.input.remove_attribute("aria-activedescendant")),
            }
        }

        fn press(&self, event: &KeyboardEvent) {
            let count = self.items.borrow().len();
            if count == 0 {
                return;
            }
            let at = self.chosen.get();
            match event.key().as_str() {
                "ArrowDown" => self.choose((at + 1) % count),
                "ArrowUp" => self.choose((at + count - 1) % count),
                // Not while a word is being composed.
                "Enter" if !event.is_composing() => self.go(at),
                _ => return,
            }
            event.prevent_default();
        }

        fn click(&self, event: &Event) {
            let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
            if target.is_same_node(Some(&self.dialog)) {
                // Beside it.
                self.dialog.close();
            } else if let Ok(Some(option)) = target.closest("[role=option]") {
                let at = self.items.borrow().iter().position(|(_, one)| one.is_same_node(Some(&option)));
                if let Some(at) = at {
                    self.go(at);
                }
            }
        }

        fn go(&self, at: usize) {
            let items = self.items.borrow();
            let Some((item, _)) = items.get(at) else { return };
            match &item.post {
                None => drop(window().location().assign(&item.to)),
                Some(fields) => drop(self.post(&item.to, fields)),
            }
        }

        fn post(&self, to: &str, fields: &[(String, String)]) -> Option<()> {
            let form: HtmlFormElement = made("form", "")?.dyn_into().ok()?;
            form.set_method("post");
            form.set_action(to);
            let own = ("csrf".to_owned(), self.csrf.clone());
            for (name, value) in fields.iter().chain([&own]) {
                let field: HtmlInputElement = made("input", "")?.dyn_into().ok()?;
                field.set_type("hidden");
                field.set_name(name);
                field.set_value(value);
                form.append_child(&field).ok()?;
            }
            document().body()?.append_child(&form).ok()?;
            form.request_submit().ok()
        }

        /// Keeps where the reader is now, if it is something that has a name.
        fn remember(&self) {
            let path = window().location().pathname().unwrap_or_default();
            let icon = icon_of(&path);
            let heading =
                document().query_selector("main h1").ok().flatten().and_then(|heading| heading.text_content());
            let (Some(_), Some(title), Some(kept)) = (icon, heading, storage()) else { return };
            let mut lines = vec![format!("{}\t{path}", title.replace(['\t', '\n'], " "))];
            lines.extend(self.lines().into_iter().filter(|line| !line.ends_with(&format!("\t{path}"))));
            lines.truncate(MOST_RECENT + 1);
            let _ = kept.set_item(KEPT, &format!("{}\n{}", self.person, lines.join("\n")));
        }

        fn lines(&self) -> Vec<String> {
            let kept = storage().and_then(|kept| kept.get_item(KEPT).ok()?).unwrap_or_default();
            let mut lines = kept.lines();
            if lines.next() == Some(&self.person) { lines.map(str::to_owned).collect() } else { Vec::new() }
        }

        /// What was opened of late, except what is open now.
        fn recent(&self) -> Option<SearchGroup> {
            let here = window().location().pathname().unwrap_or_default();
            let items: Vec<SearchItem> = self
                .lines()
                .iter()
                .filter_map(|line| {
                    let (title, path) = line.split_once('\t')?;
                    let icon = icon_of(path).filter(|_| path != here)?.to_owned();
                    Some(SearchItem { title: title.to_owned(), icon, to: path.to_owned(), ..SearchItem::default() })
                })
                .take(MOST_RECENT)
                .collect();
            (!items.is_empty()).then(|| SearchGroup { title: "Lately".to_owned(), items })
        }
    }

    /// The picture of what lies at an address, if it is one thing and not a list.
    fn icon_of(path: &str) -> Option<&'static str> {
        let (folder, rest) = path.trim_start_matches('/').split_once('/')?;
        if rest.contains('/') {
            return None;
        }
        match folder {
            "requests" => Some("request"),
            "runs" => Some("status-running"),
            "stacks" => Some("stack"),
            "catalogue" => Some("shelf"),
            _ => None,
        }
    }

    async fn result_of(address: &str) -> Option<SearchResult> {
        let answer = browser::fetch(address, "application/json").await?;
        if !answer.ok() {
            return None;
        }
        let text = JsFuture::from(answer.text().ok()?).await.ok()?.as_string()?;
        serde_json::from_str(&text).ok()
    }

    fn made(tag: &str, class: &str) -> Option<Element> {
        let element = document().create_element(tag).ok()?;
        if !class.is_empty() {
            element.set_class_name(class);
        }
        Some(element)
    }

    fn option(item: &SearchItem, at: usize) -> Option<Element> {
        let option = made("div", "palette-option")?;
        option.set_id(&format!("palette-{at}"));
        option.set_attribute("role", "option").ok()?;
        let svg = document().create_element_ns(Some("http://www.w3.org/2000/svg"), "svg").ok()?;
        svg.set_attribute("class", "icon").ok()?;
        svg.set_attribute("aria-hidden", "true").ok()?;
        let picture = document().create_element_ns(Some("http://www.w3.org/2000/svg"), "use").ok()?;
        picture.set_attribute("href", &format!("{}#{}", sprite(), item.icon)).ok()?;
        svg.append_child(&picture).ok()?;
        option.append_child(&svg).ok()?;
        for (class, text) in [("palette-name", &item.title), ("palette-detail", &item.detail)] {
            let part = made("span", class)?;
            part.set_text_content(Some(text));
            option.append_child(&part).ok()?;
        }
        Some(option)
    }

    fn nearest() -> web_sys::ScrollIntoViewOptions {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        options
    }
}
