//! Stacks.

use app::{
    Moment,
    pages::{
        stack::{ReleaseRow, ResourceRow, StackPage, StackTab},
        stack_destroy::StackDestroyPage,
        stacks::StackRow,
    },
    routes,
};
use domain::{
    DateTime, Utc,
    cost::dollars,
    environment::Environment,
    kinds::Kind,
    plan::{Resource, readable},
    stack::StackStatus,
};
use service::stacks::{Release, StackCard, StackDetail};

use super::{plan, request, status};

/// A row of a list.
pub fn row(card: &StackCard, now: DateTime<Utc>) -> StackRow {
    let (shown, word) = status::of_stack(card.stack.status);
    StackRow {
        id: card.stack.id.to_string(),
        name: card.stack.name.clone(),
        template: card.template_title.clone(),
        environment: card.environment.name.clone(),
        team: card.team.title.clone(),
        status: shown,
        word: word.to_owned(),
        endpoint: card.stack.outputs.get("url").cloned(),
        cost: Some(dollars(card.stack.monthly_micros)),
        changed: Moment::new(card.stack.updated_at, now),
    }
}

/// The page of a resource in the AWS console, where there is one that a link can reach.
fn console(resource: &Resource, environment: &Environment) -> Option<String> {
    let region = &environment.region;
    let base = format!("https://{region}.console.aws.amazon.com");
    let name = resource.outputs.get("name").unwrap_or(&resource.name);
    match resource.kind {
        Kind::EcsCluster => Some(format!("{base}/ecs/v2/clusters/{name}/services?region={region}")),
        Kind::EcsService => {
            let cluster = resource.outputs.get("cluster_name")?;
            Some(format!("{base}/ecs/v2/clusters/{cluster}/services/{name}/health?region={region}"))
        }
        Kind::TaskDefinition => Some(format!("{base}/ecs/v2/task-definitions/{}?region={region}", resource.name)),
        Kind::SecurityGroup => {
            Some(format!("{base}/ec2/home?region={region}#SecurityGroup:groupId={}", resource.outputs.get("id")?))
        }
        Kind::LoadBalancer => Some(format!("{base}/ec2/home?region={region}#LoadBalancers:search={}", resource.name)),
        Kind::TargetGroup => Some(format!("{base}/ec2/home?region={region}#TargetGroups:search={}", resource.name)),
        Kind::IamRole => Some(format!("https://console.aws.amazon.com/iam/home#/roles/{}", resource.name)),
        _ => None,
    }
}

fn sentence(card: &StackCard) -> &'static str {
    match card.stack.status {
        StackStatus::Pending => "It was asked for. Nothing exists in AWS yet.",
        StackStatus::Busy => "A run is changing it now.",
        StackStatus::Live => "It is as its last request asked for.",
        StackStatus::NeedsAttention => "A run was ended half-way. Mend it with another change, or destroy it.",
        StackStatus::Gone => "It was destroyed. Its history stays.",
    }
}

/// A release; the newest one runs, unless its stack is gone.
pub fn release(release: &Release, detail: &StackDetail, now: DateTime<Utc>) -> ReleaseRow {
    let Release { number, run, card } = release;
    ReleaseRow {
        number: number.to_string(),
        title: card.title(),
        run_id: run.id.to_string(),
        who: card.requester_name.clone(),
        when: Moment::new(run.ended_at.unwrap_or(run.created_at), now),
        current: *number == detail.release_count && detail.card.stack.status != StackStatus::Gone,
    }
}

/// The page; lists that only their tab shows are not on it yet.
pub fn page(detail: &StackDetail, tab: StackTab, now: DateTime<Utc>) -> StackPage {
    let card = &detail.card;
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let unfinished = detail.runs.iter().find(|run| !run.status.is_final());
    let named = |stacks: &[domain::stack::Stack]| {
        stacks.iter().map(|stack| (stack.name.clone(), stack.id.to_string())).collect::<Vec<_>>()
    };
    StackPage {
        row: row(card, now),
        sentence: sentence(card).to_owned(),
        tab,
        outputs: card.stack.outputs.iter().map(|(name, value)| (readable(name), value.clone())).collect(),
        inputs: request::inputs(&detail.template, &card.stack.inputs, None, None)
            .into_iter()
            .map(|input| (input.title, input.value))
            .collect(),
        resources: detail
            .resources
            .iter()
            .filter(|resource| resource.live)
            .map(|resource| ResourceRow {
                name: readable(&resource.logical),
                kind: resource.kind.def().label.to_owned(),
                glyph: plan::glyph(resource.kind),
                physical: resource
                    .outputs
                    .get("arn")
                    .or_else(|| resource.outputs.get("id"))
                    .unwrap_or(&resource.name)
                    .clone(),
                console_href: console(resource, &card.environment),
                status: if resource.outputs.is_empty() { app::Status::Waiting } else { app::Status::Succeeded },
            })
            .collect(),
        release_count: count(detail.release_count),
        request_count: count(detail.request_count),
        cost: detail.cost.as_ref().map(plan::cost).unwrap_or_default(),
        template_href: routes::template(card.stack.revision.split('@').next().unwrap_or_default()),
        revision: format!(
            "{}, revision {}",
            card.template_title,
            card.stack.revision.rsplit('@').next().unwrap_or_default()
        ),
        uses: named(&detail.uses),
        used_by: named(&detail.used_by),
        run_id: unfinished.map(|run| run.id.to_string()),
        change_refused: detail.may_change.as_ref().err().map(|denied| denied.reason.clone()),
        destroy_refused: detail.may_destroy.as_ref().err().map(|denied| denied.reason.clone()),
        ..StackPage::default()
    }
}

/// The last stop before a request to destroy.
pub fn destroy_page(detail: &StackDetail, typed: String, error: Option<String>) -> StackDestroyPage {
    StackDestroyPage {
        id: detail.card.stack.id.to_string(),
        name: detail.card.stack.name.clone(),
        resources: detail
            .resources
            .iter()
            .filter(|resource| resource.live)
            .map(|resource| (resource.kind.def().label.to_owned(), resource.name.clone()))
            .collect(),
        stays: vec![],
        cost: detail.cost.as_ref().map(plan::cost).unwrap_or_default(),
        typed,
        error,
        refused: detail.may_destroy.as_ref().err().map(|denied| denied.reason.clone()),
    }
}
