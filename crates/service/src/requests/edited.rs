//! What is different between two editions of a request.

use domain::{
    plan::{self, Step},
    request::Request,
    template::Inputs,
};
use serde::{Deserialize, Serialize};

use super::{prepare::Prepared, replan_request::differences};

/// What an edit changed. The history keeps it, and pages show it from there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edited {
    /// Which edition it made.
    pub edition: u32,
    /// What was asked for until then.
    pub before: Wanted,
    /// What is asked for since.
    pub after: Wanted,
    /// What the new plan does otherwise than the earlier one.
    pub plan: Vec<PlanDifference>,
}

/// What one edition of a request asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// The name of the stack.
    pub stack_name: String,
    /// The name of the place.
    pub environment: String,
    /// The answers; secrets by reference.
    pub inputs: Inputs,
    /// Why.
    pub reason: String,
    /// What it comes to a month, in millionths of a US dollar.
    pub monthly_micros: i64,
    /// What an approval of it signs.
    pub seal: String,
}

/// Something that the plan of one edition does otherwise than that of the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanDifference {
    /// As a sentence.
    pub sentence: String,
    /// Field by field: as the earlier plan would leave it, and as this one would.
    pub fields: Vec<plan::Change>,
}

impl Wanted {
    /// What a request asks for, of a stack and in a place with these names.
    pub(super) fn of(request: &Request, stack_name: &str, environment: &str) -> Self {
        Self {
            stack_name: stack_name.to_owned(),
            environment: environment.to_owned(),
            inputs: request.inputs.clone(),
            reason: request.reason.clone(),
            monthly_micros: request.cost.monthly_micros,
            seal: request.seal.clone(),
        }
    }
}

/// What the new plan does otherwise, with the values that the earlier one would have left.
pub(super) fn plan_differences(before: &Request, after: &Prepared) -> Vec<PlanDifference> {
    if before.plan == after.plan && before.cost == after.cost {
        return vec![];
    }
    let fields = |step: &Step| before.plan.step(&step.id).map(|earlier| step.otherwise(earlier));
    let found = differences(before, after).into_iter();
    found
        .map(|one| PlanDifference {
            fields: one.step.as_ref().and_then(fields).unwrap_or_default(),
            sentence: one.sentence,
        })
        .collect()
}
