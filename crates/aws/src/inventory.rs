//! What can be picked from an account.

use aws_sdk_acm::types::CertificateStatus;
use provisioner::cloud::{Class, CloudError, Inventory, InventoryItem};

use crate::{
    error::refusal,
    kinds::{hosts_and_paths, rules_of},
    policy::{Grant, When, grant},
    session::Session,
};

/// What the launch role must be allowed for it.
pub(crate) const GRANTS: &[Grant] = &[grant(
    When::Always,
    &["acm:ListCertificates", "ecs:DescribeClusters", "ecs:ListClusters", "elasticloadbalancing:DescribeRules"],
)];

/// Lists it, sorted by label.
pub(crate) async fn list(
    session: &Session<'_>,
    what: Inventory,
    parent: Option<&str>,
) -> Result<Vec<InventoryItem>, CloudError> {
    let mut items = match (what, parent) {
        (Inventory::Clusters, _) => clusters(session).await?,
        (Inventory::Certificates, _) => certificates(session).await?,
        (Inventory::ListenerRules, Some(listener)) => listener_rules(session, listener).await?,
        (Inventory::ListenerRules, None) => {
            return Err(refusal(
                Class::Refused,
                "inventory",
                "no-parent",
                "Listener rules are listed for one listener.".to_owned(),
                "This is a fault of Gantry: please report it.",
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
            items.extend(described.clusters().iter().filter(|one| one.status() == Some("ACTIVE")).filter_map(|one| {
                Some(InventoryItem { value: one.cluster_arn()?.to_owned(), label: one.cluster_name()?.to_owned() })
            }));
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
        items.extend(reply.certificate_summary_list().iter().filter_map(|one| {
            Some(InventoryItem { value: one.certificate_arn()?.to_owned(), label: one.domain_name()?.to_owned() })
        }));
        next = reply.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(items);
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
            items.extend(
                paths.iter().map(|path| InventoryItem { value: priority.to_owned(), label: format!("{host}{path}") }),
            );
        }
    }
    Ok(items)
}
