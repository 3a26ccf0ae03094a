//! As much of a browser as forms need: it keeps the cookie, and the token of the last page it saw.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Router,
    body::{Body, BodyDataStream, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::Response,
};
use futures::StreamExt as _;
use serde_json::Value;
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
        self.get_with(path, &[]).await
    }

    pub async fn get_with(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, path, Body::empty(), headers, true).await
    }

    /// Follows an event stream.
    pub async fn follow(&mut self, path: &str, headers: &[(&str, &str)]) -> Following {
        let response = self.ask(Method::GET, path, Body::empty(), headers).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let (parts, body) = response.into_parts();
        Following { headers: parts.headers, body: body.into_data_stream(), read: String::new() }
    }

    /// Only the head of the answer: event streams have no end.
    pub async fn look(&mut self, path: &str) -> StatusCode {
        self.send(Method::GET, path, Body::empty(), &[], false).await.status
    }

    /// The headers of the answer to a request with these.
    pub async fn head_of(&mut self, path: &str, headers: &[(&str, &str)]) -> HeaderMap {
        self.send(Method::GET, path, Body::empty(), headers, false).await.headers
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

    async fn ask(&self, method: Method, path: &str, body: Body, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
        request = request.extension(ConnectInfo(SocketAddr::new(self.address, 50_000)));
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap()
    }

    async fn send(&mut self, method: Method, path: &str, body: Body, headers: &[(&str, &str)], read: bool) -> Answer {
        let response = self.ask(method, path, body, headers).await;
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

/// An open event stream.
pub struct Following {
    pub headers: HeaderMap,
    body: BodyDataStream,
    read: String,
}

/// One message of it.
#[derive(Debug)]
pub struct Told {
    pub event: String,
    pub id: String,
    pub data: Value,
}

impl Following {
    /// The next message; none when the server has ended the stream.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            while let Some((message, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                let told = field("data").map(|data| Told {
                    event: field("event").unwrap_or_default().to_owned(),
                    id: field("id").unwrap_or_default().to_owned(),
                    data: serde_json::from_str(data).unwrap(),
                });
                self.read = rest.to_owned();
                // A comment keeps the connection and says nothing.
                if told.is_some() {
                    return told;
                }
            }
            self.read += std::str::from_utf8(&self.body.next().await?.unwrap()).unwrap();
        }
    }

    /// The next message of this sort.
    pub async fn next_of(&mut self, event: &str) -> Told {
        loop {
            let told = self.next().await.expect("the stream has ended");
            if told.event == event {
                return told;
            }
        }
    }
}
