//! Requests with their conversation.

use domain::{
    ids::{EnvironmentId, TeamId},
    plan::{Plan, Wish},
    request::{Comment, Decision, Request, RequestStatus, Verdict},
};

use super::{
    Database,
    fixtures::{at, begin, id, plan, request, run, settle, stack},
};
use crate::{Page, RequestFilter, RequestSummary, StorageError};

async fn settle_with_stacks(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    tx.add_stack(&stack("shop")).await.unwrap();
    tx.add_stack(&stack("till")).await.unwrap();
    tx.commit().await.unwrap();
}

/// The plan too.
pub async fn a_request_keeps_all_its_fields(database: &dyn Database) {
    settle_with_stacks(database).await;
    let mut tx = begin(database).await;
    let request = request("one", "shop");
    tx.add_request(&request).await.unwrap();
    assert_eq!(tx.lookup_request(&request.id).await.unwrap().as_ref(), Some(&request));
    assert_eq!(tx.lookup_request(&id("req-none")).await.unwrap(), None);
    assert!(matches!(tx.add_request(&request).await, Err(StorageError::Taken { .. })));
}

/// And every field can change but the id.
pub async fn a_request_is_changed_only_at_its_version(database: &dyn Database) {
    settle_with_stacks(database).await;
    let mut tx = begin(database).await;
    let first = request("one", "shop");
    tx.add_request(&first).await.unwrap();
    let run = run("one", &first);
    tx.add_run(&run).await.unwrap();
    let changed = Request {
        wish: Wish::Update,
        revision: "web-service@1.1.0".to_owned(),
        revision_hash: "c".repeat(64),
        inputs: Default::default(),
        reason: "Another".to_owned(),
        status: RequestStatus::Running,
        plan: Plan { steps: vec![], ..plan() },
        cost: Default::default(),
        edition: 3,
        seal: "d".repeat(64),
        approvals_needed: 3,
        run: Some(run.id),
        updated_at: at(60),
        ..first.clone()
    };
    tx.update_request(&changed).await.unwrap();
    assert!(matches!(tx.update_request(&changed).await, Err(StorageError::Conflict { .. })));
    assert!(matches!(tx.update_request(&first).await, Err(StorageError::Conflict { .. })));
    let ahead = Request { version: 9, ..first.clone() };
    assert!(matches!(tx.update_request(&ahead).await, Err(StorageError::Conflict { .. })));
    let expected = Request { version: 2, ..changed };
    assert_eq!(tx.lookup_request(&first.id).await.unwrap(), Some(expected));
    assert!(matches!(tx.update_request(&request("none", "shop")).await, Err(StorageError::Conflict { .. })));
    tx.commit().await.unwrap();
}

/// Two people who read the same version.
pub async fn of_two_racing_changes_of_a_request_one_wins(database: &dyn Database) {
    settle_with_stacks(database).await;
    let mut tx = begin(database).await;
    tx.add_request(&request("one", "shop")).await.unwrap();
    tx.commit().await.unwrap();

    let mut tasks = tokio::task::JoinSet::new();
    for status in [RequestStatus::Withdrawn, RequestStatus::Rejected] {
        let storage = database.storage();
        tasks.spawn(async move {
            let mut tx = storage.begin().await.unwrap();
            let result = tx.update_request(&Request { status, ..request("one", "shop") }).await;
            tx.commit().await.unwrap();
            result.map(|()| status)
        });
    }
    let results = tasks.join_all().await;
    let won: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
    let lost = results.iter().filter(|result| matches!(result, Err(StorageError::Conflict { .. }))).count();
    assert_eq!((won.len(), lost), (1, 1), "{results:?}");
    let stored = begin(database).await.lookup_request(&id("req-one")).await.unwrap().unwrap();
    assert_eq!((stored.status, stored.version), (*won[0], 2));
}

async fn ids_of(database: &dyn Database, filter: RequestFilter) -> Vec<String> {
    let mut tx = database.storage().begin_read().await.unwrap();
    let found = tx.list_requests(&filter, &Page::default()).await.unwrap();
    assert_eq!(tx.count_requests(&filter).await.unwrap(), found.len() as u64, "{filter:?}");
    let listed = tx.list_request_summaries(&filter, &Page::default()).await.unwrap();
    assert!(listed.iter().map(|one| &one.id).eq(found.iter().map(|one| &one.id)), "{filter:?}");
    found.iter().map(|request| request.id.to_string()).collect()
}

/// By team, state, stack, who asked, last change and all of them.
pub async fn requests_are_filtered_and_counted(database: &dyn Database) {
    settle_with_stacks(database).await;
    let mut tx = begin(database).await;
    tx.add_request(&request("a", "shop")).await.unwrap();
    tx.add_request(&Request { status: RequestStatus::Stale, ..request("b", "shop") }).await.unwrap();
    let of_bank =
        Request { team: id("team-bank"), requester: id("usr-bob"), updated_at: at(9), ..request("c", "till") };
    tx.add_request(&of_bank).await.unwrap();
    tx.commit().await.unwrap();

    let shop: TeamId = id("team-shop");
    let none = RequestFilter::default;
    assert_eq!(ids_of(database, none()).await, ["req-c", "req-b", "req-a"]);
    assert_eq!(ids_of(database, RequestFilter { oldest_first: true, ..none() }).await, ["req-a", "req-b", "req-c"]);
    let of = |teams| RequestFilter { teams: Some(teams), ..none() };
    assert_eq!(ids_of(database, of(vec![shop.clone()])).await, ["req-b", "req-a"]);
    assert_eq!(ids_of(database, of(vec![shop.clone(), id("team-bank")])).await, ["req-c", "req-b", "req-a"]);
    assert!(ids_of(database, of(vec![])).await.is_empty(), "no team is not every team");
    let statuses = vec![RequestStatus::Stale, RequestStatus::Running];
    assert_eq!(ids_of(database, RequestFilter { statuses: statuses.clone(), ..none() }).await, ["req-b"]);
    assert_eq!(ids_of(database, RequestFilter { stack: Some(id("stk-till")), ..none() }).await, ["req-c"]);
    let asked_by = |user: &str| RequestFilter { requester: Some(id(user)), ..none() };
    assert_eq!(ids_of(database, asked_by("usr-ada")).await, ["req-b", "req-a"]);
    assert_eq!(
        ids_of(database, RequestFilter { teams: Some(vec![id("team-bank")]), ..asked_by("usr-bob") }).await,
        ["req-c"]
    );
    assert!(ids_of(database, asked_by("usr-nobody")).await.is_empty());
    let with = |text: &str| RequestFilter { text: Some(text.to_owned()), ..none() };
    assert_eq!(ids_of(database, with("HO")).await, ["req-b", "req-a"], "of the stack `shop`");
    assert_eq!(ids_of(database, with("req-C")).await, ["req-c"]);
    assert_eq!(ids_of(database, with("C")).await, ["req-c"]);
    assert!(ids_of(database, with("%")).await.is_empty());
    assert!(ids_of(database, RequestFilter { teams: Some(vec![shop.clone()]), ..with("c") }).await.is_empty());
    let still = |seconds| RequestFilter { unchanged_since: Some(at(seconds)), ..none() };
    assert_eq!(ids_of(database, still(9)).await, ["req-b", "req-a"]);
    assert!(ids_of(database, still(4)).await.is_empty(), "that is when they were changed");
    let all = RequestFilter { teams: Some(vec![shop]), statuses, stack: Some(id("stk-till")), ..none() };
    assert!(ids_of(database, all).await.is_empty());
}

/// Nothing twice, nothing left out, although all were submitted at the same instant and one arrives in between.
pub async fn requests_are_paged_in_both_directions(database: &dyn Database) {
    settle_with_stacks(database).await;
    // Not in the order of their ids.
    let names = ["d", "a", "e", "c", "b"];
    let mut tx = begin(database).await;
    for name in names {
        tx.add_request(&request(name, "shop")).await.unwrap();
    }
    tx.commit().await.unwrap();

    for oldest_first in [true, false] {
        let filter = RequestFilter { oldest_first, ..RequestFilter::default() };
        let mut tx = begin(database).await;
        let mut page = Page { after: None, limit: 2 };
        let mut seen = vec![];
        loop {
            let found = tx.list_requests(&filter, &page).await.unwrap();
            let listed = tx.list_request_summaries(&filter, &page).await.unwrap();
            assert!(listed.iter().map(|one| &one.id).eq(found.iter().map(|one| &one.id)));
            assert!(found.len() <= 2);
            let Some(last) = found.last() else { break };
            page.after = Some(last.id.to_string());
            seen.extend(found.iter().map(|request| request.id.as_str().trim_start_matches("req-").to_owned()));
            if seen.len() == 2 && !oldest_first {
                tx.add_request(&request("new", "till")).await.unwrap();
            }
        }
        let mut expected = names.to_vec();
        if !oldest_first {
            expected.reverse();
        }
        assert_eq!(seen, expected);
        let unknown = Page { after: Some("req-none".to_owned()), limit: 2 };
        assert!(tx.list_requests(&filter, &unknown).await.unwrap().is_empty());
    }
}

/// Neither one's own nor those that one has decided, unless they were planned anew.
pub async fn requests_are_found_that_somebody_has_to_decide(database: &dyn Database) {
    settle_with_stacks(database).await;
    let mut tx = begin(database).await;
    let asked_by = |name: &str, user: &str| Request { requester: id(user), ..request(name, "shop") };
    for one in [asked_by("a", "usr-ada"), asked_by("b", "usr-bob"), asked_by("c", "usr-ada")] {
        tx.add_request(&one).await.unwrap();
    }
    let decided = Decision {
        request: id("req-a"),
        user: id("usr-bob"),
        verdict: Verdict::Approve,
        seal: request("a", "shop").seal,
        reason: String::new(),
        at: at(10),
    };
    tx.add_decision(&decided).await.unwrap();
    tx.add_decision(&Decision { request: id("req-c"), seal: "0".repeat(64), ..decided }).await.unwrap();
    tx.commit().await.unwrap();
    let count = async |environments: Option<Vec<EnvironmentId>>| {
        let filter = RequestFilter { environments, ..RequestFilter::default() };
        begin(database).await.count_requests(&filter).await.unwrap()
    };
    assert_eq!(count(Some(vec![])).await, 0);
    assert_eq!(count(Some(vec![id("env-prod")])).await, count(None).await);
    for (user, expected) in [("usr-ada", vec!["req-b"]), ("usr-bob", vec!["req-c"])] {
        let filter = RequestFilter { undecided_by: Some(id(user)), ..RequestFilter::default() };
        assert_eq!(begin(database).await.count_requests(&filter).await.unwrap(), expected.len() as u64, "{user}");
        assert_eq!(ids_of(database, filter).await, expected, "{user}");
    }
}

/// As it is after a change, too.
pub async fn a_request_is_summed_up_with_names(database: &dyn Database) {
    settle_with_stacks(database).await;
    let mut tx = begin(database).await;
    let first = request("one", "shop");
    tx.add_request(&first).await.unwrap();
    let run = run("one", &first);
    tx.add_run(&run).await.unwrap();
    let summary = RequestSummary {
        id: first.id.clone(),
        wish: first.wish,
        status: first.status,
        revision: first.revision.clone(),
        stack: first.stack.clone(),
        stack_name: "shop".to_owned(),
        team: first.team.clone(),
        team_name: "shop".to_owned(),
        team_title: "Team shop".to_owned(),
        environment: first.environment.clone(),
        environment_name: "prod".to_owned(),
        requester: first.requester.clone(),
        requester_name: "ada Example".to_owned(),
        monthly_micros: 7,
        approvals_needed: 1,
        run: None,
        created_at: first.created_at,
        updated_at: first.updated_at,
    };
    let listed = tx.list_request_summaries(&RequestFilter::default(), &Page::default()).await.unwrap();
    assert_eq!(listed, std::slice::from_ref(&summary));
    let cost = domain::cost::Estimate { monthly_micros: 99, ..first.cost.clone() };
    let status = RequestStatus::Running;
    tx.update_request(&Request { status, cost, run: Some(run.id.clone()), ..first }).await.unwrap();
    let listed = tx.list_request_summaries(&RequestFilter::default(), &Page::default()).await.unwrap();
    assert_eq!(listed, [RequestSummary { status, monthly_micros: 99, run: Some(run.id), ..summary }]);
}

/// A new seal asks everyone again.
pub async fn one_person_decides_once_per_request_and_seal(database: &dyn Database) {
    settle_with_stacks(database).await;
    let mut tx = begin(database).await;
    tx.add_request(&request("one", "shop")).await.unwrap();
    tx.add_request(&request("two", "till")).await.unwrap();
    let first = Decision {
        request: id("req-one"),
        user: id("usr-bob"),
        verdict: Verdict::Approve,
        seal: "b".repeat(64),
        reason: "Looks good".to_owned(),
        at: at(10),
    };
    tx.add_decision(&first).await.unwrap();
    let turned = Decision { verdict: Verdict::Reject, at: at(11), ..first.clone() };
    assert!(matches!(tx.add_decision(&turned).await, Err(StorageError::Taken { .. })));
    let other_seal = Decision { seal: "c".repeat(64), ..turned.clone() };
    let other_user = Decision { user: id("usr-ada"), ..turned.clone() };
    let other_request = Decision { request: id("req-two"), ..turned };
    for one in [&other_seal, &other_user, &other_request] {
        tx.add_decision(one).await.unwrap();
    }
    assert_eq!(tx.list_decisions(&id("req-one")).await.unwrap(), [first, other_seal, other_user]);
    assert_eq!(tx.list_decisions(&id("req-two")).await.unwrap(), [other_request]);
}

/// Also those of one instant, and the same words twice.
pub async fn comments_stay_in_order(database: &dyn Database) {
    settle_with_stacks(database).await;
    let mut tx = begin(database).await;
    tx.add_request(&request("one", "shop")).await.unwrap();
    let comment =
        |text: &str| Comment { request: id("req-one"), user: id("usr-bob"), text: text.to_owned(), at: at(10) };
    let said = [comment("Why two?"), comment("Because.\n<b>"), comment("Why two?")];
    for one in &said {
        tx.add_comment(one).await.unwrap();
    }
    assert_eq!(tx.list_comments(&id("req-one")).await.unwrap(), said);
    assert_eq!(tx.list_comments(&id("req-none")).await.unwrap(), []);
}

/// It is not shown as if it were running.
pub async fn a_request_that_runs_without_a_run_is_corrupt(database: &dyn Database) {
    settle_with_stacks(database).await;
    let mut tx = begin(database).await;
    tx.add_request(&request("one", "shop")).await.unwrap();
    let running = Request { status: RequestStatus::Running, ..request("one", "shop") };
    assert!(tx.update_request(&running).await.is_err(), "it is not written in the first place");
    drop(tx);

    let mut tx = begin(database).await;
    tx.add_request(&request("one", "shop")).await.unwrap();
    tx.commit().await.unwrap();
    database.tamper("UPDATE requests SET status = 'succeeded'").await;
    let found = begin(database).await.lookup_request(&id("req-one")).await;
    assert!(matches!(found, Err(StorageError::Corrupt { .. })), "{found:?}");
}

/// The message names the column.
pub async fn a_request_with_an_unreadable_plan_is_corrupt(database: &dyn Database) {
    settle_with_stacks(database).await;
    let mut tx = begin(database).await;
    tx.add_request(&request("one", "shop")).await.unwrap();
    tx.commit().await.unwrap();
    database.tamper(r#"UPDATE requests SET plan = '{"wish":"create"}'"#).await;
    match begin(database).await.lookup_request(&id("req-one")).await {
        Err(StorageError::Corrupt { what, why }) => {
            assert!(what.contains("requests.plan"), "{what}");
            assert!(why.contains("steps"), "{why}");
        }
        other => panic!("{other:?}"),
    }
}
