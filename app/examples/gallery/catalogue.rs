//! What can be asked for.

use std::io;

use gantry_app::{NavItem, pages::*};

use crate::{
    Gallery, HYPHENATED, LONG_PERSON, UNBROKEN, ago, hundred,
    plan::{long_named, web_service},
    text,
};

const DOCS: [&str; 2] = [
    "Runs your image on Fargate and puts it on the network. You bring an image, a port and a health-check path; \
     the template makes the rest, in the order AWS needs it.",
    "Take your own load balancer for traffic that must stand alone, or the environment's shared one for everything \
     else: it costs less and is ready sooner.",
];
const LINK: &str = "https://gantry.example.com/catalogue/web-service/request\
                    ?stack_name=orders&inputs.image=registry.example.com/orders:1.0";

pub fn pages(gallery: &Gallery) -> io::Result<()> {
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
    gallery.page(
        "catalogue",
        NavItem::Catalogue,
        catalogue::CataloguePage { query: String::new(), cards: vec![web.clone(), cluster.clone()] },
    )?;
    gallery.page(
        "catalogue-nothing",
        NavItem::Catalogue,
        catalogue::CataloguePage { query: text("lambda"), cards: vec![] },
    )?;
    let shelf = |cards| catalogue::CataloguePage { query: String::new(), cards };
    gallery.page("catalogue-empty", NavItem::Catalogue, shelf(vec![]))?;
    gallery.page("catalogue-one", NavItem::Catalogue, shelf(vec![web.clone()]))?;
    gallery.page("catalogue-hundred", NavItem::Catalogue, shelf(hundred(&[web.clone(), cluster])))?;
    let long = |title: &str| catalogue::TemplateCard {
        name: text(title),
        title: text(title),
        summary: format!("Makes {title}."),
        owner: text(LONG_PERSON),
        gives: vec![text(UNBROKEN), text(HYPHENATED)],
        ..web.clone()
    };
    gallery.page_long("catalogue-long", NavItem::Catalogue, shelf(vec![long(UNBROKEN), long(HYPHENATED)]))?;
    let input = |name: &str, title: &str, kind: &str, default: Option<&str>, help: &str| template::InputRow {
        name: name.into(),
        title: title.into(),
        kind: kind.into(),
        help: help.into(),
        default: default.map(text),
        required: default.is_none(),
    };
    let page = template::TemplatePage {
        card: web.clone(),
        revision: text("3"),
        hash: text("9f2c41d07ab3e5518d"),
        published: Some(ago(9_000)),
        docs: DOCS.map(text).to_vec(),
        inputs: vec![
            input("name", "Name", "Text", None, "Lower-case letters, digits and dashes."),
            input("image", "Image", "Image reference", None, "Where the container comes from."),
            input("container_port", "Container port", "Port", Some("8080"), "What your process listens on."),
            input("size", "CPU and memory", "CPU/memory pair", Some("0.5 vCPU, 1 GB"), "Only pairs that Fargate has."),
        ],
        steps: web_service(),
        example_link: text(LINK),
        refused: None,
    };
    gallery.page("template", NavItem::Catalogue, page.clone())?;
    let refused = template::TemplatePage {
        refused: Some(text("Viewers of Payments ask for nothing. An owner of the team can make you a developer.")),
        inputs: vec![],
        ..page.clone()
    };
    gallery.page("template-refused", NavItem::Catalogue, refused)?;
    let long = template::TemplatePage {
        card: long(HYPHENATED),
        inputs: vec![
            input(UNBROKEN, UNBROKEN, "Text", Some(UNBROKEN), ""),
            input(HYPHENATED, HYPHENATED, "Text", Some(HYPHENATED), "Where it comes from."),
        ],
        steps: long_named(),
        ..page
    };
    gallery.page_long("template-long", NavItem::Catalogue, long)
}
