//! Plans and what they cost.

use std::collections::BTreeMap;

use domain::{
    cost::{Estimate, Item},
    plan::{self, Level},
};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::words::{ActWord, WishWord};

/// What will happen: a graph of steps with every name and value decided.
#[derive(Debug, Serialize, ToSchema)]
pub struct Plan {
    /// What it is for.
    #[schema(value_type = WishWord)]
    wish: &'static str,
    /// In an order in which they could be done one by one; what can be done at once is.
    steps: Vec<PlanStep>,
    /// How long it is expected to take.
    expected_seconds: u32,
}

impl From<&plan::Plan> for Plan {
    fn from(plan: &plan::Plan) -> Self {
        let steps = plan.steps.iter().map(PlanStep::from).collect();
        Self { wish: plan.wish.as_str(), steps, expected_seconds: plan.longest_path().1 }
    }
}

/// One thing that is done to one resource.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanStep {
    /// Its id in this plan.
    #[schema(example = "load_balancer")]
    id: String,
    /// The resource's name in the template.
    resource: String,
    /// The resource's kind.
    #[schema(example = "LoadBalancer")]
    kind: &'static str,
    /// What is done.
    #[schema(value_type = ActWord)]
    action: &'static str,
    /// Its name in AWS.
    name: String,
    /// Its tags in AWS.
    tags: BTreeMap<String, String>,
    /// The fields that change.
    changed: Vec<FieldChange>,
    /// All fields as they will be; `${…}` stands for what AWS will say.
    after: Option<Json>,
    /// What has to be there before.
    needs: Vec<Need>,
    /// Why it is done.
    reason: String,
    /// How long it usually takes.
    seconds: u32,
}

impl From<&plan::Step> for PlanStep {
    fn from(step: &plan::Step) -> Self {
        let changed = step.changed.iter().map(|change| {
            let plan::Change { path, before, after } = change.clone();
            FieldChange { path, before, after }
        });
        let needs = step.needs.iter().map(|need| Need {
            step: need.step.clone(),
            until: match need.level {
                Level::Exists => "exists",
                Level::Done => "done",
            },
            why: need.why.clone(),
        });
        Self {
            id: step.id.clone(),
            resource: step.resource.clone(),
            kind: step.kind.name(),
            action: step.act.as_str(),
            name: step.name.clone(),
            tags: step.tags.clone(),
            changed: changed.collect(),
            after: step.after.as_ref().map(|after| after.preview()),
            needs: needs.collect(),
            reason: step.reason.clone(),
            seconds: step.seconds,
        }
    }
}

/// A field that changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldChange {
    /// Which.
    #[schema(example = "desired_count")]
    path: String,
    /// As it is.
    before: Json,
    /// As it will be.
    after: Json,
}

/// Another step that has to come first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Need {
    /// Its id.
    step: String,
    /// How far it has to be: `exists` or `done`.
    #[schema(value_type = String, example = "done")]
    until: &'static str,
    /// Why.
    why: String,
}

/// What a stack costs a month, in millionths of a US dollar.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cost {
    /// All of it.
    #[schema(example = 58_120_000)]
    monthly_micros: i64,
    /// What it was before.
    before_micros: i64,
    /// What it is made of.
    items: Vec<CostItem>,
    /// The date of the prices.
    as_of: String,
    /// Where they come from.
    source: String,
    /// Why it cannot be said, where that is so.
    unpriced: Option<String>,
}

impl From<&Estimate> for Cost {
    fn from(estimate: &Estimate) -> Self {
        let Estimate { items, monthly_micros, before_micros, as_of, source, unpriced } = estimate.clone();
        let item = |Item { resource, what, monthly_micros }| CostItem { resource, what, monthly_micros };
        let items = items.into_iter().map(item).collect();
        Self { monthly_micros, before_micros, items, as_of, source, unpriced }
    }
}

/// One part of a cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct CostItem {
    /// The resource that it is for.
    resource: String,
    /// What is paid for.
    what: String,
    /// How much, in millionths of a US dollar.
    monthly_micros: i64,
}
