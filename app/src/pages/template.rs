//! One template: what it makes, what it asks.

use leptos::prelude::*;

use super::catalogue::TemplateCard;
use crate::{
    Crumb, GraphLayout, Moment, Page, StepView,
    components::{Banner, BannerTone, GlyphIcon, PageHeader, Table, When},
    document::Breadth,
    islands::{CopyButton, PlanExplorer},
    routes,
};

/// A template.
#[derive(Clone, Debug, Default)]
pub struct TemplatePage {
    /// As on the shelf.
    pub card: TemplateCard,
    /// "1.2.0" or "3".
    pub revision: String,
    /// Content hash.
    pub hash: String,
    /// When this revision was published.
    pub published: Option<Moment>,
    /// Paragraphs of its documentation.
    pub docs: Vec<String>,
    /// What it asks for.
    pub inputs: Vec<InputRow>,
    /// What it makes with its defaults, in order; may be empty.
    pub steps: Vec<StepView>,
    /// An address that opens the form with some of it filled in.
    pub example_link: String,
    /// Whether the reader may ask for it, or why not.
    pub refused: Option<String>,
}

/// One input of a template.
#[derive(Clone, Debug, Default)]
pub struct InputRow {
    /// "container_port".
    pub name: String,
    /// "Container port".
    pub title: String,
    /// "Port", "Choice: rolling, blue-green".
    pub kind: String,
    /// What it means.
    pub help: String,
    /// Value unless given.
    pub default: Option<String>,
    /// Whether it must be given.
    pub required: bool,
}

impl Page for TemplatePage {
    fn title(&self) -> String {
        self.card.title.clone()
    }

    fn trail(&self) -> Vec<Crumb> {
        vec![Crumb::new("Catalogue", routes::CATALOGUE)]
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        let glyph = self.card.glyph();
        let action = self.refused.is_none().then(|| {
            view! { <a class="button" data-tone="primary" href=routes::template_request(&self.card.name)>{format!("Request a {}", self.card.title.to_lowercase())}</a> }
        });
        let hash: String = self.hash.chars().take(12).collect();
        let layout = GraphLayout::of(&self.steps);
        view! {
            <PageHeader title=self.card.title.clone()
                beside=view! { <span class="tag">{self.card.maturity.clone()}</span> }.into_any()
                below=view! { {self.card.summary.clone()} }.into_any()
                actions=action.into_any()/>
            {self.refused.map(|why| view! { <Banner tone=BannerTone::Note>{why}</Banner> })}
            <div class="with-aside">
                <div>
                    {(!self.docs.is_empty()).then(|| view! {
                        <section class="section prose" aria-label="About">
                            {self.docs.into_iter().map(|text| view! { <p>{text}</p> }).collect_view()}
                        </section>
                    })}
                    {(!self.steps.is_empty()).then(|| view! {
                        <section class="section wide-only" aria-labelledby="makes-heading">
                            <h2 id="makes-heading">"What it makes, in order"</h2>
                            <PlanExplorer steps=self.steps layout=layout/>
                        </section>
                    })}
                    <section class="section" aria-labelledby="asks-heading">
                        <h2 id="asks-heading">"What it asks"</h2>
                        {if self.inputs.is_empty() {
                            view! { <p class="muted">"Nothing beyond a name and a place."</p> }.into_any()
                        } else {
                            input_table(self.inputs).into_any()
                        }}
                    </section>
                    {(!self.example_link.is_empty()).then(|| link_section(self.example_link))}
                </div>
                <aside class="aside" aria-label="Facts">
                    <div class="aside-mark"><GlyphIcon glyph=glyph/></div>
                    <dl class="facts">
                        <div><dt>"Revision"</dt><dd>{self.revision}</dd></div>
                        {self.published.map(|moment| view! { <div><dt>"Published"</dt><dd><When moment=moment/></dd></div> })}
                        <div><dt>"Owner"</dt><dd>{self.card.owner}</dd></div>
                        {self.card.typical_time.map(|time| view! { <div><dt>"Takes"</dt><dd>{time}</dd></div> })}
                        {self.card.typical_cost.map(|cost| view! { <div><dt>"Costs"</dt><dd>{cost}</dd></div> })}
                        {(!hash.is_empty()).then(|| view! { <div><dt>"Content hash"</dt><dd><code>{hash}</code></dd></div> })}
                    </dl>
                </aside>
            </div>
        }
        .into_any()
    }
}

fn input_table(inputs: Vec<InputRow>) -> impl IntoView {
    view! {
        <Table label="Table of inputs" heads=vec![("Input", ""), ("Type", ""), ("Unless given", ""), ("What it means", "wide-only")]>
            {inputs.into_iter().map(|input| view! {
                <tr>
                    <th scope="row">{input.title}<code class="row-id">{input.name}</code></th>
                    <td>{input.kind}</td>
                    <td>{match input.default {
                        Some(default) => view! { <code>{default}</code> }.into_any(),
                        None if input.required => view! { <span class="tag">"required"</span> }.into_any(),
                        None => view! { <span class="muted">"nothing"</span> }.into_any(),
                    }}</td>
                    <td class="wide-only muted">{input.help}</td>
                </tr>
            }).collect_view()}
        </Table>
    }
}

fn link_section(link: String) -> impl IntoView {
    view! {
        <section class="section prose" aria-labelledby="link-heading">
            <h2 id="link-heading">"A link that fills the form"</h2>
            <p>"An address can answer questions in advance: for a wiki page, a chat, a script. Each input goes by its name after "<code>"inputs."</code>", the stack by "<code>"stack_name"</code>"; names and values of a list stand in pairs ("<code>"inputs.config.name"</code>", "<code>"inputs.config.value"</code>"). Secrets have no place in an address. The form itself has a button that copies such a link."</p>
            <p class="example-link"><code>{link.clone()}</code><CopyButton text=link/></p>
        </section>
    }
}
