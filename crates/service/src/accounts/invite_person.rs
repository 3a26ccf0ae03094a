//! A new account, and the link with which its person chooses a password.

use domain::{
    Problem,
    authz::{Action, Object, may},
    ids::{TeamId, UserId},
    people::{Actor, PlatformRole, TeamRole, User},
};
use storage::StorageError;

use super::{canonical_email, email_problem, name_problem, personal_link::PersonalLink};
use crate::{Portal, Result, ServiceError, teams::TeamCard};

/// Who is invited. Problems have the paths `name`, `email` and `teams.<index>`.
#[derive(Clone, Debug, Default)]
pub struct Invitation {
    /// As shown.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// Across teams.
    pub role: Option<PlatformRole>,
    /// Where they belong.
    pub teams: Vec<Membership>,
}

/// A place in a team.
#[derive(Clone, Debug)]
pub struct Membership {
    /// Which.
    pub team: TeamId,
    /// In it.
    pub role: TeamRole,
}

impl Portal {
    /// The teams that somebody can be invited into.
    pub async fn teams_to_invite_into(&self, actor: &Actor) -> Result<Vec<TeamCard>> {
        may(actor, Action::ManagePeople, Object::default())?;
        self.teams(actor).await
    }

    /// Makes the account and the link. Nobody is told by Gantry: whoever invites passes the link on.
    pub async fn invite(&self, actor: &Actor, invitation: &Invitation) -> Result<PersonalLink> {
        may(actor, Action::ManagePeople, Object::default())?;
        let (name, email) = (invitation.name.trim().to_owned(), canonical_email(&invitation.email));
        let mut problems: Vec<Problem> =
            name_problem("name", &name).into_iter().chain(email_problem("email", &email)).collect();
        let mut tx = self.storage.begin().await?;
        if let Some(known) = tx.find_user_by_email(&email).await? {
            problems.push(taken(&known.name));
        }
        let mut teams = vec![];
        for (index, membership) in invitation.teams.iter().enumerate() {
            match tx.lookup_team(&membership.team).await? {
                Some(team) => teams.push((team, membership.role)),
                None => {
                    let path = format!("teams.{index}");
                    problems.push(Problem::new("unknown-team", path, "This team is not there any more."));
                }
            }
        }
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let user = User {
            id: UserId::generate(&*self.entropy),
            name,
            email,
            platform_role: invitation.role,
            disabled: false,
            version: 1,
        };
        tx.add_user(&user, self.now()).await.map_err(|error| match error {
            StorageError::Taken { .. } => ServiceError::Invalid(vec![taken("Somebody")]),
            other => other.into(),
        })?;
        for (team, role) in &teams {
            tx.set_membership(&team.id, &user.id, *role).await?;
        }
        let link = self.make_link(&mut *tx, user, false).await?;
        let summary = format!("{} invited {}", actor.user.name, link.user.name);
        let mut entry = self.entry(actor, "person.invited", &link.user.id, summary);
        let teams: Vec<_> = teams.iter().map(|(team, role)| format!("{role} of {}", team.name)).collect();
        entry.detail = serde_json::json!({
            "after": {"name": link.user.name, "email": link.user.email, "role": link.user.platform_role, "teams": teams},
            "until": link.until,
        });
        tx.append_audit(&entry).await?;
        tx.commit().await?;
        Ok(link)
    }
}

fn taken(name: &str) -> Problem {
    Problem::new("taken", "email", format!("{name} signs in with this address already."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        accounts::{Join, Standing},
        testing::{PASSWORD, house},
    };

    fn grace() -> Invitation {
        Invitation { name: "Grace".to_owned(), email: "Grace@example.com ".to_owned(), ..Invitation::default() }
    }

    #[tokio::test]
    async fn whoever_is_invited_chooses_a_password_once_and_is_where_they_belong() {
        let house = house().await;
        let teams = vec![Membership { team: house.team.clone(), role: TeamRole::Developer }];
        let invitation = Invitation { role: Some(PlatformRole::Auditor), teams, ..grace() };
        let link = house.portal.invite(&house.admin, &invitation).await.unwrap();
        let person = house.portal.person(&house.admin, &link.user.id).await.unwrap();
        assert_eq!(person.card.standing, Standing::Invited { until: link.until });
        assert_eq!(house.portal.invited(&link.token).await.unwrap().unwrap().email, "grace@example.com");

        let join = |password: &str| Join { token: link.token.clone(), password: password.to_owned() };
        let weak = house.portal.join(join("short"), None).await.unwrap_err();
        assert_eq!(weak.problems()[0].path, "password");
        let actor = house.portal.join(join(PASSWORD), None).await.unwrap();
        assert_eq!(actor.role_in(&house.team), Some(TeamRole::Developer));
        assert_eq!(house.portal.join(join(PASSWORD), None).await.unwrap_err().problems()[0].code, "used-token");
        assert!(house.portal.invited(&link.token).await.unwrap().is_none());
        house.portal.sign_in("grace@example.com", PASSWORD, None).await.unwrap();
        let person = house.portal.person(&house.admin, &link.user.id).await.unwrap();
        assert_eq!(person.card.standing, Standing::Active);
        let said = house.history().await;
        assert!(!serde_json::to_string(&said).unwrap().contains(&link.token), "the link stands in the history");
    }

    #[tokio::test]
    async fn all_that_is_wrong_is_told_at_once() {
        let house = house().await;
        let teams = vec![Membership { team: "team-NOWHERE".parse().unwrap(), role: TeamRole::Viewer }];
        let wrong = Invitation { name: " ".to_owned(), email: "dev@example.com".to_owned(), teams, role: None };
        let problems = house.portal.invite(&house.admin, &wrong).await.err().unwrap().problems().to_vec();
        let said: Vec<_> = problems.iter().map(|one| (one.path.as_str(), one.code.as_str())).collect();
        assert_eq!(said, [("name", "required"), ("email", "taken"), ("teams.0", "unknown-team")]);
    }

    #[tokio::test]
    async fn an_invitation_is_too_old_after_a_week() {
        let house = house().await;
        let link = house.portal.invite(&house.admin, &grace()).await.unwrap();
        house.clock.advance(7 * 24 * 60 * 60 + 1);
        assert!(house.portal.invited(&link.token).await.unwrap().is_none());
        let person = house.portal.person(&house.admin, &link.user.id).await.unwrap();
        assert_eq!(person.card.standing, Standing::NeverJoined);
    }

    #[tokio::test]
    async fn only_who_manages_people_invites() {
        let house = house().await;
        for actor in [&house.dev, &house.owner, &house.platform, &house.auditor] {
            assert_eq!(house.portal.invite(actor, &grace()).await.err().unwrap().code(), "denied");
        }
    }
}
