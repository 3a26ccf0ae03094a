//! The line between processes and what answers as AWS: on it a call can be refused, or made and not answered any more.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
};

#[derive(Default)]
struct State {
    /// So many more calls that change something go through; none means all.
    left: Option<usize>,
    /// The last of them was made, and is not answered.
    holds: bool,
    /// The next call of this operation is refused with this code.
    refused: Vec<(String, String)>,
    /// What was made so far: operation and body.
    made: Vec<(String, Vec<u8>)>,
    /// How often the line was opened again.
    opened: usize,
}

/// The line.
pub struct Wire {
    /// What processes take for AWS.
    pub url: String,
    line: Arc<Line>,
}

struct Line {
    /// Host and port of what answers.
    aws: String,
    state: Mutex<State>,
    changed: Condvar,
}

struct Asked {
    head: Vec<String>,
    body: Vec<u8>,
}

enum Fate {
    Passes,
    Refused(String),
    /// Is made, and not answered while the line is closed.
    Unanswered,
    /// Is not made.
    TooLate,
}

/// Where the tests' AWS answers.
pub fn aws() -> String {
    std::env::var("GANTRY_TEST_AWS_ENDPOINT").expect("GANTRY_TEST_AWS_ENDPOINT is missing: run `cargo xtask test`")
}

impl Wire {
    /// One to the tests' AWS, through which everything goes.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let aws = aws().trim_start_matches("http://").to_owned();
        let line = Arc::new(Line { aws, state: Mutex::default(), changed: Condvar::new() });
        let shared = Arc::clone(&line);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let line = Arc::clone(&shared);
                // Whoever asked is gone: that is what these tests are about.
                thread::spawn(move || line.carry(client).ok());
            }
        });
        Self { url, line }
    }

    /// From now on the `n`th call that changes something is made and not answered, and none after it is made.
    pub fn close_at(&self, n: usize) {
        self.line.state().left = Some(n);
    }

    /// Whether that call was made.
    pub fn is_closed(&self) -> bool {
        self.line.state().holds
    }

    /// Lets everything through again. What was not answered stays so.
    pub fn open(&self) {
        let mut state = self.line.state();
        (state.left, state.holds) = (None, false);
        state.opened += 1;
        self.line.changed.notify_all();
    }

    /// The next call of this operation is refused. Its service must speak JSON.
    pub fn refuse(&self, operation: &str, code: &str) {
        self.line.state().refused.push((operation.to_owned(), code.to_owned()));
    }

    /// The calls so far that change something.
    pub fn made(&self) -> Vec<String> {
        self.line.state().made.iter().map(|(operation, _)| operation.clone()).collect()
    }

    /// What was made more than once with the very same words. A task definition is, too: each registration is a revision.
    pub fn made_twice(&self) -> Vec<String> {
        let made = std::mem::take(&mut self.line.state().made);
        let makes = |operation: &str| operation.starts_with("Create") || operation == "RegisterTaskDefinition";
        let twice = |at: usize| makes(&made[at].0) && made[..at].contains(&made[at]);
        (0..made.len()).filter(|at| twice(*at)).map(|at| made[at].0.clone()).collect()
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn fate(&self, asked: &Asked) -> Fate {
        let (operation, mut state) = (asked.operation(), self.state());
        if let Some(at) = state.refused.iter().position(|(of, _)| *of == operation) {
            return Fate::Refused(state.refused.remove(at).1);
        }
        if ["Describe", "List", "Get"].iter().any(|reads| operation.starts_with(reads)) {
            return Fate::Passes;
        }
        let fate = match state.left {
            None => Fate::Passes,
            Some(0) => return Fate::TooLate,
            Some(left) => {
                state.left = Some(left - 1);
                if left == 1 { Fate::Unanswered } else { Fate::Passes }
            }
        };
        state.made.push((operation, asked.body.clone()));
        fate
    }

    fn carry(&self, mut client: TcpStream) -> io::Result<()> {
        let asked = Asked::read(&client)?;
        match self.fate(&asked) {
            Fate::Passes => client.write_all(&asked.ask(&self.aws)?),
            Fate::Refused(code) => {
                let body = format!(r#"{{"__type":"{code}","message":"This is a test"}}"#);
                let length = body.len();
                write!(
                    client,
                    "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.1\r\n"
                )?;
                write!(client, "content-length: {length}\r\n\r\n{body}")
            }
            Fate::Unanswered => {
                asked.ask(&self.aws)?;
                let mut state = self.state();
                state.holds = true;
                self.wait(state);
                Ok(())
            }
            Fate::TooLate => {
                self.wait(self.state());
                Ok(())
            }
        }
    }

    /// Until the line is opened again.
    fn wait(&self, state: MutexGuard<'_, State>) {
        let opened = state.opened;
        drop(self.changed.wait_while(state, |state| state.opened == opened).unwrap());
    }
}

impl Asked {
    fn read(client: &TcpStream) -> io::Result<Self> {
        let mut reader = BufReader::new(client);
        let mut head = vec![];
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                // Connected, and gone before it asked.
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_owned()),
            }
        }
        let mut asked = Self { head, body: vec![] };
        let length = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        asked.body.resize(length, 0);
        reader.read_exact(&mut asked.body)?;
        Ok(asked)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.iter().filter_map(|line| line.split_once(':'));
        fields.filter(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }

    fn operation(&self) -> String {
        let target = self.header("x-amz-target").and_then(|target| target.rsplit('.').next()).map(str::to_owned);
        let action = || form_urlencoded::parse(&self.body).find(|(name, _)| name == "Action").map(|(_, value)| value);
        target.unwrap_or_else(|| action().unwrap_or_default().into_owned())
    }

    /// Asks, and returns the whole answer, on whose connection nothing more is sent.
    fn ask(&self, aws: &str) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(aws)?;
        let kept = self.head.iter().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        let head: String = kept.map(|line| format!("{line}\r\n")).collect();
        stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes())?;
        stream.write_all(&self.body)?;
        let mut answer = vec![];
        stream.read_to_end(&mut answer)?;
        let first = answer.iter().position(|byte| *byte == b'\n').map_or(answer.len(), |at| at + 1);
        drop(answer.splice(first..first, *b"connection: close\r\n"));
        Ok(answer)
    }
}

/// Calls EC2 itself, and returns what the answer has in this element.
pub fn ec2(action: &str, parameters: &[(&str, &str)], element: &str) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", action).append_pair("Version", "2016-11-15").extend_pairs(parameters);
    let body = form.finish().into_bytes();
    let scope = "Credential=gantry/20260101/eu-central-1/ec2/aws4_request, SignedHeaders=host, Signature=none";
    let head = [
        "POST / HTTP/1.1".to_owned(),
        "host: aws".to_owned(),
        format!("authorization: AWS4-HMAC-SHA256 {scope}"),
        "content-type: application/x-www-form-urlencoded".to_owned(),
        format!("content-length: {}", body.len()),
    ];
    let asked = Asked { head: head.into(), body };
    let answer = asked.ask(aws().trim_start_matches("http://")).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let found = answer.split_once(&format!("<{element}>")).and_then(|(_, rest)| rest.split_once('<'));
    found.unwrap_or_else(|| panic!("{action}: {answer}")).0.to_owned()
}
