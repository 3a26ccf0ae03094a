//! What tests of runs share.

use std::collections::BTreeMap;

use gantry_domain::{
    kinds::Kind,
    observation::Outputs,
    plan::{Act, Level, Need, Step},
};

/// The step `s1` for 1, which needs that those exist.
pub fn step(id: usize, act: Act, needs: Vec<usize>) -> Step {
    Step {
        id: format!("s{id}"),
        resource: format!("s{id}"),
        kind: Kind::LogGroup,
        act,
        name: format!("n{id}"),
        generation: 1,
        tags: BTreeMap::new(),
        client_token: String::new(),
        before: None,
        outputs: Outputs::new(),
        after: None,
        changed: vec![],
        needs: needs
            .into_iter()
            .map(|n| Need { step: format!("s{n}"), level: Level::Exists, why: "test".into() })
            .collect(),
        reason: String::new(),
        seconds: 1,
    }
}
