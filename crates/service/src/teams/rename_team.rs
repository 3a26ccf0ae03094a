//! What a team is called.

use domain::{
    ids::TeamId,
    people::{Actor, Team},
};
use storage::StorageError;

use super::{managed_team, title_problem};
use crate::{Portal, Result, ServiceError};

/// What the form says; a problem has the path `title`. The short name is in AWS and stays.
#[derive(Clone, Debug)]
pub struct TeamChange {
    /// As it was read.
    pub version: i64,
    /// As shown.
    pub title: String,
}

impl Portal {
    /// Calls a team something else.
    pub async fn rename_team(&self, actor: &Actor, id: &TeamId, change: &TeamChange) -> Result<()> {
        let title = change.title.trim().to_owned();
        let mut tx = self.storage.begin().await?;
        let before = managed_team(&mut *tx, actor, id).await?;
        if let Some(problem) = title_problem(&title) {
            return Err(ServiceError::Invalid(vec![problem]));
        }
        if before.version != change.version {
            return Err(StorageError::Conflict { what: format!("the team {}", before.title) }.into());
        }
        if before.title == title {
            return Ok(());
        }
        let after = Team { title, ..before.clone() };
        tx.update_team(&after).await?;
        let summary = format!("{} calls the team {} {} from now on", actor.user.name, before.title, after.title);
        let mut entry = self.entry(actor, "team.renamed", id, summary);
        entry.team = Some(id.to_string());
        entry.detail = serde_json::json!({"before": {"title": before.title}, "after": {"title": after.title}});
        tx.append_audit(&entry).await?;
        Ok(tx.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn owners_rename_their_team_and_nobody_elses() {
        let house = house().await;
        let change = |version: i64, title: &str| TeamChange { version, title: title.to_owned() };
        house.portal.rename_team(&house.owner, &house.team, &change(1, "Money")).await.unwrap();
        let stale = house.portal.rename_team(&house.admin, &house.team, &change(1, "Cash")).await.unwrap_err();
        assert_eq!(stale.code(), "conflict");
        house.portal.rename_team(&house.admin, &house.team, &change(2, "Cash")).await.unwrap();
        let empty = house.portal.rename_team(&house.owner, &house.team, &change(3, " ")).await.unwrap_err();
        assert_eq!(empty.problems()[0].path, "title");
        for (actor, code) in [(&house.dev, "denied"), (&house.platform, "denied"), (&house.other_dev, "not-found")] {
            let error = house.portal.rename_team(actor, &house.team, &change(3, "Mine")).await.unwrap_err();
            assert_eq!(error.code(), code, "{}", actor.user.name);
        }
    }
}
