//! Asking for a new stack, or for a change of one.

use app::{NavItem, routes};
use axum::{
    Form as Body, Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{Problem, ids::StackId};
use service::{
    ServiceError,
    requests::{Draft, Form, FormOf, KeptSecrets},
};

use crate::{
    edge::{
        id::Id,
        session::{Said, Signed},
    },
    error::{Refusal, log, status},
    state::Portals,
    views::{
        self,
        form::{self, Posted},
    },
};

async fn read(state: &Portals, signed: &Signed, of: &FormOf, posted: &Posted) -> Result<Form, Refusal> {
    let environment = form::first(posted, "environment").and_then(|id| id.parse().ok());
    match state.portal.form(&signed.actor, of, environment.as_ref()).await {
        Ok(form) => Ok(form),
        Err(error) => Err(Refusal::new(error, views::frame(state, signed, NavItem::Catalogue).await)),
    }
}

/// Where the session remembers the secrets that were typed into this form.
fn shelf(of: &FormOf) -> String {
    match of {
        FormOf::Template(name) => format!("kept/{name}"),
        FormOf::Stack(id) => format!("kept/{id}"),
    }
}

async fn kept(signed: &Signed, of: &FormOf, form: &Form) -> KeptSecrets {
    let mut kept: KeptSecrets = signed.visit.session.get(&shelf(of)).await.ok().flatten().unwrap_or_default();
    // What a stack has already stays where its field is left empty.
    for (input, value) in &form.current {
        if let Ok(references) =
            serde_json::from_value::<std::collections::BTreeMap<String, domain::seal::SecretRef>>(value.clone())
        {
            let mine = kept.entry(input.clone()).or_default();
            for (name, reference) in references {
                mine.entry(name).or_insert(reference);
            }
        }
    }
    kept
}

async fn empty(state: Portals, signed: Signed, of: FormOf, query: Posted) -> Result<Response, Refusal> {
    let form = read(&state, &signed, &of, &query).await?;
    let team = signed.team().await.map(|team| team.id.as_str());
    let draft = form::fresh(&form, team, &query);
    let frame = views::frame(&state, &signed, NavItem::Catalogue).await;
    let preview = match state.portal.preview(&signed.actor, &draft).await {
        Ok(preview) => form::preview(&form, &preview, &draft),
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    // Nothing was typed yet, so nothing is wrong yet.
    let preview = app::Preview { errors: vec![], ..preview };
    Ok(views::page(StatusCode::OK, frame, form::page(&form, &draft, &[], preview)))
}

async fn preview(state: Portals, signed: Signed, of: FormOf, posted: Posted) -> Response {
    let form = match read(&state, &signed, &of, &posted).await {
        Ok(form) => form,
        Err(refusal) => return status(&refusal.0).into_response(),
    };
    let draft = draft(&signed, &of, &form, &posted).await;
    match state.portal.preview(&signed.actor, &draft).await {
        Ok(preview) => Json(form::preview(&form, &preview, &draft)).into_response(),
        Err(error) => {
            log(&error);
            status(&error).into_response()
        }
    }
}

async fn draft(signed: &Signed, of: &FormOf, form: &Form, posted: &Posted) -> Draft {
    let stack = match of {
        FormOf::Stack(id) => Some(id.clone()),
        FormOf::Template(_) => None,
    };
    form::draft(form, stack, posted, &kept(signed, of, form).await)
}

async fn submit(state: Portals, signed: Signed, of: FormOf, posted: Posted) -> Result<Response, Refusal> {
    let form = read(&state, &signed, &of, &posted).await?;
    let draft = draft(&signed, &of, &form, &posted).await;
    let (answer, problems) = match state.portal.submit(&signed.actor, &draft).await {
        Ok(request) => {
            if let Err(error) = signed.visit.session.remove::<KeptSecrets>(&shelf(&of)).await {
                tracing::warn!(%error, "kept secrets were not forgotten");
            }
            signed.visit.say(Said::Done("Submitted. It is carried out once it is approved.".to_owned())).await;
            return Ok(Redirect::to(&routes::request(request.as_str())).into_response());
        }
        Err(ServiceError::Invalid(problems)) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        // It may go through a moment later, or otherwise: no field is wrong.
        Err(error @ (ServiceError::Cloud(_) | ServiceError::Conflict { .. })) => {
            log(&error);
            (status(&error), vec![Problem::new(error.code(), "", error.to_string())])
        }
        Err(error) => return Err(Refusal::new(error, views::frame(&state, &signed, NavItem::Catalogue).await)),
    };
    // Nothing typed is lost: clear secrets go into envelopes, and come back as references.
    let mut draft = draft;
    let team = form.stack.as_ref().map(|card| card.team.id.clone()).or_else(|| draft.team.clone());
    if let Some(team) = team
        && let Ok(new) = state.portal.keep_secrets(&signed.actor, &team, &draft.secrets).await
    {
        let mut all = kept(&signed, &of, &form).await;
        for (input, references) in new {
            for (name, reference) in references {
                if let Some(clear) = draft.secrets.get_mut(&input) {
                    clear.remove(&name);
                }
                if let Some(map) = draft.inputs.get_mut(&input).and_then(serde_json::Value::as_object_mut) {
                    map.insert(name.clone(), serde_json::json!(reference));
                }
                all.entry(input.clone()).or_default().insert(name, reference);
            }
        }
        if let Err(error) = signed.visit.session.insert(&shelf(&of), all).await {
            tracing::warn!(%error, "kept secrets were not remembered");
        }
    }
    let frame = views::frame(&state, &signed, NavItem::Catalogue).await;
    let preview = match state.portal.preview(&signed.actor, &draft).await {
        Ok(preview) => form::preview(&form, &preview, &draft),
        Err(error) => {
            log(&error);
            app::Preview::default()
        }
    };
    Ok(views::page(answer, frame, form::page(&form, &draft, &problems, preview)))
}

/// `GET /catalogue/{template}/request`; the query fills fields.
pub async fn new(
    State(state): State<Portals>,
    signed: Signed,
    Path(name): Path<String>,
    Query(query): Query<Posted>,
) -> Result<Response, Refusal> {
    empty(state, signed, FormOf::Template(name), query).await
}

/// `POST /catalogue/{template}/request`
pub async fn submit_new(
    State(state): State<Portals>,
    signed: Signed,
    Path(name): Path<String>,
    Body(posted): Body<Posted>,
) -> Result<Response, Refusal> {
    submit(state, signed, FormOf::Template(name), posted).await
}

/// `POST /catalogue/{template}/preview`
pub async fn preview_new(
    State(state): State<Portals>,
    signed: Signed,
    Path(name): Path<String>,
    Body(posted): Body<Posted>,
) -> Response {
    preview(state, signed, FormOf::Template(name), posted).await
}

/// `GET /stacks/{id}/change`
pub async fn change(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<StackId>,
    Query(query): Query<Posted>,
) -> Result<Response, Refusal> {
    empty(state, signed, FormOf::Stack(id), query).await
}

/// `POST /stacks/{id}/change`
pub async fn submit_change(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<StackId>,
    Body(posted): Body<Posted>,
) -> Result<Response, Refusal> {
    submit(state, signed, FormOf::Stack(id), posted).await
}

/// `POST /stacks/{id}/change/preview`
pub async fn preview_change(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<StackId>,
    Body(posted): Body<Posted>,
) -> Response {
    preview(state, signed, FormOf::Stack(id), posted).await
}
