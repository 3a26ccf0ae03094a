//! What AWS demands of whoever calls it, checked on the record of a finished scenario. No stand-in refuses all of this,
//! and some of it AWS itself only answers with minutes of "still in use".
//!
//! To add a demand: a function from record and scene to complaints in one of the files here, a line in [`DEMANDS`], and
//! tests on records by hand that meet it and that break it.

mod limits;
mod order;
mod ownership;
mod rates;

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::WireCall;

/// Whose scenario it was.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The installation that everything made must be tagged with.
    pub installation: String,
    /// The stack that everything made must be tagged with.
    pub stack: String,
    /// What is not the stack's own but may be attached to and detached from: a shared listener, a cluster.
    pub parents: BTreeSet<String>,
}

type Demand = fn(&[WireCall], &Scene) -> Vec<String>;

const DEMANDS: &[Demand] = &[
    order::balanced_before_served,
    order::unused_before_target_group_goes,
    order::unheld_before_security_group_goes,
    order::empty_before_role_goes,
    limits::names_fit,
    limits::tags_fit,
    limits::the_rest_fits,
    limits::retries_say_the_same,
    ownership::only_what_is_ours,
    rates::within_the_buckets,
];

/// Everything that AWS would not have put up with, a sentence each.
pub fn complaints(record: &[WireCall], scene: &Scene) -> Vec<String> {
    DEMANDS.iter().flat_map(|demand| demand(record, scene)).collect()
}

/// Whether it took effect: yes, no, or nobody knows.
fn took_effect(call: &WireCall) -> Option<bool> {
    match &call.reply {
        Some(reply) => Some((200..300).contains(&reply.status)),
        // AWS was not asked.
        None if call.fault.is_some_and(|fault| !fault.applied) => Some(false),
        None => None,
    }
}

/// Whether it may have taken effect.
fn may_have_taken_effect(call: &WireCall) -> bool {
    took_effect(call) != Some(false)
}

/// Whether a call was over when another one began. One whose caller went away is over when nobody waits for it.
fn is_over(call: &WireCall, then: &WireCall) -> bool {
    call.ended.map_or(call.begun < then.begun, |ended| ended < then.begun)
}

/// A text among the parameters; empty where there is none.
fn text<'a>(call: &'a WireCall, name: &str) -> &'a str {
    call.parameters[name].as_str().unwrap_or_default()
}

/// Every text under a name, at any depth; of lists every element.
fn texts<'a>(value: &'a Json, name: &str) -> Vec<&'a str> {
    match value {
        Json::Object(fields) => fields
            .iter()
            .flat_map(|(field, value)| match value {
                Json::String(text) if field == name => vec![text.as_str()],
                Json::Array(all) if field == name && all.iter().all(Json::is_string) => {
                    all.iter().filter_map(Json::as_str).collect()
                }
                value => texts(value, name),
            })
            .collect(),
        Json::Array(all) => all.iter().flat_map(|one| texts(one, name)).collect(),
        _ => vec![],
    }
}

/// What AWS answered; nothing where it did not.
fn answer(call: &WireCall) -> &Json {
    call.reply.as_ref().map_or(&Json::Null, |reply| &reply.body)
}

/// The tags that a value lists, in any of AWS's ways: a map, or a list of keys and values.
fn tags(value: &Json) -> Vec<(&str, &str)> {
    match value {
        Json::Object(map) => map.iter().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect(),
        Json::Array(all) => all.iter().filter_map(tag).collect(),
        _ => vec![],
    }
}

fn tag(one: &Json) -> Option<(&str, &str)> {
    let part = |names: [&str; 2]| names.iter().find_map(|name| one.get(name)?.as_str());
    Some((part(["Key", "key"])?, part(["Value", "value"]).unwrap_or_default()))
}

/// The tags that a request brings.
fn tags_of(call: &WireCall) -> Vec<(&str, &str)> {
    let asked = &call.parameters;
    let places = [&asked["tags"], &asked["Tags"], &asked["Tag"], &asked["TagSpecification"][0]["Tag"]];
    places.into_iter().flat_map(tags).collect()
}

/// A call in a complaint.
fn named(call: &WireCall) -> String {
    format!("call {} ({}:{})", call.begun, call.service, call.operation)
}

/// Records by hand.
#[cfg(test)]
mod by_hand {
    use std::time::Duration;

    use serde_json::Value as Json;

    use super::{super::Reply, WireCall};

    /// A call that went well, after all that the record has.
    pub(super) fn call<'a>(
        record: &'a mut Vec<WireCall>,
        operation: &str,
        parameters: Json,
        reply: Json,
    ) -> &'a mut WireCall {
        let (service, operation) = operation.split_once(':').expect("a service and an operation");
        let begun = record.len() * 2 + 1;
        record.push(WireCall {
            service: service.to_owned(),
            operation: operation.to_owned(),
            parameters,
            page: 0,
            at: Duration::ZERO,
            begun,
            ended: Some(begun + 1),
            reply: Some(Reply { status: 200, body: reply }),
            status: Some(200),
            fault: None,
        });
        record.last_mut().expect("it was pushed")
    }

    /// A record of calls that went well: operation, parameters, reply.
    pub(super) fn record<const N: usize>(calls: [(&str, Json, Json); N]) -> Vec<WireCall> {
        let mut record = vec![];
        for (operation, parameters, reply) in calls {
            call(&mut record, operation, parameters, reply);
        }
        record
    }

    /// AWS refused it.
    pub(super) fn refuse(call: &mut WireCall, code: &str) {
        call.reply = Some(Reply { status: 400, body: serde_json::json!({ "__type": code }) });
        call.status = Some(400);
    }

    /// The caller went away before AWS answered.
    pub(super) fn abandon(call: &mut WireCall) {
        (call.ended, call.reply, call.status) = (None, None, None);
    }
}
