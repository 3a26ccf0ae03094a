//! A plan as it is shown: steps with their action, why each waits, what changes, what it costs.

use serde::{Deserialize, Serialize};

use crate::{GraphLayout, Status, stopwatch_text};

/// What a step does to its resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepAction {
    /// Makes it.
    #[default]
    Create,
    /// Changes it in place.
    Update,
    /// Makes a new one, then removes the old one.
    Replace,
    /// Removes it.
    Delete,
    /// Takes an existing one over.
    Adopt,
    /// Leaves it as it is.
    None,
}

impl StepAction {
    /// The sign in the graph.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Create => "+",
            Self::Update => "~",
            Self::Replace => "±",
            Self::Delete => "−",
            Self::Adopt => "=",
            Self::None => "·",
        }
    }

    /// The word beside the sign.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Adopt => "adopt",
            Self::None => "unchanged",
        }
    }

    /// Value of `data-action`.
    pub fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            other => other.word(),
        }
    }
}

/// The small picture of an AWS service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Glyph {
    /// ECS cluster.
    Cluster,
    /// ECS service.
    Service,
    /// Task definition.
    TaskDefinition,
    /// Load balancer.
    LoadBalancer,
    /// Target group.
    TargetGroup,
    /// Listener.
    Listener,
    /// Listener rule.
    ListenerRule,
    /// Security group.
    SecurityGroup,
    /// IAM role.
    Role,
    /// CloudWatch log group.
    LogGroup,
    /// SSM parameter.
    Parameter,
    /// Scalable target or scaling policy.
    Scaling,
    /// Anything else.
    #[default]
    Other,
}

impl Glyph {
    /// Name of the symbol in `/icons.svg`.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Cluster => "aws-cluster",
            Self::Service => "aws-service",
            Self::TaskDefinition => "aws-task",
            Self::LoadBalancer => "aws-balancer",
            Self::TargetGroup => "aws-target",
            Self::Listener => "aws-listener",
            Self::ListenerRule => "aws-rule",
            Self::SecurityGroup => "aws-shield",
            Self::Role => "aws-role",
            Self::LogGroup => "aws-log",
            Self::Parameter => "aws-parameter",
            Self::Scaling => "aws-scaling",
            Self::Other => "aws-other",
        }
    }
}

/// One field that a step changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Field, in AWS's words: "image".
    pub field: String,
    /// Value now; nothing when it is new.
    pub before: Option<String>,
    /// Value afterwards; nothing when it goes away.
    pub after: Option<String>,
    /// Whether this change is why the resource is replaced.
    pub replaces: bool,
}

/// A call that changed something in AWS, or was refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsCall {
    /// "ecs:CreateService".
    pub operation: String,
    /// What AWS support asks for; nothing when AWS was not reached.
    pub request_id: Option<String>,
    /// AWS's code, when it refused: "ThrottlingException".
    pub error: Option<String>,
}

/// One step of a plan or run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// Unique in its plan; also the fragment of its place on the page.
    pub id: String,
    /// AWS's word for the resource: "Target group".
    pub kind: String,
    /// Its picture.
    pub glyph: Glyph,
    /// Short name for the graph: "web-service".
    pub name: String,
    /// Name or id in AWS; nothing before AWS has given one.
    pub physical: Option<String>,
    /// What happens to it.
    pub action: StepAction,
    /// Column: 0 starts at once. Steps of one wave start together.
    pub wave: u32,
    /// Ids of the steps it waits for.
    pub needs: Vec<String>,
    /// Live state; `Waiting` in a plan.
    pub status: Status,
    /// Why it waits: "Needs the ARN of the target group."
    pub reason: String,
    /// What goes on, in a plain sentence; empty in a plan.
    pub sentence: String,
    /// How long it has waited for AWS, while it does; `sentence` says for what.
    pub waited: Option<Waited>,
    /// Fields that change.
    pub changes: Vec<Change>,
    /// When what it needs is there, after so long.
    pub starts_seconds: u64,
    /// Time spent.
    pub elapsed_seconds: Option<u64>,
    /// Time expected.
    pub expected_seconds: Option<u64>,
    /// What was called in AWS for it, oldest first.
    pub calls: Vec<AwsCall>,
    /// Whether it is on the longest path.
    pub critical: bool,
}

/// A wait that has an end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// So long already.
    pub seconds: u64,
    /// So long at most.
    pub at_most: u64,
}

impl StepView {
    /// What goes on, `since` seconds after it was told: "AWS is making it ready, 1:40 of at most 15:00".
    pub fn said(&self, since: impl FnOnce() -> u64) -> String {
        match self.waited {
            Some(Waited { seconds, at_most }) => {
                let waited = stopwatch_text((seconds + since()).min(at_most));
                let said = self.sentence.trim_end_matches('.');
                // The times stay on one line.
                format!("{said}, {waited}\u{a0}of\u{a0}at\u{a0}most\u{a0}{}", stopwatch_text(at_most))
            }
            None => self.sentence.clone(),
        }
    }
}

/// One line of an estimate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostLine {
    /// "Fargate, 2 tasks".
    pub label: String,
    /// "0.5 vCPU, 1 GB, 730 h".
    pub detail: String,
    /// "$35.54".
    pub amount: String,
}

/// A monthly estimate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostView {
    /// "$58.12".
    pub monthly: String,
    /// Against what runs now: "+$17.77"; nothing for a new stack.
    pub delta: Option<String>,
    /// Its parts.
    pub lines: Vec<CostLine>,
    /// Price table, date and region: "AWS price list of 1 Nov 2026, eu-central-1".
    pub source: String,
    /// What the estimate leaves out: "Data transfer is not included."
    pub notes: Vec<String>,
}

/// A whole plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanView {
    /// In the order they start.
    pub steps: Vec<StepView>,
    /// Where each stands in the graph; `PlanView::new` fills it.
    pub layout: GraphLayout,
    /// Sentences to read before deciding: "After the first deletion there is no undo."
    pub warnings: Vec<String>,
    /// Expected time along the longest path.
    pub expected_seconds: Option<u64>,
    /// Seal, shortened by the page.
    pub seal: String,
}

#[cfg(feature = "ssr")]
impl PlanView {
    /// A plan with its graph laid out.
    pub fn new(steps: Vec<StepView>, seal: String) -> Self {
        let layout = GraphLayout::of(&steps);
        Self { steps, layout, seal, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_counts_on_to_its_end() {
        let mut step = StepView { sentence: "AWS is making it ready.".to_owned(), ..StepView::default() };
        assert_eq!(step.said(|| 5), "AWS is making it ready.");
        step.waited = Some(Waited { seconds: 95, at_most: 900 });
        let said = |since| step.said(|| since).replace('\u{a0}', " ");
        assert_eq!(said(5), "AWS is making it ready, 1:40 of at most 15:00");
        assert_eq!(said(5000), "AWS is making it ready, 15:00 of at most 15:00");
    }
}
