//! Verbs of Application Load Balancers.

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::{
    IpAddressType, LoadBalancer as SdkLoadBalancer, LoadBalancerAttribute, LoadBalancerSchemeEnum,
    LoadBalancerStateEnum, LoadBalancerTypeEnum,
};
use domain::{
    kinds::{LoadBalancer, Scheme},
    observation::{Lookup, Outputs},
};
use provisioner::cloud::{CloudError, Progress, Target};

use super::{
    Ours, Seen, Verbs, incomplete,
    load_balancing::{elb_tags, full_name, number, tag, tags_of},
    not_shown_yet, outputs,
};
use crate::{
    ownership::{self, Tags},
    policy::{Grant, When, grant, grant_with},
    session::Session,
};

const ELB: &str = "elasticloadbalancing";
const IDLE_TIMEOUT: &str = "idle_timeout.timeout_seconds";
/// What AWS gives a new one.
const IDLE_TIMEOUT_AT_BIRTH: u32 = 60;

async fn find(session: &Session<'_>, name: &str) -> Result<Option<SdkLoadBalancer>, CloudError> {
    match session.send(ELB, "DescribeLoadBalancers", session.elb.describe_load_balancers().names(name).send()).await {
        Err(error) if error.code == "LoadBalancerNotFound" => Ok(None),
        reply => Ok(reply?.load_balancers().first().cloned()),
    }
}

fn outputs_of(one: &SdkLoadBalancer) -> Option<Outputs> {
    let arn = one.load_balancer_arn()?;
    Some(outputs([
        ("arn", arn),
        ("dns_name", one.dns_name()?),
        ("full_name", full_name(arn)),
        ("zone_id", one.canonical_hosted_zone_id().unwrap_or_default()),
    ]))
}

async fn set_idle_timeout(session: &Session<'_>, arn: &str, seconds: u32) -> Result<(), CloudError> {
    let attribute = LoadBalancerAttribute::builder().key(IDLE_TIMEOUT).value(seconds.to_string()).build();
    let call = session.elb.modify_load_balancer_attributes().load_balancer_arn(arn).attributes(attribute);
    session.send(ELB, "ModifyLoadBalancerAttributes", call.send()).await?;
    Ok(())
}

#[async_trait]
impl Verbs for LoadBalancer {
    const GRANTS: &'static [Grant] = &[
        grant(
            When::Always,
            &[
                "elasticloadbalancing:DescribeLoadBalancerAttributes",
                "elasticloadbalancing:DescribeLoadBalancers",
                "elasticloadbalancing:DescribeTags",
            ],
        ),
        // AWS looks at the network as the one who makes or moves a load balancer.
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-permissions.html
        grant_with(
            When::Always,
            &[],
            &[
                "ec2:DescribeAccountAttributes",
                "ec2:DescribeAddresses",
                "ec2:DescribeInternetGateways",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
        ),
        grant(When::MakesOurs, &["elasticloadbalancing:CreateLoadBalancer"]),
        grant(
            When::IsOurs,
            &[
                "elasticloadbalancing:AddTags",
                "elasticloadbalancing:DeleteLoadBalancer",
                "elasticloadbalancing:ModifyLoadBalancerAttributes",
                "elasticloadbalancing:SetSecurityGroups",
                "elasticloadbalancing:SetSubnets",
            ],
        ),
        grant(When::TagsAtBirth, &["elasticloadbalancing:AddTags"]),
        grant_with(When::ServiceLinked, &[], &["iam:CreateServiceLinkedRole"]),
    ];

    async fn look(session: &Session<'_>, lookup: &Lookup) -> Result<Seen<Self>, CloudError> {
        let Some(one) = find(session, &lookup.name).await? else { return Ok(Seen::Absent) };
        let outputs = outputs_of(&one).ok_or_else(|| incomplete("DescribeLoadBalancers", "ARN"))?;
        let arn = &outputs["arn"];
        let Some(tags) = tags_of(session, arn).await? else { return Ok(Seen::Absent) };
        if !ownership::is_ours(lookup, &tags) {
            return Ok(Seen::Foreign(ownership::describe_foreign(arn, &tags)));
        }
        let call = session.elb.describe_load_balancer_attributes().load_balancer_arn(arn);
        let attributes = match session.send(ELB, "DescribeLoadBalancerAttributes", call.send()).await {
            Err(error) if error.code == "LoadBalancerNotFound" => return Ok(Seen::Absent),
            reply => reply?,
        };
        let idle_timeout = attributes.attributes().iter().find(|one| one.key() == Some(IDLE_TIMEOUT));
        let spec = Self {
            scheme: match one.scheme() {
                Some(LoadBalancerSchemeEnum::Internal) => Scheme::Internal,
                _ => Scheme::InternetFacing,
            },
            subnets: one.availability_zones().iter().filter_map(|zone| zone.subnet_id().map(str::to_owned)).collect(),
            security_groups: one.security_groups().to_vec(),
            idle_timeout_seconds: number(idle_timeout.and_then(|one| one.value())).unwrap_or(IDLE_TIMEOUT_AT_BIRTH),
        };
        Ok(Seen::by_tags(lookup, arn, tags, spec, outputs.clone()))
    }

    async fn make(session: &Session<'_>, target: &Target, spec: &Self) -> Result<Outputs, CloudError> {
        let call = session
            .elb
            .create_load_balancer()
            .name(&target.lookup.name)
            .r#type(LoadBalancerTypeEnum::Application)
            .ip_address_type(IpAddressType::Ipv4)
            .scheme(match spec.scheme {
                Scheme::InternetFacing => LoadBalancerSchemeEnum::InternetFacing,
                Scheme::Internal => LoadBalancerSchemeEnum::Internal,
            })
            .set_subnets(Some(spec.subnets.clone()))
            .set_security_groups(Some(spec.security_groups.clone()))
            .set_tags(Some(elb_tags(&target.tags)));
        let reply = session.send(ELB, "CreateLoadBalancer", call.send()).await?;
        let outputs = reply
            .load_balancers()
            .first()
            .and_then(outputs_of)
            .ok_or_else(|| incomplete("CreateLoadBalancer", "load balancer"))?;
        if spec.idle_timeout_seconds != IDLE_TIMEOUT_AT_BIRTH {
            set_idle_timeout(session, &outputs["arn"], spec.idle_timeout_seconds).await?;
        }
        Ok(outputs)
    }

    async fn converge(session: &Session<'_>, _: &Target, now: &Ours<Self>, want: &Self) -> Result<Outputs, CloudError> {
        let arn = &now.outputs["arn"];
        if now.spec.subnets != want.subnets {
            let call = session.elb.set_subnets().load_balancer_arn(arn).set_subnets(Some(want.subnets.clone()));
            session.send(ELB, "SetSubnets", call.send()).await?;
        }
        if now.spec.security_groups != want.security_groups {
            let call = session
                .elb
                .set_security_groups()
                .load_balancer_arn(arn)
                .set_security_groups(Some(want.security_groups.clone()));
            session.send(ELB, "SetSecurityGroups", call.send()).await?;
        }
        if now.spec.idle_timeout_seconds != want.idle_timeout_seconds {
            set_idle_timeout(session, arn, want.idle_timeout_seconds).await?;
        }
        Ok(now.outputs.clone())
    }

    async fn retag(session: &Session<'_>, _: &Target, now: &Ours<Self>, tags: &Tags) -> Result<(), CloudError> {
        tag(session, &now.outputs["arn"], tags).await
    }

    async fn unmake(session: &Session<'_>, _: &Target, now: &Ours<Self>) -> Result<(), CloudError> {
        let call = session.elb.delete_load_balancer().load_balancer_arn(&now.outputs["arn"]);
        match session.send(ELB, "DeleteLoadBalancer", call.send()).await {
            Err(error) if error.code == "LoadBalancerNotFound" => Ok(()),
            reply => reply.map(drop),
        }
    }

    async fn ready(session: &Session<'_>, target: &Target, _: &Self) -> Result<Progress, CloudError> {
        let Some(one) = find(session, &target.lookup.name).await? else {
            return Err(not_shown_yet::<Self>());
        };
        let state = one.state();
        let reason = state.and_then(|state| state.reason()).map(|reason| format!(" ({reason})")).unwrap_or_default();
        Ok(match state.and_then(|state| state.code()) {
            Some(LoadBalancerStateEnum::Active | LoadBalancerStateEnum::ActiveImpaired) => {
                Progress::Done(outputs_of(&one).ok_or_else(|| incomplete("DescribeLoadBalancers", "ARN"))?)
            }
            Some(LoadBalancerStateEnum::Failed) => {
                Progress::Failed { why: format!("AWS could not set the load balancer up{reason}.") }
            }
            _ => Progress::Waiting {
                why: format!("AWS is setting the load balancer up{reason}; that takes two to three minutes."),
            },
        })
    }
}
