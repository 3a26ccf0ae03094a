//! The shape of a template as it is written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::duration;
use crate::kinds::Kind;

/// A template revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// `[a-z][a-z0-9-]*`.
    pub name: String,
    /// `major.minor.patch`.
    pub version: String,
    /// As shown.
    pub title: String,
    /// One sentence: what you get.
    pub summary: String,
    /// A glyph of the catalogue.
    pub icon: String,
    /// The team that keeps it.
    pub owner: String,
    /// `experimental`, `stable` or `deprecated`.
    pub maturity: Maturity,
    /// What one should know, in Markdown.
    #[serde(default)]
    pub docs: String,
    /// The form's steps, in order.
    pub sections: Vec<Section>,
    /// What is asked, in order.
    pub inputs: Vec<Input>,
    /// What is made, by logical name.
    pub resources: BTreeMap<String, ResourceTemplate>,
    /// What the stack offers once it is there.
    #[serde(default)]
    pub outputs: BTreeMap<String, OutputTemplate>,
    /// Host and path that only one stack can have on a listener.
    #[serde(default)]
    pub routes: Vec<RouteTemplate>,
}

/// How far one can rely on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Maturity {
    Experimental,
    Stable,
    Deprecated,
}

/// One step of the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// What inputs refer to.
    pub name: String,
    /// As shown.
    pub title: String,
    /// One sentence under the title.
    #[serde(default)]
    pub summary: String,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// `[a-z][a-z0-9_]*`.
    pub name: String,
    /// The label.
    pub title: String,
    /// One sentence under the field.
    #[serde(default)]
    pub help: String,
    /// Which section it stands in.
    pub section: String,
    /// What can be answered.
    #[serde(flatten)]
    pub kind: InputType,
    /// The answer when none is given.
    #[serde(default)]
    pub default: Option<Json>,
    /// May be left empty.
    #[serde(default)]
    pub optional: bool,
    /// An expression over other inputs; while it is false the input is hidden and has no value.
    #[serde(default)]
    pub when: Option<String>,
    /// Cannot change once the stack exists.
    #[serde(default)]
    pub fixed: bool,
}

/// The closed set of input types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum InputType {
    /// One line of text.
    Text {
        /// The whole text must match this regular expression.
        #[serde(default)]
        pattern: Option<String>,
        /// What the pattern asks for, in words.
        #[serde(default)]
        pattern_help: Option<String>,
        /// At least so many characters.
        #[serde(default)]
        min_length: Option<usize>,
        /// At most so many characters.
        #[serde(default)]
        max_length: Option<usize>,
        /// Shown in the empty field.
        #[serde(default)]
        placeholder: Option<String>,
    },
    /// A whole number.
    Number {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
        /// What it counts.
        #[serde(default)]
        unit: Option<String>,
    },
    /// Yes or no.
    Boolean,
    /// One of several.
    Choice {
        /// Which.
        options: Vec<ChoiceOption>,
    },
    /// A pair that Fargate has, written `512/1024` (CPU units / MiB).
    CpuMemory,
    /// A container image with tag or digest.
    Image,
    /// A TCP port.
    Port,
    /// A range of IPv4 addresses, written `10.0.0.0/16`.
    Cidr {
        /// The widest: at least so many leading bits.
        #[serde(default)]
        min_prefix: u8,
        /// The narrowest.
        #[serde(default = "one_address")]
        max_prefix: u8,
    },
    /// A length of time, written `90s`, `15m`, `12h` or `7d`; expressions read whole seconds.
    Duration {
        /// The shortest.
        #[serde(deserialize_with = "duration::in_words_or_seconds")]
        min: i64,
        /// The longest.
        #[serde(deserialize_with = "duration::in_words_or_seconds")]
        max: i64,
    },
    /// Plain environment variables, or configuration: name to text.
    Variables {
        /// At most so many.
        max: usize,
    },
    /// Secrets: name to a reference into the envelope store.
    Secrets {
        /// At most so many.
        max: usize,
    },
    /// Something that exists in the account.
    Reference {
        /// What.
        of: ReferenceTo,
    },
    /// Several answers of one type, none of them twice.
    List {
        /// The type: any but a list, a box to tick, or names with values.
        of: Box<InputType>,
        /// At most so many.
        max: usize,
    },
}

impl InputType {
    /// What is picked from the account, one or several.
    pub fn refers_to(&self) -> Option<ReferenceTo> {
        match self {
            Self::Reference { of } => Some(*of),
            Self::List { of, .. } => of.refers_to(),
            _ => None,
        }
    }

    /// Whether it is answered by ticking some of several.
    pub fn is_ticked(&self) -> bool {
        matches!(self, Self::List { of, .. } if matches!(**of, Self::Reference { .. } | Self::Choice { .. }))
    }
}

fn one_address() -> u8 {
    32
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceOption {
    /// The value.
    pub value: String,
    /// As shown.
    pub title: String,
    /// One sentence.
    #[serde(default)]
    pub help: String,
}

/// What can be picked from the live inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceTo {
    /// An ECS cluster, by ARN.
    Cluster,
    /// A VPC, by id.
    Vpc,
    /// A subnet of the environment's VPC, by id.
    Subnet,
    /// An application load balancer in the environment's VPC, by ARN.
    LoadBalancer,
    /// A listener of such a load balancer, by ARN.
    Listener,
    /// An issued certificate in ACM, by ARN.
    Certificate,
    /// A hosted zone of Route 53, by id.
    HostedZone,
    /// An IAM role, by ARN.
    Role,
    /// A parameter in the SSM Parameter Store, by name.
    Parameter,
}

impl ReferenceTo {
    /// As in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Vpc => "VPC",
            Self::Subnet => "subnet",
            Self::LoadBalancer => "load balancer",
            Self::Listener => "listener",
            Self::Certificate => "certificate",
            Self::HostedZone => "hosted zone",
            Self::Role => "role",
            Self::Parameter => "parameter",
        }
    }

    /// What one looks like; whether it exists only AWS knows.
    pub fn example(self) -> &'static str {
        match self {
            Self::Cluster => "arn:aws:ecs:eu-central-1:123456789012:cluster/sample",
            Self::Vpc => "vpc-0a1b2c3d",
            Self::Subnet => "subnet-2a1b2c3d",
            Self::LoadBalancer => "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/sample/1",
            Self::Listener => "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/sample/1/2",
            Self::Certificate => "arn:aws:acm:eu-central-1:123456789012:certificate/sample",
            Self::HostedZone => "Z0123456789ABC",
            Self::Role => "arn:aws:iam::123456789012:role/sample",
            Self::Parameter => "/sample",
        }
    }

    /// Whether a text can be one at all.
    pub fn accepts(self, text: &str) -> bool {
        let begins = match self {
            Self::Vpc => "vpc-",
            Self::Subnet => "subnet-",
            Self::HostedZone => "Z",
            Self::Parameter => "",
            _ => "arn:",
        };
        text.starts_with(begins) && (1..=1024).contains(&text.len()) && !text.contains(char::is_whitespace)
    }
}

/// One resource of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceTemplate {
    /// Its kind.
    pub kind: Kind,
    /// An expression over inputs and the environment; false leaves the resource out.
    #[serde(default)]
    pub when: Option<String>,
    /// An expression over inputs that gives a map: one resource per entry, which sees `each.key` and `each.value`.
    #[serde(default)]
    pub for_each: Option<String>,
    /// Its spec; text in `{{ }}` is an expression.
    pub spec: Json,
}

/// One output of the stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputTemplate {
    /// False leaves it out.
    #[serde(default)]
    pub when: Option<String>,
    /// Its value; text in `{{ }}` is an expression.
    pub value: String,
}

/// A host and path on a listener that is reserved for the stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteTemplate {
    /// False leaves it out.
    #[serde(default)]
    pub when: Option<String>,
    /// The listener's ARN.
    pub listener: String,
    /// The host; `*` for any.
    pub host: String,
    /// The path pattern.
    pub path: String,
}

impl Template {
    /// `web-service@1.0.0`.
    pub fn id(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// The input with this name.
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.name == name)
    }
}

impl Input {
    /// Whether an answer must be given (while it is visible).
    pub fn is_required(&self) -> bool {
        !self.optional && self.default.is_none()
    }
}
