//! What the launch role may do: written from what each kind says beside its verbs ([`Verbs::GRANTS`]), as narrow as AWS
//! lets it be. Making things needs our tag in the request, changing things needs it on them; roles, parameters and log
//! groups lie below a path.
//!
//! Which action can be narrowed how is in AWS's Service Authorization Reference.

use std::collections::BTreeMap;

use domain::{environment::Environment, kinds::Kind};
use serde_json::{Value as Json, json};

use crate::{inventory, kinds, ownership::INSTALLATION};

/// The path of every role that Gantry makes: a role may be passed on only from there.
pub(crate) fn role_path(installation: &str) -> String {
    format!("/gantry/{installation}/")
}

/// Actions that are allowed under the same circumstances.
pub(crate) struct Grant {
    pub(crate) when: When,
    pub(crate) actions: &'static [&'static str],
    /// What AWS itself needs for the calls of `actions`, whether or not a call of ours has that name.
    pub(crate) implied: &'static [&'static str],
}

/// Under which circumstances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum When {
    /// Always: it reads, or AWS cannot narrow it.
    Always,
    /// The request bears the tag of the installation: it makes something.
    MakesOurs,
    /// The same in a VPC: AWS asks for the VPC, too, which no tag of the request is for.
    MakesOursInVpc,
    /// What it is about bears the tag of the installation.
    IsOurs,
    /// It tags what a call of the same service makes at that moment, with the tag of the installation.
    TagsAtBirth,
    /// The object's name begins with the path of the installation's environment.
    Log,
    /// The same for parameters.
    Parameter,
    /// The role lies below the path of the installation.
    Role,
    /// The same, and where there is a permissions boundary the role must have it.
    BoundedRole,
    /// The same, and only where there is no permissions boundary, which it would take off.
    UnboundedRole,
    /// It hands a role on to tasks.
    Pass,
    /// It makes AWS's own role for a service that Gantry uses.
    ServiceLinked,
    /// It scales ECS.
    ScalesEcs,
    /// It is about the alarms of target tracking.
    Alarm,
}

/// `when: actions`, for the tables of kinds.
pub(crate) const fn grant(when: When, actions: &'static [&'static str]) -> Grant {
    Grant { when, actions, implied: &[] }
}

/// The same with what AWS needs beside it.
pub(crate) const fn grant_with(
    when: When,
    actions: &'static [&'static str],
    implied: &'static [&'static str],
) -> Grant {
    Grant { when, actions, implied }
}

/// Signing in: the account is looked at before anything else. AWS allows this to everyone.
#[cfg(any(test, feature = "testing"))]
pub(crate) const NEEDS_NOTHING: &[(&str, &str)] = &[("sts", "GetCallerIdentity"), ("sts", "AssumeRole")];

fn grants() -> impl Iterator<Item = &'static Grant> {
    Kind::ALL.iter().flat_map(|kind| kinds::grants(*kind)).chain(inventory::GRANTS)
}

/// The policy of the launch role of an installation; narrower for a given environment.
pub fn launch_role(installation: &str, environment: Option<&Environment>) -> Json {
    let place = Place { installation, environment };
    let mut together: BTreeMap<When, Vec<&str>> = BTreeMap::new();
    for grant in grants() {
        together.entry(grant.when).or_default().extend(grant.actions.iter().chain(grant.implied));
    }
    let statements: Vec<Json> = together
        .into_iter()
        .filter(|(when, _)| *when != When::UnboundedRole || place.boundary().is_none())
        .flat_map(|(when, mut actions)| {
            actions.sort_unstable();
            actions.dedup();
            place.statements(when, &actions)
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Who may assume the launch role: the portal's own role, where it knows the external id.
pub fn trust(portal_role: &str, external_id: &str) -> Json {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"AWS": portal_role},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }]})
}

/// Services that Gantry uses, whose own roles AWS makes with the first call to them.
const SERVICE_LINKED: [&str; 3] =
    ["ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"];

/// Calls that make something and tag it at once, by service and condition key.
const AT_BIRTH: [(&str, &str, &[&str]); 3] = [
    ("ec2:CreateTags", "ec2:CreateAction", &["CreateSecurityGroup"]),
    ("ecs:TagResource", "ecs:CreateAction", &["CreateCluster", "CreateService", "RegisterTaskDefinition"]),
    (
        "elasticloadbalancing:AddTags",
        "elasticloadbalancing:CreateAction",
        &["CreateListener", "CreateLoadBalancer", "CreateRule", "CreateTargetGroup"],
    ),
];

struct Place<'a> {
    installation: &'a str,
    environment: Option<&'a Environment>,
}

impl Place<'_> {
    fn boundary(&self) -> Option<&str> {
        self.environment?.permissions_boundary.as_deref()
    }

    fn arn(&self, service: &str, rest: &str) -> String {
        let (account, region) = self.environment.map_or(("*", "*"), |one| (one.account.as_str(), one.region.as_str()));
        let partition = match region {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let region = if service == "iam" { "" } else { region };
        format!("arn:{partition}:{service}:{region}:{account}:{rest}")
    }

    /// `/gantry/staging/*`
    fn below(&self) -> String {
        self.environment.map_or_else(|| "/gantry/*".to_owned(), |one| format!("/gantry/{}/*", one.name))
    }

    fn roles(&self) -> String {
        self.arn("iam", &format!("role{}*", role_path(self.installation)))
    }

    fn statements(&self, when: When, actions: &[&str]) -> Vec<Json> {
        let request_tag = json!({format!("aws:RequestTag/{INSTALLATION}"): self.installation});
        let one = |sid: &str, resource: String, condition: Json| vec![statement(sid, actions, &resource, condition)];
        let everything = || "*".to_owned();
        match when {
            When::Always => one("Look", everything(), Json::Null),
            When::MakesOurs => one("Make", everything(), json!({"StringEquals": request_tag})),
            When::MakesOursInVpc => {
                let vpc = self.environment.map_or("*", |one| one.vpc_id.as_str());
                let made = self.arn("ec2", "security-group/*");
                vec![
                    statement("MakeInVpc", actions, &self.arn("ec2", &format!("vpc/{vpc}")), Json::Null),
                    statement("MakeThere", actions, &made, json!({"StringEquals": request_tag})),
                ]
            }
            When::IsOurs => {
                let tag = json!({format!("aws:ResourceTag/{INSTALLATION}"): self.installation});
                one("ChangeWhatIsOurs", everything(), json!({"StringEquals": tag}))
            }
            When::TagsAtBirth => AT_BIRTH
                .iter()
                .filter(|(action, ..)| actions.contains(action))
                .enumerate()
                .map(|(index, (action, key, calls))| {
                    let mut equals = request_tag.clone();
                    equals[*key] = json!(calls);
                    statement(&format!("TagAtBirth{index}"), &[*action], "*", json!({"StringEquals": equals}))
                })
                .collect(),
            When::Log => one("Logs", self.arn("logs", &format!("log-group:{}", self.below())), Json::Null),
            When::Parameter => one("Parameters", self.arn("ssm", &format!("parameter{}", self.below())), Json::Null),
            When::Role => one("Roles", self.roles(), Json::Null),
            When::BoundedRole => {
                let bounded = self.boundary().map(|arn| json!({"StringEquals": {"iam:PermissionsBoundary": arn}}));
                one("RolesWithinTheBoundary", self.roles(), bounded.unwrap_or_default())
            }
            When::UnboundedRole => one("RolesWithoutBoundary", self.roles(), Json::Null),
            When::Pass => {
                let to = json!({"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}});
                one("HandRolesToTasks", self.roles(), to)
            }
            When::ServiceLinked => {
                let resource = self.arn("iam", "role/aws-service-role/*");
                one("RolesOfAws", resource, json!({"StringEquals": {"iam:AWSServiceName": SERVICE_LINKED}}))
            }
            When::ScalesEcs => {
                let ecs = json!({"StringEquals": {"application-autoscaling:service-namespace": "ecs"}});
                one("Scale", everything(), ecs)
            }
            When::Alarm => one("AlarmsOfScaling", self.arn("cloudwatch", "alarm:TargetTracking-service/*"), Json::Null),
        }
    }
}

fn statement(sid: &str, actions: &[&str], resource: &str, condition: Json) -> Json {
    let mut statement = json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource});
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    statement
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::authorise::{BOUNDARY, Call, refusal};

    /// How long a managed policy may be, without white space.
    const LONGEST: usize = 6144;

    /// `service:Operation` of every `send(…)` in a folder.
    fn calls(folder: &Path) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(calls(&path));
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for call in text.split(".send(").skip(1) {
                let mut words = call.splitn(3, ',').map(str::trim);
                let (Some(service), Some(operation)) = (words.next(), words.next()) else { continue };
                let Some(operation) = operation.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
                    continue;
                };
                // A `send` of the SDK itself has no arguments; what follows it is no service.
                if !service.trim_matches('"').chars().all(|c| c.is_ascii_alphanumeric()) {
                    continue;
                }
                let service = match service {
                    "ELB" => "elasticloadbalancing",
                    "SCALING" => "application-autoscaling",
                    other => other.trim_matches('"'),
                };
                found.insert(format!("{service}:{operation}"));
            }
        }
        found
    }

    #[test]
    fn every_call_is_allowed_and_nothing_else_is() {
        let made = calls(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
        assert!(made.len() > 60, "the scan found only {made:?}");
        let free: BTreeSet<_> =
            NEEDS_NOTHING.iter().map(|(service, operation)| format!("{service}:{operation}")).collect();
        let allowed: BTreeSet<_> =
            grants().flat_map(|grant| grant.actions).map(|action| (*action).to_owned()).collect();
        let missing: Vec<_> = made.difference(&allowed).filter(|call| !free.contains(*call)).collect();
        assert!(missing.is_empty(), "name these beside the verbs that make them: {missing:?}");
        let unused: Vec<_> = allowed.difference(&made).collect();
        assert!(unused.is_empty(), "nothing makes these calls: {unused:?}");
    }

    /// The policy of no environment, of one, and of one with a permissions boundary.
    fn policies() -> [Json; 3] {
        let bounded = domain::template::check::sample_environment();
        assert_eq!(bounded.permissions_boundary.as_deref(), Some(BOUNDARY));
        let free = Environment { permissions_boundary: None, ..bounded.clone() };
        [None, Some(&free), Some(&bounded)].map(|environment| launch_role("gantry", environment))
    }

    /// The calls that a grant is for, with these tags in the request and on what is there.
    fn calls_of<'a>(grant: &Grant, tag: Option<&'a str>, owner: Option<&'a str>) -> Vec<Call<'a>> {
        let actions = grant.actions.iter().chain(grant.implied).filter_map(|action| action.split_once(':'));
        actions.map(|(service, operation)| Call { service, operation, tag, owner }).collect()
    }

    #[test]
    fn every_call_is_allowed_on_every_resource_that_it_is_about() {
        for policy in policies() {
            let is_bounded = policy.to_string().contains(BOUNDARY);
            for grant in grants().filter(|one| !is_bounded || one.when != When::UnboundedRole) {
                for call in calls_of(grant, Some("gantry"), Some("gantry")) {
                    assert_eq!(refusal(&policy, call), None, "{call:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_made_without_the_tag_and_nothing_of_others_is_changed() {
        for policy in policies() {
            for grant in grants() {
                let refused = match grant.when {
                    When::MakesOurs | When::MakesOursInVpc => {
                        [calls_of(grant, None, None), calls_of(grant, Some("other"), None)].concat()
                    }
                    When::IsOurs => [calls_of(grant, None, None), calls_of(grant, None, Some("other"))].concat(),
                    // What is there already is not made ours by a tag.
                    When::TagsAtBirth => calls_of(grant, Some("gantry"), None),
                    _ => vec![],
                };
                for call in refused {
                    assert!(refusal(&policy, call).is_some(), "{call:?}");
                }
            }
        }
    }

    #[test]
    fn it_fits_into_one_managed_policy_and_has_no_wildcard_in_an_action() {
        let policy = launch_role("gantry", Some(&domain::template::check::sample_environment())).to_string();
        assert!(policy.len() < LONGEST, "{} characters", policy.len());
        assert!(grants().flat_map(|grant| grant.actions.iter().chain(grant.implied)).all(|one| !one.contains('*')));
    }

    #[test]
    fn a_boundary_cannot_be_left_or_taken_off() {
        let arn = "arn:aws:iam::123456789012:policy/boundary";
        let environment =
            Environment { permissions_boundary: Some(arn.to_owned()), ..domain::template::check::sample_environment() };
        let policy = launch_role("gantry", Some(&environment));
        let statements = policy["Statement"].as_array().unwrap();
        let allows = |action: &str| {
            let named = format!("\"{action}\"");
            statements.iter().filter(move |one| one["Action"].to_string().contains(&named))
        };
        assert_eq!(allows("iam:DeleteRolePermissionsBoundary").count(), 0);
        for action in ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"]
        {
            let conditions: Vec<_> =
                allows(action).map(|one| &one["Condition"]["StringEquals"]["iam:PermissionsBoundary"]).collect();
            assert_eq!(conditions, [arn], "{action}");
        }
    }

    #[test]
    fn what_is_tagged_at_birth_names_the_call_that_makes_it() {
        let policy = launch_role("two", None);
        let births: Vec<_> = policy["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["Sid"].as_str().unwrap().starts_with("TagAtBirth"))
            .collect();
        assert_eq!(
            births.len(),
            AT_BIRTH.len(),
            "every tagging of something new is narrowed to the call that makes it"
        );
        for birth in births {
            assert_eq!(birth["Condition"]["StringEquals"]["aws:RequestTag/gantry:installation"], "two");
        }
    }
}
