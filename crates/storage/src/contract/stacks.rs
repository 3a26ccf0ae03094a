//! Stacks, their resources, what they use and what is reserved for them.

use std::collections::BTreeMap;

use domain::{
    plan::Resource,
    stack::{Reservation, Stack, StackStatus},
};

use super::{
    Database,
    fixtures::{at, begin, id, resource, settle, stack},
};
use crate::{Page, StackFilter, StorageError};

/// Everything comes back.
pub async fn a_stack_keeps_all_its_fields(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_stack(&stack("shop")).await.unwrap();
    assert_eq!(tx.lookup_stack(&id("stk-shop")).await.unwrap(), Some(stack("shop")));
    assert_eq!(tx.lookup_stack(&id("stk-none")).await.unwrap(), None);
    tx.commit().await.unwrap();
}

/// Per environment; a stack that is gone gives its name back.
pub async fn a_stack_name_is_taken_until_the_stack_is_gone(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_stack(&stack("shop")).await.unwrap();
    let twin = Stack { id: id("stk-twin"), ..stack("shop") };
    assert!(matches!(tx.add_stack(&twin).await, Err(StorageError::Taken { .. })));
    let elsewhere = Stack { id: id("stk-elsewhere"), environment: id("env-test"), ..stack("shop") };
    tx.add_stack(&elsewhere).await.unwrap();

    tx.update_stack(&Stack { status: StackStatus::Gone, ..stack("shop") }).await.unwrap();
    assert_eq!(tx.find_stack_by_name(&id("env-prod"), "shop").await.unwrap(), None);
    tx.add_stack(&twin).await.unwrap();
    assert_eq!(tx.find_stack_by_name(&id("env-prod"), "shop").await.unwrap(), Some(twin));
    assert_eq!(tx.find_stack_by_name(&id("env-test"), "shop").await.unwrap(), Some(elsewhere));
}

/// Renaming is no way around it.
pub async fn a_renamed_stack_cannot_take_a_name(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_stack(&stack("shop")).await.unwrap();
    tx.add_stack(&stack("till")).await.unwrap();
    let renamed = Stack { name: "shop".to_owned(), ..stack("till") };
    assert!(matches!(tx.update_stack(&renamed).await, Err(StorageError::Taken { .. })));
}

/// Who read an old version reads again.
pub async fn a_stack_is_changed_only_at_its_version(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_stack(&stack("shop")).await.unwrap();
    let changed = Stack {
        revision: "web-service@1.1.0".to_owned(),
        inputs: BTreeMap::new(),
        status: StackStatus::Live,
        outputs: BTreeMap::new(),
        monthly_micros: -1,
        updated_at: at(60),
        ..stack("shop")
    };
    tx.update_stack(&changed).await.unwrap();
    assert!(matches!(tx.update_stack(&changed).await, Err(StorageError::Conflict { .. })));
    let ahead = Stack { version: 9, ..changed.clone() };
    assert!(matches!(tx.update_stack(&ahead).await, Err(StorageError::Conflict { .. })));
    let expected = Stack { version: 2, ..changed };
    assert_eq!(tx.lookup_stack(&id("stk-shop")).await.unwrap(), Some(expected));
}

/// Team, environment, gone ones, pages, by name and by last change.
pub async fn stacks_are_filtered_and_paged(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_stack(&stack("d")).await.unwrap();
    tx.add_stack(&Stack { updated_at: at(9), ..stack("b") }).await.unwrap();
    tx.add_stack(&Stack { team: id("team-bank"), updated_at: at(5), ..stack("a") }).await.unwrap();
    tx.add_stack(&Stack { status: StackStatus::Gone, ..stack("c") }).await.unwrap();
    // A twin by name elsewhere: the id decides.
    tx.add_stack(&Stack { id: id("stk-b2"), environment: id("env-test"), ..stack("b") }).await.unwrap();
    tx.commit().await.unwrap();

    let none = StackFilter::default;
    let cases = [
        (none(), vec!["a", "b", "b2", "d"]),
        (StackFilter { last_changed_first: true, ..none() }, vec!["b", "a", "d", "b2"]),
        (StackFilter { teams: Some(vec![id("team-shop")]), last_changed_first: true, ..none() }, vec!["b", "d", "b2"]),
        (StackFilter { with_gone: true, ..none() }, vec!["a", "b", "b2", "c", "d"]),
        (StackFilter { teams: Some(vec![id("team-bank")]), ..none() }, vec!["a"]),
        (StackFilter { teams: Some(vec![id("team-bank"), id("team-shop")]), ..none() }, vec!["a", "b", "b2", "d"]),
        (StackFilter { teams: Some(vec![]), ..none() }, vec![]),
        (StackFilter { environment: Some(id("env-test")), ..none() }, vec!["b2"]),
        (StackFilter { text: Some("B".to_owned()), ..none() }, vec!["b", "b2"]),
        (StackFilter { text: Some("STK-B".to_owned()), ..none() }, vec!["b", "b2"]),
        (StackFilter { text: Some("b2".to_owned()), ..none() }, vec!["b2"]),
        (StackFilter { text: Some("2".to_owned()), ..none() }, vec![]),
        (StackFilter { text: Some("_".to_owned()), ..none() }, vec![]),
    ];
    for (filter, expected) in cases {
        let mut tx = database.storage().begin_read().await.unwrap();
        let mut page = Page { after: None, limit: 2 };
        let mut seen = vec![];
        loop {
            let found = tx.list_stacks(&filter, &page).await.unwrap();
            assert!(found.len() <= 2);
            let Some(last) = found.last() else { break };
            page.after = Some(filter.key(last));
            seen.extend(found.iter().map(|stack| stack.id.as_str().trim_start_matches("stk-").to_owned()));
        }
        assert_eq!(seen, expected, "{filter:?}");
        let totals = tx.total_stacks(&filter).await.unwrap();
        assert_eq!(totals.count, expected.len() as u64, "{filter:?}");
        assert_eq!(totals.monthly_micros, stack("b").monthly_micros * expected.len() as i64, "{filter:?}");
    }
}

/// It moves to where it was seen already, and nothing is shown twice.
pub async fn a_stack_that_changes_between_two_pages_hides_no_other(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    for (name, changed) in [("a", 30), ("b", 20), ("c", 10)] {
        tx.add_stack(&Stack { updated_at: at(changed), ..stack(name) }).await.unwrap();
    }
    let filter = StackFilter { last_changed_first: true, ..StackFilter::default() };
    let first = tx.list_stacks(&filter, &Page { after: None, limit: 2 }).await.unwrap();
    let last = first.last().unwrap();
    assert_eq!(last.id, id("stk-b"));
    tx.update_stack(&Stack { updated_at: at(40), ..last.clone() }).await.unwrap();
    let page = |key: &str| Page { after: Some(key.to_owned()), limit: 2 };
    let rest = tx.list_stacks(&filter, &page(&filter.key(last))).await.unwrap();
    assert_eq!(rest.iter().map(|stack| stack.name.as_str()).collect::<Vec<_>>(), ["c"]);
    for unknown in ["stk-a", "", "yesterday.stk-a", "99999999999999999999.stk-a"] {
        assert!(tx.list_stacks(&filter, &page(unknown)).await.unwrap().is_empty(), "{unknown}");
    }
}

/// A second recording replaces; a second generation stands beside.
pub async fn resources_are_recorded_by_generation(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_stack(&stack("shop")).await.unwrap();
    tx.add_stack(&stack("till")).await.unwrap();
    tx.set_resource(&id("stk-shop"), &resource("targets", 2)).await.unwrap();
    tx.set_resource(&id("stk-shop"), &resource("targets", 1)).await.unwrap();
    tx.set_resource(&id("stk-shop"), &resource("cluster", 1)).await.unwrap();
    let deleted = Resource { live: false, outputs: BTreeMap::new(), ..resource("targets", 1) };
    tx.set_resource(&id("stk-shop"), &deleted).await.unwrap();
    let expected = [resource("cluster", 1), deleted, resource("targets", 2)];
    assert_eq!(tx.list_resources(&id("stk-shop")).await.unwrap(), expected);
    assert_eq!(tx.list_resources(&id("stk-till")).await.unwrap(), []);
    tx.commit().await.unwrap();
}

/// Replaced as a whole; gone users do not count.
pub async fn users_of_a_stack_are_the_living_ones(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    for name in ["cluster", "till", "shop", "old"] {
        tx.add_stack(&stack(name)).await.unwrap();
    }
    for name in ["stk-till", "stk-shop", "stk-old"] {
        tx.set_uses(&id(name), &[id("stk-cluster"), id("stk-cluster")]).await.unwrap();
    }
    tx.update_stack(&Stack { status: StackStatus::Gone, ..stack("old") }).await.unwrap();
    assert_eq!(tx.list_users_of(&id("stk-cluster")).await.unwrap(), [stack("shop"), stack("till")]);
    tx.set_uses(&id("stk-shop"), &[id("stk-till")]).await.unwrap();
    assert_eq!(tx.list_users_of(&id("stk-cluster")).await.unwrap(), [stack("till")]);
    assert_eq!(tx.list_users_of(&id("stk-till")).await.unwrap(), [stack("shop")]);
    tx.set_uses(&id("stk-shop"), &[]).await.unwrap();
    assert_eq!(tx.list_users_of(&id("stk-till")).await.unwrap(), []);
    tx.commit().await.unwrap();
}

/// Not by what has been deleted, replaced or belongs to a stack that is gone.
pub async fn a_stack_is_found_by_what_its_live_resources_put_out(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_stack(&stack("shop")).await.unwrap();
    let shop = id("stk-shop");
    tx.set_resource(&shop, &resource("cluster", 1)).await.unwrap();
    assert_eq!(tx.find_stack_by_output("arn:cluster:1").await.unwrap(), Some(stack("shop")));
    assert_eq!(tx.find_stack_by_output("arn:cluster").await.unwrap(), None);

    let renamed =
        Resource { outputs: BTreeMap::from([("arn".to_owned(), "arn:new".to_owned())]), ..resource("cluster", 1) };
    tx.set_resource(&shop, &renamed).await.unwrap();
    assert_eq!(tx.find_stack_by_output("arn:cluster:1").await.unwrap(), None);
    assert!(tx.find_stack_by_output("arn:new").await.unwrap().is_some());

    tx.set_resource(&shop, &Resource { live: false, ..renamed.clone() }).await.unwrap();
    assert_eq!(tx.find_stack_by_output("arn:new").await.unwrap(), None);
    tx.set_resource(&shop, &renamed).await.unwrap();
    tx.update_stack(&Stack { status: StackStatus::Gone, ..stack("shop") }).await.unwrap();
    assert_eq!(tx.find_stack_by_output("arn:new").await.unwrap(), None);
}

fn reservation(value: &str, stack: &str, resource: &str) -> Reservation {
    Reservation {
        scope: "priority:arn:listener".to_owned(),
        value: value.to_owned(),
        stack: id(&format!("stk-{stack}")),
        resource: resource.to_owned(),
    }
}

/// The same again is fine; for another stack or another resource it is taken.
pub async fn a_reservation_belongs_to_one_stack_and_resource(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_stack(&stack("shop")).await.unwrap();
    tx.add_stack(&stack("till")).await.unwrap();
    let first = reservation("100", "shop", "rule");
    tx.reserve(&first).await.unwrap();
    tx.reserve(&first).await.unwrap();
    for other in [reservation("100", "till", "rule"), reservation("100", "shop", "second")] {
        assert!(matches!(tx.reserve(&other).await, Err(StorageError::Taken { .. })));
    }
    let elsewhere = Reservation { scope: "route:arn:listener".to_owned(), ..reservation("100", "till", "rule") };
    tx.reserve(&elsewhere).await.unwrap();
    assert_eq!(tx.find_reservation(&first.scope, "100").await.unwrap(), Some(first));
    assert_eq!(tx.find_reservation("route:arn:listener", "100").await.unwrap(), Some(elsewhere));
    assert_eq!(tx.find_reservation("route:arn:listener", "101").await.unwrap(), None);
}

/// Others keep theirs.
pub async fn reservations_are_released_except_those_kept(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_stack(&stack("shop")).await.unwrap();
    tx.add_stack(&stack("till")).await.unwrap();
    let (a, b, c) = (reservation("1", "shop", "a"), reservation("2", "shop", "b"), reservation("3", "till", "c"));
    for one in [&b, &a, &c] {
        tx.reserve(one).await.unwrap();
    }
    assert_eq!(tx.list_reservations(&a.scope).await.unwrap(), [a.clone(), b.clone(), c.clone()]);
    assert_eq!(tx.list_reservations("route:none").await.unwrap(), []);
    tx.release_reservations(&id("stk-shop"), std::slice::from_ref(&b)).await.unwrap();
    assert_eq!(tx.list_reservations_of(&id("stk-shop")).await.unwrap(), [b]);
    tx.release_reservations(&id("stk-shop"), &[]).await.unwrap();
    assert_eq!(tx.list_reservations_of(&id("stk-shop")).await.unwrap(), []);
    assert_eq!(tx.list_reservations_of(&id("stk-till")).await.unwrap(), std::slice::from_ref(&c));
    tx.reserve(&Reservation { stack: id("stk-till"), ..a }).await.unwrap();
}

/// A database of a newer Gantry, or a mistake: never a guess at what to delete.
pub async fn a_resource_of_an_unknown_kind_is_corrupt(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_stack(&stack("shop")).await.unwrap();
    tx.set_resource(&id("stk-shop"), &resource("cluster", 1)).await.unwrap();
    tx.commit().await.unwrap();
    database.tamper("UPDATE resources SET kind = 'Gizmo'").await;
    let found = begin(database).await.list_resources(&id("stk-shop")).await;
    assert!(matches!(&found, Err(StorageError::Corrupt { why, .. }) if why.contains("Gizmo")), "{found:?}");
}
