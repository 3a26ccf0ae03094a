//! One's own account and the tokens of one's programs.

use app::{
    Moment, NavItem,
    pages::account::{AccountPage, MadeToken, ScopeChoice, TokenRow},
    routes,
};
use axum::{
    extract::{Query, RawForm, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    DateTime, Utc,
    ids::TokenId,
    people::{Actor, PlatformRole, TeamRole},
    token::{ApiToken, Scope},
};
use serde::Deserialize;
use service::{ServiceError, tokens::NewToken};

use crate::{
    edge::{
        id::Id,
        session::{Said, Signed},
    },
    error::Refusal,
    state::Portals,
    views::{self, form::errors, list},
};

/// What is picked before anybody has picked something.
const DAYS: u32 = 90;

/// So many tokens are on a page. A person has not many more, and there is more on the page than they.
const PAGE: usize = 20;

/// Which tokens.
#[derive(Deserialize)]
pub struct Which {
    /// The id of the last token of the page before.
    after: Option<String>,
}

fn row(token: ApiToken, now: DateTime<Utc>) -> TokenRow {
    TokenRow {
        id: token.id.to_string(),
        expired: token.has_expired(now),
        expires: Moment::new(token.expires_at, now),
        used: token.last_used_at.map(|at| Moment::new(at, now)),
        scopes: token.scopes.iter().map(ToString::to_string).collect(),
        prefix: token.prefix,
        name: token.name,
    }
}

/// The page that begins after the token with this id, or at the newest.
fn page(
    actor: &Actor,
    tokens: Vec<ApiToken>,
    after: Option<&str>,
    typed: &NewToken,
    now: DateTime<Utc>,
) -> AccountPage {
    let token_count = tokens.len();
    let from = after
        .map_or(0, |after| tokens.iter().position(|token| token.id.as_str() == after).map_or(token_count, |at| at + 1));
    let shown: Vec<ApiToken> = tokens.into_iter().skip(from).take(PAGE).collect();
    let next = shown.last().map(|token| token.id.to_string()).filter(|_| from + PAGE < token_count);
    let role = |role: PlatformRole| match role {
        PlatformRole::Platform => "Platform team",
        PlatformRole::Auditor => "Auditor",
        PlatformRole::Admin => "Administrator",
    };
    let member = |role: TeamRole| match role {
        TeamRole::Owner => "Owner",
        TeamRole::Developer => "Developer",
        TeamRole::Viewer => "Viewer",
    };
    AccountPage {
        name: actor.user.name.clone(),
        email: actor.user.email.clone(),
        role: actor.user.platform_role.map(|one| role(one).to_owned()),
        teams: actor.teams.iter().map(|(team, role)| (team.title.clone(), member(*role).to_owned())).collect(),
        pages: list::pages(routes::ACCOUNT, &[], after.is_some(), next.as_deref()),
        tokens: shown.into_iter().map(|token| row(token, now)).collect(),
        token_count,
        scopes: Scope::ALL
            .iter()
            .map(|scope| ScopeChoice {
                value: scope.to_string(),
                help: scope.sentence().to_owned(),
                picked: typed.scopes.contains(scope),
            })
            .collect(),
        token_name: typed.name.clone(),
        token_days: typed.days,
        ..AccountPage::default()
    }
}

/// `GET /account`
pub async fn show(
    State(state): State<Portals>,
    signed: Signed,
    Query(Which { after }): Query<Which>,
) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Nowhere).await;
    let typed = NewToken { scopes: [Scope::Read].into(), days: DAYS, ..NewToken::default() };
    match state.portal.tokens(&signed.actor).await {
        Ok(tokens) => {
            let page = page(&signed.actor, tokens, after.as_deref(), &typed, state.portal.clock.now());
            Ok(views::page(StatusCode::OK, frame, page))
        }
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// What the form posts: `scopes` once for each that is picked.
fn read(form: &[u8]) -> NewToken {
    let mut wanted = NewToken::default();
    for (name, value) in form_urlencoded::parse(form) {
        match &*name {
            "name" => wanted.name = value.into_owned(),
            "scopes" => wanted.scopes.extend(value.parse::<Scope>().ok()),
            "days" => wanted.days = value.parse().unwrap_or_default(),
            _ => {}
        }
    }
    wanted
}

/// `POST /account/tokens`. It answers with the page itself and not with a redirect: the text must be shown once, and would
/// have to be kept somewhere in between. Sent again, it is refused, because the name is taken.
pub async fn create_token(
    State(state): State<Portals>,
    signed: Signed,
    RawForm(form): RawForm,
) -> Result<Response, Refusal> {
    let (typed, now) = (read(&form), state.portal.clock.now());
    let made = state.portal.create_token(&signed.actor, &typed).await;
    let frame = views::frame(&state, &signed, NavItem::Nowhere).await;
    let tokens = match state.portal.tokens(&signed.actor).await {
        Ok(tokens) => tokens,
        Err(error) => return Err(Refusal::new(error, frame)),
    };
    match made {
        Ok(made) => {
            let typed = NewToken { scopes: [Scope::Read].into(), days: DAYS, ..NewToken::default() };
            let page = AccountPage {
                made: Some(MadeToken { name: made.token.name, text: made.text.reveal().to_owned() }),
                ..page(&signed.actor, tokens, None, &typed, now)
            };
            Ok(views::page(StatusCode::CREATED, frame, page))
        }
        Err(ServiceError::Invalid(problems)) => {
            let page = AccountPage { errors: errors(&problems), ..page(&signed.actor, tokens, None, &typed, now) };
            Ok(views::page(StatusCode::UNPROCESSABLE_ENTITY, frame, page))
        }
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// `POST /account/tokens/{id}/revoke`
pub async fn revoke_token(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<TokenId>,
) -> Result<Response, Refusal> {
    match state.portal.revoke_token(&signed.actor, &id).await {
        Ok(token) => {
            signed.visit.say(Said::Done(format!("The token {} is worth nothing any more.", token.name))).await;
            Ok(Redirect::to(routes::ACCOUNT).into_response())
        }
        Err(error) => Err(Refusal::new(error, views::frame(&state, &signed, NavItem::Nowhere).await)),
    }
}
