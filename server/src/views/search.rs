//! What was found, with the pages and actions that everybody knows by name.

use app::{SearchGroup, SearchItem, SearchResult, routes};
use domain::{
    authz::{Action, Object, may},
    cost::dollars,
    people::{Actor, Team},
    stack::{Stack, StackStatus},
};
use service::search::Found;

use super::status;

/// A page that can be gone to by its name.
struct Known {
    title: &'static str,
    /// Other words that people say for it.
    words: &'static str,
    icon: &'static str,
    to: &'static str,
    may: fn(&Actor) -> bool,
}

const fn known(
    title: &'static str,
    words: &'static str,
    icon: &'static str,
    to: &'static str,
    may: fn(&Actor) -> bool,
) -> Known {
    Known { title, words, icon, to, may }
}

const PAGES: &[Known] = &[
    known("Home", "start dashboard overview", "home", routes::HOME, anyone),
    known("Catalogue", "templates products shelf", "shelf", routes::CATALOGUE, anyone),
    known("Stacks", "services clusters inventory", "stack", routes::STACKS, anyone),
    known("Requests", "changes", "request", routes::REQUESTS, anyone),
    known("Inbox", "approvals approve decide waiting", "inbox", routes::INBOX, anyone),
    known("Audit", "history events log", "audit", routes::AUDIT, |actor| is_allowed(actor, Action::ReadAudit)),
    known("Teams", "members owners roles", "team", routes::TEAMS, service::teams::may_read_teams),
    known("Environments", "places accounts regions", "place", routes::ENVIRONMENTS, |actor| {
        is_allowed(actor, Action::InspectEnvironments)
    }),
    known("Templates", "revisions versions", "template", routes::TEMPLATES, |actor| {
        is_allowed(actor, Action::InspectTemplates)
    }),
    known("People", "accounts users administration", "person", routes::PEOPLE, may_manage_people),
    known("Your account", "me profile teams tokens", "person", routes::ACCOUNT, anyone),
    known("API docs", "reference openapi tokens", "request", routes::API_DOCS, anyone),
];

/// What can be done without an object.
const DEEDS: &[Known] = &[
    known("Invite somebody", "person user account", "plus", routes::PEOPLE_INVITE, may_manage_people),
    known("Add a team", "new create", "plus", routes::TEAMS_NEW, may_manage_people),
    known("Add an environment", "new create account", "plus", routes::ENVIRONMENTS_NEW, may_manage_environments),
];

fn anyone(_: &Actor) -> bool {
    true
}

fn may_manage_environments(actor: &Actor) -> bool {
    is_allowed(actor, Action::ManageEnvironments)
}

fn may_manage_people(actor: &Actor) -> bool {
    is_allowed(actor, Action::ManagePeople)
}

fn is_allowed(actor: &Actor, action: Action) -> bool {
    may(actor, action, Object::default()).is_ok()
}

fn matches(query: &str, title: &str, words: &str) -> bool {
    let text = format!("{title} {words}").to_lowercase();
    // From the beginning of a word, so that few letters do not find everything.
    query.split_whitespace().all(|word| text.split_whitespace().any(|other| other.starts_with(word)))
}

fn group(title: &str, items: Vec<SearchItem>) -> SearchGroup {
    SearchGroup { title: title.to_owned(), items }
}

fn named(all: &[Known], query: &str, actor: &Actor) -> Vec<SearchItem> {
    all.iter()
        .filter(|one| (one.may)(actor) && matches(query, one.title, one.words))
        .map(|page| SearchItem {
            title: page.title.to_owned(),
            icon: page.icon.to_owned(),
            to: page.to.to_owned(),
            ..SearchItem::default()
        })
        .collect()
}

/// Of the first stacks that were found: more would hide everything else.
const ACTED_ON: usize = 3;

/// What may be asked for about a stack. Whether it can be had now is said by the page that this leads to.
fn deeds(query: &str, actor: &Actor, stack: &Stack) -> Vec<SearchItem> {
    let owned = Object { team: Some(&stack.team), requester: None };
    if stack.status == StackStatus::Pending || may(actor, Action::SubmitRequest, owned).is_err() {
        return vec![];
    }
    let id = stack.id.as_str();
    let deeds = [("Change", "pencil", routes::stack_change(id)), ("Destroy", "warning", routes::stack_destroy(id))];
    let says = |verb: &str| query.split_whitespace().any(|word| word == verb.to_lowercase());
    let says_one = deeds.iter().any(|(verb, ..)| says(verb));
    deeds
        .into_iter()
        .filter(|(verb, ..)| !says_one || says(verb))
        .map(|(verb, icon, to)| SearchItem {
            title: format!("{verb} {}", stack.name),
            icon: icon.to_owned(),
            to,
            ..SearchItem::default()
        })
        .collect()
}

fn actions(query: &str, actor: &Actor, shown: Option<&Team>, found: &Found) -> Vec<SearchItem> {
    let mut actions = vec![];
    if found.may_request {
        actions.extend(found.templates.iter().map(|template| SearchItem {
            title: format!("Request a {}", template.title.to_lowercase()),
            detail: String::new(),
            icon: "plus".to_owned(),
            to: routes::template_request(&template.name),
            post: None,
        }));
    }
    actions.extend(found.stacks.iter().take(ACTED_ON).flat_map(|card| deeds(query, actor, &card.stack)));
    let others = actor.teams.iter().filter(|(team, _)| shown.is_none_or(|shown| shown.id != team.id));
    actions.extend(others.filter(|(team, _)| matches(query, "Switch to team", &team.title)).map(|(team, _)| {
        SearchItem {
            title: format!("Switch to {}", team.title),
            detail: "Team".to_owned(),
            icon: "up-down".to_owned(),
            to: routes::SWITCH_TEAM.to_owned(),
            post: Some(vec![
                ("team".to_owned(), team.id.to_string()),
                ("return_to".to_owned(), routes::HOME.to_owned()),
            ]),
        }
    }));
    actions.extend(named(DEEDS, query, actor));
    if matches(query, "Sign out", "log leave") {
        actions.push(SearchItem {
            title: "Sign out".to_owned(),
            icon: "sign-out".to_owned(),
            to: routes::SIGN_OUT.to_owned(),
            post: Some(vec![]),
            ..SearchItem::default()
        });
    }
    actions
}

/// All of it, in groups.
pub fn result(query: &str, actor: &Actor, shown: Option<&Team>, found: &Found) -> SearchResult {
    let asked = query.trim().to_lowercase();
    let stacks = found.stacks.iter().map(|card| SearchItem {
        title: card.stack.name.clone(),
        detail: format!("{} in {}, {}", card.template_title, card.environment.name, card.team.title),
        icon: "stack".to_owned(),
        to: routes::stack(card.stack.id.as_str()),
        post: None,
    });
    let requests = found.requests.iter().map(|card| SearchItem {
        title: card.title(),
        detail: format!(
            "{}, {} a month",
            status::of_request(card.request.status).word(),
            dollars(card.request.cost.monthly_micros)
        ),
        icon: "request".to_owned(),
        to: routes::request(card.request.id.as_str()),
        post: None,
    });
    let run = found.run.iter().map(|(run, card)| SearchItem {
        title: format!("Run of: {}", card.title()),
        detail: format!("{}, {}", status::of_run(run.status).word(), run.id),
        icon: "clock".to_owned(),
        to: routes::run(run.id.as_str()),
        post: None,
    });
    let templates = found.templates.iter().filter(|_| !asked.is_empty()).map(|template| SearchItem {
        title: template.title.clone(),
        detail: "Template".to_owned(),
        icon: "shelf".to_owned(),
        to: routes::template(&template.name),
        post: None,
    });
    let opens_people = may_manage_people(actor);
    let people = found.people.iter().map(|person| {
        let did = || form_urlencoded::byte_serialize(person.name.as_bytes()).collect::<String>();
        let (detail, to) = match opens_people {
            true => (person.email.clone(), routes::person(person.id.as_str())),
            false => ("What they did".to_owned(), format!("{}?actor={}", routes::AUDIT, did())),
        };
        SearchItem { title: person.name.clone(), detail, icon: "person".to_owned(), to, post: None }
    });
    let mut groups = vec![
        group("Go to", named(PAGES, &asked, actor)),
        group("Stacks", stacks.collect()),
        group("Requests", requests.collect()),
        group("Runs", run.collect()),
        group("Do", actions(&asked, actor, shown, found)),
        group("Templates", templates.collect()),
        group("People", people.collect()),
    ];
    groups.retain(|group| !group.items.is_empty());
    SearchResult { query: query.to_owned(), groups }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_matched_from_the_beginning_of_its_words() {
        assert!(matches("", "Home", ""));
        assert!(matches("appr", "Inbox", "approvals approve"));
        assert!(matches("switch pay", "Switch to team", "Payments"));
        assert!(!matches("me", "Home", "start"));
    }
}
