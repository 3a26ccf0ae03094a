//! Environments.

use app::{FieldError, NavItem, pages::environments::EnvironmentsPage, routes};
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::ids::EnvironmentId;
use service::{
    ServiceError,
    environments::{Account, EnvironmentDraft},
};

use crate::{
    edge::{
        id::Id,
        session::{Said, Signed},
    },
    error::Refusal,
    state::Portals,
    views::{
        self,
        environments::{FormOf, draft, form_page, is_whole, page, prefill, row},
        form::{
            posted::{Posted, first},
            told,
        },
    },
};

async fn refusal(state: &Portals, signed: &Signed, error: ServiceError) -> Refusal {
    Refusal::new(error, views::frame(state, signed, NavItem::Environments).await)
}

/// `GET /environments`
pub async fn list(State(state): State<Portals>, signed: Signed) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Environments).await;
    match state.portal.inspect_environments(&signed.actor).await {
        Ok(cards) => {
            let may_manage = service::environments::may_manage(&signed.actor);
            let page = EnvironmentsPage { rows: cards.iter().map(row).collect(), may_manage };
            Ok(views::page(StatusCode::OK, frame, page))
        }
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// `GET /environments/{id}`
pub async fn show(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<EnvironmentId>,
) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Environments).await;
    match state.portal.inspect_environment(&signed.actor, &id).await {
        Ok(detail) => {
            let may_manage = service::environments::may_manage(&signed.actor);
            Ok(views::page(StatusCode::OK, frame, page(&detail, &[], may_manage, state.portal.clock.now())))
        }
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// `POST /environments/{id}/check`: nothing is kept, so the answer is the page itself.
pub async fn check(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<EnvironmentId>,
) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Environments).await;
    let checked = async {
        let findings = state.portal.check_environment(&signed.actor, &id).await?;
        Ok::<_, ServiceError>((findings, state.portal.inspect_environment(&signed.actor, &id).await?))
    };
    match checked.await {
        Ok((findings, detail)) => {
            Ok(views::page(StatusCode::OK, frame, page(&detail, &findings, true, state.portal.clock.now())))
        }
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// A form on its way to the page.
struct Typed {
    version: String,
    draft: EnvironmentDraft,
    /// What was seen; nothing before the first look.
    account: Option<Account>,
    status: StatusCode,
    errors: Vec<FieldError>,
}

/// Everything is typed.
fn unseen() -> Account {
    Account { unavailable: Some("The account was not looked into.".to_owned()), ..Account::default() }
}

async fn shown(
    state: &Portals,
    signed: &Signed,
    id: Option<&EnvironmentId>,
    typed: Typed,
) -> Result<Response, Refusal> {
    let frame = views::frame(state, signed, NavItem::Environments).await;
    let read = async {
        let of = match id {
            Some(id) => Some(state.portal.managed_environment(&signed.actor, id).await?),
            None => None,
        };
        Ok::<_, ServiceError>((of, state.portal.template_titles(&signed.actor).await?))
    };
    let (of, templates) = match read.await {
        Ok(read) => read,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    let of = of.as_ref().map_or(FormOf::New, FormOf::Change);
    let page = form_page(&of, &typed.version, &typed.draft, typed.account.as_ref(), &templates, typed.errors);
    Ok(views::page(typed.status, frame, page))
}

/// `GET /environments/new`
pub async fn new(State(state): State<Portals>, signed: Signed) -> Result<Response, Refusal> {
    let draft = draft(&vec![]);
    let typed = Typed { version: "1".to_owned(), draft, account: None, status: StatusCode::OK, errors: vec![] };
    shown(&state, &signed, None, typed).await
}

/// `GET /environments/{id}/change`: the account is looked into at once, because it is known how.
pub async fn change_page(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<EnvironmentId>,
) -> Result<Response, Refusal> {
    let environment = match state.portal.managed_environment(&signed.actor, &id).await {
        Ok(environment) => environment,
        Err(error) => return Err(refusal(&state, &signed, error).await),
    };
    let (draft, version) = (EnvironmentDraft::from(&environment), environment.version.to_string());
    let (account, status, errors) = match state.portal.look_into(&signed.actor, &draft).await {
        Ok(account) => (account, StatusCode::OK, vec![]),
        Err(error) => match told(Some(error)) {
            Ok((status, told)) => (unseen(), status, told),
            Err(error) => return Err(refusal(&state, &signed, error).await),
        },
    };
    shown(&state, &signed, Some(&id), Typed { version, draft, account: Some(account), status, errors }).await
}

/// Looks into the account and shows what is there.
async fn look(
    state: &Portals,
    signed: &Signed,
    id: Option<&EnvironmentId>,
    posted: &Posted,
) -> Result<Response, Refusal> {
    let mut draft = draft(posted);
    let (account, status, errors) = match state.portal.look_into(&signed.actor, &draft).await {
        Ok(account) => {
            prefill(&mut draft, &account);
            (Some(account), StatusCode::OK, vec![])
        }
        Err(error) => match told(Some(error)) {
            // What was typed below the way into the account stays.
            Ok((status, told)) => (is_whole(posted).then(unseen), status, told),
            Err(error) => return Err(refusal(state, signed, error).await),
        },
    };
    let version = version(posted).to_owned();
    shown(state, signed, id, Typed { version, draft, account, status, errors }).await
}

/// `POST /environments/new`
pub async fn add(
    State(state): State<Portals>,
    signed: Signed,
    Form(posted): Form<Posted>,
) -> Result<Response, Refusal> {
    post(&state, &signed, None, &posted).await
}

/// `POST /environments/{id}/change`
pub async fn change(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<EnvironmentId>,
    Form(posted): Form<Posted>,
) -> Result<Response, Refusal> {
    post(&state, &signed, Some(&id), &posted).await
}

async fn post(
    state: &Portals,
    signed: &Signed,
    id: Option<&EnvironmentId>,
    posted: &Posted,
) -> Result<Response, Refusal> {
    if first(posted, "do") != Some("save") {
        return look(state, signed, id, posted).await;
    }
    let draft = draft(posted);
    let saved = match id {
        None => state.portal.add_environment(&signed.actor, &draft).await,
        Some(id) => {
            // What is no number was never a version: it is refused like an old one.
            let number = version(posted).parse().unwrap_or(0);
            state.portal.change_environment(&signed.actor, id, number, &draft).await.map(|()| id.clone())
        }
    };
    match saved {
        Ok(id) => {
            signed.visit.say(Said::Done(format!("{} is saved. Check whether it works.", draft.name.trim()))).await;
            Ok(Redirect::to(&routes::environment(id.as_str())).into_response())
        }
        Err(error) => match told(Some(error)) {
            Ok((status, errors)) => {
                // What can be picked is asked for again; where that fails, everything is typed.
                let account = state.portal.look_into(&signed.actor, &draft).await.unwrap_or_else(|_| unseen());
                let version = match id {
                    // Whoever is told that it changed meanwhile, and saves once more, means it.
                    Some(id) if status == StatusCode::CONFLICT => {
                        match state.portal.managed_environment(&signed.actor, id).await {
                            Ok(environment) => environment.version.to_string(),
                            Err(error) => return Err(refusal(state, signed, error).await),
                        }
                    }
                    _ => version(posted).to_owned(),
                };
                shown(state, signed, id, Typed { version, draft, account: Some(account), status, errors }).await
            }
            Err(error) => Err(refusal(state, signed, error).await),
        },
    }
}

/// The version that a posted form changes.
fn version(posted: &Posted) -> &str {
    first(posted, "version").unwrap_or("1")
}
