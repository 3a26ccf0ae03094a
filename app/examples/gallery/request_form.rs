//! The form of a request.

use std::io;

use gantry_app::{Crumb, FieldError, NavItem, Preview, PreviewStep, pages::*, routes};

use crate::{Gallery, HYPHENATED, UNBROKEN, ago, plan::web_service, request::cost, text};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    gallery.page("request-form", NavItem::Catalogue, form(vec![]))?;
    for (name, restored) in [("request-form-restored", true), ("request-form-draft", false)] {
        let note = request_form::DraftNote {
            form: text("template:web-service"),
            href: routes::template_request("web-service"),
            saved: ago(130),
            restored,
        };
        let page = request_form::RequestFormPage { draft: Some(note), ..form(vec![]) };
        gallery.page(name, NavItem::Catalogue, page)?;
    }
    gallery.page(
        "request-form-errors",
        NavItem::Catalogue,
        form(vec![
            FieldError {
                path: text("container_port"),
                code: text("out_of_range"),
                message: text("A port is a number from 1 to 65535."),
            },
            FieldError {
                path: text("environment.0.name"),
                code: text("pattern"),
                message: text("LOG LEVEL: a name has no spaces."),
            },
        ]),
    )?;
    let mut wrong = form(vec![FieldError {
        path: String::new(),
        code: text("quota"),
        message: text("production has room for 40 stacks, and 40 live there."),
    }]);
    for field in wrong.sections.iter().flat_map(|section| &section.fields) {
        wrong.errors.push(FieldError {
            path: field.name.clone(),
            code: text("x"),
            message: format!("{} is not as it should be.", field.label),
        });
    }
    wrong.preview = Preview::default();
    gallery.page("request-form-all-errors", NavItem::Catalogue, wrong)?;
    let mut long = form(vec![FieldError {
        path: text("name"),
        code: text("pattern"),
        message: format!("{UNBROKEN} is too long."),
    }]);
    long.heading = format!("Change {UNBROKEN}");
    long.trail = vec![Crumb::new(HYPHENATED, routes::CATALOGUE), Crumb::new(UNBROKEN, routes::CATALOGUE)];
    for field in long.sections.iter_mut().flat_map(|section| &mut section.fields) {
        field.label = text(HYPHENATED);
        field.help = format!("Ends up in {UNBROKEN}.");
        match &mut field.control {
            request_form::Control::Text { value, .. } | request_form::Control::Lines { value, .. } => {
                *value = text(UNBROKEN)
            }
            request_form::Control::Choice { options, .. } | request_form::Control::Several { options, .. } => {
                for option in options {
                    option.label = text(UNBROKEN);
                    option.help = text(HYPHENATED);
                }
            }
            request_form::Control::Pairs { rows, .. } => {
                for row in rows {
                    row.name = UNBROKEN.to_uppercase();
                    row.value = text(UNBROKEN);
                }
            }
            _ => {}
        }
    }
    long.sections[0].title = text(HYPHENATED);
    long.preview.approvers = vec![format!("One owner of {UNBROKEN}")];
    for line in &mut long.preview.cost_lines {
        line.label = text(UNBROKEN);
    }
    gallery.page_long("request-form-long", NavItem::Catalogue, long)
}

fn form(errors: Vec<FieldError>) -> request_form::RequestFormPage {
    use request_form::{ChoiceOption, Control, Field, FormSection, PairRow};
    let field = |name: &str, label: &str, help: &str, control: Control| Field {
        name: name.into(),
        label: label.into(),
        help: help.into(),
        required: true,
        only_when: None,
        control,
    };
    let code = |value: &str, placeholder: &str| Control::Text {
        value: value.into(),
        placeholder: placeholder.into(),
        pattern: None,
        max_length: Some(255),
        code: true,
    };
    let option = |value: &str, label: &str, help: &str| ChoiceOption {
        value: value.into(),
        label: label.into(),
        help: help.into(),
    };
    let number = |value: &str, unit: Option<&str>| Control::Number {
        value: value.into(),
        min: Some(1),
        max: Some(65_535),
        unit: unit.map(text),
    };
    let section = |id: &str, title: &str, help: &str, fields: Vec<Field>| FormSection {
        id: id.into(),
        title: title.into(),
        help: help.into(),
        fields,
    };
    let failing = !errors.is_empty();
    request_form::RequestFormPage {
        heading: text("Request a web service"),
        below: text("Web service, revision 3. You see the plan before anything happens."),
        trail: vec![
            Crumb::new("Catalogue", routes::CATALOGUE),
            Crumb::new("Web service", routes::template("web-service")),
        ],
        post_to: routes::template_request("web-service"),
        preview_to: routes::template_preview("web-service"),
        draft_to: routes::template_draft("web-service"),
        draft: None,
        share: Some(vec![text("csrf")]),
        sections: vec![
            section(
                "where",
                "Where",
                "",
                vec![
                    field(
                        "environment_id",
                        "Environment",
                        "Account, region and network.",
                        Control::Choice {
                            value: text("env-1"),
                            options: vec![
                                option("env-1", "staging", "eu-central-1, 4211…0917"),
                                option("env-2", "production", "eu-central-1, 8820…1140"),
                            ],
                        },
                    ),
                    field(
                        "name",
                        "Name",
                        "Lower-case letters, digits and dashes. It becomes part of every name in AWS.",
                        code("orders", "orders"),
                    ),
                ],
            ),
            section(
                "container",
                "Container",
                "What runs.",
                vec![
                    field("image", "Image", "", code("public.ecr.aws/nginx/nginx:1.27", "registry/name:tag")),
                    field(
                        "container_port",
                        "Container port",
                        "What your process listens on.",
                        number(if failing { "80800" } else { "8080" }, None),
                    ),
                    field(
                        "size",
                        "CPU and memory",
                        "Only pairs that Fargate has.",
                        Control::Choice {
                            value: text("512-1024"),
                            options: [
                                "0.25 vCPU, 0.5 GB",
                                "0.25 vCPU, 1 GB",
                                "0.5 vCPU, 1 GB",
                                "0.5 vCPU, 2 GB",
                                "1 vCPU, 2 GB",
                            ]
                            .iter()
                            .map(|label| option(if *label == "0.5 vCPU, 1 GB" { "512-1024" } else { label }, label, ""))
                            .collect(),
                        },
                    ),
                    field("desired_count", "Tasks", "", number("2", Some("tasks"))),
                ],
            ),
            section(
                "configuration",
                "Configuration",
                "Plain values are visible to all who see this stack; secrets go into SSM Parameter Store and are never shown again.",
                vec![
                    Field {
                        required: false,
                        ..field(
                            "environment",
                            "Environment variables",
                            "",
                            Control::Pairs {
                                rows: vec![PairRow {
                                    name: text(if failing { "LOG LEVEL" } else { "LOG_LEVEL" }),
                                    value: text("info"),
                                    already_set: false,
                                }],
                                secret: false,
                                name_label: text("Name"),
                                value_label: text("Value"),
                            },
                        )
                    },
                    Field {
                        required: false,
                        ..field(
                            "secrets",
                            "Secrets",
                            "",
                            Control::Pairs {
                                rows: vec![PairRow {
                                    name: text("DATABASE_URL"),
                                    value: String::new(),
                                    already_set: true,
                                }],
                                secret: true,
                                name_label: text("Name"),
                                value_label: text("Value"),
                            },
                        )
                    },
                ],
            ),
            section(
                "traffic",
                "Traffic",
                "",
                vec![
                    field(
                        "balancer",
                        "Load balancer",
                        "",
                        Control::Choice {
                            value: text("shared"),
                            options: vec![
                                option("own", "Its own", "Stands alone. About $18 a month more."),
                                option("shared", "Shared", "The environment's. Needs a host or path."),
                            ],
                        },
                    ),
                    Field {
                        only_when: Some(text("Only when the load balancer is shared.")),
                        ..field("host", "Host", "", code("orders.example.com", ""))
                    },
                    field("https", "HTTPS", "Redirects plain HTTP.", Control::Toggle { checked: true }),
                    field(
                        "allowed",
                        "Allowed addresses",
                        "Ranges that may reach it.",
                        Control::Lines {
                            value: text("10.0.0.0/8\n172.16.0.0/12"),
                            placeholder: text("One on each line"),
                        },
                    ),
                    field(
                        "subnets",
                        "Subnets",
                        "Where it stands.",
                        Control::Several {
                            values: vec![text("subnet-1"), text("subnet-2")],
                            options: ["a", "b", "c", "a", "b", "c"]
                                .into_iter()
                                .enumerate()
                                .map(|(at, zone)| {
                                    let reach = if at < 3 { "private" } else { "public" };
                                    let label = format!("{reach}, 10.20.{at}.0/24, eu-central-1{zone}");
                                    option(&format!("subnet-{at}"), &label, "")
                                })
                                .collect(),
                        },
                    ),
                ],
            ),
            section(
                "scaling",
                "Scaling",
                "",
                vec![field("autoscaling", "Scale with load", "", Control::Toggle { checked: false })],
            ),
        ],
        errors,
        preview: Preview {
            errors: vec![],
            cost_monthly: Some(text("$58.12")),
            cost_lines: cost().lines,
            steps: web_service()
                .into_iter()
                .map(|step| PreviewStep {
                    kind: step.kind,
                    glyph: step.glyph,
                    name: step.name,
                    action: step.action,
                    wave: step.wave,
                })
                .collect(),
            visible: vec![],
            approvers: vec![text("One owner of Payments")],
        },
        submit_label: text("Plan this request"),
    }
}
