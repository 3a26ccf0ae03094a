//! What the engine itself costs, for `cargo xtask bench engine`: runs against an AWS in memory that answers at once, on
//! the database that the settings name. Every event is on disk before the call that it announces, as ever.
//!
//! Prints JSON: `{"ping_ms", "run_ms", "step_ms", "all_seconds", "all_step_ms"}`; `ping_ms` is for the least question that
//! can be put to the database, `run_ms` for a run of one step, `step_ms` for each that follows another.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use clap::Parser;
use domain::{
    Clock as _,
    cost::Estimate,
    environment::Environment,
    ids::{RunId, StackId},
    people::{Team, User},
    plan::{Wish, build::Site},
    request::{Request, RequestStatus},
    run::{Run, RunStatus},
    seal::seal,
    stack::{Stack, StackStatus},
    template::{
        Inputs, check,
        render::{Surroundings, render},
    },
};
use gantry_server::{
    config::Config,
    database::Database,
    serve,
    sources::{SystemClock, SystemEntropy},
};
use provisioner::{cloud::Clouds as _, fake::FakeCloud, planning, runner::Timing};
use serde_json::json;
use service::Portal;
use tokio::{sync::watch, time::Instant};

/// How many runs of each length come one after another.
const ALONE: usize = 100;

#[derive(Parser)]
struct Arguments {
    /// Runs at once
    #[arg(long, default_value_t = 100)]
    runs: usize,
    /// Steps in each
    #[arg(long, default_value_t = 10)]
    steps: usize,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let wanted = Arguments::parse();
    let config = Config::read(std::env::vars().collect())
        .map_err(|problems| anyhow::anyhow!(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    let database = Database::open(&config).await?;
    let cloud = FakeCloud::default();
    let (clouds, clock, entropy) = (Arc::new(cloud.clone()), Arc::new(SystemClock), Arc::new(SystemEntropy));
    let portal = serve::assemble(&config, &database, clouds, clock, entropy)?;
    let mut pings = vec![];
    for _ in 0..500 {
        let asked = Instant::now();
        portal.storage.ping().await?;
        pings.push(asked.elapsed().as_secs_f64());
    }
    let house = House::build(&portal, cloud).await?;
    // One step after the other, and one run after the other. What a run takes besides its steps is in one of one step, too;
    // it differs from one to the next, so many are needed.
    let mut medians = vec![];
    for steps in [1, wanted.steps] {
        let chain = template(steps, |before| format!("{{{{ resources.p{before}.name }}}}"));
        let mut taken = vec![];
        for number in 0..ALONE {
            house.approve(&format!("chain{steps}x{number}"), &chain).await?;
            taken.push(house.work().await?.as_secs_f64());
        }
        medians.push(median(taken));
    }
    // All at once, and all steps of each at once.
    let wide = template(wanted.steps, |before| format!("after {before}"));
    for number in 0..wanted.runs {
        house.approve(&format!("all{number}"), &wide).await?;
    }
    let all = house.work().await?.as_secs_f64();
    let number = |count: usize| u32::try_from(count).map(f64::from);
    println!(
        "{}",
        json!({
            "ping_ms": median(pings) * 1e3,
            "run_ms": medians[0] * 1e3,
            "step_ms": (medians[1] - medians[0]) / number(wanted.steps - 1)? * 1e3,
            "all_seconds": all,
            "all_step_ms": all / number(wanted.steps * wanted.runs)? * 1e3,
        })
    );
    database.close().await;
    Ok(())
}

fn median(mut taken: Vec<f64>) -> f64 {
    taken.sort_by(f64::total_cmp);
    taken[taken.len() / 2]
}

/// Parameters, each of which may say something about the one before it.
fn template(steps: usize, value: impl Fn(usize) -> String) -> String {
    let head = "name: bench\nversion: 1.0.0\ntitle: Bench\nsummary: Parameters.\nicon: cluster\nowner: platform\n\
                maturity: stable\ndocs: None.\nsections: []\ninputs: []\noutputs: {}\nresources:\n";
    let parameter = |number: usize| {
        let value = number.checked_sub(1).map_or_else(|| "first".to_owned(), &value);
        format!(
            "  p{number}:\n    kind: SsmParameter\n    spec:\n      parameter_type: String\n      value: \"{value}\"\n"
        )
    };
    (0..steps).map(parameter).fold(head.to_owned(), |text, parameter| text + &parameter)
}

struct House<'a> {
    portal: &'a Portal,
    cloud: FakeCloud,
    environment: Environment,
    team: Team,
    user: User,
}

impl<'a> House<'a> {
    async fn build(portal: &'a Portal, cloud: FakeCloud) -> anyhow::Result<Self> {
        let environment = check::sample_environment();
        let team = Team { id: "team-A".parse()?, name: "bench".into(), title: "Bench".into(), version: 1 };
        let user = User {
            id: "usr-A".parse()?,
            name: "Ada".into(),
            email: "ada@example.com".into(),
            platform_role: None,
            disabled: false,
            version: 1,
        };
        let mut tx = portal.storage.begin().await?;
        tx.add_user(&user, portal.clock.now()).await?;
        tx.add_team(&team).await?;
        tx.add_environment(&environment).await?;
        tx.commit().await?;
        Ok(Self { portal, cloud, environment, team, user })
    }

    /// An approved request for a new stack, with its queued run.
    async fn approve(&self, name: &str, template: &str) -> anyhow::Result<()> {
        let template = check::parse(template).map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
        let around = Surroundings { environment: &self.environment, stack: name, team: &self.team.name };
        let rendered =
            render(&template, &Inputs::new(), &around).map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
        let stack: StackId = format!("stk-{name}").parse()?;
        let site = Site {
            installation: &self.portal.installation,
            environment: &self.environment,
            stack: &stack,
            stack_name: name,
            team: &self.team.name,
        };
        let cloud = self.cloud.connect(&self.environment).await?;
        let plan = planning::plan(&*cloud, &site, Wish::Create, &rendered.desired, &[])
            .await
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let (now, cost, run) = (SystemClock.now(), Estimate::default(), format!("run-{name}").parse::<RunId>()?);
        let request = Request {
            id: format!("req-{name}").parse()?,
            wish: Wish::Create,
            stack: stack.clone(),
            team: self.team.id.clone(),
            environment: self.environment.id.clone(),
            revision: "bench@1.0.0".into(),
            revision_hash: "hash".into(),
            inputs: Inputs::new(),
            requester: self.user.id.clone(),
            reason: "bench".into(),
            status: RequestStatus::Running,
            edition: 1,
            seal: seal(1, "hash", &Inputs::new(), &plan, &cost),
            plan,
            cost,
            approvals_needed: 1,
            run: Some(run.clone()),
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let row = Run {
            id: run,
            request: request.id.clone(),
            stack: stack.clone(),
            status: RunStatus::Queued,
            fence: 0,
            leased_by: None,
            leased_until: None,
            created_at: now,
            ended_at: None,
        };
        let stack = Stack {
            id: stack,
            name: name.to_owned(),
            team: self.team.id.clone(),
            environment: self.environment.id.clone(),
            revision: "bench@1.0.0".into(),
            inputs: Inputs::new(),
            status: StackStatus::Pending.on(domain::stack::StackEvent::RunStarted).context("a pending stack starts")?,
            outputs: [].into(),
            monthly_micros: 0,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        let mut tx = self.portal.storage.begin().await?;
        tx.add_stack(&stack).await?;
        tx.add_request(&request).await?;
        tx.add_run(&row).await?;
        Ok(tx.commit().await?)
    }

    /// Lets a runner work until all queued runs have succeeded; from its start to the end of the last.
    async fn work(&self) -> anyhow::Result<Duration> {
        let runner = serve::runner(self.portal, Timing::default());
        let mut changes = self.portal.changes.subscribe();
        let (stop, stopped) = watch::channel(false);
        let since = Instant::now();
        let work = tokio::spawn(runner.run(stopped));
        let open = [RunStatus::Queued, RunStatus::Running];
        // To the last thing that is told of a run. Looking whether it was the last takes the database's time, which is the
        // engine's while it works: only when it has been silent for a while.
        let mut last = since;
        loop {
            match tokio::time::timeout(Duration::from_millis(5), changes.recv()).await {
                Ok(_) => last = Instant::now(),
                Err(_) => {
                    if self.portal.storage.begin_read().await?.list_runs_by_status(&open, None, 1).await?.is_empty() {
                        break;
                    }
                }
            }
        }
        let taken = last - since;
        stop.send(true)?;
        work.await?;
        let failed = [RunStatus::NeedsChoice, RunStatus::NeedsAttention, RunStatus::Stale];
        let failed = self.portal.storage.begin_read().await?.list_runs_by_status(&failed, None, 1).await?;
        ensure!(failed.is_empty(), "a run did not succeed: {failed:?}");
        Ok(taken)
    }
}
