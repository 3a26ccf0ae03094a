//! Adding an environment, and changing one.

use std::collections::BTreeSet;

use domain::{
    Problem,
    authz::{Action, Object, may},
    environment::{Environment, SharedLoadBalancer},
    ids::EnvironmentId,
    people::Actor,
};
use provisioner::cloud::Inventory;
use storage::{Page, StackFilter, StorageError, Transaction};

use super::{EnvironmentDraft, managed};
use crate::{Portal, Result, ServiceError};

impl Portal {
    /// Adds an environment. All problems at once.
    pub async fn add_environment(&self, actor: &Actor, draft: &EnvironmentDraft) -> Result<EnvironmentId> {
        may(actor, Action::ManageEnvironments, Object::default())?;
        let environment = self.checked(draft, EnvironmentId::generate(&*self.entropy), None).await?;
        let mut tx = self.storage.begin().await?;
        tx.add_environment(&environment).await.map_err(|error| taken(error, &environment))?;
        let summary = format!("{} added the environment {}", actor.user.name, environment.name);
        let mut entry = self.entry(actor, "environment.added", &environment.id, summary);
        entry.detail = serde_json::json!({"after": EnvironmentSaid(&environment).to_json()});
        tx.append_audit(&entry).await?;
        tx.commit().await?;
        Ok(environment.id)
    }

    /// Changes an environment as it was read at `version`. Where stacks live, the fields that say where they are stay.
    pub async fn change_environment(
        &self,
        actor: &Actor,
        id: &EnvironmentId,
        version: i64,
        draft: &EnvironmentDraft,
    ) -> Result<()> {
        let before = managed(&mut *self.storage.begin_read().await?, actor, id).await?;
        let after = self.checked(draft, id.clone(), before.shared_load_balancer.as_ref()).await?;
        let after = Environment { version, ..after };
        let mut tx = self.storage.begin().await?;
        let before = managed(&mut *tx, actor, id).await?;
        if before.version != version {
            return Err(StorageError::Conflict { what: format!("the environment {}", before.name) }.into());
        }
        if before == after {
            return Ok(());
        }
        let problems = moved(&mut *tx, &before, &after).await?;
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        tx.update_environment(&after).await.map_err(|error| taken(error, &after))?;
        let summary = format!("{} changed the environment {}", actor.user.name, after.name);
        let mut entry = self.entry(actor, "environment.changed", id, summary);
        let (said_before, said_after) = (EnvironmentSaid(&before).to_json(), EnvironmentSaid(&after).to_json());
        entry.detail = serde_json::json!({"before": said_before, "after": said_after});
        tx.append_audit(&entry).await?;
        Ok(tx.commit().await?)
    }

    async fn checked(
        &self,
        draft: &EnvironmentDraft,
        id: EnvironmentId,
        known: Option<&SharedLoadBalancer>,
    ) -> Result<Environment> {
        let mut tx = self.storage.begin_read().await?;
        let templates: BTreeSet<String> =
            tx.list_latest_revisions().await?.into_iter().map(|revision| revision.template).collect();
        let (mut environment, mut problems) = draft.check(id, &templates);
        let twin = tx.list_environments().await?.into_iter().find(|one| one.name == environment.name);
        if twin.is_some_and(|twin| twin.id != environment.id) {
            problems.push(name_taken(&environment.name));
        }
        drop(tx);
        match self.shared(draft, &environment, known, problems.is_empty()).await {
            Ok(shared) => environment.shared_load_balancer = shared,
            Err(problem) => problems.push(problem),
        }
        if problems.is_empty() { Ok(environment) } else { Err(ServiceError::Invalid(problems)) }
    }

    /// The load balancer to share: as typed, as known, or as AWS describes the listener that was picked.
    async fn shared(
        &self,
        draft: &EnvironmentDraft,
        environment: &Environment,
        known: Option<&SharedLoadBalancer>,
        may_ask: bool,
    ) -> std::result::Result<Option<SharedLoadBalancer>, Problem> {
        if draft.shared.listener_arn.trim().is_empty() {
            return Ok(None);
        }
        let wrong = |code: &str, message: String| Problem::new(code, "shared_listener", message);
        let mut shared = draft.shared.load_balancer().ok_or_else(|| {
            let message = "The ARN of a listener reads like arn:aws:elasticloadbalancing:…:listener/app/shared/…/….";
            wrong("wrong-form", message.to_owned())
        })?;
        if let Some(known) =
            known.filter(|known| known.listener_arn == shared.listener_arn && shared.dns_name.is_empty())
        {
            return Ok(Some(known.clone()));
        }
        if shared.dns_name.is_empty() || shared.security_group.is_empty() {
            if !may_ask {
                return Ok(None);
            }
            let listeners = async {
                let cloud = self.clouds.try_out(environment).await?;
                cloud.inventory(Inventory::SharedListeners, Some(&environment.vpc_id)).await
            };
            let listeners = listeners.await.map_err(|error| {
                wrong("unavailable", format!("{} Type DNS name and security group, too.", ServiceError::Cloud(error)))
            })?;
            let item = listeners.into_iter().find(|item| item.value == shared.listener_arn).ok_or_else(|| {
                wrong("not-there", format!("The VPC {} has no load balancer with this listener.", environment.vpc_id))
            })?;
            shared.dns_name = item.fact("dns_name").to_owned();
            shared.security_group = item.fact("security_group").to_owned();
            shared.https = item.fact("https") == "true";
        }
        Ok(Some(shared))
    }
}

fn name_taken(name: &str) -> Problem {
    Problem::new("taken", "name", format!("There is already an environment `{name}`."))
}

fn taken(error: StorageError, environment: &Environment) -> ServiceError {
    match error {
        StorageError::Taken { .. } => ServiceError::Invalid(vec![name_taken(&environment.name)]),
        other => other.into(),
    }
}

/// What says where living stacks are cannot change under them: their names in AWS, their account, their network.
async fn moved(tx: &mut dyn Transaction, before: &Environment, after: &Environment) -> Result<Vec<Problem>> {
    let fields = [
        ("name", before.name != after.name),
        ("account", before.account != after.account),
        ("region", before.region != after.region),
        ("vpc_id", before.vpc_id != after.vpc_id),
    ];
    if fields.iter().all(|(_, changed)| !changed) {
        return Ok(vec![]);
    }
    let filter = StackFilter { environment: Some(before.id.clone()), ..StackFilter::default() };
    if tx.list_stacks(&filter, &Page { after: None, limit: 1 }).await?.is_empty() {
        return Ok(vec![]);
    }
    let message = format!("Stacks live in {}, so this stays. Add another environment instead.", before.name);
    let changed = fields.into_iter().filter(|(_, changed)| *changed);
    Ok(changed.map(|(path, _)| Problem::new("fixed", path, message.clone())).collect())
}

/// An environment for the history: whoever knows the external id is let in, so it is left out.
struct EnvironmentSaid<'a>(&'a Environment);

impl EnvironmentSaid<'_> {
    fn to_json(&self) -> serde_json::Value {
        let mut said = serde_json::json!(self.0);
        if let Some(id) = said.pointer_mut("/launch_role/external_id").filter(|id| !id.is_null()) {
            *id = "set".into();
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use domain::environment::Approvers;
    use provisioner::{
        cloud::Class,
        fake::{network, refusal},
    };

    use super::*;
    use crate::{
        environments::SharedDraft,
        testing::{House, house},
    };

    fn production() -> EnvironmentDraft {
        let list = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        EnvironmentDraft {
            name: "production".to_owned(),
            summary: "Where customers are".to_owned(),
            account: "123456789012".to_owned(),
            region: "eu-central-1".to_owned(),
            launch_role: "arn:aws:iam::123456789012:role/gantry".to_owned(),
            external_id: "outside".to_owned(),
            vpc_id: network::VPC.to_owned(),
            public_subnets: list(&["subnet-1", "subnet-2"]),
            private_subnets: list(&["subnet-3", " subnet-4 ", "subnet-4", ""]),
            certificate_arn: network::CERTIFICATE.to_owned(),
            shared: SharedDraft { listener_arn: network::LISTENER.to_owned(), ..SharedDraft::default() },
            tags: vec![("cost-centre".to_owned(), "42".to_owned())],
            approvals_needed: "2".to_owned(),
            approvers: Approvers::Platform.to_string(),
            allowed_templates: ["web-service".to_owned()].into(),
            max_stacks: "3".to_owned(),
            ..EnvironmentDraft::default()
        }
    }

    async fn saved(house: &House, id: &EnvironmentId) -> Environment {
        house.portal.storage.begin_read().await.unwrap().lookup_environment(id).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_draft_becomes_an_environment_with_the_load_balancer_as_aws_describes_it() {
        let house = house().await;
        let id = house.portal.add_environment(&house.platform, &production()).await.unwrap();
        let environment = saved(&house, &id).await;
        assert_eq!(environment.private_subnets, ["subnet-3", "subnet-4"]);
        let shared = environment.shared_load_balancer.as_ref().unwrap();
        assert_eq!((shared.dns_name.as_str(), shared.https), ("shared.example.com", true));
        assert_eq!((environment.rules.max_stacks, environment.rules.max_vcpus), (Some(3), None));
        let event = house.history().await.pop().unwrap().entry;
        assert!(!event.detail.to_string().contains("outside"), "{}", event.detail);

        // Again as the form shows it: nothing changed, so nothing is written down.
        let history = house.history().await.len();
        let draft = EnvironmentDraft::from(&environment);
        house.portal.change_environment(&house.admin, &id, 1, &draft).await.unwrap();
        assert_eq!(house.history().await.len(), history);
        let closed = EnvironmentDraft { closed: true, ..draft };
        house.portal.change_environment(&house.admin, &id, 1, &closed).await.unwrap();
        let stale = house.portal.change_environment(&house.admin, &id, 1, &closed).await.unwrap_err();
        assert_eq!(stale.code(), "conflict");
        let event = house.history().await.pop().unwrap().entry;
        assert_eq!((&event.detail["before"]["rules"]["closed"], &event.detail["after"]["rules"]["closed"]), {
            (&serde_json::Value::Bool(false), &serde_json::Value::Bool(true))
        });
    }

    #[tokio::test]
    async fn all_that_is_wrong_is_told_at_once() {
        let house = house().await;
        let wrong = EnvironmentDraft {
            name: "staging".to_owned(),
            account: "12".to_owned(),
            vpc_id: "here".to_owned(),
            public_subnets: vec!["subnet-1".to_owned()],
            private_subnets: vec![],
            tags: vec![("gantry:stack".to_owned(), "x".to_owned())],
            allowed_templates: ["none-such".to_owned()].into(),
            approvals_needed: "0".to_owned(),
            approvers: "everybody".to_owned(),
            max_vcpus: "many".to_owned(),
            shared: SharedDraft { listener_arn: "arn:x".to_owned(), ..SharedDraft::default() },
            ..production()
        };
        let problems = house.portal.add_environment(&house.platform, &wrong).await.unwrap_err().problems().to_vec();
        let mut paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        paths.sort_unstable();
        let expected = [
            "account",
            "allowed_templates",
            "approvals_needed",
            "approvers",
            "max_vcpus",
            "name",
            "private_subnets",
            "public_subnets",
            "shared_listener",
            "tags",
            "vpc_id",
        ];
        assert_eq!(paths, expected);
    }

    #[tokio::test]
    async fn where_aws_is_away_a_load_balancer_is_typed() {
        let house = house().await;
        house.cloud.close(Some(refusal(Class::Unavailable, "unreachable")));
        let error = house.portal.add_environment(&house.platform, &production()).await.unwrap_err();
        assert_eq!((error.problems()[0].code.as_str(), error.problems().len()), ("unavailable", 1));
        let mut typed = production();
        typed.shared.dns_name = "shared.example.com".to_owned();
        typed.shared.security_group = "sg-1".to_owned();
        house.portal.add_environment(&house.platform, &typed).await.unwrap();
    }

    #[tokio::test]
    async fn what_says_where_stacks_are_stays_while_they_live() {
        let house = house().await;
        house.live(&house.cluster("shared")).await;
        let environment = saved(&house, &house.environment).await;
        let elsewhere = EnvironmentDraft {
            name: "moved".to_owned(),
            region: "us-east-1".to_owned(),
            summary: "Another".to_owned(),
            ..EnvironmentDraft::from(&environment)
        };
        let change = async |draft: &EnvironmentDraft| {
            house.portal.change_environment(&house.platform, &house.environment, environment.version, draft).await
        };
        let problems = change(&elsewhere).await.unwrap_err().problems().to_vec();
        let said: Vec<_> = problems.iter().map(|one| (one.code.as_str(), one.path.as_str())).collect();
        assert_eq!(said, [("fixed", "name"), ("fixed", "region")]);
        change(&EnvironmentDraft { summary: "Another".to_owned(), ..EnvironmentDraft::from(&environment) })
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn only_those_who_manage_environments_do() {
        let house = house().await;
        for actor in [&house.dev, &house.owner, &house.auditor] {
            let refused = house.portal.add_environment(actor, &production()).await.unwrap_err();
            assert_eq!(refused.code(), "denied", "{}", actor.user.name);
            let refused = house.portal.change_environment(actor, &house.environment, 1, &production()).await;
            assert_eq!(refused.unwrap_err().code(), "denied", "{}", actor.user.name);
        }
    }
}
