//! Every address that a page links or posts to. The router of `server` and the pages both read this list.

/// Home.
pub const HOME: &str = "/";
/// Sign-in page (GET) and its form (POST: `email`, `password`, `return_to`).
pub const SIGN_IN: &str = "/sign-in";
/// POST: end this session.
pub const SIGN_OUT: &str = "/sign-out";
/// First administrator (GET `?token=`; POST: `token`, `name`, `email`, `password`, `password_again`).
pub const SET_UP: &str = "/set-up";
/// POST: `team`, `return_to`: the team that pages show.
pub const SWITCH_TEAM: &str = "/team";
/// One's own account.
pub const ACCOUNT: &str = "/account";
/// POST: `name`, `scopes` (once for each), `days`: a new token.
pub const ACCOUNT_TOKENS: &str = "/account/tokens";
/// The reference of the API.
pub const API_DOCS: &str = "/api/docs";
/// Templates on the shelf; `?q=` searches.
pub const CATALOGUE: &str = "/catalogue";
/// Requests of the team; `?state=` filters.
pub const REQUESTS: &str = "/requests";
/// Living stacks of the team.
pub const STACKS: &str = "/stacks";
/// What waits for the reader's decision; `?request=` is the one shown beside the list.
pub const INBOX: &str = "/inbox";
/// History; `?actor=&object=&action=&after=` filter.
pub const AUDIT: &str = "/audit";
/// Everything that the reader may open or do; `?q=` is a part of its name.
pub const SEARCH: &str = "/search";
/// The same as the JSON of `SearchResult`.
pub const SEARCH_JSON: &str = "/search.json";
/// Server-sent events for the whole tab: `?topic=` names what its page follows, as often as there are topics.
pub const EVENTS: &str = "/events";

/// POST: the end of a token.
pub fn account_token_revoke(id: &str) -> String {
    format!("/account/tokens/{id}/revoke")
}

/// One template's page.
pub fn template(name: &str) -> String {
    format!("/catalogue/{name}")
}

/// The form that asks for a new stack (GET, POST).
pub fn template_request(name: &str) -> String {
    format!("/catalogue/{name}/request")
}

/// POST: the form, answered with the JSON of `Preview`.
pub fn template_preview(name: &str) -> String {
    format!("/catalogue/{name}/preview")
}

/// One request; tabs are `?tab=plan|inputs|cost|activity`.
pub fn request(id: &str) -> String {
    format!("/requests/{id}")
}

/// A tab of one request.
pub fn request_tab(id: &str, tab: &str) -> String {
    format!("/requests/{id}?tab={tab}")
}

/// POST: `seal`, and for some `comment`.
pub fn request_approve(id: &str) -> String {
    format!("/requests/{id}/approve")
}

/// POST: `reason`.
pub fn request_reject(id: &str) -> String {
    format!("/requests/{id}/reject")
}

/// POST: take the request back.
pub fn request_withdraw(id: &str) -> String {
    format!("/requests/{id}/withdraw")
}

/// POST: look at AWS again and plan anew.
pub fn request_plan(id: &str) -> String {
    format!("/requests/{id}/plan")
}

/// POST: `text`.
pub fn request_comment(id: &str) -> String {
    format!("/requests/{id}/comment")
}

/// One run.
pub fn run(id: &str) -> String {
    format!("/runs/{id}")
}

/// POST: `verb` is `retry`, `undo`, `keep` or `abort`.
pub fn run_choice(id: &str, verb: &str) -> String {
    format!("/runs/{id}/{verb}")
}

/// One stack; tabs are `?tab=overview|resources|releases|requests`.
pub fn stack(id: &str) -> String {
    format!("/stacks/{id}")
}

/// A tab of one stack.
pub fn stack_tab(id: &str, tab: &str) -> String {
    format!("/stacks/{id}?tab={tab}")
}

/// The form that changes a stack (GET, POST), filled with what runs now.
pub fn stack_change(id: &str) -> String {
    format!("/stacks/{id}/change")
}

/// The page that asks for the stack's name (GET) and the request to destroy it (POST: `name`).
pub fn stack_destroy(id: &str) -> String {
    format!("/stacks/{id}/destroy")
}
