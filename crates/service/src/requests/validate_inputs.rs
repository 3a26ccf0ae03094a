//! Whether answers fit a template, without asking for anything.

use domain::{
    Problem,
    authz::{Action, Object, may},
    people::Actor,
    template::{
        Inputs,
        inputs::{validate, visible},
        schema::InputType,
    },
};

use super::{ClearSecrets, Draft, draft::Sealing};
use crate::{Portal, Result, ServiceError};

/// What is wrong with answers, or what they come to.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidInputs {
    /// All that is wrong.
    pub problems: Vec<Problem>,
    /// The inputs that count with these answers.
    pub visible: Vec<String>,
    /// All answers with defaults, where nothing is wrong; without secrets.
    pub inputs: Option<Inputs>,
}

impl Portal {
    /// Checks answers to a template's inputs; keeps nothing.
    pub async fn validate_inputs(
        &self,
        actor: &Actor,
        template: &str,
        inputs: Inputs,
        secrets: ClearSecrets,
    ) -> Result<ValidInputs> {
        may(actor, Action::ReadCatalogue, Object::default())?;
        let shelved = self.shelf.find(&mut *self.storage.begin_read().await?, template).await?;
        let template = shelved.ok_or(ServiceError::NotFound { what: "template" })?.template;
        let draft = Draft { inputs, secrets, ..Draft::default() };
        let visible = visible(&template, &draft.inputs).into_iter().collect();
        let (inputs, _, mut problems) = self.with_secrets(&template, &draft, &[], None, Sealing::Pretend);
        let inputs = validate(&template, &inputs).map_err(|wrong| problems.extend(wrong)).ok();
        let inputs = inputs.filter(|_| problems.is_empty()).map(|mut inputs| {
            let secret = |input: &&domain::template::schema::Input| matches!(input.kind, InputType::Secrets { .. });
            for input in template.inputs.iter().filter(secret) {
                inputs.remove(&input.name);
            }
            inputs
        });
        Ok(ValidInputs { problems, visible, inputs })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn answers_are_completed_or_told_what_is_wrong() {
        let house = house().await;
        let draft = house.draft_with_secret("orders", "open sesame");
        let check = async |inputs: Inputs| {
            let secrets = draft.secrets.clone();
            house.portal.validate_inputs(&house.auditor, "web-service", inputs, secrets).await.unwrap()
        };
        let fine = check(draft.inputs.clone()).await;
        let inputs = fine.inputs.unwrap();
        assert_eq!((fine.problems, &inputs["port"]), (vec![], &json!(8080)));
        assert!(!inputs.contains_key("secrets"));
        let wrong = check([("port".to_owned(), json!(0))].into()).await;
        let paths: Vec<_> = wrong.problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!((paths, wrong.inputs), (vec!["inputs.image", "inputs.port"], None));
    }
}
