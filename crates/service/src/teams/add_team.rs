//! A new team.

use domain::{
    Problem,
    authz::{Action, Object, may},
    ids::TeamId,
    people::{Actor, Team},
};
use storage::StorageError;

use super::title_problem;
use crate::{Portal, Result, ServiceError, names::is_name};

/// What the form says. Problems have the paths `name` and `title`.
#[derive(Clone, Debug, Default)]
pub struct NewTeam {
    /// `[a-z][a-z0-9-]{0,23}`: part of tags in AWS, and never changed.
    pub name: String,
    /// As shown.
    pub title: String,
}

impl Portal {
    /// Adds a team without anybody in it.
    pub async fn add_team(&self, actor: &Actor, new: &NewTeam) -> Result<TeamId> {
        may(actor, Action::ManagePeople, Object::default())?;
        let (name, title) = (new.name.trim().to_owned(), new.title.trim().to_owned());
        let mut problems: Vec<Problem> = title_problem(&title).into_iter().collect();
        let mut tx = self.storage.begin().await?;
        if !is_name(&name, 24) {
            let message = "A team's name has 1 to 24 characters: a-z, 0-9 and -, first a letter.";
            problems.push(Problem::new("wrong-form", "name", message));
        } else if tx.find_team_by_name(&name).await?.is_some() {
            problems.push(taken(&name));
        }
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let team = Team { id: TeamId::generate(&*self.entropy), name, title, version: 1 };
        tx.add_team(&team).await.map_err(|error| match error {
            StorageError::Taken { .. } => ServiceError::Invalid(vec![taken(&team.name)]),
            other => other.into(),
        })?;
        let summary = format!("{} added the team {}", actor.user.name, team.title);
        let mut entry = self.entry(actor, "team.added", &team.id, summary);
        entry.team = Some(team.id.to_string());
        entry.detail = serde_json::json!({"after": {"name": team.name, "title": team.title}});
        tx.append_audit(&entry).await?;
        tx.commit().await?;
        Ok(team.id)
    }
}

fn taken(name: &str) -> Problem {
    Problem::new("taken", "name", format!("There is already a team `{name}`."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn a_name_is_taken_once_and_everything_wrong_is_told() {
        let house = house().await;
        let search = NewTeam { name: "search".to_owned(), title: " Search ".to_owned() };
        let id = house.portal.add_team(&house.admin, &search).await.unwrap();
        assert_eq!(house.portal.team(&house.admin, &id).await.unwrap().card.team.title, "Search");
        let again = house.portal.add_team(&house.admin, &search).await.unwrap_err();
        assert_eq!((again.problems()[0].code.as_str(), again.problems()[0].path.as_str()), ("taken", "name"));
        let wrong = NewTeam { name: "Search!".to_owned(), title: String::new() };
        assert_eq!(house.portal.add_team(&house.admin, &wrong).await.unwrap_err().problems().len(), 2);
        for actor in [&house.dev, &house.owner, &house.platform, &house.auditor] {
            assert_eq!(house.portal.add_team(actor, &search).await.unwrap_err().code(), "denied");
        }
    }
}
