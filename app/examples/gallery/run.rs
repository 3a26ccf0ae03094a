//! Runs on their way.

use std::io;

use gantry_app::{
    Choice, Failure, FieldError, GraphLayout, Handed, Handing, Left, NavItem, Question, RunView, Status, StepView,
    Tone, Waited, pages::*, routes,
};

use crate::{
    Gallery, HYPHENATED, LONG_PERSON, UNBROKEN, ago,
    plan::{long_named, sixty, web_service},
    text,
};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    for (name, run) in [
        ("run", half_done()),
        ("run-failed", failed()),
        ("run-unreadable", unreadable()),
        ("run-left-over", left_over()),
        ("run-undo-stopped", undo_stopped()),
        ("run-kept", kept()),
        ("run-by-hand", by_hand()),
        ("run-handed", handed()),
        ("run-handed-lost", lost()),
        ("run-not-handed", not_handed()),
        ("run-refused", refused()),
        ("run-done", done()),
        ("run-waiting", waiting()),
        ("run-undoing", undoing()),
        ("run-sixty", sixty_running()),
        ("run-sixty-failed", sixty_failed()),
    ] {
        gallery.page(name, NavItem::Stacks, page("Create orders in production", "orders", run))?;
    }
    let heading = format!("Create {UNBROKEN} in {HYPHENATED}");
    gallery.page_long("run-long", NavItem::Stacks, page(&heading, HYPHENATED, long_named_run()))?;
    gallery.page_long("run-left-long", NavItem::Stacks, page(&heading, HYPHENATED, long_named_left()))
}

fn page(heading: &str, stack: &str, run: RunView) -> run::RunPage {
    run::RunPage {
        heading: text(heading),
        request_id: text("req-7F3K2M"),
        stack: Some((text(stack), text("stk-4T9QXN"))),
        started_by: text("Grace Hopper"),
        layout: GraphLayout::of(&run.steps),
        run,
    }
}

fn a_run(status: Status, sentence: &str, state: impl Fn(&StepView) -> Status) -> RunView {
    let mut steps = web_service();
    for step in &mut steps {
        step.status = state(step);
        (step.sentence, step.elapsed_seconds) = match step.status {
            Status::Succeeded => (format!("Made {}-5f3a91c2.", step.name), step.expected_seconds),
            Status::Running => (text("AWS is making it ready."), Some(48)),
            Status::Failed => (text("ECS refused to make the service."), Some(3)),
            _ => (String::new(), None),
        };
        step.waited = (step.status == Status::Running).then_some(Waited { seconds: 41, at_most: 900 });
        if step.elapsed_seconds.is_some() {
            step.calls = vec![gantry_app::AwsCall {
                operation: text("ecs:CreateService"),
                request_id: Some(text("8f1c2a44-77f0-4a3e-9d52-0a1b2c3d4e5f")),
                error: None,
            }];
        }
    }
    RunView {
        id: text("run-2M9Q4T"),
        status,
        sentence: sentence.into(),
        steps,
        elapsed_seconds: Some(52),
        expected_seconds: Some(232),
        started: Some(ago(1)),
        ..RunView::default()
    }
}

pub fn half_done() -> RunView {
    let mut run =
        a_run(Status::Running, "Making the load balancer; 9 of 14 are done.", |step| match step.id.as_str() {
            "load-balancer" => Status::Running,
            _ if step.wave <= 1 => Status::Succeeded,
            _ => Status::Waiting,
        });
    run.choices = vec![Choice {
        label: text("Stop this run"),
        post_to: routes::run_choice("run-2M9Q4T", "abort"),
        tone: Tone::Plain,
        explain: text("Finishes what is under way, starts nothing more, and asks how to go on."),
        ..Choice::default()
    }];
    run
}

fn done() -> RunView {
    RunView {
        elapsed_seconds: Some(219),
        endpoint: Some(text("https://orders.example.com")),
        finished: true,
        ..a_run(Status::Succeeded, "All 14 resources are made, and the service answers.", |_| Status::Succeeded)
    }
}

fn choice(label: &str, verb: &str, tone: Tone, explain: &str, refused: Option<&str>) -> Choice {
    Choice {
        label: label.into(),
        post_to: routes::run_choice("run-2M9Q4T", verb),
        tone,
        explain: explain.into(),
        refused: refused.map(text),
        asks: None,
    }
}

fn left(step: &StepView, identifier: &str, why: &str) -> Left {
    Left {
        step_id: step.id.clone(),
        kind: step.kind.clone(),
        glyph: step.glyph,
        name: format!("{}-5f3a91c2", step.name),
        identifier: (!identifier.is_empty()).then(|| text(identifier)),
        did: text("Created"),
        why: text(why),
        by_hand: false,
    }
}

/// A run whose undo took back all but these steps: id, ARN or id in AWS, and why it stands.
fn undone_but(status: Status, sentence: &str, stands: &[(&str, &str, &str)]) -> RunView {
    let mut run = a_run(status, sentence, |step| match stands.iter().find(|(id, ..)| *id == step.id) {
        Some((_, _, why)) if why.contains("refused") => Status::NeedsAttention,
        Some(_) => Status::Succeeded,
        None => Status::Undone,
    });
    let of = |(id, identifier, why): &(&str, &str, &str)| {
        run.steps.iter().find(|step| step.id == *id).map(|step| left(step, identifier, why))
    };
    run.left = stands.iter().filter_map(of).collect();
    run.to_undo = Some(run.steps.len());
    run
}

const PROTECTED: &str = "Load balancer 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/orders-5f3a91c2/50dc6c495c0c9188' cannot be deleted because deletion protection is enabled";

const BALANCER: &str =
    "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/orders-5f3a91c2/50dc6c495c0c9188";

const FIREWALL: (&str, &str, &str) = (
    "balancer-access",
    "arn:aws:ec2:eu-central-1:123456789012:security-group/sg-0a1b2c3d4e5f60718",
    "Its undo waits for the load balancer orders-5f3a91c2.",
);

/// Somebody protected the load balancer, so its security group stands, too.
fn two_left(status: Status, sentence: &str) -> RunView {
    let refused = format!("Its undo was refused: {PROTECTED} (OperationNotPermitted)");
    RunView {
        failures: vec![Failure {
            step_id: text("load-balancer"),
            what: text("Taking back the load balancer orders-5f3a91c2 failed"),
            code: text("OperationNotPermitted"),
            aws_said: text(PROTECTED),
            meaning: text("Somebody turned on its deletion protection. Turn it off in AWS, then try again."),
            request_id: Some(text("8f1c2a44-77f0-4a3e-9d52-0a1b2c3d4e5f")),
        }],
        ..undone_but(status, sentence, &[FIREWALL, ("load-balancer", BALANCER, &refused)])
    }
}

/// Two things are left, and somebody said nothing about what they did.
fn left_over() -> RunView {
    let by_hand = Choice {
        asks: Some(Question {
            label: text("What was done in AWS?"),
            button: text("It is dealt with"),
            typed: Some(text("   ")),
            wrong: Some(text(
                "Say what was done about it in AWS: whoever reads the history has nothing else to go by.",
            )),
        }),
        ..choice(
            "Dealt with by hand…",
            "handled",
            Tone::Plain,
            "For what you have mended in AWS yourself: Gantry lets go of it and takes back the rest.",
            None,
        )
    };
    RunView {
        choices: vec![
            choice("Try again", "retry", Tone::Primary, "Tries what failed once more, and goes on from there.", None),
            by_hand,
            choice("Keep as it is", "keep", Tone::Plain, "Ends the run here; mend it with another request.", None),
        ],
        ..two_left(Status::NeedsAttention, "Not everything could be taken back. A person has to look.")
    }
}

/// Nothing failed on the way back: somebody stopped it. AWS never said whether it made the security group.
fn undo_stopped() -> RunView {
    let (group, _, _) = FIREWALL;
    let not_begun = "Its undo has not begun.";
    let stands = [(group, "", not_begun), ("target-group", "", not_begun)];
    let mut run = undone_but(Status::NeedsAttention, "It was stopped before everything was taken back.", &stands);
    run.left[0].did = text("May have been created");
    RunView {
        choices: vec![
            choice("Try again", "retry", Tone::Primary, "Tries what failed once more, and goes on from there.", None),
            choice("Keep as it is", "keep", Tone::Plain, "Ends the run here; mend it with another request.", None),
        ],
        ..run
    }
}

fn kept() -> RunView {
    RunView { finished: true, ..two_left(Status::Failed, "It was left as it is. Mend it with another request.") }
}

/// The rest was taken back.
fn by_hand() -> RunView {
    let sentence = "What this run had done was taken back; what could not be was dealt with by hand.";
    let mut run = RunView { failures: vec![], finished: true, ..two_left(Status::Undone, sentence) };
    run.steps.iter_mut().for_each(|step| step.status = Status::Undone);
    run.left.retain(|one| one.step_id == "load-balancer");
    for one in &mut run.left {
        one.why = format!("Grace Hopper dealt with it by hand. {}", one.why);
        one.by_hand = true;
    }
    run
}

/// Names, ids and what AWS says as long as they get; one dealt with by hand.
fn long_named_left() -> RunView {
    let mut run = left_over();
    run.steps = long_named();
    run.left = run
        .steps
        .iter()
        .map(|step| Left {
            name: step.name.clone(),
            did: text("May have been changed"),
            ..left(
                step,
                &format!("arn:aws:iam::123456789012:role/{UNBROKEN}{UNBROKEN}"),
                &format!("Its undo was refused: arn:aws:iam::123456789012:role/{UNBROKEN} is in use (DeleteConflict)"),
            )
        })
        .collect();
    if let Some(last) = run.left.last_mut() {
        last.why = format!("{LONG_PERSON} dealt with it by hand. {}", last.why);
        (last.identifier, last.by_hand) = (None, true);
    }
    run.to_undo = Some(run.steps.len());
    run
}

fn handing() -> Handing {
    Handing {
        post_to: routes::run_choice("run-2M9Q4T", "hand-over"),
        back_to: routes::run_choice("run-2M9Q4T", "hand-back"),
        people: vec![(text("platform"), text("The platform team")), (text("usr-1"), text("Ada Lovelace"))],
        ..Handing::default()
    }
}

fn handed() -> RunView {
    let handed = Handed {
        who: text("Ada Lovelace"),
        by: text("Grace Hopper"),
        since: ago(12),
        note: text("The quota of load balancers is used up; you have asked AWS for more before."),
        is_lost: false,
    };
    RunView { handed: Some(handed), handing: Some(handing()), ..failed() }
}

/// Who had it left the team, and nothing fits on a line.
fn lost() -> RunView {
    let handed = Handed {
        who: text(LONG_PERSON),
        by: text(UNBROKEN),
        since: ago(9_000),
        note: format!("First line\n{UNBROKEN}{UNBROKEN}\n\n<b>not bold</b>"),
        is_lost: true,
    };
    let people = vec![(text("usr-1"), text(LONG_PERSON)), (text("usr-2"), text(UNBROKEN))];
    RunView { handed: Some(handed), handing: Some(Handing { people, ..handing() }), ..failed() }
}

/// AWS said no, and what to do about it has code in it.
fn refused() -> RunView {
    let failure = Failure {
        step_id: text("service"),
        what: text("Creating the ECS service orders failed"),
        code: text("AccessDeniedException"),
        aws_said: text(
            "User: arn:aws:sts::123456789012:assumed-role/gantry-launch/gantry is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/orders-task",
        ),
        meaning: text(
            "The launch role may not do this. Allow it `iam:PassRole` on `arn:aws:iam::123456789012:role/gantry/orders-task-5f3a91c2`, then retry.",
        ),
        request_id: Some(text("8f1c2a44-77f0-4a3e-9d52-0a1b2c3d4e5f")),
    };
    let may_not = Some(text("This needs one of: developer of the team, platform role."));
    RunView { failures: vec![failure], handing: Some(Handing { refused: may_not, ..handing() }), ..failed() }
}

/// Nobody was chosen, and a browser let it pass.
fn not_handed() -> RunView {
    let wrong = FieldError { path: text("to"), code: text("required"), message: text("Say who is to see to it.") };
    let typed = Some((String::new(), text("The quota of load balancers is used up.")));
    RunView { handing: Some(Handing { typed, errors: vec![wrong], ..handing() }), ..failed() }
}

fn unreadable() -> RunView {
    let sentence = "Its log cannot be read: the log is impossible at position 41: there is no step `nobody`. Look at what AWS has, leave it as it is, and mend it with another request.";
    let keep = "Leaves everything as it is; the next change goes on from here.";
    let run = a_run(Status::NeedsAttention, sentence, |step| match step.wave {
        0 => Status::Succeeded,
        _ => Status::Waiting,
    });
    let made = run.steps.iter().filter(|step| step.status == Status::Succeeded);
    RunView {
        choices: vec![choice("Keep and fix", "keep", Tone::Plain, keep, None)],
        left: made.map(|step| left(step, "", "")).collect(),
        left_in_part: true,
        ..run
    }
}

pub fn failed() -> RunView {
    RunView {
        failures: vec![Failure {
            step_id: text("service"),
            what: text("Creating the ECS service orders failed"),
            code: text("InvalidParameterException"),
            aws_said: text("The image public.ecr.aws/nginx/nginx:1.99 could not be pulled: manifest unknown."),
            meaning: text(
                "The tag does not exist in the registry. Check the image's name and tag; then request the change, or undo.",
            ),
            request_id: Some(text("8f1c2a44-77f0-4a3e-9d52-0a1b2c3d4e5f")),
        }],
        choices: vec![
            choice(
                "Try again",
                "retry",
                Tone::Primary,
                "Looks at what AWS has and goes on with the failed step.",
                None,
            ),
            choice("Undo this run", "undo", Tone::Danger, "Deletes the 11 resources made so far, newest first.", None),
            choice(
                "Keep and fix",
                "keep",
                Tone::Plain,
                "Leaves everything as it is; the next change goes on from here.",
                Some("Only an owner of Payments may keep a half-made stack."),
            ),
        ],
        ..a_run(Status::NeedsAttention, "The service could not be made. Choose how to go on.", |step| {
            match step.id.as_str() {
                "service" => Status::Failed,
                _ if step.wave <= 2 => Status::Succeeded,
                _ => Status::Waiting,
            }
        })
    }
}

pub fn sixty_running() -> RunView {
    let mut steps = sixty();
    for step in &mut steps {
        (step.status, step.elapsed_seconds) = match step.wave {
            0 => (Status::Succeeded, step.expected_seconds),
            1 if step.id == "balancer" => (Status::Running, Some(74)),
            1 => (Status::Succeeded, step.expected_seconds),
            _ => (Status::Waiting, None),
        };
    }
    RunView { steps, sentence: text("31 of 60 steps are done."), ..half_done() }
}

fn sixty_failed() -> RunView {
    let mut run = RunView { steps: sixty_running().steps, ..failed() };
    for step in &mut run.steps {
        step.status = match step.id.as_str() {
            "mail-task" | "checkout-role" => Status::Failed,
            _ if step.status == Status::Running => Status::Succeeded,
            _ => step.status,
        };
    }
    let other = Failure {
        step_id: text("checkout-role"),
        what: text("Creating the IAM role checkout-role failed"),
        ..run.failures[0].clone()
    };
    run.failures.push(other);
    run
}

fn waiting() -> RunView {
    RunView {
        elapsed_seconds: None,
        started: None,
        ..a_run(Status::Waiting, "Waits for another run of this stack to end.", |_| Status::Waiting)
    }
}

/// What AWS said last when it refused is what is waited for.
fn undoing() -> RunView {
    let mut run = a_run(Status::Running, "Taking back what this run has done.", |step| match step.wave {
        0 if step.id == "balancer-access" => Status::Running,
        0 => Status::Succeeded,
        1 => Status::Running,
        _ => Status::Undone,
    });
    if let Some(step) = run.steps.iter_mut().find(|step| step.id == "balancer-access") {
        step.sentence = text(
            "AWS refuses for now: resource sg-0a1b2c3d4e5f60718 has a dependent object. 2 network interfaces of sg-0a1b2c3d4e5f60718 are not released yet: eni-0d1e2f3a4b5c6d7e8, ELB app/orders-5f3a91c2/1a2b3c4d5e6f7a8b; eni-0f9e8d7c6b5a49382, ELB app/orders-5f3a91c2/1a2b3c4d5e6f7a8b. (DependencyViolation)",
        );
        step.waited = Some(Waited { seconds: 95, at_most: 900 });
    }
    run.to_undo = Some(run.steps.len());
    run
}

pub fn long_named_run() -> RunView {
    let mut run = failed();
    run.steps = long_named();
    for step in &mut run.steps {
        step.status = match step.wave {
            0 => Status::Succeeded,
            1 => Status::Failed,
            _ => Status::Waiting,
        };
        step.sentence = format!("Made {}.", step.name);
        step.physical = Some(format!("arn:aws:iam::123456789012:role/{}", step.name));
        step.elapsed_seconds = step.expected_seconds.map(|expected| expected * 60);
    }
    run.failures[0].what = format!("Creating the ECS service {UNBROKEN} failed");
    run.failures[0].aws_said = format!("arn:aws:iam::123456789012:role/{UNBROKEN} is not authorised.");
    run
}
