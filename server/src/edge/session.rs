//! Who is asking: the session, and the person behind it.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ids::{TeamId, UserId},
    people::{Actor, Team},
};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::{address::Address, trace};
use crate::{state::Portals, views};

const PERSON: &str = "person";
const TOKEN: &str = "csrf";
const FLASH: &str = "flash";
const TEAM: &str = "team";
const SEEN: &str = "seen";
/// A session that is used is written down again at most this often: that is what keeps it from ending.
const TOUCH_MINUTES: i64 = 10;
/// A session ends after this many days, however often it is used.
const LONGEST_DAYS: i64 = 7;

/// Sent by an open page that looks again by itself.
const REFRESH: &str = "x-gantry-refresh";

/// Whether a page asks and not the person in front of it: a session ends although a tab is open, and what is said once
/// is said to people.
fn by_itself(parts: &Parts) -> bool {
    parts.headers.contains_key(REFRESH) || parts.uri.path() == app::routes::EVENTS
}

/// Who signed in, and when.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Person {
    user: UserId,
    since: DateTime<Utc>,
}

/// A sentence for the next page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Said {
    /// It worked.
    Done(String),
    /// It did not.
    Refused(String),
}

/// The session's CSRF token, if there is one.
pub async fn token(session: &Session) -> Option<String> {
    session.get::<String>(TOKEN).await.ok().flatten()
}

/// The session of a visitor, signed in or not.
#[derive(Clone)]
pub struct Visit {
    /// The session.
    pub session: Session,
    /// The person, while they may still sign in.
    pub actor: Option<Actor>,
    /// The CSRF token for forms.
    pub csrf: String,
    /// When they signed in.
    since: Option<DateTime<Utc>>,
    by_itself: bool,
}

impl Visit {
    /// Remembers who signed in, under a new session id and token, so that what was known before is worth nothing.
    pub async fn begin(&self, state: &Portals, user: UserId) -> Result<(), tower_sessions::session::Error> {
        self.session.cycle_id().await?;
        self.session.insert(TOKEN, new_token(state)).await?;
        self.session.insert(PERSON, Person { user, since: state.portal.clock.now() }).await
    }

    /// Forgets everything.
    pub async fn end(&self) -> Result<(), tower_sessions::session::Error> {
        self.session.flush().await
    }

    /// Whether nobody has signed out of it since it was read: another window shares it.
    async fn is_still_there(&self) -> Result<bool, tower_sessions::session::Error> {
        self.session.load().await?;
        Ok(self.session.get::<Person>(PERSON).await?.is_some())
    }

    /// Says something on the next page.
    pub async fn say(&self, said: Said) {
        if let Err(error) = self.session.insert(FLASH, said).await {
            tracing::warn!(%error, "a message for the next page was lost");
        }
    }

    /// What was said for this page.
    pub async fn said(&self) -> Option<Said> {
        // A removal makes the session one to be written down, also where there was nothing to remove.
        if self.by_itself || self.session.get_value(FLASH).await.ok().flatten().is_none() {
            return None;
        }
        self.session.remove(FLASH).await.ok().flatten()
    }

    /// The team that pages show first.
    pub async fn team(&self) -> Option<String> {
        self.session.get(TEAM).await.ok().flatten()
    }

    /// Chooses it.
    pub async fn set_team(&self, team: &str) {
        if let Err(error) = self.session.insert(TEAM, team).await {
            tracing::warn!(%error, "the chosen team was lost");
        }
    }
}

/// Only what is written lives on: reading alone would let a session end under its reader.
async fn touch(session: &Session, now: DateTime<Utc>) -> Result<(), tower_sessions::session::Error> {
    let seen = session.get::<DateTime<Utc>>(SEEN).await?;
    if seen.is_none_or(|seen| now - seen >= TimeDelta::minutes(TOUCH_MINUTES)) {
        session.insert(SEEN, now).await?;
    }
    Ok(())
}

fn new_token(state: &Portals) -> String {
    domain::ids::readable(&*state.portal.entropy, 32)
}

impl FromRequestParts<Portals> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Portals) -> Result<Self, Response> {
        let session = Session::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        let broken = |error: tower_sessions::session::Error| {
            tracing::error!(%error, "the session store failed");
            views::broken()
        };
        let csrf = match session.get::<String>(TOKEN).await.map_err(broken)? {
            Some(token) => token,
            None => {
                let token = new_token(state);
                session.insert(TOKEN, token.clone()).await.map_err(broken)?;
                token
            }
        };
        let by_itself = by_itself(parts);
        let (mut actor, mut since) = (None, None);
        if let Some(person) = session.get::<Person>(PERSON).await.map_err(broken)? {
            if state.portal.clock.now() - person.since < TimeDelta::days(LONGEST_DAYS) {
                since = Some(person.since);
                let Ok(Address(address)) = Address::from_request_parts(parts, state).await;
                actor = state.portal.actor_in_session(&person.user, person.since, address).await.map_err(|error| {
                    tracing::error!(%error, "the person behind a session could not be read");
                    views::broken()
                })?;
            }
            if let Some(actor) = &actor {
                trace::asked_by(&actor.user.id);
            }
            if actor.is_none() {
                session.flush().await.map_err(broken)?;
            } else if !by_itself {
                touch(&session, state.portal.clock.now()).await.map_err(broken)?;
            }
        }
        Ok(Self { session, actor: actor.filter(|actor| !actor.user.disabled), csrf, since, by_itself })
    }
}

/// A visitor who is signed in; anyone else is sent to the door.
#[derive(Clone)]
pub struct Signed {
    /// Who.
    pub actor: Actor,
    /// Their visit.
    pub visit: Visit,
    /// The address asked for.
    pub here: String,
}

impl Signed {
    /// The person as they are by now; none when their session was ended elsewhere, or they may not sign in any more.
    pub async fn again(&self, state: &Portals) -> service::Result<Option<Actor>> {
        let Some(since) = self.visit.since else { return Ok(None) };
        match self.visit.is_still_there().await {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => {
                tracing::error!(%error, "a session could not be read again");
                return Ok(None);
            }
        }
        state.portal.actor_in_session(&self.actor.user.id, since, self.actor.address.clone()).await
    }

    /// The team that pages show: the chosen one, else the first.
    pub async fn team(&self) -> Option<&Team> {
        let chosen = self.visit.team().await;
        let teams = || self.actor.teams.iter().map(|(team, _)| team);
        teams().find(|team| Some(team.id.as_str()) == chosen.as_deref()).or_else(|| teams().next())
    }

    /// The person as a member of that team only: lists show what the switcher says.
    pub async fn in_team(&self) -> Actor {
        only_in(&self.actor, self.team().await.map(|team| &team.id))
    }
}

/// A person as a member of one of their teams only.
pub fn only_in(actor: &Actor, team: Option<&TeamId>) -> Actor {
    let mut actor = actor.clone();
    actor.teams.retain(|(one, _)| Some(&one.id) == team);
    actor
}

impl FromRequestParts<Portals> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Portals) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, state).await?;
        let here = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        match visit.actor.clone() {
            Some(actor) => Ok(Self { actor, visit, here }),
            None if parts.method == axum::http::Method::GET && accepts_html(parts) => {
                let next: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
                Err(Redirect::to(&format!("/sign-in?return_to={next}")).into_response())
            }
            None => Err(StatusCode::UNAUTHORIZED.into_response()),
        }
    }
}

fn accepts_html(parts: &Parts) -> bool {
    let accept = parts.headers.get(axum::http::header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_none_or(|accept| accept.contains("text/html") || accept.contains("*/*"))
}
