//! Asking for something like what was asked for before.

use domain::{
    ids::RequestId,
    people::Actor,
    template::{Inputs, schema::InputType},
};
use provisioner::cloud::Secret;

use super::{ClearSecrets, Draft, seen_request};
use crate::{Portal, Result, ServiceError, may_request};

impl Portal {
    /// A draft for a new stack with the answers of a request, as far as the template still asks for them. Secrets come
    /// by name only.
    pub async fn draft_from(&self, actor: &Actor, id: &RequestId) -> Result<Draft> {
        may_request(actor)?;
        let mut tx = self.storage.begin_read().await?;
        let request = seen_request(&mut *tx, actor, id).await?;
        let name = request.revision.split('@').next().unwrap_or_default();
        let shelved = self.shelf.find(&mut *tx, name).await?.ok_or(ServiceError::NotFound { what: "template" })?;
        let (mut inputs, mut secrets) = (Inputs::new(), ClearSecrets::new());
        for input in &shelved.template.inputs {
            match (request.inputs.get(&input.name), &input.kind) {
                (Some(value), InputType::Secrets { .. }) => {
                    let names = value.as_object().into_iter().flat_map(|map| map.keys().cloned());
                    secrets.insert(input.name.clone(), names.map(|name| (name, Secret(String::new()))).collect());
                }
                (Some(value), _) => {
                    inputs.insert(input.name.clone(), value.clone());
                }
                (None, _) => {
                    inputs.extend(input.default.clone().map(|default| (input.name.clone(), default)));
                }
            }
        }
        Ok(Draft {
            template: shelved.template.id(),
            team: Some(request.team),
            environment: Some(request.environment),
            inputs,
            secrets,
            ..Draft::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::house;

    #[tokio::test]
    async fn the_answers_come_along_and_the_secrets_do_not() {
        let house = house().await;
        let mut draft = house.draft_with_secret("orders", "open sesame");
        draft.inputs.insert("count".to_owned(), json!(4));
        let id = house.portal.submit(&house.dev, &draft).await.unwrap();
        let from = house.portal.draft_from(&house.owner, &id).await.unwrap();
        assert_eq!((&from.inputs["image"], &from.inputs["count"]), (&draft.inputs["image"], &json!(4)));
        assert!(!from.inputs.contains_key("secrets"));
        assert!(from.secrets["secrets"]["TOKEN"].0.is_empty());
        assert_eq!((from.stack_name.as_str(), from.team), ("", Some(house.team.clone())));
        assert_eq!(house.portal.draft_from(&house.auditor, &id).await.unwrap_err().code(), "denied");
        assert_eq!(house.portal.draft_from(&house.other_dev, &id).await.unwrap_err().code(), "not-found");
    }
}
