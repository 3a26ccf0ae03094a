//! Every endpoint with every role. A route without a row here fails the test.
//!
//! Posts are chosen so that those who may are told what is wrong with them (409, 422): then a cell leaves nothing behind
//! that another would see.

use std::collections::BTreeMap;

use gantry_server::routes::ROUTES;

use crate::house::{PEOPLE, house};

/// Who asks: nobody, and everyone of [`PEOPLE`].
const ROLES: [&str; 8] = ["nobody", "viewer", "developer", "owner", "stranger", "platform", "auditor", "admin"];

/// Method, path, what is posted; the status for each of [`ROLES`].
type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)], [u16; 8]);

const EVERYONE: [u16; 8] = [200; 8];
const SIGNED_IN: [u16; 8] = [303, 200, 200, 200, 200, 200, 200, 200];
/// What belongs to Payments is not there for other teams, nor for those who only manage people.
const READERS: [u16; 8] = [303, 200, 200, 200, 404, 200, 200, 404];

const INSPECTORS: [u16; 8] = [303, 403, 403, 403, 403, 200, 200, 200];
const MANAGERS: [u16; 8] = [303, 403, 403, 403, 403, 200, 403, 200];
const ADMINS: [u16; 8] = [303, 403, 403, 403, 403, 403, 403, 200];

/// `:pending` is a request of the developer that waits for approval, `:done` one that was carried out by `:run`; `:stack`
/// is what that made.
const TABLE: &[Row] = &[
    ("get", "/healthz", &[], EVERYONE),
    ("get", "/readyz", &[], EVERYONE),
    ("get", "/", &[], SIGNED_IN),
    ("post", "/team", &[("team", "team-1"), ("return_to", "/")], [401, 303, 303, 303, 303, 303, 303, 303]),
    ("get", "/sign-in", &[], [200, 303, 303, 303, 303, 303, 303, 303]),
    ("post", "/sign-in", &[("email", "{role}@example.org"), ("password", "x")], [401; 8]),
    ("get", "/set-up", &[], [410; 8]),
    (
        "post",
        "/set-up",
        &[("token", "x"), ("name", "x"), ("email", "x"), ("password", "x"), ("password_again", "x")],
        [422; 8],
    ),
    ("get", "/account", &[], SIGNED_IN),
    ("post", "/account/tokens", &[], [401, 422, 422, 422, 422, 422, 422, 422]),
    ("post", "/account/tokens/{id}/revoke", &[], [401, 404, 404, 404, 404, 404, 404, 404]),
    ("get", "/api/docs", &[], SIGNED_IN),
    ("get", "/catalogue", &[], SIGNED_IN),
    ("get", "/catalogue/{template}", &[], SIGNED_IN),
    ("get", "/catalogue/{template}/request", &[], [303, 403, 200, 200, 200, 403, 403, 403]),
    ("post", "/catalogue/{template}/request", &[], [401, 403, 422, 422, 422, 403, 403, 403]),
    ("post", "/catalogue/{template}/preview", &[], [401, 403, 200, 200, 200, 403, 403, 403]),
    ("post", "/catalogue/{template}/draft", &[], [401, 403, 303, 303, 303, 403, 403, 403]),
    (
        "post",
        "/drafts/discard",
        &[("form", "template:web-service"), ("return_to", "/requests")],
        [401, 303, 303, 303, 303, 303, 303, 303],
    ),
    ("get", "/requests", &[], SIGNED_IN),
    ("get", "/requests/{id}", &[], READERS),
    ("post", "/requests/{id}/approve", &[("seal", "old")], [401, 403, 403, 409, 404, 409, 403, 404]),
    ("post", "/requests/{id}/changes", &[("seal", "old")], [401, 403, 403, 409, 404, 409, 403, 404]),
    ("get", "/requests/{id}/edit", &[], [303, 403, 200, 403, 404, 403, 403, 404]),
    ("post", "/requests/{id}/edit", &[("inputs.image", "")], [401, 403, 422, 403, 404, 403, 403, 404]),
    ("post", "/requests/{id}/edit/preview", &[], [401, 403, 200, 403, 404, 403, 403, 404]),
    ("post", "/requests/{id}/edit/draft", &[], [401, 403, 303, 403, 404, 403, 403, 404]),
    ("post", "/requests/{id}/reject", &[("seal", "old")], [401, 403, 403, 409, 404, 409, 403, 404]),
    ("post", "/requests/{id}/withdraw", &[], [401, 403, 409, 409, 404, 409, 403, 404]),
    ("post", "/requests/{id}/plan", &[], [401, 403, 409, 409, 404, 409, 403, 404]),
    ("post", "/requests/{id}/comment", &[("text", "")], [401, 403, 422, 422, 404, 422, 403, 404]),
    ("get", "/inbox", &[], SIGNED_IN),
    ("get", "/runs/{id}", &[], READERS),
    ("get", "/runs/{id}/log", &[], READERS),
    ("post", "/runs/{id}/hand-over", &[("to", "platform")], [401, 403, 303, 303, 404, 303, 403, 404]),
    ("post", "/runs/{id}/hand-back", &[], [401, 403, 303, 303, 404, 303, 403, 404]),
    ("post", "/runs/{id}/{choice}", &[], [401, 403, 303, 303, 404, 303, 403, 404]),
    ("get", "/stacks", &[], SIGNED_IN),
    ("get", "/stacks/{id}", &[], READERS),
    ("get", "/stacks/{id}/change", &[], [303, 403, 200, 200, 404, 403, 403, 404]),
    ("post", "/stacks/{id}/change", &[("inputs.image", "")], [401, 403, 422, 422, 404, 403, 403, 404]),
    ("post", "/stacks/{id}/change/preview", &[], [401, 403, 200, 200, 404, 403, 403, 404]),
    ("post", "/stacks/{id}/change/draft", &[], [401, 403, 303, 303, 404, 403, 403, 404]),
    ("get", "/stacks/{id}/destroy", &[], READERS),
    ("post", "/stacks/{id}/destroy", &[("name", "other")], [401, 403, 422, 422, 404, 403, 403, 404]),
    ("get", "/people", &[], ADMINS),
    ("get", "/people/invite", &[], ADMINS),
    ("post", "/people/invite", &[("name", ""), ("email", "x")], [401, 403, 403, 403, 403, 403, 403, 422]),
    ("get", "/people/{id}", &[], ADMINS),
    ("post", "/people/{id}", &[("name", "")], [401, 403, 403, 403, 403, 403, 403, 422]),
    ("post", "/people/{id}/link", &[], [401, 403, 403, 403, 403, 403, 403, 200]),
    ("post", "/people/{id}/disable", &[], [401, 403, 403, 403, 403, 403, 403, 303]),
    ("post", "/people/{id}/enable", &[], [401, 403, 403, 403, 403, 403, 403, 303]),
    ("get", "/join", &[], [404; 8]),
    ("post", "/join", &[("token", "x"), ("password", "x"), ("password_again", "x")], [422; 8]),
    ("get", "/teams", &[], SIGNED_IN),
    ("get", "/teams/new", &[], ADMINS),
    ("post", "/teams/new", &[("name", "!")], [401, 403, 403, 403, 403, 403, 403, 422]),
    // Everybody across teams knows of a team; its owners and administrators change it.
    ("get", "/teams/{id}", &[], [303, 200, 200, 200, 404, 200, 200, 200]),
    ("post", "/teams/{id}", &[("title", "")], [401, 403, 403, 422, 404, 403, 403, 422]),
    ("post", "/teams/{id}/members", &[("email", "x"), ("role", "viewer")], [401, 403, 403, 422, 404, 403, 403, 422]),
    (
        "post",
        "/teams/{id}/members/{member}/role",
        &[("shown", "owner"), ("role", "viewer")],
        [401, 403, 403, 404, 404, 403, 403, 404],
    ),
    ("post", "/teams/{id}/members/{member}/remove", &[], [401, 403, 403, 404, 404, 403, 403, 404]),
    ("get", "/templates", &[], [303, 403, 403, 403, 403, 200, 200, 403]),
    ("get", "/templates/{template}", &[], [303, 403, 403, 403, 403, 200, 200, 403]),
    ("get", "/environments", &[], INSPECTORS),
    ("get", "/environments/new", &[], MANAGERS),
    ("post", "/environments/new", &[("do", "save")], [401, 403, 403, 403, 403, 422, 403, 422]),
    ("get", "/environments/{id}", &[], INSPECTORS),
    ("get", "/environments/{id}/change", &[], MANAGERS),
    ("post", "/environments/{id}/change", &[("do", "save")], [401, 403, 403, 403, 403, 422, 403, 422]),
    ("post", "/environments/{id}/check", &[], [401, 403, 403, 403, 403, 200, 403, 200]),
    ("get", "/audit", &[], [303, 403, 403, 403, 403, 200, 200, 200]),
    ("get", "/search", &[], SIGNED_IN),
    ("get", "/search.json", &[], SIGNED_IN),
    ("get", "/events", &[], SIGNED_IN),
    ("post", "/sign-out", &[], [401, 303, 303, 303, 303, 303, 303, 303]),
];

/// A state in which those who may are told that it is too late.
const ABOUT_DONE: [&str; 2] = ["/requests/{id}/withdraw", "/requests/{id}/plan"];

#[test]
fn every_route_has_a_row() {
    let rows: Vec<_> = TABLE.iter().map(|(method, path, ..)| (*method, *path)).collect();
    for route in ROUTES {
        assert!(rows.contains(route), "{route:?} is asked by nobody: add a row");
    }
    assert_eq!(rows.len(), ROUTES.len(), "a row has no route");
}

#[tokio::test]
async fn every_endpoint_answers_every_role_as_the_table_says() {
    let house = house().await;
    let (done, run, stack) = house.live("orders").await;
    let pending = house.submitted("shop").await;
    // Nobody who asks below.
    let person = house.actor("both").await.user.id;
    let team = house.actor("owner").await.teams.remove(0).0.id;
    let environment = house.environment().await;
    let mut browsers = BTreeMap::new();
    for role in ROLES {
        let mut browser = house.nobody();
        if PEOPLE.iter().any(|(name, ..)| *name == role) {
            browser.sign_in(role).await;
        } else {
            browser.get("/sign-in").await;
        }
        browsers.insert(role, browser);
    }
    let mut wrong = vec![];
    for (method, path, fields, expected) in TABLE {
        let id = match *path {
            path if ABOUT_DONE.contains(&path) => done.as_str(),
            path if path.starts_with("/requests") => pending.as_str(),
            path if path.starts_with("/runs") => run.as_str(),
            path if path.starts_with("/people") => person.as_str(),
            path if path.starts_with("/teams") => team.as_str(),
            path if path.starts_with("/environments") => environment.as_str(),
            _ => stack.as_str(),
        };
        let address = path.replace("{id}", id).replace("{template}", "web-service").replace("{choice}", "retry");
        let address = address.replace("{member}", "usr-NOBODY");
        for (role, expected) in ROLES.iter().zip(expected) {
            let browser = browsers.get_mut(role).unwrap();
            let status = match *method {
                "get" => {
                    let status = browser.look(&address).await;
                    // What was said by a post before is said, and gone. A commit by each reader would be waited for by all
                    // writers, and end what is remembered.
                    let before = house.portal.storage.version().await.unwrap();
                    browser.look(&address).await;
                    if house.portal.storage.version().await.unwrap() != before {
                        wrong.push(format!("{path} as {role}: looking wrote something down"));
                    }
                    status
                }
                _ => {
                    let fields: Vec<_> =
                        fields.iter().map(|(name, value)| (*name, value.replace("{role}", role))).collect();
                    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    browser.post(&address, &fields).await.status
                }
            };
            if status.as_u16() != *expected {
                wrong.push(format!("{method} {path} as {role}: {status}, expected {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
