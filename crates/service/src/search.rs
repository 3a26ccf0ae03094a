//! Going anywhere: what a person may open, found by a part of its name or by its id.

use std::sync::Arc;

use domain::{
    authz::{Action, Object, may, teams_where},
    people::{Actor, User},
    run::Run,
    template::schema::Template,
};
use storage::{Page, RequestFilter, StackFilter, Transaction};

use crate::{
    Portal, Result, ServiceError, may_request, names::Names, requests::RequestCard, runs::seen_run, stacks::StackCard,
};

/// Longer texts are no names.
const LONGEST: usize = 100;

/// So many are looked at for each that is shown: the database knows one word, the rest is matched here.
const LOOKED_AT: u32 = 5;

/// What was found, each sort by name or newest first.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Living stacks of the reader's teams.
    pub stacks: Vec<StackCard>,
    /// Requests of the reader's teams, newest first.
    pub requests: Vec<RequestCard>,
    /// The run that is called this, for those who may open it.
    pub run: Option<(Run, RequestCard)>,
    /// Templates on the shelf.
    pub templates: Vec<Arc<Template>>,
    /// People, for those who may read what people did.
    pub people: Vec<User>,
    /// Whether the reader may ask for a template.
    pub may_request: bool,
}

impl Portal {
    /// At most `limit` of each sort. Every word must be in what names the thing; without words there are only templates.
    pub async fn search(&self, actor: &Actor, text: &str, limit: u32) -> Result<Found> {
        let text: String = text.chars().take(LONGEST).collect::<String>().to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut tx = self.storage.begin_read().await?;
        let mut found = Found { may_request: may_request(actor).is_ok(), ..Found::default() };
        for shelved in self.shelf.latest(&mut *tx).await? {
            let template = shelved.template;
            // "Request a web service" is what one says who wants one.
            if has_all(&words, &["request a", &template.name, &template.title, &template.summary]) {
                found.templates.push(template);
            }
        }
        found.templates.truncate(most);
        if words.is_empty() {
            return Ok(found);
        }
        let read_history = may(actor, Action::ReadAudit, Object::default()).is_ok();
        if read_history {
            found.people = tx.find_users_by_name(&words.join(" "), limit).await?;
        }
        let teams = teams_where(actor, Action::ReadRequest);
        if teams.as_ref().is_some_and(Vec::is_empty) {
            return Ok(found);
        }
        let names = Names::read(&self.shelf, &mut *tx).await?;
        if let [word] = words[..] {
            found.run = named_run(&mut *tx, &names, actor, word).await?;
        }
        let page = Page { after: None, limit: limit.saturating_mul(LOOKED_AT) };
        for word in candidates(&words) {
            let filter = StackFilter { teams: teams.clone(), text: Some(word.to_owned()), ..StackFilter::default() };
            for stack in tx.list_stacks(&filter, &page).await? {
                let card = names.stack(stack)?;
                if has_all(&words, &of_stack(actor, &card))
                    && !found.stacks.iter().any(|one| one.stack.id == card.stack.id)
                {
                    found.stacks.push(card);
                }
            }
            let filter =
                RequestFilter { teams: teams.clone(), text: Some(word.to_owned()), ..RequestFilter::default() };
            let requests = tx.list_requests(&filter, &page).await?;
            for card in names.requests(&mut *tx, requests).await? {
                let known = found.requests.iter().any(|one| one.request.id == card.request.id);
                if !known && has_all(&words, &[&card.title(), card.request.id.as_str(), &card.requester_name]) {
                    found.requests.push(card);
                }
            }
        }
        found.stacks.sort_by_key(|card| !card.stack.name.starts_with(words[0]));
        found.stacks.truncate(most);
        found.requests.truncate(most);
        Ok(found)
    }
}

/// The words that a name or an id may be found by, longest first: of "orders in production" it is "orders" that names the
/// stack, and nobody can know that beforehand.
fn candidates<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut words = words.to_vec();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.truncate(3);
    words
}

/// The run with this id, with or without `run-`.
async fn named_run(
    tx: &mut dyn Transaction,
    names: &Names,
    actor: &Actor,
    word: &str,
) -> Result<Option<(Run, RequestCard)>> {
    // Ids are written in capital letters, and typed in any.
    let suffix = word.strip_prefix("run-").unwrap_or(word).to_uppercase();
    let Ok(id) = format!("run-{suffix}").parse() else { return Ok(None) };
    match seen_run(tx, actor, &id).await {
        Ok((run, request)) => {
            let card = names.requests(tx, vec![request]).await?.pop();
            Ok(card.map(|card| (run, card)))
        }
        Err(ServiceError::NotFound { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// What names a stack, and for those who may ask for it what can be done to it: "destroy orders" finds the stack.
fn of_stack<'a>(actor: &Actor, card: &'a StackCard) -> [&'a str; 6] {
    let owned = Object { team: Some(&card.team.id), requester: None };
    let deeds = if may(actor, Action::SubmitRequest, owned).is_ok() { "change destroy" } else { "" };
    [&card.stack.name, card.stack.id.as_str(), &card.environment.name, &card.template_title, &card.team.title, deeds]
}

fn has_all(words: &[&str], places: &[&str]) -> bool {
    let places: Vec<String> = places.iter().map(|place| place.to_lowercase()).collect();
    words.iter().all(|word| places.iter().any(|place| place.contains(word)))
}

#[cfg(test)]
mod tests {
    use crate::testing::house;

    #[tokio::test]
    async fn things_are_found_by_their_names_and_ids_by_those_who_may_see_them() {
        let house = house().await;
        let orders = house.live(&house.draft("orders")).await;
        let id = house.portal.submit(&house.dev, &house.draft("order-history")).await.unwrap();
        let names = async |actor, text: &str| {
            let found = house.portal.search(actor, text, 6).await.unwrap();
            let stacks: Vec<String> = found.stacks.iter().map(|card| card.stack.name.clone()).collect();
            let requests: Vec<String> = found.requests.iter().map(crate::requests::RequestCard::title).collect();
            (stacks, requests)
        };
        let both = (
            vec!["order-history".to_owned(), "orders".to_owned()],
            vec!["Create order-history in staging".to_owned(), "Create orders in staging".to_owned()],
        );
        for actor in [&house.dev, &house.owner, &house.platform, &house.auditor] {
            assert_eq!(names(actor, "  ORDER ").await, both, "{}", actor.user.name);
        }
        for actor in [&house.other_dev, &house.admin] {
            assert_eq!(names(actor, "order").await, (vec![], vec![]), "{}", actor.user.name);
        }
        assert_eq!(names(&house.dev, "create history").await.1, both.1[..1]);
        assert_eq!(names(&house.dev, "orders staging web").await.0, ["orders"]);
        assert_eq!(names(&house.dev, orders.as_str()).await.0, ["orders"]);
        let suffix = id.as_str().trim_start_matches("req-").to_lowercase();
        assert_eq!(names(&house.dev, &suffix[..5]).await.1, both.1[..1]);
        assert_eq!(names(&house.dev, "%").await, (vec![], vec![]));
        assert_eq!(house.portal.search(&house.dev, "order", 1).await.unwrap().stacks.len(), 1);
    }

    #[tokio::test]
    async fn a_run_is_found_by_its_id_by_those_who_may_open_it() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let run = house.approve(&id).await;
        let small = run.as_str().to_lowercase();
        for text in [run.as_str(), &small, small.trim_start_matches("run-"), &format!(" {small} ")] {
            for (actor, sees) in
                [(&house.dev, true), (&house.auditor, true), (&house.other_dev, false), (&house.admin, false)]
            {
                let found = house.portal.search(actor, text, 6).await.unwrap().run;
                assert_eq!(found.is_some(), sees, "{text} {}", actor.user.name);
                assert!(found.is_none_or(|(found, card)| found.id == run && card.request.id == id));
            }
        }
        for text in ["run-", "run-NONE", "run-%", &small[..8], &format!("{small} orders")] {
            assert!(house.portal.search(&house.dev, text, 6).await.unwrap().run.is_none(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_stack_is_found_by_what_may_be_done_to_it() {
        let house = house().await;
        house.live(&house.draft("orders")).await;
        for text in ["destroy orders", "change ord"] {
            for (actor, count) in [(&house.dev, 1), (&house.auditor, 0), (&house.other_dev, 0)] {
                let found = house.portal.search(actor, text, 6).await.unwrap().stacks;
                assert_eq!(found.len(), count, "{text} {}", actor.user.name);
            }
        }
    }

    #[tokio::test]
    async fn people_are_found_by_those_who_read_the_history_and_templates_by_everybody() {
        let house = house().await;
        for (actor, people) in [(&house.auditor, 2), (&house.admin, 2), (&house.dev, 0), (&house.owner, 0)] {
            let found = house.portal.search(actor, "dev", 6).await.unwrap();
            assert_eq!(found.people.len(), people, "{}", actor.user.name);
        }
        let found = house.portal.search(&house.dev, "web", 6).await.unwrap();
        assert_eq!(found.templates.iter().map(|one| one.title.as_str()).collect::<Vec<_>>(), ["Web service"]);
        assert!(found.may_request && !house.portal.search(&house.auditor, "web", 6).await.unwrap().may_request);
        assert!(house.portal.search(&house.dev, "", 6).await.unwrap().templates.len() > 1);
    }
}
