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
/// Requests of the team; `?state=&q=&environment=` filter, `?sort=oldest` turns them round.
pub const REQUESTS: &str = "/requests";
/// POST: `form`, `return_to`: forget what was typed into a form.
pub const DISCARD_DRAFT: &str = "/drafts/discard";
/// Living stacks of the team; `?q=` searches, `?sort=changed` sorts by last change.
pub const STACKS: &str = "/stacks";
/// What waits for the reader's decision; `?request=` is the one shown beside the list.
pub const INBOX: &str = "/inbox";
/// History; `?actor=&object=&action=&after=` filter.
pub const AUDIT: &str = "/audit";
/// Everything that the reader may open or do; `?q=` is a part of its name.
pub const SEARCH: &str = "/search";
/// The same as the JSON of `SearchResult`.
pub const SEARCH_JSON: &str = "/search.json";
/// Everybody with an account; `?q=` searches.
pub const PEOPLE: &str = "/people";
/// The form that invites somebody (GET, POST).
pub const PEOPLE_INVITE: &str = "/people/invite";
/// The end of a personal link (GET `?token=`; POST: `token`, `password`, `password_again`).
pub const JOIN: &str = "/join";
/// Teams that the reader may look at.
pub const TEAMS: &str = "/teams";
/// The form that adds a team (GET, POST).
pub const TEAMS_NEW: &str = "/teams/new";
/// Places to provision into.
pub const ENVIRONMENTS: &str = "/environments";
/// The form that adds one (GET, POST).
pub const ENVIRONMENTS_NEW: &str = "/environments/new";
/// Templates, for those who look after them.
pub const TEMPLATES: &str = "/templates";
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

/// POST: the form, to go on with later.
pub fn template_draft(name: &str) -> String {
    format!("/catalogue/{name}/draft")
}

/// The form that asks for a new stack, filled with the answers of a request.
pub fn template_request_from(name: &str, request: &str) -> String {
    format!("/catalogue/{name}/request?from={request}")
}

/// One request; tabs are `?tab=plan|inputs|cost|decisions|activity`.
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

/// POST: `seal`, `reason`: say what has to be different first.
pub fn request_changes(id: &str) -> String {
    format!("/requests/{id}/changes")
}

/// The form that edits what is asked for (GET, POST; below it POST `/preview` and `/draft`).
pub fn request_edit(id: &str) -> String {
    format!("/requests/{id}/edit")
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

/// The log of a run, to keep.
pub fn run_log(id: &str) -> String {
    format!("/runs/{id}/log")
}

/// POST: `verb` is `retry`, `undo`, `keep`, `abort`, `handled` with a `reason`, `hand-over` with `to` and `note`, or
/// `hand-back`.
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

/// The form that changes a stack (GET, POST; below it POST `/preview` and `/draft`), filled with what runs now.
pub fn stack_change(id: &str) -> String {
    format!("/stacks/{id}/change")
}

/// The page that asks for the stack's name (GET) and the request to destroy it (POST: `name`).
pub fn stack_destroy(id: &str) -> String {
    format!("/stacks/{id}/destroy")
}

/// One person (GET; POST: `version`, `name`, `role`).
pub fn person(id: &str) -> String {
    format!("/people/{id}")
}

/// POST: a new link with which they choose a password.
pub fn person_link(id: &str) -> String {
    format!("/people/{id}/link")
}

/// POST: keep them out.
pub fn person_disable(id: &str) -> String {
    format!("/people/{id}/disable")
}

/// POST: let them in again.
pub fn person_enable(id: &str) -> String {
    format!("/people/{id}/enable")
}

/// One team (GET; POST: `version`, `title`).
pub fn team(id: &str) -> String {
    format!("/teams/{id}")
}

/// POST: `email`, `role`.
pub fn team_members(id: &str) -> String {
    format!("/teams/{id}/members")
}

/// POST: `role` of a member.
pub fn team_role(id: &str, member: &str) -> String {
    format!("/teams/{id}/members/{member}/role")
}

/// POST: take a member out.
pub fn team_remove(id: &str, member: &str) -> String {
    format!("/teams/{id}/members/{member}/remove")
}

/// One environment.
pub fn environment(id: &str) -> String {
    format!("/environments/{id}")
}

/// The form that changes it (GET, POST).
pub fn environment_change(id: &str) -> String {
    format!("/environments/{id}/change")
}

/// POST: whether it works; the answer is its page with what was found.
pub fn environment_check(id: &str) -> String {
    format!("/environments/{id}/check")
}

/// One template's revisions.
pub fn template_revisions(name: &str) -> String {
    format!("/templates/{name}")
}
