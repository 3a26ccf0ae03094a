//! As much of a browser as forms need: it keeps the cookie, and the token of the last page it saw.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use tower::ServiceExt as _;

use crate::house::PASSWORD;

#[derive(Clone)]
pub struct Browser {
    router: Router,
    cookie: Option<String>,
    token: Option<String>,
    address: IpAddr,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// The value of a hidden or filled-in field of the page.
    pub fn value(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!("name=\"{name}\" value=\""))?;
        rest.split('"').next()
    }
}

impl Browser {
    pub fn new(router: Router) -> Self {
        Self { router, cookie: None, token: None, address: [127, 0, 0, 1].into() }
    }

    /// From another address of the network.
    pub fn at(self, address: impl Into<IpAddr>) -> Self {
        Self { address: address.into(), ..self }
    }

    /// The same browser, sent to another process by a load balancer.
    pub fn through(self, router: Router) -> Self {
        Self { router, ..self }
    }

    /// Forgets the token, so that posts come without one.
    pub fn without_token(mut self) -> Self {
        self.token = None;
        self
    }

    pub async fn sign_in(&mut self, name: &str) {
        self.get("/sign-in").await;
        let email = format!("{name}@example.com");
        let answer = self.post("/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        self.get("/catalogue").await;
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, Body::empty(), &[], true).await
    }

    /// Only the head of the answer: event streams have no end.
    pub async fn look(&mut self, path: &str) -> StatusCode {
        self.send(Method::GET, path, Body::empty(), &[], false).await.status
    }

    /// Posts a form, with the token of the last page.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(path, fields, &[]).await
    }

    pub async fn post_with(&mut self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        if let Some(token) = &self.token {
            form.append_pair("csrf", token);
        }
        form.extend_pairs(fields);
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        self.send(Method::POST, path, Body::from(form.finish()), &all, true).await
    }

    async fn send(&mut self, method: Method, path: &str, body: Body, headers: &[(&str, &str)], read: bool) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
        request = request.extension(ConnectInfo(SocketAddr::new(self.address, 50_000)));
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            self.cookie = set.to_str().unwrap().split(';').next().map(str::to_owned);
        }
        let text = match read {
            true => String::from_utf8_lossy(&to_bytes(body, usize::MAX).await.unwrap()).into_owned(),
            false => String::new(),
        };
        let answer = Answer { status: parts.status, headers: parts.headers, text };
        if let Some(token) = answer.value("csrf").filter(|token| !token.is_empty()) {
            self.token = Some(token.to_owned());
        }
        answer
    }
}
