//! What later migrations make of the rows that the first schema held. Each database brings its migrations and calls these
//! in turn: [`first`], [`FIRST_ROWS`], its own migrations, [`assert_kept`].

use std::{borrow::Cow, collections::BTreeMap};

use domain::{
    cost::Estimate,
    environment::{Environment, Rules},
    people::{PlatformRole, User},
    plan::{Plan, Wish},
    request::{Request, RequestStatus},
    run::{Run, RunStatus},
};
use serde_json::json;
use sqlx::migrate::Migrator;

use super::fixtures::{at, environment, id, request, run, stack, team, user};
use crate::{Account, Page, RequestFilter, Storage};

/// The migrations of a program that knew no more than the first one.
pub fn first(migrations: &Migrator) -> Migrator {
    let first = migrations.iter().filter(|one| one.version == 1).cloned().collect();
    Migrator { migrations: Cow::Owned(first), ..Migrator::DEFAULT }
}

/// Rows as a program of that time wrote them, in SQL that both databases read.
pub const FIRST_ROWS: &str = r#"
BEGIN;
INSERT INTO users (id, name, email, platform_role, disabled, created_at, version) VALUES
    ('usr-ada', 'ada Example', 'ada@example.com', 'platform', false, '2026-11-23T08:00:00.120007Z', 1),
    ('usr-bob', 'bob Example', 'bob@example.com', NULL, true, '2026-11-23T08:00:01.120007Z', 3);
INSERT INTO credentials (user_id, password_hash) VALUES ('usr-ada', 'hash');
INSERT INTO one_time_tokens (hash, purpose, expires_at) VALUES ('hash', 'setup', '2026-11-23T08:01:00.120007Z');
INSERT INTO teams (id, name, title, version) VALUES ('team-shop', 'shop', 'Team shop', 1);
INSERT INTO environments (
    id, name, summary, account, region, launch_role, vpc_id, public_subnets, private_subnets, assign_public_ip,
    certificate_arn, shared_load_balancer, permissions_boundary, tags, approvals_needed, version
) VALUES (
    'env-prod', 'prod', 'Where prod lives', '123456789012', 'eu-central-1', NULL, 'vpc-1', '["subnet-a","subnet-b"]',
    '["subnet-c","subnet-d"]', true, NULL, NULL, NULL, '{"cost-centre":"42"}', 2, 1
);
INSERT INTO stacks (
    id, name, team_id, environment_id, revision, inputs, status, outputs, monthly_micros, created_at, updated_at, version
) VALUES (
    'stk-shop', 'shop', 'team-shop', 'env-prod', 'web-service@1.0.0', '{"image":"nginx:1","port":8080}', 'pending',
    '{"url":"https://shop.example.com"}', 16430000, '2026-11-23T08:00:01.120007Z',
    '2026-11-23T08:00:02.120007Z', 1
);
INSERT INTO requests (
    id, wish, stack_id, team_id, environment_id, revision, revision_hash, inputs, requester_id, reason, status, plan, cost,
    seal, approvals_needed, run_id, created_at, updated_at, version
) VALUES (
    'req-done', 'create', 'stk-shop', 'team-shop', 'env-prod', 'web-service@1.0.0', 'hash', '{"port":8080}', 'usr-ada',
    'We open a shop — “soon”.', 'succeeded', '{"wish":"create","steps":[],"outputs":{},"observed":"seen"}',
    '{"items":[],"monthly_micros":16430000,"before_micros":5,"as_of":"2026-11-23","source":"a list","unpriced":null}',
    'seal', 1, 'run-done', '2026-11-23T08:00:03.120007Z', '2026-11-23T08:00:04.120007Z', 2
), (
    'req-next', 'update', 'stk-shop', 'team-shop', 'env-prod', 'web-service@1.0.0', 'hash', '{"port":8080}', 'usr-ada', '',
    'needs_approval', '{"wish":"update","steps":[],"outputs":{},"observed":"seen"}',
    '{"items":[],"monthly_micros":0,"before_micros":5,"as_of":"2026-11-23","source":"a list","unpriced":"Nobody knows."}',
    'seal', 2, NULL, '2026-11-23T08:00:03.120007Z', '2026-11-23T08:00:04.120007Z', 1
);
INSERT INTO runs (id, request_id, stack_id, status, fence, leased_by, leased_until, created_at, ended_at) VALUES (
    'run-done', 'req-done', 'stk-shop', 'succeeded', 3, NULL, NULL, '2026-11-23T08:00:05.120007Z',
    '2026-11-23T08:00:09.120007Z'
);
COMMIT;
"#;

/// All of [`FIRST_ROWS`] is there, and what the first schema did not know is as if nobody had ever said anything of it.
pub async fn assert_kept(storage: &dyn Storage) {
    let mut tx = storage.begin().await.expect("a transaction");
    let ada = User { platform_role: Some(PlatformRole::Platform), ..user("ada") };
    let account = Account {
        user: ada.clone(),
        created_at: at(0),
        last_signed_in_at: None,
        has_password: true,
        // The link to the set-up is nobody's.
        link_until: None,
    };
    assert_eq!(tx.lookup_account(&ada.id).await.unwrap(), Some(account));
    assert_eq!(tx.find_user_in_session(&ada.id, at(0)).await.unwrap(), Some(ada), "no session was ended");
    let bob = User { disabled: true, version: 3, ..user("bob") };
    assert_eq!(tx.lookup_user(&bob.id).await.unwrap(), Some(bob));
    assert_eq!(tx.lookup_team(&id("team-shop")).await.unwrap(), Some(team("shop")));
    let prod = Environment {
        launch_role: None,
        certificate_arn: None,
        shared_load_balancer: None,
        permissions_boundary: None,
        rules: Rules::default(),
        ..environment("prod")
    };
    assert_eq!(tx.lookup_environment(&prod.id).await.unwrap(), Some(prod));
    assert_eq!(tx.lookup_stack(&id("stk-shop")).await.unwrap(), Some(stack("shop")));

    let plan = |wish| Plan { wish, steps: vec![], outputs: BTreeMap::new(), observed: "seen".to_owned() };
    let cost = Estimate {
        items: vec![],
        monthly_micros: 16_430_000,
        before_micros: 5,
        as_of: "2026-11-23".to_owned(),
        source: "a list".to_owned(),
        unpriced: None,
    };
    let done = Request {
        revision_hash: "hash".to_owned(),
        inputs: BTreeMap::from([("port".to_owned(), json!(8080))]),
        status: RequestStatus::Succeeded,
        plan: plan(Wish::Create),
        cost: cost.clone(),
        edition: 1,
        seal: "seal".to_owned(),
        run: Some(id("run-done")),
        version: 2,
        ..request("done", "shop")
    };
    let next = Request {
        id: id("req-next"),
        wish: Wish::Update,
        reason: String::new(),
        status: RequestStatus::NeedsApproval,
        plan: plan(Wish::Update),
        cost: Estimate { monthly_micros: 0, unpriced: Some("Nobody knows.".to_owned()), ..cost },
        approvals_needed: 2,
        run: None,
        version: 1,
        ..done.clone()
    };
    for expected in [&done, &next] {
        assert_eq!(tx.lookup_request(&expected.id).await.unwrap().as_ref(), Some(expected));
    }
    let page = Page { after: None, limit: 10 };
    let listed = tx.list_request_summaries(&RequestFilter::default(), &page).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|one| (one.id.as_str(), one.monthly_micros)).collect();
    assert_eq!(listed, [("req-next", 0), ("req-done", 16_430_000)], "what lists show is what the cost says");
    let ended = Run { status: RunStatus::Succeeded, fence: 3, ended_at: Some(at(9)), ..run("done", &done) };
    assert_eq!(tx.lookup_run(&ended.id).await.unwrap(), Some(ended));
    assert!(tx.take_one_time_token("hash", "setup", at(9)).await.unwrap());
    // They are changed as any others are.
    tx.update_request(&Request { edition: 2, ..next }).await.unwrap();
    tx.commit().await.unwrap();
}
