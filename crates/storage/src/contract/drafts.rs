//! Forms that were begun and not sent.

use domain::draft::{FormOf, SavedDraft, Typed};
use serde_json::json;

use super::{
    Database,
    fixtures::{at, begin, id, settle},
};
use crate::StorageError;

fn template() -> FormOf {
    FormOf::Template("web-service".to_owned())
}

fn draft(user: &str, form: FormOf, seconds: i64) -> SavedDraft {
    SavedDraft {
        user: id(&format!("usr-{user}")),
        form,
        typed: Typed {
            team: Some(id("team-shop")),
            environment: Some(id("env-prod")),
            stack_name: "Not A Name".to_owned(),
            inputs: [("port".to_owned(), json!("70000")), ("secrets".to_owned(), json!({"TOKEN": null}))].into(),
            repeated: [("config".to_owned(), vec![("LEVEL".to_owned(), "quiet".to_owned())])].into(),
            reason: "We open a shop — “soon”.".to_owned(),
        },
        saved_at: at(seconds),
    }
}

/// Each person has their own, and one for each form.
pub async fn a_draft_is_replaced_and_removed(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    let first = draft("ada", template(), 1);
    tx.set_draft(&first).await.unwrap();
    assert_eq!(tx.lookup_draft(&id("usr-ada"), &template()).await.unwrap().as_ref(), Some(&first));
    let second = SavedDraft { typed: Typed::default(), ..draft("ada", template(), 2) };
    tx.set_draft(&second).await.unwrap();
    assert_eq!(tx.lookup_draft(&id("usr-ada"), &template()).await.unwrap().as_ref(), Some(&second));
    assert_eq!(tx.lookup_draft(&id("usr-bob"), &template()).await.unwrap(), None);
    let other = FormOf::Stack(id("stk-shop"));
    assert_eq!(tx.lookup_draft(&id("usr-ada"), &other).await.unwrap(), None);

    tx.remove_draft(&id("usr-ada"), &other).await.unwrap();
    tx.remove_draft(&id("usr-bob"), &template()).await.unwrap();
    assert_eq!(tx.list_drafts(None).await.unwrap(), [second]);
    tx.remove_draft(&id("usr-ada"), &template()).await.unwrap();
    assert_eq!(tx.list_drafts(None).await.unwrap(), []);
}

/// One person's, or everybody's.
pub async fn drafts_are_listed_newest_first(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    let saved = [
        draft("ada", template(), 1),
        draft("ada", FormOf::Request(id("req-one")), 3),
        draft("bob", template(), 2),
        draft("ada", FormOf::Stack(id("stk-shop")), 5),
    ];
    for one in &saved {
        tx.set_draft(one).await.unwrap();
    }
    let [first, second, bobs, third] = saved;
    let everybody = [third.clone(), second.clone(), bobs, first.clone()];
    assert_eq!(tx.list_drafts(Some(&id("usr-ada"))).await.unwrap(), [third, second, first]);
    assert_eq!(tx.list_drafts(None).await.unwrap(), everybody);
}

/// By when they were saved last.
pub async fn old_drafts_are_removed(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.set_draft(&draft("ada", template(), 1)).await.unwrap();
    tx.set_draft(&draft("bob", template(), 2)).await.unwrap();
    tx.set_draft(&draft("bob", template(), 9)).await.unwrap();
    assert_eq!(tx.remove_drafts_before(at(1)).await.unwrap(), 0);
    assert_eq!(tx.remove_drafts_before(at(9)).await.unwrap(), 1);
    assert_eq!(tx.list_drafts(None).await.unwrap(), [draft("bob", template(), 9)]);
}

/// It is not shown as another form's.
pub async fn a_draft_of_an_unknown_form_is_corrupt(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.set_draft(&draft("ada", template(), 1)).await.unwrap();
    tx.commit().await.unwrap();
    database.tamper("UPDATE drafts SET form = 'nonsense'").await;
    let found = begin(database).await.list_drafts(None).await;
    assert!(matches!(found, Err(StorageError::Corrupt { .. })), "{found:?}");
}
