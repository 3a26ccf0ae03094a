//! What a draft would do and cost, while it is being typed. Reads only; secrets are not kept.

use domain::{Problem, approval::ApprovalRule, cost::Estimate, people::Actor, plan::Plan, template::inputs::visible};

use super::{Draft, draft::Sealing, seen_request};
use crate::{Portal, Result, ServiceError, environments::room};

/// What can be said about a draft.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// All that is wrong now.
    pub problems: Vec<Problem>,
    /// The inputs that count now.
    pub visible: Vec<String>,
    /// What would happen, where that can be said.
    pub plan: Option<Plan>,
    /// What it would cost, with the plan.
    pub cost: Option<Estimate>,
    /// Who has to say yes, where the environment is known.
    pub approval: Option<ApprovalRule>,
    /// Why AWS could not be asked.
    pub unavailable: Option<String>,
}

impl Portal {
    /// Looks at a draft as [`Portal::submit`] would.
    pub async fn preview(&self, actor: &Actor, draft: &Draft) -> Result<Preview> {
        let mut preview = Preview::default();
        let mut tx = self.storage.begin_read().await?;
        let template = match (&draft.request, &draft.stack) {
            (Some(id), _) => {
                let request = seen_request(&mut *tx, actor, id).await?;
                self.shelf.exactly(&mut *tx, &request.revision).await?
            }
            (None, Some(id)) => {
                let stack = self.seen_stack(&mut *tx, actor, id).await?;
                self.shelf.exactly(&mut *tx, &stack.revision).await?
            }
            (None, None) => self.shelf.find(&mut *tx, &draft.template).await?,
        };
        drop(tx);
        let template = template.ok_or(ServiceError::NotFound { what: "template" })?.template;
        preview.visible = visible(&template, &draft.inputs).into_iter().collect();
        let checked = match self.check_draft(actor, draft, Sealing::Pretend).await {
            Ok(checked) => checked,
            Err(ServiceError::Invalid(problems)) => return Ok(Preview { problems, ..preview }),
            Err(other) => return Err(other),
        };
        preview.approval = Some(ApprovalRule::of(&checked.ground.environment));
        match self.prepare(&checked.ground, checked.wish, &checked.inputs).await {
            Ok(prepared) => {
                let mut tx = self.storage.begin_read().await?;
                let ground = &checked.ground;
                preview.problems =
                    room(&mut *tx, &ground.environment, &ground.stack, &prepared.plan, &prepared.cost).await?;
                preview.plan = Some(prepared.plan);
                preview.cost = Some(prepared.cost);
            }
            Err(ServiceError::Invalid(problems)) => preview.problems = problems,
            Err(error @ ServiceError::Cloud(_)) => preview.unavailable = Some(error.to_string()),
            Err(other) => return Err(other),
        }
        Ok(preview)
    }
}

#[cfg(test)]
mod tests {
    use provisioner::{cloud::Class, fake::refusal};

    use crate::testing::house;

    #[tokio::test]
    async fn an_account_that_lets_nobody_in_is_told_and_nothing_is_written() {
        let house = house().await;
        house.cloud.close(Some(refusal(Class::Denied, "UnrecognizedClientException")));
        let draft = house.draft("orders");
        let preview = house.portal.preview(&house.dev, &draft).await.unwrap();
        assert!(preview.plan.is_none() && preview.unavailable.is_some());
        let before = house.history().await.len();
        assert_eq!(house.portal.submit(&house.dev, &draft).await.unwrap_err().code(), "cloud");
        assert_eq!(house.history().await.len(), before);
        house.cloud.close(None);
        house.portal.submit(&house.dev, &draft).await.unwrap();
    }
}
