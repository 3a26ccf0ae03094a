//! Stacks of the team.

use leptos::prelude::*;

use crate::{
    Moment, Page, Status,
    components::{EmptyState, Icon, IconName, PageHeader, Pager, Pages, PastTheEnd, Sort, StackTable},
    document::Breadth,
    routes,
};

/// Stacks.
#[derive(Clone, Debug, Default)]
pub struct StacksPage {
    /// What was searched for.
    pub query: String,
    /// Rows.
    pub rows: Vec<StackRow>,
    /// How they are sorted, as the address says it; nothing for by name.
    pub sort: String,
    /// The columns that they can be sorted by.
    pub sorts: Vec<Sort>,
    /// Whether the reader may ask for one.
    pub may_request: bool,
    /// The rest of them.
    pub pages: Pages,
}

/// One stack.
#[derive(Clone, Debug, Default)]
pub struct StackRow {
    /// `stk-4T9QXN`.
    pub id: String,
    /// "orders".
    pub name: String,
    /// "Web service".
    pub template: String,
    /// "production".
    pub environment: String,
    /// "Payments".
    pub team: String,
    /// State.
    pub status: Status,
    /// The stack's own word for it: "Live", "Provisioning", "Destroyed"; the status's word when empty.
    pub word: String,
    /// Address people open.
    pub endpoint: Option<String>,
    /// "$58.12".
    pub cost: Option<String>,
    /// Last change.
    pub changed: Moment,
}

impl Page for StacksPage {
    fn title(&self) -> String {
        "Stacks".into()
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        let searched = !self.query.is_empty();
        let action = self.may_request.then(|| {
            view! { <a class="button" data-tone="primary" href=routes::CATALOGUE><Icon name=IconName::Plus/>"Request a stack"</a> }
        });
        view! {
            <PageHeader title="Stacks" actions=action.into_any()/>
            <form class="search" role="search" method="get" action=routes::STACKS>
                <label class="visually-hidden" for="q">"Search stacks"</label>
                <Icon name=IconName::Search/>
                <input class="input" type="search" id="q" name="q" value=self.query placeholder="Search stacks"/>
                {(!self.sort.is_empty()).then(|| view! { <input type="hidden" name="sort" value=self.sort/> })}
            </form>
            {if !self.rows.is_empty() {
                view! { <StackTable rows=self.rows sorts=self.sorts/> }.into_any()
            } else if self.pages.first.is_some() {
                view! { <PastTheEnd/> }.into_any()
            } else if searched {
                view! {
                    <EmptyState icon=IconName::Search title="No stack by that name" text="Try fewer letters, or look at all of them.">
                        <a class="button" href=routes::STACKS>"Show all stacks"</a>
                    </EmptyState>
                }.into_any()
            } else {
                view! {
                    <EmptyState icon=IconName::Stack title="No stacks yet" text="A stack is one living instance of a template: a cluster, a web service. Ask for your first one.">
                        <a class="button" data-tone="primary" href=routes::CATALOGUE>"Open the catalogue"</a>
                    </EmptyState>
                }.into_any()
            }}
            <Pager pages=self.pages first="First" next="More"/>
        }
        .into_any()
    }
}
