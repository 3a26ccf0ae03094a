//! Stacks, and the end of one.

use std::io;

use gantry_app::{NavItem, Status, pages::*, routes};

use crate::{Gallery, ago, plan::web_service, request::cost, requests::request_rows, text};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    gallery.page(
        "stacks",
        NavItem::Stacks,
        stacks::StacksPage { query: String::new(), rows: stack_rows(), may_request: true },
    )?;
    gallery.page(
        "stacks-empty",
        NavItem::Stacks,
        stacks::StacksPage { may_request: true, ..stacks::StacksPage::default() },
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
        gallery.page(
            name,
            NavItem::Stacks,
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
                template_href: routes::template("web-service"),
                revision: text("Web service, revision 3"),
                uses: vec![(text("shared-production"), text("stk-9AAAAA"))],
                ..stack::StackPage::default()
            },
        )?;
    }
    gallery.page(
        "stack-destroy",
        NavItem::Stacks,
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
    )
}

pub fn stack_rows() -> Vec<stacks::StackRow> {
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
