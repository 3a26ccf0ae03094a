//! Writes every page with sample data into a folder, to look at:
//! `cargo run -p gantry-app --features ssr --example gallery -- FOLDER`

use std::{env, fs, path::PathBuf};

use chrono::{DateTime, Duration, TimeZone, Utc};
use gantry_app::{
    Change, Choice, CostLine, CostView, Crumb, Failure, FieldError, Flash, Frame, Glyph, GraphLayout, Head, Moment,
    NavItem, Page, PlanView, Preview, PreviewStep, RunView, SearchGroup, SearchItem, SearchResult, Status, StepAction,
    StepView, TeamLink, Tone, pages::*, render, render_bare,
};

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "gallery".into()));
    fs::create_dir_all(&folder)?;
    let write = |name: &str, html: String| fs::write(folder.join(format!("{name}.html")), html);

    bare_pages(&write)?;
    home_pages(&write)?;
    catalogue_pages(&write)?;
    request_pages(&write)?;
    run_pages(&write)?;
    stack_pages(&write)?;
    people_pages(&write)?;
    environment_pages(&write)?;
    template_pages(&write)?;
    other_pages(&write)?;
    account_pages(&write)?;
    println!("{}", folder.display());
    Ok(())
}

type Write<'a> = &'a dyn Fn(&str, String) -> std::io::Result<()>;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 14, 0, 0).single().expect("a real date")
}

fn ago(minutes: i64) -> Moment {
    Moment::new(now() - Duration::minutes(minutes), now())
}

fn text(words: &str) -> String {
    words.to_owned()
}

fn framed(active: NavItem, flash: Option<Flash>, page: impl Page) -> String {
    let team = |id: &str, name: &str| TeamLink { id: id.into(), name: name.into() };
    let frame = Frame {
        user_name: text("Grace Hopper"),
        user_role: text("Owner of Payments"),
        team: Some(team("team-1", "Payments")),
        teams: vec![team("team-1", "Payments"), team("team-2", "Search")],
        may_audit: true,
        administration: vec![NavItem::Teams, NavItem::Environments, NavItem::Templates, NavItem::People],
        inbox_count: 3,
        active,
        csrf: text("sample"),
        here: text("/"),
        flash,
        ..Frame::default()
    };
    render(frame, page)
}

fn bare_pages(write: Write) -> std::io::Result<()> {
    write(
        "sign-in",
        render_bare(
            Head::default(),
            text("sample"),
            None,
            sign_in::SignInPage {
                email: text("ada@example.com"),
                error: Some(text("That e-mail and password do not go together.")),
                return_to: text("/inbox"),
                hints: vec![
                    sign_in::SignInHint { email: text("dev@payments.example"), role: text("Developer in Payments") },
                    sign_in::SignInHint { email: text("owner@payments.example"), role: text("Owner of Payments") },
                ],
            },
        ),
    )?;
    write(
        "set-up",
        render_bare(
            Head::default(),
            text("sample"),
            None,
            set_up::SetUpPage {
                token: text("one-time"),
                name: text("Ada Lovelace"),
                email: text("ada@example.com"),
                errors: vec![FieldError {
                    path: text("password"),
                    code: text("too_short"),
                    message: text("A password needs at least 12 characters."),
                }],
            },
        ),
    )
}

fn account_pages(write: Write) -> std::io::Result<()> {
    let scope = |value: &str, help: &str, picked| account::ScopeChoice { value: text(value), help: text(help), picked };
    let token = |name: &str, scopes: &[&str], used: Option<i64>, expired| account::TokenRow {
        id: text("tok-4T9QXN"),
        name: text(name),
        prefix: text("gty_7F3K2M"),
        scopes: scopes.iter().map(|scope| text(scope)).collect(),
        used: used.map(ago),
        expires: ago(if expired { 9_000 } else { -60_000 }),
        expired,
    };
    let page = account::AccountPage {
        name: text("Grace Hopper"),
        email: text("grace@payments.example"),
        teams: vec![(text("Payments"), text("Owner")), (text("Search"), text("Viewer"))],
        scopes: vec![
            scope("read", "See what you can see: templates, stacks, requests, runs, environments", true),
            scope("request", "Ask for stacks and changes, comment, withdraw, plan again", false),
            scope("decide", "Approve and reject in your name", false),
            scope("run", "Steer runs: try again, undo, keep, stop", false),
            scope("audit", "Read the history", false),
        ],
        token_days: 90,
        ..account::AccountPage::default()
    };
    write("api-docs", framed(NavItem::Nowhere, None, api_docs_page()))?;
    write("account-empty", framed(NavItem::Nowhere, None, page.clone()))?;
    let tokens = vec![
        token("Deploys from CI", &["read", "request"], Some(3), false),
        token("A report that somebody once wrote and called by a name of sixty", &["read"], None, false),
        token("Laptop", &["read", "request", "decide", "run", "audit"], Some(20_000), true),
    ];
    let made =
        account::MadeToken { name: text("Deploys from CI"), text: text("gty_7F3K2MQ9V0ZB4D8HJ1N5R6S7T8W9XYAC2E3G4K") };
    write(
        "account-made",
        framed(
            NavItem::Nowhere,
            None,
            account::AccountPage { tokens: tokens.clone(), made: Some(made), ..page.clone() },
        ),
    )?;
    let wrong = |path: &str, message: &str| FieldError { path: text(path), code: text("x"), message: text(message) };
    write(
        "account-errors",
        framed(
            NavItem::Nowhere,
            None,
            account::AccountPage {
                tokens,
                role: Some(text("Platform team")),
                errors: vec![
                    wrong("name", "Say what it is for, so that you know it again."),
                    wrong("scopes", "Pick at least one thing that it may be used for."),
                ],
                ..page
            },
        ),
    )
}

fn api_docs_page() -> api_docs::ApiDocsPage {
    use api_docs::{Field, Group, Kind, Operation, Shape};
    let plain = |name: &str| Kind { name: text(name), ..Kind::default() };
    let shape = |name: &str| Kind { name: text(name), is_shape: true, ..Kind::default() };
    let field = |name: &str, kind: Kind, optional, about: &str| Field {
        name: text(name),
        kind,
        optional,
        about: text(about),
        ..Field::default()
    };
    let list = Operation {
        id: text("listRequests"),
        method: text("GET"),
        path: text("/api/v1/requests"),
        title: text("List requests"),
        about: text("Of the caller's teams, newest first."),
        scope: text("read"),
        parameters: vec![Field {
            place: text("in the query string"),
            ..field("status", Kind { prefix: text("list of "), ..shape("Status") }, true, "In any of these states.")
        }],
        answers: vec![
            (text("200"), text("A page."), Some(shape("Page"))),
            (text("401"), text("No token, or none that is good."), None),
        ],
        ..Operation::default()
    };
    let create = Operation {
        id: text("createRequest"),
        method: text("POST"),
        title: text("Ask for a new stack"),
        about: text("It is planned, priced and sealed at once, and waits for approval."),
        scope: text("request"),
        parameters: vec![],
        body: Some(shape("NewRequest")),
        example: Some(text("{\n  \"template\": \"web-service\",\n  \"stack_name\": \"orders\"\n}")),
        ..list.clone()
    };
    api_docs::ApiDocsPage {
        about: text(
            "Ask for Amazon ECS clusters and services, decide about what others ask for, and follow it being made.",
        ),
        document: text("/api/v1/openapi.json"),
        first_call: text("curl -H \"Authorization: Bearer $GANTRY_TOKEN\" https://gantry.example.com/api/v1/me"),
        groups: vec![Group {
            name: text("Requests"),
            about: text("Asking, looking, deciding."),
            operations: vec![list, create],
        }],
        shapes: vec![
            Shape {
                name: text("NewRequest"),
                about: text("A wish for a new stack."),
                fields: vec![
                    field("template", plain("string"), false, "`web-service` for the latest revision."),
                    field("inputs", plain("object"), true, "Answers to the template's inputs."),
                ],
                words: vec![],
            },
            Shape {
                name: text("Status"),
                about: text("Where a request stands."),
                words: ["needs_approval", "stale", "running", "succeeded", "failed"].map(text).to_vec(),
                ..Shape::default()
            },
        ],
    }
}

fn home_pages(write: Write) -> std::io::Result<()> {
    write(
        "home",
        framed(
            NavItem::Home,
            Some(Flash::Done(text("Signed in. You were last here yesterday."))),
            home::HomePage {
                name: text("Grace"),
                needs_me: needs(),
                running: vec![
                    home::RunCard { title: text("Create orders in production"), run: half_done() },
                    home::RunCard { title: text("Change checkout in staging"), run: failed() },
                ],
                stacks: stack_rows(),
                stack_count: 37,
                stack_cost: text("$1,412.50"),
                activity: activity(),
                may_request: true,
            },
        ),
    )?;
    write(
        "home-newcomer",
        framed(
            NavItem::Home,
            None,
            home::HomePage { name: text("Grace"), may_request: true, ..home::HomePage::default() },
        ),
    )
}

fn catalogue_pages(write: Write) -> std::io::Result<()> {
    let web = catalogue::TemplateCard {
        name: text("web-service"),
        title: text("Web service"),
        summary: text("A container behind a load balancer, with HTTPS, autoscaling, logs and least-privilege roles."),
        icon: text("service"),
        owner: text("Platform"),
        maturity: text("stable"),
        typical_time: Some(text("about 4 min")),
        typical_cost: Some(text("from $36 a month")),
        gives: ["ECS service", "Load balancer", "Security groups", "Log group", "Autoscaling"].map(text).to_vec(),
    };
    let cluster = catalogue::TemplateCard {
        name: text("fargate-cluster"),
        title: text("Fargate cluster"),
        summary: text("A place for services to run, without servers to look after."),
        icon: text("cluster"),
        owner: text("Platform"),
        maturity: text("stable"),
        typical_time: Some(text("about 20 s")),
        typical_cost: Some(text("free by itself")),
        gives: ["ECS cluster", "Container Insights"].map(text).to_vec(),
    };
    write(
        "catalogue",
        framed(
            NavItem::Catalogue,
            None,
            catalogue::CataloguePage { query: String::new(), cards: vec![web.clone(), cluster] },
        ),
    )?;
    write(
        "catalogue-nothing",
        framed(NavItem::Catalogue, None, catalogue::CataloguePage { query: text("lambda"), cards: vec![] }),
    )?;
    let input = |name: &str, title: &str, kind: &str, default: Option<&str>, help: &str| template::InputRow {
        name: name.into(),
        title: title.into(),
        kind: kind.into(),
        help: help.into(),
        default: default.map(text),
        required: default.is_none(),
    };
    write(
        "template",
        framed(
            NavItem::Catalogue,
            None,
            template::TemplatePage {
                card: web,
                revision: text("3"),
                hash: text("9f2c41d07ab3e5518d"),
                published: Some(ago(9_000)),
                docs: vec![
                    text(
                        "Runs your image on Fargate and puts it on the network. You bring an image, a port and a health-check path; the template makes the rest, in the order AWS needs it.",
                    ),
                    text(
                        "Take your own load balancer for traffic that must stand alone, or the environment's shared one for everything else: it costs less and is ready sooner.",
                    ),
                ],
                inputs: vec![
                    input("name", "Name", "Text", None, "Lower-case letters, digits and dashes."),
                    input("image", "Image", "Image reference", None, "Where the container comes from."),
                    input("container_port", "Container port", "Port", Some("8080"), "What your process listens on."),
                    input(
                        "size",
                        "CPU and memory",
                        "CPU/memory pair",
                        Some("0.5 vCPU, 1 GB"),
                        "Only pairs that Fargate has.",
                    ),
                ],
                steps: web_service(),
                example_link: text(
                    "https://gantry.example.com/catalogue/web-service/request?stack_name=orders&inputs.image=registry.example.com/orders:1.0",
                ),
                refused: None,
            },
        ),
    )?;
    write("request-form", framed(NavItem::Catalogue, None, form(vec![])))?;
    for (name, restored) in [("request-form-restored", true), ("request-form-draft", false)] {
        let note = request_form::DraftNote {
            form: text("template:web-service"),
            href: gantry_app::routes::template_request("web-service"),
            saved: ago(130),
            restored,
        };
        let page = request_form::RequestFormPage { draft: Some(note), ..form(vec![]) };
        write(name, framed(NavItem::Catalogue, None, page))?;
    }
    write(
        "request-form-errors",
        framed(
            NavItem::Catalogue,
            None,
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
        ),
    )
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
            Crumb::new("Catalogue", gantry_app::routes::CATALOGUE),
            Crumb::new("Web service", gantry_app::routes::template("web-service")),
        ],
        post_to: gantry_app::routes::template_request("web-service"),
        preview_to: gantry_app::routes::template_preview("web-service"),
        draft_to: gantry_app::routes::template_draft("web-service"),
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

fn request_pages(write: Write) -> std::io::Result<()> {
    let decide = request::DecisionBar {
        approve: true,
        reject: true,
        ask_for_changes: true,
        seal: text("5c0f9a1be2d4"),
        others: vec![Choice {
            label: text("Plan again"),
            post_to: gantry_app::routes::request_plan("req-7F3K2M"),
            ..Choice::default()
        }],
        ..request::DecisionBar::default()
    };
    let edited_bar = decide.clone();
    write("request-plan", framed(NavItem::Requests, None, a_request(request::RequestTab::Plan, decide)))?;
    let own = request::DecisionBar {
        refused: Some(text("You asked for this yourself; somebody else who may approve has to look at it.")),
        others: vec![Choice {
            label: text("Withdraw"),
            post_to: gantry_app::routes::request_withdraw("req-7F3K2M"),
            ..Choice::default()
        }],
        ..request::DecisionBar::default()
    };
    for (name, tab) in [
        ("request-inputs", request::RequestTab::Inputs),
        ("request-cost", request::RequestTab::Cost),
        ("request-decisions", request::RequestTab::Decisions),
        ("request-activity", request::RequestTab::Activity),
    ] {
        write(name, framed(NavItem::Requests, None, a_request(tab, own.clone())))?;
    }
    let mut stale = a_request(
        request::RequestTab::Plan,
        request::DecisionBar {
            refused: Some(text("A stale plan cannot be approved. Plan again and look at what changed.")),
            others: vec![Choice {
                label: text("Plan again"),
                post_to: gantry_app::routes::request_plan("req-7F3K2M"),
                tone: Tone::Primary,
                ..Choice::default()
            }],
            ..request::DecisionBar::default()
        },
    );
    stale.status = Status::Stale;
    stale.stale = Some(request::Stale {
        why: text("Somebody changed the service outside Gantry since this was planned."),
        differences: vec![request::Difference {
            sentence: text("It would now update the service (ECS service) instead of leaving it."),
            changes: vec![Change {
                field: text("desired count"),
                before: Some(text("5")),
                after: Some(text("2")),
                replaces: false,
            }],
        }],
    });
    stale.plan = Some(change_plan());
    write("request-stale", framed(NavItem::Requests, None, stale))?;
    let mut wanted = a_request(
        request::RequestTab::Plan,
        request::DecisionBar {
            edit: Some(gantry_app::routes::request_edit("req-7F3K2M")),
            my_turn: true,
            others: own.others.clone(),
            ..request::DecisionBar::default()
        },
    );
    wanted.status = Status::ChangesWanted;
    wanted.sentence = text("Changes were asked for. Nothing happens before it has been edited and approved.");
    wanted.asked = Some(request::Asked {
        who: text("Grace Hopper"),
        text: text("Two tasks are not enough for the autumn sale. Four, please, and spread over both zones."),
        when: ago(40),
    });
    wanted.expiry = Some(request::Expiry { when: ago(-2 * 24 * 60), soon: true });
    write("request-changes-wanted", framed(NavItem::Requests, None, wanted))?;
    for (name, tab) in [
        ("request-edited", request::RequestTab::Plan),
        ("request-edited-inputs", request::RequestTab::Inputs),
        ("request-edited-decisions", request::RequestTab::Decisions),
        ("request-edited-activity", request::RequestTab::Activity),
    ] {
        let mut edited = a_request(tab, edited_bar.clone());
        edited.edited = Some(edit_note());
        edited.inputs[0].before = Some(text("public.ecr.aws/nginx/nginx:latest"));
        write(name, framed(NavItem::Requests, None, edited))?;
    }
    write(
        "requests",
        framed(
            NavItem::Requests,
            None,
            requests::RequestsPage {
                filter: text("open"),
                rows: request_rows(),
                older: Some(text("/requests?before=x")),
                drafts: vec![requests::DraftRow {
                    title: text("Web service: basket"),
                    href: gantry_app::routes::template_request("web-service"),
                    form: text("template:web-service"),
                    saved: ago(130),
                }],
            },
        ),
    )?;
    write(
        "inbox",
        framed(
            NavItem::Inbox,
            None,
            inbox::InboxPage {
                items: inbox_items(),
                selected: Some(inbox::InboxPreview {
                    item: inbox_items().remove(0),
                    environment: text("production · eu-central-1"),
                    template: text("Web service 1.2.0"),
                    plan: PlanView {
                        expected_seconds: Some(232),
                        ..PlanView::new(web_service(), text("5c0f9a1be2d4"))
                    },
                    cost: cost(),
                    approvals: vec![request::Approval {
                        stage: text("An owner of Payments or the platform team"),
                        status: Status::NeedsApproval,
                        ..request::Approval::default()
                    }],
                    refused: None,
                }),
            },
        ),
    )?;
    write("inbox-empty", framed(NavItem::Inbox, None, inbox::InboxPage::default()))
}

fn timeline() -> Vec<request::TimelineEntry> {
    let event = |who: &str, did: &str, minutes: i64, status: Status| request::TimelineEvent {
        activity: home::Activity {
            who: text(who),
            did: text(did),
            what: String::new(),
            href: None,
            when: ago(minutes),
        },
        status,
        ..request::TimelineEvent::default()
    };
    let entry = |event: request::TimelineEvent| request::TimelineEntry::Event(Box::new(event));
    vec![
        entry(request::TimelineEvent {
            said: Some(text("The new order service; it replaces the one on the old cluster next week.")),
            ..event("Ada Lovelace", "asked to create orders in production", 60, Status::NeedsApproval)
        }),
        request::TimelineEntry::Comment {
            who: text("Grace Hopper"),
            text: text("How many orders do you expect in the first hour?"),
            when: ago(50),
        },
        entry(request::TimelineEvent {
            said: Some(text("Two tasks are not enough for the autumn sale. Four, please.")),
            ..event("Grace Hopper", "asked for changes of the request to create orders", 40, Status::ChangesWanted)
        }),
        entry(request::TimelineEvent {
            changes: edit_note().changes,
            plan: edit_note().plan,
            ..event("Ada Lovelace", "edited the request to create orders", 9, Status::NeedsApproval)
        }),
    ]
}

fn edit_note() -> request::EditNote {
    let change = |field: &str, before: &str, after: &str| Change {
        field: text(field),
        before: Some(text(before)),
        after: Some(text(after)),
        replaces: false,
    };
    request::EditNote {
        who: text("Ada Lovelace"),
        when: ago(9),
        changes: vec![change("Tasks", "2", "4"), change("Reason", "—", "For the autumn sale.")],
        plan: vec![
            request::Difference {
                sentence: text("What it does to the service (ECS service) is different."),
                changes: vec![change("desired_count", "2", "4")],
            },
            request::Difference { sentence: text("It would cost $93.66 a month instead of $58.12."), changes: vec![] },
        ],
    }
}

fn a_request(tab: request::RequestTab, decision: request::DecisionBar) -> request::RequestPage {
    request::RequestPage {
        id: text("req-7F3K2M"),
        heading: text("Create orders in production"),
        status: Status::NeedsApproval,
        sentence: text("Waits for one owner of Payments to approve the plan."),
        reason: text("The new order service; it replaces the one on the old cluster next week."),
        template: text("Web service, revision 3"),
        template_href: gantry_app::routes::template("web-service"),
        environment: text("production (eu-central-1)"),
        team: text("Payments"),
        requester: text("Ada Lovelace"),
        requested: ago(14),
        stack: Some((text("orders"), text("stk-4T9QXN"))),
        run_id: None,
        start_from: Some(gantry_app::routes::template_request_from("web-service", "req-7F3K2M")),
        tab,
        plan: Some(PlanView { expected_seconds: Some(232), ..PlanView::new(web_service(), text("5c0f9a1be2d4")) }),
        stale: None,
        asked: None,
        edited: None,
        expiry: Some(request::Expiry { when: ago(-13 * 24 * 60), soon: false }),
        inputs: vec![
            request::InputValue {
                name: text("image"),
                title: text("Image"),
                value: text("public.ecr.aws/nginx/nginx:1.27"),
                now: Some(text("public.ecr.aws/nginx/nginx:1.26")),
                before: None,
            },
            request::InputValue {
                name: text("container_port"),
                title: text("Container port"),
                value: text("8080"),
                now: None,
                before: None,
            },
            request::InputValue {
                name: text("secrets"),
                title: text("Secrets"),
                value: text("DATABASE_URL (set)"),
                now: None,
                before: None,
            },
        ],
        cost: cost(),
        timeline: timeline(),
        comment: Some(request::CommentForm::default()),
        approvals: vec![request::Approval {
            stage: text("An owner of Payments or the platform team"),
            status: Status::NeedsApproval,
            said: None,
            when: None,
        }],
        rule: request::Rule { who: text("One of: an owner of Payments or the platform team"), given: 0, needed: 1 },
        decisions: vec![
            request::DecisionRow {
                who: text("Grace Hopper"),
                status: Status::ChangesWanted,
                did: text("asked for changes"),
                said: text("Two tasks are not enough for the autumn sale. Four, please."),
                seal: text("0b77d1c2a9f35e"),
                counts: false,
                when: ago(40),
            },
            request::DecisionRow {
                who: text("Alan Turing"),
                status: Status::Stale,
                did: text("approved an earlier plan"),
                said: String::new(),
                seal: text("0b77d1c2a9f35e"),
                counts: false,
                when: ago(55),
            },
        ],
        decision,
    }
}

fn run_pages(write: Write) -> std::io::Result<()> {
    for (name, run) in [("run", half_done()), ("run-failed", failed()), ("run-done", done()), ("run-sixty", sixty())] {
        write(
            name,
            framed(
                NavItem::Stacks,
                None,
                run::RunPage {
                    heading: text("Create orders in production"),
                    request_id: text("req-7F3K2M"),
                    stack: Some((text("orders"), text("stk-4T9QXN"))),
                    started_by: text("Grace Hopper"),
                    layout: GraphLayout::of(&run.steps),
                    run,
                },
            ),
        )?;
    }
    Ok(())
}

fn stack_pages(write: Write) -> std::io::Result<()> {
    write(
        "stacks",
        framed(
            NavItem::Stacks,
            None,
            stacks::StacksPage { query: String::new(), rows: stack_rows(), may_request: true },
        ),
    )?;
    write(
        "stacks-empty",
        framed(NavItem::Stacks, None, stacks::StacksPage { may_request: true, ..stacks::StacksPage::default() }),
    )?;
    for (name, tab) in [
        ("stack", stack::StackTab::Overview),
        ("stack-resources", stack::StackTab::Resources),
        ("stack-releases", stack::StackTab::Releases),
    ] {
        let resources = web_service()
            .into_iter()
            .map(|step| stack::ResourceRow {
                physical: format!("arn:aws:ecs:eu-central-1:421100000917:{}/{}-5f3a91c2", step.id, step.name),
                name: step.name,
                kind: step.kind,
                glyph: step.glyph,
                console_href: Some(text("https://console.aws.amazon.com/")),
                status: Status::Succeeded,
            })
            .collect();
        write(
            name,
            framed(
                NavItem::Stacks,
                None,
                stack::StackPage {
                    row: stack_rows().remove(0),
                    sentence: text("Two of two tasks are healthy behind the load balancer."),
                    tab,
                    outputs: vec![
                        (text("Endpoint"), text("https://orders.example.com")),
                        (text("Cluster"), text("shared-production")),
                    ],
                    inputs: vec![
                        (text("Image"), text("public.ecr.aws/nginx/nginx:1.27")),
                        (text("Container port"), text("8080")),
                    ],
                    resources,
                    releases: vec![
                        stack::ReleaseRow {
                            number: text("2"),
                            title: text("Change image to nginx:1.27"),
                            run_id: text("run-2M9Q4T"),
                            who: text("Ada Lovelace"),
                            when: ago(300),
                            current: true,
                        },
                        stack::ReleaseRow {
                            number: text("1"),
                            title: text("Create orders"),
                            run_id: text("run-1K3P7D"),
                            who: text("Ada Lovelace"),
                            when: ago(4_000),
                            current: false,
                        },
                    ],
                    requests: request_rows(),
                    cost: cost(),
                    template_href: gantry_app::routes::template("web-service"),
                    revision: text("Web service, revision 3"),
                    uses: vec![(text("shared-production"), text("stk-9AAAAA"))],
                    ..stack::StackPage::default()
                },
            ),
        )?;
    }
    write(
        "stack-destroy",
        framed(
            NavItem::Stacks,
            None,
            stack_destroy::StackDestroyPage {
                id: text("stk-4T9QXN"),
                name: text("orders"),
                resources: web_service().into_iter().rev().map(|step| (step.kind, step.name)).collect(),
                stays: vec![text("The cluster shared-production, which other stacks use.")],
                cost: cost(),
                typed: text("order"),
                error: Some(text("That is not its name. Type orders, exactly.")),
                refused: None,
            },
        ),
    )
}

fn other_pages(write: Write) -> std::io::Result<()> {
    let row = |number: &str, who: &str, did: &str, what: &str, minutes: i64| audit::AuditRow {
        number: number.into(),
        when: ago(minutes),
        who: who.into(),
        did: did.into(),
        what: what.into(),
        href: Some(gantry_app::routes::request("req-7F3K2M")),
        action: text("request.approved"),
        ..audit::AuditRow::default()
    };
    write(
        "audit",
        framed(
            NavItem::Audit,
            None,
            audit::AuditPage {
                filter: audit::AuditFilter::default(),
                actions: ["request.submitted", "request.approved", "aws.create_service"].map(text).to_vec(),
                rows: vec![
                    audit::AuditRow {
                        from: Some(text("203.0.113.9")),
                        before: Some(text("{\n  \"status\": \"needs_approval\"\n}")),
                        after: Some(text("{\n  \"status\": \"approved\",\n  \"seal\": \"5c0f9a1be2d4\"\n}")),
                        ..row("48,211", "Grace Hopper", "approved", "request req-7F3K2M", 2)
                    },
                    audit::AuditRow {
                        aws_request_id: Some(text("8f1c2a44-77f0-4a3e-9d52-0a1b2c3d4e5f")),
                        ..row("48,210", "Gantry", "created in AWS", "target group orders-5f3a91c2", 3)
                    },
                    row("48,209", "Ada Lovelace", "asked for", "orders in production", 14),
                    row("48,208", "Ada Lovelace", "signed in", "", 20),
                ],
                chain: audit::ChainState::Verified { through: text("48,211"), when: ago(2) },
                older: Some(text("/audit?before=48208")),
            },
        ),
    )?;
    write("search", framed(NavItem::Nowhere, None, search::SearchPage { result: found() }))?;
    let nothing = SearchResult { query: text("ordres"), groups: vec![] };
    write("search-empty", framed(NavItem::Nowhere, None, search::SearchPage { result: nothing }))?;
    write(
        "403",
        framed(
            NavItem::Nowhere,
            None,
            errors::ForbiddenPage {
                why: text("Only people of Search may see this stack. An owner of Search can add you."),
            },
        ),
    )?;
    write("404", framed(NavItem::Nowhere, None, errors::NotFoundPage { what: text("req-0000ZZ") }))?;
    write(
        "500",
        render_bare(Head::default(), String::new(), None, errors::InternalErrorPage { reference: text("3f9a1c") }),
    )?;
    write(
        "conflict",
        framed(
            NavItem::Nowhere,
            Some(Flash::Refused(text("Your approval was not counted."))),
            errors::ErrorPage {
                heading: text("Somebody else was faster"),
                what: text("This request was rejected a moment ago."),
                next: text("Look at why before you ask again."),
                link: Some((text("Open the request"), gantry_app::routes::request("req-7F3K2M"))),
            },
        ),
    )
}

fn activity() -> Vec<home::Activity> {
    [
        ("Grace Hopper", "approved", "Change checkout in staging", 41),
        ("Gantry", "finished", "Create search-api in production", 95),
        ("Ada Lovelace", "asked for", "Create orders in production", 130),
    ]
    .into_iter()
    .map(|(who, did, what, minutes)| home::Activity {
        who: who.into(),
        did: did.into(),
        what: what.into(),
        href: Some(gantry_app::routes::request("req-7F3K2M")),
        when: ago(minutes),
    })
    .collect()
}

fn inbox_items() -> Vec<inbox::InboxItem> {
    [
        ("req-7F3K2M", "Create orders in production", "14 to create", "$58.12 a month", 14),
        ("req-8H2M9P", "Change checkout in staging", "1 to update, 1 to replace", "+$17.77 a month", 6),
        ("req-9Q4T2X", "Destroy old-orders in staging", "11 to delete", "−$41.30 a month", 3),
    ]
    .into_iter()
    .map(|(id, title, counts, cost, minutes)| inbox::InboxItem {
        id: id.into(),
        title: title.into(),
        requester: text("Ada Lovelace"),
        team: text("Payments"),
        cost: Some(cost.into()),
        counts: counts.into(),
        when: ago(minutes),
    })
    .collect()
}

fn request_rows() -> Vec<requests::RequestRow> {
    [
        Status::NeedsApproval,
        Status::Running,
        Status::NeedsAttention,
        Status::Stale,
        Status::Waiting,
        Status::Succeeded,
        Status::Failed,
        Status::Rejected,
        Status::Undone,
        Status::Expired,
        Status::Withdrawn,
    ]
    .into_iter()
    .enumerate()
    .map(|(at, status)| requests::RequestRow {
        id: format!("req-7F3K2{at}"),
        title: text("Create orders in production"),
        status,
        requester: text("Ada Lovelace"),
        team: text("Payments"),
        cost: Some(text("$58.12")),
        when: ago(14 * (at as i64 + 1) * (at as i64 + 1)),
    })
    .collect()
}

fn stack_rows() -> Vec<stacks::StackRow> {
    [
        (
            "orders",
            "Web service",
            "production",
            Status::Succeeded,
            "Live",
            Some("https://orders.example.com"),
            "$58.12",
        ),
        (
            "checkout",
            "Web service",
            "staging",
            Status::NeedsAttention,
            "",
            Some("https://checkout.staging.example.com"),
            "$41.30",
        ),
        ("search-api", "Web service", "production", Status::Running, "Changing", None, "$96.40"),
        ("payments", "Fargate cluster", "production", Status::Succeeded, "Live", None, "$0.00"),
    ]
    .into_iter()
    .map(|(name, template, environment, status, word, endpoint, cost)| stacks::StackRow {
        id: text("stk-4T9QXN"),
        name: name.into(),
        template: template.into(),
        environment: environment.into(),
        team: text("Payments"),
        status,
        word: word.into(),
        endpoint: endpoint.map(text),
        cost: Some(cost.into()),
        changed: ago(300),
    })
    .collect()
}

fn cost() -> CostView {
    let line = |label: &str, detail: &str, amount: &str| CostLine {
        label: label.into(),
        detail: detail.into(),
        amount: amount.into(),
    };
    CostView {
        monthly: text("$58.12"),
        delta: Some(text("+$17.77")),
        lines: vec![
            line("Fargate, 2 tasks", "0.5 vCPU, 1 GB, 730 h each", "$35.54"),
            line("Load balancer", "730 h and 1 capacity unit", "$21.90"),
            line("Logs", "1 GB taken in, kept 30 days", "$0.68"),
        ],
        source: text("AWS price list of 1 Nov 2026, eu-central-1."),
        notes: vec![text("Data transfer is not included.")],
    }
}

fn step(id: &str, kind: &str, glyph: Glyph, wave: u32, needs: &[&str], expected: u64, reason: &str) -> StepView {
    StepView {
        id: id.into(),
        kind: kind.into(),
        glyph,
        name: id.into(),
        wave,
        needs: needs.iter().map(|need| text(need)).collect(),
        expected_seconds: Some(expected),
        reason: reason.into(),
        ..StepView::default()
    }
}

fn web_service() -> Vec<StepView> {
    let mut steps = vec![
        step("cluster", "Cluster", Glyph::Cluster, 0, &[], 6, "Starts at once."),
        step("execution-role", "IAM role", Glyph::Role, 0, &[], 12, "Starts at once."),
        step("task-role", "IAM role", Glyph::Role, 0, &[], 12, "Starts at once."),
        step("log-group", "Log group", Glyph::LogGroup, 0, &[], 2, "Starts at once."),
        step("database-url", "SSM parameter", Glyph::Parameter, 0, &[], 2, "Starts at once."),
        step("balancer-access", "Security group", Glyph::SecurityGroup, 0, &[], 4, "Starts at once."),
        step("target-group", "Target group", Glyph::TargetGroup, 0, &[], 4, "Starts at once."),
        step(
            "load-balancer",
            "Load balancer",
            Glyph::LoadBalancer,
            1,
            &["balancer-access"],
            120,
            "Needs the id of its security group.",
        ),
        step(
            "service-access",
            "Security group",
            Glyph::SecurityGroup,
            1,
            &["balancer-access"],
            4,
            "Lets in only the load balancer's security group.",
        ),
        step(
            "task-definition",
            "Task definition",
            Glyph::TaskDefinition,
            1,
            &["execution-role", "task-role", "log-group", "database-url"],
            3,
            "Names its roles, its log group and the parameter with the secret.",
        ),
        step(
            "https-listener",
            "Listener",
            Glyph::Listener,
            2,
            &["load-balancer", "target-group"],
            5,
            "Needs the ARNs of the load balancer and the target group.",
        ),
        step(
            "service",
            "ECS service",
            Glyph::Service,
            3,
            &["https-listener", "service-access", "task-definition", "cluster"],
            90,
            "ECS refuses a target group that no listener uses yet.",
        ),
        step("scalable-target", "Scalable target", Glyph::Scaling, 4, &["service"], 3, "Needs the service to exist."),
        step("cpu-policy", "Scaling policy", Glyph::Scaling, 5, &["scalable-target"], 3, "Needs the scalable target."),
    ];
    for step in &mut steps {
        step.critical =
            ["balancer-access", "load-balancer", "https-listener", "service", "scalable-target", "cpu-policy"]
                .contains(&step.id.as_str());
        step.changes = vec![Change {
            field: text("name"),
            before: None,
            after: Some(format!("{}-5f3a91c2", step.name)),
            replaces: false,
        }];
    }
    steps
}

fn change_plan() -> PlanView {
    let mut steps = web_service();
    for step in &mut steps {
        step.action = StepAction::None;
        step.changes.clear();
    }
    for (id, action, field, before, after, replaces) in [
        ("task-definition", StepAction::Replace, "image", "nginx:1.26", "nginx:1.27", true),
        ("service", StepAction::Update, "task definition", "orders:3", "the new revision", false),
        ("cpu-policy", StepAction::Delete, "target value", "60 %", "", false),
    ] {
        if let Some(step) = steps.iter_mut().find(|step| step.id == id) {
            step.action = action;
            step.changes = vec![Change {
                field: field.into(),
                before: Some(before.into()),
                after: (!after.is_empty()).then(|| after.into()),
                replaces,
            }];
        }
    }
    PlanView {
        warnings: vec![text("After the scaling policy is deleted this run cannot be undone.")],
        expected_seconds: Some(96),
        ..PlanView::new(steps, text("b1946ac92492"))
    }
}

fn a_run(status: Status, sentence: &str, state: impl Fn(&StepView) -> Status) -> RunView {
    let mut steps = web_service();
    for step in &mut steps {
        step.status = state(step);
        (step.sentence, step.elapsed_seconds) = match step.status {
            Status::Succeeded => (format!("Made {}-5f3a91c2.", step.name), step.expected_seconds),
            Status::Running => (text("AWS is making it; waits until it is active."), Some(48)),
            Status::Failed => (text("ECS refused to make the service."), Some(3)),
            _ => (String::new(), None),
        };
        if step.elapsed_seconds.is_some() {
            step.calls = vec![gantry_app::AwsCall {
                operation: text("ecs:CreateService"),
                request_id: Some(text("8f1c2a44-77f0-4a3e-9d52-0a1b2c3d4e5f")),
                error: None,
            }];
        }
    }
    RunView {
        id: text("run-2M9Q4T"),
        status,
        sentence: sentence.into(),
        steps,
        elapsed_seconds: Some(52),
        expected_seconds: Some(232),
        started: Some(ago(1)),
        ..RunView::default()
    }
}

fn half_done() -> RunView {
    let mut run =
        a_run(Status::Running, "Making the load balancer; 9 of 14 are done.", |step| match step.id.as_str() {
            "load-balancer" => Status::Running,
            _ if step.wave <= 1 => Status::Succeeded,
            _ => Status::Waiting,
        });
    run.choices = vec![Choice {
        label: text("Stop this run"),
        post_to: gantry_app::routes::run_choice("run-2M9Q4T", "abort"),
        tone: Tone::Plain,
        explain: text("Finishes what is under way, starts nothing more, and asks how to go on."),
        refused: None,
    }];
    run
}

fn done() -> RunView {
    RunView {
        elapsed_seconds: Some(219),
        endpoint: Some(text("https://orders.example.com")),
        finished: true,
        ..a_run(Status::Succeeded, "All 14 resources are made, and the service answers.", |_| Status::Succeeded)
    }
}

fn failed() -> RunView {
    let choice = |label: &str, verb: &str, tone: Tone, explain: &str, refused: Option<&str>| Choice {
        label: label.into(),
        post_to: gantry_app::routes::run_choice("run-2M9Q4T", verb),
        tone,
        explain: explain.into(),
        refused: refused.map(text),
    };
    RunView {
        failures: vec![Failure {
            step_id: text("service"),
            what: text("Creating the ECS service orders failed"),
            code: text("InvalidParameterException"),
            aws_said: text("The image public.ecr.aws/nginx/nginx:1.99 could not be pulled: manifest unknown."),
            meaning: text(
                "The tag does not exist in the registry. Check the image's name and tag; then request the change, or undo.",
            ),
            request_id: Some(text("8f1c2a44-77f0-4a3e-9d52-0a1b2c3d4e5f")),
        }],
        choices: vec![
            choice(
                "Try again",
                "retry",
                Tone::Primary,
                "Looks at what AWS has and goes on with the failed step.",
                None,
            ),
            choice("Undo this run", "undo", Tone::Danger, "Deletes the 11 resources made so far, newest first.", None),
            choice(
                "Keep and fix",
                "keep",
                Tone::Plain,
                "Leaves everything as it is; the next change goes on from here.",
                Some("Only an owner of Payments may keep a half-made stack."),
            ),
        ],
        ..a_run(Status::NeedsAttention, "The service could not be made. Choose how to go on.", |step| {
            match step.id.as_str() {
                "service" => Status::Failed,
                _ if step.wave <= 2 => Status::Succeeded,
                _ => Status::Waiting,
            }
        })
    }
}

/// A cluster, a load balancer and five services behind it, in one plan.
fn sixty() -> RunView {
    let mut steps = vec![
        step("cluster", "ECS cluster", Glyph::Cluster, 0, &[], 8, "It starts at once."),
        step("balancer-group", "Security group", Glyph::SecurityGroup, 0, &[], 4, "It starts at once."),
        step(
            "balancer",
            "Load balancer",
            Glyph::LoadBalancer,
            1,
            &["balancer-group"],
            140,
            "Needs its security group.",
        ),
        step("fallback", "Target group", Glyph::TargetGroup, 0, &[], 4, "It starts at once."),
        step("listener", "Listener", Glyph::Listener, 2, &["balancer", "fallback"], 4, "Needs the load balancer."),
    ];
    for name in ["orders", "checkout", "search-suggestions", "mail", "accounts"] {
        let id = |part: &str| format!("{name}-{part}");
        let mut add = |part: &str, kind: &str, glyph: Glyph, wave: u32, needs: &[&str], seconds: u64| {
            let needs: Vec<String> =
                needs.iter().map(|need| need.strip_prefix('.').map_or_else(|| (*need).to_owned(), id)).collect();
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            steps.push(step(&id(part), kind, glyph, wave, &needs, seconds, "Needs what its lines lead to."));
        };
        add("logs", "Log group", Glyph::LogGroup, 0, &[], 3);
        add("execution", "IAM role", Glyph::Role, 0, &[], 12);
        add("role", "IAM role", Glyph::Role, 0, &[], 12);
        add("settings", "SSM parameter", Glyph::Parameter, 0, &[], 3);
        add("group", "Security group", Glyph::SecurityGroup, 1, &["balancer-group"], 4);
        add("target", "Target group", Glyph::TargetGroup, 0, &[], 4);
        add("task", "Task definition", Glyph::TaskDefinition, 1, &[".logs", ".execution", ".role", ".settings"], 3);
        add("rule", "Listener rule", Glyph::ListenerRule, 3, &["listener", ".target"], 3);
        add("service", "ECS service", Glyph::Service, 4, &["cluster", ".group", ".task", ".rule"], 75);
        add("scaling", "Scalable target", Glyph::Scaling, 5, &[".service"], 3);
        add("cpu", "Scaling policy", Glyph::Scaling, 6, &[".scaling"], 3);
    }
    for step in &mut steps {
        step.critical = ["balancer-group", "balancer", "listener"].contains(&step.id.as_str())
            || ["orders-rule", "orders-service", "orders-scaling", "orders-cpu"].contains(&step.id.as_str());
        (step.status, step.elapsed_seconds) = match step.wave {
            0 => (Status::Succeeded, step.expected_seconds),
            1 if step.id == "balancer" => (Status::Running, Some(74)),
            1 => (Status::Succeeded, step.expected_seconds),
            _ => (Status::Waiting, None),
        };
    }
    RunView { steps, sentence: text("31 of 60 steps are done."), ..half_done() }
}

fn needs() -> Vec<home::Need> {
    let one = |key: &str, status, title: &str, detail: &str, minutes| home::Need {
        key: key.into(),
        status,
        title: title.into(),
        href: gantry_app::routes::request(key),
        detail: detail.into(),
        who: text("Ada Lovelace"),
        when: ago(minutes),
    };
    vec![
        one("run-8K2M", Status::Failed, "Change checkout in staging", "The run has stopped and waits for a choice", 3),
        one("req-7F3K", Status::NeedsApproval, "Create orders in production", "14 to create, $58.12 a month", 14),
        one("req-9Q4T", Status::NeedsApproval, "Destroy old-orders in staging", "11 to delete, $0.00 a month", 31),
    ]
}

fn found() -> SearchResult {
    let item = |title: &str, detail: &str, icon: &str| SearchItem {
        title: title.into(),
        detail: detail.into(),
        icon: icon.into(),
        to: text("/"),
        post: None,
    };
    let group = |title: &str, items| SearchGroup { title: title.into(), items };
    SearchResult {
        query: text("order"),
        groups: vec![
            group(
                "Stacks",
                vec![
                    item("orders", "Web service in production, Payments", "stack"),
                    item("order-history", "Web service in staging, Payments", "stack"),
                ],
            ),
            group("Requests", vec![item("Create orders in production", "Needs approval, $58.12 a month", "request")]),
            group(
                "Do",
                vec![
                    item("Request a web service", "", "plus"),
                    SearchItem { post: Some(vec![]), ..item("Sign out", "", "sign-out") },
                ],
            ),
        ],
    }
}

fn settings(id: &str, title: &str, help: &str, fields: Vec<request_form::Field>) -> request_form::FormSection {
    request_form::FormSection { id: id.into(), title: title.into(), help: help.into(), fields }
}

fn setting(name: &str, label: &str, help: &str, control: request_form::Control) -> request_form::Field {
    request_form::Field {
        name: name.into(),
        label: label.into(),
        help: help.into(),
        required: true,
        only_when: None,
        control,
    }
}

fn typed(value: &str, code: bool) -> request_form::Control {
    request_form::Control::Text {
        value: value.into(),
        placeholder: String::new(),
        pattern: None,
        max_length: Some(255),
        code,
    }
}

fn chosen(value: &str, options: &[(&str, &str, &str)]) -> request_form::Control {
    let option = |(value, label, help): &(&str, &str, &str)| request_form::ChoiceOption {
        value: text(value),
        label: text(label),
        help: text(help),
    };
    request_form::Control::Choice { value: value.into(), options: options.iter().map(option).collect() }
}

const ACROSS: &[(&str, &str, &str)] = &[
    ("none", "None", "Sees and does what their teams allow."),
    ("platform", "Platform team", "Runs environments and templates, and approves."),
    ("auditor", "Auditor", "Reads everything and changes nothing."),
    ("admin", "Administrator", "Manages people, teams and environments."),
];

fn people_pages(write: Write) -> std::io::Result<()> {
    let person = |id: &str, name: &str, role: Option<&str>, teams: &[&str], status: Status, word: &str, seen: i64| {
        people::PersonRow {
            id: id.into(),
            name: name.into(),
            email: format!("{}@example.com", name.to_lowercase().replace(' ', ".")),
            role: role.map(text),
            teams: teams.iter().map(|team| text(team)).collect(),
            status,
            word: word.into(),
            seen: (seen > 0).then(|| ago(seen)),
        }
    };
    let long = "Wolfeschlegelsteinhausenbergerdorff Mountbatten-Windsor-Featherstone";
    let rows = vec![
        person("usr-1", "Ada Lovelace", Some("Administrator"), &[], Status::Succeeded, "Active", 3),
        person("usr-2", "Grace Hopper", None, &["Payments (owner)", "Search"], Status::Succeeded, "Active", 190),
        person("usr-3", "Linus Pauling", None, &["Payments"], Status::Waiting, "Invited", 0),
        person("usr-4", long, Some("Platform team"), &["Payments"], Status::Withdrawn, "Disabled", 90_000),
    ];
    write("people", framed(NavItem::People, None, people::PeoplePage { query: String::new(), rows }))?;
    let none = people::PeoplePage { query: text("zzz"), rows: vec![] };
    write("people-none", framed(NavItem::People, None, none))?;
    let danger = gantry_app::components::Danger {
        title: text("Disable this account"),
        text: text(
            "Grace Hopper is signed out everywhere at once and cannot sign in any more. What they asked for and decided stays.",
        ),
        label: text("Disable Grace Hopper"),
        is_loss: true,
        ..Default::default()
    };
    write(
        "person",
        framed(
            NavItem::People,
            Some(Flash::Done(text("The account of Grace Hopper was changed."))),
            person::PersonPage {
                id: text("usr-7F3K2M9Q"),
                name: text("Grace Hopper"),
                email: text("grace.hopper@example.com"),
                status: Status::Succeeded,
                word: text("Active"),
                standing: text("by e-mail address and password"),
                since: ago(90_000),
                seen: Some(ago(190)),
                version: text("3"),
                sections: vec![settings(
                    "account",
                    "Account",
                    "The role across teams comes on top of what each team allows.",
                    vec![
                        setting("name", "Name", "", typed("Grace Hopper", false)),
                        setting("role", "Role across teams", "", chosen("none", ACROSS)),
                    ],
                )],
                errors: vec![],
                link_label: Some(text("Make a link for a new password")),
                teams: vec![
                    (text("team-1"), text("Payments"), text("Owner")),
                    (text("team-2"), text("Search"), text("Developer")),
                ],
                history: activity(),
                danger,
            },
        ),
    )?;
    let places: &[(&str, &str, &str)] = &[
        ("", "–", ""),
        ("a", "Payments, developer", ""),
        ("b", "Payments, owner", ""),
        ("c", "Payments, viewer", ""),
        ("d", "Search, developer", ""),
    ];
    write(
        "person-invite",
        framed(
            NavItem::People,
            None,
            settings::SettingsPage {
                heading: text("Invite somebody"),
                lead: text("Makes the account, and a link with which its owner chooses a password."),
                trail: vec![(text("People"), text(gantry_app::routes::PEOPLE))],
                post_to: text("/people/invite"),
                sections: vec![
                    settings(
                        "who",
                        "Who",
                        "Gantry sends no e-mail: you pass on a link that works once, within a week.",
                        vec![
                            setting("name", "Name", "", typed("Linus Pauling", false)),
                            setting("email", "E-mail address", "What they sign in with.", typed("linus", false)),
                        ],
                    ),
                    settings(
                        "across",
                        "Across teams",
                        "For those who run the platform or look after it. Most people have no such role.",
                        vec![setting("role", "Role across teams", "", chosen("none", ACROSS))],
                    ),
                    settings(
                        "teams",
                        "Teams",
                        "Developers ask for stacks; owners also approve and manage members.",
                        vec![setting("teams.0", "Team and role", "", chosen("a", places))],
                    ),
                ],
                errors: vec![FieldError {
                    path: text("email"),
                    code: text("wrong-form"),
                    message: text("An e-mail address reads like you@example.com."),
                }],
                submit_label: text("Make the invitation"),
                back_to: text(gantry_app::routes::PEOPLE),
            },
        ),
    )?;
    let link = person_link::PersonLinkPage {
        id: text("usr-3"),
        name: text("Linus Pauling"),
        email: text("linus.pauling@example.com"),
        is_reset: false,
        link: format!("https://gantry.example.com/join?token={}", "5c0f9a1be2d4".repeat(5)),
        until: ago(-7 * 24 * 60),
    };
    write("person-link", framed(NavItem::People, None, link))?;
    let join = |person: Option<(&str, &str)>, errors| join::JoinPage {
        token: text("sample"),
        person: person.map(|(name, email)| (text(name), text(email))),
        errors,
    };
    let weak = FieldError {
        path: text("password"),
        code: text("too-short"),
        message: text("A password needs at least 12 characters."),
    };
    let linus = Some(("Linus Pauling", "linus.pauling@example.com"));
    write("join", render_bare(Head::default(), text("sample"), None, join(linus, vec![weak])))?;
    write("join-dead", render_bare(Head::default(), text("sample"), None, join(None, vec![])))?;

    let team = |name: &str, title: &str, members, owners, stacks, cost: &str| teams::TeamRow {
        id: format!("team-{name}"),
        name: name.into(),
        title: title.into(),
        members,
        owners,
        stacks,
        cost: cost.into(),
    };
    let rows = vec![
        team("payments", "Payments", 7, 2, 12, "$1,204.10"),
        team("search", "Search", 3, 0, 0, "$0.00"),
        team("storefront", "Storefront and everything that customers ever see of us there", 24, 1, 31, "$4,018.77"),
    ];
    write("teams", framed(NavItem::Teams, None, teams::TeamsPage { rows, may_add: true }))?;
    write("teams-none", framed(NavItem::Teams, None, teams::TeamsPage { rows: vec![], may_add: true }))?;
    let member = |name: &str, role: &str, disabled, is_reader| team::Member {
        id: format!("usr-{}", &name[..3]),
        name: name.into(),
        email: format!("{}@example.com", name.to_lowercase().replace(' ', ".")),
        role: role.into(),
        disabled,
        is_reader,
    };
    let page = team::TeamPage {
        id: text("team-7F3K2M9Q"),
        name: text("payments"),
        title: text("Payments"),
        version: text("1"),
        stacks: 12,
        cost: text("$1,204.10"),
        members: vec![
            member("Ada Lovelace", "developer", false, false),
            member("Grace Hopper", "owner", false, true),
            member(long, "viewer", true, false),
        ],
        refused: None,
        may_open_people: true,
        adding: (text("nobody@example.com"), text("developer")),
        sections: vec![settings(
            "name",
            "Name",
            "As everybody reads it. The short name stands in tags in AWS and stays.",
            vec![setting("title", "Name of the team", "", typed("Payments", false))],
        )],
        errors: vec![FieldError {
            path: text("email"),
            code: text("unknown-person"),
            message: text("Nobody who can sign in has this address. An administrator invites people first."),
        }],
    };
    let seen = team::TeamPage {
        refused: Some(text("Owners of the team change who is in it.")),
        may_open_people: false,
        errors: vec![],
        ..page.clone()
    };
    write("team", framed(NavItem::Teams, None, page))?;
    write("team-seen", framed(NavItem::Teams, None, seen))
}

fn environment_pages(write: Write) -> std::io::Result<()> {
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
    write("environments", framed(NavItem::Environments, None, environments::EnvironmentsPage { rows }))?;
    let none = environments::EnvironmentsPage { rows: vec![] };
    write("environments-none", framed(NavItem::Environments, None, none))?;

    let setting = |label: &str, values: &[&str], code| environment::Setting {
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
                    setting("AWS account", &["123456789012"], true),
                    setting("Launch role", &["arn:aws:iam::123456789012:role/gantry-launch"], true),
                    setting("External id", &["yes"], false),
                ],
            ),
            (
                text("Network and traffic"),
                vec![
                    setting("Public subnets", &["subnet-0a1b2c3d", "subnet-1a1b2c3d"], true),
                    setting("Shared load balancer", &["none"], false),
                ],
            ),
        ],
        history: activity(),
    };
    write("environment", framed(NavItem::Environments, None, page.clone()))?;
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
    write("environment-checked", framed(NavItem::Environments, None, checked))?;

    let door = || {
        settings(
            "account",
            "Account",
            "Gantry takes this role to read and to provision; nobody's own credentials are used.",
            vec![
                self::setting("account", "AWS account", "Twelve digits.", typed("12", true)),
                self::setting("region", "Region", "", typed("eu-central-1", true)),
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
    write("environment-new", framed(NavItem::Environments, None, form))?;
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
                vec![self::setting(
                    "public_subnets",
                    "Public subnets",
                    "For load balancers that the internet reaches.",
                    several,
                )],
            ),
        ],
        errors: vec![],
    };
    write("environment-change", framed(NavItem::Environments, None, looked))
}

fn template_pages(write: Write) -> std::io::Result<()> {
    let row = |name: &str, title: &str, revisions, stacks, behind| templates::TemplateRow {
        name: name.into(),
        title: title.into(),
        version: text("1.2.0"),
        published: ago(9_000),
        revisions,
        stacks,
        behind,
    };
    let rows = vec![row("fargate-cluster", "Fargate cluster", 1, 4, 0), row("web-service", "Web service", 3, 42, 7)];
    write("templates", framed(NavItem::Templates, None, templates::TemplatesPage { rows }))?;
    let revision = |version: &str, stacks: &[(&str, &str)]| template_revisions::RevisionView {
        version: version.into(),
        published: ago(9_000),
        hash: "5c0f9a1be2d4".repeat(5),
        source: text(
            "name: web-service\nversion: 1.2.0\ntitle: Web service\ninputs:\n  - name: image\n    type: image\n",
        ),
        stacks: stacks.iter().map(|(name, place)| (format!("stk-{name}"), text(name), text(place))).collect(),
    };
    let page = template_revisions::TemplateRevisionsPage {
        name: text("web-service"),
        title: text("Web service"),
        summary: text("A container behind HTTPS."),
        revisions: vec![
            revision("1.2.0", &[("orders", "production · Payments"), ("shop", "staging · Storefront")]),
            revision("1.1.0", &[]),
        ],
    };
    write("template-revisions", framed(NavItem::Templates, None, page))
}
