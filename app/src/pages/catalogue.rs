//! The catalogue: what a team can ask for.

use leptos::prelude::*;

use crate::{
    Glyph, Page,
    components::{EmptyState, GlyphIcon, Icon, IconName, PageHeader},
    routes,
};

/// Posts nothing; the search is `?q=`.
#[derive(Clone, Debug, Default)]
pub struct CataloguePage {
    /// What was searched for.
    pub query: String,
    /// Templates that match.
    pub cards: Vec<TemplateCard>,
}

/// One template on the shelf.
#[derive(Clone, Debug, Default)]
pub struct TemplateCard {
    /// "web-service".
    pub name: String,
    /// "Web service".
    pub title: String,
    /// One or two sentences.
    pub summary: String,
    /// Name of a glyph: "cluster", "service"; anything else shows the general one.
    pub icon: String,
    /// "Platform".
    pub owner: String,
    /// "stable", "beta".
    pub maturity: String,
    /// "about 4 min"; nothing when unknown.
    pub typical_time: Option<String>,
    /// "from $35 a month"; nothing when unknown.
    pub typical_cost: Option<String>,
    /// What one gets: "Load balancer", "ECS service", "Log group".
    pub gives: Vec<String>,
}

impl TemplateCard {
    /// The picture that its icon names.
    pub(super) fn glyph(&self) -> Glyph {
        match self.icon.as_str() {
            "cluster" => Glyph::Cluster,
            "service" => Glyph::Service,
            "balancer" => Glyph::LoadBalancer,
            "task" => Glyph::TaskDefinition,
            _ => Glyph::Other,
        }
    }
}

impl Page for CataloguePage {
    fn title(&self) -> String {
        "Catalogue".into()
    }

    fn view(self) -> AnyView {
        let searched = !self.query.is_empty();
        view! {
            <PageHeader title="Catalogue" below=view! { "What your team can ask for. Each makes the parts, in the right order, with the right permissions." }.into_any()/>
            <form class="search" role="search" method="get" action=routes::CATALOGUE>
                <label class="visually-hidden" for="q">"Search the catalogue"</label>
                <Icon name=IconName::Search/>
                <input class="input" type="search" id="q" name="q" value=self.query placeholder="Search the catalogue"/>
            </form>
            {if self.cards.is_empty() && searched {
                view! {
                    <EmptyState icon=IconName::Search title="Nothing on the shelf by that name" text="Try fewer letters, or look at everything there is.">
                        <a class="button" href=routes::CATALOGUE>"Show everything"</a>
                    </EmptyState>
                }.into_any()
            } else if self.cards.is_empty() {
                view! { <EmptyState icon=IconName::Shelf title="The shelf is empty" text="The platform team has not published a template yet."/> }.into_any()
            } else {
                view! { <ul class="shelf">{self.cards.into_iter().map(card).collect_view()}</ul> }.into_any()
            }}
        }
        .into_any()
    }
}

fn card(card: TemplateCard) -> impl IntoView {
    view! {
        <li class="product">
            <div class="product-head">
                <GlyphIcon glyph=card.glyph()/>
                <h2><a href=routes::template(&card.name)>{card.title}</a></h2>
                <span class="tag">{card.maturity}</span>
            </div>
            <p class="product-summary">{card.summary}</p>
            {(!card.gives.is_empty()).then(|| view! {
                <ul class="product-gives" aria-label="What you get">
                    {card.gives.into_iter().map(|one| view! { <li><Icon name=IconName::Check/>{one}</li> }).collect_view()}
                </ul>
            })}
            <dl class="product-facts">
                {card.typical_time.map(|time| view! { <div><dt><Icon name=IconName::Clock/><span class="visually-hidden">"Typical time"</span></dt><dd>{time}</dd></div> })}
                {card.typical_cost.map(|cost| view! { <div><dt><Icon name=IconName::Coin/><span class="visually-hidden">"Typical cost"</span></dt><dd>{cost}</dd></div> })}
                <div><dt><Icon name=IconName::Person/><span class="visually-hidden">"Owner"</span></dt><dd>{card.owner}</dd></div>
            </dl>
        </li>
    }
}
