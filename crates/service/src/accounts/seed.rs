//! Teams, people and environments from a file: for the first day and for the demo. Doing it again changes nothing.

use std::collections::BTreeMap;

use domain::{
    Problem,
    environment::{Environment, LaunchRole, Rules, SharedLoadBalancer},
    ids::{EnvironmentId, TeamId, UserId},
    people::{PlatformRole, Team, TeamRole, User},
};
use serde::Deserialize;
use storage::{Credential, Transaction};

use super::{canonical_email, is_email, operator, passwords};
use crate::{Portal, Result, ServiceError, names::is_name};

/// What to put in.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// Teams by short name.
    #[serde(default)]
    pub teams: Vec<SeedTeam>,
    /// People by e-mail address.
    #[serde(default)]
    pub people: Vec<SeedPerson>,
    /// Environments by short name.
    #[serde(default)]
    pub environments: Vec<SeedEnvironment>,
}

/// A team; an existing one is left as it is.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedTeam {
    /// `[a-z][a-z0-9-]{0,23}`.
    pub name: String,
    /// As shown.
    pub title: String,
}

/// A person; of an existing one only memberships change.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedPerson {
    /// As shown.
    pub name: String,
    /// What one signs in with.
    pub email: String,
    /// In clear; without one nobody can sign in with a password.
    #[serde(default)]
    pub password: Option<String>,
    /// Across teams.
    #[serde(default)]
    pub role: Option<PlatformRole>,
    /// Memberships.
    #[serde(default)]
    pub teams: Vec<SeedMembership>,
}

/// A place in a team.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedMembership {
    /// The short name of the team.
    pub team: String,
    /// In it.
    pub role: TeamRole,
}

/// An environment; an existing one is brought to what stands here.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is documented at domain::environment::Environment")]
pub struct SeedEnvironment {
    pub name: String,
    #[serde(default)]
    pub summary: String,
    pub account: String,
    pub region: String,
    #[serde(default)]
    pub launch_role: Option<LaunchRole>,
    pub vpc_id: String,
    pub public_subnets: Vec<String>,
    pub private_subnets: Vec<String>,
    #[serde(default)]
    pub assign_public_ip: bool,
    #[serde(default)]
    pub certificate_arn: Option<String>,
    #[serde(default)]
    pub shared_load_balancer: Option<SharedLoadBalancer>,
    #[serde(default)]
    pub permissions_boundary: Option<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    pub approvals_needed: u32,
    #[serde(default)]
    pub rules: Rules,
}

/// How many were new or changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seeded {
    /// New teams.
    pub teams: usize,
    /// New people.
    pub people: usize,
    /// New and changed environments.
    pub environments: usize,
}

impl Portal {
    /// Puts a seed in, all of it or nothing. For whoever can start the program; the server has no page for it.
    pub async fn seed(&self, seed: Seed) -> Result<Seeded> {
        let problems = check(&seed);
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let mut hashes = vec![];
        for person in &seed.people {
            hashes.push(match &person.password {
                Some(password) => Some(passwords::hash(password, &*self.entropy).await?),
                None => None,
            });
        }
        let mut seeded = Seeded::default();
        let mut tx = self.storage.begin().await?;
        for team in &seed.teams {
            if tx.find_team_by_name(&team.name).await?.is_none() {
                let id = TeamId::generate(&*self.entropy);
                let team = Team { id, name: team.name.clone(), title: team.title.clone(), version: 1 };
                tx.add_team(&team).await?;
                self.seeded(&mut *tx, "team.added", &team.id, format!("added the team {}", team.title)).await?;
                seeded.teams += 1;
            }
        }
        for (index, (person, hash)) in seed.people.iter().zip(hashes).enumerate() {
            seeded.people += usize::from(self.seed_person(&mut *tx, index, person, hash).await?);
        }
        for environment in &seed.environments {
            seeded.environments += usize::from(self.seed_environment(&mut *tx, environment).await?);
        }
        tx.commit().await?;
        Ok(seeded)
    }

    async fn seed_person(
        &self,
        tx: &mut dyn Transaction,
        index: usize,
        person: &SeedPerson,
        hash: Option<String>,
    ) -> Result<bool> {
        let email = canonical_email(&person.email);
        let known = tx.find_user_by_email(&email).await?;
        let is_new = known.is_none();
        let user = match known {
            Some(user) => user,
            None => {
                let user = User {
                    id: UserId::generate(&*self.entropy),
                    name: person.name.clone(),
                    email,
                    platform_role: person.role,
                    disabled: false,
                    version: 1,
                };
                tx.add_user(&user, self.now()).await?;
                if let Some(password_hash) = hash {
                    tx.set_credential(&Credential { user: user.id.clone(), password_hash }).await?;
                }
                self.seeded(tx, "person.added", &user.id, format!("added {}", user.name)).await?;
                user
            }
        };
        let memberships = tx.list_memberships(&user.id).await?;
        for (place, wanted) in person.teams.iter().enumerate() {
            let path = format!("people.{index}.teams.{place}.team");
            let team = tx.find_team_by_name(&wanted.team).await?.ok_or_else(|| {
                ServiceError::invalid("unknown-team", &path, format!("There is no team `{}`.", wanted.team))
            })?;
            if memberships.iter().any(|(known, role)| known.id == team.id && *role == wanted.role) {
                continue;
            }
            tx.set_membership(&team.id, &user.id, wanted.role).await?;
            let summary = format!("made {} {} of {}", user.name, wanted.role, team.title);
            self.seeded(tx, "membership.set", &user.id, summary).await?;
        }
        Ok(is_new)
    }

    async fn seed_environment(&self, tx: &mut dyn Transaction, seed: &SeedEnvironment) -> Result<bool> {
        let known = tx.list_environments().await?.into_iter().find(|one| one.name == seed.name);
        let wanted = Environment {
            id: known.as_ref().map_or_else(|| EnvironmentId::generate(&*self.entropy), |known| known.id.clone()),
            version: known.as_ref().map_or(1, |known| known.version),
            name: seed.name.clone(),
            summary: seed.summary.clone(),
            account: seed.account.clone(),
            region: seed.region.clone(),
            launch_role: seed.launch_role.clone(),
            vpc_id: seed.vpc_id.clone(),
            public_subnets: seed.public_subnets.clone(),
            private_subnets: seed.private_subnets.clone(),
            assign_public_ip: seed.assign_public_ip,
            certificate_arn: seed.certificate_arn.clone(),
            shared_load_balancer: seed.shared_load_balancer.clone(),
            permissions_boundary: seed.permissions_boundary.clone(),
            tags: seed.tags.clone(),
            approvals_needed: seed.approvals_needed,
            rules: seed.rules.clone(),
        };
        let (action, summary) = match &known {
            Some(known) if *known == wanted => return Ok(false),
            Some(_) => {
                tx.update_environment(&wanted).await?;
                ("environment.changed", format!("changed the environment {}", wanted.name))
            }
            None => {
                tx.add_environment(&wanted).await?;
                ("environment.added", format!("added the environment {}", wanted.name))
            }
        };
        self.seeded(tx, action, &wanted.id, summary).await?;
        Ok(true)
    }

    async fn seeded(
        &self,
        tx: &mut dyn Transaction,
        action: &str,
        object: impl ToString,
        summary: String,
    ) -> Result<()> {
        tx.append_audit(&self.entry(&operator(), action, object, summary)).await?;
        Ok(())
    }
}

fn check(seed: &Seed) -> Vec<Problem> {
    let mut problems = vec![];
    for (index, team) in seed.teams.iter().enumerate() {
        if !is_name(&team.name, 24) {
            let message = "A team's name has 1 to 24 characters: a-z, 0-9 and -, first a letter.";
            problems.push(Problem::new("wrong-form", format!("teams.{index}.name"), message));
        }
    }
    for (index, person) in seed.people.iter().enumerate() {
        if !is_email(&canonical_email(&person.email)) {
            let message = "An e-mail address reads like you@example.com.";
            problems.push(Problem::new("wrong-form", format!("people.{index}.email"), message));
        }
        let password = person.password.as_ref();
        problems.extend(password.and_then(|p| passwords::check(&format!("people.{index}.password"), p)));
    }
    for (index, environment) in seed.environments.iter().enumerate() {
        let mut wrong = |field: &str, message: &str| {
            problems.push(Problem::new("wrong-form", format!("environments.{index}.{field}"), message));
        };
        if !is_name(&environment.name, 16) {
            wrong("name", "An environment's name has 1 to 16 characters: a-z, 0-9 and -, first a letter.");
        }
        if environment.account.len() != 12 || !environment.account.bytes().all(|b| b.is_ascii_digit()) {
            wrong("account", "An AWS account is twelve digits.");
        }
        if environment.approvals_needed == 0 {
            wrong("approvals_needed", "At least one person must approve.");
        }
        if environment.private_subnets.is_empty() {
            wrong("private_subnets", "Tasks need at least one subnet.");
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{empty_house, seed};

    #[tokio::test]
    async fn a_second_time_changes_nothing() {
        let house = empty_house().await;
        let first = house.portal.seed(seed()).await.unwrap();
        assert!(first.teams > 0 && first.people > 0 && first.environments > 0);
        let history = house.actions().await.len();
        assert_eq!(house.portal.seed(seed()).await.unwrap(), Seeded::default());
        assert_eq!(house.actions().await.len(), history);
    }

    #[tokio::test]
    async fn an_unknown_team_puts_nothing_in() {
        let house = empty_house().await;
        let mut seed = seed();
        seed.people[0].teams[0].team = "nowhere".to_owned();
        let problems = house.portal.seed(seed).await.unwrap_err();
        assert_eq!(problems.problems()[0].path, "people.0.teams.0.team");
        assert!(house.actions().await.is_empty());
    }
}
