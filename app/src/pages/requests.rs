//! Requests of the team.

use leptos::prelude::*;

use super::request_form::DiscardDraft;
use crate::{
    Moment, Page, Status,
    components::{EmptyState, Icon, IconName, PageHeader, RequestTable, Tab, Tabs, When},
    document::Breadth,
    routes,
};

/// Requests, newest first.
#[derive(Clone, Debug, Default)]
pub struct RequestsPage {
    /// `open`, `done` or `all`.
    pub filter: String,
    /// Rows.
    pub rows: Vec<RequestRow>,
    /// Address of older ones.
    pub older: Option<String>,
    /// What the reader began and has not sent.
    pub drafts: Vec<DraftRow>,
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
        let tabs = [("open", "Open"), ("done", "Done"), ("all", "All")]
            .into_iter()
            .map(|(key, label)| Tab {
                label: label.into(),
                href: format!("{}?state={key}", routes::REQUESTS),
                count: None,
                current: self.filter == key,
            })
            .collect::<Vec<_>>();
        view! {
            <PageHeader title="Requests"
                actions=view! { <a class="button" data-tone="primary" href=routes::CATALOGUE><Icon name=IconName::Plus/>"Request something"</a> }.into_any()/>
            <Tabs label="Which requests" tabs=tabs/>
            {(!self.drafts.is_empty()).then(|| drafts(self.drafts))}
            {if self.rows.is_empty() {
                let title = match self.filter.as_str() {
                    "open" => "No open requests",
                    "done" => "No finished requests",
                    _ => "No requests yet",
                };
                view! {
                    <EmptyState icon=IconName::Request title=title text="Requests to make, change or destroy something stand here with their plan and who decided.">
                        <a class="button" href=routes::CATALOGUE>"Open the catalogue"</a>
                    </EmptyState>
                }.into_any()
            } else {
                view! { <RequestTable rows=self.rows/> }.into_any()
            }}
            {self.older.map(|href| view! { <p class="pager"><a class="button" href=href>"Older"</a></p> })}
        }
        .into_any()
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
