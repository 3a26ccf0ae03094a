//! Whom the token speaks for.

use axum::Json;
use domain::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    call::Call,
    shapes::{
        TeamName,
        words::{PlatformRoleWord, ScopeWord, TeamRoleWord},
    },
};

/// Whom a token speaks for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The person's id.
    id: String,
    /// Their name.
    name: String,
    /// Their e-mail address.
    email: String,
    /// Their role across teams.
    #[schema(value_type = Option<PlatformRoleWord>)]
    role: Option<&'static str>,
    /// Their teams.
    teams: Vec<Membership>,
    /// The token.
    token: Token,
}

/// A team that somebody is in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Membership {
    #[serde(flatten)]
    team: TeamName,
    /// What they may do there.
    #[schema(value_type = TeamRoleWord)]
    role: &'static str,
}

/// The token that was shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct Token {
    /// What it is for.
    name: String,
    /// What it may be used for.
    #[schema(value_type = Vec<ScopeWord>)]
    scopes: Vec<&'static str>,
    /// When it ends.
    expires_at: DateTime<Utc>,
}

/// Whom the token speaks for
#[utoipa::path(
    get, path = "/me", operation_id = "showCaller", tag = "Caller", security(("token" = ["read"])),
    responses((status = 200, description = "The person, their teams, and the token.", body = Me))
)]
pub async fn show(call: Call) -> Json<Me> {
    let (user, token) = (&call.actor().user, &call.caller.token);
    let membership = |(team, role): &(domain::people::Team, domain::people::TeamRole)| Membership {
        team: team.into(),
        role: role.as_str(),
    };
    Json(Me {
        id: user.id.to_string(),
        name: user.name.clone(),
        email: user.email.clone(),
        role: user.platform_role.map(|role| role.as_str()),
        teams: call.actor().teams.iter().map(membership).collect(),
        token: Token {
            name: token.name.clone(),
            scopes: token.scopes.iter().map(|scope| scope.as_str()).collect(),
            expires_at: token.expires_at,
        },
    })
}
