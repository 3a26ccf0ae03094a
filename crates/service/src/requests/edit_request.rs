//! Changing what is asked for while nobody has decided for good: planned anew, under a new seal.

use domain::{
    Problem,
    approval::ApprovalRule,
    authz::Action,
    ids::RequestId,
    people::Actor,
    plan::Wish,
    request::{Request, RequestEvent, UNDECIDED},
    template::Inputs,
};
use provisioner::{holdings::keep_what_is_held, wake::Change};
use storage::{SealedSecret, StorageError, Transaction};

use super::{
    Draft,
    draft::{Checked, Sealing, name_taken, place, references},
    edited::{Edited, Wanted, plan_differences},
    prepare::{Ground, Prepared},
    refuse_now, seen_request,
    submit_request::{TRIES, fits, same_place},
};
use crate::{Portal, Result, ServiceError};

impl Portal {
    /// Edits the request that the draft names. It is planned anew, and earlier decisions no longer count.
    pub async fn edit(&self, actor: &Actor, draft: &Draft) -> Result<RequestId> {
        if draft.request.is_none() {
            return Err(ServiceError::NotFound { what: "request" });
        }
        let Checked { ground, wish, inputs, sealed } = self.check_draft(actor, draft, Sealing::Seal).await?;
        let before = ground.edits.as_ref().ok_or(ServiceError::NotFound { what: "request" })?;
        let old_name = ground.existing.as_ref().map(|stack| stack.name.as_str());
        let reason = draft.reason.trim();
        if inputs == before.inputs
            && reason == before.reason
            && ground.environment.id == before.environment
            && old_name == Some(ground.stack_name.as_str())
        {
            let message = "Nothing is different yet. Change something, or say it in a comment.";
            return Err(ServiceError::invalid("nothing-changed", "", message));
        }
        for _ in 0..TRIES {
            let prepared = self.prepare(&ground, wish, &inputs).await?;
            if wish == Wish::Update && prepared.plan.is_empty() {
                return Err(ServiceError::conflict(
                    "This changes nothing: what is asked for is what runs. Change an input, or withdraw the request.",
                ));
            }
            let edit = Edit { actor, before, ground: &ground, inputs: &inputs, sealed: &sealed, reason };
            if self.write_edit(&edit, prepared).await? {
                return Ok(before.id.clone());
            }
        }
        Err(ServiceError::conflict("Too many people ask for this listener at once. Please try again."))
    }

    /// What an edited request is planned on. What does not exist yet may still have another name and live elsewhere.
    pub(super) async fn ground_of_edit(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        draft: &Draft,
        id: &RequestId,
        problems: &mut Vec<Problem>,
    ) -> Result<Ground> {
        let request = seen_request(tx, actor, id).await?;
        refuse_now(actor, Action::EditRequest, &request, UNDECIDED)?;
        let mut ground = self.ground_of(tx, &request).await?;
        if request.wish == Wish::Create {
            let (environment, name) = place(tx, draft, Some(&ground.stack), problems).await?;
            if let Some(elsewhere) = environment.filter(|one| one.id != request.environment) {
                problems.extend(elsewhere.refusals(&ground.template.name, &ground.template.title));
                ground.environment = elsewhere;
            }
            ground.stack_name = name;
        }
        ground.edition = request.edition + 1;
        ground.edits = Some(request);
        Ok(ground)
    }

    /// One transaction for everything; false when a priority was taken since it was looked for.
    async fn write_edit(&self, edit: &Edit<'_>, prepared: Prepared) -> Result<bool> {
        let Edit { actor, before, ground, inputs, sealed, reason } = *edit;
        let now = self.now();
        let mut tx = self.storage.begin().await?;
        let mut request = seen_request(&mut *tx, actor, &before.id).await?;
        refuse_now(actor, Action::EditRequest, &request, UNDECIDED)?;
        let missing = |what: &str| ServiceError::corrupt(&request.id, format!("its {what} is missing"));
        let mut stack = tx.lookup_stack(&request.stack).await?.ok_or_else(|| missing("stack"))?;
        let earlier_place = tx.lookup_environment(&before.environment).await?.ok_or_else(|| missing("environment"))?;
        let stack_before = ground.existing.as_ref().ok_or_else(|| missing("stack"))?;
        if request.version != before.version || stack.version != stack_before.version {
            return Err(StorageError::Conflict { what: format!("the request {}", request.id) }.into());
        }
        same_place(&mut *tx, ground).await?;
        if request.wish == Wish::Create {
            tx.release_reservations(&stack.id, &[]).await?;
            stack.name.clone_from(&ground.stack_name);
            stack.environment = ground.environment.id.clone();
            stack.inputs = inputs.clone();
            stack.updated_at = now;
            tx.update_stack(&stack).await.map_err(|error| match error {
                StorageError::Taken { .. } => {
                    ServiceError::Invalid(vec![name_taken(&ground.stack_name, &ground.environment.name)])
                }
                other => other.into(),
            })?;
        } else {
            keep_what_is_held(&mut *tx, &stack.id).await?;
        }
        for secret in sealed {
            tx.add_secret(secret).await?;
        }
        if !self.claim(&mut *tx, ground, request.wish, &prepared).await? {
            return Ok(false);
        }
        // What this edition no longer names, and what runs does not either, nobody will open.
        let kept = [references(&ground.template, inputs), references(&ground.template, &stack.inputs)].concat();
        for (_, secret) in references(&ground.template, &before.inputs) {
            if kept.iter().all(|(_, known)| *known != secret) {
                tx.erase_secret(&secret.id, secret.version).await?;
            }
        }
        let earlier = Wanted::of(before, &stack_before.name, &earlier_place.name);
        let plan = plan_differences(before, &prepared);
        request.status =
            request.status.on(RequestEvent::Edited).map_err(|not_now| ServiceError::conflict(format!("{not_now}.")))?;
        request.environment = ground.environment.id.clone();
        request.inputs = inputs.clone();
        reason.clone_into(&mut request.reason);
        request.plan = prepared.plan;
        request.cost = prepared.cost;
        request.edition = ground.edition;
        request.seal = prepared.seal;
        request.approvals_needed = ApprovalRule::of(&ground.environment).needed;
        request.updated_at = now;
        tx.update_request(&request).await?;
        let later = Wanted::of(&request, &ground.stack_name, &ground.environment.name);
        let edited = Edited { edition: request.edition, before: earlier, after: later, plan };
        let summary = format!("{} edited the request to {} {}", actor.user.name, request.wish, ground.stack_name);
        let mut entry = self.entry(actor, "request.edited", &request.id, summary);
        entry.team = Some(request.team.to_string());
        entry.detail = serde_json::to_value(edited).map_err(|why| ServiceError::corrupt(&request.id, why))?;
        tx.append_audit(&entry).await?;
        fits(&mut *tx, ground, &request).await?;
        tx.commit().await?;
        self.changes.publish(Change { request: Some(request.id), run: None, stack: Some(request.stack) });
        Ok(true)
    }
}

/// What is written down when somebody edits.
#[derive(Clone, Copy)]
struct Edit<'a> {
    actor: &'a Actor,
    before: &'a Request,
    ground: &'a Ground,
    inputs: &'a Inputs,
    sealed: &'a [SealedSecret],
    reason: &'a str,
}

#[cfg(test)]
mod tests {
    use domain::{request::Verdict, seal::SecretRef, stack::StackStatus};
    use provisioner::{cloud::Secret, runner::SecretSource};
    use serde_json::json;

    use super::*;
    use crate::testing::{House, house};

    async fn edited(house: &House, id: &RequestId, change: impl FnOnce(&mut Draft)) -> Result<RequestId> {
        let mut draft = house.edit(id).await;
        change(&mut draft);
        house.portal.edit(&house.dev, &draft).await
    }

    fn token(inputs: &Inputs) -> SecretRef {
        serde_json::from_value(inputs["secrets"]["TOKEN"].clone()).unwrap()
    }

    #[tokio::test]
    async fn after_changes_were_asked_for_the_edited_plan_is_approved_anew_and_runs() {
        let house = house().await;
        house.approvals_needed(2).await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let first = house.request(&id).await;
        house.portal.decide(&house.platform, &id, Verdict::Approve, &first.seal, "").await.unwrap();
        house.portal.decide(&house.owner, &id, Verdict::AskForChanges, &first.seal, "Four tasks.").await.unwrap();

        edited(&house, &id, |draft| drop(draft.inputs.insert("count".to_owned(), json!("4")))).await.unwrap();
        let detail = house.portal.request(&house.owner, &id).await.unwrap();
        let second = &detail.card.request;
        assert_eq!((second.status.as_str(), second.edition, detail.approved), ("needs_approval", 2, 0));
        assert_ne!(second.seal, first.seal);
        assert_eq!(detail.card.stack.inputs["count"], 4, "the stack is to be as it is asked for now");
        let edit = detail.edits.values().next().unwrap();
        assert_eq!((&edit.before.inputs["count"], &edit.after.inputs["count"]), (&first.inputs["count"], &json!(4)));
        let service = edit.plan.iter().find(|one| one.sentence.contains("service")).unwrap();
        assert_eq!(
            (service.fields[0].before.clone(), service.fields[0].after.clone()),
            (first.inputs["count"].clone(), json!(4))
        );

        let old = house.portal.decide(&house.platform, &id, Verdict::Approve, &first.seal, "").await.unwrap_err();
        assert_eq!(old.code(), "conflict");
        house.carry_out(&id).await;
        assert_eq!(house.request(&id).await.status.as_str(), "succeeded");
    }

    #[tokio::test]
    async fn taking_an_edit_back_is_another_edition_with_another_seal() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let first = house.request(&id).await;
        let count =
            |count: serde_json::Value| move |draft: &mut Draft| drop(draft.inputs.insert("count".to_owned(), count));
        edited(&house, &id, count(json!(4))).await.unwrap();
        edited(&house, &id, count(first.inputs["count"].clone())).await.unwrap();
        let third = house.request(&id).await;
        assert_eq!((&third.inputs, &third.plan), (&first.inputs, &first.plan));
        assert_ne!(third.seal, first.seal);
        // Planning it again makes no other edition.
        assert!(!house.portal.replan(&house.dev, &id).await.unwrap().changed);
    }

    #[tokio::test]
    async fn only_the_requester_edits_and_something_must_be_different() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let mut draft = house.edit(&id).await;
        let same = house.portal.edit(&house.dev, &draft).await.unwrap_err();
        assert_eq!(same.problems()[0].code, "nothing-changed");
        draft.reason = "Because.".to_owned();
        for (actor, code) in [(&house.owner, "denied"), (&house.platform, "denied"), (&house.other_dev, "not-found")] {
            assert_eq!(house.portal.edit(actor, &draft).await.unwrap_err().code(), code);
        }
        house.portal.edit(&house.dev, &draft).await.unwrap();
        assert_eq!(house.request(&id).await.reason, "Because.");
        house.approve(&id).await;
        let mut late = house.edit(&id).await;
        late.reason = "Too late.".to_owned();
        assert_eq!(house.portal.edit(&house.dev, &late).await.unwrap_err().code(), "conflict");
    }

    #[tokio::test]
    async fn what_is_reserved_follows_the_edit() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.shared("shop", "/shop/*")).await.unwrap();
        let other = house.portal.submit(&house.dev, &house.shared("till", "/till/*")).await.unwrap();
        let path =
            |path: &'static str| move |draft: &mut Draft| drop(draft.inputs.insert("path".to_owned(), json!(path)));
        let place = async |id: RequestId| {
            let rule = house.request(&id).await.plan.step("rule").unwrap().after.clone().unwrap().preview();
            rule["priority"].clone()
        };
        let first = place(id.clone()).await;
        let taken = edited(&house, &id, path("/till/*")).await.unwrap_err();
        assert_eq!(taken.problems()[0].code, "taken");
        edited(&house, &id, path("/some/*")).await.unwrap();
        house.portal.submit(&house.dev, &house.shared("third", "/shop/*")).await.unwrap();
        assert_eq!(place(id).await, first, "it keeps its place");
        assert_ne!(place(other).await, first);
    }

    #[tokio::test]
    async fn what_does_not_exist_yet_can_get_another_name() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        house.portal.submit(&house.dev, &house.draft("shop")).await.unwrap();
        let taken = edited(&house, &id, |draft| draft.stack_name = "shop".to_owned()).await.unwrap_err();
        assert_eq!(taken.problems()[0].path, "stack_name");
        edited(&house, &id, |draft| draft.stack_name = "basket".to_owned()).await.unwrap();
        let request = house.request(&id).await;
        let stack = house.stack(&request.stack).await;
        assert_eq!((stack.name.as_str(), stack.status), ("basket", StackStatus::Pending));
        assert!(request.plan.steps.iter().any(|step| step.name.starts_with("basket")), "{:?}", request.plan);
        house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        house.carry_out(&id).await;
        assert_eq!(house.stack(&request.stack).await.status, StackStatus::Live);
    }

    #[tokio::test]
    async fn kept_secrets_stay_new_ones_are_sealed_and_old_ones_erased() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft_with_secret("orders", "open sesame")).await.unwrap();
        let first = token(&house.request(&id).await.inputs);
        let retype = |text: &'static str| {
            move |draft: &mut Draft| {
                draft.inputs.remove("secrets");
                draft.inputs.insert("count".to_owned(), json!(text.len()));
                draft.secrets = [("secrets".to_owned(), [("TOKEN".to_owned(), Secret(text.to_owned()))].into())].into();
            }
        };
        edited(&house, &id, retype("")).await.unwrap_err();
        edited(&house, &id, |draft| {
            retype("")(draft);
            draft.inputs.insert("count".to_owned(), json!(3));
        })
        .await
        .unwrap();
        assert_eq!(token(&house.request(&id).await.inputs), first);
        edited(&house, &id, retype("open")).await.unwrap();
        let second = token(&house.request(&id).await.inputs);
        assert_eq!(house.portal.vault.reveal(&second).await.unwrap().unwrap().0, "open");
        assert!(house.portal.vault.reveal(&first).await.unwrap().is_none());
        let history = serde_json::to_string(&house.history().await).unwrap();
        assert!(!history.contains("sesame"), "{history}");
    }

    #[tokio::test]
    async fn a_change_is_edited_within_what_can_change_and_keeps_what_runs() {
        let house = house().await;
        let stack = house.live(&house.draft_with_secret("orders", "open sesame")).await;
        let mut draft = house.change(&stack).await;
        draft.inputs.insert("count".to_owned(), json!(3));
        let id = house.portal.submit(&house.dev, &draft).await.unwrap();
        let fixed = edited(&house, &id, |draft| drop(draft.inputs.insert("internal".to_owned(), json!(true)))).await;
        assert_eq!(fixed.unwrap_err().problems()[0].code, "fixed");
        let before = house.stack(&stack).await.inputs;
        let nothing = edited(&house, &id, |draft| draft.inputs = before.clone()).await.unwrap_err();
        assert_eq!(nothing.code(), "conflict");
        edited(&house, &id, |draft| drop(draft.inputs.insert("count".to_owned(), json!(5)))).await.unwrap();
        assert_eq!(house.stack(&stack).await.inputs, before, "nothing runs otherwise yet");
        house.carry_out(&id).await;
        assert_eq!(house.stack(&stack).await.inputs["count"], 5);
    }

    #[tokio::test]
    async fn of_a_request_to_destroy_only_the_reason_can_be_edited() {
        let house = house().await;
        let stack = house.live(&house.draft("orders")).await;
        let id = house.portal.submit_destroy(&house.dev, &stack, "orders", "").await.unwrap();
        edited(&house, &id, |draft| {
            draft.inputs.clear();
            draft.reason = "It moved.".to_owned();
        })
        .await
        .unwrap();
        let request = house.request(&id).await;
        assert_eq!((request.reason.as_str(), request.edition), ("It moved.", 2));
        house.carry_out(&id).await;
        assert_eq!(house.stack(&stack).await.status, StackStatus::Gone);
    }
}
