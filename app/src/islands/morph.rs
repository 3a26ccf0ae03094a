//! Makes a part of the page look like another without replacing what is the same: focus, scrolling, open details and what
//! somebody types stay.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlTextAreaElement, Node};

/// Fired at each part that is new, so that `/boot.js` wakes the islands in it.
const INSERTED: &str = "gantry:inserted";

/// Turns `old` into `new`. Islands that are the same are left alone: they look after themselves.
pub fn morph(old: &Element, new: &Element) {
    let focused = document().active_element().filter(|focused| old.contains(Some(focused)));
    element(old, new);
    if focused.is_some_and(|focused| !old.contains(Some(&focused)))
        && let Some(main) = document().get_element_by_id("content")
        && let Ok(main) = main.dyn_into::<web_sys::HtmlElement>()
    {
        // What had the focus is gone; going on from the top of the page would be a long way.
        let _ = main.focus();
    }
}

fn element(old: &Element, new: &Element) {
    attributes(old, new);
    children(old, new);
}

fn attributes(old: &Element, new: &Element) {
    for name in new.get_attribute_names().iter().filter_map(|name| name.as_string()) {
        let value = new.get_attribute(&name);
        if name != "open" && old.get_attribute(&name) != value {
            let _ = old.set_attribute(&name, &value.unwrap_or_default());
        }
    }
    for name in old.get_attribute_names().iter().filter_map(|name| name.as_string()) {
        // Whether details are open is the reader's.
        if name != "open" && !new.has_attribute(&name) {
            let _ = old.remove_attribute(&name);
        }
    }
}

fn children(old: &Node, new: &Node) {
    let mut at = old.first_child();
    let mut wanted = new.first_child();
    while let Some(fresh) = wanted {
        wanted = fresh.next_sibling();
        match next_alike(at.clone(), &fresh) {
            Some(same) => {
                while let Some(gone) = at.filter(|node| *node != same) {
                    at = gone.next_sibling();
                    let _ = old.remove_child(&gone);
                }
                at = same.next_sibling();
                become_like(&same, &fresh);
            }
            None => {
                let Ok(own) = document().import_node_with_deep(&fresh, true) else { continue };
                let _ = old.insert_before(&own, at.as_ref());
                if let (Some(part), Ok(inserted)) = (own.dyn_ref::<Element>(), web_sys::Event::new(INSERTED)) {
                    let _ = part.dispatch_event(&inserted);
                }
            }
        }
    }
    while let Some(gone) = at {
        at = gone.next_sibling();
        let _ = old.remove_child(&gone);
    }
}

fn become_like(old: &Node, new: &Node) {
    match (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) {
        (Some(old), Some(new)) if old.tag_name() != "LEPTOS-ISLAND" => element(old, new),
        (Some(_), _) => {}
        _ if old.node_value() != new.node_value() => old.set_node_value(new.node_value().as_deref()),
        _ => {}
    }
}

/// The first from here on that stands for the same thing.
fn next_alike(from: Option<Node>, fresh: &Node) -> Option<Node> {
    std::iter::successors(from, Node::next_sibling).find(|node| alike(node, fresh))
}

fn alike(one: &Node, other: &Node) -> bool {
    match (one.dyn_ref::<Element>(), other.dyn_ref::<Element>()) {
        (Some(one), Some(other)) => {
            let same = |name: &str| one.get_attribute(name) == other.get_attribute(name);
            one.tag_name() == other.tag_name()
                && ["id", "class", "data-key", "data-component", "data-props"].into_iter().all(same)
        }
        (None, None) => one.node_type() == other.node_type(),
        _ => false,
    }
}

/// Whether somebody has typed something that would be lost.
pub fn would_lose(old: &Element, new: &Element) -> bool {
    let there = fields(new);
    fields(old).iter().filter(|field| is_typed_into(field)).any(|field| {
        let (form, name) = place(field);
        !there.iter().any(|other| place(other) == (form.clone(), name.clone()))
    })
}

fn fields(within: &Element) -> Vec<Element> {
    let Ok(found) = within.query_selector_all("textarea, input:not([type=hidden])") else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
}

fn is_typed_into(field: &Element) -> bool {
    match (field.dyn_ref::<HtmlInputElement>(), field.dyn_ref::<HtmlTextAreaElement>()) {
        (Some(input), _) => input.value() != input.default_value() || input.checked() != input.default_checked(),
        (_, Some(area)) => area.default_value().is_ok_and(|given| area.value() != given),
        _ => false,
    }
}

/// Where a field posts to, and as what.
fn place(field: &Element) -> (Option<String>, Option<String>) {
    let form = field.closest("form").ok().flatten();
    (form.and_then(|form| form.get_attribute("action")), field.get_attribute("name"))
}
