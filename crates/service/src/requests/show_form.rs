//! What the form offers: teams, environments, things to pick from the account.

use std::collections::BTreeMap;

use domain::{
    authz::{Action, Object, may},
    draft::{FormOf, SavedDraft},
    environment::Environment,
    ids::{EnvironmentId, RequestId, StackId},
    people::{Actor, Team},
    plan::Wish,
    request::{Request, UNDECIDED},
    template::{Inputs, schema::ReferenceTo},
};
use provisioner::cloud::InventoryItem;
use storage::Transaction;

use super::{draft::changeable, prepare::inventory_of, refuse_now, seen_request};
use crate::{Portal, Result, ServiceError, catalogue::Shelved, may_request, names::Names, stacks::StackCard};

/// What the form needs beside what was typed.
#[derive(Clone, Debug)]
pub struct Form {
    /// Which form it is.
    pub of: FormOf,
    /// What is asked.
    pub shelved: Shelved,
    /// What the request will want.
    pub wish: Wish,
    /// The stack to change, or that of the request to edit.
    pub stack: Option<StackCard>,
    /// The request to edit.
    pub request: Option<Request>,
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
    /// What this person typed into it and did not send.
    pub saved: Option<SavedDraft>,
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
    /// The form; `environment` is the place picked so far. Where none is, it is that of the saved draft, of the request
    /// that is edited, or the first.
    pub async fn form(&self, actor: &Actor, of: &FormOf, environment: Option<&EnvironmentId>) -> Result<Form> {
        let mut form = self.questions(actor, of).await?;
        let known = |id: Option<&EnvironmentId>| form.environments.iter().find(|one| Some(&one.id) == id);
        let saved = form.saved.as_ref().and_then(|saved| saved.typed.environment.as_ref());
        let asked = form.request.as_ref().map(|request| &request.environment);
        let picked = known(environment).or_else(|| known(saved)).or_else(|| known(asked));
        if let Some(environment) = picked.or(form.environments.first()).cloned() {
            for input in &form.shelved.template.inputs {
                if let Some(of) = input.kind.refers_to() {
                    let choices = self.choices(&environment, of).await;
                    form.choices.insert(input.name.clone(), choices);
                }
            }
            form.environment = Some(environment.id);
        }
        Ok(form)
    }

    /// The form without what can be picked from the account, so AWS is not asked: enough to read what was posted.
    pub async fn questions(&self, actor: &Actor, of: &FormOf) -> Result<Form> {
        let mut tx = self.storage.begin_read().await?;
        let mut form = match of {
            FormOf::Template(name) => self.form_of_template(&mut *tx, actor, name).await?,
            FormOf::Stack(id) => self.form_of_stack(&mut *tx, actor, id).await?,
            FormOf::Request(id) => self.form_of_request(&mut *tx, actor, id).await?,
        };
        form.saved = tx.lookup_draft(&actor.user.id, of).await?;
        Ok(form)
    }

    async fn form_of_template(&self, tx: &mut dyn Transaction, actor: &Actor, name: &str) -> Result<Form> {
        let shelved = self.shelf.find(tx, name).await?.ok_or(ServiceError::NotFound { what: "template" })?;
        may_request(actor)?;
        let may_ask = |team: &Team| may(actor, Action::SubmitRequest, Object { team: Some(&team.id), requester: None });
        let teams = actor.teams.iter().map(|(team, _)| team).filter(|team| may_ask(team).is_ok());
        let (environments, left_out): (Vec<_>, Vec<_>) = tx
            .list_environments()
            .await?
            .into_iter()
            .partition(|one| one.refusals(&shelved.template.name, &shelved.template.title).is_empty());
        Ok(Form {
            of: FormOf::Template(name.to_owned()),
            shelved,
            wish: Wish::Create,
            stack: None,
            request: None,
            teams: teams.cloned().collect(),
            environments,
            left_out: left_out.into_iter().map(|one| one.name).collect(),
            environment: None,
            choices: BTreeMap::new(),
            current: Inputs::new(),
            saved: None,
        })
    }

    async fn form_of_stack(&self, tx: &mut dyn Transaction, actor: &Actor, id: &StackId) -> Result<Form> {
        let stack = self.seen_stack(tx, actor, id).await?;
        may(actor, Action::SubmitRequest, Object { team: Some(&stack.team), requester: None })?;
        changeable(tx, &stack).await?;
        let shelved = self.shelf.exactly(tx, &stack.revision).await?;
        let card = Names::read(&self.shelf, tx).await?.stack(stack)?;
        Ok(Form {
            of: FormOf::Stack(id.clone()),
            shelved: shelved.ok_or(ServiceError::NotFound { what: "template" })?,
            wish: Wish::Update,
            request: None,
            teams: vec![card.team.clone()],
            environments: vec![card.environment.clone()],
            left_out: vec![],
            environment: None,
            choices: BTreeMap::new(),
            current: card.stack.inputs.clone(),
            stack: Some(card),
            saved: None,
        })
    }

    async fn form_of_request(&self, tx: &mut dyn Transaction, actor: &Actor, id: &RequestId) -> Result<Form> {
        let request = seen_request(tx, actor, id).await?;
        refuse_now(actor, Action::EditRequest, &request, UNDECIDED)?;
        let missing = |what: &str| ServiceError::corrupt(id, format!("its {what} is missing"));
        let shelved = self.shelf.exactly(tx, &request.revision).await?.ok_or_else(|| missing("template"))?;
        let stack = tx.lookup_stack(&request.stack).await?.ok_or_else(|| missing("stack"))?;
        let card = Names::read(&self.shelf, tx).await?.stack(stack)?;
        let is_new = request.wish == Wish::Create;
        Ok(Form {
            of: FormOf::Request(id.clone()),
            shelved,
            wish: request.wish,
            teams: vec![card.team.clone()],
            environments: if is_new { tx.list_environments().await? } else { vec![card.environment.clone()] },
            left_out: vec![],
            environment: None,
            choices: BTreeMap::new(),
            current: if is_new { Inputs::new() } else { card.stack.inputs.clone() },
            stack: Some(card),
            request: Some(request),
            saved: None,
        })
    }

    async fn choices(&self, environment: &Environment, of: ReferenceTo) -> Choices {
        let (what, parent) = inventory_of(of, environment);
        let items = async { self.clouds.connect(environment).await?.inventory(what, parent).await };
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

        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let of = FormOf::Request(id.clone());
        let form = house.portal.form(&house.dev, &of, None).await.unwrap();
        assert_eq!((form.wish, form.request.map(|request| request.id)), (Wish::Create, Some(id.clone())));
        assert_eq!(house.portal.form(&house.owner, &of, None).await.unwrap_err().code(), "denied");
        house.approve(&id).await;
        assert_eq!(house.portal.form(&house.dev, &of, None).await.unwrap_err().code(), "conflict");
    }
}
