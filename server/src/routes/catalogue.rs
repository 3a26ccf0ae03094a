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
    authz::{Action, Object, may},
    cost::dollars,
    plan::{
        Plan, Wish,
        build::{Site, build},
    },
    template::{
        check::sample_environment,
        inputs::validate,
        render::{Surroundings, render},
        schema::{InputType, Maturity, Template},
    },
};
use serde::Deserialize;
use service::catalogue::Shelved;

use crate::{
    edge::session::Signed,
    error::Refusal,
    state::Portals,
    views::{self, plan},
};

/// The plan that a template's defaults would give in a place that has everything: for the picture and the figures.
fn typical(template: &Template) -> Option<Plan> {
    let mut given = domain::template::Inputs::new();
    for input in template.inputs.iter().filter(|input| input.is_required()) {
        if matches!(input.kind, InputType::Image) {
            given.insert(input.name.clone(), "registry.example.com/image:1".into());
        }
    }
    let environment = sample_environment();
    let inputs = validate(template, &given).ok()?;
    let around = Surroundings { environment: &environment, stack: "name", team: "team" };
    let desired = render(template, &inputs, &around).ok()?.desired;
    let stack = "stk-SAMPLE".parse().ok()?;
    let site =
        Site { installation: "sample", environment: &environment, stack: &stack, stack_name: "name", team: "team" };
    build(&site, Wish::Create, &desired, &[], &domain::observation::Observation::default()).ok()
}

fn card(state: &Portals, shelved: &Shelved, typical: Option<&Plan>) -> TemplateCard {
    let template = &shelved.template;
    let cost = typical.map(|plan| state.portal.prices.estimate(plan, &sample_environment().region, 0).monthly_micros);
    let minutes = typical.map(|plan| plan.longest_path().1.div_ceil(60));
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
    let shelved = match state.portal.catalogue(&signed.actor).await {
        Ok(shelved) => shelved,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    let wanted = search.q.to_lowercase();
    let cards = shelved
        .iter()
        .filter(|one| {
            format!("{} {} {}", one.template.name, one.template.title, one.template.summary)
                .to_lowercase()
                .contains(&wanted)
        })
        .map(|one| card(&state, one, typical(&one.template).as_ref()))
        .collect();
    Ok(views::page(StatusCode::OK, frame, CataloguePage { query: search.q, cards }))
}

fn kind(kind: &InputType) -> String {
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
        InputType::Reference { .. } => "Picked from the account".to_owned(),
    }
}

/// `GET /catalogue/{template}`
pub async fn show(State(state): State<Portals>, signed: Signed, Path(name): Path<String>) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Catalogue).await;
    let shelved = match state.portal.template(&signed.actor, &name).await {
        Ok(shelved) => shelved,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    let template = &shelved.template;
    let plan = typical(template);
    let mut refused = Some("Nobody in your teams may ask for it: that needs the developer role in a team.".to_owned());
    for (team, _) in &signed.actor.teams {
        if may(&signed.actor, Action::SubmitRequest, Object { team: Some(&team.id), requester: None }).is_ok() {
            refused = None;
        }
    }
    let page = TemplatePage {
        card: card(&state, &shelved, plan.as_ref()),
        revision: template.version.clone(),
        hash: shelved.revision.hash.clone(),
        published: Some(views::moment(&state, shelved.revision.published_at)),
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
                kind: kind(&input.kind),
                help: input.help.clone(),
                default: input.default.as_ref().map(|default| views::request::input_value(&input.kind, default)),
                required: input.is_required(),
            })
            .collect(),
        steps: plan.as_ref().map(plan::steps).unwrap_or_default(),
        refused,
    };
    Ok(views::page(StatusCode::OK, frame, page))
}
