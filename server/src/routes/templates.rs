//! Templates, for those who look after them.

use app::{
    Moment, NavItem,
    pages::{
        template_revisions::{RevisionView, TemplateRevisionsPage},
        templates::{TemplateRow, TemplatesPage},
    },
};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};

use crate::{edge::session::Signed, error::Refusal, state::Portals, views};

/// `GET /templates`
pub async fn list(State(state): State<Portals>, signed: Signed) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Templates).await;
    let templates = match state.portal.inspect_templates(&signed.actor).await {
        Ok(templates) => templates,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    let now = state.portal.clock.now();
    let rows = templates
        .iter()
        .map(|one| TemplateRow {
            name: one.latest.template.name.clone(),
            title: one.latest.template.title.clone(),
            version: one.latest.template.version.clone(),
            published: Moment::new(one.latest.revision.published_at, now),
            revisions: one.revisions,
            stacks: one.stacks,
            behind: one.behind,
        })
        .collect();
    Ok(views::page(StatusCode::OK, frame, TemplatesPage { rows }))
}

/// `GET /templates/{template}`
pub async fn show(State(state): State<Portals>, signed: Signed, Path(name): Path<String>) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Templates).await;
    let detail = match state.portal.template_revisions(&signed.actor, &name).await {
        Ok(detail) => detail,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    let now = state.portal.clock.now();
    let template = &detail.latest.template;
    let page = TemplateRevisionsPage {
        name: template.name.clone(),
        title: template.title.clone(),
        summary: template.summary.clone(),
        revisions: detail
            .revisions
            .into_iter()
            .map(|(revision, stacks)| RevisionView {
                version: revision.version,
                published: Moment::new(revision.published_at, now),
                hash: revision.hash,
                source: revision.source,
                stacks: stacks
                    .into_iter()
                    .map(|card| {
                        let place = format!("{} · {}", card.environment.name, card.team.title);
                        (card.stack.id.to_string(), card.stack.name, place)
                    })
                    .collect(),
            })
            .collect(),
    };
    Ok(views::page(StatusCode::OK, frame, page))
}
