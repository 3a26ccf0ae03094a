//! Verbs of security groups.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_ec2::types::{
    Filter, IpPermission, IpRange, Ipv6Range, NetworkInterface, ResourceType, SecurityGroup as SdkGroup, Tag,
    TagSpecification, UserIdGroupPair,
};
use domain::{
    kinds::{SecurityGroup, SecurityGroupRule},
    observation::{Lookup, Outputs},
};
use provisioner::cloud::{Class, CloudError, Target};

use super::{Ours, Seen, Verbs, incomplete, known, outputs};
use crate::{
    ownership::{self, Tags},
    policy::{Grant, When, grant},
    session::Session,
};

#[derive(Clone, Copy)]
enum Direction {
    Ingress,
    Egress,
}

fn ec2_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

fn to_ec2(rule: &SecurityGroupRule) -> IpPermission {
    let mut permission = IpPermission::builder().ip_protocol(&rule.protocol);
    if rule.protocol != "-1" {
        permission = permission.from_port(rule.from_port).to_port(rule.to_port);
    }
    let description = rule.description.clone();
    if let Some(group) = &rule.source_group {
        permission = permission
            .user_id_group_pairs(UserIdGroupPair::builder().group_id(group).set_description(description).build());
    } else if let Some(cidr) = &rule.cidr {
        permission = if cidr.contains(':') {
            permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(cidr).set_description(description).build())
        } else {
            permission.ip_ranges(IpRange::builder().cidr_ip(cidr).set_description(description).build())
        };
    }
    permission.build()
}

/// One of our rules for each source of each permission.
fn from_ec2(permissions: &[IpPermission]) -> Vec<SecurityGroupRule> {
    let mut rules = vec![];
    for permission in permissions {
        let mut add = |cidr: Option<&str>, group: Option<&str>, description: Option<&str>| {
            rules.push(SecurityGroupRule {
                protocol: permission.ip_protocol().unwrap_or("-1").to_owned(),
                from_port: permission.from_port().unwrap_or(-1),
                to_port: permission.to_port().unwrap_or(-1),
                cidr: cidr.map(str::to_owned),
                source_group: group.map(str::to_owned),
                description: description.filter(|text| !text.is_empty()).map(str::to_owned),
            });
        };
        for range in permission.ip_ranges() {
            add(range.cidr_ip(), None, range.description());
        }
        for range in permission.ipv6_ranges() {
            add(range.cidr_ipv6(), None, range.description());
        }
        for pair in permission.user_id_group_pairs() {
            add(None, pair.group_id(), pair.description());
        }
        for list in permission.prefix_list_ids() {
            add(list.prefix_list_id(), None, list.description());
        }
    }
    rules
}

async fn authorize(
    session: &Session<'_>,
    group: &str,
    direction: Direction,
    rules: &[SecurityGroupRule],
) -> Result<(), CloudError> {
    if rules.is_empty() {
        return Ok(());
    }
    let permissions = Some(rules.iter().map(to_ec2).collect());
    let result = match direction {
        Direction::Ingress => {
            let call = session.ec2.authorize_security_group_ingress().group_id(group).set_ip_permissions(permissions);
            session.send("ec2", "AuthorizeSecurityGroupIngress", call.send()).await.map(drop)
        }
        Direction::Egress => {
            let call = session.ec2.authorize_security_group_egress().group_id(group).set_ip_permissions(permissions);
            session.send("ec2", "AuthorizeSecurityGroupEgress", call.send()).await.map(drop)
        }
    };
    match result {
        // One of several stands already: AWS then took none of them.
        Err(error) if error.code == "InvalidPermission.Duplicate" && rules.len() > 1 => {
            for rule in rules {
                Box::pin(authorize(session, group, direction, std::slice::from_ref(rule))).await?;
            }
            Ok(())
        }
        Err(error) if error.code == "InvalidPermission.Duplicate" => Ok(()),
        result => result,
    }
}

async fn revoke(
    session: &Session<'_>,
    group: &str,
    direction: Direction,
    rules: &[SecurityGroupRule],
) -> Result<(), CloudError> {
    if rules.is_empty() {
        return Ok(());
    }
    let permissions = Some(rules.iter().map(to_ec2).collect());
    let result = match direction {
        Direction::Ingress => {
            let call = session.ec2.revoke_security_group_ingress().group_id(group).set_ip_permissions(permissions);
            session.send("ec2", "RevokeSecurityGroupIngress", call.send()).await.map(drop)
        }
        Direction::Egress => {
            let call = session.ec2.revoke_security_group_egress().group_id(group).set_ip_permissions(permissions);
            session.send("ec2", "RevokeSecurityGroupEgress", call.send()).await.map(drop)
        }
    };
    match result {
        Err(error) if error.code == "InvalidPermission.NotFound" && rules.len() > 1 => {
            for rule in rules {
                Box::pin(revoke(session, group, direction, std::slice::from_ref(rule))).await?;
            }
            Ok(())
        }
        Err(error) if error.code == "InvalidPermission.NotFound" => Ok(()),
        result => result,
    }
}

/// Brings one direction's rules from `now` to `want`: new ones first, so that no traffic is cut that stays allowed.
async fn set_rules(
    session: &Session<'_>,
    group: &str,
    direction: Direction,
    now: &[SecurityGroupRule],
    want: &[SecurityGroupRule],
) -> Result<(), CloudError> {
    let without = |these: &[SecurityGroupRule], others: &[SecurityGroupRule]| -> Vec<SecurityGroupRule> {
        these.iter().filter(|rule| !others.iter().any(|other| other.key() == rule.key())).cloned().collect()
    };
    let redescribed: Vec<_> = want
        .iter()
        .filter(|rule| now.iter().any(|old| old.key() == rule.key() && old.description != rule.description))
        .map(to_ec2)
        .collect();
    authorize(session, group, direction, &without(want, now)).await?;
    if !redescribed.is_empty() {
        match direction {
            Direction::Ingress => {
                let call = session
                    .ec2
                    .update_security_group_rule_descriptions_ingress()
                    .group_id(group)
                    .set_ip_permissions(Some(redescribed));
                session.send("ec2", "UpdateSecurityGroupRuleDescriptionsIngress", call.send()).await?;
            }
            Direction::Egress => {
                let call = session
                    .ec2
                    .update_security_group_rule_descriptions_egress()
                    .group_id(group)
                    .set_ip_permissions(Some(redescribed));
                session.send("ec2", "UpdateSecurityGroupRuleDescriptionsEgress", call.send()).await?;
            }
        }
    }
    revoke(session, group, direction, &without(now, want)).await
}

fn tags_of(group: &SdkGroup) -> Tags {
    ownership::tags(group.tags().iter().map(|tag| (tag.key(), tag.value())))
}

async fn describe(session: &Session<'_>, filters: Vec<Filter>) -> Result<Vec<SdkGroup>, CloudError> {
    let mut groups = vec![];
    let mut next = None;
    loop {
        let call = session.ec2.describe_security_groups().set_filters(Some(filters.clone())).set_next_token(next);
        let reply = session.send("ec2", "DescribeSecurityGroups", call.send()).await?;
        groups.extend_from_slice(reply.security_groups());
        next = reply.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
        if next.is_none() {
            return Ok(groups);
        }
    }
}

/// The groups whose rules of a direction name this one.
async fn referring(session: &Session<'_>, id: &str, direction: Direction) -> Result<Vec<SdkGroup>, CloudError> {
    let name = match direction {
        Direction::Ingress => "ip-permission.group-id",
        Direction::Egress => "egress.ip-permission.group-id",
    };
    let mut groups = describe(session, vec![filter(name, id)]).await?;
    groups.retain(|group| group.group_id() != Some(id));
    Ok(groups)
}

/// Takes rules that name this group out of the stack's other groups: AWS deletes no group that another one names.
async fn forget(session: &Session<'_>, lookup: &Lookup, id: &str) -> Result<(), CloudError> {
    for direction in [Direction::Ingress, Direction::Egress] {
        for other in referring(session, id, direction).await? {
            let Some(other_id) = other.group_id() else { continue };
            if !ownership::is_same_stack(lookup, &tags_of(&other)) {
                continue;
            }
            let permissions = match direction {
                Direction::Ingress => other.ip_permissions(),
                Direction::Egress => other.ip_permissions_egress(),
            };
            let rules: Vec<_> =
                from_ec2(permissions).into_iter().filter(|rule| rule.source_group.as_deref() == Some(id)).collect();
            match revoke(session, other_id, direction, &rules).await {
                // Its rules are gone with it.
                Err(error) if error.code == NO_GROUP => {}
                result => result?,
            }
        }
    }
    Ok(())
}

const NO_GROUP: &str = "InvalidGroup.NotFound";

#[async_trait]
impl Verbs for SecurityGroup {
    const GRANTS: &'static [Grant] = &[
        grant(When::Always, &["ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"]),
        grant(When::MakesOursInVpc, &["ec2:CreateSecurityGroup"]),
        grant(
            When::IsOurs,
            &[
                "ec2:AuthorizeSecurityGroupEgress",
                "ec2:AuthorizeSecurityGroupIngress",
                "ec2:CreateTags",
                "ec2:DeleteSecurityGroup",
                "ec2:RevokeSecurityGroupEgress",
                "ec2:RevokeSecurityGroupIngress",
                "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
                "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
            ],
        ),
        grant(When::TagsAtBirth, &["ec2:CreateTags"]),
    ];

    async fn look(session: &Session<'_>, lookup: &Lookup) -> Result<Seen<Self>, CloudError> {
        let mut filters = vec![filter("group-name", &lookup.name)];
        filters.extend(known(lookup, "vpc_id").map(|vpc| filter("vpc-id", vpc)));
        let groups = describe(session, filters).await?;
        // Without a known VPC there may be namesakes in others.
        let Some(group) = groups.iter().find(|one| ownership::is_ours(lookup, &tags_of(one))).or(groups.first()) else {
            return Ok(Seen::Absent);
        };
        let id = group.group_id().ok_or_else(|| incomplete("DescribeSecurityGroups", "group id"))?;
        let spec = Self {
            vpc_id: group.vpc_id().unwrap_or_default().to_owned(),
            description: group.description().unwrap_or_default().to_owned(),
            ingress: from_ec2(group.ip_permissions()),
            egress: from_ec2(group.ip_permissions_egress()),
        };
        let arn = arn_of(group, session, id);
        Ok(Seen::by_tags(lookup, id, tags_of(group), spec, outputs([("id", id), ("arn", &arn)])))
    }

    async fn make(session: &Session<'_>, target: &Target, spec: &Self) -> Result<Outputs, CloudError> {
        let tags = TagSpecification::builder()
            .resource_type(ResourceType::SecurityGroup)
            .set_tags(Some(ec2_tags(&target.tags)))
            .build();
        let call = session
            .ec2
            .create_security_group()
            .group_name(&target.lookup.name)
            .description(&spec.description)
            .vpc_id(&spec.vpc_id)
            .tag_specifications(tags);
        let reply = session.send("ec2", "CreateSecurityGroup", call.send()).await?;
        let id = reply.group_id().ok_or_else(|| incomplete("CreateSecurityGroup", "group id"))?;
        set_rules(session, id, Direction::Ingress, &[], &spec.ingress).await?;
        // The reply has no ARN in every region, and what may go out at birth is not the same in every network: where there
        // is IPv6 it has a rule of its own.
        let Seen::Ours(now) = Self::look(session, &target.lookup).await? else {
            return Err(incomplete("DescribeSecurityGroups", "group that was just made"));
        };
        set_rules(session, id, Direction::Egress, &now.spec.egress, &spec.egress).await?;
        Ok(now.outputs)
    }

    async fn converge(session: &Session<'_>, _: &Target, now: &Ours<Self>, want: &Self) -> Result<Outputs, CloudError> {
        let id = &now.outputs["id"];
        set_rules(session, id, Direction::Ingress, &now.spec.ingress, &want.ingress).await?;
        set_rules(session, id, Direction::Egress, &now.spec.egress, &want.egress).await?;
        Ok(now.outputs.clone())
    }

    async fn retag(session: &Session<'_>, _: &Target, now: &Ours<Self>, tags: &Tags) -> Result<(), CloudError> {
        let call = session.ec2.create_tags().resources(&now.outputs["id"]).set_tags(Some(ec2_tags(tags)));
        session.send("ec2", "CreateTags", call.send()).await?;
        Ok(())
    }

    async fn unmake(session: &Session<'_>, target: &Target, now: &Ours<Self>) -> Result<(), CloudError> {
        let id = &now.outputs["id"];
        forget(session, &target.lookup, id).await?;
        match session.send("ec2", "DeleteSecurityGroup", session.ec2.delete_security_group().group_id(id).send()).await
        {
            Err(error) if error.code == NO_GROUP => Ok(()),
            Err(error) if error.class == Class::Busy => Err(naming_holders(session, id, error).await),
            reply => reply.map(drop),
        }
    }
}

const REFERRED_TO: &str = "AWS keeps a security group for as long as rules of others refer to it. Remove those rules where nobody needs them: they are not this stack's. Gantry repeats meanwhile.";

/// So many network interfaces, or groups, are named.
const NAMED: usize = 3;

/// A group goes when the last network interface that has it is gone, and the last rule that refers to it: the refusal
/// says which are left.
async fn naming_holders(session: &Session<'_>, id: &str, error: CloudError) -> CloudError {
    // Whatever is the matter with these looks, the refusal is what counts.
    let (held, advice) = match interfaces_of(session, id).await {
        Some(held) => (Some(held), error.advice.as_str()),
        None => (references_to(session, id).await, REFERRED_TO),
    };
    let Some(held) = held else { return error };
    let message = format!("{}. {held}.", error.message.trim_end_matches('.'));
    CloudError { message, advice: advice.to_owned(), ..error }
}

/// `2 network interfaces of sg-1 are not released yet: eni-1, ELB app/shop/1; eni-2`.
async fn interfaces_of(session: &Session<'_>, id: &str) -> Option<String> {
    let call = session.ec2.describe_network_interfaces().filters(filter("group-id", id));
    let reply = session.send("ec2", "DescribeNetworkInterfaces", call.send()).await.ok()?;
    let holders = reply.network_interfaces();
    let named = some_of(holders.iter().filter_map(named_interface))?;
    let held = match holders.len() {
        1 => format!("1 network interface of {id} is"),
        count => format!("{count} network interfaces of {id} are"),
    };
    Some(format!("{held} not released yet: {named}"))
}

/// `sg-2 (shop-alb) refers to sg-1 in its rules`. Of the stack's own groups such rules were taken out before.
async fn references_to(session: &Session<'_>, id: &str) -> Option<String> {
    let mut groups = BTreeMap::new();
    for direction in [Direction::Ingress, Direction::Egress] {
        for group in referring(session, id, direction).await.ok()? {
            let (other, name) = (group.group_id()?.to_owned(), group.group_name().unwrap_or_default());
            groups.insert(other.clone(), format!("{other} ({name})"));
        }
    }
    let verb = if groups.len() == 1 { "refers to {id} in its rules" } else { "refer to {id} in their rules" };
    Some(format!("{} {}", some_of(groups.into_values())?, verb.replace("{id}", id)))
}

/// The first of them in a list.
fn some_of(all: impl Iterator<Item = String>) -> Option<String> {
    let mut all = all.peekable();
    all.peek()?;
    let named: Vec<_> = all.by_ref().take(NAMED).collect();
    let more = if all.peek().is_some() { "; …" } else { "" };
    Some(format!("{}{more}", named.join("; ")))
}

/// `eni-0a1b2c3d, ELB app/shop/1`.
fn named_interface(interface: &NetworkInterface) -> Option<String> {
    let id = interface.network_interface_id()?;
    let what = interface.description().filter(|text| !text.is_empty());
    Some(what.map_or_else(|| id.to_owned(), |what| format!("{id}, {what}")))
}

fn arn_of(group: &SdkGroup, session: &Session<'_>, id: &str) -> String {
    if let Some(arn) = group.security_group_arn() {
        return arn.to_owned();
    }
    let region = session.ec2.config().region().map_or("", |region| region.as_ref());
    let partition = match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!("arn:{partition}:ec2:{region}:{}:security-group/{id}", group.owner_id().unwrap_or_default())
}
