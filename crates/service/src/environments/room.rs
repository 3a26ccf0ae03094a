//! Whether an environment's caps leave room for a plan. What others have asked for counts as if it were there already:
//! all of it may be approved.

use std::collections::BTreeMap;

use domain::{
    Problem, capacity,
    cost::Estimate,
    environment::{Environment, Load, Rules},
    ids::StackId,
    plan::{Plan, Wish},
    request::Request,
};
use storage::{Page, RequestFilter, StackFilter, Transaction};

use crate::{Result, requests::OPEN};

const EVERYTHING: Page = Page { after: None, limit: u32::MAX };

/// Which caps the plan for `stack` would break.
pub(crate) async fn room(
    tx: &mut dyn Transaction,
    environment: &Environment,
    stack: &StackId,
    plan: &Plan,
    cost: &Estimate,
) -> Result<Vec<Problem>> {
    let rules = &environment.rules;
    if plan.wish == Wish::Destroy || *rules == Rules::default() {
        return Ok(vec![]);
    }
    let loads = loads(tx, environment).await?;
    let others = sum(loads.iter().filter(|(id, _)| *id != stack).map(|(_, one)| &one.then));
    let now = match plan.wish {
        // Its row may be there by now, but nothing of it is.
        Wish::Create => Load::default(),
        _ => loads.get(stack).map(|one| one.now).unwrap_or_default(),
    };
    let this = Load { stacks: 1, cpu_units: capacity::of_plan(plan), monthly_micros: cost.monthly_micros };
    let mut problems = environment.over_caps(&sum([&others, &now].into_iter()), &sum([&others, &this].into_iter()));
    if let (Some(_), Some(unpriced)) = (rules.max_monthly_dollars, &cost.unpriced) {
        let message = format!("{} has a cap on cost, and nobody can say what this costs. {unpriced}", environment.name);
        problems.push(Problem::new("cap-cost", "environment", message));
    }
    Ok(problems)
}

/// What is in an environment, or asked for.
pub(super) async fn load_of(tx: &mut dyn Transaction, environment: &Environment) -> Result<Load> {
    Ok(sum(loads(tx, environment).await?.values().map(|taken| &taken.then)))
}

/// What one stack takes.
#[derive(Default)]
struct Taken {
    /// Of what is there.
    now: Load,
    /// Once what is asked for is there, too.
    then: Load,
}

async fn loads(tx: &mut dyn Transaction, environment: &Environment) -> Result<BTreeMap<StackId, Taken>> {
    let filter = StackFilter { environment: Some(environment.id.clone()), ..StackFilter::default() };
    let stacks = tx.list_stacks(&filter, &EVERYTHING).await?;
    let open = RequestFilter { statuses: OPEN.to_vec(), ..RequestFilter::default() };
    let open = tx.list_requests(&open, &EVERYTHING).await?.into_iter().filter(|one| one.environment == environment.id);
    let open: BTreeMap<StackId, Request> = open.map(|request| (request.stack.clone(), request)).collect();
    let mut loads = BTreeMap::new();
    for stack in stacks {
        let cpu_units = match environment.rules.max_vcpus {
            Some(_) => capacity::of_resources(&tx.list_resources(&stack.id).await?),
            None => 0,
        };
        let now = Load { stacks: 1, cpu_units, monthly_micros: stack.monthly_micros };
        let then = match open.get(&stack.id) {
            Some(request) => Load {
                stacks: 1,
                cpu_units: now.cpu_units.max(capacity::of_plan(&request.plan)),
                monthly_micros: now.monthly_micros.max(request.cost.monthly_micros),
            },
            None => now,
        };
        loads.insert(stack.id, Taken { now, then });
    }
    Ok(loads)
}

fn sum<'a>(loads: impl Iterator<Item = &'a Load>) -> Load {
    loads.fold(Load::default(), |sum, one| Load {
        stacks: sum.stacks + one.stacks,
        cpu_units: sum.cpu_units + one.cpu_units,
        monthly_micros: sum.monthly_micros + one.monthly_micros,
    })
}

#[cfg(test)]
mod tests {
    use domain::environment::{Approvers, Rules};
    use serde_json::json;

    use crate::testing::{House, house};

    async fn rules(house: &House, rules: Rules) {
        house.change_environment(|environment| environment.rules = rules).await;
    }

    async fn refused(house: &House, draft: &crate::requests::Draft) -> Vec<String> {
        let problems = house.portal.submit(&house.dev, draft).await.unwrap_err().problems().to_vec();
        assert!(problems.iter().all(|problem| problem.path == "environment"), "{problems:?}");
        let preview = house.portal.preview(&house.dev, draft).await.unwrap();
        assert_eq!(preview.problems, problems, "the form says it before it is sent");
        problems.into_iter().map(|problem| problem.code).collect()
    }

    #[tokio::test]
    async fn what_is_closed_or_not_offered_is_refused_and_what_lives_there_goes_on() {
        let house = house().await;
        let stack = house.live(&house.draft("orders")).await;
        rules(&house, Rules { closed: true, ..Rules::default() }).await;
        assert_eq!(refused(&house, &house.draft("shop")).await, ["closed"]);
        let of = domain::draft::FormOf::Template("web-service".to_owned());
        let form = house.portal.form(&house.dev, &of, None).await.unwrap();
        assert_eq!((form.environments.len(), form.left_out), (0, vec!["staging".to_owned()]));
        assert!(house.portal.template(&house.dev, "web-service").await.unwrap().refused.is_some());
        let allowed_templates = ["fargate-cluster".to_owned()].into();
        rules(&house, Rules { allowed_templates, closed: true, ..Rules::default() }).await;
        assert_eq!(refused(&house, &house.draft("shop")).await, ["closed", "template-not-allowed"]);
        let mut change = house.change(&stack).await;
        change.inputs.insert("count".to_owned(), json!(3));
        let id = house.portal.submit(&house.dev, &change).await.unwrap();
        house.carry_out(&id).await;
        house.portal.submit_destroy(&house.dev, &stack, "orders", "").await.unwrap();
    }

    #[tokio::test]
    async fn what_is_asked_for_takes_a_place_until_it_is_taken_back() {
        let house = house().await;
        rules(&house, Rules { max_stacks: Some(1), ..Rules::default() }).await;
        let first = house.portal.submit(&house.dev, &house.cluster("one")).await.unwrap();
        assert_eq!(refused(&house, &house.cluster("two")).await, ["cap-stacks"]);
        house.portal.withdraw(&house.dev, &first, "").await.unwrap();
        house.portal.submit(&house.dev, &house.cluster("two")).await.unwrap();
    }

    #[tokio::test]
    async fn of_two_at_once_one_gets_the_last_place() {
        let house = house().await;
        rules(&house, Rules { max_stacks: Some(1), ..Rules::default() }).await;
        let (one, two) = (house.cluster("one"), house.cluster("two"));
        let (one, two) = tokio::join!(house.portal.submit(&house.dev, &one), house.portal.submit(&house.dev, &two));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    }

    #[tokio::test]
    async fn a_change_may_not_grow_past_a_cap_and_may_shrink_under_one() {
        let house = house().await;
        let stack = house.live(&house.draft("orders")).await;
        let cost = house.stack(&stack).await.monthly_micros;
        let dollars = u32::try_from(cost / 1_000_000).unwrap();
        // Less than it takes by now.
        rules(&house, Rules { max_vcpus: Some(0), max_monthly_dollars: Some(dollars - 1), ..Rules::default() }).await;
        let mut change = house.change(&stack).await;
        change.inputs.insert("count".to_owned(), json!(4));
        assert_eq!(refused(&house, &change).await, ["cap-vcpus", "cap-cost"]);
        change.inputs.insert("count".to_owned(), json!(1));
        house.portal.submit(&house.dev, &change).await.unwrap();
    }

    #[tokio::test]
    async fn where_nothing_has_a_price_a_cap_on_cost_lets_nothing_through() {
        let house = house().await;
        rules(&house, Rules { max_monthly_dollars: Some(1_000_000), ..Rules::default() }).await;
        house.move_to("mars-north-1").await;
        assert_eq!(refused(&house, &house.draft("orders")).await, ["cap-cost"]);
    }

    #[tokio::test]
    async fn where_the_platform_team_decides_no_owner_of_the_team_does() {
        let house = house().await;
        let id = house.portal.submit(&house.dev, &house.draft("orders")).await.unwrap();
        assert_eq!(house.portal.inbox_count(&house.owner).await.unwrap(), 1);
        rules(&house, Rules { approvers: Approvers::Platform, ..Rules::default() }).await;
        let seal = house.request(&id).await.seal;
        let decide = async |actor| house.portal.decide(actor, &id, domain::request::Verdict::Approve, &seal, "").await;
        let refused = decide(&house.owner).await.unwrap_err();
        assert_eq!((refused.code(), refused.to_string().contains("platform team decides")), ("denied", true));
        assert_eq!(house.portal.inbox_count(&house.owner).await.unwrap(), 0);
        let shown = house.portal.request(&house.owner, &id).await.unwrap();
        assert!(shown.may_approve.is_err() && shown.may_reject.is_err());
        decide(&house.platform).await.unwrap();
    }
}
