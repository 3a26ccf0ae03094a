//! Verbs of listener rules. A rule is found by its listener and its priority.

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, HostHeaderConditionConfig, PathPatternConditionConfig, Rule, RuleCondition,
};
use domain::{
    kinds::ListenerRule,
    observation::{Lookup, Outputs},
};
use provisioner::cloud::{CloudError, Target};

use super::{
    Ours, Seen, Verbs, i32_of, incomplete, known,
    listener::forwards_to,
    load_balancing::{elb_tags, tag, tags_of},
    outputs,
};
use crate::{
    ownership::Tags,
    policy::{Grant, When, grant},
    session::Session,
};

const ELB: &str = "elasticloadbalancing";

/// Every rule of a listener, the default one too; none where the listener is gone.
pub(crate) async fn rules_of(session: &Session<'_>, listener: &str) -> Result<Vec<Rule>, CloudError> {
    let mut rules = vec![];
    let mut marker = None;
    loop {
        let call = session.elb.describe_rules().listener_arn(listener).set_marker(marker);
        let reply = match session.send(ELB, "DescribeRules", call.send()).await {
            Err(error) if error.code == "ListenerNotFound" => return Ok(vec![]),
            reply => reply?,
        };
        rules.extend_from_slice(reply.rules());
        marker = reply.next_marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
        if marker.is_none() {
            return Ok(rules);
        }
    }
}

/// Hosts and paths of a rule. A condition that Gantry does not make is named in brackets among the hosts, so that it
/// shows as a difference.
pub(crate) fn hosts_and_paths(rule: &Rule) -> (Vec<String>, Vec<String>) {
    let (mut hosts, mut paths) = (vec![], vec![]);
    for condition in rule.conditions() {
        match condition.field() {
            Some("host-header") => match condition.host_header_config() {
                Some(config) => hosts.extend_from_slice(config.values()),
                None => hosts.extend_from_slice(condition.values()),
            },
            Some("path-pattern") => match condition.path_pattern_config() {
                Some(config) => paths.extend_from_slice(config.values()),
                None => paths.extend_from_slice(condition.values()),
            },
            other => hosts.push(format!("({})", other.unwrap_or("unknown"))),
        }
    }
    (hosts, paths)
}

fn conditions(spec: &ListenerRule) -> Vec<RuleCondition> {
    let mut conditions = vec![];
    if !spec.hosts.is_empty() {
        let hosts = HostHeaderConditionConfig::builder().set_values(Some(spec.hosts.clone())).build();
        conditions.push(RuleCondition::builder().field("host-header").host_header_config(hosts).build());
    }
    if !spec.paths.is_empty() {
        let paths = PathPatternConditionConfig::builder().set_values(Some(spec.paths.clone())).build();
        conditions.push(RuleCondition::builder().field("path-pattern").path_pattern_config(paths).build());
    }
    conditions
}

fn forward(spec: &ListenerRule) -> Action {
    Action::builder().r#type(ActionTypeEnum::Forward).target_group_arn(&spec.target_group).build()
}

#[async_trait]
impl Verbs for ListenerRule {
    const GRANTS: &'static [Grant] = &[
        grant(When::Always, &["elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTags"]),
        grant(When::MakesOurs, &["elasticloadbalancing:CreateRule"]),
        grant(
            When::IsOurs,
            &["elasticloadbalancing:AddTags", "elasticloadbalancing:DeleteRule", "elasticloadbalancing:ModifyRule"],
        ),
        grant(When::TagsAtBirth, &["elasticloadbalancing:AddTags"]),
    ];

    async fn look(session: &Session<'_>, lookup: &Lookup) -> Result<Seen<Self>, CloudError> {
        let (Some(listener), Some(priority)) =
            (known(lookup, "listener"), lookup.spec.get("priority").and_then(serde_json::Value::as_u64))
        else {
            return Ok(Seen::Absent);
        };
        let text = priority.to_string();
        let rules = rules_of(session, listener).await?;
        let Some(rule) = rules.iter().find(|rule| rule.priority() == Some(&text)) else { return Ok(Seen::Absent) };
        let arn = rule.rule_arn().ok_or_else(|| incomplete("DescribeRules", "ARN"))?;
        let Some(tags) = tags_of(session, arn).await? else { return Ok(Seen::Absent) };
        let (hosts, paths) = hosts_and_paths(rule);
        let spec = Self {
            listener: listener.to_owned(),
            priority: u32::try_from(priority).unwrap_or_default(),
            hosts,
            paths,
            target_group: rule.actions().last().and_then(forwards_to).unwrap_or_default(),
        };
        Ok(Seen::by_tags(lookup, arn, tags, spec, outputs([("arn", arn)])))
    }

    async fn make(session: &Session<'_>, target: &Target, spec: &Self) -> Result<Outputs, CloudError> {
        let call = session
            .elb
            .create_rule()
            .listener_arn(&spec.listener)
            .priority(i32_of(spec.priority))
            .set_conditions(Some(conditions(spec)))
            .actions(forward(spec))
            .set_tags(Some(elb_tags(&target.tags)));
        let reply = session.send(ELB, "CreateRule", call.send()).await?;
        let arn = reply.rules().first().and_then(|rule| rule.rule_arn());
        Ok(outputs([("arn", arn.ok_or_else(|| incomplete("CreateRule", "ARN"))?)]))
    }

    async fn converge(session: &Session<'_>, _: &Target, now: &Ours<Self>, want: &Self) -> Result<Outputs, CloudError> {
        if now.spec != *want {
            let call = session
                .elb
                .modify_rule()
                .rule_arn(&now.outputs["arn"])
                .set_conditions(Some(conditions(want)))
                .actions(forward(want));
            session.send(ELB, "ModifyRule", call.send()).await?;
        }
        Ok(now.outputs.clone())
    }

    async fn retag(session: &Session<'_>, _: &Target, now: &Ours<Self>, tags: &Tags) -> Result<(), CloudError> {
        tag(session, &now.outputs["arn"], tags).await
    }

    async fn unmake(session: &Session<'_>, _: &Target, now: &Ours<Self>) -> Result<(), CloudError> {
        let call = session.elb.delete_rule().rule_arn(&now.outputs["arn"]);
        match session.send(ELB, "DeleteRule", call.send()).await {
            Err(error) if error.code == "RuleNotFound" => Ok(()),
            reply => reply.map(drop),
        }
    }
}
