//! People, and the links that let them in.

use app::{
    FieldError, NavItem,
    pages::{join::JoinPage, people::PeoplePage},
    routes,
};
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::ids::UserId;
use serde::Deserialize;
use service::{
    ServiceError,
    accounts::{Invitation, Join, PersonChange},
};
use storage::Page;

use super::account::{bare, enter};
use crate::{
    edge::{
        address::Address,
        id::Id,
        session::{Said, Signed, Visit},
    },
    error::{Refusal, log, status as refusal_status},
    state::Portals,
    views::{
        self,
        form::{
            errors, in_the_way,
            posted::{Posted, first},
            told,
        },
        list, people,
        settings::posted_platform_role,
    },
};

async fn refusal(state: &Portals, signed: &Signed, error: ServiceError) -> Refusal {
    Refusal::new(error, views::frame(state, signed, NavItem::People).await)
}

/// The search.
#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
    /// The last person of the page before.
    after: Option<String>,
}

/// How many a page shows.
const PAGE: u32 = 50;

/// `GET /people`
pub async fn list(
    State(state): State<Portals>,
    signed: Signed,
    Query(search): Query<Search>,
) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::People).await;
    let is_later = search.after.is_some();
    let page = Page { after: search.after, limit: PAGE + 1 };
    let found = match state.portal.people(&signed.actor, &search.q, &page).await {
        Ok(found) => found,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    let now = state.portal.clock.now();
    let (shown, last) = list::cut(&found, PAGE);
    let rows = shown.iter().map(|card| people::row(card, now)).collect();
    let last = last.map(|card| card.account.user.id.as_str());
    let pages = list::pages(routes::PEOPLE, &[("q", &search.q)], is_later, last);
    Ok(views::page(StatusCode::OK, frame, PeoplePage { query: search.q, rows, pages }))
}

/// `GET /people/{id}`
pub async fn show(State(state): State<Portals>, signed: Signed, Id(id): Id<UserId>) -> Result<Response, Refusal> {
    shown(&state, &signed, &id, None, None).await
}

async fn shown(
    state: &Portals,
    signed: &Signed,
    id: &UserId,
    typed: Option<&Change>,
    refused: Option<ServiceError>,
) -> Result<Response, Refusal> {
    let frame = views::frame(state, signed, NavItem::People).await;
    let read = async {
        let (status, told) = told(refused)?;
        Ok::<_, ServiceError>((status, told, state.portal.person(&signed.actor, id).await?))
    };
    match read.await {
        Ok((status, told, detail)) => {
            let version = match typed {
                Some(typed) if status == StatusCode::UNPROCESSABLE_ENTITY => typed.version,
                // Whoever is told that it changed meanwhile, and saves once more, means it.
                _ => detail.card.account.user.version,
            };
            let form = typed.map(|typed| (typed.name.as_str(), typed.role.as_str()));
            let page = people::page(&detail, form, version, told, state.portal.clock.now());
            Ok(views::page(status, frame, page))
        }
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// What the page of a person posts.
#[derive(Deserialize)]
pub struct Change {
    #[serde(default)]
    version: i64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
}

/// `POST /people/{id}`
pub async fn change(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<UserId>,
    Form(form): Form<Change>,
) -> Result<Response, Refusal> {
    let changed = async {
        let role = posted_platform_role(&form.role)?;
        let change = PersonChange { version: form.version, name: form.name.clone(), role };
        state.portal.change_person(&signed.actor, &id, &change).await
    };
    match changed.await {
        Ok(user) => {
            signed.visit.say(Said::Done(format!("The account of {} was changed.", user.name))).await;
            Ok(Redirect::to(&routes::person(id.as_str())).into_response())
        }
        Err(error) => shown(&state, &signed, &id, Some(&form), Some(error)).await,
    }
}

/// `POST /people/{id}/disable`
pub async fn disable(State(state): State<Portals>, signed: Signed, Id(id): Id<UserId>) -> Result<Response, Refusal> {
    set_disabled(&state, &signed, &id, true).await
}

/// `POST /people/{id}/enable`
pub async fn enable(State(state): State<Portals>, signed: Signed, Id(id): Id<UserId>) -> Result<Response, Refusal> {
    set_disabled(&state, &signed, &id, false).await
}

async fn set_disabled(state: &Portals, signed: &Signed, id: &UserId, disabled: bool) -> Result<Response, Refusal> {
    match state.portal.set_disabled(&signed.actor, id, disabled).await {
        Ok(user) => {
            let said = if disabled { "is out: every session has ended" } else { "can sign in again" };
            signed.visit.say(Said::Done(format!("{} {said}.", user.name))).await;
            Ok(Redirect::to(&routes::person(id.as_str())).into_response())
        }
        Err(error) => shown(state, signed, id, None, Some(error)).await,
    }
}

/// `POST /people/{id}/link`: the answer is the only place where the link ever stands.
pub async fn link(State(state): State<Portals>, signed: Signed, Id(id): Id<UserId>) -> Result<Response, Refusal> {
    match state.portal.reset_password(&signed.actor, &id).await {
        Ok(link) => {
            let frame = views::frame(&state, &signed, NavItem::People).await;
            let page = people::link_page(&link, &state.config.public_url, state.portal.clock.now());
            Ok(views::page(StatusCode::OK, frame, page))
        }
        Err(error) => Err(refusal(&state, &signed, error).await),
    }
}

/// `GET /people/invite`
pub async fn invite_page(State(state): State<Portals>, signed: Signed) -> Result<Response, Refusal> {
    invite_form(&state, &signed, &vec![], None).await
}

async fn invite_form(
    state: &Portals,
    signed: &Signed,
    posted: &Posted,
    refused: Option<ServiceError>,
) -> Result<Response, Refusal> {
    let frame = views::frame(state, signed, NavItem::People).await;
    let read = async {
        let (status, told) = told(refused)?;
        Ok::<_, ServiceError>((status, told, state.portal.teams_to_invite_into(&signed.actor).await?))
    };
    match read.await {
        Ok((status, told, teams)) => Ok(views::page(status, frame, people::invite_page(posted, &teams, told))),
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// `POST /people/invite`
pub async fn invite(
    State(state): State<Portals>,
    signed: Signed,
    Form(posted): Form<Posted>,
) -> Result<Response, Refusal> {
    let typed = |name: &str| first(&posted, name).unwrap_or_default().to_owned();
    let invited = async {
        let role = posted_platform_role(&typed("role"))?;
        let teams = people::picked(&posted)?;
        let invitation = Invitation { name: typed("name"), email: typed("email"), role, teams };
        state.portal.invite(&signed.actor, &invitation).await
    };
    match invited.await {
        Ok(link) => {
            let frame = views::frame(&state, &signed, NavItem::People).await;
            let page = people::link_page(&link, &state.config.public_url, state.portal.clock.now());
            Ok(views::page(StatusCode::OK, frame, page))
        }
        Err(error) => invite_form(&state, &signed, &posted, Some(error)).await,
    }
}

/// The token of the link.
#[derive(Deserialize)]
pub struct Token {
    #[serde(default)]
    token: String,
}

/// `GET /join`
pub async fn join_page(State(state): State<Portals>, visit: Visit, Query(query): Query<Token>) -> Response {
    join_form(&state, &visit, query.token, StatusCode::OK, vec![]).await
}

async fn join_form(
    state: &Portals,
    visit: &Visit,
    token: String,
    status: StatusCode,
    errors: Vec<FieldError>,
) -> Response {
    let person = match state.portal.invited(&token).await {
        Ok(person) => person.map(|user| (user.name, user.email)),
        Err(error) => {
            log(&error);
            return views::bare_error(refusal_status(&error), "Not now", &error.to_string());
        }
    };
    let status = if person.is_none() && status == StatusCode::OK { StatusCode::NOT_FOUND } else { status };
    bare(status, visit, JoinPage { token, person, errors })
}

/// What the form posts.
#[derive(Deserialize)]
pub struct JoinForm {
    #[serde(default)]
    token: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    password_again: String,
}

/// `POST /join`
pub async fn join(
    State(state): State<Portals>,
    visit: Visit,
    address: Address,
    Form(form): Form<JoinForm>,
) -> Response {
    if form.password != form.password_again {
        let differs = FieldError {
            path: "password_again".to_owned(),
            code: "differs".to_owned(),
            message: "The two passwords differ.".to_owned(),
        };
        return join_form(&state, &visit, form.token, StatusCode::UNPROCESSABLE_ENTITY, vec![differs]).await;
    }
    let join = Join { token: form.token.clone(), password: form.password };
    match state.portal.join(join, address.0).await {
        Ok(actor) => {
            visit.say(Said::Done(format!("Welcome, {}.", actor.user.name))).await;
            enter(&state, &visit, actor, routes::HOME).await
        }
        Err(error) => {
            log(&error);
            let wrong = match &error {
                ServiceError::Invalid(problems) => errors(problems),
                other => vec![in_the_way(other)],
            };
            join_form(&state, &visit, form.token, refusal_status(&error), wrong).await
        }
    }
}
