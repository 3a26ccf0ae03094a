//! Teams that their reader may know of, and who is in them.

use std::collections::BTreeMap;

use domain::{
    authz::{Action, Denied, Object, may, teams_where},
    ids::TeamId,
    people::{Actor, Team, TeamRole, User},
};
use storage::{Page, StackFilter};

use crate::{Portal, Result, ServiceError, sees};

/// One team in the list.
#[derive(Clone, Debug)]
pub struct TeamCard {
    /// The team.
    pub team: Team,
    /// How many people are in it.
    pub members: usize,
    /// How many of them own it.
    pub owners: usize,
    /// How many stacks live.
    pub stacks: usize,
    /// What they cost a month.
    pub monthly_micros: i64,
}

/// One team.
#[derive(Clone, Debug)]
pub struct TeamDetail {
    /// As in the list.
    pub card: TeamCard,
    /// Who is in it, by name.
    pub members: Vec<(User, TeamRole)>,
    /// Whether the reader may change who is in it, or why not.
    pub may_manage: Result<(), Denied>,
}

const EVERYTHING: Page = Page { after: None, limit: u32::MAX };

impl Portal {
    /// The reader's teams, or all of them for those across teams; by title.
    pub async fn teams(&self, actor: &Actor) -> Result<Vec<TeamCard>> {
        let mut tx = self.storage.begin_read().await?;
        let mut cards: BTreeMap<TeamId, TeamCard> = tx
            .list_teams()
            .await?
            .into_iter()
            .filter(|team| may_read(actor, &team.id))
            .map(|team| (team.id.clone(), TeamCard { team, members: 0, owners: 0, stacks: 0, monthly_micros: 0 }))
            .collect();
        for (_, team, role) in tx.list_all_memberships().await? {
            if let Some(card) = cards.get_mut(&team) {
                card.members += 1;
                card.owners += usize::from(role == TeamRole::Owner);
            }
        }
        let filter = StackFilter { teams: Some(cards.keys().cloned().collect()), ..StackFilter::default() };
        for stack in tx.list_stacks(&filter, &EVERYTHING).await? {
            if let Some(card) = cards.get_mut(&stack.team) {
                card.stacks += 1;
                card.monthly_micros += stack.monthly_micros;
            }
        }
        let mut cards: Vec<TeamCard> = cards.into_values().collect();
        cards.sort_by(|one, other| one.team.title.cmp(&other.team.title));
        Ok(cards)
    }

    /// One team.
    pub async fn team(&self, actor: &Actor, id: &TeamId) -> Result<TeamDetail> {
        let mut tx = self.storage.begin_read().await?;
        let team = tx.lookup_team(id).await?.ok_or(ServiceError::NotFound { what: "team" })?;
        sees(actor, Action::ReadTeam, id, "team")?;
        let members = tx.list_members(id).await?;
        let filter = StackFilter { teams: Some(vec![id.clone()]), ..StackFilter::default() };
        let stacks = tx.list_stacks(&filter, &EVERYTHING).await?;
        Ok(TeamDetail {
            card: TeamCard {
                team,
                members: members.len(),
                owners: members.iter().filter(|(_, role)| *role == TeamRole::Owner).count(),
                stacks: stacks.len(),
                monthly_micros: stacks.iter().map(|stack| stack.monthly_micros).sum(),
            },
            members,
            may_manage: may(actor, Action::ManageMembers, Object { team: Some(id), requester: None }),
        })
    }
}

fn may_read(actor: &Actor, team: &TeamId) -> bool {
    may(actor, Action::ReadTeam, Object { team: Some(team), requester: None }).is_ok()
}

/// Whether there is any team that this person may look at.
pub fn may_read_teams(actor: &Actor) -> bool {
    teams_where(actor, Action::ReadTeam).is_none_or(|teams| !teams.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::testing::house;

    #[tokio::test]
    async fn one_sees_ones_own_teams_and_those_across_see_all() {
        let house = house().await;
        house.live(&house.draft("orders")).await;
        for (actor, count) in [(&house.dev, 1), (&house.platform, 2), (&house.auditor, 2), (&house.admin, 2)] {
            assert_eq!(house.portal.teams(actor).await.unwrap().len(), count, "{}", actor.user.name);
        }
        let card = house.portal.teams(&house.dev).await.unwrap().remove(0);
        assert_eq!((card.members, card.owners, card.stacks), (2, 1, 1));
        assert!(card.monthly_micros > 0);
        for (actor, may) in [(&house.dev, false), (&house.owner, true), (&house.platform, false), (&house.admin, true)]
        {
            let detail = house.portal.team(actor, &house.team).await.unwrap();
            assert_eq!(detail.may_manage.is_ok(), may, "{}", actor.user.name);
        }
        assert_eq!(house.portal.team(&house.other_dev, &house.team).await.unwrap_err().code(), "not-found");
    }
}
