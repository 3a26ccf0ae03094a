//! What I began and have not sent.

use domain::{
    DateTime, Utc,
    draft::{FormOf, SavedDraft},
    people::Actor,
    request::UNDECIDED,
    stack::StackStatus,
};
use storage::Transaction;

use super::seen_request;
use crate::{Portal, Result, ServiceError, names::Names};

/// A draft and what it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftCard {
    /// `Web service: orders`, `Change orders in staging`.
    pub title: String,
    /// Where to go on with it.
    pub form: FormOf,
    /// When it was saved last.
    pub saved_at: DateTime<Utc>,
}

impl Portal {
    /// The drafts of this person that can still be sent; the one that was saved last comes first.
    pub async fn drafts(&self, actor: &Actor) -> Result<Vec<DraftCard>> {
        let mut tx = self.storage.begin_read().await?;
        let saved = tx.list_drafts(Some(&actor.user.id)).await?;
        if saved.is_empty() {
            return Ok(vec![]);
        }
        let names = Names::read(&self.shelf, &mut *tx).await?;
        let mut cards = vec![];
        for draft in saved {
            match self.draft_title(&mut *tx, &names, actor, &draft).await {
                Ok(Some(title)) => cards.push(DraftCard { title, form: draft.form, saved_at: draft.saved_at }),
                // What it was about has ended, or is no longer this person's to see.
                Ok(None) | Err(ServiceError::NotFound { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(cards)
    }

    async fn draft_title(
        &self,
        tx: &mut dyn Transaction,
        names: &Names,
        actor: &Actor,
        draft: &SavedDraft,
    ) -> Result<Option<String>> {
        match &draft.form {
            FormOf::Template(name) => {
                let Some(shelved) = self.shelf.find(tx, name).await? else { return Ok(None) };
                let title = shelved.template.title.clone();
                let name = &draft.typed.stack_name;
                Ok(Some(if name.is_empty() { title } else { format!("{title}: {name}") }))
            }
            FormOf::Stack(id) => {
                let card = names.stack(self.seen_stack(tx, actor, id).await?)?;
                let is_there = card.stack.status != StackStatus::Gone;
                Ok(is_there.then(|| format!("Change {} in {}", card.stack.name, card.environment.name)))
            }
            FormOf::Request(id) => {
                let request = seen_request(tx, actor, id).await?;
                let is_open = UNDECIDED.contains(&request.status);
                let card = names.requests(tx, vec![request]).await?.pop();
                Ok(card.filter(|_| is_open).map(|card| format!("Edit: {}", card.title())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn drafts_are_listed_until_what_they_are_about_has_ended() {
        let house = house().await;
        house.saved(house.draft("orders")).await;
        house.clock.advance(60);
        let id = house.portal.submit(&house.dev, &house.draft("shop")).await.unwrap();
        let of_edit = FormOf::Request(id.clone());
        house.portal.save_draft(&house.dev, &of_edit, house.edit(&id).await).await.unwrap();
        let titles = async || -> Vec<String> {
            house.portal.drafts(&house.dev).await.unwrap().into_iter().map(|card| card.title).collect()
        };
        assert_eq!(titles().await, ["Edit: Create shop in staging", "Web service: orders"]);
        house.portal.withdraw(&house.dev, &id, "").await.unwrap();
        assert_eq!(titles().await, ["Web service: orders"]);
        house.portal.discard_draft(&house.dev, &FormOf::Template("web-service".to_owned())).await.unwrap();
        assert!(titles().await.is_empty());
        assert!(house.portal.drafts(&house.owner).await.unwrap().is_empty());
    }
}
