//! The OpenAPI document: how it opens, and what holds for every operation.

use serde_json::json;
use utoipa::{
    OpenApi as _, PartialSchema as _, ToSchema as _,
    openapi::{
        Components, ContentBuilder, HeaderBuilder, OpenApi, RefOr, ResponseBuilder, Responses,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, Type},
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

use super::{
    authenticate::scope_of,
    idempotency::{KEY, REPLAYED},
    problem::{Problem, Wrong},
};

/// What the document calls the token.
pub const TOKEN: &str = "token";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Gantry",
        description = "Ask for Amazon ECS clusters and services, decide about what others ask for, and follow it being \
            made. Make a token on the page of your account and send it as `Authorization: Bearer gty_…`. Every refusal \
            is `application/problem+json` with a stable `code`. Lists come in pages: `next` is the `cursor` of the next \
            one. A post with an `Idempotency-Key` can be sent again: it is done once and answered twice.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/", description = "This installation")),
    tags(
        (name = "Caller", description = "Whom the token speaks for."),
        (name = "Templates", description = "What can be asked for, and what it comes to."),
        (name = "Requests", description = "Asking, looking, deciding."),
        (name = "Runs", description = "How it is made, step by step."),
        (name = "Stacks", description = "What there is."),
        (name = "Environments", description = "Where it can be."),
        (name = "Audit", description = "What happened.")
    )
)]
struct Opening;

/// The document without operations.
pub fn opening() -> OpenApi {
    let mut document = Opening::openapi();
    let mut http = Http::new(HttpAuthScheme::Bearer);
    http.description =
        Some("A token of the page of your account. Each operation names the scope that it needs.".into());
    let components = document.components.get_or_insert_with(Components::new);
    components.security_schemes.insert(TOKEN.to_owned(), SecurityScheme::Http(http).into());
    document
}

/// Adds what holds for every operation: how it is refused, and that a post can be sent again.
pub fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    components.schemas.insert(Wrong::name().into_owned(), Wrong::schema());
    for (path, item) in &mut document.paths.paths {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            let is_about_one = path.contains('{');
            let takes_body = operation.request_body.is_some();
            let makes =
                takes_body && scope_of(operation) != Some(domain::token::Scope::Read) && !path.ends_with("/preview");
            let asks_aws = takes_body || path.ends_with("/requests/{id}");
            refuse(operation, 401, "No token, or none that is good.");
            refuse(operation, 403, "The token lacks the scope, or its person may not do this.");
            refuse(operation, 500, "Our fault.");
            refuse(operation, 504, "AWS or the database did not answer in time.");
            if is_about_one {
                refuse(operation, 404, "There is none, or none that the caller may know of.");
            }
            if takes_body {
                refuse(operation, 400, "The body is not JSON, or a header is wrong.");
                refuse(operation, 413, "The body is too large.");
                refuse(operation, 415, "The body is not application/json.");
                refuse(operation, 422, "What was given is wrong; `errors` says where.");
            } else if operation.parameters.iter().flatten().any(in_query) {
                refuse(operation, 400, "A parameter is wrong.");
            }
            if asks_aws {
                refuse(operation, 502, "AWS could not be asked.");
            }
            if takes_body && !path.ends_with("/validate") {
                refuse(operation, 409, "The state of things does not allow it now.");
            }
            if makes {
                repeat(operation);
            }
        }
    }
}

fn in_query(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query)
}

fn refuse(operation: &mut Operation, status: u16, description: &str) {
    let known = &mut operation.responses.responses;
    if known.contains_key(&status.to_string()) {
        return;
    }
    let content = ContentBuilder::new().schema(Some(utoipa::openapi::Ref::from_schema_name(Problem::name()))).build();
    let mut response = ResponseBuilder::new().description(description).content("application/problem+json", content);
    if status == 401 || status == 403 {
        let challenge = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).build();
        response = response.header("WWW-Authenticate", challenge);
    }
    known.insert(status.to_string(), RefOr::T(response.build()));
}

fn repeat(operation: &mut Operation) {
    let key = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some("A word of your own, new for each thing that you want. Sent again within 24 hours with the same body, it is answered as the first time."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255)).pattern(Some("^[!-~]+$"))))
        .example(Some(json!("deploy-7f3k2m9q")))
        .build();
    debug_assert_eq!(KEY, "idempotency-key");
    operation.parameters.get_or_insert_default().push(RefOr::T(key));
    let Responses { responses, .. } = &mut operation.responses;
    for (status, response) in responses.iter_mut() {
        if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
            let replayed = HeaderBuilder::new()
                .schema(Some(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["true"]))))
                .description(Some("This answer was given before."))
                .build();
            response.headers.insert(REPLAYED.to_owned(), RefOr::T(replayed));
        }
    }
}
