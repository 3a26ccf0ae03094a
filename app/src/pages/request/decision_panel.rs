//! A word about a request, said in two steps: the panel is opened, and what stands in it is sent. The bar of a request and
//! the inbox have the same ones.

use leptos::prelude::*;

use crate::{
    components::{CsrfField, Icon, IconName},
    routes,
};

/// A panel with a form.
#[derive(Default)]
pub(in crate::pages) struct Panel {
    /// What opens it: "Reject…".
    label: &'static str,
    icon: Option<IconName>,
    is_primary: bool,
    post_to: String,
    /// What will happen, above the field.
    explain: String,
    /// Id of the field, unique on the page.
    field: &'static str,
    /// What the field posts as.
    name: &'static str,
    question: &'static str,
    is_optional: bool,
    /// Who reads it.
    help: &'static str,
    button: &'static str,
    tone: &'static str,
    /// The plan that it is about.
    seal: Option<String>,
    /// Where one goes on afterwards, unless it is the request.
    from: Option<&'static str>,
    /// What was typed, after a post that was refused.
    typed: Option<String>,
}

impl Panel {
    /// Yes, to exactly what `signs` says: "Create orders in production: 14 to create, $58.12 a month".
    pub fn approve(id: &str, seal: &str, signs: &str) -> Self {
        Self {
            label: "Approve…",
            icon: Some(IconName::Check),
            is_primary: true,
            post_to: routes::request_approve(id),
            explain: format!("{signs}. You sign exactly this plan; any change voids it."),
            field: "comment",
            name: "comment",
            question: "Comment",
            is_optional: true,
            button: "Approve this plan",
            tone: "primary",
            seal: Some(seal.to_owned()),
            ..Self::default()
        }
    }

    /// Not like this.
    pub fn changes(id: &str, seal: &str) -> Self {
        Self {
            label: "Ask for changes…",
            post_to: routes::request_changes(id),
            field: "wanted",
            name: "reason",
            question: "What should be different?",
            help: "The requester reads this and can edit the request. It is planned and approved anew then.",
            button: "Ask for these changes",
            tone: "primary",
            seal: Some(seal.to_owned()),
            ..Self::default()
        }
    }

    /// No.
    pub fn reject(id: &str, seal: &str) -> Self {
        Self {
            label: "Reject…",
            post_to: routes::request_reject(id),
            field: "reason",
            name: "reason",
            question: "Why not?",
            help: "The requester reads this. A rejected request is over.",
            button: "Reject this request",
            tone: "danger",
            seal: Some(seal.to_owned()),
            ..Self::default()
        }
    }

    /// Never mind; `explain` says what becomes of everything that is kept for it.
    pub fn withdraw(id: &str, explain: String) -> Self {
        Self {
            label: "Withdraw…",
            post_to: routes::request_withdraw(id),
            explain,
            field: "why",
            name: "reason",
            question: "Why?",
            is_optional: true,
            help: "Everybody who sees this request reads it.",
            button: "Withdraw this request",
            tone: "danger",
            ..Self::default()
        }
    }

    /// Goes on at this address.
    pub fn from(self, from: &'static str) -> Self {
        Self { from: Some(from), ..self }
    }

    /// With what was typed, after a post that was refused.
    pub fn typed(self, typed: Option<String>) -> Self {
        Self { typed, ..self }
    }

    /// The panel; keys open it by `id`.
    pub fn view(self, id: Option<&'static str>) -> impl IntoView + use<> {
        let help = (!self.help.is_empty()).then(|| format!("{}-help", self.field));
        let was_refused = self.typed.as_ref().is_some_and(|typed| !self.is_optional || !typed.is_empty());
        view! {
            <details class="menu" id=id open=was_refused>
                <summary class="button" data-tone=self.is_primary.then_some("primary")>{self.icon.map(|icon| view! { <Icon name=icon/> })}{self.label}</summary>
                <form class="menu-panel stacked-form" method="post" action=self.post_to>
                    <CsrfField/>
                    {self.seal.map(|seal| view! { <input type="hidden" name="seal" value=seal/> })}
                    {self.from.map(|from| view! { <input type="hidden" name="from" value=from/> })}
                    {(!self.explain.is_empty()).then(|| view! { <p class="panel-text">{self.explain}</p> })}
                    <div class="field">
                        <label class="field-label" for=self.field>{self.question}{self.is_optional.then(|| view! { <span class="optional">"optional"</span> })}</label>
                        <textarea class="input" id=self.field name=self.name rows="3" required=!self.is_optional aria-describedby=help.clone()>{self.typed}</textarea>
                        {help.map(|id| view! { <p class="field-help" id=id>{self.help}</p> })}
                    </div>
                    <button class="button" data-tone=self.tone>{self.button}</button>
                </form>
            </details>
        }
    }
}
