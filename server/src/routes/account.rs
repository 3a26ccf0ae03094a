//! Signing in and out, and the first account.

use app::{
    FieldError,
    pages::{errors::ErrorPage, set_up::SetUpPage, sign_in::SignInPage},
    routes,
};
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use service::{ServiceError, accounts::SetUp};

use crate::{
    edge::{
        address::Address,
        session::{Said, Signed, Visit},
        trace,
    },
    error::{log, status},
    state::Portals,
    views::{self, form::errors},
};

/// Only paths of our own are gone to afterwards. Browsers leave out tabs and ends of lines: `/` and a tab before a second `/`
/// would be another host.
pub fn local(path: &str) -> &str {
    let is_ours = path.starts_with('/') && !path.starts_with("//");
    if is_ours && !path.contains(|c: char| c == '\\' || c.is_control()) { path } else { routes::HOME }
}

/// A page for whoever is not signed in.
pub fn bare(status: StatusCode, visit: &Visit, page: impl app::Page) -> Response {
    (status, Html(app::render_bare(trace::head(), visit.csrf.clone(), None, page))).into_response()
}

/// Lets somebody in.
pub async fn enter(state: &Portals, visit: &Visit, actor: domain::people::Actor, to: &str) -> Response {
    match visit.begin(state, actor.user.id).await {
        Ok(()) => Redirect::to(to).into_response(),
        Err(error) => {
            tracing::error!(%error, "the session could not be kept");
            views::broken()
        }
    }
}

/// Where to go afterwards.
#[derive(Deserialize)]
pub struct ReturnTo {
    #[serde(default)]
    return_to: String,
}

/// `GET /sign-in`
pub async fn sign_in_page(visit: Visit, Query(query): Query<ReturnTo>) -> Response {
    if visit.actor.is_some() {
        return Redirect::to(local(&query.return_to)).into_response();
    }
    bare(StatusCode::OK, &visit, SignInPage { return_to: query.return_to, ..SignInPage::default() })
}

/// What the form posts.
#[derive(Deserialize)]
pub struct SignIn {
    email: String,
    password: String,
    #[serde(default)]
    return_to: String,
}

/// `POST /sign-in`
pub async fn sign_in(
    State(state): State<Portals>,
    visit: Visit,
    address: Address,
    Form(form): Form<SignIn>,
) -> Response {
    match state.portal.sign_in(&form.email, &form.password, address.0).await {
        Ok(actor) => enter(&state, &visit, actor, local(&form.return_to)).await,
        Err(error) => {
            log(&error);
            let page = SignInPage {
                email: form.email,
                error: Some(error.to_string()),
                return_to: form.return_to,
                hints: vec![],
            };
            bare(status(&error), &visit, page)
        }
    }
}

/// `POST /sign-out`
pub async fn sign_out(State(state): State<Portals>, signed: Signed) -> Response {
    if let Err(error) = state.portal.sign_out(&signed.actor).await {
        log(&error);
    }
    if let Err(error) = signed.visit.end().await {
        tracing::error!(%error, "a session could not be ended");
        return views::broken();
    }
    Redirect::to(routes::SIGN_IN).into_response()
}

/// The token of the link.
#[derive(Deserialize)]
pub struct Token {
    #[serde(default)]
    token: String,
}

/// `GET /set-up`
pub async fn set_up_page(State(state): State<Portals>, visit: Visit, Query(query): Query<Token>) -> Response {
    match state.portal.is_set_up().await {
        Ok(false) => {}
        Ok(true) => {
            let page = ErrorPage {
                heading: "Gantry is set up already".to_owned(),
                what: "This link made the first account, or came too late for it.".to_owned(),
                next: "Sign in, or ask an administrator for an invitation.".to_owned(),
                link: Some(("Sign in".to_owned(), routes::SIGN_IN.to_owned())),
            };
            return bare(StatusCode::GONE, &visit, page);
        }
        Err(error) => {
            log(&error);
            return views::broken();
        }
    }
    bare(StatusCode::OK, &visit, SetUpPage { token: query.token, ..SetUpPage::default() })
}

/// What the form posts.
#[derive(Deserialize)]
pub struct SetUpForm {
    token: String,
    name: String,
    email: String,
    password: String,
    password_again: String,
}

/// `POST /set-up`
pub async fn set_up(
    State(state): State<Portals>,
    visit: Visit,
    address: Address,
    Form(form): Form<SetUpForm>,
) -> Response {
    let mut wrong = vec![];
    if form.password != form.password_again {
        wrong.push(FieldError {
            path: "password_again".to_owned(),
            code: "differs".to_owned(),
            message: "The two passwords differ.".to_owned(),
        });
    } else {
        let set_up = SetUp {
            token: form.token.clone(),
            name: form.name.clone(),
            email: form.email.clone(),
            password: form.password,
        };
        match state.portal.set_up(set_up, address.0).await {
            Ok(actor) => {
                visit
                    .say(Said::Done("Welcome. Add your teams, and invite the people who work in them.".to_owned()))
                    .await;
                return enter(&state, &visit, actor, routes::HOME).await;
            }
            Err(ServiceError::Invalid(problems)) => wrong = errors(&problems),
            Err(error) => {
                log(&error);
                wrong.push(FieldError {
                    path: String::new(),
                    code: error.code().to_owned(),
                    message: error.to_string(),
                });
            }
        }
    }
    let page = SetUpPage { token: form.token, name: form.name, email: form.email, errors: wrong };
    bare(StatusCode::UNPROCESSABLE_ENTITY, &visit, page)
}
