//! Taking somebody out of a team.

use domain::{
    ids::{TeamId, UserId},
    people::{Actor, User},
};

use super::{an_owner_is_left, managed_team};
use crate::{Portal, Result, ServiceError};

impl Portal {
    /// Takes a member out. What they asked for and decided stays. A problem has no path.
    pub async fn remove_member(&self, actor: &Actor, id: &TeamId, user: &UserId) -> Result<User> {
        let mut tx = self.storage.begin().await?;
        let team = managed_team(&mut *tx, actor, id).await?;
        let members = tx.list_members(id).await?;
        let (user, role) =
            members.into_iter().find(|(one, _)| one.id == *user).ok_or(ServiceError::NotFound { what: "member" })?;
        tx.remove_membership(id, &user.id).await?;
        let summary = format!("{} took {} out of {}", actor.user.name, user.name, team.title);
        let mut entry = self.entry(actor, "membership.removed", &user.id, summary);
        entry.team = Some(id.to_string());
        entry.detail = serde_json::json!({"before": {"role": role}});
        tx.append_audit(&entry).await?;
        an_owner_is_left(&mut *tx, &team, "").await?;
        tx.commit().await?;
        Ok(user)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::house;

    #[tokio::test]
    async fn whoever_is_taken_out_sees_nothing_any_more() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.cluster("shared")).await.unwrap();
        let remove = async |actor| house.portal.remove_member(actor, &house.team, &house.dev.user.id).await;
        for (actor, code) in [(&house.dev, "denied"), (&house.platform, "denied"), (&house.other_dev, "not-found")] {
            assert_eq!(remove(actor).await.unwrap_err().code(), code, "{}", actor.user.name);
        }
        remove(&house.owner).await.unwrap();
        let dev = house.portal.actor(&house.dev.user.id, None).await.unwrap().unwrap();
        assert_eq!(house.portal.request(&dev, &id).await.unwrap_err().code(), "not-found");
        assert_eq!(remove(&house.owner).await.unwrap_err().code(), "not-found");
        assert_eq!(house.actions().await.last().unwrap(), "membership.removed");
    }
}
