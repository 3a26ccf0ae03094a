//! Places to provision into.

use leptos::prelude::*;

use crate::{
    Page,
    components::{EmptyState, Icon, IconName, PageHeader, Table},
    document::Breadth,
    routes,
};

/// Environments.
#[derive(Clone, Debug, Default)]
pub struct EnvironmentsPage {
    /// By name.
    pub rows: Vec<EnvironmentRow>,
    /// Whether the reader may add one.
    pub may_manage: bool,
}

/// One environment.
#[derive(Clone, Debug, Default)]
pub struct EnvironmentRow {
    /// `env-4T9QXN`.
    pub id: String,
    /// "production".
    pub name: String,
    /// One line.
    pub summary: String,
    /// Twelve digits.
    pub account: String,
    /// "eu-central-1".
    pub region: String,
    /// "3 of 10", or "3".
    pub stacks: String,
    /// "$58.12 of $500".
    pub cost: String,
    /// "2 of the platform team".
    pub approvals: String,
    /// Whether nothing new may be asked for.
    pub closed: bool,
}

impl Page for EnvironmentsPage {
    fn title(&self) -> String {
        "Environments".into()
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        let may_manage = self.may_manage;
        let add = move || {
            may_manage.then(|| view! { <a class="button" data-tone="primary" href=routes::ENVIRONMENTS_NEW><Icon name=IconName::Plus/>"Add an environment"</a> })
        };
        view! {
            <PageHeader title="Environments"
                below=view! { "An account, a region, a network and the rules of the house: where stacks may live." }.into_any()
                actions=add().into_any()/>
            {if self.rows.is_empty() {
                view! {
                    <EmptyState icon=IconName::Place title="No environments yet"
                        text="Nobody can ask for anything before there is a place for it. You need an AWS account and a role that Gantry may take there.">
                        {add()}
                    </EmptyState>
                }.into_any()
            } else {
                table(self.rows).into_any()
            }}
        }
        .into_any()
    }
}

fn table(rows: Vec<EnvironmentRow>) -> impl IntoView {
    view! {
        <Table label="Table of environments" heads=vec![("Environment", ""), ("Account", ""), ("Approved by", ""), ("Stacks", "number"), ("A month", "number")] cards=true>
            {rows.into_iter().map(|row| view! {
                <tr>
                    <th scope="row">
                        <span>
                            <a class="row-link" href=routes::environment(&row.id)>{row.name}</a>
                            {row.closed.then(|| view! { " "<span class="tag">"closed"</span> })}
                            <span class="row-id">{row.summary}</span>
                        </span>
                    </th>
                    <td data-label="Account"><span><code>{row.account}</code><span class="row-id">{row.region}</span></span></td>
                    <td data-label="Approved by">{row.approvals}</td>
                    <td data-label="Stacks" class="number">{row.stacks}</td>
                    <td data-label="A month" class="number">{row.cost}</td>
                </tr>
            }).collect_view()}
        </Table>
    }
}
