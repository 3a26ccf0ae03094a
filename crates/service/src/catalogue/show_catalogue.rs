//! What a team can ask for.

use domain::{
    authz::{Action, Denied, Object, may},
    cost::Estimate,
    people::Actor,
    template::{check::sample_environment, schema::Template},
};
use storage::Transaction;

use super::Shelved;
use crate::{Portal, Result, ServiceError, may_request};

/// A template as a reader sees it on the shelf.
#[derive(Clone, Debug)]
pub struct TemplateCard {
    /// The latest revision, or the one that was asked for.
    pub shelved: Shelved,
    /// What [`Shelved::typical`] costs where the reader would put it.
    pub cost: Option<Estimate>,
}

/// One template, and whether its reader may ask for it.
#[derive(Clone, Debug)]
pub struct TemplateDetail {
    /// As on the shelf.
    pub card: TemplateCard,
    /// Why the reader may not ask for it; none where they may.
    pub refused: Option<Denied>,
}

impl Portal {
    /// The latest revision of every template, by name.
    pub async fn catalogue(&self, actor: &Actor) -> Result<Vec<TemplateCard>> {
        may(actor, Action::ReadCatalogue, Object::default())?;
        let mut tx = self.storage.begin_read().await?;
        let region = region(&mut *tx, actor).await?;
        let latest = self.shelf.latest(&mut *tx).await?;
        Ok(latest.into_iter().map(|shelved| self.template_card(shelved, &region)).collect())
    }

    /// One template: the latest revision, or `name@version`.
    pub async fn template(&self, actor: &Actor, name: &str) -> Result<TemplateDetail> {
        may(actor, Action::ReadCatalogue, Object::default())?;
        let mut tx = self.storage.begin_read().await?;
        let shelved = self.shelf.find(&mut *tx, name).await?.ok_or(ServiceError::NotFound { what: "template" })?;
        let region = region(&mut *tx, actor).await?;
        let refused = match may_request(actor) {
            Ok(()) => nowhere(&mut *tx, &shelved.template).await?,
            Err(denied) => Some(denied),
        };
        Ok(TemplateDetail { card: self.template_card(shelved, &region), refused })
    }

    fn template_card(&self, shelved: Shelved, region: &str) -> TemplateCard {
        let cost = shelved.typical.as_ref().map(|plan| self.prices.estimate(plan, region, 0));
        TemplateCard { shelved, cost }
    }
}

/// No place takes it.
async fn nowhere(tx: &mut dyn Transaction, template: &Template) -> Result<Option<Denied>> {
    let places = tx.list_environments().await?;
    if places.iter().any(|place| place.refusals(&template.name, &template.title).is_empty()) {
        return Ok(None);
    }
    let reason = "No environment takes anything new of it.".to_owned();
    Ok(Some(Denied { action: Action::SubmitRequest, reason }))
}

/// Where the reader would put things: the first place they know of, or that of the samples.
async fn region(tx: &mut dyn Transaction, actor: &Actor) -> Result<String> {
    let knows = may(actor, Action::ReadEnvironments, Object::default()).is_ok();
    let first = if knows { tx.list_environments().await?.into_iter().next() } else { None };
    Ok(first.unwrap_or_else(sample_environment).region)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::testing::{House, house};

    async fn web_service(house: &House) -> TemplateCard {
        house.portal.template(&house.dev, "web-service").await.unwrap().card
    }

    #[tokio::test]
    async fn what_a_template_typically_makes_is_planned_once_and_priced_where_the_reader_would_put_it() {
        let mut house = house().await;
        let first = web_service(&house).await;
        let plan = first.shelved.typical.unwrap();
        assert!(plan.steps.iter().any(|step| step.resource == "service"), "{plan:?}");
        assert!(Arc::ptr_eq(&plan, &web_service(&house).await.shelved.typical.unwrap()));
        let here = first.cost.unwrap().monthly_micros;
        assert!(here > 0);

        // Twice as dear elsewhere.
        let mut elsewhere = house.portal.prices.regions["eu-central-1"].clone();
        elsewhere.load_balancer_hour *= 2;
        house.portal.prices.regions.insert("us-east-1".to_owned(), elsewhere);
        house.move_to("us-east-1").await;
        assert!(web_service(&house).await.cost.unwrap().monthly_micros > here);
        house.move_to("mars-north-1").await;
        assert!(web_service(&house).await.cost.unwrap().unpriced.is_some());
    }

    #[tokio::test]
    async fn who_may_not_ask_is_told_why() {
        let house = house().await;
        for (actor, may) in [(&house.dev, true), (&house.owner, true), (&house.auditor, false), (&house.admin, false)] {
            let detail = house.portal.template(actor, "web-service").await.unwrap();
            assert_eq!(detail.refused.is_none(), may, "{}", actor.user.name);
        }
        let all = house.portal.catalogue(&house.auditor).await.unwrap();
        assert!(all.len() > 1 && all.iter().all(|card| card.cost.is_some()), "{all:?}");
    }
}
