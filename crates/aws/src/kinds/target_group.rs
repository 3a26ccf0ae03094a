//! Verbs of target groups.

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::{
    Matcher, ProtocolEnum, TargetGroup as SdkTargetGroup, TargetGroupAttribute, TargetTypeEnum,
};
use domain::{
    kinds::{HealthCheck, TargetGroup, TargetProtocol, TargetType},
    observation::{Lookup, Outputs},
};
use provisioner::cloud::{CloudError, Target};

use super::{
    Ours, Seen, Verbs, i32_of, incomplete,
    load_balancing::{elb_tags, full_name, number, tag, tags_of},
    outputs, u32_of,
};
use crate::{
    ownership::{self, Tags},
    policy::{Grant, When, grant, grant_with},
    session::Session,
};

const ELB: &str = "elasticloadbalancing";
const DELAY: &str = "deregistration_delay.timeout_seconds";
/// What AWS gives a new one.
const DELAY_AT_BIRTH: u32 = 300;

fn outputs_of(one: &SdkTargetGroup) -> Option<Outputs> {
    let arn = one.target_group_arn()?;
    Some(outputs([("arn", arn), ("name", one.target_group_name()?), ("full_name", full_name(arn))]))
}

async fn set_delay(session: &Session<'_>, arn: &str, seconds: u32) -> Result<(), CloudError> {
    let attribute = TargetGroupAttribute::builder().key(DELAY).value(seconds.to_string()).build();
    let call = session.elb.modify_target_group_attributes().target_group_arn(arn).attributes(attribute);
    session.send(ELB, "ModifyTargetGroupAttributes", call.send()).await?;
    Ok(())
}

fn protocol(protocol: TargetProtocol) -> ProtocolEnum {
    match protocol {
        TargetProtocol::Http => ProtocolEnum::Http,
        TargetProtocol::Https => ProtocolEnum::Https,
    }
}

#[async_trait]
impl Verbs for TargetGroup {
    const GRANTS: &'static [Grant] = &[
        grant_with(
            When::Always,
            &[
                "elasticloadbalancing:DescribeTags",
                "elasticloadbalancing:DescribeTargetGroupAttributes",
                "elasticloadbalancing:DescribeTargetGroups",
            ],
            &["ec2:DescribeInternetGateways", "ec2:DescribeVpcs"],
        ),
        grant(When::MakesOurs, &["elasticloadbalancing:CreateTargetGroup"]),
        grant(
            When::IsOurs,
            &[
                "elasticloadbalancing:AddTags",
                "elasticloadbalancing:DeleteTargetGroup",
                "elasticloadbalancing:ModifyTargetGroup",
                "elasticloadbalancing:ModifyTargetGroupAttributes",
            ],
        ),
        grant(When::TagsAtBirth, &["elasticloadbalancing:AddTags"]),
    ];

    async fn look(session: &Session<'_>, lookup: &Lookup) -> Result<Seen<Self>, CloudError> {
        let call = session.elb.describe_target_groups().names(&lookup.name);
        let reply = match session.send(ELB, "DescribeTargetGroups", call.send()).await {
            Err(error) if error.code == "TargetGroupNotFound" => return Ok(Seen::Absent),
            reply => reply?,
        };
        let Some(one) = reply.target_groups().first() else { return Ok(Seen::Absent) };
        let outputs = outputs_of(one).ok_or_else(|| incomplete("DescribeTargetGroups", "ARN"))?;
        let arn = &outputs["arn"];
        let Some(tags) = tags_of(session, arn).await? else { return Ok(Seen::Absent) };
        if !ownership::is_ours(lookup, &tags) {
            return Ok(Seen::Foreign(ownership::describe_foreign(arn, &tags)));
        }
        let call = session.elb.describe_target_group_attributes().target_group_arn(arn);
        let attributes = match session.send(ELB, "DescribeTargetGroupAttributes", call.send()).await {
            Err(error) if error.code == "TargetGroupNotFound" => return Ok(Seen::Absent),
            reply => reply?,
        };
        let delay = attributes.attributes().iter().find(|one| one.key() == Some(DELAY)).and_then(|one| one.value());
        let usual = HealthCheck::default();
        let spec = Self {
            vpc_id: one.vpc_id().unwrap_or_default().to_owned(),
            port: one.port().and_then(|port| u16::try_from(port).ok()).unwrap_or_default(),
            protocol: match one.protocol() {
                Some(ProtocolEnum::Https) => TargetProtocol::Https,
                _ => TargetProtocol::Http,
            },
            target_type: match one.target_type() {
                Some(TargetTypeEnum::Instance) => TargetType::Instance,
                _ => TargetType::Ip,
            },
            health_check: HealthCheck {
                path: one.health_check_path().unwrap_or(&usual.path).to_owned(),
                interval_seconds: one.health_check_interval_seconds().map_or(usual.interval_seconds, u32_of),
                timeout_seconds: one.health_check_timeout_seconds().map_or(usual.timeout_seconds, u32_of),
                healthy_threshold: one.healthy_threshold_count().map_or(usual.healthy_threshold, u32_of),
                unhealthy_threshold: one.unhealthy_threshold_count().map_or(usual.unhealthy_threshold, u32_of),
                matcher: one.matcher().and_then(|matcher| matcher.http_code()).unwrap_or_default().to_owned(),
            },
            deregistration_delay_seconds: number(delay).unwrap_or(DELAY_AT_BIRTH),
        };
        Ok(Seen::by_tags(lookup, arn, tags, spec, outputs.clone()))
    }

    async fn make(session: &Session<'_>, target: &Target, spec: &Self) -> Result<Outputs, CloudError> {
        let check = &spec.health_check;
        let call = session
            .elb
            .create_target_group()
            .name(&target.lookup.name)
            .vpc_id(&spec.vpc_id)
            .port(i32::from(spec.port))
            .protocol(protocol(spec.protocol))
            .target_type(match spec.target_type {
                TargetType::Ip => TargetTypeEnum::Ip,
                TargetType::Instance => TargetTypeEnum::Instance,
            })
            .health_check_protocol(protocol(spec.protocol))
            .health_check_path(&check.path)
            .health_check_interval_seconds(i32_of(check.interval_seconds))
            .health_check_timeout_seconds(i32_of(check.timeout_seconds))
            .healthy_threshold_count(i32_of(check.healthy_threshold))
            .unhealthy_threshold_count(i32_of(check.unhealthy_threshold))
            .matcher(Matcher::builder().http_code(&check.matcher).build())
            .set_tags(Some(elb_tags(&target.tags)));
        let reply = session.send(ELB, "CreateTargetGroup", call.send()).await?;
        let outputs = reply
            .target_groups()
            .first()
            .and_then(outputs_of)
            .ok_or_else(|| incomplete("CreateTargetGroup", "target group"))?;
        if spec.deregistration_delay_seconds != DELAY_AT_BIRTH {
            set_delay(session, &outputs["arn"], spec.deregistration_delay_seconds).await?;
        }
        Ok(outputs)
    }

    async fn converge(session: &Session<'_>, _: &Target, now: &Ours<Self>, want: &Self) -> Result<Outputs, CloudError> {
        let arn = &now.outputs["arn"];
        let check = &want.health_check;
        if now.spec.health_check != *check {
            let call = session
                .elb
                .modify_target_group()
                .target_group_arn(arn)
                .health_check_path(&check.path)
                .health_check_interval_seconds(i32_of(check.interval_seconds))
                .health_check_timeout_seconds(i32_of(check.timeout_seconds))
                .healthy_threshold_count(i32_of(check.healthy_threshold))
                .unhealthy_threshold_count(i32_of(check.unhealthy_threshold))
                .matcher(Matcher::builder().http_code(&check.matcher).build());
            session.send(ELB, "ModifyTargetGroup", call.send()).await?;
        }
        if now.spec.deregistration_delay_seconds != want.deregistration_delay_seconds {
            set_delay(session, arn, want.deregistration_delay_seconds).await?;
        }
        Ok(now.outputs.clone())
    }

    async fn retag(session: &Session<'_>, _: &Target, now: &Ours<Self>, tags: &Tags) -> Result<(), CloudError> {
        tag(session, &now.outputs["arn"], tags).await
    }

    async fn unmake(session: &Session<'_>, _: &Target, now: &Ours<Self>) -> Result<(), CloudError> {
        let call = session.elb.delete_target_group().target_group_arn(&now.outputs["arn"]);
        match session.send(ELB, "DeleteTargetGroup", call.send()).await {
            Err(error) if error.code == "TargetGroupNotFound" => Ok(()),
            reply => reply.map(drop),
        }
    }
}
