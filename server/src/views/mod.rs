//! What the use cases answer, in the words and numbers that pages show. Pure mapping; one file per subject.

pub mod api_docs;
pub mod environments;
pub mod form;
pub mod home;
pub mod left;
pub mod list;
pub mod people;
pub mod plan;
pub mod request;
pub mod run;
pub mod search;
pub mod settings;
pub mod stack;
pub mod status;

use app::{Flash, Follows, Frame, Moment, NavItem, Page, TeamLink, pages::errors::ErrorPage};
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use domain::{
    DateTime, Utc,
    authz::{Action, Object, may},
    people::{Actor, PlatformRole, TeamRole},
};
use service::live::{Reader, Topic};

use crate::{
    edge::{
        session::{Said, Signed},
        trace,
    },
    state::Portals,
};

/// The frame around a page for this reader.
pub async fn frame(state: &Portals, signed: &Signed, active: NavItem) -> Frame {
    let actor = &signed.actor;
    let inbox = state.portal.inbox_count(actor).await.unwrap_or_else(|error| {
        crate::error::log(&error);
        0
    });
    let teams: Vec<TeamLink> =
        actor.teams.iter().map(|(team, _)| TeamLink { id: team.id.to_string(), name: team.title.clone() }).collect();
    let team = signed.team().await.map(|team| TeamLink { id: team.id.to_string(), name: team.title.clone() });
    let role = match (actor.user.platform_role, team.as_ref()) {
        (Some(PlatformRole::Platform), _) => "Platform team".to_owned(),
        (Some(PlatformRole::Auditor), _) => "Auditor".to_owned(),
        (Some(PlatformRole::Admin), _) => "Administrator".to_owned(),
        (None, Some(team)) => {
            let role = actor.teams.iter().find(|(one, _)| one.id.as_str() == team.id).map(|(_, role)| *role);
            let role = match role {
                Some(TeamRole::Owner) => "Owner",
                Some(TeamRole::Developer) => "Developer",
                _ => "Viewer",
            };
            format!("{role} in {}", team.name)
        }
        (None, None) => "In no team yet".to_owned(),
    };
    Frame {
        user_id: actor.user.id.to_string(),
        head: trace::head(),
        user_name: actor.user.name.clone(),
        user_role: role,
        team,
        teams,
        is_platform: actor.user.platform_role == Some(PlatformRole::Platform),
        administration: administration(actor),
        may_audit: actor.user.platform_role.is_some(),
        inbox_count: u32::try_from(inbox).unwrap_or(u32::MAX),
        active,
        csrf: signed.visit.csrf.clone(),
        here: signed.here.clone(),
        flash: signed.visit.said().await.map(|said| match said {
            Said::Done(text) => Flash::Done(text),
            Said::Refused(text) => Flash::Refused(text),
        }),
        ..Frame::default()
    }
}

/// The frame around a page that is kept up to date. To be had before what the page shows is read.
pub async fn live_frame(state: &Portals, signed: &Signed, active: NavItem, topic: Topic) -> Frame {
    let reader = Reader { actor: signed.actor.clone(), in_team: signed.in_team().await };
    let follows = match state.portal.mark(&reader, &topic).await {
        Ok(mark) => Some(Follows { topic: topic.to_string(), mark, ..Follows::default() }),
        // The page says why it cannot be shown.
        Err(_) => None,
    };
    Frame { follows, ..frame(state, signed, active).await }
}

/// What of the portal itself the reader may look after, or inspect.
fn administration(actor: &Actor) -> Vec<NavItem> {
    let may = |action| may(actor, action, Object::default()).is_ok();
    [
        (NavItem::Teams, service::teams::may_read_teams(actor)),
        (NavItem::Environments, may(Action::InspectEnvironments)),
        (NavItem::Templates, may(Action::InspectTemplates)),
        (NavItem::People, may(Action::ManagePeople)),
    ]
    .into_iter()
    .filter_map(|(item, is_open)| is_open.then_some(item))
    .collect()
}

/// A page with its status.
pub fn page(status: StatusCode, frame: Frame, page: impl Page) -> Response {
    (status, Html(app::render(frame, page))).into_response()
}

/// A refusal for somebody whom we do not know.
pub fn bare_error(status: StatusCode, heading: &str, what: &str) -> Response {
    let page = ErrorPage {
        heading: heading.to_owned(),
        what: what.to_owned(),
        next: String::new(),
        link: Some(("To the start".to_owned(), app::routes::HOME.to_owned())),
    };
    (status, Html(app::render_bare(trace::head(), String::new(), None, page))).into_response()
}

/// The page for what is our fault and not even knows who asks; the log has more under its reference.
pub fn broken() -> Response {
    let reference = trace::request_id().unwrap_or_default();
    let what = format!(
        "This is our fault; runs that are under way go on. Try again in a moment. If it stays, tell those who run Gantry this reference: {reference}."
    );
    bare_error(StatusCode::INTERNAL_SERVER_ERROR, "Something broke", &what)
}

/// An instant as seen now.
pub fn moment(state: &Portals, at: DateTime<Utc>) -> Moment {
    Moment::new(at, state.portal.clock.now())
}
