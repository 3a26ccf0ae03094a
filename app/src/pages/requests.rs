//! Requests of the team.

use leptos::prelude::*;

use crate::{
    Moment, Page, Status,
    components::{EmptyState, Icon, IconName, PageHeader, RequestTable, Tab, Tabs},
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
            {if self.rows.is_empty() {
                view! {
                    <EmptyState icon=IconName::Request title="No requests here" text="Requests to make, change or destroy something stand here with their plan and who decided.">
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
