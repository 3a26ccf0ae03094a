//! Requests of the team.

use leptos::prelude::*;

use super::request_form::DiscardDraft;
use crate::{
    Moment, Page, Status,
    components::{
        EmptyState, Icon, IconName, PageHeader, Pager, Pages, PastTheEnd, RequestTable, Sort, Tab, Tabs, When,
    },
    document::Breadth,
    routes,
};

/// Requests. The filter is a GET form with the names of [`RequestFilter`].
#[derive(Clone, Debug, Default)]
pub struct RequestsPage {
    /// What is filtered by now.
    pub filter: RequestFilter,
    /// Names of environments to choose from.
    pub environments: Vec<String>,
    /// Addresses of the same list in another state: `open`, `done` and `all`.
    pub states: Vec<(&'static str, String)>,
    /// Rows.
    pub rows: Vec<RequestRow>,
    /// The columns that they can be sorted by.
    pub sorts: Vec<Sort>,
    /// The rest of them.
    pub pages: Pages,
    /// What the reader began and has not sent.
    pub drafts: Vec<DraftRow>,
}

/// `?state=&q=&environment=&sort=`.
#[derive(Clone, Debug, Default)]
pub struct RequestFilter {
    /// `open`, `done` or `all`.
    pub state: String,
    /// Part of a stack's name, or the beginning of an id.
    pub query: String,
    /// The name of an environment.
    pub environment: String,
    /// `oldest`; nothing for newest first.
    pub sort: String,
}

/// A form that was begun.
#[derive(Clone, Debug, Default)]
pub struct DraftRow {
    /// "Web service: orders".
    pub title: String,
    /// Where to go on.
    pub href: String,
    /// What the form is called where a draft is discarded.
    pub form: String,
    /// When it was saved last.
    pub saved: Moment,
}

/// One request.
#[derive(Clone, Debug, Default)]
pub struct RequestRow {
    /// `req-7F3K2M`.
    pub id: String,
    /// "Create orders in production".
    pub title: String,
    /// Its state.
    pub status: Status,
    /// Who asked.
    pub requester: String,
    /// "Payments".
    pub team: String,
    /// "$58.12" or "+$17.77".
    pub cost: Option<String>,
    /// When.
    pub when: Moment,
}

impl Page for RequestsPage {
    fn title(&self) -> String {
        "Requests".into()
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        let filter = self.filter;
        let label = |key: &str| match key {
            "open" => "Open",
            "done" => "Done",
            _ => "All",
        };
        let tabs = self
            .states
            .into_iter()
            .map(|(key, href)| Tab { label: label(key).into(), href, count: None, current: filter.state == key })
            .collect::<Vec<_>>();
        let searched = !(filter.query.is_empty() && filter.environment.is_empty());
        let everything = format!("{}?state={}", routes::REQUESTS, filter.state);
        let clear = searched.then(|| everything.clone());
        let (first, next) = if filter.sort.is_empty() { ("Newest", "Older") } else { ("Oldest", "Newer") };
        let content = if !self.rows.is_empty() {
            view! { <RequestTable rows=self.rows sorts=self.sorts/> }.into_any()
        } else if self.pages.first.is_some() {
            view! { <PastTheEnd/> }.into_any()
        } else if searched {
            view! {
                <EmptyState icon=IconName::Search title="No request matches" text=nothing_found(&filter)>
                    <a class="button" href=everything>"Clear the search"</a>
                </EmptyState>
            }
            .into_any()
        } else {
            let title = match filter.state.as_str() {
                "open" => "No open requests",
                "done" => "No finished requests",
                _ => "No requests yet",
            };
            view! {
                <EmptyState icon=IconName::Request title=title text="Requests to make, change or destroy something stand here with their plan and who decided.">
                    <a class="button" href=routes::CATALOGUE>"Open the catalogue"</a>
                </EmptyState>
            }
            .into_any()
        };
        view! {
            <PageHeader title="Requests"
                actions=view! { <a class="button" data-tone="primary" href=routes::CATALOGUE><Icon name=IconName::Plus/>"Request something"</a> }.into_any()/>
            <Tabs label="Which requests" tabs=tabs/>
            {filter_form(filter, self.environments, clear)}
            {(!self.drafts.is_empty()).then(|| drafts(self.drafts))}
            {content}
            <Pager pages=self.pages first=first next=next/>
        }
        .into_any()
    }
}

/// "Nothing open is called “orders” in production."
fn nothing_found(filter: &RequestFilter) -> String {
    let state = match filter.state.as_str() {
        "open" => "open ",
        "done" => "finished ",
        _ => "",
    };
    let called = match filter.query.as_str() {
        "" => String::new(),
        query => format!(" about a stack called “{query}”, or with an id that begins like this"),
    };
    let place = match filter.environment.as_str() {
        "" => String::new(),
        environment => format!(" in {environment}"),
    };
    format!("There is no {state}request{place}{called}.")
}

fn filter_form(filter: RequestFilter, environments: Vec<String>, clear: Option<String>) -> impl IntoView {
    view! {
        <form class="filters" role="search" method="get" action=routes::REQUESTS aria-label="Filter the requests">
            <input type="hidden" name="state" value=filter.state/>
            {(!filter.sort.is_empty()).then(|| view! { <input type="hidden" name="sort" value=filter.sort/> })}
            <div class="field">
                <label class="field-label" for="q">"About"</label>
                <input class="input" type="search" id="q" name="q" value=filter.query placeholder="Stack or req-…"/>
            </div>
            <div class="field">
                <label class="field-label" for="environment">"Environment"</label>
                <select class="input select" id="environment" name="environment">
                    <option value="">"Any"</option>
                    {environments.into_iter().map(|name| {
                        let selected = name == filter.environment;
                        view! { <option value=name.clone() selected=selected>{name.clone()}</option> }
                    }).collect_view()}
                </select>
            </div>
            <div class="filter-actions">
                <button class="button">"Filter"</button>
                {clear.map(|href| view! { <a class="button" data-tone="quiet" href=href>"Clear"</a> })}
            </div>
        </form>
    }
}

fn drafts(drafts: Vec<DraftRow>) -> impl IntoView {
    view! {
        <section class="section section-first" aria-labelledby="drafts-heading">
            <h2 id="drafts-heading">"Your drafts"</h2>
            <ul class="rows">
                {drafts.into_iter().map(|draft| view! {
                    <li class="row">
                        <Icon name=IconName::Pencil/>
                        <a class="row-link" href=draft.href>{draft.title}</a>
                        <span class="row-end muted">"saved "<When moment=draft.saved/></span>
                        <DiscardDraft form=draft.form return_to=routes::REQUESTS.to_owned()/>
                    </li>
                }).collect_view()}
            </ul>
        </section>
    }
}
