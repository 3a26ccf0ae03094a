//! What was typed, and what it becomes: checked inputs with secrets by reference.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Problem,
    authz::{Action, Object, may},
    draft::RepeatedRows,
    environment::Environment,
    ids::{EnvironmentId, RequestId, SecretId, StackId, TeamId},
    people::Actor,
    plan::Wish,
    seal::SecretRef,
    stack::{Stack, StackStatus},
    template::{
        Inputs,
        inputs::{validate, visible},
        schema::{InputType, Template},
    },
};
use provisioner::cloud::Secret;
use serde_json::Value as Json;
use storage::{SealedSecret, Transaction};

use super::{prepare::Ground, reason_problem};
use crate::{Portal, Result, ServiceError};

/// Clear text by input and variable name.
pub type ClearSecrets = BTreeMap<String, BTreeMap<String, Secret>>;

/// What was typed into the form. Problems with it have the paths `team`, `environment`, `stack_name`, `reason` and
/// `inputs.<name>` (of one secret or variable `inputs.<name>.<NAME>`).
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// `web-service` for the latest revision (of a change: the revision that runs), `web-service@1.0.0` for that one.
    pub template: String,
    /// The stack to change; none for a new one.
    pub stack: Option<StackId>,
    /// The request to edit; none to ask for something. Its template, stack and team stay, whatever stands here.
    pub request: Option<RequestId>,
    /// Who will own it; not read for a change.
    pub team: Option<TeamId>,
    /// Where it will live; not read for a change of what exists.
    pub environment: Option<EnvironmentId>,
    /// Its name; not read for a change of what exists.
    pub stack_name: String,
    /// Everything but clear secrets. Secrets that were kept already stand here by reference.
    pub inputs: Inputs,
    /// Clear text, by input and by variable name. Empty text keeps the value that is there.
    pub secrets: ClearSecrets,
    /// Rows whose name has a value already; a draft with such a row is refused.
    pub repeated: RepeatedRows,
    /// Why, in the requester's words; may be empty.
    pub reason: String,
}

/// How secrets are dealt with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sealing {
    /// New ones go into envelopes.
    Seal,
    /// New ones are only counted, with a reference that leads nowhere.
    Pretend,
}

/// A draft that holds together.
pub(super) struct Checked {
    pub(super) ground: Ground,
    pub(super) wish: Wish,
    /// Canonical inputs.
    pub(super) inputs: Inputs,
    /// Envelopes to keep with the request.
    pub(super) sealed: Vec<SealedSecret>,
}

impl Portal {
    /// Who may ask for what and where: everything but the inputs. Problems are added to `problems`; none is returned
    /// when there is not enough to go on with.
    pub(super) async fn ground(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        draft: &Draft,
        problems: &mut Vec<Problem>,
    ) -> Result<Option<Ground>> {
        if let Some(id) = &draft.request {
            return self.ground_of_edit(tx, actor, draft, id, problems).await.map(Some);
        }
        let submit = |team: &TeamId| may(actor, Action::SubmitRequest, Object { team: Some(team), requester: None });
        if let Some(id) = &draft.stack {
            let stack = self.seen_stack(tx, actor, id).await?;
            submit(&stack.team)?;
            let shelved = match draft.template.split_once('@') {
                Some((name, _)) if stack.revision.split('@').next() == Some(name) => {
                    self.shelf.exactly(tx, &draft.template).await?
                }
                Some(_) => {
                    return Err(ServiceError::conflict("A stack keeps its template; only the revision can change."));
                }
                None => self.shelf.exactly(tx, &stack.revision).await?,
            };
            let shelved = shelved.ok_or(ServiceError::NotFound { what: "template" })?;
            return Ok(Some(Ground::of_stack(tx, shelved, stack).await?));
        }
        let shelved = self.shelf.find(tx, &draft.template).await?.ok_or(ServiceError::NotFound { what: "template" })?;
        let team = match &draft.team {
            Some(id) => tx.lookup_team(id).await?,
            None => None,
        };
        match &team {
            Some(team) => submit(&team.id)?,
            None => problems.push(Problem::new("required", "team", "Pick the team that will own it.")),
        }
        let (environment, stack_name) = place(tx, draft, None, problems).await?;
        if let Some(environment) = &environment {
            problems.extend(environment.refusals(&shelved.template.name, &shelved.template.title));
        }
        let (Some(team), Some(environment)) = (team, environment) else { return Ok(None) };
        Ok(Some(Ground {
            template: shelved.template,
            revision: format!("{}@{}", shelved.revision.template, shelved.revision.version),
            revision_hash: shelved.revision.hash,
            environment,
            team,
            stack: StackId::generate(&*self.entropy),
            stack_name,
            existing: None,
            recorded: vec![],
            reserved: vec![],
            edition: 1,
            edits: None,
        }))
    }

    /// Checks a whole draft. All problems at once.
    pub(super) async fn check_draft(&self, actor: &Actor, draft: &Draft, sealing: Sealing) -> Result<Checked> {
        let mut tx = self.storage.begin_read().await?;
        let mut problems = vec![];
        let ground = self.ground(&mut *tx, actor, draft, &mut problems).await?;
        problems.extend(reason_problem(&draft.reason));
        let Some(ground) = ground else {
            // Show what is wrong with the inputs, too.
            let shelved = self.shelf.find(&mut *tx, &draft.template).await?;
            if let Some(shelved) = shelved {
                let (inputs, _, _) = self.with_secrets(&shelved.template, draft, &[], None, Sealing::Pretend);
                problems.extend(validate(&shelved.template, &inputs).err().unwrap_or_default());
                problems.extend(repeated(&shelved.template, draft));
            }
            return Err(ServiceError::Invalid(problems));
        };
        let wish = match (&ground.edits, &ground.existing) {
            (Some(request), _) => request.wish,
            (None, Some(stack)) => {
                changeable(&mut *tx, stack).await?;
                Wish::Update
            }
            (None, None) => Wish::Create,
        };
        if let (Wish::Destroy, Some(request)) = (wish, &ground.edits) {
            // There is nothing to fill in but the reason.
            let inputs = request.inputs.clone();
            let checked = Checked { ground, wish, inputs, sealed: vec![] };
            return if problems.is_empty() { Ok(checked) } else { Err(ServiceError::Invalid(problems)) };
        }
        let current = ground.existing.as_ref().filter(|_| wish == Wish::Update).map(|stack| &stack.inputs);
        let there: Vec<&Inputs> = ground.edits.iter().map(|request| &request.inputs).chain(current).collect();
        let (inputs, mut sealed, wrong) =
            self.with_secrets(&ground.template, draft, &there, Some(&ground.team.id), sealing);
        problems.extend(wrong);
        let inputs = match validate(&ground.template, &inputs) {
            Ok(inputs) => inputs,
            Err(wrong) => {
                problems.extend(wrong);
                inputs
            }
        };
        problems.extend(fixed(&ground.template, current, &inputs));
        problems.extend(repeated(&ground.template, draft));
        for (path, secret) in references(&ground.template, &inputs) {
            let is_new = secret.id.as_str() == PREVIEW || sealed.iter().any(|one| one.id == secret.id);
            let is_there =
                there.iter().any(|there| references(&ground.template, there).iter().any(|(_, known)| *known == secret));
            if is_new || is_there {
                continue;
            }
            // A reference that was made up, or belongs to someone else, opens nothing.
            let kept = tx.lookup_secret(&secret.id, secret.version).await?;
            if kept.is_none_or(|kept| kept.team != ground.team.id) {
                problems.push(Problem::new("not-a-secret", path, "This value is no longer kept; type it again."));
            }
        }
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let used = references(&ground.template, &inputs);
        sealed.retain(|one| used.iter().any(|(_, secret)| secret.id == one.id));
        Ok(Checked { ground, wish, inputs, sealed })
    }

    /// The inputs of a draft with its clear secrets as references. Empty ones are taken from the first of `there` that has
    /// them.
    pub(super) fn with_secrets(
        &self,
        template: &Template,
        draft: &Draft,
        there: &[&Inputs],
        team: Option<&TeamId>,
        sealing: Sealing,
    ) -> (Inputs, Vec<SealedSecret>, Vec<Problem>) {
        let (mut inputs, mut sealed, mut problems) = (draft.inputs.clone(), vec![], vec![]);
        for (name, clear) in &draft.secrets {
            if !template.input(name).is_some_and(|input| matches!(input.kind, InputType::Secrets { .. })) {
                let message = format!("{} has no secrets called `{name}`.", template.title);
                problems.push(Problem::new("unknown-input", format!("inputs.{name}"), message));
                continue;
            }
            let mut references = inputs.get(name).and_then(Json::as_object).cloned().unwrap_or_default();
            for (variable, text) in clear {
                let path = format!("inputs.{name}.{variable}");
                if text.0.is_empty() {
                    let known = there.iter().find_map(|there| there.get(name)?.get(variable));
                    match known {
                        Some(known) if !references.contains_key(variable) => {
                            references.insert(variable.clone(), known.clone());
                        }
                        None if !references.contains_key(variable) => {
                            problems.push(Problem::new("required", path, format!("{variable} has no value.")));
                        }
                        _ => {}
                    }
                    continue;
                }
                if let Some(problem) = clear_problem(&path, variable, text) {
                    problems.push(problem);
                    continue;
                }
                let reference = match (sealing, team) {
                    (Sealing::Seal, Some(team)) => {
                        let id = SecretId::generate(&*self.entropy);
                        sealed.push(self.vault.seal(id.clone(), 1, team, text, self.now()));
                        id.to_string()
                    }
                    _ => PREVIEW.to_owned(),
                };
                references.insert(variable.clone(), serde_json::json!({"id": reference, "version": 1}));
            }
            inputs.insert(name.clone(), Json::Object(references));
        }
        (inputs, sealed, problems)
    }
}

/// Stands for a secret that is being typed.
const PREVIEW: &str = "sec-PREVIEW";

pub(super) fn clear_problem(path: &str, variable: &str, text: &Secret) -> Option<Problem> {
    if text.0.len() > 4096 {
        return Some(Problem::new("too-long", path, format!("{variable} is longer than 4,096 bytes.")));
    }
    text.0.contains("{{").then(|| {
        let message = format!("{variable} contains `{{{{`, which the SSM Parameter Store does not take.");
        Problem::new("bad-value", path, message)
    })
}

pub(super) fn name_taken(name: &str, environment: &str) -> Problem {
    Problem::new("taken", "stack_name", format!("There is already a stack `{name}` in {environment}."))
}

/// A stack can be changed while it stands and no other request wants something of it.
pub(crate) async fn changeable(tx: &mut dyn Transaction, stack: &Stack) -> Result<()> {
    if let Some(open) = super::open_request(tx, stack).await? {
        return Err(super::in_the_way(stack, open));
    }
    match stack.status {
        StackStatus::Live | StackStatus::NeedsAttention => Ok(()),
        StackStatus::Gone => Err(ServiceError::conflict(format!("{} is gone.", stack.name))),
        _ => Err(ServiceError::conflict(format!("{} is being worked on. Wait until that is done.", stack.name))),
    }
}

/// Where something that does not exist yet is to live, and its name there; `own` is the stack that may have it already.
/// Problems are added to `problems`.
pub(super) async fn place(
    tx: &mut dyn Transaction,
    draft: &Draft,
    own: Option<&StackId>,
    problems: &mut Vec<Problem>,
) -> Result<(Option<Environment>, String)> {
    let environment = match &draft.environment {
        Some(id) => tx.lookup_environment(id).await?,
        None => None,
    };
    if environment.is_none() {
        problems.push(Problem::new("required", "environment", "Pick where it will live."));
    }
    let name = draft.stack_name.trim();
    if !is_stack_name(name) {
        let message = "A name has 2 to 31 characters: a-z, 0-9 and -, first a letter.";
        problems.push(Problem::new("wrong-form", "stack_name", message));
        // A plan can be shown before there is a good name.
        return Ok((environment, "unnamed".to_owned()));
    }
    if let Some(environment) = &environment
        && let Some(found) = tx.find_stack_by_name(&environment.id, name).await?
        && Some(&found.id) != own
    {
        problems.push(name_taken(name, &environment.name));
    }
    Ok((environment, name.to_owned()))
}

fn is_stack_name(name: &str) -> bool {
    (2..=31).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// What cannot change once the stack exists.
fn fixed(template: &Template, current: Option<&Inputs>, wanted: &Inputs) -> Vec<Problem> {
    let Some(current) = current else { return vec![] };
    let inputs = template.inputs.iter().filter(|input| input.fixed);
    let changed = inputs.filter(|input| current.get(&input.name) != wanted.get(&input.name));
    changed
        .map(|input| {
            let message = format!("{} cannot be changed any more. Ask for a new stack instead.", input.title);
            Problem::new("fixed", format!("inputs.{}", input.name), message)
        })
        .collect()
}

/// A name has one value.
fn repeated(template: &Template, draft: &Draft) -> Vec<Problem> {
    let shown = visible(template, &draft.inputs);
    let lists = template.inputs.iter().filter(|input| shown.contains(&input.name));
    let rows =
        lists.flat_map(|input| draft.repeated.get(&input.name).into_iter().flatten().map(move |row| (input, row)));
    // A row without a name is refused for that.
    let names: BTreeSet<_> =
        rows.map(|(input, (name, _))| (&input.name, name)).filter(|(_, name)| !name.is_empty()).collect();
    names
        .into_iter()
        .map(|(input, name)| {
            let what_now = match draft.secrets.contains_key(input) {
                true => "Only the first value is kept: type the right one there, and empty the other row.",
                false => "Keep the right row and empty the other.",
            };
            let shown: String = name.chars().take(40).collect();
            let message = format!("{shown} stands here more than once. {what_now}");
            Problem::new("repeated-name", format!("inputs.{input}.{name}"), message)
        })
        .collect()
}

/// Every secret that inputs refer to, with its path.
pub(super) fn references(template: &Template, inputs: &Inputs) -> Vec<(String, SecretRef)> {
    let secrets = template.inputs.iter().filter(|input| matches!(input.kind, InputType::Secrets { .. }));
    let maps = secrets.filter_map(|input| Some((input, inputs.get(&input.name)?.as_object()?)));
    maps.flat_map(|(input, map)| {
        map.iter().filter_map(|(variable, reference)| {
            let secret = serde_json::from_value(reference.clone()).ok()?;
            Some((format!("inputs.{}.{variable}", input.name), secret))
        })
    })
    .collect()
}
