//! Stacks, and the end of one.

use std::io;

use gantry_app::{
    NavItem, Status, StepView,
    components::{Direction, Pages, Sort},
    pages::*,
    routes,
};

use crate::{
    Gallery, HYPHENATED, LONG_PERSON, UNBROKEN, ago, hundred,
    plan::{long_named, web_service},
    request::cost,
    requests::{long_request_rows, request_rows},
    text,
};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    let found = |query: &str, rows| stacks::StacksPage {
        query: text(query),
        rows,
        sorts: sorts(Some(Direction::Ascending), None),
        may_request: true,
        ..stacks::StacksPage::default()
    };
    let first = Pages { first: None, next: Some(text("#")) };
    gallery.page("stacks", NavItem::Stacks, stacks::StacksPage { pages: first, ..found("", stack_rows()) })?;
    let by_change = stacks::StacksPage {
        sort: text("changed"),
        sorts: sorts(None, Some(Direction::Descending)),
        pages: Pages { first: Some(text("#")), next: Some(text("#")) },
        ..found("", stack_rows())
    };
    gallery.page("stacks-by-change", NavItem::Stacks, by_change)?;
    let past_the_end = stacks::StacksPage { pages: Pages { first: Some(text("#")), next: None }, ..found("", vec![]) };
    gallery.page("stacks-past-the-end", NavItem::Stacks, past_the_end)?;
    gallery.page(
        "stacks-empty",
        NavItem::Stacks,
        stacks::StacksPage { may_request: true, ..stacks::StacksPage::default() },
    )?;
    gallery.page("stacks-none-found", NavItem::Stacks, found("lambda", vec![]))?;
    gallery.page("stacks-one", NavItem::Stacks, found("", stack_rows()[..1].to_vec()))?;
    gallery.page("stacks-hundred", NavItem::Stacks, found("", hundred(&stack_rows())))?;
    gallery.page_long("stacks-long", NavItem::Stacks, found(HYPHENATED, long_stack_rows()))?;
    for (name, tab) in [
        ("stack", stack::StackTab::Overview),
        ("stack-resources", stack::StackTab::Resources),
        ("stack-releases", stack::StackTab::Releases),
        ("stack-requests", stack::StackTab::Requests),
    ] {
        gallery.page(name, NavItem::Stacks, a_stack(tab))?;
        let nothing = stack::StackPage {
            outputs: vec![],
            inputs: vec![],
            resources: vec![],
            releases: vec![],
            release_count: 0,
            requests: vec![],
            request_count: 0,
            pages: Pages::default(),
            uses: vec![],
            ..a_stack(tab)
        };
        gallery.page(&format!("{name}-nothing"), NavItem::Stacks, nothing)?;
        gallery.page_long(&format!("{name}-long"), NavItem::Stacks, a_long_stack(tab))?;
    }
    let destroy = stack_destroy::StackDestroyPage {
        id: text("stk-4T9QXN"),
        name: text("orders"),
        resources: web_service().into_iter().rev().map(|step| (step.kind, step.name)).collect(),
        stays: vec![text("The cluster shared-production, which other stacks use.")],
        cost: cost(),
        typed: text("order"),
        error: Some(text("That is not its name. Type orders, exactly.")),
        refused: None,
    };
    gallery.page("stack-destroy", NavItem::Stacks, destroy.clone())?;
    let refused = stack_destroy::StackDestroyPage {
        typed: String::new(),
        error: None,
        refused: Some(text("Two stacks use this one: orders and checkout. Destroy them first.")),
        ..destroy.clone()
    };
    gallery.page("stack-destroy-refused", NavItem::Stacks, refused)?;
    let long = stack_destroy::StackDestroyPage {
        name: text(UNBROKEN),
        resources: long_named().into_iter().map(|step| (step.kind, step.name)).collect(),
        stays: vec![format!("The cluster {HYPHENATED}, which other stacks use.")],
        error: Some(format!("That is not its name. Type {UNBROKEN}, exactly.")),
        ..destroy
    };
    gallery.page_long("stack-destroy-long", NavItem::Stacks, long)
}

fn sorts(by_name: Option<Direction>, by_change: Option<Direction>) -> Vec<Sort> {
    vec![
        Sort { head: "Stack", href: text("/stacks"), now: by_name },
        Sort { head: "Changed", href: text("/stacks?sort=changed"), now: by_change },
    ]
}

fn a_stack(tab: stack::StackTab) -> stack::StackPage {
    let release = |number: &str, title: &str, run: &str, minutes, current| stack::ReleaseRow {
        number: text(number),
        title: text(title),
        run_id: text(run),
        who: text("Ada Lovelace"),
        when: ago(minutes),
        current,
    };
    stack::StackPage {
        row: stack_rows().remove(0),
        sentence: text("Two of two tasks are healthy behind the load balancer."),
        tab,
        outputs: vec![
            (text("Endpoint"), text("https://orders.example.com")),
            (text("Cluster"), text("shared-production")),
        ],
        inputs: vec![(text("Image"), text("public.ecr.aws/nginx/nginx:1.27")), (text("Container port"), text("8080"))],
        resources: resources(web_service()),
        releases: vec![
            release("87", "Change image to nginx:1.27", "run-2M9Q4T", 300, true),
            release("86", "Change image to nginx:1.26", "run-1K3P7D", 4_000, false),
        ],
        release_count: 87,
        requests: request_rows(),
        request_count: 104,
        pages: match tab {
            stack::StackTab::Releases | stack::StackTab::Requests => Pages { first: None, next: Some(text("#")) },
            stack::StackTab::Overview | stack::StackTab::Resources => Pages::default(),
        },
        cost: cost(),
        template_href: routes::template("web-service"),
        revision: text("Web service, revision 3"),
        uses: vec![(text("shared-production"), text("stk-9AAAAA"))],
        ..stack::StackPage::default()
    }
}

fn a_long_stack(tab: stack::StackTab) -> stack::StackPage {
    let release = |name: &str, current| stack::ReleaseRow {
        number: text("1204"),
        title: format!("Create {name}"),
        run_id: text("run-2M9Q4T"),
        who: text(LONG_PERSON),
        when: ago(300),
        current,
    };
    stack::StackPage {
        row: long_stack_rows().remove(0),
        outputs: vec![
            (text("Endpoint"), format!("https://{HYPHENATED}.example.com/{UNBROKEN}")),
            (text(UNBROKEN), text(UNBROKEN)),
        ],
        inputs: vec![(text(HYPHENATED), text(UNBROKEN)), (text("Image"), format!("public.ecr.aws/{UNBROKEN}:1"))],
        resources: resources(long_named()),
        releases: vec![release(UNBROKEN, true), release(HYPHENATED, false)],
        requests: long_request_rows(),
        revision: format!("{HYPHENATED}, revision 3"),
        uses: vec![(text(UNBROKEN), text("stk-9AAAAA"))],
        used_by: vec![(text(HYPHENATED), text("stk-9BBBBB"))],
        change_refused: Some(format!("The template {HYPHENATED} is no longer in the catalogue.")),
        ..a_stack(tab)
    }
}

fn resources(steps: Vec<StepView>) -> Vec<stack::ResourceRow> {
    steps
        .into_iter()
        .map(|step| stack::ResourceRow {
            physical: format!("arn:aws:ecs:eu-central-1:421100000917:{}/{}-5f3a91c2", step.id, step.name),
            name: step.name,
            kind: step.kind,
            glyph: step.glyph,
            console_href: Some(text("https://console.aws.amazon.com/")),
            status: Status::Succeeded,
        })
        .collect()
}

pub fn long_stack_rows() -> Vec<stacks::StackRow> {
    [UNBROKEN, HYPHENATED]
        .into_iter()
        .map(|name| stacks::StackRow {
            name: text(name),
            template: text(name),
            environment: text(name),
            team: text(name),
            endpoint: Some(format!("https://{HYPHENATED}.staging.example.com")),
            cost: Some(text("$104,018.77")),
            ..stack_rows().remove(0)
        })
        .collect()
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
