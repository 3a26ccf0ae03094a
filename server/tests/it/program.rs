//! As much of a program as the API needs: a token, and JSON both ways.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::Response,
};
use domain::{people::Actor, token::Scope};
use serde_json::Value as Json;
use service::tokens::NewToken;
use tower::ServiceExt as _;

use crate::house::House;

#[derive(Clone)]
pub struct Program {
    router: Router,
    token: Option<String>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    /// Null where there is no body.
    pub json: Json,
}

impl Answer {
    /// The stable word of a refusal.
    pub fn code(&self) -> &str {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json", "{}", self.text);
        assert_eq!(self.json["status"], self.status.as_u16(), "{}", self.text);
        assert_eq!(self.json["type"], "about:blank");
        self.json["code"].as_str().unwrap()
    }
}

impl House {
    /// A program with a token of this person for these scopes.
    pub async fn program(&self, person: &str, scopes: &[Scope]) -> Program {
        let actor = self.actor(person).await;
        Program { token: Some(self.token(&actor, scopes).await), ..self.stranger() }
    }

    pub async fn token(&self, actor: &Actor, scopes: &[Scope]) -> String {
        let name = domain::ids::readable(&*self.portal.entropy, 8);
        let wanted = NewToken { name, scopes: scopes.iter().copied().collect(), days: 1 };
        self.portal.create_token(actor, &wanted).await.unwrap().text.reveal().to_owned()
    }

    /// A program without a token.
    pub fn stranger(&self) -> Program {
        Program { router: self.router.clone(), token: None }
    }
}

impl Program {
    /// The same program, sent to another process by a load balancer.
    pub fn through(self, router: Router) -> Self {
        Self { router, ..self }
    }

    pub fn with_token(&self, text: &str) -> Self {
        Self { token: Some(text.to_owned()), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        read(self.ask(Method::GET, path, None, &[]).await).await
    }

    pub async fn post(&self, path: &str, body: Json) -> Answer {
        self.post_with(path, body, &[]).await
    }

    pub async fn post_with(&self, path: &str, body: Json, headers: &[(&str, &str)]) -> Answer {
        read(self.ask(Method::POST, path, Some(body.to_string()), headers).await).await
    }

    /// The answer before its body is read: event streams have no end.
    pub async fn ask(&self, method: Method, path: &str, body: Option<String>, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }
}

pub async fn read(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().into()).unwrap();
    let json = serde_json::from_str(&text).unwrap_or_default();
    Answer { status: parts.status, headers: parts.headers, text, json }
}
