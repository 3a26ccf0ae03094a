//! What one can ask for.

use app::{
    NavItem,
    pages::{
        catalogue::{CataloguePage, TemplateCard},
        template::{InputRow, TemplatePage},
    },
};
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use domain::{
    cost::dollars,
    template::{
        duration,
        schema::{InputType, Maturity, Template},
    },
};
use serde::Deserialize;
use service::catalogue::{self, Shelved};

use crate::{
    edge::session::Signed,
    error::Refusal,
    state::Portals,
    views::{self, plan},
};

fn card(card: &catalogue::TemplateCard) -> TemplateCard {
    let template = &card.shelved.template;
    let typical = card.shelved.typical.as_deref();
    let minutes = typical.map(|plan| plan.longest_path().1.div_ceil(60));
    let cost = card.cost.as_ref().filter(|cost| cost.unpriced.is_none()).map(|cost| cost.monthly_micros);
    let mut gives: Vec<String> = vec![];
    for step in typical.into_iter().flat_map(|plan| &plan.steps) {
        let label = step.kind.def().label.to_owned();
        if !gives.contains(&label) {
            gives.push(label);
        }
    }
    TemplateCard {
        name: template.name.clone(),
        title: template.title.clone(),
        summary: template.summary.clone(),
        icon: if template.icon == "globe" { "service".to_owned() } else { template.icon.clone() },
        owner: template.owner.clone(),
        maturity: match template.maturity {
            Maturity::Experimental => "experimental",
            Maturity::Stable => "stable",
            Maturity::Deprecated => "deprecated",
        }
        .to_owned(),
        typical_time: minutes.map(|minutes| format!("about {minutes} min")),
        typical_cost: cost.map(|cost| {
            if cost == 0 { "no cost by itself".to_owned() } else { format!("from {} a month", dollars(cost)) }
        }),
        gives,
    }
}

/// The search.
#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
}

/// `GET /catalogue`
pub async fn list(
    State(state): State<Portals>,
    signed: Signed,
    Query(search): Query<Search>,
) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Catalogue).await;
    let cards = match state.portal.catalogue(&signed.actor).await {
        Ok(cards) => cards,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    let wanted = search.q.to_lowercase();
    let fits = |template: &Template| {
        format!("{} {} {}", template.name, template.title, template.summary).to_lowercase().contains(&wanted)
    };
    let cards = cards.iter().filter(|one| fits(&one.shelved.template)).map(card).collect();
    Ok(views::page(StatusCode::OK, frame, CataloguePage { query: search.q, cards }))
}

fn asks_for(kind: &InputType) -> String {
    match kind {
        InputType::Text { .. } => "Text".to_owned(),
        InputType::Number { min, max, unit } => {
            format!("{min} to {max}{}", unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default())
        }
        InputType::Boolean => "Yes or no".to_owned(),
        InputType::Choice { options } => {
            let titles: Vec<&str> = options.iter().map(|option| option.title.as_str()).collect();
            format!("One of: {}", titles.join(", "))
        }
        InputType::CpuMemory => "CPU units / MiB".to_owned(),
        InputType::Image => "Container image".to_owned(),
        InputType::Port => "Port".to_owned(),
        InputType::Variables { max } => format!("Names and values, {max} at most"),
        InputType::Secrets { max } => format!("Names and secret values, {max} at most"),
        InputType::Cidr { min_prefix, max_prefix } => format!("Range of addresses, /{min_prefix} to /{max_prefix}"),
        InputType::Duration { min, max } => format!("{} to {}", duration::in_words(*min), duration::in_words(*max)),
        InputType::Reference { of } => format!("A {} of the account", of.noun()),
        InputType::List { of, max } => format!("Up to {max} of: {}", asks_for(of)),
    }
}

/// An address that fills the form: a name, and an image where one is asked for.
fn example_link(public_url: &str, template: &Template) -> String {
    let form = app::routes::template_request(&template.name);
    let image = template.inputs.iter().find(|input| matches!(input.kind, InputType::Image));
    let image = image.map(|input| format!("&inputs.{}=registry.example.com/orders:1.0", input.name));
    format!("{public_url}{form}?stack_name=orders{}", image.unwrap_or_default())
}

/// `GET /catalogue/{template}`
pub async fn show(State(state): State<Portals>, signed: Signed, Path(name): Path<String>) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Catalogue).await;
    let detail = match state.portal.template(&signed.actor, &name).await {
        Ok(detail) => detail,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    let Shelved { template, revision, typical } = &detail.card.shelved;
    let page = TemplatePage {
        card: card(&detail.card),
        revision: template.version.clone(),
        hash: revision.hash.clone(),
        published: Some(views::moment(&state, revision.published_at)),
        docs: template
            .docs
            .split("\n\n")
            .map(|paragraph| paragraph.replace("**", "").trim().to_owned())
            .filter(|p| !p.is_empty())
            .collect(),
        inputs: template
            .inputs
            .iter()
            .map(|input| InputRow {
                name: input.name.clone(),
                title: input.title.clone(),
                kind: asks_for(&input.kind),
                help: input.help.clone(),
                default: input.default.as_ref().map(|default| views::request::input_value(&input.kind, default)),
                required: input.is_required(),
            })
            .collect(),
        example_link: example_link(&state.config.public_url, template),
        steps: typical.as_deref().map(plan::steps).unwrap_or_default(),
        refused: detail.refused.map(|denied| format!("You cannot ask for it. {denied}")),
    };
    Ok(views::page(StatusCode::OK, frame, page))
}
