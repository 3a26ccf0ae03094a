//! Teams and who is in them.

use app::{
    FieldError, NavItem,
    pages::{
        team::{Member, TeamPage},
        teams::{TeamRow, TeamsPage},
    },
    routes,
};
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    authz::{Action, Object, may},
    cost::dollars,
    ids::{TeamId, UserId},
    people::{TeamRole, User},
};
use serde::Deserialize;
use service::{
    ServiceError,
    teams::{NewTeam, TeamCard, TeamChange, TeamDetail},
};

use crate::{
    edge::{
        id::{self as edge, Id},
        session::{Said, Signed},
    },
    error::Refusal,
    state::Portals,
    views::{
        self,
        form::told,
        list, people,
        settings::{field, line, posted_team_role, section},
    },
};

fn row(card: &TeamCard) -> TeamRow {
    TeamRow {
        id: card.team.id.to_string(),
        name: card.team.name.clone(),
        title: card.team.title.clone(),
        members: card.members,
        owners: card.owners,
        stacks: card.stacks,
        cost: dollars(card.monthly_micros),
    }
}

fn may_manage_people(signed: &Signed) -> bool {
    may(&signed.actor, Action::ManagePeople, Object::default()).is_ok()
}

/// `GET /teams`
pub async fn list(State(state): State<Portals>, signed: Signed) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Teams).await;
    match state.portal.teams(&signed.actor).await {
        Ok(cards) => {
            let page = TeamsPage { rows: cards.iter().map(row).collect(), may_add: may_manage_people(&signed) };
            Ok(views::page(StatusCode::OK, frame, page))
        }
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// `GET /teams/new`
pub async fn new(State(state): State<Portals>, signed: Signed) -> Result<Response, Refusal> {
    let frame = views::frame(&state, &signed, NavItem::Teams).await;
    match may(&signed.actor, Action::ManagePeople, Object::default()) {
        Ok(()) => Ok(views::page(StatusCode::OK, frame, people::new_team_page("", "", vec![]))),
        Err(denied) => Err(Refusal::new(denied, frame)),
    }
}

/// What the form posts.
#[derive(Deserialize)]
pub struct New {
    #[serde(default)]
    name: String,
    #[serde(default)]
    title: String,
}

/// `POST /teams/new`
pub async fn add(State(state): State<Portals>, signed: Signed, Form(form): Form<New>) -> Result<Response, Refusal> {
    let new = NewTeam { name: form.name, title: form.title };
    match state.portal.add_team(&signed.actor, &new).await {
        Ok(id) => {
            signed.visit.say(Said::Done(format!("The team {} is there. Add its owner first.", new.title.trim()))).await;
            Ok(Redirect::to(&routes::team(id.as_str())).into_response())
        }
        Err(error) => {
            let frame = views::frame(&state, &signed, NavItem::Teams).await;
            match told(Some(error)) {
                Ok((status, told)) => {
                    Ok(views::page(status, frame, people::new_team_page(&new.name, &new.title, told)))
                }
                Err(error) => Err(Refusal::new(error, frame)),
            }
        }
    }
}

fn page(signed: &Signed, detail: &TeamDetail, search: Search, typed: Typed, errors: Vec<FieldError>) -> TeamPage {
    let TeamCard { team, stacks, monthly_micros, .. } = &detail.card;
    let member = |(user, role): &(User, TeamRole)| Member {
        id: user.id.to_string(),
        name: user.name.clone(),
        email: user.email.clone(),
        role: role.to_string(),
        disabled: user.disabled,
        is_reader: user.id == signed.actor.user.id,
    };
    let wanted = search.q.trim().to_lowercase();
    let fits = |user: &User| user.name.to_lowercase().contains(&wanted) || user.email.contains(&wanted);
    let found = detail.members.iter().filter(|(user, _)| fits(user));
    let found: Vec<_> = match &search.after {
        None => found.collect(),
        Some(after) => found.skip_while(|(user, _)| user.id.as_str() != after).skip(1).collect(),
    };
    let (shown, last) = list::cut(&found, PAGE);
    let last = last.map(|(user, _)| user.id.as_str());
    let title = typed.title.unwrap_or_else(|| team.title.clone());
    TeamPage {
        id: team.id.to_string(),
        name: team.name.clone(),
        title: team.title.clone(),
        version: typed.version.unwrap_or(team.version).to_string(),
        stacks: *stacks,
        cost: dollars(*monthly_micros),
        members: shown.iter().copied().map(member).collect(),
        is_long: detail.members.len() > PAGE as usize,
        pages: list::pages(&routes::team(team.id.as_str()), &[("q", &search.q)], search.after.is_some(), last),
        query: search.q,
        refused: detail.may_manage.as_ref().err().map(|_| "Owners of the team change who is in it.".to_owned()),
        may_open_people: may_manage_people(signed),
        adding: typed.adding.unwrap_or_else(|| (String::new(), TeamRole::Developer.to_string())),
        sections: vec![section(
            "name",
            "Name",
            "As everybody reads it. The short name stands in tags in AWS and stays.",
            vec![field("title", "Name of the team", "", line(&title, "", 64))],
        )],
        errors,
    }
}

/// Which members.
#[derive(Default, Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
    /// The last member of the page before.
    after: Option<String>,
}

/// How many members a page shows.
const PAGE: u32 = 50;

/// What was typed and refused.
#[derive(Default)]
struct Typed {
    adding: Option<(String, String)>,
    title: Option<String>,
    version: Option<i64>,
}

async fn shown(
    state: &Portals,
    signed: &Signed,
    id: &TeamId,
    search: Search,
    typed: Typed,
    refused: Option<ServiceError>,
) -> Result<Response, Refusal> {
    let frame = views::frame(state, signed, NavItem::Teams).await;
    let read = async {
        let (status, told) = told(refused)?;
        Ok::<_, ServiceError>((status, told, state.portal.team(&signed.actor, id).await?))
    };
    match read.await {
        Ok((status, told, detail)) => Ok(views::page(status, frame, page(signed, &detail, search, typed, told))),
        Err(error) => Err(Refusal::new(error, frame)),
    }
}

/// `GET /teams/{id}`
pub async fn show(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<TeamId>,
    Query(search): Query<Search>,
) -> Result<Response, Refusal> {
    shown(&state, &signed, &id, search, Typed::default(), None).await
}

async fn done(signed: &Signed, id: &TeamId, sentence: String) -> Result<Response, Refusal> {
    signed.visit.say(Said::Done(sentence)).await;
    Ok(Redirect::to(&routes::team(id.as_str())).into_response())
}

/// What the form with the title posts.
#[derive(Deserialize)]
pub struct Rename {
    #[serde(default)]
    version: i64,
    #[serde(default)]
    title: String,
}

/// `POST /teams/{id}`
pub async fn rename(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<TeamId>,
    Form(form): Form<Rename>,
) -> Result<Response, Refusal> {
    let change = TeamChange { version: form.version, title: form.title };
    match state.portal.rename_team(&signed.actor, &id, &change).await {
        Ok(()) => done(&signed, &id, format!("The team is called {} now.", change.title.trim())).await,
        Err(error) => {
            // Whoever is told that it changed meanwhile, and saves once more, means it.
            let version = matches!(error, ServiceError::Invalid(_)).then_some(change.version);
            let typed = Typed { title: Some(change.title), version, ..Typed::default() };
            shown(&state, &signed, &id, Search::default(), typed, Some(error)).await
        }
    }
}

/// What the form with a new member posts.
#[derive(Deserialize)]
pub struct NewMember {
    #[serde(default)]
    email: String,
    #[serde(default)]
    role: String,
}

/// `POST /teams/{id}/members`
pub async fn add_member(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<TeamId>,
    Form(form): Form<NewMember>,
) -> Result<Response, Refusal> {
    let added = async {
        let role = posted_team_role(&form.role)?;
        state.portal.add_member(&signed.actor, &id, &form.email, role).await
    };
    match added.await {
        Ok(user) => done(&signed, &id, format!("{} is {} now.", user.name, form.role)).await,
        Err(error) => {
            let typed = Typed { adding: Some((form.email, form.role)), ..Typed::default() };
            shown(&state, &signed, &id, Search::default(), typed, Some(error)).await
        }
    }
}

/// What the form beside a member posts.
#[derive(Deserialize)]
pub struct NewRole {
    #[serde(default)]
    role: String,
    /// The role that the page showed.
    #[serde(default)]
    shown: String,
}

/// `POST /teams/{id}/members/{member}/role`
pub async fn change_member(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<TeamId>,
    edge::Member(member): edge::Member<UserId>,
    Form(form): Form<NewRole>,
) -> Result<Response, Refusal> {
    let changed = async {
        let (shown, role) = (posted_team_role(&form.shown)?, posted_team_role(&form.role)?);
        state.portal.change_member(&signed.actor, &id, &member, shown, role).await
    };
    match changed.await {
        Ok(user) => done(&signed, &id, format!("{} is {} now.", user.name, form.role)).await,
        Err(error) => shown(&state, &signed, &id, Search::default(), Typed::default(), Some(error)).await,
    }
}

/// `POST /teams/{id}/members/{member}/remove`
pub async fn remove_member(
    State(state): State<Portals>,
    signed: Signed,
    Id(id): Id<TeamId>,
    edge::Member(member): edge::Member<UserId>,
) -> Result<Response, Refusal> {
    match state.portal.remove_member(&signed.actor, &id, &member).await {
        // Whoever took themselves out does not see the team any more.
        Ok(user) if user.id == signed.actor.user.id && !may_manage_people(&signed) => {
            signed.visit.say(Said::Done("You left the team.".to_owned())).await;
            Ok(Redirect::to(routes::TEAMS).into_response())
        }
        Ok(user) => done(&signed, &id, format!("{} is not in the team any more.", user.name)).await,
        Err(error) => shown(&state, &signed, &id, Search::default(), Typed::default(), Some(error)).await,
    }
}
