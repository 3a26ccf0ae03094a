//! What can be picked from an account.

use std::collections::BTreeMap;

use aws_sdk_acm::types::CertificateStatus;
use aws_sdk_ec2::types::{Filter, RouteTable, Tag};
use aws_sdk_elasticloadbalancingv2::types::{Listener, LoadBalancer, LoadBalancerTypeEnum};
use aws_sdk_ssm::types::ParameterStringFilter;
use provisioner::cloud::{Class, CloudError, Inventory, InventoryItem, MOST_LISTED};

use crate::{
    error::refusal,
    kinds::{hosts_and_paths, rules_of},
    policy::{Grant, When, grant},
    session::Session,
};

/// What the launch role must be allowed for it.
pub(crate) const GRANTS: &[Grant] = &[grant(
    When::Always,
    &[
        "acm:ListCertificates",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "ecs:DescribeClusters",
        "ecs:ListClusters",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeRules",
        "iam:GetPolicy",
        "iam:GetRole",
        "iam:ListRoles",
        "route53:ListHostedZones",
        "ssm:DescribeParameters",
    ],
)];

const REPORT: &str = "This is a fault of Gantry: please report it.";

/// Lists it, sorted by label.
pub(crate) async fn list(
    session: &Session<'_>,
    what: Inventory,
    parent: Option<&str>,
) -> Result<Vec<InventoryItem>, CloudError> {
    let mut items = match (what, parent) {
        (Inventory::Clusters, _) => clusters(session).await?,
        (Inventory::Certificates, _) => certificates(session).await?,
        (Inventory::Vpcs, _) => vpcs(session).await?,
        (Inventory::Subnets, Some(vpc)) => subnets(session, vpc).await?,
        (Inventory::SharedListeners, Some(vpc)) => shared_listeners(session, vpc).await?,
        (Inventory::LoadBalancers, Some(vpc)) => {
            load_balancers(session, vpc).await?.iter().filter_map(balancer_item).collect()
        }
        (Inventory::HostedZones, _) => hosted_zones(session).await?,
        (Inventory::Roles, _) => roles(session).await?,
        (Inventory::Role, Some(arn)) => role(session, arn).await?,
        (Inventory::Parameters, _) => parameters(session, None).await?,
        (Inventory::Parameter, Some(name)) => parameters(session, Some(name)).await?,
        (Inventory::Policy, Some(arn)) => policy(session, arn).await?,
        (Inventory::ListenerRules, Some(listener)) => listener_rules(session, listener).await?,
        (
            Inventory::Subnets
            | Inventory::SharedListeners
            | Inventory::LoadBalancers
            | Inventory::Role
            | Inventory::Parameter
            | Inventory::Policy
            | Inventory::ListenerRules,
            None,
        ) => {
            return Err(refusal(
                Class::Refused,
                "inventory",
                "no-parent",
                "This is listed for one parent, and none was named.".to_owned(),
                REPORT,
            ));
        }
    };
    items.sort_by(|a, b| a.label.cmp(&b.label));
    Ok(items)
}

async fn clusters(session: &Session<'_>) -> Result<Vec<InventoryItem>, CloudError> {
    let mut items = vec![];
    let mut next = None;
    loop {
        let reply =
            session.send("ecs", "ListClusters", session.ecs.list_clusters().set_next_token(next).send()).await?;
        if !reply.cluster_arns().is_empty() {
            // A page has at most 100, which is also the most that can be described at once.
            let call = session.ecs.describe_clusters().set_clusters(Some(reply.cluster_arns().to_vec()));
            let described = session.send("ecs", "DescribeClusters", call.send()).await?;
            items.extend(
                described
                    .clusters()
                    .iter()
                    .filter(|one| one.status() == Some("ACTIVE"))
                    .filter_map(|one| Some(InventoryItem::new(one.cluster_arn()?, one.cluster_name()?))),
            );
        }
        next = reply.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(items);
        }
    }
}

async fn certificates(session: &Session<'_>) -> Result<Vec<InventoryItem>, CloudError> {
    let mut items = vec![];
    let mut next = None;
    loop {
        let call = session.acm.list_certificates().certificate_statuses(CertificateStatus::Issued).set_next_token(next);
        let reply = session.send("acm", "ListCertificates", call.send()).await?;
        items.extend(
            reply
                .certificate_summary_list()
                .iter()
                .filter_map(|one| Some(InventoryItem::new(one.certificate_arn()?, one.domain_name()?))),
        );
        next = reply.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(items);
        }
    }
}

async fn vpcs(session: &Session<'_>) -> Result<Vec<InventoryItem>, CloudError> {
    let mut items = vec![];
    let mut next = None;
    loop {
        let reply =
            session.send("ec2", "DescribeVpcs", session.ec2.describe_vpcs().set_next_token(next).send()).await?;
        items.extend(reply.vpcs().iter().filter_map(|one| {
            let label = labelled(one.tags(), one.cidr_block().unwrap_or_default());
            Some(InventoryItem::new(one.vpc_id()?, label))
        }));
        next = reply.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(items);
        }
    }
}

async fn subnets(session: &Session<'_>, vpc: &str) -> Result<Vec<InventoryItem>, CloudError> {
    let in_vpc = || Filter::builder().name("vpc-id").values(vpc).build();
    let routes = session.ec2.describe_route_tables().filters(in_vpc());
    let routes = session.send("ec2", "DescribeRouteTables", routes.send()).await?;
    let reach = Reach::of(routes.route_tables());
    let mut items = vec![];
    let mut next = None;
    loop {
        let call = session.ec2.describe_subnets().filters(in_vpc()).set_next_token(next);
        let reply = session.send("ec2", "DescribeSubnets", call.send()).await?;
        items.extend(reply.subnets().iter().filter_map(|one| {
            let (id, zone) = (one.subnet_id()?, one.availability_zone().unwrap_or_default());
            let label = labelled(one.tags(), &format!("{}, {zone}", one.cidr_block().unwrap_or_default()));
            Some(InventoryItem::new(id, label).with("zone", zone).with("reach", reach.of_subnet(id)))
        }));
        next = reply.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(items);
        }
    }
}

/// Which subnets a route leads out of to an internet gateway.
struct Reach {
    /// By subnet that has a table of its own.
    own: BTreeMap<String, bool>,
    /// For all others.
    main: bool,
}

impl Reach {
    fn of(tables: &[RouteTable]) -> Self {
        let mut reach = Self { own: BTreeMap::new(), main: false };
        for table in tables {
            let is_public =
                table.routes().iter().any(|route| route.gateway_id().is_some_and(|id| id.starts_with("igw-")));
            for association in table.associations() {
                match association.subnet_id() {
                    Some(subnet) => drop(reach.own.insert(subnet.to_owned(), is_public)),
                    None if association.main() == Some(true) => reach.main = is_public,
                    None => {}
                }
            }
        }
        reach
    }

    fn of_subnet(&self, id: &str) -> &'static str {
        if self.own.get(id).copied().unwrap_or(self.main) { "public" } else { "private" }
    }
}

/// `shop, 10.20.0.0/16` where it has a name.
fn labelled(tags: &[Tag], what: &str) -> String {
    let name = tags.iter().find(|tag| tag.key() == Some("Name")).and_then(Tag::value);
    name.map_or_else(|| what.to_owned(), |name| format!("{name}, {what}"))
}

const ELB: &str = "elasticloadbalancing";

/// The application load balancers in a VPC.
async fn load_balancers(session: &Session<'_>, vpc: &str) -> Result<Vec<LoadBalancer>, CloudError> {
    let mut balancers = vec![];
    let mut next = None;
    loop {
        let call = session.elb.describe_load_balancers().set_marker(next);
        let reply = session.send(ELB, "DescribeLoadBalancers", call.send()).await?;
        next = reply.next_marker().map(str::to_owned);
        balancers.extend(reply.load_balancers.unwrap_or_default().into_iter().filter(|balancer| {
            balancer.r#type() == Some(&LoadBalancerTypeEnum::Application) && balancer.vpc_id() == Some(vpc)
        }));
        if next.is_none() {
            return Ok(balancers);
        }
    }
}

fn balancer_item(balancer: &LoadBalancer) -> Option<InventoryItem> {
    Some(InventoryItem::new(balancer.load_balancer_arn()?, balancer.load_balancer_name()?))
}

async fn shared_listeners(session: &Session<'_>, vpc: &str) -> Result<Vec<InventoryItem>, CloudError> {
    let mut items = vec![];
    for balancer in load_balancers(session, vpc).await? {
        let Some(arn) = balancer.load_balancer_arn() else { continue };
        let call = session.elb.describe_listeners().load_balancer_arn(arn);
        let listeners = match session.send(ELB, "DescribeListeners", call.send()).await {
            // It was deleted since the balancers were listed.
            Err(error) if error.code == "LoadBalancerNotFound" => continue,
            reply => reply?,
        };
        items.extend(listeners.listeners().iter().filter_map(|listener| listener_item(&balancer, arn, listener)));
    }
    Ok(items)
}

async fn hosted_zones(session: &Session<'_>) -> Result<Vec<InventoryItem>, CloudError> {
    let mut items = vec![];
    let mut next = None;
    loop {
        let call = session.route53.list_hosted_zones().set_marker(next);
        let reply = session.send("route53", "ListHostedZones", call.send()).await?;
        items.extend(reply.hosted_zones().iter().map(|zone| {
            let kind = if zone.config().is_some_and(|config| config.private_zone()) { ", private" } else { "" };
            // `/hostedzone/Z0123456789ABC`; calls that want an id take it without the path.
            let id = zone.id().rsplit('/').next().unwrap_or_default();
            InventoryItem::new(id, format!("{}{kind}", zone.name().trim_end_matches('.')))
        }));
        next = reply.next_marker().filter(|_| reply.is_truncated()).map(str::to_owned);
        if next.is_none() {
            return Ok(items);
        }
    }
}

/// Roles that only AWS's own services can take on are nobody's to pick.
const OF_SERVICES: &str = "/aws-service-role/";

async fn roles(session: &Session<'_>) -> Result<Vec<InventoryItem>, CloudError> {
    let mut items = vec![];
    let mut next = None;
    loop {
        let call = session.iam.list_roles().set_marker(next).max_items(100);
        let reply = session.send("iam", "ListRoles", call.send()).await?;
        let roles = reply.roles().iter().filter(|role| !role.path().starts_with(OF_SERVICES));
        items.extend(roles.map(|role| InventoryItem::new(role.arn(), role.role_name())));
        next = reply.marker().filter(|_| reply.is_truncated()).map(str::to_owned);
        if next.is_none() || items.len() >= MOST_LISTED {
            items.truncate(MOST_LISTED);
            return Ok(items);
        }
    }
}

async fn role(session: &Session<'_>, arn: &str) -> Result<Vec<InventoryItem>, CloudError> {
    let Some((_, name)) = arn.rsplit_once('/') else { return Ok(vec![]) };
    match session.send("iam", "GetRole", session.iam.get_role().role_name(name).send()).await {
        Err(error) if error.code == "NoSuchEntity" => Ok(vec![]),
        reply => {
            let role = reply?.role.filter(|role| !role.path().starts_with(OF_SERVICES));
            Ok(role.map(|role| InventoryItem::new(role.arn(), role.role_name())).into_iter().collect())
        }
    }
}

async fn parameters(session: &Session<'_>, name: Option<&str>) -> Result<Vec<InventoryItem>, CloudError> {
    let named = name.map(|name| {
        let filter = ParameterStringFilter::builder().key("Name").option("Equals").values(name).build();
        filter.map_err(|error| refusal(Class::Refused, "inventory", "bad-name", error.to_string(), REPORT))
    });
    let named = named.transpose()?.map(|filter| vec![filter]);
    let mut items = vec![];
    let mut next = None;
    loop {
        let call =
            session.ssm.describe_parameters().set_parameter_filters(named.clone()).set_next_token(next).max_results(50);
        let reply = session.send("ssm", "DescribeParameters", call.send()).await?;
        items.extend(reply.parameters().iter().filter_map(|one| Some(InventoryItem::new(one.name()?, one.name()?))));
        next = reply.next_token().map(str::to_owned);
        if next.is_none() || items.len() >= MOST_LISTED {
            return Ok(items);
        }
    }
}

fn listener_item(balancer: &LoadBalancer, arn: &str, listener: &Listener) -> Option<InventoryItem> {
    let protocol = listener.protocol()?.as_str();
    let name = balancer.load_balancer_name().unwrap_or(arn);
    let label = format!("{name}, {protocol} {}", listener.port().unwrap_or_default());
    let state = balancer.state().and_then(|state| state.code()).map_or("", |code| code.as_str());
    Some(
        InventoryItem::new(listener.listener_arn()?, label)
            .with("arn", arn)
            .with("dns_name", balancer.dns_name().unwrap_or_default())
            .with("security_group", balancer.security_groups().first().map_or("", String::as_str))
            .with("https", (protocol == "HTTPS").to_string())
            .with("state", state),
    )
}

async fn policy(session: &Session<'_>, arn: &str) -> Result<Vec<InventoryItem>, CloudError> {
    match session.send("iam", "GetPolicy", session.iam.get_policy().policy_arn(arn).send()).await {
        Err(error) if error.code == "NoSuchEntity" => Ok(vec![]),
        reply => {
            let name = reply?.policy().and_then(|policy| policy.policy_name()).unwrap_or(arn).to_owned();
            Ok(vec![InventoryItem::new(arn, name)])
        }
    }
}

/// One item per host and path: the value is the rule's priority, the label `shop.example.com/api/*`, with `*` for any
/// host and `/*` for any path.
async fn listener_rules(session: &Session<'_>, listener: &str) -> Result<Vec<InventoryItem>, CloudError> {
    let mut items = vec![];
    for rule in rules_of(session, listener).await? {
        let Some(priority) = rule.priority().filter(|_| rule.is_default() != Some(true)) else { continue };
        let (mut hosts, mut paths) = hosts_and_paths(&rule);
        if hosts.is_empty() {
            hosts.push("*".to_owned());
        }
        if paths.is_empty() {
            paths.push("/*".to_owned());
        }
        for host in &hosts {
            items.extend(paths.iter().map(|path| InventoryItem::new(priority, format!("{host}{path}"))));
        }
    }
    Ok(items)
}
