//! Plans and estimates.

use app::{CostLine, CostView, Glyph, PlanView, PreviewStep, Status, StepAction, StepView};
use domain::{
    cost::{Estimate, dollars},
    kinds::Kind,
    plan::{Act, Change, Plan, Step, called, readable},
};
use serde_json::Value as Json;

/// Longer values are cut: the API and the audit history have them whole.
const LONGEST_VALUE: usize = 240;

/// The picture of a kind.
pub fn glyph(kind: Kind) -> Glyph {
    match kind {
        Kind::EcsCluster => Glyph::Cluster,
        Kind::SecurityGroup => Glyph::SecurityGroup,
        Kind::LoadBalancer => Glyph::LoadBalancer,
        Kind::TargetGroup => Glyph::TargetGroup,
        Kind::Listener => Glyph::Listener,
        Kind::ListenerRule => Glyph::ListenerRule,
        Kind::IamRole => Glyph::Role,
        Kind::LogGroup => Glyph::LogGroup,
        Kind::SsmParameter => Glyph::Parameter,
        Kind::TaskDefinition => Glyph::TaskDefinition,
        Kind::EcsService => Glyph::Service,
        Kind::ScalableTarget | Kind::ScalingPolicy => Glyph::Scaling,
    }
}

/// The sign of an act.
pub fn action(act: Act) -> StepAction {
    match act {
        Act::Create => StepAction::Create,
        Act::Update => StepAction::Update,
        Act::Replace => StepAction::Replace,
        Act::Delete => StepAction::Delete,
        Act::None => StepAction::None,
    }
}

/// A value on one line.
pub fn value(json: &Json) -> Option<String> {
    let text = match json {
        Json::Null => return None,
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() <= LONGEST_VALUE {
        return Some(text);
    }
    Some(text.chars().take(LONGEST_VALUE).chain(['…']).collect())
}

/// A field of a step, before and after.
pub fn change(change: &Change, step: &Step) -> app::Change {
    let field = change.path.split('.').next().unwrap_or(&change.path);
    let replaced_by = step.kind.def().replaced_by;
    app::Change {
        field: change.path.clone(),
        before: value(&change.before),
        after: value(&change.after),
        replaces: step.act == Act::Replace && (replaced_by.contains(&field) || replaced_by.contains(&"*")),
    }
}

/// The steps of a plan, before any of them has begun.
pub fn steps(plan: &Plan) -> Vec<StepView> {
    let places = plan.waves().into_iter().zip(plan.starts());
    let (longest, _) = plan.longest_path();
    plan.steps
        .iter()
        .zip(places)
        .map(|(step, (wave, start))| {
            let waits: Vec<&str> = step.needs.iter().map(|need| need.why.as_str()).collect();
            StepView {
                id: step.id.clone(),
                kind: step.kind.def().label.to_owned(),
                glyph: glyph(step.kind),
                name: readable(&step.resource),
                physical: Some(step.name.clone()),
                action: action(step.act),
                wave: u32::try_from(wave).unwrap_or(0),
                needs: step.needs.iter().map(|need| need.step.clone()).collect(),
                status: Status::Waiting,
                // What stays as it is waits for nothing.
                reason: if waits.is_empty() || step.act == Act::None {
                    step.reason.clone()
                } else {
                    format!("{} {}", step.reason, waits.join(" "))
                },
                sentence: String::new(),
                changes: step.changed.iter().map(|one| change(one, step)).collect(),
                waited: None,
                starts_seconds: u64::from(start),
                elapsed_seconds: None,
                expected_seconds: (step.act != Act::None).then_some(u64::from(step.seconds)),
                calls: vec![],
                critical: step.act != Act::None && longest.contains(&step.id),
            }
        })
        .collect()
}

/// A plan with its graph.
pub fn view(plan: &Plan, seal: &str) -> PlanView {
    let mut view = PlanView::new(steps(plan), seal.to_owned());
    view.expected_seconds = Some(u64::from(plan.longest_path().1));
    if plan.steps.iter().any(|step| step.act == Act::Delete) {
        view.warnings.push("Deletes come last. Once the first of them has begun, the run cannot be undone.".to_owned());
    }
    let replaced = |step: &&Step| step.kind == Kind::TargetGroup && step.act == Act::Replace;
    if let Some(step) = plan.steps.iter().find(replaced) {
        let what = called(&step.resource, step.kind.def().label);
        view.warnings.push(format!(
            "The {what} is replaced, and requests go to the new one before tasks are in it: some fail until they are."
        ));
    }
    if plan.is_empty() {
        view.warnings.push("Everything is as it is asked for: there is nothing to do.".to_owned());
    }
    view
}

/// For the miniature beside the form.
pub fn preview_steps(plan: &Plan) -> Vec<PreviewStep> {
    steps(plan)
        .into_iter()
        .map(|step| PreviewStep {
            kind: step.kind,
            glyph: step.glyph,
            name: step.name,
            action: step.action,
            wave: step.wave,
        })
        .collect()
}

/// `14 to create, 1 to update`.
pub fn counts(plan: &Plan) -> String {
    let words = [
        (Act::Create, "to create"),
        (Act::Update, "to update"),
        (Act::Replace, "to replace"),
        (Act::Delete, "to delete"),
    ];
    let parts: Vec<String> = words
        .into_iter()
        .filter_map(|(act, words)| {
            let count = plan.steps.iter().filter(|step| step.act == act).count();
            (count > 0).then(|| format!("{count} {words}"))
        })
        .collect();
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}

/// Lines of an estimate.
pub fn cost_lines(estimate: &Estimate) -> Vec<CostLine> {
    estimate
        .items
        .iter()
        .map(|item| CostLine {
            label: item.what.clone(),
            detail: readable(&item.resource),
            amount: dollars(item.monthly_micros),
        })
        .collect()
}

/// An estimate.
pub fn cost(estimate: &Estimate) -> CostView {
    let delta = estimate.monthly_micros - estimate.before_micros;
    let sign = if delta > 0 { "+" } else { "" };
    CostView {
        monthly: dollars(estimate.monthly_micros),
        delta: (estimate.before_micros != 0 && delta != 0).then(|| format!("{sign}{}", dollars(delta))),
        lines: cost_lines(estimate),
        source: format!("Prices of {}: {}", estimate.as_of, estimate.source),
        notes: estimate.unpriced.clone().into_iter().collect(),
    }
}
