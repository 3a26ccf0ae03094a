//! Plans that other pages show.

use gantry_app::{Change, Glyph, PlanView, StepAction, StepView};

use crate::{HYPHENATED, UNBROKEN, text};

pub fn step(id: &str, kind: &str, glyph: Glyph, wave: u32, needs: &[&str], expected: u64, reason: &str) -> StepView {
    StepView {
        id: id.into(),
        kind: kind.into(),
        glyph,
        name: id.into(),
        wave,
        needs: needs.iter().map(|need| text(need)).collect(),
        expected_seconds: Some(expected),
        reason: reason.into(),
        ..StepView::default()
    }
}

/// When each can start: when the last of what it needs has taken its time.
fn timed(mut steps: Vec<StepView>) -> Vec<StepView> {
    for at in 0..steps.len() {
        let of = |need: &String| steps.iter().find(|step| step.id == *need);
        let ends =
            steps[at].needs.iter().filter_map(of).map(|step| step.starts_seconds + step.expected_seconds.unwrap_or(0));
        steps[at].starts_seconds = ends.max().unwrap_or(0);
    }
    steps
}

pub fn web_service() -> Vec<StepView> {
    let mut steps = vec![
        step("cluster", "Cluster", Glyph::Cluster, 0, &[], 6, "Starts at once."),
        step("execution-role", "IAM role", Glyph::Role, 0, &[], 12, "Starts at once."),
        step("task-role", "IAM role", Glyph::Role, 0, &[], 12, "Starts at once."),
        step("log-group", "Log group", Glyph::LogGroup, 0, &[], 2, "Starts at once."),
        step("database-url", "SSM parameter", Glyph::Parameter, 0, &[], 2, "Starts at once."),
        step("balancer-access", "Security group", Glyph::SecurityGroup, 0, &[], 4, "Starts at once."),
        step("target-group", "Target group", Glyph::TargetGroup, 0, &[], 4, "Starts at once."),
        step(
            "load-balancer",
            "Load balancer",
            Glyph::LoadBalancer,
            1,
            &["balancer-access"],
            120,
            "Needs the id of its security group.",
        ),
        step(
            "service-access",
            "Security group",
            Glyph::SecurityGroup,
            1,
            &["balancer-access"],
            4,
            "Lets in only the load balancer's security group.",
        ),
        step(
            "task-definition",
            "Task definition",
            Glyph::TaskDefinition,
            1,
            &["execution-role", "task-role", "log-group", "database-url"],
            3,
            "Names its roles, its log group and the parameter with the secret.",
        ),
        step(
            "https-listener",
            "Listener",
            Glyph::Listener,
            2,
            &["load-balancer", "target-group"],
            5,
            "Needs the ARNs of the load balancer and the target group.",
        ),
        step(
            "service",
            "ECS service",
            Glyph::Service,
            3,
            &["https-listener", "service-access", "task-definition", "cluster"],
            90,
            "ECS refuses a target group that no listener uses yet.",
        ),
        step("scalable-target", "Scalable target", Glyph::Scaling, 4, &["service"], 3, "Needs the service to exist."),
        step("cpu-policy", "Scaling policy", Glyph::Scaling, 5, &["scalable-target"], 3, "Needs the scalable target."),
    ];
    for step in &mut steps {
        step.critical =
            ["balancer-access", "load-balancer", "https-listener", "service", "scalable-target", "cpu-policy"]
                .contains(&step.id.as_str());
        step.changes = vec![Change {
            field: text("name"),
            before: None,
            after: Some(format!("{}-5f3a91c2", step.name)),
            replaces: false,
        }];
    }
    timed(steps)
}

pub fn change_plan() -> PlanView {
    let mut steps = web_service();
    for step in &mut steps {
        step.action = StepAction::None;
        step.changes.clear();
    }
    for (id, action, field, before, after, replaces) in [
        ("task-definition", StepAction::Replace, "image", "nginx:1.26", "nginx:1.27", true),
        ("service", StepAction::Update, "task definition", "orders:3", "the new revision", false),
        ("cpu-policy", StepAction::Delete, "target value", "60 %", "", false),
    ] {
        if let Some(step) = steps.iter_mut().find(|step| step.id == id) {
            step.action = action;
            step.changes = vec![Change {
                field: field.into(),
                before: Some(before.into()),
                after: (!after.is_empty()).then(|| after.into()),
                replaces,
            }];
        }
    }
    PlanView {
        warnings: vec![text("After the scaling policy is deleted this run cannot be undone.")],
        expected_seconds: Some(96),
        ..PlanView::new(steps, text("b1946ac92492"))
    }
}

/// A cluster, a load balancer and five services behind it, in one plan.
pub fn sixty() -> Vec<StepView> {
    let mut steps = vec![
        step("cluster", "ECS cluster", Glyph::Cluster, 0, &[], 8, "It starts at once."),
        step("balancer-group", "Security group", Glyph::SecurityGroup, 0, &[], 4, "It starts at once."),
        step(
            "balancer",
            "Load balancer",
            Glyph::LoadBalancer,
            1,
            &["balancer-group"],
            140,
            "Needs its security group.",
        ),
        step("fallback", "Target group", Glyph::TargetGroup, 0, &[], 4, "It starts at once."),
        step("listener", "Listener", Glyph::Listener, 2, &["balancer", "fallback"], 4, "Needs the load balancer."),
    ];
    for name in ["orders", "checkout", "search-suggestions", "mail", "accounts"] {
        let id = |part: &str| format!("{name}-{part}");
        let mut add = |part: &str, kind: &str, glyph: Glyph, wave: u32, needs: &[&str], seconds: u64| {
            let needs: Vec<String> =
                needs.iter().map(|need| need.strip_prefix('.').map_or_else(|| (*need).to_owned(), id)).collect();
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            steps.push(step(&id(part), kind, glyph, wave, &needs, seconds, "Needs what its lines lead to."));
        };
        add("logs", "Log group", Glyph::LogGroup, 0, &[], 3);
        add("execution", "IAM role", Glyph::Role, 0, &[], 12);
        add("role", "IAM role", Glyph::Role, 0, &[], 12);
        add("settings", "SSM parameter", Glyph::Parameter, 0, &[], 3);
        add("group", "Security group", Glyph::SecurityGroup, 1, &["balancer-group"], 4);
        add("target", "Target group", Glyph::TargetGroup, 0, &[], 4);
        add("task", "Task definition", Glyph::TaskDefinition, 1, &[".logs", ".execution", ".role", ".settings"], 3);
        add("rule", "Listener rule", Glyph::ListenerRule, 3, &["listener", ".target"], 3);
        add("service", "ECS service", Glyph::Service, 4, &["cluster", ".group", ".task", ".rule"], 75);
        add("scaling", "Scalable target", Glyph::Scaling, 5, &[".service"], 3);
        add("cpu", "Scaling policy", Glyph::Scaling, 6, &[".scaling"], 3);
    }
    for step in &mut steps {
        step.critical = ["balancer-group", "balancer", "listener"].contains(&step.id.as_str())
            || ["orders-rule", "orders-service", "orders-scaling", "orders-cpu"].contains(&step.id.as_str());
    }
    timed(steps)
}

/// Twelve steps whose names are as long as names get.
pub fn long_named() -> Vec<StepView> {
    let mut steps = web_service()[..12].to_vec();
    for (at, step) in steps.iter_mut().enumerate() {
        let name = if at % 2 == 0 { UNBROKEN } else { HYPHENATED };
        step.name = format!("{name}-{}", step.id);
        step.kind = format!("{} in another account", step.kind);
        step.reason = format!("Needs the ARN of {name}.");
        step.changes = vec![Change {
            field: text("a field whose name is long"),
            before: Some(text(UNBROKEN)),
            after: Some(text(HYPHENATED)),
            replaces: true,
        }];
    }
    timed(steps)
}

/// Plans of other shapes: one step, a long chain, many that need nothing, many between two.
pub fn shapes() -> Vec<(&'static str, Vec<StepView>)> {
    let role =
        |id: &str, wave, needs: &[&str]| step(id, "IAM role", Glyph::Role, wave, needs, 12, "Needs the one before.");
    let chain = (0..12_u32)
        .map(|at| {
            let before = format!("link-{}", at.saturating_sub(1));
            let needs: &[&str] = if at == 0 { &[] } else { &[&before] };
            StepView { critical: true, ..role(&format!("link-{at}"), at, needs) }
        })
        .collect();
    let apart = (0..12).map(|at| role(&format!("lone-{at}"), 0, &[])).collect();
    let mut fan = vec![StepView { critical: true, ..role("handle", 0, &[]) }];
    fan.extend((0..58).map(|at| StepView { critical: at == 7, ..role(&format!("blade-{at}"), 1, &["handle"]) }));
    let blades: Vec<String> = fan[1..].iter().map(|step| step.id.clone()).collect();
    let blades: Vec<&str> = blades.iter().map(String::as_str).collect();
    fan.push(StepView { critical: true, ..role("tip", 2, &blades) });
    let mixed = sixty()
        .into_iter()
        .enumerate()
        .map(|(at, step)| {
            let action = match at % 7 {
                0 => StepAction::Update,
                1 => StepAction::Replace,
                2 => StepAction::Delete,
                3 => StepAction::Adopt,
                4 => StepAction::None,
                _ => StepAction::Create,
            };
            StepView { action, ..step }
        })
        .collect();
    [
        ("one", web_service()[..1].to_vec()),
        ("twelve", web_service()[..12].to_vec()),
        ("chain", chain),
        ("apart", apart),
        ("fan", fan),
        ("sixty", sixty()),
        ("mixed", mixed),
        ("long-names", long_named()),
    ]
    .map(|(name, steps)| (name, timed(steps)))
    .into()
}
