//! The reference of the API.

use std::io;

use gantry_app::{NavItem, pages::*};

use crate::{Gallery, text};

pub fn pages(gallery: &Gallery) -> io::Result<()> {
    gallery.page("api-docs", NavItem::Nowhere, reference())
}

fn reference() -> api_docs::ApiDocsPage {
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
