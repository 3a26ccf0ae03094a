//! What those who run Gantry see of it, and that it ends without breaking anything.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use domain::token::Scope;
use gantry_server::{config::Config, serve};
use serde_json::{Value as Json, json};
use service::tokens::NewToken;

use crate::house::{self, house};

/// No answer takes longer; what is waited for is a condition, this only ends a test that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn it_is_ready_until_it_is_asked_to_end() {
    let house = house().await;
    let answer = house.nobody().get("/readyz").await;
    assert_eq!(answer.status, StatusCode::OK);
    let parts = r#""parts":{"database":"ok","process":"ok","runner":"ok","schema":"ok"}"#;
    assert!(answer.text.contains(parts), "{}", answer.text);
    house.end();
    let answer = house.nobody().get("/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text.contains(r#""process":"draining""#) && answer.text.contains(r#""ready":false"#));
    assert_eq!(house.nobody().get("/healthz").await.status, StatusCode::OK, "it lives on");
}

/// The program, serving.
pub struct Serving {
    child: Child,
    log: Receiver<String>,
    _folder: tempfile::TempDir,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serving {
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = gantry(folder.path())
            .envs([("GANTRY_LISTEN", "127.0.0.1:0"), ("GANTRY_LOG_FORMAT", "json")])
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, log) = channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, log, _folder: folder }
    }

    /// The next line with this message.
    pub fn says(&self, message: &str) -> Json {
        self.says_one_of(&[message])
    }

    /// The next line with one of these messages.
    pub fn says_one_of(&self, messages: &[&str]) -> Json {
        let mut heard = vec![];
        loop {
            let line = self.log.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("it never said one of {messages:?}. It said: {heard:#?}"));
            let line: Json = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
            if messages.iter().any(|message| line["message"] == **message) {
                return line;
            }
            heard.push(line["message"].to_string());
        }
    }

    pub fn address(&self, message: &str) -> SocketAddr {
        self.says(message)["listen.address"].as_str().unwrap().parse().unwrap()
    }

    /// The process's.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Without a word.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// A signal, by its name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
    }

    fn exit_code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

fn gantry(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
    command.env_clear().current_dir(folder).arg("serve");
    command
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// A whole answer.
pub fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    let mut stream = connect(address);
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_request_under_way_is_answered_before_the_process_ends() {
    let mut serving = Serving::start(&[]);
    let address = serving.address("gantry is ready");
    let mut slow = connect(address);
    let body = "email=ada%40example.com&password=x";
    let head = format!(
        "POST /sign-in HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).unwrap();
    let mut line = [0; 12];
    slow.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"HTTP/1.1 100", "its handler waits for the rest");
    serving.signal("TERM");
    serving.says("ending: streams are closed, runs handed over");
    slow.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("HTTP/1.1 403"), "without a token: {answer}");
    serving.says("ended");
    assert_eq!(serving.exit_code(), Some(0));
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn a_request_that_never_ends_does_not_keep_the_process() {
    let mut serving = Serving::start(&[("GANTRY_DRAIN_SECONDS", "0")]);
    let mut slow = connect(serving.address("gantry is ready"));
    slow.write_all(b"POST /sign-in HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n").unwrap();
    slow.read_exact(&mut [0; 12]).unwrap();
    serving.signal("TERM");
    serving.says("requests were cut off");
    assert_eq!(serving.exit_code(), Some(0));
}

#[test]
fn a_request_has_an_id_and_a_line_and_is_counted() {
    let serving = Serving::start(&[("GANTRY_METRICS_LISTEN", "127.0.0.1:0")]);
    let metrics = serving.address("metrics are served");
    let address = serving.address("gantry is ready");
    let answer = get(address, "/sign-in?email=eve@example.com", "x-request-id: asked-by-a-test\r\n");
    assert!(answer.contains("x-request-id: asked-by-a-test\r\n"), "{answer}");
    let line = serving.says("answered");
    assert_eq!(line["span"]["request.id"], "asked-by-a-test", "{line}");
    for (field, value) in [("http.method", "GET"), ("http.route", "/sign-in"), ("level", "INFO")] {
        assert_eq!(line[field], value, "{line}");
    }
    assert_eq!(line["http.status"], 200);
    assert!(line["duration_ms"].is_number() && !line.to_string().contains("eve@"), "{line}");

    // At its start the program is busy with the database for a moment.
    let idle = r#"gantry_database_connections{pool="writers",state="idle"} 1"#;
    let (since, mut counted) = (Instant::now(), get(metrics, "/metrics", ""));
    while !counted.contains(idle) && since.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(20));
        counted = get(metrics, "/metrics", "");
    }
    for wanted in [
        r#"gantry_http_requests_total{method="GET",route="/sign-in",status="200"} 1"#,
        r#"gantry_http_request_seconds_bucket{method="GET",route="/sign-in",le="+Inf"} 1"#,
        idle,
        r#"gantry_requests{status="needs_approval"} 0"#,
        r#"gantry_runs{status="queued"} 0"#,
    ] {
        assert!(counted.contains(wanted), "{wanted} is not in\n{counted}");
    }
    assert!(get(address, "/metrics", "").contains("HTTP/1.1 404"), "people are not served metrics");
}

#[tokio::test]
async fn what_is_done_once_under_a_key_is_logged_with_the_id_of_its_request() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("gantry.db").display());
    let settings =
        [("GANTRY_DATABASE_URL", url.as_str()), ("GANTRY_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")];
    let set = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::read(set.into()).unwrap_or_else(|problems| panic!("{problems:?}"));
    let (portal, database) = serve::portal(&config).await.unwrap();
    portal.seed(house::seed()).await.unwrap();
    let developer = house::actor(&portal, "developer").await;
    let wanted = NewToken { name: "CI".to_owned(), scopes: [Scope::Request].into(), days: 1 };
    let token = portal.create_token(&developer, &wanted).await.unwrap().text.reveal().to_owned();
    let body = json!({
        "template": "fargate-cluster",
        "team": developer.teams[0].0.id,
        "environment": portal.environments(&developer).await.unwrap()[0].id,
        "stack_name": "shared"
    });
    database.close().await;

    // Nobody answers there: the line that says so is written while the work is done.
    let aws = [("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")];
    let serving = Serving::start(&[&settings[..], &aws[..]].concat());
    let mut stream = connect(serving.address("gantry is ready"));
    let body = body.to_string();
    let head = format!(
        "POST /api/v1/requests HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-request-id: asked-by-a-test\r\n\
         authorization: Bearer {token}\r\nidempotency-key: key\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("HTTP/1.1 502") && answer.contains("x-request-id: asked-by-a-test\r\n"), "{answer}");
    for message in ["a use case failed", "answered"] {
        let line = serving.says(message);
        assert_eq!(line["span"]["request.id"], "asked-by-a-test", "{line}");
    }
}
