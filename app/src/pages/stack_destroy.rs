//! The last stop before a request to destroy a stack: its name has to be typed.

use leptos::prelude::*;

use crate::{
    CostView, Crumb, Page,
    components::{Banner, BannerTone, CsrfField, Message, PageHeader},
    routes,
};

/// Posts `name` to `routes::stack_destroy(id)`.
#[derive(Clone, Debug, Default)]
pub struct StackDestroyPage {
    /// `stk-4T9QXN`.
    pub id: String,
    /// "orders".
    pub name: String,
    /// What would be deleted: kind and name, in order.
    pub resources: Vec<(String, String)>,
    /// What stays: log groups kept, things it does not own.
    pub stays: Vec<String>,
    /// What it costs now.
    pub cost: CostView,
    /// What was typed before.
    pub typed: String,
    /// Why that was refused.
    pub error: Option<String>,
    /// Why it cannot be destroyed at all; the form is then not offered.
    pub refused: Option<String>,
}

impl Page for StackDestroyPage {
    fn title(&self) -> String {
        format!("Destroy {}", self.name)
    }

    fn trail(&self) -> Vec<Crumb> {
        vec![Crumb::new("Stacks", routes::STACKS), Crumb::new(self.name.clone(), routes::stack(&self.id))]
    }

    fn view(self) -> AnyView {
        let count = self.resources.len();
        let invalid = self.error.is_some().then_some("true");
        view! {
            <PageHeader title=format!("Destroy {}", self.name)
                below=view! { "This makes a request with a plan. Nothing is deleted before somebody else has approved it." }.into_any()/>
            {self.refused.clone().map(|why| view! { <Banner tone=BannerTone::Warning>{why}</Banner> })}
            <section class="section" aria-labelledby="goes-heading">
                <h2 id="goes-heading">{format!("{count} resources go away")}</h2>
                <ul class="gone">
                    {self.resources.into_iter().map(|(kind, name)| view! { <li><span class="sign" aria-hidden="true">"−"</span>{kind}<code>{name}</code></li> }).collect_view()}
                </ul>
                {(!self.stays.is_empty()).then(|| view! {
                    <h3>"What stays"</h3>
                    <ul class="prose-list">{self.stays.into_iter().map(|one| view! { <li>{one}</li> }).collect_view()}</ul>
                })}
                {(!self.cost.monthly.is_empty()).then(|| view! { <p class="muted">{format!("It costs {} a month now.", self.cost.monthly)}</p> })}
            </section>
            {self.refused.is_none().then(|| view! {
                <form class="danger-form stacked-form" method="post" action=routes::stack_destroy(&self.id)>
                    <CsrfField/>
                    <div class="field">
                        <label class="field-label" for="name">"Type "<strong>{self.name.clone()}</strong>" to go on"</label>
                        <input class="input" type="text" id="name" name="name" value=self.typed autocomplete="off" spellcheck="false" data-code="true"
                            aria-describedby="error-name" aria-invalid=invalid/>
                        <p class="field-error" id="error-name">{self.error.map(|text| view! { <Message text=text/> })}</p>
                    </div>
                    <div class="form-actions">
                        <button class="button" data-tone="danger">{format!("Ask to destroy {}", self.name)}</button>
                        <a class="button" data-tone="quiet" href=routes::stack(&self.id)>"Cancel"</a>
                    </div>
                </form>
            })}
        }
        .into_any()
    }
}
