//! Taking somebody into a team, or giving them another role in it.

use domain::{
    ids::{TeamId, UserId},
    people::{Actor, Team, TeamRole, User},
};
use storage::{StorageError, Transaction};

use super::{an_owner_is_left, managed_team};
use crate::{Portal, Result, ServiceError, accounts::canonical_email};

impl Portal {
    /// Takes in whoever signs in with this address. A problem has the path `email`.
    pub async fn add_member(&self, actor: &Actor, id: &TeamId, email: &str, role: TeamRole) -> Result<User> {
        let mut tx = self.storage.begin().await?;
        let team = managed_team(&mut *tx, actor, id).await?;
        let email = canonical_email(email);
        let user = tx.find_user_by_email(&email).await?.filter(|user| !user.disabled).ok_or_else(|| {
            let message = "Nobody who can sign in has this address. An administrator invites people first.";
            ServiceError::invalid("unknown-person", "email", message)
        })?;
        let role_now = tx.list_memberships(&user.id).await?.into_iter().find(|(one, _)| one.id == team.id);
        if let Some((_, role)) = role_now {
            let message = format!("{} is {role} of {} already. Change the role in the list.", user.name, team.title);
            return Err(ServiceError::invalid("already-member", "email", message));
        }
        self.write_member(&mut *tx, actor, &team, &user, (None, role)).await?;
        tx.commit().await?;
        Ok(user)
    }

    /// Gives a member, whose role was `shown` when this was decided, another one. A problem has the path `role`.
    pub async fn change_member(
        &self,
        actor: &Actor,
        id: &TeamId,
        user: &UserId,
        shown: TeamRole,
        role: TeamRole,
    ) -> Result<User> {
        let mut tx = self.storage.begin().await?;
        let team = managed_team(&mut *tx, actor, id).await?;
        let members = tx.list_members(id).await?;
        let (user, before) =
            members.into_iter().find(|(one, _)| one.id == *user).ok_or(ServiceError::NotFound { what: "member" })?;
        if before != role {
            if before != shown {
                return Err(StorageError::Conflict { what: format!("the role of {}", user.name) }.into());
            }
            self.write_member(&mut *tx, actor, &team, &user, (Some(before), role)).await?;
            an_owner_is_left(&mut *tx, &team, "role").await?;
            tx.commit().await?;
        }
        Ok(user)
    }

    async fn write_member(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        team: &Team,
        user: &User,
        (before, after): (Option<TeamRole>, TeamRole),
    ) -> Result<()> {
        tx.set_membership(&team.id, &user.id, after).await?;
        let summary = format!("{} made {} {after} of {}", actor.user.name, user.name, team.title);
        let mut entry = self.entry(actor, "membership.set", &user.id, summary);
        entry.team = Some(team.id.to_string());
        entry.detail = serde_json::json!({"before": {"role": before}, "after": {"role": after}});
        tx.append_audit(&entry).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn owners_take_people_in_by_their_address() {
        let house = house().await;
        let add = async |actor: &Actor, email: &str| {
            house.portal.add_member(actor, &house.team, email, TeamRole::Viewer).await
        };
        add(&house.owner, " Other-Dev@example.com").await.unwrap();
        let actor = house.portal.actor(&house.other_dev.user.id, None).await.unwrap().unwrap();
        assert_eq!(actor.role_in(&house.team), Some(TeamRole::Viewer));
        for (email, code) in [("other-dev@example.com", "already-member"), ("nobody@example.com", "unknown-person")] {
            let error = add(&house.owner, email).await.unwrap_err();
            assert_eq!((error.problems()[0].code.as_str(), error.problems()[0].path.as_str()), (code, "email"));
        }
        let promote = async |shown| {
            house.portal.change_member(&house.admin, &house.team, &actor.user.id, shown, TeamRole::Owner).await
        };
        assert_eq!(promote(TeamRole::Developer).await.unwrap_err().code(), "conflict");
        promote(TeamRole::Viewer).await.unwrap();
        let event = house.history().await.pop().unwrap().entry;
        assert_eq!(
            (event.detail["before"]["role"].as_str(), event.team),
            (Some("viewer"), Some(house.team.to_string()))
        );
        for (actor, code) in [(&house.dev, "denied"), (&house.platform, "denied"), (&house.auditor, "denied")] {
            assert_eq!(add(actor, "admin@example.com").await.unwrap_err().code(), code, "{}", actor.user.name);
        }
        let stranger = house.portal.add_member(&house.dev, &house.other_team, "dev@example.com", TeamRole::Owner).await;
        assert_eq!(stranger.unwrap_err().code(), "not-found");
    }

    #[tokio::test]
    async fn the_last_owner_of_a_team_with_stacks_stays_one() {
        let house = house().await;
        let (team, owner) = (&house.team, &house.owner.user.id);
        let demote =
            async || house.portal.change_member(&house.admin, team, owner, TeamRole::Owner, TeamRole::Viewer).await;
        let id = house.portal.submit(&house.dev, &house.cluster("shared")).await.unwrap();
        let error = demote().await.unwrap_err();
        assert_eq!((error.problems()[0].code.as_str(), error.problems()[0].path.as_str()), ("last-owner", "role"));
        assert_eq!(house.portal.remove_member(&house.admin, team, owner).await.unwrap_err().problems().len(), 1);
        house.portal.withdraw(&house.dev, &id, "").await.unwrap();
        demote().await.unwrap();
    }
}
