//! Stacks and what they are made of.

use std::collections::BTreeMap;

use domain::{DateTime, Utc, plan, template::Inputs};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use service::{
    requests::Changes,
    stacks::{StackCard, StackDetail},
};
use utoipa::ToSchema;

use super::{
    Named, Permission, TeamName,
    plan::Cost,
    request::{ClearText, secrets},
    run,
    words::StackStatusWord,
};

/// A stack as lists show it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StackSummary)]
pub struct Listed {
    /// Its id.
    #[schema(example = "stk-4T9QXN2M")]
    id: String,
    /// Its name.
    #[schema(example = "orders")]
    name: String,
    /// Where it stands.
    #[schema(value_type = StackStatusWord)]
    status: &'static str,
    /// The template revision that runs.
    #[schema(example = "web-service@1.0.0")]
    revision: String,
    /// The team that owns it.
    team: TeamName,
    /// Where it lives.
    environment: Named,
    /// What it offers: `url`, `cluster_arn`, …
    outputs: BTreeMap<String, String>,
    /// What it costs a month, in millionths of a US dollar.
    monthly_micros: i64,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl Listed {
    /// What the cursor of a list is made of.
    pub fn key(&self) -> String {
        self.id.clone()
    }
}

impl From<&StackCard> for Listed {
    fn from(card: &StackCard) -> Self {
        let stack = &card.stack;
        Self {
            id: stack.id.to_string(),
            name: stack.name.clone(),
            status: stack.status.as_str(),
            revision: stack.revision.clone(),
            team: (&card.team).into(),
            environment: (&card.environment).into(),
            outputs: stack.outputs.clone(),
            monthly_micros: stack.monthly_micros,
            created_at: stack.created_at,
            updated_at: stack.updated_at,
        }
    }
}

/// A stack.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stack {
    #[serde(flatten)]
    summary: Listed,
    /// The inputs that run; secrets by reference.
    #[schema(value_type = Object)]
    inputs: Inputs,
    /// The request that still wants something of it.
    open_request: Option<String>,
    /// What it costs.
    cost: Option<Cost>,
    /// Stacks that it uses.
    uses: Vec<Named>,
    /// Stacks that use it.
    used_by: Vec<Named>,
    /// Its runs, newest first.
    runs: Vec<run::Listed>,
    /// What the caller may do now.
    may: StackPermissions,
}

/// What the caller may do with a stack now.
#[derive(Debug, Serialize, ToSchema)]
pub struct StackPermissions {
    change: Permission,
    destroy: Permission,
}

impl From<StackDetail> for Stack {
    fn from(detail: StackDetail) -> Self {
        let named = |stacks: Vec<domain::stack::Stack>| {
            stacks.into_iter().map(|stack| Named::new(&stack.id, stack.name)).collect()
        };
        Self {
            summary: (&detail.card).into(),
            inputs: detail.card.stack.inputs,
            open_request: detail.open_request.map(Into::into),
            cost: detail.cost.as_ref().map(Cost::from),
            uses: named(detail.uses),
            used_by: named(detail.used_by),
            runs: detail.runs.iter().map(run::Listed::from).collect(),
            may: StackPermissions { change: (&detail.may_change).into(), destroy: (&detail.may_destroy).into() },
        }
    }
}

/// One AWS object of a stack.
#[derive(Debug, Serialize, ToSchema)]
pub struct Resource {
    /// Its name in the template.
    resource: String,
    /// Its kind.
    #[schema(example = "LoadBalancer")]
    kind: &'static str,
    /// Its name in AWS.
    name: String,
    /// What AWS said of it: `arn`, …
    outputs: BTreeMap<String, String>,
    /// As it was made.
    spec: Json,
}

impl From<plan::Resource> for Resource {
    fn from(resource: plan::Resource) -> Self {
        let plan::Resource { logical, kind, name, spec, outputs, .. } = resource;
        Self { resource: logical, kind: kind.name(), name, outputs, spec }
    }
}

/// The AWS objects of a stack.
#[derive(Debug, Serialize, ToSchema)]
pub struct Resources {
    /// By their names in the template.
    pub items: Vec<Resource>,
}

/// A wish for a change of a stack.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"inputs": {"image": "registry.example.com/shop/orders:1.1"}, "reason": "Release 1.1"}))]
pub struct NewChange {
    /// The revision to go to, `web-service@1.1.0`; the one that runs, if left out.
    #[serde(default)]
    revision: Option<String>,
    /// The inputs that change; the others stay as they are. `null` takes an answer back.
    #[serde(default)]
    #[schema(value_type = Object)]
    inputs: Inputs,
    /// Clear text of secrets that get a new value, by input and by name.
    #[serde(default)]
    secrets: ClearText,
    /// Why, for those who decide.
    #[serde(default)]
    reason: String,
}

impl From<NewChange> for Changes {
    fn from(wanted: NewChange) -> Self {
        let NewChange { revision, inputs, secrets: clear, reason } = wanted;
        Self { revision, inputs, secrets: secrets(clear), reason }
    }
}

/// A wish for the end of a stack.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "orders", "reason": "Replaced by shop."}))]
pub struct NewEnd {
    /// The name of the stack, to say that it is meant.
    pub name: String,
    /// Why, for those who decide.
    #[serde(default)]
    pub reason: String,
}
