//! What a stack was, one successful run after another.

use domain::{ids::StackId, people::Actor, run::Run};
use storage::Page;

use crate::{Portal, Result, ServiceError, names::Names, requests::RequestCard};

/// A run that succeeded.
#[derive(Clone, Debug)]
pub struct Release {
    /// The first one of the stack is 1.
    pub number: u64,
    /// The run.
    pub run: Run,
    /// What it carried out.
    pub card: RequestCard,
}

impl Portal {
    /// The releases of a stack, newest first; the page's key is the id of the last run seen.
    pub async fn releases(&self, actor: &Actor, id: &StackId, page: &Page) -> Result<Vec<Release>> {
        let mut tx = self.storage.begin_read().await?;
        let stack = self.seen_stack(&mut *tx, actor, id).await?;
        let names = Names::read(&self.shelf, &mut *tx).await?;
        let mut releases = vec![];
        for (number, run) in tx.list_releases(id, page).await? {
            let request = tx.lookup_request(&run.request).await?;
            let request = request.ok_or_else(|| ServiceError::corrupt(&run.id, "its request is missing"))?;
            releases.push(Release { number, run, card: names.request(request, stack.clone())? });
        }
        Ok(releases)
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        ids::RunId,
        request::Request,
        run::{Run, RunStatus},
    };

    use super::*;
    use crate::{
        requests::SummaryList,
        testing::{House, house},
    };

    /// As if it had been changed so many times more.
    async fn changed(house: &House, stack: &StackId, times: usize) {
        let mut tx = house.portal.storage.begin().await.unwrap();
        let last = tx.list_releases(stack, &Page::default()).await.unwrap().remove(0).1;
        let request = tx.lookup_request(&last.request).await.unwrap().unwrap();
        for number in 0..times {
            let (id, run): (_, RunId) = (format!("req-M{number}"), format!("run-M{number}").parse().unwrap());
            let request = Request { id: id.parse().unwrap(), run: Some(run.clone()), ..request.clone() };
            tx.add_request(&request).await.unwrap();
            // Every other one was undone: it is no release, and takes no number.
            for (run, status) in
                [(run, RunStatus::Succeeded), (format!("run-U{number}").parse().unwrap(), RunStatus::Undone)]
            {
                tx.add_run(&Run { id: run, request: request.id.clone(), status, ..last.clone() }).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn releases_keep_their_numbers_however_many_there_are() {
        let house = house().await;
        let stack = house.live(&house.draft("orders")).await;
        changed(&house, &stack, 120).await;
        let detail = house.portal.stack(&house.dev, &stack).await.unwrap();
        assert_eq!((detail.release_count, detail.request_count), (121, 121));
        assert!(detail.cost.is_some());

        let (mut page, mut numbers) = (Page { after: None, limit: 50 }, vec![]);
        loop {
            let found = house.portal.releases(&house.dev, &stack, &page).await.unwrap();
            let Some(last) = found.last() else { break };
            page.after = Some(last.run.id.to_string());
            assert!(found.iter().all(|one| one.run.request == one.card.request.id));
            numbers.extend(found.iter().map(|one| one.number));
        }
        assert_eq!(numbers, (1..=121).rev().collect::<Vec<_>>());

        let list = SummaryList { stack: Some(stack.clone()), limit: 200, ..SummaryList::default() };
        assert_eq!(house.portal.request_summaries(&house.dev, list).await.unwrap().len(), 121);
        let hidden = house.portal.releases(&house.other_dev, &stack, &Page::default()).await;
        assert_eq!(hidden.unwrap_err().code(), "not-found");
    }
}
