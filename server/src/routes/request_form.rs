//! The three forms that are alike: asking for a new stack, for a change of one, and editing what was asked for.

use app::{NavItem, routes};
use axum::{
    Form as Body, Json,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use domain::{Problem, draft::FormOf, ids::EnvironmentId};
use service::{
    ServiceError,
    requests::{Draft, Form},
};

use crate::{
    edge::{
        id::FormAt,
        session::{Said, Signed},
    },
    error::{Refusal, log, status},
    state::Portals,
    views::{
        self,
        form::{
            self,
            posted::{self, Posted},
        },
    },
};

fn item(of: &FormOf) -> NavItem {
    match of {
        FormOf::Request(_) => NavItem::Requests,
        _ => NavItem::Catalogue,
    }
}

async fn refusal(state: &Portals, signed: &Signed, of: &FormOf, error: ServiceError) -> Refusal {
    Refusal::new(error, views::frame(state, signed, item(of)).await)
}

async fn read(
    state: &Portals,
    signed: &Signed,
    of: &FormOf,
    environment: Option<&EnvironmentId>,
) -> Result<Form, Refusal> {
    match state.portal.form(&signed.actor, of, environment).await {
        Ok(form) => Ok(form),
        Err(error) => Err(refusal(state, signed, of, error).await),
    }
}

async fn questions(state: &Portals, signed: &Signed, of: &FormOf) -> Result<Form, Refusal> {
    match state.portal.questions(&signed.actor, of).await {
        Ok(form) => Ok(form),
        Err(error) => Err(refusal(state, signed, of, error).await),
    }
}

/// `GET` of a form. The saved draft comes back, unless the address fills fields itself: by their names, or with the
/// answers of another request (`?from=req-…`).
pub async fn show(
    State(state): State<Portals>,
    signed: Signed,
    FormAt(of): FormAt,
    Query(query): Query<Posted>,
) -> Result<Response, Refusal> {
    let from = match posted::first(&query, "from").and_then(|id| id.parse().ok()) {
        Some(id) => match state.portal.draft_from(&signed.actor, &id).await {
            Ok(draft) => Some(draft),
            Err(error) => return Err(refusal(&state, &signed, &of, error).await),
        },
        None => None,
    };
    let named = posted::first(&query, "environment").and_then(|id| id.parse().ok());
    let environment = named.or_else(|| from.as_ref()?.environment.clone());
    let form = read(&state, &signed, &of, environment.as_ref()).await?;
    let (restored, draft) = match form.resume().filter(|_| query.is_empty()) {
        Some(draft) => (true, draft),
        None => {
            let start = from.filter(|draft| draft.template == form.shelved.template.id());
            let team = signed.team().await.map(|team| team.id.as_str());
            (false, posted::filled(&form, start.unwrap_or_else(|| posted::fresh(&form)), team, &query))
        }
    };
    let preview = match state.portal.preview(&signed.actor, &draft).await {
        Ok(preview) => form::preview(&form, &preview, &draft),
        Err(error) => return Err(refusal(&state, &signed, &of, error).await),
    };
    // Nothing was sent yet, so nothing is wrong yet.
    let preview = app::Preview { errors: vec![], ..preview };
    let mut page = form::page(&form, &draft, &[], preview);
    page.draft = form::draft_note(&form, restored, state.portal.clock.now());
    Ok(views::page(StatusCode::OK, views::frame(&state, &signed, item(&of)).await, page))
}

/// `POST` of a form to be looked at while it is being typed.
pub async fn preview(
    State(state): State<Portals>,
    signed: Signed,
    FormAt(of): FormAt,
    Body(posted): Body<Posted>,
) -> Response {
    let form = match questions(&state, &signed, &of).await {
        Ok(form) => form,
        Err(refusal) => return status(&refusal.0).into_response(),
    };
    let draft = posted::draft(&form, &posted);
    match state.portal.preview(&signed.actor, &draft).await {
        Ok(preview) => Json(form::preview(&form, &preview, &draft)).into_response(),
        Err(error) => {
            log(&error);
            status(&error).into_response()
        }
    }
}

/// `POST` of a form to be gone on with later. The script that saves while one types wants no page.
pub async fn save(
    State(state): State<Portals>,
    signed: Signed,
    FormAt(of): FormAt,
    headers: HeaderMap,
    Body(posted): Body<Posted>,
) -> Result<Response, Refusal> {
    let form = questions(&state, &signed, &of).await?;
    if let Err(error) = state.portal.save_draft(&signed.actor, &of, posted::draft(&form, &posted)).await {
        return Err(refusal(&state, &signed, &of, error).await);
    }
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.starts_with("application/json")) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    signed.visit.say(Said::Done("Your draft is saved. You find it here and among your requests.".to_owned())).await;
    Ok(Redirect::to(&form::address(&of)).into_response())
}

/// `POST` of a form.
pub async fn submit(
    State(state): State<Portals>,
    signed: Signed,
    FormAt(of): FormAt,
    Body(posted): Body<Posted>,
) -> Result<Response, Refusal> {
    let form = questions(&state, &signed, &of).await?;
    let draft = posted::draft(&form, &posted);
    let (sent, done) = match of {
        FormOf::Request(_) => {
            (state.portal.edit(&signed.actor, &draft).await, "Edited. It was planned anew and has to be approved anew.")
        }
        _ => (state.portal.submit(&signed.actor, &draft).await, "Submitted. It is carried out once it is approved."),
    };
    let error = match sent {
        Ok(request) => {
            if let Err(error) = state.portal.discard_draft(&signed.actor, &of).await {
                log(&error);
            }
            signed.visit.say(Said::Done(done.to_owned())).await;
            return Ok(Redirect::to(&routes::request(request.as_str())).into_response());
        }
        Err(error) => error,
    };
    // Nothing typed is lost, and no secret lies about.
    let draft = keep(&state, &signed, &of, draft).await;
    let (answer, problems) = match error {
        ServiceError::Invalid(problems) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        // It may go through a moment later, or otherwise: no field is wrong.
        error @ (ServiceError::Cloud(_) | ServiceError::Conflict { .. }) => {
            log(&error);
            (status(&error), vec![Problem::new(error.code(), "", error.to_string())])
        }
        error => return Err(refusal(&state, &signed, &of, error).await),
    };
    let form = read(&state, &signed, &of, draft.environment.as_ref()).await?;
    let preview = match state.portal.preview(&signed.actor, &draft).await {
        Ok(preview) => form::preview(&form, &preview, &draft),
        Err(error) => {
            log(&error);
            app::Preview::default()
        }
    };
    let frame = views::frame(&state, &signed, item(&of)).await;
    Ok(views::page(answer, frame, form::page(&form, &draft, &problems, preview)))
}

/// Saves the draft if that can be done, and goes on with it as it was saved.
async fn keep(state: &Portals, signed: &Signed, of: &FormOf, draft: Draft) -> Draft {
    match state.portal.save_draft(&signed.actor, of, draft.clone()).await {
        Ok(saved) => saved,
        Err(error) => {
            log(&error);
            draft
        }
    }
}
