//! Desired x recorded x observed gives a plan. Pure and deterministic: same input, same bytes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::{Act, Change, Desired, DesiredResource, Level, Need, Plan, Resource, Step, Wish, called, readable, shed};
use crate::{
    Problem,
    environment::Environment,
    ids::StackId,
    kinds::{Identity, Kind, check_name, check_tags, check_together, unresolved},
    observation::{Lookup, Observation, Observed},
    seal::digest,
    value::{OutputRef, Value},
};

/// What names, tags and tokens are made from, beside the resources themselves.
#[derive(Clone, Debug)]
pub struct Site<'a> {
    /// The id of this installation of Gantry: two may share an account.
    pub installation: &'a str,
    /// Where the stack lives.
    pub environment: &'a Environment,
    /// The stack.
    pub stack: &'a StackId,
    /// Its name.
    pub stack_name: &'a str,
    /// The short name of its team.
    pub team: &'a str,
}

impl Site<'_> {
    /// Eight characters that tell this generation of this resource from every other.
    fn hash(&self, resource: &str, generation: u32) -> String {
        let parts =
            [self.installation, self.environment.id.as_str(), self.stack.as_str(), resource, &generation.to_string()];
        digest(parts.join("\n"))[..32].to_owned()
    }

    /// The physical name: readable, within the limit of the kind, never the same twice.
    pub fn name(&self, kind: Kind, resource: &str, generation: u32) -> String {
        let hash = &self.hash(resource, generation)[..8];
        let clean =
            |text: &str| -> String { text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect() };
        match kind.def().identity {
            Identity::Path => format!(
                "/gantry/{}/{}/{}-{hash}",
                clean(&self.environment.name),
                clean(self.stack_name),
                clean(resource)
            ),
            Identity::Name { max } => self.short(&clean(&format!("{}-{resource}", self.stack_name)), hash, max),
            Identity::Fields(_) => self.short(&clean(&format!("{}-{resource}", self.stack_name)), hash, 64),
        }
    }

    fn short(&self, readable: &str, hash: &str, max: usize) -> String {
        // AWS reserves these beginnings for itself on one kind or another.
        let reserved =
            ["internal-", "sg-", "aws", "ecs", "fargate"].iter().any(|word| readable.to_lowercase().starts_with(word));
        let readable = if reserved { format!("g-{readable}") } else { readable.to_owned() };
        let readable: String = readable.chars().take(max - 9).collect();
        format!("{}-{hash}", readable.trim_end_matches('-'))
    }

    /// The tags of a resource: nothing in them differs from run to run.
    pub fn tags(&self, resource: &str) -> BTreeMap<String, String> {
        let mut tags = self.environment.tags.clone();
        for (key, value) in [
            ("gantry:installation", self.installation),
            ("gantry:stack", self.stack.as_str()),
            ("gantry:resource", resource),
            ("gantry:team", self.team),
        ] {
            tags.insert(key.to_owned(), value.to_owned());
        }
        tags
    }

    fn lookup(&self, kind: Kind, resource: &str, generation: u32, spec: Json) -> Lookup {
        Lookup {
            kind,
            name: self.name(kind, resource, generation),
            spec,
            outputs: BTreeMap::new(),
            stack: self.stack.to_string(),
            resource: resource.to_owned(),
            installation: self.installation.to_owned(),
        }
    }
}

/// The newest living generation of each logical resource, and the older ones that still live.
fn generations(recorded: &[Resource]) -> (BTreeMap<&str, &Resource>, Vec<&Resource>) {
    let mut newest: BTreeMap<&str, &Resource> = BTreeMap::new();
    let mut older = vec![];
    for resource in recorded.iter().filter(|resource| resource.live) {
        match newest.insert(&resource.logical, resource) {
            Some(previous) if previous.generation > resource.generation => {
                older.push(resource);
                newest.insert(&resource.logical, previous);
            }
            Some(previous) => older.push(previous),
            None => {}
        }
    }
    older.sort_by_key(|resource| (&resource.logical, resource.generation));
    (newest, older)
}

fn next_generation(recorded: &[Resource], logical: &str) -> u32 {
    recorded.iter().filter(|r| r.logical == logical).map(|r| r.generation).max().unwrap_or(0) + 1
}

/// What must be looked at before a plan can be made: everything that is recorded, and every name that would be taken.
pub fn lookups(site: &Site<'_>, desired: &Desired, recorded: &[Resource]) -> BTreeMap<String, Lookup> {
    let (newest, _) = generations(recorded);
    let mut lookups = BTreeMap::new();
    for (logical, resource) in &newest {
        let mut lookup = site.lookup(resource.kind, logical, resource.generation, resource.spec.clone());
        lookup.name.clone_from(&resource.name);
        lookup.outputs = resource.outputs.clone();
        lookups.insert((*logical).to_owned(), lookup);
    }
    for (logical, resource) in &desired.resources {
        if lookups.contains_key(logical) {
            continue;
        }
        let spec = resource.spec.preview();
        let known = match resource.kind.def().identity {
            Identity::Fields(fields) => fields.iter().all(|field| !spec[field].as_str().is_some_and(unresolved)),
            _ => true,
        };
        // Whatever hangs on something that does not exist yet does not exist either.
        if known {
            lookups
                .insert(logical.clone(), site.lookup(resource.kind, logical, next_generation(recorded, logical), spec));
        }
    }
    lookups
}

/// The digest of what was seen of the fields that Gantry owns.
pub fn digest_of(observation: &Observation) -> String {
    let seen: BTreeMap<_, _> = observation
        .resources
        .iter()
        .map(|(name, observed)| {
            let seen = match observed {
                Observed::Absent => json!("absent"),
                Observed::Ours { fields, .. } => json!({"ours": fields}),
                Observed::Foreign { what } => json!({"foreign": what}),
            };
            (name, seen)
        })
        .collect();
    digest(json!(seen).to_string())
}

/// The neighbours that each resource needs, with the reason; edges from references and from [`crate::kinds::Through`].
fn edges(desired: &Desired) -> BTreeMap<&str, Vec<(&str, String)>> {
    let mut edges: BTreeMap<&str, Vec<(&str, String)>> = BTreeMap::new();
    let targets = |resource: &DesiredResource, shared: Kind| -> BTreeSet<String> {
        let refs = resource.spec.refs().into_iter().map(|reference| reference.resource.clone());
        refs.filter(|name| desired.resources.get(name).is_some_and(|r| r.kind == shared)).collect()
    };
    for (name, resource) in &desired.resources {
        let mine = edges.entry(name).or_default();
        let mut outputs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for reference in resource.spec.refs() {
            outputs.entry(&reference.resource).or_default().insert(&reference.output);
        }
        for (other, outputs) in outputs {
            let label = desired.resources.get(other).map_or("resource", |other| other.kind.def().label);
            let outputs: Vec<_> = outputs.into_iter().map(readable).collect();
            mine.push((other, format!("It needs the {} of the {}.", outputs.join(" and "), called(other, label))));
        }
        for through in resource.kind.def().through {
            let shared = targets(resource, through.shared);
            for (other, candidate) in &desired.resources {
                let refers =
                    through.by.contains(&candidate.kind) && !targets(candidate, through.shared).is_disjoint(&shared);
                if refers && !mine.iter().any(|(known, _)| known == other) {
                    mine.push((other, format!("It waits for the {}: {}.", readable(other), through.why)));
                }
            }
        }
    }
    edges
}

/// An order in which the resources could be made one by one, or a cycle.
pub fn order(desired: &Desired) -> Result<Vec<String>, Vec<String>> {
    let edges = edges(desired);
    let names: Vec<&str> = desired.resources.keys().map(String::as_str).collect();
    let needs: BTreeMap<&str, Vec<&str>> =
        edges.iter().map(|(name, needs)| (*name, needs.iter().map(|(n, _)| *n).collect())).collect();
    sort(&names, &needs).map(|names| names.into_iter().map(str::to_owned).collect())
}

/// Topological order, alphabetical among equals; a cycle as the error.
fn sort<'a>(names: &[&'a str], needs: &BTreeMap<&'a str, Vec<&'a str>>) -> Result<Vec<&'a str>, Vec<String>> {
    let mut graph = petgraph::graphmap::DiGraphMap::<&str, ()>::new();
    for name in names {
        graph.add_node(name);
        for need in needs.get(name).into_iter().flatten() {
            graph.add_edge(need, name, ());
        }
    }
    for component in petgraph::algo::tarjan_scc(&graph) {
        if component.len() > 1 || graph.contains_edge(component[0], component[0]) {
            let mut cycle: Vec<String> = component.iter().rev().map(|name| (*name).to_owned()).collect();
            cycle.push(cycle[0].clone());
            return Err(cycle);
        }
    }
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut ordered = vec![];
    while ordered.len() < names.len() {
        let ready: Vec<&str> = names
            .iter()
            .filter(|name| !done.contains(*name))
            .filter(|name| {
                needs.get(*name).into_iter().flatten().all(|need| done.contains(need) || !names.contains(need))
            })
            .copied()
            .collect();
        done.extend(&ready);
        ordered.extend(ready);
    }
    Ok(ordered)
}

/// Puts a stand-in where a plan would put what it allocates, so that a spec can be checked without one.
pub fn sample_allocations(kind: Kind, spec: &mut Json) {
    if kind == Kind::ListenerRule && spec.get("priority").is_none() {
        spec["priority"] = json!(1);
    }
}

/// Makes the plan. `desired` is empty for [`Wish::Destroy`]. Allocations (rule priorities) are already in its specs.
pub fn build(
    site: &Site<'_>,
    wish: Wish,
    desired: &Desired,
    recorded: &[Resource],
    observation: &Observation,
) -> Result<Plan, Vec<Problem>> {
    let mut builder = Builder { site, recorded, observation, acts: BTreeMap::new(), steps: vec![], problems: vec![] };
    builder.check(desired);
    let ordered = order(desired).map_err(|cycle| {
        vec![Problem::new("cycle", "resources", format!("These wait for each other for ever: {}.", cycle.join(" → ")))]
    })?;
    let edges = edges(desired);
    let (newest, older) = generations(recorded);
    let mut doomed: Vec<&Resource> = older;
    for logical in &ordered {
        let resource = &desired.resources[logical];
        let current = newest.get(logical.as_str()).copied();
        let needs = edges[logical.as_str()]
            .iter()
            .map(|(other, why)| need(site, other, why, desired.resources.get(*other).map(|other| other.kind)))
            .collect();
        if let Some(old) = builder.step(logical, resource, current, needs) {
            doomed.push(old);
        }
    }
    builder.shed_last(&edges);
    doomed.extend(
        newest.iter().filter(|(logical, _)| !desired.resources.contains_key(**logical)).map(|(_, resource)| *resource),
    );
    builder.deletes(doomed);
    if builder.problems.is_empty() {
        Ok(Plan { wish, steps: builder.steps, outputs: desired.outputs.clone(), observed: digest_of(observation) })
    } else {
        Err(builder.problems)
    }
}

/// Everything begins as soon as what it needs exists; in an environment that wants it so, a load balancer must be ready.
fn need(site: &Site<'_>, step: &str, why: &str, kind: Option<Kind>) -> Need {
    let waits = site.environment.rules.wait_for_load_balancers && kind == Some(Kind::LoadBalancer);
    let (level, why) = match waits {
        true => (Level::Done, format!("{why} In this environment it waits until that is ready.")),
        false => (Level::Exists, why.to_owned()),
    };
    Need { step: step.to_owned(), level, why }
}

struct Builder<'a> {
    site: &'a Site<'a>,
    recorded: &'a [Resource],
    observation: &'a Observation,
    /// What was decided for the resources so far; outputs of those that stay are known.
    acts: BTreeMap<String, (Act, BTreeMap<String, String>)>,
    steps: Vec<Step>,
    problems: Vec<Problem>,
}

impl<'a> Builder<'a> {
    fn check(&mut self, desired: &Desired) {
        let previews: BTreeMap<String, (Kind, Json)> = desired
            .resources
            .iter()
            .map(|(name, resource)| (name.clone(), (resource.kind, resource.spec.preview())))
            .collect();
        for (name, (kind, spec)) in &previews {
            for problem in (kind.def().check)(spec) {
                self.problems.push(Problem { path: format!("resources.{name}.{}", problem.path), ..problem });
            }
        }
        self.problems.extend(
            check_together(&previews).into_iter().map(|p| Problem { path: format!("resources.{}", p.path), ..p }),
        );
        // The environment's own tags: what is wrong with them is for the platform team to mend.
        self.problems.extend(
            check_tags(&self.site.tags("x"))
                .into_iter()
                .map(|p| Problem { path: format!("environment.{}", p.path), ..p }),
        );
    }

    /// The outputs that will not change by this plan; a marker for the rest.
    fn resolve(&self, value: &Value) -> Json {
        let resolved: Result<Json, std::convert::Infallible> = value.resolve(&mut |reference: &OutputRef| {
            let known = self.acts.get(&reference.resource).and_then(|(act, outputs)| match act {
                Act::Update | Act::None => outputs.get(&reference.output),
                _ => None,
            });
            Ok(known.cloned().unwrap_or_else(|| format!("${{{reference}}}")))
        });
        match resolved {
            Ok(json) => json,
            Err(never) => match never {},
        }
    }

    /// Adds the step of one desired resource; returns the old generation that has to go.
    fn step(
        &mut self,
        logical: &str,
        wanted: &DesiredResource,
        current: Option<&'a Resource>,
        needs: Vec<Need>,
    ) -> Option<&'a Resource> {
        let def = wanted.kind.def();
        let observed = self.observation.resources.get(logical);
        if let Some(Observed::Foreign { what }) = observed {
            self.problems.push(Problem::new(
                "foreign-resource",
                format!("resources.{logical}"),
                format!("There is already a {} that is not of this stack: {what}. Gantry does not touch it; choose another name.", def.label),
            ));
            return None;
        }
        let resolved = (def.normalise)(&self.resolve(&wanted.spec));
        let mut step = Step {
            id: logical.to_owned(),
            resource: logical.to_owned(),
            kind: wanted.kind,
            act: Act::Create,
            name: String::new(),
            generation: next_generation(self.recorded, logical),
            tags: self.site.tags(logical),
            client_token: String::new(),
            before: None,
            outputs: BTreeMap::new(),
            after: Some(wanted.spec.clone()),
            changed: vec![],
            needs,
            reason: format!("A new {}.", def.label),
            seconds: def.typical_seconds.create,
        };
        let mut old = None;
        match (current, observed) {
            (Some(current), _) if current.kind != wanted.kind => {
                step.act = Act::Replace;
                step.reason = format!("It was a {} and becomes a {}.", current.kind.def().label, def.label);
                old = Some(current);
            }
            (Some(current), Some(Observed::Ours { fields, outputs })) => {
                step.changed = differences(wanted.kind, &resolved, &current.spec, fields);
                let replacing: Vec<&str> = step
                    .changed
                    .iter()
                    .map(|change| change.path.split('.').next().unwrap_or(&change.path))
                    .filter(|field| def.replaced_by.contains(field) || def.replaced_by.contains(&"*"))
                    .collect();
                step.before = Some(current.spec.clone());
                if replacing.is_empty() {
                    step.generation = current.generation;
                    step.outputs = if outputs.is_empty() { current.outputs.clone() } else { outputs.clone() };
                    step.act = if step.changed.is_empty() { Act::None } else { Act::Update };
                    step.seconds = if step.changed.is_empty() { 0 } else { def.typical_seconds.update };
                    step.reason = match step.act {
                        Act::None => "Nothing about it changes.".to_owned(),
                        _ => format!("The {} is changed in place.", def.label),
                    };
                } else {
                    step.act = Act::Replace;
                    step.reason = if def.replaced_by == ["*"] {
                        format!("A {} cannot be changed, so a new one takes its place.", def.label)
                    } else {
                        format!(
                            "AWS cannot change {} in place, so a new {} takes its place.",
                            listed(&replacing),
                            def.label
                        )
                    };
                    old = Some(current);
                }
            }
            (Some(current), _) => {
                step.reason = format!("The {} was deleted outside Gantry and is made again.", def.label);
                old = Some(current);
            }
            (None, _) => {}
        }
        step.name = match (step.act, current) {
            (Act::None | Act::Update, Some(current)) => current.name.clone(),
            _ => self.site.name(wanted.kind, logical, step.generation),
        };
        self.problems.extend(
            check_name(wanted.kind, &step.name)
                .into_iter()
                .map(|p| Problem { path: format!("resources.{logical}.{}", p.path), ..p }),
        );
        step.client_token = self.site.hash(logical, step.generation);
        self.acts.insert(logical.to_owned(), (step.act, step.outputs.clone()));
        self.steps.push(step);
        old
    }

    /// Where an update would take something away that is used until others have changed, it only adds, and another
    /// update takes away when they have.
    fn shed_last(&mut self, edges: &BTreeMap<&str, Vec<(&str, String)>>) {
        let mut last = vec![];
        for at in 0..self.steps.len() {
            let step = &self.steps[at];
            let (Act::Update, Some(before), Some(wanted)) = (step.act, &step.before, &step.after) else { continue };
            let def = step.kind.def();
            let users = self.users(&step.id, edges);
            let after = self.resolve(wanted);
            let both = shed::meanwhile(step.kind, before, wanted, &after);
            let (after, meanwhile) = ((def.normalise)(&after), (def.normalise)(&self.resolve(&both)));
            let shed = differences(step.kind, &after, &meanwhile, &meanwhile);
            // Where there is no room for both, it is changed at once.
            if shed.is_empty() || users.is_empty() || !(def.check)(&meanwhile).is_empty() {
                continue;
            }
            let Some(Observed::Ours { fields, .. }) = self.observation.resources.get(&step.resource) else { continue };
            let added = differences(step.kind, &meanwhile, before, fields);
            let mut second = Step { id: format!("{}@last", step.id), changed: shed, needs: users, ..step.clone() };
            second.reason = format!("What the {} no longer needs goes once nothing uses it any more.", def.label);
            let first = &mut self.steps[at];
            first.after = Some(both);
            if added.is_empty() {
                (first.act, first.seconds) = (Act::None, 0);
                first.reason = "Nothing about it changes until those that use it have changed.".to_owned();
            } else {
                let why = format!("What it takes away comes after what the {} adds.", def.label);
                second.needs.insert(0, Need { step: first.id.clone(), level: Level::Done, why });
                first.reason = format!(
                    "The {} is changed in place; what is taken away stays until those that use it have changed.",
                    def.label
                );
            }
            first.changed = added;
            last.push(second);
        }
        self.steps.extend(last);
    }

    /// Whatever changes and uses this resource, itself or through others.
    fn users(&self, id: &str, edges: &BTreeMap<&str, Vec<(&str, String)>>) -> Vec<Need> {
        let mut reached = BTreeSet::from([id]);
        let mut users = vec![];
        // Steps stand after those that they need.
        for step in &self.steps {
            let uses = edges.get(step.id.as_str()).into_iter().flatten().any(|(other, _)| reached.contains(other));
            if !uses || !reached.insert(&step.id) || step.act == Act::None {
                continue;
            }
            let why = format!("The {} uses it as it was until then.", called(&step.resource, step.kind.def().label));
            users.push(Need { step: step.id.clone(), level: Level::Done, why });
        }
        users
    }

    /// Whether AWS has shown that it is not there: only the newest of its generations was looked for.
    fn is_absent(&self, resource: &Resource) -> bool {
        let newest = self.recorded.iter().filter(|row| row.logical == resource.logical).map(|row| row.generation).max();
        newest == Some(resource.generation)
            && self.observation.resources.get(&resource.logical) == Some(&Observed::Absent)
    }

    /// Deletes, each after whatever still refers to it.
    fn deletes(&mut self, doomed: Vec<&Resource>) {
        let ids: BTreeMap<String, &Resource> =
            doomed.into_iter().map(|r| (format!("{}@{}", r.logical, r.generation), r)).collect();
        let mut needs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, resource) in &ids {
            let refers = resource.wanted.refs();
            for (other, target) in &ids {
                if id != other && refers.iter().any(|reference| reference.resource == target.logical) {
                    needs.entry(other).or_default().push(id);
                }
            }
        }
        let names: Vec<&str> = ids.keys().map(String::as_str).collect();
        let ordered = sort(&names, &needs).unwrap_or_else(|_| names.clone());
        for id in ordered {
            let resource = ids[id];
            let def = resource.kind.def();
            let waits = needs.get(id).into_iter().flatten().map(|other| Need {
                step: (*other).to_owned(),
                level: Level::Done,
                why: format!("The {} still uses it.", called(&ids[*other].logical, ids[*other].kind.def().label)),
            });
            self.steps.push(Step {
                id: id.to_owned(),
                resource: resource.logical.clone(),
                kind: resource.kind,
                act: Act::Delete,
                name: resource.name.clone(),
                generation: resource.generation,
                tags: self.site.tags(&resource.logical),
                client_token: self.site.hash(&resource.logical, resource.generation),
                before: Some(resource.spec.clone()),
                outputs: resource.outputs.clone(),
                after: None,
                changed: vec![],
                needs: waits.collect(),
                reason: if !self.acts.contains_key(&resource.logical) {
                    format!("The {} is no longer wanted.", def.label)
                } else if self.is_absent(resource) {
                    format!("The old {} is not there any more; its record is closed.", def.label)
                } else {
                    format!("The old {} goes once the new one has taken its place.", def.label)
                },
                seconds: def.typical_seconds.delete,
            });
        }
    }
}

/// Whether nothing differs between what is wanted and what is there. A field that AWS does not show is compared with what
/// was sent.
pub fn is_as_wanted(kind: Kind, wanted: &Json, recorded: &Json, observed: &Json) -> bool {
    differences(kind, &(kind.def().normalise)(wanted), recorded, observed).is_empty()
}

/// What differs between what is wanted and what is there. A field that AWS does not show is compared with what was sent.
fn differences(kind: Kind, wanted: &Json, recorded: &Json, observed: &Json) -> Vec<Change> {
    let def = kind.def();
    let unowned = (def.unowned)(wanted);
    let empty = Map::new();
    let normal = |json: &Json| (def.normalise)(json);
    let recorded_normal = normal(recorded);
    let mut basis = recorded_normal.as_object().cloned().unwrap_or_default();
    for (field, value) in observed.as_object().unwrap_or(&empty) {
        basis.insert(field.clone(), value.clone());
    }
    let basis_normal = normal(&Json::Object(basis.clone()));
    let basis = basis_normal.as_object().unwrap_or(&basis);
    let wanted = wanted.as_object().unwrap_or(&empty);
    let mut changes = vec![];
    let fields: BTreeSet<&String> = wanted.keys().chain(basis.keys()).collect();
    for field in fields.into_iter().filter(|field| !unowned.contains(&field.as_str())) {
        let (before, after) = (basis.get(field).unwrap_or(&Json::Null), wanted.get(field).unwrap_or(&Json::Null));
        difference(field, before, after, &mut changes);
    }
    changes
}

pub(super) fn difference(path: &str, before: &Json, after: &Json, changes: &mut Vec<Change>) {
    if equal(before, after) {
        return;
    }
    if let (Json::Object(left), Json::Object(right)) = (before, after) {
        let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for key in keys {
            difference(
                &format!("{path}.{key}"),
                left.get(key).unwrap_or(&Json::Null),
                right.get(key).unwrap_or(&Json::Null),
                changes,
            );
        }
        return;
    }
    changes.push(Change { path: path.to_owned(), before: before.clone(), after: after.clone() });
}

/// Equal as AWS would see it: an integer and the same number with a point are one.
fn equal(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(a), Json::Number(b)) => a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| equal(v, w)))
        }
        _ => left == right,
    }
}

fn listed(words: &[&str]) -> String {
    let words: BTreeSet<String> = words.iter().map(|word| word.replace('_', " ")).collect();
    words.into_iter().collect::<Vec<_>>().join(" and ")
}
