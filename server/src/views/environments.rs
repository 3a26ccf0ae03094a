//! Environments: what a browser posts as a draft, and the pages.

use std::collections::BTreeSet;

use app::{
    FieldError, Status,
    pages::{
        environment::{EnvironmentPage, FindingRow, Gauge, Setting},
        environment_form::EnvironmentFormPage,
        environments::EnvironmentRow,
        request_form::{ChoiceOption, Control, Field, FormSection, PairRow},
    },
    routes,
};
use domain::{
    DateTime, Utc,
    cost::dollars,
    environment::{Approvers, Environment, vcpus},
};
use provisioner::cloud::InventoryItem;
use service::environments::{
    Account, EnvironmentCard, EnvironmentDetail, EnvironmentDraft, Finding, Outcome, SharedDraft,
};

use super::{
    form::posted::{Posted, first},
    request::activity,
    settings::{choice, code, field, line, option, optional, section},
};

/// A posted form as a draft. Ids of subnets come one by one from boxes, or all together from a text field.
pub fn draft(posted: &Posted) -> EnvironmentDraft {
    let text = |name: &str| first(posted, name).unwrap_or_default().to_owned();
    let ids = |name: &str| {
        let words = all(posted, name).flat_map(|value| value.split(|c: char| c.is_whitespace() || c == ','));
        words.filter(|id| !id.is_empty()).map(str::to_owned).collect()
    };
    let named = all(posted, "tags.name").zip(all(posted, "tags.value"));
    let tags = named.filter(|(name, value)| !name.is_empty() || !value.is_empty());
    EnvironmentDraft {
        name: text("name"),
        summary: text("summary"),
        account: text("account"),
        region: text("region"),
        launch_role: text("launch_role"),
        external_id: text("external_id"),
        vpc_id: text("vpc_id"),
        public_subnets: ids("public_subnets"),
        private_subnets: ids("private_subnets"),
        assign_public_ip: first(posted, "assign_public_ip").is_some(),
        certificate_arn: text("certificate_arn"),
        shared: SharedDraft {
            listener_arn: text("shared_listener"),
            dns_name: text("shared_dns_name"),
            security_group: text("shared_security_group"),
            https: first(posted, "shared_https").is_some(),
        },
        permissions_boundary: text("permissions_boundary"),
        tags: tags.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        approvals_needed: first(posted, APPROVALS_NEEDED).unwrap_or("1").to_owned(),
        approvers: first(posted, "approvers").unwrap_or(Approvers::default().as_str()).to_owned(),
        allowed_templates: all(posted, "allowed_templates").map(str::to_owned).collect(),
        max_stacks: text("max_stacks"),
        max_vcpus: text("max_vcpus"),
        max_monthly_dollars: text("max_monthly_dollars"),
        closed: first(posted, "closed").is_some(),
        wait_for_load_balancers: first(posted, "wait_for_load_balancers").is_some(),
    }
}

fn all<'a>(posted: &'a Posted, name: &'a str) -> impl Iterator<Item = &'a str> {
    posted.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A field that is on the form once the account was looked into, whatever was found there.
const APPROVALS_NEEDED: &str = "approvals_needed";

/// Whether more than the way into the account was posted.
pub fn is_whole(posted: &Posted) -> bool {
    first(posted, APPROVALS_NEEDED).is_some()
}

/// Picks what is plain once a VPC is seen for the first time: its subnets by where their routes lead.
pub fn prefill(draft: &mut EnvironmentDraft, account: &Account) {
    let is_there = |id: &String| account.subnets.iter().any(|one| one.value == *id);
    if account.unavailable.is_some() || draft.public_subnets.iter().chain(&draft.private_subnets).any(is_there) {
        return;
    }
    let reaching = |reach: &str| {
        account.subnets.iter().filter(|one| one.fact("reach") == reach).map(|one| one.value.clone()).collect::<Vec<_>>()
    };
    draft.vpc_id.clone_from(&account.vpc);
    draft.public_subnets = reaching("public");
    draft.private_subnets = reaching("private");
    draft.assign_public_ip = draft.private_subnets.is_empty();
    if draft.private_subnets.is_empty() {
        draft.private_subnets.clone_from(&draft.public_subnets);
    }
}

/// Which form: a new environment, or this one at this version.
pub enum FormOf<'a> {
    /// A new one.
    New,
    /// To change this one.
    Change(&'a Environment),
}

/// The form. Without an account only the way into it is asked.
pub fn form_page(
    of: &FormOf,
    version: &str,
    draft: &EnvironmentDraft,
    account: Option<&Account>,
    templates: &[(String, String)],
    errors: Vec<FieldError>,
) -> EnvironmentFormPage {
    let mut sections = vec![what(draft), door(draft)];
    if let Some(account) = account {
        sections.extend([
            network(draft, account),
            traffic(draft, account),
            guards(draft),
            rules(draft, templates),
            caps(draft),
        ]);
    }
    let (heading, post_to) = match of {
        FormOf::New => ("Add an environment".to_owned(), routes::ENVIRONMENTS_NEW.to_owned()),
        FormOf::Change(one) => (format!("Change {}", one.name), routes::environment_change(one.id.as_str())),
    };
    EnvironmentFormPage {
        heading,
        of: match of {
            FormOf::New => None,
            FormOf::Change(one) => Some((one.name.clone(), one.id.to_string())),
        },
        post_to,
        version: version.to_owned(),
        looked: account.is_some(),
        unavailable: account.and_then(|account| account.unavailable.clone()),
        sections,
        errors,
    }
}

fn what(draft: &EnvironmentDraft) -> FormSection {
    section(
        "what",
        "Environment",
        "The name is part of every name in AWS, so it stays once stacks live here.",
        vec![
            field(
                "name",
                "Name",
                "1 to 16 characters: lower-case letters, digits and -, beginning with a letter.",
                code(&draft.name, "production"),
            ),
            optional("summary", "In one line", "Whoever asks for a stack reads this.", line(&draft.summary, "", 200)),
        ],
    )
}

fn door(draft: &EnvironmentDraft) -> FormSection {
    section(
        "account",
        "Account",
        "Gantry takes this role to read and to provision; nobody's own credentials are used.",
        vec![
            field("account", "AWS account", "Twelve digits.", code(&draft.account, "123456789012")),
            field("region", "Region", "", code(&draft.region, "eu-central-1")),
            optional(
                "launch_role",
                "Launch role",
                "Its ARN. Empty where Gantry's own credentials are this account's.",
                code(&draft.launch_role, "arn:aws:iam::123456789012:role/gantry-launch"),
            ),
            optional(
                "external_id",
                "External id",
                "What the role's trust policy asks for, so that nobody else can have Gantry take it.",
                code(&draft.external_id, ""),
            ),
        ],
    )
}

fn network(draft: &EnvironmentDraft, account: &Account) -> FormSection {
    let help = "Load balancers stand in public subnets, tasks in the others; both in two zones at least.";
    let (vpc, public, private) = if account.unavailable.is_some() {
        let lines =
            |ids: &[String]| Control::Lines { value: ids.join("\n"), placeholder: "subnet-0a1b2c3d".to_owned() };
        (code(&draft.vpc_id, "vpc-0a1b2c3d"), lines(&draft.public_subnets), lines(&draft.private_subnets))
    } else {
        let picked = if draft.vpc_id.is_empty() { &account.vpc } else { &draft.vpc_id };
        let several = |ids: &[String]| Control::Several {
            values: ids.to_vec(),
            options: picks(&account.subnets, ids.iter(), |item| match item.fact("reach") {
                "public" => "A route leads to the internet gateway.",
                _ => "No route to an internet gateway.",
            }),
        };
        (
            choice(picked, picks(&account.vpcs, [picked].into_iter(), |_| "")),
            several(&draft.public_subnets),
            several(&draft.private_subnets),
        )
    };
    section(
        "network",
        "Network",
        help,
        vec![
            field("vpc_id", "VPC", "For the subnets of another VPC, pick it and look into the account again.", vpc),
            optional("public_subnets", "Public subnets", "For load balancers that the internet reaches.", public),
            field("private_subnets", "Task subnets", "For containers.", private),
            field(
                "assign_public_ip",
                "Tasks get public addresses",
                "Needed where task subnets have neither NAT nor VPC endpoints to reach registries.",
                Control::Toggle { checked: draft.assign_public_ip },
            ),
        ],
    )
}

/// What is there, and what was picked but is there no more.
fn picks<'a>(
    items: &[InventoryItem],
    picked: impl Iterator<Item = &'a String>,
    help: impl Fn(&InventoryItem) -> &'static str,
) -> Vec<ChoiceOption> {
    let mut options: Vec<ChoiceOption> = items
        .iter()
        .map(|item| option(&item.value, &format!("{} ({})", item.label, short(&item.value)), help(item)))
        .collect();
    for id in picked.filter(|id| !id.is_empty() && !items.iter().any(|item| item.value == **id)) {
        options.push(option(id, &format!("{id} (not found in the account)"), ""));
    }
    options
}

/// The end of an ARN; ids as they are.
fn short(value: &str) -> &str {
    match value.starts_with("arn:") {
        true => value.rsplit(['/', ':']).next().unwrap_or(value),
        false => value,
    }
}

fn traffic(draft: &EnvironmentDraft, account: &Account) -> FormSection {
    let mut fields: Vec<Field> = vec![];
    let (certificate, listener) = ("Certificate", "Shared load balancer");
    let about = "For HTTPS. Without one, services speak HTTP only.";
    let shared = "Services that share one attach their rules to this listener; without one each has its own.";
    if account.unavailable.is_some() {
        fields.extend([
            optional("certificate_arn", certificate, about, code(&draft.certificate_arn, "arn:aws:acm:…")),
            optional(
                "shared_listener",
                listener,
                &format!("The ARN of the listener. {shared}"),
                code(&draft.shared.listener_arn, "arn:aws:elasticloadbalancing:…:listener/app/…"),
            ),
            optional("shared_dns_name", "Its DNS name", "", code(&draft.shared.dns_name, "")),
            optional(
                "shared_security_group",
                "Its security group",
                "",
                code(&draft.shared.security_group, "sg-0a1b2c3d"),
            ),
            optional("shared_https", "The listener speaks HTTPS", "", Control::Toggle { checked: draft.shared.https }),
        ]);
    } else {
        let with_none = |items: &[InventoryItem], picked: &String| {
            let mut options = vec![option("", "None", "")];
            options.extend(picks(items, [picked].into_iter(), |_| ""));
            choice(picked, options)
        };
        fields.extend([
            optional("certificate_arn", certificate, about, with_none(&account.certificates, &draft.certificate_arn)),
            optional("shared_listener", listener, shared, with_none(&account.listeners, &draft.shared.listener_arn)),
        ]);
    }
    section("traffic", "Traffic", "What the internet and other services see.", fields)
}

fn guards(draft: &EnvironmentDraft) -> FormSection {
    let rows =
        draft.tags.iter().map(|(name, value)| PairRow { name: name.clone(), value: value.clone(), already_set: false });
    section(
        "guards",
        "Guard rails in AWS",
        "They hold whatever a template says.",
        vec![
            optional(
                "permissions_boundary",
                "Permissions boundary",
                "The ARN of a policy that caps what every role made here may do.",
                code(&draft.permissions_boundary, "arn:aws:iam::123456789012:policy/gantry-boundary"),
            ),
            optional(
                "tags",
                "Tags",
                "Everything made here bears them, beside Gantry's own.",
                Control::Pairs {
                    rows: rows.collect(),
                    secret: false,
                    name_label: "Name".to_owned(),
                    value_label: "Value".to_owned(),
                },
            ),
        ],
    )
}

fn rules(draft: &EnvironmentDraft, templates: &[(String, String)]) -> FormSection {
    let options = templates.iter().map(|(name, title)| option(name, title, name)).collect();
    section(
        "rules",
        "Who and what",
        "Whoever asks never approves their own request.",
        vec![
            field(
                APPROVALS_NEEDED,
                "How many must approve",
                "",
                Control::Number {
                    value: draft.approvals_needed.clone(),
                    min: Some(1),
                    max: Some(10),
                    unit: Some("people".to_owned()),
                },
            ),
            field(
                "approvers",
                "Who may approve",
                "",
                choice(
                    &draft.approvers,
                    vec![
                        option(
                            Approvers::Team.as_str(),
                            "Team or platform",
                            "Owners of the team that asks, and the platform team.",
                        ),
                        option(Approvers::Platform.as_str(), "Platform only", "The platform team alone."),
                    ],
                ),
            ),
            optional(
                "allowed_templates",
                "Templates",
                "Which may be asked for here. None ticked means every one.",
                Control::Several { values: draft.allowed_templates.iter().cloned().collect(), options },
            ),
            field(
                "closed",
                "Closed for new stacks",
                "What lives here can still be changed and destroyed.",
                Control::Toggle { checked: draft.closed },
            ),
            field(
                "wait_for_load_balancers",
                "Wait for load balancers",
                "Listeners and services begin when their load balancer is ready, two to three minutes later, as CloudFormation does it. Without this they begin as soon as it exists.",
                Control::Toggle { checked: draft.wait_for_load_balancers },
            ),
        ],
    )
}

fn caps(draft: &EnvironmentDraft) -> FormSection {
    let number = |value: &str, unit: &str| Control::Number {
        value: value.to_owned(),
        min: Some(1),
        max: None,
        unit: Some(unit.to_owned()),
    };
    section(
        "caps",
        "Caps",
        "Held against what is there and what is asked for together. Empty means no cap.",
        vec![
            optional("max_stacks", "Stacks", "", number(&draft.max_stacks, "at once")),
            optional(
                "max_vcpus",
                "vCPU",
                "With every service scaled out as far as it may.",
                number(&draft.max_vcpus, "vCPU"),
            ),
            optional(
                "max_monthly_dollars",
                "Cost",
                "By the estimate.",
                number(&draft.max_monthly_dollars, "US dollars a month"),
            ),
        ],
    )
}

fn of(taken: String, cap: Option<String>) -> String {
    match cap {
        Some(cap) => format!("{taken} of {cap}"),
        None => taken,
    }
}

fn approvals(environment: &Environment) -> String {
    let who = match environment.rules.approvers {
        Approvers::Team => "owners or platform team",
        Approvers::Platform => "platform team",
    };
    format!("{} of: {who}", environment.approvals_needed)
}

/// One row of the list.
pub fn row(card: &EnvironmentCard) -> EnvironmentRow {
    let EnvironmentCard { environment, load } = card;
    EnvironmentRow {
        id: environment.id.to_string(),
        name: environment.name.clone(),
        summary: environment.summary.clone(),
        account: environment.account.clone(),
        region: environment.region.clone(),
        stacks: of(load.stacks.to_string(), environment.rules.max_stacks.map(|most| most.to_string())),
        cost: of(dollars(load.monthly_micros), environment.rules.max_monthly_dollars.map(|most| format!("${most}"))),
        approvals: approvals(environment),
        closed: environment.rules.closed,
    }
}

fn gauge(label: &str, text: String, taken: u64, most: Option<u64>) -> Gauge {
    let percent = most.filter(|most| *most > 0).map(|most| u32::try_from((taken * 100 / most).min(100)).unwrap_or(100));
    Gauge { label: label.to_owned(), text, percent }
}

/// One environment; `findings` of a check that was just made.
pub fn page(detail: &EnvironmentDetail, findings: &[Finding], may_manage: bool, now: DateTime<Utc>) -> EnvironmentPage {
    let EnvironmentCard { environment, load } = &detail.card;
    let rules = &environment.rules;
    let micros = u64::try_from(load.monthly_micros).unwrap_or(0);
    let cap = |most: Option<u32>| most.map(u64::from);
    let mut gauges = vec![gauge(
        "Stacks",
        of(load.stacks.to_string(), rules.max_stacks.map(|most| most.to_string())),
        u64::from(load.stacks),
        cap(rules.max_stacks),
    )];
    if let Some(most) = rules.max_vcpus {
        let text = of(vcpus(load.cpu_units), Some(most.to_string()));
        gauges.push(gauge("vCPU at most", text, load.cpu_units, Some(u64::from(most) * 1024)));
    }
    gauges.push(gauge(
        "A month",
        of(dollars(load.monthly_micros), rules.max_monthly_dollars.map(|most| format!("${most}"))),
        micros,
        cap(rules.max_monthly_dollars).map(|most| most * 1_000_000),
    ));
    EnvironmentPage {
        id: environment.id.to_string(),
        name: environment.name.clone(),
        summary: environment.summary.clone(),
        closed: rules.closed,
        may_manage,
        findings: findings.iter().map(finding).collect(),
        gauges,
        groups: groups(environment, &detail.templates),
        history: detail.history.iter().map(|event| activity(event, now)).collect(),
    }
}

fn finding(one: &Finding) -> FindingRow {
    let (status, word) = match one.outcome {
        Outcome::Passed => (Status::Succeeded, "Passed"),
        Outcome::Missing => (Status::Failed, "Missing"),
        Outcome::Unknown => (Status::NeedsAttention, "Could not be asked"),
    };
    FindingRow {
        title: one.title.to_owned(),
        status,
        word: word.to_owned(),
        found: one.found.clone(),
        remedy: one.remedy.clone(),
    }
}

fn groups(environment: &Environment, templates: &[(String, String)]) -> Vec<(String, Vec<Setting>)> {
    let some = |label: &str, values: Vec<String>, code: bool| {
        let none = values.is_empty();
        let values = if none { vec!["none".to_owned()] } else { values };
        Setting { label: label.to_owned(), values, code: code && !none }
    };
    let one = |label: &str, value: &str| some(label, vec![value.to_owned()], true);
    let maybe = |label: &str, value: Option<&String>| some(label, value.cloned().into_iter().collect(), true);
    let yes = |label: &str, yes: bool| some(label, vec![if yes { "yes" } else { "no" }.to_owned()], false);
    let role = environment.launch_role.as_ref();
    let allowed: BTreeSet<&str> = environment.rules.allowed_templates.iter().map(String::as_str).collect();
    let allowed: Vec<String> = match allowed.is_empty() {
        true => vec!["every one".to_owned()],
        false => templates
            .iter()
            .filter(|(name, _)| allowed.contains(name.as_str()))
            .map(|(_, title)| title.clone())
            .collect(),
    };
    let shared = environment.shared_load_balancer.as_ref();
    vec![
        (
            "Account".to_owned(),
            vec![
                one("AWS account", &environment.account),
                one("Region", &environment.region),
                match role {
                    Some(role) => one("Launch role", &role.arn),
                    None => some("Launch role", vec!["Gantry's own credentials".to_owned()], false),
                },
                // Its value is of use only beside the role's trust policy: whoever changes the two finds it on the form.
                yes("External id", role.is_some_and(|role| role.external_id.is_some())),
            ],
        ),
        (
            "Network and traffic".to_owned(),
            vec![
                one("VPC", &environment.vpc_id),
                some("Public subnets", environment.public_subnets.clone(), true),
                some("Task subnets", environment.private_subnets.clone(), true),
                yes("Tasks get public addresses", environment.assign_public_ip),
                maybe("Certificate", environment.certificate_arn.as_ref()),
                some(
                    "Shared load balancer",
                    shared.map(|shared| vec![shared.dns_name.clone(), shared.listener_arn.clone()]).unwrap_or_default(),
                    true,
                ),
            ],
        ),
        (
            "Rules".to_owned(),
            vec![
                some("Approved by", vec![approvals(environment)], false),
                some("Templates", allowed, false),
                yes("Waits for load balancers", environment.rules.wait_for_load_balancers),
                maybe("Permissions boundary", environment.permissions_boundary.as_ref()),
                some("Tags", environment.tags.iter().map(|(name, value)| format!("{name} = {value}")).collect(), true),
            ],
        ),
    ]
}
