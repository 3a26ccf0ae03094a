//! Environments, and how full they are.

use domain::{
    audit::AuditEvent,
    authz::{Action, Object, may},
    environment::{Environment, Load},
    ids::EnvironmentId,
    people::Actor,
};
use storage::{AuditFilter, Transaction};

use super::{managed, room::load_of};
use crate::{Portal, Result, ServiceError};

/// One environment in the list.
#[derive(Clone, Debug)]
pub struct EnvironmentCard {
    /// The environment.
    pub environment: Environment,
    /// What is there, or asked for.
    pub load: Load,
}

/// One environment.
#[derive(Clone, Debug)]
pub struct EnvironmentDetail {
    /// As in the list.
    pub card: EnvironmentCard,
    /// Templates that there are: name and title, by title.
    pub templates: Vec<(String, String)>,
    /// What was done about it, newest first.
    pub history: Vec<AuditEvent>,
}

impl Portal {
    /// All environments by name.
    pub async fn inspect_environments(&self, actor: &Actor) -> Result<Vec<EnvironmentCard>> {
        may(actor, Action::InspectEnvironments, Object::default())?;
        let mut tx = self.storage.begin_read().await?;
        let mut cards = vec![];
        for environment in tx.list_environments().await? {
            let load = load_of(&mut *tx, &environment).await?;
            cards.push(EnvironmentCard { environment, load });
        }
        Ok(cards)
    }

    /// One environment, with all that there is to know about it.
    pub async fn inspect_environment(&self, actor: &Actor, id: &EnvironmentId) -> Result<EnvironmentDetail> {
        may(actor, Action::InspectEnvironments, Object::default())?;
        let mut tx = self.storage.begin_read().await?;
        let environment = tx.lookup_environment(id).await?.ok_or(ServiceError::NotFound { what: "environment" })?;
        let load = load_of(&mut *tx, &environment).await?;
        let filter = AuditFilter { object: Some(id.to_string()), ..AuditFilter::default() };
        let history = tx.list_audit(&filter, 20).await?;
        let templates = self.titles(&mut *tx).await?;
        Ok(EnvironmentDetail { card: EnvironmentCard { environment, load }, templates, history })
    }

    /// The environment as it is, for those who change it.
    pub async fn managed_environment(&self, actor: &Actor, id: &EnvironmentId) -> Result<Environment> {
        managed(&mut *self.storage.begin_read().await?, actor, id).await
    }

    /// Name and title of every template, for those who say which may be asked for where.
    pub async fn template_titles(&self, actor: &Actor) -> Result<Vec<(String, String)>> {
        may(actor, Action::ManageEnvironments, Object::default())?;
        self.titles(&mut *self.storage.begin_read().await?).await
    }

    async fn titles(&self, tx: &mut dyn Transaction) -> Result<Vec<(String, String)>> {
        let latest = self.shelf.latest(tx).await?;
        let mut titles: Vec<(String, String)> =
            latest.into_iter().map(|one| (one.template.name.clone(), one.template.title.clone())).collect();
        titles.sort_by(|(_, one), (_, other)| one.cmp(other));
        Ok(titles)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::house;

    #[tokio::test]
    async fn a_place_says_how_full_it_is_to_those_who_manage_or_inspect_it() {
        let house = house().await;
        house.change_environment(|one| one.rules.max_vcpus = Some(100)).await;
        house.live(&house.draft("orders")).await;
        house.portal.submit(&house.dev, &house.draft("shop")).await.unwrap();
        let card = house.portal.inspect_environments(&house.auditor).await.unwrap().remove(0);
        assert_eq!(card.load.stacks, 2);
        let detail = house.portal.inspect_environment(&house.platform, &house.environment).await.unwrap();
        assert_eq!(detail.card.load, card.load);
        assert!(card.load.cpu_units > 0 && card.load.monthly_micros > 0);
        assert_eq!((detail.templates.len() > 1, detail.history.len()), (true, 1));
        for actor in [&house.dev, &house.owner] {
            assert_eq!(house.portal.inspect_environments(actor).await.unwrap_err().code(), "denied");
            assert_eq!(house.portal.inspect_environment(actor, &house.environment).await.unwrap_err().code(), "denied");
        }
        for (actor, code) in [(&house.admin, None), (&house.auditor, Some("denied"))] {
            let changed = house.portal.managed_environment(actor, &house.environment).await;
            assert_eq!(changed.err().map(|error| error.code()), code);
        }
    }
}
