//! What somebody typed into a form outlives the page, the session and the day. Secrets go into their envelopes at once,
//! so that nobody types one twice and none lies about.

use std::collections::BTreeMap;

use domain::{
    authz::{Action, Object, may},
    draft::{FormOf, SavedDraft, Typed},
    ids::{SecretId, TeamId},
    people::Actor,
    seal::SecretRef,
};
use provisioner::cloud::Secret;
use serde_json::Value as Json;
use storage::{SealedSecret, Transaction};

use super::{
    Draft, Form,
    draft::{ClearSecrets, clear_problem},
    seen_request,
};
use crate::{Portal, Result, ServiceError, may_request};

/// References by input and variable name: the values that stay where their field is left empty.
pub type KeptSecrets = BTreeMap<String, BTreeMap<String, SecretRef>>;

impl Portal {
    /// Saves what was typed into a form, right or wrong, for this person. Returns it as it was saved: with references in
    /// the place of clear secrets. A secret that is too long, or that no team would own, is not kept.
    pub async fn save_draft(&self, actor: &Actor, form: &FormOf, mut draft: Draft) -> Result<Draft> {
        let mut tx = self.storage.begin_read().await?;
        let team = self.team_of(&mut *tx, actor, form, &draft).await?;
        let earlier = tx.lookup_draft(&actor.user.id, form).await?.map(|saved| saved.typed).unwrap_or_default();
        let mut sealed: Vec<SealedSecret> = vec![];
        if let Some(team) = &team {
            for (input, clear) in &mut draft.secrets {
                let mut references = draft.inputs.get(input).and_then(Json::as_object).cloned().unwrap_or_default();
                let typed: Vec<String> =
                    clear.iter().filter(|(_, text)| !text.0.is_empty()).map(|(n, _)| n.clone()).collect();
                for variable in typed {
                    let Some(text) = clear.remove(&variable) else { continue };
                    if clear_problem(input, &variable, &text).is_some() {
                        clear.insert(variable, Secret(String::new()));
                        continue;
                    }
                    let known = earlier.inputs.get(input).and_then(|map| reference(map.get(&variable)?));
                    let same = match known {
                        Some(known) => self.is_value(&mut *tx, &known, team, &text).await?.then_some(known),
                        None => None,
                    };
                    let kept = same.unwrap_or_else(|| {
                        let id = SecretId::generate(&*self.entropy);
                        sealed.push(self.vault.seal(id.clone(), 1, team, &text, self.now()));
                        SecretRef { id, version: 1 }
                    });
                    references.insert(variable, serde_json::json!(kept));
                }
                draft.inputs.insert(input.clone(), Json::Object(references));
            }
        }
        drop(tx);
        let saved =
            SavedDraft { user: actor.user.id.clone(), form: form.clone(), typed: typed(&draft), saved_at: self.now() };
        let mut tx = self.storage.begin().await?;
        for secret in &sealed {
            tx.add_secret(secret).await?;
        }
        tx.set_draft(&saved).await?;
        if let (false, Some(team)) = (sealed.is_empty(), &team) {
            let summary = format!("{} kept {} secrets", actor.user.name, sealed.len());
            let mut entry = self.entry(actor, "secret.kept", team, summary);
            entry.team = Some(team.to_string());
            tx.append_audit(&entry).await?;
        }
        tx.commit().await?;
        Ok(draft)
    }

    /// The team that would own what is typed, where one is picked that this person may ask for.
    async fn team_of(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        form: &FormOf,
        draft: &Draft,
    ) -> Result<Option<TeamId>> {
        match form {
            FormOf::Template(name) => {
                self.shelf.find(tx, name).await?.ok_or(ServiceError::NotFound { what: "template" })?;
                may_request(actor)?;
                let asks =
                    |team: &TeamId| may(actor, Action::SubmitRequest, Object { team: Some(team), requester: None });
                Ok(draft.team.clone().filter(|team| asks(team).is_ok()))
            }
            FormOf::Stack(id) => {
                let stack = self.seen_stack(tx, actor, id).await?;
                may(actor, Action::SubmitRequest, Object { team: Some(&stack.team), requester: None })?;
                Ok(Some(stack.team))
            }
            FormOf::Request(id) => {
                let request = seen_request(tx, actor, id).await?;
                let object = Object { team: Some(&request.team), requester: Some(&request.requester) };
                may(actor, Action::EditRequest, object)?;
                Ok(Some(request.team))
            }
        }
    }

    /// Whether an envelope holds this very text, for this team: then it need not be sealed once more.
    async fn is_value(
        &self,
        tx: &mut dyn Transaction,
        known: &SecretRef,
        team: &TeamId,
        text: &Secret,
    ) -> Result<bool> {
        let sealed = tx.lookup_secret(&known.id, known.version).await?.filter(|sealed| sealed.team == *team);
        Ok(sealed.and_then(|sealed| self.vault.unseal(&sealed)).is_some_and(|clear| clear.0 == text.0))
    }
}

impl Form {
    /// The saved draft as something to go on with, if there is one.
    pub fn resume(&self) -> Option<Draft> {
        let saved = self.saved.as_ref()?;
        let Typed { team, environment, stack_name, mut inputs, repeated, reason } = saved.typed.clone();
        let mut secrets = ClearSecrets::new();
        for (input, value) in &mut inputs {
            let Some(map) = value.as_object_mut() else { continue };
            let unanswered: Vec<String> =
                map.iter().filter(|(_, value)| value.is_null()).map(|(n, _)| n.clone()).collect();
            for name in unanswered {
                map.remove(&name);
                secrets.entry(input.clone()).or_default().insert(name, Secret(String::new()));
            }
        }
        Some(Draft { team, environment, stack_name, inputs, secrets, repeated, reason, ..self.blank() })
    }

    /// A draft of this form in which nothing is filled in.
    pub fn blank(&self) -> Draft {
        let (stack, request) = match &self.of {
            FormOf::Template(_) => (None, None),
            FormOf::Stack(id) => (Some(id.clone()), None),
            FormOf::Request(id) => (None, Some(id.clone())),
        };
        Draft { template: self.shelved.template.id(), stack, request, ..Draft::default() }
    }

    /// The secrets that are there already: of what runs, of the request that is edited, and of the saved draft.
    pub fn kept(&self) -> KeptSecrets {
        let saved = self.saved.as_ref().map(|saved| &saved.typed.inputs);
        let mut kept = KeptSecrets::new();
        // Later ones are newer.
        for inputs in [Some(&self.current), self.request.as_ref().map(|request| &request.inputs), saved] {
            for (input, value) in inputs.into_iter().flatten() {
                for (name, value) in value.as_object().into_iter().flatten() {
                    if let Some(reference) = reference(value) {
                        kept.entry(input.clone()).or_default().insert(name.clone(), reference);
                    }
                }
            }
        }
        kept
    }
}

fn reference(value: &Json) -> Option<SecretRef> {
    serde_json::from_value(value.clone()).ok()
}

/// Every secret that a draft refers to.
pub(super) fn kept_in(typed: &Typed) -> Vec<SecretRef> {
    let maps = typed.inputs.values().filter_map(Json::as_object);
    maps.flat_map(|map| map.values().filter_map(reference)).collect()
}

/// What is written down of a draft. Of a secret that is not in an envelope only the name is.
fn typed(draft: &Draft) -> Typed {
    let mut inputs = draft.inputs.clone();
    for (input, clear) in &draft.secrets {
        let map = inputs.entry(input.clone()).or_insert_with(|| Json::Object(Default::default()));
        if let Some(map) = map.as_object_mut() {
            map.extend(clear.keys().map(|name| (name.clone(), Json::Null)));
        }
    }
    Typed {
        team: draft.team.clone(),
        environment: draft.environment.clone(),
        stack_name: draft.stack_name.clone(),
        inputs,
        repeated: draft.repeated.clone(),
        reason: draft.reason.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{House, house};

    fn form() -> FormOf {
        FormOf::Template("web-service".to_owned())
    }

    async fn resumed(house: &House) -> Option<Draft> {
        house.portal.form(&house.dev, &form(), None).await.unwrap().resume()
    }

    #[tokio::test]
    async fn a_draft_comes_back_as_it_was_typed_and_secrets_as_references() {
        let house = house().await;
        assert!(resumed(&house).await.is_none());
        let mut draft = house.draft_with_secret("Not A Name", "open sesame");
        draft.inputs.insert("port".to_owned(), json!("70000"));
        draft.secrets.entry("secrets".to_owned()).or_default().insert("LATER".to_owned(), Secret(String::new()));
        let saved = house.saved(draft).await;
        let back = resumed(&house).await.unwrap();
        assert_eq!((&back.stack_name, &back.inputs, &back.team), (&saved.stack_name, &saved.inputs, &saved.team));
        assert_eq!(back.inputs["port"], "70000");
        assert!(reference(&back.inputs["secrets"]["TOKEN"]).is_some());
        assert!(back.secrets["secrets"]["LATER"].0.is_empty(), "a name without a value comes back, too");

        let mut tx = house.portal.storage.begin_read().await.unwrap();
        let row = format!("{:?}", tx.list_drafts(None).await.unwrap());
        assert!(!row.contains("sesame"), "{row}");
    }

    #[tokio::test]
    async fn the_same_secret_is_sealed_once() {
        let house = house().await;
        let first = house.saved(house.draft_with_secret("orders", "open sesame")).await;
        let again = house.saved(house.draft_with_secret("orders", "open sesame")).await;
        assert_eq!(first.inputs["secrets"], again.inputs["secrets"]);
        let other = house.saved(house.draft_with_secret("orders", "open barley")).await;
        assert_ne!(first.inputs["secrets"], other.inputs["secrets"]);
        assert_eq!(house.actions().await.iter().filter(|action| *action == "secret.kept").count(), 2);
    }

    #[tokio::test]
    async fn drafts_are_their_writers_own_and_only_for_those_who_may_ask() {
        let house = house().await;
        house.saved(house.draft("orders")).await;
        assert!(house.portal.form(&house.owner, &form(), None).await.unwrap().resume().is_none());
        let draft = house.draft("orders");
        for actor in [&house.auditor, &house.platform, &house.admin] {
            assert_eq!(house.portal.save_draft(actor, &form(), draft.clone()).await.unwrap_err().code(), "denied");
        }
        let stack = house.live(&house.draft("orders")).await;
        let of_stack = FormOf::Stack(stack);
        let refused = house.portal.save_draft(&house.other_dev, &of_stack, draft.clone()).await.unwrap_err();
        assert_eq!(refused.code(), "not-found");
        let id = house.portal.submit(&house.dev, &house.draft("shop")).await.unwrap();
        let refused = house.portal.save_draft(&house.owner, &FormOf::Request(id), draft).await.unwrap_err();
        assert_eq!(refused.code(), "denied");
    }
}
