//! Whether an environment works: signs in to AWS, reads what it is made of, and says what is missing.

use std::collections::BTreeSet;

use domain::{environment::Environment, ids::EnvironmentId, people::Actor};
use provisioner::cloud::{Cloud, CloudError, Inventory, InventoryItem};

use super::managed;
use crate::{Portal, Result};

/// What came of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// Not there, or not as it should be.
    Missing,
    /// AWS could not be asked.
    Unknown,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: `Sign-in`, `Private subnets`.
    pub title: &'static str,
    /// What came of it.
    pub outcome: Outcome,
    /// What was found.
    pub found: String,
    /// What to do about it; empty where all is well.
    pub remedy: String,
}

impl Portal {
    /// Checks an environment as it is saved. Reads only; the sign-in is made anew.
    pub async fn check_environment(&self, actor: &Actor, id: &EnvironmentId) -> Result<Vec<Finding>> {
        let environment = managed(&mut *self.storage.begin_read().await?, actor, id).await?;
        let cloud = match self.clouds.try_out(&environment).await {
            Ok(cloud) => cloud,
            Err(error) if error.code == "wrong-account" => {
                return Ok(vec![missing("Sign-in", error.message, error.advice)]);
            }
            Err(error) => return Ok(vec![unknown("Sign-in", error)]),
        };
        let as_whom = match &environment.launch_role {
            Some(role) => format!("Signed in to account {} as {}.", environment.account, role.arn),
            None => format!("Signed in to account {} with Gantry's own credentials.", environment.account),
        };
        let mut findings = vec![passed("Sign-in", as_whom)];
        findings.extend(network(&*cloud, &environment).await);
        if let Some(arn) = &environment.certificate_arn {
            findings.push(certificate(&*cloud, arn).await);
        }
        findings.extend(shared(&*cloud, &environment).await);
        if let Some(arn) = &environment.permissions_boundary {
            findings.push(boundary(&*cloud, arn).await);
        }
        Ok(findings)
    }
}

fn passed(title: &'static str, found: impl Into<String>) -> Finding {
    Finding { title, outcome: Outcome::Passed, found: found.into(), remedy: String::new() }
}

fn missing(title: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { title, outcome: Outcome::Missing, found: found.into(), remedy: remedy.into() }
}

fn unknown(title: &'static str, error: CloudError) -> Finding {
    let remedy = error.advice.clone();
    let found = format!("{}:{} answered {}.", error.service, error.operation, error.code);
    Finding { title, outcome: Outcome::Unknown, found, remedy }
}

async fn network(cloud: &dyn Cloud, environment: &Environment) -> Vec<Finding> {
    let vpc = &environment.vpc_id;
    match cloud.inventory(Inventory::Vpcs, None).await {
        Err(error) => return vec![unknown("VPC", error)],
        Ok(vpcs) if !vpcs.iter().any(|one| one.value == *vpc) => {
            let found = format!("{vpc} is not in {} of this account.", environment.region);
            return vec![missing("VPC", found, "Pick another VPC, or correct account and region.")];
        }
        Ok(_) => {}
    }
    let found = passed("VPC", format!("{vpc} is there."));
    let there = match cloud.inventory(Inventory::Subnets, Some(vpc)).await {
        Ok(there) => there,
        Err(error) => return vec![found, unknown("Subnets", error)],
    };
    let mut findings = vec![found];
    if !environment.public_subnets.is_empty() {
        findings.push(subnets("Public subnets", &environment.public_subnets, &there, vpc, Some("public")));
    }
    // Without NAT or a public address a task in a private subnet reaches no registry; that cannot be read here.
    let reach = environment.assign_public_ip.then_some("public");
    findings.push(subnets("Task subnets", &environment.private_subnets, &there, vpc, reach));
    findings
}

fn subnets(title: &'static str, wanted: &[String], there: &[InventoryItem], vpc: &str, reach: Option<&str>) -> Finding {
    let find = |id: &String| there.iter().find(|item| item.value == *id);
    let gone: Vec<&str> = wanted.iter().filter(|id| find(id).is_none()).map(String::as_str).collect();
    if !gone.is_empty() {
        return missing(title, format!("Not in {vpc}: {}.", gone.join(", ")), "Pick subnets of this VPC.");
    }
    let found: Vec<&InventoryItem> = wanted.iter().filter_map(find).collect();
    let zones: BTreeSet<&str> = found.iter().map(|item| item.fact("zone")).collect();
    if zones.len() < 2 {
        let zone = zones.into_iter().next().unwrap_or("no zone");
        return missing(title, format!("All of them are in {zone}."), "Pick subnets in two zones at least.");
    }
    let shut: Vec<&str> = match reach {
        Some(reach) => found.iter().filter(|one| one.fact("reach") != reach).map(|one| one.value.as_str()).collect(),
        None => vec![],
    };
    if !shut.is_empty() {
        let found = format!("No route to an internet gateway: {}.", shut.join(", "));
        return missing(title, found, "Pick others, or give their route table a route to the internet gateway.");
    }
    let zones: Vec<&str> = zones.into_iter().collect();
    passed(title, format!("{} in {}.", found.len(), zones.join(" and ")))
}

async fn certificate(cloud: &dyn Cloud, arn: &str) -> Finding {
    const TITLE: &str = "Certificate";
    match cloud.inventory(Inventory::Certificates, None).await {
        Err(error) => unknown(TITLE, error),
        Ok(issued) => match issued.iter().find(|one| one.value == arn) {
            Some(one) => passed(TITLE, format!("Issued for {}.", one.label)),
            None => missing(
                TITLE,
                "It is not among the issued certificates of this region.",
                "Finish its validation in ACM, or pick one that is issued.",
            ),
        },
    }
}

async fn shared(cloud: &dyn Cloud, environment: &Environment) -> Option<Finding> {
    const TITLE: &str = "Shared load balancer";
    let shared = environment.shared_load_balancer.as_ref()?;
    let listeners = match cloud.inventory(Inventory::SharedListeners, Some(&environment.vpc_id)).await {
        Ok(listeners) => listeners,
        Err(error) => return Some(unknown(TITLE, error)),
    };
    let Some(item) = listeners.iter().find(|item| item.value == shared.listener_arn) else {
        let found = format!("{} has no load balancer with this listener.", environment.vpc_id);
        return Some(missing(TITLE, found, "Pick a listener that is there."));
    };
    if item.fact("state") != "active" {
        let found = format!("It is {}.", item.fact("state"));
        return Some(missing(TITLE, found, "Wait until it is active, or look at it in AWS."));
    }
    let facts = [
        ("DNS name", item.fact("dns_name"), shared.dns_name.as_str()),
        ("security group", item.fact("security_group"), shared.security_group.as_str()),
        ("HTTPS", item.fact("https"), if shared.https { "true" } else { "false" }),
    ];
    let wrong: Vec<String> = facts
        .into_iter()
        .filter(|(_, there, kept)| there != kept)
        .map(|(what, there, kept)| format!("{what} is {there}, not {kept}"))
        .collect();
    if !wrong.is_empty() {
        let found = format!("It is not as it was saved: {}.", wrong.join("; "));
        return Some(missing(TITLE, found, "Pick the listener again and save."));
    }
    Some(passed(TITLE, format!("{} is active.", item.label)))
}

async fn boundary(cloud: &dyn Cloud, arn: &str) -> Finding {
    const TITLE: &str = "Permissions boundary";
    match cloud.inventory(Inventory::Policy, Some(arn)).await {
        Err(error) => unknown(TITLE, error),
        Ok(found) if found.is_empty() => {
            missing(TITLE, format!("There is no policy {arn}."), "Create it, or name another.")
        }
        Ok(_) => passed(TITLE, "The policy is there."),
    }
}

impl Finding {
    /// Whether nothing is to be done.
    pub fn is_fine(&self) -> bool {
        self.outcome == Outcome::Passed
    }
}

#[cfg(test)]
mod tests {
    use provisioner::{
        cloud::Class,
        fake::{network, refusal},
    };

    use super::*;
    use crate::testing::{House, house};

    async fn check(house: &House) -> Vec<(&'static str, Outcome)> {
        let findings = house.portal.check_environment(&house.platform, &house.environment).await.unwrap();
        assert!(findings.iter().all(|one| one.is_fine() == one.remedy.is_empty()), "{findings:?}");
        findings.into_iter().map(|one| (one.title, one.outcome)).collect()
    }

    #[tokio::test]
    async fn an_environment_that_works_passes_everything() {
        let house = house().await;
        house.change_environment(|one| one.permissions_boundary = Some(network::BOUNDARY.to_owned())).await;
        let titles = [
            "Sign-in",
            "VPC",
            "Public subnets",
            "Task subnets",
            "Certificate",
            "Shared load balancer",
            "Permissions boundary",
        ];
        assert_eq!(check(&house).await, titles.map(|title| (title, Outcome::Passed)));
    }

    #[tokio::test]
    async fn what_is_missing_is_named_with_its_remedy() {
        let house = house().await;
        house
            .change_environment(|one| {
                one.public_subnets = vec!["subnet-1".to_owned(), "subnet-3".to_owned()];
                one.private_subnets = vec!["subnet-3".to_owned(), "subnet-9".to_owned()];
                one.certificate_arn = Some("arn:aws:acm:eu-central-1:123456789012:certificate/9".to_owned());
                one.shared_load_balancer.as_mut().unwrap().security_group = "sg-9".to_owned();
                one.permissions_boundary = Some("arn:aws:iam::123456789012:policy/none".to_owned());
            })
            .await;
        use Outcome::{Missing, Passed};
        let expected = [
            ("Sign-in", Passed),
            ("VPC", Passed),
            ("Public subnets", Missing),
            ("Task subnets", Missing),
            ("Certificate", Missing),
            ("Shared load balancer", Missing),
            ("Permissions boundary", Missing),
        ];
        assert_eq!(check(&house).await, expected);
    }

    #[tokio::test]
    async fn where_nobody_can_sign_in_nothing_else_is_asked() {
        let house = house().await;
        house.cloud.close(Some(refusal(Class::Unavailable, "unreachable")));
        assert_eq!(check(&house).await, [("Sign-in", Outcome::Unknown)]);
        for actor in [&house.dev, &house.owner, &house.auditor] {
            let error = house.portal.check_environment(actor, &house.environment).await.unwrap_err();
            assert_eq!(error.code(), "denied", "{}", actor.user.name);
        }
    }
}
