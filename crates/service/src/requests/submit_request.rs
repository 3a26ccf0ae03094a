//! Asking: the draft becomes a request with a sealed plan.

use domain::{
    Problem,
    approval::ApprovalRule,
    ids::RequestId,
    observation::Outputs,
    people::Actor,
    plan::Wish,
    request::{Request, RequestStatus},
    stack::{Reservation, Stack, StackStatus},
    template::Inputs,
};
use provisioner::{holdings::uses, wake::Change};
use storage::{SealedSecret, StorageError, Transaction};

use super::{
    Draft,
    draft::{Checked, Sealing, changeable, name_taken},
    prepare::{Ground, Prepared},
    reservations::{owner_of, taken},
};
use crate::{Portal, Result, ServiceError, environments::room};

/// How often a priority that someone else took in the same moment is looked for again.
pub(super) const TRIES: usize = 4;

/// What is written down when somebody asks.
pub(super) struct Asked<'a> {
    pub(super) actor: &'a Actor,
    pub(super) wish: Wish,
    pub(super) ground: &'a Ground,
    pub(super) inputs: &'a Inputs,
    pub(super) sealed: &'a [SealedSecret],
    pub(super) reason: &'a str,
}

impl Portal {
    /// Asks for a new stack, or for a change of one.
    pub async fn submit(&self, actor: &Actor, draft: &Draft) -> Result<RequestId> {
        let Checked { ground, wish, inputs, sealed } = self.check_draft(actor, draft, Sealing::Seal).await?;
        let asked =
            Asked { actor, wish, ground: &ground, inputs: &inputs, sealed: &sealed, reason: draft.reason.trim() };
        for _ in 0..TRIES {
            let prepared = self.prepare(&ground, wish, &inputs).await?;
            if wish == Wish::Update && prepared.plan.is_empty() {
                return Err(ServiceError::conflict(
                    "This changes nothing: what is asked for is what runs. Change an input first.",
                ));
            }
            match self.write_request(&asked, prepared).await? {
                Some(id) => return Ok(id),
                None => continue,
            }
        }
        Err(ServiceError::conflict("Too many people ask for this listener at once. Please try again."))
    }

    /// One transaction for everything; none when a priority was taken since it was looked for.
    pub(super) async fn write_request(&self, asked: &Asked<'_>, prepared: Prepared) -> Result<Option<RequestId>> {
        let (ground, actor, now) = (asked.ground, asked.actor, self.now());
        let mut tx = self.storage.begin().await?;
        same_place(&mut *tx, ground).await?;
        match &ground.existing {
            Some(before) => {
                let stack = tx.lookup_stack(&before.id).await?.ok_or(ServiceError::NotFound { what: "stack" })?;
                changeable(&mut *tx, &stack).await?;
                if stack.version != before.version {
                    return Err(StorageError::Conflict { what: format!("the stack {}", stack.name) }.into());
                }
            }
            None => {
                let stack = new_stack(ground, asked.inputs, now);
                match tx.add_stack(&stack).await {
                    Ok(()) => {}
                    Err(StorageError::Taken { .. }) => {
                        let problem = name_taken(&ground.stack_name, &ground.environment.name);
                        return Err(ServiceError::Invalid(vec![problem]));
                    }
                    Err(other) => return Err(other.into()),
                }
            }
        }
        for secret in asked.sealed {
            tx.add_secret(secret).await?;
        }
        if !self.claim(&mut *tx, ground, asked.wish, &prepared).await? {
            return Ok(None);
        }
        let request = Request {
            id: RequestId::generate(&*self.entropy),
            wish: asked.wish,
            stack: ground.stack.clone(),
            team: ground.team.id.clone(),
            environment: ground.environment.id.clone(),
            revision: ground.revision.clone(),
            revision_hash: ground.revision_hash.clone(),
            inputs: asked.inputs.clone(),
            requester: actor.user.id.clone(),
            reason: asked.reason.to_owned(),
            status: RequestStatus::NeedsApproval,
            plan: prepared.plan,
            cost: prepared.cost,
            edition: ground.edition,
            seal: prepared.seal,
            approvals_needed: ApprovalRule::of(&ground.environment).needed,
            run: None,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        tx.add_request(&request).await?;
        let verb = match asked.wish {
            Wish::Create => "create",
            Wish::Update => "change",
            Wish::Destroy => "destroy",
        };
        let summary =
            format!("{} asked to {verb} {} in {}", actor.user.name, ground.stack_name, ground.environment.name);
        let mut entry = self.entry(actor, "request.submitted", &request.id, summary);
        entry.team = Some(request.team.to_string());
        entry.detail = serde_json::json!({
            "wish": request.wish,
            "stack": request.stack,
            "revision": request.revision,
            "reason": request.reason,
            "before": ground.existing.as_ref().map(|stack| &stack.inputs),
            "after": request.inputs,
            "seal": request.seal,
        });
        tx.append_audit(&entry).await?;
        fits(&mut *tx, ground, &request).await?;
        tx.commit().await?;
        self.changes.publish(Change {
            request: Some(request.id.clone()),
            run: None,
            stack: Some(request.stack.clone()),
        });
        Ok(Some(request.id))
    }

    /// Takes what a plan needs of what only one can have, and says which stacks it uses; false when a priority went to
    /// someone else.
    pub(super) async fn claim(
        &self,
        tx: &mut dyn Transaction,
        ground: &Ground,
        wish: Wish,
        prepared: &Prepared,
    ) -> Result<bool> {
        if !self.reserve(tx, ground, &prepared.reservations).await? {
            return Ok(false);
        }
        if wish == Wish::Destroy {
            super::submit_destroy::unused(tx, &ground.stack).await?;
            return Ok(true);
        }
        let used = uses(tx, &ground.stack, &ground.recorded, Some(&prepared.desired)).await?;
        for stack in &used {
            not_going(tx, stack).await?;
        }
        let used: Vec<_> = used.into_iter().map(|stack| stack.id).collect();
        tx.set_uses(&ground.stack, &used).await?;
        Ok(true)
    }

    /// Reserves everything; false when a priority went to someone else.
    pub(super) async fn reserve(
        &self,
        tx: &mut dyn Transaction,
        ground: &Ground,
        wanted: &[Reservation],
    ) -> Result<bool> {
        for reservation in wanted {
            match owner_of(tx, reservation).await? {
                Some(owner) if reservation.scope.starts_with("route:") => {
                    let problem: Problem = taken(tx, &ground.template, reservation, &owner).await?;
                    return Err(ServiceError::Invalid(vec![problem]));
                }
                Some(_) => return Ok(false),
                None => {}
            }
            match tx.reserve(reservation).await {
                Ok(()) => {}
                Err(StorageError::Taken { .. }) => return Ok(false),
                Err(other) => return Err(other.into()),
            }
        }
        Ok(true)
    }
}

/// The rules of the place are those that the plan was made under.
pub(super) async fn same_place(tx: &mut dyn Transaction, ground: &Ground) -> Result<()> {
    match tx.lookup_environment(&ground.environment.id).await? {
        Some(environment) if environment.version == ground.environment.version => Ok(()),
        _ => Err(StorageError::Conflict { what: format!("the environment {}", ground.environment.name) }.into()),
    }
}

/// There is room for what the request asks for. Asked once its line of history is written: writers come one at a time,
/// so of two who want the last place the second one sees the first.
pub(super) async fn fits(tx: &mut dyn Transaction, ground: &Ground, request: &Request) -> Result<()> {
    let problems = room(tx, &ground.environment, &request.stack, &request.plan, &request.cost).await?;
    if problems.is_empty() { Ok(()) } else { Err(ServiceError::Invalid(problems)) }
}

fn new_stack(ground: &Ground, inputs: &Inputs, now: domain::DateTime<domain::Utc>) -> Stack {
    Stack {
        id: ground.stack.clone(),
        name: ground.stack_name.clone(),
        team: ground.team.id.clone(),
        environment: ground.environment.id.clone(),
        revision: ground.revision.clone(),
        inputs: inputs.clone(),
        status: StackStatus::Pending,
        outputs: Outputs::new(),
        monthly_micros: 0,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// Nobody moves into what someone else has asked to destroy.
async fn not_going(tx: &mut dyn Transaction, used: &Stack) -> Result<()> {
    match super::open_request(tx, used).await? {
        Some(open) if open.wish == Wish::Destroy => Err(ServiceError::Conflict {
            message: format!("{} cannot be used: {} asks to destroy it.", used.name, open.id),
            see: Some(open.id),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use domain::{draft::FormOf, kinds::Kind, observation::Lookup};
    use serde_json::json;

    use super::*;
    use crate::testing::{House, house, houses};

    #[tokio::test]
    async fn a_request_has_a_stack_a_plan_a_price_and_a_seal() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        let detail = house.portal.request(&house.dev, &id).await.unwrap();
        assert_eq!(detail.card.title(), "Create orders in staging");
        assert_eq!(detail.card.stack.status, StackStatus::Pending);
        assert!(detail.card.request.plan.steps.len() > 8);
        assert!(detail.card.request.cost.monthly_micros > 0);
        assert_eq!(house.cloud.calls(), [], "planning changes nothing");
        assert_eq!(house.actions().await.last().unwrap(), "request.submitted");
    }

    #[tokio::test]
    async fn everything_wrong_is_said_at_once() {
        let house = house().await;
        let mut draft = house.draft("Not A Name");
        draft.environment = None;
        draft.inputs.insert("port".to_owned(), json!(99_999));
        let error = house.portal.submit(&house.dev, &draft).await.unwrap_err();
        let mut paths: Vec<&str> = error.problems().iter().map(|problem| problem.path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["environment", "inputs.port", "stack_name"]);
    }

    #[tokio::test]
    async fn a_name_that_stands_twice_is_refused_once_and_its_rows_are_saved() {
        let house = house().await;
        let mut draft = house.draft("orders");
        draft.inputs.insert("config".to_owned(), json!({"LEVEL": "debug"}));
        let row = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let rows = vec![row("LEVEL", "quiet"), row("LEVEL", "loud"), row("", "nameless")];
        draft.repeated.insert("config".to_owned(), rows);
        let error = house.portal.submit(&house.dev, &draft).await.unwrap_err();
        let problems = error.problems().iter().map(|problem| (problem.code.as_str(), problem.path.as_str()));
        assert_eq!(problems.collect::<Vec<_>>(), [("repeated-name", "inputs.config.LEVEL")]);

        house.saved(draft.clone()).await;
        let form = FormOf::Template("web-service".to_owned());
        let back = house.portal.form(&house.dev, &form, None).await.unwrap().resume().unwrap();
        assert_eq!((&back.repeated, &back.inputs["config"]), (&draft.repeated, &draft.inputs["config"]));
    }

    #[tokio::test]
    async fn secrets_are_in_no_request_plan_or_history() {
        let house = house().await;
        let draft = house.draft_with_secret("orders", "open sesame");
        let preview = house.portal.preview(&house.dev, &draft).await.unwrap();
        assert!(preview.plan.is_some(), "{:?}", preview.problems);
        let id = house.portal.submit(&house.dev, &draft).await.unwrap();
        let request = house.portal.request(&house.dev, &id).await.unwrap();
        let reference = request.card.request.inputs["secrets"]["TOKEN"].clone();
        for text in [
            serde_json::to_string(&request.card.request).unwrap(),
            serde_json::to_string(&request.card.stack).unwrap(),
            serde_json::to_string(&house.history().await).unwrap(),
            format!("{draft:?} {preview:?}"),
        ] {
            assert!(!text.contains("sesame"), "{text}");
        }
        use provisioner::runner::SecretSource;
        let reference = serde_json::from_value(reference).unwrap();
        assert_eq!(house.portal.vault.reveal(&reference).await.unwrap().unwrap().0, "open sesame");
    }

    #[tokio::test]
    async fn kept_secrets_are_taken_and_those_of_others_are_not() {
        let house = house().await;
        let draft = house.saved(house.draft_with_secret("orders", "open sesame")).await;
        house.portal.submit(&house.dev, &draft).await.unwrap();

        let mut thief = house.draft("other");
        thief.team = Some(house.other_team.clone());
        thief.inputs = draft.inputs;
        let error = house.portal.submit(&house.other_dev, &thief).await.unwrap_err();
        assert_eq!(error.problems()[0].path, "inputs.secrets.TOKEN");
    }

    #[tokio::test]
    async fn a_taken_route_names_its_owner_and_priorities_do_not_meet() {
        let house = house().await;
        let first = house.portal.submit(&house.dev, &house.shared("shop", "/shop/*")).await.unwrap();
        let mut second = house.shared("store", "/shop/*");
        second.team = Some(house.other_team.clone());
        let error = house.portal.submit(&house.other_dev, &second).await.unwrap_err();
        let problem = &error.problems()[0];
        assert_eq!((problem.code.as_str(), problem.path.as_str()), ("taken", "inputs.host"));
        assert!(problem.message.contains("shop") && problem.message.contains("Payments"), "{problem}");

        second.inputs.insert("path".to_owned(), json!("/store/*"));
        let second = house.portal.submit(&house.other_dev, &second).await.unwrap();
        let place = priority(&house, &first).await;
        assert!(priority(&house, &second).await < place, "the longer path comes first");

        // Whoever withdraws gives everything back.
        house.portal.withdraw(&house.dev, &first, "").await.unwrap();
        let third = house.portal.submit(&house.dev, &house.shared("shop", "/shop/*")).await.unwrap();
        assert_eq!(priority(&house, &third).await, place);
    }

    async fn priority(house: &House, id: &RequestId) -> u64 {
        let request = house.request(id).await;
        request.plan.step("rule").unwrap().after.as_ref().unwrap().preview()["priority"].as_u64().unwrap()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_at_once_get_different_priorities_and_one_of_them_the_name_on_either_database() {
        for house in houses().await {
            let (one, two) = (house.shared("one", "/one/*"), house.shared("two", "/two/*"));
            let (one, two) = tokio::join!(house.portal.submit(&house.dev, &one), house.portal.submit(&house.dev, &two));
            let (one, two) = (priority(&house, &one.unwrap()).await, priority(&house, &two.unwrap()).await);
            assert_ne!(one, two);
            let draft = house.draft("same");
            let (left, right) =
                tokio::join!(house.portal.submit(&house.dev, &draft), house.portal.submit(&house.dev, &draft));
            let refused = match (left, right) {
                (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
                _ => panic!("exactly one may have the name"),
            };
            assert_eq!(refused.problems()[0].path, "stack_name");
        }
    }

    #[tokio::test]
    async fn a_route_that_a_change_gave_up_can_be_taken() {
        let house = house().await;
        let stack = house.live(&house.shared("shop", "/shop/*")).await;
        let mut change = house.change(&stack).await;
        change.inputs.insert("path".to_owned(), json!("/new/*"));
        let id = house.portal.submit(&house.dev, &change).await.unwrap();
        // Until the change is made, both are its own.
        for path in ["/shop/*", "/new/*"] {
            let error = house.portal.submit(&house.dev, &house.shared("other", path)).await.unwrap_err();
            assert_eq!(error.problems()[0].code, "taken", "{path}");
        }
        house.carry_out(&id).await;
        house.portal.submit(&house.dev, &house.shared("other", "/shop/*")).await.unwrap();
        let error = house.portal.submit(&house.dev, &house.shared("third", "/new/*")).await.unwrap_err();
        assert_eq!(error.problems()[0].code, "taken");
    }

    #[tokio::test]
    async fn an_environment_without_a_shared_load_balancer_says_so() {
        let house = house().await;
        let mut tx = house.portal.storage.begin().await.unwrap();
        let mut environment = tx.lookup_environment(&house.environment).await.unwrap().unwrap();
        environment.shared_load_balancer = None;
        tx.update_environment(&environment).await.unwrap();
        tx.commit().await.unwrap();
        let error = house.portal.submit(&house.dev, &house.shared("shop", "/shop/*")).await.unwrap_err();
        assert_eq!(error.problems()[0].path, "environment", "{error:?}");
    }

    #[tokio::test]
    async fn a_route_of_a_rule_outside_gantry_is_refused() {
        let house = house().await;
        let stack = house.live(&house.shared("shop", "/shop/*")).await;
        let rule = house.cloud.objects().into_iter().find(|object| object.kind == Kind::ListenerRule).unwrap();
        let mut spec = rule.spec.clone();
        spec["priority"] = json!(7);
        spec["paths"] = json!(["/old/*"]);
        house.cloud.put_foreign(&Lookup {
            kind: Kind::ListenerRule,
            name: "made by hand".to_owned(),
            spec,
            outputs: Outputs::new(),
            stack: String::new(),
            resource: String::new(),
            installation: String::new(),
        });
        let error = house.portal.submit(&house.dev, &house.shared("old", "/old/*")).await.unwrap_err();
        let problem = &error.problems()[0];
        assert_eq!((problem.code.as_str(), problem.path.as_str()), ("taken", "inputs.host"));
        assert!(problem.message.contains("outside Gantry, with priority 7"), "{problem}");
        // Its own rule is no stranger.
        let mut change = house.change(&stack).await;
        change.inputs.insert("count".to_owned(), json!(3));
        house.portal.submit(&house.dev, &change).await.unwrap();
    }

    #[tokio::test]
    async fn https_without_a_certificate_is_refused_where_it_was_chosen() {
        let house = house().await;
        let mut tx = house.portal.storage.begin().await.unwrap();
        let mut environment = tx.lookup_environment(&house.environment).await.unwrap().unwrap();
        environment.certificate_arn = None;
        tx.update_environment(&environment).await.unwrap();
        tx.commit().await.unwrap();
        let mut draft = house.draft("orders");
        draft.inputs.insert("https".to_owned(), json!(true));
        let error = house.portal.submit(&house.dev, &draft).await.unwrap_err();
        let problem = &error.problems()[0];
        assert_eq!((problem.code.as_str(), problem.path.as_str()), ("no-certificate", "inputs.https"));
    }

    #[tokio::test]
    async fn a_cluster_that_is_not_in_the_account_is_refused_where_it_was_typed() {
        let house = house().await;
        let cluster = house.live(&house.cluster("shared")).await;
        let arn = house.stack(&cluster).await.outputs["cluster_arn"].clone();
        let draft = |arn: &str| {
            let mut draft = house.draft("orders");
            draft.inputs.insert("cluster".to_owned(), json!("existing"));
            draft.inputs.insert("cluster_arn".to_owned(), json!(arn));
            draft
        };
        let elsewhere = "arn:aws:ecs:eu-west-1:999999999999:cluster/other".to_owned();
        for strange in [elsewhere, format!("{arn}-other")] {
            let error = house.portal.submit(&house.dev, &draft(&strange)).await.unwrap_err();
            let problem = &error.problems()[0];
            assert_eq!((problem.code.as_str(), problem.path.as_str()), ("no-such-reference", "inputs.cluster_arn"));
        }
        house.portal.submit(&house.dev, &draft(&arn)).await.unwrap();
    }

    #[tokio::test]
    async fn what_a_kind_refuses_is_said_at_the_input_that_gave_it() {
        let house = house().await;
        let mut draft = house.shared("shop", "/shop/*");
        draft.inputs.insert("host".to_owned(), json!("shop"));
        let error = house.portal.submit(&house.dev, &draft).await.unwrap_err();
        let paths: Vec<_> = error.problems().iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["inputs.host"], "{error:?}");
    }

    /// Whoever came first with everything leaves to others what is theirs.
    #[tokio::test]
    async fn a_rule_for_everything_comes_after_those_of_others() {
        let house = house().await;
        let mut all = house.shared("all", "/*");
        all.inputs.insert("host".to_owned(), json!("*"));
        let all = house.portal.submit(&house.dev, &all).await.unwrap();
        let host = house.portal.submit(&house.dev, &house.shared("shop", "/*")).await.unwrap();
        let path = house.portal.submit(&house.dev, &house.shared("orders", "/orders/*")).await.unwrap();
        let [all, host, path] =
            [priority(&house, &all).await, priority(&house, &host).await, priority(&house, &path).await];
        assert!(path < host && host < all, "{path} {host} {all}");
    }

    #[tokio::test]
    async fn an_update_keeps_secrets_and_must_change_something() {
        let house = house().await;
        let stack = house.live(&house.draft_with_secret("orders", "open sesame")).await;
        let current = house.stack(&stack).await.inputs;
        let mut draft = house.change(&stack).await;
        // As a form posts it: every variable again, without its value.
        draft.inputs.remove("secrets");
        draft.secrets = house.draft_with_secret("orders", "").secrets;
        let nothing = house.portal.submit(&house.dev, &draft).await.unwrap_err();
        assert_eq!(nothing.code(), "conflict");
        draft.inputs.insert("count".to_owned(), json!(3));
        let id = house.portal.submit(&house.dev, &draft).await.unwrap();
        assert_eq!(house.request(&id).await.inputs["secrets"], current["secrets"]);
        let again = house.portal.submit(&house.dev, &draft).await.unwrap_err();
        let ServiceError::Conflict { see, .. } = again else { panic!("{again}") };
        assert_eq!(see, Some(id));
    }

    /// The envelope is empty once AWS has the value: Gantry cannot make it again.
    #[tokio::test]
    async fn a_secret_that_aws_has_lost_is_typed_again() {
        let house = house().await;
        let stack = house.live(&house.draft_with_secret("orders", "open sesame")).await;
        house.cloud.lose(Kind::SsmParameter);
        let mut draft = house.change(&stack).await;
        draft.inputs.insert("count".to_owned(), json!(3));
        let error = house.portal.submit(&house.dev, &draft).await.unwrap_err();
        let problem = &error.problems()[0];
        assert_eq!((problem.code.as_str(), problem.path.as_str()), ("secret-gone", "inputs.secrets.TOKEN"));
        draft.secrets = house.draft_with_secret("orders", "open {{sesame}}").secrets;
        let error = house.portal.submit(&house.dev, &draft).await.unwrap_err();
        let problem = &error.problems()[0];
        assert_eq!((problem.code.as_str(), problem.path.as_str()), ("bad-value", "inputs.secrets.TOKEN"));
        draft.secrets = house.draft_with_secret("orders", "open sesame").secrets;
        house.portal.submit(&house.dev, &draft).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_fixed_cannot_change() {
        let house = house().await;
        let stack = house.live(&house.draft("orders")).await;
        let mut draft = house.change(&stack).await;
        draft.inputs.insert("internal".to_owned(), json!(true));
        let error = house.portal.submit(&house.dev, &draft).await.unwrap_err();
        assert_eq!(
            (error.problems()[0].code.as_str(), error.problems()[0].path.as_str()),
            ("fixed", "inputs.internal")
        );
    }

    #[tokio::test]
    async fn others_may_not_ask_for_a_team() {
        let house = house().await;
        assert_eq!(house.portal.submit(&house.other_dev, &house.draft("orders")).await.unwrap_err().code(), "denied");
        assert_eq!(house.portal.submit(&house.auditor, &house.draft("orders")).await.unwrap_err().code(), "denied");
    }
}
