//! The OpenAPI document as people read it.

use app::pages::api_docs::{ApiDocsPage, Field, Group, Kind, Operation, Shape};
use serde_json::Value as Json;

use crate::api;

const SHAPES: &str = "#/components/schemas/";

/// The page; `public_url` is where this installation is.
pub fn page(document: &Json, public_url: &str) -> ApiDocsPage {
    let groups = list(&document["tags"]).map(|tag| Group {
        name: text(&tag["name"]),
        about: text(&tag["description"]),
        operations: operations(document, &tag["name"]),
    });
    let shapes = fields_of(&document["components"]["schemas"]).map(|(name, schema)| {
        let (mut fields, mut about) = (vec![], text(&schema["description"]));
        parts(document, schema, &mut fields, &mut about);
        Shape { name: name.clone(), about, fields, words: list(&schema["enum"]).map(text).collect() }
    });
    ApiDocsPage {
        about: text(&document["info"]["description"]),
        document: api::DOCUMENT.to_owned(),
        first_call: format!("curl -H \"Authorization: Bearer $GANTRY_TOKEN\" {public_url}/api/v1/me"),
        groups: groups.collect(),
        shapes: shapes.collect(),
    }
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Json) -> impl Iterator<Item = &Json> {
    value.as_array().into_iter().flatten()
}

fn fields_of(value: &Json) -> impl Iterator<Item = (&String, &Json)> {
    value.as_object().into_iter().flatten()
}

fn operations(document: &Json, tag: &Json) -> Vec<Operation> {
    let all = fields_of(&document["paths"])
        .flat_map(|(path, item)| fields_of(item).map(move |(method, operation)| (path, method, operation)));
    all.filter(|(.., operation)| operation["tags"][0] == *tag)
        .map(|(path, method, operation)| {
            let parameters = list(&operation["parameters"]).map(|one| Field {
                name: text(&one["name"]),
                place: format!("in the {}", text(&one["in"]).replace("query", "query string")),
                kind: kind(&one["schema"]),
                optional: one["required"] != true,
                about: text(&one["description"]),
            });
            let body = &operation["requestBody"]["content"]["application/json"];
            let example = example(document, body);
            Operation {
                id: text(&operation["operationId"]),
                method: method.to_uppercase(),
                path: path.clone(),
                title: text(&operation["summary"]),
                about: text(&operation["description"]),
                scope: text(&operation["security"][0][api::TOKEN][0]),
                parameters: parameters.collect(),
                body: body.is_object().then(|| kind(&body["schema"])),
                example,
                answers: fields_of(&operation["responses"]).map(answer).collect(),
            }
        })
        .collect()
}

fn answer((status, response): (&String, &Json)) -> (String, String, Option<Kind>) {
    let schema = fields_of(&response["content"]).map(|(_, content)| &content["schema"]).next();
    // What refusals look like is said once.
    let shown = schema.filter(|_| status.starts_with('2')).map(kind);
    (status.clone(), text(&response["description"]), shown)
}

/// The example of a body, its own or that of its shape.
fn example(document: &Json, body: &Json) -> Option<String> {
    let shape = body["schema"]["$ref"].as_str().and_then(|name| name.strip_prefix(SHAPES));
    let of_shape = shape.map(|name| &document["components"]["schemas"][name]["example"]);
    let example = Some(&body["example"]).filter(|own| !own.is_null()).or(of_shape).filter(|one| !one.is_null())?;
    serde_json::to_string_pretty(example).ok()
}

/// The fields of a shape; what it is put together from is told in one list.
fn parts(document: &Json, schema: &Json, fields: &mut Vec<Field>, about: &mut String) {
    for part in list(&schema["allOf"]) {
        match part["$ref"].as_str().and_then(|name| name.strip_prefix(SHAPES)) {
            Some(name) => parts(document, &document["components"]["schemas"][name], fields, about),
            None => {
                if about.is_empty() {
                    *about = text(&part["description"]);
                }
                parts(document, part, fields, about);
            }
        }
    }
    let required: Vec<&str> = list(&schema["required"]).filter_map(Json::as_str).collect();
    fields.extend(fields_of(&schema["properties"]).map(|(name, field)| Field {
        name: name.clone(),
        place: String::new(),
        kind: kind(field),
        optional: !required.contains(&name.as_str()),
        about: text(&field["description"]),
    }));
}

/// What a schema says a value is.
fn kind(schema: &Json) -> Kind {
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.strip_prefix(SHAPES)) {
        return Kind { name: name.to_owned(), is_shape: true, ..Kind::default() };
    }
    // Something or null.
    let choices: Vec<&Json> = list(&schema["oneOf"]).collect();
    if let Some(other) = choices.iter().find(|one| one["type"] != "null").filter(|_| choices.len() == 2) {
        return Kind { suffix: " or null".to_owned(), ..kind(other) };
    }
    let types: Vec<&str> = match &schema["type"] {
        Json::Array(several) => several.iter().filter_map(Json::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let suffix = if types.contains(&"null") { " or null" } else { "" }.to_owned();
    match types.iter().find(|one| **one != "null") {
        Some(&"array") => {
            let of = kind(&schema["items"]);
            Kind { prefix: format!("list of {}", of.prefix), suffix: format!("{}{suffix}", of.suffix), ..of }
        }
        Some(&"object") if schema["additionalProperties"].is_object() => {
            let of = kind(&schema["additionalProperties"]);
            Kind { prefix: format!("map of {}", of.prefix), suffix: format!("{}{suffix}", of.suffix), ..of }
        }
        Some(&"string") if schema["format"] == "date-time" => {
            Kind { name: "instant".to_owned(), suffix, ..Kind::default() }
        }
        Some(one) => Kind { name: (*one).to_owned(), suffix, ..Kind::default() },
        None => Kind { name: "anything".to_owned(), ..Kind::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_tells_of_every_operation_and_every_link_leads_somewhere() {
        let document = serde_json::to_value(api::document()).unwrap();
        let page = page(&document, "https://gantry.example.com");
        let told: usize = page.groups.iter().map(|group| group.operations.len()).sum();
        let all: usize = fields_of(&document["paths"]).map(|(_, item)| fields_of(item).count()).sum();
        assert_eq!(told, all);
        let names: Vec<&str> = page.shapes.iter().map(|shape| shape.name.as_str()).collect();
        let operations = || page.groups.iter().flat_map(|group| &group.operations);
        let fields = page.shapes.iter().flat_map(|shape| &shape.fields).map(|field| &field.kind);
        let bodies = operations()
            .flat_map(|one| one.body.iter().chain(one.answers.iter().filter_map(|(.., kind)| kind.as_ref())));
        for kind in fields.chain(bodies).filter(|kind| kind.is_shape) {
            assert!(names.contains(&kind.name.as_str()), "{} is nowhere", kind.name);
        }
        assert!(operations().all(|one| !one.scope.is_empty() && !one.title.is_empty()));
        let request = page.shapes.iter().find(|shape| shape.name == "Request").unwrap();
        let of = |name: &str| request.fields.iter().find(|field| field.name == name).unwrap();
        assert_eq!(of("decisions").kind.prefix, "list of ");
        assert_eq!((of("run").kind.name.as_str(), of("run").kind.suffix.as_str()), ("string", " or null"));
    }
}
