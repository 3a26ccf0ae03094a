//! What the form offers: teams, environments, things to pick from the account.

use std::collections::BTreeMap;

use domain::{
    authz::{Action, Object, may},
    environment::Environment,
    ids::{EnvironmentId, StackId},
    people::{Actor, Team},
    template::{
        Inputs,
        schema::{InputType, ReferenceTo},
    },
};
use provisioner::cloud::{Inventory, InventoryItem};

use super::draft::changeable;
use crate::{Portal, Result, ServiceError, catalogue::Shelved, may_request, stacks::StackCard};

/// Which form.
#[derive(Clone, Debug)]
pub enum FormOf {
    /// For a new stack of this template.
    Template(String),
    /// To change this stack.
    Stack(StackId),
}

/// What the form needs beside what was typed.
#[derive(Clone, Debug)]
pub struct Form {
    /// What is asked.
    pub shelved: Shelved,
    /// The stack to change.
    pub stack: Option<StackCard>,
    /// Teams that one may ask for.
    pub teams: Vec<Team>,
    /// Places to choose from.
    pub environments: Vec<Environment>,
    /// Names of places that take nothing new of this template.
    pub left_out: Vec<String>,
    /// The place that `choices` are of.
    pub environment: Option<EnvironmentId>,
    /// For each input that is picked from the account.
    pub choices: BTreeMap<String, Choices>,
    /// What runs now; empty for a new stack.
    pub current: Inputs,
}

/// What can be picked.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// The things.
    pub items: Vec<InventoryItem>,
    /// Why AWS could not be asked.
    pub error: Option<String>,
}

impl Portal {
    /// The form; `environment` is the place picked so far (the first, where none is).
    pub async fn form(&self, actor: &Actor, of: &FormOf, environment: Option<&EnvironmentId>) -> Result<Form> {
        let mut tx = self.storage.begin_read().await?;
        let mut form = match of {
            FormOf::Template(name) => {
                let shelved =
                    self.shelf.find(&mut *tx, name).await?.ok_or(ServiceError::NotFound { what: "template" })?;
                may_request(actor)?;
                let may_ask =
                    |team: &Team| may(actor, Action::SubmitRequest, Object { team: Some(&team.id), requester: None });
                let teams = actor.teams.iter().map(|(team, _)| team).filter(|team| may_ask(team).is_ok());
                let (environments, left_out): (Vec<_>, Vec<_>) = tx
                    .list_environments()
                    .await?
                    .into_iter()
                    .partition(|one| one.refusals(&shelved.template.name, &shelved.template.title).is_empty());
                Form {
                    shelved,
                    stack: None,
                    teams: teams.cloned().collect(),
                    environments,
                    left_out: left_out.into_iter().map(|one| one.name).collect(),
                    environment: None,
                    choices: BTreeMap::new(),
                    current: Inputs::new(),
                }
            }
            FormOf::Stack(id) => {
                let stack = self.seen_stack(&mut *tx, actor, id).await?;
                may(actor, Action::SubmitRequest, Object { team: Some(&stack.team), requester: None })?;
                changeable(&mut *tx, &stack).await?;
                let shelved = self.shelf.exactly(&mut *tx, &stack.revision).await?;
                let names = crate::names::Names::read(&self.shelf, &mut *tx).await?;
                let card = names.stack(stack)?;
                Form {
                    shelved: shelved.ok_or(ServiceError::NotFound { what: "template" })?,
                    teams: vec![card.team.clone()],
                    environments: vec![card.environment.clone()],
                    left_out: vec![],
                    environment: None,
                    choices: BTreeMap::new(),
                    current: card.stack.inputs.clone(),
                    stack: Some(card),
                }
            }
        };
        drop(tx);
        let picked = environment.and_then(|id| form.environments.iter().find(|one| one.id == *id));
        if let Some(environment) = picked.or(form.environments.first()).cloned() {
            for input in &form.shelved.template.inputs {
                if let InputType::Reference { of } = &input.kind {
                    let choices = self.choices(&environment, *of).await;
                    form.choices.insert(input.name.clone(), choices);
                }
            }
            form.environment = Some(environment.id);
        }
        Ok(form)
    }

    async fn choices(&self, environment: &Environment, of: ReferenceTo) -> Choices {
        let what = match of {
            ReferenceTo::Cluster => Inventory::Clusters,
        };
        let items = async { self.clouds.connect(environment).await?.inventory(what, None).await };
        match items.await {
            Ok(items) => Choices { items, error: None },
            Err(error) => Choices { items: vec![], error: Some(ServiceError::Cloud(error).to_string()) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn the_form_offers_what_there_is() {
        let house = house().await;
        let cluster = house.live(&house.cluster("shared")).await;
        let of = FormOf::Template("web-service".to_owned());
        let form = house.portal.form(&house.dev, &of, None).await.unwrap();
        assert_eq!((form.teams.len(), form.environments.len()), (1, 1));
        assert_eq!(form.environment, Some(house.environment.clone()));
        let arn = house.stack(&cluster).await.outputs["cluster_arn"].clone();
        assert_eq!(form.choices["cluster_arn"].items[0].value, arn);
        assert_eq!(house.portal.form(&house.auditor, &of, None).await.unwrap_err().code(), "denied");

        let of = FormOf::Stack(cluster);
        let form = house.portal.form(&house.owner, &of, None).await.unwrap();
        assert_eq!(form.current["spot_share"], "none");
        assert_eq!(house.portal.form(&house.other_dev, &of, None).await.unwrap_err().code(), "not-found");
    }
}
