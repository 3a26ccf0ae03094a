//! Places to provision into.

use std::io;

use gantry_app::{FieldError, NavItem, Status, pages::*};

use crate::{
    Gallery, HYPHENATED, UNBROKEN,
    home::{activity, long_activity},
    hundred,
    settings::{setting, settings, typed},
    text,
};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    let row = |name: &str, summary: &str, stacks: &str, cost: &str, closed| environments::EnvironmentRow {
        id: format!("env-{name}"),
        name: name.into(),
        summary: summary.into(),
        account: text("123456789012"),
        region: text("eu-central-1"),
        stacks: stacks.into(),
        cost: cost.into(),
        approvals: text("2 of: platform team"),
        closed,
    };
    let rows = vec![
        row("production", "Where customers are", "31 of 40", "$4,018.77 of $5000", false),
        row("staging", "Everything before it matters, and a good deal that never will", "12", "$310.02", false),
        row("old-account", "", "3", "$58.12", true),
    ];
    gallery.page(
        "environments",
        NavItem::Environments,
        environments::EnvironmentsPage { rows: rows.clone(), may_manage: true },
    )?;
    let one = environments::EnvironmentsPage { rows: rows[..1].to_vec(), may_manage: false };
    gallery.page("environments-one", NavItem::Environments, one)?;
    let many = environments::EnvironmentsPage { rows: hundred(&rows), may_manage: true };
    gallery.page("environments-hundred", NavItem::Environments, many)?;
    let long = environments::EnvironmentsPage {
        rows: vec![
            row(UNBROKEN, UNBROKEN, "1,204 of 4,000", "$104,018.77 of $250000", true),
            row(HYPHENATED, "", "0", "$0.00", false),
        ],
        may_manage: true,
    };
    gallery.page_long("environments-long", NavItem::Environments, long)?;
    let none = environments::EnvironmentsPage { rows: vec![], may_manage: true };
    gallery.page("environments-none", NavItem::Environments, none)?;

    let fact = |label: &str, values: &[&str], code| environment::Setting {
        label: label.into(),
        values: values.iter().map(|value| text(value)).collect(),
        code,
    };
    let gauge =
        |label: &str, said: &str, percent| environment::Gauge { label: label.into(), text: said.into(), percent };
    let page = environment::EnvironmentPage {
        id: text("env-7F3K2M9Q"),
        name: text("production"),
        summary: text("Where customers are"),
        closed: true,
        may_manage: true,
        findings: vec![],
        gauges: vec![
            gauge("Stacks", "31 of 40", Some(77)),
            gauge("vCPU at most", "58.5 of 60", Some(97)),
            gauge("A month", "$4,018.77", None),
        ],
        groups: vec![
            (
                text("Account"),
                vec![
                    fact("AWS account", &["123456789012"], true),
                    fact("Launch role", &["arn:aws:iam::123456789012:role/gantry-launch"], true),
                    fact("External id", &["yes"], false),
                ],
            ),
            (
                text("Network and traffic"),
                vec![
                    fact("Public subnets", &["subnet-0a1b2c3d", "subnet-1a1b2c3d"], true),
                    fact("Shared load balancer", &["none"], false),
                ],
            ),
        ],
        history: activity(),
    };
    gallery.page("environment", NavItem::Environments, page.clone())?;
    let long = environment::EnvironmentPage {
        name: text(HYPHENATED),
        summary: text(UNBROKEN),
        groups: vec![(
            text("Account"),
            vec![fact("Launch role", &[&format!("arn:aws:iam::123456789012:role/{UNBROKEN}")], true)],
        )],
        history: long_activity(),
        ..page.clone()
    };
    gallery.page_long("environment-long", NavItem::Environments, long)?;
    let new = environment::EnvironmentPage { gauges: vec![], history: vec![], closed: false, ..page.clone() };
    gallery.page("environment-unused", NavItem::Environments, new)?;
    let finding = |title: &str, status, word: &str, found: &str, remedy: &str| environment::FindingRow {
        title: title.into(),
        status,
        word: word.into(),
        found: found.into(),
        remedy: remedy.into(),
    };
    let findings = vec![
        finding("Sign-in", Status::Succeeded, "Passed", "Signed in to account 123456789012.", ""),
        finding(
            "Task subnets",
            Status::Failed,
            "Missing",
            "All of them are in eu-central-1a.",
            "Pick subnets in two zones at least.",
        ),
        finding(
            "Permissions boundary",
            Status::NeedsAttention,
            "Could not be asked",
            "iam:GetPolicy answered AccessDenied.",
            "The launch role lacks iam:GetPolicy. Add it to its policy.",
        ),
    ];
    let checked = environment::EnvironmentPage { findings, closed: false, ..page };
    gallery.page("environment-checked", NavItem::Environments, checked)?;

    let door = || {
        settings(
            "account",
            "Account",
            "Gantry takes this role to read and to provision; nobody's own credentials are used.",
            vec![
                setting("account", "AWS account", "Twelve digits.", typed("12", true)),
                setting("region", "Region", "", typed("eu-central-1", true)),
            ],
        )
    };
    let form = environment_form::EnvironmentFormPage {
        heading: text("Add an environment"),
        post_to: text("/environments/new"),
        version: text("1"),
        sections: vec![door()],
        errors: vec![FieldError {
            path: text("account"),
            code: text("wrong-form"),
            message: text("An AWS account is twelve digits."),
        }],
        ..Default::default()
    };
    gallery.page("environment-new", NavItem::Environments, form)?;
    let option = |value: &str, label: &str, help: &str| request_form::ChoiceOption {
        value: value.into(),
        label: label.into(),
        help: help.into(),
    };
    let several = request_form::Control::Several {
        values: vec![text("a"), text("b")],
        options: vec![
            option(
                "a",
                "public-a, 10.20.0.0/24, eu-central-1a (subnet-0a1b2c3d)",
                "A route leads to the internet gateway.",
            ),
            option(
                "b",
                "public-b, 10.20.1.0/24, eu-central-1b (subnet-1a1b2c3d)",
                "A route leads to the internet gateway.",
            ),
            option("c", "private-a, 10.20.2.0/24, eu-central-1a (subnet-2a1b2c3d)", "No route to an internet gateway."),
        ],
    };
    let looked = environment_form::EnvironmentFormPage {
        heading: text("Change production"),
        of: Some((text("production"), text("env-7F3K2M9Q"))),
        post_to: text("/environments/env-7F3K2M9Q/change"),
        version: text("3"),
        looked: true,
        unavailable: Some(text("AWS could not be asked. Look at the network between Gantry and AWS.")),
        sections: vec![
            door(),
            settings(
                "network",
                "Network",
                "Load balancers stand in public subnets, tasks in the others.",
                vec![setting(
                    "public_subnets",
                    "Public subnets",
                    "For load balancers that the internet reaches.",
                    several,
                )],
            ),
        ],
        errors: vec![],
    };
    let wrong = environment_form::EnvironmentFormPage {
        unavailable: None,
        errors: vec![
            FieldError {
                path: text("account"),
                code: text("wrong-form"),
                message: text("An AWS account is twelve digits."),
            },
            FieldError {
                path: text("public_subnets"),
                code: text("one-zone"),
                message: text("A load balancer needs subnets in two zones at least; these are all in eu-central-1a."),
            },
        ],
        ..looked.clone()
    };
    gallery.page("environment-change-errors", NavItem::Environments, wrong)?;
    gallery.page("environment-change", NavItem::Environments, looked)
}
