//! Teams and who is in them.

mod add_team;
mod remove_member;
mod rename_team;
mod set_member;
mod show_teams;

use domain::{
    Problem,
    authz::{Action, Object, may},
    ids::TeamId,
    people::{Actor, Team, TeamRole},
};
use storage::{Page, StackFilter, Transaction};

pub use self::{
    add_team::NewTeam,
    rename_team::TeamChange,
    show_teams::{TeamCard, TeamDetail, may_read_teams},
};
use crate::{Result, ServiceError, sees};

/// The team, for someone who may manage its members.
async fn managed_team(tx: &mut dyn Transaction, actor: &Actor, id: &TeamId) -> Result<Team> {
    let team = tx.lookup_team(id).await?.ok_or(ServiceError::NotFound { what: "team" })?;
    sees(actor, Action::ReadTeam, id, "team")?;
    may(actor, Action::ManageMembers, Object { team: Some(id), requester: None })?;
    Ok(team)
}

fn title_problem(title: &str) -> Option<Problem> {
    let fits = (1..=64).contains(&title.chars().count());
    (!fits).then(|| Problem::new("required", "title", "A team is called something, in 1 to 64 characters."))
}

/// What stands in AWS needs somebody who may decide about it. Writers come one at a time, so of
/// two owners who leave at once the second one sees that the first is gone.
async fn an_owner_is_left(tx: &mut dyn Transaction, team: &Team, path: &str) -> Result<()> {
    let members = tx.list_members(&team.id).await?;
    if members.iter().any(|(user, role)| *role == TeamRole::Owner && !user.disabled) {
        return Ok(());
    }
    let filter = StackFilter { teams: Some(vec![team.id.clone()]), ..StackFilter::default() };
    if tx.list_stacks(&filter, &Page { after: None, limit: 1 }).await?.is_empty() {
        return Ok(());
    }
    let message = format!("{} has stacks, so it needs an owner. Make somebody else one first.", team.title);
    Err(ServiceError::invalid("last-owner", path, message))
}
