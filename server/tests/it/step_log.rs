//! What the log says of a run, and of which step.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use domain::{ids::RunId, kinds::Kind, request::Verdict, run::RunStatus};
use provisioner::{cloud::Class, fake::refusal};
use serde_json::Value as Json;

use crate::house::house;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(piece)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// The lines of a run with this message.
    fn lines(&self, run: &RunId, message: &str) -> Vec<Json> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
        lines.filter(|line| line["message"] == message && line["run.id"] == run.as_str()).collect()
    }
}

#[tokio::test]
async fn what_is_said_of_a_step_bears_its_id_and_that_of_its_run() {
    let log = Log::default();
    let writer = log.clone();
    let logging = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(true).with_span_list(false);
    let logging = logging.with_env_filter("gantry_provisioner=info").with_writer(move || writer.clone());
    // One for all: what another test's thread says first would be taken for said to nobody, here too. The runs differ.
    logging.try_init().unwrap();

    let house = house().await;
    house.cloud.fail_next(Kind::EcsService, refusal(Class::Throttled, "ThrottlingException"));
    house.cloud.fail_next(Kind::EcsService, refusal(Class::Refused, "InvalidParameterException"));
    let (id, owner) = (house.submitted("orders").await, house.actor("owner").await);
    let request = house.portal.request(&owner, &id).await.unwrap().card.request;
    let run = house.portal.decide(&owner, &id, Verdict::Approve, &request.seal, "").await.unwrap().run.unwrap();
    assert_eq!(house.stopped(&run).await, RunStatus::NeedsChoice);

    for (message, code) in
        [("refused for now; trying again", "ThrottlingException"), ("step failed", "InvalidParameterException")]
    {
        let lines = log.lines(&run, message);
        assert_eq!(lines.len(), 1, "{message}");
        let (line, span) = (&lines[0], &lines[0]["span"]);
        assert_eq!(line["code"], code);
        for ids in [line, span] {
            assert_eq!(
                (&ids["run.id"], &ids["step.id"]),
                (&Json::from(run.as_str()), &Json::from("service")),
                "{line}"
            );
        }
        assert_eq!(span["name"], "step");
        for (field, value) in [
            ("run.request", id.as_str()),
            ("stack.id", request.stack.as_str()),
            ("step.kind", "ECS service"),
            ("step.verb", "do"),
        ] {
            assert_eq!(span[field], value, "{line}");
        }
    }
    assert_eq!(log.lines(&run, "run leased").len(), 1);
}
