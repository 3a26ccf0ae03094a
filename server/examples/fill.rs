//! Fills a database for `cargo xtask bench http`: as many requests, stacks and lines of history as a large house has after
//! years. One request is made by the use case itself; the others are copies of it under other names.
//!
//! Prints what is needed to look at it, as JSON: `{"email", "password", "token"}`.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context as _;
use clap::Parser;
use domain::{
    audit::Entry,
    environment::Rules,
    ids::{RequestId, StackId},
    people::{Actor, PlatformRole, TeamRole},
    request::{Request, RequestStatus},
    stack::{Stack, StackStatus},
    token::Scope,
};
use gantry_server::{
    config::Config,
    serve,
    sources::{SystemClock, SystemEntropy},
};
use provisioner::fake::FakeCloud;
use serde_json::json;
use service::{
    Portal,
    accounts::{Seed, SeedEnvironment, SeedMembership, SeedPerson, SeedTeam},
    requests::Draft,
    tokens::NewToken,
};

const EMAIL: &str = "bench@example.com";
const PASSWORD: &str = "lift-that-container";
/// Rows in one transaction.
const BATCH: u32 = 5_000;

#[derive(Parser)]
struct Arguments {
    #[arg(long)]
    requests: u32,
    #[arg(long)]
    stacks: u32,
    #[arg(long)]
    audit: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let wanted = Arguments::parse();
    let config = Config::read(std::env::vars().collect())
        .map_err(|problems| anyhow::anyhow!(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    let database = gantry_server::database::Database::open(&config).await?;
    let (clouds, clock, entropy) = (Arc::new(FakeCloud::default()), Arc::new(SystemClock), Arc::new(SystemEntropy));
    let portal = serve::assemble(&config, &database, clouds, clock, entropy)?;
    portal.publish_builtin().await?;
    portal.seed(seed()).await?;
    let (request, stack) = first(&portal).await?;
    copies(&portal, &request, &stack, &wanted).await?;
    history(&portal, &request, wanted.audit).await?;
    let platform = find(&portal, EMAIL).await?;
    let wanted = NewToken { name: "bench".to_owned(), scopes: [Scope::Read].into(), days: 1 };
    let token = portal.create_token(&platform, &wanted).await?;
    println!("{}", json!({"email": EMAIL, "password": PASSWORD, "token": token.text.reveal()}));
    database.close().await;
    Ok(())
}

/// A team, a developer of it, and somebody of the platform team, who sees everything.
fn seed() -> Seed {
    let person = |name: &str, email: &str, role, teams| SeedPerson {
        name: name.to_owned(),
        email: email.to_owned(),
        password: Some(PASSWORD.to_owned()),
        role,
        teams,
    };
    let member = SeedMembership { team: "bench".to_owned(), role: TeamRole::Developer };
    Seed {
        teams: vec![SeedTeam { name: "bench".to_owned(), title: "Bench".to_owned() }],
        people: vec![
            person("Bench Press", EMAIL, Some(PlatformRole::Platform), vec![]),
            person("Dev Eloper", "dev@example.com", None, vec![member]),
        ],
        environments: vec![SeedEnvironment {
            name: "staging".to_owned(),
            summary: String::new(),
            account: "123456789012".to_owned(),
            region: "eu-central-1".to_owned(),
            launch_role: None,
            vpc_id: "vpc-1".to_owned(),
            public_subnets: vec!["subnet-1".to_owned(), "subnet-2".to_owned()],
            private_subnets: vec!["subnet-3".to_owned(), "subnet-4".to_owned()],
            assign_public_ip: false,
            certificate_arn: Some("arn:aws:acm:eu-central-1:123456789012:certificate/1".to_owned()),
            shared_load_balancer: None,
            permissions_boundary: None,
            tags: BTreeMap::new(),
            approvals_needed: 1,
            rules: Rules::default(),
        }],
    }
}

async fn find(portal: &Portal, email: &str) -> anyhow::Result<Actor> {
    let mut tx = portal.storage.begin_read().await?;
    let user = tx.find_user_by_email(email).await?.context("the seed was not put in")?;
    let teams = tx.list_memberships(&user.id).await?;
    Ok(Actor { user, teams, address: None })
}

/// What somebody really asked for.
async fn first(portal: &Portal) -> anyhow::Result<(Request, Stack)> {
    let developer = find(portal, "dev@example.com").await?;
    let environment = portal.storage.begin_read().await?.list_environments().await?.remove(0).id;
    let draft = Draft {
        template: "web-service".to_owned(),
        team: developer.teams.first().map(|(team, _)| team.id.clone()),
        environment: Some(environment),
        stack_name: "first".to_owned(),
        inputs: [("image".to_owned(), json!("registry.example.com/orders:1"))].into(),
        ..Draft::default()
    };
    let id = portal.submit(&developer, &draft).await?;
    let mut tx = portal.storage.begin_read().await?;
    let request = tx.lookup_request(&id).await?.context("the request is gone")?;
    let stack = tx.lookup_stack(&request.stack).await?.context("the stack is gone")?;
    Ok((request, stack))
}

/// Live stacks under other names, and requests about them that were withdrawn.
async fn copies(portal: &Portal, request: &Request, stack: &Stack, wanted: &Arguments) -> anyhow::Result<()> {
    let id = |prefix: &str, number: u32| format!("{prefix}-B{number:07}");
    for batch in (0..wanted.stacks.max(wanted.requests)).step_by(BATCH as usize) {
        let end = batch + BATCH;
        let mut tx = portal.storage.begin().await?;
        for number in batch..end.min(wanted.stacks) {
            let id: StackId = id("stk", number).parse()?;
            let name = format!("orders-{number}");
            tx.add_stack(&Stack { id, name, status: StackStatus::Live, ..stack.clone() }).await?;
        }
        for number in batch..end.min(wanted.requests) {
            let (id, stack): (RequestId, StackId) =
                (id("req", number).parse()?, id("stk", number % wanted.stacks.max(1)).parse()?);
            tx.add_request(&Request { id, stack, status: RequestStatus::Withdrawn, ..request.clone() }).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Lines such as the use cases write, in the proportion in which runs write them: many calls, few decisions.
async fn history(portal: &Portal, request: &Request, wanted: u32) -> anyhow::Result<()> {
    let actor = find(portal, "dev@example.com").await?.user;
    for batch in (0..wanted).step_by(BATCH as usize) {
        let mut tx = portal.storage.begin().await?;
        for number in batch..(batch + BATCH).min(wanted) {
            let by_hand = number % 20 == 0;
            let action = match number % 20 {
                0 if number % 40 == 0 => "request.submitted",
                0 => "request.approved",
                _ => "aws.call",
            };
            let entry = Entry {
                at: portal.clock.now(),
                actor: if by_hand { actor.id.to_string() } else { "gantry".to_owned() },
                actor_name: if by_hand { actor.name.clone() } else { "Gantry".to_owned() },
                address: None,
                action: action.to_owned(),
                object: format!("req-B{:07}", number % 5_000),
                team: Some(request.team.to_string()),
                summary: format!("{action} number {number}"),
                detail: json!({"operation": "CreateService", "service": "ecs"}),
            };
            tx.append_audit(&entry).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}
