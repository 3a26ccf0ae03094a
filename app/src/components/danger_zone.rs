//! What is not done by accident: each names its object and says what follows.

use leptos::prelude::*;

use super::CsrfField;

/// One thing that is hard to take back.
#[derive(Clone, Debug, Default)]
pub struct Danger {
    /// "Disable this account".
    pub title: String,
    /// What follows.
    pub text: String,
    /// On the button, with the name of its object: "Disable Ada Lovelace".
    pub label: String,
    /// Where it is posted.
    pub post_to: String,
    /// Fields of the form.
    pub fields: Vec<(&'static str, String)>,
    /// Whether it takes something away; otherwise it gives something back.
    pub is_loss: bool,
    /// Why it cannot be done now; then there is no button.
    pub refused: Option<String>,
}

/// Things that are hard to take back.
#[component]
pub fn DangerZone(
    /// In order.
    dangers: Vec<Danger>,
) -> impl IntoView {
    view! {
        <section class="section" aria-labelledby="danger-heading">
            <h2 id="danger-heading">"Not by accident"</h2>
            <ul class="dangers">
                {dangers.into_iter().map(|danger| {
                    let tone = if danger.is_loss { "danger" } else { "plain" };
                    view! {
                        <li>
                            <div><h3>{danger.title}</h3><p>{danger.refused.clone().unwrap_or(danger.text)}</p></div>
                            {danger.refused.is_none().then(|| view! {
                                <form method="post" action=danger.post_to>
                                    <CsrfField/>
                                    {danger.fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
                                    <button class="button" data-tone=tone>{danger.label}</button>
                                </form>
                            })}
                        </li>
                    }
                }).collect_view()}
            </ul>
        </section>
    }
}
