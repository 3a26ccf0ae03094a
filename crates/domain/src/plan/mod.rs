//! The frozen answer to a request: which resources, in which order, with every name, tag and value decided.

pub mod build;
mod shed;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{
    kinds::{Identity, Kind},
    observation::Outputs,
    people::text_enum,
    value::Value,
};

/// What a template and its inputs ask for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Desired {
    /// By logical name.
    pub resources: BTreeMap<String, DesiredResource>,
    /// What the stack's page shows and other stacks may use: `url`, `cluster_arn`, …
    pub outputs: BTreeMap<String, Value>,
}

/// One resource that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DesiredResource {
    /// Its kind.
    pub kind: Kind,
    /// Its spec, with references to other resources' outputs.
    pub spec: Value,
}

/// One AWS object that Gantry manages, as it was recorded. A logical name can have several generations at once while
/// a replacement is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// The logical name in the template.
    pub logical: String,
    /// Its kind.
    pub kind: Kind,
    /// 1 for the first; a replacement or a creation after an undo takes the next.
    pub generation: u32,
    /// The physical name.
    pub name: String,
    /// What was wanted, with references: they are the edges that a destroy walks backwards.
    pub wanted: Value,
    /// What was sent, without references.
    pub spec: Json,
    /// What AWS answered.
    pub outputs: Outputs,
    /// False once it has been deleted; the row stays, so that the next generation is known.
    pub live: bool,
}

impl Resource {
    /// Whether this is what AWS shows where the other one was, or should have been: it is newer and stands in the same place.
    /// To delete the other would be to delete this one. What has a name has another one in each generation.
    pub fn took_the_place_of(&self, other: &Self) -> bool {
        let Identity::Fields(fields) = self.kind.def().identity else { return false };
        let is_newer = (&self.logical, self.kind) == (&other.logical, other.kind) && self.generation > other.generation;
        self.live && is_newer && fields.iter().all(|field| self.spec[field] == other.spec[field])
    }
}

/// What a request wants of its stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// A new stack.
    Create,
    /// Other inputs or another revision.
    Update,
    /// Nothing left of it.
    Destroy,
}
text_enum!(Wish { Create = "create", Update = "update", Destroy = "destroy" });

/// What a step does to its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Makes it.
    Create,
    /// Changes it in place.
    Update,
    /// Makes the next generation; a delete step for the old one stands at the end of the plan.
    Replace,
    /// Deletes it.
    Delete,
    /// Leaves it as it is.
    None,
}
text_enum!(Act { Create = "create", Update = "update", Replace = "replace", Delete = "delete", None = "none" });

/// How far the needed step must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The object exists and its outputs are known, whatever AWS is still doing with it.
    Exists,
    /// It is ready, or gone.
    Done,
}

/// Why a step waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// The step it waits for.
    pub step: String,
    /// How far that must be.
    pub level: Level,
    /// The reason as a sentence.
    pub why: String,
}

/// A field that the step changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Dotted path in the spec.
    pub path: String,
    /// As it is; null where there was none.
    pub before: Json,
    /// As it will be, with `${resource.output}` for what AWS will name.
    pub after: Json,
}

/// One operation on one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Unique in the plan: the logical name, `<logical>@<generation>` for the delete of a generation, or
    /// `<logical>@last` for an update that takes away what the one before left for those that still used it.
    pub id: String,
    /// The logical name of the resource.
    pub resource: String,
    /// Its kind.
    pub kind: Kind,
    /// What happens.
    pub act: Act,
    /// The physical name.
    pub name: String,
    /// The generation that it makes, changes or deletes.
    pub generation: u32,
    /// Every tag it will bear.
    pub tags: BTreeMap<String, String>,
    /// Stable across retries.
    pub client_token: String,
    /// The recorded spec (update, delete, none).
    pub before: Option<Json>,
    /// The recorded outputs (update, delete, none).
    pub outputs: Outputs,
    /// What is wanted (create, update, replace, none).
    pub after: Option<Value>,
    /// What differs (update, replace).
    pub changed: Vec<Change>,
    /// What it waits for.
    pub needs: Vec<Need>,
    /// One sentence for people: why this act.
    pub reason: String,
    /// Typical seconds, for the picture and the estimate.
    pub seconds: u32,
}

/// The graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What it answers.
    pub wish: Wish,
    /// In an order in which they could be done one by one.
    pub steps: Vec<Step>,
    /// The outputs of the stack once it is done.
    pub outputs: BTreeMap<String, Value>,
    /// Digest of what was seen of the fields that Gantry owns.
    pub observed: String,
}

/// A logical name or the name of an output for people: `https_listener` reads `HTTPS listener`.
pub fn readable(name: &str) -> String {
    let word = |word: &str| match word {
        "arn" | "cpu" | "dns" | "http" | "https" | "url" => word.to_uppercase(),
        _ => word.to_owned(),
    };
    name.split(['_', ':']).map(word).collect::<Vec<_>>().join(" ")
}

/// A resource for people: `load balancer firewall (security group)`; its kind is not said twice.
pub fn called(logical: &str, label: &str) -> String {
    let name = readable(logical);
    if name == label { name } else { format!("{name} ({label})") }
}

/// What the call that makes an object takes, where others need no more than that it exists.
const CALL_SECONDS: u32 = 1;

impl Step {
    /// Typical seconds from its start until it is so far.
    fn until(&self, level: Level) -> u32 {
        match level {
            Level::Exists => self.seconds.min(CALL_SECONDS),
            Level::Done => self.seconds,
        }
    }

    /// Whether it takes away what an earlier step of the plan left for those that still used it.
    pub fn sheds(&self) -> bool {
        self.act == Act::Update && self.id != self.resource
    }

    /// How its resource was before it: what an undo of this step brings back. `now` is how it is.
    pub fn restored(&self, now: &Json) -> Json {
        let before = self.before.clone().unwrap_or(Json::Null);
        if self.sheds() { shed::both(self.kind, &before, now) } else { before }
    }

    /// What it leaves otherwise than the step of an earlier plan: as that one would, and as this one does.
    pub fn otherwise(&self, earlier: &Self) -> Vec<Change> {
        let left = |step: &Self| step.after.as_ref().map_or(Json::Null, Value::preview);
        let (before, after) = (left(earlier), left(self));
        let fields: BTreeSet<&String> =
            [&before, &after].into_iter().filter_map(Json::as_object).flat_map(|map| map.keys()).collect();
        let mut changes = vec![];
        for field in fields {
            build::difference(field, &before[field], &after[field], &mut changes);
        }
        changes
    }
}

impl Plan {
    /// The step with this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// Whether it changes anything.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.act == Act::None)
    }

    /// For each step the column in which it starts: one after the latest that it needs.
    pub fn waves(&self) -> Vec<usize> {
        let mut at: BTreeMap<&str, usize> = BTreeMap::new();
        let last_change = |at: &BTreeMap<&str, usize>| at.values().copied().max().map_or(0, |wave| wave + 1);
        let mut first_delete = None;
        self.steps
            .iter()
            .map(|step| {
                let mut wave =
                    step.needs.iter().filter_map(|need| at.get(need.step.as_str())).max().map_or(0, |w| w + 1);
                if step.act == Act::Delete {
                    wave = wave.max(*first_delete.get_or_insert_with(|| last_change(&at)));
                }
                at.insert(&step.id, wave);
                wave
            })
            .collect()
    }

    /// The ids along the longest path by typical seconds, and its length in seconds.
    pub fn longest_path(&self) -> (Vec<String>, u32) {
        let left = self.left();
        // Backwards, so that of several as long the earliest is found.
        let Some(mut at) = self.steps.iter().rev().max_by_key(|step| left[step.id.as_str()]) else {
            return (vec![], 0);
        };
        let total = left[at.id.as_str()];
        let mut path = vec![at.id.clone()];
        // A step that takes longer itself than the way over those that need it ends the path.
        while left[at.id.as_str()] > at.seconds {
            let rest = left[at.id.as_str()];
            let goes_on = |step: &Step| {
                let after = rest - left[step.id.as_str()].min(rest);
                self.awaited(step).any(|(one, until)| one.id == at.id && until == after)
            };
            let Some(next) = self.steps.iter().find(|step| goes_on(step)) else { break };
            path.push(next.id.clone());
            at = next;
        }
        (path, total)
    }

    /// For each step the typical seconds from the beginning until what it needs is so far, in the order of the steps.
    pub fn starts(&self) -> Vec<u32> {
        let mut starts: BTreeMap<&str, u32> = BTreeMap::new();
        // Steps stand after those that they need.
        for step in &self.steps {
            let way = |(needed, until): (&Step, u32)| Some(starts.get(needed.id.as_str())? + until);
            let start = self.awaited(step).filter_map(way).max().unwrap_or(0);
            starts.insert(&step.id, start);
        }
        self.steps.iter().map(|step| starts[step.id.as_str()]).collect()
    }

    /// For each step the typical seconds from its start to the end of all that hangs on it, its own time included.
    pub fn left(&self) -> BTreeMap<&str, u32> {
        let mut left: BTreeMap<&str, u32> = self.steps.iter().map(|step| (step.id.as_str(), step.seconds)).collect();
        // Steps stand after those that they need.
        for step in self.steps.iter().rev() {
            let own = left[step.id.as_str()];
            for (needed, until) in self.awaited(step) {
                let way = until + own;
                left.entry(needed.id.as_str()).and_modify(|longest| *longest = way.max(*longest));
            }
        }
        left
    }

    /// The steps that a step waits for, each with the seconds from its start until it has come so far: what it needs; and
    /// before anything is deleted, all else.
    fn awaited<'a>(&'a self, step: &'a Step) -> impl Iterator<Item = (&'a Step, u32)> {
        let needs = step.needs.iter().filter_map(|need| {
            let needed = self.step(&need.step)?;
            Some((needed, needed.until(need.level)))
        });
        let deletes = |one: &Step| one.act == Act::Delete;
        let rest = self.steps.iter().filter(move |one| deletes(step) && !deletes(one)).map(|one| (one, one.seconds));
        needs.chain(rest)
    }
}
